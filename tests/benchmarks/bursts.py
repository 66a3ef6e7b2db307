"""How fast the worst burst of every number is found among ten million calls.

    python tests/benchmarks/bursts.py [CALLS]

The question, put to each in the form it likes best: of the answered calls under 10 s, how many of
a number lie in its busiest hour (half open, exact, not by the clock)? Each works in a process of
its own that holds the calls already, one at a time, in turn; all must give the same answer. The
aims are 1.5 times the speed of the fastest peer (best of the rounds) and no more working memory
than it takes; the exit code says whether they were met.
"""

from __future__ import annotations

import multiprocessing
import re
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import click
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from retell_nb.engine.windows import busiest
from retell_nb.grouping import flags

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from retell_nb.grouping import Mask

AIM, ROUNDS, NUMBERS, DAYS = 1.5, 11, 2_000, 28
START, DAY = 1_772_409_600_000, 86_400_000  # ms; a midnight of March 2026
SHORT = pl.col("answered") & (pl.col("duration_ms") < 10_000)


def made_up(size: int, path: Path) -> None:
    """Write calls in no order of time: 3 % in daily bursts, 5 % short by chance."""
    dice = np.random.default_rng(0)
    number = dice.choice(NUMBERS, size, p=dice.dirichlet(np.full(NUMBERS, 2.0)))
    at = dice.integers(0, DAYS * DAY, size)
    lasted = np.where(dice.random(size) < 0.35, 0, dice.exponential(120_000, size))
    burst = dice.random(size) < 0.03
    at[burst] += 18 * DAY // 24 - at[burst] % DAY + dice.integers(0, DAY // 36, burst.sum())
    lasted[burst] = dice.integers(1_500, 9_500, burst.sum())
    names = pa.array([f"+1303555{tail:04}" for tail in range(NUMBERS)])
    table = pd.DataFrame(
        {
            "from_number": pa.DictionaryArray.from_arrays(number.astype("int32"), names)
            .cast(pa.large_string())
            .to_pandas()
            .astype("str"),
            "start": pd.to_datetime(START + at, unit="ms", utc=True).as_unit("ms"),
            "duration_ms": pd.array(lasted.astype("int64"), dtype="Int64"),
            "answered": lasted > 0,
        }
    )
    table.to_parquet(path, index=False)


def retell_nb(path: Path) -> Callable[[], Any]:
    """Return the library's way: pick out, pack, sort, look up."""
    calls = pd.read_parquet(path)
    names = ("from_number", "start", "answered", "duration_ms")
    number, start, answered, lasted = (calls[name] for name in names)

    def short(rows: slice) -> Mask:
        return flags(answered.iloc[rows]) & flags(lasted.iloc[rows] < 10_000)

    return lambda: busiest(number, start, pd.Timedelta("1h"), short)


def pandas(path: Path) -> Callable[[], Any]:
    """Return the idiom of pandas: a rolling count in every group."""
    calls = pd.read_parquet(path)

    def work() -> pd.DataFrame:
        short = calls[calls["answered"] & (calls["duration_ms"] < 10_000)]
        in_order = short.sort_values("start").set_index("start").groupby("from_number")
        counted = in_order["duration_ms"].rolling("1h").count()
        return counted.groupby(level=0).max().rename("calls").reset_index()

    return work


def polars_search(path: Path) -> Callable[[], Any]:
    """Return polars with a binary search in every group."""
    at = pl.col("start").sort()
    ahead = at.search_sorted(at + pl.duration(hours=1)).cast(pl.Int64) - pl.int_range(pl.len())
    calls = pl.read_parquet(path)
    asked = calls.lazy().filter(SHORT).group_by("from_number").agg(calls=ahead.max())
    return asked.collect


def polars_rolling(path: Path) -> Callable[[], Any]:
    """Return polars with rolling windows in every group, on its streaming engine."""
    short = pl.read_parquet(path).lazy().filter(SHORT).select("from_number", "start")
    rolled = short.sort("from_number", "start").rolling(
        "start", period="1h", group_by="from_number"
    )
    asked = rolled.agg(calls=pl.len()).group_by("from_number").agg(pl.col("calls").max())
    return lambda: asked.collect(engine="streaming")


def duck_db(path: Path) -> Callable[[], Any]:
    """Return DuckDB with a window over a range of time."""
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false")
    base.execute(f"create table calls as select * from '{path}'")  # noqa: S608 - our own file
    return lambda: base.sql(
        "select from_number, max(n) as calls from (select from_number, count(*) over (partition by "
        "from_number order by start range between current row and interval 3599999 milliseconds "
        "following) as n from calls where answered and duration_ms < 10000) group by all"
    ).to_arrow_table()


WAYS = (retell_nb, polars_search, polars_rolling, duck_db, pandas)


def answer(table: Any) -> dict[str, int]:
    """Return calls by number, whosever table it is."""
    parts = [table[name] for name in ("from_number", "calls")]
    numbers, calls = (
        part.to_pylist() if hasattr(part, "to_pylist") else list(part) for part in parts
    )
    return {number: int(most) for number, most in zip(numbers, calls, strict=True)}


def memory(line: str) -> float:
    """Return a line of the process's own status in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(rf"{line}:\s+(\d+)", status)[1]) / 1024


def worker(way: Callable[[Path], Callable[[], Any]], path: Path, told: Connection) -> None:
    """Hold the calls; whenever asked, answer, with the seconds and the MiB it took."""
    work = way(path)
    told.send("ready")
    while told.recv():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # forget the peak
        before, began, worked = memory("VmRSS"), perf_counter(), process_time()
        table = work()
        seconds, cpu = perf_counter() - began, process_time() - worked
        told.send((seconds, memory("VmHWM") - before, answer(table), cpu))
        del table


def main(size: int) -> int:
    """Ask all in turn, compare the answers, and print the table."""
    start = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "calls.parquet")
        made_up(size, path)
        ours = {}
        for way in WAYS:
            ours[way.__name__], theirs = start.Pipe()
            start.Process(target=worker, args=(way, path, theirs), daemon=True).start()
            ours[way.__name__].recv()
        told: dict[str, list[Any]] = {name: [] for name in ours}
        for _ in range(ROUNDS):
            for name, line in ours.items():
                line.send(1)
                told[name].append(line.recv())
        for line in ours.values():
            line.send(0)
    right = told["retell_nb"][0][2]
    wrong = [name for name, rounds in told.items() if any(one[2] != right for one in rounds)]
    best = {name: min(one[0] for one in rounds) for name, rounds in told.items()}
    cpu = {name: min(one[3] for one in rounds) for name, rounds in told.items()}
    most = {name: max(one[1] for one in rounds) for name, rounds in told.items()}
    rival = min((name for name in best if name != "retell_nb"), key=best.__getitem__)
    click.echo(f"{size:,} calls, {len(right):,} numbers, best of {ROUNDS} rounds in turn")
    for name, took in best.items():
        ratio = took / best["retell_nb"]
        spent = f"{took * 1e3:8.0f} ms {cpu[name] * 1e3:8.0f} ms of cores"
        click.echo(f"{name:16}{spent} {most[name]:7.0f} MiB {ratio:6.2f} x")
    pairs = sorted(
        other[0] / one[0] for one, other in zip(told["retell_nb"], told[rival], strict=True)
    )
    click.echo(f"against {rival}, round by round: {', '.join(f'{pair:.2f}' for pair in pairs)}")
    click.echo(f"other answers: {', '.join(wrong) or 'none'}")
    missed = best[rival] < AIM * best["retell_nb"] or most["retell_nb"] > most[rival]
    return bool(wrong) or missed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000))
