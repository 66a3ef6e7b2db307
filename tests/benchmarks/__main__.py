"""How fast the words are, each through its public name beside polars and DuckDB.

    python -m tests.benchmarks [--calls 10000000] [--rounds 5] [part of a word's name ...]

Everybody works in a process of its own that holds the calls already, on all cores, one at a time,
in turns, so that a busy moment of the machine meets all; all must give the same answer. The table
has the median time of each; the median of the ratios of the rounds against the faster peer, with
what is to be reached; and the most memory above the frame in the first run of a fresh process. The
exit code says whether all answers were the same.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import click

from tests.benchmarks.calls import write
from tests.benchmarks.peers import QUESTIONS
from tests.benchmarks.workers import LOADERS, Run, worker

LINE = "{:24}{:>9}{:>9}{:>9}{:>8}{:>6}{:>9}{:>9}{:>9}  {}"


def asked(name: str, path: Path, rounds: int) -> tuple[dict[str, list[Run]], bool]:
    """Ask everybody in turns; return the runs of each, and whether all answers are the same."""
    start = multiprocessing.get_context("spawn")
    lines: dict[str, Any] = {}
    for library in LOADERS:
        lines[library], other = start.Pipe()
        start.Process(target=worker, args=(library, name, path, other), daemon=True).start()
        other.close()  # so that a worker that fails ends the wait for it
        lines[library].recv()
    runs: dict[str, list[Run]] = {library: [] for library in LOADERS}
    answers = []
    for _ in range(rounds + 1):  # the first one is for memory, and for what is imported when used
        for library, line in lines.items():
            line.send(1)
            run, answer = line.recv()
            runs[library].append(run)
            answers.append(answer)
    for line in lines.values():
        line.send(0)
    return runs, all(answer == answers[0] for answer in answers)


def told(name: str, runs: dict[str, list[Run]], *, same: bool) -> str:
    """Return the line of the table for one word."""
    times = {library: [run.seconds for run in own[1:]] for library, own in runs.items()}
    ratios = {
        library: median(o / u for o, u in zip(own, times["ours"], strict=True))
        for library, own in times.items()
    }
    peer = min(("polars", "duckdb"), key=ratios.__getitem__)
    return LINE.format(
        name,
        *(f"{median(own) * 1e3:.0f}" for own in times.values()),
        f"{ratios[peer]:.2f}",
        QUESTIONS[name].aim,
        *(f"{own[0].memory:.0f}" for own in runs.values()),
        "" if same else "OTHER ANSWERS",
    )


@click.command()
@click.option("--calls", default=10_000_000, show_default=True)
@click.option("--rounds", default=5, show_default=True)
@click.argument("words", nargs=-1)
def main(calls: int, rounds: int, words: tuple[str, ...]) -> None:
    """Print how long each word takes here and elsewhere, in ms and MB."""
    names = [name for name in QUESTIONS if not words or any(word in name for word in words)]
    click.echo(f"{calls:,} calls, {rounds} rounds, {os.cpu_count()} cores; ms, ratio, MB")
    titles = ("word", *LOADERS, "ratio", "aim", *(f"{name} MB" for name in LOADERS), "")
    click.echo(LINE.format(*titles))
    equal = True
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "calls.parquet")
        write(calls, path)
        for name in names:
            runs, same = asked(name, path, rounds)
            equal &= same
            click.echo(told(name, runs, same=same))
    sys.exit(not equal)


if __name__ == "__main__":
    main()
