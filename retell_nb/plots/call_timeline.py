"""Picture of one call: who spoke when, the tools, the steps of the flow, and the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import font_manager
from matplotlib.ticker import FuncFormatter, MaxNLocator

from retell_nb.plots.parts import style
from retell_nb.plots.parts.colors import ALARM, EDGE, NEUTRAL, QUIET
from retell_nb.text import cleaned, shortened
from retell_nb.times import at, lasting

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["call_timeline"]

_LANES = ("agent", "user", "transfer_target", "tool", "step")
_MARKS = ("silence", "end")
_PAINTS = {"agent": NEUTRAL, "user": "#f5d77c", "transfer_target": "#a98bd0", "tool": "#9dc3e6"}
_LETTER = 0.075
"""Inches that a small letter takes."""


def call_timeline(
    timeline: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None
) -> Axes:
    """Draw a call from its start to its end, a lane for everybody and everything that took part.

    Parameters
    ----------
    timeline : DataFrame
        As `retell_nb.diagnosis.summary.timeline` returns it.
    ax : Axes, optional
        By default a new figure.
    title : str, optional
        By default how the call ended.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from retell_nb.diagnosis.diagnosis import diagnose
    >>> ax = call_timeline(diagnose(None, source="sample").timeline)
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['agent', 'user', 'tool', 'step']
    >>> style.plt.close()
    """
    timed = timeline[timeline["start"].notna()]
    happened = timed[~timed["who"].isin(_MARKS)]
    silences = timed[timed["who"] == "silence"]
    lanes = _lanes([*happened["who"], *silences["name"]])
    ax = style.axes(ax, height=1.6 + 0.55 * max(len(lanes), 1))
    title = _finding(timeline) if title is None else title
    if happened.empty:
        return style.calm(ax, title, "The record does not tell when anybody spoke")
    last = max(float(timed[["start", "end"]].max().max()), 1.0)
    _arrange(ax, lanes, last)
    for place, lane in enumerate(lanes):
        own = happened[happened["who"] == lane]
        if len(own):
            _draw(ax, own, place, last)
    _silences(ax, silences, lanes)
    _end(ax, timed[timed["who"] == "end"])
    style.headline(ax, title, _notes(happened))
    return ax


def _lanes(took_part: list[str]) -> list[str]:
    present = list(dict.fromkeys(took_part))
    return [
        *(lane for lane in _LANES if lane in present),
        *(lane for lane in present if lane not in _LANES),
    ]


def _arrange(ax: Axes, lanes: list[str], last: float) -> None:
    ax.set_xlim(0, 1.02 * last)
    ax.set_ylim(len(lanes) - 0.4, -0.6)
    names = [style.literal(_drawable(cleaned(lane, 24)).replace("_", " ")) for lane in lanes]
    ax.set_yticks(range(len(lanes)), labels=names)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=8, steps=[1, 1.5, 2, 3, 5, 6, 10]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda second, _: at(second)))
    ax.xaxis.grid(visible=True, color="#e4e4e4", linewidth=0.6)
    ax.set_xlabel("time in the call", color=QUIET)
    ax.tick_params(axis="x", length=0, labelcolor=QUIET)


def _draw(ax: Axes, events: pd.DataFrame, place: int, last: float) -> None:
    """Bars for what took time, ticks for what took none; a failed tool in the colour of failure."""
    starts = events["start"].to_numpy()
    ends = events["end"].fillna(events["start"]).to_numpy()
    widths = np.maximum(ends - starts, 0.004 * last)
    failed = (~events["ok"]).fillna(value=False).to_numpy(dtype=bool)
    lane = str(events["who"].iloc[0])
    paint = _PAINTS.get(lane, QUIET)
    paints = np.where(failed, ALARM, paint)
    spans = list(zip(starts.tolist(), widths.tolist(), strict=True))
    ax.broken_barh(spans, (place - 0.25, 0.5), facecolors=paints.tolist(), gid=lane, **EDGE)
    _name(ax, events["name"].tolist(), starts, widths, failed.tolist(), place)


def _name(
    ax: Axes,
    names: list[str],
    starts: style.Numbers,
    widths: style.Numbers,
    failed: list[bool],
    place: int,
) -> None:
    """Names behind bars, as far as there is room before the next one."""
    per_inch = (ax.get_xlim()[1]) / (ax.bbox.width / ax.figure.dpi)
    nexts = np.append(starts[1:], ax.get_xlim()[1])
    for name, start, width, until, bad in zip(names, starts, widths, nexts, failed, strict=True):
        words = _drawable(f"{cleaned(name, 60)} failed" if bad else cleaned(name, 60))
        room = int((until - start - width) / per_inch / _LETTER) - 1
        if words and room >= min(6, len(words)):
            text = style.literal(shortened(words, max(room, 3)))
            paint = ALARM if bad else "#333333"
            after = start + width + 0.05 * per_inch
            ax.text(after, place, text, va="center", fontsize="small", color=paint)


def _silences(ax: Axes, silences: pd.DataFrame, lanes: list[str]) -> None:
    """Hatched stretches in the lane of who was silent, with how long."""
    for who, start, end in silences[["name", "start", "end"]].itertuples(index=False):
        ax.barh(
            lanes.index(who), end - start, 0.5, left=start, facecolor="#f4f4f4", hatch="////",
            edgecolor="#c4c4c4", linewidth=0, zorder=0.5, gid="silence",
        )  # fmt: skip
        ax.text(
            (start + end) / 2, lanes.index(who), f" silent {lasting(end - start)} ",
            ha="center", va="center", fontsize="small", color="#333333",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _end(ax: Axes, ends: pd.DataFrame) -> None:
    for end in ends["start"]:
        ax.axvline(end, color="#2b2b2b", linewidth=1.6, gid="end")


def _drawable(words: str) -> str:
    """Words without the signs that the font lacks, such as emoji."""
    font = font_manager.get_font(font_manager.findfont(font_manager.FontProperties()))
    return " ".join("".join(sign for sign in words if font.get_char_index(ord(sign))).split())


def _finding(timeline: pd.DataFrame) -> str:
    """How the call ended, and when."""
    ends = timeline[timeline["who"] == "end"]
    if ends.empty:
        return "A call without an end"
    end = ends.iloc[-1]
    after = "" if np.isnan(end["start"]) else f" after {lasting(end['start'])}"
    return f"{_drawable(cleaned(end['name'], 60))}{after}"


def _notes(happened: pd.DataFrame) -> list[str]:
    untold = happened["end"].isna() & happened["who"].eq("tool")
    return ["a tool without an answer is a tick"] if untold.any() else []
