"""Draws that are the same everywhere, and the period that made-up calls are drawn for.

A draw is a 32-bit integer taken straight from the bits of PCG64, and it is shaped by look-ups in
integer tables alone: no floating point, and no distribution method whose stream another numpy
might change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.aliases import Ints

if TYPE_CHECKING:
    from collections.abc import Sequence


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "ONE",
    "SECOND",
    "Dice",
    "Ints",
    "Period",
    "between",
    "pick",
    "quantile",
    "share",
    "some",
]


ONE = 1 << 32  # draws are integers below ONE: fractions of it
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Dice:
    """A source of draws.

    Examples
    --------
    >>> Dice(7)(3).tolist()
    [2684764585, 3853503932, 3331544671]
    """

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def __call__(self, size: int) -> Ints:
        """Draw that many integers from 0 on, below `ONE`."""
        raw: npt.NDArray[np.uint64] = self._bits.random_raw(size)
        return (raw >> np.uint64(32)).astype(np.int64)


class Period(NamedTuple):
    """The days that the calls are made up for: an UTC midnight and a count.

    Examples
    --------
    >>> march = Period(pd.Timestamp("2026-03-01", tz="UTC"), 31)
    >>> march.iso(march.workday(0))
    '2026-03-02T00:00:00+00:00'
    """

    opening: pd.Timestamp
    days: int

    @property
    def length(self) -> int:
        """Milliseconds of the whole period."""
        return self.days * DAY

    def iso(self, moment: int) -> str:
        """Write a moment, in ms since the opening, as ISO 8601."""
        return (self.opening + pd.Timedelta(moment, "ms")).isoformat(timespec="seconds")

    def weekday(self, day: int) -> int:
        """Day of the week, Monday being 0."""
        return (self.opening.day_of_week + day) % 7

    def workday(self, thousandth: int) -> int:
        """Midnight (ms) of the first working day from that part of the period on."""
        first = self.days * thousandth // 1000
        days = range(first, self.days)
        return DAY * next((day for day in days if self.weekday(day) < 5), first)


def between(draws: Ints, ranks: Ints, values: Ints) -> Ints:
    """Values at the draws, straight lines between the ranks (0 up to ONE).

    Examples
    --------
    >>> ranks, values = np.array([0, ONE // 2, ONE]), np.array([0, 100, 900])
    >>> between(np.array([ONE // 4]), ranks, values).tolist()
    [50]
    """
    steps_below = np.searchsorted(ranks, draws, side="right") - 1
    steps, widths = np.diff(values), np.diff(ranks)
    offset: Ints = steps[steps_below] * (draws - ranks[steps_below]) // widths[steps_below]
    return values[steps_below] + offset


def quantile(draws: Ints, table: Sequence[tuple[int, int]]) -> Ints:
    """Values at the draws from a table of (thousandths, value).

    Examples
    --------
    >>> quantile(np.array([0, ONE // 2]), [(0, 10), (500, 30), (1000, 90)]).tolist()
    [10, 30]
    """
    ranks, values = np.array(table, dtype=np.int64).T
    return between(draws, ranks * ONE // 1000, values)


def pick(draws: Ints, weights: Sequence[int]) -> Ints:
    """Places in the list of weights, each as often as its weight says.

    Examples
    --------
    >>> pick(np.array([0, ONE // 2, ONE - 1]), [2, 0, 1, 1]).tolist()
    [0, 2, 3]
    """
    upto = np.cumsum(np.array(weights, dtype=np.int64))
    return np.searchsorted(upto * ONE // upto[-1], draws, side="right").astype(np.int64)


def some(dice: Dice, rows: Ints, count: int) -> Ints:
    """Return `count` of the rows, or all if there are fewer, in any order.

    Examples
    --------
    >>> sorted(some(Dice(0), np.array([4, 8]), 3).tolist())
    [4, 8]
    """
    return rows[np.argsort(dice(len(rows)), kind="stable")[:count]]


def share(dice: Dice, rows: Ints, thousandths: int) -> Ints:
    """Each of the rows with that chance.

    Examples
    --------
    >>> share(Dice(0), np.array([4, 8]), 1000).tolist()
    [4, 8]
    """
    return rows[dice(len(rows)) < thousandths * ONE // 1000]
