"""The screen shows the state, and changes it; nothing that goes wrong is silent."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import shlex
import sys
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer import state
from retell_nb.explorer.explanation import explanation
from retell_nb.explorer.explorer import Explorer, explore
from retell_nb.explorer.index import Index
from retell_nb.explorer.state import State

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retell_nb.explorer.screen import Screen

HOSTILE = '<img src=x onerror="alert(1)">\u202e</script>'


@pytest.fixture
def explorer(index: Index) -> Explorer:
    return Explorer(State(index, source="sample"))


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


def html_of(screen: Screen) -> str:
    return "".join(one.value for one in every(screen.box) if type(one) is widgets.HTML)


def click(screen: Screen, picture: str, first: int, last: int | None = None, **more: Any) -> None:
    """Pick marks as the front end does: by the number of the drawing that is on the screen."""
    drawn = re.search(rf'data-picture="{picture}" data-drawing="(\d+)"', html_of(screen))
    assert drawn
    ends = {"first": first, "last": first if last is None else last}
    message = {"picture": picture, "drawing": int(drawn[1]), **ends, "extend": False, "turn": 1}
    screen.events.receive(message | more)


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
        ({"outcome": "faild"}, "no call can have outcome 'faild'. Did you mean 'failed'?"),
        ({"weekday": 9}, "no weekday is 9"),
        ({"duration": "fast"}, "cannot select by duration"),
        ({"agent_id": []}, "agent_id=\\[\\] would select no call"),
        ({"trouble": "sorrow"}, "sorrow"),
        ({"agent_id": {"from": 1}}, "agent_id has no ranges"),
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


def test_marks_are_picked(screen: Screen) -> None:
    """A reason, a group, an hour and a day of the pictures are filters, and are taken back."""
    click(screen, "reasons", 1)
    assert screen.state.made == {"reason": [screen.state.view.reasons["reason"].iloc[1]]}
    click(screen, "reasons", 1)
    assert screen.state.made == {}
    click(screen, "groups", 0)
    assert screen.state.made == {"agent_id": [screen.state.view.groups["agent_id"].iloc[0]]}
    click(screen, "groups", 0)
    click(screen, "hours", 24 + 14)
    assert screen.state.made == {"weekday": [1], "hour": [14]}
    click(screen, "hours", 24 + 14)
    click(screen, "trend", 3)
    assert screen.state.made == {"start": "2026-03-05", "end": "2026-03-06"}
    click(screen, "trend", 3)
    assert screen.state.made == {}
    assert screen.message.layout.display == "none"


def test_a_span_of_the_trend_is_the_period(screen: Screen, calls: pd.DataFrame) -> None:
    """A drag, a click and one with Shift, and the two lists pick a span; its calls are in view."""
    span = {"start": "2026-03-05", "end": "2026-03-08"}
    click(screen, "trend", 5, 3)
    assert screen.state.made == span
    assert len(screen.state.calls) == calls.retell.when.dt.day.isin([5, 6, 7]).sum()
    assert len(screen.state.view.trend) > 20
    screen.actions.box.children[0].click()
    click(screen, "trend", 3)
    click(screen, "trend", 5, extend=True)
    assert screen.state.made == span
    screen.actions.box.children[0].click()
    screen.pictures.span.first.index = 3
    screen.pictures.span.last.index = 5
    assert screen.state.made == span
    assert screen.pictures.span.first.label == "Thu, Mar 5"


def test_the_trend_zooms_into_the_period(screen: Screen) -> None:
    """It is then drawn in finer periods, where one is picked again; taking it back zooms out."""
    click(screen, "trend", 3)
    explain, zoom = screen.pictures.tools.box.children
    assert (explain.description, zoom.description) == ("Explain this period", "Zoom in")
    zoom.click()
    assert zoom.description == "Zoom out"
    click(screen, "trend", 2)
    assert screen.state.made["start"].startswith("2026-03-05T")
    assert screen.state.view.calls > 0
    screen.chips.box.children[0].click()
    screen.chips.box.children[0].click()
    assert not screen.state.zoomed


@pytest.mark.parametrize(
    "message",
    [
        None, "", "{", "[]", "7", '"<img src=x onerror=alert(1)>"', "[" * 200_000, {},
        {"picture": []}, {"drawing": -1}, {"drawing": "1"}, {"drawing": True}, {"first": -1},
        {"last": 99_999}, {"first": 0.5}, {"last": None}, {"extend": "yes"}, {"turn": "now"},
        {"picture": "__class__"}, {"picture": HOSTILE},
    ],
    ids=lambda message: str(message)[:40],
)  # fmt: skip
def test_a_message_that_is_not_ours_does_nothing(screen: Screen, message: Any) -> None:
    """Whatever comes from the front end, only marks of the drawing on the screen can be picked."""
    bridge, field = screen.events, screen.box.children[1].children[1]
    valid = {"picture": "reasons", "drawing": 1, "first": 0, "last": 0, "extend": False, "turn": 1}
    drawn = re.search(r'"reasons" data-drawing="(\d+)"', html_of(screen))
    assert drawn
    valid["drawing"] = int(drawn[1])
    content = {**valid, **message} if isinstance(message, dict) and message else message
    bridge.receive(content)
    field.value = content if isinstance(content, str) else json.dumps(content)
    assert screen.state.made == {}
    assert screen.message.layout.display == "none"
    field.value = json.dumps(valid)
    assert list(screen.state.made) == ["reason"]
    bridge.receive(valid)
    assert list(screen.state.made) == ["reason"], "a message about an earlier drawing is late"


def test_the_period_is_explained(screen: Screen, calls: pd.DataFrame) -> None:
    """It is compared with the time before it, in harmless words; a row picks its segment."""
    screen.controls.period.index = (14, 27)
    screen.pictures.tools.box.children[0].click()
    expected = calls.retell.select(start="2026-03-16").retell.explain(
        calls.retell.select(end="2026-03-16")
    )
    first = expected.iloc[0]
    assert "<table" in screen.pictures.explained.value
    assert f"n = {first['calls']:,}" in screen.pictures.explained.value
    before = len(screen.state.calls)
    click(screen, "explained", 0)
    assert 0 < len(screen.state.calls) < before
    assert screen.pictures.explained.value == ""


@pytest.mark.parametrize(
    ("filters", "told"),
    [
        ({"outcome": ["unknown"]}, "The unknown rate"),
        ({"outcome": ["in_progress"]}, "so they are in no rate"),
        ({"start": "2031-01-01"}, "0 calls of known ending now"),
    ],
    ids=str,
)
def test_what_cannot_be_explained_is_said(
    screen: Screen, filters: dict[str, Any], told: str
) -> None:
    """No rate is made up for calls that are in none."""
    screen.state.filters = {"start": "2026-03-16", **filters}
    screen.draw()
    screen.pictures.tools.box.children[0].click()
    assert told in screen.pictures.explained.value
    assert screen.message.layout.display == "none"


def test_two_selections_stand_side_by_side(screen: Screen, calls: pd.DataFrame) -> None:
    """The period before, or another version, is drawn beside the view and explained."""
    screen.controls.period.index = (14, 20)
    choice = screen.comparing.choice
    choice.index = choice.options.index("the period before")
    seen, beside = screen.state.view, screen.state.beside
    assert beside is not None
    assert beside.calls == len(calls.retell.select(start="2026-03-09", end="2026-03-16"))
    assert len(seen.trend) == len(beside.trend) == 7
    assert screen.finder.box.layout.display == "none"
    assert f"<b>{beside.calls:,}</b>" in screen.comparing.sides.value
    screen.comparing.tools.box.children[0].click()
    assert "of the rise" in screen.comparing.explained.value or "rate" in (
        screen.comparing.explained.value
    )
    screen.actions.box.children[0].click()
    pick(screen, "Agent", "Copperfield")
    choice.index = choice.options.index("version 8")
    assert screen.state.counterpart == {"agent_id": ["agent_copper_claims"], "agent_version": [8]}
    screen.actions.box.children[0].click()
    assert screen.state.compare is None
    assert screen.comparing.box.layout.display == "none"


def test_a_selection_is_compared_with_those_after_it(screen: Screen) -> None:
    """One that is held stays on the other side, while the filters of the view change."""
    pick(screen, "Agent", "Copperfield")
    screen.comparing.choice.index = 1 + [
        option.startswith("this selection") for option in screen.comparing.choice.options[1:]
    ].index(True)
    pick(screen, "Agent", "Harbour")
    assert screen.state.counterpart == {"agent_id": ["agent_copper_claims"]}
    assert screen.comparing.choice.label == "Agent: Copperfield Claims"
    pick(screen, "Direction", "outbound")
    assert (screen.state.counterpart or {})["direction"] == ["outbound"]


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
    assert listing.rows.value.count("<tr") == 13
    listing.turn.box.children[2].click()
    assert listing.where.value == "<b>13 to 24 of 3,000 calls</b>"
    headings = re.findall(r'<th class="(\w+)"', listing.rows.value)
    click(screen, "calls", headings.index("duration_ms"))
    assert '<th class="duration_ms" data-mark="7" aria-sort="descending"' in listing.rows.value
    assert listing.where.value == "<b>1 to 12 of 3,000 calls</b>"
    longest = calls["duration_ms"].nlargest(12).tolist()
    assert calls["duration_ms"].iloc[listing._places].tolist() == longest  # noqa: SLF001
    click(screen, "calls", headings.index("duration_ms"))
    shortest = calls["duration_ms"].iloc[listing._places].tolist()  # noqa: SLF001
    assert shortest == sorted(calls["duration_ms"].dropna())[:12]


def test_a_row_opens_its_card(screen: Screen, calls: pd.DataFrame) -> None:
    """A row shows beside the list why its call ended, and from there go on to its neighbors."""
    listing = screen.listing
    columns = listing.rows.value.count("<th ")
    latest = calls.retell.when.sort_values(kind="stable").index[::-1]
    click(screen, "calls", columns + 11)
    assert calls["call_id"].iloc[latest[11]] in listing.card.value
    assert "retell-card" in listing.card.value
    assert 'aria-current="true"' in listing.rows.value
    before, after, close = listing.steps.box.children
    after.click()
    assert calls["call_id"].iloc[latest[12]] in listing.card.value
    assert listing.where.value == "<b>13 to 24 of 3,000 calls</b>"
    assert listing.position.value == "<b>Call 13 of 3,000</b>"
    before.click()
    assert calls["call_id"].iloc[latest[11]] in listing.card.value
    listing.sort.value = "duration_ms"
    assert calls["call_id"].iloc[latest[11]] in listing.card.value
    assert 'aria-current="true"' in listing.rows.value
    close.click()
    assert listing.side.layout.display == "none"


def test_code_and_report_say_what_is_chosen(calls: pd.DataFrame) -> None:
    """The lines of pandas make the same frame; the command holds the same filters."""
    explorer = calls.retell.explore(outcome="failed", hour=14, source="my calls.csv")
    _, code, report, *_ = explorer.screen.actions.box.children
    code.click()
    names: dict[str, Any] = {"calls": calls}
    exec(explorer.screen.copied.value, names)  # noqa: S102 - our own code
    pd.testing.assert_frame_equal(names["selected"], explorer.calls)
    report.click()
    assert "-p source 'my calls.csv'" in explorer.screen.copied.value
    assert """-p filters '{"outcome": ["failed"], "hour": [14]}'""" in explorer.screen.copied.value


def test_what_is_to_be_copied_follows_the_filters(screen: Screen) -> None:
    """The code is that of the filters made since; taking all of them back takes it away."""
    reset, code, report, *_ = screen.actions.box.children
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
        report = masked.retell.explore(**filters, source="a.csv").state.report
        assert all(line.startswith("# ") for line in report.splitlines())
        assert "mask=False" in report
        assert number.casefold() not in report.casefold()
    both = masked.retell.explore(from_number=["anonymous", number], source="a.csv")
    assert "Caller number" in both.state.report
    for filters in ({"outcome": "failed"}, {"from_number": "anonymous"}):
        assert "#" not in masked.retell.explore(**filters, source="a.csv").state.report
    part = masked.retell.explore(search=number[3:7], source="a.csv")
    command, note = part.state.report.rsplit("\n", 1)
    assert command.startswith("retell-nb report")
    assert "part of a pseudonym" in note
    number = calls["from_number"].dropna().iloc[0]
    assert number in calls.retell.explore(from_number=number, source="a.csv").state.report


def test_a_command_runs_as_it_is_pasted(
    calls: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is named from the root, as a terminal may be elsewhere; without a source a comment."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls of May.csv").touch()
    for source in ("calls of May.csv", "*.csv"):
        command = calls.retell.explore(source=source).state.report
        assert shlex.split(command.replace("\\\n", ""))[4] == f"source={tmp_path / source}" or (
            str(tmp_path / source) in shlex.split(command.replace("\\\n", ""))
        )
    assert "-p source sample " in calls.retell.explore(source="sample").state.report
    report = calls.retell.explore(outcome="failed").state.report
    assert all(line.startswith("# ") for line in report.splitlines())


def test_an_error_is_shown_and_the_screen_goes_on(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A callback that fails shows its message, escaped; the next choice takes it away."""
    with monkeypatch.context() as broken:
        broken.setattr(screen.pictures, "show", lambda *_, **__: 1 / 0 if HOSTILE else None)
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
        screen.pictures.show = lambda view, **_: drawn.append(view)  # type: ignore[method-assign]
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
            if "Searching" not in screen.finder.head.value:
                break
        numbers = screen.controls.pickers["from_number"].widget.options
        return before, screen.finder.head.value, len(numbers)

    before, after, numbers = asyncio.run(session())
    assert "Searching" in before
    assert "Most recoverable calls first" in after
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

    for turn in range(6):  # all values of all three
        change(turn)
    gc.collect()
    before = sum(isinstance(thing, widgets.Widget) for thing in gc.get_objects())
    for turn in range(10):
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
    filters = {"search": "<img", "from_number": HOSTILE, "group_by": "from_number"}
    explorer = explore(calls, **filters, source="a.csv")
    explorer.screen.look()
    explorer.screen.listing.open.box.children[0].click()
    explorer.compare = {"from_number": HOSTILE, "end": "2026-03-16"}
    ended = calls.assign(disconnection_reason=["dial_failed"] * 40 + ["user_hangup"] * 20)
    ended["start_timestamp"] = pd.date_range("2026-03-02", periods=60, freq="h", tz="UTC")
    ended["agent_id"] = ended["agent_name"] = [HOSTILE] * 30 + ["<b>"] * 30
    ended["to_number"] = [f"+1303555{place:04}" for place in range(60)]
    panel = explorer.screen.pictures.explained
    panel.value = explanation(Index(ended), {}, {"agent_id": ["<b>"]}, HOSTILE).html
    assert "retell-explained" in panel.value
    html = "".join([html_of(explorer.screen), explorer._repr_mimebundle_()["text/html"]])
    assert "&lt;img src=x" in html
    assert "<img src=x" not in html
    assert "</script" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("mouse", [False, True])
def test_the_screen_is_made_of_plain_widgets(
    index: Index, monkeypatch: pytest.MonkeyPatch, *, mouse: bool
) -> None:
    """Core widgets, none of them an Output, and one of anywidget where that is installed."""
    if not mouse:
        monkeypatch.setitem(sys.modules, "anywidget", None)
    screen = Explorer(State(index)).screen
    kinds = {type(widget).__name__ for widget in every(screen.box)}
    assert kinds == {
        "Box", "Button", "Dropdown", "HTML", "SelectionRangeSlider", "Text", "Textarea",
        "ToggleButton", *(["Mouse"] if mouse else []),
    }  # fmt: skip


def test_each_control_says_what_it_is_for(screen: Screen) -> None:
    """The filters have headings, in their order."""
    headings = [child.description for child in screen.controls.box.children]
    assert headings == [
        "Period", "Outcome", "Category", "Reason", "Direction", "Type", "Agent", "Version",
        "Caller number", "Country", "Group by", "Search",
    ]  # fmt: skip
