"""The four pictures of the explorer: each a finding in words and marks, of a table of its view."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.dimensions import CLOCK
from retell_nb.explorer import marks, time_pictures
from retell_nb.explorer.filters import told
from retell_nb.explorer.marks import NOTHING, Picture
from retell_nb.explorer.view import grouped_by
from retell_nb.plots.parts import colors, shaping
from retell_nb.plots.titles import general
from retell_nb.text import cleaned, count, interval, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.explorer.view import View

__all__ = ["captioned", "drawn", "group_names", "groups", "reasons"]

MOST = 7
"""Rows of a picture; there is a list of the others."""


def drawn(view: View, labels: Mapping[Any, str], *, lists: bool = True) -> dict[str, Picture]:
    """Return the four pictures of a view by name.

    Parameters
    ----------
    view : View
    labels : mapping
        Names that people gave their agents.
    lists : bool
        Whether there are lists to pick from around the pictures, as on the screen.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> list(drawn(view(Index(calls), {}, None), {}))
    ['trend', 'reasons', 'hours', 'groups']
    """
    pictures = {
        "trend": time_pictures.trend(view),
        "reasons": reasons(view, lists=lists),
        "hours": time_pictures.hours(view),
        "groups": groups(view, labels, lists=lists),
    }
    return {name: _whole(name, picture, view) for name, picture in pictures.items()}


def _whole(name: str, picture: Picture, view: View) -> Picture:
    """A picture that says so where it shows more than the values selected in it."""
    own = {"reasons": ("reason",), "hours": CLOCK, "groups": grouped_by(view.group_by)}
    if not picture.note or not {*own.get(name, ())} & {*view.filters}:
        return picture
    return picture._replace(note=f"{picture.note}; of all {name}, not only those selected")


def captioned(name: str, picture: Picture) -> str:
    """Return what stands over a picture: what it is of, its finding, and how to read it.

    Examples
    --------
    >>> captioned("hours", Picture("5 % failed", ""))[:46]
    '<div class="soft">Hours of the week</div><h3><'
    """
    heading = _HEADINGS[name]
    return (
        f'<div class="soft">{heading}</div><h3>{marks.safe(picture.finding, 160)}</h3>'
        f'<div class="soft">{marks.safe(picture.note)}</div>'
    )


_HEADINGS = {
    "trend": "Over time",
    "reasons": "Why calls end",
    "hours": "Hours of the week",
    "groups": "Where",
}


def reasons(view: View, *, lists: bool = True) -> Picture:
    """Return the picture of the reasons, most frequent first, with what each of them means.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> reasons(view(Index(calls), {}, None)).finding
    'dial_busy: 100 % of 1 call'
    """
    table = view.reasons
    if table.empty:
        return Picture("No calls to show", NOTHING)
    finding = general.tally(table[["reason", "calls", "share"]], ["reason"])
    most, selection = float(table["calls"].max()), view.filters.get("reason")
    running = table["calls"].cumsum() / table["calls"].sum()
    rows = [
        _reason(
            row, row["calls"] / most, so_far, selected=not selection or row["reason"] in selection
        )
        for (_, row), so_far in zip(table.head(MOST).iterrows(), running, strict=False)
    ]
    rest = len(table) - len(rows)
    listed = " in the list Reason on top" if lists else ""
    note = f"{rest} more reason{'s' * (rest > 1)}{listed}; " if rest else ""
    return Picture(finding, _rows("retell-reasons", rows), f"{note}right: running share")


def _reason(row: pd.Series[Any], long: float, running: float, *, selected: bool) -> str:
    paint = colors.by_outcome("outcome", [str(row["outcome"])])[0]
    name = shaping.names(row.to_frame().T, ["reason"])[0]
    bar = marks.rect(0, 0, max(100 * long, 0.4), 7, fill=paint, rx=2, class_="bar")
    numbers = f"{count(row['calls'])} · {percent(row['share'])}"
    meaning = escape(cleaned(row["meaning"], 200))
    return (
        f"<div class='retell-row{'' if selected else ' faded'}'>"
        f"<span class='name'>{marks.safe(name, 40)}</span><span class='number'>{numbers}</span>"
        f"<span class='soft'>{percent(running)}</span>{marks.picture([bar], 7)}"
        f"<div class='meaning' title='{meaning}'>{meaning}</div></div>"
    )


def _rows(kind: str, rows: list[str]) -> str:
    return f"<div class='{kind}'>{''.join(rows)}</div>"


def groups(
    view: View, labels: Mapping[object, str] | None = None, *, lists: bool = True
) -> Picture:
    """Return the picture of the groups, ranked by their rate, with their intervals.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "agent_id": ["a"]})
    >>> groups(view(Index(calls), {}, "agent_id")).finding
    'failed: 100 % of 1 call'
    """
    table = view.groups
    if not table["calls"].sum():
        return Picture("No ended calls to show", NOTHING)
    names, over_all = group_names(view, labels), view.over_all
    named = table.assign(group=names)
    finding = general.rates(named, ["group"], view.of, over_all)
    top_rows = table.head(MOST)
    telling = top_rows[top_rows["enough"]] if top_rows["enough"].any() else top_rows
    top = min(1.0, 1.08 * max(float(telling["high"].max()), over_all))
    ink = colors.ink(view.of, colors.ALARM)
    rows = [
        _group(name, row, top, over_all, ink)
        for name, (_, row) in zip(names, top_rows.iterrows(), strict=False)
    ]
    rest = len(table) - len(rows)
    note = f"Dashed: {percent(over_all)} over all; grey: too few calls to say"
    note += f"; {count(rest)} more{' in the list below' * lists}" if rest else ""
    return Picture(finding, _rows("retell-groups", rows), note)


def group_names(view: View, labels: Mapping[object, str] | None = None) -> list[str]:
    """Return the names of the groups of a view, agents by the name that people gave them.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "agent_id": ["a"]})
    >>> group_names(view(Index(calls), {}, "agent_id"), {"a": "Alma"})
    ['Alma']
    """
    by = grouped_by(view.group_by)
    if not by:
        return ["all calls"] * len(view.groups)
    columns = [
        [told(name, None if pd.isna(value) else value, labels) for value in view.groups[name]]
        for name in by
    ]
    return [" · ".join(cells) for cells in zip(*columns, strict=True)]


def _group(name: str, row: pd.Series[Any], top: float, over_all: float, ink: str) -> str:
    place = {end: 100 * min(float(row[end]), top) / top for end in ("low", "rate", "high")}
    paint = ink if row["enough"] else colors.FAINT
    average = 100 * min(over_all, top) / top
    elements = [
        marks.line(average, 0, average, 14, class_="average"),
        marks.line(place["low"], 7, place["high"], 7, stroke=paint, class_="interval"),
        marks.dot(place["rate"], 7, r=4.2, fill=paint),
    ]
    numbers = interval(row["rate"], row["low"], row["high"]) if row["enough"] else "too few to say"
    return (
        f"<div class='retell-row'><span class='name'>{marks.safe(name, 40)}</span>"
        f"<span class='number'>{numbers}, n = {count(row['calls'])}</span>"
        f"{marks.picture(elements, 14)}</div>"
    )
