"""Pictures of time: period by period, and hour by hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.plots.parts import colors, panels, shaping, style, timeline
from retell_nb.plots.titles import general

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["hours", "trend"]

_PARTIAL = "faded: periods that the calls cover only partly"


def trend(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 8
) -> Axes:
    """Calls per period as stacked areas or lines, or a rate per period with its band.

    Outcomes, categories and reasons are stacked, any other groups are lines. A period that the
    calls do not cover whole is faded or dotted.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.trend` returns it, with or without a rate.
    ax, title
        As for `tally`.
    limit : int, default 8
        Groups to draw. The others are added up as `other`, or, of rates, left out and said.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2026-03-01", periods=3, tz="UTC")
    >>> table = pd.DataFrame({"period": days, "calls": [10, 30, 2]})
    >>> trend(table.assign(partial=[False, False, True])).get_xlabel()
    'time in UTC'
    >>> style.plt.close()
    """
    is_rate = "rate" in table.columns
    table, by = shaping.plain(
        table, "calls", "partial", "period", *["rate", "low", "high"] * is_rate
    )
    by.remove("period")
    if not table["calls"].sum() > 0:
        undated = table.attrs.get("undated", 0)
        return style.calm(style.axes(ax, height=1.4), title, "No call has a time" * bool(undated))
    of = shaping.measured(table) if is_rate else None
    ax = style.axes(ax)
    table = table.assign(name=shaping.names(table, by), x=shaping.days(table["period"]))
    word, notes = by[-1] if by else "", [_PARTIAL] * bool(table["partial"].any())
    points = None
    if not is_rate and len(by) == 1 and colors.outcomes_of(word, []) is not None:
        panels.layered(ax, table, word, limit)
    else:
        points, more = panels.lines(ax, table, of, limit)
        points = points.assign(period=points["x"].map(table.groupby("x")["period"].first()))
        notes += more
    style.time_axis(ax.xaxis, table["period"].dt.tz)
    (style.percent_axis if is_rate else style.count_axis)(ax.yaxis, of or "calls")
    style.headline(ax, title or general.trend(table, by, of, points), notes)
    return ax


def hours(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Heat map of a rate by weekday and hour; hatched where there are too few calls to say.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.hours` returns it; `weekday` 0 is Monday. An interval wider than 30
        points is too wide to colour.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"weekday": 0, "hour": 9, "calls": 400, "failed": 40, "rate": 0.1}
    >>> hours(pd.DataFrame([row | {"low": 0.07, "high": 0.13}])).get_title(loc="left")
    'failed: 10% of 400 calls'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "weekday", "hour", "calls", "rate", "low", "high")
    if not table["calls"].sum() > 0:
        undated = table.attrs.get("undated", 0)
        return style.calm(style.axes(ax, height=1.4), title, "No call has a time" * bool(undated))
    of, ax = shaping.measured(table), style.axes(ax, height=3.6)
    table["enough"] = (table["high"] - table["low"]) <= shaping.VAGUE
    sure = table[table["enough"]]
    cells = sure.pivot_table(index="weekday", columns="hour", values="rate")
    timeline.week(
        ax, cells.reindex(index=range(7), columns=range(24)), colors.ink(of, colors.ALARM)
    )
    over_all = table[of].sum() / table["calls"].sum()
    notes = ["hatched: too few calls to say (interval wider than 30 points)"] * (len(sure) < 168)
    style.headline(ax, title or general.hours(table, of, over_all), notes)
    return ax
