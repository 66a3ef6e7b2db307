"""Rows made to fit the schema; those that do not are set aside with the reason."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd

from retell_nb.calls.labels import ALIASES, ASIDE, NESTED, READERS, SECRETS, UNMAPPED, plain
from retell_nb.calls.reading.cells import Cells, dates_in, decimal_of, read_cells
from retell_nb.calls.reading.clocks import with_dates
from retell_nb.calls.reading.day_parts import (
    are_parts_of_day,
    beyond_seconds,
    note_on_milliseconds,
    note_on_parts,
)
from retell_nb.calls.reading.duration_clocks import with_clocks
from retell_nb.calls.reading.header_zones import is_local, zone_of
from retell_nb.calls.reading.remarks import remarks_on
from retell_nb.calls.reading.times import Order, order_of, slashed
from retell_nb.calls.schema import DTYPES, SCHEMA, Guess, Shared
from retell_nb.engine.threads import BLOCK, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Rows


__all__ = ["left_out", "typed"]

_TIMES = [name for name, kind in SCHEMA.items() if READERS.get(name, kind) == "time"]
_DAY_MS = 86_400_000
_FIGURES = ("count", "number", "duration", "cost")
_IDENTITY = {"call_id", "disconnection_reason"}
_TOTALS = {"total", "totals", "grandtotal", "sum", "average", "mean", "count", "gesamt", "summe"}
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

    A cell that cannot be read is missing, and a note counts such cells by column; only a row whose
    id or reason cannot be read does not fit.

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
        cells lost; `attrs["unreadable"]` counts the cells that could not be read, by column.

    Examples
    --------
    >>> calls, rejected = typed(pd.DataFrame({"call_id": ["call_1", None]}))
    >>> len(calls), rejected[0]["why"]
    (1, 'no call_id')
    """
    rows, overnight, notes_on_dates = with_dates(rows)
    rows, notes_on_clocks = with_clocks(rows)
    texts = {name: dates_in(rows[name]) for name in _TIMES if name in rows.columns}
    dates = {name: cells for name, cells in texts.items() if cells is not None}
    order = order_of(dates.values())
    rows, notes_on_dots = _with_slashes(rows, dates, order)
    read = _read(rows, scales or {}, tz, order)
    notes_on_durations = _durations_again(rows, read, scales or {})
    columns = _columns(rows, read, overnight)
    abandoned = _abandoned(columns, read) if rows.attrs.get("dashboard") else []
    whys = _unfit(rows, read)
    calls = pd.DataFrame(columns | _beside_schema(rows, keep), rows.index, copy=copy)
    origin = origin or (lambda row: ("the frame", f"row {rows.index[row]}"))
    rejected = [
        dict(zip(("file", "where", "why"), (*origin(row), why), strict=True))
        for row, why in sorted(whys.items())
    ]
    guessed = [name for name in dates if any(order_of([dates[name]]))] if order.guessed else []
    notes = [
        *([Guess(order.note(guessed))] if guessed and not rows.attrs.get("dashboard") else []),
        *remarks_on(rows, read, tz, order),
        *notes_on_dates,
        *notes_on_dots,
        *notes_on_clocks,
        *notes_on_durations,
        *_zones_of_headers(rows, tz),
        *_plusless(rows),
        *abandoned,
    ]
    calls.attrs["notes"] = Shared(notes)
    calls.attrs["unreadable"] = {
        name: count for name, cells in read.items() if (count := int(cells.unreadable.sum()))
    }
    return calls[~np.isin(np.arange(len(calls)), list(whys))] if whys else calls, rejected


def _with_slashes(
    rows: pd.DataFrame, dates: Mapping[str, Column], order: Order
) -> tuple[pd.DataFrame, list[str]]:
    """Rows whose dates are all of one order where a spreadsheet took the month for the day."""
    if not order.month or order.day:
        return rows, []
    cells = {name: slashed(column) for name, column in dates.items()}
    changed = {name: column for name, column in cells.items() if column is not None}
    note = (
        f"Dates with dots in {', '.join(changed)} were taken to put the month first, as those with "
        "slashes do: a spreadsheet rewrote those that it could take for days of another month."
    )
    return (rows.assign(**changed), [Guess(note)]) if changed else (rows, [])


