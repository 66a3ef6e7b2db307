# ruff: noqa: T201 - a benchmark prints
"""How fast the explorer answers: a scripted session of 100 changes, on the kernel's side.

    python tests/benchmarks/explorer.py [calls]

Every change is one that a person makes on the screen; all of it is timed that the kernel does
until the browser has it all: filter, count, draw, list the calls, bring the widgets up to date.
A busy machine makes the wall clock late, so the processor's time stands beside it. Exits with 1
where an aim is missed.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

import retell_nb as rn
from retell_nb.explorer import pages, pictures, state
from retell_nb.explorer.controls import Controls
from retell_nb.explorer.index import Index

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from retell_nb.explorer.explorer import Explorer

CHANGES = 100
AIMS = {"median": 0.15, "95th percentile": 0.3, "first paint": 0.8}
LARGE = {"median": 1.0, "95th percentile": 1.0, "first paint": np.inf}
SPENT: dict[str, float] = defaultdict(float)


def timed(step: str, holder: Any, name: str) -> None:
    """Add the time that a function takes to its step."""
    work = getattr(holder, name)

    def watched(*given: Any, **options: Any) -> Any:
        start = time.perf_counter()
        try:
            return work(*given, **options)
        finally:
            SPENT[step] += time.perf_counter() - start

    setattr(holder, name, watched)


def clock(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall clock and of the processor that some work takes."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def changes(explorer: Explorer, dice: random.Random) -> list[dict[str, Any]]:
    """What somebody looks for: each change is made on top of the one before."""
    numbers = explorer.state.index.key("from_number").levels.tolist()
    steps: list[dict[str, Any]] = []
    for turn in range(CHANGES // 10):
        day = 1 + 2 * turn
        steps += [
            {"outcome": ["failed"]},
            {"category": [dice.choice(["dial_failure", "llm_server", "capacity", "trunk"])]},
            {"agent_id": [dice.choice(explorer.state.index.key("agent_id").levels.tolist())]},
            {"category": None, "agent_id": None},
            {"start": f"2026-03-{day + 1:02}", "end": f"2026-03-{day + 8:02}"},
            {"direction": ["outbound"], "from_number": [dice.choice(numbers[:400])]},
            {"from_number": None, "weekday": [turn % 5], "hour": [8 + turn]},
            {"weekday": None, "hour": None, "outcome": None, "start": None, "end": None},
            {"search": f"+1{dice.randrange(200, 999)}" if turn % 2 else f"{turn:03x}"},
            dict.fromkeys(explorer.filters) | {"search": None, "reason": [dice.choice(
                ["dial_failed", "user_hangup", "marked_as_spam", "inactivity"])]},
        ]  # fmt: skip
    return steps


def opened(calls: pd.DataFrame) -> tuple[Explorer, tuple[float, float]]:
    """Open the explorer as a notebook does, on an event loop; the findings come afterwards."""
    made: list[Explorer] = []

    async def cell() -> tuple[float, float]:
        def paint() -> None:
            made.append(calls.retell.explore())
            made[0]._repr_mimebundle_()

        return clock(paint)

    painted = asyncio.run(cell())  # which waits for the findings before it returns
    return made[0], painted


def main() -> int:
    size = int(float(sys.argv[1])) if len(sys.argv) > 1 else 1_000_000
    calls = rn.sample_calls(size, seed=7)
    timed("filter", Index, "mask")
    timed("count", state, "view")
    timed("draw", pictures, "drawn")
    timed("list", pages, "order")
    timed("list", pages, "page")
    timed("widgets", Controls, "show")
    explorer, paint = opened(calls)
    steps = changes(explorer, random.Random(7))  # noqa: S311 - no secret
    SPENT.clear()
    spent = np.array([clock(lambda step=step: explorer.screen._pick(step)) for step in steps])  # noqa: SLF001
    assert not explorer.screen.message.value, explorer.screen.message.value
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"{size:,} calls, {len(steps)} changes; {busy}")
    print(f"{'':18}{'wall':>10}{'processor':>12}{'aim':>8}")
    told = {
        "first paint": paint,
        "median": tuple(np.median(spent, axis=0)),
        "95th percentile": tuple(np.quantile(spent, 0.95, axis=0)),
    }
    aims = AIMS if size <= 1_000_000 else LARGE
    for name, (wall, processor) in told.items():
        print(f"{name:18}{1e3 * wall:7.0f} ms{1e3 * processor:9.0f} ms{1e3 * aims[name]:8.0f}")
    for step, seconds in SPENT.items():
        print(f"  of a change, {step:8}{1e3 * seconds / len(steps):4.0f} ms wall clock on average")
    print("  (count holds most of filter)")
    return int(any(wall > aims[name] for name, (wall, _) in told.items()))


if __name__ == "__main__":
    sys.exit(main())
