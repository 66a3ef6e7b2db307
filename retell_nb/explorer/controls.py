"""The bar of filters on top of the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
import pandas as pd

from retell_nb import times
from retell_nb.explorer.filters import NAMES, groupings, named, widest
from retell_nb.explorer.widgets import Picker, box
from retell_nb.selection.filters import moment

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retell_nb.explorer.index import Index

    Pick = Callable[[dict[str, Any], float], None]

__all__ = ["Controls"]

_ENDINGS = ("outcome", "category", "reason")
_LATE = ("from_number", "country")
"""What takes long to list: filled in after the first picture is on the screen."""

_TYPING = 0.25
_NEEDS = {"country": "to_number", "outcome": "disconnection_reason"}


class Controls:
    """Widgets for the filters, which show the filters made, wherever they were made.

    Parameters
    ----------
    index : Index
    pick : callable
        Called with the filters that change, None for one that is taken back, and with the seconds
        to wait for more.
    group : callable
        Called with the column to group by.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> controls = Controls(index, print, print)
    >>> controls.show({"outcome": ["failed"]}, None)
    >>> controls.pickers["reason"].widget.options
    ('all', 'dial_failed (1)')
    """

    def __init__(self, index: Index, pick: Pick, group: Callable[[str], None]) -> None:
        self._index, self._pick, self._group, self._quiet = index, pick, group, False
        agent = (index.agent,) if index.agent else ()
        early = (*_ENDINGS, "direction", "call_type", *agent, "agent_version")
        self._listed = set(early)
        self._unlisted: dict[Any, int] = {}
        self._lists: dict[tuple[str, str], dict[Any, int]] = {}
        there = {*_ENDINGS, *agent, *index.calls.columns}
        self.pickers = {
            name: Picker(name, NAMES[name], self._pick_values)
            for name in (*early, *_LATE)
            if _NEEDS.get(name, name) in there
        }
        self.days = _days(index)
        self.period = _slider(self.days)
        self.search = widgets.Text(description="Search", placeholder="id or number")
        self._groupings = groupings(index)
        self.group_by = widgets.Dropdown(
            options=list(map(_labeled, self._groupings)), description="Group by"
        )
        self.period.observe(self._moved, "index")
        self.search.observe(self._searched, "value")
        self.group_by.observe(self._grouped, "value")
        pickers = {name: picker.widget for name, picker in self.pickers.items()}
        time = [self.period] if len(self.days) > 1 else []
        self.box = box([*time, *pickers.values(), self.group_by, self.search], "retell-filters")
        if time:
            self.period.add_class("retell-period")

    def show(self, filters: Mapping[str, Any], group_by: str | None) -> None:
        """Show what is selected.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> controls = Controls(Index(calls), print, print)
        >>> controls.show({"search": "call_1"}, None)
        >>> controls.search.value
        'call_1'
        """
        self._quiet = True
        try:
            for name, picker in self.pickers.items():
                picker.show(self._list(name, filters), filters.get(name, []), self._labels(name))
            if self.search.value.strip() != filters.get("search", ""):
                self.search.value = filters.get("search", "")
            if group_by is not None and group_by not in self._groupings:
                self._groupings.append(group_by)
                self.group_by.options = list(map(_labeled, self._groupings))
            self.group_by.value = group_by
            self._show_period(filters)
        finally:
            self._quiet = False

    def prepare(self) -> None:
        """Work out what takes long, without touching a widget: it may be done on another thread.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> Controls(Index(calls), print, print).prepare()
        """
        for name in _LATE:
            if name in self.pickers:
                self._index.together(name)

    def complete(self, filters: Mapping[str, Any]) -> None:
        """Fill in the lists that were prepared.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> controls = Controls(Index(calls.assign(from_number="+1")), print, print)
        >>> controls.complete({})
        >>> controls.pickers["from_number"].widget.options
        ('all', '+1 (2)')
        """
        self._listed |= set(_LATE)
        for name in _LATE:
            if name in self.pickers:
                self.pickers[name].show(self._list(name, filters), filters.get(name, []))

    def _list(self, name: str, filters: Mapping[str, Any]) -> dict[Any, int]:
        """The values to pick from; one list for each of the filters that narrow it."""
        if name not in self._listed:
            return self._unlisted
        above = repr([filters.get(wide) for wide in widest(name)])
        if (name, above) not in self._lists:
            self._lists[name, above] = named(self._index, name, filters)
        return self._lists[name, above]

    def _labels(self, name: str) -> Mapping[Any, str] | None:
        return self._index.agents if name == "agent_id" else None

    def _show_period(self, filters: Mapping[str, Any]) -> None:
        if len(self.days) < 2:
            return
        starts = self.days.to_numpy()
        first, last = 0, len(starts) - 1
        if "start" in filters:
            first = (
                int(np.searchsorted(starts, _clock(filters["start"], self._index.tz), "right")) - 1
            )
        if "end" in filters:
            last = int(np.searchsorted(starts, _clock(filters["end"], self._index.tz), "left")) - 1
        first = min(max(first, 0), len(starts) - 1)
        self.period.index = (first, min(max(last, first), len(starts) - 1))

    def _pick_values(self, name: str, values: list[Any]) -> None:
        self._pick({name: values or None}, 0.0)

    def _moved(self, change: Mapping[str, Any]) -> None:
        if self._quiet:
            return
        first, last = change["new"]
        whole = last == len(self.days) - 1
        after = None if whole else f"{self.days[last] + pd.Timedelta('1D'):%Y-%m-%d}"
        start = f"{self.days[first]:%Y-%m-%d}" if first else None
        self._pick({"start": start, "end": after}, 0.1)

    def _searched(self, change: Mapping[str, Any]) -> None:
        if not self._quiet:
            self._pick({"search": change["new"].strip() or None}, _TYPING)

    def _grouped(self, change: Mapping[str, Any]) -> None:
        if not self._quiet and change["new"] is not None:
            self._group(change["new"])


def _labeled(name: str) -> tuple[str, str]:
    return NAMES.get(name, name.replace("_", " ").capitalize()), name


def _days(index: Index) -> pd.DatetimeIndex:
    """The days on which there are calls, as the clocks of the time zone show them."""
    key = index.periods("D")
    occupied = np.unique(key.codes[key.codes >= 0])
    edges = pd.DatetimeIndex(key.levels)
    return (
        edges[occupied].tz_localize(None).normalize()
        if len(occupied)
        else edges[:0].tz_localize(None)
    )


def _slider(days: pd.DatetimeIndex) -> widgets.SelectionRangeSlider:
    several = len(days) > 0 and days[0].year != days[-1].year
    names = [times.day(day, year=several) for day in days] or ["no time"]
    return widgets.SelectionRangeSlider(
        options=list(zip(names, range(len(names)), strict=True)),
        index=(0, len(names) - 1),
        description="Period",
    )


def _clock(value: str, tz: str) -> np.datetime64:
    return moment(value, tz).tz_convert(tz).tz_localize(None).to_datetime64()
