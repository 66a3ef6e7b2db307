"""Pictures of dialing: what is wrong with the numbers, when callees answer, at which attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retell_nb.plots.parts import colors, rows, shaping, style
from retell_nb.text import calls as calls_of
from retell_nb.text import count, interval, not_recorded, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["attempts", "callee_hours", "destinations"]

_ANSWERED, _HUMAN = "#2b5c85", "#3a8f70"
_SERIES = (("", -0.17, "o", _ANSWERED), ("human_", 0.17, "D", _HUMAN))
_ORDINALS = ("first", "second", "third")
_LINE = (
    "circles: as counted, with 95% interval; line: adjusted for country and attempt, "
    "closer to the overall rate (dashed) where calls are few"
)
_SURVIVORS = (
    "people who answer are not dialed again, so later attempts are harder cases: a lower rate "
    "there does not mean that redialing hurts"
)


def destinations(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Bars of calls per kind of fault in the number, with callees, corrections, and their ends.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.destinations` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"fault": "blanks", "meaning": "It holds blanks.", "callees": 8, "corrected": 7}
    >>> row |= {"calls": 9, "invalid_destination": 9, "rate": 1.0, "low": 0.7, "high": 1.0}
    >>> destinations(pd.DataFrame([row])).get_title(loc="left")
    '9 calls to 8 callees whose number is malformed; 7 can be corrected'
    >>> style.plt.close()
    """
    needed = ("fault", "callees", "corrected", "calls", "invalid_destination")
    table, _ = shaping.plain(table, *needed, "rate", "low", "high")
    aside = table["fault"].astype(str).isin(["none", "masked"])
    faulty, ax = table[~aside], style.axes(ax, height=1.7 + 0.34 * max(1, int((~aside).sum())))
    if faulty.empty:
        masked = table["fault"].astype(str).eq("masked").any()
        words = (
            "The callees are masked, so their numbers cannot be checked"
            if masked
            else _sound(table)
        )
        return style.calm(ax, title, words)
    labels = [_ends(row) for _, row in faulty.iterrows()]
    rows.bars(ax, style.numbers(faulty["calls"]), [colors.NEUTRAL] * len(faulty), labels)
    ax.set_xlim(0, max(1.0, 2.4 * float(faulty["calls"].max())))
    rows.named(ax, [str(fault) for fault in faulty["fault"]])
    style.count_axis(ax.xaxis, "calls dialed")
    style.headline(
        ax, title or _malformed(faulty), [_against(row) for _, row in table[aside].iterrows()]
    )
    return ax


def _sound(table: pd.DataFrame) -> str:
    return "No number has a fault" if len(table) else not_recorded(table.attrs)


def _ends(row: pd.Series[Any]) -> str:
    callees = f"{count(row['callees'])} callee{'' if row['callees'] == 1 else 's'}"
    callees += f", {count(row['corrected'])} can be corrected"
    return f"{callees}; {interval(row['rate'], row['low'], row['high'])} invalid destination"


def _malformed(faulty: pd.DataFrame) -> str:
    calls, callees, corrected = (faulty[name].sum() for name in ("calls", "callees", "corrected"))
    whose = f"{count(callees)} callee{'' if callees == 1 else 's'} whose number is malformed"
    return f"{calls_of(calls)} to {whose}; {count(corrected)} can be corrected"


def _against(row: pd.Series[Any]) -> str:
    kind = {"none": "numbers without a fault", "masked": "masked numbers"}[str(row["fault"])]
    return f"{kind}: {percent(row['rate'])} of {calls_of(row['calls'])} ended as invalid"


