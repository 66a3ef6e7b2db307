"""Filters: plain Python becomes what the official SDK sends for the same question."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from pydantic import TypeAdapter
from retell import Retell
from retell.types.call_list_params import FilterCriteria
from retell_server import KEY, FakeRetell, Fault

from retell_nb.calls.api.client import Client
from retell_nb.calls.api.filters import FILTERS, criteria, milliseconds

MARCH = 1_772_323_200_000  # the first of March 2026, UTC
APRIL = 1_775_001_600_000


def typed(kind: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"type": kind, "op": op, "value": value, **more}


RANGES: list[tuple[str, Any, str, Any]] = [
    ("duration", "<10s", "duration_ms", typed("number", "lt", 10_000)),
    ("duration", 10, "duration_ms", typed("number", "eq", 10_000)),
    ("duration", ["10s..1min"], "duration_ms", typed("range", "bt", [10_000, 59_999])),
    ("duration_ms", {"from": 10, "to": 60}, "duration_ms", typed("range", "bt", [10, 59])),
    ("duration_ms", ">=2s", "duration_ms", typed("number", "ge", 2_000)),
    ("cost", ">=0.50", "combined_cost", typed("number", "ge", 50)),
    ("combined_cost", "<=12.5", "combined_cost", typed("number", "le", 12.5)),
    ("cost", {"to": 0.125}, "combined_cost", typed("number", "lt", 12.5)),
    ("e2e_latency_p50", ">1.5s", "e2e_latency_p50", typed("number", "gt", 1_500)),
    (
        "end_timestamp",
        {"from": "2026-03-01", "to": "2026-04-01"},
        "end_timestamp",
        typed("range", "bt", [MARCH, APRIL - 1]),
    ),
    ("end_timestamp", "2026-03-01..", "end_timestamp", typed("number", "ge", MARCH)),
]


@pytest.mark.parametrize(("name", "value", "field", "official"), RANGES)
def test_the_ranges_of_select_are_the_client_s_too(
    name: str, value: Any, field: str, official: Any
) -> None:
    """A range leaves its upper end out, in units that it names; JSON says the same as Python."""
    assert criteria({name: value}) == {field: official}
    assert criteria({name: json.loads(json.dumps(value))}) == {field: official}
    TypeAdapter(FilterCriteria).validate_python({field: official})


def test_a_range_of_money_is_half_open_to_the_last_digit() -> None:
    """The API holds both ends of a range, so the upper one sent is the number just below."""
    condition = criteria({"cost": "0.10..0.50"})["combined_cost"]
    low, high = condition["value"]
    assert (low, high < 50, high > 49.999999) == (10, True, True)


def test_one_field_is_filtered_once() -> None:
    """Our name and the API's for the same field cannot both be given."""
    with pytest.raises(ValueError, match="two filters of one field"):
        criteria({"duration_ms": 3, "duration": "<10s"})


