"""Phone numbers as integers: equal numbers have equal keys, and no two others have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import pyarrow as pa

    Column: TypeAlias = "pd.Series[Any]"
    Ints: TypeAlias = npt.NDArray[np.int64]
    Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = ["number_keys"]

_BLOCK = 1 << 16
_DIGITS = (7, 15)  # of a number in E.164; fewer and more are keyed as texts


def number_keys(numbers: Column) -> Ints:
    """Return an integer for each number: its digits where it is written in E.164.

    What is written otherwise is told apart as it stands and has a negative key. No number has the
    key 0.

    Parameters
    ----------
    numbers : Series of str, object or category

    Returns
    -------
    array of int64

    Examples
    --------
    >>> number_keys(pd.Series(["+14155550100", "anonymous", "+14155550100", None])).tolist()
    [14155550100, -1, 14155550100, 0]
    """
    if isinstance(numbers.dtype, pd.CategoricalDtype):
        return np.append(number_keys(pd.Series(numbers.cat.categories)), 0)[numbers.cat.codes]
    import pyarrow as pa  # noqa: PLC0415 - its kernels are only asked of many numbers

    try:
        texts = pa.array(numbers, pa.large_string(), from_pandas=True)
    except pa.ArrowException:  # cells that are no texts
        return -1 - pd.factorize(numbers)[0].astype(np.int64)
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    keys = np.empty(len(texts), dtype=np.int64)

    def read(block: tuple[int, pa.LargeStringArray]) -> None:
        start, part = block
        keys[start : start + len(part)] = _digits(part)

    spread(read, _blocks(chunks))
    strange = np.flatnonzero(keys < 0)
    if len(strange):
        keys[strange] = -1 - pd.factorize(numbers.iloc[strange])[0]
    return keys


def _blocks(chunks: list[pa.LargeStringArray]) -> Iterator[tuple[int, pa.LargeStringArray]]:
    """Divide texts into blocks that fit a core's cache, each with the place where it begins."""
    begin = 0
    for chunk in chunks:
        for start in range(0, len(chunk), _BLOCK):
            yield begin + start, chunk.slice(start, _BLOCK)
        begin += len(chunk)


def _digits(texts: pa.LargeStringArray) -> Ints:
    """Read the digits after a plus sign; 0 where a text is missing, -1 where it is none such.

    The sign is made a 0, so that all digits of a number are read at once as they stand.
    """
    begin, letters = _letters(texts)
    digits, first = np.diff(begin) - 1, begin[:-1]
    likely = (digits >= _DIGITS[0]) & (digits <= _DIGITS[1]) & (letters[first] == ord("+"))
    likely &= letters[first + 1] - np.uint8(ord("1")) < 9  # none begins with a 0
    if texts.null_count:
        likely &= texts.is_valid().to_numpy(zero_copy_only=False)
    letters[first] = ord("0")
    keys = _read(begin, letters, likely)
    if not likely.all():
        missing = texts.is_null().to_numpy(zero_copy_only=False)
        keys = np.where(missing, 0, np.where(likely, keys, -1))
    return keys


def _letters(texts: pa.LargeStringArray) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Return where each text begins and the last one ends, and a copy of their bytes."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.empty(ends[-1] - ends[0] + 2, dtype=np.uint8)  # an empty text has a first letter
    letters[:-2] = np.frombuffer(data or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    return ends - ends[0], letters


def _read(begin: Ints, letters: npt.NDArray[np.uint8], likely: Mask) -> Ints:
    """Read the texts that are likely numbers; those that hold more than digits turn unlikely."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    def texts() -> pa.LargeStringArray:
        held = np.packbits(likely, bitorder="little")
        parts = (begin, letters, held)
        return pa.LargeStringArray.from_buffers(len(likely), *map(pa.py_buffer, parts))

    try:
        read = pc.cast(texts(), pa.uint64())
    except pa.ArrowInvalid:
        decimal = pc.ascii_is_decimal(texts()).fill_null(False)  # noqa: FBT003 - Arrow's own form
        likely &= decimal.to_numpy(zero_copy_only=False)
        read = pc.cast(texts(), pa.uint64())
    return np.frombuffer(read.buffers()[1], dtype=np.int64)
