"""The calls in view, sorted and a page at a time: no more of them travel to the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.dashboard import dashboard_link
from retell_nb.calls.facts import has_times
from retell_nb.engine.periods import local
from retell_nb.explorer.marks import safe
from retell_nb.grouping import word
from retell_nb.plots.parts import colors
from retell_nb.text import NOTHING, duration
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.explorer.index import Index

    Places: TypeAlias = npt.NDArray[np.intp]

__all__ = ["Order", "Page", "columns", "order", "page"]

PAGE = 12
"""Calls on a page."""

_COLUMNS = {
    "when": "Time",
    "reason": "Ended by",
    "agent": "Agent",
    "agent_version": "Version",
    "direction": "Direction",
    "from_number": "From",
    "to_number": "To",
    "duration_ms": "Duration",
    "combined_cost": "Cost",
    "call_id": "Call",
}


_WIDTHS = {"call_id": 14, "reason": 40}
"""Characters of a cell; all others have 26."""


class Order(NamedTuple):
    """What calls are sorted by, and whether the largest comes first."""

    column: str = "when"
    falling: bool = True


class Page(NamedTuple):
    """A page of calls: where they are in the frame, and the rows as HTML."""

    places: Places
    html: str
    marks: int
    """The headings, which sort, and the rows after them."""


def columns(index: Index) -> dict[str, str]:
    """Return the columns that are shown of calls, with their headings.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> columns(Index(pd.DataFrame({"disconnection_reason": [], "call_id": []})))
    {'reason': 'Ended by', 'call_id': 'Call'}
    """
    there = {"reason", *index.calls.columns}
    there |= {"when"} if has_times(index.calls) else set()
    there |= {"agent"} if index.agent else set()
    return {name: heading for name, heading in _COLUMNS.items() if name in there}


def order(index: Index, by: Order) -> Places:
    """Return the places of all calls in an order; calls that lack the value come last.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "duration_ms": [5, 9, None]})
    >>> order(Index(calls), Order("duration_ms")).tolist()
    [1, 0, 2]
    """
    values = _sortable(index, by.column)
    missing = np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)
    present = np.flatnonzero(~missing)
    ranked = present[np.argsort(values[present], kind="stable")]
    return np.concatenate([ranked[::-1] if by.falling else ranked, np.flatnonzero(missing)])


def _sortable(index: Index, name: str) -> npt.NDArray[Any]:
    if name == "when":
        return index.times
    name = str(index.agent) if name == "agent" else name
    if name in index.calls.columns and pd.api.types.is_numeric_dtype(index.bare[name].dtype):
        return index.bare[name].to_numpy(dtype=np.float64, na_value=np.nan)
    key = index.key(name)
    ranks = key.levels.astype(str).rank(method="dense").to_numpy(dtype=np.float64)
    ranked: npt.NDArray[np.float64] = np.append(ranks, np.nan)[key.codes]
    return ranked


def page(index: Index, view: Places, number: int, by: Order, opened: int | None = None) -> Page:
    """Return one page of the calls in view.

    Parameters
    ----------
    index : Index
    view : array of int
        The places of the calls in view, in the order asked for.
    number : int
        Of the page, from 0.
    by : Order
        What they are sorted by.
    opened : int, optional
        The place of the call whose card is open.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "<b>"]}))
    >>> shown = page(index, np.array([1, 0]), 0, Order("reason"))
    >>> shown.places.tolist(), "&lt;b&gt;" in shown.html, shown.marks
    ([1, 0], True, 3)
    """
    places = view[number * PAGE : (number + 1) * PAGE]
    headings = columns(index)
    table = index.bare.iloc[places]
    cells = {name: _cells(index, table, places, name) for name in headings}
    if "reason" in headings:
        cells["reason"] = [
            f"{_badge(str(outcome))}{cell if cell != NOTHING else ''}"
            for outcome, cell in zip(
                word(table, "outcome", index.vocabulary), cells["reason"], strict=True
            )
        ]
    head = "".join(_th(mark, name, headings[name], by) for mark, name in enumerate(headings))
    body = "".join(
        f'<tr data-mark="{len(headings) + row}"{_OPENED * bool(places[row] == opened)}>'
        f"{''.join(_td(name, cells[name][row]) for name in headings)}</tr>"
        for row in range(len(places))
    )
    html = f'<table class="retell-rows"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return Page(places, html, len(headings) + len(places))


_OPENED = ' class="opened" aria-current="true"'


def _th(mark: int, name: str, heading: str, by: Order) -> str:
    order, arrow = "none", ""
    if name == by.column:
        order, arrow = ("descending", " ↓") if by.falling else ("ascending", " ↑")
    stop = "" if mark else ' tabindex="0"'
    return (
        f'<th class="{name}" data-mark="{mark}" aria-sort="{order}"{stop} title="Sort by this">'
        f"{heading}{arrow}</th>"
    )


def _td(name: str, cell: str) -> str:
    return f'<td class="{name}">{cell}</td>'


def _badge(outcome: str) -> str:
    paint = str(OUTCOMES.loc[outcome, "colour"])
    style = f"--paint: {paint}; --ink: {colors.on(paint)}"
    return f'<span class="retell-badge" style="{style}">{outcome.replace("_", " ")}</span>'


def _cells(index: Index, calls: pd.DataFrame, places: Places, name: str) -> list[str]:
    if name == "when":
        times = pd.Series(index.times[places]).dt.tz_localize("UTC")
        return [_cell(name, value) for value in local(times, index.tz)]
    if name == "agent":
        nothing = pd.Series(None, index=calls.index, dtype=object)
        names, ids = (calls.get(one, nothing).astype(object) for one in ("agent_name", "agent_id"))
        return [_cell(name, value) for value in names.fillna(ids).tolist()]
    column = word(calls, "reason", index.vocabulary) if name == "reason" else calls[name]
    if name == "call_id":
        return [dashboard_link(value, _cell(name, value)) for value in column.tolist()]
    return [_cell(name, value) for value in column.tolist()]


def _cell(name: str, value: Any) -> str:
    if pd.isna(value):
        return NOTHING
    if name == "when":
        return f"{value:%Y-%m-%d %H:%M}"
    if name == "duration_ms":
        return duration(value / 1000) if value >= 0 else f"{value:,} ms"
    if name == "combined_cost":
        return f"{value:,.1f} ¢"
    return safe(value, _WIDTHS.get(name, 26))
