"""Calls made up for the tests of rules: every quarter of an hour, for each of some agents."""

from __future__ import annotations

import pandas as pd

START = pd.Timestamp("2026-03-02", tz="UTC")


def calls_of(
    days: int, failed: dict[str, list[int]], *, a_day: int = 96, reason: str = "dial_failed"
) -> pd.DataFrame:
    """Outbound calls to a person each; of each agent so many failed on each day from START on."""
    parts = [
        pd.DataFrame(
            {
                "start_timestamp": START + pd.to_timedelta(day * 1_440 + 15 * place, unit="min"),
                "disconnection_reason": reason if place < rates[day] else "user_hangup",
                "call_status": "ended",
                "agent_id": agent,
                "agent_name": agent.replace("agent_", "Agent "),
                "agent_version": 1,
                "call_type": "phone_call",
                "direction": "outbound",
                "from_number": "+14155550101",
                "to_number": f"+1415{5_000_000 + 40_000 * number + 96 * day + place:07d}",
            },
            index=[0],
        )
        for number, (agent, rates) in enumerate(failed.items())
        for day in range(days)
        for place in range(a_day)
    ]
    calls = pd.concat(parts, ignore_index=True).sort_values("start_timestamp", kind="stable")
    calls["start_timestamp"] = calls["start_timestamp"].dt.as_unit("ms")
    return calls.reset_index(drop=True)
