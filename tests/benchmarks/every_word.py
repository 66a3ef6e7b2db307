"""What every word costs: `python -m tests.benchmarks.every_word [calls]`.

Every word of `calls.retell` that needs no screen is asked of a million made-up calls, or as many as
are named, in a frame that nobody has asked anything. Before that it is asked of a thousand, so that
what is imported when used is there. The table has seconds by the clock and of the processors, and
the most memory above the frame.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

import retell_nb as rn
from retell_nb.words import QUESTIONS
from tests.benchmarks.workers import memory

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 1_000_000
SCREEN = {"explore", "to_excel"}
GIVEN: dict[str, tuple[Any, ...]] = {
    "select": ({"outcome": "failed"},),
    "rates": ("agent", "hour"),
    "trend": ("D", "agent"),
    "kpis": ("agent",),
    "check": (["rate(failed) > 0.1"],),
    "compare": ("agent_version",),
    "control_chart": ("D",),
    "concurrency": ("D",),
}
"""What is typed in brackets, where it is something."""


def asked(word: str) -> Callable[[pd.DataFrame], Any]:
    """Return how a word is asked of calls; two compare the later half with the earlier one."""

    def ask(calls: pd.DataFrame) -> Any:
        if word in ("explain", "decompose"):
            middle = calls["start_timestamp"].quantile()
            late = calls["start_timestamp"] >= middle
            by = ("agent",) if word == "decompose" else ()
            return getattr(calls[late].retell, word)(calls[~late], *by)
        said = getattr(calls.retell, word)
        return said(*GIVEN.get(word, ())) if callable(said) else said

    return ask


def main() -> None:
    """Print the table."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else CALLS
    few, many = rn.sample_calls(1_000), rn.sample_calls(size)
    rows = {}
    for word in (name for names in QUESTIONS.values() for name in names if name not in SCREEN):
        ask = asked(word)
        ask(few.copy())
        calls = many.copy()
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before, clock, processor = memory("VmRSS"), perf_counter(), process_time()
        ask(calls)
        spent = perf_counter() - clock, process_time() - processor
        rows[word] = (*spent, memory("VmHWM") - before)
    table = pd.DataFrame.from_dict(rows, "index", columns=["seconds", "processor", "MB"])
    click.echo(f"{size:,} calls")
    click.echo(table.round({"seconds": 2, "processor": 2, "MB": 0}).to_string())


if __name__ == "__main__":
    main()
