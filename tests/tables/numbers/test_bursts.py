"""A rise after a burst is judged against how much a number's days differ anyway."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retell_nb.tables import bursts


def number_with_a_burst(rates: np.ndarray, seed: int) -> pd.DataFrame:
    """One number, 200 calls a day blocked at the day's rate, and a burst on the ninth evening."""
    rng = np.random.default_rng(seed)
    day = np.repeat(np.arange(len(rates)), 200)
    seconds = day * 86_400 + rng.integers(0, 80_000, len(day))
    blocked = rng.random(len(day)) < rates[day]
    evening = 8 * 86_400 + 82_000 + 30 * np.arange(12)
    calls = len(day) + len(evening)
    return pd.DataFrame(
        {
            "disconnection_reason": ["dial_failed" if b else "user_hangup" for b in blocked]
            + ["user_hangup"] * len(evening),
            "start_timestamp": pd.Timestamp("2026-03-02", tz="UTC")
            + pd.to_timedelta(np.append(seconds, evening), unit="s"),
            "duration_ms": np.where(np.append(blocked, evening < 0), 0, 60_000)
            * (np.arange(calls) < len(day))
            + 4_000 * (np.arange(calls) >= len(day)),
            "from_number": "+13035550184",
            "to_number": [f"+1415555{code:04d}" for code in range(calls)],
            "direction": "outbound",
            "call_type": "phone_call",
        }
    )


def test_days_that_differ_by_nature_are_no_rise() -> None:
    """Block rates with a coefficient of variation of 0.5: at most two of forty worlds."""
    raised = []
    for seed in range(40):
        rates = 0.1 * np.random.default_rng(seed).gamma(4, 1 / 4, 14)
        (row,) = bursts(number_with_a_burst(rates, seed)).to_dict("records")
        raised.append(row["raised"])
    assert sum(raised) <= 2


@pytest.mark.parametrize("seed", range(5))
def test_a_day_far_above_the_others_is_a_rise(seed: int) -> None:
    """From 10% to 60% on the day after the burst."""
    rates = 0.1 * np.random.default_rng(seed).gamma(11, 1 / 11, 14)
    rates[9] = 0.6
    (row,) = bursts(number_with_a_burst(rates, seed)).to_dict("records")
    assert row["raised"]


def test_redials_of_one_dead_number_are_no_rise() -> None:
    """Thirty blocked dials of the day after are with one callee, and count once."""
    calls = number_with_a_burst(np.full(14, 0.1), 3)
    begin = pd.Timestamp("2026-03-11", tz="UTC")
    once = calls[calls["disconnection_reason"] == "dial_failed"].iloc[[0] * 30]
    again = once.assign(start_timestamp=begin + pd.to_timedelta(np.arange(30) * 600, unit="s"))
    (row,) = bursts(pd.concat([calls, again], ignore_index=True)).to_dict("records")
    assert row["change_low"] > 0
    assert not row["raised"]
