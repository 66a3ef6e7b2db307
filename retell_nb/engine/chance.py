"""How often chance alone gives a score as high: the largest scores of resamples.

Under chance a call is as likely to be one of the baseline's as any other. So calls are dealt anew
to now and the baseline, all segments are searched, and the largest score is noted; the p-value of
a score counts every segment that could have been named. E. S. Edgington and P. Onghena,
"Randomization Tests", 4th edition (2007), chapter 3.

Few resamples resolve no small p-values. The largest of many scores follows Gumbel's distribution
closely, and fitted by its moments it gives them: A. M. Abrams, K. Kleinman and M. Kulldorff,
"Gumbel based p-value approximations for spatial scan statistics", International Journal of Health
Geographics 9 (2010), 61.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.engine.cubes import subsets
from retell_nb.engine.scores import Counts
from retell_nb.engine.segments import Leaves, best_scores, candidates
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats


__all__ = ["largest_scores", "p_value", "resamples"]

_MOST, _LEAST = 99, 15
_BUDGET = 1e8  # leaves by combinations of all resamples together
_FEW = 1 << 15  # leaves
_TOGETHER = 16  # resamples that are counted at once: more take more memory, and no less time
_MOST_DEALT = 10**9  # calls that numpy deals without putting any back
_MOST_EXPECTED = 1e18  # that its Poisson counts reach
_ENOUGH = 10  # resamples at or above a score that make their share a p-value
_UNSURE = 3.0
"""Widens the fit by this over the number of resamples, as its own moments are estimates: then 5%
of scores get p < 0.05, from 9 to 99 resamples (200,000 simulations each)."""


def resamples(leaves: int, combinations: int) -> int:
    """How many resamples there is time for.

    Examples
    --------
    >>> resamples(5_000, 130), resamples(4_000_000, 130)
    (99, 15)
    """
    return int(np.clip(_BUDGET // max(1, leaves * combinations), _LEAST, _MOST))


def largest_scores(leaves: Leaves, max_depth: int) -> Floats:
    """Largest score of each resample; the same for the same leaves.

    Where the baseline's counts are fractions, as averages are, or there are a billion calls, the
    calls of both are Poisson with the same rates instead.

    Examples
    --------
    >>> counts = Counts(*np.array([[90.0, 100], [9.0, 10], [900, 1000], [90, 100]]))
    >>> len(largest_scores(Leaves([np.array([0, 1])], [2], counts), 1))
    99
    """
    combinations = len(subsets(len(leaves.codes), max_depth))
    leaves = leaves.merged()  # a deal has fewer to count: of a leaf for each call mostly a tenth
    times = resamples(len(leaves.counts.calls), combinations)

    seeds = np.random.SeedSequence(0).spawn(times)
    if len(leaves.counts.calls) < _FEW:  # of which threads would wait for each other

        def together(some: list[np.random.SeedSequence]) -> Floats:
            deals = [_resample(leaves, np.random.default_rng(seed)) for seed in some]
            return best_scores(deals, max_depth)

        some = [together(seeds[at : at + _TOGETHER]) for at in range(0, times, _TOGETHER)]
        return np.concatenate(some)

    def largest(seed: np.random.SeedSequence) -> float:
        ranked = candidates(_resample(leaves, np.random.default_rng(seed)), max_depth)
        return ranked[0].score if ranked else 0.0

    return np.array(spread(largest, seeds))


def _resample(leaves: Leaves, random: np.random.Generator) -> Leaves:
    """Leaves whose calls were dealt anew to now and the baseline."""
    calls, failed, baseline_calls, baseline_failed = leaves.counts
    both: Floats = np.concatenate(
        [failed + baseline_failed, calls - failed + baseline_calls - baseline_failed]
    )
    now = float(calls.sum())
    whole_numbers = all(np.array_equal(measure, np.rint(measure)) for measure in leaves.counts)
    if whole_numbers and both.sum() < _MOST_DEALT:
        sizes = both.astype(np.int64)
        dealt = random.multivariate_hypergeometric(sizes, round(now), method="marginals")
        rest = sizes - dealt
    else:
        share = now / both.sum()
        parts = (np.minimum(both * part, _MOST_EXPECTED) for part in (share, 1 - share))
        dealt, rest = (np.asarray(random.poisson(part)) for part in parts)
    (failed, passed), (baseline_failed, baseline_passed) = (
        part.astype(np.float64).reshape(2, -1) for part in (dealt, rest)
    )
    counts = Counts(failed + passed, failed, baseline_failed + baseline_passed, baseline_failed)
    return Leaves(leaves.codes, leaves.sizes, counts, leaves.failing)


def p_value(score: float, largest: Floats) -> float:
    """Share of resamples whose largest score is as high, by a fitted tail where they are few.

    Parameters
    ----------
    score : float
    largest : array of float
        As of `largest_scores`.

    Examples
    --------
    >>> largest = np.linspace(2, 8, 99)
    >>> p_value(5.0, largest), round(p_value(40.0, largest), 9)
    (0.51, 0.0)
    """
    above = int(np.count_nonzero(largest >= score))
    if above >= _ENOUGH or np.ptp(largest) == 0:
        return (1 + above) / (1 + len(largest))
    spread = 1 + _UNSURE / len(largest)
    scale = spread * np.sqrt(6) / np.pi * largest.std(ddof=1)
    middle = largest.mean() - np.euler_gamma * scale
    return float(-np.expm1(-np.exp(-(score - middle) / scale)))
