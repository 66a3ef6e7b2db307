"""Pictures of change: what rose and why, what differs, when it changed, and what went quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.plots.parts import changes, colors, rows, shaping, style
from retell_nb.plots.titles import change as titles
from retell_nb.text import calls, count, interval, label, percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

__all__ = ["change_points", "compare", "control_chart", "decompose", "explain", "silence"]

_FIGURES = ("calls", "rate", "low", "high")
_PALE = "#d9d9d9"
"""The colour of what the mix of calls did: far from that of the rates, also in grey."""


def explain(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Rate before and now of all calls and of each segment behind a rise, with intervals.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.explain` or `retell_nb.explain_counts` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"segment": "agent a", "depth": 1, "calls": 200, "failed": 60, "rate": 0.3}
    >>> row |= {"low": 0.24, "high": 0.37, "baseline_calls": 200, "baseline_rate": 0.02}
    >>> row |= {"baseline_low": 0.01, "baseline_high": 0.05, "share_of_excess": 0.9}
    >>> explain(pd.DataFrame([row | {"p_value": 1e-9}])).get_title(loc="left")
    'The failed rate rose from 2% to 30% for agent a'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(
        table, *("segment", "depth", "calls", "rate", "low", "high", "baseline_calls"),
        *("baseline_rate", "baseline_low", "baseline_high", "share_of_excess", "p_value"),
    )  # fmt: skip
    if table.empty:
        rate = titles.rate_of(table.attrs.get("of", ""))
        return style.calm(style.axes(ax, height=1.4), title, f"{rate} rose in no segment")
    of = shaping.measured(table)
    blocks = [*_overall(table.attrs), *(_segment(row) for _, row in table.iterrows())]
    lines = pd.concat(blocks, ignore_index=True)
    ax = style.axes(ax, height=1.6 + 0.27 * len(lines), width=10.5)
    paints = np.where(lines["name"] == "now", colors.ALARM, colors.NEUTRAL)
    sure = (lines["high"] - lines["low"] <= shaping.VAGUE).to_numpy()
    reach = min(1.04, max(1.08 * float(np.nanmax(lines["high"])), 0.01))
    rows.dots(ax, lines.assign(sure=sure, paint=paints), reach)
    rows.named(ax, list(lines["name"]))
    rows.across(ax, list(lines["heading"]))
    rows.beside(ax, list(lines["beside"]))
    style.percent_axis(ax.xaxis, f"{of}, share of calls, with 95% interval")
    repeats = table.attrs.get("repeats", 0)
    notes = [f"repeats left out (same person and ending within 24 h): {count(repeats)}"] * bool(
        repeats
    )
    style.headline(ax, title or titles.explain(table, of), notes)
    return ax


def _overall(attrs: Any) -> list[pd.DataFrame]:
    """Rows of all calls, where the table still bears their rates."""
    figures = [f"{side}{name}" for side in ("", "baseline_") for name in _FIGURES]
    if not set(figures) <= set(attrs):
        return []
    row = {"segment": "All calls", **{name: attrs[name] for name in figures}}
    return [_segment(pd.Series(row))]


def _segment(row: pd.Series[Any]) -> pd.DataFrame:
    """Three rows of a segment: its name, its rate before, its rate now."""
    sides = {"before": "baseline_", "now": ""}
    lines: list[dict[str, Any]] = [
        {"name": "", "heading": label(row["segment"]), "beside": _behind(row)}
    ]
    for name, side in sides.items():
        figures = [float(row[f"{side}{column}"]) for column in ("rate", "low", "high")]
        size = f"n = {count(row[f'{side}calls'])}"
        words = f"{interval(*figures)}, {size}" if row[f"{side}calls"] > 0 else "no calls"
        columns = dict(zip(("rate", "low", "high"), figures, strict=True))
        lines.append({"name": name, "heading": "", "beside": words} | columns)
    return pd.DataFrame(lines, columns=["name", "heading", "beside", "rate", "low", "high"])


def _behind(row: pd.Series[Any]) -> str:
    """How much of the rise a segment makes up, and how likely chance is."""
    if "p_value" not in row:
        return ""
    p_value = row["p_value"]
    chance = "p < 0.001" if p_value < 0.001 else f"p = {p_value:.2g}"
    share = row["share_of_excess"]
    return chance if pd.isna(share) else f"{percent(share)} of the rise, {chance}"


def decompose(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 12
) -> Axes:
    """Signed bars: what the rate and the mix of each group did to the overall rate.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.decompose` returns it.
    ax, title
        As for `tally`.
    limit : int, default 12
        Groups to draw; the effects of the others are added up as `other`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"agent_id": "a", "calls": 100, "failed": 20, "rate": 0.2, "baseline_rate": 0.1}
    >>> row |= {"share": 1.0, "baseline_share": 1.0, "rate_effect": 0.1, "mix_effect": 0.0}
    >>> decompose(pd.DataFrame([row])).texts[0].get_text()
    '+10'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "calls", "rate", "baseline_rate", "share", "baseline_share", "rate_effect",
        "mix_effect",
    )  # fmt: skip
    if table.empty:
        return style.calm(style.axes(ax, height=1.4), title)
    of, effects = shaping.measured(table), ["rate_effect", "mix_effect"]
    bars = shaping.folded(table[effects].set_axis(shaping.names(table, by)), limit)
    sums = table[effects].sum().to_frame("all groups").T
    words = [_levels(row) for _, row in table.head(len(bars)).iterrows()]
    words[limit:] = [""] * (len(bars) - limit) if len(bars) < len(table) else words[limit:]
    bars = pd.concat([sums, bars])
    ax = style.axes(ax, height=1.9 + 0.42 * len(bars), width=10.5)
    changes.effects(ax, bars, [colors.by_sign(of, bars["rate_effect"]), [_PALE] * len(bars)])
    rows.named(ax, list(bars.index), bold=[True] + [False] * (len(bars) - 1), width=34)
    rows.beside(ax, ["", *words])
    style.points_axis(ax.xaxis, f"effect on the overall {of} rate, in percentage points")
    key = "red or green: the group's own rate got worse or better; gray: its share of calls changed"
    style.headline(ax, title or titles.decompose(table, of), [key])
    return ax


def _levels(row: pd.Series[Any]) -> str:
    """Rate and share of a group before and now."""
    rate = f"rate {percent(row['baseline_rate'])} → {percent(row['rate'])}"
    return f"{rate}\nshare {percent(row['baseline_share'])} → {percent(row['share'])}"


def compare(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 20
) -> Axes:
    """Differences of a rate with their intervals around zero, and the verdict beside each.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.compare` returns it.
    ax, title
        As for `tally`.
    limit : int, default 20
        Comparisons to draw, those least likely to be chance.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"first": "7", "second": "8", "first_calls": 900, "first_failed": 18}
    >>> row |= {"difference": 0.27, "low": 0.24, "high": 0.31, "p_adjusted": 0.0}
    >>> compare(pd.DataFrame([row | {"verdict": "higher", "more_calls": 0}])).get_title(loc="left")
    'failed: 7 → 8, +27 points (+24 to +31)'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "first", "second", "first_calls", "difference", "low", "high", "p_adjusted",
        "verdict", "more_calls",
    )  # fmt: skip
    if table.empty:
        return style.calm(style.axes(ax, height=1.4), title, "Nothing to compare")
    columns = list(table.columns)
    of = str(columns[columns.index("first_calls") + 1]).removeprefix("first_")
    lines = table.loc[table["p_adjusted"].sort_values(kind="stable").index[:limit].sort_values()]
    names = _pairs(lines, by)
    ax = style.axes(ax, height=1.6 + 0.42 * len(lines), width=10.5)
    sure = (lines["p_adjusted"] < 0.05).to_numpy()  # as the verdict
    paints = np.where(sure, colors.by_sign(of, lines["difference"]), colors.QUIET)
    changes.differences(ax, lines.assign(sure=sure, paint=paints))
    rows.named(ax, names, width=44)
    rows.beside(ax, [_verdict(row) for _, row in lines.iterrows()])
    unit = f"difference in {of} rate, in percentage points, with 95% interval"
    style.points_axis(ax.xaxis, unit)
    rest = len(table) - len(lines)
    notes = [f"comparisons not drawn: {count(rest)}"] * (rest > 0)
    notes += ["hollow: no difference beyond chance"] * (not sure.all())
    notes += ["each group against all others"] * bool(table["first"].eq("all others").all())
    basis = lines if sure.any() else table  # where none of those differs, no other one does
    words = titles.compare(basis, names, of, whole=len(basis) == len(table))
    style.headline(ax, title or words, notes)
    return ax


