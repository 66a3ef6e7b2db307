"""Hostile calls in the explorer: their text runs nothing and breaks nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from . import hostile
from .screen import PATIENCE, Screen

if TYPE_CHECKING:
    from .conftest import Shown

_INJECTED = "img[src=x], img[onerror], svg[onload], script, iframe, a[href^='javascript' i], bdo"
_TURNING = "\u202e\u202d\u202a\u202b\u2066\u2067"
_BUT_TALK = """root => {
    const copy = root.cloneNode(true);
    copy.querySelectorAll('.retell-talk td').forEach(cell => cell.remove());
    return copy.textContent;
}"""
"""What is said, but for the cells of a transcript, which no sign in them can reach beyond."""
RECORDS = hostile.records()


@pytest.fixture
def beside(opened: Shown) -> Screen:
    """Show the explorer of the hostile calls, with nothing selected."""
    screen = Screen(opened.page, 1)
    screen.press("Reset")
    screen.counts(len(RECORDS))
    return screen


def _harm(opened: Shown, screen: Screen) -> list[str]:
    """Elements made of a call's text, what ran or complained, and signs that turn words around."""
    made = screen.root.locator(_INJECTED).evaluate_all("all => all.map(one => one.outerHTML)")
    said = screen.root.evaluate(_BUT_TALK)
    turning = [hex(ord(sign)) for sign in _TURNING if sign in said]
    return [*made, *opened.watched.complaints, *turning]


def test_hostile_texts_are_shown_as_they_are_written(opened: Shown, beside: Screen) -> None:
    """Names, numbers, ids and reasons with markup are text in lists, pictures, rows and chips."""
    texts = {text for text in beside.options("Agent") if text.startswith(("<", '"'))}
    assert texts == {name for name in {r["agent_name"] for r in RECORDS} if name[0] in '<"'}
    assert '<img src=x onerror="alert(1)">' in beside.text("retell-of-groups")
    assert "<svg/onload=alert(3)>" in beside.text("retell-rows")
    assert _harm(opened, beside) == []
    beside.pick("Agent", "</script><script>alert(2)</script>")
    beside.counts(sum(record["agent_name"].startswith("</script>") for record in RECORDS))
    assert beside.chips() == ["Agent: </script><script>alert(2)</script>"]
    beside.press("Copy as code")
    beside.press("Copy as report")
    assert _harm(opened, beside) == []


def test_hostile_calls_are_paged_and_opened(opened: Shown, beside: Screen) -> None:
    """Every card of the last page opens with its transcript as text, and links to no script."""
    beside.press("Next")
    expect(beside.seen("retell-where")).to_contain_text("13 to 24 of 30", timeout=PATIENCE)
    for place in range(6):
        beside.open(place)
        said = RECORDS[len(RECORDS) - 13 - place]
        expect(beside.seen("retell-card").first).to_contain_text(said["call_id"][:9])
        beside.settled()
        assert "Transcript" in beside.text("retell-talk")
        assert _harm(opened, beside) == []


def test_a_megabyte_of_talk_is_cut(opened: Shown, beside: Screen) -> None:
    """A transcript of a megabyte opens at once, since a page of it is all that is shown."""
    beside.choice("Search").fill("call_0000")
    beside.counts(1)
    beside.open()
    expect(beside.seen("retell-talk")).to_contain_text("word word", timeout=PATIENCE)
    assert len(beside.root.text_content() or "") < hostile.LONG // 10
    assert "long ones are cut" in beside.text("retell-talk")
    assert _harm(opened, beside) == []
