# ruff: noqa: RUF002 - an interval is written with an en dash, as in print
"""What fills an axes whole, from a plain table: ranked and divided bars, KPIs, layers, lines."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.plots.parts import colors, rows, shaping, style, timeline
from retell_nb.text import amount, count, interval, percent, shortened
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["compared", "divided", "in_words", "layered", "lines", "measures", "ranked"]

_BANDS = 3
_MARKERS = "os^DvPX*"
_Frames: TypeAlias = "tuple[dict[str, pd.DataFrame], list[str]]"


def ranked(
    table: pd.DataFrame,
    by: list[str],
    ax: Axes | None,
    limit: int,
    *,
    running: bool = False,
    width: int = 30,
) -> Axes:
    """Bars from the largest group to the smallest, with calls, share and running share.

    Examples
    --------
    >>> table = pd.DataFrame({"owner": ["trunk", "agent"], "calls": [3, 1], "share": [0.75, 0.25]})
    >>> [words.get_text() for words in ranked(table, ["owner"], None, 20).texts]
    ['3 · 75%', '1 · 25%']
    >>> style.plt.close()
    """
    sizes = table[["calls", "share"]].set_axis(shaping.names(table, by))
    bars, word = shaping.folded(sizes, limit), by[-1] if by else ""
    alone = len(bars) - (len(bars) < len(sizes))
    paints = colors.by_outcome(word, list(bars.index[:alone])) + [colors.REST] * (len(bars) - alone)
    pairs = zip(bars["calls"], bars["share"], strict=True)
    labels = [f"{count(calls)} · {percent(share)}" for calls, share in pairs]
    ax = style.axes(ax, height=1.6 + 0.27 * len(bars))
    rows.bars(ax, bars["calls"].to_numpy(dtype=float), paints, labels)
    running = running and len(bars) > 1
    rows.named(ax, shaping.spoken(word, list(bars.index)), above=0.9 * running, width=width)
    if running:
        ax.set_xlim(0, 1.5 * bars["calls"].max())
        shares = [percent(share) for share in bars["share"].cumsum().round(12)]
        rows.beside(ax, ["running share", *shares], x=0.99, first=-1)
    style.count_axis(ax.xaxis)
    if word != "outcome":
        _outcome_key(ax, colors.outcomes_of(word, list(bars.index[:alone])) or [])
    return ax


def _outcome_key(ax: Axes, outcomes: list[str]) -> None:
    present = [outcome for outcome in OUTCOMES.index if outcome in outcomes]
    if present:
        paints = colors.by_outcome("outcome", present)
        rows.key(ax, shaping.spoken("outcome", present), paints, below=True)


def divided(table: pd.DataFrame, by: list[str], ax: Axes | None, limit: int) -> Axes:
    """Bars of all groupings but the last, which divides them.

    Examples
    --------
    >>> table = pd.DataFrame({"agent_id": ["a", "a"], "outcome": ["failed", "completed"]})
    >>> ax = divided(table.assign(calls=[1.0, 3.0]), ["agent_id", "outcome"], None, 20)
    >>> [words.get_text() for words in ax.get_legend().get_texts()]
    ['completed', 'failed']
    >>> style.plt.close()
    """
    wide = shaping.grid(table, shaping.names(table, by[:-1]), shaping.names(table, by[-1:]))
    largest = np.argsort(-wide.sum(axis=1).to_numpy(), kind="stable")
    wide, paints = shaping.layers(wide.iloc[largest], by[-1], 8)
    bars = shaping.folded(wide, limit)
    ax = style.axes(ax, height=1.6 + 0.3 * len(bars))
    rows.stacks(ax, bars, paints)
    rows.named(ax, shaping.spoken(by[0] if len(by) == 2 else "", list(bars.index)))
    rows.key(ax, shaping.spoken(by[-1], list(bars.columns)), paints)
    style.count_axis(ax.xaxis)
    return ax


def compared(table: pd.DataFrame, by: list[str], of: str, over_all: float, ax: Axes | None) -> Axes:
    """Dots with intervals for a rate by group, hollow where it says too little.

    Examples
    --------
    >>> row = {"calls": 3, "failed": 1, "rate": 0.3, "low": 0.1, "high": 0.8, "enough": False}
    >>> ax = compared(pd.DataFrame([row]), [], "failed", 0.02, None)
    >>> [words.get_text() for words in ax.texts]
    ['n = 3, too few calls to say', 'overall 2%']
    >>> style.plt.close()
    """
    ax = style.axes(ax, height=1.6 + 0.27 * len(table))
    paints = np.where(table["enough"], colors.ink(of), colors.FAINT)
    rows.dots(ax, table.assign(sure=table["enough"], paint=paints), _reach(table, over_all))
    rows.named(
        ax, shaping.spoken(by[0] if len(by) == 1 else "", shaping.names(table, by)), above=0.8
    )
    rows.beside(ax, [_beside(row) for _, row in table.iterrows()])
    rows.reference(ax, over_all, f"overall {percent(over_all)}")
    style.percent_axis(ax.xaxis, f"{of}, share of calls, with 95% interval")
    return ax


def _reach(points: pd.DataFrame, over_all: float) -> float:
    """Where the axis of rates ends: every interval that says something is whole."""
    enough_calls = points[points["enough"]] if points["enough"].any() else points
    return min(1.04, max(1.08 * float(np.nanmax([enough_calls["high"].max(), over_all])), 0.01))


def _beside(row: pd.Series[Any]) -> str:
    size = f"n = {count(row['calls'])}"
    if not row["enough"]:
        return f"{size}, too few calls to say"
    return f"{interval(row['rate'], row['low'], row['high'])}, {size}"


def measures(lines: pd.DataFrame, ax: Axes | None, *, grouped: bool) -> Axes:
    """Dots with intervals for KPIs that are rates, under each what it is, or in it a row per group.

    Examples
    --------
    >>> row = {"kpi": "ASR", "value": 0.62, "low": 0.6, "high": 0.64, "n": 1200, "definition": ""}
    >>> measures(pd.DataFrame([row]), None, grouped=False).texts[0].get_text()
    '62% (60–64%), n = 1,200'
    >>> style.plt.close()
    """
    lines = (
        _under_headings(lines[lines["value"].notna()])
        if grouped
        else lines.assign(name=lines["kpi"], heading=False)
    )
    ax = style.axes(ax, height=1.6 + (0.22 if grouped else 0.4) * len(lines), width=10.5)
    sure = (lines["high"] - lines["low"]) <= shaping.VAGUE
    paints = np.where(sure, colors.NEUTRAL, colors.FAINT)
    rows.dots(ax, lines.assign(rate=lines["value"], sure=sure, paint=paints), 1.0)
    rows.named(ax, list(lines["name"]), bold=list(lines["heading"]))
    rows.beside(ax, ["" if row["heading"] else _measure(row) for _, row in lines.iterrows()])
    if not grouped:
        rows.beneath(ax, list(lines["definition"]))
    style.percent_axis(ax.xaxis, "share, with 95% interval")
    return ax


def _measure(row: pd.Series[Any]) -> str:
    return f"{interval(row['value'], row['low'], row['high'])}, n = {count(row['n'])}"


def _under_headings(lines: pd.DataFrame) -> pd.DataFrame:
    """Rows of the groups of each KPI, with a row that bears the KPI's name before them."""
    blocks = []
    for kpi, block in lines.groupby("kpi", sort=False):
        groups = block.assign(name=block["group"], heading=False)
        heading = groups.head(1).assign(name=kpi, heading=True, value=np.nan)
        blocks += [heading, groups]
    return pd.concat(blocks, ignore_index=True)


