"""Files to calls: what is in a file, not how it is called, and what is said when nothing is."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from payloads import (
    PACKINGS,
    SHAPES,
    START,
    TOKEN,
    connected,
    dumped,
    event,
    flat,
    lines,
    page,
    parquet,
    read,
    three,
    unconnected,
    whys,
    zstd,
)

from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

DASHBOARD = """Time,Duration,Channel Type,Cost,Session ID,End Reason,Session Status,From,To,\
Direction,Session Outcome,End to End Latency,Agent ID,Agent Version,Room type
2026-03-02 11:00:00,3m 40s,Phone Call,$0.12,call_1,User hangup,Ended,+14155550123,\
+14155550199,Inbound,Successful,1861ms,agent_1,7,double
2026-03-02 11:05:00,0:00,Phone Call,$0.00,call_2,Dial no answer,Not connected,anonymous,\
+14155550142,Outbound,Unsuccessful,-,agent_2,3,
"""
ACCEPTED = (
    "Accepted are: a call as get-call returns it, a page of list-calls, a list of calls, JSON "
    "Lines, webhook bodies, CSV with a header that names the disconnection reason, and Parquet."
)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]


def encoded(text: str, encoding: str) -> bytes:
    """The text with a byte order mark where the encoding wants one."""
    mark = "\ufeff" if encoding.endswith("e") else ""
    return (mark + text).encode(encoding)


@pytest.fixture
def dashboard(tmp_path: Path) -> pd.DataFrame:
    return read(tmp_path, DASHBOARD, tz="Europe/Berlin")


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_same_calls_are_the_same_frame_in_any_shape(
    tmp_path: Path, shape: str, packing: str
) -> None:
    """Pages, lists, lines, CSV, Parquet, packed or not: the known columns are equal."""
    calls = read(tmp_path, PACKINGS[packing](SHAPES[shape]()), shape + packing)
    expected = read(tmp_path, dumped(three()))
    pd.testing.assert_frame_equal(calls[[*SCHEMA]], expected[[*SCHEMA]])
    assert calls.attrs == expected.attrs
    assert TOKEN not in calls.to_json(date_format="iso")


@pytest.mark.parametrize("name", ["a.csv", "a.json.gz", "a.parquet", "a", "a.xlsx", "Ä ö.txt"])
@pytest.mark.parametrize("shape", ["page.json", "lines.jsonl", "names.csv", "names.parquet"])
def test_content_decides_not_the_name(tmp_path: Path, shape: str, name: str) -> None:
    """A file with a wrong ending, or none, is read for what it is."""
    calls = read(tmp_path, SHAPES[shape](), name)
    assert calls["call_id"].tolist() == ["call_1", "call_2", "call_3"]


def test_one_call_is_a_frame_of_one(tmp_path: Path) -> None:
    """A body of get-call, or of a webhook, is one row."""
    for body in (connected(), event(connected())):
        for data in (dumped(body), dumped(body, indent=2), b"\n\n " + dumped(body)):
            assert read(tmp_path, data)["call_id"].tolist() == ["call_1"]


@pytest.mark.parametrize("data", [b"[]", b" [ ] ", dumped(page([])), dumped([page([])]),
                                  b"End Reason,Duration\n", b"call_id;disconnection_reason",
                                  parquet(flat(three())[:0])], ids=str)  # fmt: skip
def test_no_calls_are_an_empty_frame_and_no_error(tmp_path: Path, data: bytes) -> None:
    """An empty list, page, or table has the columns of any other, in their dtypes."""
    calls, full = read(tmp_path, data), read(tmp_path, dumped(three()))
    assert calls.empty
    pd.testing.assert_series_equal(calls[[*SCHEMA]].dtypes.astype(str), full.dtypes.astype(str))
    assert calls.attrs["rejected"] == []


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_a_dashboard_export_is_read_in_any_dress(
    tmp_path: Path, dashboard: pd.DataFrame, encoding: str, separator: str, end: str
) -> None:
    """Encoding, separator and line ends are found out."""
    text = DASHBOARD.replace(",", separator).replace("\n", end)
    calls = read(tmp_path, encoded(text, encoding), tz="Europe/Berlin")
    pd.testing.assert_frame_equal(calls, dashboard)


def test_a_dashboard_export_has_its_units_and_local_times(dashboard: pd.DataFrame) -> None:
    """Units are read from the cells; the user's own fields are kept."""
    row = dashboard.iloc[0]
    assert (row["disconnection_reason"], row["call_status"]) == ("user_hangup", "ended")
    assert row["start_timestamp"] == pd.Timestamp("2026-03-02T10:00Z")
    assert (row["duration_ms"], row["combined_cost"], row["e2e_latency_p50"]) == (220_000, 12, 1861)
    assert (row["call_type"], row["direction"], row["call_successful"]) == (
        "phone_call",
        "inbound",
        True,
    )
    assert dashboard["disconnection_reason"].tolist()[1] == "dial_no_answer"
    assert dashboard["Room type"].tolist() == ["double", ""]
    assert dashboard["e2e_latency_p50"].isna().tolist() == [False, True]


