"""Windows that slide over calls: the most calls in any of them, and clusters of calls."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine import windows

CALLS = st.lists(st.tuples(st.integers(0, 4), st.integers(-50, 250)), max_size=40)
LENGTHS = st.integers(1, 120)


def lined(calls: list[tuple[int, int]], room: int = 200) -> windows.Line:
    codes, moments = (np.array([call[part] for call in calls], dtype=np.int64) for part in (0, 1))
    return windows.in_line(codes, moments, room)


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
    most, opens = windows.peaks(lined(calls), length, codes, *windows.EVER)
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
    most, _ = windows.peaks(lined(calls), length, *columns)
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
    told = windows.between(lined(calls), np.arange(5), since, until)
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
    found = windows.clusters(lined(calls), length, least)
    assert list(zip(*(part.tolist() for part in found), strict=True)) == expected


def test_a_window_never_reaches_the_next_number() -> None:
    """The last call of a number and the first of the next stand side by side, far apart."""
    line = lined([(0, 1_000), (1, 0), (1, 1)], room=5_000)
    assert windows.peaks(line, 5_000, np.array([0, 1]), *windows.EVER)[0].tolist() == [1, 2]


def test_numbers_and_times_that_do_not_fit_are_told() -> None:
    """Where a key would take more than 62 bits, the error says what to do."""
    with pytest.raises(ValueError, match="leave calls with impossible times out"):
        windows.in_line(np.array([0, 1 << 40]), np.array([0, 1 << 40]), 1)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 60), st.integers(0, 3)), min_size=1))
def test_kinds_put_in_order_together_stand_as_each_does_alone(
    calls: list[tuple[int, int, int]],
) -> None:
    codes, moments, bits = (np.array(column) for column in zip(*calls, strict=True))
    kinds = [(bits & 1) > 0, (bits & 2) > 0]
    for line, kind in zip(windows.lines(codes, moments, 9, kinds), kinds, strict=True):
        alone = windows.in_line(codes[kind], moments[kind], 9)
        for code in range(4):
            assert (
                windows.moments_of(line, code).tolist() == windows.moments_of(alone, code).tolist()
            )
