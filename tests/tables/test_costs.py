"""What calls cost."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.engine.intervals import Z95, total_interval
from retell_nb.tables import costs

Build: TypeAlias = Callable[..., pd.DataFrame]


@pytest.fixture(scope="module")
def calls(calls_for: Build) -> pd.DataFrame:
    return calls_for(
        "user_hangup", "user_hangup", "user_hangup", "voicemail_reached", "error_asr",
        "transfer_cancelled", "dial_busy", None, "brand_new", "error_asr",
        combined_cost=[30.0, 50.0, None, 4.0, 12.0, 20.0, 0.0, None, 3.0, -1.0],
        in_voicemail=[False, True, None, True, None, None, None, None, None, None],
        call_status=["ended"] * 7 + ["ongoing", "ended", "error"],
    )  # fmt: skip


def test_every_number_is_that_of_the_calls(calls: pd.DataFrame) -> None:
    """Calls, cents, money and costs per call by outcome, worked out by hand."""
    table = costs(calls).set_index("outcome")
    assert table.index[0] == "machine"  # with the hang-up that a voicemail took
    assert table["calls"].sum() == len(calls)
    row = table.loc["completed"]
    assert row[["calls", "costed", "cents", "amount", "mean"]].tolist() == [2, 1, 30, 0.3, 30]
    assert row[["low", "high"]].isna().all()
    assert row[["connected", "per_connected"]].tolist() == [1, 30]
    assert row[["human", "per_human"]].tolist() == [1, 30]
    assert table.loc["machine", ["cents", "connected", "human"]].tolist() == [54, 2, 0]
    assert np.isnan(table.loc["machine", "per_human"])


def test_missing_and_impossible_costs_are_counted_and_not_zero(calls: pd.DataFrame) -> None:
    """A call without a cost, or with a negative one, has no part in any mean."""
    table = costs(calls).set_index("outcome")
    assert table.loc["failed", ["calls", "costed", "mean"]].tolist() == [3, 2, 16]
    assert np.isnan(table.loc["in_progress", "mean"])
    assert costs(calls).attrs["uncosted"] == 3


def test_calls_of_unknown_end_make_no_conversation_dearer(calls_for: Build) -> None:
    """Their cents are in the sum and in no cost per call; they are counted as unknown."""
    calls = calls_for(
        "user_hangup", "user_hangup", "dial_busy", "brand_new", None, None,
        combined_cost=[30.0, 50.0, 4.0, 90.0, 60.0, 20.0],
        call_status=["ended", "ended", "not_connected", "ended", "ended", "ongoing"],
    )  # fmt: skip
    row = costs(calls.assign(agent_id="a"), "agent_id").iloc[0]
    assert row[["cents", "costed", "unknown"]].tolist() == [254, 6, 3]
    assert row[["per_connected", "per_human"]].tolist() == [42, 42]


def test_what_can_be_recovered_is_what_failed_and_has_an_owner(calls: pd.DataFrame) -> None:
    """By owner, the cost of failures; unknown ends and busy lines are nobody's."""
    table = costs(calls, "owner").set_index("owner")
    lost = table.loc[table["recoverable_calls"] > 0, "recoverable"]
    assert lost.to_dict() == {"agent": 20.0, "retell": 12.0}
    low, high = (table.loc["agent", f"recoverable_{end}"] for end in ("low", "high"))
    assert (low, high) == pytest.approx((20 / np.exp(Z95), 20 * np.exp(Z95)))
    assert table.loc["nobody", ["recoverable_low", "recoverable_high"]].isna().all()


def test_the_sums_of_the_sample_are_those_of_pandas() -> None:
    """By agent, money and means are what groupby makes of the same column."""
    calls = rn.sample_calls(3_000, seed=5)
    table = costs(calls, "agent_id").set_index("agent_id").sort_index()
    grouped = calls.groupby("agent_id", observed=True)["combined_cost"]
    pd.testing.assert_series_equal(table["cents"], grouped.sum(), check_names=False)
    pd.testing.assert_series_equal(table["mean"], grouped.mean(), check_names=False)
    reach = np.log(table["high"] / table["mean"]).to_numpy()
    assert (grouped.size() > 100).all()
    assert reach == pytest.approx((1.97 * grouped.sem() / grouped.mean()).to_numpy(), rel=0.01)


