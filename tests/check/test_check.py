"""Rules see what was planted in calls, and say nothing of what unknown."""

from __future__ import annotations

import re

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.rates import rates
from tests.check.made import START, calls_of

SICK = calls_of(15, {"agent_1": [2] * 15, "agent_2": [2] * 14 + [40]})
"""Two agents of 96 calls a day; on the last day agent_2 fails in 40 of them."""

HEALTHY = calls_of(15, {"agent_1": [2] * 15, "agent_2": [2] * 15})


def test_a_rate_is_judged_by_its_whole_interval() -> None:
    """Above, around and below the limit, with the figures that `rates` has."""
    limits = {"> 0.1": "incident", "> 0.22": "cannot say", "> 0.4": "quiet"}
    limits |= {"< 0.4": "incident", "< 0.22": "cannot say", "< 0.1": "quiet"}
    last = SICK[SICK["start_timestamp"] >= SICK["start_timestamp"].max() - pd.Timedelta("24h")]
    expected = rates(last).iloc[0]
    for limit, verdict in limits.items():
        table = SICK.retell.check(f"rate(failed) {limit}")
        assert table["verdict"].tolist() == [table.attrs["verdict"]] == [verdict], limit
        if verdict == "incident":
            assert (table["rate"][0], table["low"][0]) == (expected["rate"], expected["low"])
            assert table["calls"][0] == expected["calls"]


def test_each_group_is_an_incident_of_its_own() -> None:
    """It is named, keyed by its id, and the healthy one is not there."""
    row = SICK.retell.check("rate(failed, by=agent) > 0.2").iloc[0]
    assert row["key"] == "rate(failed, by=agent) > 0.2: agent=agent_2"
    assert row["sentence"].startswith("agent Agent 2: failed 4")
    assert "of 97 calls, limit 20%" in row["sentence"]
    assert len(SICK.retell.check("rate(failed, by=agent) > 0.01")) == 1
    assert len(SICK.retell.check("rate(failed, by=agent) > 0.001")) == 2
    assert len(HEALTHY.retell.check("rate(completed, by=(agent, version)) > 0.5")) == 2


def test_kinds_of_calls_are_those_of_rates() -> None:
    """An owner, a reason, and a reason that only these calls have."""
    for kind in ("dial_failed", "reason=dial_failed", "owner=number", "category=dial_failure"):
        expected = rn.REASONS.loc["dial_failed"]
        assert {expected["owner"], expected["category"]} == {"number", "dial_failure"}
        assert SICK.retell.check(f"rate({kind}) > 0.1").attrs["verdict"] == "incident"
    brand_new = SICK.assign(
        disconnection_reason=SICK["disconnection_reason"].replace("dial_failed", "brand_new")
    )
    assert brand_new.retell.check("rate(reason=brand_new) > 0.1").attrs["verdict"] == "incident"
    assert SICK.retell.check("rate(reason=brand_new) > 0.1").attrs["verdict"] == "quiet"


def test_calls_of_unknown_ending_are_in_no_denominator() -> None:
    """Forty failures among forty calls of known ending are all of them."""
    unknown = SICK.assign(
        disconnection_reason=SICK["disconnection_reason"].where(
            SICK["disconnection_reason"] != "user_hangup"
        )
    )
    row = unknown.retell.check("rate(failed) > 0.5").iloc[0]
    assert (row["verdict"], row["rate"]) == ("incident", 1.0)


def test_few_calls_say_nothing() -> None:
    """Not in a period without calls, nor in groups below `min_calls`."""
    later = SICK["start_timestamp"].max() + pd.Timedelta("3D")
    for rule in ("rate(failed) > 0.1", "rate(failed, by=agent) > 0.1", "explain", "new_reasons"):
        table = SICK.retell.check(rule, now=later)
        assert (table["verdict"].tolist(), table["key"].isna().all()) == (["cannot say"], True)
        assert table["sentence"][0]
    few = SICK.retell.check("rate(failed, by=agent, min_calls=500) > 0.1")
    assert few["sentence"].tolist() == ["no group has 500 calls of known ending"]
    assert SICK.head(0).retell.check("findings(ongoing)").attrs["verdict"] == "cannot say"
    undated = SICK.drop(columns="start_timestamp").retell.check("silence")
    assert undated["sentence"][0] == "no call has a time"
    assert undated.attrs["undated"] == len(SICK)


