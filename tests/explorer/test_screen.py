"""The screen shows the state, and changes it; nothing that goes wrong is silent."""

from __future__ import annotations

import asyncio
import gc
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer import state
from retell_nb.explorer.explorer import Explorer, explore
from retell_nb.explorer.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.explorer.index import Index
    from retell_nb.explorer.screen import Screen

HOSTILE = '<img src=x onerror="alert(1)">\u202e</script>'


@pytest.fixture
def explorer(index: Index) -> Explorer:
    return Explorer(State(index))


@pytest.fixture
def screen(explorer: Explorer) -> Screen:
    return explorer.screen


def every(widget: widgets.Widget) -> Iterator[widgets.Widget]:
    yield widget
    for child in getattr(widget, "children", ()):
        yield from every(child)


def pick(screen: Screen, heading: str, label: str) -> None:
    """Pick the value whose label begins with some words, as a person does."""
    pickers = (picker.widget for picker in screen.controls.pickers.values())
    widget = next(widget for widget in pickers if widget.description == heading)
    widget.index = next(
        place for place, option in enumerate(widget.options) if option.startswith(label)
    )


def shown_chips(screen: Screen) -> list[str]:
    return [chip.description for chip in screen.chips.box.children if chip.layout.display != "none"]


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"outcome": "failed", "group_by": "from_number"},
        {"agent_id": ["agent_copper_claims"], "agent_version": [8], "start": "2026-03-16"},
        {"search": "+1303555", "weekday": [1, 2], "hour": [14]},
    ],
    ids=str,
)
def test_an_explorer_opens_where_it_is_told(calls: pd.DataFrame, filters: dict[str, Any]) -> None:
    """The filters come back as plain data; the calls in view are those that `select` gives."""
    explorer = calls.retell.explore(**filters)
    again = calls.retell.explore(**explorer.filters)
    assert again.filters == explorer.filters
    made = {name: value for name, value in filters.items() if name != "group_by"}
    pd.testing.assert_frame_equal(explorer.calls, calls.retell.select(**made))
    assert set(explorer.figures) == {"trend", "reasons", "hours", "groups"}


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"agnet_id": "a"}, "cannot select calls by 'agnet_id'. Did you mean 'agent_id'?"),
        ({"group_by": "nobody"}, "cannot select calls by 'nobody'"),
        ({"start": "soon"}, "'soon' is not a time"),
        ({"tz": "Mars/North"}, "not a time zone"),
    ],
    ids=str,
)
def test_what_is_no_choice_is_refused(
    calls: pd.DataFrame, filters: dict[str, Any], told: str
) -> None:
    """An unknown choice, group, time or zone is named, with what is allowed."""
    with pytest.raises(ValueError, match=told):
        explore(calls, **filters)


def test_a_pick_changes_state_and_screen(screen: Screen, calls: pd.DataFrame) -> None:
    """Picking an outcome narrows the calls, counts them, and makes a chip that takes it back."""
    pick(screen, "Outcome", "failed")
    failed = int((calls.retell.outcome == "failed").sum())
    assert screen.state.filters["outcome"] == ["failed"]
    assert f"<b>{failed:,}</b> of 3,000 calls" in screen.count.value
    assert f"of {failed:,} calls" in screen.listing.where.value
    assert shown_chips(screen) == ["Outcome: failed  ✕"]
    screen.chips.box.children[0].click()
    assert "outcome" not in screen.state.filters
    assert shown_chips(screen) == []
    assert screen.controls.pickers["outcome"].widget.index == 0


def test_an_outcome_narrows_categories_and_reasons(screen: Screen) -> None:
    """Only what belongs to the outcome can be picked; what no longer belongs to it goes."""
    pick(screen, "Reason", "user_hangup")
    pick(screen, "Outcome", "failed")
    assert "reason" not in screen.state.filters
    reasons = " ".join(screen.controls.pickers["reason"].widget.options)
    assert "dial_failed" in reasons
    assert "user_hangup" not in reasons
    pick(screen, "Agent", "Copperfield")
    versions = screen.controls.pickers["agent_version"].widget.options
    assert 1 < len(versions) < 10


