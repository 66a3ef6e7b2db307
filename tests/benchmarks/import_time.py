"""What `import retell_nb` costs over `import pandas`: `python tests/benchmarks/import_time.py`.

Whole processes are timed, the two in turn, so that a busy moment of the machine meets both. The
aim is a ratio of medians of at most 1.3; the exit code says whether it was met.
"""

from __future__ import annotations

import subprocess
import sys
from statistics import median
from time import perf_counter

ROUNDS, LIMIT = 21, 1.3
STATEMENTS = ("import pandas", "import retell_nb")


def seconds(statement: str) -> float:
    """Return how long a Python takes that runs one statement and nothing else."""
    start = perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return perf_counter() - start


def main() -> int:
    """Time both statements, and print medians and ratio."""
    for statement in STATEMENTS:  # the first time, files are read from disk
        seconds(statement)
    rounds = [[seconds(statement) for statement in STATEMENTS] for _ in range(ROUNDS)]
    pandas, ours = (median(times) for times in zip(*rounds, strict=True))
    lines = [
        f"{name}: {time * 1e3:.0f} ms"
        for name, time in zip(STATEMENTS, (pandas, ours), strict=True)
    ]
    print(*lines, f"ratio of medians, {ROUNDS} rounds: {ours / pandas:.2f}", sep="\n")  # noqa: T201 - the result
    return ours / pandas > LIMIT


if __name__ == "__main__":
    sys.exit(main())
