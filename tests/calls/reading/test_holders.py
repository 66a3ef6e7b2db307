"""Calls in whatever holds them: indexes, cursors, objects, flattened JSON, logs, other files."""

from __future__ import annotations

import dataclasses
import enum
import json
import re
import sqlite3
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
import pytest
from payloads import read, whys

from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

IDS = ["call_1", "call_2"]
TABLE = pd.DataFrame(
    {
        "call_id": IDS,
        "agent_id": ["agent_a", "agent_b"],
        "to_number": ["+12015550111", "+12015550112"],
        "start_timestamp": [1_772_445_600_000, 1_772_445_700_000],
        "disconnection_reason": ["user_hangup", "dial_busy"],
    }
)
RECORDS: list[dict[str, Any]] = TABLE.to_dict("records")


@dataclasses.dataclass
class Cost:
    combined_cost: float


@dataclasses.dataclass
class Call:
    call_id: str
    disconnection_reason: str
    call_cost: Cost


CONNECTIONS: list[sqlite3.Connection] = []


@pytest.fixture(autouse=True)
def _connections_are_closed() -> Iterator[None]:
    yield
    while CONNECTIONS:
        CONNECTIONS.pop().close()


def cursor() -> sqlite3.Cursor:
    CONNECTIONS.append(connection := sqlite3.connect(":memory:"))
    TABLE.to_sql("calls", connection, index=False)
    return connection.execute("select * from calls")


def rows_of_a_database() -> list[sqlite3.Row]:
    answer = cursor()
    answer.row_factory = sqlite3.Row
    return answer.fetchall()


def prefixed(prefix: str, end: str = "") -> list[dict[str, Any]]:
    return [{f"{prefix}{name}{end}": cell for name, cell in row.items()} for row in RECORDS]


Struct: Any = msgspec.defstruct("Struct", [*TABLE.columns])
HOLDERS: dict[str, Callable[[], Any]] = {
    "index": lambda: TABLE.set_index("call_id"),
    "index of another label": lambda: TABLE.set_index("call_id").rename_axis("Call ID"),
    "levels of an index": lambda: TABLE.set_index(["agent_id", "call_id"]),
    "index without a name": lambda: TABLE.set_index("call_id").rename_axis(None),
    "numpy records": lambda: TABLE.to_records(index=False),
    "cursor": cursor,
    "rows of a database": rows_of_a_database,
    "plain objects": lambda: [SimpleNamespace(**row) for row in RECORDS],
    "structs": lambda: [Struct(**row) for row in RECORDS],
    "keys with dots": lambda: prefixed("body.call."),
    "keys with underscores": lambda: prefixed("payload__call__"),
    "keys with brackets": lambda: prefixed("call[", "]"),
    "id beside the attributes": lambda: {
        "data": [{"id": row["call_id"], "attributes": {**row, "call_id": None}} for row in RECORDS]
    },
    "columns by row": lambda: json.loads(TABLE.set_index("call_id").to_json()),
    "split": lambda: json.loads(TABLE.set_index("call_id").to_json(orient="split")),
    "tight": lambda: TABLE.to_dict("tight"),
    "columns described": lambda: {
        "cols": [{"name": name, "type": "text"} for name in TABLE.columns],
        "rows": TABLE.to_numpy().tolist(),
    },
}  # fmt: skip


@pytest.mark.parametrize("holder", HOLDERS)
def test_calls_keep_their_ids_and_agents_in_every_holder(holder: str) -> None:
    calls = as_calls(HOLDERS[holder]())
    assert calls["call_id"].tolist() == IDS
    assert calls["agent_id"].tolist() == ["agent_a", "agent_b"]
    assert calls["start_timestamp"].notna().all()


def test_parts_of_objects_are_read() -> None:
    """The cost of a call is an object of its own."""
    calls = as_calls([Call("call_1", "user_hangup", Cost(12.5))])
    assert calls["combined_cost"].tolist() == [12.5]


