"""Calls selected by plain values, and the same filters as code."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.selection.code import as_code
from retell_nb.selection.filters import as_filters, plain
from retell_nb.selection.select import select

FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"outcome": "failed"},
    {"outcome": ["failed", "unknown"], "direction": ["outbound"]},
    {"reason": ["Dial failed"], "from_number": "+13035550184"},
    {"agent_id": ["agent_copper_claims"], "agent_version": [8], "category": ["llm_server"]},
    {"start": "2026-03-09", "end": "2026-03-10T12:00"},
    {"start": "2026-03-09T00:00:00+01:00"},
    {"start": "2026-03-09T12:00:00.123456Z", "end": "2026-03-29T03:30"},
    {"direction": [None]},
    {"search": "COPPER"},
    {"search": "+1303555"},
    {"country": ["GB", "ZZ"]},
    {"weekday": [0, 6], "hour": 14},
    {"hour": [17, 18]},
    {"duration": "<10s", "direction": ["outbound"]},
    {"duration": ["<10s", "1min..2min", None]},
    {"duration": {"from": "1min", "to": 120}, "duration_ms": ">=70s"},
    {"duration_ms": "10000..60000"},
    {"cost": ">=0.50"},
    {"combined_cost": {"from": 10, "to": 50}},
    {"e2e_latency_p50": "1s..2s"},
    {"agent_version": [">7", 3]},
    {"hour": "9..17", "weekday": "<5"},
    {"agent": "Copperfield Claims", "version": 8},
    {"day": "2026-03-09", "outcome": "failed"},
    {"day": {"from": "2026-03-09", "to": "2026-03-11"}},
    {"week": ">=2026-03-09"},
    {"start_timestamp": "2026-03-09..2026-03-10T12:00"},
    {"trouble": "unknown reason"},
    {"trouble": "unknown reason", "start": "2026-03-05"},
    {"category": None, "search": " "},
)


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(3_000, seed=7)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_the_code_of_filters_makes_the_same_frame(
    calls: pd.DataFrame, filters: dict[str, Any]
) -> None:
    """What is selected, and what the lines of pandas say, are the same calls.

    The lines need no name but `calls`.
    """
    names = {"calls": calls}
    exec(as_code(filters, tz="Europe/Berlin"), names)  # noqa: S102 - our own code
    found = select(calls, tz="Europe/Berlin", **filters)
    pd.testing.assert_frame_equal(found, names["selected"])
    assert len(found) > 0


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_filters_survive_json(calls: pd.DataFrame, filters: dict[str, Any]) -> None:
    """Filters that went through JSON select the same calls."""
    told = json.loads(json.dumps(plain(filters)))
    assert select(calls, **told).index.equals(select(calls, **filters).index)


def test_each_filter_is_what_plain_pandas_says(calls: pd.DataFrame) -> None:
    """Words, columns, times and missing values are compared as pandas compares them."""
    failed = calls.retell.outcome == "failed"
    assert select(calls, outcome="failed").index.equals(calls[failed].index)
    web = calls["direction"].isna()
    assert select(calls, direction=[None]).index.equals(calls[web].index)
    both = select(calls, direction=[None, "inbound"])
    assert both.index.equals(calls[web | (calls["direction"] == "inbound")].index)
    noon = pd.Timestamp("2026-03-09T12:00Z")
    assert select(calls, start=noon).retell.when.min() >= noon
    assert select(calls, end=noon).retell.when.max() < noon
    assert len(select(calls, start=noon)) + len(select(calls, end=noon)) == len(calls)


def test_a_search_is_for_a_text_and_no_pattern(calls: pd.DataFrame) -> None:
    """Signs that mean something in a regular expression mean themselves, and absence is no text."""
    assert len(select(calls, search=".*")) == 0
    assert len(select(calls, search="nan")) == 0
    one = calls["call_id"].iloc[5]
    assert select(calls, search=one.upper())["call_id"].tolist() == [one]


def test_a_repeated_index_is_no_matter() -> None:
    """Calls are selected by place, not by label."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}, index=[7, 7])
    assert select(calls, outcome="failed")["disconnection_reason"].tolist() == ["dial_failed"]


def test_what_calls_cannot_be_selected_by_is_an_error(calls: pd.DataFrame) -> None:
    """An unknown name lists the known ones; a time that is none says how to write one."""
    with pytest.raises(
        ValueError, match=r"cannot select calls by 'agnt'\. Did you mean 'agent'\?.*agent_id"
    ):
        select(calls, agnt="agent_1")
    with pytest.raises(ValueError, match="'soon' is not a time"):
        select(calls, start="soon")
    with pytest.raises(ValueError, match="cannot select calls by 'country'"):
        select(calls[["disconnection_reason"]], country="US")


