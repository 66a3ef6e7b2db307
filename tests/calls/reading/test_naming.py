"""Columns under any name: which of them is which, and what is said of it."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from payloads import START, dumped, read

from retell_nb.calls.labels import ALIASES, ASIDE, STATUSES, plain
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path


def table(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"disconnection_reason": ["user_hangup", "dial_busy"], **columns})


NAMES = {
    "retell_call_id": ("call_id", ["a", "b"], ["a", "b"]),
    "retellAgentId": ("agent_id", ["x", "y"], ["x", "y"]),
    "startedAt": (
        "start_timestamp",
        [START, START],
        [pd.Timestamp(START, unit="ms", tz="UTC")] * 2,
    ),
    "ts": ("start_timestamp", [START, START], [pd.Timestamp(START, unit="ms", tz="UTC")] * 2),
    "created_at": ("start_timestamp", [START] * 2, [pd.Timestamp(START, unit="ms", tz="UTC")] * 2),
    "duration_seconds": ("duration_ms", [1, 2], [1000, 2000]),
    "call_length_sec": ("duration_ms", [1, 2], [1000, 2000]),
    "Duration (min)": ("duration_ms", [1, 2], [60_000, 120_000]),
    "total_cost": ("combined_cost", [0.5, 1], [50, 100]),
    "cost_cents": ("combined_cost", [5, 1], [5, 1]),
    "phone": ("to_number", ["+14155550142"] * 2, ["+14155550142"] * 2),
    "Caller Number": ("from_number", ["anonymous"] * 2, ["anonymous"] * 2),
    "status": ("call_status", ["completed", "in_progress"], ["ended", "ongoing"]),
}
"""Each other name: the column that it is, some cells, and what they are there."""


@pytest.mark.parametrize("label", NAMES)
def test_another_name_is_known_in_every_shape(tmp_path: Path, label: str) -> None:
    """A frame, CSV, JSON and Parquet say the same, and the note says what was read as what."""
    name, cells, values = NAMES[label]
    df = table(**{label: cells})
    frames = [
        as_calls(df),
        as_calls(df.to_dict("records")),
        read(tmp_path, df.to_csv(index=False)),
        read(tmp_path, dumped(df.to_dict("records"))),
        read(tmp_path, df.to_parquet()),
    ]
    for calls in frames:
        assert calls[name].tolist() == values
        assert any(f"{label} as {name}" in note for note in calls.attrs["notes"])


@pytest.mark.parametrize(
    ("surer", "other", "name"),
    [
        ("retell_call_id", "id", "call_id"),
        ("start_timestamp", "created_at", "start_timestamp"),
        ("started_at", "created_at", "start_timestamp"),
        ("call_status", "status", "call_status"),
        ("to_number", "phone", "to_number"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_surer_name_wins(surer: str, other: str, name: str, *, turned: bool) -> None:
    """Wherever it stands; the other column is kept under its own name."""
    cells = {"start_timestamp": [START, START], "call_status": ["ended", "error"]}
    columns = {surer: cells.get(name, ["a", "b"]), other: cells.get(name, ["c", "d"])}
    calls = as_calls(table(**dict(reversed(columns.items())) if turned else columns))
    assert calls[name].notna().all()
    assert other in calls.columns
    assert calls[other].tolist() == columns[other]


def test_a_blank_cell_is_filled_from_the_next_sure_name_and_from_no_doubtful_one() -> None:
    """In the unit of the API."""
    calls = as_calls(
        table(
            duration_ms=[5, None],
            duration_seconds=[1, 2],
            call_status=["ended", None],
            status=["completed", "failed"],
        )
    )
    assert calls["duration_ms"].tolist() == [5, 2000]
    assert calls["call_status"].isna().tolist() == [False, True]


@pytest.mark.parametrize("label", ["status", "type", "reason"])
def test_a_doubtful_name_counts_only_with_cells_that_fit(label: str) -> None:
    """A `status` of "booked" is no status of a call."""
    calls = as_calls(table(**{label: ["booked", "asked for a bill"]}))
    assert calls[label].tolist() == ["booked", "asked for a bill"]


def test_no_alias_stands_for_two_columns() -> None:
    """Nor is one the name of a column, and every status is one of the API's."""
    names = {plain(name): name for name in (*SCHEMA, *ASIDE)}
    assert all(alias.name == names.get(label, alias.name) for label, alias in ALIASES.items())
    assert {*STATUSES.values()} == {"ended", "ongoing", "registered", "not_connected", "error"}