def _pairs(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """What is compared with what, in words."""
    groups = shaping.names(table, by) if by else [""] * len(table)
    sides = zip(shaping.names(table, ["first"]), shaping.names(table, ["second"]), strict=True)
    pairs = [second if first == "all others" else f"{first} → {second}" for first, second in sides]
    return [
        f"{group} · {pair}" if group else pair for group, pair in zip(groups, pairs, strict=True)
    ]


def _verdict(row: pd.Series[Any]) -> str:
    words = str(row["verdict"]).partition(":")[0]
    more = f": {count(row['more_calls'])} more of each" if "not enough" in words else ""
    ends = f"({points(row['low'])} to {points(row['high'])})"
    return f"{points(row['difference'])} {ends}\n{words}{more}"


def control_chart(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Rate per period with its control limits; what is out of control is marked with its rule.

    Of several charts the one with the most periods out of control is drawn.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.control_chart` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=3, tz="UTC")
    >>> table = pd.DataFrame({"period": days, "calls": 100, "failed": [5, 4, 30]})
    >>> table = table.assign(rate=table["failed"] / 100, center=0.05, low=0.0, high=0.13)
    >>> table = table.assign(ewma=0.05, out=[False, False, True], baseline=True, kind="p")
    >>> control_chart(table.assign(rule=[None, None, "beyond limits"])).get_title(loc="left")
    'failed: 1 of 3 periods out of control; furthest: 30% on Mar 4, 2026 (limit 13%)'
    >>> style.plt.close()
    """
    needed = ("period", "calls", "rate", "center", "low", "high", "ewma", "out", "rule")
    table, by = shaping.plain(table, *needed, "baseline", "kind")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title)
    of = shaping.measured(table)
    chart, group, rest = changes.foremost(table, by, table["out"].astype(float))
    ax = style.axes(ax, height=4.6, width=10.5)
    changes.limits(ax, chart)
    changes.violations(ax, chart)
    style.time_axis(ax.xaxis, chart["period"].dt.tz)
    style.percent_axis(ax.yaxis, f"{of}, share of calls")
    notes = [f"charts not drawn: {count(rest)}"] * (rest > 0)
    notes += ["limits widened: these rates vary more than chance"] * bool(
        (chart["kind"] == "p'").all()
    )
    usual = int(chart["baseline"].sum())
    notes.append(f"center and limits from {count(usual)} of {count(len(chart))} periods")
    style.headline(ax, title or titles.control_chart(chart, of, group), notes)
    return ax


def change_points(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 15
) -> Axes:
    """Levels of a rate as steps, with when each change was, and what began then.

    Of several groups the one with the most changes is drawn.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.change_points` returns it.
    ax, title
        As for `tally`.
    limit : int, default 15
        Changes to number and name, those that speak the loudest; all are drawn.

    Returns
    -------
    Axes

    Examples
    --------
    >>> time = pd.Timestamp("2026-03-10", tz="UTC")
    >>> row = {"time": time, "earliest": time, "latest": time + pd.Timedelta("1D")}
    >>> row |= {"rate_before": 0.05, "rate_before_low": 0.04, "rate_before_high": 0.07}
    >>> row |= {"rate": 0.2, "rate_low": 0.16, "rate_high": 0.24}
    >>> row |= {"change": 0.15, "likelihood_ratio": 40.0, "began": "New trunk"}
    >>> table = pd.DataFrame([row])
    >>> table.attrs["of"] = "failed"
    >>> change_points(table).get_title(loc="left")
    'The failed rate changed on Mar 10, 2026, from 5% to 20%; then began: New trunk'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "time", "earliest", "latest", "rate_before", "rate_before_low", "rate_before_high",
        "rate", "rate_low", "rate_high", "change", "likelihood_ratio", "began",
    )  # fmt: skip
    of = table.attrs.get("of", "")
    if table.empty:
        words = f"{titles.rate_of(of)} did not change beyond chance"
        return style.calm(style.axes(ax, height=1.4), title, words)
    part, group, rest = changes.foremost(table, by, pd.Series(1.0, index=table.index))
    loudest = part["likelihood_ratio"].nlargest(limit).index.sort_values()
    lines = [_change(row) for _, row in part.loc[loudest].iterrows()]
    inches = 0.19 * sum(line.count("\n") + 1.6 for line in lines)
    ax = style.axes(ax, height=max(4.2, 1.4 + inches), width=11)
    changes.levels(ax, part, table.attrs.get("end"))
    changes.numbered(ax, part.loc[loudest], lines)
    style.time_axis(ax.xaxis, part["time"].dt.tz)
    unit = ", ".join(filter(None, [of, "share of calls, with 95% interval"]))
    style.percent_axis(ax.yaxis, unit)
    notes = [f"groups not drawn: {count(rest)}"] * (rest > 0)
    notes += [f"changes not numbered: {count(len(part) - len(lines))}"] * (len(part) > len(lines))
    notes.append("gray bands: when each change may have been (95%)")
    style.headline(ax, title or titles.change_points(part, of, group), notes)
    return ax


def _change(row: pd.Series[Any]) -> str:
    """When a change was, from what to what, and what began then."""
    when = changes.moment(row["time"])
    lines = [f"{when}: {percent(row['rate_before'])} → {percent(row['rate'])}"]
    if row["earliest"] < row["latest"]:
        lines.append(
            f"between {changes.moment(row['earliest'])} and {changes.moment(row['latest'])}"
        )
    if pd.notna(row["began"]):
        lines += changes.wrapped(f"began: {row['began']}", 42, 3)
    return "\n".join(lines)


def silence(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 20
) -> Axes:
    """Strips of silence, a line per row: since when, and how many calls were expected since.

    Only lines that are silent are drawn; of how many nothing can be said is noted.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.silence` returns it.
    ax, title
        As for `tally`.
    limit : int, default 20
        Lines to draw, those least likely to be quiet by chance.

    Returns
    -------
    Axes

    Examples
    --------
    >>> since = pd.to_datetime(["2026-03-27T00:00Z"])
    >>> row = {"line": "a", "state": "silent", "since": since, "expected": 45.4, "p": 1e-19}
    >>> table = pd.DataFrame(row | {"per_week": 140.0, "incident": 0})
    >>> table.attrs["now"] = since[0] + pd.Timedelta("72h")
    >>> silence(table).texts[0].get_text()
    '72 h, 45 calls expected, p < 0.001'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "state", "since", "expected", "p", "per_week", "incident")
    quiet = table[table["state"].eq("silent")]
    now = table.attrs.get("now", table["since"].max())
    if quiet.empty:
        words = titles.silence(table, by, now) if len(table) else ""
        return style.calm(style.axes(ax, height=1.4), title, words)
    lines = quiet.head(limit)
    ax = style.axes(ax, height=1.5 + 0.32 * len(lines), width=10.5)
    changes.strips(ax, lines, now)
    rows.named(ax, shaping.names(lines, by), width=40)
    rows.beside(ax, [_quiet(row, now) for _, row in lines.iterrows()])
    style.time_axis(ax.xaxis, lines["since"].dt.tz)
    ax.grid(visible=True, axis="x", color="#e4e4e4", linewidth=0.6)
    rest = len(quiet) - len(lines)
    notes = [f"silent lines not drawn: {count(rest)}"] * (rest > 0)
    notes += filter(None, [titles.unsure(table)])
    style.headline(ax, title or titles.silence(table, by, now, limit), notes)
    return ax


def _quiet(row: pd.Series[Any], now: pd.Timestamp) -> str:
    """How long a line has been quiet, and what was expected of it."""
    hours = f"{count((now - row['since']).total_seconds() / 3600)} h"
    chance = "p < 0.001" if row["p"] < 0.001 else f"p = {row['p']:.2g}"
    return f"{hours}, {calls(row['expected'])} expected, {chance}"
