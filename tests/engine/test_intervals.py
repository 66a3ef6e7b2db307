"""Rates and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.engine.intervals import mean_interval, ratio, wilson


@pytest.mark.parametrize(
    ("hits", "calls", "low", "high"),
    [
        (0, 20, 0.0, 0.1611),
        (1, 10, 0.0179, 0.4042),
        (15, 148, 0.0624, 0.1605),
        (81, 263, 0.2553, 0.3662),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_gives_published_intervals(hits: int, calls: int, low: float, high: float) -> None:
    """The ends agree with those of Newcombe (1998) and of the closed form."""
    assert wilson(hits, calls) == pytest.approx((low, high), abs=1e-4)


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(2, 4.3027), (3, 3.1824), (5, 2.5706), (9, 2.2622), (100, 1.9840)]
)
def test_a_mean_reaches_as_far_as_student_says(freedom: int, quantile: float) -> None:
    """On the log scale the reach is the published quantile of t times the relative error."""
    values = np.arange(1.0, freedom + 2)
    mean, low, high = mean_interval([values.sum()], [(values**2).sum()], [len(values)])
    error = values.std(ddof=1) / np.sqrt(len(values)) / mean
    assert np.log(high / mean) / error == pytest.approx(quantile, rel=0.01)
    assert mean / low == pytest.approx(high / mean)


@pytest.mark.parametrize("n", [3, 10, 50])
def test_the_interval_of_a_mean_holds_the_truth(n: int) -> None:
    """Of exponential values, from three on, 92 to 96 of a hundred intervals hold the mean."""
    values = np.random.default_rng(5).exponential(10, (8_000, n))
    _, low, high = mean_interval(values.sum(axis=1), (values**2).sum(axis=1), np.full(8_000, n))
    assert 0.92 < ((low <= 10) & (high >= 10)).mean() < 0.96


def test_few_values_have_no_interval() -> None:
    """Of two values, and of zeros alone, there is a mean and no interval."""
    mean, low, high = mean_interval([60.0, 0.0, 0.0], [2_000.0, 0.0, 0.0], [2, 9, 0])
    assert mean[:2].tolist() == [30, 0]
    assert np.isnan([mean[2], *low, *high]).all()


def test_an_interval_of_no_calls_is_not_a_number() -> None:
    """Nothing is known of the rate of no calls."""
    assert np.isnan(wilson([0], [0])).all()
    assert np.isnan(ratio([0], [0])).all()
