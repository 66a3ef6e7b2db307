"""Pictures of time: the rate period by period, and by hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.dimensions import CLOCK
from retell_nb.explorer import marks
from retell_nb.explorer.marks import NOTHING, Picture
from retell_nb.plots.parts import colors, shaping
from retell_nb.plots.titles import general
from retell_nb.selection.filters import moment
from retell_nb.text import calls, count, interval, percent
from retell_nb.times import day

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from retell_nb.explorer.view import View

__all__ = ["hours", "in_period", "period_names", "trend"]

_FOOT = 20
_HIGH = 170


def trend(view: View, *, live: bool = True, beside: View | None = None) -> Picture:
    """Return the picture of the rate over time, with its intervals and the calls behind them.

    Where a period is selected, the time around it is shown as well.

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
    top = max(_ceiling(side.trend) for side in (view, beside or view))
    ink = colors.ink(view.of, colors.ALARM)
    inside = in_period(view)
    elements = [
        *_band(inside), *_volume(table), *_grid(top), *_rates(table, top, ink), *_days(table),
        *_columns(table, inside, live=live),
    ]  # fmt: skip
    scale = [
        marks.words(100, _height(tick, top) + 4, percent(tick), text_anchor="end", class_="soft")
        for tick in marks.ticks(top)
    ]
    axis = marks.picture(scale, _HIGH + _FOOT)
    svg = marks.picture(elements, _HIGH + _FOOT, finding, live=live)
    html = f"<div class='retell-plot'><div>{axis}</div><div>{svg}</div></div>"
    note = "Dots with 95% intervals: the rate; gray: calls"
    note += "; hollow: covered only partly" if table["partial"].any() else ""
    note += "" if inside.all() else "; shaded: the period selected"
    return Picture(finding, html, note, len(table), 'data-brush=""')


def in_period(view: View) -> npt.NDArray[np.bool_]:
    """Tell of each period of a trend whether some of it is in the period that is selected.

    Examples
    --------
    >>> from retell_nb.calls.sample.world import sample_calls
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> in_period(view(Index(sample_calls(500, seed=3)), {"end": "2026-03-04"}, None))[:4].tolist()
    [True, True, False, False]
    """
    table = view.trend
    inside = np.ones(len(table), dtype=bool)
    if not view.period or table.empty:
        return inside
    edges = pd.DatetimeIndex([*table["period"], table.attrs["end"]])
    tz = str(edges.tz)
    if "start" in view.period:
        inside &= edges[1:] > moment(view.period["start"], tz)
    if "end" in view.period:
        inside &= edges[:-1] < moment(view.period["end"], tz)
    return inside


def _band(inside: npt.NDArray[np.bool_]) -> list[str]:
    """A shade behind the period that is selected, where there is more than it."""
    places = np.flatnonzero(inside)
    if inside.all() or not len(places):
        return []
    wide = 100 / len(inside)
    return [marks.rect(places[0] * wide, 0, len(places) * wide, _HIGH, class_="period")]


def _columns(table: pd.DataFrame, inside: npt.NDArray[np.bool_], *, live: bool) -> list[str]:
    """Transparent columns, each with the numbers of its period, that can be pointed at."""
    wide, some = 100 / len(table), not inside.all()
    names = general.moments(table["period"])
    columns = []
    for place, (name, row) in enumerate(zip(names, table.itertuples(index=False), strict=True)):
        n, hits, rate, low, high = row[1:6]
        numbers = f"{interval(rate, low, high)}, {count(hits)} of {calls(n)}" if n else "no calls"
        selected = bool(some and inside[place])
        look = marks.option(place, selected=selected, stop=not place) if live else {}
        look |= {"class_": "hover", "title": f"{name}: {numbers}"}
        columns.append(marks.rect(place * wide, 0, wide, _HIGH, **look))
    return columns


def _ceiling(table: pd.DataFrame) -> float:
    """Room for all rates, and for all but the widest intervals."""
    if not table["calls"].sum():
        return 0.002
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
    """Intervals and dots, joined by a line."""
    elements: list[str] = []
    before: tuple[float, float] | None = None
    few = len(table) <= 70
    for x, row in zip(_centres(table), table.itertuples(index=False), strict=True):
        n, _, rate, low, high, partial = row[1:]
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
    ['Mon, Mar 2', 'Tue, Mar 3']
    """
    clock = bool((periods.dt.hour != 0).any())
    if clock and short and len(periods) <= 24:
        return [f"{time:%H:%M}" for time in periods]
    return [
        f"{'' if short else f'{time:%a}, '}{day(time, year=False)}{f', {time:%H:%M}' * clock}"
        for time in periods
    ]


def hours(view: View, *, live: bool = True, beside: View | None = None) -> Picture:
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
    top = max(_deepest(side.hours) for side in (view, beside or view))
    ink = colors.ink(view.of, colors.ALARM)
    strengths = (table["rate"] / top).where(sure)
    cells = [
        _cell(row, ink, strength, view.filters, live=live)
        for strength, row in zip(strengths, table.itertuples(index=False), strict=True)
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
    right = marks.picture([*cells, *clock], 190, finding, live=live)
    html = f"<div class='retell-plot'><div>{weekdays}</div><div>{right}</div></div>"
    full = f"Full color: {percent(top)}; " if top > 1e-9 else ""
    note = f"{full}outlined: too few calls to say"
    return Picture(finding, html, note, len(table), 'data-columns="24"')


def _deepest(table: pd.DataFrame) -> float:
    """The rate that has the full colour: the highest of those that are known well."""
    sure = (table["high"] - table["low"]) <= shaping.VAGUE
    return max(float(np.nan_to_num(table["rate"].where(sure).max())), 1e-9)


def _cell(row: Any, ink: str, strength: float, filters: Mapping[str, Any], *, live: bool) -> str:
    day, hour, n, hits, rate, low, high, *_ = row
    tooltip = f"{shaping.DAYS[int(day)]} {int(hour):02}:00: "
    tooltip += f"{interval(rate, low, high)}, {count(hits)} of {calls(n)}" if n else "no calls"
    look: dict[str, Any] = (
        {"class_": "unsure"}
        if np.isnan(strength)
        else {"fill": ink, "fill_opacity": round(0.06 + 0.94 * strength, 3)}
    )
    selected = all(
        value in filters.get(name, [value]) for name, value in (("weekday", day), ("hour", hour))
    )
    if not selected:
        look["opacity"] = 0.25
    if live:
        place = int(24 * day + hour)
        is_choice = selected and not {*CLOCK}.isdisjoint(filters)
        look |= marks.option(place, selected=is_choice, stop=not place)
    return marks.rect(
        100 * hour / 24 + 0.15, 21 * day + 4, 100 / 24 - 0.3, 19, rx=2, title=tooltip, **look
    )