QUESTIONS: list[tuple[str, Any, Any]] = [
    ("agent", "agent_1", [{"agent_id": "agent_1"}]),
    ("agent", ["agent_1", "agent_2"], [{"agent_id": "agent_1"}, {"agent_id": "agent_2"}]),
    ("agent", {"agent_id": "a", "version": [3]}, [{"agent_id": "a", "version": [3]}]),
    ("agent_tag", "prod", typed("enum", "in", ["prod"])),
    ("batch_call_id", "batch_1", typed("string", "eq", "batch_1")),
    ("call_id", "call_1", typed("string", "eq", "call_1")),
    ("call_id", ["call_1", "call_2"], typed("enum", "in", ["call_1", "call_2"])),
    ("call_status", ["error"], typed("enum", "in", ["error"])),
    ("call_successful", False, typed("boolean", "eq", value=False)),
    ("call_type", "web_call", typed("enum", "in", ["web_call"])),
    ("combined_cost", (None, 12.5), typed("number", "le", 12.5)),
    (
        "custom_analysis_data",
        {"score": (1, 5), "note": ("co", "late"), "plan": ["a", "b"], "paid": True},
        [
            typed("range", "bt", [1, 5], key="score"),
            typed("string", "co", "late", key="note"),
            typed("enum", "in", ["a", "b"], key="plan"),
            typed("boolean", "eq", value=True, key="paid"),
        ],
    ),
    ("custom_attributes", {"tier": "gold"}, [typed("string", "eq", "gold", key="tier")]),
    ("data_storage_setting", "everything", typed("enum", "in", ["everything"])),
    ("direction", "inbound", typed("enum", "in", ["inbound"])),
    ("disconnection_reason", ["dial_failed"], typed("enum", "in", ["dial_failed"])),
    ("duration_ms", (0, 10_000), typed("range", "bt", [0, 10_000])),
    ("duration_ms", ("gt", np.int64(7)), typed("number", "gt", 7)),
    (
        "dynamic_variables",
        {"name": ..., "vip": None, "count": 3, "rank": ("ge", 2)},
        [
            {"type": "present", "op": "pr", "key": "name"},
            {"type": "present", "op": "np", "key": "vip"},
            typed("number", "eq", 3, key="count"),
            typed("number", "ge", 2, key="rank"),
        ],
    ),
    ("e2e_latency_p50", (1500, None), typed("number", "ge", 1500)),
    ("end_timestamp", ("2026-03-01", "2026-04-01"), typed("range", "bt", [MARCH, APRIL])),
    ("end_timestamp", (pd.Timestamp("2026-03-01"), None), typed("number", "ge", MARCH)),
    ("from_number", "+14155550100", typed("string", "eq", "+14155550100")),
    ("in_voicemail", True, typed("boolean", "eq", value=True)),
    (
        "metadata",
        {"campaign": typed("string", "ne", "spring")},
        [typed("string", "ne", "spring", key="campaign")],
    ),
    ("metadata", [typed("number", "lt", 3, key="try")], [typed("number", "lt", 3, key="try")]),
    ("start_timestamp", ("lt", "2026-03-01T01:00+01:00"), typed("number", "lt", MARCH)),
    ("to_number", ("sw", "+49"), typed("string", "sw", "+49")),
    ("to_number", typed("string", "co", "415"), typed("string", "co", "415")),
    (
        "tool_calls",
        {"name": "book", "success": False, "latency_ms": (1000, None)},
        [
            {
                "name": "book",
                "success": typed("boolean", "eq", value=False),
                "latency_ms": typed("number", "ge", 1000),
            }
        ],
    ),
    ("tool_calls", [{"name": "a"}, {"type": "mcp"}], [{"name": "a"}, {"type": "mcp"}]),
    ("user_sentiment", ("Negative", "Neutral"), typed("enum", "in", ["Negative", "Neutral"])),
]


@pytest.mark.parametrize(("name", "plain", "official"), QUESTIONS)
def test_a_filter_is_sent_as_the_official_sdk_sends_it(
    retell: FakeRetell, name: str, plain: Any, official: Any
) -> None:
    """For the same question, the body of our request is the body of the SDK's."""
    empty = Fault(body={"items": [], "has_more": False})
    retell.faults.extend([empty, empty])
    with Client() as ours, Retell(api_key=KEY, base_url=retell.url) as theirs:
        assert list(ours.list_calls(**{name: plain})) == []
        filters: FilterCriteria = {name: official}  # type: ignore[misc]
        theirs.call.list(filter_criteria=filters, sort_order="ascending", limit=1000)
    first, second = retell.asked
    assert first.body == second.body
    assert (first.method, first.path) == (second.method, second.path)
    assert first.headers["authorization"] == second.headers["authorization"]


@pytest.mark.parametrize(("name", "_plain", "official"), QUESTIONS)
def test_the_expected_questions_are_those_that_the_sdk_types(
    name: str, _plain: Any, official: Any
) -> None:
    """What these tests call right is right by the SDK's own types."""
    TypeAdapter(FilterCriteria).validate_python({name: official})


