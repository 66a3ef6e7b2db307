"""When a rate changed: exact segmentation of a series of counts, and how sure each change is.

Sources
-------
B. Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE Signal
Processing Letters 12 (2005), 105-108; the pruning is that of R. Killick, P. Fearnhead and
I. A. Eckley, "Optimal detection of changepoints with a linear computational cost", Journal of the
American Statistical Association 107 (2012), 1590-1598.
B. James, K. L. James and D. Siegmund, "Tests for a change-point", Biometrika 74 (1987), 71-83: how
large the largest of many likelihood ratios gets by chance.
A. F. M. Smith, "A Bayesian approach to inference about a change-point in a sequence of random
variables", Biometrika 62 (1975), 407-416: where the change may have been.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.control_charts import overdispersion

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats

    Indices: TypeAlias = npt.NDArray[np.int64]

__all__ = ["Changes", "change_points", "p_value", "penalty", "segments"]

_SINGLE = 0.8
"""Share of the false alarms that single changes make; the others are pairs, such as one bad day."""

_CONFIDENCE = 0.95

_LEVEL = 0.2
"""Of the test for overdispersion. To take some where there is none costs little power here, as all
periods of a segment speak; to overlook it makes changes out of single days."""


class Changes(NamedTuple):
    """Changes of a rate in order of time; every array has one entry per change."""

    start: Indices
    """First period after the change."""
    low: Indices
    """Earliest and latest first period that the data allow: a 95% credible interval."""
    high: Indices
    failed_before: Floats
    calls_before: Floats
    failed: Floats
    """Of the segment that the change begins."""
    calls: Floats
    likelihood_ratio: Floats
    """Twice the logarithm, over the overdispersion."""
    p: Floats
    """Chance of a likelihood ratio as large anywhere between the changes before and after."""
    spread: float
    """Laney's sigma z, by whose square likelihoods are divided."""


def change_points(
    failed: npt.ArrayLike,
    calls: npt.ArrayLike,
    *,
    risk: npt.ArrayLike = 1.0,
    false_alarms: float = 0.05,
) -> Changes:
    """Changes of a rate: when, from what to what, and how sure.

    Parameters
    ----------
    failed, calls : array_like of int
        How many of how many, per period in order of time; people, not redials.
    risk : array_like of float
        How many times the usual rate a period has when all is well, as of
        `retell_nb.engine.seasonality.relative_risk`.
    false_alarms : float
        In which share of series without a change one may be found.

    Returns
    -------
    Changes

    Examples
    --------
    >>> changes = change_points([6, 5, 7, 6, 4, 6, 15, 14, 16], [100] * 9)
    >>> changes.start.tolist(), changes.low.tolist(), changes.high.tolist()
    ([6], [5], [6])
    """
    x, n = (np.asarray(part, dtype=np.float64) for part in (failed, calls))
    filled = np.flatnonzero(n > 0)
    factor = np.broadcast_to(np.asarray(risk, dtype=np.float64), x.shape)
    hits, exposure = x[filled], np.maximum((n * factor)[filled], 1e-9)
    spread = _spread(hits, exposure)
    starts = segments(hits, exposure, penalty(exposure, false_alarms) * spread**2)[1:]
    bounds = np.concatenate([[0], starts, [len(hits)]])
    windows = list(zip(bounds[:-2], starts, bounds[2:], strict=True))
    ratios, lows, highs, ps = np.zeros((4, len(starts)))
    for row, (begin, start, end) in enumerate(windows):
        ratios[row] = _likelihood_ratio(hits, exposure, begin, start, end) / spread**2
        ps[row] = p_value(ratios[row], exposure[begin:end])
        lows[row], highs[row] = _interval(hits[begin:end], exposure[begin:end], spread) + begin
    sums = [np.add.reduceat(part[filled], bounds[:-1]) for part in (x, n)] if len(hits) else [x, n]
    start, low, high = (filled[part.astype(np.int64)] for part in (starts, lows, highs))
    return Changes(
        start=start,
        low=low,
        high=high,
        failed_before=sums[0][:-1],
        calls_before=sums[1][:-1],
        failed=sums[0][1:],
        calls=sums[1][1:],
        likelihood_ratio=ratios,
        p=ps,
        spread=spread,
    )


def segments(failed: Floats, calls: Floats, cost_of_change: float) -> Indices:
    """First periods of the segments of the best segmentation: 0 and the changes.

    Parameters
    ----------
    failed, calls : array of float
        How many of how many, of which there are some in every period.
    cost_of_change : float
        What a change has to gain in twice the logarithm of the likelihood.

    Returns
    -------
    array of int64
        The segmentation of the lowest cost of all; empty for no periods.

    Examples
    --------
    >>> segments(np.array([1.0, 0.0, 1.0, 9.0, 8.0]), np.full(5, 10.0), 6.0).tolist()
    [0, 3]
    """
    hits, exposure = (np.concatenate([[0.0], np.cumsum(part)]) for part in (failed, calls))
    size = len(failed)
    best, previous = np.full(size + 1, -cost_of_change), np.zeros(size + 1, dtype=np.int64)
    starts = np.zeros(1, dtype=np.int64)
    for end in range(1, size + 1):
        costs = best[starts] + _cost(hits[end] - hits[starts], exposure[end] - exposure[starts])
        least = int(np.argmin(costs))
        best[end], previous[end] = costs[least] + cost_of_change, starts[least]
        # a start that is worse than a change here can never be best again (Killick et al. 2012)
        starts = np.append(starts[costs <= best[end]], end)
    path = []
    while size > 0:
        size = int(previous[size])
        path.append(size)
    return np.array(path[::-1], dtype=np.int64)


