"""Titles of the pictures of change: what rose, where and when, and which lines are silent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.plots.parts import shaping, style
from retell_nb.plots.titles import general
from retell_nb.text import calls, count, label, percent, points, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "change_points",
    "compare",
    "control_chart",
    "decompose",
    "explain",
    "overall",
    "rate_of",
    "silence",
    "unsure",
]

_ALPHA = 0.05
"""Chance above which a difference is not called one, as in the tables."""

_EVEN = "no segment stands out"


def rate_of(of: str) -> str:
    """What a rate is called at the start of a sentence.

    Examples
    --------
    >>> rate_of("failed"), rate_of("")
    ('The failed rate', 'The rate')
    """
    return f"The {label(of)} rate" if of else "The rate"


def overall(attrs: Mapping[Any, Any], of: str) -> str:
    """How the rate of all calls went; no words where the table does not bear it.

    Examples
    --------
    >>> overall({"baseline_rate": 0.019, "rate": 0.061}, "failed")
    'The failed rate rose from 1.9% to 6.1%'
    >>> overall({"baseline_rate": 0.0612, "rate": 0.0609}, "failed")
    'The failed rate stayed at about 6.1%'
    """
    if not {"rate", "baseline_rate"} <= set(attrs):
        return ""
    before, now = (percent(attrs[name]) for name in ("baseline_rate", "rate"))
    if before == now:
        return f"{rate_of(of)} stayed at about {now}"
    verb = "rose" if attrs["rate"] > attrs["baseline_rate"] else "fell"
    return f"{rate_of(of)} {verb} from {before} to {now}"


def explain(table: pd.DataFrame, of: str) -> str:
    """How the overall rate went, and the segment behind most of it.

    Examples
    --------
    >>> row = {"segment": "agent a", "depth": 1, "rate": 0.3, "baseline_rate": 0.02}
    >>> table = pd.DataFrame([row | {"share_of_excess": 0.57, "p_value": 1e-9}])
    >>> table.attrs.update(rate=0.061, baseline_rate=0.019, calls=5_000)
    >>> explain(table, "failed")
    'The failed rate rose from 1.9% to 6.1%; 57% of the 210 extra failed calls: agent a'
    """
    first, lead = table.iloc[0], overall(table.attrs, of)
    rose = " rose from " in lead
    if not first["p_value"] < _ALPHA:
        return f"{lead or rate_of(of)}: no segment stands out beyond chance"
    if first["depth"] == 0:
        return f"{lead or rate_of(of) + ' rose'}{' everywhere' * (rose or not lead)}: {_EVEN}"
    name = shortened(label(first["segment"]), 80)
    before, now = percent(first["baseline_rate"]), percent(first["rate"])
    is_new = pd.isna(first["baseline_rate"])
    name += " (no calls before)" * is_new
    if rose and pd.notna(first["share_of_excess"]):
        share = first["share_of_excess"]  # over one where other segments have fallen
        extra = table.attrs.get("calls", 0) * (table.attrs["rate"] - table.attrs["baseline_rate"])
        rise = f"the {count(extra)} extra {label(of)} calls" if extra >= 1.5 else "the rise"
        return f"{lead}; {percent(share) if share < 1 else 'all'} of {rise}: {name}"
    how = f"is {now}" if is_new else f"rose from {before} to {now}"
    return f"{lead}, but {how} for {name}" if lead else f"{rate_of(of)} {how} for {name}"


def decompose(table: pd.DataFrame, of: str) -> str:
    """Change of the overall rate, and how much of it is from rates and from the mix.

    Examples
    --------
    >>> effects = {"rate_effect": [0.025, 0.017], "mix_effect": [0.0, -0.001]}
    >>> decompose(pd.DataFrame(effects), "failed")
    'failed: +4.1 points in all, +4.2 from changed rates, -0.1 from a changed mix of calls'
    """
    rate, mix = table["rate_effect"].sum(), table["mix_effect"].sum()
    parts = f"{points(rate)} from changed rates, {points(mix)} from a changed mix of calls"
    return f"{of}: {points(rate + mix)} points in all, {parts}"


def compare(table: pd.DataFrame, names: Sequence[str], of: str, *, whole: bool = True) -> str:
    """How many comparisons differ beyond chance, and the largest difference among them.

    `whole` says that these are all comparisons, not only those that are drawn.

    Examples
    --------
    >>> row = {"difference": 0.27, "low": 0.24, "high": 0.31, "p_adjusted": 0.0, "more_calls": 0}
    >>> compare(pd.DataFrame([row]), ["a · 7 → 8"], "failed")
    'failed: a · 7 → 8, +27 points (+24 to +31)'
    """
    differs = table["p_adjusted"].to_numpy() < _ALPHA
    number = f"{count(len(table))} comparison{'' if len(table) == 1 else 's'}"
    number += "" if whole else " shown"
    if not differs.any():
        lacking = int((table["more_calls"] > 0).sum())
        rest = f"; {count(lacking)} without enough calls to say" if lacking else ""
        return f"{of}: no difference beyond chance in {number}{rest}"
    size = table["difference"].abs().where(differs).to_numpy()
    place = int(np.nanargmax(size))
    row = table.iloc[place]
    ends = f"({points(row['low'])} to {points(row['high'])})"
    largest = f"{shortened(names[place], 60)}, {points(row['difference'])} points {ends}"
    if len(table) == 1:
        return f"{of}: {largest}"
    verb = "differs" if differs.sum() == 1 else "differ"
    some = f"{count(int(differs.sum()))} of {number} {verb} beyond chance"
    return f"{of}: {some}; the largest: {largest}"


def control_chart(table: pd.DataFrame, of: str, group: str = "") -> str:
    """How many periods are out of control, and the one furthest beyond its limit.

    Examples
    --------
    >>> row = {"rate": 0.3, "center": 0.05, "low": 0.0, "high": 0.13, "rule": "beyond limits"}
    >>> table = pd.DataFrame([row | {"period": pd.Timestamp("2026-03-13"), "out": True}])
    >>> control_chart(table, "failed")
    'failed: 1 of 1 period out of control; furthest: 30% on Mar 13, 2026 (limit 13%)'
    """
    lead = f"{of}, {shortened(group, 40)}" if group else of
    out = table["out"].to_numpy(dtype=bool)
    number = f"{count(len(table))} period{'' if len(table) == 1 else 's'}"
    if not out.any():
        return f"{lead}: none of {number} out of control"
    above, below = table["rate"] - table["high"], table["low"] - table["rate"]
    beyond = np.where(out, np.fmax(above, below), np.nan)
    lead += f": {count(int(out.sum()))} of {number} out of control"
    whens = general.moments(table["period"])
    if not np.nanmax(np.append(beyond, -1.0)) > 0:
        first = int(np.argmax(out))
        rule = table["rule"].iloc[first]
        return f"{lead}; the first on {whens.iloc[first]} (rule: {rule})"
    place = int(np.nanargmax(beyond))
    row = table.iloc[place]
    limit = row["high"] if row["rate"] > row["high"] else row["low"]
    where = f"{percent(row['rate'])} on {whens.iloc[place]}"
    return f"{lead}; furthest: {where} (limit {percent(limit)})"


def change_points(table: pd.DataFrame, of: str, group: str = "") -> str:
    """How many changes there are, the largest one, and what began then.

    Examples
    --------
    >>> row = {"rate_before": 0.05, "rate": 0.2, "change": 0.15, "began": "New trunk"}
    >>> change_points(pd.DataFrame([row | {"time": pd.Timestamp("2026-03-10")}]), "failed")
    'The failed rate changed on Mar 10, 2026, from 5% to 20%; then began: New trunk'
    """
    place = int(np.argmax(table["change"].abs()))
    row, when = table.iloc[place], general.moments(table["time"]).iloc[place]
    many = len(table) > 1
    whose = f" of {shortened(group, 40)}" if group else ""
    lead = f"{rate_of(of)}{whose} changed "
    lead += f"{count(len(table))} times, the most on {when}" if many else f"on {when}"
    began = f"; then began: {shortened(label(row['began']), 90)}" if pd.notna(row["began"]) else ""
    return f"{lead}, from {percent(row['rate_before'])} to {percent(row['rate'])}{began}"


def silence(
    table: pd.DataFrame, by: Sequence[str], now: pd.Timestamp, limit: int | None = None
) -> str:
    """How many lines are silent, and the one on which the most calls were expected.

    Of more silent lines than the `limit`, only the first ones are drawn, and only those are named.

    Examples
    --------
    >>> since = pd.Timestamp("2026-03-27")
    >>> row = {"line": "a", "state": "silent", "since": since, "expected": 45.4}
    >>> silence(pd.DataFrame([row]), ["line"], since + pd.Timedelta("3D"))
    '1 of 1 line is silent: a, for 72 h in which 45 calls were expected'
    """
    if table.attrs.get("all_silent"):
        return "All lines went silent at once: a holiday, or the end of the data"
    silent = table[table["state"] == "silent"]
    number = f"{count(len(table))} line{'' if len(table) == 1 else 's'}"
    if silent.empty:
        none = "The line is not" if len(table) == 1 else f"None of {number} is"
        return "; ".join(filter(None, [f"{none} known to be silent", unsure(table)]))
    lines = silent.head(limit) if limit else silent
    row = lines.iloc[int(np.argmax(style.numbers(lines["expected"])))]
    name = shortened(shaping.names(row.to_frame().T, by)[0], 40)
    hours = count((now - row["since"]).total_seconds() / 3600)
    verb = "is" if len(silent) == 1 else "are"
    lead = f"{count(len(silent))} of {number} {verb} silent"
    if len(lines) < len(silent):
        lead += f" ({count(len(lines))} shown)"
    most = "" if len(silent) == 1 else "most calls missing: "
    sep = ": " if len(silent) == 1 else "; "
    were = "was" if count(row["expected"]) == "1" else "were"
    expected = f"in which {calls(row['expected'])} {were} expected"
    return f"{lead}{sep}{most}{name}, for {hours} h {expected}"


def unsure(table: pd.DataFrame) -> str:
    """Of how many lines nothing can be said; no words where there is none.

    Examples
    --------
    >>> unsure(pd.DataFrame({"state": ["calling", "too quiet", "too new"]}))
    'too few calls, or too new, to say: 2'
    """
    number = int(table["state"].isin(["too quiet", "too new"]).sum())
    return f"too few calls, or too new, to say: {count(number)}" if number else ""
