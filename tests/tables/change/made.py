"""Calls made up day by day for the tests of this room."""

from __future__ import annotations

import numpy as np
import pandas as pd

START = pd.Timestamp("2026-03-02", tz="UTC")


def days(failed: list[int], people: int = 300) -> pd.DataFrame:
    """Outbound calls to a person each, so many of them failed on each day from START on."""
    rows = len(failed) * people
    minute = np.tile(np.arange(people) * (1_440 // people), len(failed))
    day = np.repeat(np.arange(len(failed)), people)
    bad = np.concatenate([(np.arange(people) * n) % people < n for n in failed])
    times = START + pd.to_timedelta(day * 1_440 + minute, unit="min")
    return pd.DataFrame(
        {
            "start_timestamp": pd.DatetimeIndex(times).as_unit("ms"),
            "disconnection_reason": np.where(bad, "dial_failed", "user_hangup"),
            "direction": "outbound",
            "call_type": "phone_call",
            "from_number": "+14155550101",
            "to_number": [f"+1415{number:07d}" for number in range(5_000_000, 5_000_000 + rows)],
            "agent_id": "agent_1",
            "agent_version": np.where(day < len(failed) // 2, 6, 7),
        }
    )
