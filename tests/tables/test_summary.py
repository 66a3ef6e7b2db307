"""The summary in one row, and the breakdown by status and reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.summary import breakdown, summary
from retell_nb.vocabulary.reasons import REASONS

Build: TypeAlias = Callable[..., pd.DataFrame]


def test_the_summary_holds_the_headline(calls_for: Build) -> None:
    """Counts, rate, time span, the top fault and what the loading left out are in one row."""
    calls = calls_for(
        "dial_failed", "error_retell", "dial_failed", "user_hangup", "brand_new", None,
        call_status=[None, None, None, "ended", "ended", "ongoing"],
        start_timestamp=["2026-03-02T01:00Z", None, "2026-03-01T01:00Z", None, None, None],
    )  # fmt: skip
    calls.attrs |= {"rejected": [{"file": "a", "where": "1", "why": "b"}], "duplicates": 2}
    row = summary(calls).iloc[0]
    counts = ["calls", "ended", "in_progress", "unknown", "failed"]
    assert row[counts].tolist() == [6, 5, 1, 1, 3]
    assert row["rate"] == 0.75  # of the four whose ending is known
    assert row["low"] < 0.75 < row["high"]
    assert row["first"] == pd.Timestamp("2026-03-01T01:00Z")
    assert row["last"] == pd.Timestamp("2026-03-02T01:00Z")
    assert row[["top_category", "top_category_calls"]].tolist() == ["dial_failure", 2]
    assert row[["top_owner", "top_owner_calls"]].tolist() == ["number", 2]
    assert row[["rejected", "duplicates", "undated"]].tolist() == [1, 2, 0]


def test_the_summary_of_no_calls_is_calm(calls_of: Build) -> None:
    """Without calls the counts are 0 and the rest is missing, in the same dtypes."""
    empty, full = (
        summary(calls_of([])),
        summary(calls_of([{"disconnection_reason": "dial_failed"}])),
    )
    assert empty.loc[0, ["calls", "ended", "failed"]].tolist() == [0, 0, 0]
    missing = ["rate", "low", "high", "first", "last", "top_category", "rejected", "undated"]
    assert empty[missing].isna().all(axis=None)
    assert empty.dtypes.equals(full.dtypes)


def test_no_winner_is_named_where_two_have_as_many(calls_of: Build) -> None:
    """Two failures that are for two owners to mend have no owner of most of them."""
    rows = [{"disconnection_reason": name} for name in ("error_twilio", "no_valid_payment")]
    row = summary(calls_of([*rows, {"disconnection_reason": "credit_exhausted"}])).iloc[0]
    assert row["top_owner"] == "account"
    tied = summary(calls_of(rows)).iloc[0]
    assert pd.isna(tied["top_owner"])
    assert pd.isna(tied["top_owner_calls"])
    assert tied["failed"] == 2


def test_the_summary_needs_no_more_than_reasons() -> None:
    """A bare column of reasons has a summary too."""
    row = summary(pd.DataFrame({"disconnection_reason": ["user_hangup"]})).iloc[0]
    assert row["failed"] == 0
    assert pd.isna(row["first"])
    assert pd.isna(row["top_category"])


def test_the_breakdown_has_the_rows_of_retells_table(calls_of: Build) -> None:
    """Without calls there are the 29 reasons, by status and in the vocabulary's order."""
    table = breakdown(calls_of([]))
    law = REASONS[REASONS["status_source"] == "table"]
    assert len(table) == 29
    assert table["reason"].tolist() == law.index.tolist()
    assert table["status"].astype(str).tolist() == law["status"].tolist()
    assert table["status"].unique().tolist() == ["ended", "not_connected", "error"]
    assert table["calls"].eq(0).all()
    assert table["share"].isna().all()
    for word in ("outcome", "owner", "retry", "status_source", "meaning", "remedy"):
        assert table[word].astype(str).tolist() == law[word].tolist()


def test_other_reasons_join_their_status(calls_for: Build) -> None:
    """Reasons outside the table, unknown ones and calls without one have rows where they occur."""
    calls = calls_for(
        "transfer_cancelled", "zeta", "alpha", "alpha", None, None, None,
        call_status=["ended", "ended", "ended", "error", "ended", "ongoing", None],
    )  # fmt: skip
    table = breakdown(calls)
    rows = table.loc[table["calls"] > 0, ["status", "reason", "outcome", "status_source"]]
    assert rows.astype(object).where(rows.notna(), None).to_numpy().tolist() == [
        ["ended", "transfer_cancelled", "failed", "docs"],
        ["ended", "alpha", "unknown", "recorded"],
        ["ended", "zeta", "unknown", "recorded"],
        ["ended", None, "unknown", "recorded"],
        ["error", "alpha", "unknown", "recorded"],
        ["ongoing", None, "in_progress", "recorded"],
        ["unknown", None, "unknown", "recorded"],
    ]
    assert table["share"].sum() == pytest.approx(1)


def test_reasons_of_ones_own_are_marked(calls_for: Build) -> None:
    """Without a column `status_source`, what Retell does not say is one's own."""
    mine = pd.concat([REASONS, REASONS.loc[["user_hangup"]].rename({"user_hangup": "our_end"})])
    table = breakdown(calls_for("our_end"), reasons=mine.drop(columns="status_source"))
    row = table[table["calls"] > 0].iloc[0]
    assert row[["status", "reason", "status_source"]].tolist() == ["ended", "our_end", "own"]
    assert len(table) == 30


def test_what_reading_did_not_count_is_missing() -> None:
    """A frame that no reader made tells nothing of rejected records; zero would be a claim."""
    names = ["rejected", "duplicates", "undated"]
    plain = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    assert summary(plain)[names].isna().all(axis=None)
    assert summary(rn.as_calls([{"call_id": "a"}]))[names].notna().all(axis=None)
