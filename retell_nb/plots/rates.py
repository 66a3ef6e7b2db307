"""Pictures of groups: how many calls, how many of them failed, the key figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.plots.parts import panels, shaping, style
from retell_nb.plots.titles import general
from retell_nb.text import count, not_recorded

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["kpis", "rates", "tally"]

_DIVIDED = "in the bars: share of the bar; at their ends: calls"
_REASONS = ("reason", "disconnection_reason")


def tally(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: int = 20,
    cumulative: bool | None = None,
    of: str = "",
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
    of : str, optional
        What the calls have in common, such as `failed`: for the title and the axis.

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
    '8% of 1,000 calls failed; the most frequent outcome...'
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
    if of:
        style.count_axis(ax.xaxis, f"{of} calls")
    style.headline(ax, title or general.tally(table, by, of, limit), notes)
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
    'failed: 38% of 900 calls'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "calls", "rate", "low", "high", "enough")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    of, top_rows = shaping.measured(table), table.head(limit)
    over_all = table[of].sum() / table["calls"].sum() if reference is None else reference
    ax = panels.compared(top_rows, by, of, over_all, ax)
    rest, running = len(table) - len(top_rows), table.attrs.get("in_progress", 0)
    notes = [f"groups not drawn: {count(rest)}"] * (rest > 0)
    notes += [f"{count(running)} calls in progress are not counted"] * (running > 0)
    words = title or general.rates(top_rows, by, of, over_all, whole=not rest)
    style.headline(ax, words, notes)
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
    'ASR: 62% (n = 1,200)'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "kpi", "value", "low", "high", "n", "unit", "definition")
    if not table.loc[table["unit"] == "share", "n"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, not_recorded(table.attrs))
    table["group"] = shaping.names(table, by)
    sizes = table.groupby("group", sort=False)["n"].max().nlargest(limit)
    in_largest, is_rate = table["group"].isin(sizes.index), table["unit"] == "share"
    is_part = _parts(table) & bool(by)
    rates = table[in_largest & is_rate & ~is_part]
    ax = panels.measures(rates, ax, grouped=bool(by))
    rest = table["group"].nunique() - len(sizes)
    notes = [panels.in_words(table[in_largest & ~is_rate], grouped=bool(by))] * (not is_rate.all())
    notes += [f"groups not drawn: {count(rest)}"] * (rest > 0)
    parts = table.loc[is_part, "kpi"].nunique()
    notes += [f"not drawn: {parts} KPIs that are parts of another"] * (parts > 0)
    notes += [not_recorded(table.attrs)] * bool(not_recorded(table.attrs))
    style.headline(ax, title or general.kpis(rates, by, whole=not rest), notes)
    return ax


def _parts(table: pd.DataFrame) -> pd.Series[bool]:
    """Rows of KPIs that are parts of another, as `fault_rate_agent` of `fault_rate`."""
    kpis = tuple(f"{kpi}_" for kpi in table["kpi"].unique())
    return table["kpi"].str.startswith(kpis)