class Reason(enum.Enum):
    BUSY = "dial_busy"


class Word(str, enum.Enum):  # noqa: UP042 - as many have it; its str is no value
    BUSY = "dial_busy"


@pytest.mark.parametrize("reason", [Reason.BUSY, Word.BUSY])
@pytest.mark.parametrize("form", [list, pd.DataFrame])
def test_a_member_of_an_enumeration_is_its_value(reason: enum.Enum, form: Any) -> None:
    calls = as_calls(form([{"call_id": "call_1", "disconnection_reason": reason}]))
    assert calls["disconnection_reason"].tolist() == ["dial_busy"]


def test_an_index_in_parquet_is_no_loss(tmp_path: Path) -> None:
    path = tmp_path / "calls.parquet"
    TABLE.set_index("call_id").to_parquet(path)
    assert read_calls(path)["call_id"].tolist() == IDS


LINES = [json.dumps(row) for row in RECORDS]
CSV = TABLE.to_csv(index=False)


def drawn(table: str, line: str, separator: str) -> bytes:
    """A table with a line of dashes below its header and its last row."""
    lines = [line.format(row.replace(",", separator)) for row in table.splitlines()]
    rule = re.sub(r"[^|,]", "-", lines[0])
    return "\n".join([lines[0], rule, *lines[1:], rule, ""]).encode()


