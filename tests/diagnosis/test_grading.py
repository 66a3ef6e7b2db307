"""Evidence: every kind of it is found where it is, and only there."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.calls.phone_numbers.faults import malformed
from retell_nb.diagnosis.case import Case
from retell_nb.diagnosis.diagnosis import diagnose
from retell_nb.diagnosis.grading import KINDS, evidence
from retell_nb.diagnosis.summary import facts, timeline
from retell_nb.vocabulary.grades import GRADES
from retell_nb.vocabulary.reasons import REASONS

from .talks import CHAT, asked, call, said, told

OTHERS = pd.DataFrame({"agent_id": ["agent_1"] * 30, "e2e_latency_p50": [700.0] * 30})
LATE = {"latency": {"e2e": {"p50": 1400}}}
STALLED = (said("agent", 0, 4), said("user", 5, 8))
WRONG = {"to_number": "+1 (415) 555-0100"}

BACKUP = {"backup_model_used": {"reason": "primary_failed"}}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "last words": (call("user_hangup", *CHAT), call("user_hangup")),
    "silence at the end": (call("inactivity", *STALLED), call("user_hangup", *CHAT)),
    "agent silence": (call("inactivity", *STALLED), call("user_hangup", *CHAT)),
    "user silence": (
        call("user_hangup", said("agent", 0, 2), said("user", 30, 59)),
        call("user_hangup", *CHAT),
    ),
    "transfer": (
        call("user_hangup", asked("desk", 3, type="transfer_call"), told(9)),
        call("user_hangup", asked("look_up", 3), told(9)),
    ),
    "backup model": (
        call("user_hangup", said("agent", 1, 2) | {"metadata": BACKUP}),
        call("user_hangup", said("agent", 1, 2) | {"metadata": {}}),
    ),
    "failed tool": (
        call("user_hangup", asked("look_up", 3), told(4, ok=False)),
        call("user_hangup", asked("look_up", 3), told(4)),
    ),
    "slow tool": (
        call("user_hangup", asked("look_up", 3), told(9)),
        call("user_hangup", asked("look_up", 3), told(7)),
    ),
    "unanswered tool": (
        call("user_hangup", asked("look_up", 3)),
        call("agent_hangup", asked("Goodbye", 3, type="end_call")),
    ),
    "latency": (call("user_hangup", **LATE), call("user_hangup")),
    "malformed number": (
        call("invalid_destination", **WRONG),
        call("invalid_destination", to_number="+14155550100"),
    ),
    "time limit": (
        call("user_hangup", seconds=3600),
        call("user_hangup", seconds=3000),
    ),
    "status contradicts": (
        call("dial_busy", call_status="ended"),
        call("dial_busy", call_status="not_connected"),
    ),
    "trouble in the record": (
        call("user_hangup", duration_ms=-1),
        call("user_hangup", *CHAT, call_status="ended"),
    ),
    "unreadable field": (
        call("user_hangup", agent_version="the latest"),
        call("user_hangup", agent_version="7"),
    ),
    "no transcript": (call("user_hangup"), call("user_hangup", *CHAT)),
    "reason": (call("user_hangup"), call(None)),
    "retired reason": (call("machine_detected"), call("voicemail_reached")),
    "unsure status": (call("network_blocked"), call("dial_busy")),
    "analysis": (
        call("user_hangup", call_analysis={"user_sentiment": "Negative"}),
        call("dial_busy", call_analysis={"user_sentiment": "Unknown", "call_successful": False}),
    ),
    "suspected stall": (call("user_hangup", *STALLED), call("user_hangup", *CHAT)),
    "suspected stuck flow": (
        call("inactivity", *STALLED),
        call("inactivity", *STALLED, said("agent", 9, 11)),
    ),
    "suspected closed socket": (
        call("agent_hangup", *STALLED),
        call("agent_hangup", *STALLED, asked("bye", 59, type="end_call")),
    ),
    "reject of the trunk": (
        call("user_declined", duration_ms=0, end_timestamp=None),
        call("user_declined", seconds=9),
    ),
    "voicemail taken for a menu": (
        call("agent_hangup", call_analysis={"in_voicemail": True}),
        call("voicemail_reached", call_analysis={"in_voicemail": True}),
    ),
    "websocket": (call("error_llm_websocket_runtime"), call("error_retell")),
}
"""For each kind of evidence a call in which it is, and one in which it is not."""

every_kind = pytest.mark.parametrize("kind", CASES)


def found(record: dict[str, Any], kind: str, **more: Any) -> list[str]:
    table = evidence(Case(record, **({"history": OTHERS} | more)))
    return table.loc[table["kind"] == kind, "finding"].tolist()


def proof(record: dict[str, Any], kind: str) -> str:
    table = evidence(Case(record))
    return str(table.loc[table["kind"] == kind, "proof"].iloc[0])


def test_every_kind_of_evidence_is_tested() -> None:
    """Kinds and cases are the same, each kind has a name of its own and a known grade."""
    assert [kind.name for kind in KINDS] == list(CASES)
    assert {kind.grade for kind in KINDS} == set(GRADES)


@every_kind
def test_a_kind_of_evidence_is_found_where_it_is(kind: str) -> None:
    """The first call of each pair shows it."""
    assert found(CASES[kind][0], kind)


@every_kind
def test_a_kind_of_evidence_is_not_found_where_it_is_not(kind: str) -> None:
    """The second call of each pair does not show it."""
    assert not found(CASES[kind][1], kind)


@every_kind
def test_only_an_unproven_finding_says_what_would_prove_it(kind: str) -> None:
    """A guess comes with its proof, and what is known needs none."""
    table = evidence(Case(CASES[kind][0], history=OTHERS))
    assert table["proof"].notna().eq(table["grade"] == "unproven").all()


def test_last_words_tell_how_long_before_the_end_they_were() -> None:
    """The time is from the last word to the end of the call."""
    words = found(call("user_hangup", *STALLED), "last words")
    assert words == [
        "Last words of the agent, 56 s before the end: “Yes.”",
        "Last words of the user, 52 s before the end: “Yes.”",
    ]


def test_a_stall_names_whose_turn_it_was() -> None:
    """The suspicion says whether a question, a tool or nothing was open."""
    open_question = found(call("user_hangup", *STALLED), "suspected stall")
    tool = found(call("user_hangup", said("agent", 0, 4), asked("x", 4)), "suspected stall")
    nothing = found(call("user_hangup", said("user", 0, 2), said("agent", 3, 5)), "suspected stall")
    assert "did not answer what the user had said" in open_question[0]
    assert "waited for a tool" in tool[0]
    assert "may just have been thinking" in nothing[0]


def test_a_silence_of_the_agent_while_the_user_speaks_is_no_stall() -> None:
    """Who listens to a long story is not stalled."""
    listening = call("user_hangup", said("agent", 0, 2), said("user", 3, 59))
    assert not found(listening, "suspected stall")
    assert not found(listening, "agent silence")


def test_a_stall_that_ended_long_before_the_end_is_no_cause_of_it() -> None:
    """A silence in the middle of a call, after which the talk went on, is only observed."""
    survived = call("user_hangup", said("user", 0, 2), said("agent", 20, 40), said("user", 41, 59))
    assert not found(survived, "suspected stall")
    assert found(survived, "agent silence")


@pytest.mark.parametrize("reason", ["agent_hangup", "call_transfer", "max_duration_reached"])
def test_a_stall_is_only_suspected_of_a_hang_up_of_the_user(reason: str) -> None:
    """Other reasons say themselves what ended the call."""
    assert not found(call(reason, *STALLED), "suspected stall")


def test_latency_is_compared_with_the_agents_other_calls() -> None:
    """The median is of the same agent, without the call itself, and not of a few calls."""
    record = call("user_hangup", **LATE)
    usual = "2.0 times the usual 700 ms (median of 30 other calls of the agent)"
    assert usual in found(record, "latency")[0]
    with_itself = OTHERS.assign(call_id=["call_1"] * 30)
    assert (
        "too few other calls of the agent to compare it to (0)"
        in found(record, "latency", history=with_itself)[0]
    )
    other_agent = OTHERS.assign(agent_id="agent_2")
    assert "too few" in found(record, "latency", history=other_agent)[0]
    assert not found(record, "latency", history=None)


def test_other_calls_without_an_agent_are_refused() -> None:
    """A frame that does not tell the agents cannot be compared to."""
    with pytest.raises(ValueError, match="agent_id"):
        evidence(Case(call("user_hangup", **LATE), history=pd.DataFrame({"x": [1]})))


@pytest.mark.parametrize(
    ("reason", "seconds", "setting"),
    [
        ("max_duration_reached", 3600.4, "max_call_duration_ms, 1 h by default"),
        ("user_hangup", 7195, "max_call_duration_ms, 2 h at most"),
        ("inactivity", 600, "end_call_after_silence_ms"),
        ("error_user_not_joined", 30.2, "joined within 30 s"),
        ("registered_call_timeout", 300, "dialed within 5 min"),
        ("dial_no_answer", 30, "ring_duration_ms"),
        ("concurrency_limit_reached", 40.4, "about 40 s"),
    ],
)
def test_the_known_limits_are_named(reason: str, seconds: float, setting: str) -> None:
    """A call that ended at a limit names the setting."""
    assert setting in found(call(reason, seconds=seconds), "time limit")[0]


def test_waits_are_limits_of_their_own_reason_only() -> None:
    """A talk of half a minute is not a web call that nobody joined."""
    assert not found(call("user_hangup", seconds=30), "time limit")


def test_the_silence_limit_is_one_of_the_silence_not_of_the_call() -> None:
    """Ten minutes of silence count, after however long a talk."""
    silent = call("inactivity", said("agent", 0, 100), said("user", 101, 130), seconds=730)
    assert found(silent, "time limit")[0].startswith("The silence at the end lasted 10 min")
    talked = call("inactivity", said("agent", 0, 300), said("user", 301, 590), seconds=600)
    assert not found(talked, "time limit")


def test_the_status_of_an_old_call_is_no_contradiction() -> None:
    """Until July 2025 unconnected calls were errors; it is told, but as what it is."""
    old = call("dial_busy", call_status="error", start_timestamp=1_740_000_000_000, seconds=0)
    old["end_timestamp"] = old["start_timestamp"]
    assert not found(old, "status contradicts")
    assert "before july 2025" in found(old, "trouble in the record")[0].lower()


@pytest.mark.parametrize(
    ("number", "wrong"),
    [
        ("", "it is empty"),
        ("+55XX9XXXXXXXX", "it holds letters"),
        ("+1 4155550100", "it holds blanks"),
        ("14155550100", "it does not begin with a plus sign"),
        ("+1(415)5550100", "it holds signs other than digits"),
        ("+049301234567", "its country code begins with 0"),
        ("+1415555", "it is too short for its country"),
        ("+141555501000000", "it is too long for its country"),
        ("+9991234567", "no country has its country code"),
        ("+10005550100", "no number of its country begins like this"),
    ],
)
def test_what_is_wrong_with_a_number(number: str, wrong: str) -> None:
    """Each kind of malformation has its own words, none of which holds the number."""
    told_of = malformed(number)
    assert any(wrong in words for words in told_of)
    assert not number or number not in " ".join(told_of)


@given(st.text(max_size=30))
def test_any_text_may_be_asked_about(number: str) -> None:
    """Whatever stands in a dial list gives words or nothing, never an error."""
    assert all(isinstance(words, str) for words in malformed(number))


@pytest.mark.parametrize("reason", [r for r in REASONS.index if "websocket" in r])
def test_every_websocket_reason_has_a_hint(reason: str) -> None:
    """What is usual, and what to look for, at what time."""
    record = call(reason, latency={"llm_websocket_network_rtt": {"p95": 900}})
    assert "up to 900 ms" in found(record, "websocket")[0]
    assert proof(record, "websocket").endswith("around 2026-03-02 10:01:00 UTC")


@pytest.mark.parametrize("reason", REASONS.index)
def test_every_reason_of_the_vocabulary_gives_evidence(reason: str) -> None:
    """No reason is without a word, with a transcript and without."""
    for record in (call(reason, *CHAT), call(reason), {"disconnection_reason": reason}):
        assert found(record, "reason")


def test_a_vocabulary_of_ones_own_decides() -> None:
    """Meaning and status are those of the table that is given."""
    mine = REASONS.copy()
    mine.loc["dial_busy", ["meaning", "status"]] = ["The line was taken.", "ended"]
    record = call("dial_busy", call_status="ended", seconds=0)
    assert found(record, "reason", vocabulary=mine) == ["dial_busy: The line was taken."]
    assert not found(record, "status contradicts", vocabulary=mine)


def test_masking_hides_numbers_and_all_that_was_said() -> None:
    """Neither facts nor evidence nor timeline hold a text or a number of the call."""
    record = call(
        "invalid_destination",
        said("agent", 0, 2, "secret words"),
        asked("look_up", 3),
        told(4, ok=False, content="secret answer"),
        from_number="+14155550100",
        to_number="+1 415 555 0101",
        transfer_destination="+14155550102",
        duration_ms="secret duration",
    )
    case = Case(record, masked=True)
    shown = f"{facts(case)} {evidence(case).to_string()} {timeline(case).to_string()}"
    assert "secret" not in shown
    assert not [end for end in ("5550100", "5550101", "5550102") if end in shown.replace(" ", "")]
    assert facts(case).from_number[:3] == "US-"  # type: ignore[index]
    assert facts(case).call_id == "call_1"


def test_facts_of_a_call_that_tells_nothing_are_none() -> None:
    """An empty record has the words of the vocabulary, and nothing else."""
    known = facts(Case({"call_id": None}))
    assert (known.reason, known.when, known.duration, known.cost_cents) == (None,) * 4
    assert (known.outcome, known.owner, known.last_said) == ("unknown", "unknown", ())


def test_a_running_call_is_in_progress() -> None:
    """A call without a reason that is ongoing is no fault of anybody."""
    known = facts(Case({"call_id": "call_1", "call_status": "ongoing"}))
    assert (known.outcome, known.retry) == ("in_progress", "not_yet")


def test_the_timeline_ends_with_the_silence_and_the_end() -> None:
    """The agent's long silence and the end of the call follow on what happened."""
    table = timeline(Case(call("user_hangup", *STALLED)))
    assert table["who"].tolist() == ["agent", "user", "silence", "end"]
    assert table["end"].tolist() == [4, 8, 60, 60]


