"""Pictures of time: the rate period by period, and by hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.explorer import marks
from retell_nb.explorer.marks import NOTHING, Picture
from retell_nb.plots.parts import colors, shaping
from retell_nb.plots.titles import general
from retell_nb.text import calls, count, interval, percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.explorer.view import View

__all__ = ["hours", "period_names", "trend"]

_FOOT = 20
_HIGH = 210


def trend(view: View) -> Picture:
    """Return the picture of the rate over time, with its intervals and the calls behind them.

    Examples
    --------
    >>> from retell_nb.calls.sample.world import sample_calls
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> trend(view(Index(sample_calls(500, seed=3)), {}, None)).finding[:7]
    'failed:'
    """
    table = view.trend
    if not table["calls"].sum():
        return Picture("No calls with a time", NOTHING)
    finding = general.trend(table, [], view.of)
    top = _ceiling(table)
    ink = colors.ink(view.of, colors.ALARM)
    elements = [*_volume(table), *_grid(top), *_rates(table, top, ink), *_days(table)]
    scale = [
        marks.words(100, _height(tick, top) + 4, percent(tick), text_anchor="end", class_="soft")
        for tick in marks.ticks(top)
    ]
    axis = marks.picture(scale, _HIGH + _FOOT)
    html = f"<div class='retell-plot'><div>{axis}</div><div>{_svg(elements, finding)}</div></div>"
    note = "Dots with 95 % intervals: the rate; grey: calls"
    partial = "; hollow: covered in part" if table["partial"].any() else ""
    return Picture(finding, html, note + partial)


def _svg(elements: list[str], alt: str) -> str:
    return marks.picture(elements, _HIGH + _FOOT, alt)


def _ceiling(table: pd.DataFrame) -> float:
    """Room for all rates, and for all but the widest intervals."""
    usual = 1.1 * float(table["high"].quantile(0.9)) if len(table) > 10 else table["high"].max()
    return float(min(1.0, max(1.2 * table["rate"].max(), usual, 0.002)))


def _height(rate: float, top: float) -> float:
    return round(_HIGH - (_HIGH - 12) * min(float(rate), top) / top, 1)


def _centres(table: pd.DataFrame) -> list[float]:
    return [100 * (place + 0.5) / len(table) for place in range(len(table))]


def _grid(top: float) -> list[str]:
    return [
        marks.line(0, high, 100, high, class_="grid")
        for high in (_height(tick, top) for tick in marks.ticks(top))
    ]


def _volume(table: pd.DataFrame) -> list[str]:
    """Faint bars of the calls of each period, which tell on how many a rate stands."""
    wide, most = 100 / len(table), float(table["calls"].max())
    tall = (0.3 * _HIGH * table["calls"] / most).round(1)
    return [
        marks.rect(place * wide + 0.1 * wide, _HIGH - high, 0.8 * wide, high, class_="volume")
        for place, high in enumerate(tall)
        if high
    ]


def _rates(table: pd.DataFrame, top: float, ink: str) -> list[str]:
    """Intervals and dots, joined by a line, each with its numbers for who points at it."""
    elements: list[str] = []
    before: tuple[float, float] | None = None
    few, wide = len(table) <= 70, 100 / len(table)
    names = general.moments(table["period"])
    rows = zip(_centres(table), names, table.itertuples(index=False), strict=True)
    for x, name, row in rows:
        n, hits, rate, low, high, partial = row[1:]
        if not n:
            before = None
            continue
        y, ends = _height(rate, top), (_height(low, top), _height(high, top))
        elements.append(marks.line(x, ends[0], x, ends[1], stroke=ink, class_="interval"))
        if before:
            elements.append(marks.line(*before, x, y, stroke=ink, class_="joint"))
        if few:
            fill = "var(--retell-ground)" if partial else ink
            elements.append(marks.dot(x, y, r=3.2, fill=fill, stroke=ink))
        tooltip = f"{name}: {interval(rate, low, high)}, {count(hits)} of {calls(n)}"
        elements.append(marks.rect(x - wide / 2, 0, wide, _HIGH, class_="hover", title=tooltip))
        before = (x, y)
    return elements


def _days(table: pd.DataFrame) -> list[str]:
    """A few periods named under the picture."""
    names = period_names(table["period"], short=True)
    step = -(-len(table) // 7)
    centres = _centres(table)
    return [
        marks.words(centres[place], _HIGH + 15, names[place], text_anchor="middle", class_="soft")
        for place in range((len(table) - 1) % step // 2, len(table), step)
    ]


def period_names(periods: pd.Series[pd.Timestamp], *, short: bool = False) -> list[str]:
    """Names of periods: days with their weekday, hours with their time.

    Examples
    --------
    >>> period_names(pd.Series(pd.to_datetime(["2026-03-02", "2026-03-03"])))
    ['Mon 2 Mar', 'Tue 3 Mar']
    """
    clock = bool((periods.dt.hour != 0).any())
    day = f"{'' if short else '%a '}%d %b"
    form = "%H:%M" if clock and short and len(periods) <= 24 else f"{day} %H:%M" if clock else day
    return [f"{time:{form}}".replace(" 0", " ").removeprefix("0") for time in periods]


def hours(view: View) -> Picture:
    """Return the picture of the hours of the week: the darker, the higher the rate.

    Examples
    --------
    >>> from retell_nb.calls.sample.world import sample_calls
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> hours(view(Index(sample_calls(500, seed=3)), {}, None)).html.count("<title>")
    168
    """
    table = view.hours
    if not table["calls"].sum():
        return Picture("No calls with a time", NOTHING)
    sure = (table["high"] - table["low"]) <= shaping.VAGUE
    over_all = table[view.of].sum() / table["calls"].sum()
    finding = general.hours(table.assign(enough=sure), view.of, over_all)
    top = max(np.nan_to_num(float(table["rate"].where(sure).max())), 1e-9)
    ink = colors.ink(view.of, colors.ALARM)
    cells = [
        _cell(row, ink, deep if ok else None, view.filters)
        for ok, deep, row in zip(
            sure, table["rate"] / top, table.itertuples(index=False), strict=True
        )
    ]
    names = [
        marks.words(100, 21 * day + 18, name[:3], text_anchor="end", class_="soft")
        for day, name in enumerate(shaping.DAYS)
    ]
    clock = [
        marks.words(100 * (hour + 0.5) / 24, 167, str(hour), text_anchor="middle", class_="soft")
        for hour in range(0, 24, 3)
    ]
    weekdays = marks.picture(names, 190)
    right = marks.picture([*cells, *clock], 190, finding)
    html = f"<div class='retell-plot'><div>{weekdays}</div><div>{right}</div></div>"
    full = f"Full colour: {percent(top)}; " if top > 1e-9 else ""
    note = f"{full}outlined: too few calls to say"
    return Picture(finding, html, note)


def _cell(row: Any, ink: str, strong: float | None, filters: Mapping[str, Any]) -> str:
    day, hour, n, hits, rate, low, high = row
    tooltip = f"{shaping.DAYS[int(day)]} {int(hour):02}:00: "
    tooltip += f"{interval(rate, low, high)}, {count(hits)} of {calls(n)}" if n else "no calls"
    look: dict[str, Any] = (
        {"fill": ink, "fill_opacity": round(0.06 + 0.94 * strong, 3)}
        if strong is not None
        else {"class_": "unsure"}
    )
    selected = all(
        value in filters.get(name, [value]) for name, value in (("weekday", day), ("hour", hour))
    )
    if not selected:
        look["opacity"] = 0.25
    return marks.rect(
        100 * hour / 24 + 0.15, 21 * day + 4, 100 / 24 - 0.3, 19, rx=2, title=tooltip, **look
    )
