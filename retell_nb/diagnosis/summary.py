"""What is known of a call at a glance, and what happened in it, as plain data."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.masking import shareable
from retell_nb.diagnosis import talk
from retell_nb.diagnosis.case import HIDDEN, LONG_SILENCE, Case

__all__ = ["Facts", "facts", "timeline"]

_TEXTS = (
    "call_id",
    "agent_id",
    "agent_name",
    "call_type",
    "direction",
    "from_number",
    "to_number",
    "transfer_destination",
)
_TIMELINE = ("who", "name", "start", "end", "ok", "text")


class Facts(NamedTuple):
    """What is known of a call at a glance; None where the record does not tell.

    Times are in UTC, durations in seconds, moments in seconds since the call's start.
    """

    call_id: str | None
    agent_id: str | None
    agent_name: str | None
    agent_version: int | None
    call_type: str | None
    direction: str | None
    from_number: str | None
    to_number: str | None
    transfer_destination: str | None
    when: pd.Timestamp | None
    until: pd.Timestamp | None
    duration: float | None
    cost_cents: float | None
    reason: str | None
    recorded_status: str | None
    status: str
    expected: bool | None
    outcome: str
    category: str
    owner: str
    stage: str
    answered: bool | None
    retry: str
    meaning: str
    remedy: str
    last_said: tuple[dict[str, Any], ...]
    """`who`, `text`, `end` and `before_end` of the last utterance of each side."""
    longest_silence: tuple[dict[str, Any], ...]
    """`who`, `start`, `end`, `seconds` and `quiet` (nobody spoke) of the longest silences."""


def facts(case: Case) -> Facts:
    """Return what is known of a call at a glance.

    Examples
    --------
    >>> known = facts(Case({"call_id": "call_1", "disconnection_reason": "dial_busy"}))
    >>> known.outcome, known.retry, known.duration
    ('not_reached', 'later', None)
    """
    record = shareable(case.calls, hide=case.masked).iloc[0]
    began = when(case.calls).iloc[0]
    version = case.told("agent_version")
    texts: dict[str, Any] = {name: _text(record[name]) for name in _TEXTS}
    return Facts(
        **texts,
        agent_version=None if version is None else int(version),
        when=None if pd.isna(began) else began,
        until=case.until,
        duration=_number(case.seconds),
        cost_cents=_number(case.told("combined_cost")),
        reason=case.reason,
        recorded_status=_text(case.told("call_status")),
        **case.words,
        last_said=tuple(_last_utterances(case)),
        longest_silence=tuple(_longest_silences(case)),
    )


def _text(cell: Any) -> str | None:
    return None if pd.isna(cell) else str(cell)


def _number(cell: float | None) -> float | None:
    return None if cell is None or math.isnan(cell) else round(float(cell), 3)


def _last_utterances(case: Case) -> list[dict[str, Any]]:
    last_events = [event for who in talk.SPEAKERS if (event := case.last(who))]
    return [
        {
            "who": event.who,
            "text": HIDDEN if case.masked else event.text,
            "end": _number(event.end),
            "before_end": _number(case.end - event.end),
        }
        for event in sorted(last_events, key=case.said.index)
    ]


def _longest_silences(case: Case) -> list[dict[str, Any]]:
    longest = [case.longest(who) for who in ("agent", "user")]
    return [
        {
            "who": silence.who,
            "start": _number(silence.start),
            "end": _number(silence.end),
            "seconds": _number(silence.seconds),
            "quiet": _number(silence.quiet),
        }
        for silence in longest
        if silence
    ]


def timeline(case: Case) -> pd.DataFrame:
    """Return what happened in a call, one event per row, in order of time.

    Returns
    -------
    DataFrame
        `who`: `agent`, `user`, `transfer_target`, `tool`, `step`, another role of the record;
        last `silence`, the agent's longest where it is long, and `end`; `name` of the tool, the
        step, who was silent, or the disconnection reason; `start` and `end` in
        seconds since the call's start, missing where the record does not tell; `ok`, whether a
        tool succeeded; `text`.

    Examples
    --------
    >>> case = Case({"disconnection_reason": "user_hangup", "duration_ms": 5000})
    >>> timeline(case)[["who", "name", "start", "end"]].to_dict("list")
    {'who': ['end'], 'name': ['user_hangup'], 'start': [5.0], 'end': [5.0]}
    """
    end = talk.Event("end", case.end, case.end, name=case.reason or case.words["outcome"])
    happened = [*case.events, *_silence(case), end]
    table = pd.DataFrame([event._asdict() for event in happened])[list(_TIMELINE)]
    if case.masked:
        table["text"] = table["text"].mask(table["text"] != "", HIDDEN)
    return table.astype({"start": "float64", "end": "float64", "ok": "boolean"})


def _silence(case: Case) -> list[talk.Event]:
    longest = case.longest("agent")
    if longest is None or longest.quiet < LONG_SILENCE:
        return []
    return [talk.Event("silence", longest.start, longest.end, name="agent")]
