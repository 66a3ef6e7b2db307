"""Who answers the questions: a process for each library, which holds the calls."""

from __future__ import annotations

import re
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.calls import in_duckdb, in_pandas, in_polars
from tests.benchmarks.peers import QUESTIONS

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

__all__ = ["LOADERS", "Run", "worker"]

LOADERS = {"ours": in_pandas, "polars": in_polars, "duckdb": in_duckdb}


class Run(NamedTuple):
    """Seconds that one run took, and MB of memory above what was there before."""

    seconds: float
    memory: float


def memory(kind: str) -> float:
    """Return the memory of this process in MB, at present (VmRSS) or at most (VmHWM)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (kilobytes,) = re.findall(rf"{kind}:\s*(\d+)", status)
    return int(kilobytes) / 1024


def worker(library: str, name: str, path: Path, line: Connection) -> None:
    """Hold the calls, and answer one question as often as is asked for."""
    question = QUESTIONS[name]
    calls = LOADERS[library](path, question.columns, text=question.text)
    ask = getattr(question, library)
    line.send(None)
    while line.recv():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before, start = memory("VmRSS"), perf_counter()
        result = ask(calls)
        run = Run(perf_counter() - start, memory("VmHWM") - before)
        line.send((run, question.answer(result)))
        del result
