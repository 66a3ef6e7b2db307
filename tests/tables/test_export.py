"""Tables to files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings

import retell_nb as rn
from retell_nb.tables import export

if TYPE_CHECKING:
    from pathlib import Path


def test_tables_are_written_as_csv_of_their_names(tmp_path: Path) -> None:
    """Each table is a CSV file without an index, in a folder that is made, and can be read back."""
    calls = rn.sample_calls(400, seed=2)
    tables = {"tally": calls.retell.tally("outcome"), "rates": calls.retell.rates("agent_id")}
    folder = tmp_path / "new" / "tables"
    paths = rn.save_tables(folder, **tables)
    assert paths == [folder / "tally.csv", folder / "rates.csv"]
    for path, table in zip(paths, tables.values(), strict=True):
        back = pd.read_csv(path)
        assert list(back.columns) == list(table.columns)
        assert back["calls"].tolist() == table["calls"].tolist()


def test_an_earlier_table_is_written_over(tmp_path: Path) -> None:
    """A second report into the same folder leaves its own tables, and other files alone."""
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    for value in (1, 2):
        rn.save_tables(str(tmp_path), a=pd.DataFrame({"n": [value]}))
    assert (tmp_path / "a.csv").read_text(encoding="utf-8").split() == ["n", "2"]
    assert (tmp_path / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_without_a_folder_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None is for no tables."""
    monkeypatch.chdir(tmp_path)
    assert rn.save_tables(None, a=pd.DataFrame({"n": [1]})) == []
    assert list(tmp_path.iterdir()) == []


def test_text_of_any_language_is_kept(tmp_path: Path) -> None:
    """Files are UTF-8, with marks, quotes and line breaks as they were."""
    texts = ["Mañana", 'a "b", c', "two\nlines", "\u202eabc"]
    (path,) = rn.save_tables(tmp_path, a=pd.DataFrame({"name": texts}))
    assert pd.read_csv(path, encoding="utf-8")["name"].tolist() == texts


def test_mappings_are_written_as_json(tmp_path: Path) -> None:
    """The filters of a finding can be read back, and give its calls."""
    calls = rn.sample_calls(3_000, seed=2)
    findings = calls.retell.findings()
    (path,) = rn.save_tables(tmp_path, findings=findings)
    row = pd.read_csv(path).iloc[0]
    assert json.loads(row["filters"]) == findings["filters"].iloc[0]
    assert len(calls.retell.select(row)) == row["calls"]


LIVE = [
    "=1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1",
    "+1-800-FLOWERS", "-cmd|' /C calc'!A0", "+1 (415) 555",
    "\uff1d1+1", "'=1+1", "''@x", "-", "+",
]  # fmt: skip
PLAIN = ["+14155550100", "-5", "-1.5e3", "+1,234.5", "-3%", "'tis", "a=b", "call_1", ""]


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path) -> None:
    """In cells, categories and headers; numbers and other texts stay as they are."""
    table = pd.DataFrame({"text": [*LIVE, *PLAIN], "=1+1": pd.Categorical([*LIVE, *PLAIN])})
    (path,) = rn.save_tables(tmp_path, a=table)
    back = pd.read_csv(path, keep_default_na=False, dtype=str)
    assert back.columns.tolist() == ["text", "'=1+1"]
    for name in back.columns:
        assert back[name].tolist() == [*(f"'{text}" for text in LIVE), *PLAIN]


def test_a_header_that_a_spreadsheet_would_run_is_read_again(tmp_path: Path) -> None:
    """As it was, from a folder of CSV files and from a workbook, where it is typed as text."""
    calls = rn.as_calls(
        pd.DataFrame(
            {
                "call_id": ["c"],
                "End Reason": ["x"],
                "=1+1": ["=2"],
                "@a": ["-cmd"],
                "'tis": ["\t=1"],
            }
        )
    )
    (table,) = rn.save_tables(tmp_path, calls=calls)
    book = calls.retell.to_excel(tmp_path / "calls.xlsx")
    back = rn.read_calls(table), rn.as_calls(pd.read_excel(book, dtype=str))
    for again in back:
        assert again["=1+1"].tolist() == ["=2"]
        assert again["@a"].tolist() == ["-cmd"]
        assert "'tis" in again.columns
    sheet = openpyxl.load_workbook(book).active
    assert {cell.data_type for row in sheet for cell in row} <= {"s", "n"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text("=@+-'1a \t\uff1d", min_size=1), min_size=1, max_size=5))
