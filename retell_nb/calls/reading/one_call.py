"""One call: its record out of whatever holds it, and the same as a frame of one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.labels import FORMERLY, NESTED
from retell_nb.calls.reading.envelopes import entries
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.fitting import typed
from retell_nb.calls.reading.naming import renamed, unnested
from retell_nb.calls.sample.talk import sample_call
from retell_nb.calls.sample.world import sample_calls
from retell_nb.calls.schema import SCHEMA, settle
from retell_nb.text import cleaned

if TYPE_CHECKING:
    from os import PathLike

    from retell_nb.calls.reading.mapping import Names

__all__ = ["TRANSCRIPTS", "as_record", "as_row", "load_record"]

TRANSCRIPTS = (
    "transcript_with_tool_calls",
    "scrubbed_transcript_with_tool_calls",
    "transcript_object",
    "transcript",
)
"""The fields that tell what was said, the one that tells most first."""

_MARKS = ("call_id", "disconnection_reason")
_KNOWN = {*SCHEMA, *(path[0] for path in (*NESTED.values(), *FORMERLY.values()))}
_ACCEPTED = (
    "Accepted are: a call id; a record as get-call returns it; a webhook body; a page or a list "
    "that holds one call; a row of a frame of calls."
)


def as_record(given: object) -> dict[str, Any]:
    """Return the record of the one call that a value holds.

    Parameters
    ----------
    given : dict, list or Series
        A call as get-call or list-calls returns it, a webhook body, a page or a list of one call,
        or a row of a frame of calls.

    Returns
    -------
    dict
        The fields of the call; of a webhook body also its `event_timestamp`.

    Raises
    ------
    ValueError
        If it holds no call, or more than one.

    Examples
    --------
    >>> as_record({"event": "call_ended", "call": {"call_id": "call_1"}})
    {'call_id': 'call_1'}
    """
    value = given
    if isinstance(value, pd.Series):
        value = {str(name): _plain(cell) for name, cell in value.items() if _has_value(cell)}
    if isinstance(value, list):
        value = {"items": value}
    if not isinstance(value, Mapping):
        raise ValueError(f"this is {_named(value)}, and no record of a call. {_ACCEPTED}")
    if isinstance(value.get("items"), list) and not any(mark in value for mark in _MARKS):
        return _only(value["items"])
    if isinstance(value.get("call"), Mapping):
        at = value.get("event_timestamp")
        return {**as_record(value["call"]), **({} if at is None else {"event_timestamp": at})}
    if not any(mark in value for mark in _MARKS):
        calls = [record for _, record in entries(value) if isinstance(record, dict)]
        if calls:
            return _only([_api_names(call) for call in calls])
        fields = ", ".join(map(str, value))[:200] or "none"
        raise ValueError(f"the record has no call_id; its fields are: {fields}. {_ACCEPTED}")
    return {str(name): cell for name, cell in value.items()}


def _api_names(record: dict[str, Any]) -> dict[str, Any]:
    """A record with its id and reason under the API's names."""
    rows = renamed(pd.DataFrame([record], dtype=object), {}).rows
    named = {name: rows[name].iloc[0] for name in rows.columns if name in _KNOWN}
    return {**record, **{name: cell for name, cell in named.items() if _has_value(cell)}}


def _only(items: list[object]) -> dict[str, Any]:
    if len(items) != 1:
        raise ValueError(f"there are {len(items)} calls in it, not one. {_ACCEPTED}")
    return as_record(items[0])


def _named(value: object) -> str:
    return "nothing (None)" if value is None else f"of type {type(value).__name__}"


def _has_value(cell: Any) -> bool:
    return not pd.api.types.is_scalar(cell) or not pd.isna(cell)


def _plain(cell: Any) -> Any:
    """A cell as the API would write it: times in milliseconds since 1970."""
    if isinstance(cell, pd.Timestamp):
        return (cell - pd.Timestamp(0, tz=cell.tz)) // pd.Timedelta("1ms")
    return cell.item() if hasattr(cell, "item") else cell


def as_row(record: Mapping[str, Any]) -> pd.DataFrame:
    """Return a record as a frame of calls with one row, without what is said in the call.

    Parameters
    ----------
    record : mapping
        As `as_record` returns it.

    Returns
    -------
    DataFrame
        The columns of every frame of calls. `attrs["rejected"]` names the fields that could not
        be read; their cells are missing.

    Examples
    --------
    >>> row = as_row({"call_id": "call_1", "duration_ms": "soon"})
    >>> row["duration_ms"].isna().tolist(), [note["where"] for note in row.attrs["rejected"]]
    ([True], ['duration_ms'])
    """
    fields = {name: [record[name]] for name in _KNOWN if record.get(name) is not None}
    rows = unnested(pd.DataFrame(fields, index=[0], dtype=object))
    rows = rows[[name for name in SCHEMA if name in rows.columns]]
    calls, rejected = typed(rows)
    names = [*calls.attrs["unreadable"]]
    while rejected:
        names.append(rejected[0]["why"].partition(":")[0])
        rows = rows.drop(columns=names[-1])
        calls, rejected = typed(rows)
    why = "it cannot be read"
    return settle(calls, [{"file": "the record", "where": name, "why": why} for name in names])


def load_record(
    call_id: str | None,
    source: str | PathLike[str],
    columns: str | Names | None = None,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return the record of a call out of a source, and all calls of the source.

    Parameters
    ----------
    call_id : str, optional
        Not needed where the source holds one call. In the sample it is by default a made-up call
        with a transcript.
    source : str or path
        `sample`, or what `read_calls` takes: a file, a folder or a glob.
    columns : mapping or str, optional
        As `read_calls` takes them.

    Raises
    ------
    ValueError
        If the source does not hold the call, or no id says which of its calls is meant.

    Examples
    --------
    >>> record, calls = load_record(None, "sample")
    >>> record["disconnection_reason"]
    'user_hangup'
    """
    if source == "sample":
        made_up, calls = sample_call(), sample_calls()
        if call_id in (None, made_up["call_id"]):
            return made_up, calls
    else:
        calls = read_calls(source, columns=columns, keep=(*TRANSCRIPTS, "call_summary"))
    return as_record(_row(calls, call_id, str(source))), calls


def _row(calls: pd.DataFrame, call_id: str | None, source: str) -> pd.Series[Any]:
    named = calls if call_id is None and len(calls) == 1 else calls[calls["call_id"] == call_id]
    if named.empty:
        some = ", ".join(map(cleaned, calls["call_id"].dropna().head(3)))
        few = f"{len(calls):,} calls, such as {some}" if some else "no call with an id"
        problem = (
            "say which call is meant (call_id)"
            if call_id is None
            else f"there is no call {call_id!r}"
        )
        raise ValueError(f"{source}: {problem}; it holds {few}.")
    row: pd.Series[Any] = named.iloc[-1]
    return row