def in_words(lines: pd.DataFrame, *, grouped: bool) -> str:
    """KPIs that are no rates, in words.

    Examples
    --------
    >>> row = {"kpi": "ACD", "value": 95.0, "unit": "s", "group": "all calls"}
    >>> in_words(pd.DataFrame([row]), grouped=False)
    'ACD: 1 min 35 s'
    """
    groups = [f"{shortened(group, 20)} " if grouped else "" for group in lines["group"]]
    cells = zip(groups, lines["value"], lines["unit"], strict=True)
    phrases = lines.assign(said=[f"{group}{amount(value, unit)}" for group, value, unit in cells])
    kpis = phrases.groupby("kpi", sort=False)["said"].agg(", ".join)
    return "; ".join(f"{kpi}: {words}" for kpi, words in kpis.items())


def layered(ax: Axes, table: pd.DataFrame, word: str, limit: int) -> None:
    """Layers of calls over time, the partial periods faded, each layer named where it ends.

    Examples
    --------
    >>> ax, table = style.axes(None), pd.DataFrame({"x": [0.0, 1.0], "calls": [3.0, 4.0]})
    >>> layered(ax, table.assign(name="failed", partial=[False, True]), "outcome", 8)
    >>> ax.texts[0].get_text(), ax.patches[0].get_gid()
    ('failed', 'partial')
    >>> style.plt.close()
    """
    wide = shaping.grid(table, table["x"], table["name"]).sort_index()
    wide, paints = shaping.layers(wide, word, limit)
    partial = table.groupby("x")["partial"].any().to_numpy()
    edges = shaping.edges(wide.index.to_numpy())
    timeline.steps(ax, edges, wide, paints)
    timeline.fade(ax, edges, partial)
    sizes = wide.to_numpy(dtype=float)
    last = sizes[-1 if partial.all() else np.flatnonzero(~partial)[-1]]
    names = shaping.spoken(word, list(wide.columns))
    timeline.end_labels(ax, list(last.cumsum() - last / 2), names, paints)


