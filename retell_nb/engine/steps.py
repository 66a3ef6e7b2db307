"""Numbers, such as times, read block by block as they are counted: as steps, bands or sums.

A step is found by a division and looked up in a small table, which is several times as fast as to
search for every number among edges.
"""

from __future__ import annotations

import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.codes import gather, parts
from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retell_nb.engine.aliases import Ints

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = [
    "MISSING",
    "Bands",
    "FirstKnown",
    "Numbers",
    "Sparse",
    "Squares",
    "Steps",
    "ends",
    "whole",
]

_SHORT = 1 << 31  # from here on, a number needs eight bytes

MISSING = np.iinfo(np.int64).min
"""The number that stands for a missing one, as in pandas' times."""


class Steps:
    """Codes of numbers by the step that each lies in, made only of the parts that are asked for.

    Parameters
    ----------
    numbers : array of int64
        None below `first`, and none beyond the last step; `MISSING` ones have the code -1.
    first : int
        Where the first step begins.
    width : int
    table : array of int
        The code of every step.

    Examples
    --------
    >>> Steps(np.array([12, 29, MISSING]), 10, 10, np.array([5, 6], dtype=np.int8))[0:3].tolist()
    [5, 6, -1]
    """

    def __init__(self, numbers: Ints | FirstKnown, first: int, width: int, table: Codes) -> None:
        self._numbers = numbers
        self._first, self._width = first, width
        self._table = table

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, rows: slice) -> Codes:
        numbers = self._numbers[rows]
        if numbers.min(initial=0) > MISSING:
            return self._of_known(numbers)
        there = numbers != MISSING
        codes = np.full(len(numbers), -1, dtype=self._table.dtype)
        codes[there] = self._of_known(numbers[there])
        return codes

    def _of_known(self, numbers: Ints) -> Codes:
        """Return the codes of numbers none of which is missing."""
        if not len(numbers):
            return self._table[:0]
        least, most = int(numbers.min()), int(numbers.max())
        step = (least - self._first) // self._width
        begin = self._first + step * self._width
        near: Codes
        if most < begin + self._width:  # as of calls of one day, side by side
            return np.full(len(numbers), self._table[step])
        if most < begin + 2 * self._width:
            near = (numbers >= begin + self._width).view(np.int8)
        else:
            near = numbers - begin
            if most - begin < _SHORT:  # twice as many of which are divided at a time
                near = near.astype(np.int32)
            near //= near.dtype.type(self._width)
        return gather(self._table[step:], near)


class Bands:
    """Codes of numbers by the band each lies in, made only of the parts that are asked for.

    Parameters
    ----------
    column : Series of numbers
        A missing one, or one below all bands, has the code -1.
    edges : sequence of float
        Where the bands begin, in order.

    Examples
    --------
    >>> Bands(pd.Series([4, 25, None], dtype="Int64"), [0, 10, 20])[0:3].tolist()
    [0, 2, -1]
    """

    def __init__(self, column: pd.Series[Any], edges: Sequence[float]) -> None:
        self._values, self._missing = parts(column.array)
        self._edges = edges

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, rows: slice) -> npt.NDArray[np.int8]:
        numbers = self._values[rows]
        least = numbers.min(initial=self._edges[-1])
        passed = sum(bool(edge <= least) for edge in self._edges)  # by all of the numbers
        codes = np.full(len(numbers), passed - 1, dtype=np.int8)
        for edge in self._edges[passed:]:  # a comparison with what is not a number is False
            codes += (numbers >= edge).view(np.int8)
        if self._missing is not None and (missing := self._missing[rows]).any():
            codes[missing] = -1
        return codes


class Numbers:
    """Numbers to be added up, made only of the parts that are asked for; a missing one is 0.

    Parameters
    ----------
    column : Series of numbers

    Examples
    --------
    >>> Numbers(pd.Series([3_000, None], dtype="Int64"))[0:2].tolist()
    [3000.0, 0.0]
    """

    def __init__(self, column: pd.Series[Any]) -> None:
        self._values, self._missing = parts(column.array)

    def __getitem__(self, rows: slice) -> npt.NDArray[np.float64]:
        values = self._values[rows]
        numbers = values.astype(np.float64)
        if self._missing is not None and (missing := self._missing[rows]).any():
            numbers[missing] = 0
        if values.dtype.kind == "f":
            np.nan_to_num(numbers, copy=False, nan=0)
        return numbers


class Squares:
    """Squares of numbers, made only of the parts that are asked for.

    Parameters
    ----------
    numbers : Numbers, or what else gives numbers by slices

    Examples
    --------
    >>> Squares(Numbers(pd.Series([3, 4])))[0:2].tolist()
    [9.0, 16.0]
    """

    def __init__(self, numbers: Any) -> None:
        self.numbers = numbers

    def __getitem__(self, rows: slice) -> npt.NDArray[np.float64]:
        return np.asarray(self.numbers[rows] ** 2)


class Sparse:
    """Codes of which few are 0 and all others -1, made only of the parts that are asked for.

    Parameters
    ----------
    places : array of int
        Where the code is 0, in order.
    size : int

    Examples
    --------
    >>> Sparse(np.array([1, 5]), 6)[1:4].tolist()
    [0, -1, -1]
    """

    def __init__(self, places: Ints, size: int) -> None:
        self._places, self._size = places, size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, rows: slice) -> npt.NDArray[np.int8]:
        start, stop, _ = rows.indices(self._size)
        first, last = np.searchsorted(self._places, (start, stop))
        codes = np.full(stop - start, -1, dtype=np.int8)
        codes[self._places[first:last] - start] = 0
        return codes


