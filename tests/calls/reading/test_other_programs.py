"""Tables and files as other programs write them: their marks, types, languages and damage."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from payloads import connected, event

from retell_nb.calls.reading.cells import read_cells
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.schema import Guess

if TYPE_CHECKING:
    from pathlib import Path


def read(folder: Path, text: str) -> pd.DataFrame:
    path = folder / "calls.csv"
    path.write_text(text, encoding="utf-8")
    return read_calls(path)


def durations(label: str, *cells: object) -> pd.DataFrame:
    return as_calls(pd.DataFrame({"end_reason": ["user_hangup"] * len(cells), label: [*cells]}))


@pytest.mark.filterwarnings("ignore:.* were taken for minutes and seconds")
@pytest.mark.parametrize(
    ("label", "cells", "seconds"),
    [
        ("Duration (hh:mm)", ["00:02", "1:10"], [120, 4200]),
        ("Call length [h:mm]", ["0:02", "0:00"], [120, 0]),
        ("Duration (mm:ss)", ["02:30", "61:10"], [150, 3670]),
        ("Duration (mm:ss)", ["02:30:00", "00:10:00"], [150, 10]),
        ("Duration (hh:mm:ss)", ["00:02:30", "01:00:00"], [150, 3600]),
        ("Call length [min]", [2.5, 0], [150, 0]),
        ("Dauer (min)", ["2,5", "0,5"], [150, 30]),
        ("Gesprächsdauer in Sekunden", [33, 0], [33, 0]),
        ("Durée (s)", [33, 0], [33, 0]),
        ("Duration (hours)", [0.5, 1], [1800, 3600]),
        ("Duration", ["0:52", "25:10:00"], [52, 1510]),
        ("Duration", ["0:52:00", "4:41:00", "12:02:00"], [52, 281, 722]),
        ("Duration", ["0:52:00", "1:41:00"], [3120, 6060]),
        ("Duration", ["0:00:52", "4:41:00"], [52, 16860]),
        ("Duration", ["1900-01-01 01:10:00", "0:52"], [1510, 52]),
        ("Duration", ["3:40 min", "0:47 s"], [220, 47]),
        ("Duration", ["2 Minuten 5 Sekunden", "1 ora 2 minuti"], [125, 3720]),
    ],
)
def test_durations_are_read_by_what_their_header_and_their_size_say(
    label: str, cells: list[object], seconds: list[int]
) -> None:
    """A spreadsheet makes hours of minutes, and no call lasts for four of them."""
    calls = durations(label, *cells)
    assert calls["duration_ms"].tolist() == [1000 * second for second in seconds]


def test_clocks_that_a_spreadsheet_damaged_are_noted_as_a_guess() -> None:
    with pytest.warns(UserWarning, match="no call lasts so long"):
        notes = durations("Duration", "0:52", "25:10:00").attrs["notes"]
    assert any(isinstance(note, Guess) and "25:10:00 in Duration" in note for note in notes)


@pytest.mark.parametrize(
    "text",
    [
        *("2 mars 2026 14h03", "02MAR2026:14:03:00", "02.03.26 14.03", "2026-03-02 14.03.00"),
        *("2026-03-02 @ 14:03", "2026-03-02_14-03-00", "2026\u201103\u201102 14:03"),
        *("Montag, 2. März 2026 um 15:03 MEZ", "2 de março de 2026 às 14:03"),
        *("2026-03-02 3:03 PM (GMT+1)", "2026-03-02 09:03 America/New_York"),
    ],
)
def test_a_time_as_other_programs_write_it_is_read(text: str) -> None:
    times = read_cells(pd.Series([text]), "time").column
    assert times.tolist() == [pd.Timestamp("2026-03-02 14:03", tz="UTC")]


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Anruf-ID;Startzeit;Grund;Von;An;Richtung", "c1;02.03.2026 14:03;{};{};{};ausgehend"),
        (
            "ID appel;Début;Motif de fin;De;Téléphone;Direction",
            "c1;02.03.2026 14:03;{};{};{};sortant",
        ),
        (
            "Call_ID__c,Start_Time__c,End_Reason__c,From_Number__c,To_Number__c,Direction__c",
            "c1,2026-03-02T14:03:00.000+0000,{},{},{},outbound",
        ),
        (
            "call_id (S),start_timestamp (N),end_reason (S),from (S),to (S),direction (S)",
            "c1,1772460180000,{},{},{},outbound",
        ),
        (
            "call_id,start_time,end_reason,from,to,direction",
            '"=""c1""","=""2026-03-02 14:03""",{},"=""{}""",={},outbound',
        ),
        (
            "call_id,start_time,end_reason,from,to,direction",
            "'c1,'2026-03-02 14:03,{},'{},'{},outbound",
        ),
        (
            "call_id,start_time,end_reason,from,to,direction",
            "c1,2026-03-02 14:03,{},{},{},outbound,,",
        ),
    ],
)
def test_a_table_of_another_program_or_language_is_read(
    tmp_path: Path, header: str, row: str
) -> None:
    """Other languages, types behind names, marks of text, separators behind the last cell."""
    numbers = "+12015550100", "+12015550111"
    calls = read(tmp_path, f"{header}\n{row.format('dial_busy', *numbers)}\n")
    call = calls.iloc[0]
    assert call["start_timestamp"] == pd.Timestamp("2026-03-02 14:03", tz="UTC")
    assert (call["disconnection_reason"], call["to_number"]) == ("dial_busy", numbers[1])
    assert call["call_id"].removeprefix("'") == "c1"
    assert call["direction"] == "outbound"
    if "De;" not in header:
        assert call["from_number"] == numbers[0]


