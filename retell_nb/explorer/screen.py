"""The explorer: one screen, whose state is a plain mapping of choices."""

from __future__ import annotations

import json
from collections import OrderedDict
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.choices import as_report, checked, chips, narrowed
from retell_nb.explorer.controls import Controls
from retell_nb.explorer.figures import figures
from retell_nb.explorer.finder import Finder
from retell_nb.explorer.index import Index
from retell_nb.explorer.latest import Latest, aside
from retell_nb.explorer.listing import Listing
from retell_nb.explorer.panels import Pictures
from retell_nb.explorer.parts import Buttons, block, box, shown
from retell_nb.explorer.static import page, wanted
from retell_nb.explorer.view import View, view
from retell_nb.tables.choosing import plain
from retell_nb.tables.coding import as_code
from retell_nb.tables.wording import cleaned
from retell_nb.views.text import calls, count, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["Explorer", "explore"]

_KEPT = 32
_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(
    calls: pd.DataFrame,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    source: str | None = None,
    **choices: Any,
) -> Explorer:
    """Screen to look at calls by choosing, down to the single call.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    tz : str
        Time zone of days and hours, and of `start` and `end` where they name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    source : str, optional
        Where the calls are from, for the command of a report on what is chosen.
    **choices
        Where to open: as `chosen` takes them, and `group_by`, a column or a word.

    Returns
    -------
    Explorer
        It shows itself in a notebook. Its `choices` are a plain dict and may be set, `calls` are
        the calls in view, `figures` the pictures.

    Raises
    ------
    ValueError
        If a choice is none, or the time zone is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> explorer = explore(calls, outcome="failed")
    >>> explorer.choices, explorer.calls.index.tolist()
    ({'outcome': ['failed']}, [1])
    """
    return Explorer(Index(calls, tz, reasons), choices, source)


