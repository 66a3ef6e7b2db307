"""Call records decoded: known and unknown fields, events, and records that do not fit."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from payloads import (
    PERSONAL,
    START,
    TOKEN,
    connected,
    dumped,
    event,
    lines,
    page,
    read,
    three,
    unconnected,
    web,
    whys,
)

from retell_nb.calls.labels import ASIDE, NESTED, SECRETS
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.records import RANK_OF_CALLS, RecordDecoder, rank

if TYPE_CHECKING:
    from pathlib import Path

ASIDE_VALUES = {name: PERSONAL.get(name, f"<{name}>") for name in ASIDE}


def record(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {"call_id": f"call_{number}", "disconnection_reason": "user_hangup", **fields}


def nested(**values: Any) -> dict[str, Any]:
    """A record that holds values where the API holds them."""
    found = record()
    for name, value in values.items():
        *path, last = NESTED.get(name, (name,))
        inner = found
        for key in path:
            inner = inner.setdefault(key, {})
        inner[last] = value
    return found


def test_a_call_of_the_api_has_all_columns_filled(tmp_path: Path) -> None:
    """Every field stands under its filter's name, in the API's unit."""
    row = read(tmp_path, dumped(connected())).iloc[0]
    assert row["disconnection_reason"] == "user_hangup"
    assert row["start_timestamp"] == pd.Timestamp(START + 1, unit="ms", tz="UTC")
    assert row["duration_ms"] == 35_303
    assert row["combined_cost"] == 12.5
    assert (row["e2e_latency_p50"], row["e2e_latency_p95"], row["llm_latency_p50"]) == (
        1861,
        2100.5,
        700.25,
    )
    assert (row["user_sentiment"], row["call_successful"], row["in_voicemail"]) == (
        "Positive",
        True,
        False,
    )
    assert (row["llm_token_usage_average"], row["llm_token_usage_num_requests"]) == (812.5, 2)
    assert (row["twilio_call_sid"], row["agent_version"]) == ("CA0123456789", 7)


def test_what_a_call_does_not_tell_is_missing(tmp_path: Path) -> None:
    """A call with nothing but an id is a call; null is the same as nothing."""
    bare = read(tmp_path, dumped({"call_id": "call_1"}))
    null = dict.fromkeys(
        [*connected(), "latency", "metadata", "transcript_object", "brand_new", "items", "call"]
    )
    null["call_analysis"] = {"call_successful": None, "user_sentiment": None}
    null["latency"] = {"e2e": None, "llm": {"p50": None}}
    pd.testing.assert_frame_equal(read(tmp_path, dumped([{**null, "call_id": "call_1"}])), bare)
    assert bare.drop(columns="call_id").isna().all(axis=None)


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("duration_ms", "35303", 35_303),
        ("duration_ms", 35303.0, 35_303),
        ("agent_version", "42", 42),
        ("agent_version", 42.0, 42),
        ("combined_cost", "12.5", 12.5),
        ("combined_cost", 12, 12),
        ("e2e_latency_p50", 1861, 1861),
        ("call_successful", "true", True),
        ("call_successful", 1, True),
        ("start_timestamp", str(START), pd.Timestamp(START, unit="ms", tz="UTC")),
        ("start_timestamp", float(START), pd.Timestamp(START, unit="ms", tz="UTC")),
        ("start_timestamp", "2026-03-02T10:00:00Z", pd.Timestamp(START, unit="ms", tz="UTC")),
        ("disconnection_reason", "Dial no answer", "dial_no_answer"),
    ],
)
def test_a_value_may_be_written_in_another_way(
    tmp_path: Path, field: str, written: Any, value: Any
) -> None:
    """Numbers as text, whole numbers as decimals, times as ISO 8601 are the same values."""
    calls = read(tmp_path, dumped([nested(**{field: written})]))
    assert calls[field][0] == value


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"call_id": None}, "no call_id"),
        ({"call_id": ""}, "no call_id"),
        ({"call_id": [7]}, "call_id: "),
        ({"disconnection_reason": ["x"]}, "disconnection_reason: "),
    ],
)
@pytest.mark.parametrize("shape", [list, page, lines], ids=["list", "page", "lines"])
def test_a_record_that_does_not_fit_is_set_aside(
    tmp_path: Path, fields: dict[str, Any], why: str, shape: Any
) -> None:
    """The others are read; what was wrong is told with file and place, and once as a warning."""
    calls = [record(1), {**record(2), **fields}, record(3)]
    data = shape(*calls) if shape is lines else dumped(shape(calls))
    with pytest.warns(UserWarning, match="1 record could not be used") as warned:
        found = read(tmp_path, data)
    place = "line 2" if shape is lines else "item 1"
    assert found["call_id"].tolist() == ["call_1", "call_3"]
    [(where, said)] = whys(found)
    assert where == place
    assert why in said
    assert found.attrs["rejected"][0]["file"] == str(tmp_path / "calls")
    assert len(warned) == 1


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('{"call_id": "a", "agent_id": 7, "mood": oops}', "not valid JSON: "),
        ('{"call_id": 7, "mood": ' + "[" * 99_999 + "]" * 99_999 + "}", "nested too deeply"),
    ],
    ids=["broken", "deep"],
)
def test_a_line_with_several_faults_is_set_aside(tmp_path: Path, line: str, why: str) -> None:
    """Whichever fault is met first, one line is lost and the lines around it are read."""
    with pytest.warns(UserWarning, match="1 record could not be used"):
        calls = read(tmp_path, "\n".join([json.dumps(record(1)), line, json.dumps(record(3))]))
    assert calls["call_id"].tolist() == ["call_1", "call_3"]
    [(where, said)] = whys(calls)
    assert where == "line 2"
    assert said.startswith(why)


def test_a_list_may_hold_what_is_no_record(tmp_path: Path) -> None:
    """Numbers, texts, nulls and strange objects are set aside one by one."""
    with pytest.warns(UserWarning, match="5 records"):
        calls = read(tmp_path, dumped([1, "a", None, record(), {}, {"status": "error"}]))
    assert len(calls) == 1
    assert [where for where, _ in whys(calls)] == [f"item {n}" for n in (0, 1, 2, 4, 5)]
    assert whys(calls)[-2:] == [
        ("item 4", "no call_id; the fields are none"),
        ("item 5", "no call_id; the fields are status"),
    ]


@pytest.mark.parametrize(
    "name", ["mood", "Kundenstimmung", "e2e", "a`b", "x` - at `$y", 'the "best"', "", "a\nb",
             "call id", "extra_0", "__class__", "self", "日本"],
)  # fmt: skip
@pytest.mark.parametrize("shape", [list, page, lambda calls: calls[0]], ids=["list", "page", "one"])
def test_a_field_that_nobody_knows_is_kept(tmp_path: Path, name: str, shape: Any) -> None:
    """It stands behind the known columns; marks that no name can hold become underscores."""
    calls = read(tmp_path, dumped(shape([record(1, **{name: "fine"})])))
    assert calls.iloc[0, -1] == "fine"
    spelled = name.translate(str.maketrans('`"\n', "___")) or "_"
    assert calls.columns[-1] == spelled


def test_a_field_may_come_late(tmp_path: Path) -> None:
    """A field that only the 5000th record has is kept, and missing for all others."""
    many = [record(number) for number in range(6000)]
    many[4999]["late"] = {"deep": [1, {"er": None}]}
    calls = read(tmp_path, dumped(page(many)))
    assert calls["late"].notna().to_numpy().nonzero()[0].tolist() == [4999]
    assert json.loads(calls["late"][4999]) == {"deep": [1, {"er": None}]}


def test_unknown_values_keep_their_kind_and_objects_become_json(tmp_path: Path) -> None:
    """Numbers stay numbers; lists and objects are text that JSON reads back."""
    values = [5, 1.5, "x", True, None, [1, 2], {"a": "ü"}]
    calls = read(tmp_path, lines(*(record(n, mood=value) for n, value in enumerate(values))))
    assert calls["mood"].tolist() == [5, 1.5, "x", True, None, "[1,2]", '{"a":"ü"}']


def test_unknown_fields_of_several_files_stand_beside_each_other(tmp_path: Path) -> None:
    """Each file may bring its own."""
    (tmp_path / "a.json").write_bytes(dumped(record(1, mood="fine")))
    (tmp_path / "b.json").write_bytes(dumped(record(2, team="north")))
    calls = read_calls(tmp_path)
    assert calls[["mood", "team"]].notna().sum().tolist() == [1, 1]


def test_names_that_are_data_are_not_learned_without_end(tmp_path: Path) -> None:
    """With hundreds of unknown fields the first are kept, and that there are more is said."""
    many = [record(number, **{f"field_{number}": number}) for number in range(300)]
    with pytest.warns(UserWarning, match="more than 99 unknown fields"):
        calls = read(tmp_path, dumped(many))
    assert len(calls) == 300
    assert "field_98" in calls.columns
    assert "field_299" not in calls.columns


def test_a_value_of_another_type_costs_no_record(tmp_path: Path) -> None:
    """Figures for text, NaN, a field that is there twice: what can be read of a record is read."""
    first, last = json.dumps(record(1)), json.dumps(record(3))
    for line in (
        '{"call_id": 2, "disconnection_reason": "dial_busy", "agent_id": 7, "latency": [1]}',
        '{"call_id": "2", "disconnection_reason": "dial_busy", "agent_id": 7, "duration_ms": NaN}',
        '{"call_id": "2", "disconnection_reason": "dial_busy", "agent_id": "8", "agent_id": 7}',
    ):
        calls = read(tmp_path, f"{first}\n{line}\n{last}").set_index("call_id")
        assert sorted(calls.index) == ["2", "call_1", "call_3"]
        assert calls.loc["2", ["disconnection_reason", "agent_id"]].tolist() == ["dial_busy", "7"]
        assert calls.attrs["rejected"] == []


@pytest.mark.parametrize("name", ASIDE)
@pytest.mark.parametrize("at_top", [False, True], ids=["where the API has it", "at the top"])
def test_a_personal_field_is_left_out_unless_asked_for(
    tmp_path: Path, name: str, *, at_top: bool
) -> None:
    """That it is there is told; with `keep` it is loaded as text or JSON text."""
    value = ASIDE_VALUES[name]
    data = dumped([record(1, **{name: value}) if at_top else nested(**{name: value}), record(2)])
    shut, kept = read(tmp_path, data), read(tmp_path, data, keep=(name,))
    assert name not in shut.columns
    assert (shut.attrs["left_out"], kept.attrs["left_out"]) == ([name], [])
    text = kept[name][0]
    assert (text if isinstance(value, str) else json.loads(text)) == value
    assert pd.isna(kept[name][1])


def test_a_field_that_is_empty_everywhere_is_not_said_to_be_left_out(tmp_path: Path) -> None:
    """Unconnected calls have transcripts of nothing."""
    calls = read(tmp_path, dumped(unconnected(transcript="", metadata={}, transcript_object=[])))
    assert calls.attrs["left_out"] == []


def test_metadata_may_be_large(tmp_path: Path) -> None:
    """Five megabytes in one record are left out or kept like any other."""
    large = {"text": "x" * 5_000_000}
    data = dumped([record(1, metadata=large, brand_new=large), record(2)])
    calls = read(tmp_path, data, keep=("metadata",))
    assert calls[["metadata", "brand_new"]].map(str).map(len).max().min() > 5_000_000


@pytest.mark.parametrize(
    "wrapped", [dict, event, lambda call: page([call])], ids=["call", "webhook", "page"]
)
def test_the_access_token_is_nowhere(tmp_path: Path, wrapped: Any) -> None:
    """No column, no attribute, no warning and no error holds the secret of a web call."""
    broken = {**web(4), "disconnection_reason": ["x"]}
    with pytest.warns(UserWarning, match="set aside") as warned:
        calls = read(tmp_path, lines(wrapped(web()), broken), keep=ASIDE)
    assert len(calls) == 1
    told = [calls.to_json(date_format="iso"), str(calls.attrs), *map(str, warned)]
    assert not [text for text in told if TOKEN in text]
    assert not set(SECRETS) & set(calls.columns)
    with pytest.raises(ValueError, match="nothing in the file") as error:
        read(tmp_path, dumped([{"access_token": TOKEN}, broken]))
    assert TOKEN not in str(error.value)


def test_old_dumps_have_their_latencies_at_the_top(tmp_path: Path) -> None:
    """Records from before November 2024 fill the same columns; where both are, the new wins."""
    old = {"e2e_latency": {"p50": 5, "p95": 9}, "llm_latency": {"p50": 3}}
    calls = read(
        tmp_path,
        dumped(
            [
                record(1, **old, opt_out_sensitive_data_storage=True),
                record(2, **old, latency={"e2e": {"p50": 6}}),
            ]
        ),
    )
    assert calls["e2e_latency_p50"].tolist() == [5, 6]
    assert calls["e2e_latency_p95"].tolist() == [9, 9]
    assert calls["llm_latency_p50"].tolist() == [3, 3]
    assert calls["opt_out_sensitive_data_storage"].tolist() == [True, None]


def test_a_text_may_come_late(tmp_path: Path) -> None:
    """What pages had in common for long, a later one may have otherwise, or lack."""
    directions: list[Any] = [*["inbound"] * 3, "outbound", None, "", 7, "outbound"]
    for number, direction in enumerate(directions):
        calls = [record(1000 * number + at, direction="inbound") for at in range(200)]
        calls[100]["direction"] = direction
        (tmp_path / f"{number}.json").write_bytes(dumped(page(calls)))
    found = read_calls(tmp_path).set_index("call_id")["direction"]
    odd = [f"call_{1000 * number + 100}" for number in range(len(directions))]
    expected = [*["inbound"] * 3, "outbound", None, None, "7", "outbound"]
    assert [None if pd.isna(cell) else cell for cell in found[odd]] == expected
    assert len(found) == 1600
    assert found.drop(odd).eq("inbound").all()


def test_a_field_that_stays_out_of_one_file_stays_out_of_all(tmp_path: Path) -> None:
    """Nothing else of the object around it is lost, and a file may spell it in any type."""
    for number, summary in enumerate(["Hello.", ["Hello."], None]):
        about = {"call_summary": summary, "user_sentiment": "Positive"}
        (tmp_path / f"{number}.json").write_bytes(dumped([record(number, call_analysis=about)]))
    calls = read_calls(tmp_path)
    assert calls["user_sentiment"].tolist() == ["Positive"] * 3
    assert calls.attrs["left_out"] == ["call_summary"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_the_last_word_on_a_call_wins_in_whatever_order(
    tmp_path: Path, order: tuple[int, ...]
) -> None:
    """`call_analyzed` says more than `call_ended`, and that more than `call_started`."""
    running = connected(call_status="ongoing", disconnection_reason=None, call_analysis=None)
    events = [
        event(running, "call_started", START + 9),
        event(connected(call_analysis=None), "call_ended", START + 5),
        event(connected(), "call_analyzed", START + 7),
    ]
    calls = read(tmp_path, lines(*(events[place] for place in order)))
    assert calls["user_sentiment"].tolist() == ["Positive"]
    assert calls["event_timestamp"].tolist() == [pd.Timestamp(START + 7, unit="ms", tz="UTC")]
    assert calls.attrs["duplicates"] == 2


@pytest.mark.parametrize("late_first", [False, True])
def test_of_two_events_of_a_kind_the_later_wins(tmp_path: Path, *, late_first: bool) -> None:
    """The time of the event decides, not the order in the file."""
    events = [event(connected(duration_ms=n), "call_ended", START + n) for n in (1, 2)]
    calls = read(tmp_path, dumped(events[::-1] if late_first else events))
    assert calls["duration_ms"].tolist() == [2]


def test_what_the_api_says_wins_over_any_event(tmp_path: Path) -> None:
    """A record that was asked for is at least as new as its events."""
    calls = read(tmp_path, lines(connected(duration_ms=5), event(connected(), "call_analyzed")))
    assert calls["duration_ms"].tolist() == [5]
    assert calls["event_timestamp"].isna().all()


@pytest.mark.parametrize(
    "wrap", [dumped, lines, lambda e: dumped([e]), lambda e: dumped(page([e]))]
)
def test_a_webhook_is_read_in_any_wrapping(tmp_path: Path, wrap: Any) -> None:
    """One body, a list, a page or lines of them give the call and the time of the event."""
    calls = read(tmp_path, wrap(event(unconnected(), at=START + 3)))
    assert calls["disconnection_reason"].tolist() == ["dial_no_answer"]
    assert calls["event_timestamp"].tolist() == [pd.Timestamp(START + 3, unit="ms", tz="UTC")]


def test_a_status_that_lags_behind_is_kept_as_recorded(tmp_path: Path) -> None:
    """An event may say "ongoing" of an ended call; the reason is there to be trusted."""
    calls = read(tmp_path, dumped(event(connected(call_status="ongoing"))))
    assert calls[["call_status", "disconnection_reason"]].to_numpy().tolist() == [
        ["ongoing", "user_hangup"]
    ]


def test_fields_that_only_later_calls_have_are_read(tmp_path: Path) -> None:
    """The first call of a page tells not all: later ones bring known, unknown and personal ones."""
    later = [record(2, agent_name="A"), record(3, mood="fine"), record(4, transcript="Hello")]
    told = record(5, event="call_ended", e2e_latency={"p50": 7})
    calls = read(tmp_path, dumped(page([record(1), *later, told])))
    assert calls["agent_name"].dropna().tolist() == ["A"]
    assert calls["mood"].dropna().tolist() == ["fine"]
    assert calls["e2e_latency_p50"].dropna().tolist() == [7]
    assert calls.attrs["left_out"] == ["transcript"]
    assert len(calls) == 5


def test_pages_may_differ_in_their_fields(tmp_path: Path) -> None:
    """Each file's calls are read whole, whatever those of the files before had."""
    for number, fields in enumerate([{"mood": 1}, {"direction": "inbound"}, {"mood": 2}]):
        (tmp_path / f"{number}.json").write_bytes(dumped([record(number, **fields)]))
    calls = read_calls(tmp_path)
    assert calls["direction"].tolist()[1] == "inbound"
    assert calls["mood"].dropna().tolist() == [1, 2]


