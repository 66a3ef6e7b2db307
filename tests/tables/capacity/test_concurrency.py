"""Calls in flight by period and group, the calls refused, and what is set aside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.capacity.concurrency import concurrency

Build: TypeAlias = Callable[..., pd.DataFrame]
BERLIN = "Europe/Berlin"


@pytest.fixture
def talks(calls_of: Build) -> Build:
    """Calls from their start, their end and whatever else is known of them."""

    def build(*rows: tuple[Any, ...]) -> pd.DataFrame:
        return calls_of(
            [
                {"disconnection_reason": "user_hangup"}
                | {"start_timestamp": start, "end_timestamp": end}
                | dict(*more)
                for start, end, *more in rows
            ]
        )

    return build


def day(time: str) -> str:
    return f"2026-03-02T{time}Z"


def test_a_call_counts_in_every_period_that_it_touches(talks: Build) -> None:
    """Peaks, averages and calls of each minute, worked out by hand."""
    calls = talks(
        (day("10:00:30"), day("10:02:00")),
        (day("10:01:00"), day("10:01:15")),
        (day("10:01:15"), day("10:01:30")),
    )
    table = concurrency(calls)
    assert table["period"].dt.strftime("%H:%M").tolist() == ["10:00", "10:01"]
    assert table["calls"].tolist() == [1, 3]
    assert table["peak"].tolist() == [1, 2]
    assert table["average"].tolist() == [0.5, 1.5]
    assert table["limit"].isna().all()
    assert table["seconds_above_80"].isna().all()


def test_time_above_80_per_cent_of_the_limit_is_exact(talks: Build) -> None:
    """Of a limit of 5, four are 80% and not above it; five are."""
    calls = talks(*[(day("10:00:00"), day("10:00:50"))] * 4, (day("10:00:20"), day("10:01:10")))
    table = concurrency(calls, limit=5)
    assert table["seconds_above_80"].tolist() == [30, 0]
    assert table["limit"].tolist() == [5, 5]


@pytest.mark.parametrize(
    "limit",
    [30, 30.0, np.int64(30), {"concurrency_limit": 30}, pd.DataFrame({"concurrency_limit": [30]})],
)
def test_a_limit_is_a_number_or_what_the_api_told(limit: Any, talks: Build) -> None:
    """The number, the answer of get_concurrency, and the answer as a frame are the same."""
    calls = talks((day("10:00"), day("10:01")))
    assert concurrency(calls, limit=limit)["limit"].tolist() == [30]


@pytest.mark.parametrize("limit", [0, 2.5, "20", {}, float("nan"), pd.DataFrame()])
def test_what_is_no_limit_is_said(limit: Any, talks: Build) -> None:
    """The message names what was given and what to give."""
    with pytest.raises(
        ValueError, match=r"(?s)limit is .*; give a whole number of calls from 1 on, or"
    ):
        concurrency(talks((day("10:00"), day("10:01"))), limit=limit)


def test_refused_calls_hold_no_slot_and_count_once(talks: Build) -> None:
    """A refused call is counted at its start, or else its end, however long it waited."""
    full = {"disconnection_reason": "concurrency_limit_reached"}
    calls = talks(
        (day("10:00:50"), day("10:01:30"), full),
        (None, day("10:01:00"), full),
        (day("10:01:10"), day("10:01:20")),
        (day("10:01:10"), day("10:05:10"), {"disconnection_reason": "no_concurrency_fallback"}),
        (None, None, full),
    )
    table = concurrency(calls)
    assert table["refused"].tolist() == [1, 2]
    assert table["peak"].tolist() == [0, 1]
    assert table.attrs["undated"] == 1


def test_what_cannot_be_in_flight_is_set_aside_and_counted(talks: Build) -> None:
    """Every call is held, refused, or set aside for one reason."""
    ongoing = {"disconnection_reason": None, "call_status": "ongoing"}
    calls = talks(
        (day("10:00"), day("10:01")),
        (day("10:00"), None, ongoing),
        (None, None),
        (day("10:00"), day("09:59")),
        (day("10:00"), "2106-03-02T10:00Z"),
        (day("10:00"), day("10:00")),
        (None, day("10:00"), {"duration_ms": 0}),
    )
    table = concurrency(calls)
    assert table["peak"].tolist() == [1]
    assert table.attrs == {
        "in_progress": 1, "undated": 1, "negative": 1, "too_long": 1, "momentary": 2,
    }  # fmt: skip


def test_a_missing_end_is_the_start_and_the_duration(talks: Build) -> None:
    """So is a missing start, and a time of 1970, which is none."""
    minute = {"duration_ms": 60_000}
    calls = talks(
        (day("10:00"), None, minute),
        (None, day("10:01"), minute),
        (day("10:00"), "1970-01-21T10:00Z", minute),
    )
    table = concurrency(calls)
    assert table[["peak", "average"]].to_numpy().tolist() == [[3, 3]]


def test_groups_have_peaks_of_their_own(talks: Build) -> None:
    """Each group is counted as if it were alone; a missing value is a group, shown last."""
    kinds = ["outbound", "inbound", "outbound", None, "inbound"]
    times = ["10:00:00", "10:00:10", "10:00:20", "10:00:50", "11:00:00"]
    calls = talks(
        *(
            (day(time), day(f"{time[:-2]}59"), {"direction": kind, "agent_id": "a"})
            for kind, time in zip(kinds, times, strict=True)
        )
    )
    table = concurrency(calls, "1min", "direction", "agent_id")
    assert table.columns[:4].tolist() == ["period", "direction", "agent_id", "calls"]
    assert table["direction"].astype(object).fillna("none").tolist() == [
        "inbound", "outbound", "none", "inbound",
    ]  # fmt: skip
    assert table["peak"].tolist() == [1, 2, 1, 1]
    for kind in ("inbound", "outbound"):
        alone = concurrency(calls[calls["direction"] == kind])
        mine = table[table["direction"] == kind]
        assert mine["peak"].tolist() == alone["peak"].tolist()
        assert mine["average"].tolist() == alone["average"].tolist()


@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [("2026-03-29T00:00", "2026-03-30T00:00", 23), ("2026-10-25T00:00", "2026-10-26T00:00", 25)],
)
def test_days_have_the_hours_that_clocks_show(
    first: str, last: str, hours: int, talks: Build
) -> None:
    """A call through the whole day is in 23 or 25 hours, in each of them whole."""
    start, end = (pd.Timestamp(time, tz=BERLIN).isoformat() for time in (first, last))
    calls = talks((start, (pd.Timestamp(start) + pd.Timedelta("12h")).isoformat()))
    calls = pd.concat(
        [calls, talks(((pd.Timestamp(start) + pd.Timedelta("12h")).isoformat(), end))]
    )
    by_hour = concurrency(calls, "h", tz=BERLIN)
    assert len(by_hour) == hours
    assert by_hour[["peak", "average"]].eq(1).all(axis=None)
    by_day = concurrency(calls, "D", tz=BERLIN)
    assert by_day[["calls", "peak", "average"]].to_numpy().tolist() == [[2, 1, 1]]
    assert by_day["period"].iloc[0].isoformat()[:16] == first


@pytest.mark.parametrize("freq", ["1min", "h", "7h", "D", "W", "MS", "auto"])
def test_a_stray_call_decades_off_is_only_two_rows(freq: str, talks: Build) -> None:
    """Memory is bounded by the calls: the years in between hold no period."""
    stray = ("1971-06-01T10:00:00Z", "1971-06-01T10:00:30Z")
    calls = talks(
        (day("10:00:00"), day("10:00:30")), stray, ("2099-06-01T10:00Z", "2099-06-01T10:00:30Z")
    )
    table = concurrency(calls, freq)
    assert table["peak"].tolist() == [1, 1, 1]
    assert table["period"].dt.year.tolist()[0] in (1970, 1971)


@pytest.mark.parametrize("by", [(), ("direction",)])
def test_no_calls_have_no_rows_and_the_same_columns(by: tuple[str, ...], talks: Build) -> None:
    """An empty frame and one of nothing but refused calls have columns of the same kinds."""
    calls = talks((day("10:00"), day("10:01")))
    whole, empty = (concurrency(part, "h", *by, limit=3, tz=BERLIN) for part in (calls, calls[:0]))
    assert len(empty) == 0
    assert (
        empty.dtypes.drop("direction", errors="ignore").to_dict()
        == whole.dtypes.drop("direction", errors="ignore").to_dict()
    )
    full = calls.assign(disconnection_reason="concurrency_limit_reached")
    assert concurrency(full, "h", *by)[["calls", "peak", "refused"]].to_numpy().tolist() == [
        [0, 0, 1]
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("n", [5_000, 24_000])
def test_the_sample_is_full_where_its_calls_are_refused(n: int, seed: int) -> None:
    """In the planted full house the peak in flight is the planted number of slots."""
    calls = rn.sample_calls(n, seed=seed)
    table = concurrency(calls)
    assert (
        table["refused"].sum()
        == (calls["disconnection_reason"] == "concurrency_limit_reached").sum()
    )
    if table["refused"].any():
        assert table.loc[table["refused"] > 0, "peak"].max() == max(20, n // 1000)


def test_what_is_missing_or_unknown_is_said(talks: Build) -> None:
    """A missing column, a name that is taken and too fine a frequency are errors."""
    calls = talks((day("10:00"), day("10:01")))
    with pytest.raises(ValueError, match="lack the column end_timestamp"):
        concurrency(calls.drop(columns="end_timestamp"))
    with pytest.raises(ValueError, match="several columns of the name peak"):
        concurrency(calls.assign(peak=1), "h", "peak")
    with pytest.raises(ValueError, match="coarser freq"):
        concurrency(calls, "50ms")
