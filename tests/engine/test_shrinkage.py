"""Shrunken rates hold what their intervals say, and a spread by nature is told from chance."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.engine.shrinkage import shrunken, spread


@pytest.mark.parametrize(("calls", "among"), [(1_000, 0.2), (5_000, 0.1), (20_000, 0.05)])
def test_intervals_hold_the_true_rates_of_uneven_hours(calls: int, among: float) -> None:
    """93 to 97% of 13 hours in 200 worlds, with rates that differ by a true spread."""
    rng = np.random.default_rng(13)
    inside = []
    for _ in range(200):
        sizes = rng.multinomial(calls, rng.dirichlet(np.full(13, 4)))
        rates = 0.35 * (1 + among * rng.standard_normal(13))
        hits = rng.binomial(sizes, np.clip(rates, 0, 1))
        mean = hits.sum() / calls
        ratios = shrunken(hits, sizes * mean, sizes * mean * (1 - mean))
        inside.append((ratios.low <= rates / mean) & (rates / mean <= ratios.high))
        assert (ratios.high - ratios.low > 0.01).all()
    assert 0.93 <= np.mean(inside) <= 0.97


@pytest.mark.parametrize("true", [0.0, 0.3, 0.5])
def test_the_spread_is_that_of_the_true_rates(true: float) -> None:
    """Sixty days of 40 expected hits; what caps a broken day caps a wide spread a little, too."""
    rng = np.random.default_rng(14)
    days = 40 * (rng.gamma(1 / true**2, true**2, 60) if true else np.ones(60))
    measured = [spread(rng.poisson(days), np.full(60, 40.0), 0.09) for _ in range(50)]
    assert np.sqrt(np.mean(measured)) == pytest.approx(max(true, 0.08), abs=0.12)


def test_one_broken_day_does_not_pass_for_a_spread() -> None:
    """A day at twenty times the rate of thirty even days hardly widens it."""
    hits = np.full(30, 50)
    hits[7] = 1_000
    assert spread(hits, np.full(30, 50.0), 0.09) < 0.06


def test_few_calls_leave_the_spread_that_is_assumed() -> None:
    """Days of half a hit each cannot tell."""
    rng = np.random.default_rng(15)
    assert spread(rng.poisson(0.5, 10), np.full(10, 0.5), 0.09) == pytest.approx(0.09, abs=0.03)
