"""Windows that slide over calls: the most calls in any of them, and clusters of calls."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine import threads
from retell_nb.tables.reputation import sliding

CALLS = st.lists(st.tuples(st.integers(0, 4), st.integers(-50, 250)), max_size=40)
LENGTHS = st.integers(1, 120)


def lined(calls: list[tuple[int, int]], room: int = 200) -> sliding.Line:
    codes, moments = (np.array([call[part] for call in calls], dtype=np.int64) for part in (0, 1))
    return sliding.in_line(codes, moments, room)


def by_number(calls: list[tuple[int, int]]) -> dict[int, list[int]]:
    times = defaultdict(list)
    for code, moment in sorted(calls):
        times[code].append(moment)
    return times


@given(CALLS, LENGTHS)
def test_the_peak_is_that_of_counting_every_window(
    calls: list[tuple[int, int]], length: int
) -> None:
    """No half-open window holds more calls of a number, and the first such window is told."""
    codes = np.arange(5)
    most, opens = sliding.peaks(lined(calls), length, codes, *sliding.EVER)
    times = by_number(calls)
    for code in codes.tolist():
        mine = times[code]
        sizes = [sum(start <= other < start + length for other in mine) for start in mine]
        assert most[code] == max(sizes, default=0)
        if mine:
            assert opens[code] == mine[sizes.index(max(sizes))]


@given(CALLS, LENGTHS, st.lists(st.integers(-60, 260), min_size=1, max_size=6, unique=True))
def test_a_window_belongs_to_the_part_in_which_it_opens(
    calls: list[tuple[int, int]], length: int, cuts: list[int]
) -> None:
    """Cut into parts, each window counts where it opens, with the calls that lie beyond the cut."""
    bounds = [-100, *sorted(cuts), 400]
    cells = [(code, a, b) for code in range(5) for a, b in pairwise(bounds)]
    columns = [np.array(column) for column in zip(*cells, strict=True)]
    most, _ = sliding.peaks(lined(calls), length, *columns)
    times = by_number(calls)
    for (code, since, until), told in zip(cells, most, strict=True):
        starts = [start for start in times[code] if since <= start < until]
        sizes = [sum(start <= other < start + length for other in times[code]) for start in starts]
        assert told == max(sizes, default=0)


@given(CALLS, st.integers(-80, 300), st.integers(-80, 300))
def test_calls_between_moments_are_counted(
    calls: list[tuple[int, int]], since: int, until: int
) -> None:
    """From a moment on and before another, of one number alone, also outside of all calls."""
    told = sliding.between(lined(calls), np.arange(5), since, until)
    times = by_number(calls)
    assert told.tolist() == [sum(since <= t < until for t in times[code]) for code in range(5)]


@given(CALLS, LENGTHS, st.integers(1, 6))
def test_clusters_are_those_of_marking_call_by_call(
    calls: list[tuple[int, int]], length: int, least: int
) -> None:
    """A call is of a cluster where a window with enough calls holds it; near clusters are one."""
    expected = []
    for code, mine in sorted(by_number(calls).items()):
        full = [s for s in mine if sum(s <= other < s + length for other in mine) >= least]
        inside = [t for t in mine if any(start <= t < start + length for start in full)]
        runs: list[list[int]] = []
        for moment in inside:
            if runs and moment - runs[-1][-1] < length:
                runs[-1].append(moment)
            else:
                runs.append([moment])
        expected += [(code, run[0], run[-1], len(run)) for run in runs]
    found = sliding.clusters(lined(calls), length, least)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


def test_a_window_never_reaches_the_next_number() -> None:
    """The last call of a number and the first of the next stand side by side, far apart."""
    line = lined([(0, 1_000), (1, 0), (1, 1)], room=5_000)
    assert sliding.peaks(line, 5_000, np.array([0, 1]), *sliding.EVER)[0].tolist() == [1, 2]


def test_numbers_and_times_that_do_not_fit_are_told() -> None:
    """Where a key would take more than 62 bits, the error says what to do."""
    with pytest.raises(ValueError, match="leave calls with impossible times out"):
        sliding.in_line(np.array([0, 1 << 40]), np.array([0, 1 << 40]), 1)


@pytest.mark.parametrize("kind", [str, "category", "object"])
def test_the_busiest_window_of_every_number(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same comes out of one part or of many, for every kind of column."""
    dice = np.random.default_rng(3)
    numbers = pd.Series(dice.choice(["b", "a", "c", "d"], 500), name="from_number").astype(kind)
    minutes = pd.Series(pd.to_timedelta(dice.integers(0, 3_000, 500), unit="min"))
    times = (pd.Timestamp("2026-03-01", tz="UTC") + minutes).dt.as_unit("ms")
    where = (dice.random(500) < 0.5) & (numbers != "d").to_numpy(dtype=bool)
    whole = sliding.busiest(numbers, times, pd.Timedelta("1h"), where.__getitem__)
    monkeypatch.setattr(threads, "_PART", 64)
    monkeypatch.setattr(sliding, "_BLOCK", 16)
    monkeypatch.setattr(threads, "workers", lambda tasks: max(1, tasks))
    pd.testing.assert_frame_equal(
        sliding.busiest(numbers, times, pd.Timedelta("1h"), where.__getitem__), whole
    )
    frame = pd.DataFrame({"number": numbers.astype(str), "time": times})[where].sort_values("time")
    rolled = frame.assign(one=1).set_index("time").groupby("number")["one"].rolling("1h").sum()
    assert dict(zip(whole["from_number"], whole["calls"], strict=True)) == (
        rolled.groupby(level=0).max().astype(int).to_dict()
    )


def test_the_busiest_window_of_no_call() -> None:
    """Where no call counts, the table is empty and has its columns."""
    times = pd.Series(pd.to_datetime([None, None], utc=True)).dt.as_unit("ms")
    numbers = pd.Series(["a", "b"], name="from_number")
    table = sliding.busiest(numbers, times, pd.Timedelta("1h"), np.zeros(2, dtype=bool).__getitem__)
    assert table.columns.tolist() == ["from_number", "calls", "since"]
    assert table.empty
