# ruff: noqa: RUF002 - an interval is written with an en dash, as in print
"""Findings in words: a title for a tired person, the place, and the numbers that speak for it."""

from __future__ import annotations

from calendar import day_name
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.facts import OUTBOUND, UNKNOWN, recorded_direction
from retell_nb.engine.intervals import wilson
from retell_nb.text import cleaned, percent, span
from retell_nb.times import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.tables.findings.search import Found

__all__ = ["PROOFS", "VERBS", "evidence", "period", "place", "rhythm", "title", "without_times"]

VERBS = {
    "bad_number": "went to invalid numbers",
    "billing": "were refused because of billing",
    "capacity": "hit the concurrency limit",
    "client": "were never joined by the client",
    "dial_failure": "could not be dialed or were blocked",
    "dial_no_answer": "were not answered",
    "handover": "failed to transfer",
    "inactivity": "ended in silence",
    "llm_server": "failed at your own LLM server",
    "max_duration_reached": "reached the maximum duration",
    "media": "had no audio",
    "platform": "failed at Retell",
    "policy": "were refused as a scam",
    "short_calls": "lasted less than 10 s",
    "trunk": "failed at the trunk or its provider",
    "user_declined": "were declined",
}
"""What became of the calls of a kind; of another kind, its name is told."""


_SPAM = "only the carriers can tell whether the number is the cause."
PROOFS = {
    "dial_no_answer": f"People do not answer a number marked as spam; {_SPAM}",
    "inactivity": "The silence may be the callee's or the agent's; check the recordings.",
    "max_duration_reached": "Long calls may be intended, or the agent may not know when "
    "to stop; check the transcripts.",
    "short_calls": "Many short calls get a number marked as spam; only the carriers can tell "
    "whether this one is.",
    "user_declined": f"People decline a number marked as spam; {_SPAM}",
}
"""What would prove that calls of a kind, which are no failures, are a fault."""


def period(start: pd.Timestamp | None, end: pd.Timestamp | None, tz: str) -> str:
    """Span of time in words; without an end it lasts.

    Examples
    --------
    >>> start, end = pd.Timestamp("2026-03-06T14:00Z"), pd.Timestamp("2026-03-06T16:00Z")
    >>> period(start, end, "UTC"), period(start, None, "UTC"), period(None, end, "UTC")
    ('Mar 6, 14:00 to 16:00 UTC', 'since Mar 6, 14:00 UTC', 'until Mar 6, 16:00 UTC')
    """
    first, last = (None if one is None else one.tz_convert(tz) for one in (start, end))
    if first is None or last is None:
        parts = [f"since {moment(first)}"] if first is not None else []
        parts += [f"until {moment(last)}"] if last is not None else []
        return " ".join([*parts, tz]) if parts else ""
    return (
        f"{moment(first)} to {last:%H:%M} {tz}"
        if first.date() == last.date()
        else f"{moment(first)} to {moment(last)} {tz}"
    )


def place(filters: Mapping[str, Any], names: Mapping[str, str], tz: str) -> str:
    """Segment in words; an agent by its name, if it has one.

    Examples
    --------
    >>> place({"agent_id": ["a1"], "agent_version": [8]}, {"a1": "Claims"}, "UTC")
    'Claims version 8'
    >>> place({"hour": [17]}, {}, "UTC"), place({"direction": ["outbound"]}, {}, "UTC")
    ('daily from 17:00 to 18:00 UTC', 'outbound calls')
    """
    parts = [_filter_in_words(name, values[0], names, tz) for name, values in filters.items()]
    if any(name in filters for name in ("from_number", "agent_id", "agent_name")):
        parts = [words for words in parts if not words.endswith(" calls")]
    if "agent_version" in filters:
        parts = [f"{parts[0]} {parts[1]}", *parts[2:]]
    return ", ".join(parts)


def without_times(where: str, filters: Mapping[str, Any], times: tuple[Any, Any], tz: str) -> str:
    """Segment in words as in a table of findings, without the times in it.

    Parameters
    ----------
    where, filters
        Of a row of the table.
    times : tuple of Timestamp
        Its `since` and `until`.
    tz : str
        Time zone of the table.

    Examples
    --------
    >>> start, end = pd.Timestamp("2026-03-06T14:00Z"), pd.Timestamp("2026-03-06T16:00Z")
    >>> where = "Claims, daily from 17:00 to 18:00 UTC, since Mar 6, 14:00 UTC"
    >>> without_times(where, {"hour": [17]}, (start, end), "UTC")
    'Claims'
    """
    first, last = (None if pd.isna(time) else time for time in times)
    spans = [period(first, last, tz), period(first, None, tz), period(None, last, tz)]
    for words in [rhythm(filters, tz), *spans]:
        where = where.replace(f", {words}", "") if words else where
        where = "" if where == words else where
    return where or "everywhere"


