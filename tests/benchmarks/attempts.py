"""How fast chains of attempts are found: `python tests/benchmarks/attempts.py [millions]`.

Ten million outbound calls to 3.5 million callees, in order of their ends as a store holds them.
For each call, aligned to the calls: its attempt at the callee, the reason before, the time since,
where a chain breaks after 24 hours. `chains` against polars (sorting texts, and sorting integers
made of them), DuckDB and pandas, each in a process of its own, in turn; then ours and the
fastest of them twice more. All must find the same. The aims: the best time at most half of the
fastest peer's, the peak of memory not above that peer's. The exit code says whether both were met.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl

import retell_nb as rn

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, LIMIT = 3, 2.0
OURS = "retell_nb"
OUT = {"direction": "outbound", "call_type": "phone_call"}


def made_up(path: Path, size: int) -> None:
    """Write calls to Parquet: callees in three countries, of whom some are dialed often."""
    dice = np.random.default_rng(7)
    people = np.arange(max(1, size * 7 // 20), dtype=np.int64)
    forms = (14_155_550_000 + people * 2857, 442_000_000_000 + people * 2003)
    numbers = np.where(people % 10 < 6, forms[0], np.where(people % 10 < 9, *forms[::-1]))
    numbers[people % 10 == 9] += 4_900_000_000_000
    who = (len(people) * dice.random(size) ** 1.3).astype(np.int64)
    ends = np.sort(dice.integers(0, 28 * 86_400_000, size)) + 1_772_400_000_000
    starts = ends - dice.integers(0, 600_000, size)
    texts = "+" + pd.Series(numbers).astype(str)
    reasons = pd.Categorical.from_codes(
        dice.integers(0, len(rn.REASONS), size).astype(np.int8), categories=rn.REASONS.index
    )
    calls = pd.DataFrame({"to_number": texts[who].reset_index(drop=True)})
    calls["start_timestamp"] = pd.Series(starts.astype("datetime64[ms]")).dt.tz_localize("UTC")
    calls["disconnection_reason"] = reasons
    calls.to_parquet(path, index=False)


def ours(path: Path) -> Callable[[], Any]:
    """Return what `chains` is called with: a frame as the library reads it."""
    calls = pd.read_parquet(path)
    for name, value in OUT.items():
        calls[name] = pd.Categorical.from_codes(np.zeros(len(calls), dtype=np.int8), [value])
    calls["start_timestamp"] = calls["start_timestamp"].astype(pd.DatetimeTZDtype("ms", "UTC"))
    return partial(calls.retell.attempts, each=True)


def polars(path: Path, *, integers: bool = False) -> Callable[[], Any]:
    """Sort by callee and time, compare neighbours, and put the calls back in their order.

    Sorting by time and then, stably, by callee is faster than by both at once, as the calls are
    in order of time but for a few minutes.
    """
    calls = pl.read_parquet(path)
    since = pl.col("start_timestamp").diff()
    same = pl.col("to_number") == pl.col("to_number").shift()
    linked = (same & (since <= pl.duration(hours=24))).fill_null(value=False)
    first = pl.when(~pl.col("linked")).then(pl.col("place")).forward_fill()

    def find() -> Any:
        rows = calls.with_row_index("row")
        if integers:
            digits = pl.col("to_number").str.slice(1).cast(pl.Int64)
            rows = rows.with_columns(to_number=digits)
        for key in ("start_timestamp", "to_number"):
            rows = rows.sort(key, maintain_order=True)
        rows = rows.with_columns(
            linked=linked, since=since, before=pl.col("disconnection_reason").shift()
        ).with_columns(place=pl.int_range(pl.len()))
        return rows.select(
            "row",
            attempt=pl.col("place") - first + 1,
            previous_reason=pl.when("linked").then("before"),
            since_previous=pl.when("linked").then("since"),
        ).sort("row")

    return find


def polars_integers(path: Path) -> Callable[[], Any]:
    """Sort integers made of the numbers, which goes where all are in E.164."""
    return polars(path, integers=True)


def duck(path: Path) -> Callable[[], Any]:
    """Ask window functions, and fetch the answer as Arrow."""
    base = duckdb.connect()
    names = ", ".join(f"'{name}'" for name in rn.REASONS.index)
    base.execute(f"create type reason as enum ({names})")
    base.execute(
        "create table calls as select file_row_number as row, to_number, "  # noqa: S608 - our own path
        "epoch_ms(start_timestamp) as moment, disconnection_reason::reason as reason "
        f"from read_parquet('{path}', file_row_number=true)"
    )
    gap = 24 * 3_600_000
    query = """
        with before as (
            select row, to_number, moment, moment - lag(moment) over callee as since,
                   lag(reason) over callee as reason, row_number() over callee as place
            from calls window callee as (partition by to_number order by moment, row)),
        linked as (select *, coalesce(since <= $gap, false) as linked from before)
        select row,
               place - max(case when not linked then place end) over (
                   partition by to_number order by place rows unbounded preceding) + 1 as attempt,
               case when linked then reason end as previous_reason,
               case when linked then since end as since_previous
        from linked order by row"""
    return lambda: base.sql(query, params={"gap": gap}).to_arrow_table()


def idiomatic(path: Path) -> Callable[[], Any]:
    """Sort and shift by group, as a pandas user would."""
    calls = pd.read_parquet(path)

    def find() -> Any:
        rows = calls.sort_values(["to_number", "start_timestamp"], kind="stable")
        group = rows.groupby("to_number", sort=False)
        since = group["start_timestamp"].diff()
        linked = since <= pd.Timedelta("24h")
        before = group["disconnection_reason"].shift().where(linked)
        attempt = rows.groupby((~linked).cumsum()).cumcount() + 1
        columns = {"attempt": attempt, "previous_reason": before}
        return pd.DataFrame({**columns, "since_previous": since.where(linked)}).sort_index()

    return find


ENGINES: dict[str, Callable[[Path], Callable[[], Any]]] = {
    OURS: ours,
    "polars": polars,
    "polars, integers": polars_integers,
    "DuckDB": duck,
    "pandas": idiomatic,
}


def fingerprint(found: Any) -> list[int]:
    """Return sums that differ where any attempt, reason or time of any call differs."""
    frame = found if isinstance(found, pd.DataFrame) else found.to_pandas()
    since = frame["since_previous"]
    if pd.api.types.is_timedelta64_dtype(since):
        since = since.dt.total_seconds() * 1000
    names = frame["previous_reason"].astype("category").cat.set_categories(rn.REASONS.index).cat
    weight = np.random.default_rng(1).integers(1, 1 << 20, len(frame))
    columns = (frame["attempt"].to_numpy(np.int64), names.codes.astype(np.int64))
    whole = since.fillna(-1).round().to_numpy(np.int64)
    return [int((column * weight).sum()) for column in (*columns, whole)]


def peak(*, reset: bool = False) -> float:
    """Return the most memory that this process held since the last reset, in GB (on Linux)."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1e6


