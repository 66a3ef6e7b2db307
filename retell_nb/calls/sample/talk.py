"""One made-up call with all that was said: a backend that stalls until the caller hangs up."""

from __future__ import annotations

from typing import Any

__all__ = ["sample_call"]

_START = 1_773_240_922_000  # 2026-03-11 14:55:22 UTC
_LASTED_MS = 74_600
_STEPS = ((0.0, "Begin", "Greeting"), (12.9, "Greeting", "Find a date"))
_TOOLS = (
    ("find_patient", 13.1, 14.2, True, '{"patient": "known"}'),
    ("free_dates", 29.4, 59.4, False, "Error: the request timed out after 30000 ms"),
)
_SAID = (
    ("agent", 0.9, 4.8, "Maple Clinic front desk, good morning. How can I help you?"),
    ("user", 5.9, 12.4, "Hi, I need to move my appointment, it is on Thursday at nine."),
    ("agent", 14.9, 18.3, "Of course. To which day would you like to move it?"),
    ("user", 20.1, 24.2, "Next week would be good. Is there anything on Tuesday?"),
    ("agent", 25.6, 28.9, "Let me look for free dates on Tuesday, one moment."),
    ("user", 47.2, 49.0, "Hello? Are you still there?"),
    ("user", 66.8, 69.3, "Hello? Well, I will try again another day."),
)


def sample_call() -> dict[str, Any]:
    """Record of a made-up call as get-call returns it, with its transcript.

    Returns
    -------
    dict
        Its items are out of time order, as they may be at Retell.

    Examples
    --------
    >>> record = sample_call()
    >>> record["call_id"], record["transcript_with_tool_calls"][0]["role"]
    ('call_sample_stalled_backend', 'tool_call_invocation')
    """
    utterances = [_utterance(*turn) for turn in _SAID]
    return {
        "call_id": "call_sample_stalled_backend",
        "call_type": "phone_call",
        "agent_id": "agent_maple_frontdesk",
        "agent_name": "Maple Clinic front desk",
        "agent_version": 4,
        "call_status": "ended",
        "direction": "inbound",
        "from_number": "+12025550143",
        "to_number": "+12025550180",
        "start_timestamp": _START,
        "end_timestamp": _START + _LASTED_MS,
        "duration_ms": _LASTED_MS,
        "disconnection_reason": "user_hangup",
        "transcript_object": utterances,
        "transcript_with_tool_calls": [*_tools(), *_steps(), *utterances],
        "latency": {
            "e2e": {"p50": 2_410.0, "p95": 3_980.0, "num": 3},
            "llm": {"p50": 1_130.0, "p95": 2_050.0, "num": 3},
        },
        "call_cost": {
            "combined_cost": 10.125,
            "product_costs": [{"product": "voice_engine", "unit_price": 0.135, "cost": 10.125}],
            "total_duration_seconds": 75,
            "total_duration_unit_price": 0.135,
        },
        "call_analysis": {
            "call_summary": "The caller wanted another day and hung up while the agent was silent.",
            "user_sentiment": "Negative",
            "call_successful": False,
            "in_voicemail": False,
        },
        "data_storage_setting": "everything",
    }


def _utterance(role: str, start: float, end: float, content: str) -> dict[str, Any]:
    """An utterance whose words last equally long."""
    words = content.split()
    each = (end - start) / len(words)
    timed = [
        {
            "word": f"{word} ",
            "start": round(start + place * each, 3),
            "end": round(start + (place + 1) * each, 3),
        }
        for place, word in enumerate(words)
    ]
    return {"role": role, "content": content, "words": timed}


def _tools() -> list[dict[str, Any]]:
    items = []
    for number, (name, start, end, successful, content) in enumerate(_TOOLS):
        both = {"tool_call_id": f"tool_call_{number}"}
        invocation = {**both, "name": name, "type": "custom", "arguments": "{}", "time_sec": start}
        result = {**both, "successful": successful, "content": content, "time_sec": end}
        items += [
            {"role": "tool_call_invocation", **invocation},
            {"role": "tool_call_result", **result},
        ]
    return items


def _steps() -> list[dict[str, Any]]:
    return [
        {
            "role": "node_transition",
            "former_node_id": former.lower().replace(" ", "_"),
            "former_node_name": former,
            "new_node_id": new.lower().replace(" ", "_"),
            "new_node_name": new,
            "time_sec": at,
        }
        for at, former, new in _STEPS
    ]