def test_the_end_is_no_earlier_than_the_last_word() -> None:
    """Where the duration is shorter than the transcript, the transcript decides."""
    assert Case(call("user_hangup", said("agent", 0, 9), seconds=5)).end == 9
    assert math.isnan(Case({"call_id": "call_1"}).end)


def test_a_number_behind_a_pseudonym_is_not_judged() -> None:
    """A masked frame does not tell what was dialed."""
    assert not found(call("invalid_destination", to_number="US-c3f9a0c1b22e"), "malformed number")


@pytest.mark.parametrize(("seconds", "suspected"), [(9.5, False), (10.5, True)])
def test_a_stall_takes_ten_seconds(seconds: float, *, suspected: bool) -> None:
    """A pause that people make when they think is none."""
    record = call("user_hangup", said("agent", 0, 4), said("user", 5, 8), seconds=8 + seconds)
    record["transcript_with_tool_calls"].append(said("user", 4, 5))
    assert bool(found(record, "suspected stall")) is suspected


def test_an_agent_that_hangs_up_after_its_own_words_closed_no_socket() -> None:
    """Good-bye and the end belong together."""
    goodbye = call("agent_hangup", said("user", 0, 40), said("agent", 41, 58))
    assert not found(goodbye, "suspected closed socket")


def kinds_of(record: dict[str, object], kind: str) -> list[tuple[str, str]]:
    evidence = diagnose({"call_id": "call_1"} | record).evidence
    mine = evidence[evidence["kind"] == kind]
    return [*zip(mine["grade"], mine["finding"], strict=True)]


