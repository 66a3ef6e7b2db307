"""The pictures in README are what is on the screen.

RETELL_NB_SCREENSHOTS=.readme python -m pytest tests/browser -k readme

draws them anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Watched, in_theme

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from .conftest import Shown

HIGH = 1500
MOST = 300_000  # bytes
FINDING, CALLS = "calls broke at your own LLM server", 171

only_voila = pytest.mark.parametrize("opened", ["voila"], indirect=True)


@only_voila
def test_readme_shows_the_explorer(shown: Shown, screenshots: Path) -> None:
    """The explorer as it opens, on light ground."""
    _shoot(shown, screenshots / "explorer.png")


@only_voila
def test_readme_shows_a_finding_s_calls(opened: Shown, screenshots: Path) -> None:
    """A finding that was opened, its calls, and the card of one of them, on dark ground."""
    with in_theme(opened, "dark") as shown:
        shown.screen.press(FINDING)
        shown.screen.counts(CALLS)
        shown.screen.press("Open")
        shown.screen.seen("retell-card").first.wait_for()
        _shoot(shown, screenshots / "explorer_call.png")


def test_readme_shows_the_report(browser: Browser, sample_report: Any, screenshots: Path) -> None:
    """The first page of the report on the bundled calls."""
    context = browser.new_context(offline=True, viewport={"width": 960, "height": 1436})
    seen = Watched.of(context)
    seen.page.goto(sample_report.html.as_uri())
    seen.page.wait_for_load_state("networkidle")
    seen.page.screenshot(path=screenshots / "report.png")
    context.close()
    assert 50_000 < (screenshots / "report.png").stat().st_size < MOST


def _shoot(shown: Shown, path: Path) -> None:
    shown.page.set_viewport_size({"width": 1280, "height": HIGH})
    shown.screen.kernel("0")
    shown.page.evaluate("document.activeElement.blur()")
    shown.screen.root.screenshot(path=path, animations="disabled")
    assert 50_000 < path.stat().st_size < MOST
