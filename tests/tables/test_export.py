"""Tables to files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn

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
