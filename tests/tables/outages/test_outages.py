"""Outages: one row each, on calls with a planted truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.facts import TIMES, ended_at
from retell_nb.tables import outages
from retell_nb.tables.outages.exposure import at_risk, own_server

Build: TypeAlias = Callable[..., pd.DataFrame]

EVERYTHING = (
    "llm_server", "provider", "platform", "media", "dial_failure", "bad_number", "reputation",
    "failed",
)  # fmt: skip
MINUTE = pd.Timedelta("1min")


def planted(calls: pd.DataFrame, kind: str) -> dict[str, Any]:
    return next(fault for fault in calls.attrs["planted"] if fault["kind"] == kind)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_two_hours_without_the_provider_are_one_row(seed: int) -> None:
    """The planted outage comes out alone, with its calls, its start and its end."""
    calls = rn.sample_calls(seed=seed)
    truth = planted(calls, "provider_outage")
    table = outages(calls, of="provider")
    assert len(table) == 1
    row = table.iloc[0]
    assert abs(row["start"] - pd.Timestamp(truth["since"])) < 5 * MINUTE
    assert abs(row["end"] - pd.Timestamp(truth["until"])) < 5 * MINUTE
    assert truth["calls"] <= row["affected"] <= truth["calls"] + 1
    assert row["kinds"].startswith(f"telephony_provider_unavailable ({row['affected']})")
    assert row["low"] < 0.9 < row["high"]


def test_the_broken_version_is_one_outage_of_its_agent() -> None:
    """The version that breaks its websocket is one row, which names agent and version."""
    calls = rn.sample_calls(seed=3)
    truth = planted(calls, "broken_version")
    (row,) = outages(calls, "agent_id").to_dict("records")
    assert row["agent_id"] == "agent_copper_claims"
    assert row["versions"] == f"Copperfield Claims 8 ({row['affected']})"
    assert truth["calls"] <= row["affected"] <= truth["calls"] + 3
    assert (
        pd.Timestamp(truth["since"]) <= row["start"] <= row["end"] <= pd.Timestamp(truth["until"])
    )


def test_calls_without_faults_have_no_outages() -> None:
    """Over 20 seeds, of every kind of error, together and agent by agent: nothing."""
    seeds = [rn.sample_calls(2_500, seed=seed, faults=False) for seed in range(20)]
    calls = pd.concat([part.assign(seed=seed) for seed, part in enumerate(seeds)])
    assert outages(calls, "seed", of=EVERYTHING).empty
    assert outages(calls, "seed", "agent_id", of=("llm_server", "failed")).empty


@pytest.fixture(scope="module")
def a_day() -> pd.DataFrame:
    """A call each minute of a day; agent a's server is down at noon for 20 min."""
    start = pd.Series(pd.date_range("2026-03-01", periods=1_440, freq="min", tz="UTC", unit="ms"))
    calls = pd.DataFrame({"start_timestamp": start, "end_timestamp": start + MINUTE})
    calls = calls.assign(
        call_id=[f"call_{n}" for n in range(1_440)],
        disconnection_reason="user_hangup",
        agent_id=["a", "b"] * 720,
        agent_version=pd.array([1] * 1_440, dtype="Int64"),
        direction="outbound",
        duration_ms=60_000,
    )
    down = start.dt.hour.eq(12) & start.dt.minute.lt(20) & calls["agent_id"].eq("a")
    calls.loc[down, "disconnection_reason"] = "error_llm_websocket_open"
    return calls


def test_an_outage_is_told_as_it_was_planted(a_day: pd.DataFrame) -> None:
    """Times are those at which the calls ended; only calls that could be affected are counted."""
    (row,) = outages(a_day).to_dict("records")
    assert row["start"] == pd.Timestamp("2026-03-01T12:01Z")
    assert row["end"] == pd.Timestamp("2026-03-01T12:19Z")
    assert (row["minutes"], row["calls"], row["affected"], row["rate"]) == (18, 10, 10, 1)
    assert (row["agents"], row["versions"]) == ("a (10)", "a 1 (10)")
    assert row["kinds"] == "error_llm_websocket_open (10)"


def test_the_order_of_the_calls_does_not_matter(a_day: pd.DataFrame) -> None:
    """Shuffled calls, with any index, have the same outages."""
    shuffled = a_day.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(outages(shuffled), outages(a_day))


@pytest.mark.parametrize("seed", [0, 1])
def test_calls_of_one_instant_have_no_order(seed: int, calls_for: Build) -> None:
    """With dates only, sorted by reason or shuffled, one planted day is found and nothing else."""
    dice = np.random.default_rng(seed)
    day = dice.integers(0, 20, 3_000)
    asr = dice.random(3_000) < np.where(day == 12, 0.4, 0.05)
    starts = pd.Timestamp("2026-03-01", tz="UTC") + pd.to_timedelta(day, unit="D")
    reasons = np.where(asr, "error_asr", "user_hangup").tolist()
    calls = calls_for(*reasons, start_timestamp=starts).assign(agent_id="a", agent_version=1)
    table = outages(calls.sort_values("disconnection_reason"), of="retell")
    assert table["start"].dt.day.tolist() == [13]
    assert table[["minutes", "calls", "affected"]].iloc[0].tolist() == [
        0, (day == 12).sum(), (asr & (day == 12)).sum(),
    ]  # fmt: skip
    pd.testing.assert_frame_equal(
        outages(calls.sample(frac=1, random_state=seed), of="retell"), table
    )


