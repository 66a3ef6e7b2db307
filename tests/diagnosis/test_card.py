"""The card of one call."""

from __future__ import annotations

import re

import pytest

from retell_nb.diagnosis import card
from retell_nb.diagnosis.diagnosis import diagnose
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS

FOUND = diagnose(None, source="sample")


@pytest.mark.parametrize("reason", ["user_hangup", "dial_failed", "a_new_one"])
def test_a_card_has_the_colour_of_its_outcome_and_no_others(reason: str) -> None:
    """The rules are the same on every card, so that cards on one page do not repaint others."""
    found = diagnose({"disconnection_reason": reason})
    page = card.html(found.facts, found.evidence)
    rules, body = page.split("</style>")
    assert OUTCOMES.loc[found.facts.outcome, "colour"] in body
    assert "#" not in rules.replace("#8886", "")
    assert body.startswith('<div class="retell-card"')


@pytest.mark.parametrize("retry", sorted(REASONS["retry"].unique()))
def test_every_answer_to_may_i_redial_is_a_sentence(retry: str) -> None:
    """No word of the vocabulary is shown raw."""
    reason = REASONS.index[REASONS["retry"] == retry][0]
    said = str(diagnose({"disconnection_reason": reason}))
    (answer,) = re.findall(r"Redial +(.*)", said)
    assert answer != retry
    assert "_" not in answer


def test_an_answer_of_a_vocabulary_of_ones_own_is_shown_as_it_is() -> None:
    """A table of one's own may say more than ours."""
    mine = REASONS.copy()
    mine.loc["dial_busy", "retry"] = "in_a_week"
    assert "in a week" in str(diagnose({"disconnection_reason": "dial_busy"}, reasons=mine))


def test_what_is_not_known_is_not_shown() -> None:
    """A call that tells little gives a short card."""
    lines = str(diagnose({"disconnection_reason": "dial_busy"})).splitlines()
    assert [line.split()[0] for line in lines[3:7]] == ["Owner", "Remedy", "Redial", "Status"]


def test_a_status_on_record_that_differs_stands_beside_the_true_one() -> None:
    """The reason decides, and the record is not hidden."""
    said = str(diagnose({"disconnection_reason": "dial_busy", "call_status": "error"}))
    assert "not_connected (on record: error)" in said


def test_plain_text_fits_a_terminal() -> None:
    """No line is wider than 92 signs."""
    assert max(map(len, card.plain(FOUND.facts, FOUND.evidence).splitlines())) <= 92


def test_the_conversation_is_a_table_in_order_of_time() -> None:
    """What was said, what tools did, and the end, each with its moment."""
    page = repr(card.conversation(FOUND.timeline))
    cells = re.findall(r"<td[^>]*>(.*?)</td>", page)
    assert cells[:6] == ["0:00", "step", "Greeting", "0:00", "agent", cells[5]]
    assert cells[-3:] == ["1:14", "end", "user_hangup"]
    assert any(cell.startswith("free_dates failed after 30 s: Error") for cell in cells)
    assert "silence" not in cells


def test_the_conversation_escapes_and_shortens_what_was_said() -> None:
    """A megabyte of markup is a line of text."""
    said = {"role": "user", "content": "<b>" * 400_000}
    page = repr(card.conversation(diagnose({"call_id": "c", "transcript_object": [said]}).timeline))
    assert "<b>" not in page
    assert len(page) < 10_000


def test_of_many_findings_of_a_kind_a_few_are_shown() -> None:
    """The card stays short, and says how many more there are; the table holds all."""
    items = [
        {"role": "tool_call_invocation", "tool_call_id": str(n), "name": "x", "time_sec": n}
        for n in range(40)
    ]
    found = diagnose({"call_id": "call_1", "transcript_with_tool_calls": items})
    assert (found.evidence["kind"] == "unanswered tool").sum() == 40
    for page in (str(found), found._repr_html_()):
        assert page.count("gave no answer") == 5
        assert "And 35 more of the same kind (unanswered tool)." in page