FILES: dict[str, bytes] = {
    "log": "\n".join(f"2026-03-02 10:00:00 INFO received {line}" for line in LINES).encode(),
    "events sent by a server": "\n\n".join(f"data: {line}" for line in LINES).encode(),
    "JSON in a text": json.dumps(json.dumps(RECORDS)).encode(),
    "texts of JSON": "\n".join(map(json.dumps, LINES)).encode(),
    "what Python prints": str(RECORDS).encode(),
    "what Python prints by line": "\n".join(map(str, RECORDS)).encode(),
    "lines of an old Mac": CSV.replace("\n", "\r").encode(),
    "bars": CSV.replace(",", "|").encode(),
    "lines drawn by a client of a database": drawn(CSV, "{}", "|"),
    "lines drawn by another": drawn(CSV, "{}", ","),
    "Markdown": drawn(CSV, "| {} |", "|"),
    "UTF-16 without a mark": CSV.encode("utf-16-le"),
    "UTF-32": CSV.encode("utf-32"),
    "titles above": b"Calls of March\n\n" + CSV.encode(),
    "titles above, all cells": b"Calls,,,,\n,,,,\n" + CSV.encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_calls_are_found_in_a_file(tmp_path: Path, name: str) -> None:
    calls = read(tmp_path, FILES[name])
    assert calls["call_id"].tolist() == IDS
    assert calls["disconnection_reason"].tolist() == ["user_hangup", "dial_busy"]
    assert calls["agent_id"].tolist() == ["agent_a", "agent_b"]


def test_a_row_of_single_dashes_is_told(tmp_path: Path) -> None:
    """It says of a record that all is missing, and is no line of dashes."""
    with pytest.warns(UserWarning, match="1 record"):
        calls = read(tmp_path, f"{CSV}-,-,-,-,-\n")
    assert calls["call_id"].tolist() == IDS


@pytest.mark.parametrize("sums", [",,,,", ",2,,,"])
def test_rows_that_are_no_calls_are_set_aside(tmp_path: Path, sums: str) -> None:
    """A header that comes again, and a row of totals."""
    with pytest.warns(UserWarning, match="2 records"):
        calls = read(tmp_path, f"{CSV}{CSV.splitlines()[0]}\nTotal{sums}\n")
    assert calls["call_id"].tolist() == IDS
    assert sorted(why for _, why in whys(calls)) == ["a row of totals", "the header once more"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"BZh9", "unpack it"),
        (b"SQLite format 3\0", "read_sql"),
        (b"ARROW1\0\0", "read_feather"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read(tmp_path, data)


def test_a_link_to_nowhere_is_named_and_the_others_read(tmp_path: Path) -> None:
    (tmp_path / "calls.csv").write_text(CSV)
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    with pytest.warns(UserWarning, match="cannot be opened"):
        calls = read_calls(tmp_path)
    assert calls["call_id"].tolist() == IDS
    assert calls.attrs["rejected"][0]["file"].endswith("gone.csv")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("a" * 5000, "is no path"),
        (json.dumps(RECORDS), "as_calls"),
        (b"call_id", "is no path"),
        ("https://example.org/export.csv", "download it"),
    ],
)
def test_what_is_no_path_is_said(value: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_calls(value)


@pytest.mark.parametrize(
    "options",
    [
        *({"tz": tz} for tz in (None, 5, "", "+02:00", "Europe")),
        *({"keep": keep} for keep in (None, 5, [None, 5])),
        *({"columns": names} for names in (5, [], {"call_id": []}, {"call_id": {"a": 1}})),
        {"columns": {"start_timestamp": ("start_timestamp", ["s"])}},
        {"columns": {"call_id": ("agent_tag", "s")}},
        {"columns": {"to_number": ("duration_ms", "s"), "agent_id": ("duration_ms", "min")}},
    ],
    ids=str,
)
def test_an_option_that_cannot_be_is_said(options: Any) -> None:
    with pytest.raises(ValueError, match=r"tz=|keep|columns="):
        as_calls(TABLE, **options)


def test_two_columns_that_are_named_alike_complete_each_other() -> None:
    """As in files of two kinds that are read together."""
    table = pd.DataFrame({"Why": ["dial_busy", None], "Cause": [None, "user_hangup"]})
    names = dict.fromkeys(table.columns, "disconnection_reason")
    assert as_calls(table, columns=names)["disconnection_reason"].tolist() == [
        "dial_busy",
        "user_hangup",
    ]


class Mute:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.filterwarnings("ignore:1 cell of:UserWarning")
@pytest.mark.parametrize("column", ["start_timestamp", "to_number", "agent_version", "own"])
@pytest.mark.parametrize(
    "cell", [10**400, int, pd.DataFrame({"a": [1]}), Mute(), np.arange(3), len], ids=type
)
def test_a_cell_of_any_class_costs_at_most_the_cell(column: str, cell: Any) -> None:
    table = TABLE.drop(columns=column, errors="ignore")
    cells = pd.Series([cell, None], dtype=object)
    calls = as_calls(table.assign(**{column: cells}))
    assert calls["call_id"].tolist() == IDS


@pytest.mark.parametrize("new", ["record", "after", "NewImage"])
def test_what_a_call_was_before_a_change_does_not_replace_what_it_is(new: str) -> None:
    """As databases tell of a change: the row, the row as it was, and its key."""
    old = {"record": "old_record", "after": "before", "NewImage": "OldImage"}[new]
    row = {"call_id": "c1", "disconnection_reason": "user_hangup", "duration_ms": 5000}
    body = {"Keys": {"call_id": "c1"}, new: row, old: row | {"disconnection_reason": "x"}}
    for change in (body, dict(reversed(body.items()))):
        calls = as_calls({"type": "UPDATE", "data": change})
        assert calls["disconnection_reason"].tolist() == ["user_hangup"]
        assert calls.attrs["duplicates"] == 0


def test_a_row_that_is_deleted_is_read_of_what_it_was() -> None:
    calls = as_calls({"type": "DELETE", "old_record": {"call_id": "c1", "end_reason": "dial_busy"}})
    assert calls["call_id"].tolist() == ["c1"]


def test_properties_that_are_objects_of_different_kinds_are_no_columns() -> None:
    """Else each of their fields would be a call of its own."""
    page = {"Call ID": {"id": "a", "rich_text": []}, "End Reason": {"id": "b", "select": {}}}
    with pytest.raises(ValueError, match="nothing in this dict is a call"):
        as_calls({"results": [{"object": "page", "properties": page}]})
