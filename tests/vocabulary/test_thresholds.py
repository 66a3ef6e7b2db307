"""The thresholds: what there are, whose, and what a table of one's own must be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import retell_nb as rn
from retell_nb.vocabulary.thresholds import as_thresholds

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd


def test_every_threshold_says_whose_it_is() -> None:
    """Each has a value, a unit, a source and a meaning; none is called a carrier's."""
    assert rn.THRESHOLDS.columns.tolist() == ["value", "unit", "source", "meaning"]
    assert rn.THRESHOLDS.notna().all(axis=None)
    assert not rn.THRESHOLDS["source"].str.contains("carrier").any()
    expected = {
        "short_call_share": (0.15, "Twilio Voice Insights"),
        "very_short_call_share": (0.2, "CallTrackingMetrics"),
        "calls_for_a_ratio": (100, "Genesys"),
        "calls_per_day": (100, "dialer vendors"),
        "calls_per_callee": (2, "First Orion"),
    }
    rows = rn.THRESHOLDS.loc[list(expected), ["value", "source"]]
    assert dict(zip(expected, rows.itertuples(index=False, name=None), strict=True)) == expected


def test_a_changed_copy_is_taken_in_any_order_and_with_a_column_of_names() -> None:
    """Rows may be shuffled, and their names a column, as a CSV file has them."""
    mine = rn.THRESHOLDS.copy()
    mine.loc["calls_per_day", "value"] = 75
    told = as_thresholds(mine.iloc[::-1].reset_index())
    assert told.loc["calls_per_day", "value"] == 75
    assert told.index.equals(rn.THRESHOLDS.index)
    assert rn.THRESHOLDS.loc["calls_per_day", "value"] == 100


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.drop(columns="source"), r"lack the column \['source'\]"),
        (lambda table: table.drop(index="calls_per_day"), r"lack the row \['calls_per_day'\]"),
        (lambda table: table.rename({"short_call": "brief"}), r"and have \['brief'\]"),
        (lambda table: table.iloc[[0, *range(len(table))]], "too much or twice"),
        (lambda table: table.assign(unit="s"), "strange unit"),
        (lambda table: table.assign(source=" "), "say whose they are"),
        (lambda table: table.assign(value="many"), "allowed are numbers from 0 on"),
        (lambda table: table.assign(value=-1), "allowed are numbers from 0 on"),
        (lambda table: table.assign(value=15), "up to 1 for shares"),
        (lambda table: table.assign(value=float("inf")), "allowed are numbers"),
    ],
)
def test_thresholds_that_are_not_in_form_are_refused(
    change: Callable[[pd.DataFrame], Any], told: str
) -> None:
    """One message says what is wrong and what is allowed; so it does from the word itself."""
    wrong = change(rn.THRESHOLDS.copy())
    with pytest.raises(ValueError, match=told):
        as_thresholds(wrong)
    with pytest.raises(ValueError, match=told):
        rn.sample_calls(0).retell.numbers(thresholds=wrong)
