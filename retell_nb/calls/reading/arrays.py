"""Cells to arrays, batch by batch, and the arrays of all batches to a column."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.schema import DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Array: TypeAlias = Any
    """Numbers and codes as numpy has them, texts and flags as Arrow has, others as a list."""

__all__ = ["Codes", "array_of", "first_told", "numbers", "renumbered", "stacked", "vetted"]

_NUMBERS = ("count", "number", "time")
_ARROW = {
    "text": pa.string(),
    "category": pa.string(),
    "flag": pa.bool_(),
    **dict.fromkeys(_NUMBERS, pa.float64()),
}
_DTYPES = {pa.bool_(): pd.BooleanDtype(), pa.string(): DTYPES["text"]}


class Codes(dict[str | None, int]):
    """The texts of a column, numbered as they come, in all batches alike; a missing one is -1.

    Examples
    --------
    >>> codes = Codes()
    >>> codes["b"], codes["a"], codes[None], codes["b"]
    (0, 1, -1, 0)
    >>> codes.texts
    ['b', 'a']
    """

    def __init__(self) -> None:
        super().__init__({None: -1})

    def __missing__(self, text: str | None) -> int:
        code = self[text] = len(self) - 1
        return code

    @property
    def texts(self) -> list[str]:
        """The text of each code.

        Examples
        --------
        >>> Codes().texts
        []
        """
        return [text for text in self if text is not None]

    def places(self, other: Codes) -> npt.NDArray[np.int32]:
        """Return the code here of each code of others, and last that of a missing text.

        Examples
        --------
        >>> codes, others = Codes(), Codes()
        >>> codes["b"], others["a"], others["b"]
        (0, 0, 1)
        >>> codes.places(others).tolist()
        [1, 0, -1]
        """
        return np.array([self[text] for text in (*other.texts, None)], np.int32)


def array_of(
    cells: Sequence[Any] | npt.NDArray[np.float64], kind: str | None, codes: Codes
) -> Array:
    """Return cells of one kind as an array, or as a list where they turn out not to be.

    Parameters
    ----------
    cells : sequence or array of float
        As the decoder has typed them: floats, texts or flags, and None; a time may be a text.
    kind : str, optional
        As in `SCHEMA`; without one the cells may be anything.
    codes : Codes
        Those of the column, for a category.

    Examples
    --------
    >>> array_of([1.0, None], "number", Codes()).tolist()
    [1.0, nan]
    >>> array_of(["b", None, "b"], "category", Codes()).tolist()
    [0, -1, 0]
    >>> array_of([1.0, "2026-03-02"], "time", Codes())
    [1.0, '2026-03-02']
    """
    if isinstance(cells, np.ndarray):
        return cells
    if kind == "category":
        return _packed("i", map(codes.__getitem__, cells))
    if kind in _NUMBERS:
        return numbers(cells)
    if kind is not None:
        return pa.array(cells, _ARROW[kind])
    if not {dict, list} & {*map(type, cells)}:
        return list(cells)
    return [
        msgspec.json.encode(cell).decode() if isinstance(cell, (dict, list)) else cell
        for cell in cells
    ]


def vetted(cells: Sequence[Any], kind: str | None) -> tuple[Sequence[Any], str | None]:
    """Return cells that no decoder has typed as those of a kind; without a kind if they are not.

    Examples
    --------
    >>> vetted([1, None], "number"), vetted(["1"], "number")
    (([1.0, None], 'number'), (['1'], None))
    """
    if kind is None:
        return cells, None
    try:
        return pa.array(cells, _ARROW[kind]).to_pylist(), kind
    except pa.ArrowException:
        return cells, None


def numbers(cells: Sequence[Any]) -> Array:
    """Return floats and None as an array, or as a list where something else is among them.

    Examples
    --------
    >>> numbers([1.0, None])
    array([ 1., nan])
    """
    try:
        return _packed("d", cells)
    except struct.error:  # not all of them are floats
        pass
    try:
        return _packed("d", [np.nan if cell is None else cell for cell in cells])
    except struct.error:
        return list(cells)


def _packed(code: str, numbers: Iterable[float]) -> Array:
    """Numbers as an array; numpy and Arrow look at each more closely, and take twice the time."""
    cells = (*numbers,)
    return np.frombuffer(struct.pack(f"{len(cells)}{code}", *cells), code)


def renumbered(cells: Array, places: npt.NDArray[np.int32]) -> Array:
    """Return the codes of texts as those of other `Codes`; all else as it is.

    Examples
    --------
    >>> renumbered(np.array([1, -1, 0], "i"), np.array([5, 7, -1], np.int32)).tolist()
    [7, -1, 5]
    """
    are_codes = isinstance(cells, np.ndarray) and cells.dtype.kind == "i"
    return places[cells] if are_codes else cells


def first_told(cells: Array, others: Array, codes: Codes) -> list[Any]:
    """Return the cells, and where one is missing the other one.

    Examples
    --------
    >>> first_told([None, "b"], ["c", "d"], Codes())
    ['c', 'b']
    """
    pairs = zip(_list(cells, codes), _list(others, codes), strict=True)
    return [other if cell is None else cell for cell, other in pairs]


def _list(cells: Array, codes: Codes) -> list[Any]:
    if isinstance(cells, pa.Array):
        return list(cells.to_pylist())
    if not isinstance(cells, np.ndarray):
        return list(cells)
    if cells.dtype.kind == "i":
        texts = [*codes.texts, None]
        return [texts[code] for code in cells]
    return [None if np.isnan(cell) else cell for cell in cells.tolist()]


def stacked(parts: list[Array | None], sizes: list[int], kind: str | None, codes: Codes) -> Any:
    """Return a column of the arrays of all batches; where there is none, the cells are missing.

    Examples
    --------
    >>> stacked([np.array([1.0]), None], [1, 1], "number", Codes()).tolist()
    [1.0, nan]
    """
    if kind is None or any(isinstance(part, list) for part in parts):
        return _mixed(parts, sizes, codes)
    if kind == "category":
        numbers = _filled(parts, sizes, -1)
        categories = pd.Index(codes.texts, dtype=DTYPES["text"])
        return pd.Categorical.from_codes(numbers, categories=categories)
    if kind in _NUMBERS:
        return _filled(parts, sizes, np.nan)
    chunks = [
        pa.nulls(size, _ARROW[kind]) if part is None else part
        for part, size in zip(parts, sizes, strict=True)
    ]
    return pa.chunked_array(chunks).to_pandas(types_mapper=_dtype).array


def _filled(parts: list[Array | None], sizes: list[int], missing: float) -> Array:
    pairs = zip(parts, sizes, strict=True)
    return np.concatenate([np.full(n, missing) if part is None else part for part, n in pairs])


def _dtype(arrow: pa.DataType) -> Any:
    """The dtype that takes in Arrow's values as they are; None leaves the choice to Arrow."""
    dtype = _DTYPES.get(arrow)
    return dtype if hasattr(dtype, "__from_arrow__") else None


def _mixed(parts: list[Array | None], sizes: list[int], codes: Codes) -> Any:
    cells = np.full(sum(sizes), None, dtype=object)
    ends = np.cumsum(sizes)
    for part, size, end in zip(parts, sizes, ends, strict=True):
        if part is not None:
            cells[end - size : end] = _list(part, codes)
    return cells
