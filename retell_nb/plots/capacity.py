"""Pictures of capacity: calls in flight under their limit, and what retries would have saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.plots.parts import colors, rows, shaping, style, timeline
from retell_nb.plots.titles import capacity
from retell_nb.text import calls, count, duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["backoff", "concurrency"]

_WIDEST = 400  # steps that can be told apart
_LABELS = 32  # numbers that there is room for side by side
_MINUTES = (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10080, 43200)
_LONGER = 1.12  # a month is up to 31/28 as long as another, a day up to 25/23
_WAITS = ("median_wait_s", "p95_wait_s")
_ASSUMED = "simulated; durations of the refused calls are drawn from the other calls"
_FAR = 60.0  # days without a call after which a picture ends


def concurrency(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, groups: int = 8
) -> Axes:
    """Calls in flight over time, with the limit, its 80%, and the calls refused above.

    Where there are more periods than can be told apart, a step is the highest peak of several.
    Of groups, the peaks are lines.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.concurrency` returns it.
    ax, title
        As for `tally`.
    groups : int, default 8
        Groups to draw, those with the highest peaks.

    Returns
    -------
    Axes

    Examples
    --------
    >>> period = pd.date_range("2026-03-02T17:00Z", periods=2, freq="min")
    >>> table = pd.DataFrame({"period": period, "calls": 9, "peak": [4, 5], "average": 3.0})
    >>> table = table.assign(refused=[0, 2], limit=5, seconds_above_80=[0.0, 20.0])
    >>> concurrency(table).get_ylabel()
    'calls in flight'
    >>> style.plt.close()
    """
    needed = ("calls", "period", "peak", "average", "refused", "limit", "seconds_above_80")
    table, by = shaping.plain(table, *needed)
    by.remove("period")
    if not (table["calls"].sum() + table["refused"].sum()) > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    ax, allowed = style.axes(ax), style.numbers(table["limit"])[0]
    table = table.assign(x=shaping.days(table["period"]), name=shaping.names(table, by))
    nearby, notes = _near(table)
    steps, width = _steps(nearby)
    caption = _lines(ax, steps, width, groups) if by else _areas(ax, steps, width)
    top = max(steps["peak"].max(), 0 if np.isnan(allowed) else allowed, 1)
    style.count_axis(ax.yaxis, "calls in flight")
    _lines_of_limit(ax, allowed)
    _refused(ax, steps.groupby("x")["refused"].sum(), width, top)
    ax.set_xlim(steps["x"].min(), steps["x"].max() + width)
    style.time_axis(ax.xaxis, table["period"].dt.tz)
    note = caption.format(_length(width))
    style.headline(ax, title or capacity.flown(nearby, by), [note, *notes])
    return ax


def backoff(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Share of the refused calls that get through under each policy and limit, with their waits.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.backoff` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"policy": "backoff", "limit": 20, "refused": 100, "through": 88, "rate": 0.88}
    >>> row |= {"low": 0.8, "high": 0.93, "median_wait_s": 40.0, "p95_wait_s": 95.0, "lost": 0}
    >>> backoff(pd.DataFrame([row])).texts[0].get_text()
    '88 of 100, 40 s later (95% within 1 min 35 s)'
    >>> style.plt.close()
    """
    needed = ("policy", "limit", "refused", "through", "rate", "low", "high", *_WAITS, "lost")
    attrs = table.attrs
    table, _ = shaping.plain(table, *needed)
    table.attrs.update(attrs)
    if not table["refused"].sum() > 0:
        ax, none = style.axes(ax, height=1.4), "No call was refused"
        if table.empty:
            return style.calm(ax, title)
        return style.calm(ax, title or none, "Nothing to retry")
    ax = style.axes(ax, height=1.6 + 0.32 * len(table), width=10.5)
    paints = np.where(table["policy"] == "backoff", colors.ink("completed"), colors.NEUTRAL)
    rows.dots(ax, table.assign(sure=True, paint=paints), 1.0)
    names = [
        f"{policy}, limit {limit:,}"
        for policy, limit in zip(table["policy"], table["limit"], strict=True)
    ]
    rows.named(ax, names)
    rows.beside(ax, [_beside(row) for _, row in table.iterrows()])
    style.percent_axis(ax.xaxis, "refused calls that get through, with 95% interval")
    style.headline(ax, title or capacity.saved(table), [_ASSUMED])
    return ax


def _near(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Rows without those that lie months from where most calls are, and what is left out."""
    ordered = table.sort_values("x", kind="stable")
    stretch = (ordered["x"].diff() > _FAR).cumsum()
    sizes = ordered["calls"].groupby(stretch).sum()
    nearby = ordered[stretch == sizes.idxmax()]
    rest = sizes.sum() - sizes.max()
    note = f"not drawn: {calls(rest)} over {_FAR:.0f} days away from the others"
    return nearby, [note] * (len(sizes) > 1)


