"""How fast pages of list-calls are read: `python tests/benchmarks/reading_pages.py`.

Made-up pages of 1000 calls each, of the shape and weight of Retell's, are read by
`retell_nb.read_calls` from files, and from the same bytes in memory by `pandas.json_normalize`,
in turn: 40 pages, which one process reads, and a million calls (2.3 GB), which all cores share.
What counts is the time by the clock, as a user waits for it; the processor's time, of all threads
and processes, is told beside it. The aim is a ratio of at least 15 for the million calls by the
clock, as the median of all rounds; the exit code says whether it was met. It takes ten minutes and
10 GB of memory.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pandas as pd

import retell_nb as rn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CALLS, LIMIT = 1000, 15
ROUNDS = {40: 7, 1000: 3}
"""How often each number of pages is read."""

PARTS = ("e2e", "asr", "llm", "tts")
REASONS = rn.REASONS.index.tolist()
START = 1_772_400_000_000  # ms, in March 2026


def page(number: int) -> bytes:
    """Return a page of list-calls as the API sends it."""
    dice = random.Random(number)  # noqa: S311 - made-up calls, not secrets
    items = [call(number * CALLS + place, dice) for place in range(CALLS)]
    answer = {"items": items, "has_more": True, "pagination_key": f"key-{number}"}
    return json.dumps(answer, separators=(",", ":")).encode()


def call(number: int, dice: random.Random) -> dict[str, Any]:
    """Return one call with what a call of the API carries beside its transcript."""
    start, duration = START + number * 1_000, dice.randrange(2_000, 400_000)
    reason = dice.choice(REASONS)
    ident = f"{number:027x}"
    return {
        "call_id": f"call_{ident}",
        "call_type": "phone_call",
        "agent_id": f"agent_{number % 6:026x}",
        "agent_name": f"Agent {number % 6}",
        "agent_version": number % 9,
        "call_status": rn.REASONS["status"][reason],
        "disconnection_reason": reason,
        "direction": dice.choice(["inbound", "outbound"]),
        "from_number": f"+1415555{number % 40:04}",
        "to_number": f"+1202555{number % 10_000:04}",
        "start_timestamp": start,
        "end_timestamp": start + duration,
        "duration_ms": duration,
        "recording_url": f"https://recordings.example.com/call_{ident}/recording.wav",
        "public_log_url": f"https://recordings.example.com/call_{ident}/public.log",
        "data_storage_setting": "everything",
        "opt_in_signed_url": False,
        "telephony_identifier": {"twilio_call_sid": f"CA{number:032x}"},
        "latency": {part: latency(dice) for part in PARTS},
        "call_cost": cost(duration),
        "call_analysis": analysis(dice),
        "llm_token_usage": tokens(dice),
        "metadata": {"customer_id": f"c-{number}", "campaign": "spring", "attempt": number % 3},
        "retell_llm_dynamic_variables": {"first_name": "Ada", "plan": "gold", "due": "2026-04-01"},
        "collected_dynamic_variables": {"previous_node": "Greeting", "current_node": "Goodbye"},
    }


def latency(dice: random.Random) -> dict[str, Any]:
    """Return the latencies of one part of an agent."""
    values = sorted(dice.randrange(200, 2_400) for _ in range(8))
    ranks = {"p50": 3, "p90": 6, "p95": 7, "p99": 7, "min": 0, "max": 7}
    return {**{name: values[rank] for name, rank in ranks.items()}, "num": 8, "values": values}


def cost(duration: int) -> dict[str, Any]:
    """Return what a call costs, in cents, by product."""
    seconds = -(-duration // 1000)
    prices = {"elevenlabs_tts": 0.1166, "gpt_4o": 0.0833, "us_telephony": 0.025}
    costs = [
        {"product": name, "unit_price": price, "cost": round(price * seconds, 4)}
        for name, price in prices.items()
    ]
    total = sum(prices.values())
    return {
        "product_costs": costs,
        "total_duration_seconds": seconds,
        "total_duration_unit_price": total,
        "combined_cost": round(total * seconds, 4),
    }


def analysis(dice: random.Random) -> dict[str, Any]:
    """Return what the analysis says after a call."""
    return {
        "call_summary": "The agent greeted the caller, who asked to move an appointment. " * 3,
        "in_voicemail": False,
        "user_sentiment": dice.choice(["Neutral", "Positive", "Negative"]),
        "call_successful": dice.random() < 0.7,
        "custom_analysis_data": {"booked": True, "topic": "appointment", "score": 7},
    }


def tokens(dice: random.Random) -> dict[str, Any]:
    """Return how many tokens the language model was given."""
    values = [dice.randrange(1_500, 4_500) for _ in range(8)]
    return {"values": values, "average": sum(values) / 8, "num_requests": 8}


def normalized(pages: list[bytes]) -> int:
    """Return how many calls pandas alone makes of the pages."""
    frames = [pd.json_normalize(json.loads(page)["items"]) for page in pages]
    return len(pd.concat(frames, ignore_index=True))


def seconds(read: Callable[[], int], calls: int) -> tuple[float, float]:
    """Return how long it takes to read all calls: by the clock, and of the processor's time."""
    start = perf_counter(), sum(os.times()[:4])
    found = read()
    taken = perf_counter() - start[0], sum(os.times()[:4]) - start[1]
    if found != calls:
        raise ValueError(f"{found} calls were read of {calls}.")
    return taken


def compared(name: str, theirs: Sequence[float], ours: Sequence[float], size: int) -> float:
    """Print medians and the ratio of one kind of time, and return the ratio's median."""
    ratios = sorted(peer / own for peer, own in zip(theirs, ours, strict=True))
    peer, own, ratio = median(theirs), median(ours), median(ratios)
    spread = f"{ratios[0]:.1f} to {ratios[-1]:.1f}"
    print(  # noqa: T201 - the result
        f"{name}:",
        f"  pandas.json_normalize: {peer * 1e3:.0f} ms, {size / peer / 1e6:.0f} MB/s",
        f"  retell_nb.read_calls: {own * 1e3:.0f} ms, {size / own / 1e6:.0f} MB/s",
        f"  ratio, median of {len(ratios)} rounds: {ratio:.1f} ({spread})",
        sep="\n",
        flush=True,
    )
    return ratio


def measured(number: int) -> float:
    """Time both on so many pages in turn, print the medians, and return the ratio by the clock."""
    pages = [page(place) for place in range(number)]
    with tempfile.TemporaryDirectory() as folder:
        for place, data in enumerate(pages):
            Path(folder, f"page_{place}.json").write_bytes(data)
        readers = (lambda: normalized(pages), lambda: len(rn.read_calls(folder)))
        calls = number * CALLS
        rounds = [[seconds(read, calls) for read in readers] for _ in range(ROUNDS[number])]
    theirs, ours = ([*zip(*times, strict=True)] for times in zip(*rounds, strict=True))
    size = sum(map(len, pages))
    print(f"\n{number} pages of {CALLS} calls, {size / calls / 1e3:.1f} kB each")  # noqa: T201 - the result
    ratio = compared("By the clock", theirs[0], ours[0], size)
    compared("The processor's time", theirs[1], ours[1], size)
    return ratio


def main() -> int:
    """Measure both numbers of pages; the larger one decides."""
    return [measured(number) for number in ROUNDS][-1] < LIMIT


if __name__ == "__main__":
    sys.exit(main())
