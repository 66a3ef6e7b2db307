"""Stray quotation marks in CSV: no row is lost in silence, and undamaged rows stay as they are."""

from __future__ import annotations

import csv
import gzip
import io
import random
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from payloads import read, whys

from retell_nb.calls.reading.tabular import table_of_csv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HEADER = ["Session ID", "Time", "End Reason", "Duration", "Summary"]
REASONS = ["user_hangup", "agent_hangup", "dial_no_answer"]
TALKS = ["fine", "", "yes, I think, so", 'he said "fine", twice', "Agent: Hello, you\nUser: a, b"]


def rows(dice: random.Random, count: int, talks: list[str]) -> list[list[str]]:
    return [
        [
            f"call_{number}",
            f"2026-03-{dice.randint(1, 28):02d} 11:{dice.randint(0, 59):02d}:00",
            dice.choice(REASONS),
            f"{dice.randint(0, 9)}m {dice.randint(0, 59)}s",
            dice.choice(talks),
        ]
        for number in range(count)
    ]


def texts(cells: list[list[str]], separator: str, end: str, quoting: int) -> list[str]:
    """Each row as csv writes it."""
    lines = []
    for row in cells:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=separator, lineterminator=end, quoting=quoting).writerow(row)
        lines.append(file.getvalue())
    return lines


def with_mark(dice: random.Random, text: str) -> str:
    """The text with one more quotation mark, anywhere before its end."""
    place = dice.randint(0, len(text.rstrip("\r\n")))
    return f'{text[:place]}"{text[place:]}'


@pytest.mark.parametrize("damages", [1, 2, 9])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["some", "all"])
@pytest.mark.parametrize("talks", [TALKS[:3], TALKS], ids=["lines", "breaks"])
@pytest.mark.parametrize("seed", range(12))
def test_a_stray_mark_costs_no_other_row(
    damages: int, quoting: int, talks: list[str], seed: int
) -> None:
    """Rows without a stray mark are read as from the undamaged file; none is missing."""
    dice = random.Random(seed)  # noqa: S311 - damage, no secret
    separator, end = dice.choice(",;\t"), dice.choice(["\n", "\r\n"])
    first, *lines = texts([HEADER, *rows(dice, 120, talks)], separator, end, quoting)
    clean, _ = table_of_csv((first + "".join(lines)).encode())
    hit = dice.sample(range(5, 120, 5), damages)
    damaged = [with_mark(dice, line) if at in hit else line for at, line in enumerate(lines)]
    table, wrong = table_of_csv((first + "".join(damaged)).encode())
    others = [row for row in clean.index if row - 1 not in hit]
    unhurt = table.set_index("Session ID").loc[clean.loc[others, "Session ID"]]
    expected = clean.loc[others].set_index("Session ID")
    pd.testing.assert_frame_equal(unhurt, expected)
    extra = len(table) + len(wrong) - len(lines)
    several = sum(lines[at].count("\n") - 1 for at in hit)
    assert 0 <= extra <= several  # pieces of a row of several lines may count by themselves


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("column", range(5))
def test_a_mark_that_never_closes_is_told_with_its_line(
    tmp_path: Path, column: int, pack: Callable[[bytes], bytes]
) -> None:
    """The third of 1,000 rows opens a cell, in any column; the other 999 are calls."""
    cells = rows(random.Random(1), 1000, ["fine"])  # noqa: S311 - made-up calls
    cells[2][column] = f'"{cells[2][column]}'
    text = "\ufeff" + "\n".join(",".join(row) for row in [HEADER, *cells])
    data = pack(text.encode())
    with pytest.warns(UserWarning, match="row 3: stray quotation mark in line 4"):
        calls = read(tmp_path, data)
    assert calls["call_id"].tolist() == [f"call_{n}" for n in range(1000) if n != 2]
    assert whys(calls) == [("row 3", "stray quotation mark in line 4")]


def test_two_marks_that_pair_up_hide_no_rows_between() -> None:
    """One opens a cell and the other closes one far below: well-formed, yet not a cell."""
    cells = rows(random.Random(2), 300, ["fine"])  # noqa: S311 - made-up calls
    cells[10][2] = f'"{cells[10][2]}'
    cells[200][2] += '"'
    table, wrong = table_of_csv("\n".join(",".join(row) for row in [HEADER, *cells]).encode())
    assert sorted([*table.index, *wrong]) == [*range(1, 301)]
    assert wrong == {11: "stray quotation mark in line 12"}


@pytest.mark.parametrize("label", ['"End Reason', 'End Reason"', 'End "Reason'])
def test_a_mark_in_the_header_hides_no_rows(tmp_path: Path, label: str) -> None:
    """Its label is known without the mark."""
    text = f"Session ID,{label},Duration\ncall_1,user_hangup,1s\ncall_2,dial_busy,0s\n"
    if label.startswith('"'):
        with pytest.warns(UserWarning, match="the header: stray quotation mark in line 1"):
            calls = read(tmp_path, text)
    else:
        calls = read(tmp_path, text)
    assert calls["disconnection_reason"].tolist() == ["user_hangup", "dial_busy"]


def test_a_mark_that_opens_the_last_row_is_told() -> None:
    """The end of the file closes no cell."""
    table, wrong = table_of_csv(b'a,b\n1,x\n2,"y\n')
    assert table.to_dict("index") == {1: {"a": "1", "b": "x"}}
    assert wrong == {2: "stray quotation mark in line 3"}


def test_a_cell_of_thousands_of_lines_stays_one_cell() -> None:
    """Also with separators, doubled marks, and a line that could be a row."""
    talk = 'Agent: well, yes, "fine", I see\n' * 3000 + "a,b,c,d,e"
    cells = [[*row[:4], talk] for row in rows(random.Random(3), 20, TALKS)]  # noqa: S311
    text = "".join(texts([HEADER, *cells], ",", "\r\n", csv.QUOTE_MINIMAL))
    table, wrong = table_of_csv(text.encode())
    assert table.to_numpy().tolist() == cells
    assert wrong == {}
