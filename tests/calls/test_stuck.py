"""Calls that hang in progress for longer than any call can last."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.stuck import stuck
from retell_nb.tables.audit import audit

LAST = {
    "disconnection_reason": "user_hangup", "call_status": "ended",
    "start_timestamp": "2026-03-05T12:00Z", "end_timestamp": "2026-03-05T12:05Z",
}  # fmt: skip
HANGS = {"disconnection_reason": None, "call_status": "ongoing"}


def calls_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    numbered = [{"call_id": f"call_{number}"} | row for number, row in enumerate(rows)]
    return rn.as_calls(
        pd.DataFrame(numbered, columns=[*dict.fromkeys(k for r in numbered for k in r)])
    )


@pytest.mark.parametrize(
    ("row", "is_stuck"),
    [
        ({"start_timestamp": "2026-03-02T10:00Z"}, True),
        ({"start_timestamp": "2026-03-05T10:04:59Z"}, True),
        ({"start_timestamp": "2026-03-05T10:05:01Z"}, False),
        ({"start_timestamp": "2026-03-02T10:00Z", "call_status": "registered"}, True),
        ({"start_timestamp": None, "event_timestamp": "2026-03-02T10:00Z"}, True),
        ({"start_timestamp": None}, False),
        ({"start_timestamp": "2026-03-02T10:00Z", "disconnection_reason": "dial_busy"}, False),
        ({"start_timestamp": "2026-03-02T10:00Z", "call_status": "ended"}, False),
    ],
)
def test_a_call_in_progress_is_stuck_two_hours_before_the_last_time(
    row: dict[str, Any], is_stuck: object
) -> None:
    """Registered or ongoing, without a reason, and older than the longest possible call."""
    assert stuck(calls_of([HANGS | row, LAST])).tolist() == [is_stuck, False]


def test_a_time_of_a_wrong_clock_makes_no_call_stuck() -> None:
    """A time that is yet to come says nothing of how old the others are."""
    ahead = LAST | {"start_timestamp": "2031-01-01T10:00Z", "end_timestamp": None}
    calls = calls_of([HANGS | {"start_timestamp": "2026-03-05T11:50Z"}, LAST, ahead])
    assert not stuck(calls, now=pd.Timestamp("2026-06-01", tz="UTC")).any()


def test_calls_that_do_not_tell_are_not_stuck() -> None:
    """Without a status, a time or any call at all there is none."""
    calls = calls_of([HANGS | {"start_timestamp": "2026-03-02T10:00Z"}, LAST])
    for column in ("call_status", "start_timestamp"):
        assert not stuck(calls.drop(columns=column)).any()
    assert stuck(calls.iloc[:0]).tolist() == []


def test_the_audit_tells_stuck_calls_and_their_outcome_stays() -> None:
    """They are in progress on record; the audit says that they are not."""
    calls = calls_of([HANGS | {"call_id": "hangs", "start_timestamp": "2026-03-02T10:00Z"}, LAST])
    table = audit(calls, now="2026-06-01").set_index("trouble")
    assert table.loc["stuck in progress", ["calls", "example"]].tolist() == [1, "hangs"]
    assert calls.retell.outcome.tolist() == ["in_progress", "completed"]


def test_every_table_counts_a_stuck_call_as_one_of_unknown_ending() -> None:
    """In no rate, and in progress for none: what a callee's last call was says nothing of now."""
    dialed = {"direction": "outbound", "call_type": "phone_call", "from_number": "+14155550199"}
    dialed |= {"duration_ms": 60_000, "combined_cost": 5}
    hangs = HANGS | dialed | {"to_number": "+14155550100", "start_timestamp": "2026-03-02T10:00Z"}
    calls = calls_of([hangs, LAST | dialed | {"to_number": "+14155550101"}])
    row = calls.retell.summary().iloc[0]
    assert row[["ended", "in_progress", "unknown"]].tolist() == [2, 0, 1]
    for table in (calls.retell.attempts(), calls.retell.destinations(), calls.retell.numbers()):
        assert table["unknown"].sum() == 1
        assert not table.attrs.get("in_progress")
    assert calls.retell.time_limits()["unknown"].max() == 1
    redial = calls.retell.redial(now="2026-03-06").set_index("to_number")
    assert "in progress" not in redial.loc["+14155550100", "why"]
