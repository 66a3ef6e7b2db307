"""The explorer on a page: what a person sees of it, and what they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE = 60_000  # milliseconds; a busy machine is no fault of the code
_COUNT = "document.querySelector('.retell-explorer .retell-count b').textContent === {!r}"


class Screen:
    """The explorer as it is on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.set_default_timeout(PATIENCE)

    def choice(self, name: str) -> Locator:
        """The list, or the field, of this name."""
        labelled = self.page.locator(
            ".retell-choices > div", has=self.page.get_by_text(name, exact=True)
        )
        return labelled.locator("select, input[type=text]").first

    def options(self, name: str) -> list[str]:
        """The values to choose from, without their numbers of calls."""
        return [
            text.split(" (")[0] for text in self.choice(name).locator("option").all_inner_texts()
        ]

    def pick(self, name: str, value: str) -> None:
        """Choose a value, whatever the number of calls beside it."""
        option = self.choice(name).locator("option").filter(has_text=value).first
        self.choice(name).select_option(label=option.inner_text())

    def press(self, words: str) -> None:
        """Press the button that says this."""
        self.page.locator(".retell-explorer button:visible", has_text=words).first.click()

    def counts(self, calls: int) -> None:
        """Wait until the screen counts this many calls."""
        self.page.wait_for_function(_COUNT.format(f"{calls:,}"))

    def seen(self, place: str) -> Locator:
        """What of this class is to be seen."""
        return self.page.locator(f".retell-explorer .{place}:visible")

    def chips(self) -> list[str]:
        """What is chosen, as the chips say it."""
        chips = self.page.locator(".retell-chips button:visible").all_inner_texts()
        return [text.removesuffix("✕").strip() for text in chips]

    def pictures(self) -> list[str]:
        """What the pictures say in words to those who cannot see them."""
        shown = self.page.locator(".retell-picture [role=img]")
        return [shown.nth(n).get_attribute("aria-label") or "" for n in range(shown.count())]
