"""Calls of the user's own, under whatever names, brought into the form of a frame of calls."""

from __future__ import annotations

from collections import Counter
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.labels import ALIASES, RECORDED_AT, UNMAPPED, plain
from retell_nb.calls.reading.dtypes import without_surrogates
from retell_nb.calls.reading.envelopes import (
    SHUT,
    entries,
    has,
    names_reason,
    names_reason_within,
)
from retell_nb.calls.reading.fitting import left_out, typed
from retell_nb.calls.reading.joining import Part, absent, joined
from retell_nb.calls.reading.known_names import surely
from retell_nb.calls.reading.mapping import column_names, no_reason
from retell_nb.calls.reading.naming import (
    BLOCKS,
    Renamed,
    lacks_reason,
    named_already,
    renamed,
)
from retell_nb.calls.reading.records import EVENTS, RANK_OF_CALLS, rank_of_event
from retell_nb.calls.reading.scalars import opened
from retell_nb.calls.schema import Shared, check_keep, check_zone, settle, warn_of_rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.calls.reading.columns import Rows
    from retell_nb.calls.reading.mapping import Names

    Origin = Callable[[int], tuple[str, str]]

__all__ = ["as_calls", "part_of_table", "parts_of_records", "parts_of_rows"]

_LOOKS = 20
"""In so many cells of a column calls are looked for."""

_MOST_LABELS = 500
"""So many fields of records are loaded; with more, their names are data, not names."""