def lines(
    ax: Axes, table: pd.DataFrame, of: str | None, limit: int
) -> tuple[pd.DataFrame, list[str]]:
    """Lines over time, of calls or of a rate; the points that are drawn, and what must be said.

    The points have `name`, `x`, `y` and `partial`, of rates also the other columns of the table.

    Examples
    --------
    >>> ax, table = style.axes(None), pd.DataFrame({"x": [0.0, 1.0], "calls": [3.0, 4.0]})
    >>> points, notes = lines(ax, table.assign(name="agent_1", partial=[False, True]), None, 8)
    >>> points["y"].tolist(), notes
    ([3.0, 4.0], [])
    >>> ax.lines[1].get_ydata().tolist()
    [3.0, nan]
    >>> style.plt.close()
    """
    frames, paints = _rated(table, limit) if of else _counted(table, limit)
    paints = paints if len(frames) > 1 else [colors.ink(of or "")]
    periods, markers = table["x"].unique(), _MARKERS[: len(frames)]
    aside = np.linspace(-0.3, 0.3, len(frames)) if len(periods) == 1 < len(frames) else [0.0]
    looks = zip(frames.values(), paints, cycle(markers), cycle(aside), strict=False)
    for frame, paint, marker, shift in looks:
        timeline.line(ax, frame.assign(x=frame["x"] + shift), paint, marker)
    named = [frame.assign(name=name) for name, frame in frames.items()]
    points = pd.concat(named) if named else table.head(0).assign(y=np.nan)
    ax.set_ylim(0, _ceiling(points))
    if len(periods) == 1:
        ax.set_xlim(periods[0] - 0.5, periods[0] + 0.5)
    if len(frames) > 1:
        ends = [_end(frame) for frame in frames.values()]
        timeline.end_labels(ax, ends, list(frames), paints, markers)
    points = points[points["y"].notna()]
    if not of:
        return points, []
    return table.loc[points.index].assign(y=points["y"]), _left_out(table, len(frames))


def _left_out(table: pd.DataFrame, lines: int) -> list[str]:
    """What a picture of several rates does not show."""
    groups, periods = table["name"].nunique(), table["x"].nunique()
    rest = groups - lines
    notes = {
        f"groups not drawn: {count(rest)}": rest > 0,
        "points with an interval wider than 30 points are left out": groups > 1,
        f"intervals are drawn of up to {_BANDS} groups": lines > _BANDS and periods > 1,
    }
    return [note for note, holds in notes.items() if holds]


def _counted(table: pd.DataFrame, limit: int) -> _Frames:
    wide = shaping.grid(table, table["x"], table["name"]).sort_index()
    wide, paints = shaping.layers(wide, "", limit)
    partial = table.groupby("x")["partial"].any().to_numpy()
    frames = {
        str(name): pd.DataFrame({"x": wide.index, "y": column.to_numpy(), "partial": partial})
        for name, column in wide.items()
    }
    return frames, [colors.FAINT if paint == colors.REST else paint for paint in paints]


def _rated(table: pd.DataFrame, limit: int) -> _Frames:
    """Line of each of the largest groups; of several, only the points that say something."""
    sizes = table.groupby("name", sort=False)["calls"].sum()
    points = table.assign(y=table["rate"])
    if len(sizes) > 1:
        vague = table["high"] - table["low"] > shaping.VAGUE
        points[["y", "low", "high"]] = points[["y", "low", "high"]].mask(vague)
    if len(sizes) > _BANDS and len(table["x"].unique()) > 1:
        points = points.drop(columns=["low", "high"])
    frames = {
        str(name): points[points["name"] == name].sort_values("x")
        for name in sizes.nlargest(limit).index
        if points.loc[points["name"] == name, "y"].notna().any()
    }
    return frames, colors.apart("", list(frames))


def _ceiling(points: pd.DataFrame) -> float:
    """Room for all points, and for all but the widest intervals."""
    part = 0.9 if len(points) > 10 else 1.0
    usual = 1.02 * points["high"].quantile(part) if "high" in points else 0.0
    return float(np.nanmax([1.15 * points["y"].max(), usual, 0.01]))


def _end(frame: pd.DataFrame) -> float:
    """Height at which a line ends; the floor for a line without a point."""
    heights = frame.loc[frame["y"].notna(), "y"]
    return float(heights.iloc[-1]) if len(heights) else 0.0
