"""Whom to redial, when, from which number; and whom never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.tables.callees import redial
from retell_nb.tables.callees.redial import DECISIONS, WAITS

Build: TypeAlias = Callable[..., pd.DataFrame]

NOW = "2026-03-05T18:00Z"  # ten in the morning in San Francisco, seven in the evening in Berlin
WEST, BERLIN = "+14155552671", "+4930123456"
OURS, OTHER = "+14155550181", "+14155550182"
OUT = {"direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1"}


def dials(calls_of: Build, *rows: tuple[str, str | None], **more: Any) -> pd.DataFrame:
    """Outbound calls to one person from (time in March 2026, reason)."""
    return calls_of(
        [
            OUT
            | {"to_number": WEST, "from_number": OURS, "disconnection_reason": reason}
            | {"start_timestamp": f"2026-03-{at}Z", "call_status": "ended", **more}
            for at, reason in rows
        ]
    )


def only(calls: pd.DataFrame, **asked: Any) -> pd.Series:
    """What is decided on the one person there is."""
    (row,) = (row for _, row in redial(calls, **{"now": NOW, **asked}).iterrows())
    return row


@pytest.mark.parametrize(
    ("reasons", "decision", "why"),
    [
        (["dial_busy"], "redial", "Ended as dial_busy on 2026-03-03."),
        (["voicemail_reached"], "redial", "Ended as voicemail_reached on 2026-03-03."),
        (["user_requested_callback"], "redial", "Asked on 2026-03-03 to be called back."),
        (["user_declined"], "redial", "Declined a call on 2026-03-03"),
        (["dial_failed"], "redial", "one redial is allowed"),
        (["dial_failed", "dial_failed"], "fix", "dial_failed again after a redial"),
        (["dial_failed", "dial_busy", "dial_failed"], "redial", "one redial is allowed"),
        (["error_retell", "error_asr"], "redial", "2 in a row: try again after a pause"),
        (["sip_routing_error"], "fix", "Ended as sip_routing_error on 2026-03-03. Fix"),
        (["invalid_destination"], "never", "The network found no such number on 2026-03-03."),
        (["invalid_destination", "dial_busy"], "never", "The network found no such number"),
        (["user_hangup"], "never", "Was reached on 2026-03-03."),
        (["user_hangup", "dial_no_answer"], "never", "Was reached on 2026-03-03."),
        (["inactivity"], "never", "Ended as inactivity"),
        (["user_requested_dnc"], "never", "Asked on 2026-03-03 not to be called again."),
        (["user_requested_dnc", "dial_busy"], "never", "not to be called again"),
        (["user_requested_dnc", "user_requested_callback"], "never", "not to be called again"),
        (["brand_new"], "check", "How the last call ended is unknown (brand_new)"),
        ([None], "check", "How the last call ended is unknown (no reason on record)"),
    ],
)
def test_the_last_call_decides(
    reasons: list[str | None], decision: str, why: str, calls_of: Build
) -> None:
    """Each `retry` of the vocabulary leads to its decision, with a sentence."""
    rows = [(f"03T1{hour}:00", reason) for hour, reason in enumerate(reasons, 5)]
    row = only(dials(calls_of, *rows))
    assert row["decision"] == decision
    assert why in row["why"]
    assert row["why"].endswith(".")
    assert pd.notna(row["not_before"]) == (decision == "redial")
    assert pd.notna(row["from_number"]) == (decision == "redial")


def test_every_retry_of_the_vocabulary_has_its_rule(calls_of: Build) -> None:
    """No reason of the vocabulary leads to `check`, so none is without a rule."""
    calls = dials(calls_of, *(("03T15:00", reason) for reason in rn.REASONS.index))
    calls["to_number"] = [f"+1415555{place:04}" for place in range(len(calls))]
    table = redial(calls, now=NOW).set_index("last_reason")
    assert set(table.index) == set(rn.REASONS.index)
    assert (table["decision"] != "check").all()
    assert set(rn.REASONS["retry"]) == {"never", *WAITS}
    failed = table.loc[rn.REASONS.index[rn.REASONS["retry"] == "after_fix"], "decision"]
    assert set(failed) == {"fix"}


def test_who_declined_today_is_left_alone_until_tomorrow(calls_of: Build) -> None:
    """Today is the day of the callee, and the next call comes in the allowed hours of the next."""
    row = only(dials(calls_of, ("05T09:00", "user_declined")))
    assert (row["decision"], row["why"]) == (
        "not today",
        "Declined a call today: do not call again until tomorrow.",
    )
    assert row["not_before"] == pd.Timestamp("2026-03-06T16:00Z")
    assert only(dials(calls_of, ("05T07:59", "user_declined")))["decision"] == "redial"


def test_no_more_attempts_a_day_than_allowed(calls_of: Build) -> None:
    """Dialed attempts of the callee's day count; refused ones never rang anywhere."""
    calls = dials(
        calls_of,
        ("05T09:00", "dial_busy"),
        ("05T10:00", "concurrency_limit_reached"),
        ("05T16:00", "dial_no_answer"),
    )
    assert only(calls)["decision"] == "not today"
    assert only(calls)["why"] == "Was dialed 2 times today; 2 are allowed."
    assert only(calls, per_day=3)["decision"] == "redial"
    assert only(calls)[["attempts", "today"]].tolist() == [2, 2]
    with pytest.raises(ValueError, match="per_day is 0; allow at least 1"):
        redial(calls, per_day=0)


