"""Refused calls under a retry and under higher limits, on planted calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.capacity.backoff import backoff

Build: TypeAlias = Callable[..., pd.DataFrame]
COLUMNS = [
    "policy", "limit", "refused", "through", "rate", "low", "high",
    "median_wait_s", "p95_wait_s", "redials", "put_off", "lost",
]  # fmt: skip
SURE = {"jitter": 0}


def at(second: float) -> str:
    return (pd.Timestamp("2026-03-02T10:00Z") + pd.Timedelta(second, "s")).isoformat()


@pytest.fixture
def crowd(calls_of: Build) -> Build:
    """Two slots held for a minute, and calls refused meanwhile, ten seconds apart."""

    def build(refused: int = 3, lasting: float = 5, **columns: Any) -> pd.DataFrame:
        held = [{"start_timestamp": at(0), "end_timestamp": at(60)}] * 2
        after = [{"start_timestamp": at(1000 + s), "end_timestamp": at(1000 + s + lasting)}
                 for s in range(0, 19 * 60, 60)]  # fmt: skip
        full = {"disconnection_reason": "concurrency_limit_reached"}
        away = [{"end_timestamp": at(10 * (place + 1))} | full for place in range(refused)]
        rows = [{"disconnection_reason": "user_hangup"} | row for row in [*held, *after, *away]]
        known = {"direction": "outbound", "agent_id": "a"} | columns
        return calls_of([known | row for row in rows])

    return build


def row_of(table: pd.DataFrame, policy: str, limit: int) -> pd.Series:
    (row,) = (
        row for _, row in table.iterrows() if (row["policy"], row["limit"]) == (policy, limit)
    )
    return row


def test_policies_and_limits_are_compared(crowd: Build) -> None:
    """What becomes of three calls of a minute each, refused after 10, 20 and 30 s, by hand."""
    table = backoff(crowd(lasting=60), 2, SURE)
    assert table.columns.tolist() == COLUMNS
    assert table[["policy", "limit", "through", "redials"]].to_numpy().tolist() == [
        ["no retry", 2, 0, 0],
        ["retry at once", 2, 0, 24],  # given up after 8 s
        ["backoff", 2, 3, 15],  # tried 2, 6, 14, 30, 62 and 122 s later: in at 72, 142 and 60 s
        ["no retry", 3, 1, 0],
        ["backoff", 3, 3, 9],  # the second call 62 s later, the third 30 s
        ["no retry", 4, 2, 0],
        ["backoff", 4, 3, 4],
        ["no retry", 5, 3, 0],
    ]
    assert table["median_wait_s"].tolist()[2:5] == [62, 0, 30]
    assert table["p95_wait_s"].round(6).tolist()[2:4] == [116, 0]
    assert table["rate"].tolist()[2] == table["high"].tolist()[2] == 1
    assert 0.43 < table["low"].tolist()[2] < 0.44


def test_the_smallest_limit_that_refuses_nobody_refuses_nobody(crowd: Build) -> None:
    """With so many slots all get through at once; with one less, not all do."""
    calls = crowd(refused=12, lasting=35)
    enough = backoff(calls, 2).attrs["enough"]
    assert 2 < enough < 8
    table = backoff(calls, 2, higher=[enough - 1, enough])
    assert row_of(table, "no retry", enough)["through"] == 12
    assert row_of(table, "no retry", enough)["p95_wait_s"] == 0
    less = row_of(table, "no retry", enough - 1) if enough > 3 else row_of(table, "no retry", 2)
    assert less["through"] - less["lost"] < 12


def test_an_inbound_call_is_never_tried_again(crowd: Build) -> None:
    """It is not you who dials: it stays refused, and only a higher limit lets it in."""
    table = backoff(crowd(direction="inbound"), 2, SURE, higher=[9])
    assert table.attrs["inbound"] == 3
    assert row_of(table, "backoff", 2)["through"] == row_of(table, "backoff", 2)["redials"] == 0
    assert row_of(table, "no retry", 9)["through"] == 3


def test_lengths_are_drawn_from_calls_of_the_same_agent_and_direction(crowd: Build) -> None:
    """Where an agent's calls are long, so are those that would have been."""
    short = crowd(refused=40, lasting=1, agent_id="quick")
    long = crowd(refused=0, agent_id="slow")
    starts = pd.date_range(at(86_400), periods=len(long), freq="400s", unit="ms")
    ends = starts + pd.Timedelta("300s")
    far = long.assign(start_timestamp=starts, end_timestamp=ends)
    alone = backoff(short, 2).attrs["enough"]
    assert backoff(pd.concat([short, far]), 2).attrs["enough"] == alone
    assert backoff(pd.concat([short, far]).assign(agent_id="one"), 2).attrs["enough"] > alone


def test_where_no_call_tells_a_length_an_hour_is_assumed(crowd: Build) -> None:
    """Without anything to draw from, a call lasts as long as it may."""
    calls = crowd(refused=3)
    table = backoff(calls[calls["disconnection_reason"] != "user_hangup"], 1)
    assert table.attrs["enough"] == 3
    assert np.isnan(row_of(table, "no retry", 1)["median_wait_s"])


def test_nothing_is_drawn_of_calls_in_order_of_rows(crowd: Build) -> None:
    """The order of the rows has no say beyond what is drawn: counts of the record stay the same."""
    calls = crowd(refused=12, lasting=35)
    first, turned = backoff(calls, 2), backoff(calls[::-1], 2)
    assert first["refused"].equals(turned["refused"])
    assert first.attrs["peak"] == turned.attrs["peak"] == 2


@pytest.mark.parametrize("rows", [0, 2])
def test_without_refused_calls_there_is_no_rate(rows: int, crowd: Build) -> None:
    """An empty frame and calls that all got through have the same rows, with a rate of nothing."""
    table = backoff(crowd(refused=0).head(rows), 20)
    assert table["policy"].tolist() == ["no retry", "retry at once", "backoff"]
    assert table["refused"].tolist() == table["through"].tolist() == [0] * 3
    assert table["rate"].isna().all()
    assert (table.attrs["peak"], table.attrs["enough"]) == (rows, rows)


def test_the_planted_full_house_is_told() -> None:
    """On the sample, calls are refused at the planted limit, and a backoff saves most of them."""
    calls = rn.sample_calls(20_000, seed=3)
    (planted,) = (one for one in calls.attrs["planted"] if one["kind"] == "full_house")
    table = backoff(calls, planted["limit"])
    assert table["refused"].tolist() == [planted["calls"]] * len(table)
    assert table.attrs["in_flight_when_refused"] == table.attrs["peak"] == planted["limit"]
    saved = table.set_index(["policy", "limit"])["through"]
    assert saved["no retry", 20] == 0
    assert saved["retry at once", 20] < saved["backoff", 20]
    assert saved["no retry", table.attrs["enough"]] == planted["calls"]
    pd.testing.assert_frame_equal(table, backoff(calls, {"concurrency_limit": 20}))


def test_what_is_missing_or_unknown_is_said(crowd: Build) -> None:
    """A missing column, a limit and a policy that are none are errors."""
    calls = crowd()
    with pytest.raises(ValueError, match="lack the column start_timestamp"):
        backoff(calls.drop(columns="start_timestamp"))
    with pytest.raises(ValueError, match="limit is 0; give a whole number"):
        backoff(calls, 0)
    with pytest.raises(ValueError, match=r"limit is 2\.5; give a whole number"):
        backoff(calls, 2, higher=[2.5])
    with pytest.raises(ValueError, match="a policy has no retries"):
        backoff(calls, 2, {"retries": 3})
