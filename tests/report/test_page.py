"""Tables and sentences as HTML: numbers as a person writes them, every text escaped."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.report import page

_MARKUP = '<img src=x onerror="alert(1)">'


def _calls(**columns: Any) -> pd.DataFrame:
    return rn.as_calls(pd.DataFrame(columns))


def test_html_shows_itself() -> None:
    """A notebook gets the HTML, and so does a terminal."""
    assert page.Html("<b>12</b>")._repr_html_() == repr(page.Html("<b>12</b>")) == "<b>12</b>"


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        ({"disconnection_reason": []}, "There are no calls to report on."),
        (
            {"disconnection_reason": [None, None], "call_status": ["ongoing", "registered"]},
            "All 2 calls are still in progress.",
        ),
        ({"disconnection_reason": ["dial_busy"]}, "0 of 1 call failed: 0% (0–79%)."),  # noqa: RUF001 - an interval
        (
            {
                "disconnection_reason": ["dial_busy"] * 2,
                "start_timestamp": ["2026-03-01T10:00Z", "2026-03-03T10:00Z"],
            },
            "0 of 2 calls failed from Mar 1 to Mar 3, 2026: ",
        ),
        (
            {"disconnection_reason": ["dial_busy"], "start_timestamp": ["2026-03-01T10:00Z"]},
            "0 of 1 call failed on Mar 1, 2026: ",
        ),
        ({"disconnection_reason": ["brand_new"]}, "1 call has no known ending."),
    ],
)  # fmt: skip
def test_the_headline_says_the_state_of_the_calls(columns: dict[str, Any], told: str) -> None:
    """The sentence has what there is to say: failures, of how many, when; and no more."""
    said = repr(page.headline(_calls(**columns).retell.summary()))
    assert told in said
    assert said.startswith('<p class="retell-headline retell-calm">')
    assert "nan" not in said.lower()
    assert "nat" not in said.lower().replace("destination", "")


def test_the_headline_names_the_largest_part_of_the_failures() -> None:
    """Where calls failed, the sentence says of what kind most are, and who can fix them."""
    calls = _calls(disconnection_reason=["dial_failed", "dial_failed", "error_asr", "user_hangup"])
    said = repr(page.headline(calls.retell.summary()))
    assert "3 of 4 calls failed" in said
    assert "Most common cause: failed or blocked dials, 2 of 3 failures." in said
    assert "number" in said
    one = _calls(disconnection_reason=["dial_failed", "user_hangup"]).retell.summary()
    assert "Cause: failed or blocked dials. Owner: number." in repr(page.headline(one))
    tied = _calls(disconnection_reason=["dial_failed", "error_asr"]).retell.summary()
    assert "2 of 2 calls failed" in repr(page.headline(tied))
    assert "Most" not in repr(page.headline(tied))


def test_a_table_writes_numbers_as_a_person_does() -> None:
    """Thousands have commas, shares are percentages, truth is yes or no, times have no seconds."""
    frame = pd.DataFrame(
        {
            "outcome": ["failed"],
            "calls": [12345],
            "share": [0.125],
            "mean": [1234.5678],
            "partial": [True],
            "start": [pd.Timestamp("2026-03-01T10:20:30Z")],
            "first_id": [None],
        }
    )
    html = repr(page.table(frame))
    for cell in (
        "failed",
        "12,345",
        "12%",
        "1,235",
        "yes",
        "<time>2026-03-01 10:20</time>",
        "(none)",
    ):
        assert f">{cell}</td>" in html, cell
    assert "<th>first id</th>" in html
    assert "<th>mean</th>" in html


def test_money_is_told_with_its_unit() -> None:
    """Sums are in US dollars unless told otherwise, and what is not recorded is no zero."""
    calls = _calls(disconnection_reason=["dial_failed"], combined_cost=[2.5], duration_ms=[0])
    html = repr(page.table(calls.retell.costs()))
    assert html.count(">$0.03</td>") == 3  # mean, sum and what is recoverable of 2.5 cents
    for header in ("cost", "per call", "recoverable"):
        assert f"<th>{header}</th>" in html
    assert repr(page.table(calls.retell.costs(), currency="EUR")).count(">€0.03</td>") == 3
    bare = repr(page.table(_calls(disconnection_reason=["dial_failed"]).retell.costs()))
    assert ">$0" not in bare


def test_a_rate_stands_with_its_interval() -> None:
    """Rate and interval are one cell, which says where the calls are too few."""
    calls = _calls(disconnection_reason=["dial_failed", "dial_busy"], agent_id=["a", "b"])
    html = repr(page.table(calls.retell.rates("agent_id")))
    assert "<th>rate (95% interval)</th>" in html
    assert "100% (21–100%), too few calls to say" in html  # noqa: RUF001 - an interval
    for column in ("low", "high", "enough"):
        assert f"<th>{column}</th>" not in html


def test_kpis_stand_in_their_units() -> None:
    """A KPI's value is written in its unit, with its interval, and without columns for them."""
    html = repr(page.table(rn.sample_calls(600, seed=1).retell.kpis()))
    assert "<th>KPI</th>" in html
    assert " to " in html
    for column in ("low", "high", "unit"):
        assert f"<th>{column}</th>" not in html


def test_a_long_table_says_how_much_it_leaves_out() -> None:
    """With a limit, the first rows are shown and the number of the others is said."""
    frame = pd.DataFrame({"agent_id": [f"agent_{n}" for n in range(1500)], "calls": 1})
    html = repr(page.table(frame, limit=3))
    assert html.count("<tr>") == 1 + 3  # with the headers
    assert "and 1,497 more" in html
    assert "more" not in repr(page.table(frame.head(3), limit=3))


