"""Control charts of a rate: which periods are out of control, and by which rule.

The chart is a p-chart with probability limits; where the rates of the baseline vary more than
chance, Laney's p'-chart. An EWMA finds drift. The limits are set so that a healthy week seldom
raises a flag, and the baseline leaves out the periods that the rules flag.

Sources
-------
D. C. Montgomery, Introduction to Statistical Quality Control, 8th ed. (2019), chapters 5, 7, 9.
D. B. Laney, "Improved control charts for attributes", Quality Engineering 14 (2002), 531-537.
L. S. Nelson, "The Shewhart control chart - tests for special causes", Journal of Quality
Technology 16 (1984), 237-239.
Western Electric Company, Statistical Quality Control Handbook (1956).
S. W. Roberts, "Control chart tests based on geometric moving averages", Technometrics 1 (1959),
239-250.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.run_rules import RUN_RULES, flags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats, Mask

    Sides: TypeAlias = npt.NDArray[np.int8]

__all__ = ["DEFAULT_RULES", "RULES", "Chart", "control_chart", "overdispersion"]

LIMITS, MEAN_OF_TWO, EWMA = "beyond limits", "mean of two periods", "EWMA"

DEFAULT_RULES = (LIMITS, MEAN_OF_TWO, EWMA)
"""The rules whose false alarms together keep to the budget."""

RULES: Mapping[str, str] = {
    LIMITS: "the rate is beyond a control limit (Western Electric 1, Nelson 1)",
    MEAN_OF_TWO: "the rate of two periods together is too high (moving average, Montgomery 9.3)",
    EWMA: "the exponentially weighted moving average is beyond its limit (Roberts 1959)",
    **{name: rule.meaning for name, rule in RUN_RULES.items()},
}
"""Every rule by name, with its meaning."""

_WEEK = 7
_BUDGET = 0.05
_TAILS: Mapping[str, tuple[float, float]] = {
    LIMITS: (0.0001, 0.0012),
    MEAN_OF_TWO: (0.0, 0.0088),
    EWMA: (0.0001, 0.0003),
}
"""Chance per period of a flag below and above, of the sort that together flag one healthy week of
days in twenty, the baseline estimated; most of it where a doubled rate shows within two days."""

_D2 = 1.128379167095513
"""Mean range of two standard normal values, 2 / √π."""

_D4 = 3.267
"""Ranges beyond this multiple of their mean are themselves out of control (Montgomery 6.4)."""

_MR_EFFICIENCY = 0.605
"""How much of the data the mean moving range uses, against the standard deviation."""

_WEIGHT = 0.2
"""Weight of the newest period in the EWMA, as Montgomery 9.2 has it for small shifts."""

_ROUNDS = 20
_HALVINGS = 26


class Chart(NamedTuple):
    """A control chart; every array has one entry per period, not a number where it has no calls."""

    rate: Floats
    centre: Floats
    low: Floats
    """Lower control limit: a rate at or below it is out."""
    high: Floats
    ewma: Floats
    """Exponentially weighted moving average of the rate over its centre, times the centre."""
    ewma_low: Floats
    ewma_high: Floats
    z: Floats
    """Normal score of the period's rate, free of overdispersion."""
    out: Mask
    side: npt.NDArray[np.int8]
    """1 where the period is out because its rate is high, -1 where it is low, 0 where it is in."""
    rule: npt.NDArray[np.object_]
    """Name of the first rule that flags the period, empty where none does."""
    baseline: Mask
    """The periods that centre and limits were estimated from."""
    spread: float
    """Laney's sigma z: 1 on a p-chart, above 1 on a p'-chart."""
    kind: str
    """``p`` or ``p'``."""


class _Series(NamedTuple):
    """The periods that have calls, and how strict to be."""

    failed: Floats
    calls: Floats
    risk: Floats
    scale: float


class _Base(NamedTuple):
    """What is estimated from the baseline."""

    centre: float
    spread: float
    freedom: float


class _Statistic(NamedTuple):
    """What a rule looks at, as failures of so many calls at a usual rate."""

    failed: Floats
    calls: Floats
    usual: Floats


