"""The pictures in README are what is on the screen.

RETELL_NB_SCREENSHOTS=.readme python -m pytest tests/browser -k readme

draws them anew.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from .conftest import Watched, in_theme

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from .conftest import Shown

MOST = 300_000  # bytes
FINDING, CALLS = "calls failed at your own LLM server", 171

only_voila = pytest.mark.parametrize("opened", ["voila"], indirect=True)


@only_voila
def test_readme_shows_the_explorer(shown: Shown, screenshots: Path) -> None:
    """The explorer as it opens, on light ground."""
    _shoot(shown, screenshots / "explorer.png", "retell-head", "retell-calls")


@only_voila
def test_readme_shows_a_finding_s_calls(opened: Shown, screenshots: Path) -> None:
    """The calls of a finding that was pressed, and the card of one of them, on dark ground."""
    with in_theme(opened, "dark") as shown:
        shown.screen.press(FINDING)
        shown.screen.counts(CALLS)
        shown.screen.open()
        _shoot(shown, screenshots / "explorer_call.png", "retell-calls", "retell-calls")


@only_voila
def test_readme_shows_the_explorer_at_work(shown: Shown, screenshots: Path) -> None:
    """A finding that is pressed, its calls, the card of one and of the next: as an animation."""
    frames: list[Image.Image] = []

    def look(part: str, edge: str = "start") -> None:
        shown.screen.settled()
        shown.page.evaluate("document.activeElement.blur()")
        shown.page.mouse.move(0, 0)
        shown.screen.seen(part).evaluate("(part, block) => part.scrollIntoView({block})", edge)
        frames.append(Image.open(io.BytesIO(shown.page.screenshot(animations="disabled"))))

    shown.page.set_viewport_size({"width": 1280, "height": 900})
    look("retell-head")
    shown.screen.press(FINDING)
    shown.screen.counts(CALLS)
    look("retell-head")
    shown.screen.open()
    look("retell-calls", "end")
    shown.screen.press("Next call")
    look("retell-calls", "end")
    small = [
        frame.convert("RGB").resize((960, 675)).quantize(96, dither=Image.Dither.NONE)
        for frame in frames
    ]
    path = screenshots / "explorer.gif"
    small[0].save(
        path, save_all=True, append_images=small[1:], duration=2_500, loop=0, optimize=True
    )
    assert len({frame.tobytes() for frame in small}) == len(small)
    assert 50_000 < path.stat().st_size < 1_000_000


def test_readme_shows_the_report(browser: Browser, sample_report: Any, screenshots: Path) -> None:
    """The first page of the report on the bundled calls."""
    context = browser.new_context(offline=True, viewport={"width": 960, "height": 1436})
    seen = Watched.of(context)
    seen.page.goto(sample_report.html.as_uri())
    seen.page.wait_for_load_state("networkidle")
    _keep(Image.open(io.BytesIO(seen.page.screenshot())), screenshots / "report.png")
    context.close()


def _shoot(shown: Shown, path: Path, first: str, last: str) -> None:
    """Take a picture of the screen, from one part of it to another."""
    shown.page.set_viewport_size({"width": 1280, "height": 2400})
    shown.screen.settled()
    shown.page.evaluate("document.activeElement.blur()")
    shown.page.mouse.move(0, 0)
    whole, top, end = (
        place.bounding_box() or {}
        for place in (shown.screen.root, shown.screen.seen(first), shown.screen.seen(last))
    )
    picture = Image.open(io.BytesIO(shown.screen.root.screenshot(animations="disabled")))
    below = end["y"] + end["height"] - whole["y"]
    _keep(picture.crop((0, int(top["y"] - whole["y"]), picture.width, int(below))), path)


def _keep(picture: Image.Image, path: Path) -> None:
    """Write a picture with the 256 colours that stand for it best: a third of the bytes."""
    colours = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    colours.save(path, optimize=True)
    assert 20_000 < path.stat().st_size < MOST
