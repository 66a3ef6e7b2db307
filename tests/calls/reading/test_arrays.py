"""Cells of many documents to columns: what one of them lacks or spells otherwise stays in place."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retell_nb.calls.reading.arrays import Codes, array_of, first_told, numbers, stacked
from retell_nb.calls.reading.columns import rows_of_json


def columns(*pages: list[dict[str, Any]]) -> pd.DataFrame:
    documents = [
        [{"call_id": f"call_{at}_{number}", **call} for number, call in enumerate(page)]
        for at, page in enumerate(pages)
    ]
    return rows_of_json(("page", json.dumps(document).encode()) for document in documents).columns


def cells(column: pd.Series[Any]) -> list[object]:
    return [None if pd.isna(cell) else cell for cell in column]


def test_a_category_is_coded_alike_in_all_documents() -> None:
    """A text has the same code in each, also where one document lacks the field."""
    reasons = columns(
        [{"disconnection_reason": "user_hangup"}, {"disconnection_reason": None}],
        [{}],
        [{"disconnection_reason": "dial_busy"}, {"disconnection_reason": "user_hangup"}],
    )["disconnection_reason"]
    assert reasons.cat.categories.tolist() == ["user_hangup", "dial_busy"]
    assert reasons.cat.codes.tolist() == [0, -1, -1, 1, 0]


def test_a_number_is_missing_where_a_document_or_a_part_lacks_it() -> None:
    """Nothing moves up into the gap that a call without the part leaves."""
    latency = {"latency": {"e2e": {"p50": 900, "p95": None}, "llm": None}}
    found = columns([latency, {"latency": None}], [{}], [{"latency": {"e2e": {"p95": 7.5}}}])
    assert cells(found["e2e_latency_p50"]) == [900, None, None, None]
    assert cells(found["e2e_latency_p95"]) == [None, None, None, 7.5]
    assert "llm_latency_p50" not in found


@pytest.mark.parametrize(
    "call",
    [{"duration_ms": None}, {"latency": {"e2e": {"p50": None}}}, {"call_cost": None}],
    ids=["a field", "a number of a part", "a part"],
)
def test_null_is_the_same_as_nothing(call: dict[str, Any]) -> None:
    """Where all calls have null, there is no column, as if they had not the field."""
    assert columns([call, call]).columns.tolist() == ["call_id"]


def test_parts_are_read_alike_with_null_among_them_and_without() -> None:
    """One call with a null changes nothing for those beside it."""
    calls = [{"latency": {"e2e": {"p50": n}, "llm": {"p95": n / 2}}} for n in range(3)]
    whole, broken = columns(calls), columns([*calls, {"latency": {"e2e": {"p50": None}}}])
    pd.testing.assert_frame_equal(broken.iloc[:3], whole)
    assert broken.iloc[3, 1:].isna().all()


def test_a_time_in_words_keeps_the_numbers_beside_it() -> None:
    """Where one document writes times as text, the column holds both as they are."""
    found = columns([{"start_timestamp": 5}, {}], [{"start_timestamp": "2026-03-02T10:00Z"}])
    assert cells(found["start_timestamp"]) == [5.0, None, "2026-03-02T10:00Z"]


@pytest.mark.parametrize(
    ("field", "good", "odd"),
    [
        ("user_sentiment", "Positive", 3),
        ("combined_cost", 12.5, "a lot"),
        ("twilio_call_sid", "CA1", ["CA2"]),
        ("call_successful", True, "yes"),
    ],
)
def test_a_nested_field_may_also_stand_flat(field: str, good: object, odd: object) -> None:
    """What stands flat is taken too, even where it is not of the kind that the schema names."""
    assert columns([{field: good}])[field].tolist() == [good]
    mixed = columns([{field: good}, {}], [{field: odd}])[field]
    told = json.dumps(odd, separators=(",", ":")) if isinstance(odd, list) else odd
    assert cells(mixed) == [good, None, told]


def test_the_nested_field_comes_before_the_flat_one() -> None:
    """The flat one fills in where the nested one is missing."""
    calls = [
        {"call_analysis": {"user_sentiment": "Positive"}, "user_sentiment": "Negative"},
        {"user_sentiment": "Negative"},
        {},
    ]
    assert cells(columns(calls)["user_sentiment"]) == ["Positive", "Negative", None]


def test_numbers_that_are_none_stay_a_list() -> None:
    """A text among floats is not read as a number, even where it could be."""
    assert numbers([1.0, "2"]) == [1.0, "2"]
    assert np.isnan(numbers([None, 2.0])).tolist() == [True, False]


def test_codes_turn_into_texts_again() -> None:
    """Beside a list, codes stand for their texts, and -1 for nothing."""
    codes = Codes()
    part = array_of(["b", None], "category", codes)
    assert stacked([part, ["x"], None], [2, 1, 1], "category", codes).tolist() == [
        "b",
        None,
        "x",
        None,
    ]
    assert first_told(part, ["y", "z"], codes) == ["b", "z"]