@pytest.mark.parametrize("reason", ["agent_hangup", "inactivity"])
def test_who_left_it_to_a_voicemail_was_not_reached(reason: str, calls_of: Build) -> None:
    """A call that a voicemail took ends like one with a person, and is worth another."""
    calls = dials(calls_of, ("03T10:00", reason), in_voicemail=True)
    row = only(calls)
    assert row["decision"] == "redial"
    assert row["why"] == f"Ended as {reason} on 2026-03-03, but a voicemail took the call."
    spoken = dials(calls_of, ("02T11:00", "agent_hangup"), in_voicemail=False)
    assert only(pd.concat([spoken, calls], ignore_index=True))["decision"] == "never"
    asked = dials(calls_of, ("03T10:00", ASKED), in_voicemail=True)
    assert only(asked)["decision"] == "never"


def test_a_call_of_their_own_counts(calls_of: Build) -> None:
    """Who asks in an inbound call not to be called, or is spoken with there, is not dialed."""
    calls = dials(calls_of, ("03T10:00", "dial_busy"))
    inbound = {"direction": "inbound", "from_number": WEST, "to_number": OURS}
    for reason, why in (("user_requested_dnc", "Asked on"), ("agent_hangup", "Was reached on")):
        theirs = dials(calls_of, ("03T12:00", reason), **inbound)
        row = only(pd.concat([calls, theirs], ignore_index=True))
        assert row["decision"] == "never"
        assert row["why"].startswith(why)
        assert row["attempts"] == 1


ASKED = "user_requested_dnc"
SPELLINGS = (
    *("+14155552671", "+1 415 555 2671", "+1 (415) 555-2671", "14155552671", "0014155552671"),
    *("1-415-555-2671", "415 555 2671", "(415) 555-2671", "415.555.2671", "4155552671"),
    *("tel:+1-415-555-2671", "sip:+14155552671@10.0.0.1", "+1 415 555 2671 ext. 5"),
    *("14155552671.0", "01114155552671", "\uff0b\uff11415 555 2671", " +14155552671 "),
)
TO_THEM = {"direction": "outbound", "to_number": None, "from_number": OURS}
FROM_THEM = {"direction": "inbound", "to_number": OURS, "from_number": None}


def end_of_them(call: dict[str, Any]) -> str:
    """Which number of a call is that of the other side."""
    return "to_number" if call["to_number"] is None else "from_number"


