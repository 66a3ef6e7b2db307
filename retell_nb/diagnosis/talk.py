"""What happened in a call, in order of time: who spoke when, tools, steps, silences."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from retell_nb.calls.reading.one_call import TRANSCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Item: TypeAlias = Mapping[str, Any]

__all__ = ["SPEAKERS", "Event", "Silence", "events", "last_moment", "silence", "utterances"]

SPEAKERS = ("agent", "user", "transfer_target")
"""Who speaks in a call."""

_UNKNOWN = math.nan
_PAUSE = 1.0  # seconds between two pieces of the same utterance
_LABELS = {"agent": "agent", "user": "user", "transfer target": "transfer_target"}


class Event(NamedTuple):
    """Something that happened in a call; times in seconds since its start, NaN if not told."""

    who: str
    """A speaker, `tool`, `step` (of the flow), or whatever role the record names."""
    start: float
    end: float
    text: str = ""
    """What was said, or what a tool gave back."""
    name: str = ""
    """Of a tool or a step."""
    ok: bool | None = None
    """Whether a tool succeeded; None where nothing says so."""
    kind: str = ""
    """The kind of tool, in Retell's words."""
    backup: str = ""
    """Why a backup model gave this answer, in Retell's words; empty where none did."""

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.end - self.start


class Silence(NamedTuple):
    """A stretch in which somebody said nothing; times in seconds since the call's start."""

    who: str
    start: float
    end: float
    quiet: float
    """Seconds of it in which nobody else spoke either."""

    @property
    def seconds(self) -> float:
        """How long it was."""
        return self.end - self.start


def events(record: Item) -> list[Event]:
    """Return what happened in a call in order of time, from the field that tells most.

    An item without a time stays behind the one it came after.

    Parameters
    ----------
    record : mapping
        As get-call returns it; a call from list-calls gives nothing.

    Examples
    --------
    >>> said = {"role": "agent", "content": "Hello", "words": [{"start": 1, "end": 2}]}
    >>> pressed = {"role": "dtmf", "digit": "1", "time_sec": 0.5}
    >>> [event.who for event in events({"transcript_with_tool_calls": [said, pressed]})]
    ['dtmf', 'agent']
    """
    for field in TRANSCRIPTS:
        in_order = _in_order(_read(_items(record.get(field))))
        if in_order:
            return in_order
    return []


def _items(transcript: object) -> list[Item]:
    """The items of a transcript; it may be a list, the same as JSON, or lines of plain text."""
    if isinstance(transcript, str):
        try:
            transcript = json.loads(transcript)
        except (ValueError, RecursionError):
            return _lines(str(transcript))
    return (
        [item for item in transcript if isinstance(item, dict)]
        if isinstance(transcript, list)
        else []
    )


def _lines(text: str) -> list[Item]:
    items: list[dict[str, str]] = []
    for line in text.splitlines():
        label, colon, content = line.partition(":")
        role = _LABELS.get(label.strip().lower()) if colon else None
        if role:
            items.append({"role": role, "content": content.strip()})
        elif items:
            items[-1]["content"] += f"\n{line}"
    return list(items)


def _read(items: Sequence[Item]) -> list[Event]:
    answers = {_id(item): item for item in items if item.get("role") == "tool_call_result"}
    invoked = {_id(item) for item in items if item.get("role") == "tool_call_invocation"}
    return [
        _READERS.get(str(item.get("role")), _other)(item, answers)
        for item in items
        if item.get("role") != "tool_call_result" or _id(item) not in invoked
    ]


def _id(item: Item) -> str:
    return str(item.get("tool_call_id"))


def _speech(item: Item, _: Mapping[str, Item]) -> Event:
    words = item.get("words")
    words = [w for w in words if isinstance(w, dict)] if isinstance(words, list) else []
    starts = _moments(word.get("start") for word in words)
    ends = _moments(word.get("end") for word in words)
    text = item.get("content") or "".join(str(word.get("word") or "") for word in words)
    if not starts:
        moment = _second(item.get("time_sec"))
        return Event(_text(item["role"]), moment, moment, _text(text), backup=_backup(item))
    end = max([*ends, min(starts)])
    return Event(_text(item["role"]), min(starts), end, _text(text), backup=_backup(item))


def _backup(item: Item) -> str:
    """Why a backup model answered; a tool's call has that beside its utterance."""
    for name in ("metadata", "utterance_metadata"):
        metadata = item.get(name)
        model = metadata.get("backup_model_used") if isinstance(metadata, dict) else None
        if isinstance(model, dict):
            return _text(model.get("reason") or "unknown")
    return ""


def _tool(item: Item, answers: Mapping[str, Item]) -> Event:
    answer = answers.get(_id(item), {})
    ok = answer.get("successful")
    return Event(
        "tool",
        _second(item.get("time_sec")),
        _second(answer.get("time_sec")),
        _text(answer.get("content") or ""),
        _text(item.get("name") or "without a name"),
        ok if isinstance(ok, bool) else None,
        _text(item.get("type") or item.get("name") or ""),
        _backup(item),
    )