class Explorer:
    """What `explore` returns; two of them can share an index, and stand side by side.

    Examples
    --------
    >>> import pandas as pd
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> Explorer(index, {"outcome": "failed"})
    <Explorer: 1 of 2 calls, Outcome: failed>
    """

    def __init__(
        self, index: Index, choices: Mapping[str, Any] | None = None, source: str | None = None
    ) -> None:
        self.index, self._source = index, source
        self._choices, self._group_by = checked(index, choices or {})
        self._views: OrderedDict[str, View] = OrderedDict()
        self._latest, self._started = Latest(), False
        safely = self._safely
        self._controls = Controls(index, safely(self._pick), safely(self._group))
        self._chips = Buttons(safely(self._unpick), "retell-chips")
        self._actions = Buttons(safely(self._act), "retell-actions")
        self._count, self._message = block("retell-count"), block("retell-message")
        self._copy = widgets.Textarea()
        self._copy.add_class("retell-copy")
        self._pictures = Pictures(index, safely(self._pick))
        self._finder = Finder(safely(self._jump))
        self._listing = Listing(index, safely)
        self._actions.show(["Reset", "Copy as code", "Copy as report"])
        self.box = self._laid_out()
        self._draw()

    def _laid_out(self) -> widgets.Box:
        style = files("retell_nb.explorer").joinpath("screen.css").read_text(encoding="utf-8")
        head = box([self._count, self._chips.box, self._actions.box], "retell-head")
        body = box([self._pictures.box, self._finder.box], "retell-body")
        shown(self._copy, yes=False)
        shown(self._message, yes=False)
        parts = (
            block(html=f"<style>{style}</style>"), head, self._message, self._copy,
            self._controls.box, body, self._listing.box, self._listing.card,
        )  # fmt: skip
        return box(parts, "retell-explorer")

    @property
    def choices(self) -> dict[str, Any]:
        """The choices made, as plain values that JSON can hold; may be set.

        Examples
        --------
        >>> import pandas as pd
        >>> explorer = explore(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
        >>> explorer.choices = {"reason": "dial_busy"}
        >>> explorer.choices
        {'reason': ['dial_busy']}
        """
        group_by = {} if self._group_by is None else {"group_by": self._group_by}
        told: dict[str, Any] = json.loads(json.dumps({**self._choices, **group_by}))
        return told

    @choices.setter
    def choices(self, choices: Mapping[str, Any]) -> None:
        self._choices, self._group_by = checked(self.index, choices)
        self._draw()

    @property
    def calls(self) -> pd.DataFrame:
        """The calls in view: those that `chosen` chooses.

        Examples
        --------
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> explore(calls, reason="dial_busy").calls.index.tolist()
        [0]
        """
        return self.index.calls[self.index.mask(self._choices)]

    @property
    def figures(self) -> dict[str, Figure]:
        """The pictures of what is in view as figures of matplotlib, to be saved or changed.

        Examples
        --------
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> sorted(explore(calls).figures)
        ['groups', 'hours', 'reasons', 'trend']
        """
        return figures(self.view)

    @property
    def view(self) -> View:
        """The tables behind what is on the screen.

        Examples
        --------
        >>> import pandas as pd
        >>> explore(pd.DataFrame({"disconnection_reason": ["dial_busy"]})).view.calls
        1
        """
        asked = json.dumps([self._choices, self._group_by])
        if asked not in self._views:
            self._views[asked] = view(self.index, self._choices, self._group_by)
            while len(self._views) > _KEPT:
                self._views.popitem(last=False)
        self._views.move_to_end(asked)
        return self._views[asked]

    def _pick(self, changed: Mapping[str, Any], after: float = 0.03) -> None:
        """Make some choices, take back those that are None, and draw when no more come."""
        made = {**self._choices, **changed}
        made = {name: value for name, value in made.items() if value is not None}
        for name in changed:
            made = narrowed(self.index, made, name)
        self._choices = plain(made)
        self._latest(self._safely(self._draw), after)

    def _group(self, group_by: str) -> None:
        self._group_by = group_by
        self._latest(self._safely(self._draw))

    def _jump(self, choices: Mapping[str, Any]) -> None:
        self._choices, _ = checked(self.index, choices)
        self._latest(self._safely(self._draw))

    def _unpick(self, place: int) -> None:
        self._pick({list(chips(self._choices))[place]: None})

    def _act(self, place: int) -> None:
        if place == 0:
            self._jump({})
            shown(self._copy, yes=False)
            return
        tz = self.index.tz
        code = as_code(self._choices, tz=tz)
        report = as_report(self._choices, self._group_by, source=self._source, tz=tz)
        self._copy.value = (code, report)[place - 1]
        lines = self._copy.value.splitlines()
        self._copy.rows = sum(1 + len(line) // 120 for line in lines)
        shown(self._copy, yes=True)

    def _said(self) -> dict[str, str]:
        return chips(self._choices, self.index.agents)

    def _draw(self) -> None:
        """Bring the newest choices on the screen."""
        seen = self.view
        self._count.value = _counted(seen)
        self._chips.show([f"{said}  ✕" for said in self._said().values()])
        self._controls.show(self._choices, self._group_by)
        self._pictures.show(seen)
        self._listing.show(self.index.mask(self._choices))
        shown(self._message, yes=False)

    def _safely(self, callback: Callable[..., None]) -> Callable[..., None]:
        """The callback, which shows its error on the screen."""

        def safe(*given: Any) -> None:
            try:
                callback(*given)
            except Exception as error:  # noqa: BLE001 - whatever it is, it must be seen
                said = escape(cleaned(f"{type(error).__name__}: {error}", 600))
                self._message.value = f"<p class='retell-trouble' role='alert'>{said}</p>"
                shown(self._message, yes=True)

        return safe

    def _look(self) -> pd.DataFrame:
        """The findings; the lists that take long are made on the way."""
        self._controls.prepare()
        return self.index.findings()

    def _found(self, findings: pd.DataFrame | BaseException) -> None:
        self._finder.show(findings)
        self._controls.complete(self._choices)

    def __repr__(self) -> str:
        said = [f"{count(self.view.calls)} of {calls(self.view.total)}", *self._said().values()]
        return f"<Explorer: {', '.join(said)}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widgets, and a page for wherever they do not live: in a report, on paper."""
        if wanted():
            return {"text/plain": repr(self), "text/html": page(self, self.index.findings())}
        if not self._started:
            self._started = True
            aside(self._look, self._safely(self._found))
        view_of = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {_VIEW: view_of, "text/plain": repr(self), "text/html": page(self)}


def _counted(seen: View) -> str:
    share = percent(seen.calls / seen.total) if seen.total else ""
    words = f"<b>{count(seen.calls)}</b> of {calls(seen.total)}"
    return f"{words} <span class='soft'>{share}</span>"
