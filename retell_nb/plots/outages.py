"""Pictures of servers that break: errors by version and kind, outages on the line of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.plots.parts import colors, rows, shaping, style
from retell_nb.plots.titles import causes, general
from retell_nb.text import count, duration, interval, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["llm_server", "outages"]

_UNPROVEN = "hollow: hang-ups that may hide such an error (unproven)"


def llm_server(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 6
) -> Axes:
    """Dots with their intervals for every kind of error, under the agent and version that met it.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.llm_server` returns it.
    ax, title
        As for `tally`.
    limit : int, default 6
        Groups to draw, the worst first.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"agent_version": 8, "kind": "error_llm_websocket_open", "grade": "classified"}
    >>> counts = {"calls": 480, "affected": 171, "rate": 0.36, "low": 0.32, "high": 0.4}
    >>> llm_server(pd.DataFrame([row | counts | {"after_median": 17.4}])).get_title(loc="left")
    'The LLM server failed on 36% of 480 connected calls of version 8'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "kind", "grade", "calls", "affected", "rate", "low", "high", "after_median"
    )
    table["affected"] = style.numbers(table["affected"])
    if not table["affected"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, "No LLM server errors")
    table["group"] = shaping.names(table, by)
    top_groups = table[table["group"].isin(table["group"].unique()[:limit])]
    lines = _under_groups(top_groups)
    ax = style.axes(ax, height=1.7 + 0.26 * len(lines), width=10.5)
    sure = lines["grade"].eq("classified").to_numpy()
    paints = np.where(sure, colors.ALARM, colors.NEUTRAL)
    reach = min(1.04, 1.08 * float(np.nanmax(lines["high"])))
    rows.dots(ax, lines.assign(sure=sure, paint=paints), reach)
    rows.named(ax, list(lines["name"]), bold=list(lines["heading"]), width=38)
    rows.beside(ax, list(lines["said"]))
    style.percent_axis(ax.xaxis, "share of connected calls, with 95% interval")
    rest = table["group"].nunique() - top_groups["group"].nunique()
    notes = [f"groups not drawn: {count(rest)}"] * (rest > 0) + [_UNPROVEN] * (not sure.all())
    style.headline(ax, title or causes.llm_server(top_groups, whole=not rest), notes)
    return ax


def _under_groups(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the kinds that each group met, under a row that names the group."""
    blocks = []
    for group, block in table.groupby("group", sort=False):
        kinds_of_group = block[block["affected"] > 0]
        size = f"n = {count(block['calls'].iloc[0])}" + ", no error" * kinds_of_group.empty
        heading = block.head(1).assign(name=group, heading=True, rate=np.nan, said=size)
        heading = heading.assign(low=np.nan, high=np.nan, grade="classified")
        suspected = kinds_of_group["grade"].map({"unproven": ", suspected"}).fillna("")
        kinds = kinds_of_group.assign(
            name=kinds_of_group["kind"].astype(str) + suspected, heading=False
        )
        blocks += [heading, kinds.assign(said=[_told(row) for _, row in kinds_of_group.iterrows()])]
    lines: pd.DataFrame = pd.concat(blocks, ignore_index=True)
    return lines


def _told(row: pd.Series[Any]) -> str:
    after = duration(row["after_median"])
    return f"{interval(row['rate'], row['low'], row['high'])}, median {after} into the call"


def outages(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 15
) -> Axes:
    """Spans on the line of time, an outage per row, with how many calls each affected.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.outages` returns it.
    ax, title
        As for `tally`.
    limit : int, default 15
        Outages to draw, those that affected the most calls.

    Returns
    -------
    Axes

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-11T14:00Z"])
    >>> row = {"of": "provider", "start": start, "end": start + pd.Timedelta("2h"), "calls": 126}
    >>> rates = {"affected": 117, "rate": 0.93, "low": 0.87, "high": 0.96, "kinds": "dial_failed"}
    >>> outages(pd.DataFrame(row | rates)).get_title(loc="left")
    '1 outage: provider, Mar 11, 2026, 14:00, 2 h 0 min, 117 of 126 calls (93%)'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "start", "end", "calls", "affected", "rate", "low", "high", "kinds"
    )
    if table.empty:
        return style.calm(style.axes(ax, height=1.4), title, "No outage found")
    largest = table.loc[table["affected"].nlargest(limit).index.sort_values()]
    ax = style.axes(ax, height=1.5 + 0.5 * len(largest), width=10.5)
    _spans(ax, largest)
    pairs = zip(shaping.names(largest, by), general.moments(largest["start"]), strict=True)
    rows.named(ax, [f"{name} · {start}" for name, start in pairs], width=44)
    rows.beneath(ax, list(largest["kinds"]))
    rows.beside(ax, [_sizes(row) for _, row in largest.iterrows()])
    zone = largest["start"].dt.tz
    period = {"first": largest["start"].min(), "last": largest["end"].max()} | table.attrs
    edges = shaping.days(pd.Series([period["first"], period["last"]]))
    room = max(0.03 * float(np.ptp(edges)), 1 / 96)
    ax.set_xlim(edges.min() - room, edges.max() + room)
    style.time_axis(ax.xaxis, zone)
    ax.grid(visible=True, axis="x", color="#e4e4e4", linewidth=0.6)
    rest = len(table) - len(largest)
    notes = [f"outages not drawn: {count(rest)}"] * (rest > 0)
    style.headline(ax, title or causes.outages(largest, by, rest=rest), notes)
    return ax


def _spans(ax: Axes, outages: pd.DataFrame) -> None:
    """Draw a bar from start to end of each row, and a mark that a short one can be seen by."""
    starts, ends = (shaping.days(outages[name]) for name in ("start", "end"))
    places = np.arange(len(outages))
    ax.barh(places, ends - starts, left=starts, height=0.3, color=colors.ALARM, **colors.EDGE)
    ax.scatter((starts + ends) / 2, places, s=26, marker="D", color=colors.ALARM, zorder=3)


def _sizes(row: pd.Series[Any]) -> str:
    lasted = duration((row["end"] - row["start"]).total_seconds())
    sizes = f"{count(row['affected'])} of {count(row['calls'])} calls"
    return f"{lasted}, {sizes}: {span(row['low'], row['high'])}"
