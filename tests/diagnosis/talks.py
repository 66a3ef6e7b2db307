"""Made-up records of calls with what was said in them, for tests."""

from __future__ import annotations

from typing import Any

START = 1_772_445_600_000  # 2026-03-02 10:00:00 UTC


def said(role: str, start: float, end: float, content: str = "Yes.") -> dict[str, Any]:
    """Return an utterance of two words."""
    half = (start + end) / 2
    words = [{"word": "a ", "start": start, "end": half}, {"word": "b", "start": half, "end": end}]
    return {"role": role, "content": content, "words": words}


def asked(name: str, at: float | None, number: int = 1, **more: Any) -> dict[str, Any]:
    """Return the call of a tool."""
    item = {"role": "tool_call_invocation", "tool_call_id": f"t{number}", "name": name, **more}
    return item if at is None else {**item, "time_sec": at}


def told(at: float, number: int = 1, *, ok: bool | None = True, content: str = "{}") -> Any:
    """Return the answer of a tool."""
    item = {"role": "tool_call_result", "tool_call_id": f"t{number}", "content": content}
    return {**item, "time_sec": at} | ({} if ok is None else {"successful": ok})


def call(reason: str | None, *items: Any, seconds: float = 60, **fields: Any) -> dict[str, Any]:
    """Return a record of a call that lasted so many seconds and in which this happened."""
    known = {
        "call_id": "call_1",
        "agent_id": "agent_1",
        "call_type": "phone_call",
        "disconnection_reason": reason,
        "start_timestamp": START,
        "end_timestamp": START + round(1000 * seconds),
        "duration_ms": round(1000 * seconds),
        "transcript_with_tool_calls": list(items),
    }
    return {name: value for name, value in (known | fields).items() if value is not None}


CHAT = (said("agent", 0.5, 20), said("user", 21, 40), said("agent", 41, 58), said("user", 58.5, 59))
"""A call of a minute in which nobody is silent for long."""
