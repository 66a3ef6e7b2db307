"""Cells as people write them: durations, costs, times, flags; what is none is said."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from retell_nb.calls.reading.cells import decimal_of, read_cells

KINDS = ["category", "cost", "count", "duration", "flag", "name", "number", "sentiment", "text"]
BLANKS = ["", " ", "-", "—", "n/a", "NaN", "null", "None", None, np.nan, pd.NA, pd.NaT]
TEXT = pd.Series(["text"]).dtype
NUMBERS = st.integers(-(10**12), 10**12)
MOMENTS = st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2190, 1, 1))  # noqa: DTZ001 - a wall clock's


def read_one(cell: Any, kind: str, **options: Any) -> Any:
    """The value of a cell; "unreadable" where it is none."""
    values, unreadable, _ = read_cells(pd.Series([cell], dtype=object), kind, **options)
    return "unreadable" if unreadable[0] else values.astype(object).tolist()[0]


@pytest.mark.parametrize(
    ("cell", "ms"),
    [
        ("3m 40s", 220_000),
        ("0:47", 47_000),
        ("1:02:03", 3_723_000),
        ("1861ms", 1861),
        ("1,861 ms", 1861),
        ("1.5 min", 90_000),
        ("1h 2m 3s", 3_723_000),
        ("2 hours, 1 minute", 7_260_000),
        ("0:00:01.5", 1500),
        ("0 days 00:03:40", 220_000),
        ("1 day, 0:00:01", 86_401_000),
        (dt.timedelta(seconds=90), 90_000),
        ("47", 47_000),
        ("1,234.5", 1_234_500),
        ("0,5", 500),
        (47, 47_000),
        (Decimal("1.5"), 1500),
        ("0s", 0),
        ("PT3M40S", 220_000),
        ("P1DT2H", 93_600_000),
        ("1,5 min", 90_000),
        ("0:00:01,5", 1500),
        ("1.861,5 ms", 1861.5),
    ],
)
def test_a_duration_is_read_with_its_unit(cell: Any, ms: float) -> None:
    """Units are read from the cell; a bare number is what the column's name says, here seconds."""
    assert read_one(cell, "duration", scale=1000) == ms


@pytest.mark.parametrize(
    ("cell", "cents"),
    [("$0.12", 12), ("0.12", 12), ("$1,234.50", 123_450), ("12 cents", 12), ("0.5¢", 0.5),
     ("0.12 USD", 12), (0.12, 12), ("$0", 0), ("US$0.124", 12.4), ("0,124", 12.4),
     ("$1.234,50", 123_450), ("1 234,50 $", 123_450), ("1\u202f234,5", 123_450),
     ("1'234.50", 123_450), ("-$0.5", -50), ("0,12 €", 12), ("1.234.567,8", 123_456_780)],
)  # fmt: skip
def test_a_cost_is_read_in_cents(cell: Any, cents: float) -> None:
    """Dollars become cents; a bare number is what the column's name says, here dollars."""
    assert read_one(cell, "cost", scale=100) == pytest.approx(cents)


@pytest.mark.parametrize("yes", ["true", "Yes", "y", "1", "1.0", 1, 1.0, True, "Successful"])
def test_a_yes_is_a_yes(yes: Any) -> None:
    """However a yes is written, and whatever stands for a no is its contrary."""
    no = {"true": "false", "Yes": "NO", "y": "n", "1": "0", "1.0": "0.0", "Successful": "failure"}
    contrary = no[yes] if isinstance(yes, str) else type(yes)(0)
    assert (read_one(yes, "flag"), read_one(contrary, "flag")) == (True, False)


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("v42", "count", 42),
        ("Version 42", "count", 42),
        (42.0, "count", 42),
        ("42.0", "count", 42),
        ("Dial no answer", "name", "dial_no_answer"),
        ("Phone Call", "name", "phone_call"),
        ("web", "name", "web_call"),
        ("NEGATIVE", "sentiment", "Negative"),
        ("  Front desk ", "text", "Front desk"),
        (14155550123.0, "text", "14155550123"),
    ],
)
def test_a_cell_is_read_as_its_kind(cell: Any, kind: str, value: Any) -> None:
    """Counts, names and texts come out as the API has them."""
    assert read_one(cell, kind) == value


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("duration", "soon"), ("duration", "3 apples"), ("duration", "1_000"), ("duration", "inf"),
        ("cost", "1 apple"), ("cost", "free"), ("number", "1e300"), ("count", 1e20),
        ("flag", "perhaps"), ("flag", 2), ("count", "v"), ("time", "10:00"), ("time", "tomorrow"),
        ("time", "2026-13-40"), ("time", 1e20), ("time", "0001-01-01"), ("time", {"at": 1}),
        *((kind, [1, 2]) for kind in KINDS), *((kind, {"a": 1}) for kind in KINDS),
    ],
)  # fmt: skip
def test_a_cell_that_cannot_be_read_is_said_to_be_so(kind: str, cell: Any) -> None:
    """It does not fail, and it does not become a guess."""
    assert read_one(cell, kind) == "unreadable"


