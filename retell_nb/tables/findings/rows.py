"""What a table of findings tells of each of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.engine.counts import table
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import milliseconds
from retell_nb.grouping import word
from retell_nb.tables.findings.attributes import HOUR
from retell_nb.tables.findings.wording import evidence, period, place, title
from retell_nb.text import cleaned, count, percent
from retell_nb.vocabulary.reasons import REASONS, UNPLACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.engine.aliases import Rows
    from retell_nb.tables.findings.context import Context
    from retell_nb.tables.findings.record_troubles import Trouble
    from retell_nb.tables.findings.search import Found

    Row: TypeAlias = dict[str, Any]

__all__ = ["of_records", "of_segment"]

_LIFE = pd.Timedelta("1D")  # that a segment begins later, or ends sooner, than the calls


def of_segment(context: Context, found: Found, tz: str) -> Row:
    """Return the row of a segment in which calls fail, or are short; its calls under `hit`.

    Examples
    --------
    >>> from retell_nb.tables.findings.context import cases, context_of
    >>> from retell_nb.tables.findings.search import search
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> context = context_of(calls, None, REASONS, "UTC")
    >>> of_segment(context, search(context, cases(context)[0])[0], "UTC")["title"]
    '40 calls could not be dialed or were blocked: a (80% of 50)'
    """
    hit = np.flatnonzero(found.hit)
    ends = _ends(context, hit)
    since, until = _times(context, found, hit)
    edges = _edges(found, since, until)
    filters = _all_filters(found)
    where = _where(context, found, filters, (since, until), tz)
    zone = {"tz": tz} if {"hour", "weekday"} & set(found.filters) else {}
    failing = found.case.failing
    low, high = wilson(found.hits, found.calls)
    ongoing = _ongoing(context, found)
    own = _of_calls(context, hit)
    return {
        **own,
        **_advice(
            context, "marked_as_spam" if found.case.kind == "short_calls" else str(ends.index[0])
        ),
        "finding": _name(found.case.kind, filters, edges),
        "title": f"{title(found, where)}{_STILL[ongoing]}{_of_mix(context, found, tz)}",
        "kind": found.case.kind,
        "rate": float(ratio(found.hits, found.calls)),
        "low": float(low),
        "high": float(high),
        "saveable": found.saveable if failing else 0.0,
        "change": _change(context, found),
        "ongoing": ongoing,
        "since": since,
        "until": until,
        "where": where or "everywhere",
        "evidence": f"{evidence(found, ends, compared=context.compared)}"
        f"{_of_people(context, hit, own['people'])}",
        "grade": "classified" if failing else "unproven",
        "filters": found.case.filters | found.filters | edges | zone,
    }


_OVER = 0.01
"""Chance of as many calls in a row without a hit, below which a fault is over."""

_STILL = {True: ", still ongoing", False: ", over", None: ""}


def _ongoing(context: Context, segment: Found) -> bool | None:
    """Whether a fault lasts at the end of the data; None where no call that was hit has a time.

    It is over where its span is, where its calls have been away for longer than ever before, such
    as those of an old version, or where so many of its last calls in a row were not hit as chance
    would hardly make at its rate. A pause that its calls often make, such as a weekend, ends none.
    """
    there = segment.rows & context.fresh & (context.hours.codes >= 0)
    struck = np.flatnonzero(there & segment.hit)
    if not len(struck):
        return None
    hours = context.hours.levels
    if segment.span is not None and not segment.span.lasts:
        return False
    active = hours[table([context.hours], len(there), there)[:-1] > 0]
    if hours.iloc[-1] - active.iloc[-1] > max(_LIFE, active.diff().max()):
        return False
    moments = milliseconds(context.when)
    later = np.flatnonzero(there & (moments >= moments.take(struck).max()))
    later = later[np.argsort(moments[later], kind="stable")]
    since_hit = int(segment.hit[later][::-1].argmax())
    return bool((1 - segment.own_hits / max(segment.own_calls, 1)) ** since_hit >= _OVER)


def _of_mix(context: Context, segment: Found, tz: str) -> str:
    if segment.mix is None:
        return ""
    value, then, now = segment.mix
    named = place(value, context.agent_names, tz)
    return (
        f"; no rate rose, the mix of calls changed: {named} has {percent(now)} of the calls, "
        f"before {percent(then)}"
    )


def _change(context: Context, segment: Found) -> str:
    if segment.mix is not None:
        return "mix"
    if context.compared or segment.span is not None:
        return "rise"
    return "higher" if segment.filters else "level"


_OF_RECORD = {
    "remedy": "Check these records and what wrote or exported them, and leave them out of totals.",
}
"""What to do about a record that cannot be right."""


def of_records(context: Context, trouble: Trouble) -> Row:
    """Return the row of a trouble of the audit; its calls under `hit`.

    Examples
    --------
    >>> from retell_nb.tables.findings.context import context_of
    >>> from retell_nb.tables.findings.record_troubles import troubles
    >>> calls = pd.DataFrame({"disconnection_reason": ["new"]})
    >>> found, _ = troubles(calls, REASONS)
    >>> of_records(context_of(calls, None, REASONS, "UTC"), found[0])["title"]
    '1 record: unknown reason: new'
    """
    hit, calls = np.flatnonzero(trouble.hit), len(trouble.hit)
    low, high = wilson(len(hit), calls)
    ends = ", ".join(map(str, _ends(context, hit).index[:3]))
    named = f": {ends}" if trouble.name == "unknown reason" else ""
    lacking = trouble.name == "ended without reason"
    moments = context.when.iloc[hit].dropna()
    return {
        **_of_calls(context, hit),
        **_advice(context, "missing" if lacking else "unknown"),
        **(_OF_RECORD if trouble.kind == "impossible_record" and not lacking else {}),
        "finding": f"{trouble.kind}:{trouble.name}",
        "title": f"{len(hit):,} record{'s' if len(hit) > 1 else ''}: {trouble.name}{named}",
        "kind": trouble.kind,
        "rate": float(ratio(len(hit), calls)),
        "low": float(low),
        "high": float(high),
        "saveable": 0.0,
        "change": pd.NA,
        "ongoing": pd.NA,
        "since": moments.min(),
        "until": moments.max(),
        "where": "in the records",
        "evidence": f"{percent(len(hit) / calls)} of {calls:,} calls. {trouble.meaning}",
        "grade": "observed",
        "filters": {"trouble": trouble.name},
    }


def _ends(context: Context, hit: Rows) -> pd.Series[int]:
    """Reasons of calls, the most frequent first."""
    recorded = context.calls[["disconnection_reason"]].iloc[hit]
    return word(recorded, "reason", context.vocabulary).astype(object).value_counts()


def _times(context: Context, segment: Found, hit: Rows) -> tuple[Any, Any]:
    """Since when and until when: the edges of the span, else the hours of the first and last hit.

    A version begins and ends with its calls: that is when it was put live, and taken back.
    """
    codes = context.hours.codes[segment.rows if "agent_version" in segment.filters else hit]
    codes = codes[codes >= 0]
    if not len(codes):
        return pd.NaT, pd.NaT
    span = segment.span
    first = int(codes.min()) if span is None or span.opens else span.first
    last = int(codes.max()) if span is None or span.lasts else span.last
    return context.hours.levels.iloc[first], context.hours.levels.iloc[last] + HOUR


def _edges(segment: Found, since: Any, until: Any) -> dict[str, str]:
    """The span as filters; without an end where it still lasts."""
    edges = {} if segment.span is None or segment.span.opens else {"start": since.isoformat()}
    if segment.span is not None and not segment.span.lasts:
        edges["end"] = until.isoformat()
    return edges


_OFTEN = ("direction", "call_type", "agent_id", "agent_name")


def _all_filters(segment: Found) -> dict[str, list[Any]]:
    """The filters of a segment, with the direction or agent if no other could be hit."""
    always = {name: segment.case.filters.get(name, []) for name in _OFTEN}
    return {name: only for name, only in always.items() if len(only) == 1} | segment.filters


def _where(
    context: Context, segment: Found, filters: dict[str, list[Any]], times: tuple[Any, Any], tz: str
) -> str:
    """The segment in words, with its time where it was not there all the time."""
    since, until = times
    if segment.span is not None:
        late, early = not segment.span.opens, not segment.span.lasts
    else:  # a version comes and goes, and that is when it did its harm
        hours = context.hours.levels
        version = "agent_version" in segment.filters and len(hours) > 0
        late = version and since - hours.iloc[0] > _LIFE
        early = version and hours.iloc[-1] - until > _LIFE
    when = period(since if late else None, until if early else None, tz)
    return ", ".join(filter(None, [place(filters, context.agent_names, tz), when]))


def _name(kind: str, filters: Mapping[str, Sequence[Any]], edges: Mapping[str, str]) -> str:
    parts = [f"{name}={cleaned(values[0])}" for name, values in filters.items()]
    parts = [words for words in parts if not words.startswith("direction=")] or parts or ["all"]
    first = next(iter(edges.values()), "")
    return f"{kind}:{','.join(parts)}" + (f"@{first[:13]}" if first else "")


def _advice(context: Context, reason: str) -> Row:
    """Owner and remedy of a reason."""
    for words in (context.vocabulary, REASONS, UNPLACED):
        if reason in words.index:
            return {
                "owner": str(words.loc[reason, "owner"]),
                "remedy": str(words.loc[reason, "remedy"]),
            }
    return _advice(context, "unknown")


def _of_calls(context: Context, hit: Rows) -> Row:
    """What is the same for all findings: how many calls, their share of failures, their cost."""
    classes, failed = context.classes, context.classes.failures
    own = classes.of_calls(classes.failed, hit)
    return {
        "calls": len(hit),
        "share": float(ratio(own.sum(), failed)) if failed else 0.0,
        "cost": _cost(context, hit),
        "people": int(np.count_nonzero(pd.unique(context.people[hit]))),
        "overlap": "",
        "hit": hit,
    }


def _of_people(context: Context, hit: Rows, number: int) -> str:
    """How many people are behind the calls, where it is fewer than there are calls."""
    if not number or number == len(hit):
        return ""
    nameless = len(hit) - int(np.count_nonzero(context.people[hit]))
    unknown = f", and {count(nameless)} without a number" * bool(nameless)
    return (
        f" These calls are with {count(number)} {'person' if number == 1 else 'people'}{unknown}."
    )


def _cost(context: Context, hit: Rows) -> float:
    """Cost on record: no cost is below 0, and it is unknown where no call tells its own."""
    if "combined_cost" not in context.calls.columns:
        return np.nan
    cost = context.calls["combined_cost"].iloc[hit]
    total = cost.where(cost >= 0).sum(min_count=1)
    return np.nan if pd.isna(total) else float(total)