def alone(name: str, path: Path) -> dict[str, Any]:
    """Run one engine in a process of its own."""
    command = [sys.executable, __file__, "--one", name, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def one(name: str, path: Path) -> None:
    """Time an engine once, after its data are loaded, and print what it took and found."""
    find = ENGINES[name](path)
    peak(reset=True)
    start, worked = perf_counter(), process_time()
    found = find()
    taken, cpu = perf_counter() - start, process_time() - worked
    memory = peak()
    print(json.dumps({"s": taken, "cpu": cpu, "GB": memory, "found": fingerprint(found)}))  # noqa: T201 - read by the caller


def main(millions: float) -> int:
    """Time all, the fastest peer and ours in turn again, and print times, peaks and their ratio."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in ENGINES}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "calls.parquet")
        made_up(path, int(millions * 1e6))
        for name in ENGINES:
            runs[name].append(alone(name, path))
        rival = min(set(ENGINES) - {OURS}, key=lambda name: runs[name][0]["s"])
        for name in (OURS, rival) * (ROUNDS - 1):
            runs[name].append(alone(name, path))
    same = len({tuple(run["found"]) for rounds in runs.values() for run in rounds}) == 1
    times, cores = (
        {name: min(run[unit] for run in rounds) for name, rounds in runs.items()}
        for unit in ("s", "cpu")
    )
    peaks = {name: max(run["GB"] for run in rounds) for name, rounds in runs.items()}
    ratio = times[rival] / times[OURS]
    for name, seconds in times.items():
        spent = f"{seconds:8.2f} s {cores[name]:8.2f} s of cores {peaks[name]:6.2f} GB"
        print(f"{name:18}{spent}, {len(runs[name])} runs")  # noqa: T201 - the result
    print(f"{ratio:.1f} times the fastest peer, {rival}; same results: {same}")  # noqa: T201 - the result
    return not (same and ratio >= LIMIT and peaks[OURS] <= peaks[rival])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        one(sys.argv[2], Path(sys.argv[3]))
    else:
        sys.exit(main(float((sys.argv[1:] or ["10"])[0])))
