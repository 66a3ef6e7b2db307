"""Suspicions: what may be behind an end, and what would prove it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.diagnosis.case import Case  # noqa: TC001 - the examples use it
from retell_nb.diagnosis.speech import ENDING_TOOLS, final_quiet
from retell_nb.tables.outages.exposure import SIGNS, SOON, STALL
from retell_nb.times import at, lasting
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.diagnosis.talk import Silence

    Suspicion = tuple[str, str]

__all__ = [
    "closed_socket",
    "last_silence",
    "stall",
    "stuck_flow",
    "trunk_reject",
    "voicemail_as_menu",
    "websocket",
]

_STALLED = "A suspected stall: the user hung up after {seconds} of silence of the agent, {turn}."
_STUCK = (
    "A suspected stuck flow: the user spoke last and the agent gave no answer in {seconds}; "
    "the silence was not the user's."
)
_CLOSED = (
    "A suspected closed socket: the agent hung up after {seconds} without a word. A custom LLM "
    "server that closes its websocket with code 1000 is recorded so too."
)


_REJECTED = (
    "Likely rejected by the trunk or the carrier, not by the person: declined after {seconds}."
)
_SIP_ANSWER = (
    "a SIP answer of 4xx or 6xx within a second of the call, in the log of your SIP trunk or of "
    "the telephony provider"
)
_TAKEN_FOR_A_MENU = (
    "A voicemail took the call and the agent stayed on the line: voicemail was often mistaken for "
    "a phone menu. Turn on IVR hang-up as well as voicemail hang-up."
)
_AT_ONCE = 1.0  # seconds: before a phone rings, and anybody can decline

_SOCKET = {
    "error_llm_websocket_open": (
        "Retell tried three times, for up to 7 s each and 3 s apart. Usual causes: a wrong URL, "
        "DNS, a certificate, a proxy that does not upgrade, a server that was down or overloaded."
    ),
    "error_llm_websocket_lost_connection": (
        "Pings come every 2 s and need a reply within 5 s. Usual causes: a blocked event loop, a "
        "proxy idle timeout, a server restart during the call."
    ),
    "error_llm_websocket_runtime": (
        "The server closed the socket with a code other than 1000. Usual cause: an unhandled "
        "exception."
    ),
    "error_llm_websocket_corrupt_payload": (
        "The server sent something unreadable. Usual causes: frames that are not text, text that "
        "is not JSON, a missing protocol field."
    ),
}
"""What is usual behind each end of the websocket to one's own LLM server."""


def stall(case: Case) -> Iterator[Suspicion]:
    """A user who hung up after a long silence of the agent.

    Examples
    --------
    >>> said = {"role": "user", "content": "Hello?", "words": [{"start": 5, "end": 6}]}
    >>> talk = {"transcript_object": [said], "duration_ms": 40_000}
    >>> [found for found, _ in stall(Case({"disconnection_reason": "user_hangup", **talk}))]
    ['A suspected stall: the user hung up after 40 s of silence of the agent, which did not answer
     what the user had said.']
    """
    silence = last_silence(case)
    if case.reason == "user_hangup" and silence and silence.quiet >= STALL:
        turn, since = _whose_turn(case, silence), at(silence.start)
        sign = f"a request without an answer from {since} of the call on{_from(case, silence)}"
        yield (
            _STALLED.format(seconds=lasting(silence.seconds), turn=turn),
            f"{sign}, in the log of the agent's backend and of its tools",
        )


def last_silence(case: Case) -> Silence | None:
    """Return the silence of the agent that lasted until the end or until shortly before.

    Examples
    --------
    >>> said = {"role": "user", "content": "Hello?", "words": [{"start": 5, "end": 6}]}
    >>> talk = {"transcript_object": [said], "duration_ms": 40_000}
    >>> last_silence(Case(talk)).seconds
    40.0
    """
    late = [s for s in case.silences("agent") if case.end - s.end <= SOON]
    return max(late, key=lambda silence: silence.quiet, default=None)


def _whose_turn(case: Case, silence: Silence) -> str:
    """Whose turn it was in a silence of the agent."""
    user_turns = [
        s for s in case.said if s.who != "agent" and silence.start <= s.start < silence.end
    ]
    if user_turns:
        return "which did not answer what the user had said"
    if any(_spans(tool.start, tool.end, silence) for tool in case.tools):
        return "which waited for a tool"
    return "although the agent had spoken last, so the user may just have been thinking"


def _spans(start: float, end: float, silence: Silence) -> bool:
    return start < silence.end and (math.isnan(end) or end > silence.start + STALL / 2)


