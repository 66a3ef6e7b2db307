"""What the words cost on a store of calls past one machine's memory, at one and two processes.

    python -m tests.benchmarks.dask_cost [--calls 1000000] [word ...]

The calls lie in a store of segments of 100,000. For each word the table has the seconds and the
most memory, in MB above what was there before: of the process that asks, and of the largest worker.
The first column is pandas', which holds the whole store; in MB it has what the store takes there.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import distributed
import pandas as pd

import retell_nb as rn
from retell_nb.calls.store.manifest import Manifest
from retell_nb.calls.store.writing import writing
from tests.benchmarks.workers import memory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SEGMENT = 100_000
WORDS: dict[str, tuple[Any, ...]] = {
    "tally": ("outcome",),
    "rates": ("agent",),
    "trend": ("D",),
    "kpis": ("agent",),
    "costs": (),
    "bursts": (),
    "attempts": (),
    "concurrency": ("1h",),
    "control_chart": ("D",),
    "findings": (),
}
LINE = "{:15}" + "{:>12}" * 7


def build(folder: Path, calls: int) -> None:
    """Write a store of made-up calls, in segments."""
    with writing(folder, Manifest(since=0, until=0)) as writer:
        for number in range(max(1, calls // SEGMENT)):
            sample = rn.sample_calls(SEGMENT, seed=number)
            writer.add(sample.assign(call_id=f"{number}_" + sample["call_id"].astype(str)))


def cost(ask: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds that something took, and the memory."""
    before, start = reset(), perf_counter()
    ask()
    return perf_counter() - start, memory("VmHWM") - before


def reset() -> float:
    """Forget the most memory that this process had, and return what it has."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return memory("VmRSS")


def peak() -> float:
    return memory("VmHWM")


def on_cluster(store: Path, words: Sequence[str], processes: int) -> dict[str, list[str]]:
    """Return what each word cost with some worker processes: seconds, MB here, MB of a worker."""
    costs: dict[str, list[str]] = {}
    with (
        distributed.LocalCluster(
            n_workers=processes, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        rn.scan_calls(store).retell.tally()  # what is imported when it is first used
        for word in words:
            before = client.run(reset)
            seconds, here = cost(
                lambda word=word: getattr(rn.scan_calls(store).retell, word)(*WORDS[word])
            )
            there = max(most - before[name] for name, most in client.run(peak).items())
            costs[word] = [f"{seconds:.1f} s", f"{here:.0f}", f"{there:.0f}"]
    return costs


@click.command(help=__doc__)
@click.argument("words", nargs=-1, type=click.Choice([*WORDS]))
@click.option("--calls", default=1_000_000)
def main(words: tuple[str, ...], calls: int) -> None:
    words = words or (*WORDS,)
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder, "store")
        build(store, calls)
        by_processes = [on_cluster(store, words, processes) for processes in (1, 2)]
        before = reset()
        whole = rn.read_calls(store)
        held = memory("VmRSS") - before
        click.echo(f"{len(whole):,} calls; the store takes {held:.0f} MB in pandas\n")
        heads = ("pandas", *(f"{what} at {n}" for n in (1, 2) for what in ("s", "MB", "MB worker")))
        click.echo(LINE.format("word", *heads))
        for word in words:
            pd.DataFrame(getattr(whole.retell, word)(*WORDS[word]))
            seconds, _ = cost(lambda word=word: getattr(whole.retell, word)(*WORDS[word]))
            row = [f"{seconds:.1f} s", *by_processes[0][word], *by_processes[1][word]]
            click.echo(LINE.format(word, *row))


if __name__ == "__main__":
    main()