def test_the_period_is_chosen_by_days(screen: Screen, calls: pd.DataFrame) -> None:
    """The slider sets a start and an end; both ends of it set nothing."""
    period = screen.controls.period
    period.index = (2, 4)
    assert screen.state.made == {"start": "2026-03-04", "end": "2026-03-07"}
    assert len(screen.state.calls) == calls.retell.when.dt.day.isin([4, 5, 6]).sum()
    period.index = (0, len(period.options) - 1)
    assert screen.state.made == {}


def test_a_search_is_typed(screen: Screen, calls: pd.DataFrame) -> None:
    """A text narrows the calls to those with it in an id or a number."""
    screen.controls.search.value = f" {calls['call_id'].iloc[5].upper()} "
    assert screen.state.calls.index.tolist() == [5]
    screen.actions.box.children[0].click()
    assert screen.controls.search.value == ""
    assert screen.state.made == {}


def test_what_is_seen_can_be_clicked(screen: Screen) -> None:
    """A reason, a group, a day and an hour of the pictures are filters."""
    screen.pictures.reasons.box.children[1].click()
    assert screen.state.made == {"reason": [screen.state.view.reasons["reason"].iloc[1]]}
    screen.pictures.reasons.box.children[1].click()
    assert screen.state.made == {}
    screen.pictures.groups.box.children[0].click()
    assert screen.state.made == {"agent_id": [screen.state.view.groups["agent_id"].iloc[0]]}
    screen.actions.box.children[0].click()
    screen.pictures.hour.widget.index = 0
    assert {"weekday", "hour"} == set(screen.state.made)
    screen.actions.box.children[0].click()
    screen.pictures.day.widget.index = 3
    assert screen.state.made == {"start": "2026-03-05", "end": "2026-03-06"}
    screen.pictures.day.widget.index = 5
    assert screen.state.made["start"].startswith("2026-03-05T")
    assert 0 < screen.state.view.calls == screen.state.view.trend["calls"].sum()
    assert screen.message.layout.display == "none"


def test_a_finding_shows_its_calls(screen: Screen, calls: pd.DataFrame) -> None:
    """A button of a finding sets the filters to exactly its calls."""
    screen.look()
    found = calls.retell.findings()
    buttons = [b for b in screen.finder.buttons.box.children if b.layout.display != "none"]
    assert len(buttons) == min(10, len(found)) > 0
    for place, button in enumerate(buttons):
        button.click()
        assert len(screen.state.calls) == found["calls"].iloc[place]
        assert screen.message.layout.display == "none"
        assert screen.finder.told.layout.display is None
        for part in ("remedy", "evidence"):
            assert escape(found[part].iloc[place]) in screen.finder.told.value
    screen.controls.group_by.value = "direction"
    assert screen.finder.told.layout.display is None
    screen.actions.box.children[0].click()
    assert screen.finder.told.layout.display == "none"


def test_what_to_do_about_a_finding_goes_with_its_filters(screen: Screen) -> None:
    """It is told in harmless words, and no more when the filters are others, or come again."""
    row = {"title": "T", "calls": 1, "owner": "agent", "remedy": HOSTILE, "evidence": HOSTILE}
    screen.finder.show(pd.DataFrame([row | {"filters": {"outcome": ["failed"]}}]))
    pick(screen, "Outcome", "failed")
    assert screen.finder.told.value == ""
    screen.finder.buttons.box.children[0].click()
    assert "What to do:" in screen.finder.told.value
    assert "<img" not in screen.finder.told.value
    for outcome in ("machine", "failed"):
        pick(screen, "Outcome", outcome)
        assert screen.finder.told.value == ""


def test_calls_are_sorted_and_turned_by_page(screen: Screen, calls: pd.DataFrame) -> None:
    """A page holds a dozen calls, no more of them travel; sorting begins at the first page."""
    listing = screen.listing
    assert listing.rows.value.count("<tr>") == 13
    listing.turn.box.children[2].click()
    assert listing.where.value == "<b>13 to 24 of 3,000 calls</b>"
    listing.sort.value = "duration_ms"
    assert listing.where.value == "<b>1 to 12 of 3,000 calls</b>"
    longest = calls["duration_ms"].nlargest(12).tolist()
    assert calls["duration_ms"].iloc[listing._places].tolist() == longest  # noqa: SLF001
    listing.falling.value = False
    shortest = calls["duration_ms"].iloc[listing._places].tolist()  # noqa: SLF001
    assert shortest == sorted(calls["duration_ms"].dropna())[:12]


