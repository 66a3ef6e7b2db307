"""The four pictures of the explorer: each a finding in words and marks, of a table of its view."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.dimensions import CLOCK
from retell_nb.explorer import marks, time_pictures
from retell_nb.explorer.filters import scalar, told
from retell_nb.explorer.marks import NOTHING, Picture
from retell_nb.plots.parts import colors, shaping
from retell_nb.plots.titles import general
from retell_nb.text import cleaned, count, interval, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.explorer.view import View

__all__ = ["captioned", "drawn", "group_names", "groups", "reasons"]

MOST = 7
"""Rows of a picture; there is a list of the others."""


def drawn(
    view: View, labels: Mapping[Any, str], *, live: bool = True, beside: View | None = None
) -> dict[str, Picture]:
    """Return the four pictures of a view by name.

    Parameters
    ----------
    view : View
    labels : mapping
        Names that people gave their agents.
    live : bool
        Whether there is somebody to pick marks, and lists around the pictures, as on the screen.
    beside : View, optional
        Another view that is shown on the same scale.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> list(drawn(view(Index(calls), {}, None), {}))
    ['trend', 'reasons', 'hours', 'groups']
    """
    options: dict[str, Any] = {"live": live, "beside": beside}
    pictures = {
        "trend": time_pictures.trend(view, **options),
        "reasons": reasons(view, **options),
        "hours": time_pictures.hours(view, **options),
        "groups": groups(view, labels, **options),
    }
    return {name: _whole(name, picture, view) for name, picture in pictures.items()}


def _whole(name: str, picture: Picture, view: View) -> Picture:
    """A picture that says so where it shows more than the values selected in it."""
    own = {"reasons": ("reason",), "hours": CLOCK, "groups": view.by}
    if not picture.note or not {*own.get(name, ())} & {*view.filters}:
        return picture
    return picture._replace(note=f"{picture.note}; of all {name}, not only those selected")


def captioned(name: str, picture: Picture) -> str:
    """Return what stands over a picture: what it is of, its finding, and how to read it.

    Examples
    --------
    >>> captioned("hours", Picture("5% failed", ""))[:46]
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


def reasons(view: View, *, live: bool = True, beside: View | None = None) -> Picture:
    """Return the picture of the reasons, most frequent first, with what each of them means.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> reasons(view(Index(calls), {}, None)).finding
    'dial_busy: 1 call'
    """
    table = view.reasons
    if table.empty:
        return Picture("No calls to show", NOTHING)
    finding = general.tally(table[["reason", "calls", "share"]], ["reason"], limit=MOST)
    most = max(float(side.reasons["share"].max()) for side in (view, beside or view))
    selection = view.filters.get("reason", ())
    running = table["calls"].cumsum() / table["calls"].sum()
    rows = []
    for place, (_, row) in enumerate(table.head(MOST).iterrows()):
        selected = scalar(row["reason"]) in selection
        look: dict[str, object] = {
            "class_": f"retell-row{' faded' * bool(selection and not selected)}"
        }
        look |= marks.option(place, selected=selected, stop=not place) if live else {}
        rows.append(_reason(row, look, row["share"] / most, running.iloc[place]))
    rest = len(table) - len(rows)
    listed = " under Filters" if live else ""
    note = f"{rest} more reason{'s' * (rest > 1)}{listed}; " if rest else ""
    html = _rows("retell-reasons", rows, finding, live=live)
    return Picture(finding, html, f"{note}right: running share", len(rows))


def _reason(row: pd.Series[Any], look: dict[str, object], long: float, running: float) -> str:
    paint = colors.by_outcome("outcome", [str(row["outcome"])])[0]
    name = shaping.names(row.to_frame().T, ["reason"])[0]
    bar = marks.rect(0, 0, max(100 * long, 0.4), 7, fill=paint, rx=2, class_="bar")
    numbers = f"{count(row['calls'])} · {percent(row['share'])}"
    meaning = escape(cleaned(row["meaning"], 200))
    return (
        f"<div {marks.attributes(look)}>"
        f"<span class='name'>{marks.safe(name, 40)}</span><span class='number'>{numbers}</span>"
        f"<span class='soft'>{percent(running)}</span>{marks.picture([bar], 7)}"
        f"<div class='meaning' title='{meaning}'>{meaning}</div></div>"
    )


def _rows(kind: str, rows: list[str], finding: str, *, live: bool) -> str:
    role = f' role="listbox" aria-label="{escape(cleaned(finding))}"' if live else ""
    return f"<div class='{kind}'{role}>{''.join(rows)}</div>"


def groups(
    view: View,
    labels: Mapping[object, str] | None = None,
    *,
    live: bool = True,
    beside: View | None = None,
) -> Picture:
    """Return the picture of the groups, ranked by their rate, with their intervals.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "agent_id": ["a"]})
    >>> groups(view(Index(calls), {}, "agent_id")).finding
    'failed: 1 of 1 call'
    """
    table = view.groups
    if not table["calls"].sum():
        return Picture("No ended calls to show", NOTHING)
    names, over_all = group_names(view, labels), view.over_all
    top_rows = table.assign(group=names).head(MOST)
    whole = len(table) == len(top_rows)
    finding = general.rates(top_rows, ["group"], view.of, over_all, whole=whole)
    top = max(_top(side) for side in (view, beside or view))
    ink = colors.ink(view.of, colors.ALARM)
    rows = []
    for place, (name, (_, row)) in enumerate(zip(names, table.head(MOST).iterrows(), strict=False)):
        look: dict[str, object] = {"class_": "retell-row"}
        if view.by:
            selected = all(scalar(row[by]) in view.filters.get(by, ()) for by in view.by)
            look |= marks.option(place, selected=selected, stop=not place) if live else {}
        rows.append(_group(name, row, look, top, over_all, ink))
    rest = len(table) - len(rows)
    note = f"Dashed: {percent(over_all)} {_of_all(view)}; gray: too few calls to say"
    note += f"; {count(rest)} more{' in the list below' * live}" if rest else ""
    html = _rows("retell-groups", rows, finding, live=live and bool(view.by))
    return Picture(finding, html, note, len(rows) if view.by else 0)


def _of_all(view: View) -> str:
    """Of which calls the dashed rate is: of those in view, unless only some groups are selected."""
    return "over all groups" if {*view.by} & {*view.filters} else "overall"


def _top(view: View) -> float:
    """The rate at the right end of the picture of the groups."""
    top_rows = view.groups.head(MOST)
    enough_calls = top_rows[top_rows["enough"]] if top_rows["enough"].any() else top_rows
    highest = float(enough_calls["high"].max()) if enough_calls["calls"].sum() else 0.0
    return max(min(1.0, 1.08 * max(highest, view.over_all if highest else 0.0)), 1e-9)


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
    if not view.by:
        return ["all calls"] * len(view.groups)
    columns = [
        [told(name, None if pd.isna(value) else value, labels) for value in view.groups[name]]
        for name in view.by
    ]
    return [" · ".join(cells) for cells in zip(*columns, strict=True)]


def _group(
    name: str, row: pd.Series[Any], look: dict[str, object], top: float, over_all: float, ink: str
) -> str:
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
        f"<div {marks.attributes(look)}><span class='name'>{marks.safe(name, 40)}</span>"
        f"<span class='number'>{numbers}, n = {count(row['calls'])}</span>"
        f"{marks.picture(elements, 14)}</div>"
    )
