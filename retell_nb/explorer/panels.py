"""The pictures on the screen, whose marks are picked, each with a small list beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from retell_nb.explorer import pictures, time_pictures
from retell_nb.explorer.filters import scalar
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.plots.parts.shaping import DAYS, VAGUE
from retell_nb.text import NOTHING, cleaned, count, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retell_nb.explorer.events import Events, Pick
    from retell_nb.explorer.index import Index
    from retell_nb.explorer.view import View

__all__ = ["Choice", "Pictures", "Span"]

_MOST = 300


class Choice:
    """A list of things to look at more closely; what is clicked is picked, and nothing stays.

    Parameters
    ----------
    heading : str
    pick : callable
        Called with the filters that stand behind what was clicked.

    Examples
    --------
    >>> choice = Choice("Hour", print)
    >>> choice.show(["Mon 10:00"], [{"weekday": [0], "hour": [10]}])
    >>> choice.widget.index = 1
    {'weekday': [0], 'hour': [10]}
    """

    def __init__(self, heading: str, pick: Callable[[dict[str, Any]], None]) -> None:
        self.widget = widgets.Dropdown(options=[NOTHING], description=heading)
        self._pick, self._quiet = pick, False
        self._behind: list[dict[str, Any]] = []
        self.widget.observe(self._clicked, "index")

    def show(self, names: Sequence[str], behind: Sequence[dict[str, Any]]) -> None:
        """Show names, and know the filters that stand behind each of them.

        Examples
        --------
        >>> choice = Choice("Day", print)
        >>> choice.show([], [])
        >>> choice.widget.layout.display
        'none'
        """
        self._behind, self._quiet = list(behind), True
        options = [NOTHING, *names]
        try:
            with self.widget.hold_sync():
                if list(self.widget.options) != options:
                    self.widget.options = options
                self.widget.index = 0
        finally:
            self._quiet = False
        shown(self.widget, yes=names)

    def _clicked(self, change: Mapping[str, Any]) -> None:
        if not self._quiet and change["new"]:
            self._pick(self._behind[change["new"] - 1])


class Span:
    """Two lists of the periods of a trend, of which the first and the last one are picked.

    Parameters
    ----------
    pick : callable
        Called with the first and the last period, numbered from 0.

    Examples
    --------
    >>> span = Span(lambda first, last: print(first, last))
    >>> span.show(["Mon, Mar 2", "Tue, Mar 3", "Wed, Mar 4"], 0, 2)
    >>> span.first.index = 1
    1 2
    """

    def __init__(self, pick: Callable[[int, int], None]) -> None:
        self._pick, self._quiet = pick, False
        self.first, self.last = (widgets.Dropdown(description=word) for word in ("From", "to"))
        self.box = box([self.first, self.last], "retell-span")
        self.first.observe(self._moved, "index")
        self.last.observe(self._moved, "index")

    def show(self, names: Sequence[str], first: int, last: int) -> None:
        """Show the names of periods, and which of them are selected.

        Examples
        --------
        >>> span = Span(print)
        >>> span.show(["Mon, Mar 2"], 0, 0)
        >>> span.box.layout.display
        'none'
        """
        self._quiet = True
        try:
            for widget, place in ((self.first, first), (self.last, last)):
                with widget.hold_sync():
                    if list(widget.options) != list(names):
                        widget.options = list(names)
                    widget.index = place if names else None
        finally:
            self._quiet = False
        shown(self.box, yes=len(names) > 1)

    def _moved(self, change: Mapping[str, Any]) -> None:
        if self._quiet or change["new"] is None:
            return
        ends = (self.first.index, self.last.index)
        if ends[0] > ends[1]:  # the end that was moved takes the other one with it
            ends = (change["new"], change["new"])
        self._pick(*ends)


class Pictures:
    """The four pictures, what can be picked in them, and beside each its counterpart.

    Parameters
    ----------
    index : Index
    events : Events
        Brings what is picked.
    pick : callable
        Called with the filters that change.
    zoom, explain : callable
        Called without arguments, to show the period alone or with the time around it, and to
        explain the period.

    Examples
    --------
    >>> from retell_nb.explorer.events import Events, Pick
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> shown_now = Pictures(index, Events(), print, print, print)
    >>> shown_now.show(view(index, {}, None))
    >>> shown_now.picked["reasons"](Pick(0, 0))
    {'reason': ['dial_busy']}
    """

    def __init__(
        self,
        index: Index,
        events: Events,
        pick: Callable[[dict[str, Any]], None],
        zoom: Callable[[], None],
        explain: Callable[[], None],
    ) -> None:
        self._index, self._events, self._pick = index, events, pick
        self._view: View | None = None
        self.hour, self.group = Choice("Hour", pick), Choice("Group", pick)
        self.span = Span(self._spanned)
        self.tools = Buttons(lambda place: (explain, zoom)[place](), "retell-tools")
        self.explained = block("retell-explanation")
        shown(self.explained, yes=False)
        self.picked: dict[str, Callable[[Pick], None]] = {
            "trend": self._on_trend,
            "reasons": self._on_reasons,
            "hours": self._on_hours,
            "groups": self._on_groups,
        }
        self._blocks = {name: (block(), block()) for name in self.picked}
        self._beside = {name: block("retell-counterpart") for name in self.picked}
        self.box = box([self._column(name) for name in self.picked], "retell-pictures")

    def _column(self, name: str) -> widgets.Box:
        """A picture with what belongs below it, and its counterpart."""
        below: dict[str, list[widgets.Widget]] = {
            "trend": [box([self.span.box, self.tools.box], "retell-period-bar"), self.explained],
            "hours": [self.hour.widget],
            "groups": [self.group.widget],
        }
        side = box([*self._blocks[name], *below.get(name, [])], "retell-side")
        return box([side, self._beside[name]], "retell-picture", f"retell-of-{name}")

    def show(self, view: View, *, zoomed: bool = False, beside: View | None = None) -> None:
        """Show the pictures of a view, and those of another one beside them.

        Examples
        --------
        >>> from retell_nb.explorer.events import Events
        >>> from retell_nb.explorer.index import Index
        >>> from retell_nb.explorer.view import view
        >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
        >>> pictures_now = Pictures(index, Events(), print, print, print)
        >>> pictures_now.show(view(index, {}, None))
        >>> len(pictures_now.box.children)
        4
        """
        self._view = view
        for name, picture in pictures.drawn(view, self._index.agents, beside=beside).items():
            head, body = self._blocks[name]
            html = self._events.show(
                name, picture.html, picture.marks, self.picked[name], picture.look
            )
            head.value, body.value = pictures.captioned(name, picture), html
        self._show_beside(view, beside)
        self._show_groups(view)
        self.hour.show(*_hours(view))
        self._show_period(view, zoomed=zoomed)

    def _show_beside(self, view: View, beside: View | None) -> None:
        style = self.box.add_class if beside else self.box.remove_class
        style("retell-two-sided")
        others = (
            pictures.drawn(beside, self._index.agents, live=False, beside=view) if beside else {}
        )
        for name, widget in self._beside.items():
            other = others.get(name)
            widget.value = pictures.captioned(name, other) + other.html if other else ""
            shown(widget, yes=other)

    def _show_period(self, view: View, *, zoomed: bool) -> None:
        table, inside = view.trend, np.flatnonzero(time_pictures.in_period(view))
        names = time_pictures.period_names(table["period"]) if len(table) > 1 else []
        ends = (int(inside[0]), int(inside[-1])) if len(inside) else (0, len(table) - 1)
        self.span.show(names, *ends)
        zoom = "Zoom out" if zoomed else "Zoom in"
        self.tools.show(
            ["Explain this period", zoom] if view.period else [],
            ["What is behind the rate of this period, compared with the time before it",
             "Show the period alone, or with the time around it"],
        )  # fmt: skip

    def _show_groups(self, view: View) -> None:
        """A list of the groups after those in the picture."""
        later = slice(pictures.MOST, _MOST if view.by else 0)
        names = pictures.group_names(view, self._index.agents)[later]
        rows = view.groups.iloc[later].itertuples()
        texts = [
            f"{cleaned(name, 40)} · {_rate(row)}" for name, row in zip(names, rows, strict=True)
        ]
        places = range(pictures.MOST, pictures.MOST + len(texts))
        self.group.show(texts, [self._behind_group(place) for place in places])

    def _behind_group(self, place: int) -> dict[str, Any]:
        assert self._view is not None  # noqa: S101 - there is a picture to pick from
        row = self._view.groups.iloc[place]
        return {name: [scalar(row[name])] for name in self._view.by}

    def _on_reasons(self, pick: Pick) -> None:
        if self._view is not None:
            self._toggle({"reason": [scalar(self._view.reasons["reason"].iloc[pick.first])]})

    def _on_groups(self, pick: Pick) -> None:
        self._toggle(self._behind_group(pick.first))

    def _on_hours(self, pick: Pick) -> None:
        weekday, hour = divmod(pick.first, 24)
        self._toggle({"weekday": [weekday], "hour": [hour]})

    def _on_trend(self, pick: Pick) -> None:
        """Pick a span; one period alone is joined to the span selected, if Shift was held."""
        view = self._view
        first, last = pick.first, pick.last
        if pick.extend and view is not None and view.period:
            inside = np.flatnonzero(time_pictures.in_period(view))
            if len(inside):
                first, last = min(first, int(inside[0])), max(last, int(inside[-1]))
        self._spanned(first, last)

    def _spanned(self, first: int, last: int) -> None:
        if self._view is None or not self._view.trend["calls"].iloc[first : last + 1].sum():
            return
        table = self._view.trend
        starts = [*table["period"], table.attrs["end"]]
        self._toggle({"start": _iso(starts[first]), "end": _iso(starts[last + 1])})

    def _toggle(self, behind: dict[str, Any]) -> None:
        """Make a filter, or take it back where it is made already."""
        filters = {} if self._view is None else self._view.filters
        active = all(filters.get(name) == value for name, value in behind.items())
        self._pick(dict.fromkeys(behind) if active else behind)


def _rate(row: Any) -> str:
    return f"{percent(row.rate)} of {count(row.calls)}"


def _iso(time: pd.Timestamp) -> str:
    return f"{time:%Y-%m-%d}" if time == time.normalize() else time.isoformat()


def _hours(view: View) -> tuple[list[str], list[dict[str, Any]]]:
    """The hours of the week, worst first, each with the filters that are its calls."""
    table = view.hours[view.hours["calls"] > 0]
    sure = (table["high"] - table["low"]) <= VAGUE
    ranked = table.assign(sure=sure).sort_values(
        ["sure", "low", "calls"], ascending=False, kind="stable"
    )
    rows: list[Any] = list(ranked.itertuples())
    return (
        [f"{DAYS[int(row.weekday)][:3]} {int(row.hour):02}:00 · {_rate(row)}" for row in rows],
        [{"weekday": [int(row.weekday)], "hour": [int(row.hour)]} for row in rows],
    )
