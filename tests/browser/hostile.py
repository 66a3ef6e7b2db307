"""Calls whose every text would run, or break, where somebody forgot to escape it."""

from __future__ import annotations

from typing import Any

from tests.conftest import HOSTILE, PHONES

LONG = 1_000_000
_STEP = 3_600_000  # ms between calls
_START = 1_772_445_600_000  # 2 March 2026, 10:00 UTC
KEEP = ("transcript", "transcript_object", "public_log_url")


def records() -> list[dict[str, Any]]:
    """Return calls as get-call does; the first has said a megabyte."""
    return [_record(number, HOSTILE[number % len(HOSTILE)]) for number in range(30)]


def _record(number: int, text: str) -> dict[str, Any]:
    start = _START + number * _STEP
    said = text if number else text + "word " * (LONG // 5)
    words = [{"word": text, "start": 1.5, "end": 4.0}]
    return {
        "call_id": f"call_{number:04}{text}",
        "call_type": "phone_call",
        "call_status": "ended",
        "direction": "outbound",
        "disconnection_reason": text if number % 5 == 4 else "user_hangup",
        "agent_id": f"agent_{text}",
        "agent_name": text,
        "agent_version": number % 2,
        "from_number": text if number % 3 else PHONES[0],
        "to_number": text,
        "start_timestamp": start,
        "end_timestamp": start + 60_000,
        "duration_ms": 60_000,
        "public_log_url": f"javascript:alert({number})" if number % 2 else f"https://{text}",
        "transcript": f"Agent: {said}",
        "transcript_object": [{"role": "agent", "content": said, "words": words}],
    }
