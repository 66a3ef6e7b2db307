"""The explorer on a page: what a person sees of it, and what they can do."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 20_000
PROBE = """\
import gc, html, json
import ipywidgets, psutil
from matplotlib.figure import Figure
from pytest import MonkeyPatch
from retell_nb.explorer.index import Index

breaking = MonkeyPatch()


def answer(change):
    told.value = html.escape(json.dumps(eval(change["new"])))


ask, told = ipywidgets.Text(), ipywidgets.HTML()
ask.observe(answer, "value")
probe = ipywidgets.VBox([ask, told])
probe.add_class("probe")
probe
"""
"""A cell by which a test asks the kernel, wherever the notebook is shown."""
_QUIET = """root => new Promise(done => {
    let turn;
    const look = new MutationObserver(() => again());
    const again = () => {
        clearTimeout(turn);
        turn = setTimeout(() => { look.disconnect(); done(); }, 120);
    };
    look.observe(root, {childList: true, subtree: true, attributes: true, characterData: true});
    again();
})"""


class Screen:
    """An explorer as it is on a page, the first or another one."""

    numbers = itertools.count()

    def __init__(self, page: Page, place: int = 0) -> None:
        self.page = page
        self.root = page.locator(".retell-explorer:not(.retell-static)").nth(place)
        page.set_default_timeout(PATIENCE)

    def kernel(self, expression: str) -> Any:
        """Ask the kernel for a value."""
        number = next(self.numbers)
        self.page.locator(".probe input").fill(f"[{number}, {expression}]")
        told = self.page.locator(".probe .widget-html-content")
        expect(told).to_contain_text(re.compile(rf"^\s*\[{number}, "), timeout=PATIENCE)
        return json.loads(told.inner_text())[1]

    def settled(self) -> None:
        """Wait until the kernel has done what it was asked to, and nothing changes any more."""
        self.kernel("0")
        self.root.evaluate(_QUIET)

    def choice(self, name: str) -> Locator:
        """The list, or the field, of this name; the filters are opened for it."""
        if not self.root.locator(".retell-filters").is_visible():
            self.press("Filters")
            self.root.locator(".retell-filters").wait_for()
        labelled = self.root.locator(
            ".retell-filters > div", has=self.page.get_by_text(name, exact=True)
        )
        return labelled.locator("select, input[type=text]").first

    def options(self, name: str) -> list[str]:
        """The values to choose from, without their numbers of calls."""
        texts = self.choice(name).locator("option").all_inner_texts()
        return [re.sub(r"\s\([\d,]+\)$", "", text).replace("\xa0", " ") for text in texts]

    def pick(self, name: str, value: str) -> None:
        """Choose a value, whatever the number of calls beside it."""
        self.choice(name).select_option(index=self.options(name).index(value))

    def mark(self, picture: str, place: int) -> Locator:
        """A mark of a picture, by its number."""
        return self.root.locator(f"[data-picture={picture}] [data-mark='{place}']")

    def open(self, row: int = 0) -> None:
        """Open the card of a call by its row."""
        self.root.locator(".retell-rows tbody tr").nth(row).locator("td").first.click()
        self.seen("retell-card").first.wait_for()

    def press(self, words: str) -> None:
        """Press the first button that says this."""
        self.root.locator("button:visible", has_text=words).first.click()

    def counts(self, calls: int) -> None:
        """Wait until the screen counts this many calls, and shows all that it shows of them."""
        expect(self.root.locator(".retell-count b")).to_have_text(f"{calls:,}", timeout=PATIENCE)
        self.settled()

    def seen(self, place: str) -> Locator:
        """What of this class is to be seen."""
        return self.root.locator(f".{place}:visible")

    def text(self, place: str) -> str:
        """What the first of this class says."""
        return self.seen(place).first.inner_text()

    def chips(self) -> list[str]:
        """What is selected, as the chips say it."""
        chips = self.root.locator(".retell-chips button:visible").all_inner_texts()
        return [text.removesuffix("✕").strip() for text in chips]

    def pictures(self) -> dict[str, str]:
        """What each picture says to those who cannot see it: its label, or its rows as text."""
        told = {}
        for picture in self.seen("retell-picture").all():
            label = picture.locator("svg[role=listbox]")
            heading, rows = picture.locator("h3").inner_text(), picture.locator(".retell-row")
            told[heading] = (
                label.get_attribute("aria-label") or ""
                if label.count()
                else "\n".join(rows.all_inner_texts())
            )
        return told