@example(["'1", "''2026-03-02 14:03", "'1a", "'-1"])
def test_what_is_saved_is_read_again_as_it_was(tmp_path: Path, names: list[str]) -> None:
    """The apostrophe that saving puts before a text is taken off by the reader, and no other."""
    calls = pd.DataFrame({"call_id": [f"call_{n}" for n in range(len(names))], "site": names})
    calls = rn.as_calls(calls.assign(disconnection_reason="dial_busy"))
    (path,) = rn.save_tables(tmp_path, calls=calls)
    assert rn.read_calls(path)["site"].tolist() == names


def test_a_workbook_has_no_formulas_and_times_of_a_named_zone(tmp_path: Path) -> None:
    """Texts are typed as text, what is missing is empty, what XML cannot hold is replaced."""
    names = [*LIVE, *PLAIN[:-1], "#N/A", "bell\x07"]
    calls = pd.DataFrame(
        {
            "agent_name": names,
            "start_timestamp": pd.Series(pd.Timestamp("2026-03-02T23:30Z"), range(len(names))),
            "duration_ms": pd.array(
                [1, None] * (len(names) // 2) + [1] * (len(names) % 2), "Int64"
            ),
            "disconnection_reason": pd.Categorical(["dial_busy"] * len(names)),
            "filters": [{"owner": "agent"}] * len(names),
        }
    )
    path = calls.retell.to_excel(tmp_path / "new" / "calls.xlsx", tz="Europe/Berlin")
    rows = [*openpyxl.load_workbook(path).active.iter_rows()]
    header = [cell.value for cell in rows[0]]
    assert header[:2] == ["agent_name", "start_timestamp (Europe/Berlin)"]
    assert {row[0].data_type for row in rows} == {"s"}
    shown = [row[0].value.replace("_x000D_", "\r") for row in rows[1:]]
    assert shown == [*(name.replace("\r", "\n") for name in names[:-1]), "bell\ufffd"]
    assert rows[1][1].value.isoformat() == "2026-03-03T00:30:00"
    assert [rows[1][2].value, rows[2][2].value] == [1, None]
    assert json.loads(rows[1][4].value) == {"owner": "agent"}


def test_what_no_call_tells_is_an_empty_cell(tmp_path: Path) -> None:
    """In a column of any kind."""
    calls = rn.as_calls(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
    path = calls.retell.to_excel(tmp_path / "calls.xlsx")
    rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True, min_row=2)
    assert [cell for cell in next(rows) if cell is not None] == ["dial_busy"]


def test_tables_are_sheets_of_one_workbook(tmp_path: Path) -> None:
    """A path that ends in .xlsx is a workbook; names that no sheet can have are made ones."""
    calls = rn.sample_calls(300, seed=2)
    tables = {"tally": calls.retell.tally("outcome"), "a/b" + "c" * 40: pd.DataFrame({"n": [1]})}
    (path,) = rn.save_tables(tmp_path / "report.xlsx", **tables)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["tally", ("a b" + "c" * 40)[:31]]
    assert book["tally"].max_row == len(tables["tally"]) + 1


def test_what_a_sheet_cannot_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another ending, a zone that is none, too many rows: each error says what to do."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_busy"] * 3})
    with pytest.raises(ValueError, match=r"does not end in .xlsx"):
        calls.retell.to_excel(tmp_path / "calls.csv")
    with pytest.raises(ValueError, match="not a time zone"):
        calls.retell.to_excel(tmp_path / "calls.xlsx", tz="Mars")
    monkeypatch.setattr(export, "_MOST_ROWS", 2)
    with pytest.raises(ValueError, match="calls has 3 rows, and a sheet holds 2"):
        calls.retell.to_excel(tmp_path / "calls.xlsx")
    assert list(tmp_path.iterdir()) == []