def _plusless(rows: pd.DataFrame) -> list[str]:
    """A note where phone numbers came as figures, as pandas makes them of text."""
    names = [
        name
        for name in ("from_number", "to_number")
        if name in rows.columns
        and pd.api.types.is_numeric_dtype(rows[name].dtype)
        and rows[name].notna().any()
    ]
    note = (
        f"{' and '.join(names)} came as figures, which have lost their plus sign. Read the file "
        "with retell_nb.read_calls, or with dtype=str."
    )
    return [Guess(note)] if names else []


def _read(
    rows: pd.DataFrame, scales: Mapping[str, float], tz: str, order: Order
) -> dict[str, Cells]:
    """The columns of the schema that the rows have, read."""
    kinds = {n: READERS.get(n, kind) for n, kind in SCHEMA.items() if n in rows.columns}
    decimal = decimal_of(rows[name] for name, kind in kinds.items() if kind in _FIGURES)
    zones = rows.attrs.get("zones", {})
    zones = {name: zone_of(zone, tz) for name, zone in zones.items()}

    def read(name: str) -> Cells:
        zone = zones.get(name)
        cells = read_cells(
            rows[name],
            kinds[name],
            scale=scales.get(name, 1),
            tz=tz if zone is None else zone if isinstance(zone, str) else "UTC",
            day_first=order.day_first,
            decimal=decimal,
        )
        return cells if zone is None else _of_header(cells, zone)

    together = spread if len(rows) > BLOCK else map
    return dict(zip(kinds, together(read, kinds), strict=True))


def _durations_again(
    rows: pd.DataFrame, read: dict[str, Cells], scales: Mapping[str, float]
) -> list[str]:
    """Read durations again whose size shows that they are days or milliseconds, and say so."""
    label = rows.attrs.get("below_one")
    if label is None or "duration_ms" not in read:
        return _milliseconds(rows, read, scales)
    counted_days = rows.attrs.get("counted_days", False)
    sure = are_parts_of_day(label, rows["duration_ms"], read, counted_days=counted_days)
    if sure:
        decimal = decimal_of([rows["duration_ms"]])
        read["duration_ms"] = read_cells(
            rows["duration_ms"], "duration", scale=_DAY_MS, decimal=decimal
        )
    unit = "seconds" if scales.get("duration_ms") == 1e3 else "milliseconds"
    return [note_on_parts(label, unit, sure=sure)]


def _milliseconds(
    rows: pd.DataFrame, read: dict[str, Cells], scales: Mapping[str, float]
) -> list[str]:
    """Read durations again that are too long for seconds, and say so."""
    label = rows.attrs.get("unitless")
    in_seconds = scales.get("duration_ms") == 1e3
    if label is None or not in_seconds or not beyond_seconds(rows["duration_ms"]):
        return []
    decimal = decimal_of([rows["duration_ms"]])
    read["duration_ms"] = read_cells(rows["duration_ms"], "duration", scale=1, decimal=decimal)
    return [note_on_milliseconds(label)]


def _of_header(cells: Cells, zone: str | int) -> Cells:
    """Times whose header says of which zone those are that name none."""
    zoneless = cells.remarks.get("zoneless", np.zeros(len(cells.column), dtype=bool))
    times = cells.column
    if not isinstance(zone, str) and zoneless.any():
        times = times.mask(zoneless, times - pd.Timedelta(minutes=zone))
    remarks = {name: mask for name, mask in cells.remarks.items() if name != "zoneless"}
    return cells._replace(column=times, remarks=remarks)


def _zones_of_headers(rows: pd.DataFrame, tz: str) -> list[str]:
    """Notes on the zones that headers name."""
    notes: list[str] = []
    for name, text in rows.attrs.get("zones", {}).items():
        zone = zone_of(text, tz)
        if zone is None and not is_local(text):
            notes.append(
                Guess(
                    f"The header of {name} names {text}, a zone that may be several; its times "
                    f"were taken to be of {tz}. A place there makes it clear: name it with "
                    "tz=."
                )
            )
        elif zone not in (None, "UTC"):
            place = zone if isinstance(zone, str) else _offset(zone)
            notes.append(f"Times in {name} were taken to be of {place}: the header names {text}.")
    return notes