class FirstKnown:
    """The first number of several columns that is not missing, made only of the parts asked for.

    Parameters
    ----------
    columns : sequence of array of int64
    least : int
        A number from 0 on and below this one counts as missing.

    Examples
    --------
    >>> starts, ends = np.array([70, MISSING, 3]), np.array([80, 90, MISSING])
    >>> FirstKnown([starts, ends], 50)[0:3].tolist() == [70, 90, MISSING]
    True
    """

    def __init__(self, columns: Sequence[Ints], least: int) -> None:
        self._columns, self._least = columns, least
        self._last = threading.local()

    def __len__(self) -> int:
        return len(self._columns[0])

    def __getitem__(self, rows: slice | Ints) -> Ints:
        if isinstance(rows, slice) and getattr(self._last, "rows", None) == rows:
            last: Ints = self._last.numbers  # for several clocks that are read side by side
            return last
        (_, numbers), *others = self.layers(rows)
        if others:
            numbers = numbers.copy()
        for places, some in others:  # which is quicker than to choose row by row
            numbers[places] = some
        if isinstance(rows, slice):
            self._last.rows, self._last.numbers = rows, numbers
        return numbers

    def layers(self, rows: slice | Ints) -> Iterator[tuple[slice | Ints, Ints]]:
        """Return the places where the columns before lack a number, and what each column has there.

        Examples
        --------
        >>> both = FirstKnown([np.array([70, MISSING]), np.array([80, 90])], 50)
        >>> [numbers.tolist()[-1] for _, numbers in both.layers(slice(2))] == [MISSING, 90]
        True
        """
        places: slice | Ints = slice(None)
        numbers = self._known(self._columns[0][rows])
        yield places, numbers
        for column in self._columns[1:]:
            gaps = np.flatnonzero(numbers == MISSING)
            if not len(gaps):
                return
            places = gaps if isinstance(places, slice) else places[gaps]
            numbers = self._known(column[rows][places])
            yield places, numbers

    @cached_property
    def ends(self) -> tuple[int, int] | None:
        """The least and the greatest that is known; none of none."""
        return _ends(self)

    def latest(self, limit: int) -> int:
        """Return the greatest in any column that is not above a limit; `MISSING` of none.

        Examples
        --------
        >>> FirstKnown([np.array([70, MISSING]), np.array([80, 90])], 50).latest(85)
        80
        """

        def part(rows: slice) -> int:
            return max(_most(column[rows], limit) for column in self._columns)

        return max(spread(part, blocks(len(self))), default=MISSING)

    def _known(self, numbers: Ints) -> Ints:
        natural = numbers.view(np.uint64)  # of which a negative one is greater than any time
        if natural.min(initial=self._least) == self._least:
            return numbers
        return np.where(natural < self._least, MISSING, numbers)


def _most(numbers: Ints, limit: int) -> int:
    """The greatest number that is not above a limit."""
    most = int(numbers.max())
    return most if most <= limit else int(numbers[numbers <= limit].max(initial=MISSING))


def ends(numbers: Ints | FirstKnown) -> tuple[int, int] | None:
    """Return the least and the greatest of the numbers that are not missing; none of none.

    Examples
    --------
    >>> ends(np.array([12, MISSING, 29])), ends(np.array([MISSING]))
    ((12, 29), None)
    """
    return numbers.ends if isinstance(numbers, FirstKnown) else _ends(numbers)


def _ends(numbers: Ints | FirstKnown) -> tuple[int, int] | None:
    def part(rows: slice) -> list[tuple[int, int]]:
        if isinstance(numbers, FirstKnown):
            return [pair for _, some in numbers.layers(rows) for pair in _span(some)]
        return _span(numbers[rows])

    of_parts = [pair for pairs in spread(part, blocks(len(numbers))) for pair in pairs]
    if not of_parts:
        return None
    lows, highs = zip(*of_parts, strict=True)
    return min(lows), max(highs)


def _span(numbers: Ints) -> list[tuple[int, int]]:
    """The least and the greatest of some numbers that are not missing; nothing of none."""
    most = int(numbers.max())
    if most == MISSING:
        return []
    least = int(numbers.min())
    if least > MISSING:
        return [(least, most)]
    natural = numbers.view(np.uint64)  # of which a missing one is greater than any that is not
    if int(natural.max()) == -MISSING:  # and no other is negative
        return [(int(natural.min()), most)]
    # The least number wraps around to the greatest where one is taken away.
    return [(int((numbers - 1).min()) + 1, most)]


def whole(parts_of: Steps | Bands | Sparse | FirstKnown) -> Codes:
    """Return all of what is otherwise made part by part, as an array, made on all cores.

    Examples
    --------
    >>> whole(Sparse(np.array([1]), 3)).tolist()
    [-1, 0, -1]
    """
    array = np.empty(len(parts_of), dtype=parts_of[0:0].dtype)

    def fill(rows: slice) -> None:
        array[rows] = parts_of[rows]

    spread(fill, blocks(len(array)))
    return array