def test_local_times_follow_the_change_of_clocks(tmp_path: Path) -> None:
    """The same hour of the wall is another in UTC on the next day."""
    text = "End Reason,Time\na,2026-03-28 12:00\nb,2026-03-29 12:00\n"
    for tz, hours in {"UTC": [12, 12], "Europe/Berlin": [11, 10]}.items():
        assert read(tmp_path, text, tz=tz)["start_timestamp"].dt.hour.tolist() == hours


def test_the_user_s_own_mapping_wins(tmp_path: Path) -> None:
    """For CSV and for Parquet; a label that is not there is a KeyError."""
    table = pd.DataFrame({"Why": ["dial_busy"], "End Reason": ["x"]})
    for data in (table.to_csv(index=False), parquet(table)):
        calls = read(tmp_path, data, columns={"Why": "disconnection_reason"})
        assert calls["disconnection_reason"].tolist() == ["dial_busy"]
        with pytest.raises(KeyError, match=r"\['Whom'\]; what was read has \['Why', 'End"):
            read(tmp_path, data, columns={"Whom": "disconnection_reason"})


def test_a_cell_may_hold_separators_quotes_and_line_breaks(tmp_path: Path) -> None:
    """In the header as in the rows."""
    text = '"Session, ID","End Reason","My ""own""\nnote"\r\n,Dial busy,"a, ""b""\nc"\r\n'
    calls = read(tmp_path, text)
    assert calls['My "own"\nnote'].tolist() == ['a, "b"\nc']
    assert calls["disconnection_reason"].tolist() == ["dial_busy"]


def test_columns_of_the_same_name_are_told_apart(tmp_path: Path) -> None:
    """The first keeps its name; none gets a name that another has."""
    calls = read(tmp_path, "End Reason,Note,Note,Note.1,End Reason\nx,a,b,c,d\n")
    assert calls["disconnection_reason"].tolist() == ["x"]
    assert calls.iloc[0, len(SCHEMA) :].to_dict() == {
        "Note": "a",
        "Note.2": "b",
        "Note.1": "c",
        "End Reason.1": "d",
    }


def test_rows_of_another_length_are_set_aside_with_their_number(tmp_path: Path) -> None:
    """Rows are counted from the header on; blank lines do not count."""
    text = "Session ID,End Reason,Note\na,x,1\nb,x\n\nc,x,1\nd,x,1,2\ne,x,1\n"
    with pytest.warns(UserWarning, match="2 records"):
        calls = read(tmp_path, text)
    assert calls["call_id"].tolist() == ["a", "c", "e"]
    assert whys(calls) == [
        ("row 2", "2 cells where the header has 3"),
        ("row 4", "4 cells where the header has 3"),
    ]


def test_letters_that_are_not_utf8_cost_no_row(tmp_path: Path) -> None:
    """They are read as the code page of Windows has them, and a note says so."""
    text = "Session ID,End Reason,Name\na,x,Ann\nb,x,M\xfcller \u20ac\n"
    calls = read(tmp_path, text.encode("cp1252"))
    assert calls["Name"].tolist() == ["Ann", "M\xfcller \u20ac"]
    assert "Windows-1252" in calls.attrs["notes"][0]


def test_a_cell_may_be_large(tmp_path: Path) -> None:
    """A transcript of five megabytes does not shut out the file."""
    large = "x" * 5_000_000
    text = f'End Reason,transcript,Note\nx,"{large}",1\ny,short,2\n'
    assert read(tmp_path, text)["Note"].tolist() == ["1", "2"]
    assert read(tmp_path, text, keep=("transcript",))["transcript"][0] == large


