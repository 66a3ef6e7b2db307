# ruff: noqa: RUF002 - an interval is written with an en dash, as in print
"""Compare mode: what the view can be compared with, and what stands over both sides."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from retell_nb.explorer.filters import chips, named, split
from retell_nb.explorer.marks import safe
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.text import calls, count, interval, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retell_nb.explorer.state import Compared, State
    from retell_nb.explorer.view import View

__all__ = ["Comparing", "count_line"]

_MOST_VERSIONS = 12
_KEEP = "this selection, while filters change"


class Comparing:
    """A list of what to compare with, and a line over the two sides while something is.

    Parameters
    ----------
    state : State
    compare : callable
        Called with what to compare with, as `State.compare` takes it.
    explain : callable
        Called to explain the difference.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.state import State
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"] * 2, "agent_id": ["a", "b"]})
    >>> state = State(Index(calls), {"agent_id": "a"})
    >>> comparing = Comparing(state, print, print)
    >>> comparing.show(state.view, None)
    >>> comparing.choice.options[1]
    'this selection, while filters change'
    """

    def __init__(
        self,
        state: State,
        compare: Callable[[Compared], None],
        explain: Callable[[], None],
    ) -> None:
        self._state, self._compare, self._quiet = state, compare, False
        self._behind: list[Compared] = [None]
        self.choice = widgets.Dropdown(options=["nothing"], description="Compare with")
        self.choice.add_class("retell-compare")
        self.sides = block("retell-sides")
        self.tools = Buttons(lambda _: explain(), "retell-tools")
        self.tools.show(["Explain the difference"], ["What is behind the difference in rates"])
        self.explained = block("retell-explanation")
        shown(self.explained, yes=False)
        self.box = box([self.sides, self.tools.box, self.explained], "retell-comparing")
        self.choice.observe(self._on_choice, "index")

    def show(self, view: View, beside: View | None) -> None:
        """Show what may be compared with, and what both sides are.

        Examples
        --------
        >>> import pandas as pd
        >>> from retell_nb.explorer.index import Index
        >>> from retell_nb.explorer.state import State
        >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
        >>> comparing = Comparing(state, print, print)
        >>> comparing.show(state.view, state.view)
        >>> comparing.sides.value.count("1</b> of 1 call")
        2
        """
        options = self._options(view)
        now = self._state.compare
        if now not in options.values():
            options[self._named(now)] = now
        self._behind, self._quiet = list(options.values()), True
        try:
            with self.choice.hold_sync():
                if list(self.choice.options) != list(options):
                    self.choice.options = list(options)
                self.choice.index = self._behind.index(now)
        finally:
            self._quiet = False
        shown(self.box, yes=beside is not None)
        if beside is not None:
            labels = self._state.index.agents
            sides = {"This view": view, "Compared with": beside}
            filters = [", ".join(chips(side.filters, labels).values()) for side in sides.values()]
            self.sides.value = "".join(
                f"<div class='retell-heading'><h3>{heading}</h3>{count_line(side)}"
                f"<div class='soft'>{safe(words)}</div></div>"
                for (heading, side), words in zip(sides.items(), filters, strict=True)
            )

    def _options(self, view: View) -> dict[str, Compared]:
        options: dict[str, Compared] = {"nothing": None}
        if "start" in view.filters:
            options["the period before"] = "before"
        index = self._state.index
        mine = view.filters.get("agent_version", [])
        if "agent_version" in index.calls.columns and index.agent in view.filters:
            versions = named(index, "agent_version", view.filters)
            for version in list(versions)[:_MOST_VERSIONS]:
                if [version] != mine and version is not None:
                    options[f"version {version}"] = {"agent_version": [version]}
        _, places = split(view.filters)
        if places:
            options[_KEEP] = places
        return options

    def _named(self, compare: Compared) -> str:
        if not isinstance(compare, dict):
            return "the period before"
        words = chips({k: v for k, v in compare.items() if v is not None}, self._state.index.agents)
        return ", ".join(words.values()) or "all calls"

    def _on_choice(self, change: Mapping[str, Any]) -> None:
        if not self._quiet and change["new"] is not None:
            self._compare(self._behind[change["new"]])


def count_line(view: View) -> str:
    """Return how many calls are in view, and their rate.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 9})
    >>> count_line(view(Index(calls), {}, None))
    "<b>9</b> of 9 calls <span class='soft'><bdi>failed: 100% (70–100%)</bdi></span>"
    """
    parts = [percent(view.calls / view.total)] if view.calls < view.total else []
    if not math.isnan(view.rate):
        parts.append(safe(f"{view.of}: {interval(view.rate, view.low, view.high)}"))
    words = f"<b>{count(view.calls)}</b> of {calls(view.total)}"
    return f"{words} <span class='soft'>{'; '.join(parts)}</span>"
