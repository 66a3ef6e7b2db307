"""Where a rate is raised, and how sure that is: a few formulas in closed form.

Two rates are compared by the likelihood ratio of M. Kulldorff, "A spatial scan statistic",
Communications in Statistics 26 (1997), 1481-1496. How sure a raised rate is, is bounded by
H. Chernoff's inequality (Annals of Mathematical Statistics 23 (1952), 493-507; for binomial tails
W. Hoeffding, Journal of the American Statistical Association 58 (1963), theorem 1): of n calls
with the rate p, at least h hit with a probability of at most exp(-n KL(h/n, p)). Against the many
places looked at stands Bonferroni's correction.

Rates that vary by nature, as from day to day, are judged against that spread: hits are then
negative binomial (calls at a gamma-distributed rate), and their tail has Chernoff's bound too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.engine.intervals import newcombe, ratio, wilson

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats, Mask


__all__ = [
    "ALPHA",
    "FEWEST",
    "REST",
    "Pair",
    "bound",
    "contrast",
    "expected",
    "raised",
    "raised_span",
    "surprise",
]

ALPHA = 0.01
"""Chance of a false finding of one kind, if all calls were alike."""

FEWEST = 5
"""Hits from which on something is said."""

REST = 10
"""Calls that there must be to compare with."""

_MIXED = 100  # calls of the usual rate
_STEPS = 32  # raised rates that are tried for a span
_ROUNDS = 3  # until the rate outside of the span is known well enough


class Pair(NamedTuple):
    """Hits and calls of segments, and those of what each is compared with."""

    hits: Floats
    calls: Floats
    rest_hits: Floats
    rest_calls: Floats


def expected(pair: Pair) -> Floats:
    """Far end of the rate that is expected: that of the rest at the high end of its interval.

    Examples
    --------
    >>> expected(Pair(np.array([9.]), np.array([10.]), np.array([0.]), np.array([100.]))).round(3)
    array([0.037])
    """
    return wilson(pair.rest_hits, pair.rest_calls)[1]


def contrast(pair: Pair) -> Floats:
    """Log-likelihood ratio of two rates against one rate for both; 0 where the rate is not raised.

    Examples
    --------
    >>> pair = Pair(*np.array([[9.0, 1.0], [10.0, 10.0], [5.0, 5.0], [50.0, 50.0]]))
    >>> contrast(pair).round(1).tolist()
    [13.1, 0.0]
    """
    together = _likelihood(pair.hits + pair.rest_hits, pair.calls + pair.rest_calls)
    apart = _likelihood(pair.hits, pair.calls) + _likelihood(pair.rest_hits, pair.rest_calls)
    higher = pair.hits * pair.rest_calls > pair.rest_hits * pair.calls
    return np.where(higher, np.maximum(apart - together, 0.0), 0.0)


def surprise(pair: Pair, usual: float) -> Floats:
    """Log-likelihood ratio against the rate of the rest, as if that were known.

    A rest of few calls is mixed with some that have the usual rate, and no rate is held for lower
    than that, so that what never happened among few calls does not count for more.

    Examples
    --------
    >>> pair = Pair(*np.array([[9.0, 9.0], [10.0, 90.0], [5.0, 5.0], [500.0, 500.0]]))
    >>> surprise(pair, 0.01).round(1).tolist()
    [38.2, 13.0]
    """
    rate = (pair.rest_hits + _MIXED * usual) / (pair.rest_calls + _MIXED)
    rate = np.maximum(rate, usual)
    return _bound(pair.hits, pair.calls, rate)


def _likelihood(hits: Floats, calls: Floats) -> Floats:
    """Greatest log-likelihood that a rate can have."""
    misses = calls - hits
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(part > 0, part * np.log(part / calls), 0.0) for part in (hits, misses)]
    return np.asarray(parts[0] + parts[1], dtype=np.float64)


def raised(
    pair: Pair,
    looked: float,
    tolerated: float,
    usual: Floats | None = None,
    spread: Floats | float = 0.0,
) -> Mask:
    """Whether a rate is raised beyond chance, and by more than is tolerated.

    Parameters
    ----------
    pair : Pair
    looked : float
        How many segments were looked at.
    tolerated : float
        By how much the rate must surely (Newcombe's interval of the difference, 95%) lie above
        that of the rest, or the near end of its own interval above the `usual` one.
    usual : array of float, optional
        The rates expected, where the rest does not tell.
    spread : float or array of float
        Squared coefficient of variation of the rates by nature.

    Examples
    --------
    >>> pair = Pair(*np.array([[90.0, 3.0], [100.0, 100.0], [5.0, 5.0], [500.0, 500.0]]))
    >>> raised(pair, 1000, 0.01).tolist()
    [True, False]
    >>> raised(pair, 1000, 0.01, spread=4.0).tolist()
    [False, False]
    """
    has_rest = pair.rest_calls >= REST if usual is None else np.ones(len(pair.hits), dtype=bool)
    compares = usual is None
    usual = expected(pair) if usual is None else usual
    enough = (pair.hits >= FEWEST) & has_rest
    if compares:
        beyond = newcombe(*pair)[0] > tolerated
    else:
        beyond = wilson(pair.hits, pair.calls)[0] - usual > tolerated
    two_samples = (np.asarray(spread) == 0) & compares
    sure = np.where(two_samples, _two_samples(pair), bound(pair, usual, spread))
    sure = sure > np.log(looked / ALPHA)
    return np.asarray(enough & beyond & sure, dtype=bool)


def _two_samples(pair: Pair) -> Floats:
    """Minus the logarithm of what chance has, from the signed root of the likelihood ratio.

    Of a normal variable, more than z has a chance of less than exp(-z²/2) / (z sqrt(2 pi)).
    """
    ratios = contrast(pair)
    return ratios + np.log(np.maximum(np.sqrt(4 * np.pi * ratios), 1))


def bound(pair: Pair, usual: Floats, spread: Floats | float) -> Floats:
    """Minus the logarithm of what chance has at most, at usual rates that vary by a spread.

    Examples
    --------
    >>> pair = Pair(*np.array([[9.0], [10.0], [0.0], [0.0]]))
    >>> usual = np.array([0.1])
    >>> bound(pair, usual, 0.0).round(1).tolist(), bound(pair, usual, 1.0).round(1).tolist()
    ([17.6], [3.7])
    """
    sure = _bound(pair.hits, pair.calls, usual)
    shape = 1 / np.maximum(spread, 1e-9)
    mean, hits = np.maximum(pair.calls * usual, 1e-9), np.maximum(pair.hits, 1e-9)
    tail = hits * np.log(hits / mean) - (hits + shape) * np.log((hits + shape) / (mean + shape))
    vary = np.asarray(spread) > 0
    return np.where(vary, np.where(hits > mean, np.minimum(sure, tail), 0.0), sure)


def _bound(hits: Floats, calls: Floats, usual: Floats) -> Floats:
    """Minus the logarithm of what chance has at most, if the rate were as usual."""
    rate = ratio(hits, calls)
    usual = np.clip(usual, 1e-9, 1 - 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        hit = np.where(rate > 0, rate * np.log(rate / usual), 0.0)
        miss = np.where(rate < 1, (1 - rate) * np.log((1 - rate) / (1 - usual)), 0.0)
    return np.asarray(np.where(rate > usual, calls * (hit + miss), 0.0), dtype=np.float64)


def raised_span(hits: Floats, calls: Floats, usual: float | None = None) -> tuple[int, int]:
    """First period of the span with the greatest likelihood of a raised rate, and that after it.

    Parameters
    ----------
    hits, calls : arrays of float
        By period, in order of time.
    usual : float, optional
        The rate expected; by default that outside of the span.

    Notes
    -----
    For one raised rate the best span is the highest rise of the summed log-likelihood ratios, the
    CUSUM of E. S. Page, "Continuous inspection schemes", Biometrika 41 (1954), 100-115. The
    greatest over all raised rates is the scan statistic over all spans; it takes a few passes
    instead of one look at each of them.

    Examples
    --------
    >>> raised_span(np.array([0., 1, 9, 8, 0]), np.array([50., 50, 10, 10, 50]))
    (2, 4)
    """
    start, stop = 0, len(hits)
    rate = float(hits.sum() / calls.sum()) if usual is None else usual
    for _ in range(_ROUNDS):
        start, stop = _highest_rise(hits, calls, float(np.clip(rate, 1e-6, 0.98)))
        if usual is None:
            outside = calls.sum() - calls[start:stop].sum()
            rate = (hits.sum() - hits[start:stop].sum() + 0.5) / (outside + 1)
    return _certain_bounds(hits, calls, start, stop)


def _certain_bounds(hits: Floats, calls: Floats, start: int, stop: int) -> tuple[int, int]:
    """Bounds of a span, left open where too few calls beyond it speak for a start or an end."""
    sides = np.array([slice(0, start), slice(start, stop), slice(stop, len(hits))])
    before, inside, after = (np.array([hits[side].sum(), calls[side].sum()]) for side in sides)
    pairs = (Pair(*inside[:, None], *side[:, None]) for side in (before, after))
    begins, ends = (contrast(pair)[0] > -np.log(ALPHA) for pair in pairs)
    return start if begins else 0, stop if ends else len(hits)


def _highest_rise(hits: Floats, calls: Floats, usual: float) -> tuple[int, int]:
    """Bounds of the span where the sums of log-likelihood ratios rise most, over many rates."""
    odds = np.log(usual / (1 - usual))
    rates = 1 / (1 + np.exp(-np.linspace(odds, 5.3, _STEPS + 1)[1:, None]))
    gains = hits * np.log(rates / usual) + (calls - hits) * np.log((1 - rates) / (1 - usual))
    sums = np.concatenate([np.zeros((_STEPS, 1)), gains.cumsum(axis=1)], axis=1)
    rises = sums - np.minimum.accumulate(sums, axis=1)
    row, stop = np.unravel_index(int(rises.argmax()), rises.shape)
    start = len(sums[row, :stop]) - 1 - int(sums[row, :stop][::-1].argmin()) if stop else 0
    return start, max(int(stop), start + 1)