def _answer(item: Item, _: Mapping[str, Item]) -> Event:
    """A tool's answer to a question that is not on record."""
    return _tool(item, {_id(item): item})


def _step(item: Item, _: Mapping[str, Item]) -> Event:
    moment = _second(item.get("time_sec"))
    name = item.get("new_node_name") or item.get("new_node_id") or "without a name"
    return Event("step", moment, moment, name=_text(name))


def _other(item: Item, _: Mapping[str, Item]) -> Event:
    moment = _second(item.get("time_sec"))
    text = item.get("content") or item.get("digit") or ""
    return Event(_text(item.get("role") or "unknown"), moment, moment, _text(text))


_READERS: dict[str, Callable[[Item, Mapping[str, Item]], Event]] = {
    **dict.fromkeys(SPEAKERS, _speech),
    "tool_call_invocation": _tool,
    "tool_call_result": _answer,
    "node_transition": _step,
}


def _text(value: object) -> str:
    """Text that can be written: half of a pair of UTF-16 becomes a question mark."""
    return str(value).encode("utf-8", "replace").decode()


def _second(value: object) -> float:
    """A moment in seconds, from 0 on; NaN where it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return _UNKNOWN
    try:
        moment = float(value)
    except (ValueError, OverflowError):
        return _UNKNOWN
    return max(moment, 0.0) if math.isfinite(moment) else _UNKNOWN


def _moments(values: Iterable[object]) -> list[float]:
    return [moment for moment in map(_second, values) if not math.isnan(moment)]


def _in_order(events: list[Event]) -> list[Event]:
    keys: list[float] = []
    for event in events:
        before = keys[-1] if keys else 0.0
        keys.append(before if math.isnan(event.start) else event.start)
    return [events[place] for place in sorted(range(len(events)), key=keys.__getitem__)]


def utterances(happened: Iterable[Event]) -> list[Event]:
    """Return what was said, pieces that follow each other within a second put together.

    Examples
    --------
    >>> [said.text for said in utterances([Event("user", 1, 2, "I"), Event("user", 2, 3, "am")])]
    ['I am']
    """
    merged: list[Event] = []
    for event in happened:
        if event.who not in SPEAKERS:
            continue
        if merged and merged[-1].who == event.who and event.start - merged[-1].end <= _PAUSE:
            text = f"{merged[-1].text.rstrip()} {event.text.lstrip()}".strip()
            backup = merged[-1].backup or event.backup
            end = max(merged[-1].end, event.end)
            merged[-1] = merged[-1]._replace(end=end, text=text, backup=backup)
        else:
            merged.append(event)
    return merged


def last_moment(happened: Iterable[Event]) -> float:
    """Return the last moment that any event tells, NaN where none does.

    Examples
    --------
    >>> last_moment([Event("user", 1.0, 2.5, "Hello"), Event("step", 2.0, 2.0)])
    2.5
    """
    return max(
        _moments(time for event in happened for time in (event.start, event.end)), default=_UNKNOWN
    )


def silence(said: Sequence[Event], who: str, end: float) -> list[Silence]:
    """Return the stretches in which somebody said nothing, up to the call's end.

    Parameters
    ----------
    said : sequence of Event
        As `utterances` returns it. Where none of them has a time, there is nothing to tell.
    who : str
        One of `SPEAKERS`.
    end : float
        Of the call, in seconds since its start.

    Examples
    --------
    >>> said = [Event("agent", 0, 4, "Yes?"), Event("user", 6, 8, "Hi")]
    >>> silence(said, "agent", 20.0)
    [Silence(who='agent', start=4, end=20.0, quiet=14.0)]
    """
    timed = [event for event in said if not math.isnan(event.start)]
    if not timed or math.isnan(end):
        return []
    own = _spans(event for event in timed if event.who == who)
    others = _spans(event for event in timed if event.who != who)
    bounds = [(0.0, 0.0), *own, (max(end, own[-1][1] if own else end),) * 2]
    gaps = [(before[1], after[0]) for before, after in pairwise(bounds) if after[0] > before[1]]
    return [
        Silence(who, since, until, until - since - _overlap(others, since, until))
        for since, until in gaps
    ]


def _spans(happened: Iterable[Event]) -> list[tuple[float, float]]:
    """Stretches of time in order, those that overlap put together."""
    spans: list[tuple[float, float]] = []
    for start, end in sorted((event.start, event.end) for event in happened):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((start, end))
    return spans


def _overlap(spans: Iterable[tuple[float, float]], since: float, until: float) -> float:
    return sum(max(0.0, min(end, until) - max(start, since)) for start, end in spans)
