"""Lines that have gone quiet, and lines of which nothing can be said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from retell_nb.engine.silence import STATES, incidents, silence

Counts = np.ndarray[Any, np.dtype[np.int64]]

WEEKS = 8
HOURS = np.arange(168 * WEEKS) % 168
OPEN = (HOURS % 24 >= 8) & (HOURS % 24 < 18) & (HOURS < 120)
FRIDAY = 168 * (WEEKS - 1) + 4 * 24


def lines(count: int, per_day: float = 10, seed: int = 1) -> Counts:
    """Poisson counts of lines in eight weeks, 8:00 to 18:00 on working days."""
    return np.random.default_rng(seed).poisson(np.where(OPEN, per_day / 10, 0), (count, len(HOURS)))


def states(counts: Counts, now: int) -> list[str]:
    return [STATES[state] for state in silence(counts[:, :now], HOURS[:now]).state]


def test_a_line_that_went_dark_in_the_morning_is_silent_in_the_evening() -> None:
    """Ten calls a day are expected, and none came."""
    counts = lines(20)
    counts[3, FRIDAY:] = 0
    result = silence(counts[:, : FRIDAY + 18], HOURS[: FRIDAY + 18])
    assert [STATES[state] for state in result.state] == ["calling"] * 3 + ["silent"] + [
        "calling"
    ] * 16
    assert result.since[3] <= FRIDAY
    assert not counts[3, result.since[3] :].any()
    assert result.expected[3] == pytest.approx(10, rel=0.25)
    assert result.p[3] < result.threshold[3]


def test_nights_and_weekends_are_no_silence() -> None:
    """On Monday before opening, a line without a call since Friday is calling."""
    counts = lines(20)
    assert states(counts, 168 * (WEEKS - 1) + 7) == ["calling"] * 20


def test_the_chance_of_none_is_that_of_poisson_where_counts_vary_no_more() -> None:
    """exp(-expected), and a little more as the level is itself estimated."""
    counts = np.tile(np.where(OPEN, 2, 0), (3, 1))
    counts[0, FRIDAY:] = 0
    now = FRIDAY + 13
    result = silence(counts[:, :now], HOURS[:now])
    assert result.expected[0] == pytest.approx(10, rel=0.03)
    assert result.p[0] == pytest.approx(np.exp(-result.expected[0]), rel=0.3)


def test_a_line_whose_days_vary_takes_longer_to_be_sure() -> None:
    """Good and bad days, as of campaigns, make a day without a call less of a surprise."""
    rng = np.random.default_rng(5)
    days = np.repeat(rng.gamma(1.5, 1 / 1.5, (20, 7 * WEEKS)), 24, axis=1)
    varying = rng.poisson(np.where(OPEN, 1.0, 0) * days)
    steady = lines(20)
    now = FRIDAY + 18
    for counts in (varying, steady):
        counts[:2, FRIDAY - 24 + 18 :] = 0
    results = [silence(counts[:, :now], HOURS[:now]) for counts in (varying, steady)]
    assert results[0].spread.max() < results[1].spread.min()
    assert results[0].p[:2].min() > 10 * results[1].p[:2].max()


def test_too_quiet_and_too_new_lines_are_told_apart() -> None:
    """Of a call a week no week proves anything; ten days are no history."""
    counts = lines(4)
    counts[0] = 0
    counts[0, 9::168] = 1
    counts[1, : len(HOURS) - 240] = 0
    assert states(counts, len(HOURS)) == ["too quiet", "too new", "calling", "calling"]


def test_a_line_that_has_been_dark_for_weeks_is_still_silent() -> None:
    """Its rhythm is that of the time before."""
    counts = lines(10)
    counts[0, 168 * 4 :] = 0
    result = silence(counts, HOURS)
    assert STATES[result.state[0]] == "silent"
    assert result.per_week[0] == pytest.approx(50, rel=0.2)


def test_lines_that_go_dark_together_are_one_incident() -> None:
    """Three lines on Friday are one, a fourth on Tuesday is another."""
    counts = lines(20)
    counts[:3, FRIDAY:] = 0
    counts[3, FRIDAY - 3 * 24 :] = 0
    result = silence(counts[:, : FRIDAY + 18], HOURS[: FRIDAY + 18])
    incident = incidents(result.since, result.latest, result.state == STATES.index("silent"))
    assert len(set(incident[:3])) == 1
    assert incident[3] not in {-1, incident[0]}
    assert set(incident[4:]) == {-1}


def test_each_line_has_its_own_hours() -> None:
    """A night line is silent after a night, a day line is not."""
    rng = np.random.default_rng(2)
    night = (HOURS % 24 >= 20) | (HOURS % 24 < 6)
    counts = np.concatenate([lines(5), rng.poisson(np.where(night, 2.0, 0), (5, len(HOURS)))])
    now = FRIDAY + 7
    counts[:, FRIDAY - 6 : now] = 0
    assert states(counts, now) == ["calling"] * 5 + ["silent"] * 5


@pytest.mark.parametrize("shape", [(0, 0), (0, 400), (3, 0), (2, 400)])
def test_nothing_says_nothing(shape: tuple[int, int]) -> None:
    """No lines, no hours or no calls raise no error."""
    result = silence(np.zeros(shape, dtype=np.int64), np.arange(shape[1]) % 168)
    assert [STATES[state] for state in result.state] == ["too new"] * shape[0]


def test_healthy_lines_are_seldom_called_silent() -> None:
    """Twenty lines over the hours of the last week: no more than one alarm."""
    counts = lines(20, seed=11)
    alarms = set()
    for now in range(168 * (WEEKS - 1), len(HOURS), 3):
        result = silence(counts[:, :now], HOURS[:now])
        silent = np.flatnonzero(result.state == STATES.index("silent"))
        alarms |= {(int(line), int(result.since[line])) for line in silent}
    assert len(alarms) <= 1
