"""Periods of time cut into narrow bins, so that what lies in each is counted and not sorted."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints, Totals


__all__ = ["Grid"]

_FEWEST, _MOST = 4, 8  # calls per bin
_CUTS = 256  # bins per period, within these limits: the shorter it is, the more may hold its peak
_FEW_BINS = 1 << 20  # bins that cost nothing, however few the calls


class Grid:
    """Periods of any length, cut into bins: one for 4 to 8 calls, or one for each period.

    Wherever it can be, all bins are of one length, so that the bin of a time is found by division.
    Where that would take more bins than calls, as with a single call that lies decades off, each
    period is cut for itself.

    Parameters
    ----------
    edges : array of int64
        Where the periods begin, ascending, and where the last of them ends.
    rows : int
        How many calls there are.

    Examples
    --------
    >>> grid = Grid(np.array([0, 100, 300]), rows=24)
    >>> grid.bins, grid.opening.tolist()
    (6, [0, 2])
    """

    def __init__(self, edges: Ints, rows: int) -> None:
        self.edges = edges
        self.periods = len(edges) - 1
        bins = min(max(rows // _MOST, _CUTS * self.periods), rows // _FEWEST)
        self._wanted = max(bins, self.periods)
        self._width = self._one_width(max(rows, _FEW_BINS))

    @property
    def bins(self) -> int:
        """Number of bins.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=0).bins
        3
        """
        span = int(self.edges[-1] - self.edges[0])
        return -(-span // self._width) if self._width else len(self._bounds) - 1

    def begin(self, bins: Ints) -> Ints:
        """When bins begin; the one after the last, when the last one ends.

        Examples
        --------
        >>> Grid(np.array([0, 100]), rows=8).begin(np.array([0, 1, 2])).tolist()
        [0, 50, 100]
        """
        if self._width:
            begin: Ints = np.minimum(self.edges[0] + bins * self._width, self.edges[-1])
            return begin
        return self._bounds[bins]

    @cached_property
    def opening(self) -> Ints:
        """First bin of each period.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=0).opening.tolist()
        [0, 1]
        """
        return self.places(self.edges[:-1])

    @cached_property
    def cuts(self) -> Ints:
        """How many bins each period has.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=0).cuts.tolist()
        [1, 2]
        """
        return np.diff(self.opening, append=self.bins)

    @cached_property
    def begins(self) -> Ints:
        """Where the period of each bin begins.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=0).begins.tolist()
        [0, 100, 100]
        """
        return np.repeat(self.edges[:-1], self.cuts)

    def added(self, numbers: Totals) -> Totals:
        """Add up for each period what was counted in its bins.

        Examples
        --------
        >>> Grid(np.array([0, 100, 300]), rows=0).added(np.array([1, 2, 3])).tolist()
        [1, 5]
        """
        return np.add.reduceat(numbers, self.opening)

    def places(self, times: Ints) -> Ints:
        """Bin of each time.

        Examples
        --------
        >>> Grid(np.array([0, 100]), rows=8).places(np.array([49, 50])).tolist()
        [0, 1]
        """
        if not self._width:
            return np.searchsorted(self._bounds, times, side="right") - 1
        since: Ints = times - self.edges[0]
        since //= self._width
        return since

    @cached_property
    def _bounds(self) -> Ints:
        """Where each bin begins, and the last one ends, if they are not of one length."""
        cuts, lengths = max(1, self._wanted // self.periods), np.diff(self.edges)[:, None]
        into = np.minimum(-(-lengths // cuts) * np.arange(cuts), lengths)
        return np.append((self.edges[:-1, None] + into).reshape(-1), self.edges[-1])

    def _one_width(self, most: int) -> int:
        """Length of a bin if one is good for all periods, else 0."""
        span = int(self.edges[-1] - self.edges[0])
        least = max(1, -(-span // self._wanted))
        cell = int(np.gcd.reduce(np.diff(self.edges)[:-1])) if self.periods > 1 else least
        parts = np.arange(1, max(1, cell // least) + 1)
        width = cell // int(parts[cell % parts == 0][-1])
        return width if span // width <= most else 0