@pytest.mark.parametrize("region", [None, "US", "DE"])
@pytest.mark.parametrize("call", [TO_THEM, FROM_THEM], ids=["outbound", "inbound"])
def test_who_asked_is_found_under_any_spelling(
    call: dict[str, Any], region: str | None, calls_of: Build
) -> None:
    """Who asked under one spelling and was dialed in E.164, or the reverse, is not dialed again."""
    spelt = [form.replace("2671", f"{2000 + row}") for row, form in enumerate(SPELLINGS)]
    sound = [f"+1415555{2000 + row}" for row, _ in enumerate(SPELLINGS)]
    for asked_as, dialed_as in ((spelt, sound), (sound, spelt)):
        asked = dials(calls_of, *[("03T12:00", ASKED)] * len(SPELLINGS), **call)
        asked[end_of_them(call)] = asked_as
        dialed = dials(calls_of, *[("04T10:00", "dial_busy")] * (len(SPELLINGS) + 1))
        dialed["to_number"] = [*dialed_as, WEST]
        table = redial(pd.concat([asked, dialed], ignore_index=True), now=NOW, region=region)
        assert table.loc[table["decision"].eq("redial"), "to_number"].tolist() == [WEST]
        assert set(table.loc[table["written"].isin(dialed_as), "decision"]) == {"never"}


@pytest.mark.parametrize(
    ("asked_as", "dialed_as"),
    [
        ("+442079460958", "+4402079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("020 7946 0958", "+442079460958"),
        ("0151 23456789", "+4915123456789"),
        ("+5491123456789", "+541123456789"),
        ("+5401123456789", "+5491123456789"),
    ],
)
def test_two_numbers_that_look_sound_may_be_one(
    asked_as: str, dialed_as: str, calls_of: Build
) -> None:
    """A zero or a 9 that only some dial hides nobody, whichever way round, nor both at once."""
    for one, other in ((asked_as, dialed_as), (dialed_as, asked_as)):
        calls = dials(calls_of, ("03T12:00", ASKED), ("04T10:00", "dial_busy"))
        calls["to_number"] = [one, other]
        assert set(redial(calls, now=NOW)["decision"]) == {"never"}


def test_who_asked_after_now_is_not_dialed(calls_of: Build) -> None:
    """A request holds for a list made as of a moment before it, and one without a time too."""
    calls = dials(calls_of, ("03T10:00", "dial_busy"), ("09T10:00", ASKED))
    assert only(calls)["why"] == "Asked on 2026-03-09 not to be called again."
    calls.loc[1, "start_timestamp"] = pd.NaT
    assert only(calls)["why"] == "Asked on an unknown day not to be called again."


@pytest.mark.parametrize("unsaid", ["direction", "call_type"])
@pytest.mark.parametrize("call", [TO_THEM, FROM_THEM], ids=["outbound", "inbound"])
def test_who_asked_in_a_call_of_no_known_kind_is_not_dialed(
    unsaid: str, call: dict[str, Any], calls_of: Build
) -> None:
    """Where a call does not say who called whom, or by what, either end may have asked."""
    asked = dials(calls_of, ("03T12:00", ASKED), **call | {end_of_them(call): WEST})
    dialed = dials(calls_of, ("04T10:00", "dial_busy"))
    calls = pd.concat([asked, dialed], ignore_index=True)
    calls.loc[0, unsaid] = None
    assert only(calls)["decision"] == "never"


def test_requests_that_tell_no_number_are_told(calls_of: Build) -> None:
    """They hold nobody back, so whoever makes the list has to know of them."""
    call = {"direction": "inbound", "to_number": OURS}
    parts = [
        dials(calls_of, ("03T12:00", ASKED), from_number=number, **call)
        for number in ("anonymous", None, "+4930")
    ]
    calls = pd.concat([*parts, dials(calls_of, ("04T10:00", "dial_busy"))], ignore_index=True)
    table = redial(calls, now=NOW)
    assert table["decision"].tolist() == ["redial"]
    assert table.attrs["dnc_unread"] == 3


def test_a_reason_of_ones_own_may_be_a_request(calls_of: Build) -> None:
    """It holds as the library's does; one that nobody knows is a mistake, and is told."""
    calls = dials(calls_of, ("03T10:00", "stop_calling"), ("03T12:00", "dial_busy"))
    assert only(calls)["decision"] == "redial"
    assert only(calls, dnc=["Stop calling"])["why"].startswith("Asked on 2026-03-03 not")
    with pytest.raises(ValueError, match=r"dnc names stop_caling, which is no reason of the voc"):
        redial(calls, dnc=["stop_caling"])


@settings(max_examples=12)  # each makes a list of its own
@given(
    asked_as=st.sampled_from(SPELLINGS),
    dialed_as=st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=3),
    call=st.sampled_from([TO_THEM, FROM_THEM]),
    at=st.sampled_from(["01T10:00", "04T10:30", "05T18:01", "30T10:00"]),
    unsaid=st.sets(st.sampled_from(["direction", "call_type", "start_timestamp", "agent_id"])),
    region=st.sampled_from([None, "US", "DE", "GB"]),
    last=st.sampled_from(["dial_busy", "user_requested_callback", "error_retell"]),
)
def test_nobody_who_asked_is_ever_on_the_list(calls_of: Build, **drawn: Any) -> None:
    """Whatever the spelling, the time, the kind of call and what came later; others are."""
    asked = dials(calls_of, (drawn["at"], ASKED), **drawn["call"])
    asked[end_of_them(drawn["call"])] = drawn["asked_as"]
    rows = [("04T10:00", drawn["last"])] * (len(drawn["dialed_as"]) + 1)
    dialed = dials(calls_of, *rows)
    dialed["to_number"] = [*drawn["dialed_as"], BERLIN]
    calls = pd.concat([dialed, asked], ignore_index=True)
    calls.loc[len(dialed), [*drawn["unsaid"]]] = None
    table = redial(calls, now=NOW, region=drawn["region"], per_day=9)
    berlin = table["to_number"].eq(BERLIN)
    assert table.loc[berlin, "decision"].tolist() == ["redial"]
    assert set(table.loc[~berlin, "decision"]) == {"never"}


