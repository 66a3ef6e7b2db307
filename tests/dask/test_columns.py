"""What each word is said to read is all that its code names."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

import retell_nb as rn
from retell_nb import tables
from retell_nb.calls.schema import SCHEMA
from retell_nb.dask.columns import READS, behind

HOUSE = Path(rn.__file__).parent
BY_NAME = {
    *(f"calls.{room}" for room in ("agents", "dimensions", "facts", "masking")),
    "selection.matching",
}
"""Rooms that look at a column where one groups or filters by it, which `behind` knows."""

LISTS = {"calls.labels", "calls.schema", "text", "vocabulary.reasons"}
"""Rooms that name columns and read none."""

OTHERS = {
    "breakdown": {"calls.stuck"},
    "compare": {"selection.checks"},  # only where a selection names a trouble
    "costs": {"calls.stuck"},
    "decompose": {
        "tables.change.explain",
        "calls.repeats",
    },  # what stands beside it: `explain`, charts
    "tally": {"calls.stuck"},
    "transfers": {"calls.stuck"},
}
"""Rooms that the code of a word imports, for another word's sake."""


NOT_ASKED = {"findings": {"call_id"}}
"""Columns that only checks look at that the word makes no use of."""


@cache
def parsed(room: str) -> tuple[frozenset[str], frozenset[str]]:
    """The columns that a room names outside of docstrings, and the rooms that it imports."""
    path = HOUSE.joinpath(*room.split("."))
    path = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not path.is_file():
        return frozenset(), frozenset()
    names, rooms = set(), set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and node.value in SCHEMA:
            names.add(node.value)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("retell_nb."):
            module = str(node.module).removeprefix("retell_nb.")
            rooms |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(names), frozenset(rooms)


def rooms_behind(word: str) -> set[str]:
    """All rooms that the code of a word may run through."""
    waiting, rooms = [getattr(tables, word).__module__.removeprefix("retell_nb.")], set()
    while waiting:
        room = waiting.pop()
        if room not in rooms and room not in LISTS and room != "tables":
            rooms.add(room)
            waiting += parsed(room)[1]
    return rooms - BY_NAME - OTHERS.get(word, set())


@pytest.mark.parametrize("word", READS)
def test_a_word_reads_what_its_code_names(word: str) -> None:
    """A column that is read and not brought would be missing from the calls, in silence."""
    names = set().union(*(parsed(room)[0] for room in rooms_behind(word)))
    assert names - NOT_ASKED.get(word, set()) <= {*READS[word].columns, *READS[word].present}


def test_all_that_suspects_a_call_is_read() -> None:
    """Latencies whose names are put together are there too."""
    assert {"e2e_latency_p50", "e2e_latency_p95"} <= {*READS["llm_server"].columns}


def test_what_one_groups_by_stands_for_columns() -> None:
    """Words and dimensions are made of other columns than those of their name."""
    assert set(behind("version")) == {"version", "agent_id", "agent_name", "agent_version"}
    assert "call_status" in behind("outcome")
    assert "transfer_destination" in behind("trouble")
    assert behind("my column") == ("my column",)
