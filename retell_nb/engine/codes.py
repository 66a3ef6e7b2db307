"""Columns as small integer codes: which of its distinct values each row has.

Whatever is counted is counted by codes: of the smallest type that holds them, made once, on all
cores where the column is text. A missing value has the code -1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow.compute import take

from retell_nb.engine import threads
from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Mask

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]
    Array: TypeAlias = npt.NDArray[Any]

__all__ = ["Key", "Truths", "gather", "key", "lookup", "parts", "smallest"]

_PIECE = 1 << 19  # texts to encode at a time: fewer would make more dictionaries to unite
_SPAN = 1 << 15  # integers that lie so near each other are codes as they are
_WIDE = 1 << 62  # from here on, unsigned integers would wrap


class Key(NamedTuple):
    """A column to group by: its distinct values in order, and which of them each row has."""

    name: str
    codes: Codes
    levels: Column


class Truths:
    """Truth values as codes, made only of the parts that are asked for: 0 for a yes, else -1.

    Parameters
    ----------
    column : Series of bool or boolean

    Examples
    --------
    >>> Truths(pd.Series([True, None, False], dtype="boolean"))[0:3].tolist()
    [0, -1, -1]
    """

    def __init__(self, column: Column) -> None:
        self._values, self._missing = parts(column.array)

    def __len__(self) -> int:
        return len(self._values)

    def __getitem__(self, rows: slice | Codes) -> npt.NDArray[np.int8]:
        values = self._values[rows].astype(np.bool_, copy=False)
        if self._missing is not None:
            values = values > self._missing[rows]
        return values.view(np.int8) - np.int8(1)

    def key(self, name: str) -> Key:
        """Return the key of the column, of which a yes is the only level.

        Examples
        --------
        >>> Truths(pd.Series([True, False])).key("hit").levels.tolist()
        [True]
        """
        return Key(name, cast("Any", self), pd.Series([True]))


def key(column: Column) -> Key:
    """Return the key of a column: categories keep their order, other values are sorted.

    Parameters
    ----------
    column : Series
        Of any dtype whose values can be hashed.

    Returns
    -------
    Key
        With the code -1 for a missing value, in codes of the smallest type.

    Examples
    --------
    >>> key(pd.Series(["b", None, "a"], name="agent_id")).codes.tolist()
    [1, -1, 0]
    """
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        places = np.arange(len(column.cat.categories))
        values = pd.Series(pd.Categorical.from_codes(places, dtype=dtype))
        return Key(str(column.name), np.asarray(cast("Any", column.array).codes), values)
    encoded = _text(column) if _is_arrow_text(dtype) else _integers(column)
    if encoded is None:
        wide, distinct = pd.factorize(column, sort=True)
        encoded = wide.astype(smallest(len(distinct))), pd.Series(distinct)
    return Key(str(column.name), *encoded)


def parts(array: Any) -> tuple[Array, Mask | None]:
    """Return the values of a column's array, and which are missing where they do not say so.

    Parameters
    ----------
    array : ExtensionArray
        Of numbers or truth values, as `Series.array` has it.

    Returns
    -------
    values : array
        Without a copy where pandas has one. A value that is missing may be anything.
    missing : array of bool, or None

    Examples
    --------
    >>> parts(pd.array([7, None], dtype="Int64"))[1]
    array([False,  True])
    """
    if isinstance(array, (pd.arrays.BooleanArray, pd.arrays.IntegerArray, pd.arrays.FloatingArray)):
        masked: Any = array  # whose to_numpy would copy, at fifty times the cost
        return masked._data, masked._mask  # noqa: SLF001 - no public name gives both
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        values = np.asarray(array)
        if values.dtype == object:  # may hold None or NA, which numpy cannot make a number
            values = pd.Series(values).astype("Float64").to_numpy(np.float64, na_value=np.nan)
        return values, None
    dtype = np.dtype(getattr(array.dtype, "numpy_dtype", np.float64))
    return array.to_numpy(dtype, na_value=dtype.type(0).item()), np.asarray(array.isna())


def smallest(size: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the smallest type of integer that holds the codes of so many values, and -1.

    Examples
    --------
    >>> smallest(128), smallest(129)
    (dtype('int8'), dtype('int16'))
    """
    return np.min_scalar_type(-max(size, 1))


def lookup(codes: Codes, *tables: Array) -> list[Array]:
    """Return what each table holds for every code; the last entry stands for the code -1.

    Parameters
    ----------
    codes : array of int
    *tables : array
        Of numbers or truth values, none of them empty.

    Examples
    --------
    >>> [out.tolist() for out in lookup(np.array([1, -1, 0]), np.array([5, 6, 7]))]
    [[6, 7, 5]]
    """
    outs = [np.empty(len(codes), dtype=table.dtype) for table in tables]
    pairs = [*zip(tables, outs, strict=True)]
    wide = [pair for pair in pairs if pair[0].dtype != np.bool_]
    flags = [pair for pair in pairs if pair[0].dtype == np.bool_]
    # Truth values are looked up together, as bits of a word: so many as a word has.
    words = [_word(flags[first : first + 32]) for first in range(0, len(flags), 32)]

    def fill(rows: slice) -> None:
        places = codes[rows].astype(np.intp)  # once for all tables
        for table, out in wide:
            table.take(places, mode="wrap", out=out[rows])
        for word, own in words:
            bits = word.take(places, mode="wrap")
            for place, (_, out) in enumerate(own):
                np.not_equal(bits & word.dtype.type(1 << place), 0, out=out[rows])

    spread(fill, blocks(len(codes)))
    return outs