def test_the_interval_of_a_sum_holds_its_truth() -> None:
    """Of sums of a chance number of skewed costs, 93 to 97 in a hundred intervals hold the mean."""
    dice = np.random.default_rng(7)
    numbers = dice.poisson(80, 4_000)
    costs_ = dice.exponential(10, numbers.sum())
    draw = np.repeat(np.arange(4_000), numbers)
    total, squared = np.bincount(draw, costs_), np.bincount(draw, costs_**2)
    low, high = total_interval(total, squared)
    assert 0.93 < ((low <= 800) & (high >= 800)).mean() < 0.97


def test_no_calls_give_a_table_of_the_same_columns(calls: pd.DataFrame) -> None:
    """Of nothing, no rows, with columns and dtypes as ever."""
    nothing = costs(calls.head(0))
    assert nothing.empty
    assert nothing.dtypes.astype(str).to_dict() == costs(calls).dtypes.astype(str).to_dict()


def test_a_missing_column_is_named(calls: pd.DataFrame) -> None:
    """Without costs the error says what lacks; without voicemails the table still works."""
    with pytest.raises(ValueError, match=r"lack the column combined_cost.*as_calls"):
        costs(calls.drop(columns="combined_cost"))
    assert (
        costs(calls.drop(columns="in_voicemail")).set_index("outcome").loc["completed", "human"]
        == 2
    )


def test_billed_and_talked_seconds_are_of_calls_that_tell_both(calls_for: Build) -> None:
    """What is not recorded is missing, not zero, and in neither of the two."""
    calls = calls_for(
        "user_hangup", "user_hangup", "user_hangup", "dial_busy",
        combined_cost=[2.0, 4.0, 6.0, None], duration_ms=[6_000, 35_303, None, None],
    ).assign(billed_seconds=[10.0, 36.0, 12.0, np.nan])  # fmt: skip
    table = costs(calls).set_index("outcome")
    seconds = ["billed", "billed_seconds", "talked_seconds"]
    assert table.loc["completed", seconds].tolist() == [2, 46, 41.303]
    assert table.loc["not_reached", "billed"] == 0
    assert table.loc["not_reached", seconds[1:]].isna().all()
    assert costs(calls.drop(columns="billed_seconds"))[seconds[1:]].isna().all(axis=None)


def test_costs_by_product_are_those_on_record(calls_for: Build) -> None:
    """A call's parts of one product are added up; calls without them are counted."""
    parts = [
        '[{"product": "voice", "cost": 1.5}, {"product": "voice", "cost": 0.5}, {"product": "m"}]',
        [{"product": "model", "cost": 6}, {"product": "voice", "cost": 2}],
        "no JSON", None, "[]",
    ]  # fmt: skip
    calls = calls_for(*["user_hangup"] * 5).assign(product_costs=parts, agent_id=[*"aabbb"])
    table = costs(calls, each="product")
    assert table[["product", "calls", "cents", "share"]].to_numpy().tolist() == [
        ["model", 1, 6.0, 0.6], ["voice", 2, 4.0, 0.4],
    ]  # fmt: skip
    assert table.attrs["not_recorded"] == 3
    by = costs(calls, "agent_id", calls["direction"].astype(object), each="product")
    assert by["cents"].tolist() == [6.0, 4.0]
    with pytest.raises(ValueError, match=r"keep=\('product_costs',\)"):
        costs(calls.drop(columns="product_costs"), each="product")
    with pytest.raises(ValueError, match="give each='product'"):
        costs(calls, each="call")  # type: ignore[arg-type]


def test_billed_seconds_and_products_are_read_from_records() -> None:
    """As the API nests them in `call_cost`."""
    record = {
        "call_id": "call_1", "agent_id": "agent_1", "call_type": "web_call",
        "call_status": "ended", "disconnection_reason": "user_hangup", "duration_ms": 6_000,
        "call_cost": {
            "product_costs": [{"product": "voice", "unit_price": 0.1, "cost": 1.0}],
            "total_duration_seconds": 10, "combined_cost": 1.0,
        },
    }  # fmt: skip
    calls = rn.as_calls(pd.DataFrame([record]), keep=("product_costs",))
    assert calls["billed_seconds"].tolist() == [10.0]
    assert costs(calls, each="product")["product"].tolist() == ["voice"]