@pytest.mark.parametrize(
    ("times", "likely"),
    [
        ({"duration_ms": 0}, True),
        ({"start_timestamp": 1772445600000, "end_timestamp": 1772445600000}, True),
        ({"start_timestamp": 1772445600000, "end_timestamp": 1772445608000}, False),
        ({}, False),
    ],
)
def test_a_call_declined_at_once_was_likely_rejected_by_the_trunk(
    times: dict[str, object], likely: object
) -> None:
    """Nobody declines a call before it rings; where no time is told, nothing is said."""
    record = {"disconnection_reason": "user_declined"} | times
    found = kinds_of(record, "reject of the trunk")
    assert [grade for grade, _ in found] == ["unproven"] * bool(likely)
    assert kinds_of(record | {"disconnection_reason": "dial_busy"}, "reject of the trunk") == []


def test_a_backup_model_is_observed_evidence_against_the_models_provider() -> None:
    """In utterances and in calls of tools; each reason in its own sentence, in order."""

    def said(at: float, reason: str) -> dict[str, object]:
        metadata = {"backup_model_used": {"reason": reason, "backup_model": "b", "model": "b"}}
        words = [{"word": "x", "start": at, "end": at + 1}]
        return {"role": "agent", "content": "x", "words": words, "metadata": metadata}

    tool = {"role": "tool_call_invocation", "tool_call_id": "1", "time_sec": 30, "name": "look_up"}
    tool["utterance_metadata"] = {"backup_model_used": {"reason": "primary_failed"}}
    items = [
        said(3, "primary_failed"),
        said(9, "first_usable"),
        tool,
        {"role": "agent", "metadata": 7},
    ]
    found = kinds_of({"transcript_with_tool_calls": items}, "backup model")
    assert [grade for grade, _ in found] == ["observed", "observed"]
    assert found[0][1].startswith(
        "A backup model gave 2 answers, first at 0:03: the first model failed"
    )
    assert "the model provider" in found[1][1]


def test_a_voicemail_that_was_not_hung_up_on_was_often_taken_for_a_menu() -> None:
    """The remedy is the other hang-up; one that was hung up on says so in its remedy too."""
    record = {"disconnection_reason": "agent_hangup", "call_analysis": {"in_voicemail": True}}
    assert "IVR hang-up" in kinds_of(record, "voicemail taken for a menu")[0][1]
    voicemail = {"call_id": "call_1", "disconnection_reason": "voicemail_reached"}
    assert "IVR hang-up" in diagnose(voicemail).facts.remedy
    assert (
        kinds_of(
            voicemail | {"call_analysis": {"in_voicemail": True}}, "voicemail taken for a menu"
        )
        == []
    )


def test_no_evidence_holds_signs_that_steer_a_terminal() -> None:
    """Whatever the fields hold: escapes, bells, marks that turn the direction of text."""
    evil = "\x1b[31m\x07\u202e"
    record = {
        "call_id": "call_1",
        "disconnection_reason": f"new{evil}",
        "call_status": f"gone{evil}",
    }
    card = repr(diagnose(record | {"agent_name": f"Ann{evil}", "transcript": f"User: hi{evil}"}))
    assert not set(card) & set(evil.replace("[31m", ""))
