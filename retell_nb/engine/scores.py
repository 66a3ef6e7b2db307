"""How much speaks for a raised rate in a segment: three likelihood ratios, and their sum.

The counts are those of a time now and of a baseline. Of each segment is asked

- `against_baseline`: is its rate now higher than its own rate of the baseline (an
  expectation-based scan statistic);
- `against_rest`: is its rate now higher than that of all other calls now (a population-based scan
  statistic);
- `excess_against_rest`: has it more failed calls, for what its baseline lets expect, than all
  others have (the same on observed over expected counts).

The first alone names neighbours of a segment with few calls in the baseline. The second is strong
where a baseline is poor, and names a segment that always had the higher rate. The third is blind to
such standing levels, and as weak as the baseline. `scores` takes the first and, of the second, at
most twice the third.

M. Kulldorff, "A spatial scan statistic", Communications in Statistics 26 (1997), 1481-1496.
Z. Zhang and D. B. Neill, "Identifying significant predictive bias in classifiers",
arXiv:1611.08292 (2016), on such statistics over subgroups of many attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats


__all__ = [
    "Counts",
    "against_baseline",
    "against_rest",
    "excess_against_rest",
    "expected_rate",
    "scores",
]

_PRIOR = 10.0
"""Calls with the overall rate that are added to a segment's baseline."""

_TINY = 1e-300  # instead of a zero that would divide


class Counts(NamedTuple):
    """Calls and failed calls of segments, now and in the baseline; of one or of many."""

    calls: Floats
    failed: Floats
    baseline_calls: Floats
    baseline_failed: Floats

    def __sub__(self, other: Counts) -> Counts:
        pairs = zip(self, other, strict=True)
        return Counts(*(np.maximum(whole - part, 0.0) for whole, part in pairs))


def expected_rate(part: Counts, whole: Counts) -> Floats:
    """Rate that a segment's baseline lets expect, drawn to the overall rate where it is small.

    Examples
    --------
    >>> whole = Counts(*np.array([[100.0], [20.0], [1000.0], [100.0]]))
    >>> part = Counts(*np.array([[9.0, 9.0], [3.0, 3.0], [90.0, 0.0], [1.0, 0.0]]))
    >>> expected_rate(part, whole).round(2)
    array([0.02, 0.1 ])
    """
    usual = (whole.baseline_failed + 0.5) / (whole.baseline_calls + 1)
    return np.asarray(
        (part.baseline_failed + _PRIOR * usual) / (part.baseline_calls + _PRIOR), dtype=np.float64
    )


def against_baseline(part: Counts, rate: Floats) -> Floats:
    """Log-likelihood ratio of a segment's rate now against the expected one; 0 unless higher.

    Examples
    --------
    >>> part = Counts(*np.array([[10.0, 10.0, 0.0], [9.0, 1.0, 0.0], [0, 0, 0], [0, 0, 0]]))
    >>> against_baseline(part, np.full(3, 0.1)).round(1).tolist()
    [17.6, 0.0, 0.0]
    """
    missed = part.calls - part.failed
    expected = part.calls * rate
    ratio = _gain(part.failed, expected) + _gain(missed, part.calls - expected)
    return np.where(part.failed > expected, np.maximum(ratio, 0.0), 0.0)


def against_rest(part: Counts, whole: Counts) -> Floats:
    """Log-likelihood ratio of two rates now, of a segment and all others; 0 unless higher.

    Examples
    --------
    >>> whole = Counts(*np.array([[60.0], [14.0], [0.0], [0.0]]))
    >>> part = Counts(*np.array([[10.0, 10.0], [9.0, 1.0], [0.0, 0.0], [0.0, 0.0]]))
    >>> against_rest(part, whole).round(1).tolist()
    [13.1, 0.0]
    """
    rest = whole - part
    usual = whole.failed / np.maximum(whole.calls, _TINY)
    ratio = sum(
        _gain(side.failed, side.calls * usual)
        + _gain(side.calls - side.failed, side.calls * (1 - usual))
        for side in (part, rest)
    )
    higher = part.failed * rest.calls > rest.failed * part.calls
    return np.where(higher, np.maximum(ratio, 0.0), 0.0)


def excess_against_rest(part: Counts, whole: Counts, rate: Floats) -> Floats:
    """Log-likelihood ratio of two excesses now, of a segment and all others; 0 unless higher.

    An excess is failed calls over expected ones; failed calls are taken as Poisson.

    Examples
    --------
    >>> whole = Counts(*np.array([[60.0], [14.0], [600.0], [60.0]]))
    >>> part = Counts(*np.array([[10.0, 10.0], [9.0, 9.0], [100.0, 100.0], [10.0, 90.0]]))
    >>> excess_against_rest(part, whole, expected_rate(part, whole)).round(1).tolist()
    [7.9, 0.0]
    """
    rest = whole - part
    expected = part.calls * rate
    elsewhere = rest.calls * expected_rate(rest, whole)
    usual = whole.failed / np.maximum(expected + elsewhere, _TINY)
    ratio = _gain(part.failed, expected * usual) + _gain(rest.failed, elsewhere * usual)
    higher = part.failed * elsewhere > rest.failed * expected
    return np.where(higher, np.maximum(ratio, 0.0), 0.0)


def scores(part: Counts, whole: Counts) -> Floats:
    """How much speaks for a raised rate in each segment; 0 where the rate has not risen.

    Examples
    --------
    >>> whole = Counts(*np.array([[60.0], [14.0], [600.0], [60.0]]))
    >>> part = Counts(*np.array([[10.0, 10.0], [9.0, 9.0], [100.0, 100.0], [10.0, 90.0]]))
    >>> scores(part, whole).round(1).tolist()
    [30.7, 0.2]
    """
    rate = expected_rate(part, whole)
    rise = against_baseline(part, rate)
    contrast = np.minimum(against_rest(part, whole), 2 * excess_against_rest(part, whole, rate))
    return np.where(rise > 0, rise + contrast, 0.0)


def _gain(observed: Floats, expected: Floats) -> Floats:
    """Observed times the logarithm of observed over expected; 0 where nothing was observed."""
    nothing = observed <= 0
    safe = np.where(nothing, 1.0, observed)
    return np.where(nothing, 0.0, safe * np.log(safe / np.maximum(expected, _TINY)))
