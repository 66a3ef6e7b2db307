"""Whole numbers, such as times, in steps of equal width: which step, and what that step stands for.

A step is found by a division and looked up in a small table, which is several times as fast as to
search for every number among edges.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Ints

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = ["MISSING", "Bands", "Numbers", "Steps", "ends"]

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

    def __init__(self, numbers: Ints, first: int, width: int, table: Codes) -> None:
        self._numbers = numbers
        self._first, self._width = first, width
        self._table = np.append(table, table.dtype.type(-1))

    def __len__(self) -> int:
        return len(self._numbers)

    def __getitem__(self, rows: slice) -> Codes:
        numbers = self._numbers[rows]
        places = numbers - self._first  # a missing number wraps around, and is set below
        places //= self._width
        places[numbers == MISSING] = -1
        return self._table.take(places, mode="wrap")


class Bands:
    """Codes of numbers by the band each lies in, made only of the parts that are asked for.

    Parameters
    ----------
    column : Series of numbers
        A missing one, or one below all bands, has the code -1.
    edges : sequence of int
        Where the bands begin, in order.

    Examples
    --------
    >>> Bands(pd.Series([4, 25, None], dtype="Int64"), [0, 10, 20])[0:3].tolist()
    [0, 2, -1]
    """

    def __init__(self, column: pd.Series[Any], edges: Sequence[int]) -> None:
        self._array, self._edges = column.array, edges

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, rows: slice) -> npt.NDArray[np.int8]:
        numbers = _floats(self._array[rows])
        codes = np.full(len(numbers), -1, dtype=np.int8)
        for edge in self._edges:  # a comparison with what is missing is False
            codes += numbers >= edge
        return codes


class Numbers:
    """Numbers to be added up, made only of the parts that are asked for; a missing one is 0.

    Parameters
    ----------
    column : Series of numbers
    scale : float
        What to multiply each number by.
    power : int
        What to raise it to then.

    Examples
    --------
    >>> Numbers(pd.Series([3_000, None], dtype="Int64"), 1e-3, power=2)[0:2].tolist()
    [9.0, 0.0]
    """

    def __init__(self, column: pd.Series[Any], scale: float = 1, *, power: int = 1) -> None:
        self._array, self._scale, self._power = column.array, scale, power

    def __getitem__(self, rows: slice) -> npt.NDArray[np.float64]:
        numbers = _floats(self._array[rows], missing=0) * self._scale
        return numbers if self._power == 1 else numbers**self._power


def _floats(array: Any, missing: float = np.nan) -> npt.NDArray[np.float64]:
    """Return an array of pandas as floats, with a number for the missing ones."""
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        numbers = np.asarray(array).astype(np.float64)
        return numbers if np.isnan(missing) else np.nan_to_num(numbers, nan=missing)
    floats: npt.NDArray[np.float64] = array.to_numpy(np.float64, na_value=missing)
    return floats


def ends(numbers: Ints) -> tuple[int, int] | None:
    """Return the least and the greatest of the numbers that are not missing; none of none.

    Examples
    --------
    >>> ends(np.array([12, MISSING, 29])), ends(np.array([MISSING]))
    ((12, 29), None)
    """

    def part(rows: slice) -> tuple[int, int] | None:
        some = numbers[rows]
        some = some[some != MISSING]
        return (int(some.min()), int(some.max())) if len(some) else None

    parts = [part for part in spread(part, blocks(len(numbers))) if part is not None]
    if not parts:
        return None
    lows, highs = zip(*parts, strict=True)
    return min(lows), max(highs)
