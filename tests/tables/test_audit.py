"""The audit of records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pandas as pd
import pytest

from retell_nb.selection.checks import CHECKS
from retell_nb.selection.select import select
from retell_nb.tables.audit import audit
from retell_nb.vocabulary.reasons import REASONS

Build: TypeAlias = Callable[..., pd.DataFrame]

NOW = "2026-06-01"
SOUND = {
    "call_id": "sound",
    "disconnection_reason": "user_hangup",
    "call_status": "ended",
    "call_successful": True,
    "transfer_destination": "+15550100",
    "start_timestamp": "2026-03-01T10:00:00Z",
    "end_timestamp": "2026-03-01T10:01:00Z",
    "duration_ms": 60_000,
}
UNCONNECTED = {
    "disconnection_reason": "dial_busy",
    "call_status": "not_connected",
    "call_successful": False,
    "duration_ms": 0,
    "end_timestamp": SOUND["start_timestamp"],
}
OLD = {"start_timestamp": "2025-06-30T20:00:00Z", "end_timestamp": "2025-06-30T20:00:00Z"}


def lasting(seconds: float) -> dict[str, Any]:
    end = pd.Timestamp(SOUND["start_timestamp"]) + pd.Timedelta(seconds=seconds)
    return {"duration_ms": int(seconds * 1000), "end_timestamp": end.isoformat()}


def test_sound_calls_have_no_trouble(calls_of: Build) -> None:
    """A call that ended, one that did not connect and one that runs are in order."""
    running = {
        "disconnection_reason": None, "call_status": "ongoing", "duration_ms": None,
        "end_timestamp": None, "call_successful": None,
    }  # fmt: skip
    rows = [SOUND | {"call_id": f"c{n}"} | row for n, row in enumerate([{}, UNCONNECTED, running])]
    table = audit(calls_of(rows), now=NOW)
    assert table.empty
    assert table.columns.tolist() == ["trouble", "calls", "share", "example", "meaning"]
    assert table.attrs == {"checked": len(CHECKS), "not_checked": []}


@pytest.mark.parametrize(
    ("trouble", "row"),
    [
        ("unknown reason", {"disconnection_reason": "brand_new"}),
        ("retired reason", {"disconnection_reason": "machine_detected"}),
        ("ended without reason", {"disconnection_reason": None}),
        ("unknown status", {"call_status": "hung"}),
        ("status lags", {"call_status": "registered"}),
        (
            "stuck in progress",
            {
                "disconnection_reason": None,
                "call_status": "ongoing",
                "end_timestamp": None,
                "start_timestamp": "2026-03-01T08:00:59Z",
            },
        ),
        ("status before July 2025", UNCONNECTED | OLD | {"call_status": "error"}),
        ("status contradicts reason", UNCONNECTED | {"call_status": "error"}),
        ("status contradicts reason", OLD | lasting(0) | {"call_status": "not_connected"}),
        ("negative duration", {"duration_ms": -1}),
        ("connected without duration", lasting(0)),
        ("connected without duration", {"duration_ms": None}),
        ("unconnected with duration", UNCONNECTED | lasting(5)),
        ("end before start", {"end_timestamp": "2026-03-01T09:59:00Z"}),
        ("duration differs", {"duration_ms": 61_001}),
        ("time in future", {"start_timestamp": "2026-06-01T00:02Z", "end_timestamp": None}),
        ("time in 1970", {"start_timestamp": "1970-01-21T12:00Z", "end_timestamp": None}),
        ("same call_id", {"call_id": "sound"}),
        (
            "transfer to nowhere",
            {"disconnection_reason": "call_transfer", "transfer_destination": None},
        ),
        ("success of unconnected", UNCONNECTED | {"call_successful": True}),
        ("ended at a limit", lasting(3590)),
        ("ended at a limit", lasting(7200)),
        ("no time", {"start_timestamp": None, "end_timestamp": None}),
    ],
)
def test_a_trouble_is_found_with_its_example(
    trouble: str, row: dict[str, Any], calls_of: Build
) -> None:
    """Each kind of trouble has its row, its example, and its calls."""
    odd = SOUND | {"call_id": "odd"} | row
    calls = calls_of([SOUND, odd])
    table = audit(calls, now=NOW).set_index("trouble")
    assert trouble in table.index
    assert table.loc[trouble, "example"] == odd["call_id"]
    found = select(calls, trouble=trouble, now=NOW)
    assert len(found) == table.loc[trouble, "calls"]
    assert found["call_id"].iloc[-1] == odd["call_id"]


def test_every_check_is_tried_above() -> None:
    """No check goes without a call that it must find."""
    (mark,) = test_a_trouble_is_found_with_its_example.pytestmark
    assert {trouble for trouble, _ in mark.args[1]} == {check.trouble for check in CHECKS}


@pytest.mark.parametrize(
    "row",
    [
        {"duration_ms": 60_999},
        {"call_status": None},
        lasting(600),
        lasting(3590) | {"disconnection_reason": "max_duration_reached"},
        lasting(3500),
        {"start_timestamp": "2026-06-01T00:00:30Z", "end_timestamp": None},
    ],
)
def test_what_may_well_be_is_no_trouble(row: dict[str, Any], calls_of: Build) -> None:
    """Rounding, one talk of ten minutes, a limit under its own name, skewed clocks are in order."""
    calls = calls_of([SOUND, SOUND | {"call_id": "fine"} | row])
    assert audit(calls, now=NOW).empty


def test_silence_shows_when_calls_heap_at_its_limit(calls_of: Build) -> None:
    """Six calls of ten minutes are suspicious, unless as many lasted a little more or less."""
    rows = [SOUND | {"call_id": f"c{n}"} | lasting(600 + n / 10) for n in range(6)]
    assert audit(calls_of(rows), now=NOW)["calls"].tolist() == [6]
    beside = [SOUND | {"call_id": f"d{n}"} | lasting(609 + n / 10) for n in range(6)]
    assert audit(calls_of(rows + beside), now=NOW).empty


def test_a_check_without_its_column_is_not_done_and_said(calls_of: Build) -> None:
    """Columns that are missing, or hold nothing, cannot be checked, and the attrs say so."""
    told = calls_of([{"disconnection_reason": "call_transfer", "duration_ms": 5}])
    table = audit(told, now=NOW)
    assert "status lags" in table.attrs["not_checked"]
    assert table["trouble"].tolist() == ["transfer to nowhere", "no time"]
    bare = audit(pd.DataFrame({"disconnection_reason": ["brand_new"]}))
    assert bare[["trouble", "calls"]].to_numpy().tolist() == [["unknown reason", 1]]
    assert bare["example"].isna().all()
    assert bare.attrs["checked"] + len(bare.attrs["not_checked"]) == len(CHECKS)


def test_a_call_of_which_no_end_is_told_may_still_run(calls_of: Build) -> None:
    """Without a status, only an end makes a missing reason a trouble; without both nobody knows."""
    running = SOUND | {"disconnection_reason": None, "end_timestamp": None, "duration_ms": None}
    calls = calls_of([SOUND, running, running | {"end_timestamp": SOUND["end_timestamp"]}])
    told = select(calls.drop(columns="call_status"), trouble="ended without reason", now=NOW)
    assert told.index.tolist() == [2]
    bare = audit(calls.drop(columns=["call_status", "end_timestamp"]), now=NOW)
    assert "ended without reason" in bare.attrs["not_checked"]
    assert "ended without reason" not in bare["trouble"].tolist()


def test_an_empty_frame_is_in_order(calls_of: Build) -> None:
    """No calls have no trouble, and nothing was left unchecked."""
    table = audit(calls_of([]))
    assert table.empty
    assert table.attrs == {"checked": len(CHECKS), "not_checked": []}


def test_a_vocabulary_of_ones_own_may_know_more(calls_of: Build) -> None:
    """A reason of one's own table is not unknown, with or without its column `retired`."""
    calls = calls_of([SOUND | {"disconnection_reason": "brand_new"}])
    mine = pd.concat([REASONS, REASONS.loc[["user_hangup"]].rename({"user_hangup": "brand_new"})])
    assert audit(calls, reasons=mine, now=NOW).empty
    assert audit(calls, reasons=mine.drop(columns="retired"), now=NOW).empty


def test_a_trouble_says_what_it_needs(calls_of: Build) -> None:
    """An unknown trouble lists the known; one that cannot be looked for says why."""
    with pytest.raises(ValueError, match=r"'odd'. Allowed: unknown reason, retired reason"):
        select(calls_of([SOUND]), trouble="odd")
    with pytest.raises(ValueError, match=r"takes call_status, which the calls lack"):
        select(calls_of([{"disconnection_reason": "dial_busy"}]), trouble="status lags")
