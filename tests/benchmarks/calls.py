"""Made-up calls for the benchmarks, written once and read by each library into its own form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import retell_nb as rn
from retell_nb.vocabulary.reasons import UNPLACED, WORDS

if TYPE_CHECKING:
    from pathlib import Path

START, DAY, DAYS = 1_772_409_600_000, 86_400_000, 28  # ms; a midnight of March 2026
AGENTS, CALLERS = 50, 2_000
STATUSES = ["ended", "not_connected", "error", "ongoing", "registered"]
ENDINGS = [*rn.REASONS.index, "brand_new_reason", *STATUSES]
"""What `coalesce(disconnection_reason, call_status)` may say: the peers count by that."""

_OFTEN = {
    "user_hangup": 30, "agent_hangup": 18, "dial_no_answer": 12, "voicemail_reached": 12,
    "call_transfer": 5, "dial_busy": 4, "dial_failed": 3, "inactivity": 2,
}  # fmt: skip


def write(size: int, path: Path) -> None:
    """Write calls in the order of their starts, as an export has them, to Parquet."""
    dice = np.random.default_rng(7)
    names = [*rn.REASONS.index, "brand_new_reason"]
    odds = np.array([_OFTEN.get(name, 14 / 36) for name in names])
    reason = dice.choice(len(names), size, p=odds / odds.sum()).astype(np.int8)
    status = np.append(rn.REASONS["status"].map(STATUSES.index).to_numpy(), 0)[reason]
    blank = dice.random(size) < 0.01
    status[blank] = np.where(dice.random(blank.sum()) < 0.5, 3, 0)
    answered = np.append(rn.REASONS["answered"].to_numpy(), False)[reason] & ~blank
    mailbox = np.isin(reason, [names.index("voicemail_reached")]) | (dice.random(size) < 0.02)
    start = START + np.sort(dice.integers(0, DAYS * DAY, size))
    burst = dice.random(size) < 0.02
    start[burst] -= (start[burst] - START) % DAY - DAY // 2 - dice.integers(0, DAY // 36)
    lasted = np.where(answered, 1 + dice.exponential(110_000, size), 0).astype(np.int64)
    lasted[burst & answered] = dice.integers(1_500, 9_500, (burst & answered).sum())
    timeless = ~answered & (dice.random(size) < 0.1)
    people = (size * 7 // 20 * dice.random(size) ** 1.3).astype(np.int64)
    whole = {
        "disconnection_reason": _texts(np.where(blank, -1, reason), names),
        "call_status": _texts(status, STATUSES),
        "in_voicemail": pa.array(mailbox, mask=~answered),
        "agent_id": _texts(
            dice.integers(0, AGENTS, size), [f"agent_{n:02}" for n in range(AGENTS)]
        ),
        "direction": _texts((dice.random(size) < 0.15).astype(int), ["outbound", "inbound"]),
        "call_type": _texts((dice.random(size) < 0.03).astype(int), ["phone_call", "web_call"]),
        "from_number": _texts(
            dice.integers(0, CALLERS, size), [f"+1303555{tail:04}" for tail in range(CALLERS)]
        ),
        "to_number": _plus(14_155_550_000 + people * 2857),
        "start_timestamp": pa.array(start, pa.timestamp("ms", "UTC"), mask=timeless),
        "end_timestamp": pa.array(start + lasted, pa.timestamp("ms", "UTC")),
        "duration_ms": pa.array(lasted),
    }
    pq.write_table(pa.table(whole), path)


def _texts(codes: Any, labels: list[str]) -> Any:
    codes = np.asarray(codes)
    places = pa.array(codes.astype(np.int32), mask=codes < 0)
    texts = pa.array(labels, pa.large_string())
    return pa.DictionaryArray.from_arrays(places, texts).cast(pa.large_string())


def _plus(numbers: Any) -> Any:
    digits = pa.array(numbers).cast(pa.large_string())
    return pc.binary_join_element_wise(
        pa.scalar("+", pa.large_string()), digits, pa.scalar("", pa.large_string())
    )


NAMED = {"direction": ["inbound", "outbound"], "call_type": ["phone_call", "web_call"]}
NAMED |= {"agent_id": [f"agent_{n:02}" for n in range(AGENTS)]}
NAMED |= dict.fromkeys(("disconnection_reason", "call_status"), ENDINGS)
"""The columns that are categories, where they are not text, and what they may say."""


def in_pandas(path: Path, columns: list[str], *, text: bool) -> pd.DataFrame:
    """Return the calls as the library reads them."""
    calls = pd.read_parquet(path, columns=columns)
    dtypes: dict[str, Any] = {"in_voicemail": "boolean", "duration_ms": "Int64"}
    dtypes |= dict.fromkeys((name for name in NAMED if not text), "category")
    return calls.astype({name: dtype for name, dtype in dtypes.items() if name in columns})


def in_polars(path: Path, columns: list[str], *, text: bool) -> pl.DataFrame:
    """Return the calls with enums, or with text."""
    calls = pl.read_parquet(path, columns=columns)
    named = {name: values for name, values in NAMED.items() if name in columns and not text}
    return calls.with_columns(pl.col(name).cast(pl.Enum(v)) for name, v in named.items()).rechunk()


def in_duckdb(path: Path, columns: list[str], *, text: bool) -> duckdb.DuckDBPyConnection:
    """Return a base with a table of the calls, with enums or with text, and one of the words."""
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false; set timezone = 'UTC'")
    for name in ("ending", *NAMED):
        values = ", ".join(f"'{value}'" for value in NAMED.get(name, ENDINGS))
        base.execute(f"create type {name}_name as enum ({values})")
    own = {name: "ending" if NAMED[name] is ENDINGS else name for name in NAMED if not text}
    parts = [f"{name}::{own[name]}_name as {name}" if name in own else name for name in columns]
    base.execute(f"create table calls as select {', '.join(parts)} from '{path}'")  # noqa: S608 - our own
    for name in set(WORDS) - {"expected", "answered"}:
        values = ", ".join("'" + v.replace("'", "''") + "'" for v in machines()[name].unique())
        base.execute(f"create type word_{name} as enum ({values})")
    base.register("all_words", pa.Table.from_pandas(machines(), preserve_index=False))
    kinds = {name: f"word_{name}" for name in WORDS if name not in ("expected", "answered")}
    kinds["ending"] = "varchar" if text else "ending_name"
    casts = ", ".join(f"{name}::{kind} as {name}" for name, kind in kinds.items())
    base.execute(f"create table machines as select * replace ({casts}) from all_words")  # noqa: S608
    base.execute("create table words as select * exclude machine from machines where not machine")
    return base


def vocabulary() -> pd.DataFrame:
    """Return what the words say of every ending, for those who join it."""
    words = rn.REASONS[[*WORDS]].reset_index(names="ending")
    rest = pd.DataFrame({"ending": ENDINGS[len(words) :]}).merge(
        UNPLACED.reset_index(drop=True), how="cross"
    )
    which = {
        "brand_new_reason": 0,
        **dict.fromkeys(STATUSES[:3], 1),
        **dict.fromkeys(STATUSES[3:], 2),
    }
    rest = rest[rest.groupby("ending").cumcount() == rest["ending"].map(which)]
    rest["status"] = rest["ending"].where(rest["ending"].isin(STATUSES), "unknown")
    rest.loc[rest["ending"] == "brand_new_reason", "status"] = "ended"  # as recorded
    table = pd.concat([words, rest], ignore_index=True)
    flags = {name: table[name].astype("boolean") for name in ("expected", "answered")}
    return table.assign(**flags).astype(
        {n: "str" for n in WORDS if n not in flags} | {"ending": "str"}
    )


def machines() -> pd.DataFrame:
    """Return the words of every ending, and behind them those of hang-ups that a voicemail took."""
    table = vocabulary().assign(machine=False)
    taken = table[table["ending"].isin(["user_hangup", "agent_hangup"])].assign(machine=True)
    for name in ("outcome", "category", "retry", "remedy"):
        taken[name] = rn.REASONS.loc["voicemail_reached", name]
    return pd.concat([table, taken], ignore_index=True)
