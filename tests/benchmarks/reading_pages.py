"""How fast pages of list-calls are read: `python tests/benchmarks/reading_pages.py`.

Made-up pages of 1000 calls each, of the shape and weight of Retell's, lie in files. Everybody reads
the same files, in turn, into a frame of pandas with a row per call: `retell_nb.read_calls`;
`pandas.json_normalize` of what `json` reads; polars and DuckDB, which are told the types of the
fields they shall take and skip all others; and the models of Retell's SDK, made into dicts and
normalized. 40 pages, which one process reads, are read by all; a million calls (2.3 GB), which all
cores share, by all but the SDK, which would take a quarter of an hour.

The table has the median seconds and the median ratio of the rounds with its range, by the clock, as
a user waits for it. The exit code says whether each peer is beaten by as much as is aimed at. It
takes fifteen minutes and 10 GB of memory.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import duckdb
import pandas as pd
import polars as pl
from retell._models import construct_type
from retell.types import CallListResponse

import retell_nb as rn

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 1000
ROUNDS = {40: 5, 1000: 3}
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


FIELDS = {
    **dict.fromkeys(
        [
            *("call_id", "agent_id", "agent_name", "call_type", "call_status", "direction"),
            *("disconnection_reason", "from_number", "to_number"),
        ],
        pl.String(),
    ),
    **dict.fromkeys(
        ["agent_version", "start_timestamp", "end_timestamp", "duration_ms"], pl.Int64()
    ),
    "latency": pl.Struct({"e2e": pl.Struct({"p50": pl.Float64, "p95": pl.Float64})}),
    "call_cost": pl.Struct({"combined_cost": pl.Float64, "total_duration_seconds": pl.Int64}),
    "call_analysis": pl.Struct(
        {"in_voicemail": pl.Boolean, "user_sentiment": pl.String, "call_successful": pl.Boolean}
    ),
}
"""What polars and DuckDB take of a call: less than we do."""


def ours(paths: list[Path]) -> pd.DataFrame:
    """Return the calls as the library reads them."""
    return rn.read_calls(paths)


def normalized(paths: list[Path]) -> pd.DataFrame:
    """Return the calls as pandas alone reads them."""
    frames = [pd.json_normalize(json.loads(path.read_bytes())["items"]) for path in paths]
    return pd.concat(frames, ignore_index=True)


def in_polars(paths: list[Path]) -> pd.DataFrame:
    """Return the calls as polars reads them."""
    schema = pl.Schema({"items": pl.List(pl.Struct(FIELDS))})
    frames = [
        pl.read_json(path, schema=schema).select(pl.col("items").explode()).unnest("items")
        for path in paths
    ]
    return pl.concat(frames).to_pandas()


def in_duckdb(paths: list[Path]) -> pd.DataFrame:
    """Return the calls as DuckDB reads them."""
    kind = ", ".join(f"{name} {sql(field)}" for name, field in FIELDS.items())
    return duckdb.execute(
        "select unnest(items, recursive := true) "  # noqa: S608 - of our own making
        f"from read_json($files, columns = {{items: 'struct({kind})[]'}}, "
        "maximum_object_size = 100000000)",
        {"files": [*map(str, paths)]},
    ).df()


SQL_TYPES = (
    (pl.String, "varchar"), (pl.Int64, "bigint"), (pl.Float64, "double"), (pl.Boolean, "boolean"),
)  # fmt: skip


def sql(kind: pl.DataType) -> str:
    """Return the name that DuckDB has for a type."""
    if isinstance(kind, pl.Struct):
        return f"struct({', '.join(f'{field.name} {sql(field.dtype)}' for field in kind.fields)})"
    return next(name for known, name in SQL_TYPES if kind == known)


def modeled(paths: list[Path]) -> pd.DataFrame:
    """Return the calls as models of the SDK, made into a frame."""
    frames = []
    for path in paths:
        model: Any = construct_type(type_=CallListResponse, value=json.loads(path.read_bytes()))
        frames.append(pd.json_normalize([call.to_dict() for call in model.items]))
    return pd.concat(frames, ignore_index=True)


AIMS: dict[int, dict[Callable[[list[Path]], pd.DataFrame], float]] = {
    40: {in_polars: 2, in_duckdb: 2, normalized: 15, modeled: 50},
    1000: {in_polars: 2, in_duckdb: 2, normalized: 20},
}
"""By how much each peer is to be beaten, on each number of pages."""


def seconds(read: Callable[[list[Path]], pd.DataFrame], paths: list[Path]) -> float:
    """Return how long it takes to read all calls."""
    start = perf_counter()
    found = len(read(paths))
    taken = perf_counter() - start
    if found != CALLS * len(paths):
        raise ValueError(f"{read.__name__}: {found} calls were read of {CALLS * len(paths)}.")
    return taken


def measured(number: int) -> bool:
    """Time all on so many pages in turn, print a line for each, and return whether aims are met."""
    aims, met = AIMS[number], True
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"page_{place}.json") for place in range(number)]
        size = sum(path.write_bytes(page(place)) for place, path in enumerate(paths))
        everybody = (ours, *aims)
        rounds = [[seconds(read, paths) for read in everybody] for _ in range(ROUNDS[number])]
    own, *others = ([*each] for each in zip(*rounds, strict=True))
    click.echo(
        f"\n{number * CALLS:,} calls in {size / 1e6:,.0f} MB, {ROUNDS[number]} rounds: "
        f"retell_nb {median(own):.2f} s, {size / median(own) / 1e6:,.0f} MB/s"
    )
    for (peer, aim), theirs in zip(aims.items(), others, strict=True):
        ratios = sorted(other / our for other, our in zip(theirs, own, strict=True))
        met &= median(ratios) >= aim
        click.echo(
            f"  {peer.__name__:12} {median(theirs):8.2f} s   ratio {median(ratios):5.1f} "
            f"({ratios[0]:.1f} to {ratios[-1]:.1f}), aim {aim}"
        )
    return met


def main() -> int:
    """Measure both numbers of pages."""
    met = [measured(number) for number in ROUNDS]  # both, whatever the first one says
    return not all(met)


if __name__ == "__main__":
    sys.exit(main())