def _steps(table: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """Peak, average and number of the refused in steps that can be told apart, and their width.

    Steps without a call are not there.
    """
    starts = np.unique(table["x"])
    base = float(np.diff(starts).min()) if len(starts) > 1 else 1 / 1440
    span = float(starts[-1] - starts[0]) + base
    if span <= _WIDEST * base or base > 1:
        return table, base
    wide = (minutes / 1440 for minutes in _MINUTES)
    width = next((one for one in wide if one >= base and span <= _WIDEST * one), span / _WIDEST)
    place = np.floor(table["x"] / width + 1e-6) * width
    table = table.assign(x=place, average=table["average"] * base / width)
    how = {"peak": "max", "average": "sum", "refused": "sum"}
    return table.groupby(["x", "name"], sort=True).agg(how).reset_index(), width


def _outline(x: style.Numbers, y: style.Numbers, width: float) -> tuple[style.Numbers, ...]:
    """Corners of steps, which fall to nought where the next step is not there."""
    until = np.minimum(np.append(x[1:], np.inf), x + _LONGER * width)
    until[-1] = x[-1] + width
    corners = np.column_stack([x, until]).reshape(-1)
    heights = np.column_stack([y, np.zeros(len(y))]).reshape(-1)
    is_corner = np.append(np.diff(corners) > width / 1000, True)
    is_corner[::2] = True
    return corners[is_corner], heights[is_corner]


def _areas(ax: Axes, steps: pd.DataFrame, width: float) -> str:
    for column, paint in (("peak", "#c4d2de"), ("average", colors.NEUTRAL)):
        x, y = _outline(steps["x"].to_numpy(), steps[column].to_numpy(dtype=float), width)
        ax.fill_between(x, 0, y, step="post", facecolor=paint, lw=0)
    return "light: highest peak per {0}; dark: average"


def _lines(ax: Axes, steps: pd.DataFrame, width: float, groups: int) -> str:
    highest = steps.groupby("name", sort=False)["peak"].max()
    names = list(highest.nlargest(groups).index)
    paints = colors.apart("", names)
    for name, paint in zip(names, paints, strict=True):
        mine = steps[steps["name"] == name]
        x, y = _outline(mine["x"].to_numpy(), mine["peak"].to_numpy(dtype=float), width)
        ax.plot(x, y, drawstyle="steps-post", color=paint, linewidth=1.2)
    rest = len(highest) - len(names)
    ax.set_ylim(0, 1.25 * highest.max())
    timeline.end_labels(ax, [float(highest[name]) for name in names], names, paints)
    return "highest peak per {0}" + f"; groups not drawn: {count(rest)}" * (rest > 0)


def _lines_of_limit(ax: Axes, allowed: float) -> None:
    """The limit and 80% of it, named at the left where the calls begin."""
    for share, words, look in ((1.0, "limit", "-"), (0.8, "80%", (0, (4, 3)))):
        if not np.isnan(allowed):
            ax.axhline(share * allowed, color="#333333", linewidth=1, linestyle=look)
            ax.annotate(
                f"{words} {share * allowed:,.4g}" if share == 1 else words, (0, share * allowed),
                xycoords=ax.get_yaxis_transform(), xytext=(4, 2), textcoords="offset points",
                fontsize="small", va="bottom",
            )  # fmt: skip


def _refused(ax: Axes, refused: pd.Series[float], width: float, top: float) -> None:
    """Mark where calls were refused, in a lane above, with how many there were."""
    marked = refused[refused > 0].sort_values(ascending=False, kind="stable")
    ax.set_ylim(0, (1.36 if len(marked) else 1.1) * top)
    ticks = ax.yaxis.get_major_locator().tick_values(0, top)
    ax.set_yticks([tick for tick in ticks if 0 <= tick <= top])
    if marked.empty:
        return
    x, number, lane = marked.index.to_numpy() + width / 2, marked.to_numpy(dtype=float), 1.2 * top
    ax.vlines(x, top, lane, color=colors.ALARM, linewidth=0.8)
    ax.scatter(
        x, np.full(len(x), lane), s=20 + 100 * number / number.max(), marker="v",
        color=colors.ALARM, zorder=4, linewidth=0,
    )  # fmt: skip
    room = (refused.index.max() - refused.index.min() + width) / _LABELS
    for place in _apart(x, room):
        ax.annotate(
            count(number[place]), (x[place], lane), xytext=(0, 6), textcoords="offset points",
            ha="center", fontsize="x-small", color=colors.ALARM,
        )  # fmt: skip
    ax.annotate(
        "refused", (1, lane), xycoords=ax.get_yaxis_transform(), xytext=(4, 0),
        textcoords="offset points", va="center", fontsize="small", color=colors.ALARM,
    )  # fmt: skip


def _apart(x: style.Numbers, room: float) -> list[int]:
    """Places that are at least so far apart, the first ones going before."""
    chosen_places: list[int] = []
    for place, moment in enumerate(x):
        if len(chosen_places) < _LABELS and all(
            abs(moment - x[other]) >= room for other in chosen_places
        ):
            chosen_places.append(place)
    return chosen_places


def _length(width: float) -> str:
    """Length of a step in words."""
    minutes = round(1440 * width)
    for size, unit in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size and minutes % size == 0:
            return unit if minutes == size else f"{minutes // size} {unit}s"
    return "period"


def _beside(row: pd.Series[Any]) -> str:
    """How many got through, how much later, and what it cost the others."""
    got = f"{count(row['through'])} of {count(row['refused'])}"
    if not row["through"]:
        return got
    median, most = (duration(row[name]) for name in _WAITS)
    half = f"{median} later" if row["median_wait_s"] else "most at once"
    later = f", {half} (95% within {most})" if row["p95_wait_s"] else ", at once"
    return got + later + f"; {count(row['lost'])} others lost" * bool(row["lost"])
