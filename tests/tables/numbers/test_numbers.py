"""Caller numbers day by day, in bursts and in a row: planted truths, worked out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.sample.faults import BURNT_NUMBER
from retell_nb.engine.intervals import newcombe, wilson

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., pd.DataFrame]

A, B = "+14155550100", "+14155550101"
WORDS = ("numbers", "days", "bursts")


def asked(calls: pd.DataFrame, word: str, **options: Any) -> pd.DataFrame:
    """Return a table of caller numbers: each, day by day, or its bursts."""
    if word == "days":
        return calls.retell.numbers("day", **options)
    table: pd.DataFrame = getattr(calls.retell, word)(**options)
    return table


def at(number: str | None, time: str | None, reason: str | None, **more: Any) -> dict[str, Any]:
    """One outbound call; a talk lasts a minute unless said."""
    answered = bool(rn.REASONS["answered"].get(reason, False))
    plain = {"direction": "outbound", "call_type": "phone_call", "to_number": "+12025550123"}
    lasted = {"duration_ms": 60_000 if answered else 0}
    told = {"from_number": number, "start_timestamp": time, "disconnection_reason": reason}
    return {**plain, **lasted, **told, **more}


def burst(number: str, start: str, size: int, seconds: int = 30) -> list[dict[str, Any]]:
    """So many short calls, so many seconds apart."""
    times = pd.date_range(start, periods=size, freq=f"{seconds}s", tz="UTC")
    return [
        at(number, time.isoformat(), "user_hangup", duration_ms=3_000, to_number=f"+1202555{n:04}")
        for n, time in enumerate(times)
    ]


def spaced(number: str, start: str, reasons: list[str], hours: int = 2) -> list[dict[str, Any]]:
    times = pd.date_range(start, periods=len(reasons), freq=f"{hours}h", tz="UTC")
    return [at(number, t.isoformat(), r) for t, r in zip(times, reasons, strict=True)]


def test_a_day_of_a_number_is_counted_by_hand(calls_of: Build) -> None:
    """Refused and unknown calls are no seizures; a machine answers and is no person; and so on."""
    day = "2026-03-02T"
    records = [
        at(A, day + "10:00Z", "user_hangup", duration_ms=5_999),
        at(A, day + "10:30Z", "user_hangup", duration_ms=6_000),
        at(A, day + "10:59:59.999Z", "voicemail_reached", duration_ms=14_999),
        at(A, day + "11:00Z", "user_hangup", in_voicemail=True, to_number="+12025550199"),
        at(A, day + "12:00Z", "agent_hangup", duration_ms=None),
        at(A, day + "13:00Z", "dial_failed"),
        at(A, day + "13:10Z", "marked_as_spam"),
        at(A, day + "13:20Z", "network_blocked"),
        at(A, day + "13:30Z", "user_declined", to_number=None),
        at(A, day + "13:40Z", "concurrency_limit_reached"),
        at(A, day + "13:50Z", "brand_new"),
    ]
    table = calls_of(records).retell.numbers(per="day")
    (row,) = table.to_dict("records")
    counts = {
        "attempts": 11, "seizures": 9, "unknown": 1, "answered": 5, "human": 3, "timed": 4,
        "short_6s": 1, "short_10s": 2, "short_15s": 3, "dial_failed": 1, "marked_as_spam": 1,
        "network_blocked": 1, "user_declined": 1, "blocked": 3, "busiest_calls": 4,
        "busiest_short": 2, "callees": 2, "most_to_one_callee": 7, "days_since_first": 0,
        "bursts": 0, "flags": 1, "asr": 5 / 9, "block_rate": 3 / 9, "short_share_10s": 0.5,
        "attempts_per_callee": 4.0,
    }  # fmt: skip
    assert {name: row[name] for name in counts} == counts
    assert (row["block_rate_low"], row["block_rate_high"]) == tuple(map(float, wilson(3, 9)))
    assert row["busiest_from"] == pd.Timestamp(day + "13:00Z")
    assert row["risk"] == "7 calls to one callee in a day; the threshold of First Orion is 2."
    assert {name: table.attrs[name] for name in ("unknown", "untimed")} == {
        "unknown": 1,
        "untimed": 1,
    }


def test_only_outbound_phone_calls_with_a_number_and_a_time_count(calls_of: Build) -> None:
    """Inbound and web calls are no one's use of a number; what else is left out is told."""
    good = "2026-03-02T10:00Z"
    records = [
        at(A, good, "user_hangup"),
        at("+12025550123", good, "user_hangup", direction="inbound"),
        at(None, good, "user_hangup", call_type="web_call", direction=None),
        at("anonymous", good, "user_hangup"),
        at(None, good, "user_hangup"),
        at(A, None, "dial_failed"),
        at(A, None, "dial_failed", end_timestamp="2026-03-03T10:00Z"),
        at(A, "2026-03-03T09:30Z", None, call_status="ongoing"),
    ]
    table = calls_of(records).retell.numbers(per="day")
    assert table[["from_number", "attempts", "days_since_first"]].to_numpy().tolist() == [
        [A, 1, 0],
        [A, 1, 1],
    ]
    left = {"in_progress": 1, "undated": 1, "without_number": 2}
    assert {name: table.attrs[name] for name in left} == left