def test_a_value_that_no_call_can_have_is_an_error(calls: pd.DataFrame) -> None:
    """A slip of the pen must not select nothing in silence; a reason of these calls is known."""
    for name, wrong, right in (
        ("outcome", "faild", "failed"),
        ("reason", "Dial fail", "dial_failed"),
        ("direction", "outbond", "outbound"),
        ("call_type", "phone", "phone_call"),
        ("country", "gb", "GB"),
        ("trouble", "end before strat", "end before start"),
    ):
        with pytest.raises(ValueError, match=f"Did you mean '{right}'"):
            select(calls, **{name: wrong})
    for name, value in (("expected", "yes"), ("hour", 24), ("weekday", 7), ("hour", 2.5)):
        with pytest.raises(ValueError, match="Allowed: "):
            select(calls, **{name: value})
    new = calls.loc[~calls["disconnection_reason"].isin(rn.REASONS.index)].dropna(
        subset="disconnection_reason"
    )
    assert len(select(calls, reason=new["disconnection_reason"].iloc[0])) > 0


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("duration", "10s..60", "unit at one end only"),
        ("duration", "60s..10s", "holds nothing"),
        ("duration", "ten", "not a length of time"),
        ("duration", {"from": 3, "until": 4}, "other keys than from and to"),
        ("duration", {}, "other keys than from and to"),
        ("cost", ">cheap", "not a number"),
        ("cost", "..", "open at both ends"),
        ("agent_version", "eight", "not a number"),
        ("day", "03/09/2026", "not a time"),
        ("agent_id", {"from": "a"}, "has no ranges"),
    ],
)
def test_a_range_that_is_none_says_how_to_write_one(
    calls: pd.DataFrame, name: str, value: object, message: str
) -> None:
    """A range is refused with what is wrong in it, whatever is wrong."""
    with pytest.raises(ValueError, match=message):
        select(calls, **{name: value})


def test_ranges_are_what_plain_pandas_says(calls: pd.DataFrame) -> None:
    """Half-open, with units; our own names in seconds and dollars, the API's in its units."""
    seconds = calls["duration_ms"] / 1000
    for filters, oracle in (
        ({"duration": "10s..60s"}, (seconds >= 10) & (seconds < 60)),
        ({"duration": {"from": 10, "to": "1min"}}, (seconds >= 10) & (seconds < 60)),
        ({"duration_ms": {"to": 10_000}}, seconds < 10),
        ({"duration_ms": "<10s"}, seconds < 10),
        ({"cost": ">=0.50"}, calls["combined_cost"] >= 50),
        ({"cost": "$0.10..$0.50"}, calls["combined_cost"].between(10, 50, inclusive="left")),
        ({"combined_cost": "<=50"}, calls["combined_cost"] <= 50),
        ({"duration": [None]}, seconds.isna()),
        ({"agent_version": [8, 5]}, calls["agent_version"].isin([5, 8])),
    ):
        selected = select(calls, **filters)  # type: ignore[arg-type]
        assert selected.index.equals(calls[oracle.fillna(value=False)].index), filters
        assert len(selected) > 0


def test_an_id_that_no_call_has_gives_an_empty_frame_and_a_note(calls: pd.DataFrame) -> None:
    """Nothing is found, and the note says what is near; what was noted before stays."""
    calls = calls.copy()
    calls.attrs["notes"] = ["before"]
    nothing = select(calls, agent_id="agent_coper_claims")
    assert nothing.empty
    assert nothing.attrs["notes"][0] == "before"
    assert "Did you mean 'agent_copper_claims'?" in nothing.attrs["notes"][1]
    assert (
        "Did you mean 'Copperfield Claims'?" in select(calls, agent="Coperfield").attrs["notes"][1]
    )
    some = select(calls, call_id=[calls["call_id"].iloc[3], "call_of_another_day"])
    assert len(some) == 1
    assert "'call_of_another_day'" in some.attrs["notes"][1]
    assert calls.attrs["notes"] == ["before"]
    with pytest.raises(ValueError, match="would select no call"):
        select(calls, agent_id=[])


def test_an_agent_is_selected_by_id_or_name() -> None:
    """A name of two agents selects both; the piece of id behind a name tells them apart."""
    calls = pd.DataFrame(
        {
            "disconnection_reason": "dial_busy",
            "agent_id": ["agent_000001", "agent_000002", "agent_3", None],
            "agent_name": ["Ann", "Ann", "Ben", None],
        }
    )
    assert select(calls, agent="Ann").index.tolist() == [0, 1]
    assert select(calls, agent="Ann (000002)").index.tolist() == [1]
    assert select(calls, agent=["agent_3", None]).index.tolist() == [2, 3]
    assert select(calls.drop(columns="agent_id"), agent="Ben").index.tolist() == [2]


def test_a_finding_selects_its_calls(calls: pd.DataFrame) -> None:
    """A row, its filters, and either as JSON text; a whole table of findings is refused."""
    findings = calls.retell.findings()
    row = findings.iloc[0]
    selected = calls.retell.select(row)
    assert len(selected) == row["calls"]
    for same in (row["filters"], json.dumps(row["filters"]), {"filters": row["filters"]}):
        assert select(calls, same).index.equals(selected.index)
    assert len(select(calls, row, outcome="completed")) == 0
    with pytest.raises(ValueError, match=r"one row of calls\.retell\.findings"):
        select(calls, findings)


def test_filters_are_read_from_json() -> None:
    """A JSON object is read; nothing selects all; anything else is refused with an example."""
    assert as_filters('{"hour": [3]}') == {"hour": [3]}
    assert as_filters(None) == as_filters("") == {}
    for wrong in ("failed", "[1]", "3"):
        with pytest.raises(ValueError, match="as JSON text"):
            as_filters(wrong)
