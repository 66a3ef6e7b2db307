"""What a table says, in a sentence: the titles of the pictures.

A group is named as the worst only if its interval lies above the overall rate. The tables are
those of `retell_nb.tables`, one word here for each word there, in the plain form of `shaping`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from retell_nb.plots.parts import shaping
from retell_nb.text import FEW, amount, calls, count, label, percent, share_of, shortened
from retell_nb.times import day, moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["audit", "hours", "kpis", "moments", "rates", "tally", "trend"]

_KINDS = {"reason": "reasons", "disconnection_reason": "reasons", "category": "categories"}


def tally(table: pd.DataFrame, by: Sequence[str], of: str = "", limit: int | None = None) -> str:
    """How the calls, which are all `of` one outcome where that is given, are divided among groups.

    Of more groups than the `limit`, the others are not drawn on their own, and none is counted
    among those that lead.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"agent_id": ["a", "b"], "calls": [30, 10], "share": [0.75, 0.25]})
    >>> tally(table, ["agent_id"])
    'a: 75% of 40 calls'
    """
    number, kind = round(table["calls"].sum() / table["share"].sum()), f"{of} call".strip()
    total = f"{count(number)} {kind}{'s' * (number != 1)}"
    if "outcome" in by:
        return _outcomes(table, number, kind)
    if len(table) == 1:
        name = shaping.spoken(by[0] if len(by) == 1 else "", [_name(table.iloc[0], by)])[0]
        return f"{name}: {'all ' * (number > 1)}{total}"
    running = table["share"].cumsum().to_numpy()
    enough = int((running < 0.8).sum()) + 1
    most = min(len(table) / 2, len(table) if limit is None else limit + 1)
    if len(by) == 1 and by[0] in _KINDS and 1 < enough < most:
        share = percent(running[enough - 1])
        return f"{enough} of {len(table)} {_KINDS[by[0]]} make up {share} of {total}"
    first = _top(table, "share")
    level = int((table["calls"] == first["calls"]).sum())
    if level > 1:
        kinds = _KINDS.get(by[0], "groups") if len(by) == 1 else "groups"
        lead = " lead" * (level < len(table))
        return f"{level} {kinds}{lead}, each with {share_of(first['calls'], number, kind)}"
    name = shaping.spoken(by[0] if len(by) == 1 else "", [_name(first, by)])[0]
    return f"{name}: {share_of(first['calls'], number, kind)}"


def _outcomes(table: pd.DataFrame, number: int, kind: str) -> str:
    """How many calls failed, and how most ended where one outcome leads."""
    sizes = table["calls"].groupby(shaping.names(table, ["outcome"]), sort=False).sum()
    failed = f"{share_of(sizes.get('failed', 0.0), number, kind)} failed"
    if (sizes == sizes.max()).sum() > 1:
        return failed
    most = shaping.spoken("outcome", [str(sizes.idxmax())])[0]
    if len(sizes) == 1:
        return f"{count(number)} {kind}{'s' * (number != 1)}, {'all ' * (number > 1)}{most}"
    return f"{failed}; the most frequent outcome is {most} ({percent(sizes.max() / number)})"


def rates(
    table: pd.DataFrame, by: Sequence[str], of: str, over_all: float, *, whole: bool = True
) -> str:
    """Worst group that has enough calls, against the overall rate.

    `whole` says that these are all groups, not only those that are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame(
    ...     {"id": ["a", "b"], "rate": [0.38, 0.5], "low": [0.36, 0.02], "enough": [True, False]}
    ... )
    >>> rates(table, ["id"], "failed", 0.02)
    'failed: 38% on a, against 2% overall'
    """
    if len(table) == 1 and whole:
        row = table.iloc[0]
        return f"{of}: {share_of(row['rate'] * row['calls'], row['calls'])}"
    sure, kind = table[table["enough"]], " shown" * (not whole)
    if sure.empty:
        return f"{of}: {percent(over_all)} overall, too few calls in any group{kind} to say more"
    worst = _top(sure, "low")
    if worst["low"] <= over_all:
        return f"{of}: {percent(over_all)} overall, no group{kind} stands out"
    level = int(((sure["low"] == worst["low"]) & (sure["rate"] == worst["rate"])).sum())
    where = _name(worst, by) if level == 1 else f"each of {level} groups"
    return f"{of}: {percent(worst['rate'])} on {where}, against {percent(over_all)} overall"


def hours(table: pd.DataFrame, of: str, over_all: float) -> str:
    """Worst hour of the week that has enough calls, against the overall rate.

    One that is as usual on all other dates is no hour of the week: its date is told.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"weekday": 0, "hour": 14, "calls": 900, "rate": 0.2, "low": 0.18, "enough": True}
    >>> table = pd.DataFrame([row, row | {"hour": 15, "low": 0.1}])
    >>> hours(table, "failed", 0.02)
    'failed: 20% on Mondays at 14:00, against 2% overall'
    >>> once = {"recurs": False, "worst_day": pd.Timestamp("2026-03-02"), "worst_rate": 0.6}
    >>> hours(table.assign(**once), "failed", 0.02)
    'failed: 60% on Mon, Mar 2, 2026 at 14:00, against 2% overall'
    """
    spots = [
        f"{shaping.DAYS[int(weekday)]}s at {int(hour):02}:00"
        for weekday, hour in zip(table["weekday"], table["hour"], strict=True)
    ]
    named = table.assign(spot=spots)
    if "recurs" in table:
        once = ~table["recurs"].astype(bool) & table["worst_day"].notna()
        named["rate"] = table["rate"].where(~once, table["worst_rate"])
        named["spot"] = [
            f"{date:%a}, {day(date)} at {int(hour):02}:00" if alone else spot
            for spot, date, hour, alone in zip(
                spots, table["worst_day"], table["hour"], once, strict=True
            )
        ]
    sentence = rates(named, ["spot"], of, over_all)
    for group, hour in (("any group", "any hour"), ("no group", "no hour"), ("groups,", "hours,")):
        sentence = sentence.replace(group, hour)
    return sentence


def kpis(table: pd.DataFrame, by: Sequence[str], *, whole: bool = True) -> str:
    """First rate among the KPIs, or from which group to which it goes.

    `whole` says that these are all groups, not only those that are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"kpi": "ASR", "value": 0.62, "low": 0.6, "high": 0.64, "n": 1200, "unit": "share"}
    >>> kpis(pd.DataFrame([row]), [])
    'ASR: 62% (n = 1,200)'
    """
    clear_rows = _telling(table[table["value"].notna()])
    first = clear_rows[clear_rows["kpi"] == clear_rows["kpi"].iloc[0]]
    kpi, unit = first["kpi"].iloc[0], first["unit"].iloc[0]
    ends = first.sort_values("value", kind="stable").iloc[[0, -1]]
    if len(first) == 1:
        row = first.iloc[0]
        return f"{kpi}: {amount(row['value'], unit)} (n = {count(row['n'])})"
    low, high = (f"{amount(row['value'], unit)} ({_name(row, by)})" for _, row in ends.iterrows())
    return f"{kpi}{' of the groups shown' * (not whole)}: from {low} to {high}"


def trend(
    table: pd.DataFrame, by: Sequence[str], of: str | None, points: pd.DataFrame | None = None
) -> str:
    """Period with the most calls, or with the highest rate; partial periods have no say.

    `points` are those that are drawn as lines, with their `name`; by default all rows are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> days = pd.date_range("2026-03-01", periods=3, tz="UTC")
    >>> table = pd.DataFrame({"period": days, "calls": [10, 30, 2]})
    >>> trend(table.assign(partial=[False, False, True]), [], None)
    '42 calls, the most on Mar 2, 2026 (30)'
    """
    table = table.assign(when=moments(table["period"]))
    if of is not None:
        return _highest(table, by, of, points)
    sentence, when = calls(table["calls"].sum()), table["when"].unique()
    if "outcome" in by:
        failed = table["outcome"].astype(str) == "failed"
        sentence = f"failed: {count(table.loc[failed, 'calls'].sum())} of {sentence}"
        table = table if by[1:] else table[failed]
    if len(when) == 1:
        return f"{sentence} on {when[0]}"
    if points is not None and len(points["name"].unique()) > 1:
        lines = points.assign(when=moments(points["period"]), calls=points["y"])
        return f"{sentence}{_busiest(lines, ['name', 'when'])}"
    return f"{sentence}{_busiest(table, ['when'])}"


def _highest(table: pd.DataFrame, by: Sequence[str], of: str, points: pd.DataFrame | None) -> str:
    """Rate over all groups that are drawn, and the highest one that is clear."""
    groups = shaping.names(table, by)
    if points is None:
        points = table
    elif by:
        is_drawn = np.isin(groups, shaping.names(points, by))
        table = table[is_drawn] if is_drawn.any() else table
    number, hits = table["calls"].sum(), table[of].sum()
    where = "overall" if len(table) == len(groups) else "in the groups shown"
    if not hits > 0:
        return f"{of}: none of {calls(number)}{f' {where}' * (where != 'overall')}"
    points = points.assign(when=moments(points["period"]))
    occupied = points[points["calls"] > 0]
    if number < FEW and len(table) > 1:
        return f"{of}: {share_of(hits, number)}"
    if occupied.empty:
        return f"{of}: {percent(hits / number)} {where}, too few calls in any period to say more"
    whole = occupied if occupied["partial"].all() else occupied[~occupied["partial"]]
    worst = _top(_telling(whole), "low")
    if not worst["rate"] > 0:  # all hits are in periods of too few calls, or partly covered
        return f"{of}: {share_of(hits, number)}{f' {where}' * (where != 'overall')}"
    group = f", {_name(worst, by)}" if by else ""
    at_worst = f"{percent(worst['rate'])} on {worst['when']}{group}"
    if len(groups) == 1:
        return f"{of}: {at_worst}"
    kind = "clearest " if whole["rate"].max() > worst["rate"] else ""
    kind += "full-period " if occupied["rate"].max() > whole["rate"].max() else ""
    return f"{of}: {percent(hits / number)} {where}, {kind}peak {at_worst}"


def _busiest(table: pd.DataFrame, by: Sequence[str]) -> str:
    """When most calls were, or when and of which line; no words where two are level."""
    occupied = table[table["calls"] > 0]
    whole = occupied if occupied["partial"].all() else occupied[~occupied["partial"]]
    sums = whole.groupby([*by], sort=False)["calls"].sum()
    if sums.empty or (sums == sums.max()).sum() > 1:
        return ""
    *name, when = sums[sums == sums.max()].reset_index()[[*by]].iloc[0]
    most = (
        "the most"
        if occupied.groupby([*by])["calls"].sum().max() <= sums.max()
        else ("the most in a full period")
    )
    line = f" of {shortened(str(name[0]), 40)}" if name else ""
    return f", {most}{' in one line' * bool(name)} on {when} ({count(sums.max())}{line})"


def moments(
    periods: pd.Series[pd.Timestamp], among: pd.Series[pd.Timestamp] | None = None
) -> pd.Series[str]:
    """Periods in words; with the time of day only where one `among` all is not at midnight.

    Examples
    --------
    >>> import pandas as pd
    >>> moments(pd.Series(pd.to_datetime(["2026-03-01", "2026-03-17"]))).tolist()
    ['Mar 1, 2026', 'Mar 17, 2026']
    """
    distinct, clock = periods.drop_duplicates(), (periods if among is None else among).dt
    if (clock.hour + clock.minute == 0).all():
        return periods.map({time: day(time) for time in distinct})
    return periods.map({time: moment(time, year=True) for time in distinct})


def audit(table: pd.DataFrame) -> str:
    """How many kinds of trouble, and the most frequent one.

    Examples
    --------
    >>> import pandas as pd
    >>> audit(pd.DataFrame({"trouble": ["no reason"], "calls": [12], "share": [0.004]}))
    '1 kind of trouble in the records: no reason (12 calls, 0.4%)'
    """
    top = _top(table, "calls")
    kinds = f"{len(table)} kind{'s' if len(table) > 1 else ''} of trouble in the records"
    size = f"{calls(top['calls'])}, {percent(top['share'])}"
    if len(table) > 1 and (table["calls"] == top["calls"]).sum() > 1:
        return f"{kinds}, at most {calls(top['calls'])} each"
    lead = "; most often: " if len(table) > 1 else ": "
    return f"{kinds}{lead}{label(top['trouble'])} ({size})"


def _top(table: pd.DataFrame, column: str) -> pd.Series[Any]:
    """Row with the largest value; the first row where there is none."""
    values = table[column].to_numpy(dtype=float)
    return table.iloc[int(np.nanargmax(values)) if np.isfinite(values).any() else 0]


def _telling(table: pd.DataFrame) -> pd.DataFrame:
    """Rows whose interval is narrow enough to say something, or all where none is."""
    narrow = table["high"] - table["low"] <= shaping.VAGUE
    return table[narrow] if narrow.any() else table


def _name(row: pd.Series[Any], by: Sequence[str]) -> str:
    return shortened(shaping.names(row.to_frame().T, by)[0], 40)
