"""How many calls are in flight, counted exactly, in every period.

Putting all starts and ends in order would tell it, and slowly. Instead calls are counted in narrow
bins. That tells how many are in flight where a bin begins, and bounds how many there can be within
it; only in the few bins that may hold the peak of their period are starts and ends put in order.
There are about as many bins as calls or periods, however long the time that they span.

A call holds its slot from its start until before its end, so one that ends as another begins does
not overlap it. Times are whole milliseconds.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.tables.threads import spread

if TYPE_CHECKING:
    import numpy.typing as npt

    Ints: TypeAlias = npt.NDArray[np.int64]
    Floats: TypeAlias = npt.NDArray[np.float64]
    Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = ["Flight", "Grid", "flight"]

_CALLS_PER_BIN = 2
_BLOCK = 1 << 18  # calls whose times still fit into a processor's cache
_CELLS = 1 << 20  # cells of a look-up that cost nothing, however few the calls


class Flight(NamedTuple):
    """What is in flight in each period.

    `calls` that are in flight at some time of it, how many at most at once (`peak`), how many on
    `average`, and for how many milliseconds more than the level asked for (`above`).
    """

    calls: Ints
    peak: Ints
    average: Floats
    above: Ints


class Grid:
    """Periods of any length, each cut into the same number of bins.

    Examples
    --------
    >>> grid = Grid(np.array([0, 100, 300]), rows=8)
    >>> period, place = grid.places(np.array([99, 100, 299]))
    >>> period.tolist(), place.tolist()
    ([0, 1, 1], [1, 2, 3])
    """

    def __init__(self, edges: Ints, rows: int) -> None:
        self.edges = edges
        self.lengths = np.diff(edges)
        self.periods = len(self.lengths)
        self.cuts = max(1, rows // (_CALLS_PER_BIN * self.periods))
        self.widths = -(-self.lengths // self.cuts)
        self._cell = int(np.gcd.reduce(self.lengths))
        self._cells = int(edges[-1] - edges[0]) // self._cell
        self._same = self._cells == self.periods
        self._looked_up = self._cells <= max(rows, _CELLS)

    @property
    def bins(self) -> int:
        """Number of bins.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=8).bins
        4
        """
        return self.periods * self.cuts

    def places(self, times: Ints) -> tuple[Ints, Ints]:
        """Period and bin of each time.

        Examples
        --------
        >>> [part.tolist() for part in Grid(np.array([0, 100]), rows=4).places(np.array([60]))]
        [[0], [1]]
        """
        period = self._period(times)
        since = times - self.edges[period]
        since //= self.widths[0] if self._same else self.widths[period]
        since += period * self.cuts
        return period, since

    def bounds(self) -> Ints:
        """Where each bin begins, and where the last one ends.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=8).bounds().tolist()
        [0, 50, 100, 200, 300]
        """
        into = np.minimum(self.widths[:, None] * np.arange(self.cuts), self.lengths[:, None])
        return np.append((self.edges[:-1, None] + into).reshape(-1), self.edges[-1])

    def _period(self, times: Ints) -> Ints:
        if not self._looked_up:
            return np.searchsorted(self.edges, times, side="right") - 1
        cells: Ints = (times - self.edges[0]) // self._cell
        return cells if self._same else self._lookup[cells]

    @cached_property
    def _lookup(self) -> Ints:
        """Period of each cell of time."""
        return np.repeat(np.arange(self.periods), self.lengths // self._cell)


class _Counted(NamedTuple):
    """Starts, or the last milliseconds of calls: the bin of each, how many there are in each bin.

    And for each period how many, and the milliseconds since it began added up.
    """

    bins: Ints
    sizes: Ints
    calls: Ints
    since: Floats


class _Moments(NamedTuple):
    """Starts and ends in order of time, in some of the bins, and how many are in flight after."""

    bins: Ints
    times: Ints
    depth: Ints


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
    grid = Grid(edges, len(starts))
    begun, last = spread(lambda times: _counted(*times, grid), [(starts, 0), (ends, -1)])
    carry = np.cumsum(begun.sizes - last.sizes)
    carry = np.concatenate([[0], carry[:-1]])
    opening = np.arange(grid.periods) * grid.cuts
    peak = np.maximum.reduceat(carry, opening)
    hot = carry + begun.sizes > np.repeat(peak, grid.cuts)
    over = carry - last.sizes > (len(starts) if level is None else level)
    unsure = ~over & (carry + begun.sizes > (len(starts) if level is None else level))
    moments = _moments(starts, ends, (begun, last), carry, hot | unsure, grid)
    np.maximum.at(peak, moments.bins // grid.cuts, moments.depth)
    held = (carry[opening] + begun.calls) * grid.lengths - begun.since
    held += last.since - last.calls * (grid.lengths - 1)
    above = np.zeros(grid.periods, dtype=np.int64)
    if level is not None:
        above = _above(moments, carry > level, over, unsure, level, grid)
    return Flight(carry[opening] + begun.calls, peak, held / grid.lengths, above)


def _counted(times: Ints, shift: int, grid: Grid) -> _Counted:
    """Count shifted times in bins and periods, block by block."""
    bins = np.empty(len(times), dtype=np.int64)
    calls, since = np.zeros(grid.periods, dtype=np.int64), np.zeros(grid.periods)
    block = max(_BLOCK, grid.periods)  # or emptying the periods would cost more than filling them
    for start in range(0, len(times), block):
        part = slice(start, start + block)
        moments = times[part] + shift
        period, bins[part] = grid.places(moments)
        calls += np.bincount(period, minlength=grid.periods)
        gone = moments - grid.edges[period]
        since += np.bincount(period, weights=gone, minlength=grid.periods)
    return _Counted(bins, np.bincount(bins, minlength=grid.bins), calls, since)


def _moments(
    starts: Ints,
    ends: Ints,
    counted: tuple[_Counted, _Counted],
    carry: Ints,
    wanted: Mask,
    grid: Grid,
) -> _Moments:
    """Put the starts and ends that lie in some of the bins in order."""
    begun, last = spread(lambda part: np.flatnonzero(wanted[part.bins]), counted)
    # Odd is the last millisecond of a call, after the starts of that millisecond.
    keys = np.sort(np.concatenate([2 * starts[begun], 2 * ends[last] - 1]))
    ending = keys & 1
    _, bins = grid.places(keys >> 1)
    change = np.cumsum(1 - 2 * ending)
    first = np.flatnonzero(np.diff(bins, prepend=-1))
    before = np.concatenate([[0], change])[first]
    depth = change + np.repeat(carry[bins[first]] - before, np.diff(first, append=len(bins)))
    return _Moments(bins, (keys >> 1) + ending, depth)


def _above(
    moments: _Moments, entered: Mask, over: Mask, unsure: Mask, level: int, grid: Grid
) -> Ints:
    """Add up, for each period, for how many milliseconds more than a level are in flight."""
    bounds = grid.bounds()
    above = np.where(over, np.diff(bounds), 0)
    kept = unsure[moments.bins]
    bins, times, depth = (part[kept] for part in moments)
    opens, closes = (np.flatnonzero(np.diff(bins, **{side: -1})) for side in ("prepend", "append"))
    until = np.roll(times, -1)
    until[closes] = bounds[bins[closes] + 1]
    lasting = np.where(depth > level, until - times, 0)
    np.add.at(above, bins, lasting)
    opened = bins[opens]
    above[opened] += np.where(entered[opened], times[opens] - bounds[opened], 0)
    return np.add.reduceat(above, np.arange(grid.periods) * grid.cuts)
