"""The report as a browser shows it, without a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .conftest import Watched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BLANK = "[...document.images].filter(image => !(image.complete && image.naturalWidth)).length"


@pytest.fixture(scope="module", params=["sample", "dashboard"])
def made(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_report")


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def seen(request: pytest.FixtureRequest, browser: Browser, made: Any) -> Iterator[Watched]:
    """Open a report on a screen of some width, with the network cut off."""
    size: Any = {"width": request.param, "height": 900}
    context = browser.new_context(offline=True, viewport=size)
    seen = Watched.of(context)
    seen.page.goto(made.html.as_uri())
    seen.page.wait_for_load_state("networkidle")
    yield seen
    context.close()


def test_a_report_opens_in_peace(seen: Watched, made: Any) -> None:
    """A browser asks for the file alone, and for pictures within it; nothing complains or runs."""
    outside = [url for url in seen.requests if not url.startswith("data:")]
    assert outside == [made.html.as_uri()]
    assert seen.complaints == []


def test_a_report_can_be_read(seen: Watched) -> None:
    """Every picture is shown, the page fits the screen, and the sections are in order."""
    assert seen.page.evaluate("document.images.length") >= 5
    assert seen.page.evaluate(_BLANK) == 0
    assert seen.page.evaluate(_TOO_WIDE) <= 0
    assert seen.page.locator("h1").all_inner_texts() == ["Failure report"]
    sections = seen.page.locator("h2").all_inner_texts()
    assert sections[:3] == ["What is wrong", "Since when", "Where"]
    assert sections[-2:] == ["Key figures", "Data quality"]
    assert seen.page.locator("nav a").all_inner_texts() == sections


def test_a_report_is_kept_as_a_picture(
    seen: Watched, request: pytest.FixtureRequest, screenshots: Path
) -> None:
    """The whole page can be drawn."""
    path = screenshots / f"{request.node.callspec.id}.png"
    seen.page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 50_000
