"""Cells of two attributes that no value tells by itself: found, and not made of a single day."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn  # noqa: F401 - registers the words on frames

SIZE, DAYS, AGENTS = 12_000, 14, (0.5, 0.3, 0.17, 0.03)
SMALL = "agent_3"


def world(seed: int) -> pd.DataFrame:
    """Return calls from 8 to 20 o'clock, one in fifty of which fails at the LLM server."""
    rng = np.random.default_rng(seed)
    second = np.sort(rng.integers(0, DAYS * 12 * 3600, SIZE))
    day, second = np.divmod(second, 12 * 3600)
    start = pd.Timestamp("2026-03-02T08:00Z") + pd.to_timedelta(day * 86_400 + second, unit="s")
    failed = rng.random(SIZE) < 0.01
    return pd.DataFrame(
        {
            "start_timestamp": start,
            "disconnection_reason": np.where(failed, "error_llm_websocket_open", "user_hangup"),
            "duration_ms": 60_000,
            "agent_id": rng.choice([f"agent_{n}" for n in range(4)], SIZE, p=AGENTS),
            "direction": "outbound",
            "call_type": "phone_call",
            "to_number": [f"+1415555{n:05d}" for n in range(SIZE)],
        }
    )


def chosen(calls: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what findings of failures select by, but for what all of them have."""
    filters = calls.retell.findings(limit=None)["filters"]
    return [{k: v for k, v in one.items() if k in ("agent_id", "hour", "start")} for one in filters]


def test_a_few_calls_of_an_agent_at_an_hour_are_named_by_both() -> None:
    """As many as the simulation has it: the excess of an agent by chance may hide one."""
    named = 0
    for seed in range(6):
        calls = world(seed)
        own = calls.index[(calls["agent_id"] == SMALL) & (calls["start_timestamp"].dt.hour == 13)]
        assert len(own) < 45
        calls.loc[own[::2], "disconnection_reason"] = "error_llm_websocket_open"
        named += {"agent_id": [SMALL], "hour": [13]} in chosen(calls)
    assert named >= 4


def test_an_hour_of_one_day_is_no_hour_of_all_days() -> None:
    calls = world(5)
    own = calls.index[(calls["agent_id"] == "agent_2") & (calls["start_timestamp"].dt.hour == 13)]
    one_day = own[calls.loc[own, "start_timestamp"].dt.day == 11]
    calls.loc[one_day, "disconnection_reason"] = "error_llm_websocket_open"
    assert not any("hour" in one for one in chosen(calls))


@pytest.mark.parametrize("seed", range(10, 16))
def test_even_failures_make_no_cell(seed: int) -> None:
    assert not any({"agent_id", "hour"} <= {*one} for one in chosen(world(seed)))
