"""Phone numbers as integers: equal numbers have equal keys, and no two others have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.tables.threads import spread

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Column: TypeAlias = "pd.Series[Any]"
    Ints: TypeAlias = npt.NDArray[np.int64]

__all__ = ["number_keys"]

_BLOCK = 1 << 18
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
    blocks = [
        chunk.slice(start, _BLOCK) for chunk in chunks for start in range(0, len(chunk), _BLOCK)
    ]
    keys = np.concatenate([np.zeros(0, dtype=np.int64), *spread(_digits, blocks)])
    strange = np.flatnonzero(keys < 0)
    keys[strange] = -1 - pd.factorize(numbers.iloc[strange])[0]
    return keys


def _digits(texts: pa.LargeStringArray) -> Ints:
    """Read the digits after a plus sign; 0 where a text is missing, -1 where it is none such."""
    import pyarrow as pa  # noqa: PLC0415 - as above
    import pyarrow.compute as pc  # noqa: PLC0415 - as above

    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.frombuffer(data or b"", dtype=np.uint8)[ends[0] : ends[-1]].copy()
    begin, digits = ends[:-1] - ends[0], np.diff(ends) - 1
    likely = (digits >= _DIGITS[0]) & (digits <= _DIGITS[1])
    first = begin[likely]
    likely[likely] = letters[first] == ord("+")
    letters[begin[likely]] = ord("0")  # a number may begin with a 0, but not with a plus sign
    buffers = [None, pa.py_buffer(ends - ends[0]), pa.py_buffer(letters)]
    plain = pa.LargeStringArray.from_buffers(len(texts), buffers[1], buffers[2])
    decimal = pc.ascii_is_decimal(plain).to_numpy(zero_copy_only=False) & likely
    if not decimal.all():
        plain = pc.if_else(pa.array(decimal), plain, "0")
    keys = np.array(pc.cast(plain, pa.int64()))
    decimal &= keys >= 10 ** np.clip(digits - 1, 0, _DIGITS[1])  # none begins with a 0
    return np.where(decimal, keys, np.where(_missing(texts), 0, -1))


def _missing(texts: pa.LargeStringArray) -> npt.NDArray[np.bool_]:
    missing: npt.NDArray[np.bool_] = texts.is_null().to_numpy(zero_copy_only=False)
    return missing