def control_chart(
    failed: npt.ArrayLike,
    calls: npt.ArrayLike,
    *,
    risk: npt.ArrayLike = 1.0,
    baseline: npt.ArrayLike | None = None,
    rules: Sequence[str] = DEFAULT_RULES,
    per_week: float = _WEEK,
    false_alarms: float = _BUDGET,
) -> Chart:
    """Limits, and periods in and out of control, of a series of rates.

    Parameters
    ----------
    failed, calls : array_like of int
        How many of how many, per period in order of time. What counts twice should count once
        beforehand: redials of one person are one piece of evidence.
    risk : array_like of float
        How many times the usual rate a period has when all is well, as of
        `retell_nb.engine.seasonality.relative_risk`.
    baseline : array_like of bool, optional
        The periods to estimate the centre and the spread from; by default all. Periods that a rule
        flags are left out in any case.
    rules : sequence of str
        Names from `RULES`. Those beyond the default add false alarms of their own.
    per_week : float
        Periods in a week: 168 of hours, 7 of days, 1 of weeks and all that is longer.
    false_alarms : float
        In which share of healthy weeks the default rules may raise a flag, at most.

    Returns
    -------
    Chart

    Raises
    ------
    ValueError
        If a rule is not known, or the arrays are of different lengths.

    Examples
    --------
    >>> chart = control_chart([9, 7, 10, 8, 9, 11, 24, 9], [300] * 8)
    >>> chart.rule.tolist()[-3:], chart.baseline.tolist()[-3:]
    (['', 'beyond limits', ''], [True, False, True])
    """
    _check(rules)
    x, n = (np.atleast_1d(np.asarray(part, dtype=np.float64)) for part in (failed, calls))
    if x.shape != n.shape:
        raise ValueError(f"failed has {x.size} periods and calls {n.size}; give one of each.")
    has_calls = n > 0
    factor = np.broadcast_to(np.asarray(risk, dtype=np.float64), x.shape)[has_calls]
    eligible = has_calls if baseline is None else np.asarray(baseline, dtype=bool) & has_calls
    scale = false_alarms / _BUDGET * _WEEK / max(per_week, 1)
    series = _Series(x[has_calls], n[has_calls], factor, scale)
    base, clean = _revised(series, eligible[has_calls], rules)
    return _spread_out(_chart(series, base, clean, rules), has_calls)


def overdispersion(z: Floats, level: float = 0.05) -> tuple[float, float]:
    """Laney's sigma z with its degrees of freedom: 1, and no end of them, where chance explains it.

    Parameters
    ----------
    z : array of float
        Standardized rates in order of time.
    level : float
        Of the χ² test that has to find more spread than chance gives.

    Returns
    -------
    spread, freedom : float
        The mean moving range over 2 / √π, without ranges that are themselves out of control.

    Examples
    --------
    >>> overdispersion(np.array([0.3, -0.4, 1.1, -0.2, 0.6, -1.0]))
    (1.0, inf)
    >>> spread, freedom = overdispersion(np.array([3.0, -4.0, 1.1, -2.0, 6.0, -1.0]))
    >>> round(spread, 2), round(freedom, 2)
    (5.35, 3.02)
    """
    from scipy.stats import chi2  # noqa: PLC0415 - weighs on the import of the package

    ranges = np.abs(np.diff(z))
    if ranges.size < 2:
        return 1.0, np.inf
    ranges = ranges[ranges <= _D4 * ranges.mean()]
    spread = float(ranges.mean() / _D2)
    freedom = max(_MR_EFFICIENCY * ranges.size, 1.0)
    return (spread, freedom) if spread**2 * freedom > chi2.isf(level, freedom) else (1.0, np.inf)


def _check(rules: Sequence[str]) -> None:
    unknown = [name for name in rules if name not in RULES]
    if unknown:
        names = ", ".join(repr(name) for name in RULES)
        raise ValueError(f"{unknown[0]!r} is no rule of a control chart. Use some of {names}.")


def _revised(series: _Series, eligible: Mask, rules: Sequence[str]) -> tuple[_Base, Mask]:
    """Leave flagged periods out of the baseline until that changes nothing (Montgomery 7.2.1)."""
    base, baseline = _first_guess(series, eligible), np.zeros_like(eligible)
    for _ in range(_ROUNDS):
        out = np.any([side != 0 for side in _sides(series, base, rules).values()], axis=0)
        clean = eligible & ~out
        if clean.sum() < 2 or np.array_equal(clean, baseline):
            break
        base, baseline = _estimate(series, clean), clean
    return base, baseline


