"""Trends on the calendar, and hours of the week."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd
import pytest

from retell_nb.tables.trend import hours, trend

Build: TypeAlias = Callable[..., pd.DataFrame]
BERLIN = "Europe/Berlin"


@pytest.fixture
def calls_at(calls_for: Build) -> Build:
    def build(*times: str | None, reason: str = "dial_failed") -> pd.DataFrame:
        return calls_for(*[reason] * len(times), start_timestamp=times)

    return build


def starts(table: pd.DataFrame) -> list[str]:
    return [time.isoformat() for time in table["period"]]


def test_days_are_local_days_through_the_change_of_clocks(calls_at: Build) -> None:
    """A day of 23 hours begins and ends at local midnight."""
    calls = calls_at(
        "2026-03-28T22:59Z", "2026-03-28T23:00Z", "2026-03-29T21:59Z", "2026-03-29T22:00Z"
    )
    table = trend(calls, "D", tz=BERLIN)
    assert starts(table) == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]
    assert table["calls"].tolist() == [1, 2, 1]
    assert str(table["period"].dtype) == f"datetime64[ms, {BERLIN}]"


@pytest.mark.parametrize(
    ("day", "freq", "periods"),
    [
        ("2026-03-29", "h", 23),
        ("2026-10-25", "h", 25),
        ("2026-10-25", "15min", 100),
        ("2026-03-29", "6h", 4),
        ("2026-10-25", "6h", 4),
    ],
)
def test_hours_are_as_many_as_the_day_has(
    day: str, freq: str, periods: int, calls_at: Build
) -> None:
    """Hours are skipped or come twice; longer parts of a day begin by the clock."""
    first, last = (pd.Timestamp(f"{day} {time}", tz=BERLIN) for time in ("00:00", "23:59"))
    table = trend(calls_at(first.isoformat(), last.isoformat()), freq, tz=BERLIN)
    assert len(table) == periods
    assert table["period"].is_unique
    assert set(table["period"].dt.minute) <= {0, 15, 30, 45}
    if freq == "6h":
        assert table["period"].dt.hour.tolist() == [0, 6, 12, 18]


def test_a_midnight_that_does_not_exist_is_no_obstacle(calls_at: Build) -> None:
    """Where clocks skip midnight, the day begins when they go on."""
    table = trend(calls_at("2026-04-23T12:00Z", "2026-04-25T12:00Z"), "D", tz="Africa/Cairo")
    assert starts(table)[1] == "2026-04-24T01:00:00+03:00"


@pytest.mark.parametrize(
    ("freq", "first"),
    [
        ("W", "2026-03-09"),
        ("W-SAT", "2026-03-08"),
        ("MS", "2026-03-01"),
        ("ME", "2026-03-01"),
        ("QS", "2026-01-01"),
        ("QE", "2026-01-01"),
        ("YS", "2026-01-01"),
        ("2D", "2026-03-12"),
    ],
)
def test_calendar_periods_are_known_by_their_start(freq: str, first: str, calls_at: Build) -> None:
    """A week, a month, a quarter are shown by the day on which they begin."""
    table = trend(calls_at("2026-03-12T12:00Z"), freq)
    assert starts(table) == [f"{first}T00:00:00+00:00"]


def test_every_group_is_in_every_period(calls_for: Build) -> None:
    """Periods and groups without calls are there with 0 calls and no rate."""
    calls = calls_for(
        "dial_failed", "user_hangup", None,
        start_timestamp=["2026-03-01T01:00Z", "2026-03-03T01:00Z", "2026-03-03T02:00Z"],
        agent_id=["a", None, "a"], call_status=[None, None, "ongoing"],
    )  # fmt: skip
    table = trend(calls, "D", "agent_id", of="failed")
    assert table.columns.tolist() == [
        "period", "agent_id", "calls", "failed", "rate", "low", "high", "unknown", "partial",
    ]  # fmt: skip
    assert table["calls"].tolist() == [1, 0, 0, 0, 0, 1]
    assert table["agent_id"].isna().tolist() == [False, True] * 3
    assert table["rate"].isna().tolist() == [False, True, True, True, True, False]
    assert table.attrs == {"in_progress": 1, "unknown": 0, "undated": 0}
    assert trend(calls, "D", "agent_id")["share"].iloc[[0, 4]].tolist() == [1, 0.5]


def test_calls_without_a_time_are_left_out_and_counted(calls_at: Build) -> None:
    """An undated call is in no period, and the attrs say so."""
    table = trend(calls_at("2026-03-01T01:00Z", None, None), "D")
    assert table["calls"].tolist() == [1]
    assert table.attrs["undated"] == 2


def test_the_end_stands_in_for_a_missing_start(calls_of: Build) -> None:
    """A call that never connected is dated by its end."""
    row = {"disconnection_reason": "dial_busy", "end_timestamp": "2026-03-01T01:00Z"}
    assert trend(calls_of([row]), "D")["calls"].tolist() == [1]


def test_only_a_window_makes_the_first_and_last_period_whole(calls_at: Build) -> None:
    """Without a window both ends are partial; a window says which of them is."""
    calls = calls_at("2026-03-01T01:00Z", "2026-03-02T01:00Z", "2026-03-03T01:00Z")
    assert trend(calls, "D")["partial"].tolist() == [True, False, True]
    whole = trend(calls, "D", window=("2026-03-01", "2026-03-04"))
    assert whole["partial"].tolist() == [False, False, False]
    calls.attrs["window"] = ["2026-03-01T00:00:00+00:00", "2026-03-03T12:00:00+00:00"]
    assert trend(calls, "D")["partial"].tolist() == [False, False, True]
    assert trend(calls, "D", window=(None, "2026-03-04"))["partial"].tolist() == [
        True,
        False,
        False,
    ]
    with pytest.raises(ValueError, match=r"window is 'March'; give a pair"):
        trend(calls, "D", window="March")


def test_no_calls_have_no_periods(calls_of: Build) -> None:
    """An empty frame, and one without any time, give an empty table of the right columns."""
    for rows in ([], [{"disconnection_reason": "dial_busy"}]):
        table = trend(calls_of(rows), "D", "agent_id", of="failed", tz=BERLIN)
        assert table.shape == (0, 9)
        assert str(table["period"].dtype) == f"datetime64[ms, {BERLIN}]"


def test_a_table_of_over_a_million_rows_is_refused(calls_at: Build) -> None:
    """Too fine a frequency is an error that says what to do, before memory is filled."""
    calls = calls_at("1971-01-21T00:00Z", "2026-02-28T00:00Z", "2026-03-01T00:00Z")
    with pytest.raises(ValueError, match=r"freq='min' .* 1,000,000 rows. Use a coarser freq"):
        trend(calls, "min")
    with pytest.raises(ValueError, match="coarser freq"):
        trend(calls, "h", "call_id")


@pytest.mark.parametrize(
    ("freq", "tz", "message"),
    [
        ("fortnight", "UTC", r"freq='fortnight' is no period.*'15min', 'h', 'D'"),
        ("-1D", "UTC", r"freq='-1D' does not go forward"),
        ("D", "Europe/Bärlin", r"'Europe/Bärlin' is no time zone.*'Europe/Berlin'"),
    ],
)
def test_what_is_no_period_or_time_zone_is_said(
    freq: str, tz: str, message: str, calls_at: Build
) -> None:
    """The message names what was given and gives examples."""
    with pytest.raises(ValueError, match=message):
        trend(calls_at("2026-03-01T01:00Z"), freq, tz=tz)


def test_hours_are_those_of_the_local_week(calls_at: Build) -> None:
    """Sunday 23:30 UTC is Monday half past midnight in Berlin."""
    calls = calls_at("2026-03-01T23:30Z", None)
    utc, berlin = hours(calls), hours(calls, tz=BERLIN)
    assert utc.loc[utc["calls"] > 0, ["weekday", "hour"]].to_numpy().tolist() == [[6, 23]]
    assert berlin.loc[berlin["calls"] > 0, ["weekday", "hour"]].to_numpy().tolist() == [[0, 0]]
    assert berlin.columns.tolist() == [
        "weekday", "hour", "calls", "failed", "rate", "low", "high", "unknown",
        "worst_day", "worst_rate", "recurs",
    ]  # fmt: skip
    assert berlin.attrs["undated"] == 1


def test_an_hour_of_the_week_recurs_where_it_is_raised_without_its_worst_date(
    calls_of: Build,
) -> None:
    """One Friday's incident is that date; what fails every Monday is a pattern of the week."""
    days = pd.date_range("2026-03-02T08:10", periods=28, tz=BERLIN)
    shares = {day: 15 if day.day_of_week == 0 else 1 for day in days}
    shares[pd.Timestamp("2026-03-13T08:10", tz=BERLIN)] = 28
    rows = [
        {
            "start_timestamp": f"{day.tz_convert('UTC'):%Y-%m-%dT%H:%M:%SZ}",
            "disconnection_reason": "dial_failed" if number < failed else "user_hangup",
        }
        for day, failed in shares.items()
        for number in range(30)
    ]
    table = hours(calls_of(rows), tz=BERLIN).set_index(["weekday", "hour"])
    assert table.index[table["recurs"]].tolist() == [(0, 8)]
    friday = table.loc[(4, 8)]
    assert friday["worst_day"] == pd.Timestamp("2026-03-13", tz=BERLIN)
    assert (friday["rate"], friday["worst_rate"]) == (31 / 120, 28 / 30)
    assert table.loc[(4, 9), ["worst_day", "worst_rate"]].isna().all()


def test_hours_of_no_calls_are_still_there(calls_of: Build) -> None:
    """An empty frame has 168 hours without a call."""
    table = hours(calls_of([]), of="machine", among="ended")
    assert table["machine"].tolist() == [0] * 168


def test_a_time_of_1970_is_no_time(calls_at: Build) -> None:
    """Seconds read as milliseconds do not stretch a trend over half a century; they are counted."""
    table = trend(calls_at("1970-01-21T13:00Z", "2026-03-01T10:00Z"), "auto")
    assert table["calls"].tolist() == [1]
    assert table.attrs["undated"] == 1
