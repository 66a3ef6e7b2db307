"""The explorer in a real browser, under JupyterLab and under Voilà."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd
from playwright.sync_api import expect

from .screen import PATIENCE, Screen

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from .conftest import Shown

_PARTS = ("retell-count", "retell-picture", "retell-findings", "retell-calls")
_LIVING = "(getattr(ipywidgets.widgets.widget, '_instances', None) or ipywidgets.Widget.widgets)"
_FIGURES = "sum(isinstance(one, Figure) for one in gc.get_objects())"
_MEMORY = "psutil.Process().memory_info().rss"
_TO_THE_TOP = """part => {
    for (let one = part; one; one = one.parentElement) one.scrollTop = 0;
}"""
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
    """Pictures with words for them, findings and calls are there; filters open; no message is."""
    for part in _PARTS:
        assert shown.screen.seen(part).count() > 0, part
    assert len(shown.screen.pictures()) == 4
    assert all(shown.screen.pictures().values())
    assert shown.screen.seen("retell-message").count() == 0
    assert f"of {len(calls):,} calls" in shown.screen.text("retell-calls")
    assert shown.screen.choice("Search").is_visible()
    shown.screen.press("Filters")
    expect(shown.screen.root.locator(".retell-filters")).to_be_hidden(timeout=PATIENCE)


def test_the_answer_is_in_view(shown: Shown) -> None:
    """On a small laptop a picture and the first findings are seen without scrolling."""
    shown.page.set_viewport_size({"width": 1280, "height": 800})
    shown.screen.root.evaluate(_TO_THE_TOP)
    below = 800 - (30 if shown.place == "lab" else 0)  # the line of state at the foot of the window
    trend = shown.screen.root.locator("[data-picture=trend] svg").last
    findings = shown.screen.root.locator(".retell-found button")
    for part in (trend, findings.nth(0), findings.nth(1)):
        place: Any = part.bounding_box()
        assert place["y"] > 0
        assert place["y"] + place["height"] < below
    shown.page.set_viewport_size({"width": 1280, "height": 900})


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


def test_marks_are_picked_by_mouse_and_keys(shown: Shown, calls: pd.DataFrame) -> None:
    """A bar, a cell and a day choose their calls; arrows lead on from the one that has the focus.

    A click with Shift, and a drag, choose a span.
    """
    screen = shown.screen
    screen.root.locator("[data-picture=reasons] [data-mark]", has_text="dial_no_answer").click()
    screen.counts(int((calls.retell.reason == "dial_no_answer").sum()))
    cell = screen.mark("hours", 24 + 14)
    cell.click()
    expect(screen.root.locator(".retell-chips button:visible")).to_have_count(3, timeout=PATIENCE)
    filters = screen.kernel("explorer.filters")
    filters.pop("group_by")
    assert set(filters) == {"reason", "weekday", "hour"}
    screen.counts(len(calls.retell.select(**filters)))
    screen.press("Reset")
    screen.counts(len(calls))
    screen.mark("trend", 4).click()
    screen.counts(len(calls.retell.select(start="2026-03-06", end="2026-03-07")))
    screen.mark("trend", 2).click(modifiers=["Shift"])
    screen.counts(len(calls.retell.select(start="2026-03-04", end="2026-03-07")))
    first, last = (screen.mark("trend", place) for place in (8, 11))
    _drag(shown, first, last)
    screen.counts(len(calls.retell.select(start="2026-03-10", end="2026-03-14")))
    assert screen.chips() == ["From: 2026-03-10", "Before: 2026-03-14"]
    _by_keys(shown, "End", "Home", *["ArrowRight"] * 10, "ArrowLeft", "Enter")
    expect(screen.seen("retell-chips")).to_contain_text("From: 2026-03-11", timeout=PATIENCE)
    shown.page.wait_for_function("document.activeElement.dataset.mark === '9'")
    screen.counts(len(calls.retell.select(start="2026-03-11", end="2026-03-12")))


def _drag(shown: Shown, first: Locator, last: Locator) -> None:
    """Draw the mouse from one mark to another."""
    first.scroll_into_view_if_needed()
    mouse = shown.page.mouse
    for turn, mark in enumerate((first, last)):
        place: Any = mark.bounding_box()
        mouse.move(place["x"] + place["width"] / 2, place["y"] + 40, steps=1 + 5 * turn)
        (mouse.up if turn else mouse.down)()


def _by_keys(shown: Shown, *keys: str) -> None:
    """Reach the trend's only stop, and press keys there."""
    picture = shown.screen.root.locator("[data-picture=trend]")
    expect(picture.locator("[tabindex='0']")).to_have_count(1)
    picture.locator("[tabindex='0']").focus()
    for key in keys:
        shown.page.keyboard.press(key)


def test_core_widgets_bring_what_is_picked(opened: Shown) -> None:
    """Without anywidget a field that nobody sees does; a drag, a click and keys work the same."""
    beside = Screen(opened.page, 1)
    beside.press("Reset")
    beside.counts(30)
    beside.mark("hours", 10).click()
    beside.counts(1)
    beside.press("Reset")
    beside.counts(30)
    _drag(opened._replace(screen=beside), beside.mark("trend", 4), beside.mark("trend", 0))
    beside.counts(5)
    _by_keys(opened._replace(screen=beside), "Home", "ArrowRight", "ArrowRight", "Enter")
    beside.counts(1)
    sent = "root => root.querySelector('.retell-bridge input').value.slice(0, 19)"
    assert beside.root.evaluate(sent) == '{"picture":"trend",'
    assert opened.screen.root.evaluate(sent) == "", "anywidget speaks to the kernel itself"


