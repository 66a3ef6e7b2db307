"""The explorer in a real browser, under JupyterLab and under Voilà."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from .screen import PATIENCE

if TYPE_CHECKING:
    import pandas as pd

    from .conftest import Shown

_PARTS = ("retell-count", "retell-filters", "retell-picture", "retell-findings", "retell-calls")
_LIVING = "(getattr(ipywidgets.widgets.widget, '_instances', None) or ipywidgets.Widget.widgets)"
_FIGURES = "sum(isinstance(one, Figure) for one in gc.get_objects())"
_MEMORY = "psutil.Process().memory_info().rss"
_QUICKLY = """async (list, wanted) => {
    for (let turn = 0; turn < 50; turn++) {
        const [...options] = list.options;
        const outcome = wanted[turn % wanted.length];
        list.selectedIndex = options.findIndex(option => option.text.startsWith(outcome));
        list.dispatchEvent(new Event('change', {bubbles: true}));
        await new Promise(resolve => setTimeout(resolve, 20));
    }
}"""


def test_the_explorer_opens_with_all_its_parts(shown: Shown, calls: pd.DataFrame) -> None:
    """Filters, pictures with words for them, findings and calls are there; no message is."""
    for part in _PARTS:
        assert shown.screen.seen(part).count() > 0, part
    assert len(shown.screen.pictures()) == 4
    assert all(shown.screen.pictures().values())
    assert shown.screen.seen("retell-message").count() == 0
    assert f"of {len(calls):,} calls" in shown.screen.text("retell-calls")


def test_a_choice_changes_the_count_and_the_pictures(shown: Shown, calls: pd.DataFrame) -> None:
    """What is counted is what pandas counts; the pictures are others, and a chip says why."""
    before = shown.screen.pictures()
    shown.screen.pick("Outcome", "not_reached")
    shown.screen.counts(int((calls.retell.outcome == "not_reached").sum()))
    assert not set(shown.screen.pictures().items()) & set(before.items())
    assert shown.screen.chips() == ["Outcome: not_reached"]
    shown.screen.press("Outcome: not_reached")
    shown.screen.counts(len(calls))
    assert shown.screen.chips() == []
    assert shown.screen.pictures() == before


def test_an_outcome_narrows_the_reasons(shown: Shown, calls: pd.DataFrame) -> None:
    """Only reasons of the outcome selected are left to choose."""
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
    assert set(shown.screen.options("Version")) == {"all", *versions}


def test_a_search_finds_a_call_by_its_id(shown: Shown, calls: pd.DataFrame) -> None:
    """An id, typed in any letter case, leaves its call; one that there is not leaves none."""
    wanted = calls["call_id"].iloc[5]
    shown.screen.choice("Search").fill(wanted.upper())
    shown.screen.counts(1)
    assert wanted[-6:] in shown.screen.text("retell-rows")
    shown.screen.choice("Search").fill("no such call")
    shown.screen.counts(0)
    assert shown.screen.seen("retell-message").count() == 0
    assert all("No" in said for said in shown.screen.pictures())


def test_a_finding_shows_its_calls(shown: Shown, calls: pd.DataFrame) -> None:
    """Pressing a finding sets the filters to its calls, as many as it said, and says what to do."""
    row = calls.retell.findings().set_index("kind").loc["llm_server"]
    shown.screen.press(row["title"][:60])
    shown.screen.counts(row["calls"])
    assert shown.screen.chips()
    assert len(calls.retell.select(row)) == row["calls"]
    assert f"What to do: {row['remedy']}" in shown.screen.text("retell-told")
    shown.screen.press("Reset")
    shown.screen.counts(len(calls))
    assert shown.screen.seen("retell-told").count() == 0


def test_a_mark_of_a_picture_can_be_clicked(shown: Shown, calls: pd.DataFrame) -> None:
    """The reason on a bar and an hour of the list beside the picture choose their calls."""
    shown.screen.root.locator(".retell-names button", has_text="dial_no_answer").first.click()
    unanswered = calls[calls.retell.reason == "dial_no_answer"]
    shown.screen.counts(len(unanswered))
    hours = shown.screen.root.locator(".retell-of-hours select")
    hours.select_option(index=0)
    expect(shown.screen.root.locator(".retell-chips button:visible")).to_have_count(
        3, timeout=PATIENCE
    )
    filters = shown.screen.kernel("explorer.filters")
    filters.pop("group_by")
    shown.screen.counts(len(calls.retell.select(**filters)))
    assert set(filters) == {"reason", "weekday", "hour"}


def test_a_call_opens_its_card(shown: Shown, calls: pd.DataFrame) -> None:
    """The first call on the page, opened, says why it ended and whose it is to mend.

    The card is closed when other calls are in view.
    """
    shown.screen.pick("Reason", "dial_failed")
    shown.screen.counts(int((calls.retell.reason == "dial_failed").sum()))
    shown.screen.press("Open")
    shown.screen.seen("retell-card").first.wait_for()
    assert "dial_failed" in shown.screen.text("retell-card")
    assert "Owner" in shown.screen.text("retell-card")
    shown.screen.press("Reset")
    shown.screen.counts(len(calls))
    assert shown.screen.seen("retell-card").count() == 0


def test_calls_are_sorted_and_paged(shown: Shown, calls: pd.DataFrame) -> None:
    """The longest call comes first when sorted so, and the next page holds other calls."""
    shown.screen.root.locator(".retell-bar select").select_option(label="Duration")
    longest = calls.nlargest(1, "duration_ms")["call_id"].iloc[0]
    rows = shown.screen.root.locator(".retell-rows tbody")
    expect(rows.locator("tr").first).to_contain_text(longest[-6:], timeout=PATIENCE)
    first = rows.inner_text()
    shown.screen.press("Next")
    expect(rows).not_to_have_text(first, timeout=PATIENCE)
    shown.screen.press("Previous")
    expect(rows.locator("tr").first).to_contain_text(longest[-6:], timeout=PATIENCE)


def test_what_was_found_can_be_taken_away(shown: Shown) -> None:
    """The filters can be copied as pandas and as the command of a report, as they are by then."""
    shown.screen.pick("Outcome", "failed")
    expect(shown.screen.seen("retell-chips")).to_contain_text("failed", timeout=PATIENCE)
    text = shown.screen.root.locator(".retell-copy textarea")
    for button, says in (("code", "calls.retell.outcome"), ("report", '"outcome": ["failed"]')):
        shown.screen.press(f"Copy as {button}")
        shown.screen.settled()
        assert says in text.input_value()
    expect(shown.screen.seen("retell-copying")).to_contain_text("Select all and copy.")
    shown.screen.pick("Outcome", "machine")
    expect(text).to_have_value(re.compile('"outcome": ."machine"'), timeout=PATIENCE)


def test_the_keyboard_reaches_all_that_can_be_pressed(shown: Shown) -> None:
    """Lists, fields and buttons take part in the order of the tabulator key."""
    beyond = "parts => parts.filter(part => part.tabIndex < 0).map(part => part.outerHTML)"
    parts = shown.screen.root.locator("button:visible, select:visible, input:visible")
    assert parts.count() > 30
    assert parts.evaluate_all(beyond) == []


def test_a_callback_that_fails_says_so(shown: Shown, calls: pd.DataFrame) -> None:
    """The error of a choice is shown as text, and the next choice works again."""
    broken = '{}["<img src=x onerror=alert(1)>"]'
    shown.screen.kernel(f"breaking.setattr(Index, 'mask', lambda *_, **__: {broken})")
    try:
        shown.screen.pick("Reason", "voicemail_reached")
        expect(shown.screen.seen("retell-message")).to_contain_text(
            "KeyError: '<img src=x onerror=alert(1)>'", timeout=PATIENCE
        )
    finally:
        shown.screen.kernel("breaking.undo()")
    shown.screen.press("Reset")
    shown.screen.counts(len(calls))
    assert shown.screen.seen("retell-message").count() == 0


def test_the_last_of_many_quick_filters_wins(shown: Shown, calls: pd.DataFrame) -> None:
    """Fifty filters, made faster than they can be drawn, end in the last one.

    Fifty more leave no more widgets, figures, elements or memory than the first did.
    """
    outcomes = ("completed", "machine", "not_reached", "timed_out", "failed")
    failed = int((calls.retell.outcome == "failed").sum())
    left = []
    for _ in range(2):
        shown.screen.choice("Outcome").evaluate(
            f"list => ({_QUICKLY})(list, {list(outcomes)})", timeout=PATIENCE
        )
        shown.screen.counts(failed)
        assert shown.screen.chips() == ["Outcome: failed"]
        shown.screen.kernel("gc.collect()")
        left.append(shown.screen.kernel(f"[len({_LIVING}), {_FIGURES}, {_MEMORY}]"))
        left[-1].append(shown.screen.root.locator("*").count())
    assert left[0][:2] == left[1][:2]
    assert left[1][2] - left[0][2] < 30_000_000
    assert left[1][3] == left[0][3]


def test_the_explorer_is_made_of_core_widgets(shown: Shown) -> None:
    """Every widget's model is one that each front end has, so nothing must be installed."""
    names = shown.screen.kernel(f"sorted({{one._model_module for one in {_LIVING}.values()}})")
    assert names == ["@jupyter-widgets/base", "@jupyter-widgets/controls"]


def test_nothing_leaves_the_machine_and_nothing_complains(shown: Shown) -> None:
    """After all that, no request went elsewhere and the browser's console holds no error."""
    assert shown.watched.strangers == []
    assert shown.watched.complaints == []
