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
        ("46083", "14:03"),
        (46083, 0.585416666666667),
        (20260302, 1403),
        ("2026-03-02", "0.585416666666667"),
        (pd.Timestamp("2026-03-02"), pd.Timestamp("1900-01-01 14:03")),
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


@pytest.mark.parametrize(
    "clock",
    [
        *("1403", "14:03", "2:03 PM", "140300", "0.585416666666667", 1403, 0.5854, 140300),
        *("1970-01-01 14:03", "1899-12-30 14:03", "1900-01-01T14:03:00"),
        *(dt.time(14, 3), pd.Timestamp("1900-01-01 14:03"), pd.Timestamp("1970-01-01 14:03")),
    ],
    ids=repr,
)
@pytest.mark.parametrize("label", ["Time", "start_timestamp", "Uhrzeit", "End Time", "Time (UTC)"])
def test_a_time_of_day_without_a_date_is_missing_and_counted(label: str, clock: object) -> None:
    """Never of 1970, also beside whole times of another column."""
    with pytest.warns(UserWarning, match="2 cells of (start|end)_timestamp could not be read"):
        calls = calls_of(**{label: [clock, None, clock], "call_id": ["a", "b", "c"]})
    assert calls[["start_timestamp", "end_timestamp"]].isna().all(axis=None)
    assert any("is a time of day without a date" in note for note in calls.attrs["notes"])


def test_a_time_of_day_among_whole_times_is_missing_alone() -> None:
    """The others are read."""
    with pytest.warns(UserWarning, match="1 cell of start_timestamp"):
        calls = calls_of(Time=["1403", "2026-03-02 14:03Z"])
    assert calls["start_timestamp"].tolist() == [pd.NaT, pd.Timestamp("2026-03-02T14:03Z")]


@pytest.mark.parametrize(
    ("date", "clock", "utc"),
    [
        ("Date (UTC)", "Time (UTC)", "14:03"),
        ("Date", "Time [UTC]", "14:03"),
        ("Date (UTC)", "Time", "14:03"),
        ("date_utc", "time_utc", "14:03"),
        ("UTC Date", "UTC Time", "14:03"),
        ("Date (Europe/Berlin)", "Time (Europe/Berlin)", "13:03"),
        ("Date", "Time (America/New York)", "19:03"),
        ("Date", "Time (CET)", "13:03"),
        ("Date", "Time (EST)", "19:03"),
        ("Date", "Time (GMT+5:30)", "08:33"),
        ("Datum", "Zeit", "05:03"),
        ("Datum", "Uhrzeit", "05:03"),
        ("Fecha", "Hora", "05:03"),
        ("Fecha", "Hora (UTC)", "14:03"),
        ("Día", "Hora", "05:03"),
        ("Date", "Heure", "05:03"),
        ("Data", "Ora", "05:03"),
        ("Data", "Hora", "05:03"),
        ("Call Date", "Hour", "05:03"),
        ("Date", "Local Time", "05:03"),
        ("Date (local)", "Time (local)", "05:03"),
        ("Date", "Time (JST)", "05:03"),
    ],
)
def test_a_date_and_a_time_are_joined_under_headers_of_other_words(
    date: str, clock: str, utc: str
) -> None:
    """The zone that a header names counts; where it names none, that which is given."""
    df = pd.DataFrame({"End Reason": ["x"], date: ["2026-03-02"], clock: ["14:03"]})
    for labels in (df.columns, df.columns[::-1]):
        calls = as_calls(df[labels], tz="Asia/Tokyo")
        assert calls["start_timestamp"].tolist() == [pd.Timestamp(f"2026-03-02T{utc}Z")]
        noted = any("without a time zone" in note for note in calls.attrs["notes"])
        joined = {f"start_timestamp was combined with {label}." for label in (date, clock)}
        assert joined & {*calls.attrs["notes"]}
        assert noted is ("05:03" in utc and "JST" not in clock)


@pytest.mark.parametrize("cast", [int, float, str])
@pytest.mark.parametrize(
    ("labels", "utc"),
    [
        (("Hour", "Minute"), "14:03:00"),
        (("Hour", "Minute", "Second"), "14:03:07"),
        (("Hora", "Minuto"), "14:03:00"),
        (("Stunde", "Minute"), "14:03:00"),
        (("Hour",), "14:00:00"),
    ],
)
def test_hours_and_minutes_in_columns_are_a_time_of_day(
    labels: tuple[str, ...], utc: str, cast: Any
) -> None:
    """A note says what was put together."""
    parts = {label: [cast(part)] for label, part in zip(labels, (14, 3, 7), strict=False)}
    calls = calls_of(Date=["2026-03-02"], **parts)
    assert calls["start_timestamp"].tolist() == [pd.Timestamp(f"2026-03-02T{utc}Z")]
    assert any("was combined from" in note for note in calls.attrs["notes"])


def test_a_column_of_times_of_day_that_is_not_understood_is_noted() -> None:
    """The note says how to join it, and that works."""
    columns = {"Date": ["2026-03-02"], "Klokkeslett": ["14:03"]}
    with pytest.warns(UserWarning, match="'Klokkeslett' holds times of day"):
        calls = calls_of(**columns)
    assert calls["start_timestamp"].dt.hour.tolist() == [0]
    df = pd.DataFrame({"End Reason": ["x"], **columns})
    calls = as_calls(df, columns={"Klokkeslett": "start_timestamp"})
    assert calls["start_timestamp"].tolist() == [pd.Timestamp("2026-03-02T14:03Z")]


def test_a_zone_in_a_header_that_may_be_several_is_a_guess() -> None:
    """A place makes it clear, and then its summer time counts."""
    df = pd.DataFrame({"End Reason": ["x"], "Time (PST)": ["2026-07-02 14:03"]})
    with pytest.warns(UserWarning, match="names PST, a zone that may be several"):
        assert as_calls(df)["start_timestamp"].dt.hour.tolist() == [14]
    calls = as_calls(df, tz="America/Los_Angeles")
    assert calls["start_timestamp"].dt.hour.tolist() == [21]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_what_a_workbook_says_in_its_headers_is_read_again(zone: str) -> None:
    """Times without a zone under a header that names it, as datetimes too."""
    moment = pd.Timestamp("2026-07-02T14:03Z")
    wall = moment.tz_convert(zone).tz_localize(None)
    for cell in (wall, str(wall), wall.to_pydatetime()):
        df = pd.DataFrame({"End Reason": ["x"], f"start_timestamp ({zone})": [cell]})
        assert as_calls(df, tz="Asia/Tokyo")["start_timestamp"].tolist() == [moment]
