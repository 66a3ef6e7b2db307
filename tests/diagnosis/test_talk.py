"""What happened in a call: order, pieces, tools, silences."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.diagnosis.talk import Event, events, last_moment, silence, utterances

from .talks import CHAT, asked, said, told

moments = st.floats(0, 1000, allow_nan=False)
spans = st.tuples(moments, moments).map(sorted)
talks = st.lists(st.tuples(st.sampled_from(["agent", "user"]), spans), max_size=12)


def happened(*items: Any, field: str = "transcript_with_tool_calls") -> list[Event]:
    return events({field: list(items)})


def test_items_out_of_order_are_put_in_order() -> None:
    """Time decides, not the place in the record."""
    mixed = happened(CHAT[2], asked("look_up", 20.5), CHAT[0], CHAT[3], CHAT[1])
    assert [event.start for event in mixed] == [0.5, 20.5, 21, 41, 58.5]


def test_an_item_without_a_time_stays_behind_the_one_before_it() -> None:
    """What has no time of its own goes with its neighbour."""
    silent = {"role": "agent", "content": "no words"}
    order = [
        event.text for event in happened(said("user", 9, 10, "late"), silent, said("user", 1, 2))
    ]
    assert order == ["Yes.", "late", "no words"]


def test_a_tool_is_one_event_from_question_to_answer() -> None:
    """Question and answer are found by their id, wherever they stand."""
    tools = happened(told(9, 2, ok=False), asked("b", 5, 2), asked("a", 1, 1), told(3, 1, ok=None))
    assert [(tool.name, tool.start, tool.end, tool.ok) for tool in tools] == [
        ("a", 1, 3, None),
        ("b", 5, 9, False),
    ]


def test_an_answer_without_a_question_is_kept() -> None:
    """A result whose call is not on record is a tool of its own."""
    (tool,) = happened(told(4, ok=False, content="broken"))
    assert (tool.who, tool.ok, tool.text, tool.end) == ("tool", False, "broken", 4)


def test_steps_keys_and_unknown_roles_are_events() -> None:
    """Whatever the record holds is told."""
    steps = happened(
        {"role": "node_transition", "new_node_name": "Greeting", "time_sec": 0},
        {"role": "dtmf", "digit": "1", "time_sec": 1},
        {"role": "hologram", "content": "wave", "time_sec": 2},
        {"content": "nobody"},
    )
    assert [event.who for event in steps] == ["step", "dtmf", "hologram", "unknown"]


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"transcript_with_tool_calls": None, "transcript_object": None, "transcript": None},
        {"transcript_with_tool_calls": "", "transcript_object": [], "transcript": ""},
        {"transcript_with_tool_calls": 5, "transcript_object": {"a": 1}, "transcript": [None, "x"]},
        {"transcript": '{"not": "a list"}'},
        {"transcript": "[" * 100_000},
    ],
)
def test_a_record_without_a_transcript_has_no_events(record: dict[str, Any]) -> None:
    """Nulls, blanks and nonsense are nothing that happened."""
    assert events(record) == []


def test_the_field_that_tells_most_is_read() -> None:
    """An empty field is passed over for the next."""
    record = {"transcript_with_tool_calls": [], "transcript_object": [CHAT[0]], "transcript": "x"}
    assert [event.start for event in events(record)] == [0.5]


def test_a_transcript_may_be_json_as_text_as_frames_hold_it() -> None:
    """A frame loaded with keep= holds the items as JSON text."""
    assert events({"transcript_object": json.dumps(CHAT)}) == happened(*CHAT)


def test_a_transcript_may_be_plain_lines() -> None:
    """Who says what is told by the label; a line without one goes on with the last."""
    lines = events({"transcript": "noise\nAgent: Hello\nand welcome\nUser: at 10:30\n"})
    assert [(line.who, line.text) for line in lines] == [
        ("agent", "Hello\nand welcome"),
        ("user", "at 10:30"),
    ]


@pytest.mark.parametrize(
    "strange", ["soon", None, True, [], {}, float("nan"), float("inf"), "1e999"]
)
def test_a_strange_time_is_no_time(strange: object) -> None:
    """What is no number of seconds is not known."""
    words = {"role": "agent", "content": "Hi", "words": [{"start": strange, "end": strange}]}
    assert all(
        math.isnan(event.start) for event in happened(words, asked("x", None, time_sec=strange))
    )


def test_pieces_of_an_utterance_are_put_together() -> None:
    """Items of the same speaker within a second are one utterance, across tools and steps."""
    pieces = happened(
        said("agent", 1, 2, "One "), asked("x", 1.5), said("agent", 2.5, 3, "moment.")
    )
    assert [(event.text, event.start, event.end) for event in utterances(pieces)] == [
        ("One moment.", 1, 3)
    ]
    apart = happened(said("agent", 1, 2), said("agent", 4, 5))
    assert len(utterances(apart)) == 2


def test_silences_are_what_is_left_between_words() -> None:
    """From the start of the call to its end, with what the others said taken off."""
    talk = utterances(happened(said("agent", 2, 4), said("user", 5, 8), said("agent", 10, 12)))
    assert [(s.start, s.end, s.quiet) for s in silence(talk, "agent", 20)] == [
        (0, 2, 2),
        (4, 10, 3),
        (12, 20, 8),
    ]


def test_who_never_spoke_was_silent_all_along() -> None:
    """An agent without a word was silent for the whole call."""
    (whole,) = silence(utterances(happened(said("user", 1, 3))), "agent", 30)
    assert (whole.start, whole.end, whole.quiet) == (0, 30, 28)


def test_without_times_nothing_is_known_of_silences() -> None:
    """Plain lines tell who spoke, not when."""
    untimed = utterances(events({"transcript": "Agent: Hello"}))
    assert silence(untimed, "agent", 30) == []
    assert silence(utterances(happened(*CHAT)), "agent", math.nan) == []


@given(talks)
def test_silence_and_speech_make_up_the_whole_call(talk: list[tuple[str, list[float]]]) -> None:
    """Every second up to the end is one of speech or of silence, for each side."""
    timed = [Event(who, *span) for who, span in talk]
    for who in ("agent", "user"):
        own = sorted((e.start, e.end) for e in timed if e.who == who)
        spoken, until = 0.0, 0.0
        for start, end in own:
            spoken += max(0.0, end - max(start, until))
            until = max(until, end)
        quiet = silence(timed, who, 1000.0)
        if timed:
            assert spoken + sum(s.seconds for s in quiet) == pytest.approx(1000)
        assert all(-1e-6 <= s.quiet <= s.seconds + 1e-6 for s in quiet)


@given(st.permutations(CHAT))
def test_the_order_of_the_items_does_not_matter(items: list[Any]) -> None:
    """However the record mixes them, the same things happened."""
    assert happened(*items) == happened(*CHAT)


def test_the_last_moment_is_of_anything_that_happened() -> None:
    """A tool that answers after the last word is later."""
    assert last_moment(happened(said("agent", 1, 2), asked("x", 1), told(7))) == 7
    assert math.isnan(last_moment([]))