def callee_hours(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Answer rate by local hour: raw dots with intervals, and the adjusted, shrunken line.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.callee_hours` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"hour": 9, "calls": 400, "answered": 100, "rate": 0.25, "low": 0.21, "high": 0.29}
    >>> row |= {"adjusted": 0.25, "adjusted_low": 0.24, "adjusted_high": 0.26}
    >>> callee_hours(pd.DataFrame([row])).get_title(loc="left")
    'answered: 25% of 400 calls, no local hour stands out'
    >>> style.plt.close()
    """
    needed = ("hour", "calls", "answered", "rate", "low", "high", "adjusted", "adjusted_low")
    whole, _ = shaping.plain(table, *needed, "adjusted_high")
    occupied = whole[whole["calls"] > 0]
    if occupied.empty:
        return style.calm(style.axes(ax, height=1.4), title, not_recorded(table.attrs))
    over_all = float(occupied["answered"].sum() / occupied["calls"].sum())
    ax = style.axes(ax, height=4)
    hours = style.numbers(occupied["hour"])
    ax.axhline(over_all, color="#333333", linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.vlines(hours, occupied["low"], occupied["high"], color=colors.FAINT, linewidth=1.2)
    ax.scatter(hours, occupied["rate"], s=30, facecolor="white", edgecolor=colors.QUIET, zorder=3)
    _ribbon(ax, whole)
    _hour_axis(ax, occupied)
    style.headline(ax, title or _best(occupied, over_all), [*_hour_notes(table.attrs)])
    return ax


def _ribbon(ax: Axes, whole: pd.DataFrame) -> None:
    """The adjusted rates as a line with its band, broken where an hour has no calls."""
    hours, line = style.numbers(whole["hour"]), style.numbers(whole["adjusted"])
    low, high = style.numbers(whole["adjusted_low"]), style.numbers(whole["adjusted_high"])
    ax.fill_between(hours, low, high, color=_ANSWERED, alpha=0.18, linewidth=0)
    ax.plot(hours, line, color=_ANSWERED, linewidth=2.2, marker="o", markersize=3.5, zorder=4)


def _hour_axis(ax: Axes, hours_with_calls: pd.DataFrame) -> None:
    hours = hours_with_calls["hour"].astype(int)
    sizes = dict(zip(hours, hours_with_calls["calls"], strict=True))
    hour_range = range(hours.min(), hours.max() + 1)
    labels = [f"{hour:02}\n{count(sizes.get(hour, 0))}" for hour in hour_range]
    ax.set_xticks(list(hour_range), labels=labels, fontsize="small")
    ax.set_xlim(hour_range[0] - 0.6, hour_range[-1] + 0.6)
    sure = hours_with_calls[(hours_with_calls["high"] - hours_with_calls["low"]) <= shaping.VAGUE]
    ends = sure if len(sure) else hours_with_calls
    ax.set_ylim(max(0.0, ends["low"].min() - 0.04), min(1.0, ends["high"].max() + 0.04))
    ax.set_xlabel("hour on the callee's clock, and calls", color=colors.QUIET)
    ax.tick_params(axis="x", length=0, labelcolor=colors.QUIET)
    style.percent_axis(ax.yaxis, "answered, share of calls")


def _best(hours_with_calls: pd.DataFrame, over_all: float) -> str:
    best = hours_with_calls.iloc[int(hours_with_calls["adjusted_low"].to_numpy().argmax())]
    if not best["adjusted_low"] > over_all:
        total = f"{percent(over_all)} of {calls_of(hours_with_calls['calls'].sum())}"
        return f"answered: {total}, no local hour stands out"
    rate = interval(best["adjusted"], best["adjusted_low"], best["adjusted_high"])
    hour = f"{int(best['hour']):02}:00 to {(int(best['hour']) + 1) % 24:02}:00"
    return f"answered: {rate} from {hour} local time, against {percent(over_all)} overall"


def _hour_notes(attrs: dict[Any, Any]) -> list[str]:
    undecided = attrs.get("undecided", 0)
    left_out = f"left out: {calls_of(undecided)} to callees whose time zone is not known"
    return [_LINE, *[left_out] * (undecided > 0)]


def attempts(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 12
) -> Axes:
    """Dots with intervals per attempt or previous reason: answered, and answered by a person.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.attempts` returns it.
    ax, title
        As for `tally`.
    limit : int, default 12
        Groups to draw, those with the most calls.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"attempt": 1, "calls": 400, "answered": 100, "rate": 0.25, "low": 0.21}
    >>> row |= {"high": 0.29, "human_rate": 0.2, "human_low": 0.16, "human_high": 0.24}
    >>> attempts(pd.DataFrame([row])).get_title(loc="left")
    'answered: 25% of first attempts'
    >>> style.plt.close()
    """
    needed = ("calls", "answered", "rate", "low", "high", "human_rate", "human_low", "human_high")
    table, by = shaping.plain(table, *needed)
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, not_recorded(table.attrs))
    top_rows = _most(table, by, limit)
    ax = style.axes(ax, height=1.9 + 0.42 * len(top_rows))
    for series in _SERIES:
        _dots(ax, top_rows, *series)
    rows.named(ax, _names(top_rows, by))
    rows.beside(ax, [_beside(row) for _, row in top_rows.iterrows()])
    style.percent_axis(ax.xaxis, "share of the calls dialed, with 95% interval")
    rows.key(ax, ["answered (circles)", "by a person (diamonds)"], [_ANSWERED, _HUMAN], below=True)
    notes = [_SURVIVORS] + [f"groups not drawn: {len(table) - len(top_rows)}"] * (
        len(table) > len(top_rows)
    )
    whole = len(table) == len(top_rows)
    style.headline(ax, title or _connected(top_rows, by, whole=whole), notes)
    return ax


def _most(table: pd.DataFrame, by: list[str], limit: int) -> pd.DataFrame:
    """The groups with the most calls; attempts in their order, others by their calls."""
    most = table.sort_values("calls", ascending=False, kind="stable").head(limit)
    return most.sort_index() if by[:1] == ["attempt"] else most


def _dots(ax: Axes, rows: pd.DataFrame, prefix: str, shift: float, *look: str) -> None:
    """A dot with its interval per row, a little above or below its middle; hollow where vague."""
    marker, paint = look
    places = np.arange(len(rows)) + shift
    rate, low, high = (style.numbers(rows[f"{prefix}{end}"]) for end in ("rate", "low", "high"))
    sure = (high - low) <= shaping.VAGUE
    paints = np.where(sure, paint, colors.FAINT)
    ax.hlines(places, low, high, color=list(paints), linewidth=2)
    faces = list(np.where(sure, paint, "white"))
    ax.scatter(rate, places, s=30, marker=marker, facecolor=faces, edgecolor=paints, zorder=3)
    ax.set_xlim(0, 1)


def _names(rows: pd.DataFrame, by: list[str]) -> list[str]:
    names = shaping.names(rows, by)
    if by == ["attempt"]:
        return [f"attempt {name}" for name in names]
    if by == ["previous_reason"]:
        return ["at the first attempt" if name == "(none)" else f"after {name}" for name in names]
    return names


def _beside(row: pd.Series[Any]) -> str:
    if row["high"] - row["low"] > shaping.VAGUE:
        return f"n = {count(row['calls'])}, too few to say"
    rates = f"{percent(row['rate'])}, {percent(row['human_rate'])} by a person"
    return f"{rates}, n = {count(row['calls'])}"


def _connected(table: pd.DataFrame, by: list[str], *, whole: bool) -> str:
    over_all = f"{percent(table['answered'].sum() / table['calls'].sum())} "
    over_all += "overall" if whole else "in the groups shown"
    enough = (table["high"] - table["low"]) <= shaping.VAGUE
    if by != ["attempt"]:
        return _ends_of(table.assign(name=_names(table, by))[enough], over_all)
    sure = table[enough].head(3) if enough.any() else table.head(1)
    phrases = [
        f"{percent(row['rate'])} of {_ORDINALS[int(row['attempt']) - 1]}"
        for _, row in sure.iterrows()
        if row["attempt"] <= len(_ORDINALS)
    ]
    return f"answered: {', '.join(phrases)} attempts" if phrases else f"answered: {over_all}"


def _ends_of(sure: pd.DataFrame, over_all: str) -> str:
    """From which group to which the rates surely go."""
    ranked = sure.sort_values("rate", kind="stable")
    if len(ranked) < 2 or ranked["high"].iloc[0] >= ranked["low"].iloc[-1]:
        return f"answered: {over_all}, no group stands out"
    low, high = (
        f"{percent(ranked['rate'].iloc[end])} {ranked['name'].iloc[end]}" for end in (0, -1)
    )
    return f"answered: from {low} to {high}"