def test_a_row_opens_its_card(screen: Screen, calls: pd.DataFrame) -> None:
    """The button of a row shows why its call ended."""
    screen.listing.open.box.children[3].click()
    last = calls.retell.when.sort_values(kind="stable").index[-4]
    assert calls["call_id"].iloc[last] in screen.listing.card.value
    assert "retell-card" in screen.listing.card.value


def test_code_and_report_say_what_is_chosen(calls: pd.DataFrame) -> None:
    """The lines of pandas make the same frame; the command holds the same filters."""
    explorer = calls.retell.explore(outcome="failed", hour=14, source="my calls.csv")
    _, code, report = explorer.screen.actions.box.children
    code.click()
    names: dict[str, Any] = {"calls": calls}
    exec(explorer.screen.copied.value, names)  # noqa: S102 - our own code
    pd.testing.assert_frame_equal(names["selected"], explorer.calls)
    report.click()
    assert "-p source 'my calls.csv'" in explorer.screen.copied.value
    assert """-p filters '{"outcome": ["failed"], "hour": [14]}'""" in explorer.screen.copied.value


def test_what_is_to_be_copied_follows_the_filters(screen: Screen) -> None:
    """The code is that of the filters made since; taking all of them back takes it away."""
    reset, code, report = screen.actions.box.children
    assert screen.copying.layout.display == "none"
    for button, says in ((code, "outcome.isin(['failed'])"), (report, '"outcome": ["machine"]')):
        button.click()
        assert says not in screen.copied.value
        pick(screen, "Outcome", "failed" if button is code else "machine")
        assert says in screen.copied.value
        assert screen.copied.value in (screen.state.code, screen.state.report)
    screen.controls.group_by.value = "direction"
    assert "-p group_by direction" in screen.copied.value
    assert screen.copying.layout.display is None
    reset.click()
    assert screen.copying.layout.display == "none"


def test_a_pseudonym_is_no_choice_of_a_report(calls: pd.DataFrame) -> None:
    """A command with a pseudonym would choose nothing elsewhere: a comment says what to do."""
    masked = calls.retell.mask()
    number = masked["from_number"].dropna().iloc[0]
    for filters in ({"from_number": number}, {"search": number.upper(), "outcome": "failed"}):
        report = masked.retell.explore(**filters).state.report
        assert all(line.startswith("# ") for line in report.splitlines())
        assert "mask=False" in report
        assert number.casefold() not in report.casefold()
    assert "Caller number" in masked.retell.explore(from_number=["anonymous", number]).state.report
    for filters in ({"outcome": "failed"}, {"from_number": "anonymous"}):
        assert "#" not in masked.retell.explore(**filters).state.report
    command, note = masked.retell.explore(search=number[3:7]).state.report.rsplit("\n", 1)
    assert command.startswith("retell-nb report")
    assert "part of a pseudonym" in note
    number = calls["from_number"].dropna().iloc[0]
    assert number in calls.retell.explore(from_number=number).state.report