def gather(table: Array, places: Codes) -> Array:
    """Return what a table holds at some places, of which it must have every one.

    Arrow takes half as long as numpy, which makes a wide integer of each place first.

    Examples
    --------
    >>> gather(np.array([5, 6, 7]), np.array([2, 0], dtype=np.int8)).tolist()
    [7, 5]
    """
    cells: Array = take(pa.array(table), pa.array(places), boundscheck=False).to_numpy()
    return cells


def _word(flags: list[tuple[Array, Array]]) -> tuple[Array, list[tuple[Array, Array]]]:
    """Tables of truth values as bits of one table, and what these are looked up into."""
    size = max(8, 1 << (len(flags) - 1).bit_length())
    word = np.zeros(len(flags[0][0]), dtype=f"u{size // 8}")
    for place, (table, _) in enumerate(flags):
        word |= table.astype(word.dtype) << word.dtype.type(place)
    return word, flags


def _is_arrow_text(dtype: Any) -> bool:
    if isinstance(dtype, pd.ArrowDtype):
        arrow = dtype.pyarrow_dtype
        return bool(pa.types.is_string(arrow) or pa.types.is_large_string(arrow))
    return isinstance(dtype, pd.StringDtype) and dtype.storage.startswith("pyarrow")


def _text(column: Column) -> tuple[Codes, Column]:
    """Codes and distinct values of Arrow's texts, piece by piece on all cores."""
    arrow = pa.array(column.array)
    chunks = arrow.chunks if isinstance(arrow, pa.ChunkedArray) else [arrow]
    pieces = [
        chunk.slice(start, _PIECE)
        for chunk in chunks
        for start in range(0, max(len(chunk), 1), _PIECE)
    ]
    encoded = spread(_piece, pieces)
    texts = sorted({text for _, some in encoded for text in some})
    ranks = {text: rank for rank, text in enumerate(texts)}
    codes = np.empty(len(column), dtype=smallest(len(texts)))
    ends = np.cumsum([0, *map(len, pieces)])

    def place(number: int) -> None:
        own, some = encoded[number]
        table = np.array([*(ranks[text] for text in some), -1], dtype=codes.dtype)
        table.take(own, mode="wrap", out=codes[ends[number] : ends[number + 1]])

    spread(place, range(len(pieces)))
    return codes, pd.Series(texts, dtype=column.dtype)


def _piece(texts: Any) -> tuple[Codes, list[str]]:
    """Codes and distinct values of some texts, in the order in which they come."""
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return codes.astype(smallest(len(distinct))), distinct


def _integers(column: Column) -> tuple[Codes, Column] | None:
    """Codes and distinct values of integers, or of truth values, that lie near each other."""
    if column.dtype.kind not in "iub" or not len(column):
        return None
    ends = _ends(column.array)
    if ends is None or ends[1] - ends[0] >= _SPAN:
        return None
    first, span = ends[0], ends[1] - ends[0] + 1
    codes = np.empty(len(column), dtype=smallest(span))
    values_of = parts(column.array)

    def fill(rows: slice) -> Array:
        places = _whole(values_of, rows, first - 1) - first
        codes[rows] = places
        return np.bincount(places + 1, minlength=span + 1)

    occurs = np.sum(spread(fill, blocks(len(column))), axis=0)[1:] > 0
    values = pd.Series(first + np.flatnonzero(occurs)).astype(column.dtype)
    if not occurs.all():
        ranks = np.append(np.where(occurs, np.cumsum(occurs) - 1, -1), -1)
        (codes,) = lookup(codes, ranks.astype(smallest(len(values))))
    return codes, values


def _ends(array: Any) -> tuple[int, int] | None:
    """The least and the greatest of some integers; none where all are missing, or they are wide."""
    if array.dtype.kind == "b":
        return 0, 1
    some = pd.Series(array[: threads.BLOCK]).dropna()
    if some.empty:
        return None
    any_of_them = int(some.iloc[0])

    values_of = parts(array)

    def part(rows: slice) -> tuple[int, int]:
        values = _whole(values_of, rows, any_of_them)
        return int(values.min()), int(values.max())

    lows, highs = zip(*spread(part, blocks(len(array))), strict=True)
    return (min(lows), max(highs)) if min(lows) > -_WIDE and max(highs) < _WIDE else None


def _whole(of: tuple[Array, Mask | None], rows: slice, missing: int) -> npt.NDArray[np.int64]:
    """Return some integers or truth values as int64, with a number for the missing ones."""
    values, are_missing = of
    whole = values[rows].astype(np.int64)
    return whole if are_missing is None else np.where(are_missing[rows], missing, whole)
