"""Errors of one's own LLM server, and hang-ups that may hide them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.engine.intervals import wilson
from retell_nb.tables import llm_server
from retell_nb.tables.outages.suspected import SUSPICIONS, suspected

Build: TypeAlias = Callable[..., pd.DataFrame]

OPEN, RUNTIME = "error_llm_websocket_open", "error_llm_websocket_runtime"


@pytest.mark.parametrize("seed", [0, 4])
def test_the_broken_version_comes_first_with_what_was_planted(seed: int) -> None:
    """Agent and version of the planted fault lead, with every planted call by its kind."""
    calls = rn.sample_calls(seed=seed)
    truth = next(f for f in calls.attrs["planted"] if f["kind"] == "broken_version")
    table = llm_server(calls)
    first = table[(table["agent"] == "Copperfield Claims") & (table["agent_version"] == 8)]
    assert first.index.min() == 0
    counted = first.set_index("kind")["affected"]
    of_version = calls[calls["agent_id"].eq("agent_copper_claims") & calls["agent_version"].eq(8)]
    for kind, planted in truth["reasons"].items():
        assert planted <= counted[kind] <= planted + 3
        assert counted[kind] == of_version["disconnection_reason"].eq(kind).sum()
    assert table.attrs["agents"] == 1


@pytest.fixture(scope="module")
def calls(calls_of: Build) -> pd.DataFrame:
    """Agent a breaks at once in version 2; b is Retell's own, and hangs up early as well."""
    at = pd.date_range("2026-03-01", periods=9, freq="h", tz="UTC").strftime("%Y-%m-%dT%H:%MZ")
    rows = [
        ("a", 1, "user_hangup", 60_000, 900.0), ("a", 1, "user_hangup", 90_000, 1_100.0),
        ("a", 1, RUNTIME, 20_000, 5_000.0), ("a", 2, RUNTIME, 10_000, 3_000.0),
        ("a", 2, RUNTIME, 30_000, 4_000.0), ("a", 2, OPEN, 28_000, None),
        ("a", 2, "agent_hangup", 1_200, None), ("a", 2, "dial_busy", 0, None),
        ("b", 1, "agent_hangup", 1_200, None),
    ]  # fmt: skip
    names = ("agent_id", "agent_version", "disconnection_reason", "duration_ms", "e2e_latency_p50")
    return calls_of(
        [
            dict(zip(names, row, strict=True)) | {"start_timestamp": time, "end_timestamp": time}
            for row, time in zip(rows, at, strict=True)
        ]
    )


def test_every_number_is_that_of_the_calls(calls: pd.DataFrame) -> None:
    """Counts, rates, quartiles, latencies and times of one version, worked out by hand."""
    table = llm_server(calls)
    assert table["agent"].unique().tolist() == ["a"]
    assert table["agent_version"].tolist() == [2, 2, 2, 1, 1, 1]
    assert table["kind"].head(3).tolist() == [RUNTIME, OPEN, "agent_hangup"]
    assert table["grade"].head(3).tolist() == ["classified", "classified", "unproven"]
    assert table["affected"].tolist() == [2, 1, 1, 1, 0, 0]
    row = table.iloc[0]
    assert (row["calls"], row["rate"]) == (4, 0.5)
    assert (row["low"], row["high"]) == tuple(end.item() for end in wilson(2, 4))
    assert row[["after_q25", "after_median", "after_q75"]].tolist() == [15, 20, 25]
    assert row["latency"] == 3_500
    assert table.loc[3, ["latency", "latency_others"]].tolist() == [5_000, 1_000]
    assert (row["first"].hour, row["last"].hour) == (3, 4)


def test_remedies_are_those_of_the_vocabulary(calls: pd.DataFrame) -> None:
    """What a kind points at is read from the vocabulary; each kind says what would prove it."""
    table = llm_server(calls)
    assert table["remedy"].tolist() == rn.REASONS["remedy"].reindex(table["kind"]).tolist()
    assert table["proof"].notna().all()
    own = rn.REASONS.assign(remedy="Call Ada.")
    assert set(llm_server(calls, reasons=own)["remedy"]) == {"Call Ada."}


