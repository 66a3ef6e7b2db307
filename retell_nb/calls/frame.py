"""The frame of calls: its columns, and how a record or a foreign frame becomes one.

Columns keep the API's names and units: `duration_ms` in milliseconds, `combined_cost` in cents,
latencies in milliseconds. Only timestamps differ: they are UTC datetimes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["SCHEMA", "require", "when"]

_LATENCIES = ("e2e", "asr", "llm", "llm_websocket_network_rtt", "tts", "knowledge_base", "s2s")

SCHEMA: Mapping[str, str] = {
    "call_id": "text",
    "call_type": "category",
    "call_status": "category",
    "disconnection_reason": "category",
    "direction": "category",
    "agent_id": "category",
    "agent_name": "category",
    "agent_version": "count",
    "agent_tag": "category",
    "from_number": "text",
    "to_number": "text",
    "start_timestamp": "time",
    "end_timestamp": "time",
    "transfer_end_timestamp": "time",
    "duration_ms": "count",
    "transfer_destination": "text",
    "combined_cost": "number",
    **{f"{part}_latency_{rank}": "number" for part in _LATENCIES for rank in ("p50", "p95")},
    "user_sentiment": "category",
    "call_successful": "flag",
    "in_voicemail": "flag",
    "llm_token_usage_average": "number",
    "llm_token_usage_num_requests": "count",
    "data_storage_setting": "category",
    "twilio_call_sid": "text",
    "event_timestamp": "time",
}
"""The columns of a frame of calls, in order, and the kind of each.

All of them are always there; what a call does not tell is missing. The kinds: `text` (str),
`category`, `count` (Int64), `number` (float64), `flag` (boolean), `time` (datetime64[ms, UTC]).
"""

DTYPES: Mapping[str, Any] = {
    "text": "str",
    "category": "category",
    "count": "Int64",
    "number": "float64",
    "flag": "boolean",
    "time": pd.DatetimeTZDtype("ms", "UTC"),
}


def require(calls: pd.DataFrame, *columns: str) -> None:
    """Raise a ValueError that names the columns that the calls lack and what to do.

    Examples
    --------
    >>> require(pd.DataFrame({"reason": []}), "duration_ms")
    Traceback (most recent call last):
    ValueError: the calls lack the column duration_ms; they have reason. ...
    """
    missing = [column for column in columns if column not in calls.columns]
    if missing:
        raise ValueError(
            f"the calls lack the column {', '.join(missing)}; they have "
            f"{', '.join(map(str, calls.columns)) or 'none'}. Bring them into form with "
            "retell_nb.as_calls(df, columns={'my name': 'API name'})."
        )


def when(calls: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Time of each call: its start, or its end, or the event that told of it.

    A call that never connected may have no start, and as a webhook not even an end.

    Parameters
    ----------
    calls : DataFrame
        With `start_timestamp`; `end_timestamp` and `event_timestamp` where there are any.

    Returns
    -------
    Series of datetime64[UTC]
        Missing where a call tells no time at all.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", None], format="ISO8601")
    >>> ends = pd.to_datetime(["2026-03-01T10:01Z", "2026-03-01T11:00Z"])
    >>> when(pd.DataFrame({"start_timestamp": times, "end_timestamp": ends})).dt.hour.tolist()
    [10, 11]
    """
    require(calls, "start_timestamp")
    times = calls["start_timestamp"]
    if not isinstance(times.dtype, pd.DatetimeTZDtype):
        raise ValueError(
            f"start_timestamp holds {times.dtype}, not UTC datetimes. "
            "Bring the calls into form with retell_nb.as_calls(df)."
        )
    for column in ("end_timestamp", "event_timestamp"):
        if column in calls.columns:
            times = times.fillna(calls[column])
    return times.rename("when")