def test_two_spellings_are_one_person(calls_of: Build) -> None:
    """Who asked not to be called is found behind a misspelt number too."""
    calls = dials(calls_of, ("03T10:00", "invalid_destination"), to_number="+1 415 555 2671")
    row = only(calls)
    assert (row["decision"], row["to_number"], row["written"]) == (
        "redial",
        WEST,
        "+1 415 555 2671",
    )
    assert row["why"] == "Was dialed as it is written. It holds blanks. This is the corrected form."
    asked = dials(calls_of, ("02T10:00", "user_requested_dnc"))
    assert only(pd.concat([asked, calls], ignore_index=True))["decision"] == "never"
    hopeless = only(dials(calls_of, ("03T10:00", "dial_busy"), to_number="+1415555O1OO"))
    assert (hopeless["decision"], hopeless["why"]) == (
        "never",
        "The number cannot be dialed. It holds letters.",
    )


def test_what_has_been_mended_may_be_redialed(calls_of: Build) -> None:
    """Reasons that are said to be fixed no longer hold a callee back, however they are spelled."""
    calls = dials(calls_of, ("03T10:00", "sip_routing_error"))
    row = only(calls, fixed=["SIP routing error"])
    assert (row["decision"], row["why"]) == (
        "redial",
        "Ended as sip_routing_error on 2026-03-03: the cause has been fixed.",
    )


def test_a_call_in_progress_and_an_unknown_clock_are_for_a_person(calls_of: Build) -> None:
    """Nobody is dialed twice at once, nor at an hour that nobody knows."""
    running = dials(calls_of, ("05T17:59", None), call_status="ongoing")
    assert only(running)["why"] == "A call is in progress."
    torn = dials(calls_of, ("03T10:00", "dial_busy"), to_number="+17755552671")
    assert only(torn)["decision"] == "check"


