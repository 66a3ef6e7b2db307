"""The screen of the explorer: widgets that show a state and change it."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.controls import Controls
from retell_nb.explorer.findings_panel import Finder
from retell_nb.explorer.latest import Latest, aside
from retell_nb.explorer.listing import Listing
from retell_nb.explorer.panels import Pictures
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.text import calls, cleaned, count, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from retell_nb.explorer.state import State
    from retell_nb.explorer.view import View

__all__ = ["Screen"]


class Screen:
    """Widgets for one state; a second state can stand beside it on a screen of its own.

    Parameters
    ----------
    state : State

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.state import State
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> screen = Screen(State(Index(calls)))
    >>> screen.controls.pickers["outcome"].widget.index = 1
    >>> screen.state.filters
    {'outcome': ['not_reached']}
    """

    def __init__(self, state: State) -> None:
        self.state, self._latest, self._looked = state, Latest(), False
        safely = self._safely
        self.controls = Controls(state.index, safely(self._pick), safely(self._group))
        self.chips = Buttons(safely(self._unpick), "retell-chips")
        self.actions = Buttons(safely(self._act), "retell-actions")
        self.count, self.message = block("retell-count"), block("retell-message")
        self.copied, self._copies = widgets.Textarea(), ""
        self.copied.add_class("retell-copy")
        hint = block(html="<p class='soft'>Select all and copy.</p>")
        self.copying = box([hint, self.copied], "retell-copying")
        self.pictures = Pictures(state.index, safely(self._pick))
        self.finder = Finder(safely(self._jump))
        self.listing = Listing(state.index, safely)
        self.actions.show(["Reset", "Copy as code", "Copy as report"])
        self.box = self._layout()
        self.draw()

    def _layout(self) -> widgets.Box:
        style = files("retell_nb.explorer").joinpath("screen.css").read_text(encoding="utf-8")
        head = box([self.count, self.chips.box, self.actions.box], "retell-head")
        body = box([self.pictures.box, self.finder.box], "retell-body")
        shown(self.copying, yes=False)
        shown(self.message, yes=False)
        parts = (
            block(html=f"<style>{style}</style>"), head, self.finder.told, self.message,
            self.copying, self.controls.box, body, self.listing.box, self.listing.card,
        )  # fmt: skip
        return box(parts, "retell-explorer")

    def draw(self) -> None:
        """Bring the filters as they are now on the screen.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> from retell_nb.explorer.state import State
        >>> screen = Screen(State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))))
        >>> screen.state.filters = {"reason": "dial_busy"}
        >>> screen.draw()
        >>> screen.chips.box.children[0].description
        'Reason: dial_busy  ✕'
        """
        view = self.state.view
        self.count.value = _count_line(view)
        self.chips.show([f"{chip}  ✕" for chip in self.state.said.values()])
        self._copy()
        self.finder.follow(self.state.made)
        self.controls.show(self.state.made, self.state.group_by)
        self.pictures.show(view)
        self.listing.show(self.state.index.mask(self.state.made))
        shown(self.message, yes=False)

    def look(self) -> None:
        """Look for findings, and make the lists that take long, after the first paint.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> from retell_nb.explorer.state import State
        >>> screen = Screen(State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))))
        >>> screen.look()
        >>> "Nothing stands out" in screen.finder.head.value
        True
        """
        if not self._looked:
            self._looked = True
            aside(self._searched, self._safely(self._show_findings))

    def _searched(self) -> pd.DataFrame:
        self.controls.prepare()
        return self.state.index.findings()

    def _show_findings(self, findings: pd.DataFrame | BaseException) -> None:
        self.finder.show(findings)
        self.controls.complete(self.state.made)

    def _soon(self, after: float = 0.03) -> None:
        self._latest(self._safely(self.draw), after)

    def _pick(self, changed: Mapping[str, Any], after: float = 0.03) -> None:
        self.state.pick(changed)
        self._soon(after)

    def _group(self, group_by: str) -> None:
        self.state.group_by = group_by
        self._soon()

    def _jump(self, filters: Mapping[str, Any]) -> None:
        self.state.jump(filters)
        self._soon()

    def _unpick(self, place: int) -> None:
        self._pick({list(self.state.made)[place]: None})

    def _act(self, place: int) -> None:
        self._copies = ("", "code", "report")[place]
        self._copy()
        if not place:
            self._jump({})

    def _copy(self) -> None:
        """What is to be copied, as the filters are now."""
        shown(self.copying, yes=self._copies)
        if self._copies:
            text = self.state.code if self._copies == "code" else self.state.report
            self.copied.rows = sum(1 + len(line) // 120 for line in text.splitlines())
            self.copied.value = text

    def _safely(self, callback: Callable[..., None]) -> Callable[..., None]:
        """The callback, which shows its error on the screen."""

        def safe(*args: Any) -> None:
            try:
                callback(*args)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must be seen
                message = escape(cleaned(f"{type(error).__name__}: {error}", 600))
                self.message.value = f"<p class='retell-trouble' role='alert'>{message}</p>"
                shown(self.message, yes=True)

        return safe


def _count_line(view: View) -> str:
    share = percent(view.calls / view.total) if view.total else ""
    words = f"<b>{count(view.calls)}</b> of {calls(view.total)}"
    return f"{words} <span class='soft'>{share}</span>"
