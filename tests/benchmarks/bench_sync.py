"""How fast a million calls come into a store from loopback, and in how much memory.

    python tests/benchmarks/bench_sync.py [CALLS]

The server runs in a process of its own and makes its calls up as it is asked; on a machine with few
cores it takes its share of the time. Fails where memory grew beyond what is promised, or a call is
missing.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import tempfile
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import retell_nb as rn
from retell_nb.calls.api.client import Client

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

PROMISED_MIB = 600
START = 1_767_225_600_000  # 2026-01-01
EVERY = 15_000  # ms from one end of a call to the next
_LATENCY = {"p50": 812, "p90": 1290, "p95": 1433, "p99": 1630, "min": 540, "max": 1662, "num": 9}
_CALL = {
    "call_id": "call_%027d",
    "call_type": "phone_call",
    "agent_id": "agent_8d1f2b7c94e6a035%02d",
    "agent_name": "Reception",
    "agent_version": 7,
    "call_status": "ended",
    "disconnection_reason": "user_hangup",
    "direction": "outbound",
    "from_number": "+14155550100",
    "to_number": "+1415555%04d",
    "start_timestamp": "START",
    "end_timestamp": "END",
    "duration_ms": 60_000,
    "latency": {"e2e": _LATENCY, "llm": _LATENCY, "tts": _LATENCY},
    "call_cost": {
        "combined_cost": 12.5,
        "total_duration_seconds": 60,
        "product_costs": [{"product": "elevenlabs_tts", "cost": 7.0, "unit_price": 0.1167}] * 3,
    },
    "call_analysis": {
        "call_summary": "The caller asked for the opening hours and said good-bye. " * 3,
        "in_voicemail": False,
        "user_sentiment": "Neutral",
        "call_successful": True,
    },
    "metadata": {"campaign": "spring"},
    "telephony_identifier": {"twilio_call_sid": "CA%032d"},
}
_ITEM = json.dumps(_CALL).replace('"START"', "%d").replace('"END"', "%d").encode()


def item(number: int) -> bytes:
    """Return one call as the API tells it."""
    end = START + number * EVERY
    return _ITEM % (number, number % 20, number % 8000, end - 60_000, end, number)


class Handler(BaseHTTPRequestHandler):
    """Answers list-calls by arithmetic."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True
    calls = 0

    def do_POST(self) -> None:
        """Send one page."""
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        low, high = asked["filter_criteria"]["end_timestamp"]["value"]
        first, after = (min(max(-(-(t - START) // EVERY), 0), self.calls) for t in (low, high + 1))
        at = int(asked.get("pagination_key", first))
        end = min(at + asked["limit"], after)
        notes: dict[str, Any] = {"has_more": end < after, "total": after - first}
        if end < after:
            notes["pagination_key"] = str(end)
        body = b'{"items": [%b], %b' % (
            b",".join(map(item, range(at, end))),
            json.dumps(notes).encode()[1:],
        )
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


def serve(calls: int, told: Connection) -> None:
    """Serve until the process is ended; tell the port."""
    Handler.calls = calls
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.send(server.server_port)
    server.serve_forever()


def main(calls: int) -> None:
    """Sync, sync again, and read."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(
        target=serve, args=(calls, theirs), daemon=True
    )
    server.start()
    url = f"http://127.0.0.1:{ours.recv()}"
    with Client("key", base_url=url) as client, tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = rn.sync_calls(folder, start="2026-01-01", client=client)
        seconds = time.perf_counter() - began
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet")) / 1e6
        click.echo(
            f"sync: {seconds:.1f} s, {calls / seconds:,.0f} calls/s, {memory:.0f} MiB resident"
        )
        click.echo(f"      {done}; {size:.0f} MB")
        for name, what in {
            "sync without news": lambda: rn.sync_calls(folder, client=client),
            "read": lambda: rn.read_calls(folder),
            "compact": lambda: rn.compact(folder),
            "read compacted": lambda: rn.read_calls(folder),
        }.items():
            began = time.perf_counter()
            what()
            click.echo(f"{name}: {time.perf_counter() - began:.2f} s")
        assert rn.read_calls(folder)["call_id"].nunique() == calls == done.total
    server.terminate()
    assert memory <= PROMISED_MIB, f"{memory:.0f} MiB are more than the {PROMISED_MIB} promised"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
