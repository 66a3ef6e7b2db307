"""Change points: the best segmentation of all, and honest figures for each change."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from retell_nb.engine.change_points import change_points, p_value, penalty, segments

Floats = np.ndarray[Any, np.dtype[np.float64]]


def deviance(failed: Floats, calls: Floats) -> float:
    """Minus twice the log likelihood of one rate, up to what all segmentations share."""
    x, n = failed.sum(), calls.sum()
    terms = [(x, x / n), (n - x, 1 - x / n)]
    return -2 * sum(count * np.log(share) for count, share in terms if count > 0)


def least_cost(failed: Floats, calls: Floats, cost_of_change: float) -> float:
    """Cost of the best of all segmentations, each tried."""
    size = len(failed)
    costs = []
    for changes in range(size):
        for cut in combinations(range(1, size), changes):
            parts = zip(np.split(failed, cut), np.split(calls, cut), strict=True)
            costs.append(sum(deviance(*part) for part in parts) + changes * cost_of_change)
    return min(costs)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(1, 12)), min_size=1, max_size=9),
    st.floats(0.5, 12),
)
def test_no_segmentation_is_better(days: list[tuple[int, int]], cost_of_change: float) -> None:
    """The cost of the segmentation is that of the best of all, each tried."""
    calls = np.array([n for _, n in days], dtype=float)
    failed = np.minimum([x for x, _ in days], calls)
    starts = segments(failed, calls, cost_of_change)
    parts = zip(np.split(failed, starts[1:]), np.split(calls, starts[1:]), strict=True)
    cost = sum(deviance(*part) for part in parts) + (len(starts) - 1) * cost_of_change
    assert starts[0] == 0
    assert cost == pytest.approx(least_cost(failed, calls, cost_of_change), abs=1e-6)


def test_a_planted_change_is_found_with_its_rates() -> None:
    """From 5% to 15% after forty days."""
    failed = np.append(np.tile([4, 6, 5, 5], 10), np.tile([14, 16, 15, 15], 5))
    changes = change_points(failed, np.full(60, 100))
    assert changes.start.tolist() == [40]
    assert (changes.failed_before / changes.calls_before).tolist() == [0.05]
    assert (changes.failed / changes.calls).tolist() == [0.15]
    assert changes.low[0] <= 40 <= changes.high[0]
    assert changes.p[0] < 1e-6


def test_one_bad_day_is_two_changes() -> None:
    """It begins and is over."""
    failed = np.full(30, 6)
    failed[17] = 40
    assert change_points(failed, np.full(30, 100)).start.tolist() == [17, 18]


def test_the_likelihood_ratio_is_that_of_the_g_test() -> None:
    """Of the two segments of the only change, as scipy has it."""
    changes = change_points([5, 6, 4, 15, 14, 16], np.full(6, 100))
    table = [[15, 285], [45, 255]]
    result = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert changes.likelihood_ratio[0] == pytest.approx(result.statistic)


def test_periods_without_calls_are_passed_over() -> None:
    """A change is at a period that has calls."""
    failed, calls = (
        np.array([5, 0, 6, 4, 0, 25, 24, 26]),
        np.array([100, 0, 100, 100, 0, *[100] * 3]),
    )
    assert change_points(failed, calls).start.tolist() == [5]


def test_a_rhythm_that_is_expected_is_no_change() -> None:
    """Weekends of twice the rate are changes without their risk, and none with it."""
    weekend = np.arange(42) % 7 >= 5
    failed, calls = np.where(weekend, 200, 100), np.full(42, 1_000)
    assert len(change_points(failed, calls, risk=np.where(weekend, 2.0, 1.0)).start) == 0
    assert len(change_points(failed, calls).start) > 0


@pytest.mark.parametrize("calls", [[], [0, 0], [10], [10] * 5])
def test_nothing_to_see_is_no_change(calls: list[int]) -> None:
    """No periods, no calls, one period, or no failure."""
    changes = change_points([0] * len(calls), calls)
    assert changes.start.tolist() == []
    assert changes.p.tolist() == []


def test_the_largest_ratio_by_chance_has_its_p_value() -> None:
    """Of 4,000 normal series the largest ratio is beyond the 10 and 1% points that often."""
    z = np.random.default_rng(2).normal(size=(4_000, 40)).cumsum(axis=1)
    share = np.arange(1, 40) / 40
    bridge = (z[:, :-1] - share * z[:, -1:]) ** 2 / 40 / (share * (1 - share))
    largest = bridge.max(axis=1)
    for level in (0.1, 0.01):
        at = next(ratio for ratio in np.arange(2, 30, 0.01) if p_value(ratio, np.ones(40)) <= level)
        assert (largest >= at).mean() == pytest.approx(level, rel=0.25)


def test_series_without_a_change_seldom_show_one() -> None:
    """Of 300 healthy series of eight weeks no more than three sigma above one in twenty do."""
    rng = np.random.default_rng(6)
    alarms = sum(
        len(change_points(rng.binomial(300, 0.06, 56), np.full(56, 300)).start) > 0
        for _ in range(300)
    )
    assert alarms / 300 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 300)


def test_the_interval_holds_the_time_of_the_change() -> None:
    """Of 100 changes from 6 to 9%, at least 90 lie within their interval."""
    rng, inside = np.random.default_rng(8), 0
    rates = np.repeat([0.06, 0.09], [28, 21])
    for _ in range(100):
        changes = change_points(rng.binomial(400, rates), np.full(49, 400))
        inside += bool(((changes.low <= 28) & (changes.high >= 28)).any())
    assert inside >= 90


def test_a_longer_series_costs_more_for_a_change() -> None:
    """There are more places where chance could put one."""
    costs = [penalty(np.ones(size)) for size in (7, 28, 365)]
    assert costs == sorted(costs)
    assert penalty(np.ones(1)) == 0