def _first_guess(series: _Series, eligible: Mask) -> _Base:
    """Median rate of blocks that expect five failures each: a fault in fewer cannot move it far."""
    x, n = series.failed[eligible], (series.calls * series.risk)[eligible]
    if not x.sum():
        return _estimate(series, eligible)
    block = np.floor(np.cumsum(x.sum() / n.sum() * n) / 5).astype(np.int64)
    hits, exposure = np.bincount(block, weights=x), np.bincount(block, weights=n)
    centre = float(np.median(hits[exposure > 0] / exposure[exposure > 0]))
    return _Base(centre, *overdispersion(_standardized(series, centre)[eligible]))


def _estimate(series: _Series, baseline: Mask) -> _Base:
    """Pooled rate of the periods of the baseline, and its spread.

    Half a failure more, as Jeffreys' prior has it: of a baseline without a failure, the first one
    is no proof of a change.
    """
    exposure = float((series.calls * series.risk)[baseline].sum())
    centre = (float(series.failed[baseline].sum()) + 0.5) / (exposure + 1)
    return _Base(centre, *overdispersion(_standardized(series, centre)[baseline]))


def _standardized(series: _Series, centre: float) -> Floats:
    """Rates less their centre, over the binomial standard error."""
    p = np.clip(centre * series.risk, 0, 1)
    error = np.sqrt(p * (1 - p) * series.calls)
    apart = series.failed - p * series.calls
    return np.divide(apart, error, out=np.zeros_like(p), where=error > 0)


def _statistics(series: _Series, base: _Base) -> dict[str, _Statistic]:
    """What the default rules look at, by rule."""
    n, p = series.calls, np.clip(base.centre * series.risk, 0, 1)
    pair, pair_usual, pair_failed = (
        part + np.concatenate([[0.0], part[:-1]]) for part in (n, n * p, series.failed)
    )
    return {
        LIMITS: _Statistic(series.failed, n, p),
        MEAN_OF_TWO: _Statistic(pair_failed, pair, pair_usual / pair),
        EWMA: _averages(series, p, base.spread),
    }


def _averages(series: _Series, p: Floats, spread: float) -> _Statistic:
    """EWMA of failures and of calls, scaled to the count that varies as much.

    It starts at the center. A period adds no more than three standard errors, as a single bad day
    is for the limits to find, and the average is to find a drift.
    """
    reach = 3 * spread * np.sqrt(p * (1 - p) * series.calls) + 1
    apart = np.clip(series.failed - p * series.calls, -reach, reach)
    keep, w = 1 - _WEIGHT, _WEIGHT
    total = np.zeros((4, len(p)))
    state = np.zeros(4)
    parts = w * apart, w * series.calls, w**2 * series.calls, w * p * series.calls
    for t, new in enumerate(np.transpose(parts)):
        state = state * (keep, keep, keep**2, keep) + new
        total[:, t] = state
    deviation, calls, squares, usual = total
    ratio = calls / squares
    centre = usual / calls
    return _Statistic((usual + deviation) * ratio, calls * ratio, centre)


def _mid_p(part: _Statistic, spread: float) -> Floats:
    """Chance of fewer failures, and half the chance of as many.

    Half, as counts are whole numbers: a chart of few failures would else be stricter than one of
    many. Where rates vary by nature, failures are negative binomial with that variance, as good
    and bad days are not alike far from the centre; where that would be less than Poisson's, they
    are binomial about it.
    """
    from scipy.special import betainc  # noqa: PLC0415 - weighs on the import of the package

    n, p = part.calls, part.usual
    mean = n * p
    excess = spread**2 * (1 - p) - 1  # of the variance over Poisson's, per failure
    varies = (spread > 1) & (excess > 1e-3)
    k = mean / np.where(varies, excess, 1)
    x = np.where(varies, part.failed, mean + (part.failed - mean) / spread)
    at_most = [
        np.where(
            y < 0,
            0,
            np.where(
                varies,
                betainc(np.maximum(k, 1e-9), np.maximum(y, 0) + 1, k / np.maximum(k + mean, 1e-9)),
                np.where(
                    y < n,
                    betainc(np.maximum(n - y, 1e-9), np.maximum(y, 0) + 1, 1 - p),
                    1,
                ),
            ),
        )
        for y in (x - 1, x)
    ]
    return np.asarray(at_most[0] + at_most[1]) / 2


