"""Tallies and rates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd
import pytest

from retell_nb.tables.rates import rates, tally

Build: TypeAlias = Callable[..., pd.DataFrame]


def test_a_tally_is_most_frequent_first(calls_for: Build) -> None:
    """Groups come by their calls; of the same size, in the order of their values."""
    calls = calls_for("user_hangup", "dial_failed", "dial_busy", "dial_failed")
    table = tally(calls, "outcome")
    assert table.columns.tolist() == ["outcome", "calls", "share"]
    assert table["outcome"].tolist() == ["failed", "completed", "not_reached"]
    assert table["share"].tolist() == [0.5, 0.25, 0.25]


def test_a_tally_by_nothing_is_one_row(calls_for: Build) -> None:
    """Without groups the tally is the number of calls."""
    assert tally(calls_for("dial_busy", None)).to_dict("list") == {"calls": [2], "share": [1.0]}


def test_an_empty_frame_gives_an_empty_table_of_the_same_columns(calls_of: Build) -> None:
    """No calls give no groups, or one row of no calls."""
    calls = calls_of([])
    assert tally(calls, "agent_id", "outcome").columns.tolist() == [
        "agent_id",
        "outcome",
        "calls",
        "share",
    ]
    assert rates(calls, "agent_id").shape == (0, 8)
    alone = rates(calls)
    assert alone[["calls", "failed"]].to_numpy().tolist() == [[0, 0]]
    assert alone[["rate", "low", "high"]].isna().all(axis=None)
    assert not alone["enough"].any()


def test_calls_in_progress_are_set_aside_and_said(calls_for: Build) -> None:
    """The denominator holds calls of known ending only; the unknown ones stand beside it."""
    calls = calls_for(
        "dial_failed", "brand_new", None, None, call_status=["error", "ended", "ended", "ongoing"]
    )
    table = rates(calls)
    assert table[["calls", "failed", "unknown"]].to_numpy().tolist() == [[1, 1, 2]]
    assert table.attrs == {"in_progress": 1, "unknown": 2}


@pytest.mark.parametrize(("of", "hits"), [("unknown", 2), ("brand_new", 1)])
def test_a_rate_of_unknown_endings_is_over_all_ended_calls(
    of: str, hits: int, calls_for: Build
) -> None:
    """Who asks for unknown endings gets them out of all that ended, and no second column."""
    calls = calls_for("dial_failed", "brand_new", None, None, call_status=[None] * 3 + ["ongoing"])
    table = rates(calls, of=of)
    assert table[["calls", of, "unknown"]].to_numpy().tolist() == [[3, hits, 2]]


def test_a_group_of_unknown_endings_has_no_rate(calls_for: Build) -> None:
    """It is there with what nobody knows of it, and its rate is missing, not 0."""
    table = rates(calls_for("brand_new", "dial_failed", agent_id=["a", "b"]), "agent_id")
    alone = table[table["agent_id"] == "a"]
    assert alone[["calls", "failed", "unknown"]].to_numpy().tolist() == [[0, 0, 1]]
    assert alone["rate"].isna().all()


def test_a_hang_up_of_a_voicemail_is_an_ending_of_a_machine(calls_for: Build) -> None:
    """Outcome and redial advice are a machine's; reason and status stay as recorded."""
    calls = calls_for(
        "user_hangup", "agent_hangup", "user_hangup", "inactivity",
        in_voicemail=[True, True, None, True],
    )  # fmt: skip
    words = calls.retell.classify()
    assert words["outcome"].tolist() == ["machine", "machine", "completed", "timed_out"]
    assert words["category"].tolist()[:3] == ["machine", "machine", "conversation_end"]
    assert words["retry"].tolist()[:3] == ["later", "later", "never"]
    assert words["reason"].tolist()[:2] == ["user_hangup", "agent_hangup"]
    assert words["status"].eq("ended").all()
    assert rates(calls, of="machine")["machine"].tolist() == [2]


def test_only_calls_in_progress_have_no_groups(calls_for: Build) -> None:
    """A group without an ended call is in no table of rates."""
    calls = calls_for(None, None, call_status=["ongoing", "registered"], agent_id=["a", "b"])
    assert rates(calls, "agent_id").empty
    assert rates(calls, "agent_id").attrs["in_progress"] == 2
    assert rates(calls)["calls"].tolist() == [0]


def test_among_restricts_the_denominator(calls_for: Build) -> None:
    """A rate among some calls counts those only, hits and calls alike."""
    calls = calls_for("dial_failed", "dial_busy", "user_hangup", "error_retell")
    table = rates(calls, of="number", among="not_connected")
    assert table[["calls", "number"]].to_numpy().tolist() == [[2, 1]]
    assert rates(calls, among=pd.Series([True, None, True, None], dtype="boolean"))[
        "calls"
    ].tolist() == [2]


def test_a_wide_interval_is_not_enough_to_rank(calls_for: Build) -> None:
    """Two failures of two calls rank behind thirty of a hundred."""
    calls = calls_for(
        *["dial_failed"] * 32, *["user_hangup"] * 70, agent_id=["few"] * 2 + ["many"] * 100
    )
    table = rates(calls, "agent_id")
    assert table["agent_id"].tolist() == ["many", "few"]
    assert table["enough"].tolist() == [True, False]
    assert rates(calls, "agent_id", tolerance=0.5)["agent_id"].tolist() == ["few", "many"]
    assert table.loc[0, ["rate", "low", "high"]].tolist() == pytest.approx(
        [0.3, 0.219, 0.396], abs=1e-3
    )


def test_a_duplicate_index_counts_rows(calls_for: Build) -> None:
    """Calls are counted by row, whatever their index says."""
    calls = calls_for("dial_failed", "user_hangup", "dial_failed").set_axis([0, 0, 0])
    assert rates(calls, "owner", of="failed")["calls"].sum() == 3
    assert rates(calls, calls["call_id"], of=calls["call_id"] == "call_000")["hits"].sum() == 1
