"""The tools that agents called, out of the transcripts that `keep=` loads."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = ["TOOL_CALLS", "ToolCall", "kept_tool_calls", "says_failed", "tool_calls"]

TOOL_CALLS = ("transcript_with_tool_calls", "scrubbed_transcript_with_tool_calls")
"""The fields that hold tool calls, the one that tells most first."""

_FAILED = re.compile(
    r"\b(?:fail|error|unable|unsuccessful|could ?n[o'\u2019]t|can(?: ?not|n?['\u2019]t)|"
    r"not? (?:available|answer|connect|success|reach)|"
    r"busy|declin|reject|cancel|tim(?:ed|e)[ -]?out|unavailable|unreachable)",
    re.IGNORECASE,
)
_FALSE = ("success", "successful", "ok", "connected")


class ToolCall(NamedTuple):
    """A tool that was called: its kind in Retell's words, and what came of it."""

    kind: str
    name: str
    time: Any
    """Seconds since the call's start, as it is written; None where it is not."""
    successful: bool | None
    """Whether the record marks it as successful; None where it does not say."""
    result: str
    """What it gave back, empty where that is not on record."""


def tool_calls(transcript: object) -> list[ToolCall]:
    """Return the tools that were called in a transcript, in its order.

    Parameters
    ----------
    transcript : str or list
        `transcript_with_tool_calls` of a call, or the same as JSON text. All else holds none.

    Examples
    --------
    >>> asked = {"role": "tool_call_invocation", "tool_call_id": "1", "type": "transfer_call"}
    >>> [tool.kind for tool in tool_calls([asked, {"role": "user", "content": "Hello?"}])]
    ['transfer_call']
    """
    items = _items(transcript)
    results = {
        str(item.get("tool_call_id")): item
        for item in items
        if item.get("role") == "tool_call_result"
    }
    return [
        _tool_call(item, results.get(str(item.get("tool_call_id")), {}))
        for item in items
        if item.get("role") == "tool_call_invocation"
    ]


def _items(transcript: object) -> Sequence[Mapping[str, Any]]:
    if isinstance(transcript, str):
        try:
            transcript = json.loads(transcript)
        except (ValueError, RecursionError):
            return []
    return (
        [item for item in transcript if isinstance(item, dict)]
        if isinstance(transcript, list)
        else []
    )


def _tool_call(item: Mapping[str, Any], result: Mapping[str, Any]) -> ToolCall:
    successful, content = result.get("successful"), result.get("content")
    return ToolCall(
        str(item.get("type") or item.get("name") or ""),
        str(item.get("name") or ""),
        item.get("time_sec"),
        successful if isinstance(successful, bool) else None,
        content if isinstance(content, str) else "" if content is None else json.dumps(content),
    )


def says_failed(result: str) -> bool:
    """Whether the words of a tool's result say that it failed, whatever it is marked as.

    Of JSON the values are read, and the flags that say so; a key such as `error` without a value
    says nothing.

    Examples
    --------
    >>> says_failed('{"status": "Transfer failed due to an error."}')
    True
    >>> says_failed('{"status": "Transferring the call", "error": null}')
    False
    """
    try:
        content = json.loads(result)
    except (ValueError, RecursionError):
        content = result
    return _says_failed(content)


def _says_failed(content: object) -> bool:
    if isinstance(content, str):
        return _FAILED.search(content) is not None
    if isinstance(content, list):
        return any(map(_says_failed, content))
    if isinstance(content, dict):
        flags = any(str(content.get(name)).lower() == "false" for name in _FALSE)
        return flags or bool(content.get("error")) or any(map(_says_failed, content.values()))
    return False


def kept_tool_calls(calls: pd.DataFrame) -> pd.Series[Any] | None:
    """Return the transcripts that hold the calls' tool calls; None where none was loaded.

    Examples
    --------
    >>> import pandas as pd
    >>> kept_tool_calls(pd.DataFrame({"call_id": ["call_1"]})) is None
    True
    """
    columns = [
        calls[name] for name in TOOL_CALLS if name in calls.columns and calls[name].notna().any()
    ]
    if not columns:
        return None
    transcripts = columns[0]
    for other in columns[1:]:
        transcripts = transcripts.where(transcripts.notna(), other)
    return transcripts
