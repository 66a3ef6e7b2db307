"""Dates and times of day in two columns are one time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest

from retell_nb import as_calls


def calls_of(**columns: list[Any]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return as_calls(pd.DataFrame({"disconnection_reason": ["dial_busy"] * size, **columns}))


@pytest.mark.parametrize(
    ("date", "clock"),
    [
        ("02.03.2026", "14:03"),
        ("2026-03-02", "2:03 PM"),
        ("02-Mar-26", "14:03:00"),
        ("03/02/2026", "14:03:00.000"),
        (dt.date(2026, 3, 2), dt.time(14, 3)),
        (pd.Timestamp("2026-03-02"), dt.time(14, 3)),
        (pd.Timestamp("2026-03-02"), "14:03"),
        ("2026-03-02T00:00:00", "14:03"),
        ("2026-03-02 0:00", "14:03"),
        ("46083", "0.585416666666667"),
    ],
)
@pytest.mark.parametrize(
    "labels",
    [("Date", "Time"), ("Call Date", "Start Time"), ("Call Start Date", "Call Start Time")],
)
def test_a_date_and_a_time_of_day_are_one_time(
    date: object, clock: object, labels: tuple[str, str]
) -> None:
    """Under any of their names and in any form, also as a spreadsheet's cells."""
    other = "03/13/2026" if date == "03/02/2026" else date
    calls = calls_of(**{labels[0]: [date, other], labels[1]: [clock, clock]})
    off = calls["start_timestamp"][0] - pd.Timestamp("2026-03-02T14:03Z")
    assert abs(off) <= pd.Timedelta("1ms")
    assert not calls["start_timestamp"].isna().any()


def test_an_end_before_its_start_is_of_the_next_day() -> None:
    """One date serves for both; a call over midnight lasts minutes."""
    calls = calls_of(
        **{
            "Date": ["02.03.2026", "02.03.2026"],
            "Start Time": ["14:03", "23:59"],
            "End Time": ["14:05", "00:01"],
        }
    )
    assert calls["duration_ms"].tolist() == [120_000, 120_000]
    assert calls["end_timestamp"].dt.day.tolist() == [2, 3]


def test_what_is_missing_beside_it_makes_nothing_up() -> None:
    """A date alone is a date, and a time of day alone is no time."""
    calls = calls_of(Date=["02.03.2026", "03.03.2026", None], Time=["14:03", None, None])
    assert calls["start_timestamp"].dt.hour.tolist()[:2] == [14, 0]
    assert calls["start_timestamp"].isna().tolist() == [False, False, True]


def test_times_that_are_whole_stay_as_they_are() -> None:
    """A date beside a whole time is a column of its own."""
    calls = calls_of(Time=["2026-03-02T14:03Z"], Date=["01.01.2020"])
    assert calls["start_timestamp"].tolist() == [pd.Timestamp("2026-03-02T14:03Z")]


@pytest.mark.parametrize(
    "clocks",
    [
        ["14:03:00", "09:05:00"],
        ["1403", "0905"],
        ["1900-01-01 14:03:00", "1900-01-01 09:05:00"],
        ["0 days 14:03:00", "0 days 09:05:00"],
        pd.to_timedelta(["14:03:00", "09:05:00"]),
        [dt.time(14, 3), dt.time(9, 5)],
    ],
    ids=str,
)
def test_a_time_of_day_is_joined_to_its_date_in_every_form(clocks: Any) -> None:
    """As databases, spreadsheets and pandas have them."""
    table = pd.DataFrame({"Date": ["2026-03-02", "2026-03-03"], "Time": clocks, "End Reason": "x"})
    times = as_calls(table)["start_timestamp"].dt.strftime("%d %H:%M").tolist()
    assert times == ["02 14:03", "03 09:05"]


def test_what_passed_is_no_time() -> None:
    """A timedelta without a date says no day."""
    table = pd.DataFrame({"start_timestamp": pd.to_timedelta([1, 2], unit="h"), "End Reason": "x"})
    with pytest.warns(UserWarning, match="2 cells of start_timestamp"):
        assert as_calls(table)["start_timestamp"].isna().all()
