"""How fast calls in flight are counted: `python tests/benchmarks/concurrency.py`.

Ten million made-up calls over four weeks, most of them in the middle of the day. Each reader counts
the exact peak in flight, over all or in every minute, in a process of its own on all cores; rounds
alternate, so that a busy moment of the machine meets all, and the best round of each counts. Who is
thrice as slow as the fastest peer has one round. The results must be equal.

Over all, the aim is at least twice the speed of the fastest peer; per minute, at least its speed,
for there the library's reader is the whole word `concurrency`, which also tells averages, refused
calls and what is set aside. No aim is met with more memory than that peer's process. The exit code
says whether all were met.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS, DAYS, ROUNDS, HOPELESS = 10_000_000, 28, 3, 3
START, DAY, MINUTE = 1_772_409_600_000, 86_400_000, 60_000  # ms, a midnight in March 2026
TIMES = ["start_timestamp", "end_timestamp"]
EVENTS = """
    select max(depth) from (
        select sum(change) over (order by time, change rows unbounded preceding) as depth
        from (select start_timestamp as time, 1 as change from calls
              union all select end_timestamp, -1 from calls))
"""


def make_up(path: str) -> None:
    """Write the calls in the order of their starts, as an export has them."""
    dice = np.random.default_rng(0)
    hours = np.clip(dice.normal(13, 3, CALLS), 0, 23.5)
    starts = START + dice.integers(0, DAYS, CALLS) * DAY + (hours * 3_600_000).astype(np.int64)
    starts.sort()
    ends = starts + 1 + dice.exponential(120_000, CALLS).astype(np.int64)
    calls = pd.DataFrame({"start_timestamp": starts, "end_timestamp": ends})
    calls = calls.astype("datetime64[ms]").apply(lambda column: column.dt.tz_localize("UTC"))
    reasons = pd.Categorical.from_codes(np.zeros(CALLS, dtype=np.int8), ["user_hangup"])
    calls.assign(disconnection_reason=reasons).to_parquet(path)


def ours(path: str) -> Callable[[], int]:
    """Count with the library, over all."""
    from retell_nb.engine.flight import highest  # noqa: PLC0415 - only in its own process
    from retell_nb.engine.periods import milliseconds  # noqa: PLC0415

    calls = pd.read_parquet(path, columns=TIMES)
    return lambda: highest(*(milliseconds(calls[name]) for name in TIMES))


def ours_by_minute(path: str) -> Callable[[], int]:
    """Count with the library, per minute."""
    from retell_nb.tables import concurrency  # noqa: PLC0415 - only in its own process

    calls = pd.read_parquet(path, columns=[*TIMES, "disconnection_reason"])
    return lambda: checksum(concurrency(calls)["peak"].to_numpy())


def polars(path: str) -> Callable[[], int]:
    """Put starts and ends in order, each on its own: faster than all events together."""
    import polars as pl  # noqa: PLC0415 - only in its own process

    calls = pl.read_parquet(path, columns=TIMES)

    def count() -> int:
        starts, ends = (calls[name].sort() for name in TIMES)
        over = ends.search_sorted(starts, side="right").cast(pl.Int64)
        return int((pl.int_range(1, CALLS + 1, eager=True) - over).max())

    return count


def polars_by_minute(path: str) -> Callable[[], int]:
    """The same per minute, where what is in flight as a minute begins counts as well."""
    import polars as pl  # noqa: PLC0415 - only in its own process

    calls = pl.read_parquet(path, columns=TIMES)

    def count() -> int:
        starts, ends = (calls[name].sort() for name in TIMES)
        over = ends.search_sorted(starts, side="right").cast(pl.Int64)
        depth = pl.int_range(1, CALLS + 1, eager=True) - over
        minutes = pl.datetime_range(
            starts.min(), ends.max(), "1m", time_unit="ms", time_zone="UTC", eager=True
        ).dt.truncate("1m")
        begun, gone = (
            part.search_sorted(minutes, side="right").cast(pl.Int64) for part in (starts, ends)
        )
        both = [
            pl.DataFrame({"minute": starts.dt.truncate("1m"), "depth": depth}),
            pl.DataFrame({"minute": minutes, "depth": begun - gone}),
        ]
        parts = pl.concat([part.group_by("minute").agg(pl.col("depth").max()) for part in both])
        peaks = parts.group_by("minute").agg(pl.col("depth").max()).sort("minute")
        return checksum(peaks.filter(pl.col("depth") > 0)["depth"].to_numpy())

    return count


def duckdb(path: str) -> Callable[[], int]:
    """Add the changes up in a window."""
    import duckdb as db  # noqa: PLC0415 - only in its own process

    connection = db.connect()
    connection.execute(f"create table calls as select {', '.join(TIMES)} from '{path}'")  # noqa: S608 - our own path
    return lambda: int(connection.execute(EVENTS).fetchall()[0][0])


def pandas(path: str) -> Callable[[], int]:
    """Put all events in order and add the changes up."""
    calls = pd.read_parquet(path, columns=TIMES)

    def count() -> int:
        sides = zip(TIMES, (1, -1), strict=True)
        events = pd.concat([pd.DataFrame({"time": calls[n], "change": c}) for n, c in sides])
        return int(events.sort_values(["time", "change"])["change"].cumsum().max())

    return count


READERS = {
    "over all": (2, (ours, polars, duckdb, pandas)),
    "per minute": (1, (ours_by_minute, polars_by_minute)),
}
"""What is counted, how many times as fast as the fastest peer, and who counts it: we first."""


def checksum(peaks: Any) -> int:
    """Return a number that tells a row of peaks from another."""
    return int((np.arange(1, len(peaks) + 1) % 9_973 * peaks).sum())


def measured(reader: str, path: str) -> tuple[float, ...]:
    """Seconds, seconds of the processor, the most memory in MB, and the result of a reader."""
    words = [sys.executable, __file__, reader, path]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    return tuple(map(float, done.stdout.split()))


def run(reader: str, path: str) -> None:
    """Count, and tell how long it took, the most memory and the result."""
    count: Callable[[], int] = globals()[reader](path)
    start, busy = perf_counter(), process_time()
    result = count()
    took, busy = perf_counter() - start, process_time() - busy
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(took, busy, most, result)  # noqa: T201 - to the process that asked


def compared(title: str, aim: float, readers: tuple[Callable[..., Any], ...], path: str) -> bool:
    """Time readers in turn, print what they took, and return whether the aim was met."""
    names = [reader.__name__ for reader in readers]
    rounds = {name: [measured(name, path)] for name in names}
    least = min(rounds[name][0] for name in names[1:])[0]
    near = [name for name in names if rounds[name][0][0] < HOPELESS * least]
    for name in near * (ROUNDS - 1):
        rounds[name].append(measured(name, path))
    results = {result for told in rounds.values() for *_, result in told}
    if len(results) > 1:
        raise ValueError(f"the peaks {title} differ: {results}")
    best = {name: [min(part) for part in zip(*told, strict=True)] for name, told in rounds.items()}
    print(title)  # noqa: T201 - the result
    for name, (took, busy, most, _) in best.items():
        print(f"  {name}: {took * 1e3:.0f} ms ({busy * 1e3:.0f} ms busy), {most:.0f} MB")  # noqa: T201
    mine, *peers = names
    fastest = min(peers, key=best.__getitem__)
    ratio = best[fastest][0] / best[mine][0]
    less = best[mine][2] <= best[fastest][2]
    print(f"  ratio to {fastest}: {ratio:.2f}; no more memory: {less}")  # noqa: T201
    return ratio >= aim and less


def main() -> int:
    """Make the calls up, and compare over all and per minute."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "calls.parquet"))
        # In a process of its own too, for those started later inherit what this one takes.
        subprocess.run([sys.executable, __file__, "make_up", path], check=True)
        met = [compared(title, *what, path) for title, what in READERS.items()]
    return not all(met)


if __name__ == "__main__":
    if "make_up" in sys.argv:
        make_up(sys.argv[2])
    elif len(sys.argv) > 1:
        run(*sys.argv[1:])
    else:
        sys.exit(main())
