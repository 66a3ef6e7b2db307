"""Rows made to fit the schema; those that do not are set aside with the reason."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd

from retell_nb.calls.labels import ASIDE, NESTED, READERS, SECRETS, UNMAPPED, plain
from retell_nb.calls.reading.cells import dates_in, read_cells
from retell_nb.calls.reading.times import Order, lacks_zone, order_of
from retell_nb.calls.schema import DTYPES, SCHEMA, Guess

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from retell_nb.engine.aliases import Column


__all__ = ["left_out", "typed"]

_TIMES = [name for name, kind in SCHEMA.items() if READERS.get(name, kind) == "time"]
_NO_CATEGORY = pd.CategoricalDtype(pd.Index([], dtype=DTYPES["text"]))


def typed(
    rows: pd.DataFrame,
    *,
    keep: Collection[str] = (),
    tz: str = "UTC",
    scales: Mapping[str, float] | None = None,
    origin: Callable[[int], tuple[str, str]] | None = None,
    copy: bool = True,
) -> tuple[pd.DataFrame, list[dict[str, str]]]:
    """Return rows under the API's names as typed columns, and the rows that do not fit.

    Parameters
    ----------
    rows : DataFrame
        Columns of the schema, of `ASIDE` and any others.
    keep, tz
        As for `as_calls`.
    scales : mapping of str to float, optional
        What one of a bare number is in the API's unit, by column.
    origin : callable, optional
        The file that the row at a position comes from, and where in it the row stands; by
        default the index says it.
    copy : bool
        False where the rows are nobody else's, so that columns which fit may be taken as they are.

    Returns
    -------
    tuple of DataFrame and list of dict
        The frame's `attrs["notes"]` says what was taken for granted of its times, and what its
        numbers lost.

    Examples
    --------
    >>> calls, rejected = typed(pd.DataFrame({"call_id": ["call_1", None]}))
    >>> len(calls), rejected[0]["why"]
    (1, 'no call_id')
    """
    texts = {name: dates_in(rows[name]) for name in _TIMES if name in rows.columns}
    dates = {name: cells for name, cells in texts.items() if cells is not None}
    order = order_of(dates.values())
    columns, whys = _of_schema(rows, scales or {}, tz, order)
    calls = pd.DataFrame(columns | _beside_schema(rows, keep), rows.index, copy=copy)
    origin = origin or (lambda row: ("the frame", f"row {rows.index[row]}"))
    rejected = [
        dict(zip(("file", "where", "why"), (*origin(row), why), strict=True))
        for row, why in sorted(whys.items())
    ]
    calls.attrs["notes"] = [*_notes(dates, columns, order, tz), *_plusless(rows)]
    return calls[~np.isin(np.arange(len(calls)), list(whys))] if whys else calls, rejected


def _notes(
    dates: Mapping[str, Column], columns: Mapping[str, Column], order: Order, tz: str
) -> list[str]:
    """What was taken for granted of the times, in sentences."""
    guessed = [name for name in dates if any(order_of([dates[name]]))] if order.guessed else []
    zoneless = [
        name
        for name, texts in dates.items()
        if (lacks_zone(texts) & columns[name].notna().to_numpy()).any()
    ]
    notes: list[str] = [Guess(order.note(guessed))] if guessed else []
    if zoneless:
        notes.append(
            f"Times in {', '.join(zoneless)} that name no zone were taken to be of {tz}; "
            "where that is wrong, name another with tz=."
        )
    return notes


def _plusless(rows: pd.DataFrame) -> list[str]:
    """A note where phone numbers came as figures, as pandas makes them of text."""
    names = [
        name
        for name in ("from_number", "to_number")
        if name in rows.columns
        and pd.api.types.is_numeric_dtype(rows[name].dtype)
        and rows[name].notna().any()
    ]
    lost = (
        f"{' and '.join(names)} came as figures, which have lost their plus sign. Read the file "
        "with retell_nb.read_calls, or with dtype=str."
    )
    return [Guess(lost)] if names else []


def _of_schema(
    rows: pd.DataFrame, scales: Mapping[str, float], tz: str, order: Order
) -> tuple[dict[str, Column], dict[int, str]]:
    """All columns of the schema; and by position the rows that do not fit, and why."""
    columns: dict[str, Column] = {}
    whys: dict[int, str] = {}
    for name, kind in SCHEMA.items():
        if name not in rows.columns:
            columns[name] = _absent(rows, kind)
            continue
        cells, how = rows[name], READERS.get(name, kind)
        values, unreadable = read_cells(
            cells, how, scale=scales.get(name, 1), tz=tz, day_first=order.day_first
        )
        columns[name] = _as_kind(values, kind)
        for row in np.flatnonzero(unreadable):
            whys.setdefault(int(row), f"{name}: {_fault(str(cells.iloc[row]), how, order)}")
    if columns["call_id"].notna().any():  # else the table tells no ids at all
        whys |= dict.fromkeys(np.flatnonzero(columns["call_id"].isna()).tolist(), "no call_id")
    return columns, whys


def _fault(cell: str, how: str, order: Order) -> str:
    """What is wrong with a cell that could not be read."""
    quoted = repr(cell[:40])
    shown = order_of([pd.Series([cell.strip()])]) if how == "time" else Order(0, 0, 0)
    if (shown.month if order.day_first else shown.day) == 0:
        return f"{quoted} is not a {how}"
    contrary, taken = ("month", "day") if order.day_first else ("day", "month")
    return f"{quoted} puts the {contrary} first, where the {taken} was taken to come first"


def _beside_schema(rows: pd.DataFrame, keep: Collection[str]) -> dict[str, Column]:
    """The fields to keep, as text; and the columns that nobody knows, as they are."""
    known = {*SCHEMA, *ASIDE, *_shut(rows, keep)}
    kept = [name for name in ASIDE if name in keep and name in rows.columns]
    others = [name for name in rows.columns if name not in known]
    return {
        **{name: _without_objects(rows[name]).astype(DTYPES["text"]) for name in kept},
        **{name: _without_objects(rows[name]) for name in others},
    }


def left_out(rows: pd.DataFrame, keep: Collection[str]) -> list[str]:
    """Return the fields that some row holds and that are not loaded.

    Examples
    --------
    >>> left_out(pd.DataFrame({"transcript": ["Hello"], "metadata": [None]}), keep=())
    ['transcript']
    """
    return sorted({name for label, name in _shut(rows, keep).items() if rows[label].notna().any()})


def _shut(rows: pd.DataFrame, keep: Collection[str]) -> dict[str, str]:
    """Columns that stay out, and the field that each is or, flattened, is a part of."""
    paths = {n: ".".join(NESTED.get(n, (n,))) for n in (*ASIDE, *SECRETS) if n not in keep}
    own = {label: label.removeprefix("call.").removesuffix(UNMAPPED) for label in rows.columns}
    return {
        label: name
        for label, bare in own.items()
        for name, path in paths.items()
        if plain(bare) == plain(name) or bare.startswith(f"{path}.")
    }


def _absent(rows: pd.DataFrame, kind: str) -> Column:
    nothing = _nothing(kind).take(np.zeros(len(rows), np.intp))
    return pd.Series(nothing, index=rows.index, copy=False)


@functools.cache
def _nothing(kind: str) -> Any:
    """One missing cell: to repeat it takes a tenth of what pandas takes to fill a column anew."""
    dtype = _NO_CATEGORY if kind == "category" else DTYPES[kind]
    return pd.Series([None], dtype=dtype).array


def _as_kind(values: Column, kind: str) -> Column:
    if kind == "count":
        return _as_count(values)
    if kind == "category":
        told = isinstance(values.dtype, pd.CategoricalDtype)
        return values if told else values.astype(_NO_CATEGORY)
    return values.astype(DTYPES[kind])


def _as_count(values: Column) -> Column:
    """Whole numbers; by numpy, as pandas takes its time over those that may be missing."""
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    missing = np.isnan(numbers)
    whole = np.where(missing, 0, numbers).round().astype("int64")
    return pd.Series(pd.arrays.IntegerArray(whole, missing), values.index, name=values.name)


def _without_objects(cells: Column) -> Column:
    """Cells as they are, but lists and objects as JSON text."""
    if not pd.api.types.infer_dtype(cells).startswith("mixed"):
        return cells
    texts = [
        msgspec.json.encode(cell, enc_hook=_plain).decode()
        if isinstance(cell, (dict, list, np.ndarray))
        else cell
        for cell in cells
    ]
    return pd.Series(texts, index=cells.index, dtype=object)


def _plain(value: Any) -> Any:
    """What JSON takes of a value that it knows not; Parquet gives arrays for lists."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)
