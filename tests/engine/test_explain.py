"""The segments behind a rise, as a table."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from retell_nb.engine.explain import explain_counts
from retell_nb.engine.intervals import wilson

MEASURES = ["calls", "failed", "baseline_calls", "baseline_failed"]
FIGURES = [
    "segment", "depth", "calls", "failed", "rate", "low", "high", "baseline_calls",
    "baseline_failed", "baseline_rate", "baseline_low", "baseline_high", "excess",
    "share_of_excess", "rate_without", "score", "p_value", "runner_up",
]  # fmt: skip


def leaves_of(**attributes: list[Any]) -> pd.DataFrame:
    """Leaves of 400 calls now and 2,000 before, of which 5% failed."""
    frame = pd.DataFrame(attributes)
    return frame.assign(calls=400, failed=20, baseline_calls=2_000, baseline_failed=100)


@pytest.fixture
def leaves() -> pd.DataFrame:
    """Two agents at three hours; one agent fails more at ten."""
    frame = leaves_of(agent=["A", "A", "A", "B", "B", "B"], hour=[9, 10, 11, 9, 10, 11])
    frame.loc[1, "failed"] = 140
    return frame


def test_the_table_says_what_was_counted(leaves: pd.DataFrame) -> None:
    """Every figure of an explanation, recounted from the leaves."""
    table = explain_counts(leaves, ["agent", "hour"])
    assert [*table.columns] == ["agent", "hour", *FIGURES]
    row = table.iloc[0]
    assert (row["agent"], row["hour"], row["segment"]) == ("A", 10, "agent A and hour 10")
    assert row["depth"] == 2
    assert row[MEASURES].tolist() == [400, 140, 2_000, 100]
    assert (row["rate"], row["baseline_rate"]) == (0.35, 0.05)
    assert (row["low"], row["high"]) == tuple(wilson(140, 400))
    assert (row["baseline_low"], row["baseline_high"]) == tuple(wilson(100, 2_000))
    assert row["excess"] == row["share_of_excess"] * 120 == 120
    assert row["rate_without"] == 0.05
    assert row["p_value"] < 1e-6


def test_a_rise_everywhere_names_no_segment(leaves: pd.DataFrame) -> None:
    """Where all leaves rose alike the explanation is everywhere, of no depth."""
    table = explain_counts(leaves.assign(failed=60), ["agent", "hour"])
    row = table.iloc[0]
    assert len(table) == 1
    assert (row["segment"], row["depth"]) == ("everywhere", 0)
    assert row[["agent", "hour", "rate_without"]].isna().all()
    assert row["calls"] == 2_400


@pytest.mark.parametrize("failed", [0, 5, 20])
def test_nothing_is_explained_where_nothing_rose(leaves: pd.DataFrame, failed: int) -> None:
    """The table is empty, with its columns, where rates fell or stayed."""
    table = explain_counts(leaves.assign(failed=failed), ["agent", "hour"])
    assert table.empty
    assert [*table.columns] == ["agent", "hour", *FIGURES]


def test_no_leaves_explain_nothing(leaves: pd.DataFrame) -> None:
    """An empty frame gives an empty table."""
    assert explain_counts(leaves[:0], ["agent", "hour"]).empty


def test_causes_are_explained_one_after_the_other() -> None:
    """Two agents that rose are two explanations, and each has all its calls."""
    leaves = leaves_of(agent=[*"ABCDEFGH"])
    leaves.loc[[2, 5], "failed"] = [200, 80]
    table = explain_counts(leaves, ["agent"])
    assert table["agent"].tolist() == ["C", "F"]
    assert table["failed"].tolist() == [200, 80]
    assert table["runner_up"].tolist()[0] == "agent F"
    assert table["share_of_excess"].sum() == pytest.approx(1)
    assert explain_counts(leaves, ["agent"], top=1)["agent"].tolist() == ["C"]


@pytest.mark.parametrize(
    ("values", "cause"),
    [
        ([None, "A", "B", "C"], "not recorded"),
        ([np.nan, 1.0, 2.0, 3.0], "not recorded"),
        (pd.Categorical([None, "A", "B", "C"]), "not recorded"),
        (pd.array([None, 1, 2, 3], dtype="Int64"), "not recorded"),
        ([7, 1, 2, 3], 7),
        ([True, False, False, False], True),
        (pd.Categorical(["A", "B", "C", "D"]), "A"),
        (pd.to_datetime(["2026-03-01", "2026-03-02", None, None]), pd.Timestamp("2026-03-01")),
        (["not recorded", "A", "B", "C"], "not recorded"),
        (["not recorded", None, "B", "C"], "not recorded"),
    ],
)
def test_values_come_back_as_they_were(values: Any, cause: Any) -> None:
    """Of any type; one that is missing in the leaves is a value of its own, and is named so."""
    leaves = leaves_of(which=values, other=[*"xyxy"])
    is_cause = leaves["which"] == cause
    if cause == "not recorded":
        is_cause |= leaves["which"].isna()
    leaves.loc[is_cause.fillna(value=False).astype(bool), "failed"] = 200
    table = explain_counts(leaves, ["other", "which"])
    assert table["which"].iloc[0] == cause
    assert table["segment"].iloc[0] == f"which {cause}"
    assert pd.isna(table["other"].iloc[0])


def test_fractions_are_allowed_in_the_baseline(leaves: pd.DataFrame) -> None:
    """An average of seven days explains as the days do."""
    averages = leaves.assign(baseline_calls=2_000 / 7, baseline_failed=100 / 7)
    row = explain_counts(averages, ["agent", "hour"]).iloc[0]
    assert row["segment"] == "agent A and hour 10"
    assert row["baseline_failed"] == pytest.approx(100 / 7)
    assert row["p_value"] < 0.001


def test_leaves_add_up(leaves: pd.DataFrame) -> None:
    """Twice the rows of half the calls give the same figures."""
    halves = leaves.assign(**{name: leaves[name] / 2 for name in MEASURES})
    whole = explain_counts(leaves, ["agent", "hour"])
    parts = explain_counts(pd.concat([halves, halves]), ["agent", "hour"])
    apart = ["p_value"]
    pd.testing.assert_frame_equal(whole.drop(columns=apart), parts.drop(columns=apart))


def test_depth_is_as_much_as_is_allowed(leaves: pd.DataFrame) -> None:
    """With one attribute a segment, the agent or the hour; with none, everywhere."""
    assert explain_counts(leaves, ["agent", "hour"], max_depth=1)["depth"].max() == 1
    assert explain_counts(leaves, ["agent", "hour"], max_depth=0)["segment"].tolist() == [
        "everywhere"
    ]
    assert explain_counts(leaves, [])["segment"].tolist() == ["everywhere"]


def test_calls_that_the_baseline_has_none_of_are_explained() -> None:
    """A new agent that fails more is named, without a rate before; what is usual is expected."""
    leaves = leaves_of(agent=[*"ABCD"])
    leaves.loc[3, ["failed", "baseline_calls", "baseline_failed"]] = [160, 0, 0]
    row = explain_counts(leaves, ["agent"]).iloc[0]
    assert row["agent"] == "D"
    assert pd.isna(row["baseline_rate"])
    assert row["excess"] == pytest.approx(160 - 400 * 0.05)


@pytest.mark.parametrize(
    ("change", "arguments", "words"),
    [
        ({}, {"attributes": ["agnt"]}, "'agnt'"),
        ({}, {"attributes": ["agent", "agent"]}, "'agent'"),
        ({"score": 1}, {"attributes": ["score"]}, "'score'"),
        ({}, {"attributes": ["agent"], "max_depth": -1}, "max_depth=-1"),
        ({}, {"attributes": ["agent"], "top": 0}, "top=0"),
        ({"failed": 401}, {"attributes": ["agent"]}, "counts that cannot be"),
        ({"failed": -1}, {"attributes": ["agent"]}, "counts that cannot be"),
        ({"baseline_calls": np.nan}, {"attributes": ["agent"]}, "counts that cannot be"),
        ({"baseline_calls": 0, "baseline_failed": 0}, {"attributes": ["agent"]}, "no calls"),
    ],
)
def test_what_cannot_be_explained_is_an_error(
    leaves: pd.DataFrame, change: dict[str, Any], arguments: dict[str, Any], words: str
) -> None:
    """The message quotes what was wrong."""
    with pytest.raises(ValueError, match=re.escape(words)):
        explain_counts(leaves.assign(**change), **arguments)