def penalty(calls: Floats, false_alarms: float = 0.05) -> float:
    """What a change has to gain, so that a series without a change seldom shows one.

    Parameters
    ----------
    calls : array of float
        Per period.
    false_alarms : float

    Returns
    -------
    float
        In twice the logarithm of the likelihood; 0 where no change is possible.

    Examples
    --------
    >>> round(penalty(np.full(28, 300.0)), 2)
    8.8
    """
    from scipy.optimize import brentq  # noqa: PLC0415 - weighs on the import of the package

    if len(calls) < 2:
        return 0.0

    def excess(ratio: float) -> float:
        return p_value(ratio, calls) - _SINGLE * false_alarms

    return float(brentq(excess, 1e-3, 200.0)) if excess(1e-3) > 0 else 1e-3


def p_value(ratio: float, calls: Floats) -> float:
    """Chance that the largest likelihood ratio of a change is as large where there is none.

    Parameters
    ----------
    ratio : float
        Twice the logarithm.
    calls : array of float
        Per period; a change may begin with any but the first.

    Returns
    -------
    float

    Notes
    -----
    The approximation of James, James and Siegmund (1987) for Brownian bridges, in the time of the
    calls; with Siegmund's correction for changes that can begin only with a period.

    Examples
    --------
    >>> round(p_value(12.0, np.full(28, 300.0)), 4)
    0.0081
    """
    from scipy.stats import chi2, norm  # noqa: PLC0415 - weighs on the import of the package

    share = np.cumsum(calls)[:-1] / calls.sum()
    if not len(share) or ratio <= 0:
        return 1.0
    b = np.sqrt(ratio)
    # squared step of the standardized bridge from one period to the next
    step = (calls[1:] + calls[:-1]) / 2 / calls.sum() / (share * (1 - share))
    half = b * np.sqrt(step) / 2
    overshoot = (norm.cdf(half) - 0.5) / half / (half * norm.cdf(half) + norm.pdf(half))
    chance = float((b * norm.pdf(b) * step * overshoot).sum())
    return min(max(chance, float(chi2.sf(ratio, 1))), 1.0)


def _cost(failed: Floats, calls: Floats) -> Floats:
    """Minus twice the logarithm of the binomial likelihood at its maximum."""
    from scipy.special import xlogy  # noqa: PLC0415 - weighs on the import of the package

    n = np.maximum(calls, failed)  # calls at a low risk may be fewer than those that failed
    passed = n - failed
    cost: Floats = 2 * (xlogy(n, n) - xlogy(failed, failed) - xlogy(passed, passed))
    return cost


def _spread(failed: Floats, calls: Floats) -> float:
    """Laney's sigma z about the pooled rate; changes are too few to move its moving ranges."""
    rate = failed.sum() / calls.sum() if len(calls) else 0.0
    error = np.sqrt(np.clip(rate * (1 - rate), 0, None) * calls)
    if not error.all() or not len(error):
        return 1.0
    return overdispersion((failed - rate * calls) / error, _LEVEL)[0]


def _likelihood_ratio(failed: Floats, calls: Floats, begin: int, start: int, end: int) -> float:
    """Twice the logarithm of the likelihood that a change gains."""
    parts = [slice(begin, end), slice(begin, start), slice(start, end)]
    sums = np.array([(failed[part].sum(), calls[part].sum()) for part in parts])
    whole, before, after = _cost(sums[:, 0], sums[:, 1])
    return float(whole - before - after)


def _interval(failed: Floats, calls: Floats, spread: float) -> Indices:
    """Ends of the most probable first periods after the only change, which hold 95%.

    The rates before and after are integrated out with Jeffreys' priors; every period is as likely
    a priori.
    """
    from scipy.special import betaln  # noqa: PLC0415 - weighs on the import of the package

    x, n = np.cumsum(failed), np.maximum(np.cumsum(calls), np.cumsum(failed))
    before, after = (x[:-1], n[:-1]), (x[-1] - x[:-1], n[-1] - n[:-1])
    parts = [betaln(k + 0.5, np.maximum(m - k, 0) + 0.5) for k, m in (before, after)]
    log_posterior = (parts[0] + parts[1]) / spread**2
    posterior = np.exp(log_posterior - log_posterior.max())
    order = np.argsort(-posterior, kind="stable")
    mass = np.cumsum(posterior[order]) / posterior.sum()
    probable = order[: int(np.searchsorted(mass, _CONFIDENCE)) + 1] + 1
    return np.array([probable.min(), probable.max()])