def stuck_flow(case: Case) -> Iterator[Suspicion]:
    """A silence time-out after the user had spoken last.

    Examples
    --------
    >>> said = {"role": "user", "content": "Hello?", "words": [{"start": 5, "end": 6}]}
    >>> talk = {"transcript_object": [said], "duration_ms": 40_000}
    >>> [proof for _, proof in stuck_flow(Case({"disconnection_reason": "inactivity", **talk}))]
    ["a step of the flow or a tool that never finished after 0:06, in the call's public log"]
    """
    timed_events = [event for event in case.said if not math.isnan(event.end)]
    if case.reason == "inactivity" and timed_events and timed_events[-1].who == "user":
        sign = f"a step of the flow or a tool that never finished after {at(timed_events[-1].end)}"
        yield (
            _STUCK.format(seconds=lasting(final_quiet(case))),
            f"{sign}{_around(case)}, in the call's public log",
        )


def closed_socket(case: Case) -> Iterator[Suspicion]:
    """An agent that hung up right after a silence of its own, and not by a tool.

    Examples
    --------
    >>> said = {"role": "user", "content": "Hello?", "words": [{"start": 5, "end": 6}]}
    >>> talk = {"transcript_object": [said], "duration_ms": 40_000}
    >>> case = Case({"disconnection_reason": "agent_hangup", **talk})
    >>> [proof for _, proof in closed_socket(case)]
    ['a websocket closed with code 1000, in the log of the LLM server']
    """
    silence = next((s for s in case.silences("agent") if case.end - s.end <= 0), None)
    on_purpose = any(tool.kind in ENDING_TOOLS for tool in case.tools)
    if case.reason != "agent_hangup" or on_purpose or silence is None or silence.quiet < SOON:
        return
    yield (
        _CLOSED.format(seconds=lasting(silence.seconds)),
        f"a websocket closed with code 1000{_around(case)}, in the log of the LLM server",
    )


def trunk_reject(case: Case) -> Iterator[Suspicion]:
    """A call that was declined before anybody could have done so.

    Examples
    --------
    >>> record = {"disconnection_reason": "user_declined", "duration_ms": 0}
    >>> [finding for finding, _ in trunk_reject(Case(record))]
    ['Likely rejected by the trunk or the carrier, not by the person: declined after 0 s.']
    """
    rang = case.elapsed if case.elapsed >= 0 else case.seconds
    if case.reason == "user_declined" and rang < _AT_ONCE:
        yield _REJECTED.format(seconds=lasting(rang)), f"{_SIP_ANSWER}{_around(case)}"


def voicemail_as_menu(case: Case) -> Iterator[Suspicion]:
    """A voicemail that was not hung up on.

    Examples
    --------
    >>> record = {"disconnection_reason": "agent_hangup", "call_analysis": {"in_voicemail": True}}
    >>> [finding for finding, _ in voicemail_as_menu(Case(record))]
    ['A voicemail took the call and the agent stayed on the line: voicemail was often mistaken for a
     phone menu. Turn on IVR hang-up as well as voicemail hang-up.']
    """
    by_machine = REASONS.index[REASONS["outcome"] == "machine"]
    if case.told("in_voicemail") and case.reason not in by_machine:
        yield _TAKEN_FOR_A_MENU, "a detected menu (IVR) in the call's public log"


def websocket(case: Case) -> Iterator[Suspicion]:
    """What may have broken the websocket to the user's own LLM server.

    Examples
    --------
    >>> case = Case({"disconnection_reason": "error_llm_websocket_runtime"})
    >>> [proof for _, proof in websocket(case)]
    ['an exception in the log of the server']
    """
    if case.reason in _SOCKET:
        trip = case.told("llm_websocket_network_rtt_latency_p95")
        took = "" if trip is None else f" Round trips took up to {trip:,.0f} ms (95th percentile)."
        yield f"{_SOCKET[case.reason]}{took}", f"{SIGNS[case.reason]}{_around(case)}"


def _from(case: Case, silence: Silence) -> str:
    """The clock's time of a silence, and the end of the call."""
    start = case.told("start_timestamp")
    if start is None or case.until is None or math.isnan(silence.start):
        return _around(case)
    since = start + pd.Timedelta(seconds=silence.start)
    return f" ({since:%Y-%m-%d %H:%M:%S} to {case.until:%H:%M:%S} UTC)"


def _around(case: Case) -> str:
    return "" if case.until is None else f", around {case.until:%Y-%m-%d %H:%M:%S} UTC"
