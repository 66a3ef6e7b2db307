"""False alarms and power of silence: `python tests/benchmarks/silence_power.py [workspaces]`.

A workspace has 50 lines of ten calls a working day, 8:00 to 18:00, and eight weeks behind it. It is
looked at after every working hour of four healthy weeks; a run of hours for which a line is called
silent is one false alarm. The aim is at most one. Then every tenth line goes dark, at the start of
a working day or at its noon; it is seen where it is called silent before that day is over. The aim
is 90% from the start of the day. Counts are negative binomial: by the hour, each hour with its own
chance, or by the day, which is good or bad as a whole.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd

from retell_nb.engine.silence import STATES, silence

SEED, WORKSPACES, LINES, CALLS, WEEKS = 14, 20, 50, 10.0, 8
MOST_FALSE, LEAST_SEEN = 1.0, 0.90
SHAPE = np.array([0.6, 1.0, 1.3, 1.3, 1.0, 0.8, 1.1, 1.2, 1.0, 0.7])
HOURS = np.arange(168)
OPEN = (HOURS % 24 >= 8) & (HOURS % 24 < 18) & (HOURS < 120)
MEANS = np.where(OPEN, CALLS * np.roll(np.append(SHAPE, np.zeros(14)), 8)[HOURS % 24] / 10, 0)
SILENT = STATES.index("silent")


def workspace(
    rng: np.random.Generator, weeks: int, spread: float, per: str, *, differ: bool = False
) -> np.ndarray[Any, Any]:
    """Return calls of every line in every hour of healthy weeks.

    Where lines differ, four fifths of them have 2 to 50 calls a day.
    """
    level = (
        np.exp(rng.uniform(np.log(0.2), np.log(5), (LINES, 1))) if differ else np.ones((LINES, 1))
    )
    level[::10] = 1
    days = rng.gamma(spread, 1 / spread, (LINES, 7 * weeks)) if per == "day" else np.ones(1)
    hours = rng.gamma(spread, 1 / spread, (LINES, 168 * weeks)) if per == "hour" else np.ones(1)
    good = np.repeat(days, 24, axis=-1) if per == "day" else hours
    return rng.poisson(np.tile(MEANS, weeks) * good * level, (LINES, 168 * weeks))


def silent_at(counts: np.ndarray[Any, Any], now: int) -> Any:
    """Return what can be said after so many hours, of the eight weeks before."""
    first = now - 168 * WEEKS
    return silence(counts[:, first:now], np.arange(first, now) % 168)


def false_alarms(rng: np.random.Generator, spread: float, per: str) -> int:
    """Return in how many runs of hours a line is called silent in four healthy weeks."""
    counts = workspace(rng, WEEKS + 4, spread, per)
    alarms = set()
    for now in range(168 * WEEKS + 1, counts.shape[1] + 1):
        if OPEN[(now - 1) % 168]:
            result = silent_at(counts, now)
            first = now - 168 * WEEKS
            lines = np.flatnonzero(result.state == SILENT)
            alarms |= {(int(line), int(result.since[line]) + first) for line in lines}
    return len(alarms)


def share_seen(rng: np.random.Generator, spread: float, per: str, hour: int) -> float:
    """Return the share of dark lines that are called silent within the working day."""
    counts = workspace(rng, WEEKS + 1, spread, per)
    day = 168 * WEEKS + 24 * int(rng.integers(5))
    counts[::10, day + hour :] = 0
    detected = np.zeros(LINES, dtype=bool)
    for now in range(day + hour + 1, day + 19):
        detected |= silent_at(counts, now).state == SILENT
    return float(detected[::10].mean())


def main() -> int:
    """Print the table; return 1 where an aim is missed."""
    workspaces = int(sys.argv[1]) if len(sys.argv) > 1 else WORKSPACES
    rows = []
    for per, spread in (("hour", 4.0), ("hour", 16.0), ("hour", 1e6), ("day", 4.0), ("day", 16.0)):
        rng = np.random.default_rng(SEED)
        alarms = [false_alarms(rng, spread, per) for _ in range(workspaces)]
        detected = [
            np.mean([share_seen(rng, spread, per, hour) for _ in range(5 * workspaces)])
            for hour in (0, 12)
        ]
        rows.append((per, spread, np.mean(alarms), *detected))
    names = ["spread per", "k", "false alarms", "dark from morning", "dark from noon"]
    table = pd.DataFrame(rows, columns=names)
    print(f"{workspaces} workspaces, seed {SEED}")  # noqa: T201 - the result
    print(table.round(3).to_string(index=False))  # noqa: T201 - the result
    by_hour = table["spread per"] == "hour"
    missed = (table["false alarms"] > MOST_FALSE).any()
    return int(missed or (table.loc[by_hour, "dark from morning"] < LEAST_SEEN).any())


if __name__ == "__main__":
    sys.exit(main())
