"""Calls in flight, against a count of every millisecond."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from retell_nb.engine import flight as module
from retell_nb.engine.bins import Grid
from retell_nb.engine.flight import Flight, flight, highest

TIMES = st.tuples(st.integers(0, 80), st.integers(1, 40))


def counted(starts: list[int], ends: list[int], edges: list[int], level: int) -> list[list[float]]:
    """Look at every millisecond, and at every call in every period."""
    moments = np.arange(edges[0], edges[-1])
    depth = np.zeros(len(moments), dtype=np.int64)
    for start, end in zip(starts, ends, strict=True):
        depth += (start <= moments) & (moments < end)
    rows = []
    for first, last in pairwise(edges):
        mine = depth[first - edges[0] : last - edges[0]]
        touching = sum(s < last and e > first for s, e in zip(starts, ends, strict=True))
        rows.append([touching, mine.max(), mine.mean(), (mine > level).sum()])
    return rows


def rows_of(told: Flight) -> list[list[float]]:
    return np.column_stack(told).tolist()


@given(
    st.lists(TIMES, max_size=40),
    st.sets(st.integers(1, 119), max_size=12),
    st.integers(0, 12),
    st.sampled_from([1, 2, 1 << 18]),
)
@example([(0, 10), (10, 10)], {10}, 0, 1)
@example([], set(), 0, 2)
def test_every_period_is_as_if_every_millisecond_were_looked_at(
    calls: list[tuple[int, int]], cuts: set[int], level: int, block: int
) -> None:
    """Calls, peak, average and time above a level are exact, however calls and periods lie."""
    starts, ends = [start for start, _ in calls], [start + length for start, length in calls]
    edges = [0, *sorted(cuts), 120]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        told = flight(*(np.array(part, dtype=np.int64) for part in (starts, ends, edges)), level)
    assert rows_of(told) == pytest.approx(np.array(counted(starts, ends, edges, level)))


@given(st.lists(TIMES, min_size=1, max_size=40), st.sampled_from([1, 7, 30, 120]))
def test_periods_of_one_length_are_no_different(calls: list[tuple[int, int]], step: int) -> None:
    """Where a period is found by division, it is the same one."""
    starts, ends = [start for start, _ in calls], [start + length for start, length in calls]
    edges = list(range(0, 120 + step, step))
    told = flight(*(np.array(part, dtype=np.int64) for part in (starts, ends, edges)), 2)
    assert rows_of(told) == pytest.approx(np.array(counted(starts, ends, edges, 2)))


@given(st.lists(TIMES, max_size=40), st.sampled_from([1, 2, 1 << 18]))
def test_the_highest_is_the_peak_of_all(calls: list[tuple[int, int]], block: int) -> None:
    """Over all, the peak is that of the fullest millisecond; without a call it is 0."""
    starts = np.array([start for start, _ in calls], dtype=np.int64)
    ends = starts + np.array([length for _, length in calls], dtype=np.int64)
    moments = np.arange(120)[:, None]
    in_flight = ((starts <= moments) & (moments < ends)).sum(axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_BLOCK", block)
        assert highest(starts, ends) == in_flight.max()


def test_a_call_that_ends_as_another_starts_does_not_overlap_it() -> None:
    """Calls are half-open: the slot is free at the very millisecond of the end."""
    starts, ends, edges = np.array([0, 10]), np.array([10, 20]), np.array([0, 10, 30])
    assert flight(starts, ends, edges).peak.tolist() == [1, 1]
    assert flight(starts, ends + 1, edges).peak.tolist() == [1, 2]


def test_bins_are_bounded_by_rows_and_periods_and_not_by_time() -> None:
    """A period of a million years has no more bins than one of a second."""
    century = 100 * 365 * 86_400_000
    for last in (1_000, 10_000 * century):
        assert 200 < Grid(np.array([0, last]), rows=1_000).bins <= 250
    far = np.array([0, 60_000, century, century + 60_000])
    told = flight(np.array([0, century]), np.array([60_000, century + 1]), far)
    assert told.peak.tolist() == [1, 0, 1]
