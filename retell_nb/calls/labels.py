"""Names under which other tables keep the columns of a call, and the fields left out of a frame."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ALIASES", "ASIDE", "FORMERLY", "NESTED", "READERS", "SECRETS", "UNMAPPED", "plain"]

ASIDE = (
    "call_summary",
    "collected_dynamic_variables",
    "custom_analysis_data",
    "custom_sip_headers",
    "knowledge_base_retrieved_contents_url",
    "metadata",
    "post_session_transcript_with_tool_calls",
    "pre_session_transcript_with_tool_calls",
    "product_costs",
    "public_log_url",
    "recording_multi_channel_url",
    "recording_url",
    "retell_llm_dynamic_variables",
    "scrubbed_post_session_transcript_with_tool_calls",
    "scrubbed_pre_session_transcript_with_tool_calls",
    "scrubbed_recording_multi_channel_url",
    "scrubbed_recording_url",
    "scrubbed_transcript_with_tool_calls",
    "transcript",
    "transcript_object",
    "transcript_with_tool_calls",
)
"""Fields that are personal or heavy: loaded only when `keep=` names them, as text or JSON text."""

UNMAPPED = " (unmapped)"
"""What is put behind a column's name when another column is the one of that name."""

SECRETS = ("access_token",)
"""Fields that are never loaded."""

_LATENCIES = ("e2e", "asr", "llm", "llm_websocket_network_rtt", "tts", "knowledge_base", "s2s")

NESTED: Mapping[str, tuple[str, ...]] = {
    "combined_cost": ("call_cost", "combined_cost"),
    "billed_seconds": ("call_cost", "total_duration_seconds"),
    "product_costs": ("call_cost", "product_costs"),
    **{
        f"{part}_latency_{rank}": ("latency", part, rank)
        for part in _LATENCIES
        for rank in ("p50", "p95")
    },
    "call_summary": ("call_analysis", "call_summary"),
    "user_sentiment": ("call_analysis", "user_sentiment"),
    "call_successful": ("call_analysis", "call_successful"),
    "in_voicemail": ("call_analysis", "in_voicemail"),
    "custom_analysis_data": ("call_analysis", "custom_analysis_data"),
    "llm_token_usage_average": ("llm_token_usage", "average"),
    "llm_token_usage_num_requests": ("llm_token_usage", "num_requests"),
    "twilio_call_sid": ("telephony_identifier", "twilio_call_sid"),
}
"""Where a call record of the API holds the columns that it nests."""

FORMERLY: Mapping[str, tuple[str, ...]] = {
    f"{part}_latency_{rank}": (f"{part}_latency", rank)
    for part in ("e2e", "llm")
    for rank in ("p50", "p95")
}
"""Where records from before November 2024 hold the same."""

READERS: Mapping[str, str] = {
    **dict.fromkeys(
        ("call_type", "call_status", "disconnection_reason", "direction", "data_storage_setting"),
        "name",
    ),
    **{name: "duration" for name in NESTED if "_latency_" in name},
    "duration_ms": "duration",
    "combined_cost": "cost",
    "user_sentiment": "sentiment",
}
"""How a column's cells are read, where its kind in the schema does not say it all."""

_OTHER_NAMES: Mapping[str, tuple[tuple[str, float], ...]] = {
    "call_id": (("Session ID", 1), ("id", 1)),
    "call_type": (("Channel Type", 1), ("channel", 1), ("type", 1)),
    "call_status": (("Session Status", 1), ("status", 1)),
    "disconnection_reason": (
        ("End Reason", 1),
        ("ended reason", 1),
        ("disconnect reason", 1),
        ("call end reason", 1),
        ("hangup reason", 1),
        ("reason", 1),
    ),
    "start_timestamp": (("Time", 1), ("start time", 1), ("started at", 1), ("start", 1)),
    "end_timestamp": (("end time", 1), ("ended at", 1), ("end", 1)),
    "duration_ms": (
        ("Duration", 1e3),
        ("call duration", 1e3),
        ("duration (s)", 1e3),
        ("duration seconds", 1e3),
        ("duration minutes", 6e4),
    ),
    "combined_cost": (("Cost", 100), ("call cost", 100), ("cost (usd)", 100), ("cost usd", 100)),
    "e2e_latency_p50": (("End to End Latency", 1), ("e2e latency", 1)),
    "llm_latency_p50": (("llm latency", 1),),
    "call_successful": (("Session Outcome", 1), ("successful", 1)),
    "user_sentiment": (("sentiment", 1),),
    "from_number": (("From", 1), ("caller", 1), ("caller number", 1)),
    "to_number": (("To", 1), ("callee", 1), ("callee number", 1)),
    "call_summary": (("Summary", 1),),
}
"""Other names of a column, and what one of a bare number under that name is in the API's unit."""


@functools.lru_cache(1024)
def plain(label: object) -> str:
    """Return a column label in small letters without blanks, underscores or other marks.

    Examples
    --------
    >>> plain("End Reason") == plain("end_reason")
    True
    """
    return re.sub(r"[^a-z0-9]", "", str(label).lower())


ALIASES: Mapping[str, tuple[str, float]] = {
    **{plain("_".join(path)): (name, 1) for name, path in NESTED.items()},
    **{
        plain(label): (name, scale)
        for name, labels in _OTHER_NAMES.items()
        for label, scale in labels
    },
}
"""Column of the schema and scale for each plain label that is not the column's own name."""
