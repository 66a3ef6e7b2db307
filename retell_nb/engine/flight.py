"""How many calls are in flight, counted exactly, in every period.

Putting all starts and ends in order would tell it, and slowly. Instead calls are counted in narrow
bins. That tells how many are in flight where a bin begins, and bounds how many there can be within
it; only in the few bins that may hold the peak of their period are starts and ends put in order.
There are about as many bins as calls or periods, however long the time that they span.

A call holds its slot from its start until before its end, so one that ends as another begins does
not overlap it. Times are whole milliseconds.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.bins import Grid
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats, Ints, Mask

    Small: TypeAlias = npt.NDArray[np.int32]  # half the memory, and enough for counts of calls

__all__ = ["Flight", "flight", "highest"]

_BLOCK = 1 << 17  # calls whose times still fit into a processor's cache


class Flight(NamedTuple):
    """What is in flight in each period.

    `calls` that are in flight at some time of it, how many at most at once (`peak`), how many on
    `average`, and for how many milliseconds more than the level asked for (`above`).
    """

    calls: Ints
    peak: Ints
    average: Floats
    above: Ints


class _Events(NamedTuple):
    """Starts of calls, or their last milliseconds, which are a millisecond before their ends."""

    times: Ints
    shift: int

    def blocks(self, grid: Grid) -> Iterator[tuple[Ints, Ints]]:
        """Moments and their bins, as many at once as a processor's cache holds."""
        block = max(_BLOCK, grid.bins // 4)  # or adding the bins up would cost more than filling
        for start in range(0, len(self.times), block):
            moments = self.times[start : start + block] + self.shift
            yield moments, grid.places(moments)


class _BinCounts(NamedTuple):
    """How many events there are in each bin, and the milliseconds added up since its period."""

    sizes: Small
    since: Floats


class _Levels(NamedTuple):
    """Starts and last milliseconds counted in bins, and how many calls are held as each begins."""

    begun: _BinCounts
    last: _BinCounts
    carry: Small


class _Followed(NamedTuple):
    """Some of the bins, the peak in each, and for how long more than a level are in flight."""

    bins: Ints
    peak: Ints
    above: Ints


def flight(starts: Ints, ends: Ints, edges: Ints, level: int | None = None) -> Flight:
    """Count the calls in flight in every period.

    Parameters
    ----------
    starts, ends : array of int64
        Of each call, in ms; an end after its start, and all between the first and last edge.
    edges : array of int64
        Where the periods begin, ascending, and where the last of them ends.
    level : int, optional
        So many calls in flight are not yet `above`; without it nothing is.

    Returns
    -------
    Flight

    Examples
    --------
    >>> starts, ends = np.array([0, 40, 60]), np.array([40, 130, 70])
    >>> told = flight(starts, ends, np.array([0, 100, 200]), level=1)
    >>> told.calls.tolist(), told.peak.tolist(), told.average.tolist(), told.above.tolist()
    ([3, 1], [2, 1], [1.1, 0.3], [10, 0])
    """
    grid, events = Grid(edges, len(starts)), (_Events(starts, 0), _Events(ends, -1))
    levels = _levels(events, grid, summed=True)
    top = len(starts) if level is None else level
    over, unsure = (np.zeros(grid.bins, dtype=bool),) * 2
    if level is not None:
        over, unsure = _crossing(levels, level)
    peak, exact = _peaks(events, levels, unsure, top, grid)
    calls = levels.carry[grid.opening].astype(np.int64) + grid.added(levels.begun.sizes)
    lengths = np.diff(edges)
    time_in_flight = calls * lengths - grid.added(levels.begun.since)
    time_in_flight += grid.added(levels.last.since) - grid.added(levels.last.sizes) * (lengths - 1)
    return Flight(calls, peak, time_in_flight / lengths, _above(exact, over, grid))


def highest(starts: Ints, ends: Ints) -> int:
    """Return how many calls are in flight at most.

    Parameters
    ----------
    starts, ends : array of int64
        As for `flight`.

    Examples
    --------
    >>> highest(np.array([0, 40, 60]), np.array([40, 130, 70]))
    2
    """
    if not len(starts):
        return 0
    grid = Grid(np.array([starts.min(), ends.max()]), len(starts))
    events = _Events(starts, 0), _Events(ends, -1)
    levels = _levels(events, grid, summed=False)
    nowhere = np.zeros(grid.bins, dtype=bool)
    return int(_peaks(events, levels, nowhere, len(starts), grid)[0][0])


def _levels(events: tuple[_Events, _Events], grid: Grid, *, summed: bool) -> _Levels:
    begun, last = spread(lambda part: _bin_counts(part, grid, summed=summed), events)
    carry = np.zeros(grid.bins, dtype=np.int32)
    np.cumsum(begun.sizes[:-1] - last.sizes[:-1], out=carry[1:])
    return _Levels(begun, last, carry)


def _bin_counts(events: _Events, grid: Grid, *, summed: bool) -> _BinCounts:
    """Count events in bins, block by block; calls in order of time touch few bins at once."""
    sizes, since = np.zeros(grid.bins, dtype=np.int32), np.zeros(grid.bins if summed else 0)
    for moments, bins in events.blocks(grid):
        first = bins.min()
        places = bins - first
        counts = np.bincount(places)
        touched = slice(first, first + len(counts))
        sizes[touched] += counts.astype(np.int32)
        if summed:
            elapsed = moments - grid.begins[touched].take(places)
            since[touched] += np.bincount(places, weights=elapsed)
    return _BinCounts(sizes, since)


def _crossing(levels: _Levels, level: int) -> tuple[Mask, Mask]:
    """Bins in which more than a level are in flight throughout, and those in which some time."""
    over = levels.carry - levels.last.sizes > level
    return over, ~over & (levels.carry + levels.begun.sizes > level)


def _above(exact: _Followed, over: Mask, grid: Grid) -> Ints:
    """Add up, for each period, for how long more than a level are in flight."""
    above, throughout = np.zeros(grid.bins, dtype=np.int64), np.flatnonzero(over)
    above[throughout] = grid.begin(throughout + 1) - grid.begin(throughout)
    above[exact.bins] = exact.above
    added: Ints = grid.added(above)
    return added


def _peaks(
    events: tuple[_Events, _Events], levels: _Levels, more: Mask, level: int, grid: Grid
) -> tuple[Ints, _Followed]:
    """Find the peak of each period, and follow the bins that may hold it, and some more."""
    peak = np.maximum.reduceat(levels.carry, grid.opening).astype(np.int64)
    hot = levels.carry + levels.begun.sizes > np.repeat(peak.astype(np.int32), grid.cuts)
    hot |= more
    exact = _followed(events, levels, hot, level, grid)
    np.maximum.at(peak, np.searchsorted(grid.opening, exact.bins, side="right") - 1, exact.peak)
    return peak, exact


def _followed(
    events: tuple[_Events, _Events], levels: _Levels, mask: Mask, level: int, grid: Grid
) -> _Followed:
    """Put the starts and ends that lie in some of the bins in order, piece by piece."""
    begun, last = spread(lambda part: _in(mask, part, grid), events)
    places = np.flatnonzero(mask)
    piece = np.cumsum(levels.begun.sizes[places] + levels.last.sizes[places]) // _BLOCK
    cuts = grid.begin(places[1:][np.diff(piece) > 0])
    sides = (np.split(part, np.searchsorted(part, cuts)) for part in (begun, last))
    pieces = spread(partial(_in_order, levels.carry, level, grid), zip(*sides, strict=True))
    return _Followed(*(np.concatenate(parts) for parts in zip(*pieces, strict=True)))


def _in(mask: Mask, events: _Events, grid: Grid) -> Ints:
    """Return the events that lie in some of the bins, in order of time."""
    parts = [moments[mask.take(bins)] for moments, bins in events.blocks(grid)]
    return np.sort(np.concatenate([events.times[:0], *parts]), kind="stable")


def _in_order(carry: Small, level: int, grid: Grid, sides: tuple[Ints, Ints]) -> _Followed:
    """Follow how many calls are in flight through some bins."""
    begun, last = sides
    # Odd is the last millisecond of a call, after the starts of that millisecond.
    keys = np.sort(np.concatenate([2 * begun, 2 * last + 1]), kind="stable")
    ending, times = keys & 1, keys >> 1
    places = grid.places(times)
    if not len(places):
        return _Followed(places, places, places)
    first = np.flatnonzero(np.diff(places, prepend=-1))
    sizes, bins = np.diff(first, append=len(places)), places[first]
    change = np.cumsum(1 - 2 * ending)
    before = np.concatenate([[0], change])[first]
    depth = change + np.repeat(carry[bins] - before, sizes)
    times += ending
    until = np.append(times[1:], 0)
    until[first + sizes - 1] = grid.begin(bins + 1)
    above = np.add.reduceat(np.where(depth > level, until - times, 0), first)
    above += np.where(carry[bins] > level, times[first] - grid.begin(bins), 0)
    return _Followed(bins, np.maximum.reduceat(depth, first), above)
