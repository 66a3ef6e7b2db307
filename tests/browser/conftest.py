"""A real browser, and the explorer's notebook opened in it by JupyterLab and by Voilà."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlparse

import nbformat
import pytest
from playwright.sync_api import sync_playwright

import retell_nb as rn

from . import hostile
from .screen import PROBE, Screen
from .servers import lab, voila

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from playwright.sync_api import Browser, BrowserContext, Page

    from .servers import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEMANDED = any(os.environ.get(name) for name in ("CI", "RETELL_NB_DEMAND_BROWSER"))
FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update")
ICONS = "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@%5E5/css/"
"""What Voilà's own page asks a network for, without a setting to leave it out; it gets nothing."""
FORMULAS = "Cannot read properties of undefined (reading 'Queue')"
"""What ipywidgets 7 says in Voilà 0.4, whose page announces MathJax and leaves it out."""

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "explore.ipynb"
_HOSTILE = f"""\
import sys
from unittest import mock

hostile = rn.read_calls("hostile.json", keep={hostile.KEEP})
with mock.patch.dict(sys.modules, {{"anywidget": None}}):
    beside = hostile.retell.explore(group_by="agent_id")
    beside.screen
beside
"""
PATIENCE = 120_000  # milliseconds; a busy machine is no fault of the code


@dataclass
class Watched:
    """A page, and all that it asked for or complained of on the way."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext) -> Watched:
        """Open a page and listen to it."""
        context.route(_is_strange, lambda route: route.abort())
        watched = cls(context.new_page())
        watched.page.on("request", lambda asked: watched.requests.append(asked.url))
        watched.page.on("console", watched._heard)
        watched.page.on("pageerror", watched._failed)
        watched.page.on("dialog", watched._asked)
        return watched

    def _heard(self, said: Any) -> None:
        if said.type == "error" and not said.location["url"].startswith(ICONS):
            self.complaints.append(said.text)

    def _failed(self, error: Any) -> None:
        if FORMULAS not in str(error):
            self.complaints.append(str(error))

    def _asked(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def strangers(self) -> list[str]:
        """Requests that would have left the machine."""
        return [url for url in self.requests if _is_strange(url) and not url.startswith(ICONS)]


def _is_strange(url: str) -> bool:
    parts = urlparse(url)
    return parts.scheme in ("http", "https", "ws", "wss") and parts.hostname != "127.0.0.1"


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Start the machine's Chromium, once; no event loop of Playwright's outlives its tests."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        assert not DEMANDED, f"no browser was found; looked for {', '.join(NAMES)}."
        pytest.skip(f"no browser: none of {', '.join(NAMES)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=[*FLAGS])
        yield started
        started.close()


def written(folder: Path) -> None:
    """Write the explorer's notebook, with a second explorer of hostile calls and a probe."""
    (folder / "hostile.json").write_text(json.dumps(hostile.records()), encoding="utf-8")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    notebook.cells += [nbformat.v4.new_code_cell(cell) for cell in (_HOSTILE, PROBE)]
    nbformat.write(notebook, folder / NOTEBOOK.name)


class Shown(NamedTuple):
    """A page that shows the explorer, and what it asked for or complained of."""

    watched: Watched
    screen: Screen
    place: str
    server: Server
    themes: dict[str, Shown]

    @property
    def page(self) -> Page:
        """The page itself."""
        return self.watched.page


_APP = "(window.jupyterapp || window.jupyterlab)"
_OPENED = f"{_APP} && {_APP}.shell.currentWidget && {_APP}.shell.currentWidget.context"
_RUN = f"""async () => {{
    const app = {_APP}, notebook = app.shell.currentWidget;
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await app.commands.execute('notebook:run-all-cells');
}}"""
_THEME = f"theme => {_APP}.commands.execute('apputils:change-theme', {{theme}})"
_COLLAPSED = f"() => {_APP}.shell.collapseLeft()"


def open_in_lab(page: Page, server: Server) -> None:
    """Open the notebook in JupyterLab, run it, and wait for all that it shows."""
    page.goto(f"{server.url}/lab/tree/{NOTEBOOK.name}?token={server.token}", timeout=PATIENCE)
    page.wait_for_function(_OPENED, timeout=PATIENCE)
    page.evaluate(_COLLAPSED)
    page.evaluate(_RUN)
    _wait(page)


def open_in_voila(page: Page, server: Server, theme: str = "light") -> None:
    """Open the notebook as a page of Voilà, and wait for all that it shows."""
    page.goto(f"{server.url}?theme={theme}&voila-theme={theme}", timeout=PATIENCE)
    _wait(page)


def _wait(page: Page) -> None:
    page.wait_for_selector(".probe input", timeout=PATIENCE)
    page.wait_for_selector(".retell-found button", timeout=PATIENCE)


OPENERS = {"lab": open_in_lab, "voila": open_in_voila}


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the pictures that tests take; CI keeps them."""
    named = os.environ.get("RETELL_NB_SCREENSHOTS")
    folder = Path(named) if named else tmp_path_factory.mktemp("screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def in_theme(opened: Shown, theme: str) -> Iterator[Shown]:
    """Show the notebook in a theme: JupyterLab changes the page, Voilà makes another one, once."""
    if opened.place == "lab":
        opened.page.evaluate(_THEME, f"JupyterLab {theme.title()}")
        yield opened
        opened.page.evaluate(_THEME, "JupyterLab Light")
        return
    if theme not in opened.themes:
        watched = Watched.of(opened.page.context)
        open_in_voila(watched.page, opened.server, theme)
        opened.themes[theme] = opened._replace(watched=watched, screen=Screen(watched.page))
    yield opened.themes[theme]


@pytest.fixture(scope="session")
def calls() -> pd.DataFrame:
    """The calls that the notebook explores."""
    return rn.load_calls("sample")


@pytest.fixture(scope="package", params=OPENERS)
def opened(
    request: pytest.FixtureRequest, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shown]:
    """Open the notebook once, without a network."""
    folder = tmp_path_factory.mktemp(request.param)
    written(folder)
    serve = {"lab": lab, "voila": voila}[request.param]
    size: Any = {"width": 1280, "height": 900}
    context = browser.new_context(viewport=size)
    with serve(folder, NOTEBOOK.name) as server:
        watched = Watched.of(context)
        OPENERS[request.param](watched.page, server)
        shown = Shown(watched, Screen(watched.page), request.param, server, {})
        shown.themes["light"] = shown
        yield shown
        context.close()


@pytest.fixture
def shown(opened: Shown, calls: pd.DataFrame) -> Shown:
    """Show the explorer as it is when nothing is selected."""
    opened.screen.press("Reset")
    opened.screen.counts(len(calls))
    return opened
