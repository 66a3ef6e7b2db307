"""The screen of the explorer: widgets that show a state and change it."""

from __future__ import annotations

from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.bridges import bridges
from retell_nb.explorer.comparing import Comparing, count_line
from retell_nb.explorer.controls import Controls
from retell_nb.explorer.events import Events
from retell_nb.explorer.files import export, unused
from retell_nb.explorer.findings_panel import Finder
from retell_nb.explorer.latest import Latest, aside
from retell_nb.explorer.listing import Listing
from retell_nb.explorer.marks import safe
from retell_nb.explorer.pages import columns
from retell_nb.explorer.panels import Pictures
from retell_nb.explorer.view import PERIOD
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.text import calls, cleaned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from retell_nb.explorer.events import Pick
    from retell_nb.explorer.explanation import Explanation
    from retell_nb.explorer.state import Compared, State

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
        self.events = Events(lambda work: safely(work)())
        self.controls = Controls(state.index, safely(self._pick), safely(self._group))
        self.filters = widgets.ToggleButton(description="Filters", tooltip="Show all filters")
        self.chips = Buttons(safely(self._unpick), "retell-chips")
        self.actions = Buttons(safely(self._act), "retell-actions")
        self.count, self.message = block("retell-count"), block("retell-message")
        self.copied, self._copies = widgets.Textarea(), ""
        self.copied.add_class("retell-copy")
        self._copy_texts = block("retell-texts")
        self.copying = box([block(html=_COPY_HINT), self.copied], "retell-copying")
        self.comparing = Comparing(state, safely(self._compare), safely(self._explain_difference))
        self._explained_state: object = None
        tools = (safely(self._zoom), safely(self._explain_period))
        self.pictures = Pictures(state.index, self.events, safely(self._pick), *tools)
        self.finder = Finder(safely(self._jump))
        self.listing = Listing(state.index, self.events, safely)
        if state.order.column in columns(state.index):
            self.listing.order = state.order
        self.filters.observe(lambda change: shown(self.controls.box, yes=change["new"]), "value")
        self.actions.show(list(_ACTIONS), list(_ACTIONS.values()))
        for button, kind in zip(self.actions.box.children[1:3], ("code", "report"), strict=True):
            button.add_class(f"retell-copy-{kind}")
        self.box = self._layout()
        self.draw()

    def _layout(self) -> widgets.Box:
        style = files("retell_nb.explorer").joinpath("screen.css").read_text(encoding="utf-8")
        head = box([self.count, self.filters, self.chips.box, self.comparing.choice,
                    self.actions.box], "retell-head")  # fmt: skip
        body = box([self.pictures.box, self.finder.box], "retell-body")
        for part in (self.copying, self.message, self.controls.box):
            shown(part, yes=False)
        shown(self._copy_texts, yes=False)
        parts = (
            block(html=f"<style>{style}</style>"), bridges(self.events.receive), self._copy_texts,
            head, self.message, self.copying, self.controls.box, self.comparing.box,
            self.finder.told, body, self.listing.box,
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
        state = self.state
        view, beside = state.view, state.beside
        self.count.value = count_line(view)
        self.chips.show([f"{chip}  ✕" for chip in state.said.values()])
        shown(self.chips.box, yes=state.said)
        self._copy()
        self.finder.follow(state.made)
        self.controls.show(state.made, state.group_by)
        self.pictures.show(view, zoomed=state.zoomed, beside=beside)
        self.comparing.show(view, beside)
        shown(self.finder.box, yes=beside is None)
        if self._explained_state != self._now:
            self._explained_state = None
            for panel in (self.pictures.explained, self.comparing.explained):
                panel.value = ""
                shown(panel, yes=False)
        self.listing.show(state.index.mask(state.made))
        shown(self.message, yes=False)

    @property
    def _now(self) -> object:
        """What an explanation is of: it goes when the filters are others."""
        return (self.state.filters, self.state.counterpart)

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
        self.state.zoomed = self.state.zoomed and not {*PERIOD}.isdisjoint(self.state.made)
        self._soon(after)

    def _group(self, group_by: str) -> None:
        self.state.group_by = group_by
        self._soon()

    def _jump(self, filters: Mapping[str, Any]) -> None:
        self.state.jump(filters)
        self.state.zoomed = False
        self._soon()

    def _unpick(self, place: int) -> None:
        self._pick({list(self.state.made)[place]: None})

    def _zoom(self) -> None:
        self.state.zoomed = not self.state.zoomed
        self._soon()

    def _compare(self, compare: Compared) -> None:
        self.state.compare = compare
        self._soon()

    def _explain_period(self) -> None:
        self._explain(period=True)

    def _explain_difference(self) -> None:
        self._explain(period=False)

    def _explain(self, *, period: bool) -> None:
        """Explain beside the event loop: it takes seconds where the calls are many."""
        now = self._explained_state = self._now
        panel = (self.pictures if period else self.comparing).explained
        panel.value = "<p class='soft'>Looking for the cause …</p>"
        shown(panel, yes=True)

        def show(result: Explanation | BaseException) -> None:
            if self._explained_state != now:
                return
            if isinstance(result, BaseException):
                panel.value = f"<p class='soft'>{safe(result, 400)}</p>"
                return

            def pick(row: Pick) -> None:
                filters = result.filters[row.first]
                if filters is not None:
                    self._pick(filters)

            panel.value = self.events.show("explained", result.html, len(result.filters), pick)

        aside(lambda: self.state.explain(period=period), self._safely(show))

    def _act(self, place: int) -> None:
        action = list(_ACTIONS)[place]
        self._copies = {"Copy as code": "code", "Copy as report": "report"}.get(action, "")
        self._copy()
        if action == "Reset":
            self.state.compare = None
            self._jump({})
        elif action in _ENDINGS:
            self._export(_ENDINGS[action])

    def _export(self, ending: str) -> None:
        calls_in_view = self.state.calls
        path = export(calls_in_view, unused(f"calls_in_view{ending}"), self.state.index.tz)
        sentence = f"{calls(len(calls_in_view))} in {path.resolve()}"
        self.message.value = f"<p class='retell-written' role='status'>{safe(sentence)}</p>"
        shown(self.message, yes=True)

    def _copy(self) -> None:
        """What is to be copied, as the filters are now."""
        texts = {"code": self.state.code, "report": self.state.report}
        self._copy_texts.value = "".join(
            f'<pre data-copy="{kind}">{escape(text)}</pre>' for kind, text in texts.items()
        )
        shown(self.copying, yes=self._copies)
        if self._copies:
            text = texts[self._copies]
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


_ACTIONS = {
    "Reset": "Clear all filters",
    "Copy as code": "The pandas code that selects these calls",
    "Copy as report": "The command that reports on these calls",
    "CSV": "Write the calls in view to a CSV file",
    "Excel": "Write the calls in view to an Excel workbook",
}
_ENDINGS = {"CSV": ".csv", "Excel": ".xlsx"}
_COPY_HINT = (
    "<p class='soft'><span class='retell-yes'>Copied to the clipboard.</span>"
    "<span class='retell-no'>Select all and copy.</span></p>"
)
