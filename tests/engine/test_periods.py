"""When clocks show something, in every zone and at every change of two years."""

from __future__ import annotations

import datetime as dt
import functools
import zoneinfo
from itertools import pairwise
from typing import TYPE_CHECKING

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given

from retell_nb.engine.periods import edges_around, instant, instants, period_edges, periods_of

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
HOURS = [FIRST + dt.timedelta(hours=hour) for hour in range(2 * 365 * 24)]
QUARTER = pd.Timedelta("15min")
NEW_YORK_TO_LORD_HOWE = ["America/New_York", "America/Anchorage", "Australia/Lord_Howe",
                         "Africa/Cairo", "America/Havana", "Antarctica/Troll"]  # fmt: skip


def offset(moment: dt.datetime, zone: zoneinfo.ZoneInfo) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()


@functools.cache
def changes() -> list[tuple[str, pd.Timestamp]]:
    """One zone of each set of rules that all names share, and the days of its changes."""
    rules: dict[tuple[dt.timedelta, ...], str] = {}
    for name in sorted(zoneinfo.available_timezones()):
        zone = zoneinfo.ZoneInfo(name)
        rules.setdefault(tuple(offset(hour, zone) for hour in HOURS[::12]), name)
    return [
        (name, pd.Timestamp(HOURS[12 * at]))
        for steps, name in rules.items()
        for at, (before, after) in enumerate(pairwise(steps))
        if before != after
    ]


@functools.cache
def around(day: pd.Timestamp, zone: str) -> pd.DataFrame:
    """Every quarter of an hour of three days, and what the clock shows, as the standard has it."""
    moments = pd.date_range(day - pd.Timedelta("30h"), day + pd.Timedelta("42h"), freq=QUARTER)
    rules = zoneinfo.ZoneInfo(zone)
    clock = [time.astimezone(rules).replace(tzinfo=None) for time in moments.to_pydatetime()]
    return pd.DataFrame({"moment": moments.as_unit("ms"), "clock": pd.DatetimeIndex(clock)})


def test_every_change_of_clocks_in_the_world_is_understood() -> None:
    """What is shown twice is the first or the second time; what is skipped, when clocks go on."""
    assert len(changes()) > 50
    for zone, day in changes():
        shown = around(day, zone)
        moments = shown.groupby("clock")["moment"]
        assert (instants(shown["clock"], zone) == moments.transform("min")).all(), zone
        assert (instants(shown["clock"], zone, again=True) == moments.transform("max")).all(), zone
        every = pd.date_range(shown["clock"].min(), shown["clock"].max(), freq=QUARTER)
        skipped = every.difference(pd.DatetimeIndex(shown["clock"]))
        steps = shown["clock"].diff()
        after = shown.loc[steps > QUARTER, "moment"].repeat(len(skipped))
        for again in (False, True):
            assert (instants(skipped, zone, again=again) == after).all(), zone


@pytest.mark.parametrize(("freq", "make"), [("15min", period_edges), ("h", edges_around)])
def test_every_moment_around_a_change_is_in_the_period_that_the_clock_shows(
    freq: str, make: Callable[..., pd.DatetimeIndex]
) -> None:
    """In every zone a period begins where the clock shows its beginning, or skips that."""
    for zone, day in changes():
        shown = around(day, zone)
        begin, step = shown["clock"].dt.floor(freq), shown["clock"].diff()
        new = (shown["clock"] == begin) | (step > QUARTER) & (begin != begin.shift())
        periods = periods_of(shown["moment"], make(shown["moment"], freq, zone))
        assert np.diff(periods).tolist() == new[1:].astype(int).tolist(), zone


def test_a_skipped_hour_in_alaska_is_no_hour_of_the_trend() -> None:
    """Where pandas goes two hours on, the hours are those that the clocks show."""
    times = pd.Series(pd.to_datetime(["2026-03-08T10:30Z", "2026-03-08T12:30Z"]))
    edges = period_edges(times, "h", "America/Anchorage")
    assert edges.strftime("%H:%M").tolist() == ["01:00", "03:00", "04:00", "05:00"]


def test_half_an_hour_is_skipped_and_shown_twice_on_lord_howe() -> None:
    """Quarters of an hour are as many as there are."""
    for day, quarters in (("2026-10-04", 94), ("2026-04-05", 98), ("2026-07-01", 96)):
        times = pd.Series(pd.to_datetime([f"{day} 00:00", f"{day} 23:59"]))
        moments = pd.Series(instants(times, "Australia/Lord_Howe"))
        assert len(period_edges(moments, "15min", "Australia/Lord_Howe")) == quarters + 1


@pytest.mark.parametrize("zone", NEW_YORK_TO_LORD_HOWE)
@given(
    clock=st.datetimes(dt.datetime(1972, 1, 1), dt.datetime(2036, 1, 1)),  # noqa: DTZ001 - a clock's
)
def test_a_clock_reads_back_what_it_shows(zone: str, clock: dt.datetime) -> None:
    """The first pass is never after the second, and a clock that shows the time shows it then."""
    time = pd.Timestamp(clock).floor("ms")
    first, second = (instants([time], zone, again=again)[0] for again in (False, True))
    assert first <= second
    if first < second or first.tz_localize(None) == time:
        assert first.tz_localize(None) == second.tz_localize(None) == time


def test_times_that_are_missing_or_very_far_off_are_no_obstacle() -> None:
    """The first and the last year that a calendar knows are times like others."""
    clock = pd.DatetimeIndex(np.array(["NaT", "0001-01-01", "9999-12-31T23:00"], "M8[ms]"))
    moments = instants(clock, "Asia/Kathmandu")
    assert moments.isna().tolist() == [True, False, False]
    assert moments[2].tz_localize(None) == clock[2]


def test_one_time_is_read_as_many_are() -> None:
    """A time that names a zone is that instant; another one is what the clocks show."""
    alaska = "America/Anchorage"
    assert instant("2026-03-08 02:30", alaska) == pd.Timestamp("2026-03-08T03:00-08:00")
    assert instant("2026-03-08T02:30Z", alaska) == pd.Timestamp("2026-03-08T02:30Z")