def test_calls_come_in_allowed_hours_after_a_pause(calls_of: Build) -> None:
    """At seven in Berlin a call is allowed, at nine it waits until eight the next morning."""
    calls = dials(calls_of, ("05T17:30", "dial_busy"), to_number=BERLIN)
    assert only(calls)["not_before"] == pd.Timestamp("2026-03-05T19:30Z")
    assert only(calls, hours=(9, 20))["not_before"] == pd.Timestamp("2026-03-06T08:00Z")
    late = only(calls, now="2026-03-05T20:00Z")
    assert late["not_before"] == pd.Timestamp("2026-03-06T07:00Z")
    assert late["local_hour"] == 8
    with pytest.raises(ValueError, match=r"hours is .* give the first hour and the one before"):
        redial(calls, hours=(20, 8))


def test_pauses_double_up_to_a_day(calls_of: Build) -> None:
    """Each failure of the same kind in a row doubles the wait."""
    rows = [(f"05T{hour:02}:00", "error_retell") for hour in (10, 12, 14, 17)]
    waited = only(dials(calls_of, *rows), per_day=9)["not_before"]
    assert waited == pd.Timestamp("2026-03-05T18:00Z")  # 8 times 5 minutes are over
    more = [
        ("05T17:30", "error_retell"),
        ("05T17:40", "error_retell"),
        ("05T17:50", "error_retell"),
    ]
    waited = only(dials(calls_of, *rows, *more), per_day=9)["not_before"]
    assert waited == pd.Timestamp("2026-03-05T17:50Z") + 64 * WAITS["backoff"]


def test_the_best_hour_is_waited_for(calls_of: Build) -> None:
    """Where people surely answer more at one hour, calls go there; else at any allowed hour."""
    rows = [
        OUT
        | {"to_number": f"+493012{call:04}", "from_number": OURS, "call_status": "ended"}
        | {"start_timestamp": f"2026-03-02T{hour:02}:00Z"}
        | {"disconnection_reason": "user_hangup" if call % 10 < answers else "dial_busy"}
        for hour, answers in ((9, 3), (12, 9), (16, 3))
        for call in range(100 * hour, 100 * hour + 100)
    ]
    table = redial(calls_of(rows), now=NOW)
    again = table[table["decision"] == "redial"]
    assert table.attrs["best_hour"] == 13
    assert set(again["local_hour"]) == {13}
    assert set(again["not_before"]) == {pd.Timestamp("2026-03-06T12:00Z")}
    assert redial(dials(calls_of, ("03T10:00", "dial_busy")), now=NOW).attrs["best_hour"] is None


def blocked(calls_of: Build) -> pd.DataFrame:
    """A number that carriers block, and one that they do not, of the same agent."""
    bad = [(f"02T10:{minute:02}", "dial_failed") for minute in range(40)]
    good = [(f"02T11:{minute:02}", "dial_no_answer") for minute in range(40)]
    parts = [
        dials(calls_of, *rows, from_number=ours).assign(
            to_number=[f"+1415555{place}{call:03}" for call in range(40)]
        )
        for place, (rows, ours) in enumerate(((bad, OURS), (good, OTHER)), 2)
    ]
    return pd.concat(parts, ignore_index=True)


def test_a_blocked_number_is_not_dialed_from_again(calls_of: Build) -> None:
    """People last called from a number that carriers block are called from a healthy one."""
    table = redial(blocked(calls_of), now=NOW)
    assert set(table["from_number"]) == {OTHER}
    spam = dials(calls_of, ("03T10:00", "marked_as_spam"), from_number=OTHER)
    row = redial(pd.concat([blocked(calls_of), spam], ignore_index=True), now=NOW)
    (why,) = row.loc[row["to_number"] == WEST, "why"]
    assert why == f"Ended as marked_as_spam from {OTHER} on 2026-03-03; no other number is healthy."
    row = redial(pd.concat([blocked(calls_of), spam.assign(from_number=None)]), now=NOW)
    (why,) = row.loc[row["to_number"] == WEST, "why"]
    assert why.endswith("on 2026-03-03, from no known number: from a healthy one.")


