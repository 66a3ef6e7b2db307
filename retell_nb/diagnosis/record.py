"""Evidence in the fields of the record, and the word of Retell and of the vocabulary."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.calls.phone_numbers.faults import malformed
from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.calls.schema import require
from retell_nb.diagnosis.case import Case  # noqa: TC001 - the examples use it
from retell_nb.diagnosis.speech import final_quiet
from retell_nb.grouping import flags
from retell_nb.selection.checks import LIMITS, Limit
from retell_nb.text import cleaned
from retell_nb.times import lasting
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = [
    "analysis",
    "at_a_limit",
    "latency",
    "malformed_number",
    "no_transcript",
    "reason",
    "retired_reason",
    "status_contradicts",
    "troubles",
    "unreadable_fields",
    "unsure_status",
]

FEW_CALLS = 20
"""Calls of an agent below which its median says little."""

WAITS = (
    Limit(30, "error_user_not_joined", 1, "a web call is to be joined within 30 s"),
    Limit(300, "registered_call_timeout", 1, "a registered call is to be dialed within 5 min"),
    Limit(30, "dial_no_answer", 1, "ring_duration_ms, 30 s by default"),
    Limit(40, "concurrency_limit_reached", 1, "an inbound call waits for a slot for about 40 s"),
)
"""Limits of calls that were never connected: how long Retell waits."""

_LATENCIES = {
    "e2e_latency_p50": "The agent's median answer",
    "llm_latency_p50": "The model's median answer",
}
_TOLD_APART = ("status contradicts reason", "ended at a limit")


def latency(case: Case) -> Iterator[str]:
    """Latency of the call against the median of the same agent's other calls.

    Examples
    --------
    >>> others = pd.DataFrame({"agent_id": ["agent_1"] * 20, "e2e_latency_p50": [500.0] * 20})
    >>> record = {"agent_id": "agent_1", "latency": {"e2e": {"p50": 1500}}}
    >>> list(latency(Case(record, history=others)))
    ["The agent's median answer took 1,500 ms, 3.0 times the usual 500 ms (median of 20 other calls
     of the agent)."]
    """
    if case.history is None:
        return
    require(case.history, "agent_id")
    others = case.history[flags(case.history["agent_id"] == case.told("agent_id"))]
    if "call_id" in others.columns:
        others = others[~flags(others["call_id"] == case.told("call_id"))]
    for column, name in _LATENCIES.items():
        own = case.told(column)
        values = others[column].dropna() if column in others.columns else pd.Series(dtype="float64")
        if own is None:
            continue
        took = f"{name} took {own:,.0f} ms"
        if len(values) < FEW_CALLS:
            yield f"{took}; too few other calls of the agent to compare it to ({len(values)})."
        else:
            usual = float(values.median())
            times = f", {own / usual:.1f} times the usual" if usual > 0 else "; usually"
            others_of = f"median of {len(values):,} other calls of the agent"
            yield f"{took}{times} {usual:,.0f} ms ({others_of})."


def malformed_number(case: Case) -> Iterator[str]:
    """What is wrong with the number that was dialed.

    Examples
    --------
    >>> record = {"disconnection_reason": "invalid_destination", "to_number": "+1 415 555 0100"}
    >>> list(malformed_number(Case(record)))
    ['The dialed number is malformed: it holds blanks.']
    """
    number = case.told("to_number")
    dialed = case.reason == "invalid_destination" and number is not None
    if dialed and not is_pseudonym(number):
        wrong = malformed(number)
        if wrong:
            yield f"The dialed number is malformed: {'; '.join(wrong)}."


def at_a_limit(case: Case) -> Iterator[str]:
    """Known limits at which the call ended.

    Examples
    --------
    >>> record = {"disconnection_reason": "max_duration_reached", "duration_ms": 3_600_400}
    >>> list(at_a_limit(Case(record)))
    ['The call lasted 1 h, which is a limit: max_call_duration_ms, 1 h by default.']
    """
    connected = case.words["stage"] == "connected"
    for limit in LIMITS if connected else WAITS:
        silent = limit.reason == "inactivity"
        lasted = final_quiet(case) if silent and case.said else _lasted(case, connected=connected)
        if not connected and limit.reason != case.reason:
            continue
        if abs(lasted - limit.seconds) <= max(1.0, 0.01 * limit.seconds):
            what = "The silence at the end" if silent and case.said else "The call"
            yield f"{what} lasted {lasting(lasted)}, which is a limit: {limit.setting}."


def _lasted(case: Case, *, connected: bool) -> float:
    return case.seconds if connected or case.seconds > 0 else case.elapsed


def status_contradicts(case: Case) -> Iterator[str]:
    """Recorded status that is not the one of the reason.

    Examples
    --------
    >>> record = {"disconnection_reason": "dial_busy", "call_status": "ended"}
    >>> list(status_contradicts(Case(record)))
    ['The record says ended, but dial_busy has the status not_connected; the reason decides.']
    """
    if "status contradicts reason" in case.troubles:
        yield (
            f"The record says {case.told('call_status')}, "
            f"but {case.reason} has the status {case.words['status']}; the reason decides."
        )


def troubles(case: Case) -> Iterator[str]:
    """What else in the record cannot be right, or is new.

    Examples
    --------
    >>> list(troubles(Case({"disconnection_reason": "dial_busy", "duration_ms": -5})))[0]
    'Negative duration: A duration cannot be negative. It is left out of durations.'
    """
    for trouble, meaning in case.troubles.items():
        if trouble not in _TOLD_APART:
            yield f"{trouble.capitalize()}: {meaning}"


def unreadable_fields(case: Case) -> Iterator[str]:
    """Fields of the record that hold something other than they should.

    Examples
    --------
    >>> list(unreadable_fields(Case({"call_id": "call_1", "duration_ms": "soon"})))
    ['The field duration_ms cannot be read and is taken as missing.']
    """
    for note in case.calls.attrs["rejected"]:
        yield f"The field {note['where']} cannot be read and is taken as missing."


def no_transcript(case: Case) -> Iterator[str]:
    """Why nothing is known of what was said, on a connected call.

    Examples
    --------
    >>> list(no_transcript(Case({"disconnection_reason": "user_hangup"})))
    ['The record holds no transcript; get-call has it, list-calls has not.']
    """
    if not case.said and case.words["answered"]:
        setting = case.told("data_storage_setting")
        reason = (
            ""
            if setting is None
            else f" The agent's data_storage_setting is {cleaned(setting, 60)}."
        )
        yield f"The record holds no transcript; get-call has it, list-calls has not.{reason}"


def reason(case: Case) -> Iterator[str]:
    """What the recorded reason means.

    Examples
    --------
    >>> list(reason(Case({"disconnection_reason": "dial_busy"})))
    ['dial_busy: Outbound: the line was busy.']
    """
    if case.reason is not None:
        yield f"{cleaned(case.reason, 80)}: {case.words['meaning']}"


def retired_reason(case: Case) -> Iterator[str]:
    """Name that Retell no longer uses.

    Examples
    --------
    >>> list(retired_reason(Case({"disconnection_reason": "machine_detected"})))
    ["Retell's SDK no longer has machine_detected since version 4.35.0."]
    """
    retired = case.vocabulary.get("retired", REASONS["retired"]).fillna("")
    since = retired.get(str(case.reason))
    if since:
        yield f"Retell's SDK no longer has {case.reason} since version {since}."


def unsure_status(case: Case) -> Iterator[str]:
    """Status that is not from Retell's table of disconnection reasons.

    Examples
    --------
    >>> list(unsure_status(Case({"disconnection_reason": "network_blocked"})))
    ['The status not_connected of network_blocked is inferred, not documented.']
    """
    sources = case.vocabulary.get("status_source", REASONS["status_source"]).fillna("")
    if sources.get(str(case.reason)) == "inferred":
        yield f"The status {case.words['status']} of {case.reason} is inferred, not documented."


def analysis(case: Case) -> Iterator[str]:
    """What Retell's analysis made of a call that was answered; of others it tells nothing.

    Examples
    --------
    >>> judged = {"call_successful": False, "user_sentiment": "Negative"}
    >>> list(analysis(Case({"disconnection_reason": "user_hangup", "call_analysis": judged})))
    ["Retell's analysis of the call: not successful, sentiment Negative."]
    """
    if case.words["answered"] is False:
        return
    success, voicemail = case.told("call_successful"), case.told("in_voicemail")
    feeling = case.told("user_sentiment")
    remarks = [
        *(["a voicemail answered"] if voicemail else []),
        *([] if success is None else ["successful" if success else "not successful"]),
        *([] if feeling in (None, "Unknown") else [f"sentiment {cleaned(feeling, 40)}"]),
    ]
    if remarks:
        yield f"Retell's analysis of the call: {', '.join(remarks)}."