def test_a_table_s_secrets_and_personal_fields_stay_out(tmp_path: Path) -> None:
    """Under any spelling, in CSV and in Parquet; what is asked for is loaded."""
    table = pd.DataFrame(
        {
            "End Reason": ["x"],
            "Access Token": [TOKEN],
            "access_token": [TOKEN],
            "call.access_token": [TOKEN],
            "Transcript": ["Hello."],
            "metadata": ['{"a": 1}'],
        }
    )
    for data in (table.to_csv(index=False), parquet(table)):
        shut = read(tmp_path, data)
        kept = read(tmp_path, data, keep=("transcript", "metadata"))
        assert list(shut.columns) == [*SCHEMA]
        assert shut.attrs["left_out"] == ["access_token", "metadata", "transcript"]
        for calls in (shut, kept):
            assert TOKEN not in calls.to_json(date_format="iso") + str(calls.attrs)
        assert kept[["transcript", "metadata"]].to_numpy().tolist() == [["Hello.", '{"a": 1}']]


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_packed_file_that_is_cut_off_gives_what_could_be_unpacked(
    tmp_path: Path, packing: str
) -> None:
    """What is whole is read; where it ends is told."""
    dice = random.Random(7)  # noqa: S311 - bytes that do not pack well
    many = [{"call_id": f"call_{n}", "mood": dice.randbytes(50).hex()} for n in range(4000)]
    packed = PACKINGS[packing](lines(*many))
    with pytest.warns(UserWarning, match="set aside"):
        calls = read(tmp_path, packed[: len(packed) * 3 // 4])
    assert 2000 < len(calls) < 3200
    assert calls["call_id"].tolist() == [f"call_{n}" for n in range(len(calls))]
    where, why = whys(calls)[-1]
    assert (where, why.startswith("unpacking stopped: ")) == ("the end", True)


def test_a_packed_file_may_have_several_parts(tmp_path: Path) -> None:
    """Packed files put one behind the other, as logs are, are one."""
    data = gzip.compress(lines(connected(1))) + gzip.compress(lines(connected(2)))
    assert len(read(tmp_path, data)) == 2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two data files, and what is to be passed over."""
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / "b" / "deep" / "two.JSONL.gz").write_bytes(gzip.compress(lines(unconnected(2))))
    (tmp_path / "a.json").write_bytes(dumped(connected(1)))
    for name in (".hidden.json", "_temporary.csv", "picture.png", "b/deep/notes.md"):
        (tmp_path / name).write_text("nothing to read")
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "x.json").write_text("nothing to read")
    (tmp_path / "folder.json").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "ask",
    [
        lambda folder: folder,
        str,
        lambda folder: f"{folder}/",
        lambda folder: [folder / "a.json", folder / "b"],
        lambda folder: [str(folder / "a.json"), folder / "a.json", folder],
        lambda folder: (path for path in [folder / "a.json", folder / "b"]),
        lambda folder: [folder / "*.json", f"{folder}/**/*.gz"],
        lambda folder: f"{folder}/**/*.[jJ]*",
    ],
    ids=["Path", "str", "slash", "list", "twice", "generator", "globs", "glob"],
)
def test_files_may_be_named_in_many_ways(folder: Path, ask: Any) -> None:
    """A folder, a glob, several of these; a file named twice is read once."""
    calls = read_calls(ask(folder))
    assert calls["call_id"].tolist() == ["call_1", "call_2"]
    assert calls.attrs["duplicates"] == 0


def test_a_name_with_marks_of_a_glob_is_a_name(tmp_path: Path) -> None:
    """A file that is there is read, whatever its name would mean."""
    assert len(read(tmp_path, dumped(connected()), "calls[1].json")) == 1


def test_the_home_folder_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde is the user's home."""
    monkeypatch.setenv("HOME", str(tmp_path))
    read(tmp_path, dumped(connected()), "calls.json")
    assert len(read_calls("~/calls.json")) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing.json", "there is no file or folder of that name, and as a glob it matches no"),
        ("*.csv", "there is no file or folder of that name, and as a glob it matches no file"),
        ("empty", r"below it is no file ending in .json, .jsonl, .* \(or these with .gz or .zst\)"),
    ],
)
def test_what_is_not_there_is_said(tmp_path: Path, name: str, said: str) -> None:
    """A missing file, a glob of none and a folder without data say what was looked for."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(FileNotFoundError, match=said) as error:
        read_calls(tmp_path / name)
    assert str(tmp_path / name) in str(error.value)


def test_no_files_at_all_are_said() -> None:
    """An empty list of paths is not an empty frame."""
    with pytest.raises(FileNotFoundError, match=r"no files were named; given was \[\]"):
        read_calls([])


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "it is empty"),
        (b" \r\n ", "it is empty"),
        (gzip.compress(b""), "it is empty"),
        (b'{"status":"error","message":"Not Found"}', "no call_id; the fields are status, message"),
        (b"[1, 2]", "item 0: it is no object"),
        (b"{}", "no call_id; the fields are none"),
        (b'{"call_id": "call_1", "agent', "cut off or broken"),
        (b"[" * 100_000, "cut off or broken"),
        (bytes(range(256)) * 9, "it is neither text nor Parquet"),
        (b"PK\x03\x04" + bytes(99), "it is a ZIP archive; unpack it"),
        (b"PK\x03\x04" + b"xl/workbook.xml", "it is an Excel workbook; two lines read it"),
        (b"\xd0\xcf\x11\xe0" + bytes(99), "pandas.read_excel('calls', dtype=str)"),
        (np.random.default_rng(1).bytes(4000), "it is neither text nor Parquet"),
        (b"PAR1" + bytes(99), "it cannot be read as Parquet"),
        (parquet(flat(three()))[:-50], "it cannot be read as Parquet"),
        (b"\x1f\x8b" + bytes(50), "unpacking stopped"),
        (gzip.compress(dumped(three()))[:15], "unpacking stopped"),
        (zstd(dumped(three()))[:15], "unpacking stopped"),
        (b"\xff\xfe\x00", "it begins as UTF-16 and is not"),
        (b"<html><body>502</body></html>", "it is a web page or XML"),
        (b"Session ID,Duration\na,1s\n", "no column holds the disconnection reason"),
        (b"Disconnect_Why,Duration\na,1s\n", "nearest in name: ['Disconnect_Why']"),
        (parquet(pd.DataFrame({"a": [1]})), "no column holds the disconnection reason"),
        (b'"never closed' + b"x" * 200_000, "it cannot be read as CSV"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_a_file_in_which_nothing_is_a_call_is_a_value_error(
    tmp_path: Path, data: bytes, found: str
) -> None:
    """The message says which file, what was found, and what is accepted; no secret."""
    with pytest.raises(ValueError, match="nothing in the file is a call") as error:
        read(tmp_path, data)
    message = str(error.value)
    assert f"is a call. {tmp_path / 'calls'}" in message
    assert found in message
    assert message.endswith(ACCEPTED)


def test_several_files_of_nothing_are_counted(tmp_path: Path) -> None:
    """The first is told, and how many there were."""
    for name in ("a.json", "b.csv"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(ValueError, match=r"nothing in any of 2 files is a call\. .*and 1 more"):
        read_calls(tmp_path)


def test_a_file_of_nothing_among_others_is_set_aside(tmp_path: Path) -> None:
    """The calls of the others come back; the file is named, and the warning points here."""
    (tmp_path / "a.json").write_bytes(b'{"status": "error"}')
    (tmp_path / "b.json").write_bytes(dumped(three()))
    (tmp_path / "c.csv").write_bytes(b"x,y\n1,2\n")
    (tmp_path / "d.parquet").write_bytes(b"PAR1")
    (tmp_path / "e.json").write_bytes(b"")
    with pytest.warns(UserWarning, match="4 records could not be used") as warned:
        calls = read_calls(tmp_path)
    assert len(calls) == 3
    files = sorted(record["file"] for record in calls.attrs["rejected"])
    assert files == [str(tmp_path / name) for name in ("a.json", "c.csv", "d.parquet", "e.json")]
    assert [warning.filename for warning in warned] == [__file__]


def test_records_set_aside_name_their_own_file(tmp_path: Path) -> None:
    """In several files, of several kinds, each record is found again."""
    (tmp_path / "a.json").write_bytes(dumped([connected(1), {"call_id": ""}]))
    (tmp_path / "b.jsonl").write_bytes(lines(connected(2), {"call_id": ""}))
    (tmp_path / "c.csv").write_text("Session ID,End Reason,Cost\nx,y,$1\n,y,$1\n")
    with pytest.warns(UserWarning, match="3 records"):
        calls = read_calls(tmp_path)
    assert calls["call_id"].tolist() == ["call_1", "call_2", "x"]
    assert {(record["file"], record["where"]) for record in calls.attrs["rejected"]} == {
        (str(tmp_path / "a.json"), "item 1"),
        (str(tmp_path / "b.jsonl"), "line 2"),
        (str(tmp_path / "c.csv"), "row 2"),
    }


def test_a_call_in_several_files_counts_once(tmp_path: Path) -> None:
    """The API's record wins over a table's row, and the later over the earlier of a kind."""
    (tmp_path / "1.json").write_bytes(dumped(connected(1, duration_ms=1)))
    (tmp_path / "2.json").write_bytes(dumped(page([connected(1, duration_ms=2)])))
    (tmp_path / "3.csv").write_text("Session ID,End Reason,Duration\ncall_1,x,3\n")
    (tmp_path / "4.jsonl").write_bytes(lines(event(connected(1, duration_ms=4))))
    calls = read_calls(tmp_path)
    assert calls["duration_ms"].tolist() == [2]
    assert calls.attrs["duplicates"] == 3
    assert calls.index.tolist() == [0]


def test_files_of_several_kinds_stand_under_one_another(tmp_path: Path) -> None:
    """Categories are put together and stay categories; columns of one file miss in others."""
    (tmp_path / "a.json").write_bytes(dumped([connected(1, mood="fine"), unconnected(2)]))
    (tmp_path / "b.csv").write_text("Session ID,End Reason,Team\nx,Brand new,north\n")
    (tmp_path / "c.parquet").write_bytes(parquet(flat([connected(9, disconnection_reason="b")])))
    calls = read_calls(tmp_path)
    reasons = ["b", "brand_new", "dial_no_answer", "user_hangup"]
    assert calls["disconnection_reason"].cat.categories.tolist() == reasons
    assert calls.set_index("call_id")["Team"].dropna().to_dict() == {"x": "north"}
    one = read(tmp_path, dumped(three()), "z")
    pd.testing.assert_series_equal(*(found[[*SCHEMA]].dtypes.astype(str) for found in (calls, one)))


def test_end_minus_start_fills_a_missing_duration(tmp_path: Path) -> None:
    """A record without a duration, and a row without one."""
    times = {"start_timestamp": START, "end_timestamp": START + 1234}
    record = {"call_id": "a", "disconnection_reason": "x", **times}
    table = pd.DataFrame([record]).to_csv(index=False)
    for data in (dumped(record), dumped({**record, "duration_ms": None}), table):
        assert read(tmp_path, data)["duration_ms"].tolist() == [1234]


def test_the_index_counts_from_zero(tmp_path: Path) -> None:
    """Whatever was set aside or doubled, rows are numbered anew."""
    records = [connected(1), {"call_id": ""}, connected(2), connected(1)]
    with pytest.warns(UserWarning, match="1 record"):
        calls = read(tmp_path, lines(*records))
    assert calls.index.tolist() == [0, 1]


@pytest.mark.parametrize("keep", ["transcript", ("sound",)])
def test_what_to_keep_is_checked_before_anything_is_read(keep: Any) -> None:
    """A wrong word costs no time."""
    with pytest.raises(ValueError, match="keep"):
        read_calls("no such file", keep=keep)


def test_the_time_zone_is_checked_before_anything_is_read() -> None:
    """Also where no time would need it."""
    with pytest.raises(ValueError, match="'Mars' is not a time zone"):
        read_calls("no such file", tz="Mars")


@pytest.mark.parametrize("path", ["", " ", None, 5, [None], [""], "a\0b", pd.DataFrame(), [{}]])
def test_what_is_no_path_is_refused_in_a_sentence(path: Any) -> None:
    """Nothing is not the working folder; a frame is for another word."""
    with pytest.raises(ValueError, match="is no path; name a file, a folder, a glob"):
        read_calls(path)


def test_a_bad_file_in_a_folder_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    """A workbook, a packed file of zeros, a file that cannot be opened."""
    (tmp_path / "a.json").write_bytes(dumped(three()))
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 xl/workbook.xml")
    (tmp_path / "c.csv").symlink_to(tmp_path)
    (tmp_path / "d.html.json").write_bytes(b"<html>")
    with pytest.warns(UserWarning, match="2 records"):
        calls = read_calls(tmp_path)
    assert len(calls) == 3
    files = [record["file"] for record in calls.attrs["rejected"]]
    assert files == [str(tmp_path / name) for name in ("b.xlsx", "d.html.json")]


def test_unpacking_ends_at_a_limit_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was unpacked until then is read."""
    monkeypatch.setattr("retell_nb.calls.reading.files._LARGEST", 1 << 20)
    data = gzip.compress(lines(*(connected(n) for n in range(3000))))
    with pytest.warns(UserWarning, match="set aside"):
        calls = read(tmp_path, data)
    assert 500 < len(calls) < 3000
    assert "more than 0.000977 GB unpacked; unpack it by hand" in whys(calls)[-1][1]


def test_a_line_that_names_the_separator_is_no_header(tmp_path: Path) -> None:
    """As spreadsheets write it."""
    for first in ("sep=;\n", '"sep=;"\r\n', "SEP=;\n"):
        calls = read(tmp_path, first + "call_id;End Reason\na;Dial busy\n")
        assert calls["disconnection_reason"].tolist() == ["dial_busy"]
