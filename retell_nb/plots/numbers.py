"""Pictures of caller numbers: day by day, before and after bursts, and all of them at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.plots.parts import rows, shaping, sparks, style
from retell_nb.plots.titles.numbers import bursts_in_words, health_in_words, numbers_in_words
from retell_nb.text import calls, count, interval, not_recorded, percent
from retell_nb.times import moment

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["bursts", "by_day", "by_number", "numbers"]


def numbers(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 12
) -> Axes:
    """Caller numbers: their short calls against their blocks, or both day by day.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.numbers` returns it, a number or a day in a row.
    ax, title
        As for `tally`.
    limit : int, default 12
        Numbers to name, or to draw where a row is a day.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import retell_nb as rn
    >>> calls = rn.sample_calls(2_000, seed=7)
    >>> numbers(calls.retell.numbers()).get_xlabel()
    'answered calls under 10 s, share'
    >>> style.plt.close()
    """
    draw = by_day if "day" in table.columns else by_number
    return draw(table, ax=ax, title=title, limit=limit)


def by_day(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 12
) -> Axes:
    """A row per caller number with a bar per day: its calls, the blocked ones dark, bursts marked.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.numbers` returns it with ``per="day"``.
    ax, title
        As for `tally`.
    limit : int, default 12
        Numbers to draw: those with bursts first, then those with the highest rate of blocks.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> day = pd.to_datetime(["2026-03-01T00:00Z"])
    >>> row = {"seizures": [40], "blocked": [10], "bursts": [0]}
    >>> table = pd.DataFrame({"from_number": ["+13035550184"], "day": day, **row})
    >>> by_day(table).get_title(loc="left")
    'No burst of short calls on 1 number, and 25% of 40 calls blocked'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "from_number", "day", "seizures", "blocked", "bursts")
    if not table["seizures"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, not_recorded(table.attrs))
    table = table.assign(name=shaping.names(table, ["from_number"]), x=shaping.days(table["day"]))
    sums = table.groupby("name", sort=False)[["bursts", "blocked", "seizures"]].sum()
    sums = sums.assign(rate=sums["blocked"] / sums["seizures"].where(sums["seizures"] > 0))
    order = sums.sort_values(["bursts", "rate"], ascending=False, kind="stable")
    top_numbers = order.head(limit)
    ax = style.axes(ax, height=1.7 + 0.42 * len(top_numbers))
    sparks.bars(ax, table, list(top_numbers.index))
    rows.beside(
        ax,
        [
            f"{count(n)}, {percent(r)}"
            for n, r in zip(top_numbers["seizures"], top_numbers["rate"], strict=True)
        ],
    )
    style.time_axis(ax.xaxis, table["day"].dt.tz)
    tallest = table.loc[table["name"].isin(top_numbers.index), "seizures"].max()
    notes = [f"at right: calls, share blocked; tallest bar: {calls(tallest)} in a day"]
    notes += [f"numbers not drawn: {count(len(order) - len(top_numbers))}"] * (
        len(order) > len(top_numbers)
    )
    style.headline(
        ax, title or numbers_in_words(top_numbers, whole=len(order) == len(top_numbers)), notes
    )
    return ax


def bursts(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 20
) -> Axes:
    """A row per burst: the block rate of its number before it (hollow) and in the day after it.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.bursts` returns it.
    ax, title
        As for `tally`.
    limit : int, default 20
        Bursts to draw: those after which the rate rose most surely.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.tables import bursts as table_of
    >>> import retell_nb as rn
    >>> bursts(table_of(rn.sample_calls(200, faults=False))).texts[0].get_text()
    'No burst of short calls'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "from_number", "start", "short_calls", "change_low", "raised")
    if table.empty:
        words = not_recorded(table.attrs) or "No burst of short calls"
        return style.calm(style.axes(ax, height=1.4), title, words)
    order = table.sort_values(
        ["raised", "change_low", "short_calls"], ascending=False, kind="stable"
    )
    top_bursts = order.head(limit).sort_values("start", kind="stable", ignore_index=True)
    ax = style.axes(ax, height=1.7 + 0.36 * len(top_bursts))
    sparks.changes(ax, top_bursts)
    zone = table["start"].dt.tz
    names = shaping.names(top_bursts, ["from_number"])
    when = top_bursts["start"].map(moment)
    rows.named(ax, [f"{name} · {time}" for name, time in zip(names, when, strict=True)], width=40)
    rows.beside(ax, [_change(row) for _, row in top_bursts.iterrows()])
    style.percent_axis(ax.xaxis, "blocked, share of calls, with 95% interval")
    notes = [f"hollow: before the burst; filled: in the 24 h after; times in {zone}"]
    notes += [f"bursts not drawn: {count(len(order) - len(top_bursts))}"] * (
        len(order) > len(top_bursts)
    )
    style.headline(ax, title or bursts_in_words(top_bursts), notes)
    return ax


def _change(row: pd.Series[float]) -> str:
    after = interval(row["rate_after"], row["rate_after_low"], row["rate_after_high"])
    return f"{percent(row['rate_before'])} → {after}, n = {count(row['calls_after'])}"


def by_number(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 12
) -> Axes:
    """Dots of caller numbers: share of short calls across, rate of blocks up, with intervals.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.numbers` returns it.
    ax, title
        As for `tally`.
    limit : int, default 12
        Flagged numbers to name; the others are pale.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import retell_nb as rn
    >>> from retell_nb.tables import numbers as table_of
    >>> by_number(table_of(rn.sample_calls(2_000, seed=7))).get_xlabel()
    'answered calls under 10 s, share'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "from_number", "short_share_10s", "block_rate", "flags")
    plotted = table[(table["timed"] > 0) & (table["seizures"] > 0)]
    if plotted.empty:
        return style.calm(style.axes(ax, height=1.4), title, not_recorded(table.attrs))
    ax = style.axes(ax, height=4.8)
    flagged = plotted["flags"] > 0
    named = list(plotted.index[flagged][:limit])
    sparks.crosses(
        ax,
        plotted,
        np.asarray(flagged),
        {row: shaping.names(plotted.loc[[row]], ["from_number"])[0] for row in named},
    )
    limit_at = table.attrs.get("short_call_share")
    if limit_at is not None:
        sparks.limit(ax, limit_at, f"{percent(limit_at)}: {table.attrs['short_call_share_source']}")
    style.percent_axis(ax.xaxis, "answered calls under 10 s, share")
    style.percent_axis(ax.yaxis, "blocked, share of calls")
    unplotted = table.drop(plotted.index)
    above = int((unplotted["flags"] > 0).sum())
    notes = ["each dot a caller number with its 95% intervals; red: above a threshold"]
    rest = f"without an answered call, not drawn: {count(len(unplotted))}"
    rest += f" ({count(above)} above a threshold)" if above else ""
    notes += [rest] * (len(unplotted) > 0)
    style.headline(ax, title or health_in_words(plotted, whole=unplotted.empty), notes)
    return ax