def _offset(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _columns(rows: pd.DataFrame, read: Mapping[str, Cells], overnight: bool) -> dict[str, Column]:  # noqa: FBT001 - handed on
    """All columns of the schema; a duration that is missing is the time from start to end."""
    places = np.zeros(len(rows), np.intp)
    columns = {
        name: _as_kind(read[name].column, kind)
        if name in read
        else _absent(places, rows.index, kind)
        for name, kind in SCHEMA.items()
    }
    start, end = columns["start_timestamp"], columns["end_timestamp"]
    if overnight:
        columns["end_timestamp"] = end = end.mask(end < start, end + pd.Timedelta("1D"))
    if columns["duration_ms"].hasnans and {"start_timestamp", "end_timestamp"} <= {*read}:
        span = (end - start).dt.total_seconds().mul(1e3).round().astype("Int64")
        for name in ("start_timestamp", "end_timestamp"):
            if (rounded := read[name].remarks.get("rounded")) is not None:
                span = span.mask(rounded)
        columns["duration_ms"] = columns["duration_ms"].fillna(span)
    return columns


def _abandoned(columns: dict[str, Column], read: Mapping[str, Cells]) -> list[str]:
    """Give calls of the dashboard's export that never began the zeros that the API gives them.

    The export leaves their duration out; they end with a hang-up and have cost nothing. A cell that
    cannot be read shows nothing, nor does an export without any duration.
    """
    lasted, cost = columns["duration_ms"], columns["combined_cost"]
    if lasted.isna().all():
        return []
    mask = columns["disconnection_reason"].eq("user_hangup") & lasted.isna() & ~cost.gt(0)
    for name in {"duration_ms", "combined_cost"} & {*read}:
        mask &= ~read[name].unreadable
    columns |= {"duration_ms": lasted.mask(mask, 0), "combined_cost": cost.mask(mask, 0)}
    count, verb = (f"{mask.sum():,} calls", "were") if mask.sum() != 1 else ("1 call", "was")
    note = (
        f"{count} {verb} abandoned before starting: without a duration, counted as 0 s and no cost."
    )
    return [note] if mask.any() else []


def _unfit(rows: pd.DataFrame, read: Mapping[str, Cells]) -> dict[int, str]:
    """By position the rows that do not fit, and why: what has no id or reason is no call."""
    whys: dict[int, str] = {}
    for name in _IDENTITY & {*read}:
        for row in np.flatnonzero(read[name].unreadable):
            cell = str(rows[name].iloc[row])[:40]
            whys[int(row)] = f"{name}: {cell!r} is not a {READERS.get(name, SCHEMA[name])}"
    ids = read.get("call_id")
    if ids is not None and "disconnection_reason" in read:
        totals = _totals(ids.column)
        sums = read["disconnection_reason"].column.iloc[totals].astype(object)
        named = sums.notna() & pd.to_numeric(sums, errors="coerce").isna()
        whys |= dict.fromkeys(totals[~named].tolist(), "a row of totals")
    if ids is not None and ids.column.notna().any():  # else the table tells no ids at all
        rounded = ids.remarks.get("rounded", np.zeros(len(rows), dtype=bool))
        for row in np.flatnonzero(ids.column.isna()):
            why = "no call_id"
            if rounded[row]:
                why = f"call_id: {rows['call_id'].iloc[row]!r} is what a spreadsheet made of an id"
            whys.setdefault(int(row), why)
    elif "disconnection_reason" in read:
        blank = read["disconnection_reason"].column.isna().to_numpy(dtype=bool)
        empty = rows[blank].isna().all(axis="columns").to_numpy(dtype=bool)
        whys |= dict.fromkeys(np.flatnonzero(blank)[empty].tolist(), "a blank row")
    return whys


def _totals(ids: Column) -> Rows:
    """Where the word for a sum or a mean stands instead of an id."""
    places = np.flatnonzero(~ids.str.startswith("call_", na=True).to_numpy(dtype=bool))
    if not len(places):  # pandas takes its time to take nothing of many texts
        return places
    others = ids.iloc[places]
    words = ~others.str.contains("[0-9]").to_numpy(dtype=bool)
    named = others[words].map(plain).isin(_TOTALS).to_numpy(dtype=bool)
    return places[words][named]


def _beside_schema(rows: pd.DataFrame, keep: Collection[str]) -> dict[str, Column]:
    """The fields to keep, as text; and the columns that nobody knows, as they are."""
    schema_names = {*SCHEMA, *ASIDE, *_shut(rows, keep)}
    aside = [name for name in ASIDE if name in keep and name in rows.columns]
    others = [name for name in rows.columns if name not in schema_names]
    return {
        **{name: _without_objects(rows[name]).astype(DTYPES["text"]) for name in aside},
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
    fields = {label: [n for n in _fields_named(label) if n not in keep] for label in rows.columns}
    return {label: names[-1] for label, names in fields.items() if names}


@functools.lru_cache(4096)
def _fields_named(label: str) -> tuple[str, ...]:
    """The fields that stay out by default and that a label, also of a flattened part, names."""
    bare = re.sub(r"\.\d+$", "", label.removesuffix(UNMAPPED))
    return tuple(name for name in (*ASIDE, *SECRETS) if _is_of(bare, name))


def _is_of(label: str, name: str) -> bool:
    """Whether a label is of a field or a part of it, however it is spelled and wherever it was."""
    path = (*map(plain, NESTED.get(name, (name,))),)
    steps = tuple(map(plain, label.split(".")))
    starts = range(len(steps) - len(path) + 1)
    return (
        plain(name) in (plain(label), *steps)
        or any(steps[at : at + len(path)] == path for at in starts)
        or ALIASES.get(plain(label), (None,))[0] == name
    )


def _absent(places: npt.NDArray[np.intp], index: pd.Index[Any], kind: str) -> Column:
    return pd.Series(_nothing(kind).take(places), index=index, copy=False)


@functools.cache
def _nothing(kind: str) -> Any:
    """One missing cell: to repeat it takes a tenth of what pandas takes to fill a column anew."""
    dtype = _NO_CATEGORY if kind == "category" else DTYPES[kind]
    return pd.Series([None], dtype=dtype).array


def _as_kind(values: Column, kind: str) -> Column:
    if kind == "count":
        return _as_count(values)
    if kind == "category":
        is_category = isinstance(values.dtype, pd.CategoricalDtype)
        return values if is_category else values.astype(_NO_CATEGORY)
    return values.astype(DTYPES[kind])


def _as_count(values: Column) -> Column:
    """Whole numbers; by numpy, as pandas takes its time over those that may be missing."""
    floats = values.dtype == "float64"
    numbers = values.to_numpy() if floats else values.to_numpy("float64", na_value=np.nan)
    missing = np.isnan(numbers)
    whole = np.zeros(len(numbers), np.int64)
    np.copyto(whole, np.rint(numbers), where=~missing, casting="unsafe")
    cells = pd.arrays.IntegerArray(whole, missing)
    return pd.Series(cells, values.index, name=values.name, copy=False)


def _without_objects(cells: Column) -> Column:
    """Cells as they are, but lists and objects as JSON text."""
    if not pd.api.types.infer_dtype(cells).startswith("mixed"):
        return cells
    texts = [
        _as_json(cell) if isinstance(cell, (dict, list, np.ndarray)) else cell for cell in cells
    ]
    return pd.Series(texts, index=cells.index, dtype=object)


def _as_json(cell: Any) -> str:
    try:
        return msgspec.json.encode(cell, enc_hook=_plain).decode()
    except UnicodeEncodeError:  # halves of characters
        text = json.dumps(cell, default=_plain, ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()


def _plain(value: Any) -> Any:
    """What JSON takes of a value that it knows not; Parquet gives arrays for lists."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)