def rhythm(filters: Mapping[str, Any], tz: str) -> str:
    """Hour or weekday of a finding in words; no words where it has none.

    Examples
    --------
    >>> rhythm({"hour": [17]}, "UTC"), rhythm({"agent_id": ["a"]}, "UTC")
    ('daily from 17:00 to 18:00 UTC', '')
    """
    return ", ".join(
        _filter_in_words(name, filters[name][0], {}, tz)
        for name in filters
        if name in ("hour", "weekday")
    )


def _filter_in_words(name: str, value: Any, names: Mapping[str, str], tz: str) -> str:
    if name == "hour":
        return f"daily from {value}:00 to {value + 1}:00 {tz}"
    if name == "weekday":
        return f"on {day_name[value]}s {tz}"
    if name in ("agent_id", "agent_name") and value is None:
        return f"(no {name})"
    words = cleaned(value, 60)
    if name == "agent_id":
        return cleaned(names.get(str(value), ""), 60) or words
    if name in ("direction", "call_type"):
        way = recorded_direction(pd.DataFrame({name: [value]}))[0]
        if way != UNKNOWN:
            return "outbound calls" if way == OUTBOUND else "inbound calls"
    forms = {
        "agent_name": "{}",
        "agent_version": "version {}",
        "call_type": "{} calls",
        "country": "to {}",
        "direction": "{} calls",
        "from_number": "dialed from {}",
    }
    return forms[name].format("web" if value is None else words.replace("_call", ""))


def title(found: Found, where: str) -> str:
    """What became of how many calls, where, and what part that is.

    Examples
    --------
    >>> from types import SimpleNamespace as Thing
    >>> case = Thing(kind="capacity")
    >>> title(Thing(case=case, hits=233, calls=1331), "agent_1, daily from 17:00 to 18:00 UTC")
    '233 calls hit the concurrency limit: agent_1, daily from 17:00 to 18:00 UTC (18% of 1,331)'
    """
    verb = VERBS.get(found.case.kind, f"failed by {cleaned(found.case.kind, 60)}")
    share = f"{percent(found.hits / found.calls)} of {found.calls:,}"
    calls = "call" if found.hits == 1 else "calls"
    return f"{found.hits:,} {calls} {verb}: {where or 'everywhere'} ({share})"


def evidence(found: Found, ends: pd.Series[int], *, compared: bool) -> str:
    """The numbers: the rate with its interval, what it is compared with, the reasons.

    Examples
    --------
    >>> from types import SimpleNamespace as Thing
    >>> ends = pd.Series({"dial_failed": 9})
    >>> counts = {"hits": 9, "calls": 10, "own_calls": 10, "rest_hits": 1, "rest_calls": 100}
    >>> found = Thing(**counts, case=Thing(failing=True))
    >>> evidence(found, ends, compared=False)
    '90% of 10 calls (95% interval 60–98%), against 1% of the 100 others. dial_failed: 9.'
    """
    ends_of_rate = (float(end) for end in wilson(found.hits, found.calls))
    rate = f"{percent(found.hits / found.calls)} of {found.calls:,} calls"
    sentence = f"{rate} (95% interval {span(*ends_of_rate)})"
    if found.rest_calls:
        rest = percent(found.rest_hits / found.rest_calls)
        other = "calls before" if compared else "others"
        sentence += f", against {rest} of the {found.rest_calls:,} {other}"
    if found.own_calls < found.calls:
        own = percent(found.own_hits / found.own_calls)
        sentence += f"; without the calls of other findings, {own} of {found.own_calls:,}"
    reasons = ", ".join(
        f"{cleaned(reason, 60)}: {calls:,}" for reason, calls in ends.head(4).items()
    )
    proof = "" if found.case.failing else f" {PROOFS[found.case.kind]}"
    return f"{sentence}. {reasons}.{proof}"
