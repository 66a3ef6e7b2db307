"""A real browser, and notebooks opened in it by JupyterLab and by Voilà."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from .servers import lab, voila

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

    from .servers import Server

NAMES = ("chromium", "chromium-browser", "google-chrome")
DEMANDED = any(os.environ.get(name) for name in ("CI", "RETELL_NB_DEMAND_BROWSER"))
ICONS = "https://cdn.jsdelivr.net/npm/@fortawesome/fontawesome-free@%5E5/css/"
"""What Voilà's own page asks a network for, which a test does not have; nothing of ours does."""
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
        if said.type == "error" and not said.location["url"].startswith(ICONS):
            self.complaints.append(said.text)

    def _asked(self, dialog: Any) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def strangers(self) -> list[str]:
        """Requests that left the machine, or would have."""
        schemes = ("http", "https", "ws", "wss")
        urls = [urlparse(url) for url in self.requests if not url.startswith(ICONS)]
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


CELLS = """\
import retell_nb as rn

calls = rn.sample_calls(3_000, seed=7)
explorer = calls.retell.explore()
explorer
"""
_APP = "(window.jupyterapp || window.jupyterlab)"
_OPENED = f"{_APP} && {_APP}.shell.currentWidget && {_APP}.shell.currentWidget.context"
_RUN = f"""async () => {{
    const app = {_APP}, notebook = app.shell.currentWidget;
    await notebook.context.ready;
    await notebook.sessionContext.ready;
    await app.commands.execute('notebook:run-all-cells');
}}"""
PATIENCE = 120_000  # milliseconds; a busy machine is no fault of the code


def written(folder: Path, cells: str = CELLS) -> Path:
    """Write a notebook of one cell, `explore.ipynb`, and return its path."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cells)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, folder / "explore.ipynb")
    return folder / "explore.ipynb"


def open_in_lab(page: Page, server: Server) -> None:
    """Open the notebook in JupyterLab, run it, and wait for the explorer."""
    page.goto(f"{server.url}/lab/tree/explore.ipynb?token={server.token}")
    page.wait_for_function(_OPENED, timeout=PATIENCE)
    page.evaluate(_RUN)
    page.wait_for_selector(".retell-explorer .retell-picture [role=img]", timeout=PATIENCE)


def open_in_voila(page: Page, server: Server) -> None:
    """Open the notebook as a page of Voilà, and wait for the explorer."""
    page.goto(server.url, timeout=PATIENCE)
    page.wait_for_selector(".retell-explorer .retell-picture [role=img]", timeout=PATIENCE)


@pytest.fixture(scope="session")
def lab_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("lab")
    written(folder)
    with lab(folder) as server:
        yield server


@pytest.fixture(scope="session")
def voila_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("voila")
    with voila(folder, written(folder).name) as server:
        yield server
