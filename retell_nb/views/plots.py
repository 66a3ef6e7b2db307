"""Pictures of the tables: a table in, axes out.

Every word draws the table of the same name in `retell_nb.tables`, on the axes given or on those
of a new figure. Nothing is counted here: rows of a table may be put in order, and the smallest
ones added up under the name `other`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.views import colours, headlines, panels, shaping, style, timeline
from retell_nb.views.text import count

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["audit", "hours", "kpis", "rates", "tally", "trend"]

_DIVIDED = "in the bars: share of the bar; at their ends: calls"
_PARTIAL = "faded: periods that the calls cover only in part"
_REASONS = ("reason", "disconnection_reason")


def tally(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: int = 20,
    cumulative: bool | None = None,
) -> Axes:
    """Bars of calls per group; of several groupings, the last divides the bars.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.tally` returns it: the groups, `calls`, `share`.
    ax : Axes, optional
        Where to draw; on a new figure by default.
    title : str, optional
        In place of the finding.
    limit : int, default 20
        Bars to draw; the groups after them are added up as `other`.
    cumulative : bool, optional
        Whether to write the running share beside the bars; by default for reasons.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        If the table lacks a column: it is of another word.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"outcome": ["completed", "failed"], "calls": [920, 80], "share": [0.92, 0.08]}
    ... )
    >>> tally(table).get_title(loc="left")
    '8 % of 1,000 calls failed; the most frequent outcome...'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "calls", "share")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    if len(by) > 1:
        ax, notes = panels.divided(table, by, ax, limit), [_DIVIDED]
    else:
        running = any(word in _REASONS for word in by) if cumulative is None else cumulative
        ax, notes = panels.ranked(table, by, ax, limit, running=running), []
    style.headline(ax, title or headlines.tally(table, by), notes)
    return ax


def rates(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: int = 20,
    reference: float | None = None,
) -> Axes:
    """Dots with their intervals, a group per row in the order of the table, the worst on top.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.rates` returns it.
    ax, title
        As for `tally`.
    limit : int, default 20
        Groups to draw; how many there are besides is said under the title.
    reference : float, optional
        The rate over all, drawn as a line; from the rows of the table by default.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"calls": 900, "failed": 342, "rate": 0.38, "low": 0.35, "high": 0.41}
    >>> rates(pd.DataFrame([row | {"enough": True}])).get_title(loc="left")
    'failed: 38 % of 900 calls'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "calls", "rate", "low", "high", "enough")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    of, shown = shaping.measured(table), table.head(limit)
    over_all = table[of].sum() / table["calls"].sum() if reference is None else reference
    ax = panels.compared(shown, by, of, over_all, ax)
    rest, running = len(table) - len(shown), table.attrs.get("in_progress", 0)
    notes = [f"groups not drawn: {count(rest)}"] * (rest > 0)
    notes += [f"{count(running)} calls in progress are not counted"] * (running > 0)
    style.headline(ax, title or headlines.rates(table, by, of, over_all), notes)
    return ax


def kpis(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 6
) -> Axes:
    """Dots with their intervals for the KPIs that are rates; the others in words under the title.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.kpis` returns it; what has the unit `share` is a rate.
    ax, title
        As for `tally`.
    limit : int, default 6
        Groups to draw, those with the most calls.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"kpi": "ASR", "value": 0.62, "low": 0.6, "high": 0.64, "n": 1200, "unit": "share"}
    >>> kpis(pd.DataFrame([row | {"definition": "answered / seizures"}])).get_title(loc="left")
    'ASR: 62 % (n = 1,200)'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "kpi", "value", "low", "high", "n", "unit", "definition")
    if not table.loc[table["unit"] == "share", "n"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    table["group"] = shaping.names(table, by)
    sizes = table.groupby("group", sort=False)["n"].max().nlargest(limit)
    shown, is_rate = table["group"].isin(sizes.index), table["unit"] == "share"
    is_part = _parts(table) & bool(by)
    ax = panels.measures(table[shown & is_rate & ~is_part], ax, grouped=bool(by))
    rest = table["group"].nunique() - len(sizes)
    notes = [panels.in_words(table[shown & ~is_rate], grouped=bool(by))] * (not is_rate.all())
    notes += [f"groups not drawn: {count(rest)}"] * (rest > 0)
    parts = table.loc[is_part, "kpi"].nunique()
    notes += [f"not drawn: {parts} KPIs that are parts of another"] * (parts > 0)
    style.headline(ax, title or headlines.kpis(table[is_rate], by), notes)
    return ax


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
    rated = "rate" in table.columns
    table, by = shaping.plain(table, "calls", "partial", "period", *["rate", "low", "high"] * rated)
    by.remove("period")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    of = shaping.measured(table) if rated else None
    ax = style.axes(ax)
    table = table.assign(name=shaping.names(table, by), x=shaping.days(table["period"]))
    word, notes = by[-1] if by else "", [_PARTIAL] * bool(table["partial"].any())
    if not rated and len(by) == 1 and colours.outcomes_of(word, []) is not None:
        panels.layered(ax, table, word, limit)
    else:
        notes += panels.lines(ax, table, of, limit)
    style.time_axis(ax.xaxis, table["period"].dt.tz)
    (style.percent_axis if rated else style.count_axis)(ax.yaxis, of or "calls")
    style.headline(ax, title or headlines.trend(table, by, of), notes)
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
    'failed: 10 % of 400 calls'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "weekday", "hour", "calls", "rate", "low", "high")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    of, ax = shaping.measured(table), style.axes(ax, height=3.6)
    table["enough"] = (table["high"] - table["low"]) <= shaping.VAGUE
    sure = table[table["enough"]]
    cells = sure.pivot_table(index="weekday", columns="hour", values="rate")
    timeline.week(
        ax, cells.reindex(index=range(7), columns=range(24)), colours.ink(of, colours.ALARM)
    )
    over_all = table[of].sum() / table["calls"].sum()
    notes = ["hatched: too few calls to say (interval wider than 30 points)"] * (len(sure) < 168)
    style.headline(ax, title or headlines.hours(table, of, over_all), notes)
    return ax


def audit(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Bars of calls per kind of trouble.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.audit` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> nothing = pd.DataFrame(columns=["trouble", "calls", "share", "example", "meaning"])
    >>> audit(nothing).texts[0].get_text()
    'Nothing found'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "trouble", "calls", "share")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, "Nothing found")
    ax = panels.ranked(table, ["trouble"], ax, len(table), width=50)
    style.headline(ax, title or headlines.audit(table))
    return ax


def _parts(table: pd.DataFrame) -> pd.Series[bool]:
    """Rows of KPIs that are parts of another, as `fault_rate_agent` of `fault_rate`."""
    kpis = tuple(f"{kpi}_" for kpi in table["kpi"].unique())
    return table["kpi"].str.startswith(kpis)
