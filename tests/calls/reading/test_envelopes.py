"""Calls found in whatever holds them, in a file and in Python alike."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl
import pytest
from payloads import START, connected, dumped, event, lines, read, unconnected, whys
from retell.types import PhoneCallResponse

from retell_nb.calls.reading.envelopes import entries
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.reading.scalars import opened, scalar
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path


def record(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "call_id": f"call_{number}",
        "agent_id": "agent_1",
        "to_number": "+14155550142",
        "start_timestamp": START + number,
        "duration_ms": 1000 * number,
        "disconnection_reason": "dial_busy",
        **fields,
    }


TWO = [record(1), record(2)]
BODIES = [event(call) for call in TWO]
TABLE = pd.DataFrame(TWO)
ROWS = [[*TABLE.columns], *([*call.values()] for call in TWO)]


def in_base64(value: Any) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def typed_values(call: dict[str, Any]) -> dict[str, Any]:
    """A record as a document store writes it."""
    return {
        name: {"N": str(cell)} if isinstance(cell, int) else {"S": cell}
        for name, cell in call.items()
    }


def extended(call: dict[str, Any]) -> dict[str, Any]:
    times = {"start_timestamp": {"$date": {"$numberLong": str(call["start_timestamp"])}}}
    return {**call, **times, "duration_ms": {"$numberInt": str(call["duration_ms"])}}


def fields(call: dict[str, Any]) -> dict[str, Any]:
    names = {int: "integerValue", str: "stringValue"}
    return {"fields": {name: {names[type(cell)]: str(cell)} for name, cell in call.items()}}


ENVELOPES: dict[str, Any] = {
    "body": [{"headers": {"host": "x"}, "body": body} for body in BODIES],
    "text": [{"body": json.dumps(body)} for body in BODIES],
    "text in text": [{"body": json.dumps(json.dumps(body))} for body in BODIES],
    "base64": [{"isBase64Encoded": True, "body": in_base64(body)} for body in BODIES],
    "message": {"message": {"data": in_base64(BODIES), "id": "7"}},
    "queue": {"Records": [{"body": json.dumps({"Message": json.dumps(b)})} for b in BODIES]},
    **{
        name: {name: TWO, "total": 2}
        for name in ("calls", "data", "results", "payload", "json", "of any name")
    },
    "beside": {"metadata": {"at": "noon"}, "summary": {"calls": 2}, "calls": TWO},
    "pinned": {
        "nodes": [{"name": "Hook", "type": "webhook", "parameters": {"path": "x"}}],
        "pinData": {"Hook": [{"json": {"body": body}} for body in BODIES]},
    },
    "keyed": {call["call_id"]: call for call in TWO},
    "keyed alone": {
        call["call_id"]: {name: cell for name, cell in call.items() if name != "call_id"}
        for call in TWO
    },
    "lists": [[TWO[0]], [TWO[1]]],
    **{
        orient: json.loads(TABLE.to_json(orient=orient))
        for orient in ("columns", "index", "records", "split", "table")
    },
    "values": ROWS,
    "sheet": {"range": "A1:F3", "values": ROWS},
    "columns of lists": TABLE.to_dict("list"),
    "extended": [extended(call) for call in TWO],
    "typed": {"Items": [typed_values(call) for call in TWO]},
    "documents": {"documents": [fields(call) for call in TWO]},
    "log": [{"call_id": c["call_id"], "status": "received", "raw": event(c)} for c in TWO],
    "own names": [
        {
            "id": "row",
            "retellCallId": call["call_id"],
            "agent": {"id": call["agent_id"]},
            "phone": call["to_number"],
            "startedAt": call["start_timestamp"],
            "durationSeconds": call["duration_ms"] / 1000,
            "endReason": call["disconnection_reason"],
        }
        for call in TWO
    ],
}


@pytest.mark.parametrize("name", ENVELOPES)
@pytest.mark.parametrize("way", ["file", "object"])
def test_calls_are_found_in_an_envelope(tmp_path: Path, name: str, way: str) -> None:
    """By what a call looks like, whoever wrapped it; nothing is set aside."""
    held = ENVELOPES[name]
    calls = read(tmp_path, dumped(held)) if way == "file" else as_calls(held)
    expected = as_calls(TABLE)[[*TWO[0]]]
    pd.testing.assert_frame_equal(calls[[*TWO[0]]].sort_values("call_id"), expected)
    assert calls.attrs["rejected"] == []
    assert calls.attrs["duplicates"] == 0


@pytest.mark.parametrize(
    ("held", "aside"),
    [
        ({"calls": [TWO[0], {"oops": 1}, 5, None]}, ["item 1", "item 2", "item 3"]),
        ([*BODIES, {"event": "call_ended", "call": {}}], ["item 2"]),
        ({"call_1": TWO[0], "call_2": TWO[1], "call_3": "oops"}, ["call_3"]),
        ([*ROWS, ["call_3"] * 9, "oops"], ["row 3", "row 4"]),
    ],
)
def test_what_stands_among_calls_and_is_none_is_set_aside(
    tmp_path: Path, held: Any, aside: list[str]
) -> None:
    """Every written record is among the calls or among those set aside, with its place."""
    with pytest.warns(UserWarning, match="could not be used"):
        calls = read(tmp_path, dumped(held))
    assert [where.removeprefix("calls ") for where, _ in whys(calls)] == aside
    assert calls["call_id"].str.startswith("call_").all()


@pytest.mark.parametrize("held", [{"status": "error"}, [1, "a"], {"a": {"b": [{"c": 1}]}}, "x", []])
def test_where_nothing_looks_like_a_call_that_is_said(held: Any) -> None:
    """One entry, which says why."""
    [(where, why)] = entries(held)
    assert where == ""
    assert isinstance(why, str)


def test_the_last_word_on_a_call_wins_in_an_envelope_too() -> None:
    """`call_analyzed` says more than `call_ended`, in whatever order they come."""
    bodies = [
        {"body": event(connected(agent_name="late"), "call_analyzed", START)},
        {"body": event(connected(agent_name="early"), "call_ended", START + 9)},
    ]
    calls = as_calls(bodies)
    assert calls["agent_name"].tolist() == ["late"]
    assert calls.attrs["duplicates"] == 1
    assert calls["event_timestamp"].notna().all()


def test_personal_fields_are_left_out_of_any_envelope(tmp_path: Path) -> None:
    """And what is no call is not looked for in them."""
    call = connected(metadata={"call_id": "other", "disconnection_reason": "x"})
    calls = read(tmp_path, dumped({"data": [call], "a": 1}))
    assert calls["call_id"].tolist() == [call["call_id"]]
    assert "Ann" not in calls.to_json(date_format="iso")
    assert {"metadata", "call_summary"} <= {*calls.attrs["left_out"]}


def test_a_csv_column_may_hold_the_webhook(tmp_path: Path) -> None:
    """What stands beside it is kept; a doubtful name beside it says nothing of the call."""
    table = pd.DataFrame(
        {"id": [7, 8], "status": ["stored"] * 2, "at": "x", "raw": map(json.dumps, BODIES)}
    )
    for df in (table, table.assign(raw=[str(body) for body in BODIES])):
        calls = read(tmp_path, df.to_csv(index=False))
        assert calls["call_id"].tolist() == ["call_1", "call_2"]
        assert calls["at"].tolist() == ["x", "x"]
        assert calls["call_status"].isna().all()
        assert calls["status (unmapped)"].tolist() == ["stored", "stored"]


def test_a_row_without_its_webhook_is_set_aside(tmp_path: Path) -> None:
    """Its number is told."""
    text = pd.DataFrame({"n": [1, 2], "raw": [json.dumps(BODIES[0]), "lost"]}).to_csv(index=False)
    with pytest.warns(UserWarning, match="1 record"):
        calls = read(tmp_path, text)
    assert [where for where, _ in whys(calls)] == ["row 2"]


@pytest.mark.parametrize("prefix", ["call.", "body.call.", "data.0.", "call_", "retell_"])
def test_a_prefix_before_every_name_is_taken_off(prefix: str) -> None:
    """As `json_normalize` writes it, with dots or underscores; personal fields stay out."""
    flat = pd.json_normalize(connected(transcript="Ann")).add_prefix(prefix).assign(event="x")
    calls = as_calls(flat)
    assert calls["call_id"].tolist() == ["call_1"]
    assert calls["e2e_latency_p50"].tolist() == [1861]
    assert "Ann" not in calls.to_json(date_format="iso")


def test_objects_of_any_library_are_calls() -> None:
    """Models of Retell's SDK, dataclasses, an iterator of dicts, a frame of polars or Arrow."""

    @dataclasses.dataclass
    class Call:
        call_id: str
        end_reason: str

    models = [PhoneCallResponse.model_construct(**connected(n)) for n in (1, 2)]
    for held in (models, iter(TWO), pl.DataFrame(TWO), pl.DataFrame(TWO).to_arrow(), TABLE):
        assert as_calls(held)["call_id"].tolist() == ["call_1", "call_2"]
    assert as_calls(models[0])["call_id"].tolist() == ["call_1"]
    assert as_calls([Call("a", "dial_busy")])["disconnection_reason"].tolist() == ["dial_busy"]
    expected = as_calls([connected(1), connected(2)])
    pd.testing.assert_frame_equal(as_calls(models)[[*SCHEMA]], expected[[*SCHEMA]])