def test_every_filter_of_the_sdk_is_known_and_tried() -> None:
    """A filter that a newer SDK brings turns this red."""
    assert set(FILTERS) == set(FilterCriteria.__annotations__)
    assert set(FILTERS) == {name for name, *_ in QUESTIONS}
    assert list(FILTERS) == sorted(FILTERS)


def test_all_filters_at_once_and_none() -> None:
    """Conditions add up; what is None is no condition."""
    asked = criteria({"direction": "inbound", "duration_ms": 5, "agent": None})
    assert asked == {
        "direction": typed("enum", "in", ["inbound"]),
        "duration_ms": typed("number", "eq", 5),
    }
    assert criteria({}) == {}


def test_an_unknown_filter_lists_the_known() -> None:
    """A misspelt name is an error before anything is sent."""
    with pytest.raises(ValueError, match=r"no filter reason. Did you .*There are agent, .* cost"):
        criteria({"reason": "dial_failed"})


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("call_status", [], "at least one"),
        ("call_status", [3], "3 is not a string"),
        ("call_status", 3, "give a string or a list of strings"),
        ("from_number", ("like", "+49"), "'like' is not one of eq, ne, sw, ew, co"),
        ("from_number", 14155550100, "is not a string"),
        ("duration_ms", (1, 2, 3), "give a pair"),
        ("duration_ms", (None, None), "both ends are open"),
        ("duration_ms", (5, 1), "backwards, from 5 to 1"),
        ("duration_ms", "long", "give a number of milliseconds, a range"),
        ("duration_ms", [1, 2], "one value or one range"),
        ("duration", "10s..60", "one"),
        ("duration_ms", True, "not a finite number"),
        ("duration_ms", float("nan"), "not a finite number"),
        ("duration_ms", (0, float("inf")), "not a finite number"),
        ("in_voicemail", "yes", "give True or False"),
        ("end_timestamp", "yesterday", "give a time such as 2026-03-01T14:00"),
        ("to_number", ("eq", "+49", "+1"), r"give a string or a pair \(op, string\)"),
        ("metadata", 3, "give {key: value}"),
        ("tool_calls", [3], "give {'name'"),
        ("end_timestamp", (pd.NaT, None), "a missing time"),
        ("end_timestamp", ("2026-04-01", "2026-03-01"), "backwards"),
        ("tool_calls", {"speed": 3}, "speed"),
        ("agent", [3], "3 is not a string"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused(name: str, value: Any, told: str) -> None:
    """The error names the filter, the value, and what is wrong with it."""
    with pytest.raises(ValueError, match=f"^cannot filter by {name}=.*{told}"):
        criteria({name: value})


@pytest.mark.parametrize(
    "moment",
    [
        "2026-03-01",
        "2026-03-01T00:00:00Z",
        "2026-03-01 01:00+01:00",
        dt.date(2026, 3, 1),
        dt.datetime(2026, 3, 1),  # noqa: DTZ001 - without a zone it is UTC
        dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        pd.Timestamp("2026-03-01"),
        pd.Timestamp("2026-02-28 19:00", tz="America/New_York"),
        MARCH,
        np.int64(MARCH),
    ],
)
def test_a_moment_in_any_form_is_the_same_moment(moment: Any) -> None:
    """Strings, dates, datetimes, pandas' Timestamps and milliseconds all tell the time."""
    assert milliseconds(moment) == MARCH


@given(st.integers(0, 4_000_000_000_000))
def test_no_millisecond_is_lost(time: int) -> None:
    """A datetime of whole milliseconds comes back as exactly these."""
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=time)
    assert milliseconds(moment) == time
    assert milliseconds(pd.Timestamp(moment)) == time


@given(st.tuples(st.integers(), st.integers()).map(sorted))
def test_a_range_holds_its_ends(ends: list[int]) -> None:
    """Two numbers in order are sent as they are; one open end leaves a comparison."""
    low, high = ends
    assert criteria({"duration_ms": (low, high)})["duration_ms"]["value"] == ends
    assert criteria({"duration_ms": (low, None)})["duration_ms"] == typed("number", "ge", low)
    assert criteria({"duration_ms": (None, high)})["duration_ms"] == typed("number", "le", high)