def as_calls(
    df: Any,
    *,
    columns: str | Names | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> pd.DataFrame:
    """Return calls of the user's own as a frame of calls.

    Columns are known by the API's names, by the dashboard's labels and by other common names, blind
    to case, blanks and underscores. Units are read from the cells ("3m 40s", "$0.12"). Columns
    that nobody knows are kept behind the known ones.

    Parameters
    ----------
    df : DataFrame, or calls in any other form
        A frame with one row per call, also of polars or Arrow; dicts or objects of Retell's SDK,
        one, a list or an iterator of them; or a page or webhook body that holds them.
    columns : mapping, optional
        The own column names to the API's, `{"Why": "disconnection_reason"}`, where needed with the
        unit of bare numbers, `{"Secs": ("duration_ms", "s")}`; it wins over what is found out.
        Units are ms, s, min, h and d, for a cost cents and USD.
    keep : collection of str
        Personal or heavy fields to load too, such as `transcript`; by default they are left out.
    tz : str
        Time zone of the times that name none.

    Returns
    -------
    DataFrame
        The columns of the schema, missing where nothing is recorded; the index is a frame's own.
        `attrs["rejected"]` holds the rows that were set aside, `attrs["duplicates"]` counts the
        earlier versions of a call that a later row replaced, `attrs["left_out"]` names the
        columns that were not loaded, `attrs["notes"]` says which column became what, what was
        taken for granted, and which important field no column holds.

    Raises
    ------
    ValueError
        If no column holds the disconnection reason, or nothing is a call.
    KeyError
        If `columns` names a column that is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"Why": ["Dial busy"], "Secs": [47]})
    >>> calls = as_calls(df, columns={"Why": "disconnection_reason", "Secs": ("duration_ms", "s")})
    >>> calls["disconnection_reason"].tolist(), calls["duration_ms"].tolist()
    (['dial_busy'], [47000])
    >>> as_calls([{"call_id": "call_1", "end_reason": "dial_busy"}])["call_id"].tolist()
    ['call_1']
    """
    check_keep(keep)
    check_zone(tz)
    columns = column_names(columns) or {}
    table = _table(df)
    if table is None:
        return warn_of_rejected(_of_objects(df, columns, keep, tz))
    part = part_of_table(table, columns, keep=keep, tz=tz)
    rank = None if (part.rank == part.rank[:1]).all() else part.rank
    notes = [*part.calls.attrs["notes"], *absent(part.calls)]
    settled = settle(part.calls, part.rejected, rank=rank, left_out=part.left_out, notes=notes)
    return warn_of_rejected(settled)


def _table(value: Any) -> pd.DataFrame | None:
    """A frame of whatever library as one of pandas; None where it is no frame."""
    if isinstance(value, pd.DataFrame):
        return value
    if isinstance(value, np.ndarray) and value.dtype.names:
        return pd.DataFrame.from_records(value)
    if isinstance(value, pd.Series):
        return None
    if not hasattr(value, "__arrow_c_stream__"):
        if hasattr(value, "fetchall") and getattr(value, "description", None):  # a database cursor
            labels = [column[0] for column in value.description]
            return pd.DataFrame([*map(tuple, value.fetchall())], columns=labels, dtype=object)
        # What polars and Arrow have not loaded yet.
        load = getattr(value, "collect", None) or getattr(value, "to_table", None)
        return _table(load()) if callable(load) else None
    # A library's own way comes first: polars streams views of texts, which pyarrow 15 cannot take.
    frame = (value if hasattr(value, "to_pandas") else pa.table(value)).to_pandas()
    return frame if isinstance(frame, pd.DataFrame) else None


def _of_objects(value: Any, columns: Names, keep: Collection[str], tz: str) -> pd.DataFrame:
    no_calls = (str, bytes, int, float, PathLike)
    if value is None or isinstance(value, no_calls) or hasattr(value, "read"):
        raise ValueError(
            f"as_calls takes a frame of calls, dicts or SDK objects, not {value!r:.80}. "
            "A file is read with retell_nb.read_calls(path)."
        )
    contents = entries(value)
    records = [(place, record) for place, record in contents if isinstance(record, dict)]
    misfits = [(place, why) for place, why in contents if isinstance(why, str)]
    if not records:
        if isinstance(value, (list, tuple)) and not value:
            return joined([])
        raise ValueError(
            f"nothing in this {type(value).__name__} is a call; the first remark is "
            f"{f'{misfits[0][0]}: '.removeprefix(': ')}{misfits[0][1]}."
        )
    rejected = [{"file": "the calls", "where": place, "why": why} for place, why in misfits]
    places = [("the calls", place) for place, _ in records]
    parts = parts_of_records([record for _, record in records], places, columns, keep=keep, tz=tz)
    return joined(parts, rejected)


def part_of_table(
    df: pd.DataFrame,
    columns: Names,
    *,
    keep: Collection[str],
    tz: str,
    origin: Origin | None = None,
    name: str = "",
    rank: int = RANK_OF_CALLS,
) -> Part:
    """Return the calls of a table, one row each, or of the objects that its cells hold.

    Parameters
    ----------
    df : DataFrame
    columns, keep, tz
        As for `as_calls`.
    origin : callable, optional
        The file that the row at a position comes from, and where in it the row stands.
    name : str
        The file that all of it is of.
    rank : int
        How final a row's word on its call is, where no event says it.

    Raises
    ------
    ValueError
        If no column holds the disconnection reason.

    Examples
    --------
    >>> df = pd.DataFrame({"End Reason": ["Dial busy"]})
    >>> part_of_table(df, {}, keep=(), tz="UTC").calls["disconnection_reason"].tolist()
    ['dial_busy']
    """
    index = df.index
    df = _with_index(df)
    origin = origin or (lambda row: ("the frame", f"row {index[row]}"))
    if _holds_calls(df) and not _maps_reason(columns):
        records, places, misfits = _within(df, origin)
        own = {label: name for label, name in columns.items() if label in df.columns}
        part = _of_alike(records, places, own, keep=keep, tz=tz)
        return part._replace(rejected=[*misfits, *part.rejected], name=name)
    rows, scales, notes = renamed(df, columns)
    notes = [*df.attrs.get("notes", ()), *notes] if name else notes
    if lacks_reason(rows):
        raise ValueError(no_reason(df))
    part = _fitted(rows, scales, notes, keep=keep, tz=tz, origin=origin, rank=rank)
    part.calls.index = index[part.calls.index]
    return part._replace(name=name)


def _with_index(df: pd.DataFrame) -> pd.DataFrame:
    """A frame with what its index tells of the calls as columns: a known name, or their ids."""
    labels = {plain(label) for label in df.columns}
    levels = {}
    for number, name in enumerate(df.index.names):
        if name is not None and surely(name) and plain(name) not in labels:
            levels[str(name)] = df.index.get_level_values(number)
    if not levels and [*df.index.names] == [None] and "callid" not in labels:
        ids = df.index.map(str)
        if len(ids) and ids.str.startswith("call_").all() and ids.is_unique:
            levels["call_id"] = ids
    return df.assign(**levels) if levels else df


def parts_of_rows(rows: Rows, columns: Names, *, keep: Collection[str], tz: str) -> list[Part]:
    """Return the calls that JSON documents gave together.

    Parameters
    ----------
    rows : Rows
        As `rows_of_json` returns them.
    columns, keep, tz
        As for `as_calls`.

    Examples
    --------
    >>> from retell_nb.calls.reading.columns import rows_of_json
    >>> rows = rows_of_json([("page", b'[{"call_id": "call_1", "ended_at": 1772445600000}]')])
    >>> parts_of_rows(rows, {}, keep=(), tz="UTC")[0].calls["end_timestamp"].dt.year.tolist()
    [2026]
    """
    parts = parts_of_records(rows.foreign, rows.places, columns, keep=keep, tz=tz)
    if rows.columns.empty:
        if parts:
            parts[0].rejected.extend(rows.rejected)
        return parts
    own = {label: name for label, name in columns.items() if label in rows.columns}
    named = Renamed(rows.columns, {}, [])
    if own or not named_already(rows.columns):
        named = renamed(rows.columns, own)
    calls, rejected = typed(
        named.rows, keep=keep, tz=tz, scales=named.scales, origin=rows.origins.of, copy=False
    )
    calls.attrs["notes"] = Shared([*named.notes, *calls.attrs["notes"]])
    shut = [*rows.left_out, *left_out(named.rows, keep)]
    api = Part(calls, rows.rank[calls.index], [*rows.rejected, *rejected], shut)
    return [api, *parts]


def parts_of_records(
    records: Sequence[dict[str, Any]],
    places: Sequence[tuple[str, str]],
    columns: Names,
    *,
    keep: Collection[str],
    tz: str,
) -> list[Part]:
    """Return the calls of records that may have any names.

    Parameters
    ----------
    records : sequence of dict
        As `envelopes.entries` finds them.
    places : sequence of (str, str)
        The file of each, and where in it the record stands.
    columns, keep, tz
        As for `as_calls`.

    Examples
    --------
    >>> parts = parts_of_records([{"id": 7, "reason": "x"}], [("a", "")], {}, keep=(), tz="UTC")
    >>> parts[0].calls["call_id"].tolist()
    ['7']
    """
    # A file of records that have no ids is taken as it is, one among others that have some is not.
    named = {
        file for (file, _), record in zip(places, records, strict=True) if has(record, "call_id")
    }
    parts = []
    for of_named in (True, False):
        rows = [row for row, (file, _) in enumerate(places) if (file in named) is of_named]
        if rows:
            some = [records[row] for row in rows], [places[row] for row in rows]
            parts.append(_of_alike(*some, columns, keep=keep, tz=tz))
    return parts


def _of_alike(
    records: Sequence[dict[str, Any]],
    places: Sequence[tuple[str, str]],
    columns: Names,
    *,
    keep: Collection[str],
    tz: str,
) -> Part:
    labels = Counter(label for record in records for label in record)
    many = {label for label, _ in labels.most_common(_MOST_LABELS)}
    if len(labels) > len(many):
        records = [{k: v for k, v in record.items() if k in many} for record in records]
    df = pd.DataFrame(records, columns=[k for k in labels if k in many], dtype=object)
    df = df.dropna(axis="columns", how="all").apply(without_surrogates).infer_objects()
    own = {label: name for label, name in columns.items() if label in df.columns}
    rows, scales, notes = renamed(df, own)
    if len(labels) > len(many):
        notes.append(
            f"Only the {_MOST_LABELS} most frequent of {len(labels):,} fields were loaded."
        )
    part = _fitted(
        rows, scales, notes, keep=keep, tz=tz, origin=lambda row: places[row], rank=RANK_OF_CALLS
    )
    return part._replace(calls=part.calls.drop(columns="event", errors="ignore"))


def _fitted(
    rows: pd.DataFrame,
    scales: Mapping[str, float],
    notes: Iterable[str],
    *,
    keep: Collection[str],
    tz: str,
    origin: Origin,
    rank: int,
) -> Part:
    """Renamed rows as typed calls, indexed by the position of their row."""
    rows = rows.set_axis(pd.RangeIndex(len(rows)))
    calls, rejected = typed(rows, keep=keep, tz=tz, scales=scales, origin=origin)
    calls.attrs["notes"] = Shared([*notes, *calls.attrs["notes"]])
    return Part(calls, _ranks(rows, rank)[calls.index], rejected, left_out(rows, keep))


def _ranks(rows: pd.DataFrame, rank: int) -> npt.NDArray[np.int64]:
    ranks = np.full(len(rows), rank, np.int64)
    if "event" in rows.columns:
        nothing = pd.Series(None, rows.index, dtype=object)
        times = pd.to_numeric(rows.get("event_timestamp", nothing), errors="coerce").fillna(0)
        for place in np.flatnonzero(rows["event"].isin(EVENTS)):
            ranks[place] = rank_of_event(rows["event"].iloc[place], float(times.iloc[place]))
    return ranks


def _maps_reason(columns: Names) -> bool:
    names = (name if isinstance(name, str) else name[0] for name in columns.values())
    return "disconnection_reason" in names


def _holds_calls(df: pd.DataFrame) -> bool:
    """Whether no column holds the reason, but the objects in one of them do."""
    labels = [*map(str, df.columns)]
    if not df.columns.is_unique or any(names_reason(label) for label in labels):
        return False
    for label in df.columns:
        if df[label].dtype.kind != "O" or plain(label) in BLOCKS:
            continue
        cells = df[label].dropna()
        if any(names_reason_within(cell) for cell in cells.iloc[:_LOOKS]):
            return True
    return False


def _within(
    df: pd.DataFrame, origin: Origin
) -> tuple[list[dict[str, Any]], list[tuple[str, str]], list[dict[str, str]]]:
    """The calls in the cells of a table, with what stands beside them; and rows without any."""
    records: list[dict[str, Any]] = []
    places: list[tuple[str, str]] = []
    misfits: list[dict[str, str]] = []
    for row, cells in enumerate(df.to_dict("records")):
        file, place = origin(row)
        contents = entries(cells)
        for where, entry in contents:
            if isinstance(entry, str):
                misfits.append({"file": file, "where": f"{place} {where}".strip(), "why": entry})
            else:
                records.append(_beside(entry, cells) if len(contents) == 1 else entry)
                places.append((file, place))
    return records, places, misfits


def _beside(record: dict[str, Any], cells: Mapping[Any, Any]) -> dict[str, Any]:
    """A record with the cells beside it; one whose name is doubtful says nothing of the call."""
    undated = not any(has(record, name) for name in ("start_timestamp", "end_timestamp"))
    useful = RECORDED_AT if undated else frozenset[str]()
    others = {
        f"{label}{UNMAPPED}" if plain(label) in ALIASES.keys() - useful else str(label): cell
        for label, cell in cells.items()
        if label not in record and plain(label) not in SHUT and opened(cell) is cell
    }
    return {**record, **others}
