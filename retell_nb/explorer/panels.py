"""The pictures on the screen, each with the list that can be clicked in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from retell_nb.explorer import pictures, time_pictures
from retell_nb.explorer.filters import told
from retell_nb.explorer.view import grouped_by
from retell_nb.explorer.widgets import Buttons, block, box, shown
from retell_nb.plots.parts.shaping import DAYS, VAGUE
from retell_nb.text import cleaned, count, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retell_nb.explorer.index import Index
    from retell_nb.explorer.view import View

__all__ = ["Choice", "Pictures"]

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
    >>> choice = Choice("Day", print)
    >>> choice.show(["Mon 2 Mar"], [{"start": "2026-03-02"}])
    >>> choice.widget.index = 0
    {'start': '2026-03-02'}
    """

    def __init__(self, heading: str, pick: Callable[[dict[str, Any]], None]) -> None:
        self.widget = widgets.Select(options=[], description=heading, rows=4)
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
        try:
            with self.widget.hold_sync():
                if list(self.widget.options) != list(names):
                    self.widget.options = list(names)
                self.widget.index = None
        finally:
            self._quiet = False
        shown(self.widget, yes=names)

    def _clicked(self, change: Mapping[str, Any]) -> None:
        if not self._quiet and change["new"] is not None:
            self._pick(self._behind[change["new"]])


class Pictures:
    """The four pictures, and what can be clicked in them.

    Parameters
    ----------
    index : Index
    pick : callable
        Called with the filters that change.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> shown_now = Pictures(index, print)
    >>> shown_now.show(view(index, {}, None))
    >>> shown_now.reasons.box.children[0].click()
    {'reason': ['dial_busy']}
    """

    def __init__(self, index: Index, pick: Callable[[dict[str, Any]], None]) -> None:
        self._index, self._pick = index, pick
        self._filters: Mapping[str, Any] = {}
        self._values: list[dict[str, Any]] = []
        self._behind: list[dict[str, Any]] = []
        self.day, self.hour, self.group = (
            Choice(heading, pick) for heading in ("Zoom in", "Hour", "Group")
        )
        self.reasons = Buttons(self._reason, "retell-names")
        self.groups = Buttons(self._group, "retell-names")
        self._blocks = {
            name: (block(), block()) for name in ("trend", "reasons", "hours", "groups")
        }
        beside = {
            "trend": [],
            "reasons": [self.reasons.box],
            "hours": [],
            "groups": [self.groups.box],
        }
        below = {"trend": [self.day], "reasons": [], "hours": [self.hour], "groups": [self.group]}
        self.box = box(
            [
                box(
                    [head, box([*beside[name], body], "retell-beside"),
                     *(choice.widget for choice in below[name])],
                    "retell-picture", f"retell-of-{name}",
                )
                for name, (head, body) in self._blocks.items()
            ],
            "retell-pictures",
        )  # fmt: skip

    def show(self, seen: View) -> None:
        """Show the pictures of a view.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> from retell_nb.explorer.view import view
        >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
        >>> pictures_now = Pictures(index, print)
        >>> pictures_now.show(view(index, {}, None))
        >>> len(pictures_now.box.children)
        4
        """
        self._filters = seen.filters
        for name, picture in pictures.drawn(seen, self._index.agents).items():
            head, body = self._blocks[name]
            head.value, body.value = pictures.captioned(name, picture), picture.html
        self._show_reasons(seen)
        self._show_groups(seen)
        self.day.show(*_days(seen))
        self.hour.show(*_hours(seen))

    def _show_reasons(self, view: View) -> None:
        values = [_plain(value) for value in view.reasons["reason"].head(pictures.MOST)]
        self._values = [{"reason": [value]} for value in values]
        self.reasons.show([told("reason", value) for value in values])

    def _show_groups(self, view: View) -> None:
        """The worst groups beside their bars, those after them in a list."""
        by = grouped_by(view.group_by)
        rows = view.groups.head(_MOST if by else 0)
        columns = [[[_plain(value)] for value in rows[name]] for name in by]
        self._behind = [dict(zip(by, row, strict=True)) for row in zip(*columns, strict=True)]
        names = pictures.group_names(view, self._index.agents)[: len(rows)]
        self.groups.show([cleaned(name, 40) for name in names[: pictures.MOST]])
        rest = slice(pictures.MOST, None)
        later_rows = zip(names[rest], rows.iloc[rest].itertuples(), strict=True)
        self.group.show([f"{name} · {_rate(row)}" for name, row in later_rows], self._behind[rest])

    def _reason(self, place: int) -> None:
        self._toggle(self._values[place])

    def _group(self, place: int) -> None:
        self._toggle(self._behind[place])

    def _toggle(self, behind: dict[str, Any]) -> None:
        """Make a filter, or take it back where it is made already."""
        active = all(self._filters.get(name) == value for name, value in behind.items())
        self._pick(dict.fromkeys(behind) if active else behind)


def _plain(value: Any) -> Any:
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


def _rate(row: Any) -> str:
    return f"{percent(row.rate)} of {count(row.calls)}"


def _days(view: View) -> tuple[list[str], list[dict[str, Any]]]:
    """The periods of a trend, each with the filters that are its calls."""
    table = view.trend
    if len(table) < 2:
        return [], []
    starts = [*table["period"], table.attrs["end"]]
    occupied = np.flatnonzero(table["calls"].to_numpy())
    names = time_pictures.period_names(table["period"])
    rows = list(table.itertuples())
    return (
        [f"{names[place]} · {_rate(rows[place])}" for place in occupied],
        [{"start": _iso(starts[place]), "end": _iso(starts[place + 1])} for place in occupied],
    )


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
