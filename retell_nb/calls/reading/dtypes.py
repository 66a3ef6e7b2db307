"""Columns and labels of any dtype as numpy and text have them."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.reading.scalars import sound
from retell_nb.calls.schema import DTYPES
from retell_nb.engine.threads import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.engine.aliases import Column

_BITS = 1000
"""A float holds no whole number of more."""
_CELLS = (
    *(str, bytes, float, complex, Decimal, Fraction, np.generic, np.ndarray),
    *(list, tuple, set, frozenset, Mapping),
    *(dt.date, dt.time, dt.timedelta, pd.Period, pd.Interval, type(pd.NaT)),
)

__all__ = ["apart", "are_bare", "in_numpy", "label_text", "without_surrogates"]


def label_text(label: object) -> str:
    """Return a label as text, one of several levels with dots between them.

    Examples
    --------
    >>> label_text(("call", "call_id")), label_text(5)
    ('call.call_id', '5')
    """
    parts = label if isinstance(label, tuple) else (label,)
    return str(sound(".".join(str(part) for part in parts if part != "")))


def apart(labels: Iterable[str]) -> list[str]:
    """Return labels of which a later one that was there before gets a number.

    Examples
    --------
    >>> apart(["a", "a", "a.1"])
    ['a', 'a.2', 'a.1']
    """
    apart: dict[str, None] = {}
    labels = list(labels)
    for label in labels:
        number = 1
        name = label
        while name in apart or (name != label and name in labels):
            name = f"{label}.{number}"
            number += 1
        apart[name] = None
    return list(apart)


def are_bare(column: Column, least: int) -> bool:
    """Return whether texts are longer than so many bytes, without blanks around them or # in front.

    Arrow looks at some rows at a time, as to copy all at once takes longer. Columns of another
    dtype than that of texts in pandas 3 are not looked at.

    Examples
    --------
    >>> are_bare(pd.Series(["call_1 "]), 3)
    False
    """
    dtype: Any = column.dtype
    if dtype != DTYPES["text"] or dtype == "object":
        return False
    cells = pa.array(column.array)
    return all(
        (part := cells[rows]).equals(pc.utf8_trim_whitespace(part))
        and not pc.any(pc.less_equal(pc.binary_length(part), least)).as_py()
        and not pc.any(pc.starts_with(part, "#")).as_py()
        for rows in blocks(len(cells))
    )


def in_numpy(column: Column) -> Column:
    """Return a column of Arrow's, of periods, intervals or complex numbers as numpy has it or text.

    Examples
    --------
    >>> in_numpy(pd.Series([1j, 2])).tolist()
    ['1j', '(2+0j)']
    """
    dtype: Any = column.dtype
    if isinstance(dtype, pd.ArrowDtype):
        if pa.types.is_integer(dtype.pyarrow_dtype):
            return column.astype("Int64")
        cells = pa.chunked_array([pa.array(column, from_pandas=True)]).to_pandas()
        return cells.set_axis(column.index)  # type: ignore[no-any-return]
    if isinstance(dtype, pd.PeriodDtype):
        return column.dt.to_timestamp()  # type: ignore[return-value]
    if isinstance(dtype, pd.SparseDtype):
        return pd.Series(column.to_numpy(), index=column.index)
    if isinstance(dtype, pd.IntervalDtype) or dtype.kind == "c":
        return column.map(str, na_action="ignore").astype(object)
    return _plain(without_surrogates(column)) if dtype == "object" else column


def _plain(column: Column) -> Column:
    """A column in which objects that are no cells, and numbers that no float holds, are texts."""
    if pd.api.types.infer_dtype(column) not in ("mixed", "mixed-integer", "integer"):
        return column
    odd = column.map(_is_odd).astype(bool)
    return column.mask(odd, column[odd].map(_text)) if odd.any() else column


def _is_odd(cell: Any) -> bool:
    if isinstance(cell, enum.Enum):
        return True
    if isinstance(cell, int):
        return cell.bit_length() > _BITS
    return cell is not None and cell is not pd.NA and not isinstance(cell, _CELLS)


def _text(cell: Any) -> str:
    try:
        return str(sound(str(cell.value if isinstance(cell, enum.Enum) else cell)))
    except Exception:  # noqa: BLE001 - an object of any class, which may do anything
        return f"<{type(cell).__name__}>"


def without_surrogates(column: Column) -> Column:
    """Return a column whose texts hold no halves of characters, and that holds no bytes.

    Examples
    --------
    >>> without_surrogates(pd.Series(["a", 1], dtype=object)).tolist()
    ['a', 1]
    """
    try:
        unsound = pd.api.types.infer_dtype(column) == "bytes"
        pa.array(column, from_pandas=True)
    except UnicodeError:
        unsound = True
    except (pa.ArrowException, TypeError, ValueError, OverflowError):  # of many types
        unsound = any(isinstance(cell, (str, bytes)) for cell in column)
    return column.map(sound) if unsound else column
