"""A report begins with what it is about, and with a copy of the calls that can be shared."""

from __future__ import annotations

import json
from html import unescape
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.report import findings, numbers
from retell_nb.report.runner import check_parameters, find
from retell_nb.report.source import HIDDEN, origin, shareable

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_filtered_by_clicking_is_loaded_again(tmp_path: Path) -> None:
    """The filters of the explorer, through the text of a command line, give the same calls."""
    rn.sample_calls(2_000, seed=7).to_csv(tmp_path / "calls.csv", index=False)
    calls = rn.read_calls(tmp_path / "calls.csv")
    explorer = calls.retell.explore(from_number="+13035550184", outcome="failed")
    text = json.dumps(explorer.state.made)
    given = check_parameters(find("failure_report"), {"filters": text})
    again = rn.load_calls(str(tmp_path / "calls.csv"), filters=given["filters"])
    pd.testing.assert_frame_equal(again, explorer.calls)
    assert len(again) > 0


def test_numbers_filter_before_they_are_hidden() -> None:
    """A number selects its calls also where the report shows pseudonyms."""
    calls = rn.load_calls("sample", filters={"from_number": ["+13035550184"]})
    masked = shareable(calls, hide="all")
    assert len(masked) > 0
    assert masked["from_number"].str.match("US-").all()
    assert shareable(calls)["from_number"].eq("+13035550184").all()
    with pytest.raises(ValueError, match=r"mask is 'yes'; give True .* 'all' .* or False"):
        shareable(calls, hide="yes")
    with pytest.raises(ValueError, match="cannot select calls by 'nothing'"):
        rn.load_calls("sample", filters={"nothing": ["a"]})


def test_what_is_shared_keeps_the_columns_that_may_be_shown() -> None:
    """Masked calls keep a column of the user's own only where it is named and is there."""
    calls = rn.sample_calls(50).assign(team="a", notes="b")
    shared = shareable(calls, hide="all", show=["team", "owner"])
    assert "team" in shared
    assert "notes" not in shared
    assert not set(shared["to_number"].dropna()) & set(calls["to_number"].dropna())


def test_a_report_says_what_it_is_about() -> None:
    """Source, number of calls, filters and zone are said; a name stays text."""
    line = repr(origin("<b>.csv", pd.DataFrame(index=range(3)), tz="Europe/Berlin", filters="{}"))
    assert "3 calls from &lt;b&gt;.csv; only those with {}; times in Europe" in line
    assert "made up" in repr(origin("sample", pd.DataFrame()))


def test_whoever_reads_a_pseudonym_is_told_how_to_see_the_number() -> None:
    """Cards and risks of masked calls say how; those of plain calls have no need to."""
    calls = rn.sample_calls(5_000, seed=7)
    for shown, hidden in ((calls, False), (calls.retell.mask(), True)):
        cards = repr(findings.cards(shown.retell.findings()))
        risks = repr(numbers.risks(shown.retell.numbers()))
        assert (HIDDEN in cards, HIDDEN in risks) == (hidden, hidden)


def test_notes_name_the_cure_of_a_report(tmp_path: Path) -> None:
    """What to do about times without a zone, or a missing column, is a parameter of the report."""
    path = tmp_path / "calls.csv"
    path.write_text("End Reason,Time\nUser hangup,2026-03-02 10:00\n", encoding="utf-8")
    words = unescape(repr(origin(str(path), shareable(rn.read_calls(path)))))
    assert "name another with -p timezone, such as Europe/Berlin." in words
    assert """name it with -p columns '{"its name": "agent_id"}'.""" in words