@pytest.mark.parametrize("flags", ["WAHR FALSCH", "VRAI FAUX", "VERDADERO FALSO", "ja nein"])
def test_yes_and_no_are_read_in_other_languages(flags: str) -> None:
    column = pd.Series(flags.split())
    assert read_cells(column, "flag").column.tolist() == [True, False]


@pytest.mark.parametrize("blank", ["\\N", "(null)", "#N/A", "#NV", "nil", "--", "(blank)"])
def test_what_a_program_writes_for_nothing_is_no_fault(blank: str) -> None:
    cells = read_cells(pd.Series([blank, "5"]), "duration")
    assert cells.column.isna().tolist() == [True, False]
    assert not cells.unreadable.any()


def test_blank_rows_are_no_records(tmp_path: Path) -> None:
    """Also in a table without ids, in which they would be calls of no known ending."""
    calls = read(tmp_path, "Agent,End reason\nx,user_hangup\n,\n,\nx,dial_busy\n")
    assert calls["disconnection_reason"].tolist() == ["user_hangup", "dial_busy"]
    assert calls.attrs["rejected"] == []


def test_blank_rows_of_a_frame_are_set_aside() -> None:
    """As a sheet leaves them below its table; one with any cell is a call of no known ending."""
    df = pd.DataFrame({"End reason": ["dial_busy", None, None], "Agent": ["x", None, "x"]})
    with pytest.warns(UserWarning, match="1 record"):
        calls = as_calls(df)
    assert calls.index.tolist() == [0, 2]
    assert [record["why"] for record in calls.attrs["rejected"]] == ["a blank row"]


def test_rows_that_are_wider_by_a_value_are_set_aside(tmp_path: Path) -> None:
    text = "call_id,end_reason\n" + "c1,dial_busy,x\n" * 3 + "c2,dial_busy\n"
    with pytest.warns(UserWarning, match="3 records"):
        calls = read(tmp_path, text)
    assert (len(calls), len(calls.attrs["rejected"])) == (1, 3)


def test_dates_that_a_spreadsheet_turned_round_are_read_as_the_others_are(tmp_path: Path) -> None:
    """What it cannot take for a day of its own order it leaves as it is."""
    rows = ["02.04.2026 21:32;c1;dial_busy", "04/13/2026 09:07;c2;dial_busy"]
    header = "Time;call_id;end_reason"
    with pytest.warns(UserWarning, match="Dates with dots"):
        calls = read(tmp_path, "\n".join([header, "04.02.2026 21:32;c0;x", rows[1]]))
    assert calls["start_timestamp"].dt.strftime("%m-%d").tolist() == ["04-02", "04-13"]
    assert any(isinstance(note, Guess) and "dots" in note for note in calls.attrs["notes"])
    sound = read(tmp_path, "\n".join([header, *rows, "14.04.2026;c3;x"]))
    assert sound["start_timestamp"].dt.strftime("%m-%d").tolist() == ["04-02", "04-13", "04-14"]


def test_a_call_without_any_time_has_that_of_its_record_as_a_last_resort() -> None:
    """With a note; one that has its own keeps it."""
    calls = as_calls(
        [
            {"id": 1, "end_reason": "user_hangup", "started_at": 1772445600000, "created_at": "x"},
            {"id": 2, "end_reason": "dial_busy", "created_at": "2026-03-02 14:03"},
        ]
    )
    assert calls["start_timestamp"].notna().tolist() == [True, False]
    assert calls["event_timestamp"].dt.hour.tolist()[1] == 14
    assert any("1 call without a start or an end has the time in created_at" in note
               for note in calls.attrs["notes"])  # fmt: skip


@pytest.mark.parametrize("shape", ["record", "cell"])
def test_the_time_beside_a_payload_without_one_is_its_last_resort(shape: str) -> None:
    payload = {
        "event": "call_ended",
        "call": {"call_id": "c1", "disconnection_reason": "dial_busy"},
    }
    row = {"id": 7, "raw": payload, "created_at": "2026-03-02T14:03:00Z"}
    value: Any = [row] if shape == "record" else pd.DataFrame([row | {"raw": json.dumps(payload)}])
    calls = as_calls(value)
    assert calls["start_timestamp"].dt.hour.tolist() == [14]