def test_a_webhook_without_a_call_is_set_aside(tmp_path: Path) -> None:
    """The message names the fields that it has."""
    with pytest.raises(ValueError, match="no call_id; the fields are event, event_timestamp"):
        read(tmp_path, dumped({"event": "ping", "event_timestamp": START}))


def test_a_call_may_have_a_field_named_like_those_of_a_page(tmp_path: Path) -> None:
    """What has a call_id is a call."""
    calls = read(tmp_path, dumped(record(1, items=[])))
    assert calls["call_id"].tolist() == ["call_1"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_json_has_not_are_missing(tmp_path: Path, number: str) -> None:
    """Python writes NaN into JSON; the record is read without it, in a list and in a line."""
    text = json.dumps(record(1, duration_ms="@", mood="@")).replace('"@"', number)
    for data in (f"[{text}]", f"{text}\n{json.dumps(record(2))}", f'{{"items": [{text}]}}'):
        calls = read(tmp_path, data)
        assert calls["call_id"][0] == "call_1"
        assert calls[["duration_ms"]].iloc[0].isna().all()


@pytest.mark.parametrize("half", [b"\\ud800", "\ud800".encode("utf-8", "surrogatepass")])
def test_half_a_character_becomes_a_question_mark(tmp_path: Path, half: bytes) -> None:
    """JSON can hold half of a pair of UTF-16; no text of Python may leave with it."""
    data = dumped([record(1, agent_name="@", mood="@", transcript="@")]).replace(b"@", half)
    calls = read(tmp_path, data, keep=("transcript",))
    assert calls[["agent_name", "mood"]].to_numpy().tolist() == [["?", "?"]]
    calls.to_json(date_format="iso").encode()


@pytest.mark.parametrize("shape", [list, page, lines], ids=["list", "page", "lines"])
def test_a_record_that_is_not_utf8_is_set_aside(tmp_path: Path, shape: Any) -> None:
    """One bad byte costs one record."""
    calls = [record(1), record(2, agent_name="@"), record(3)]
    data = shape(*calls) if shape is lines else dumped(shape(calls))
    with pytest.warns(UserWarning, match="not valid JSON: "):
        found = read(tmp_path, data.replace(b"@", b"M\xfcller"))
    assert found["call_id"].tolist() == ["call_1", "call_3"]
    assert [where for where, _ in whys(found)] == ["line 2" if shape is lines else "item 1"]


def test_a_line_nested_too_deeply_is_set_aside(tmp_path: Path) -> None:
    """It does not bring down the reader."""
    deep = json.dumps(record(2))[:-1] + ', "mood": ' + "[" * 100_000 + "]" * 100_000 + "}"
    with pytest.warns(UserWarning, match="nested too deeply"):
        calls = read(tmp_path, "\n".join([json.dumps(record(1)), deep, json.dumps(record(3))]))
    assert calls["call_id"].tolist() == ["call_1", "call_3"]


def test_events_within_events_come_to_an_end(tmp_path: Path) -> None:
    """A body wrapped a thousand times is set aside, or read where it can be."""
    deep: dict[str, Any] = record(2)
    for _ in range(900):
        deep = {"call": deep}
    with pytest.warns(UserWarning, match="nested too deeply"):
        calls = read(tmp_path, dumped([record(1), deep]))
    assert calls["call_id"].tolist() == ["call_1"]


def test_ranks_order_events_by_kind_and_then_by_time() -> None:
    """No time of an event lifts it above the next kind."""
    late = 10**15
    told = [event(record(), kind, at) for kind, at in
            [("brand_new_event", 5), ("call_started", late), ("call_ended", 1), ("call_ended", 2),
             ("call_analyzed", 1), ("call_analyzed", late)]]  # fmt: skip
    ranks = [rank(found) for found in RecordDecoder().decode(dumped(told)).records]
    assert ranks == sorted(set(ranks))
    assert ranks[-1] <= RANK_OF_CALLS == rank(RecordDecoder().decode(dumped(record())).records[0])


def test_places_tell_the_page_and_the_item(tmp_path: Path) -> None:
    """In pages by lines, a record is found by line and item."""
    broken = {**record(2), "disconnection_reason": []}
    with pytest.warns(UserWarning, match="line 2 item 1"):
        calls = read(tmp_path, lines(page(three()), page([record(1), broken])))
    assert [where for where, _ in whys(calls)] == ["line 2 item 1"]
