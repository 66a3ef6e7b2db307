"""Tables that databases draw for the eye are read like those that they export."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from retell_nb.calls.reading.files import read_calls

if TYPE_CHECKING:
    from pathlib import Path

LABELS = ("call_id", "end_reason", "started_at", "note")
ROWS = (
    ("call_1", "user_hangup", "2026-03-02 14:03:00", ""),
    ("call_2", "dial_busy", "2026-03-02 15:10:00", "-"),
)
TYPES = ("varchar", "varchar", "timestamp", "decimal(18,3)")


def drawn(signs: str, *, types: bool = False, between: bool = False) -> str:
    """The table in a box of these signs: a line, a bar, corners of top, middle and bottom."""
    dash, bar, *corners = signs
    rows = [LABELS, *([TYPES] if types else []), *ROWS]
    widths = [max(map(len, cells)) + 2 for cells in zip(*rows, strict=True)]

    def line(left: str, cross: str, right: str) -> str:
        return left + cross.join(dash * width for width in widths) + right

    def row(cells: tuple[str, ...]) -> str:
        texts = (f" {cell}".ljust(width) for cell, width in zip(cells, widths, strict=True))
        return bar + bar.join(texts) + bar

    top, middle, bottom = (line(*corners[at : at + 3]) for at in (0, 3, 6))
    body = [row(cells) for cells in ROWS]
    head = [row(LABELS), *([row(TYPES)] if types else []), middle]
    return "\n".join([top, *head, *([body[0], middle, body[1]] if between else body), bottom, ""])


def read(folder: Path, text: str) -> pd.DataFrame:
    path = folder / "calls.txt"
    path.write_text(text, encoding="utf-8")
    return read_calls(path)


def assert_read(calls: pd.DataFrame) -> None:
    assert calls["call_id"].tolist() == ["call_1", "call_2"]
    assert calls["disconnection_reason"].tolist() == ["user_hangup", "dial_busy"]
    assert calls["start_timestamp"].dt.strftime("%H:%M").tolist() == ["14:03", "15:10"]
    assert calls.attrs["rejected"] == []
    assert not [label for label in calls.columns if not label.strip(" .0123456789")]


@pytest.mark.parametrize("between", [True, False])
@pytest.mark.parametrize("types", [True, False])
@pytest.mark.parametrize("signs", ["─│┌┬┐├┼┤└┴┘", "═║╔╦╗╠╬╣╚╩╝", "━┃┏┳┓┡╇┩└┴┘", "-|+++++++++"])
def test_a_table_in_a_box_is_read(tmp_path: Path, signs: str, types: bool, between: bool) -> None:  # noqa: FBT001 - parameters
    """As DuckDB, SQLite, polars and MySQL print it, with types below the labels or not."""
    assert_read(read(tmp_path, drawn(signs, types=types, between=between)))


def test_what_a_shell_says_around_a_drawn_table_is_none_of_its_rows(tmp_path: Path) -> None:
    table = drawn("-|+++++++++")
    assert_read(read(tmp_path, f"mysql> table calls;\n{table}2 rows in set (0.01 sec)\n"))
    bare = "\n".join(line.strip("|+") for line in table.splitlines()[1:-1])
    assert_read(read(tmp_path, f"{bare}\n(2 rows)\n\n"))


@pytest.mark.parametrize("cut", ["·", "…"])
def test_a_drawn_table_that_was_cut_says_so(tmp_path: Path, cut: str) -> None:
    lines = drawn("─│┌┬┐├┼┤└┴┘").splitlines()
    lines.insert(4, "│" + "│".join([f" {cut} "] * 4) + "│")
    calls = read(tmp_path, "\n".join(lines))
    assert_read(calls)
    assert any("rows left out" in note for note in calls.attrs["notes"])


@pytest.mark.parametrize(
    ("begin", "bar"), [("-[ RECORD {} ]---+----", "|"), ("****** {}. row ******", ":")]
)
def test_records_one_below_the_other_are_read(tmp_path: Path, begin: str, bar: str) -> None:
    lines = []
    for number, row in enumerate(ROWS, 1):
        lines.append(begin.format(number))
        lines += [f"{label:<12}{bar} {cell}" for label, cell in zip(LABELS, row, strict=True)]
    assert_read(read(tmp_path, "\n".join(lines)))


def test_lines_drawn_within_a_cell_are_text_of_it(tmp_path: Path) -> None:
    text = (
        'call_id,end_reason,own\nc1,dial_busy,"| a | b |\n|---|---|\n| 1 | 2 |"\nc2,user_hangup,\n'
    )
    calls = read(tmp_path, text)
    assert calls["call_id"].tolist() == ["c1", "c2"]
    assert calls["own"].iloc[0].count("\n") == 2


def test_marks_of_which_two_readers_make_different_cells_raise_nothing(tmp_path: Path) -> None:
    """As in a stream of events, whose lines hold JSON behind a word."""
    lines = [f'data: {{"call_id": "c{n}", "end_reason": "dial_busy"}}' for n in range(3)]
    calls = read(tmp_path, "".join(f"event: call\n{line}\n\n" for line in lines))
    assert calls["call_id"].tolist() == ["c0", "c1", "c2"]
