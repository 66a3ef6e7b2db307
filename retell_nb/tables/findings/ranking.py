"""What is wrong now: the findings, those first by which most calls can be saved."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.frame import require
from retell_nb.reasons import REASONS, UNPLACED
from retell_nb.tables.choosing import chosen
from retell_nb.tables.findings.places import HOUR
from retell_nb.tables.findings.scene import cases, scene_of
from retell_nb.tables.findings.searching import search
from retell_nb.tables.findings.troubles import troubles
from retell_nb.tables.findings.wording import evidence, percent, period, place, title
from retell_nb.tables.intervals import ratio, wilson
from retell_nb.tables.selecting import vocabulary_of, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.tables.findings.scene import Scene
    from retell_nb.tables.findings.searching import Found
    from retell_nb.tables.findings.troubles import Trouble

    Rows: TypeAlias = npt.NDArray[np.intp]
    Row: TypeAlias = dict[str, Any]

__all__ = ["COLUMNS", "calls_of", "findings"]

_TEXT = pd.Series([""]).dtype
_TIME = pd.DatetimeTZDtype("ms", "UTC")
COLUMNS: Mapping[str, Any] = {
    "finding": _TEXT,
    "title": _TEXT,
    "kind": _TEXT,
    "calls": "int64",
    "share": "float64",
    "rate": "float64",
    "low": "float64",
    "high": "float64",
    "saveable": "float64",
    "cost": "float64",
    "since": _TIME,
    "until": _TIME,
    "where": _TEXT,
    "evidence": _TEXT,
    "grade": _TEXT,
    "owner": _TEXT,
    "remedy": _TEXT,
    "overlap": _TEXT,
    "choices": "object",
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
    agent, a version of it, a number, a direction, a country, an hour of the day, in a span of
    time. What differs by chance, by a percent or less, or in too few calls, is no finding.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    baseline : DataFrame, optional
        Calls of an earlier, healthy period: told is then what is worse than there.
    limit : int, optional
        Most findings to return; ``attrs["more"]`` counts the others. None returns all.
    tz : str
        Time zone of the hours of the day, and of the times in the sentences.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        One row per finding. `finding`, a short name; `title`, one sentence; `kind`, the category
        of the failures, or ``short_calls``, ``unknown_reason``, ``unknown_status``,
        ``impossible_record``; `calls` affected, and their `share` of all failures; `rate` of such
        calls in the segment, `low` and `high` (Wilson, 95 %); `saveable`, the calls above what is
        expected, from the near ends of both intervals; `cost`, as recorded, in cents; `since` and
        `until`; `where`, the segment in words; `evidence` and its `grade`, as in
        `retell_nb.tables.evidence.grading.GRADES`; `owner`; `remedy`; `overlap`, what it shares
        with another finding; `choices`, with which `chosen` gives the calls.
        ``attrs["not_checked"]`` tells what could not be looked at; ``attrs["looked_at"]`` what
        was; ``attrs["calls"]`` and ``attrs["failed"]`` count the calls that ended and failed.

    Raises
    ------
    ValueError
        If the calls have no column `disconnection_reason`.

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
    vocabulary = vocabulary_of(reasons)
    scene = scene_of(calls, baseline, vocabulary, tz)
    rows = [_failing(scene, found, tz) for case in cases(scene) for found in search(scene, case)]
    wrong, unchecked = troubles(calls, vocabulary)
    rows += [_in_the_records(scene, trouble) for trouble in wrong]
    rows.sort(key=lambda row: (-row["saveable"], -row["calls"], row["finding"]))
    shown = rows if limit is None else rows[:limit]
    _tell_overlaps(shown)
    table = pd.DataFrame(
        {
            name: pd.Series([row[name] for row in shown], dtype=kind)
            for name, kind in COLUMNS.items()
        }
    )
    table.attrs = {
        "not_checked": [*scene.missing, *unchecked],
        "looked_at": _looked_at(scene),
        "more": len(rows) - len(shown),
        "calls": int((scene.ended & scene.now).sum()),
        "failed": int((scene.failed & scene.now).sum()),
    }
    return table


def calls_of(
    calls: pd.DataFrame,
    finding: pd.Series[Any] | Mapping[str, Any],
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The calls of a finding.

    Parameters
    ----------
    calls : DataFrame
        The calls in which it was found.
    finding : Series or mapping
        A row of `findings`, or its `choices`.
    tz, reasons
        As for `findings`.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If it is no finding.

    Examples
    --------
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> len(calls_of(calls, findings(calls).iloc[0]))
    40
    """
    choices = finding.get("choices", finding)
    if isinstance(choices, str):  # as a CSV file holds it
        choices = json.loads(choices)
    if not isinstance(choices, dict):
        raise ValueError(
            f"{type(finding).__name__} {str(finding)[:60]!r} is no finding. Give a row of "
            "calls.retell.findings(), such as findings.iloc[0], or the choices in it."
        )
    return chosen(calls, tz=tz, reasons=reasons, **choices)


