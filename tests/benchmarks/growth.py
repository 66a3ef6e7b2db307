"""How the words grow with the calls: `python -m tests.benchmarks.growth [picture]`.

Each word is asked in a process of its own that holds the calls, on all cores: once to be ready,
then three times. The table has the median seconds at 100 thousand, a million and 10 million calls,
and how many times as long a word takes of ten times as many calls; a picture shows them, both axes
logarithmic.
"""

from __future__ import annotations

import multiprocessing
import sys
import tempfile
from pathlib import Path
from statistics import median

import click
import pandas as pd
from matplotlib import pyplot as plt

from tests.benchmarks.calls import write
from tests.benchmarks.peers import QUESTIONS
from tests.benchmarks.workers import worker

SIZES, ROUNDS = (100_000, 1_000_000, 10_000_000), 3


def seconds(name: str, path: Path) -> float:
    """Return how long one word takes."""
    start = multiprocessing.get_context("spawn")
    line, other = start.Pipe()
    asked = start.Process(target=worker, args=("ours", name, path, other), daemon=True)
    asked.start()
    other.close()  # so that a worker that fails ends the wait for it
    line.recv()
    times = []
    for _ in range(1 + ROUNDS):
        line.send(1)
        times.append(line.recv()[0].seconds)
    line.send(0)
    asked.join()
    return median(times[1:])


def draw(table: pd.DataFrame, place: str) -> None:
    """Draw a line for each word, named at its end."""
    figure, ax = plt.subplots(figsize=(7.2, 5.2), layout="constrained")
    ends = table[SIZES[-1]].sort_values()
    height = 0.0
    for word, end in ends.items():
        (line,) = ax.loglog(SIZES, table.loc[word], marker="o", markersize=3, linewidth=1.2)
        height = max(end, height * 1.22)  # names do not cover one another
        ax.annotate(
            str(word),
            (SIZES[-1], end),
            (SIZES[-1] * 1.25, height),
            va="center",
            color=line.get_color(),
            arrowprops={"arrowstyle": "-", "color": line.get_color(), "relpos": (0, 0.5)},
        )
    ax.set(xlabel="calls", ylabel="seconds", xlim=(SIZES[0] * 0.8, SIZES[-1] * 14))
    ax.set_xticks(SIZES, ["100 thousand", "1 million", "10 million"])
    ax.set_yticks([0.01, 0.1, 1], ["0.01", "0.1", "1"])
    ax.minorticks_off()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines["bottom"].set_bounds(SIZES[0], SIZES[-1])
    figure.savefig(place, dpi=160)


def main() -> None:
    """Print the table; draw it where a place is given."""
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        for size in SIZES:
            path = Path(folder, f"{size}.parquet")
            write(size, path)
            columns[size] = {name: seconds(name, path) for name in QUESTIONS}
    table = pd.DataFrame(columns)
    ratios = {f"x10 from {size:,}": table[10 * size] / table[size] for size in SIZES[:-1]}
    click.echo(table.assign(**ratios).round(3).to_string())
    if len(sys.argv) > 1:
        draw(table, sys.argv[1])


if __name__ == "__main__":
    main()
