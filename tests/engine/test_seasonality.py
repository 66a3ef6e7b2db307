"""The rhythm of the week in a rate."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.engine.seasonality import relative_risk

WEEKDAY = np.arange(84) % 7


def test_a_rhythm_is_found() -> None:
    """Sundays fail at three times the rate of other days; the mean over calls is 1."""
    calls = np.full(84, 500)
    failed = np.where(WEEKDAY == 6, 150, 50)
    risk = relative_risk(failed, calls, WEEKDAY)
    assert risk[6] / risk[0] == pytest.approx(3, rel=0.02)
    assert (risk * calls).sum() == pytest.approx(calls.sum())


def test_chance_is_no_rhythm() -> None:
    """Of 50 series without a rhythm the risk is on average within 3% of 1."""
    rng = np.random.default_rng(1)
    risks = [
        relative_risk(rng.binomial(300, 0.06, 84), np.full(84, 300), WEEKDAY) for _ in range(50)
    ]
    assert np.abs(np.array(risks) - 1).mean() < 0.03


def test_a_place_with_few_failures_stays_near_1() -> None:
    """A place with one call a week moves less than one whose rate is as extreme."""
    calls = np.where(WEEKDAY == 5, 1, 500)
    failed = np.select([WEEKDAY == 6, WEEKDAY != 5, np.arange(84) < 28], [150, 50, 1], 0)
    risk = relative_risk(failed, calls, WEEKDAY)
    assert abs(np.log(risk[5])) < abs(np.log(risk[6]))


def test_hours_and_weekdays_multiply() -> None:
    """Codes one after the other: the second takes what the first leaves."""
    hour = np.arange(24 * 7 * 8) % 168
    true = np.where(hour % 24 < 12, 2.0, 1.0) * np.where(hour >= 120, 0.5, 1.0)
    calls = np.full(hour.shape, 1_000)
    risk = relative_risk(calls * 0.05 * true, calls, hour % 24, hour // 24)
    assert risk / risk[23] == pytest.approx(true / true[23], rel=0.02)


def test_a_level_that_changed_is_no_rhythm() -> None:
    """Rates that double in the middle of a week leave the weekdays alike, given the levels."""
    usual = np.where(np.arange(84) < 45, 0.05, 0.10)
    risk = relative_risk(np.round(1_000 * usual), np.full(84, 1_000), WEEKDAY, usual=usual)
    assert risk == pytest.approx(1)


@pytest.mark.parametrize("calls", [0, 10])
def test_nothing_teaches_nothing(calls: int) -> None:
    """Without calls or failures every risk is 1."""
    assert relative_risk(np.zeros(7), np.full(7, calls), WEEKDAY[:7]).tolist() == [1.0] * 7
