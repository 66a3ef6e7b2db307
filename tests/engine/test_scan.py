"""Where a rate is raised, against sums and tails worked out the slow way."""

from __future__ import annotations

from math import comb, exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.scan import Pair, _bound, contrast, raised, raised_span


def likelihood(hits: int, calls: int, rate: float) -> float:
    """Log-likelihood of a rate, hit by hit."""
    told = hits * log(rate) if hits else 0.0
    return told + ((calls - hits) * log(1 - rate) if calls > hits else 0.0)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
def test_the_contrast_is_the_ratio_of_the_likelihoods(
    calls: int, rest_calls: int, data: st.DataObject
) -> None:
    """Two rates against one, each at its most likely, as written out by hand."""
    hits, rest = data.draw(st.integers(0, calls)), data.draw(st.integers(0, rest_calls))
    both = (hits + rest) / (calls + rest_calls)
    apart = likelihood(hits, calls, hits / calls) + likelihood(rest, rest_calls, rest / rest_calls)
    together = likelihood(hits + rest, calls + rest_calls, both)
    by_hand = apart - together if hits / calls > rest / rest_calls else 0.0
    pair = Pair(*(np.array([float(side)]) for side in (hits, calls, rest, rest_calls)))
    assert contrast(pair)[0] == pytest.approx(by_hand, abs=1e-9)


@given(st.integers(1, 60), st.floats(0.01, 0.9), st.data())
def test_chance_never_has_more_than_the_bound(
    calls: int, usual: float, data: st.DataObject
) -> None:
    """The exact binomial tail is never above what the bound allows."""
    hits = data.draw(st.integers(0, calls))
    tail = sum(
        comb(calls, n) * usual**n * (1 - usual) ** (calls - n) for n in range(hits, calls + 1)
    )
    bound = _bound(np.array([float(hits)]), np.array([float(calls)]), np.array([usual]))[0]
    assert tail <= exp(-bound) * (1 + 1e-9)


def test_few_hits_and_small_differences_say_nothing() -> None:
    """Four hits, a rate barely above the others, and nobody to compare with are no finding."""
    pairs = Pair(*np.array([[4.0, 300, 9], [5, 10_000, 10], [0, 200, 0], [1000, 10_000, 2]]))
    assert raised(pairs, 1, 0.01).tolist() == [False, False, False]
    assert raised(pairs._replace(hits=np.array([5.0, 600, 9])), 1, 0.01).tolist() == [
        True,
        True,
        False,
    ]


def test_the_more_is_looked_at_the_more_it_takes() -> None:
    """The same rate is raised among ten segments, and chance among very many."""
    pair = Pair(*(np.array([side]) for side in (8.0, 40.0, 20.0, 2000.0)))
    assert raised(pair, 10, 0.01).tolist() == [True]
    assert raised(pair, 1e9, 0.01).tolist() == [False]


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), min_size=2, max_size=12))
def test_the_span_is_the_best_of_all(periods: list[tuple[int, float]]) -> None:
    """Against a known rate no other span explains clearly more, looked at one by one."""
    calls = np.array([float(n) for n, _ in periods])
    hits = np.array([float(round(n * part)) for n, part in periods])
    usual = 0.05

    def gain(start: int, stop: int) -> float:
        side = slice(start, stop)
        return float(_bound(hits[side].sum()[None], calls[side].sum()[None], np.array([usual]))[0])

    spans = [(a, b) for a in range(len(calls)) for b in range(a + 1, len(calls) + 1)]
    best = max((gain(*span) for span in spans if calls[slice(*span)].sum()), default=0.0)
    start, stop = raised_span(hits, calls, usual)
    # An end that too few calls speak for is left open, which costs no more than log(1 / ALPHA).
    assert gain(start, stop) >= 0.95 * best - 2 * log(100)


def test_an_end_needs_calls_that_speak_for_it() -> None:
    """A fault still lasts where a call or two went well since, and is over after twenty."""
    hits = np.array([0.0, 0, 9, 9, 0])
    assert raised_span(hits, np.array([50.0, 50, 15, 15, 2])) == (2, 5)
    assert raised_span(hits, np.array([50.0, 50, 15, 15, 20])) == (2, 4)
