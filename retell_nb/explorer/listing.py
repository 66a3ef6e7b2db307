"""The list of calls on the screen, a page at a time, and the card of the one that is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np

from retell_nb.explorer import pages
from retell_nb.explorer.card import call_card
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.text import calls, count

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from retell_nb.engine.aliases import Mask
    from retell_nb.explorer.index import Index


__all__ = ["Listing"]


class Listing:
    """The calls in view, sorted and paged; a row opens the card of its call.

    Parameters
    ----------
    index : Index
    safely : callable
        Makes a callback one that shows its error on the screen.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy"], "call_id": ["call_1"]}))
    >>> listing = Listing(index, lambda callback: callback)
    >>> listing.show(np.array([True]))
    >>> listing.open.box.children[0].click()
    >>> "call_1" in listing.card.value
    True
    """

    def __init__(self, index: Index, safely: Callable[[Any], Any]) -> None:
        self._index, self._mask, self._page = index, np.ones(len(index), dtype=bool), 0
        self._orders: dict[pages.Order, npt.NDArray[np.intp]] = {}
        self._places = np.zeros(0, dtype=np.intp)
        headings = pages.columns(index)
        self.sort = widgets.Dropdown(
            options=[(heading, name) for name, heading in headings.items()], description="Sort by"
        )
        self.falling = widgets.ToggleButton(value=True, description="Descending")
        self.turn = Buttons(safely(self._turned), "retell-turn")
        self.open = Buttons(safely(self._opened), "retell-open")
        self.where, self.rows = block("retell-where"), block()
        self.card = block("retell-opened")
        for widget in (self.sort, self.falling):
            widget.observe(safely(self._sorted), "value")
        bar = box([self.where, self.sort, self.falling, self.turn.box], "retell-bar")
        table = box([self.open.box, self.rows], "retell-beside")
        self.box = box([bar, table], "retell-calls")

    def show(self, mask: Mask) -> None:
        """Show the first page of the calls in view; if they are others, the card is closed.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> listing = Listing(Index(calls), lambda callback: callback)
        >>> listing.show(np.array([True, False]))
        >>> listing.where.value
        '<b>1 to 1 of 1 call</b>'
        """
        if not np.array_equal(self._mask, mask):
            shown(self.card, yes=False)
        self._mask, self._page = mask, 0
        self._fill()

    def _fill(self) -> None:
        by = pages.Order(self.sort.value, self.falling.value)
        if by not in self._orders:
            self._orders = {
                by: pages.order(self._index, by)
            }  # one of them, as it is as long as all
        shown_now = pages.page(self._index, self._mask, self._orders[by], self._page)
        self._places, total = shown_now.places, int(np.count_nonzero(self._mask))
        first = self._page * pages.PAGE
        there = f"{count(first + 1)} to {count(first + len(self._places))} of " if total else ""
        self.where.value = f"<b>{there}{calls(total)}</b>"
        self.rows.value = shown_now.html
        self.open.show(["Open"] * len(self._places), ["Open the card of this call"] * pages.PAGE)
        self.turn.show(["First", "Previous", "Next"])
        back, more = self._page > 0, first + pages.PAGE < total
        for button, able in zip(self.turn.box.children, (back, back, more), strict=True):
            button.disabled = not able

    def _sorted(self, _: Any) -> None:
        self._page = 0
        self._fill()

    def _turned(self, button: int) -> None:
        self._page = (0, self._page - 1, self._page + 1)[button]
        self._fill()

    def _opened(self, row: int) -> None:
        self.card.value = call_card(self._index, int(self._places[row]))
        shown(self.card, yes=True)