def _sides(series: _Series, base: _Base, rules: Sequence[str]) -> dict[str, Sides]:
    """Which rule flags which period: 1 where its rate is high, -1 where low, 0 where in."""
    statistics = _statistics(series, base)
    sides = {}
    for rule in rules:
        if rule in statistics:
            below, above = _thresholds(rule, series.scale, base.freedom)
            mid_p = _mid_p(statistics[rule], base.spread)
            sides[rule] = (mid_p >= 1 - above).astype(np.int8) - (mid_p <= below).astype(np.int8)
        else:
            sides[rule] = flags(rule, _scores(statistics[LIMITS], base.spread))
    if MEAN_OF_TWO in sides:
        both = series.failed > statistics[LIMITS].usual * series.calls
        both[1:] &= both[:-1].copy()
        sides[MEAN_OF_TWO] = sides[MEAN_OF_TWO] * both
    return sides


def _thresholds(rule: str, scale: float, freedom: float) -> tuple[float, float]:
    """Tails of a rule; further out where the spread is itself estimated, as Student's t has it."""
    from scipy.stats import norm, t  # noqa: PLC0415 - weighs on the import of the package

    tails = np.minimum(np.array(_TAILS[rule]) * scale, 0.5)
    below, above = tails if np.isinf(freedom) else norm.sf(t.isf(tails, freedom))
    return float(below), float(above)


def _scores(part: _Statistic, spread: float) -> Floats:
    """Normal scores of the mid p-values."""
    from scipy.special import ndtri  # noqa: PLC0415 - weighs on the import of the package

    scores: Floats = ndtri(np.clip(_mid_p(part, spread), 1e-15, 1 - 1e-15))
    return scores


def _limits(series: _Series, base: _Base) -> Floats:
    """Rates at which the tails are spent: low and high of the rate, then of its moving average.

    By bisection; 0 and 1 where no rate is so extreme.
    """
    statistics = _statistics(series, base)
    parts = [statistics[rule] for rule in (LIMITS, LIMITS, EWMA, EWMA)]
    tails = [_thresholds(rule, series.scale, base.freedom) for rule in (LIMITS, EWMA)]
    edges = np.array([edge for low, high in tails for edge in (low, 1 - high)])[:, None]
    upper = np.array([[False], [True], [False], [True]])
    part = _Statistic(*(np.array(field) for field in zip(*parts, strict=True)))
    inner, outer = part.usual * part.calls, part.calls * upper
    for _ in range(_HALVINGS):
        middle = (inner + outer) / 2
        mid_p = _mid_p(part._replace(failed=middle), base.spread)
        beyond = np.where(upper, mid_p >= edges, mid_p <= edges)
        inner, outer = np.where(beyond, inner, middle), np.where(beyond, middle, outer)
    return np.asarray(outer / part.calls)


def _chart(series: _Series, base: _Base, baseline: Mask, rules: Sequence[str]) -> Chart:
    """The chart around a baseline."""
    statistics = _statistics(series, base)
    low, high, ewma_low, ewma_high = _limits(series, base)
    sides = _sides(series, base, rules)
    every = np.array([*sides.values(), np.zeros(len(baseline), dtype=np.int8)])
    first = np.argmax(every != 0, axis=0)
    side = every[first, np.arange(len(baseline))]
    names = np.array([*sides, ""], dtype=object)
    single, average = statistics[LIMITS], statistics[EWMA]
    return Chart(
        rate=series.failed / series.calls,
        centre=single.usual,
        low=low,
        high=high,
        ewma=average.failed / average.calls,
        ewma_low=ewma_low,
        ewma_high=ewma_high,
        z=_scores(single, base.spread),
        out=side != 0,
        side=side,
        rule=np.where(side != 0, names[first], ""),
        baseline=baseline,
        spread=base.spread,
        kind="p'" if base.spread > 1 else "p",
    )


def _spread_out(chart: Chart, has_calls: Mask) -> Chart:
    """Put the entries at the periods that have calls, among empty ones."""
    empty = {"f": np.nan, "b": False, "i": 0, "O": ""}
    columns: dict[str, Any] = {}
    for name, column in chart._asdict().items():
        if isinstance(column, np.ndarray):
            columns[name] = np.full(has_calls.shape, empty[column.dtype.kind], dtype=column.dtype)
            columns[name][has_calls] = column
    return chart._replace(**columns)