def test_a_unit_may_be_named_with_a_column(tmp_path: Path) -> None:
    """As a pair in Python, as a list in JSON text; for durations, costs and times."""
    df = table(Secs=[47, 1], Price=[2, 3], At=[START // 1000] * 2)
    columns: dict[str, Any] = {
        "Secs": ("duration_ms", "s"),
        "Price": ("combined_cost", "USD"),
        "At": ("start_timestamp", "s"),
    }
    text = json.dumps(columns)
    data = df.to_csv(index=False)
    for calls in (
        as_calls(df, columns=columns),
        read(tmp_path, data, columns=columns),
        read(tmp_path, data, columns=text),
        read(tmp_path, dumped(df.to_dict("records")), columns=columns),
    ):
        assert calls["duration_ms"].tolist() == [47_000, 1000]
        assert calls["combined_cost"].tolist() == [200, 300]
        assert calls["start_timestamp"].dt.year.tolist() == [2026, 2026]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"x": "disconection_reason"}, "did you mean 'disconnection_reason'"),
        ({"x": ("duration_ms", "weeks")}, "in 'weeks'; allowed are ms, s, min, h"),
        ({"x": ("agent_id", "s")}, "it takes no unit"),
        ("[1]", "is no JSON object"),
        ("{oops", "is no JSON object"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(columns: Any, message: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=message):
        as_calls(table(x=[1, 2]), columns=columns)


def test_several_files_may_share_a_mapping(tmp_path: Path) -> None:
    """A label need not be in each of them, but in one."""
    (tmp_path / "a.csv").write_text("My Reason,n\ndial_busy,1\n")
    (tmp_path / "b.json").write_bytes(dumped([{"call_id": "c", "disconnection_reason": "x"}]))
    mapping = {"My Reason": "disconnection_reason"}
    assert len(read_calls(tmp_path, columns=mapping)) == 2
    with pytest.raises(KeyError, match="columns= names"):
        read_calls(tmp_path, columns={**mapping, "Nothing": "call_id"})


@pytest.mark.parametrize(
    ("columns", "lacking"),
    [
        ({}, ["a call id", "a time", "an agent", "a phone number", "a duration", "a direction"]),
        (
            {"agent_name": ["x", "x"], "to_number": ["anonymous"] * 2, "id": ["a", "b"]},
            ["a time", "a duration", "a direction"],
        ),
        (
            {
                "agent": ["x", "x"],
                "from": ["+1"] * 2,
                "ts": [START] * 2,
                "direction": ["outbound"] * 2,
            },
            ["a call id", "a duration"],
        ),
        (
            {"agent_id": ["x", "x"], "Time": [START] * 2, "call_type": ["web_call"] * 2},
            ["a call id", "a duration"],
        ),
    ],
)
def test_an_important_field_that_no_column_holds_is_noted(
    columns: dict[str, Any], lacking: list[str]
) -> None:
    """A web call has no number, and none is missed."""
    notes = as_calls(table(**columns)).attrs["notes"]
    missing = [note for note in notes if note.startswith("No call has")]
    assert [note.removeprefix("No call has ").partition(":")[0] for note in missing] == lacking


def test_date_and_time_of_day_may_stand_in_two_columns() -> None:
    """Dates as text or as datetimes; a full time beside a date is taken alone."""
    days = ["2026-03-02", "2026-03-03"]
    for dates in (days, pd.to_datetime(days)):
        calls = as_calls(table(Date=dates, Time=["10:03", "11:04"]))
        assert calls["start_timestamp"].dt.strftime("%d %H:%M").tolist() == ["02 10:03", "03 11:04"]
    calls = as_calls(table(Date=days, Time=[f"{day} 09:00" for day in days]))
    assert calls["start_timestamp"].dt.hour.tolist() == [9, 9]


@pytest.mark.parametrize(
    ("cells", "hours"),
    [
        (pd.Series(pd.to_datetime(["2026-03-02 10:00"] * 2)).astype("timestamp[us][pyarrow]"), 10),
        (pd.Series([dt.date(2026, 3, 2)] * 2, dtype=pd.ArrowDtype(pa.date32())), 0),
        (pd.Series(pd.period_range("2026-03-02 05:00", periods=2, freq="s")), 5),
        (pd.Series([dt.date(2026, 3, 2)] * 2), 0),
    ],
    ids=["Arrow without zone", "Arrow date", "periods", "dates"],
)
def test_times_of_any_dtype_are_read(cells: pd.Series[Any], hours: int) -> None:
    """Those that name no zone are of the one that is taken."""
    assert as_calls(table(start_timestamp=cells))["start_timestamp"].dt.hour.tolist() == [hours] * 2


@pytest.mark.parametrize(
    "cells",
    [
        pd.arrays.IntervalArray.from_breaks([0, 1, 2]),
        np.array([1j, 2]),
        pd.arrays.SparseArray([1, 2]),
        pd.Series([[1], {"a": (1,)}]),
        pd.Series([(1,), {2}]),
        pd.Series(["\ud800", "x"], dtype=object),
        pd.Series([b"\xff", None]),
        pd.Series([{"a": 1}, None]).astype(pd.ArrowDtype(pa.struct([("a", pa.int64())]))),
        pd.Series([[1], None]).astype(pd.ArrowDtype(pa.list_(pa.int64()))),
    ],
    ids=["interval", "complex", "sparse", "list", "tuple", "surrogate", "bytes", "struct", "lists"],
)
@pytest.mark.parametrize("name", ["agent_name", "duration_ms", "start_timestamp", "own"])
@pytest.mark.filterwarnings("ignore:.*could not be:UserWarning")
def test_cells_of_any_dtype_are_read_or_said(cells: Any, name: str) -> None:
    """Nothing is raised, and no row is lost in silence."""
    calls = as_calls(table(**{name: cells}))
    assert len(calls) + len(calls.attrs["rejected"]) == 2
    assert calls.to_json(date_format="iso", default_handler=str)


def test_labels_of_any_kind_become_text_that_is_there_once() -> None:
    """5 and "5", a label of two levels, an own column named like a word of the accessor."""
    df = table(**{"5": [1, 2], "outcome": [3, 4]}).rename(columns={"5": 5}).assign(**{"5": 6})
    calls = as_calls(df)
    assert calls[["5", "5.1", "outcome"]].to_numpy().tolist() == [[1, 6, 3], [2, 6, 4]]
    assert calls.retell.outcome.tolist() == ["completed", "not_reached"]
    levels = pd.MultiIndex.from_tuples([("call", "disconnection_reason"), ("call", "duration_ms")])
    assert as_calls(pd.DataFrame([["x", 1]], columns=levels))["duration_ms"].tolist() == [1]


def test_the_advice_of_an_error_works_where_it_is_read(tmp_path: Path) -> None:
    """In Python and on a command line."""
    path = tmp_path / "calls.csv"
    path.write_text("My Reason\ndial_busy\n")
    with pytest.raises(ValueError, match="no column holds") as error:
        read_calls(path)
    advice = str(error.value)
    assert "columns={'its name': 'disconnection_reason'}" in advice
    text = advice.partition("-p columns '")[2].partition("'")[0].replace("its name", "My Reason")
    assert len(read_calls(path, columns=text)) == 1


@pytest.mark.parametrize(
    ("label", "cents", "unit"),
    [
        ("Cost (USD)", 120, "USD"),
        ("costUSD", 120, "USD"),
        ("cost in $", 120, "USD"),
        ("Cost (EUR)", 120, "EUR"),
        ("Kosten in €", 120, "€"),
        ("COST_GBP", 120, "GBP"),
        ("Preis [CHF]", 120, "CHF"),
        ("Cost (¢)", 1.2, None),
        ("Call Cost (cents)", 1.2, None),
    ],
)
@pytest.mark.filterwarnings("ignore:.*another currency")
def test_the_currency_that_a_header_names_is_told(label: str, cents: float, unit: str) -> None:
    """The amounts are read as they stand, and another currency than dollars is warned of."""
    calls = as_calls(table(**{label: ["1.20", "0.5"]}))
    assert calls["combined_cost"].iloc[0] == cents
    notes = [note for note in calls.attrs["notes"] if "cost" in note.lower() or label in note]
    assert (f"(bare numbers are {unit})" in notes[0]) == (unit is not None)
    assert any("another currency" in note for note in notes) == (unit not in ("USD", None))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("SUM(Duration Ms)", "duration_ms"),
        ("Sum of duration_ms", "duration_ms"),
        ("hs_call_duration", "duration_ms"),
        ("retell_call_duration_ms", "duration_ms"),
        ("Minute of Start Timestamp", "start_timestamp"),
        ("hs_timestamp", "start_timestamp"),
        ("Call from number", "from_number"),
        ("retell to number", "to_number"),
        ("hs_call_status", "call_status"),
    ],
)
def test_a_name_is_known_behind_the_words_that_programs_put_before_it(
    label: str, name: str
) -> None:
    cells = {"duration_ms": "52000", "start_timestamp": "2026-03-02 14:03", "call_status": "ended"}
    df = pd.DataFrame({"call_id": ["c1"], "end_reason": ["dial_busy"], "x": ["5"]})
    calls = as_calls(df.assign(**{label: cells.get(name, "+12015550100")}))
    assert calls[name].notna().all()
    assert name != "duration_ms" or calls[name].tolist() == [52000]


def test_a_prefix_of_all_names_is_taken_off_before_a_bare_id_is_the_calls() -> None:
    calls = as_calls(
        [{"id": "row", "call__call_id": "c1", "call__disconnection_reason": "dial_busy"}]
    )
    assert calls["call_id"].tolist() == ["c1"]