def test_an_empty_table_says_so() -> None:
    """No rows are no table, but a sentence."""
    assert repr(page.table(pd.DataFrame({"a": []}))) == (
        '<p class="retell-note">Nothing to show.</p>'
    )


@given(st.text(), st.text(min_size=1))
def test_no_text_of_a_table_becomes_markup(cell: str, header: str) -> None:
    """Whatever a cell or a header holds, the page has no tag more than with plain words."""
    plain = repr(page.table(pd.DataFrame({"a": ["b"]})))
    html = repr(page.table(pd.DataFrame({header: [cell]})))
    assert html.count("<") == plain.count("<")
    assert html.count(">") == plain.count(">")


def test_a_long_text_is_shown_whole() -> None:
    """No cell is cut off, however long."""
    assert "y" * 500 in repr(page.table(pd.DataFrame({"remedy": ["y" * 500]})))


def test_nothing_left_out_needs_no_words() -> None:
    """Where all calls were used, there is nothing to say."""
    assert repr(page.left_out(pd.DataFrame())) == ""


def test_what_was_left_out_is_said() -> None:
    """Records set aside, earlier versions, undated calls, fields and masks are told in words."""
    calls = pd.DataFrame()
    calls.attrs = {
        "rejected": [{"file": _MARKUP, "where": "item 3", "why": "no call_id"}],
        "duplicates": 1200,
        "undated": 2,
        "left_out": ["metadata", _MARKUP],
        "masked": True,
    }
    html = repr(page.left_out(calls))
    for told in (
        "1 record set aside", "1,200 earlier versions", "2 calls without",
        "2 personal or heavy fields", "metadata", "umbers are replaced", "item 3", "no call_id",
    ):  # fmt: skip
        assert told in html, told
    assert "<img" not in html
    assert "&lt;img" in html


def test_the_rejected_are_shown_up_to_ten() -> None:
    """Of many records set aside the first ten are shown, and the number of the others said."""
    calls = pd.DataFrame()
    calls.attrs["rejected"] = [{"file": "a", "where": f"item {n}", "why": "b"} for n in range(12)]
    html = repr(page.left_out(calls))
    assert "item 9<" in html
    assert "item 10<" not in html
    assert "and 2 more" in html


def test_the_notes_of_a_reader_are_understood(tmp_path: Any) -> None:
    """What `read_calls` says in `attrs` is what the page tells."""
    record = {"call_id": "call_1", "disconnection_reason": "dial_busy", "metadata": {"a": 1}}
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([record, record, {"no": "call"}]), encoding="utf-8")
    with pytest.warns(UserWarning, match="set aside"):
        calls = rn.read_calls(path)
    html = repr(page.left_out(calls))
    for told in ("1 record", "metadata", "no call_id"):
        assert told in html


def test_the_headline_says_which_calls_are_in_no_rate() -> None:
    """Calls of unknown ending and those in progress make up the difference to all calls."""
    reasons, states = ["dial_failed", "brand_new", None], ["ended", "ended", "ongoing"]
    summary = _calls(disconnection_reason=reasons, call_status=states).retell.summary()
    said = repr(page.headline(summary))
    assert "1 of 1 call failed" in said
    assert "Not counted: 1 call with no known ending, 1 call still in progress." in said


def test_a_wide_table_bears_its_headers_in_its_cells() -> None:
    """So a phone shows each row as a block; a narrow table stays a table."""
    wide = pd.DataFrame([[1, 2, 3, 4, "a sentence that takes the width of a phone"]])
    html = repr(page.table(wide.rename(columns=str)))
    assert 'class="retell retell-wide"' in html
    assert '<td data-header="2">3</td>' in html
    assert '<td class="retell-long" data-header="4">a sentence' in html
    assert "retell-wide" not in repr(page.table(wide.iloc[:, :2].rename(columns=str)))


def test_a_table_with_a_sentence_beside_other_columns_is_wide() -> None:
    """Three columns, of which one is long, do not fit on a phone; a link is as long as its text."""
    row = pd.DataFrame({"number": ["+13035550184"], "calls": [12], "risk": ["word " * 20]})
    assert "retell-wide" in repr(page.table(row))
    assert "retell-wide" not in repr(page.table(row[["number", "risk"]]))
    linked = row.assign(risk="short").rename(columns={"number": "call_id"})
    linked["call_id"] = "call_30cb2888a77f846e03d9ea767f4a"
    assert "<a href" in repr(page.table(linked))
    assert "retell-wide" not in repr(page.table(linked))


def test_a_table_of_differences_is_in_points() -> None:
    """A difference of rates stands with its interval in percentage points, a chance is rounded."""
    row = {"first": "a", "difference": 0.0212, "low": 0.01, "high": 0.0324, "p_value": 0.00002}
    html = repr(page.table(pd.DataFrame([row])))
    assert ">+2.1 points (+1 to +3.2)<" in html
    assert "<th>p-value</th>" in html
    assert "&lt;0.001" in html
    assert "0.0212" not in html


def test_calls_without_a_time_are_told_beside_the_days_of_the_others() -> None:
    """Where no call has a time, no days are told either."""
    calls = rn.as_calls(
        [
            {
                "call_id": "a",
                "disconnection_reason": "dial_failed",
                "start_timestamp": 1796724000000,
            },
            {"call_id": "b", "disconnection_reason": "user_hangup"},
        ]
    )
    assert "on Dec 8, 2026 (1 call without a time): 50%" in page.state(rn.tables.summary(calls))
    assert "without" not in page.state(rn.tables.summary(calls.iloc[:1]))
    assert "without" not in page.state(rn.tables.summary(calls.iloc[1:]))
