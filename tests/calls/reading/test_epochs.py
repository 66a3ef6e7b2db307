"""Numbers that are times: their size shows the unit, and a note says which one was taken."""

from __future__ import annotations

import datetime as dt

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from retell_nb import as_calls
from retell_nb.calls.reading.epochs import epochs_of

UNITS = {"epoch seconds": 1e-3, "epoch microseconds": 1e3, "epoch nanoseconds": 1e6}
MOMENTS = st.integers(1_000_000_000_000, 4_999_999_999_000)


def calls_at(*cells: object, tz: str = "UTC") -> pd.DataFrame:
    reasons = ["dial_busy"] * len(cells)
    return as_calls(
        pd.DataFrame({"disconnection_reason": reasons, "start_timestamp": [*cells]}), tz=tz
    )


@given(ms=MOMENTS)
def test_a_moment_is_the_same_in_every_unit(ms: int) -> None:
    """Seconds, milliseconds, microseconds and nanoseconds are told apart."""
    numbers = pd.Series([ms, *(ms * scale for scale in UNITS.values())])
    epochs = epochs_of(numbers, "Asia/Tokyo", scale=1)
    expected = pd.Timestamp(ms, unit="ms", tz="UTC")
    assert ((epochs.times - expected).abs() <= pd.Timedelta("1ms")).all()
    assert [*epochs.remarks] == [*UNITS]
    assert not epochs.zoneless.any()


@given(
    wall=st.datetimes(dt.datetime(1995, 1, 1), dt.datetime(2090, 1, 1)),  # noqa: DTZ001 - a clock's
    tz=st.sampled_from(["UTC", "Asia/Kolkata"]),
)
def test_a_spreadsheet_s_day_is_the_time_that_it_shows(wall: dt.datetime, tz: str) -> None:
    """Days since the end of 1899, of the zone that is given, to the millisecond."""
    days = (pd.Timestamp(wall) - pd.Timestamp("1899-12-30")) / pd.Timedelta("1D")
    epochs = epochs_of(pd.Series([days]), tz, scale=1)
    off = epochs.times[0] - pd.Timestamp(wall).tz_localize(tz)
    assert abs(off) <= pd.Timedelta("1ms")
    assert epochs.zoneless.all()


@pytest.mark.parametrize(
    ("cell", "utc", "what"),
    [
        (1_772_445_600, "2026-03-02T10:00Z", "epoch seconds"),
        ("1772445600.5", "2026-03-02T10:00:00.500Z", "epoch seconds"),
        ("1772445600000000", "2026-03-02T10:00Z", "epoch microseconds"),
        (1_772_445_600_000_000_000, "2026-03-02T10:00Z", "epoch nanoseconds"),
        ("46083.4583333333", "2026-03-02T10:00Z", "days as spreadsheets count them"),
        ("46083,4583333333", "2026-03-02T10:00Z", "days as spreadsheets count them"),
        ("20260302", "2026-03-01T23:00Z", "dates"),
        (20260302110000, "2026-03-02T10:00Z", "dates"),
    ],
)
def test_a_note_says_what_a_number_was_taken_for(cell: object, utc: str, what: str) -> None:
    """Without a warning; milliseconds are what the API has, and need no note."""
    calls = calls_at(cell, 1_772_445_600_000, tz="Europe/Rome")
    assert abs(calls["start_timestamp"][0] - pd.Timestamp(utc)) <= pd.Timedelta("1ms")
    assert calls["start_timestamp"][1] == pd.Timestamp("2026-03-02T10:00Z")
    assert calls.attrs["notes"][0] == f"1 number in start_timestamp was taken for {what}."


def test_a_number_that_is_no_time_costs_only_itself() -> None:
    """What no unit makes a time of our days is missing."""
    times = epochs_of(pd.Series([1e20, np.inf, np.nan, 1_772_445_600_000]), "UTC", scale=1).times
    assert times.isna().tolist() == [True, True, True, False]


def test_a_unit_that_is_given_is_not_guessed() -> None:
    """With a scale of its own a number is not judged by its size."""
    epochs = epochs_of(pd.Series([46_083_000.0]), "UTC", scale=1000)
    assert epochs.times.tolist() == [pd.Timestamp("1971-06-18T08:50:00Z")]
    assert not epochs.remarks
