"""Attributes that findings look at: the countries called, however many numbers there are."""

from __future__ import annotations

import pandas as pd

from retell_nb.tables.findings.attributes import places, times
from retell_nb.tables.findings.findings import findings


def missing_of(numbers: pd.Series) -> list[str]:
    calls = pd.DataFrame({"to_number": numbers})
    found, missing = places(calls, times(calls), "UTC")
    told = [place for place in found if place.columns == ("country",)]
    said = [sentence for sentence in missing if sentence.startswith("country")]
    assert bool(told) != bool(said)
    return said


def test_the_country_of_many_callees_is_looked_at() -> None:
    """Thirty thousand numbers in E.164, or without a plus, are no reason to leave it out."""
    digits = pd.Series(range(30_000)).add(4_155_000_000).astype(str)
    assert missing_of("+1" + digits) == []
    assert missing_of(pd.concat(["+1" + digits, digits], ignore_index=True)) == []


def test_it_is_said_where_too_many_callees_are_not_plain() -> None:
    """Numbers with blanks in them are parsed one by one, so not any number of them."""
    numbers = "+1 " + pd.Series(range(20_001)).add(4_155_000_000).astype(str)
    said = "country: more than 20,000 numbers called that are not written as E.164"
    assert missing_of(numbers) == [said]


def test_it_is_said_where_no_callee_has_a_country() -> None:
    """Withheld numbers and extensions are of no country, and a rise is found all the same."""
    assert missing_of(pd.Series(["anonymous", "1"])) == [
        "country: no number called tells its country"
    ]
    before = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 10 + ["user_hangup"] * 990})
    now = pd.DataFrame({"disconnection_reason": ["dial_failed"] * 300 + ["user_hangup"] * 700})
    facts = {"agent_id": "a", "to_number": "anonymous", "direction": "outbound"}
    found = findings(now.assign(**facts), baseline=before.assign(**facts))
    assert found["calls"].tolist() == [300]


def test_a_fault_without_times_is_neither_over_nor_going_on() -> None:
    """Also where other calls of the segment tell theirs."""
    times = pd.Series(pd.date_range("2026-03-02", periods=700, freq="min", tz="UTC").as_unit("ms"))
    calls = pd.DataFrame({"disconnection_reason": ["user_hangup"] * 700 + ["error_asr"] * 300})
    found = findings(calls.assign(agent_id="a", start_timestamp=times))
    assert found["ongoing"].isna().all()
    assert len(found)


def test_only_the_numbers_that_dial_are_counted_as_such() -> None:
    """Strangers who call in are none of them, also where a category has all numbers there are."""
    strangers = [f"+1415{number:07}" for number in range(12_000)]
    calls = pd.DataFrame({"from_number": ["+12125550190", "+12125550191", *strangers]})
    calls["direction"] = ["outbound"] * 2 + ["inbound"] * len(strangers)
    calls = calls.assign(disconnection_reason="user_hangup", call_type="phone_call")
    for form in (str, "category"):
        found, _ = places(calls.astype({"from_number": form}), times(calls), "UTC")
        (dialing,) = (place for place in found if place.columns == ("from_number",))
        assert dialing.key.levels.tolist() == ["+12125550190", "+12125550191"]