@pytest.mark.parametrize("kind", [*KINDS, "time"])
@pytest.mark.parametrize("blank", BLANKS, ids=repr)
def test_a_blank_is_missing_in_any_kind(kind: str, blank: Any) -> None:
    """What tables write for nothing is missing, not unreadable."""
    assert pd.isna(read_one(blank, kind))


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, np.inf, np.nan, 2e16]),
        pd.Series([1.5, np.inf, None, 2e16], dtype="Float64"),
        pd.Series(["1.5", "inf", "", "2e16"]),
        pd.Series(["1.5", "inf", "", "2e16"], dtype="category"),
        pd.Series([1.5, "inf", None, "2e16"], dtype=object),
    ],
    ids=lambda column: str(column.dtype),
)
@pytest.mark.parametrize("kind", ["count", "number", "duration", "cost"])
def test_numbers_beyond_all_measure_are_unreadable(column: pd.Series, kind: str) -> None:
    """In numbers as in text: what no call can have is set aside before it overflows."""
    values, unreadable, _ = read_cells(column, kind)
    assert unreadable.tolist() == [False, True, False, True]
    assert values.notna().tolist() == [True, False, False, False]


def test_a_column_of_timedeltas_is_read_as_durations() -> None:
    """What `end - start` gives in pandas needs no unit."""
    spans = pd.Series(pd.to_timedelta(["90s", None]))
    assert read_cells(spans, "duration", scale=1000).column.tolist()[0] == 90_000


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        (1_772_445_600_123, "2026-03-02T10:00:00.123Z"),
        ("1772445600123", "2026-03-02T10:00:00.123Z"),
        (1_772_445_600_123.0, "2026-03-02T10:00:00.123Z"),
        ("2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
        ("2026-03-02 11:00:00+01:00", "2026-03-02T10:00:00Z"),
        ("2026-03-02 10:00:00 UTC", "2026-03-02T10:00:00Z"),
        ("2026-03-02 11:00", "2026-03-02T10:00:00Z"),
        ("03/02/2026 11:00 AM", "2026-03-02T10:00:00Z"),
        ("Mar 2, 2026, 11:00 AM", "2026-03-02T10:00:00Z"),
        ("2026-03-02", "2026-03-01T23:00:00Z"),
        (dt.datetime(2026, 3, 2, 11), "2026-03-02T10:00:00Z"),  # noqa: DTZ001 - a local time
        (dt.datetime(2026, 3, 2, 10, tzinfo=dt.UTC), "2026-03-02T10:00:00Z"),
        (dt.date(2026, 3, 2), "2026-03-01T23:00:00Z"),
    ],
)
def test_a_time_is_read_as_utc(cell: Any, utc: str) -> None:
    """Epoch milliseconds and zoned times are absolute; others are of the zone that is given."""
    assert read_one(cell, "time", tz="Europe/Berlin") == pd.Timestamp(utc)


def test_forms_of_time_may_be_mixed_in_a_column() -> None:
    """Each cell is read for itself."""
    cells = pd.Series([1_772_445_600_000, "2026-03-02T10:00Z", "2026-03-02 11:00", None, "x"])
    times, unreadable, _ = read_cells(cells, "time", tz="Europe/Berlin")
    assert times[:3].tolist() == [pd.Timestamp("2026-03-02T10:00Z")] * 3
    assert times.isna().tolist() == [False, False, False, True, True]
    assert unreadable.tolist() == [False, False, False, False, True]


