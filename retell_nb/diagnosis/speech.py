"""Evidence in what was said, and in what the agent did meanwhile."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retell_nb.diagnosis.case import LONG_SILENCE, Case
from retell_nb.text import cleaned
from retell_nb.times import at, lasting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.diagnosis.talk import Event


__all__ = [
    "ENDING_TOOLS",
    "agent_silence",
    "backup_models",
    "failed_tools",
    "final_quiet",
    "last_words",
    "silence_at_the_end",
    "slow_tools",
    "unanswered_tools",
    "user_silence",
]

SLOW_TOOL = 5.0
"""Seconds after which a caller who waits for a tool asks whether anybody is there."""

ENDING_TOOLS = ("end_call", "transfer_call", "bridge_transfer", "cancel_transfer", "agent_swap")
"""Kinds of tool that end the talk, and so may have no answer on record."""

_SLOWER = "That is a slow response from the model provider."
_BACKUPS = {
    "primary_failed": "the first model failed. That is a failure at the model provider.",
    "preference_expired": f"it was ready sooner than the first model. {_SLOWER}",
    "first_usable": f"the first model was not ready in time. {_SLOWER}",
}
"""Why a backup model answered, and what that tells of the first one."""

_SPEAKERS = {"agent": "the agent", "user": "the user", "transfer_target": "the transfer target"}


def last_words(case: Case) -> Iterator[str]:
    r"""Last thing that each side said, and how long before the end.

    Examples
    --------
    >>> case = Case({"transcript": "Agent: Hello\nUser: Wrong number"})
    >>> list(last_words(case))
    ['Last words of the agent: “Hello”', 'Last words of the user: “Wrong number”']
    """
    for who, name in _SPEAKERS.items():
        last = case.last(who)
        if last:
            before = case.end - last.end
            when = "" if math.isnan(before) else f", {lasting(before)} before the end"
            yield f"Last words of {name}{when}: {case.quote(last.text)}"


def silence_at_the_end(case: Case) -> Iterator[str]:
    """How long nobody spoke before the call ended.

    Examples
    --------
    >>> hi = {"role": "user", "content": "Hi", "words": [{"start": 1, "end": 2}]}
    >>> list(silence_at_the_end(Case({"transcript_object": [hi], "duration_ms": 12_000})))
    ['For the last 10 s of the call nobody spoke.']
    """
    quiet = final_quiet(case)
    if quiet >= LONG_SILENCE:
        yield f"For the last {lasting(quiet)} of the call nobody spoke."


def final_quiet(case: Case) -> float:
    """Return the seconds from the last word to the end, not a number where they are not known.

    Examples
    --------
    >>> hi = {"role": "user", "content": "Hi", "words": [{"start": 1, "end": 2}]}
    >>> final_quiet(Case({"transcript_object": [hi], "duration_ms": 12_000}))
    10.0
    """
    ends = [event.end for event in case.said if not math.isnan(event.end)]
    return case.end - max(ends) if ends else math.nan


def agent_silence(case: Case) -> Iterator[str]:
    """Longest silence of the agent, where it is long.

    Examples
    --------
    >>> hi = {"role": "user", "content": "Hi", "words": [{"start": 1, "end": 2}]}
    >>> list(agent_silence(Case({"transcript_object": [hi], "duration_ms": 12_000})))
    ['The agent was silent for 12 s at the longest, from 0:00 to 0:12; the user spoke for 1 s of
     it.']
    """
    yield from _longest_silence(case, "agent", "the user")


def user_silence(case: Case) -> Iterator[str]:
    """Longest silence of the user, where it is long.

    Examples
    --------
    >>> hi = {"role": "user", "content": "Hi", "words": [{"start": 1, "end": 2}]}
    >>> list(user_silence(Case({"transcript_object": [hi], "duration_ms": 12_000})))
    ['The user was silent for 10 s at the longest, from 0:02 to 0:12.']
    """
    yield from _longest_silence(case, "user", "the agent")


def _longest_silence(case: Case, who: str, other: str) -> Iterator[str]:
    silence = case.longest(who)
    if silence and silence.quiet >= LONG_SILENCE:
        spoke = silence.seconds - silence.quiet
        between = f"; {other} spoke for {lasting(spoke)} of it" if spoke >= 0.1 else ""
        longest = f"was silent for {lasting(silence.seconds)} at the longest"
        when = f"from {at(silence.start)} to {at(silence.end)}"
        yield f"{_SPEAKERS[who].capitalize()} {longest}, {when}{between}."


def backup_models(case: Case) -> Iterator[str]:
    """Answers that a backup model gave, as the first model failed or was slower.

    Examples
    --------
    >>> told = {"backup_model_used": {"reason": "primary_failed"}}
    >>> said = {"role": "agent", "content": "Yes?", "metadata": told, "words": [{"start": 3}]}
    >>> list(backup_models(Case({"transcript_object": [said]})))
    ['A backup model gave 1 answer, first at 0:03: the first model failed. That is a failure
     at the model provider.']
    """
    answers = [event for event in case.events if event.backup]
    for reason in dict.fromkeys(event.backup for event in answers):
        mine = [event for event in answers if event.backup == reason]
        number = f"{len(mine)} answer{'' if len(mine) == 1 else 's'}"
        why = _BACKUPS.get(reason, f"reason on record: {cleaned(reason, 60)}")
        yield f"A backup model gave {number}, first at {at(mine[0].start)}: {why}"


def failed_tools(case: Case) -> Iterator[str]:
    """Tools that the record says failed.

    Examples
    --------
    >>> asked = {"role": "tool_call_invocation", "tool_call_id": "1", "name": "look_up"}
    >>> asked["time_sec"] = 3
    >>> told = {"role": "tool_call_result", "tool_call_id": "1", "successful": False,
    ...         "content": "no such customer", "time_sec": 9.5}
    >>> list(failed_tools(Case({"transcript_with_tool_calls": [asked, told]})))
    ['The tool look_up, called at 0:03, failed after 6.5 s: “no such customer”']
    """
    for tool in case.tools:
        if tool.ok is False:
            took = "" if math.isnan(tool.seconds) else f" after {lasting(tool.seconds)}"
            quotation = f": {case.quote(tool.text)}" if tool.text else ""
            yield f"{_tool(tool)} failed{took}{quotation or '.'}"


def slow_tools(case: Case) -> Iterator[str]:
    """Tools that took long; of those that failed it is said there.

    Examples
    --------
    >>> asked = {"role": "tool_call_invocation", "tool_call_id": "1", "name": "look_up"}
    >>> asked["time_sec"] = 3
    >>> told = {"role": "tool_call_result", "tool_call_id": "1", "successful": True,
    ...         "content": "a customer", "time_sec": 9.5}
    >>> list(slow_tools(Case({"transcript_with_tool_calls": [asked, told]})))
    ['The tool look_up, called at 0:03, took 6.5 s.']
    """
    for tool in case.tools:
        if tool.seconds >= SLOW_TOOL and tool.ok is not False:
            yield f"{_tool(tool)} took {lasting(tool.seconds)}."


def unanswered_tools(case: Case) -> Iterator[str]:
    """Tools without an answer on record, except those that end the talk.

    Examples
    --------
    >>> asked = {"role": "tool_call_invocation", "tool_call_id": "1", "name": "look_up"}
    >>> asked["time_sec"] = 3
    >>> list(unanswered_tools(Case({"transcript_with_tool_calls": [asked], "duration_ms": 9000})))
    ['The tool look_up, called at 0:03, gave no answer in the 6 s that were left.']
    """
    for tool in case.tools:
        answered = not math.isnan(tool.end) or tool.ok is not None or tool.text
        if not answered and tool.kind not in ENDING_TOOLS:
            remaining = case.end - tool.start
            when = "" if math.isnan(remaining) else f" in the {lasting(remaining)} that were left"
            yield f"{_tool(tool)} gave no answer{when}."


def _tool(tool: Event) -> str:
    return f"The tool {cleaned(tool.name, 60)}, called at {at(tool.start)},"