def test_labels_of_the_index_do_not_matter() -> None:
    """Calls of two frames one below the other are judged as those of one."""
    halves = pd.concat([SICK[SICK["agent_id"] == name] for name in ("agent_1", "agent_2")])
    twice = halves.set_axis([*range(len(SICK) // 2)] * 2)
    rules = ["rate(owner=number) > 0.1", "explain(p < 0.01, owner=number)", "findings(ongoing)"]
    table, expected = (frame.retell.check(rules) for frame in (twice, SICK))
    pd.testing.assert_frame_equal(table, expected)


def test_one_incident_goes_before_what_cannot_be_said() -> None:
    """The verdict over all rules."""
    table = SICK.retell.check(["rate(failed) > 0.22", "rate(failed) > 0.1"])
    assert table["verdict"].tolist() == ["cannot say", "incident"]
    assert table.attrs["verdict"] == "incident"


def test_a_new_reason_is_one_that_did_not_occur_before() -> None:
    """With the calls that have it; and not once it is in the time before."""
    odd = calls_of(3, {"agent_1": [0, 0, 3]}, reason="error_asr")
    row = odd.retell.check("new_reasons").iloc[0]
    assert row["sentence"] == "error_asr: 3 calls, and none of 191 calls before"
    assert odd.retell.check("new_reasons(min_calls=4)").attrs["verdict"] == "quiet"
    longer = calls_of(4, {"agent_1": [0, 0, 3, 3]}, reason="error_asr")
    assert longer.retell.check("new_reasons").attrs["verdict"] == "quiet"


def test_the_segment_behind_a_rise_is_named() -> None:
    """With its rate before; and healthy days have none."""
    row = SICK.retell.check("explain(p < 0.01)").iloc[0]
    assert row["verdict"] == "incident"
    assert row["key"] == "explain(p < 0.01): segment=agent Agent 2"
    assert "before 2.1% of 1," in row["sentence"]
    assert HEALTHY.retell.check("explain(p < 0.01)").attrs["verdict"] == "quiet"


def test_a_silent_line_is_named() -> None:
    """One that went dark on the last day, by its agent; and none where all call."""
    dark = HEALTHY[
        HEALTHY["agent_id"].eq("agent_1")
        | HEALTHY["start_timestamp"].lt(START + pd.Timedelta("14D"))
    ]
    end = START + pd.Timedelta("15D")
    row = dark.retell.check("silence", now=end).iloc[0]
    assert row["key"] == "silence: agent=agent_2"
    assert re.fullmatch(r"agent Agent 2: no call for 24 h, \d\d calls expected", row["sentence"])
    assert HEALTHY.retell.check("silence", now=end).attrs["verdict"] == "quiet"
    by = dark.retell.check("silence(by=agent)", now=end).iloc[0]
    assert by["key"] == "silence(by=agent): agent=agent_2"


def test_a_dead_line_is_one_incident_with_its_number_and_its_agent() -> None:
    """The sentence names both, and does not count the calls that both miss twice."""
    end = START + pd.Timedelta("15D")
    incoming = HEALTHY.assign(
        direction="inbound",
        from_number=[f"+1212{n:07d}" for n in range(len(HEALTHY))],
        to_number=HEALTHY["agent_id"].map(lambda name: f"+1415555010{name[-1]}"),
    )
    dark = incoming[
        incoming["agent_id"].ne("agent_2")
        | (incoming["start_timestamp"] < end - pd.Timedelta("12h"))
    ]
    table = dark.retell.check("silence", now=end)
    assert table["verdict"].tolist() == ["incident"]
    assert (
        table["sentence"]
        .iloc[0]
        .startswith(
            "called number +14155550102, agent Agent 2: no call for 12 h, 47 calls expected"
        )
    )


def test_lines_that_fall_silent_together_are_one_incident() -> None:
    """All of them: a holiday, or the end of the data."""
    table = HEALTHY.retell.check("silence(by=agent)", now=START + pd.Timedelta("16D"))
    assert len(table) == 1
    assert table["sentence"][0].startswith("all lines together (a holiday, or the end of the data)")


def test_findings_that_go_on_are_named() -> None:
    """By a name without the hour in which they seem to begin; what is over is none."""
    calls = calls_of(15, {"agent_1": [2] * 15, "agent_2": [2] * 10 + [50] * 5})
    row = calls.retell.check("findings(ongoing)").iloc[0]
    assert row["key"] == "findings(ongoing): dial_failure:agent_id=agent_2"
    assert "still ongoing" in row["sentence"]
    assert calls.retell.check("findings(ongoing, change=mix)").attrs["verdict"] == "quiet"
    over = calls_of(15, {"agent_1": [2] * 15, "agent_2": [2] * 5 + [50] * 5 + [2] * 5})
    assert over.retell.check("findings(ongoing)").attrs["verdict"] == "quiet"


def test_the_period_and_its_baseline() -> None:
    """Up to the end of the window, the last call, or `now`; earlier calls may be left out."""
    noon = START + pd.Timedelta("14D12h")
    attrs = SICK.retell.check("new_reasons", last="36h", now=noon).attrs
    assert (attrs["start"], attrs["end"]) == (noon - pd.Timedelta("36h"), noon)
    windowed = SICK.copy()
    windowed.attrs["window"] = [START.isoformat(), noon.isoformat()]
    assert windowed.retell.check("new_reasons").attrs["end"] == noon
    assert SICK.retell.check("new_reasons").attrs["end"] == SICK["start_timestamp"].max()
    future = SICK.assign(
        start_timestamp=SICK["start_timestamp"].where(
            SICK.index > 0, pd.Timestamp("2999-01-01", tz="UTC").as_unit("ms")
        )
    )
    assert future.retell.check("new_reasons").attrs["end"] == SICK["start_timestamp"].max()
    rare = calls_of(15, {"agent_1": [1] + [0] * 13 + [1]})
    assert rare.retell.check("new_reasons").attrs["verdict"] == "quiet"
    assert rare.retell.check("new_reasons", baseline="7D").attrs["verdict"] == "incident"


def test_hostile_names_are_one_plain_line_without_numbers_of_others() -> None:
    """No sign that steers a terminal; a callee's number is a pseudonym, one's own is not."""
    names = {"agent_1": "Agent 1", "agent_2": "\x1b[31mEvil\r\nquiet: \u202e+44 20 7946 0958\x07"}
    calls = SICK.assign(agent_name=SICK["agent_id"].map(names))
    rules = [f"rate(failed, by={name}) > 0.2" for name in ("agent", "from_number", "agent_name")]
    table = calls.retell.check([*rules, "explain", "rate(failed, by=to_number) > 0.2"])
    texts = [*table["sentence"], *table["key"].dropna()]
    assert all(text.isprintable() for text in texts)
    assert table["key"][0] == "rate(failed, by=agent) > 0.2: agent=agent_2"
    assert any("Evil quiet: GB-" in text for text in texts)
    assert not [text for text in texts if "7946" in text]
    assert any("from_number +14155550101" in text for text in texts)
    callees = table[table["rule"].str.contains("to_number")]
    assert len(callees) > 20
    assert not callees["sentence"].str.contains("+1415", regex=False).any()
    unmasked = calls.retell.check("rate(failed, by=to_number) > 0.2", mask=False)
    assert unmasked["sentence"].str.contains("+1415", regex=False).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rules": []}, "there is no rule to check"),
        ({"rules": 5}, "5 is no rule"),
        ({"rules": [5]}, "5 is no rule"),
        ({"rules": [{"rule": "silence", "names": "x"}]}, "Did you mean 'name'"),
        ({"rules": [{"name": "x"}]}, "needs rule"),
        ({"rules": "silence", "last": "24"}, "with its unit"),
        ({"rules": "silence", "last": "-1h"}, "not a length of time"),
        ({"rules": "silence", "baseline": "soon"}, "baseline='soon' is not a length"),
        ({"rules": "rate(failed, by=agnt) > 0.1"}, "Did you mean 'agent'"),
        ({"rules": "silence(by=agnt)"}, "Did you mean 'agent'"),
        ({"rules": "silence", "self_test": "failed", "trials": 0}, "trials is 0"),
    ],
)
def test_what_cannot_be_is_an_error(arguments: dict[str, object], message: str) -> None:
    """It says what was given, and what is allowed."""
    with pytest.raises(ValueError, match=message):
        SICK.retell.check(**arguments)