def test_times_are_shown_in_a_zone(a_day: pd.DataFrame) -> None:
    """`tz` sets the clock of start and end."""
    table = outages(a_day, tz="Europe/Berlin")
    assert table["start"].iloc[0].hour == 13
    with pytest.raises(ValueError, match="no time zone"):
        outages(a_day, tz="Europe/Bielefeld")


def test_errors_may_be_named_in_every_way(a_day: pd.DataFrame) -> None:
    """A category, an owner, a reason and a Series of booleans find the same outage."""
    errors = a_day["disconnection_reason"].eq("error_llm_websocket_open").rename("mine")
    kinds = ["llm_server", "backend", "error_llm_websocket_open", errors]
    table = outages(a_day, of=kinds)
    assert table["of"].tolist() == ["llm_server", "backend", "error_llm_websocket_open", "mine"]
    assert table["affected"].tolist() == [10] * 4
    with pytest.raises(ValueError, match="'lllm' is no kind of call"):
        outages(a_day, of="lllm")


def test_calls_without_a_time_are_left_out_and_counted(a_day: pd.DataFrame) -> None:
    """An undated call is in no outage; the table says how many there were."""
    calls = a_day.copy()
    calls.loc[730:733, ["start_timestamp", "end_timestamp"]] = pd.NaT
    table = outages(calls)
    assert table["affected"].tolist() == [8]
    assert table.attrs["undated"] == 4


def test_no_calls_give_a_table_of_the_same_columns(a_day: pd.DataFrame) -> None:
    """Of nothing there are no outages, with columns and dtypes as ever."""
    nothing = outages(a_day.head(0), "agent_id")
    assert len(nothing) == 0
    assert nothing.dtypes.to_dict() == outages(a_day, "agent_id").dtypes.to_dict()


@pytest.mark.parametrize("given", [{"share": 0}, {"share": 1}, {"chance": 0}, {"chance": 2}])
def test_shares_and_chances_lie_between_0_and_1(
    given: dict[str, float], a_day: pd.DataFrame
) -> None:
    """What is no probability is refused, by its name."""
    with pytest.raises(ValueError, match=f"{next(iter(given))} is .*above 0 and below 1"):
        outages(a_day, **given)


def test_without_any_time_there_is_no_outage_to_tell(a_day: pd.DataFrame) -> None:
    """The error says that no call has a time, and what to do."""
    with pytest.raises(ValueError, match=r"no call has a time.*as_calls"):
        outages(a_day.drop(columns=[*TIMES], errors="ignore"))


def test_an_agent_without_versions_is_named_without_one(a_day: pd.DataFrame) -> None:
    """A version that is not recorded is shown as unknown, and the rest is as with it."""
    bare, full = outages(a_day.drop(columns="agent_version")), outages(a_day)
    assert bare["versions"].str.contains(r"\?").all()
    pd.testing.assert_frame_equal(bare.drop(columns="versions"), full.drop(columns="versions"))


def test_an_error_in_dialing_can_only_befall_outbound_calls(calls_for: Build) -> None:
    """Inbound calls, refused ones, running ones and unknown ones are not at risk."""
    calls = calls_for(
        "telephony_provider_unavailable", "user_hangup", "user_hangup",
        "concurrency_limit_reached", None, "brand_new",
        direction=["outbound", "outbound", "inbound", "outbound", "outbound", "outbound"],
        call_status=["not_connected", "ended", "ended", "error", "ongoing", "ended"],
    )  # fmt: skip
    hit = calls["disconnection_reason"].eq("telephony_provider_unavailable").to_numpy()
    assert at_risk(calls, hit, rn.REASONS).tolist() == [True, True, False, False, False, False]


def test_a_round_trip_shows_a_server_of_one_s_own(calls_for: Build) -> None:
    """An agent is known by one measured round trip, in any of its calls."""
    calls = calls_for(
        "user_hangup", "user_hangup", "user_hangup", agent_id=["a", "a", None],
        llm_websocket_network_rtt_latency_p50=[40.0, None, None],
    )  # fmt: skip
    assert own_server(calls, rn.REASONS).tolist() == [True, True, False]


def test_an_end_that_cannot_be_right_is_not_used(calls_for: Build) -> None:
    """An end before the start or years after it gives way to the start."""
    calls = calls_for(
        "user_hangup", "user_hangup", "dial_busy",
        start_timestamp=["2026-03-01T10:00Z", "2026-03-01T10:00Z", None],
        end_timestamp=["2026-03-01T09:00Z", "2090-01-01", "2026-03-01T12:00Z"],
    )  # fmt: skip
    assert ended_at(calls).dt.hour.tolist() == [10, 10, 12]


@pytest.mark.parametrize("seed", range(3))
def test_hours_and_days_that_differ_by_nature_are_no_outage(seed: int) -> None:
    """Days at half to twice, hours at a third to three times the mean rate of 6%."""
    rng = np.random.default_rng(seed)
    start = np.sort(rng.integers(0, 14 * 86_400, 20_000))
    days, hours = (
        rng.permutation(np.geomspace(0.5, 2, 14)),
        rng.permutation(np.geomspace(0.3, 3, 24)),
    )
    rate = 0.06 * days[start // 86_400] * hours[start // 3_600 % 24]
    calls = pd.DataFrame(
        {
            "disconnection_reason": np.where(
                rng.random(20_000) < rate, "telephony_provider_unavailable", "user_hangup"
            ),
            "start_timestamp": pd.Timestamp("2026-03-02", tz="UTC")
            + pd.to_timedelta(start, unit="s"),
        }
    )
    assert outages(calls, of="provider").empty