def test_other_groups_take_the_place_of_versions(calls: pd.DataFrame) -> None:
    """Grouped by anything else, the same calls are counted."""
    table = llm_server(calls, "agent_id")
    assert table["affected"].tolist() == [3, 1, 1]
    assert table["calls"].tolist() == [7, 7, 7]


def test_a_missing_version_is_a_group_of_its_own(calls: pd.DataFrame) -> None:
    """Calls that tell no version are counted, in a group without one."""
    bare = calls.assign(agent_version=calls["agent_version"].mask(calls["agent_version"].eq(2)))
    table = llm_server(bare)
    assert table["agent_version"].isna().tolist() == [True] * 3 + [False] * 3
    assert table["affected"].tolist() == [2, 1, 1, 1, 0, 0]


def test_a_deployment_without_a_server_of_its_own_has_no_rows(calls: pd.DataFrame) -> None:
    """Where no agent has an LLM server, the table is empty and of the same kind."""
    table = llm_server(calls[calls["agent_id"].eq("b")])
    assert table.empty
    assert table.attrs["agents"] == 0
    assert table.dtypes.astype(str).to_dict() == llm_server(calls).dtypes.astype(str).to_dict()


def test_a_missing_column_is_named(calls: pd.DataFrame) -> None:
    """Without durations the error says what lacks; without latencies the table still works."""
    with pytest.raises(ValueError, match=r"lack the column duration_ms.*as_calls"):
        llm_server(calls.drop(columns="duration_ms"))
    latencies = [name for name in calls.columns if "latency" in name]
    assert llm_server(calls.drop(columns=latencies))["latency"].isna().all()


def test_each_sign_of_a_hidden_fault_is_seen(calls_of: Build) -> None:
    """Hang-ups at once, after slow answers, after none, and amid an outage; nothing else."""
    ends = pd.date_range("2026-03-01", periods=300, freq="min", tz="UTC")
    base = {
        "agent_id": "a", "agent_version": 1, "disconnection_reason": "user_hangup",
        "duration_ms": 60_000, "e2e_latency_p50": 900.0, "e2e_latency_p95": 1_500.0,
    }  # fmt: skip
    records = [base | {"start_timestamp": str(end), "end_timestamp": str(end)} for end in ends]
    for place in range(200, 220):
        records[place]["disconnection_reason"] = OPEN
    unheard = {"e2e_latency_p50": None, "e2e_latency_p95": None}
    changes = {
        10: {"disconnection_reason": "agent_hangup", "duration_ms": 1_500},
        20: {"e2e_latency_p95": 12_000.0},
        30: unheard,
        40: unheard | {"duration_ms": 8_000},
        50: {"disconnection_reason": "agent_hangup", "duration_ms": 5_000},
        205: {"disconnection_reason": "agent_hangup"},
        210: {"disconnection_reason": "user_hangup"},
        60: {"disconnection_reason": "agent_hangup", "duration_ms": 1_500, "agent_id": "retell"},
    }  # fmt: skip
    for place, change in changes.items():
        records[place] |= change
    signs = suspected(calls_of(records)).dropna()
    assert signs.to_dict() == {
        10: "closed at once", 20: "slow to answer", 30: "never answered",
        205: "closed in an outage", 210: "stalled in an outage",
    }  # fmt: skip
    assert signs.cat.categories.tolist() == SUSPICIONS.index.tolist()


def test_where_no_latency_is_measured_none_is_missed(calls: pd.DataFrame) -> None:
    """An export without latencies makes nobody suspected of not having been answered."""
    bare = calls.assign(e2e_latency_p50=np.nan, e2e_latency_p95=np.nan)
    assert suspected(bare).dropna().unique().tolist() == ["closed at once"]