def test_the_day_goes_first_where_a_cell_shows_it() -> None:
    """One cell with a 13th to 31st in front decides for the column; else the month goes first."""
    first = read_cells(pd.Series(["02/03/2026", "25/03/2026"]), "time").column
    assert first.dt.day.tolist() == [2, 25]
    assert read_cells(pd.Series(["02/03/2026"]), "time").column.dt.day.tolist() == [3]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-03-29 01:59:59", "2026-03-29T00:59:59Z"),
        ("2026-03-29 02:30:00", "2026-03-29T01:00:00Z"),  # the clock skips it
        ("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
        ("2026-10-25 01:30:00", "2026-10-24T23:30:00Z"),
        ("2026-10-25 02:30:00", "2026-10-25T01:30:00Z"),  # the clock shows it twice
        ("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"),
    ],
)
@pytest.mark.parametrize("kind", ["object", "datetime64[ns]"])
def test_the_change_of_clocks_stops_nobody(local: str, utc: str, kind: str) -> None:
    """An hour that the clock skips is moved on, one that it shows twice is the second."""
    times = read_cells(pd.Series([local]).astype(kind), "time", tz="Europe/Berlin").column
    assert times.tolist() == [pd.Timestamp(utc)]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_datetimes_of_any_unit_come_out_alike(unit: str, zone: str | None) -> None:
    """The dtype is the same whichever unit and zone went in."""
    times = pd.Series(pd.to_datetime(["2026-03-02 10:00", None])).dt.as_unit(unit)
    found = read_cells(times.dt.tz_localize(zone), "time", tz="UTC").column
    assert found.dtype == "datetime64[ms, UTC]"
    assert found[0] == pd.Timestamp("2026-03-02 10:00", tz=zone or "UTC")


@pytest.mark.parametrize("kind", [*KINDS, "time"])
@pytest.mark.parametrize("dtype", ["object", TEXT, "float64", "category"], ids=str)
def test_nothing_is_read_from_nothing(kind: str, dtype: Any) -> None:
    """An empty column of any dtype gives an empty column."""
    values, unreadable, _ = read_cells(pd.Series([], dtype=dtype), kind)
    assert len(values) == len(unreadable) == 0


@pytest.mark.parametrize("kind", [*KINDS, "time"])
def test_the_index_is_kept_also_where_labels_repeat(kind: str) -> None:
    """Values stand where their cells stood."""
    cells = pd.Series(["1", None, "2"], index=[7, 7, 3], name="given")
    assert read_cells(cells, kind).column.index.tolist() == [7, 7, 3]


def test_another_currency_is_remarked_on() -> None:
    """The amount is read as it stands, and which cells it is in is known."""
    cells = read_cells(pd.Series(["0,12 €", "$0.12", "CA$1", "£2", None]), "cost")
    assert cells.remarks["foreign currency"].tolist() == [True, False, True, True, False]
    assert not cells.unreadable.any()


@pytest.mark.parametrize(
    ("columns", "decimal"),
    [
        ([["12,5", "1,234"]], ","),
        ([["1,234"], ["0,5"]], ","),
        ([["1.234,50"]], ","),
        ([["1,234"]], "."),
        ([["1,234.5", "1,234"]], "."),
        ([["1,234,567"]], "."),
        ([["12.5"]], "."),
        ([["12,5", "1,234.50", "3,210.75"]], "."),
        ([[1.5, None]], "."),
    ],
)
def test_the_decimal_mark_is_that_of_most_cells(columns: list[list[Any]], decimal: str) -> None:
    """What shows it in one column holds for the table; 1,234 alone shows nothing."""
    assert decimal_of(map(pd.Series, columns)) == decimal


@given(
    number=st.decimals(0, 10**7, places=3),
    form=st.sampled_from(["{:,}", "{:}"]),
    decimal=st.sampled_from([".", ","]),
)
def test_a_number_is_read_back_from_either_way_of_writing(
    number: Decimal, form: str, decimal: str
) -> None:
    """With points or commas for thousands or decimals, and with none for thousands."""
    text = form.format(number)
    if decimal == ",":
        text = text.translate(str.maketrans(",.", ".,"))
    values = read_cells(pd.Series([text, "7"]), "number", decimal=decimal)
    assert values.column.tolist() == [float(number), 7]


@pytest.mark.parametrize("kind", ["text", "category"])
def test_an_id_that_a_spreadsheet_took_for_a_number_is_missing(kind: str) -> None:
    """What is left of it may be of many."""
    ids = ["1.20156E+10", "+12015550100", "1,2E+09", "call_1E+12", None]
    cells = read_cells(pd.Series(ids), kind)
    assert cells.column.isna().tolist() == [True, False, True, False, True]
    assert cells.remarks["rounded"].tolist() == [True, False, True, False, False]


