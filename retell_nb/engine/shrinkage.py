"""Rates of several groups, adjusted for what they are made of and shrunken to what all have."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.engine.intervals import Z95

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats


__all__ = ["OF_DAYS", "OF_HOURS", "Shrunken", "shrunken", "spread"]

OF_DAYS, OF_HOURS = 0.3**2, 0.5**2
"""Squared coefficients of variation of rates among days, and among hours of the day, to assume
where the calls are too few to show their own."""

_FEWEST_GROUPS = 3  # of which no spread can be estimated
_PRIOR_GROUPS = 4  # measured exactly, that a spread assumed beforehand is worth
_MANY = 10  # hits expected in each group, from which on a median of ratios says something
_OUTLIER = 2.5  # standard deviations from which on a group widens the spread no more


class Shrunken(NamedTuple):
    """Adjusted rates with their 95% intervals, and how much of each group's own rate is kept."""

    rate: Floats
    low: Floats
    high: Floats
    weight: Floats


def shrunken(hits: npt.ArrayLike, expected: npt.ArrayLike, variance: npt.ArrayLike) -> Shrunken:
    """Return the rate of each group had it the mix of all, drawn to the rate over all.

    Parameters
    ----------
    hits : array_like of int
        In each group.
    expected : array_like of float
        Hits in each group if every call had the rate of its kind: the sum of those rates.
    variance : array_like of float
        Of that number: the sum of rate * (1 - rate). Both are over the same calls, and so the
        sums of `hits` and `expected` are the same.

    Returns
    -------
    Shrunken
        As ratios to the expected: 1 is what the mix alone explains. Not a number for a group
        without calls.

    Notes
    -----
    The ratio of observed to expected is indirect standardization. The ratios' own spread beyond
    chance is estimated by moments (R. DerSimonian, N. Laird, "Meta-analysis in clinical trials",
    Controlled Clinical Trials 7, 1986, 177-188), and each ratio is drawn to 1 by the share of
    chance in it, with the interval of that empirical Bayes estimate (C. N. Morris, "Parametric
    empirical Bayes inference", Journal of the American Statistical Association 78, 1983, 47-55),
    which is the wider, the less so many groups tell of the spread among them. So a group of three
    calls that were all answered hardly differs from the rate over all.

    Examples
    --------
    >>> ratios = shrunken([3, 560, 437], [1.5, 499.5, 499], [0.75, 250, 250])
    >>> ratios.rate.round(2).tolist(), ratios.weight.round(2).tolist()
    ([1.09, 1.12, 0.88], [0.09, 0.97, 0.97])
    """
    observed, mean = np.asarray(hits, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    chance = np.asarray(variance, dtype=np.float64)
    defined = (mean > 0) & (chance > 0)
    ratio, own = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    ratio[defined] = observed[defined] / mean[defined]
    own[defined] = chance[defined] / mean[defined] ** 2
    among, groups = _spread(ratio[defined], own[defined]), int(defined.sum())
    chance_share = own / (among + own)
    if groups > _FEWEST_GROUPS:  # the spread is estimated itself
        chance_share = chance_share * (groups - 3) / (groups - 1)
    weight = 1 - chance_share
    squared = own * (1 - chance_share * (groups - 1) / max(groups, 1))
    if groups > _FEWEST_GROUPS:
        total = own + among
        typical = groups / float(np.nansum(1 / total)) / total
        squared = squared + 2 / (groups - 3) * chance_share**2 * typical * (ratio - 1) ** 2
    half = Z95 * np.sqrt(squared)
    rate = 1 + weight * (ratio - 1)
    return Shrunken(rate, np.maximum(rate - half, 0), rate + half, weight)


def spread(
    hits: npt.ArrayLike,
    expected: npt.ArrayLike,
    prior: float,
    without: npt.ArrayLike | None = None,
) -> float:
    """Return the squared coefficient of variation of true rates among groups, beyond chance.

    Parameters
    ----------
    hits, expected : array_like of float
        In each group, such as a day; groups of which nothing is expected do not count.
    prior : float
        The spread to assume where the groups cannot tell; it counts as four groups.
    without : array_like of bool, optional
        Groups to leave out: those of which it is asked whether they differ from the others.

    Notes
    -----
    By moments: the squared deviation of a ratio of observed to expected is the spread plus
    1 / expected of chance (D. Böhning, J. Sarol, Statistical Methods in Medical Research 9, 2000,
    119-131). A group weighs the more, the less of its deviation is chance, and none counts for
    more than 2.5 standard deviations, so that another fault does not pass for natural spread.

    Examples
    --------
    >>> spread([100] * 200, [100] * 200, 0.09) < 0.002
    True
    >>> spread([1, 3], [2, 2], 0.09) > 0.05
    True
    """
    observed, mean = np.asarray(hits, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    counting = mean > 0
    if without is not None:
        counting &= ~np.asarray(without, dtype=bool)
    observed, mean = observed[counting], mean[counting]
    if not len(mean) or not observed.sum():
        return prior
    level = float(np.median(observed / mean)) if mean.min() > _MANY else 0.0
    ratio = observed / mean / (level or float(observed.sum() / mean.sum()))
    own = 1 / mean
    weight = (prior / (prior + own)) ** 2
    squared = np.minimum((ratio - 1) ** 2, _OUTLIER**2 * (prior + own))
    moments = float((weight * (squared - own)).sum())
    return max(0.0, (_PRIOR_GROUPS * prior + moments) / (_PRIOR_GROUPS + float(weight.sum())))


def _spread(ratio: Floats, own: Floats) -> float:
    """Return the variance of the ratios beyond chance."""
    if len(ratio) < 2:
        return 0.0
    weight = 1 / own
    excess = float((weight * (ratio - 1) ** 2).sum()) - (len(ratio) - 1)
    return max(0.0, excess / float(weight.sum() - (weight**2).sum() / weight.sum()))
