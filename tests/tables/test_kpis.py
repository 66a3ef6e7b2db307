"""The telephone field's key figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

from retell_nb.tables.kpis import KPIS, kpis
from retell_nb.vocabulary.reasons import REASONS

Build: TypeAlias = Callable[..., pd.DataFrame]
OUTBOUND = {"direction": "outbound", "call_type": "phone_call"}


def figures(calls: pd.DataFrame) -> pd.DataFrame:
    return kpis(calls).set_index("kpi")


@pytest.fixture
def calls(calls_of: Build) -> pd.DataFrame:
    dialed = [
        {"disconnection_reason": "user_hangup", "duration_ms": 60_000},
        {"disconnection_reason": "agent_hangup", "duration_ms": 9_999},
        {"disconnection_reason": "user_hangup", "duration_ms": 5_999, "in_voicemail": True},
        {"disconnection_reason": "voicemail_reached", "duration_ms": 12_001},
        {"disconnection_reason": "dial_busy", "duration_ms": 0},
        {"disconnection_reason": "dial_failed", "duration_ms": 0},
        {"disconnection_reason": "brand_new"},
        {"disconnection_reason": "concurrency_limit_reached"},
        {"call_status": "ongoing"},
    ]
    others = [
        {"disconnection_reason": "user_hangup", "direction": "inbound", "duration_ms": 2_000},
        {"disconnection_reason": "error_user_not_joined", "call_type": "web_call"},
    ]
    return calls_of(
        [OUTBOUND | row for row in dialed] + [{"call_type": "phone_call"} | row for row in others]
    )


@pytest.mark.parametrize(
    ("kpi", "value", "n"),
    [
        ("seizures", 6, 7),
        ("ASR", 4 / 6, 6),
        ("human_answer_rate", 2 / 6, 6),
        ("NER", 5 / 6, 6),
        ("ACD", 90 / 5, 5),
        ("short_call_share_6s", 1 / 4, 4),
        ("short_call_share_10s", 2 / 4, 4),
        ("short_call_share_15s", 3 / 4, 4),
        ("admission_failure_rate", 2 / 9, 9),
        ("fault_rate", 3 / 9, 9),
        ("fault_rate_number", 1 / 9, 9),
        ("fault_rate_account", 1 / 9, 9),
        ("fault_rate_client", 1 / 9, 9),
        ("fault_rate_retell", 0, 9),
    ],
)
def test_figures_follow_their_definitions(
    kpi: str, value: float, n: int, calls: pd.DataFrame
) -> None:
    """Each figure has the numerator and denominator of its definition."""
    row = figures(calls).loc[kpi]
    assert row["value"] == pytest.approx(value, abs=1e-3)
    assert row["n"] == n


def test_what_was_left_out_is_said(calls: pd.DataFrame, calls_for: Build) -> None:
    """Calls in progress, unknown reasons and answered calls without a duration are counted."""
    aside = {"in_progress": 1, "unknown": 1, "untimed": 0}
    assert kpis(calls).attrs == aside | {"undirected": 0, "not_recorded": []}
    untimed = calls_for("user_hangup", "user_hangup", duration_ms=[None, -5])
    assert kpis(untimed).attrs["untimed"] == 2
    assert figures(untimed).loc["ACD", "n"] == 0


def test_an_unknown_ending_is_in_no_figure(calls_of: Build) -> None:
    """A call of unknown ending is neither answered nor unanswered: it is counted beside."""
    rows = [OUTBOUND | {"disconnection_reason": name} for name in ("brand_new", "user_hangup")]
    table = figures(calls_of(rows))
    assert table.loc[["seizures", "ASR", "NER", "fault_rate"], "n"].tolist() == [1, 1, 1, 1]
    assert table["unknown"].eq(1).all()
    assert table.loc[["ASR", "fault_rate"], "value"].tolist() == [1, 0]


def test_without_directions_the_figures_of_outbound_calls_are_missing(calls_of: Build) -> None:
    """Nobody can tell how many of the calls were outbound: missing, not 0."""
    rows = [{"call_type": "phone_call", "disconnection_reason": "user_hangup"}] * 3
    calls = calls_of(rows)
    table = figures(calls)
    of_outbound = ["seizures", "ASR", "human_answer_rate", "NER", "short_call_share_10s"]
    assert table.loc[of_outbound, ["value", "n"]].isna().all(axis=None)
    assert table.loc["fault_rate", ["value", "n"]].tolist() == [0, 3]
    assert kpis(calls).attrs["undirected"] == 3
    assert kpis(calls).attrs["not_recorded"] == ["direction"]


def test_no_calls_make_no_value_and_no_error(calls_of: Build) -> None:
    """A figure of no calls is not a number; groups of no calls are not there."""
    empty = calls_of([])
    assert figures(empty)["value"].drop("seizures").isna().all()
    assert figures(empty)["n"].eq(0).all()
    assert kpis(empty, "agent_id").empty


def test_every_owner_who_can_be_at_fault_has_a_rate(calls: pd.DataFrame) -> None:
    """Fault rates by owner are those of the vocabulary, and they add up to the whole."""
    owners = REASONS.loc[REASONS["outcome"] == "failed", "owner"].unique()
    table = figures(calls)
    parts = table.loc[[f"fault_rate_{owner}" for owner in owners], "value"]
    assert parts.sum() == pytest.approx(table.loc["fault_rate", "value"])
    assert len(table) == len(KPIS) + len(owners)


def test_the_mean_has_an_interval_that_never_falls_below_zero(calls_of: Build) -> None:
    """The interval of the mean is Student's on a log scale; of two calls there is none."""
    rows = [{"disconnection_reason": "user_hangup", "duration_ms": ms} for ms in (0, 0, 90_000)]
    row = figures(calls_of(rows)).loc["ACD"]
    factor = np.exp(4.303)  # the standard error is the mean; t of two degrees of freedom
    assert row["value"] == 30
    assert row[["low", "high"]].tolist() == pytest.approx([30 / factor, 30 * factor], rel=0.04)
    alone = figures(calls_of(rows[1:])).loc["ACD"]
    assert alone[["low", "high"]].isna().all()


def test_groups_come_with_all_figures(calls: pd.DataFrame) -> None:
    """Every group has every figure, in the order of KPIS, with its definition."""
    table = kpis(calls, "direction")
    assert table.columns.tolist() == [
        "direction", "kpi", "value", "low", "high", "n", "unknown", "unit", "definition",
    ]  # fmt: skip
    firsts = table[table["kpi"] == "seizures"]
    assert firsts["direction"][:1].tolist() == ["inbound"]
    assert firsts["value"].tolist() == [0, 6, 0]
    assert table["definition"].str.len().gt(30).all()


def test_durations_are_needed() -> None:
    """Calls without durations get the message that says how to bring them into form."""
    with pytest.raises(ValueError, match=r"lack the column duration_ms"):
        kpis(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
