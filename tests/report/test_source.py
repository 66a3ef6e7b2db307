"""A report on a part of the calls begins with those that the explorer showed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.report.runner import check_parameters, find
from retell_nb.report.source import load_chosen, shareable

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_found_by_clicking_is_loaded_again(tmp_path: Path) -> None:
    """The choices of the explorer, through the text of a command line, give the same calls."""
    rn.sample_calls(2_000, seed=7).to_csv(tmp_path / "calls.csv", index=False)
    calls = rn.read_calls(tmp_path / "calls.csv")
    explorer = calls.retell.explore(from_number="+13035550184", outcome="failed")
    text = json.dumps(explorer.state.made)
    given = check_parameters(find("failure_report"), {"choices": text})
    again = load_chosen(str(tmp_path / "calls.csv"), choices=given["choices"])
    pd.testing.assert_frame_equal(again, explorer.calls)
    assert len(again) > 0


def test_numbers_are_chosen_before_they_are_hidden() -> None:
    """A number chooses its calls also where the report shows pseudonyms."""
    masked = shareable(load_chosen("sample", choices={"from_number": ["+13035550184"]}))
    assert len(masked) > 0
    assert masked["from_number"].str.match("US-").all()
    with pytest.raises(ValueError, match="cannot choose calls by 'nothing'"):
        load_chosen("sample", choices={"nothing": ["a"]})


def test_what_is_shared_keeps_the_columns_that_may_be_shown() -> None:
    """Masked calls keep a column of the user's own only where it is named and is there."""
    calls = rn.sample_calls(50).assign(team="a", notes="b")
    shared = shareable(calls, show=["team", "owner"])
    assert "team" in shared
    assert "notes" not in shared
    assert not set(shared["to_number"].dropna()) & set(calls["to_number"].dropna())