def test_what_some_records_nest_and_others_do_not_is_read_of_all() -> None:
    calls = as_calls(
        [
            {"id": "a", "end_reason": "x", "call_successful": True},
            {"id": "b", "end_reason": "x", "call_analysis": {"call_successful": False}},
        ]
    )
    assert calls["call_successful"].tolist() == [True, False]


@pytest.mark.parametrize(
    "stamp",
    [
        {"_seconds": 1772460180, "_nanoseconds": 5_000_000},
        {"nanoseconds": 5_000_000, "seconds": 1772460180},
        {"__datatype__": "timestamp", "value": {"_seconds": 1772460180, "_nanoseconds": 5_000_000}},
    ],
)
def test_times_of_document_stores_are_read(stamp: dict[str, Any]) -> None:
    calls = as_calls([{"call_id": "c1", "end_reason": "dial_busy", "started_at": stamp}])
    assert calls["start_timestamp"].tolist() == [pd.Timestamp("2026-03-02 14:03:00.005", tz="UTC")]


def test_lines_of_a_log_that_begin_with_a_bracket_are_read(tmp_path: Path) -> None:
    path = tmp_path / "webhook.log"
    lines = [
        f"[2026-03-02T10:0{n}:00Z] POST 200 {json.dumps(event(connected(n)))}" for n in range(3)
    ]
    path.write_text("\n".join(lines))
    assert len(read_calls(path)) == 3


def test_a_line_of_a_log_in_a_field_is_opened() -> None:
    lines = [{"textPayload": f"body: {json.dumps(event(connected(n)))}"} for n in range(2)]
    assert len(as_calls(lines)) == 2


def test_the_data_of_a_run_of_a_workflow_are_read() -> None:
    """However deep it keeps them."""
    items = [{"json": {"headers": {}, "body": event(connected(n))}} for n in range(2)]
    runs = {"Webhook": [{"data": {"main": [items]}}]}
    assert len(as_calls({"data": {"resultData": {"runData": runs}}})) == 2


def test_rows_without_labels_are_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "values.json"
    pd.DataFrame([connected(1), connected(2)]).to_json(path, orient="values")
    with pytest.raises(ValueError, match="write it with another orient"):
        read_calls(path)


@pytest.mark.filterwarnings("ignore:.* were taken for milliseconds")
@pytest.mark.parametrize(
    ("label", "cells", "seconds"),
    [
        ("Duration", [52000, 0, 9100], [52, 0, 9]),
        ("Duration (s)", [52000, 9100], [52000, 9100]),
        ("Duration", [52, 9000, 40], [52, 9000, 40]),
    ],
)
def test_numbers_that_no_call_can_last_in_seconds_are_milliseconds(
    label: str, cells: list[object], seconds: list[int]
) -> None:
    calls = durations(label, *cells)
    noted = any("taken for milliseconds" in note for note in calls.attrs["notes"])
    assert noted == (label == "Duration" and 52000 in cells)
    assert (calls["duration_ms"] // 1000).tolist() == seconds


def test_a_table_of_counts_is_told_from_one_of_calls() -> None:
    """With ids, or without any number above one, each row is a call."""
    df = pd.DataFrame({"end_reason": ["user_hangup", "dial_busy"], "Calls": [812, 91]})
    with pytest.warns(UserWarning, match="Calls looks like a number of calls"):
        notes = as_calls(df).attrs["notes"]
    assert any("looks like a number of calls" in note for note in notes)
    for own in (df.assign(call_id=["a", "b"]), df.assign(Calls=1)):
        assert not any("looks like" in note for note in as_calls(own).attrs["notes"])


@pytest.mark.parametrize("error", ["#REF!", "#ERROR!", "#DIV/0!", "#NAME?"])
def test_a_formula_that_failed_is_no_phone_number(error: str) -> None:
    with pytest.warns(UserWarning, match="1 cell of to_number could not be read"):
        calls = as_calls(pd.DataFrame({"end_reason": ["x", "x"], "phone": [error, "+12015550100"]}))
    assert calls["to_number"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("word", "status"),
    [("NotConnected", "not_connected"), ("Ringing", "registered"), ("cancelled", "not_connected"),
     ("call_started", "ongoing"), ("Call Ended", "ended"), ("mystery", "mystery")],
)  # fmt: skip
def test_more_words_of_other_programs_for_a_status_are_known(word: str, status: str) -> None:
    calls = as_calls([{"call_id": "c1", "end_reason": None, "status": word, "call_status": word}])
    assert calls["call_status"].tolist() == [status]
