"""What is wrong now: the findings, those first by which most calls can be saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb import text
from retell_nb.calls.schema import require
from retell_nb.grouping import vocabulary_of
from retell_nb.tables.findings.context import ENDINGS, cases, context_of
from retell_nb.tables.findings.record_troubles import troubles
from retell_nb.tables.findings.rows import of_records, of_segment
from retell_nb.tables.findings.search import search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Mask
    from retell_nb.tables.findings.context import Context

    Row: TypeAlias = dict[str, Any]

__all__ = ["COLUMNS", "findings"]

_TEXT = pd.Series([""]).dtype
_FLAG = pd.BooleanDtype()
_TIME = pd.DatetimeTZDtype("ms", "UTC")
_OTHERS = f"rises among calls that did not fail, except short talks and {', '.join(ENDINGS)}"
COLUMNS: Mapping[str, Any] = {
    "finding": _TEXT,
    "title": _TEXT,
    "kind": _TEXT,
    "calls": "int64",
    "people": "int64",
    "share": "float64",
    "rate": "float64",
    "low": "float64",
    "high": "float64",
    "saveable": "float64",
    "cost": "float64",
    "change": _TEXT,
    "ongoing": _FLAG,
    "since": _TIME,
    "until": _TIME,
    "where": _TEXT,
    "evidence": _TEXT,
    "grade": _TEXT,
    "owner": _TEXT,
    "remedy": _TEXT,
    "overlap": _TEXT,
    "filters": "object",
}
"""The columns of a table of findings, and their kinds."""


def findings(
    calls: pd.DataFrame,
    *,
    baseline: pd.DataFrame | None = None,
    limit: int | None = 20,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What is wrong now: faults with their place and time, ranked by the calls that can be saved.

    Every kind of failure is looked for where its rate is raised against all other calls: at an
    agent, a version of it, a number, a direction, a country, an hour of the day, a weekday, in a
    span of time, and at two of these together. Values are compared within days, so that a bad day
    blames nobody; hours, weekdays and spans are judged against how much days and hours differ by
    nature. What differs by chance, by a percent or less, or in too few calls, is no finding. People
    are the evidence, not dials: the same ending with the same person within 24 hours counts once
    (`retell_nb.calls.repeats`).

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    baseline : DataFrame, optional
        Calls of an earlier, healthy period: told is then what is worse than there. Every segment is
        compared with itself, and where only the mix of calls changed, that is told.
    limit : int, optional
        Most findings to return; ``attrs["more"]`` counts the others. None returns all.
    tz : str
        Time zone of the hours of the day, and of the times in the sentences.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        One row per finding. `finding`, a short name; `title`, one sentence; `kind`, the category of
        the failures, or ``short_calls``, a reason of `ENDINGS` in `findings.context`,
        ``unknown_reason``, ``unknown_status``, ``impossible_record``; `calls` affected, the
        distinct `people` with a number behind them, and their `share` of all failures; `rate` of
        such calls in the segment, among those that got far enough to meet the fault, `low` and
        `high` (Wilson, 95%); `saveable`, the calls above what is expected, from the near ends of
        both intervals, none of them in two findings of a kind; `cost`, as recorded, in cents;
        `change`: ``"rise"``, the rate rose in time, or above its own in the baseline;
        ``"higher"``, than that of the other calls, all the time; ``"level"``, no rise but an even
        rate, the same everywhere; ``"mix"``, no rate changed but how many calls each value of an
        attribute has; `ongoing`, whether it lasts at the end of the calls, missing where no call
        tells its time;
        `since` and `until`, of the span, of a version's calls, else of the first and last call
        affected; `where`, the segment in words; `evidence` and its `grade`, as in
        `retell_nb.vocabulary.grades.GRADES`; `owner`; `remedy`; `overlap`, what it shares with
        another finding; `filters`, with which `select` gives the calls.
        ``attrs["not_checked"]`` tells what could not be looked at; ``attrs["looked_at"]`` what was;
        ``attrs["calls"]`` and ``attrs["failed"]`` count the calls that ended and failed;
        ``attrs["tz"]`` is the time zone.

    Raises
    ------
    ValueError
        If the calls or those of the baseline have no column `disconnection_reason`.

    Examples
    --------
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> findings(calls)[["finding", "calls", "owner"]]
                         finding  calls   owner
    0  dial_failure:agent_id=a     40  number
    """
    require(calls, "disconnection_reason")
    if baseline is not None:
        _check(baseline)
    vocabulary = vocabulary_of(reasons)
    context = context_of(calls, baseline, vocabulary, tz)
    rows = [
        of_segment(context, segment, tz)
        for case in cases(context)
        for segment in search(context, case)
    ]
    wrong, unchecked = troubles(context.calls[: len(calls)], vocabulary)
    rows += [of_records(context, trouble) for trouble in wrong]
    rows.sort(key=lambda row: (-row["saveable"], -row["calls"], row["finding"]))
    top = rows if limit is None else rows[:limit]
    _tell_overlaps(top)
    table = pd.DataFrame(
        {name: pd.Series([row[name] for row in top], dtype=kind) for name, kind in COLUMNS.items()}
    )
    table.attrs = {
        "not_checked": [*context.missing, *unchecked, _OTHERS],
        "looked_at": _dimensions(context),
        "more": len(rows) - len(top),
        "calls": int(context.classes.sizes[context.classes.ended & context.classes.now].sum()),
        "failed": context.classes.failures,
        "tz": tz,
    }
    return table


def _check(baseline: object) -> None:
    if not isinstance(baseline, pd.DataFrame):
        raise ValueError(
            f"the baseline is a {type(baseline).__name__}, no frame of calls. Give the calls of an "
            "earlier period, such as calls.retell.select(end='2026-03-01')."
        )
    require(baseline, "disconnection_reason")


def _tell_overlaps(rows: list[Row]) -> None:
    """Say of each finding which calls are in another one as well, and which has the same number."""
    size = max((row["hit"].max(initial=-1) for row in rows), default=-1) + 1
    for row in rows:
        there = np.zeros(size, dtype=bool)
        there[row["hit"]] = True
        sentences = [_shared(row, there, other) for other in rows if other is not row]
        row["overlap"] = " ".join(filter(None, sentences))


def _shared(row: Row, there: Mask, other: Row) -> str:
    both = int(np.count_nonzero(there[other["hit"]]))
    if both:
        are = "is" if both == 1 else "are"
        return f"{text.count(both)} of these calls {are} also in “{_heading(other)}”."
    number = row["filters"].get("from_number")
    if number is not None and number == other["filters"].get("from_number"):
        return f"The same number as in “{_heading(other)}”, but no call is in both."
    return ""


def _heading(row: Row) -> str:
    """What became of how many calls."""
    return str(row["title"]).partition(": ")[0]


def _dimensions(context: Context) -> list[str]:
    names = [place_.columns[-1] for place_ in context.places]
    return [*names, "time"] if len(context.hours.levels) else names