def _failing(scene: Scene, found: Found, tz: str) -> Row:
    """The row of a segment in which calls fail, or are short."""
    hit = np.flatnonzero(found.hit)
    ends = word(scene.calls.iloc[hit], "reason", scene.vocabulary).astype(object).value_counts()
    since, until = _times(scene, found)
    start = None if found.span is None or found.span.opens else since
    end = None if found.span is None or found.span.lasts else until
    words = [
        place({**_directed(found), **found.choices}, _names(scene, found), tz),
        period(start, end, tz),
    ]
    said = ", ".join(filter(None, words))
    edges = {"start": start, "end": end}
    told = {name: time.isoformat() for name, time in edges.items() if time is not None}
    failing = found.case.failing
    low, high = wilson(found.hits, found.calls)
    advice = _advice(scene, str(ends.index[0]) if failing else "marked_as_spam")
    return {
        **_of_calls(scene, hit),
        **advice,
        "finding": _name(found.case.kind, found.choices, told.get("start")),
        "title": title(found, said),
        "kind": found.case.kind,
        "rate": float(ratio(found.hits, found.calls)),
        "low": float(low),
        "high": float(high),
        "saveable": found.saveable if failing else 0.0,
        "since": since,
        "until": until,
        "where": said or "everywhere",
        "evidence": evidence(found, ends, compared=scene.compared),
        "grade": "classified" if failing else "unproven",
        "choices": found.case.choices | found.choices | told,
    }


def _directed(found: Found) -> dict[str, list[Any]]:
    """The direction, where all that can be hit goes in one direction."""
    directions = found.case.choices.get("direction", [])
    return {"direction": directions} if len(directions) == 1 else {}


def _times(scene: Scene, found: Found) -> tuple[Any, Any]:
    """Since when and until when: the hours of the span, or of the segment's first and last call."""
    codes = scene.hours.codes[found.rows]
    codes = codes[codes >= 0]
    if not len(codes):
        return pd.NaT, pd.NaT
    first, last = found.span[:2] if found.span else (int(codes.min()), int(codes.max()))
    return scene.hours.levels.iloc[first], scene.hours.levels.iloc[last] + HOUR


def _names(scene: Scene, found: Found) -> dict[str, str]:
    """Name of the agent, by its id."""
    agents = found.choices.get("agent_id", [])
    if not agents or "agent_name" not in scene.calls.columns:
        return {}
    names = scene.calls["agent_name"][found.rows].dropna()
    return {agents[0]: str(names.iloc[-1])} if len(names) else {}


def _name(kind: str, choices: Mapping[str, Sequence[Any]], start: str | None) -> str:
    told = [f"{name}={values[0]}" for name, values in choices.items() if name != "direction"]
    return f"{kind}:{','.join(told) or 'all'}" + (f"@{start[:13]}" if start else "")


def _advice(scene: Scene, reason: str) -> Row:
    """Owner and remedy of a reason."""
    for table in (scene.vocabulary, REASONS, UNPLACED):
        if reason in table.index:
            return {
                "owner": str(table.loc[reason, "owner"]),
                "remedy": str(table.loc[reason, "remedy"]),
            }
    return _advice(scene, "unknown")


def _of_calls(scene: Scene, hit: Rows) -> Row:
    """What is the same for all findings: how many calls, their share of failures, their cost."""
    cost = (
        scene.calls["combined_cost"].iloc[hit].sum() if "combined_cost" in scene.calls else np.nan
    )
    failed = int((scene.failed & scene.now).sum())
    return {
        "calls": len(hit),
        "share": float(ratio(scene.failed[hit].sum(), failed)) if failed else 0.0,
        "cost": float(cost),
        "overlap": "",
        "hit": hit,
    }


def _in_the_records(scene: Scene, trouble: Trouble) -> Row:
    """The row of a trouble of the audit."""
    hit = np.flatnonzero(trouble.hit)
    low, high = wilson(len(hit), len(trouble.hit))
    ends = word(scene.calls.iloc[hit], "reason", scene.vocabulary).astype(object).value_counts()
    named = f": {', '.join(map(str, ends.index[:3]))}" if trouble.name == "unknown reason" else ""
    moments = scene.when.iloc[hit].dropna()
    share = percent(len(hit) / len(trouble.hit))
    return {
        **_of_calls(scene, hit),
        **_advice(scene, "missing" if trouble.name == "ended without reason" else "unknown"),
        "finding": f"{trouble.kind}:{trouble.name}",
        "title": f"{len(hit):,} records: {trouble.name}{named}",
        "kind": trouble.kind,
        "rate": float(ratio(len(hit), len(trouble.hit))),
        "low": float(low),
        "high": float(high),
        "saveable": 0.0,
        "since": moments.min(),
        "until": moments.max(),
        "where": "in the records",
        "evidence": f"{share} of {len(trouble.hit):,} calls{named}. {trouble.meaning}",
        "grade": "observed",
        "choices": {"trouble": trouble.name},
    }


def _tell_overlaps(rows: list[Row]) -> None:
    """Say of each finding which calls are in another one as well, and which has the same place."""
    for row in rows:
        shared = [
            f"{len(both):,} of these calls are also in {other['finding']}."
            for other in rows
            if other is not row and len(both := np.intersect1d(row["hit"], other["hit"]))
        ]
        row["overlap"] = " ".join(shared)


def _looked_at(scene: Scene) -> list[str]:
    told = [place_.columns[-1] for place_ in scene.places]
    return [*told, "time"] if len(scene.hours.levels) else told
