"""One call out of whatever holds it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from retell_nb.calls.reading.one_call import as_record, as_row, load_record
from retell_nb.calls.sample.world import sample_calls

if TYPE_CHECKING:
    from pathlib import Path

CALL = {"call_id": "call_1", "disconnection_reason": "dial_busy", "duration_ms": 0}
OTHER = {**CALL, "call_id": "call_2"}
SAID = [{"role": "agent", "content": "Hello", "words": []}]


@pytest.mark.parametrize(
    "given",
    [
        CALL,
        [CALL],
        {"items": [CALL], "has_more": False},
        {"event": "call_ended", "call": CALL},
        pd.Series(CALL),
        {"items": [{"event": "call_ended", "call": CALL}]},
    ],
    ids=["get-call", "list", "page", "webhook", "row of a frame", "page of a webhook"],
)
def test_a_record_is_found_in_whatever_holds_it(given: Any) -> None:
    """Calls, pages, lists, webhook bodies and rows of a frame are the same call."""
    assert as_record(given) == CALL


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (None, r"nothing \(None\)"),
        (42, "of type int"),
        (b"{}", "of type bytes"),
        ({}, "its fields are: none"),
        ({"status": "error", "message": "Not found"}, "its fields are: status, message"),
        ([], "there are 0 calls"),
        ({"items": [CALL, OTHER]}, "there are 2 calls"),
        ({"call": {"a": 1}}, "its fields are: a"),
    ],
)
def test_what_is_no_record_is_refused_with_what_is_accepted(given: Any, why: str) -> None:
    """The message says what was given and what can be."""
    with pytest.raises(ValueError, match=why) as caught:
        as_record(given)
    assert "Accepted are: a call id; a record as get-call returns it" in str(caught.value)


def test_the_time_of_a_webhook_goes_with_its_call() -> None:
    """A call that never connected may tell no other time."""
    body = {"event": "call_ended", "call": CALL, "event_timestamp": 1_772_445_600_000}
    assert as_row(as_record(body))["event_timestamp"].dt.year.tolist() == [2026]


def test_a_row_of_a_frame_and_its_record_are_the_same_call() -> None:
    """Every column of a frame of calls comes back as it was."""
    calls = sample_calls(60, seed=5)
    for place in range(0, 60, 7):
        row = as_row(as_record(calls.iloc[place]))
        before = calls.iloc[[place]].reset_index(drop=True).dropna(axis="columns")
        for column in before:
            assert row[column].tolist() == before[column].tolist(), column


def test_fields_that_cannot_be_read_are_named_and_missing() -> None:
    """A bad cell does not cost the call its other cells."""
    row = as_row({**CALL, "agent_version": "newest", "duration_ms": [1], "agent_name": 7})
    assert sorted(note["where"] for note in row.attrs["rejected"]) == [
        "agent_version",
        "duration_ms",
    ]
    assert row[["call_id", "agent_name"]].to_numpy().tolist() == [["call_1", "7"]]


@pytest.mark.parametrize("nested", [None, "text", 5, [], {}, {"e2e": None}, {"e2e": {"p50": None}}])
def test_strange_nested_fields_are_no_error(nested: object) -> None:
    """Whatever stands where an object belongs, the rest can be read."""
    record = {**CALL, "latency": nested, "call_cost": nested, "call_analysis": nested}
    assert as_row(record)["e2e_latency_p50"].isna().all()


def test_names_of_old_dumps_are_known() -> None:
    """Before November 2024 the latencies stood at the top."""
    assert as_row({**CALL, "e2e_latency": {"p50": 900}})["e2e_latency_p50"].tolist() == [900]


@pytest.mark.parametrize("lines", [False, True], ids=["a page", "JSON Lines"])
def test_a_call_is_found_in_a_file_with_what_was_said(tmp_path: Path, *, lines: bool) -> None:
    """The transcript comes along, and the calls beside it."""
    items = [CALL, {**OTHER, "transcript_object": SAID}]
    text = "\n".join(map(json.dumps, items)) if lines else json.dumps({"items": items})
    path = tmp_path / "calls.json"
    path.write_text(text)
    record, calls = load_record("call_2", path)
    assert json.loads(record["transcript_object"]) == SAID
    assert calls["call_id"].tolist() == ["call_1", "call_2"]


def test_a_file_of_one_call_needs_no_id(tmp_path: Path) -> None:
    """There is no doubt which call is meant."""
    path = tmp_path / "call.json"
    path.write_text(json.dumps(CALL))
    assert load_record(None, path)[0]["call_id"] == "call_1"


def test_a_call_that_is_not_in_the_source_is_refused(tmp_path: Path) -> None:
    """The message names the source, how many calls it holds, and some of them."""
    path = tmp_path / "calls.json"
    path.write_text(json.dumps([CALL, OTHER]))
    with pytest.raises(ValueError, match=r"no call 'call_9'; it holds 2 calls, such as call_1"):
        load_record("call_9", path)
    with pytest.raises(ValueError, match="say which call is meant"):
        load_record(None, path)


def test_the_sample_holds_one_call_with_a_transcript_and_all_made_up_calls() -> None:
    """Without an id it is the one with a transcript; with one, the made-up call of that id."""
    made_up, calls = load_record(None, "sample")
    assert load_record(made_up["call_id"], "sample")[0] == made_up
    last = calls["call_id"].iloc[-1]
    assert load_record(last, "sample")[0]["call_id"] == last