def test_a_period_is_explained_and_compared(shown: Shown, calls: pd.DataFrame) -> None:
    """The segments behind it are rows that can be picked; its counterpart stands beside it."""
    screen = shown.screen
    screen.kernel("setattr(explorer, 'filters', {'start': '2026-03-16', 'end': '2026-03-23'})")
    now = calls.retell.select(start="2026-03-16", end="2026-03-23")
    screen.counts(len(now))
    screen.press("Explain this period")
    rows = screen.seen("retell-explained").locator("tbody tr")
    expect(rows.first).to_contain_text("%", timeout=PATIENCE)
    before = calls.retell.select(end="2026-03-16")
    assert rows.count() == len(now.retell.explain(before))
    screen.root.locator(".retell-compare select").select_option(label="the period before")
    expect(screen.seen("retell-counterpart")).to_have_count(4, timeout=PATIENCE)
    week = calls.retell.select(start="2026-03-09", end="2026-03-16")
    assert f"{len(week):,}\nof" in screen.text("retell-sides") or (
        f"{len(week):,} of" in screen.text("retell-sides")
    )
    left, right = (
        screen.root.locator(f".retell-of-hours {part}").bounding_box()
        for part in (".retell-side", ".retell-counterpart")
    )
    assert left
    assert right
    assert left["x"] + left["width"] <= right["x"]
    assert abs(left["width"] - right["width"]) < 40
    screen.press("Explain the difference")
    expect(screen.seen("retell-explained").locator("tbody tr").first).to_contain_text(
        "%", timeout=PATIENCE
    )


def test_a_call_opens_its_card_beside_the_list(shown: Shown, calls: pd.DataFrame) -> None:
    """A row says why its call ended, in view beside it; its neighbors are a button away.

    The card is closed when other calls are in view.
    """
    screen = shown.screen
    screen.pick("Reason", "dial_failed")
    screen.counts(int((calls.retell.reason == "dial_failed").sum()))
    screen.open(3)
    screen.settled()
    assert "dial_failed" in screen.text("retell-card")
    assert "Owner" in screen.text("retell-card")
    row, card = (screen.seen(place).first for place in ("opened", "retell-aside"))
    row.scroll_into_view_if_needed()
    places: list[Any] = [part.bounding_box() for part in (row, card)]
    assert places[0]["x"] + places[0]["width"] <= places[1]["x"]
    assert places[1]["y"] <= places[0]["y"] <= places[1]["y"] + places[1]["height"]
    first = screen.text("retell-card")
    screen.press("Next call")
    expect(screen.seen("retell-aside")).to_contain_text("Call 5 of", timeout=PATIENCE)
    screen.settled()
    assert screen.text("retell-card") != first
    screen.press("Reset")
    screen.counts(len(calls))
    assert screen.seen("retell-card").count() == 0


def test_calls_are_sorted_and_paged(shown: Shown, calls: pd.DataFrame) -> None:
    """The longest call comes first when sorted so, and the next page holds other calls."""
    shown.screen.root.locator(".retell-rows th.duration_ms").click()
    longest = calls.nlargest(1, "duration_ms")["call_id"].iloc[0]
    rows = shown.screen.root.locator(".retell-rows tbody")
    expect(rows.locator("tr").first).to_contain_text(longest[-6:], timeout=PATIENCE)
    first = rows.inner_text()
    shown.screen.press("Next")
    expect(rows).not_to_have_text(first, timeout=PATIENCE)
    shown.screen.press("Previous")
    expect(rows.locator("tr").first).to_contain_text(longest[-6:], timeout=PATIENCE)


def test_what_was_found_can_be_taken_away(shown: Shown, calls: pd.DataFrame) -> None:
    """The filters go to the clipboard as pandas and as the command of a report; calls to a file."""
    shown.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.screen.pick("Outcome", "failed")
    expect(shown.screen.seen("retell-chips")).to_contain_text("failed", timeout=PATIENCE)
    text = shown.screen.root.locator(".retell-copy textarea")
    for button, says in (("code", "calls.retell.outcome"), ("report", '"outcome": ["failed"]')):
        shown.screen.settled()
        shown.screen.press(f"Copy as {button}")
        shown.screen.settled()
        assert says in text.input_value()
        assert shown.page.evaluate("navigator.clipboard.readText()") == text.input_value()
    expect(shown.screen.seen("retell-copying")).to_contain_text("Copied to the clipboard.")
    shown.screen.pick("Outcome", "machine")
    expect(text).to_have_value(re.compile('"outcome": ."machine"'), timeout=PATIENCE)
    shown.screen.press("CSV")
    expect(shown.screen.seen("retell-message")).to_contain_text(".csv", timeout=PATIENCE)
    path = shown.screen.text("retell-message").split(" in ", 1)[1]
    assert len(pd.read_csv(path)) == int((calls.retell.outcome == "machine").sum())


def test_the_keyboard_reaches_all_that_can_be_pressed(shown: Shown) -> None:
    """Lists, fields and buttons take part in the order of the tabulator key."""
    beyond = "parts => parts.filter(part => part.tabIndex < 0).map(part => part.outerHTML)"
    shown.screen.choice("Search")
    parts = shown.screen.root.locator("button:visible, select:visible, input:visible")
    assert parts.count() > 25
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


def test_nothing_leaves_the_machine_and_nothing_complains(shown: Shown) -> None:
    """After all that, no request went elsewhere and the browser's console holds no error."""
    assert shown.watched.strangers == []
    assert shown.watched.complaints == []
