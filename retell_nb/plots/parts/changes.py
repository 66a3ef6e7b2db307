"""What pictures of change are made of: effects, differences, limits, levels, strips of silence."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.plots.parts import colors, shaping, style, timeline
from retell_nb.text import count, percent, points, shortened
from retell_nb.times import day

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from matplotlib.axes import Axes

__all__ = [
    "differences",
    "effects",
    "foremost",
    "levels",
    "limits",
    "moment",
    "numbered",
    "strips",
    "violations",
    "wrapped",
]

_RULES = "DsvP*Xd<>"
"""Markers of rules that flag a period, beyond limits first."""


def effects(ax: Axes, frame: pd.DataFrame, paints: Sequence[Sequence[str]]) -> None:
    """Signed bars around zero: a row per row, in it a bar per column, with points at their ends.

    There is a colour for each bar, column by column.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> effects(ax, pd.DataFrame({"rate": [0.1], "mix": [-0.02]}), [["#b92d1c"], ["#d9d9d9"]])
    >>> [label.get_text() for label in ax.texts]
    ['+10', '-2']
    >>> style.plt.close()
    """
    height = 0.76 / len(frame.columns)
    places = np.arange(len(frame)) - 0.38 + height / 2
    for (_, column), paint in zip(frame.items(), paints, strict=True):
        values = column.to_numpy(dtype=float)
        bars = ax.barh(places, values, height=height, color=list(paint), **colors.EDGE)
        ax.bar_label(bars, [points(value) for value in values], padding=4, fontsize="small")
        places = places + height
    _around_zero(ax, frame.to_numpy(dtype=float), room=0.14)


def _around_zero(ax: Axes, values: npt.NDArray[np.float64], room: float) -> None:
    """Line at zero, and room for words beyond the smallest and largest value."""
    low, high = (float(end) for end in (np.nanmin(values), np.nanmax(values)))
    low, high = min(low, 0.0), max(high, 0.0)
    space = room * max(high - low, 0.002)
    ax.axvline(0, color="#333333", linewidth=0.9, zorder=1)
    ax.set_xlim(low - space, high + space)


def differences(ax: Axes, frame: pd.DataFrame) -> None:
    """Dot with its interval per row around a line at zero; hollow where it is not sure.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> row = {"difference": 0.1, "low": 0.05, "high": 0.15, "sure": True, "paint": "#b92d1c"}
    >>> differences(ax, pd.DataFrame([row]))
    >>> ax.lines[0].get_xdata()
    [0, 0]
    >>> style.plt.close()
    """
    for place, (_, row) in enumerate(frame.iterrows()):
        if np.isnan(row["difference"]):
            continue
        sure, paint = row["sure"], row["paint"]
        ax.hlines(place, row["low"], row["high"], color=paint, linewidth=2.4 if sure else 1.2)
        ax.scatter(
            row["difference"], place, s=34, facecolor=paint if sure else "white", edgecolor=paint,
            zorder=3,
        )  # fmt: skip
    ends = frame[["low", "high"]].to_numpy(dtype=float)
    _around_zero(ax, ends if np.isfinite(ends).any() else np.zeros(1), room=0.05)


def foremost(
    table: pd.DataFrame, by: Sequence[str], weights: pd.Series[float]
) -> tuple[pd.DataFrame, str, int]:
    """Rows of the group with the largest sum of weights, its name, how many groups are left out.

    Examples
    --------
    >>> table = pd.DataFrame({"agent_id": ["a", "b", "b"]})
    >>> foremost(table, ["agent_id"], pd.Series([1.0, 1.0, 1.0]))[1:]
    ('b', 1)
    """
    if not by:
        return table, "", 0
    names = np.asarray(shaping.names(table, by), dtype=object)
    sums = weights.groupby(names, sort=False).sum()
    name = str(sums.idxmax())
    return table[names == name].reset_index(drop=True), name, len(sums) - 1


def limits(ax: Axes, chart: pd.DataFrame) -> None:
    """Rate per period as a line, its center and limits as steps, its moving average as a thin line.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=2, tz="UTC")
    >>> chart = pd.DataFrame({"period": days, "rate": [0.1, 0.2], "center": 0.1, "low": 0.0})
    >>> ax = style.axes(None)
    >>> limits(ax, chart.assign(high=0.3, ewma=0.15))
    >>> [label.get_text() for label in ax.texts]
    ['control limit (last: 30%)', 'center 10%', 'moving average']
    >>> style.plt.close()
    """
    starts = shaping.days(chart["period"])
    edges = shaping.edges(starts)
    middles = (edges[:-1] + edges[1:]) / 2
    low, high, center = (np.append(chart[c], chart[c].iloc[-1]) for c in ("low", "high", "center"))
    ax.fill_between(edges, low, high, step="post", color="#f0f0f0", lw=0, gid="limits")
    few = len(chart) <= 62  # more would hide the rate behind limits and dots
    for ends in (low, high):
        width = 0.9 if few else 0.3
        ax.step(edges, ends, where="post", color=colors.FAINT, linewidth=width, gid="limit")
    dashes: Any = (0, (5, 3))
    ax.step(edges, center, where="post", color="#333333", lw=1, linestyle=dashes, gid="center")
    ax.plot(middles, chart["ewma"], color=colors.NEUTRAL, linewidth=0.9, gid="ewma")
    size = 3.5 if few else 0
    ax.plot(middles, chart["rate"], color="#444444", lw=1.1, marker="o", ms=size, gid="rate")
    ax.set_xlim(edges[0], edges[-1])
    top = np.nanmax([chart["rate"].max(), chart["high"].quantile(0.75), 0.01])
    ax.set_ylim(0, min(1.02, 1.1 * float(top)))
    last = chart[chart["rate"].notna()].iloc[-1]
    names = [f"control limit (last: {percent(last['high'])})", f"center {percent(last['center'])}"]
    heights = [min(last["high"], ax.get_ylim()[1]), last["center"], last["ewma"]]
    paints = [colors.FAINT, "#333333", colors.NEUTRAL]
    timeline.end_labels(ax, heights, [*names, "moving average"], paints)


def violations(ax: Axes, chart: pd.DataFrame) -> None:
    """Mark on each period that is out of control, a marker per rule, with a key to the rules.

    What the moving average flags is marked on it: the rate of that period may be as usual.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=2, tz="UTC")
    >>> chart = pd.DataFrame({"period": days, "rate": [0.1, 0.2], "out": [False, True]})
    >>> ax = style.axes(None)
    >>> violations(ax, chart.assign(rule=[None, "beyond limits"]))
    >>> [words.get_text() for words in ax.get_legend().get_texts()]
    ['out: beyond limits (1)']
    >>> style.plt.close()
    """
    edges = shaping.edges(shaping.days(chart["period"]))
    out = chart["out"].to_numpy(dtype=bool)
    rules = chart.loc[out, "rule"].astype(str)
    order = sorted(rules.unique(), key=lambda rule: (rule != "beyond limits", rule))
    for rule, marker in zip(order, _RULES, strict=False):
        where = out & chart["rule"].eq(rule).fillna(value=False).to_numpy(dtype=bool)
        heights = chart.loc[where, "ewma" if rule == "EWMA" else "rate"]
        ax.scatter(
            ((edges[:-1] + edges[1:]) / 2)[where], heights, s=48, marker=marker,
            facecolor=colors.ALARM, edgecolor="white", linewidth=0.6, zorder=4,
            label=style.literal(f"out: {rule} ({count(int(where.sum()))})"), gid="out",
        )  # fmt: skip
    if order:
        inches = ax.bbox.height / ax.figure.dpi
        ax.legend(
            loc="upper left", bbox_to_anchor=(0, -0.5 / inches), ncols=3, frameon=False,
            fontsize="small", borderaxespad=0, handletextpad=0.2,
        )  # fmt: skip


def levels(ax: Axes, part: pd.DataFrame, last: pd.Timestamp | None = None) -> None:
    """Rate between changes as steps with their intervals, and a band where each change may be.

    Before the first change the steps go on for as long as there is room, and after the last one
    until the end of the data, where that is told.

    Examples
    --------
    >>> time = pd.Timestamp("2026-03-10", tz="UTC")
    >>> row = {"time": time, "earliest": time, "latest": time, "rate_before": 0.1, "rate": 0.2}
    >>> row |= {"rate_before_low": 0.02, "rate_before_high": 0.4}
    >>> ax = style.axes(None)
    >>> levels(ax, pd.DataFrame([row | {"rate_low": 0.06, "rate_high": 0.5}]))
    >>> ax.lines[0].get_ydata().tolist()
    [0.1, 0.2, 0.2]
    >>> style.plt.close()
    """
    times = shaping.days(part["time"])
    spans = [shaping.days(part[name]) for name in ("earliest", "latest")]
    begin, end = float(np.min(spans[0])), float(np.max(spans[1]))
    room = max(0.08 * (end - begin), 0.25)
    until = end + room if last is None else max(float(shaping.days(pd.Series([last]))[0]), end)
    edges = np.concatenate([[begin - room], times, [until]])
    heights, low, high = (
        np.concatenate(
            [part[f"rate_before{end}"].head(1), part[f"rate{end}"].iloc[[*range(len(part)), -1]]]
        )
        for end in ("", "_low", "_high")
    )
    for start, end in zip(*spans, strict=True):
        ax.axvspan(start, end, facecolor="#dcdcdc", edgecolor="#bdbdbd", lw=0.8, zorder=0)
    ax.fill_between(edges, low, high, step="post", color=colors.ALARM, alpha=0.18, lw=0)
    ax.step(edges, heights, where="post", color=colors.ALARM, linewidth=1.8)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.16 * max(float(np.nanmax(high)), 0.01))  # numbers stand above


def numbered(ax: Axes, part: pd.DataFrame, lines: Sequence[str]) -> None:
    """Number each change over the axes, and say at the right what each number stands for.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> numbered(ax, pd.DataFrame({"time": pd.to_datetime(["2026-03-10"])}), ["2% to 20%"])
    >>> [words.get_text() for words in ax.texts]
    ['1', '2% to 20%', '1']
    >>> style.plt.close()
    """
    low, high = ax.get_xlim()
    places = (shaping.days(part["time"]) - low) / (high - low)
    gap = 0.2 / (ax.bbox.width / ax.figure.dpi)
    small: dict[str, Any] = {"fontsize": "small", "transform": ax.transAxes}
    heights = [line.count("\n") + 1.6 for line in lines]
    top = 1.0
    signs = zip(places, timeline.spread(list(places), gap), lines, heights, strict=True)
    for number, (place, aside, words, height) in enumerate(signs, start=1):
        ax.plot(
            [place, place, aside], [0.9, 0.93, 0.955], color=colors.QUIET, lw=0.6,
            transform=ax.transAxes, zorder=1,
        )  # fmt: skip
        ax.text(aside, 0.96, str(number), ha="center", va="bottom", **small)
        ax.text(1.05, top, style.literal(words), va="top", color=colors.QUIET, **small)
        ax.text(1.04, top, str(number), ha="right", va="top", fontweight="bold", **small)
        top -= height / max(sum(heights), 12)


def moment(time: pd.Timestamp) -> str:
    """Day, and time of day where it is not midnight.

    Examples
    --------
    >>> moment(pd.Timestamp("2026-03-10")), moment(pd.Timestamp("2026-03-10 14:00"))
    ('Mar 10', 'Mar 10, 14:00')
    """
    clock = f", {time:%H:%M}" if time.hour or time.minute else ""
    return f"{day(time, year=False)}{clock}"


def wrapped(words: str, width: int, most: int) -> list[str]:
    """Words in at most so many lines of a width, shortened in the middle where they are longer.

    Examples
    --------
    >>> wrapped("began: first calls of version 8", 20, 2)
    ['began: first calls', 'of version 8']
    """
    return textwrap.wrap(shortened(" ".join(words.split()), width * most), width)[:most]


def strips(ax: Axes, lines: pd.DataFrame, now: pd.Timestamp) -> None:
    """Bar from since when a line is silent until now, a line per row.

    Examples
    --------
    >>> lines = pd.DataFrame({"since": pd.to_datetime(["2026-03-27T00:00Z"])})
    >>> ax = style.axes(None)
    >>> strips(ax, lines, lines["since"][0] + pd.Timedelta("12h"))
    >>> float(ax.patches[0].get_width())
    0.5
    >>> style.plt.close()
    """
    starts = shaping.days(lines["since"])
    end = float(shaping.days(pd.Series([now]))[0])
    paint = {"color": colors.ALARM, **colors.EDGE}
    ax.barh(range(len(lines)), end - starts, left=starts, height=0.5, **paint)
    begin = float(np.min(starts))
    ax.set_xlim(begin - max(0.04 * (end - begin), 1 / 24), end)