def test_an_error_is_shown_and_the_screen_goes_on(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A callback that fails shows its message, escaped; the next choice takes it away."""
    with monkeypatch.context() as broken:
        broken.setattr(screen.pictures, "show", lambda _: 1 / 0 if HOSTILE else None)
        pick(screen, "Outcome", "failed")
    assert "ZeroDivisionError: division by zero" in screen.message.value
    assert screen.message.layout.display is None
    pick(screen, "Outcome", "completed")
    assert screen.message.layout.display == "none"
    screen._safely(lambda: [][HOSTILE])()  # noqa: SLF001
    assert "<img" not in screen.message.value


def test_the_last_choice_wins(index: Index) -> None:
    """Filters that come quickly one after the other are drawn once, as the last one says."""

    async def session() -> tuple[Screen, int]:
        screen = Explorer(State(index)).screen
        drawn: list[object] = []
        screen.pictures.show = drawn.append  # type: ignore[method-assign, assignment]
        for label in ("failed", "completed", "machine"):
            pick(screen, "Outcome", label)
            await asyncio.sleep(0)
        assert drawn == []
        await asyncio.sleep(0.2)
        return screen, len(drawn)

    screen, times = asyncio.run(session())
    assert times == 1
    assert shown_chips(screen) == ["Outcome: machine  ✕"]


def test_findings_do_not_hold_up_the_first_paint(index: Index) -> None:
    """On an event loop the screen is there first; the findings and the long lists come later."""

    async def session() -> tuple[str, str, int]:
        screen = Explorer(State(index)).screen
        screen.look()
        before = screen.finder.head.value
        for _ in range(600):
            await asyncio.sleep(0.05)
            if "Looking" not in screen.finder.head.value:
                break
        numbers = screen.controls.pickers["from_number"].widget.options
        return before, screen.finder.head.value, len(numbers)

    before, after, numbers = asyncio.run(session())
    assert "Looking" in before
    assert "What would save most calls first" in after
    assert numbers > 100


def test_a_search_for_findings_that_fails_is_told(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The screen stays as it is, and says what went wrong in the place of the findings."""

    def broken() -> pd.DataFrame:
        raise RuntimeError(HOSTILE)

    monkeypatch.setattr(index, "findings", broken)
    screen = Explorer(State(index)).screen
    screen.look()
    assert "RuntimeError: &lt;img src=x" in screen.finder.head.value


def test_many_changes_leave_things_as_they_were(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buttons and lists are used again: no widget, no view, no order of the calls piles up."""
    monkeypatch.setattr(state, "_KEPT", 4)
    screen = Explorer(State(index)).screen
    screen.look()

    def change(turn: int) -> None:
        pick(screen, "Outcome", ("failed", "completed", "all")[turn % 3])
        screen.controls.group_by.value = ("agent_id", "direction")[turn % 2]
        screen.listing.falling.value = turn % 2 == 0
        if turn % 5 == 0:
            screen.listing.open.box.children[turn % 3].click()

    for turn in range(6):
        change(turn)
    gc.collect()
    before = sum(isinstance(thing, widgets.Widget) for thing in gc.get_objects())
    for turn in range(20):
        change(turn)
    gc.collect()
    assert sum(isinstance(thing, widgets.Widget) for thing in gc.get_objects()) == before
    assert len(screen.state._views) == 4  # noqa: SLF001
    assert len(screen.listing._orders) == 1  # noqa: SLF001


def test_no_text_of_a_call_becomes_markup() -> None:
    """Whatever ids, names, numbers and reasons hold, no widget gets it as HTML."""
    calls = rn.sample_calls(60, seed=1)
    texts = ["call_id", "agent_name", "from_number", "to_number", "transfer_destination"]
    calls = calls.assign(**dict.fromkeys([*texts, "agent_id", "disconnection_reason"], HOSTILE))
    explorer = explore(calls, search="<img", from_number=HOSTILE, group_by="from_number")
    explorer.screen.look()
    explorer.screen.listing.open.box.children[0].click()
    blocks = [widget.value for widget in every(explorer.screen.box) if type(widget) is widgets.HTML]
    html = "".join([*blocks, explorer._repr_mimebundle_()["text/html"]])
    assert "&lt;img src=x" in html
    assert "<img src=x" not in html
    assert "</script" not in html
    assert "\u202e" not in html


def test_the_screen_is_made_of_plain_widgets(screen: Screen) -> None:
    """Core widgets only, none of them an Output; each control says what it is for."""
    kinds = {type(widget).__name__ for widget in every(screen.box)}
    assert kinds == {
        "Box", "Button", "Dropdown", "HTML", "Select", "SelectionRangeSlider", "Text", "Textarea",
        "ToggleButton",
    }  # fmt: skip
    headings = [child.description for child in screen.controls.box.children]
    assert headings == [
        "Period", "Outcome", "Category", "Reason", "Direction", "Type", "Agent", "Version",
        "Caller number", "Country", "Group by", "Search",
    ]  # fmt: skip