@given(st.lists(NUMBERS, min_size=1, max_size=8), st.sampled_from(["object", TEXT, "category"]))
def test_milliseconds_are_read_back(amounts: list[int], dtype: Any) -> None:
    """Written as text with its unit, a duration of any length is read back."""
    cells = pd.Series([f"{abs(ms)}ms" for ms in amounts], dtype=object).astype(dtype)
    assert read_cells(cells, "duration").column.tolist() == [abs(ms) for ms in amounts]


@given(st.integers(0, 10**7))
def test_a_duration_is_the_same_in_whatever_form(seconds: int) -> None:
    """Hours, minutes and seconds, a clock, a timedelta, a number: all say the same."""
    minutes, s = divmod(seconds, 60)
    h, m = divmod(minutes, 60)
    forms = [f"{h}h {m}m {s}s", f"{h}:{m:02}:{s:02}", f"{minutes}m {s}s", f"{seconds:,}s",
             str(pd.Timedelta(seconds=seconds)), str(dt.timedelta(seconds=seconds)),
             f"{seconds * 1000:,} ms", str(seconds), float(seconds)]  # fmt: skip
    values, unreadable, _ = read_cells(pd.Series(forms, dtype=object), "duration", scale=1000)
    assert not unreadable.any()
    assert set(values) == {seconds * 1000}


@given(st.integers(0, 10**9))
def test_a_cost_is_the_same_in_whatever_form(cents: int) -> None:
    """Dollars and cents in any spelling say the same."""
    dollars = f"{cents // 100}.{cents % 100:02}"
    forms = [f"${dollars}", f"$ {dollars}", f"{dollars} USD", f"{cents} cents", f"{cents}¢",
             dollars, f"${cents // 100:,}.{cents % 100:02}"]  # fmt: skip
    values, unreadable, _ = read_cells(pd.Series(forms), "cost", scale=100)
    assert not unreadable.any()
    assert values.astype(float).tolist() == pytest.approx([cents] * len(forms))


@given(MOMENTS, st.sampled_from(["UTC", "Asia/Kolkata", "America/Phoenix"]))
def test_a_moment_is_the_same_in_whatever_form(moment: dt.datetime, tz: str) -> None:
    """Epoch milliseconds, ISO 8601 with a zone or without one: all say the same."""
    local = pd.Timestamp(moment).floor("ms").tz_localize(tz)
    ms = (local - pd.Timestamp(0, tz="UTC")) // pd.Timedelta("1ms")
    forms = [ms, str(ms), local.isoformat(), local.tz_convert("UTC").isoformat(),
             str(local.tz_localize(None)), local.tz_localize(None).isoformat()]  # fmt: skip
    times, unreadable, _ = read_cells(pd.Series(forms, dtype=object), "time", tz=tz)
    assert not unreadable.any()
    assert set(times) == {local}


@given(st.lists(st.one_of(st.text(), st.floats(), st.none(), st.booleans()), max_size=6))
def test_no_cell_makes_a_reader_fail(cells: list[Any]) -> None:
    """Whatever a table holds, each cell is a value, missing or unreadable."""
    for kind in (*KINDS, "time"):
        values, unreadable, _ = read_cells(pd.Series(cells, dtype=object), kind)
        assert len(values) == len(unreadable) == len(cells)
        assert values[unreadable].isna().all()


FIGURES = st.from_regex(r"-?[0-9]{1,22}(\.[0-9]{0,22})?", fullmatch=True)
OTHERS = st.sampled_from(["", "-", "3m 40s", "0:47", "$0.12", "1e5", "v42", "1,5", "1,234", "x"])


@given(
    cells=st.lists(FIGURES | OTHERS),
    kind=st.sampled_from(["count", "number", "duration", "cost"]),
    scale=st.sampled_from([1, 1000]),
)
def test_a_number_is_the_same_alone_and_among_others(
    cells: list[str], kind: str, scale: float
) -> None:
    """Bare numbers, which are read all at once, are those that are read one by one."""
    bare = read_cells(pd.Series(cells, dtype=object), kind, scale=scale)
    blank = read_cells(pd.Series([f" {cell}" for cell in cells], dtype=object), kind, scale=scale)
    pd.testing.assert_series_equal(
        bare.column.astype("float64"), blank.column.astype("float64"), rtol=0
    )
    assert bare.unreadable.tolist() == blank.unreadable.tolist()