def test_a_number_that_nothing_speaks_against_is_healthy(calls_of: Build) -> None:
    """Who was refused before anything was dialed is dialed from the same number."""
    row = only(dials(calls_of, ("03T10:00", "concurrency_limit_reached")))
    assert (row["decision"], row["from_number"]) == ("redial", OURS)


def test_a_number_that_is_not_on_record_is_for_a_person(calls_of: Build) -> None:
    """Where no call tells a number of one's own, none of them is called unhealthy."""
    row = only(dials(calls_of, ("03T10:00", "dial_busy"), from_number=None))
    assert (row["decision"], row["why"]) == (
        "check",
        "Ended as dial_busy on 2026-03-03, from no known number; no healthy one is known.",
    )


def test_masked_calls_make_no_list(calls_of: Build) -> None:
    """Pseudonyms cannot be dialed, and the message says what to do."""
    calls = dials(calls_of, ("03T10:00", "dial_busy")).retell.mask()
    with pytest.raises(ValueError, match=r"pseudonyms, which nobody can dial.*mask=False"):
        redial(calls)


def test_calls_after_now_are_not_looked_at(calls_of: Build) -> None:
    """A list made as of a moment knows of later calls only who asked there not to be called."""
    calls = dials(calls_of, ("03T10:00", "dial_busy"), ("05T19:00", "user_hangup"))
    assert only(calls)["decision"] == "redial"
    assert only(calls, now="2026-03-06")["decision"] == "never"
    assert redial(calls, now="2026-03-01").empty


def test_no_calls_make_an_empty_list(calls_of: Build) -> None:
    """The columns are there all the same."""
    table = redial(calls_of([]))
    assert table.empty
    assert table.columns[:3].tolist() == ["to_number", "decision", "why"]


def test_everybody_dialed_in_the_sample_is_decided_on_once() -> None:
    """Nobody is there twice, nobody who asked not to be called is dialed, hours are allowed."""
    calls = rn.sample_calls(3_000, seed=7)
    table = redial(calls, now="2026-03-20T15:00Z")
    assert table["to_number"].is_unique
    assert set(table["decision"]) <= set(DECISIONS)
    asked = calls.loc[calls["disconnection_reason"].eq("user_requested_dnc"), "to_number"]
    early = calls.retell.when < pd.Timestamp("2026-03-20T15:00Z")
    never = table.set_index("to_number")["decision"].reindex(asked[early]).dropna()
    assert len(never)
    assert (never == "never").all()
    again = table[table["decision"] == "redial"]
    assert again["local_hour"].between(8, 20).all()
    assert (again["not_before"] >= pd.Timestamp("2026-03-20T15:00Z")).all()
    ours = calls.loc[calls["direction"].eq("outbound"), "from_number"]
    assert again["from_number"].isin(ours).all()


def test_every_spelling_is_one_person_and_a_withheld_number_is_none(calls_of: Build) -> None:
    """A trunk zero makes no second person of a number; `anonymous` is in no list."""
    spellings = ["+442079460958", "+4402079460958", "+44 (0)20 7946 0958", "442079460958"]
    numbers = [*spellings, "anonymous", "Restricted", "+266696687"]
    calls = pd.concat(
        [dials(calls_of, (f"0{day}T10:00", "dial_busy"), to_number=number)
         for day, number in enumerate(numbers, 1)],
        ignore_index=True,
    )  # fmt: skip
    table = redial(calls, now=NOW)
    assert table["to_number"].tolist() == ["+442079460958"]
    assert table["attempts"].tolist() == [4]
    assert table.attrs["withheld"] == 3
