"""The list of calls on the screen, a page at a time, and beside it the card of one of them."""

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
    from retell_nb.explorer.events import Events, Pick
    from retell_nb.explorer.index import Index


__all__ = ["Listing"]


class Listing:
    """The calls in view, sorted and paged; a row opens the card of its call beside the list.

    Parameters
    ----------
    index : Index
    events : Events
        Brings the rows and the headings that are picked.
    safely : callable
        Makes a callback one that shows its error on the screen.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.events import Events
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy"], "call_id": ["call_1"]}))
    >>> listing = Listing(index, Events(), lambda callback: callback)
    >>> listing.show(np.array([True]))
    >>> listing.open.box.children[0].click()
    >>> "call_1" in listing.card.value
    True
    """

    def __init__(self, index: Index, events: Events, safely: Callable[[Any], Any]) -> None:
        self._index, self._events = index, events
        self._mask, self._page = np.ones(len(index), dtype=bool), 0
        self._orders: dict[pages.Order, npt.NDArray[np.intp]] = {}
        self._view = self._places = np.zeros(0, dtype=np.intp)
        self._rank: int | None = None
        self._headings = pages.columns(index)
        self.sort = widgets.Dropdown(
            options=[(heading, name) for name, heading in self._headings.items()],
            description="Sort by",
        )
        self.falling = widgets.ToggleButton(value=True, description="Descending")
        self.turn = Buttons(safely(self._turned), "retell-turn")
        self.open = Buttons(safely(self._opened), "retell-open")
        self.steps = Buttons(safely(self._stepped), "retell-turn")
        self.where, self.rows = block("retell-where"), block()
        self.card, self.position = block("retell-opened"), block("retell-where")
        for widget in (self.sort, self.falling):
            widget.observe(safely(self._sorted), "value")
        bar = box([self.where, self.sort, self.falling, self.turn.box], "retell-bar")
        table = box([self.open.box, self.rows], "retell-beside")
        self.side = box(
            [box([self.position, self.steps.box], "retell-bar"), self.card], "retell-aside"
        )
        shown(self.side, yes=False)
        self.box = box([box([bar, table], "retell-list"), self.side], "retell-calls")

    @property
    def order(self) -> pages.Order:
        """What the calls are sorted by; may be set.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.events import Events
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
        >>> Listing(Index(calls), Events(), lambda callback: callback).order
        Order(column='reason', falling=True)
        """
        return pages.Order(self.sort.value, self.falling.value)

    @order.setter
    def order(self, order: pages.Order) -> None:
        self.sort.value, self.falling.value = order

    def show(self, mask: Mask) -> None:
        """Show the first page of the calls in view; if they are others, the card is closed.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.events import Events
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> listing = Listing(Index(calls), Events(), lambda callback: callback)
        >>> listing.show(np.array([True, False]))
        >>> listing.where.value
        '<b>1 to 1 of 1 call</b>'
        """
        if self._rank is None or not np.array_equal(self._mask, mask):
            self._rank, self._page = None, 0
        self._mask = mask
        self._rank_calls()
        self._fill()

    def _rank_calls(self) -> None:
        by = self.order
        if by not in self._orders:  # one of them is kept, as it is as long as all calls
            self._orders = {by: pages.order(self._index, by)}
        ranked = self._orders[by]
        self._view = ranked[self._mask[ranked]]

    def _fill(self) -> None:
        total, first = len(self._view), self._page * pages.PAGE
        opened = None if self._rank is None else int(self._view[self._rank])
        page = pages.page(self._index, self._view, self._page, self.order, opened)
        self._places = page.places
        there = f"{count(first + 1)} to {count(first + len(page.places))} of " if total else ""
        self.where.value = f"<b>{there}{calls(total)}</b>"
        self.rows.value = self._events.show("calls", page.html, page.marks, self.picked)
        self.open.show(["Open"] * len(page.places), ["Open the card of this call"] * pages.PAGE)
        self.turn.show(["First", "Previous", "Next"])
        _enable(self.turn, self._page > 0, self._page > 0, first + pages.PAGE < total)
        shown(self.side, yes=self._rank is not None)
        if self._rank is None:
            self.box.remove_class("retell-with-card")
        else:
            self.box.add_class("retell-with-card")
            self.position.value = f"<b>Call {count(self._rank + 1)} of {count(total)}</b>"
            self.steps.show(["Previous call", "Next call", "Close"])
            _enable(self.steps, self._rank > 0, self._rank + 1 < total, self._rank >= 0)

    def picked(self, pick: Pick) -> None:
        """Sort by the heading that was picked, or open the call of the row.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.events import Events, Pick
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "call_id": "call_1"})
        >>> listing = Listing(Index(calls), Events(), lambda callback: callback)
        >>> listing.show(np.array([True]))
        >>> listing.picked(Pick(1, 1))
        >>> listing.order
        Order(column='call_id', falling=True)
        """
        names = list(self._headings)
        if pick.first >= len(names):
            self._opened(pick.first - len(names))
        elif names[pick.first] == self.sort.value:
            self.falling.value = not self.falling.value
        else:
            self.sort.value = names[pick.first]

    def _sorted(self, _: Any) -> None:
        """Sort anew; the card that is open stays, wherever its call comes to stand."""
        opened = None if self._rank is None else self._view[self._rank]
        self._rank_calls()
        self._page = 0
        if opened is not None:
            self._rank = int(np.flatnonzero(self._view == opened)[0])
            self._page = self._rank // pages.PAGE
        self._fill()

    def _turned(self, button: int) -> None:
        self._page = (0, self._page - 1, self._page + 1)[button]
        self._fill()

    def _opened(self, row: int) -> None:
        self._open(self._page * pages.PAGE + row)

    def _stepped(self, button: int) -> None:
        if self._rank is None:
            return
        if button == 2:
            self._rank = None
            self._fill()
        else:
            self._open(self._rank + (-1, 1)[button])

    def _open(self, rank: int) -> None:
        """Open the card of a call, and turn to its page."""
        if not 0 <= rank < len(self._view):
            return
        self.card.value = call_card(self._index, int(self._view[rank]))
        self._rank, self._page = rank, rank // pages.PAGE
        self._fill()


def _enable(buttons: Buttons, *able: bool) -> None:
    for button, enabled in zip(buttons.box.children, able, strict=True):
        button.disabled = not enabled
