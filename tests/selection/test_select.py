"""Calls chosen by plain values, and the same choices as code."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.selection.code import as_code
from retell_nb.selection.select import chosen, parsed, plain

CHOICES: tuple[dict[str, Any], ...] = (
    {},
    {"outcome": "failed"},
    {"outcome": ["failed", "unknown"], "direction": ["outbound"]},
    {"reason": ["Dial failed"], "from_number": "+13035550184"},
    {"agent_id": ["agent_copper_claims"], "agent_version": [8], "category": ["llm_server"]},
    {"start": "2026-03-09", "end": "2026-03-10T12:00"},
    {"start": "2026-03-09T00:00:00+01:00"},
    {"start": "2026-03-09T12:00:00.123456Z", "end": "2026-03-29T03:30"},
    {"direction": [None]},
    {"search": "COPPER"},
    {"search": "+1303555"},
    {"country": ["GB", "ZZ"]},
    {"weekday": [0, 6], "hour": 14},
    {"hour": [17, 18]},
    {"shorter": 10, "direction": ["outbound"]},
    {"trouble": "unknown reason"},
    {"trouble": "unknown reason", "start": "2026-03-05"},
    {"owner": [], "category": None, "search": " "},
)


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(3_000, seed=7)


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_the_code_of_choices_makes_the_same_frame(
    calls: pd.DataFrame, choices: dict[str, Any]
) -> None:
    """What is chosen, and what the lines of pandas choose that say the same, are the same calls.

    The lines need no name but `calls`.
    """
    names = {"calls": calls}
    exec(as_code(choices, tz="Europe/Berlin"), names)  # noqa: S102 - our own code
    found = chosen(calls, tz="Europe/Berlin", **choices)
    pd.testing.assert_frame_equal(found, names["chosen"])
    assert len(found) > 0


@pytest.mark.parametrize("choices", CHOICES, ids=str)
def test_choices_survive_json(calls: pd.DataFrame, choices: dict[str, Any]) -> None:
    """Choices that went through JSON choose the same calls."""
    told = json.loads(json.dumps(plain(choices)))
    assert chosen(calls, **told).index.equals(chosen(calls, **choices).index)


def test_each_choice_is_what_plain_pandas_says(calls: pd.DataFrame) -> None:
    """Words, columns, times and missing values are compared as pandas compares them."""
    failed = calls.retell.outcome == "failed"
    assert chosen(calls, outcome="failed").index.equals(calls[failed].index)
    web = calls["direction"].isna()
    assert chosen(calls, direction=[None]).index.equals(calls[web].index)
    both = chosen(calls, direction=[None, "inbound"])
    assert both.index.equals(calls[web | (calls["direction"] == "inbound")].index)
    noon = pd.Timestamp("2026-03-09T12:00Z")
    assert chosen(calls, start=noon).retell.when.min() >= noon
    assert chosen(calls, end=noon).retell.when.max() < noon
    assert len(chosen(calls, start=noon)) + len(chosen(calls, end=noon)) == len(calls)


def test_a_search_is_for_a_text_and_no_pattern(calls: pd.DataFrame) -> None:
    """Signs that mean something in a regular expression mean themselves, and absence is no text."""
    assert len(chosen(calls, search=".*")) == 0
    assert len(chosen(calls, search="nan")) == 0
    one = calls["call_id"].iloc[5]
    assert chosen(calls, search=one.upper())["call_id"].tolist() == [one]


def test_a_repeated_index_is_no_matter() -> None:
    """Calls are chosen by place, not by label."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}, index=[7, 7])
    assert chosen(calls, outcome="failed")["disconnection_reason"].tolist() == ["dial_failed"]


def test_what_cannot_be_chosen_by_is_an_error(calls: pd.DataFrame) -> None:
    """An unknown name lists the known ones; a time that is none says how to write one."""
    with pytest.raises(ValueError, match=r"cannot choose calls by 'agent'.*agent_id"):
        chosen(calls, agent="agent_1")
    with pytest.raises(ValueError, match="'soon' is not a time"):
        chosen(calls, start="soon")
    with pytest.raises(ValueError, match="cannot choose calls by 'country'"):
        chosen(calls[["disconnection_reason"]], country="US")


def test_a_value_that_a_word_never_has_is_an_error(calls: pd.DataFrame) -> None:
    """A slip of the pen must not choose nothing in silence; a reason of these calls is known."""
    with pytest.raises(ValueError, match=r"called 'faild'\. Allowed: .'completed', .*'fai"):
        chosen(calls, outcome="faild")
    with pytest.raises(ValueError, match=r"called 'dial_fail'\. Nearest: .'dial_failed', "):
        chosen(calls, reason="Dial fail")
    with pytest.raises(ValueError, match=r"called 'yes'\. Allowed: .True, False."):
        chosen(calls, expected="yes")
    new = calls.loc[~calls["disconnection_reason"].isin(rn.REASONS.index)].dropna(
        subset="disconnection_reason"
    )
    assert len(chosen(calls, reason=new["disconnection_reason"].iloc[0])) > 0
    assert len(chosen(calls, agent_id="agent_of_another_day")) == 0


def test_choices_are_read_from_json() -> None:
    """A JSON object is read; nothing chooses all; anything else is refused with an example."""
    assert parsed('{"hour": [3]}') == {"hour": [3]}
    assert parsed(None) == parsed("") == {}
    for wrong in ("failed", "[1]", "3"):
        with pytest.raises(ValueError, match="write a JSON object such as"):
            parsed(wrong)
