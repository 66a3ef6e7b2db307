"""The report as a browser shows it, without a network."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEMANDED = any(os.environ.get(name) for name in ("CI", "RETELL_NB_DEMAND_BROWSER"))
_TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_BLANK = "[...document.images].filter(image => !(image.complete && image.naturalWidth)).length"


class Seen(NamedTuple):
    """A page in a browser, and all that it asked for or complained of on the way."""

    page: Page
    requests: list[str]
    complaints: list[str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        assert not DEMANDED, f"no browser was found; looked for {', '.join(NAMES)}."
        pytest.skip(f"no browser: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(scope="module", params=["sample", "dashboard"])
def made(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{request.param}_report")


@pytest.fixture(params=[1280, 390], ids=["desk", "phone"])
def seen(request: pytest.FixtureRequest, browser: Browser, made: Any) -> Iterator[Seen]:
    """Open a report on a screen of some width, with the network cut off."""
    size: Any = {"width": request.param, "height": 900}
    context = browser.new_context(offline=True, viewport=size)
    seen = Seen(context.new_page(), [], [])
    seen.page.on("request", lambda asked: seen.requests.append(asked.url))
    seen.page.on("console", lambda said: seen.complaints.append(said.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.on("dialog", lambda dialog: seen.complaints.append(dialog.message))
    seen.page.goto(made.html.as_uri())
    seen.page.wait_for_load_state("networkidle")
    yield seen
    context.close()


def test_a_report_opens_in_peace(seen: Seen, made: Any) -> None:
    """A browser asks for the file alone, and for pictures within it; nothing complains or runs."""
    outside = [url for url in seen.requests if not url.startswith("data:")]
    assert outside == [made.html.as_uri()]
    assert seen.complaints == []


def test_a_report_can_be_read(seen: Seen) -> None:
    """Every picture is shown, the page fits the screen, and the sections are in order."""
    assert seen.page.evaluate("document.images.length") >= 5
    assert seen.page.evaluate(_BLANK) == 0
    assert seen.page.evaluate(_TOO_WIDE) <= 0
    assert seen.page.locator("h1").all_inner_texts() == ["Failure report"]
    sections = seen.page.locator("h2").all_inner_texts()
    assert sections[:3] == ["What is wrong now", "Key figures", "Why calls end"]
    assert sections[-1] == "What was left out"


def test_a_report_is_kept_as_a_picture(
    seen: Seen, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """The whole page can be drawn; CI keeps the picture in RETELL_NB_SCREENSHOTS."""
    folder = Path(os.environ.get("RETELL_NB_SCREENSHOTS", tmp_path))
    path = folder / f"{request.node.callspec.id}.png"
    seen.page.screenshot(path=path, full_page=True)
    assert path.stat().st_size > 50_000
