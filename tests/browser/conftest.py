"""A real browser, and notebooks opened in it by JupyterLab and by Voilà."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import pytest
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEMANDED = any(os.environ.get(name) for name in ("CI", "RETELL_NB_DEMAND_BROWSER"))
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")


@dataclass
class Watched:
    """A page, and all that it asked for or complained of on the way."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext) -> Watched:
        """Open a page and listen to it."""
        watched = cls(context.new_page())
        watched.page.on("request", lambda asked: watched.requests.append(asked.url))
        watched.page.on("console", watched._heard)
        watched.page.on("pageerror", lambda error: watched.complaints.append(str(error)))
        watched.page.on("dialog", watched._asked)
        return watched

    def _heard(self, said: Any) -> None:
        if said.type == "error":
            self.complaints.append(said.text)

    def _asked(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def strangers(self) -> list[str]:
        """Requests that left the machine, or would have."""
        schemes = ("http", "https", "ws", "wss")
        urls = [urlparse(url) for url in self.requests]
        return [u.geturl() for u in urls if u.scheme in schemes and u.hostname != "127.0.0.1"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium, once."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        assert not DEMANDED, f"no browser was found; looked for {', '.join(NAMES)}."
        pytest.skip(f"no browser: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*FLAGS])
        yield started
        started.close()
