"""The explorer in a real browser, under JupyterLab and under Voilà."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import retell_nb as rn

from .conftest import Watched, open_in_lab, open_in_voila
from .screen import Screen

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from playwright.sync_api import Browser

OPENERS = {"lab": open_in_lab, "voila": open_in_voila}
_PARTS = ("retell-count", "retell-choices", "retell-picture", "retell-findings", "retell-calls")


class Shown(NamedTuple):
    """A page that shows the explorer, and what it asked for or complained of."""

    watched: Watched
    screen: Screen


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    """The calls that the notebook explores."""
    return rn.sample_calls(3_000, seed=7)


@pytest.fixture(scope="module", params=OPENERS)
def opened(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Shown]:
    """Open the notebook once, without a network."""
    server = request.getfixturevalue(f"{request.param}_server")
    size: Any = {"width": 1280, "height": 900}
    context = browser.new_context(viewport=size)
    watched = Watched.of(context)
    OPENERS[request.param](watched.page, server)
    yield Shown(watched, Screen(watched.page))
    context.close()


@pytest.fixture
def shown(opened: Shown, calls: pd.DataFrame) -> Shown:
    """Show the explorer as it is when nothing is chosen."""
    opened.screen.press("Reset")
    opened.screen.counts(len(calls))
    return opened


def test_the_explorer_opens_with_all_its_parts(shown: Shown, calls: pd.DataFrame) -> None:
    """Choices, pictures with words for them, findings and calls are there; no message is."""
    for part in _PARTS:
        assert shown.screen.seen(part).count() > 0, part
    assert len(shown.screen.pictures()) == 4
    assert all(shown.screen.pictures())
    assert shown.screen.seen("retell-message").count() == 0
    assert f"of {len(calls):,} calls" in shown.screen.seen("retell-calls").first.inner_text()


def test_a_choice_changes_the_count_and_the_pictures(shown: Shown, calls: pd.DataFrame) -> None:
    """What is counted is what pandas counts; the pictures are others, and a chip says why."""
    before = shown.screen.pictures()
    shown.screen.pick("Outcome", "failed")
    shown.screen.counts(int((calls.retell.outcome == "failed").sum()))
    assert shown.screen.pictures() != before
    assert shown.screen.chips() == ["Outcome: failed"]
    shown.screen.press("Outcome: failed")
    shown.screen.counts(len(calls))
    assert shown.screen.chips() == []


def test_an_outcome_narrows_the_reasons(shown: Shown, calls: pd.DataFrame) -> None:
    """Only reasons of the outcome chosen are left to choose."""
    shown.screen.pick("Outcome", "machine")
    machine = calls[calls.retell.outcome == "machine"]
    shown.screen.counts(len(machine))
    assert set(shown.screen.options("Reason")) == {"all", *machine.retell.reason.unique()}


def test_a_version_is_one_of_its_agent(shown: Shown, calls: pd.DataFrame) -> None:
    """Choosing an agent leaves its own versions to choose."""
    shown.screen.pick("Agent", "Copperfield Claims")
    mine = calls[calls["agent_id"] == "agent_copper_claims"]
    shown.screen.counts(len(mine))
    versions = {str(version) for version in mine["agent_version"].unique()}
    assert {option.split()[-1] for option in shown.screen.options("Version")} == {"all", *versions}


def test_a_search_finds_a_call_by_its_id(shown: Shown, calls: pd.DataFrame) -> None:
    """Part of an id, typed in any letter case, leaves the calls that hold it."""
    wanted = calls["call_id"].iloc[5]
    shown.screen.choice("Search").fill(wanted.upper())
    shown.screen.counts(1)
    assert wanted in shown.screen.seen("retell-calls").first.inner_text()


def test_a_finding_shows_its_calls(shown: Shown, calls: pd.DataFrame) -> None:
    """Pressing a finding sets the choices to its calls, as many as it said."""
    found = shown.watched.page.locator(".retell-findings button:visible", has_text="LLM server")
    found.first.click()
    row = calls.retell.findings().set_index("kind").loc["llm_server"]
    shown.screen.counts(len(calls.retell.calls_of(row)))
    assert shown.screen.chips()


def test_a_call_opens_its_card(shown: Shown, calls: pd.DataFrame) -> None:
    """The first call on the page, opened, says why it ended and whose it is to mend."""
    shown.screen.pick("Reason", "dial_failed")
    shown.screen.counts(int((calls.retell.reason == "dial_failed").sum()))
    shown.screen.press("Open")
    card = shown.screen.seen("retell-card").first
    card.wait_for()
    assert "dial_failed" in card.inner_text()
    assert "number" in card.inner_text()


def test_calls_are_sorted_and_paged(shown: Shown, calls: pd.DataFrame) -> None:
    """The longest call comes first when sorted so, and the next page holds other calls."""
    bar = shown.watched.page.locator(".retell-bar select")
    bar.select_option(label="Duration")
    longest = calls.nlargest(1, "duration_ms")["call_id"].iloc[0]
    rows = shown.watched.page.locator(".retell-rows tbody")
    shown.watched.page.wait_for_function(
        "id => document.querySelector('.retell-rows tbody tr').innerText.includes(id.slice(0, 12))",
        arg=longest,
    )
    first = rows.inner_text()
    shown.screen.press("Next")
    shown.watched.page.wait_for_function(
        "text => document.querySelector('.retell-rows tbody').innerText !== text", arg=first
    )


def test_what_was_found_can_be_taken_away(shown: Shown) -> None:
    """The choices can be copied as pandas and as the command of a report."""
    shown.screen.pick("Outcome", "failed")
    shown.screen.press("Copy as code")
    text = shown.watched.page.locator(".retell-copy textarea")
    assert "calls.retell.outcome.isin(['failed'])" in text.input_value()
    shown.screen.press("Copy as report")
    shown.watched.page.wait_for_function(
        "document.querySelector('.retell-copy textarea').value.includes('failure_report')"
    )
    assert '"outcome": ["failed"]' in text.input_value()


def test_the_last_of_many_quick_choices_wins(shown: Shown, calls: pd.DataFrame) -> None:
    """Fifty choices made faster than they can be drawn end in the last one, and leave no more
    on the page than there was.
    """
    size = "document.querySelectorAll('.retell-explorer *').length"
    outcomes = ("completed", "machine", "failed", "not_reached", "timed_out")
    shown.screen.pick("Outcome", "failed")
    failed = int((calls.retell.outcome == "failed").sum())
    shown.screen.counts(failed)
    before = shown.watched.page.evaluate(size)
    for turn in range(50):
        shown.screen.pick("Outcome", outcomes[turn % 5])
    shown.screen.pick("Outcome", "failed")
    shown.screen.counts(failed)
    assert shown.watched.page.evaluate(size) <= 1.1 * before


def test_nothing_leaves_the_machine_and_nothing_complains(shown: Shown) -> None:
    """After all that, no request went elsewhere and the browser's console holds no error."""
    assert shown.watched.strangers == []
    assert shown.watched.complaints == []
