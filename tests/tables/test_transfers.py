# ruff: noqa: FBT003 - a tool is marked as successful or not
"""Transfers: those asked for and the legs to their targets, each counted on its own side."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.tool_calls import says_failed, tool_calls
from retell_nb.plots import transfers as picture
from retell_nb.tables import transfers

Build: TypeAlias = Callable[..., pd.DataFrame]

DESK, BAR = "+442079460958", "+4930123456"


def tools(*calls: tuple[str, object, object]) -> str:
    """A transcript of (kind, marked as successful, result); without both there is no result."""
    items: list[dict[str, Any]] = [{"role": "user", "content": "a person, please"}]
    for number, (kind, successful, content) in enumerate(calls):
        mine = {"tool_call_id": str(number)}
        items.append({"role": "tool_call_invocation", "type": kind, "name": f"my {kind}"} | mine)
        if successful is not None or content is not None:
            result = {"role": "tool_call_result", "successful": successful, "content": content}
            items.append(result | mine)
    return json.dumps(items)


def asked(
    successful: object = None,
    content: object = None,
    reason: str = "user_hangup",
    to: str | None = None,
) -> dict[str, Any]:
    transcript = tools(("transfer_call", successful, content))
    ends = {"disconnection_reason": reason, "transfer_destination": to}
    return ends | {"transcript_with_tool_calls": transcript, "agent_id": "agent_1"}


def leg(reason: str, *kinds: str, to: str = DESK) -> dict[str, Any]:
    transcript = tools(*((kind, None, None) for kind in kinds))
    ends = {"disconnection_reason": reason, "to_number": to, "agent_id": "agent_desk"}
    return ends | {"transcript_with_tool_calls": transcript if kinds else None}


ROWS = [
    asked(True, '{"status": "Transferring"}', "call_transfer", DESK),
    asked(True, '{"status": "Transfer failed due to an error."}'),
    asked(False, "no luck"),
    asked(),
    asked(True, "Transfer failed", "call_transfer", BAR),
    leg("transfer_bridged", "bridge_transfer"),
    leg("transfer_cancelled", "cancel_transfer", to="+4402079460958"),
    leg("transfer_cancelled"),
    leg("dial_no_answer"),
    leg("dial_busy", to=BAR) | {"agent_id": "agent_1"},
    {"disconnection_reason": "user_hangup", "agent_id": "agent_1"},
]


def test_each_side_of_a_transfer_is_counted(calls_of: Build) -> None:
    """Asked for, connected, failed, failed though marked as successful; joined, declined, late."""
    table = transfers(calls_of(ROWS), "direction").iloc[0]
    counts = ["asked", "connected", "failed", "failed_as_success", "unknown"]
    assert table[counts].tolist() == [5, 2, 1, 1, 1]
    assert table["rate"] == 0.5
    legs = ["legs", "bridged", "cancelled", "declined", "timed_out", "unanswered"]
    assert table[legs].tolist() == [4, 1, 2, 1, 1, 1]
    assert table[["bridged_rate", "declined_rate"]].tolist() == [0.25, 0.25]
    assert 0 < table["low"] < 0.5 < table["high"] < 1


def test_a_destination_is_one_whatever_its_spelling_and_stays_one_when_masked(
    calls_of: Build,
) -> None:
    """Legs and calls handed over meet at the number; masking makes a pseudonym of it."""
    calls = calls_of(ROWS)
    table = transfers(calls)
    assert table["destination"].astype(object).fillna("?").tolist() == ["?", DESK, BAR]
    assert table.loc[1, ["asked", "legs"]].tolist() == [1, 4]
    masked = transfers(calls.retell.mask(keep=["transcript_with_tool_calls"]))
    pd.testing.assert_frame_equal(
        masked.drop(columns="destination"), table.drop(columns="destination")
    )
    assert masked["destination"].dropna().str.fullmatch("(GB|DE)-[0-9a-f]{12}").all()


def test_what_is_not_recorded_is_missing_and_not_zero(calls_of: Build) -> None:
    """Without tool calls only what the reasons tell is there, and a sentence says so."""
    calls = calls_of(ROWS).drop(columns="transcript_with_tool_calls")
    table = transfers(calls, "direction")
    row = table.iloc[0]
    assert row[["asked", "failed", "failed_as_success", "declined", "timed_out"]].isna().all()
    known = ["connected", "legs", "bridged", "cancelled", "unanswered"]
    assert row[known].tolist() == [2, 4, 1, 2, 1]
    assert np.isnan(row["rate"])
    assert row["bridged_rate"] == 0.25
    assert "keep=('transcript_with_tool_calls',)" in table.attrs["not_recorded"]
    assert transfers(calls_of(ROWS)).attrs["not_recorded"] == ""


def test_a_leg_that_keeps_no_transcript_is_neither_declined_nor_late(calls_of: Build) -> None:
    """Where the agent keeps basic attributes only, unknown which it was."""
    basic = leg("transfer_cancelled") | {"data_storage_setting": "basic_attributes_only"}
    row = transfers(calls_of([*ROWS, basic]), "direction").iloc[0]
    assert row[["legs", "cancelled", "declined", "timed_out"]].tolist() == [5, 3, 1, 1]
    assert row["declined_rate"] == 0.25


def test_calls_without_transfers_give_no_rows(calls_of: Build) -> None:
    """Neither do no calls at all."""
    assert transfers(calls_of([ROWS[-1]])).empty
    assert transfers(calls_of([])).empty


@pytest.mark.parametrize(
    ("result", "failed"),
    [
        ("Transfer failed due to an error.", True),
        ('{"status": "could not reach the target"}', True),
        ('{"success": false}', True),
        ('{"error": "busy"}', True),
        ('{"steps": [{"status": "no answer"}]}', True),
        ('{"status": "Transferring", "error": null}', False),
        ("Transfer initiated", False),
        ('{"success": true, "failover": "none"}', False),
        ("", False),
        ("[" * 100_000, False),
    ],
)
def test_a_result_says_by_its_words_whether_it_failed(result: str, failed: object) -> None:
    """Keys say nothing; values, and flags that are false, do."""
    assert says_failed(result) == failed


@pytest.mark.parametrize("transcript", [None, 7, "no JSON", "{}", '[1, "a", null]', "[" * 100_000])
def test_what_is_no_transcript_holds_no_tools(transcript: object) -> None:
    """Whatever a column holds."""
    assert tool_calls(transcript) == []


def test_the_picture_says_what_it_draws(calls_of: Build) -> None:
    """Its title is worked out from the bars; what is not recorded stands below it."""
    ax = picture(transfers(calls_of(ROWS)))
    parts = "50% (15–85%) of 4 transfers asked for", "25% (4.6–70%) of 4 targets called"  # noqa: RUF001
    title = f"Connected {parts[0]}; joined {parts[1]}"
    assert ax.get_title(loc="left").replace("\n", " ") == title
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == [
        "(none) · asked for",
        *(f"{DESK} · {side}" for side in ("asked for", "legs to the target")),
        f"{BAR} · asked for",
    ]
    assert ax.get_xlabel() == "transfers asked for, or calls to their targets"
    few = picture(transfers(calls_of(ROWS)).head(1))
    assert few.get_title(loc="left").startswith("Connected 0% of 2 transfers asked for")
    bare = calls_of(ROWS).drop(columns="transcript_with_tool_calls").retell.plot.transfers()
    assert "not recorded" in " ".join(text.get_text() for text in bare.texts).replace("\n", " ")
    assert picture(transfers(calls_of([]))).texts[0].get_text() == "No transfers on record"


def test_a_leg_that_nothing_is_known_of_was_not_joined(calls_of: Build) -> None:
    """Without tool calls a cancelled leg was declined or timed out; the key says just that."""
    cancelled = {"disconnection_reason": "transfer_cancelled", "to_number": DESK}
    ax = picture(transfers(calls_of([cancelled])))
    names = [words.get_text() for words in ax.get_legend().get_texts()]
    assert names == ["declined or timed out"]
    note = " ".join(text.get_text() for text in ax.texts)
    assert ".;" not in note


def test_the_card_tells_transfers() -> None:
    """What was asked for, what came of it, and who declined."""
    findings = {
        "failed": asked(True, "Transfer failed"),
        "declined": leg("transfer_cancelled", "cancel_transfer"),
        "late": leg("transfer_cancelled", "look_up"),
        "unknown": {"disconnection_reason": "transfer_cancelled"},
        "connected": asked(True, "ok", "call_transfer"),
    }
    words = {
        "failed": "marked as successful, but its own words say that it failed: “Transfer failed”",
        "declined": "The target declined the transfer",
        "late": "The transfer timed out",
        "unknown": "is not recorded",
        "connected": "the call ended as transferred",
    }
    for name, record in findings.items():
        evidence = rn.diagnose({"call_id": "call_1"} | record).evidence
        mine = evidence.loc[evidence["kind"] == "transfer", "finding"]
        assert len(mine) == 1
        assert words[name] in mine.iloc[0]
