"""What is kept in files: the state of an explorer, and the calls in view."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer.explorer import explore
from retell_nb.explorer.files import unused
from retell_nb.explorer.pages import Order

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '=HYPERLINK("https://a.example.com/")  <img src=x onerror="alert(1)">'


def test_a_state_is_opened_as_it_was(calls: pd.DataFrame, tmp_path: Path) -> None:
    """Filters, grouping, time zone, comparison, zoom and order come back, on other calls too."""
    filters: dict[str, Any] = {"start": "2026-03-16", "outcome": ["failed"], "duration": ["<30s"]}
    explorer = calls.retell.explore(**filters, tz="Asia/Kolkata", group_by="direction")
    explorer.compare = "before"
    explorer.state.zoomed = True
    explorer.screen.listing.order = Order("duration_ms", falling=False)
    path = explorer.save(tmp_path / "x.json")
    for again in (calls.retell.explore(state=path), explore(calls.head(900), state=str(path))):
        assert again.filters == {**filters, "group_by": "direction"}
        assert again.state.index.tz == "Asia/Kolkata"
        assert (again.compare, again.state.zoomed) == ("before", True)
        assert again.screen.listing.order == Order("duration_ms", falling=False)
    other = calls.retell.explore(state=path, outcome="machine")
    assert other.filters["outcome"] == ["machine"]
    assert other.filters["start"] == "2026-03-16"


@pytest.mark.parametrize(
    "change",
    [
        {"form": "something else"}, {"filters": [1]}, {"filters": {"agnet_id": ["a"]}},
        {"filters": {"outcome": [HOSTILE]}}, {"filters": {"start": HOSTILE}}, {"tz": HOSTILE},
        {"tz": 7}, {"zoomed": "yes"}, {"sort": "when"}, {"sort": [HOSTILE, True]},
        {"sort": ["duration_ms", "yes"]}, {"sort": [["when"], True]}, {"compare": HOSTILE},
        {"compare": 7}, {"compare": {"agnet_id": ["a"]}},
    ],
    ids=str,
)  # fmt: skip
def test_a_file_that_is_no_state_is_refused(
    calls: pd.DataFrame, tmp_path: Path, change: dict[str, Any]
) -> None:
    """Whoever wrote it, nothing of it is taken for what it is not."""
    path = calls.retell.explore().save(tmp_path / "x.json")
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, **change}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"no state|cannot|no call|not a time|not valid|sorted"):
        calls.retell.explore(state=path)


@pytest.mark.parametrize("text", ["", "null", "{", "[" * 100_000, " " * 2_000_000, "\xff"])
def test_what_is_no_json_is_no_state(calls: pd.DataFrame, tmp_path: Path, text: str) -> None:
    """An empty, a broken, a deep and a huge file are named."""
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"'x.json' is no state of an explorer"):
        calls.retell.explore(state=path)


def test_a_hostile_state_is_shown_as_text(tmp_path: Path) -> None:
    """Ids in it that no call has are chips and options, never markup."""
    calls = rn.sample_calls(60, seed=1)
    path = calls.retell.explore(agent_id=HOSTILE[HOSTILE.index("<") :], search=HOSTILE).save(
        tmp_path / "x.json"
    )
    explorer = calls.retell.explore(state=path)
    page = explorer._repr_mimebundle_()["text/html"]
    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
    assert explorer.screen.message.value == ""


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_calls_in_view_are_exported(tmp_path: Path, ending: str) -> None:
    """A file has the calls that `select` gives; no text of a call is a formula in it."""
    calls = rn.sample_calls(200, seed=1)
    calls["agent_name"] = HOSTILE
    explorer = calls.retell.explore(outcome="failed")
    path = explorer.export(tmp_path / f"path.{ending}")
    read = pd.read_csv(path) if ending == "csv" else pd.read_excel(path)
    assert read["call_id"].tolist() == calls.retell.select(outcome="failed")["call_id"].tolist()
    assert set(read["agent_name"]) == {f"'{HOSTILE}" if ending == "csv" else HOSTILE}
    if ending == "xlsx":
        import openpyxl  # noqa: PLC0415

        kinds = {cell.data_type for row in openpyxl.load_workbook(path).active for cell in row}
        assert "f" not in kinds
    with pytest.raises(ValueError, match=r"does not end in .csv or .xlsx"):
        explorer.export(tmp_path / "calls.html")


def test_a_button_writes_a_file_that_was_not_there(
    calls: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before stays; the screen says where the file is."""
    monkeypatch.chdir(tmp_path)
    screen = calls.retell.explore(outcome="failed").screen
    for name in ("calls_in_view.csv", "calls_in_view_2.csv"):
        screen.actions.box.children[3].click()
        assert str(tmp_path / name) in screen.message.value
        assert len(pd.read_csv(tmp_path / name)) == len(screen.state.calls)
    assert unused("calls_in_view.csv").name == "calls_in_view_3.csv"
