"""Groups are compared with intervals, tests and the number of calls that would tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from statsmodels.stats.contingency_tables import StratifiedTable
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from retell_nb.tables.change.compare import compare


def calls_of(*cells: tuple[str, int, str, int, int]) -> pd.DataFrame:
    """Return calls: agent, version, caller number, how many failed, how many did not."""
    parts = [
        pd.DataFrame(
            {
                "agent_id": agent,
                "agent_version": version,
                "from_number": number,
                "direction": "outbound",
                "disconnection_reason": ["error_asr"] * failed + ["user_hangup"] * well,
            }
        )
        for agent, version, number, failed, well in cells
    ]
    return pd.concat(parts, ignore_index=True)


CALLS = calls_of(
    ("a", 1, "+1", 20, 180),
    ("a", 1, "+2", 40, 160),
    ("a", 2, "+1", 36, 164),
    ("a", 2, "+2", 66, 134),
    ("a", 3, "+1", 34, 150),
    ("b", 1, "+1", 1, 8),
    ("b", 4, "+1", 3, 2),
)


def test_each_version_is_compared_with_the_one_before_it() -> None:
    """Versions are those of one agent, in the order of their numbers."""
    table = compare(CALLS, "agent_version")
    assert table[["agent", "first", "second"]].to_numpy().tolist() == [
        ["a", "1", "2"],
        ["a", "2", "3"],
        ["b", "1", "4"],
    ]
    assert table["second_failed"].tolist() == [102, 34, 3]


def test_intervals_and_tests_are_those_of_statsmodels_and_scipy() -> None:
    """Newcombe's interval, the stratified test, Fisher's for few calls, and the adjustment."""
    table = compare(CALLS, "agent_version")
    low, high = confint_proportions_2indep(102, 400, 60, 400, method="newcomb")
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([low, high], abs=1e-9)
    strata = [np.array([[36, 164], [20, 180.0]]), np.array([[66, 134], [40, 160.0]])]
    oracle = StratifiedTable(strata)
    assert table.loc[0, "test"] == "Mantel-Haenszel"
    assert table.loc[0, "odds_ratio"] == pytest.approx(oracle.oddsratio_pooled, abs=1e-9)
    assert table.loc[0, "p_value"] == pytest.approx(
        oracle.test_null_odds(correction=False).pvalue, abs=1e-9
    )
    assert table.loc[2, "test"] == "Fisher"
    assert table.loc[2, "p_value"] == pytest.approx(fisher_exact([[3, 2], [1, 8]])[1], abs=1e-9)
    adjusted = multipletests(table["p_value"], method="fdr_bh")[1]
    assert table["p_adjusted"].tolist() == pytest.approx(adjusted.tolist(), abs=1e-9)


def test_like_is_compared_with_like() -> None:
    """A version that only serves the worse number is not worse where numbers are the strata."""
    calls = calls_of(
        ("a", 1, "+1", 10, 990), ("a", 1, "+2", 60, 140),
        ("a", 2, "+1", 2, 198), ("a", 2, "+2", 300, 700),
    )  # fmt: skip
    assert compare(calls, "agent_version", strata=()).loc[0, "verdict"] == "higher"
    assert compare(calls, "agent_version").loc[0, "p_value"] > 0.5


def test_two_selections_are_compared() -> None:
    """Selections are what `select` takes; the labels tell them."""
    table = compare(CALLS, {"agent_id": "a", "agent_version": 1}, {"agent_version": 2})
    assert table.loc[0, "first"] == "agent_id a, agent_version 1"
    assert table.loc[0, "verdict"] == "higher"


def test_too_few_calls_say_how_many_more_it_takes() -> None:
    """The verdict names the number of calls and the points that they would show."""
    row = compare(CALLS, {"agent_id": "b", "agent_version": 1}, {"agent_version": 3}).iloc[0]
    assert row["more_calls"] > 1_000
    assert row["verdict"].startswith("not enough calls to say: about ")
    assert row["verdict"].endswith("would show 2 points")


def test_groups_are_compared_with_all_others() -> None:
    """Any other grouping has a row for each group."""
    table = compare(CALLS, "from_number")
    assert table[["first", "second"]].to_numpy().tolist() == [
        ["all others", "+1"],
        ["all others", "+2"],
    ]


@pytest.mark.parametrize("what", [(), ("agent_id", "from_number"), ({"agent_id": "a"},)])
def test_what_cannot_be_compared_is_an_error(what: tuple[object, ...]) -> None:
    """The error shows both forms."""
    with pytest.raises(ValueError, match=r"compare\('agent_version'\)"):
        compare(CALLS, *what)


def test_callers_of_inbound_calls_are_no_strata() -> None:
    """They are the customers: each of them calls once, and a stratum of one call tells nothing."""
    numbers = [f"+1415555{number:04}" for number in range(len(CALLS))]
    inbound = CALLS.assign(direction="inbound", from_number=numbers, to_number=CALLS["from_number"])
    pd.testing.assert_frame_equal(
        compare(inbound, "agent_version"), compare(CALLS, "agent_version")
    )


def test_hits_called_as_a_figure_get_another_name() -> None:
    """A Series of that name would overwrite the counts of calls."""
    calls = CALLS["disconnection_reason"].eq("error_asr").rename("calls")
    assert compare(CALLS, "agent_version", of=calls)["second_hits"].tolist() == [102, 34, 3]