@pytest.mark.parametrize("value", [None, "export.csv", b"x", 5, {}, [1], {"status": "error"}])
def test_what_holds_no_calls_is_refused_in_a_sentence(value: Any) -> None:
    """The message shows what was given, and where a file is read."""
    with pytest.raises(ValueError, match=r"as_calls takes a frame|nothing in this"):
        as_calls(value)
    assert as_calls([]).empty


def test_records_of_several_kinds_in_one_file_are_all_read(tmp_path: Path) -> None:
    """Those of the API, of other names and of other types."""
    odd = [unconnected(4, agent_id=7), {"retell_call_id": "call_5", "end_reason": "dial_busy"}]
    calls = read(tmp_path, lines(connected(1), event(connected(2)), {"data": record(3)}, *odd))
    assert sorted(calls["call_id"]) == [f"call_{number}" for number in range(1, 6)]


def test_cells_of_document_stores_mean_their_value() -> None:
    """Also nested; what only looks like one stays."""
    cell = {"M": {"a": {"L": [{"N": "1.5"}, {"NULL": True}]}, "b": {"BOOL": False}}}
    assert scalar(cell) == {"a": [1.5, None], "b": False}
    assert scalar({"$date": "2026-03-02T10:00:00Z"}) == "2026-03-02T10:00:00Z"
    for same in ({"N": "many"}, {"S": 5}, {"a": {"b": 1}}, [1], "S"):
        assert scalar(same) == same


@pytest.mark.parametrize("text", ["", "{broken", "[1", "eyJ", "call_1", '"{"', "{" * 9999])
def test_text_that_is_no_json_stays_text(text: str) -> None:
    """Whatever it looks like."""
    assert opened(text) == text
