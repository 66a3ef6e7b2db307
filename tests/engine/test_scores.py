"""How much speaks for a raised rate."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.scores import (
    Counts,
    against_baseline,
    against_rest,
    excess_against_rest,
    expected_rate,
    scores,
)

sides = st.integers(0, 400).flatmap(lambda calls: st.tuples(st.just(calls), st.integers(0, calls)))
parts = st.tuples(sides, sides).map(lambda pair: counts_of(*pair[0], *pair[1]))


def counts_of(calls: float, failed: float, before: float, failed_before: float) -> Counts:
    return Counts(*(np.array([float(one)]) for one in (calls, failed, before, failed_before)))


def likelihood(failed: float, calls: float, rate: float) -> float:
    """Log-likelihood of a rate, in plain Python."""
    missed = calls - failed
    return (failed * math.log(rate) if failed else 0.0) + (
        missed * math.log(1 - rate) if missed else 0.0
    )


def test_the_ratio_to_the_baseline_is_that_of_the_binomial() -> None:
    """40 of 100 against an expected 5%, by the logarithms of the two likelihoods."""
    ratio = against_baseline(counts_of(100, 40, 0, 0), np.array([0.05]))[0]
    assert ratio == pytest.approx(likelihood(40, 100, 0.4) - likelihood(40, 100, 0.05))


def test_the_ratio_to_the_rest_is_that_of_two_rates() -> None:
    """40 of 100 and 60 of 1,000 against one rate for both."""
    whole = counts_of(1_100, 100, 0, 0)
    apart = likelihood(40, 100, 0.4) + likelihood(60, 1_000, 0.06)
    together = likelihood(100, 1_100, 100 / 1_100)
    assert against_rest(counts_of(100, 40, 0, 0), whole)[0] == pytest.approx(apart - together)


def test_the_ratio_of_excesses_is_that_of_two_poissons() -> None:
    """Twice the expected failed calls here, as many as expected there."""
    part, rest = counts_of(1_000, 200, 100_000, 10_000), counts_of(1_000, 100, 100_000, 10_000)
    whole = Counts(*(one + other for one, other in zip(part, rest, strict=True)))
    rate = expected_rate(part, whole)
    expected = 1_000 * rate[0]
    ratio = 200 * math.log(200 / expected) + 100 * math.log(100 / expected)
    ratio -= 300 * math.log(300 / (2 * expected))
    assert excess_against_rest(part, whole, rate)[0] == pytest.approx(ratio, rel=1e-3)


def test_a_rate_that_was_always_high_scores_as_nothing() -> None:
    """40% before and now scores below 1, though all others fail at 5%; a rise to it does not."""
    rest = counts_of(10_000, 500, 50_000, 2_500)
    standing, risen = counts_of(1_000, 400, 5_000, 2_000), counts_of(1_000, 400, 5_000, 250)
    for part, low, high in ((standing, 0, 1), (risen, 500, np.inf)):
        whole = Counts(*(one + other for one, other in zip(part, rest, strict=True)))
        assert low <= scores(part, whole)[0] < high


def test_few_calls_of_the_baseline_are_drawn_to_the_overall_rate() -> None:
    """No failed call among three is no rate of zero; of none, the overall rate is expected."""
    whole = counts_of(1_000, 50, 10_000, 500)
    rates = [expected_rate(counts_of(10, 1, calls, 0), whole)[0] for calls in (0, 3, 10_000)]
    assert rates[0] == pytest.approx(0.05, rel=0.01)
    assert rates[0] > rates[1] > 0.03
    assert rates[2] < 0.0001


@given(part=parts, rest=parts)
def test_scores_are_finite_and_never_negative(part: Counts, rest: Counts) -> None:
    """Whatever is zero: no calls, no failed ones, nothing but failed ones, no baseline."""
    whole = Counts(*(one + other for one, other in zip(part, rest, strict=True)))
    score = scores(part, whole)[0]
    assert np.isfinite(score)
    assert score >= 0


@given(part=parts, rest=parts)
def test_a_rate_that_did_not_rise_scores_zero(part: Counts, rest: Counts) -> None:
    """Nothing speaks for a segment whose rate is at most the expected one."""
    whole = Counts(*(one + other for one, other in zip(part, rest, strict=True)))
    if part.failed[0] <= part.calls[0] * expected_rate(part, whole)[0]:
        assert scores(part, whole)[0] == 0
