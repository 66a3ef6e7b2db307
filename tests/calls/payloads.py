"""Made-up payloads in the shape of Retell's, the ways people keep them, and how to read them."""

from __future__ import annotations

import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from retell_nb.calls.reading.files import read_calls

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKEN = "a-token-that-nobody-may-see"  # noqa: S105 - a mark to look for, no secret
START = 1_772_445_600_000  # 2026-03-02 10:00 UTC

PERSONAL = {
    "transcript": "Agent: Hello.\nUser: Hi.",
    "transcript_object": [{"role": "agent", "content": "Hello.", "words": []}],
    "recording_url": "https://records.example.org/1.wav",
    "metadata": {"customer": "Ann Example"},
    "retell_llm_dynamic_variables": {"name": "Ann"},
}


def connected(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A call that a person ended, as get-call gives it."""
    return {
        "call_id": f"call_{number}",
        "call_type": "phone_call",
        "agent_id": "agent_front",
        "agent_name": "Front desk",
        "agent_version": 7,
        "call_status": "ended",
        "disconnection_reason": "user_hangup",
        "direction": "inbound",
        "from_number": "+14155550123",
        "to_number": "+14155550199",
        "start_timestamp": START + number,
        "end_timestamp": START + number + 35_303,
        "duration_ms": 35_303,
        "call_cost": {
            "combined_cost": 12.5,
            "total_duration_seconds": 36,
            "total_duration_unit_price": 0.3,
            "product_costs": [{"product": "elevenlabs_tts", "cost": 7}],
        },
        "latency": {
            "e2e": {"p50": 1861, "p90": 2000, "p95": 2100.5, "max": 2200, "num": 2, "values": [1]},
            "llm": {"p50": 700.25, "p95": 900},
        },
        "call_analysis": {
            "call_summary": "Ann asked for a room.",
            "user_sentiment": "Positive",
            "call_successful": True,
            "in_voicemail": False,
            "custom_analysis_data": {"room": "double"},
        },
        "llm_token_usage": {"average": 812.5, "num_requests": 2, "values": [800, 825]},
        "telephony_identifier": {"twilio_call_sid": "CA0123456789"},
        "data_storage_setting": "everything",
        **fields,
    }


def unconnected(number: int = 2, **fields: Any) -> dict[str, Any]:
    """A call that was never answered: much is left out, not null."""
    return {
        "call_id": f"call_{number}",
        "call_type": "phone_call",
        "agent_id": "agent_sales",
        "agent_version": 3,
        "call_status": "not_connected",
        "disconnection_reason": "dial_no_answer",
        "direction": "outbound",
        "from_number": "anonymous",
        "to_number": "+14155550142",
        "end_timestamp": START + number,
        "duration_ms": 0,
        "call_cost": {"product_costs": [], "combined_cost": 0},
        "call_analysis": {
            "call_summary": "",
            "user_sentiment": "Unknown",
            "call_successful": False,
        },
        **fields,
    }


def web(number: int = 3, **fields: Any) -> dict[str, Any]:
    """A web call, with its secret."""
    return {
        "call_id": f"call_{number}",
        "call_type": "web_call",
        "access_token": TOKEN,
        "agent_id": "agent_front",
        "agent_version": 8,
        "call_status": "ongoing",
        "start_timestamp": START + number,
        **fields,
    }


def three() -> list[dict[str, Any]]:
    return [connected(1), unconnected(2), web(3)]


def event(call: dict[str, Any], kind: str = "call_ended", at: int = START) -> dict[str, Any]:
    """The body of a webhook."""
    return {"event": kind, "call": call, "event_timestamp": at}


def page(calls: list[Any], **notes: Any) -> dict[str, Any]:
    """A page of list-calls."""
    return {"items": calls, "has_more": False, **notes}


def dumped(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


def lines(*values: Any) -> bytes:
    return b"\n".join(map(dumped, values)) + b"\n"


def flat(calls: list[dict[str, Any]]) -> pd.DataFrame:
    """The calls as `pandas.json_normalize` lays them out."""
    return pd.json_normalize(calls)


def parquet(frame: pd.DataFrame) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file)
    return file.getvalue()


def zstd(data: bytes) -> bytes:
    packed = pa.BufferOutputStream()
    with pa.CompressedOutputStream(packed, "zstd") as stream:
        stream.write(data)
    return packed.getvalue().to_pybytes()


PACKINGS: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".zst": zstd}

SHAPES: dict[str, Callable[[], bytes]] = {
    "page.json": lambda: dumped(page(three(), pagination_key="next")),
    "page_first.json": lambda: dumped({"has_more": False, "total": 3, "items": three()}),
    "pretty_page.json": lambda: dumped(page(three()), indent=2),
    "list.json": lambda: dumped(three()),
    "list_by_lines.json": lambda: b"[\n" + b",\n".join(map(dumped, three())) + b"\n]\n",
    "list_of_pages.json": lambda: dumped([page(three()[:1]), page(three()[1:])]),
    "list_of_lists.json": lambda: dumped([three()[:1], three()[1:]]),
    "lines.jsonl": lambda: lines(*three()),
    "lines_crlf.jsonl": lambda: lines(*three()).replace(b"\n", b"\r\n\r\n"),
    "pages.jsonl": lambda: lines(page(three()[:2]), page(three()[2:])),
    "lists.jsonl": lambda: lines(three()[:2], three()[2:]),
    "pretty_pages.json": lambda: (
        dumped(page(three()[:2], pagination_key="next"), indent=2)
        + b"\n"
        + dumped(page(three()[2:]), indent=2)
    ),
    "pretty_calls.json": lambda: b"\n".join(dumped(call, indent=2) for call in three()),
    "marked.json": lambda: b"\xef\xbb\xbf" + dumped(page(three())),
    "utf16.json": lambda: json.dumps(three()).encode("utf-16"),
    "names.csv": lambda: flat(three()).to_csv(index=False).encode(),
    "nested.csv": lambda: pd.DataFrame(three()).to_csv(index=False).encode(),
    "names.parquet": lambda: parquet(flat(three())),
    "nested.parquet": lambda: parquet(pd.DataFrame(three())),
}
"""The same three calls, as people have them."""


def read(folder: Path, data: bytes | str, name: str = "calls", **options: Any) -> pd.DataFrame:
    """Write a file and read its calls."""
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return read_calls(path, **options)


def whys(calls: pd.DataFrame) -> list[tuple[str, str]]:
    return [(record["where"], record["why"]) for record in calls.attrs["rejected"]]