def test_days_are_those_of_the_zone_also_when_clocks_change(calls_of: Build) -> None:
    """On 29 March 2026 Berlin's day has 23 hours; its last hour is before 22:00 UTC."""
    times = ["2026-03-28T22:59Z", "2026-03-28T23:00Z", "2026-03-29T21:59Z", "2026-03-29T22:00Z"]
    calls = calls_of([at(A, time, "user_hangup") for time in times])
    table = calls.retell.numbers("day", tz="Europe/Berlin")
    assert table["day"].dt.strftime("%d %H %z").tolist() == [
        "28 00 +0100",
        "29 00 +0100",
        "30 00 +0200",
    ]
    assert table["attempts"].tolist() == [1, 2, 1]
    assert table["days_since_first"].tolist() == [0, 1, 2]
    assert table["busiest_calls"].tolist() == [2, 2, 1]  # a window counts where it opens


def test_a_burst_has_its_change_by_hand(calls_of: Build) -> None:
    """Twenty clean calls, a burst of twelve, then 6 of 8 blocked within a day: up for sure."""
    records = [
        *spaced(A, "2026-03-01", ["user_hangup"] * 20),
        *burst(A, "2026-03-04T10:00Z", 12),
        *spaced(
            A, "2026-03-04T11:00Z", ["dial_failed", "marked_as_spam"] * 3 + ["user_hangup"] * 2
        ),
        *spaced(A, "2026-03-05T11:00Z", ["dial_failed"] * 9),
        *spaced(B, "2026-03-01", ["user_hangup"] * 40),
    ]
    calls = calls_of(records)
    table = calls.retell.bursts()
    (row,) = table.to_dict("records")
    expected = {
        "from_number": A, "calls": 12, "short_calls": 12, "answered": 12, "calls_before": 20,
        "blocked_before": 0, "calls_after": 8, "blocked_after": 6, "change": 0.75, "raised": True,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["end"] - row["start"] == pd.Timedelta("330s")
    assert (row["change_low"], row["change_high"]) == tuple(map(float, newcombe(6, 8, 0, 20)))
    health = calls.retell.numbers().set_index("from_number")
    assert health["raised"].to_dict() == {A: True, B: False}
    assert health.loc[A, "risk"].startswith(
        "75% of 8 calls in the day after a burst of short calls were blocked, 0% of 20 before"
    )
    assert health.index.tolist() == [A, B]


def test_the_day_after_ends_after_24_hours(calls_of: Build) -> None:
    """A call 24 hours after the last of the burst is in the day after; a moment later it is not."""
    last = pd.Timestamp("2026-03-04T10:00Z") + 9 * pd.Timedelta("30s")
    late = [(last + pd.Timedelta("24h") + pd.Timedelta(n, "ms")).isoformat() for n in (0, 1)]
    records = burst(A, "2026-03-04T10:00Z", 10) + [at(A, time, "dial_failed") for time in late]
    table = calls_of(records).retell.bursts()
    assert table[["calls_before", "calls_after", "blocked_after"]].to_numpy().tolist() == [
        [0, 1, 1]
    ]
    assert table["change"].isna().all()
    assert not table["raised"].any()


def test_a_burst_takes_enough_short_calls_in_a_window_of_mostly_short_ones(calls_of: Build) -> None:
    """Nine are none, nor are ten in over an hour, nor ten among a hundred long talks."""
    assert calls_of(burst(A, "2026-03-04", 9)).retell.bursts().empty
    apart = calls_of(burst(A, "2026-03-04", 10, seconds=400))
    assert apart.retell.bursts().empty
    assert len(apart.retell.bursts(window="61min")) == 1
    assert apart.retell.bursts(window="61min", short="3s").empty
    talks = pd.date_range("2026-03-04", periods=100, freq="3s", tz="UTC")
    busy = [at(A, time.isoformat(), "user_hangup") for time in talks]
    assert calls_of(burst(A, "2026-03-04", 10) + busy).retell.bursts().empty
    mine = rn.THRESHOLDS.copy()
    mine.loc["burst_short_calls", "value"] = 5
    assert len(calls_of(burst(A, "2026-03-04", 5)).retell.bursts(thresholds=mine)) == 1


def test_each_rule_is_a_sentence_with_its_threshold_and_source(calls_of: Build) -> None:
    """A user's own thresholds and sources are those that the sentences tell."""
    mine = rn.THRESHOLDS.copy()
    mine.loc["calls_per_day", ["value", "source"]] = [50, "our {own} <i>rule</i>"]
    calls = calls_of(burst(A, "2026-03-04T10:00Z", 101))
    (risk,) = calls.retell.numbers(thresholds=mine)["risk"]
    assert risk == (
        "100% of 101 answered calls were under 10 s; the threshold of Twilio Voice Insights is "
        "15%. 100% of 101 answered calls were under 6 s; the threshold of CallTrackingMetrics is "
        "20%. "
        "101 calls in a day; the threshold of our {own} <i>rule</i> is 50. "
        "1 burst of short calls, with up to 101 calls under 10 s in 1 h; "
        "retell_nb counts 10 or more as a burst."
    )
    few = calls_of(burst(A, "2026-03-04T10:00Z", 100)).retell.numbers()
    assert few["flags"].tolist() == [1]  # a share of 100 calls does not count yet


@pytest.mark.parametrize("seed", range(3))
def test_the_burnt_number_of_the_sample_stands_out(seed: int) -> None:
    """Its three bursts are found, its blocks surely rise, and no healthy number is like it."""
    calls = rn.sample_calls(20_000, seed=seed)
    health = calls.retell.numbers()
    assert health.loc[0, ["from_number", "bursts", "raised"]].tolist() == [BURNT_NUMBER, 3, True]
    assert health.loc[0, "change_low"] > 0
    assert not health.loc[1:, ["bursts", "raised"]].any(axis=None)
    assert set(calls.retell.bursts()["from_number"]) == {BURNT_NUMBER}
    well = rn.sample_calls(20_000, seed=seed, faults=False).retell.numbers()
    assert not well[["bursts", "raised", "flags"]].any(axis=None)


def test_masked_calls_give_the_same_under_pseudonyms() -> None:
    """Nothing is read from a number: all figures but the names stay."""
    calls = rn.sample_calls(2_000, seed=7)
    plain, masked = (frame.retell.numbers() for frame in (calls, calls.retell.mask()))
    assert not set(plain["from_number"]) & set(masked["from_number"])
    figures = ["seizures", "blocked", "bursts", "flags", "risk", "busiest_calls"]
    both = [table[figures].sort_values(figures, ignore_index=True) for table in (plain, masked)]
    pd.testing.assert_frame_equal(*both)


@pytest.mark.parametrize("word", WORDS)
def test_no_call_gives_an_empty_table_of_the_same_form(word: str) -> None:
    """Without calls, and without outbound ones, columns and dtypes are those of a full table."""
    calls = rn.sample_calls(2_000, seed=7)
    full = asked(calls, word, tz="Europe/Berlin")
    for none in (calls.head(0), calls[calls["direction"] != "outbound"]):
        table = asked(none, word, tz="Europe/Berlin")
        assert table.empty
        assert table.dtypes.astype(str).to_dict() == full.dtypes.astype(str).to_dict()


@pytest.mark.parametrize("word", WORDS)
def test_what_cannot_be_is_told(word: str) -> None:
    """A missing column, a length of time that is none, an unknown zone: one message each."""
    calls = rn.sample_calls(200, seed=7)
    with pytest.raises(ValueError, match="lack the column from_number"):
        asked(calls.drop(columns="from_number"), word)
    for name, wrong in (("window", "soon"), ("short", "0s"), ("window", "-1h"), ("short", None)):
        with pytest.raises(ValueError, match=f"{name}=.* is no length of time"):
            asked(calls, word, **{name: wrong})
    with pytest.raises(ValueError, match="no time zone"):
        asked(calls, word, tz="Mars/Base")


def test_the_tables_agree_with_each_other() -> None:
    """Sums over days are those of the row of the number; bursts by day are the bursts."""
    calls = rn.sample_calls(5_000, seed=2)
    days, rows = calls.retell.numbers(per="day"), calls.retell.numbers().set_index("from_number")
    sums = days.groupby("from_number")[
        ["attempts", "seizures", "blocked", "callees", "bursts"]
    ].sum()
    pd.testing.assert_frame_equal(sums, rows[sums.columns].sort_index())
    most = days.groupby("from_number")[["busiest_calls", "busiest_short"]].max()
    pd.testing.assert_frame_equal(most, rows[most.columns].sort_index())
    assert np.array_equal(days.groupby("from_number").size(), rows["days"].sort_index())


def test_a_threshold_of_a_rise_is_in_points() -> None:
    """It is a share in the table of thresholds, and a rise is told in points."""
    mine = rn.THRESHOLDS.copy()
    mine.loc["rise_after_burst", "value"] = 0.05
    (risk,) = rn.sample_calls().retell.numbers(thresholds=mine).head(1)["risk"]
    assert "retell_nb warns of any rise above 5 points." in risk
