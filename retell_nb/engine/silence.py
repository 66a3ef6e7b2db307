"""Lines that have gone quiet: too few calls for these hours of the week, against their own rhythm.

A count is negative binomial: its mean is the line's level times the rhythm of the week, its spread
by the hour that of all lines, its spread by the day the line's own, shrunk to that of all lines. An
alarm is a run of hours without a call that is too improbable, or a day of which that holds from its
first hour on; how improbable follows from how many runs and days there are to look at. There are
fewer days than runs, so a line that goes dark overnight shows the same day.

Sources
-------
J. F. Lawless, "Negative binomial and mixed Poisson regression", Canadian Journal of Statistics 15
(1987), 209-225: counts with a spread, whose variance is mean + mean² / k.
R. E. Kass and D. Steffey, "Approximate Bayesian inference in conditionally independent hierarchical
models", Journal of the American Statistical Association 84 (1989), 717-726: shrinkage to a pool.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.seasonality import relative_risk

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats, Mask

    Indices: TypeAlias = npt.NDArray[np.int64]

__all__ = ["STATES", "Silences", "incidents", "silence"]

STATES = ("calling", "silent", "too quiet", "too new")
"""What can be said of a line; of the last two, nothing: a week without a call would prove nothing,
or there are less than two weeks to learn from."""

_CALLING, _SILENT, _QUIET, _NEW = range(4)
_DAY, _WEEK = 24, 168
_FOUR_WEEKS = 4 * _WEEK
_YOUNG = 2 * _WEEK
"""Hours of history below which a line is too new to have a rhythm."""

_SPREADS = np.append(np.geomspace(0.5, 256, 19), 1e6)
"""Spreads k of a day's count that are tried; the last one is Poisson's."""

_HAZARDS = np.linspace(0, 60, 61)
"""Hazards at which the chance of no call is worked out; its logarithm is interpolated."""

_HALVINGS = 16

_OF_DAYS, _OF_RUNS = 0.5, 0.25
"""What days and runs may use of the false alarms; the rest is for what is only estimated."""

_MOST_BORROWED = 10_000.0
"""Calls that a level borrows from other lines where all lines are alike."""

_WIDTHS = (0.25, 0.5, 1.0)
"""How far the spreads of lines may lie apart: standard deviations of log k that are tried."""


class _Model(NamedTuple):
    """How counts vary about their mean."""

    bursts: float
    """1 / k of a count in an hour, given how good the day is; the same for all lines."""
    weights: Floats
    """How probable each of `_SPREADS` is for every line."""
    uncertainty: Floats
    """Relative variance of every line's level."""


class Silences(NamedTuple):
    """What can be said of every line; every array has one entry per line."""

    state: npt.NDArray[np.int8]
    """Index into `STATES`."""
    since: Indices
    """First hour without a call, of those up to now; the number of hours where the last one has
    a call."""
    expected: Floats
    """Calls that these hours would usually have brought."""
    p: Floats
    """Chance of no call in these hours when all is well."""
    threshold: Floats
    """At or below which chance the line counts as silent."""
    per_week: Floats
    """Usual calls a week."""
    spread: Floats
    """Estimated k of how good days are: the variance of the mean of a day is mean² / k."""
    latest: Indices
    """Hour by which it has probably begun: a line that still called would by then have been called
    (95%)."""


def silence(
    counts: npt.NDArray[np.int64],
    hour_of_week: npt.NDArray[np.int64],
    *,
    false_alarms: float = 1.0,
) -> Silences:
    """Which lines have gone quiet, since when, and how sure that is.

    Parameters
    ----------
    counts : array of int, lines by hours
        Calls of every line in every hour up to now, in order of time, without a gap; an hour that
        is not over yet has no place in it.
    hour_of_week : array of int
        Of every hour, 0 to 167, in the time zone that the lines live by.
    false_alarms : float
        How many of all lines together may raise one in four weeks in which all is well, if they
        are looked at after every hour.

    Returns
    -------
    Silences

    Examples
    --------
    >>> hour = np.arange(6 * 168) % 168
    >>> counts = np.tile(np.where((hour % 24 >= 8) & (hour % 24 < 18), 2, 0), (2, 1))
    >>> counts[0, -24:] = 0
    >>> lines = silence(counts, hour)
    >>> [STATES[state] for state in lines.state], lines.expected.round().tolist()
    (['silent', 'calling'], [20.0, 0.0])
    """
    count, hours = counts.shape
    if not counts.size or not counts.any():
        return _nothing(count, hours)
    since, age = _last_runs(counts)
    history = _history(counts, since)
    mean, borrowed = _means(counts, history, hour_of_week)
    day = np.cumsum(np.diff(hour_of_week // _DAY, prepend=hour_of_week[0] // _DAY) != 0)
    model = _spreads(counts, mean, history, day, borrowed)
    gap = np.arange(hours) >= np.maximum(since, hours - _FOUR_WEEKS)[:, None]
    p = _chance_of_none(np.where(gap, mean, 0), day, model)
    logs = _logs_of_none(model)
    of_run = _thresholds(mean, model, logs, _OF_RUNS * false_alarms)
    of_day = _day_thresholds(mean, day, model, logs, _OF_DAYS * false_alarms)
    dark_day = _darkest_day(mean, since, day, model, logs) <= of_day
    threshold = np.where(dark_day, np.maximum(of_day, of_run), of_run)
    week = _chance_of_none(mean[:, -_WEEK:], day[-_WEEK:], model)
    state = np.where((p <= of_run) | dark_day, _SILENT, _CALLING)
    state = np.where(week > of_run, _QUIET, state)
    state = np.where(age < _YOUNG, _NEW, state)
    return Silences(
        state=state.astype(np.int8),
        since=since,
        expected=np.where(gap, mean, 0).sum(axis=1),
        p=p,
        threshold=threshold,
        per_week=mean[:, -_WEEK:].sum(axis=1),
        spread=np.exp(model.weights @ np.log(_SPREADS)),
        latest=_latest_start(mean, gap, since),
    )


def _nothing(count: int, hours: int) -> Silences:
    """What can be said where there is no call at all."""
    none = np.zeros(count)
    return Silences(
        state=np.full(count, _NEW, dtype=np.int8),
        since=np.full(count, hours),
        expected=none,
        p=none + 1,
        threshold=none,
        per_week=none,
        spread=none + np.nan,
        latest=np.full(count, hours),
    )


def _last_runs(counts: npt.NDArray[np.int64]) -> tuple[Indices, Indices]:
    """First hour after the last call of every line, and hours from its first call to that."""
    hours = counts.shape[1]
    calling = counts > 0
    any_call = calling.any(axis=1)
    first = np.where(any_call, calling.argmax(axis=1), hours)
    since = np.where(any_call, hours - calling[:, ::-1].argmax(axis=1), hours)
    return since, since - first


def _history(counts: npt.NDArray[np.int64], since: Indices) -> Mask:
    """Hours to learn from: since the first call, without a last run that is longer than a day."""
    hours = np.arange(counts.shape[1])
    first = np.where(counts.any(axis=1), (counts > 0).argmax(axis=1), counts.shape[1])
    end = np.where(counts.shape[1] - since > _DAY, since, counts.shape[1])
    history: Mask = (hours >= first[:, None]) & (hours < end[:, None])
    return history


def _means(
    counts: npt.NDArray[np.int64], history: Mask, hour_of_week: npt.NDArray[np.int64]
) -> tuple[Floats, float]:
    """Usual calls of every line in every hour: its level times a rhythm between its own and all's.

    A line's own rhythm counts as far as lines differ more than chance makes them. Beside it, how
    many calls every level borrows from the other lines.
    """
    x = np.where(history, counts, 0)
    pooled = relative_risk(
        x.sum(axis=0), history.sum(axis=0), hour_of_week % _DAY, hour_of_week // _DAY, hour_of_week
    )
    rhythm = np.zeros(_WEEK)
    rhythm[hour_of_week] = pooled
    cell = (np.arange(len(counts))[:, None] * _WEEK + hour_of_week).reshape(-1)
    hits, hours = (
        np.bincount(cell, part.reshape(-1), len(counts) * _WEEK).reshape(-1, _WEEK)
        for part in (x, history)
    )
    level, borrowed = _levels(hits.sum(axis=1), (hours * rhythm).sum(axis=1))
    expected = level[:, None] * hours * rhythm
    weight = _shrinkage(hits.astype(np.float64), expected)
    own = np.ones(hits.shape)
    if np.isfinite(weight) and len(counts) > 1:
        some = expected + weight > 0  # where nothing is expected of any line, nothing is shrunk
        np.divide(hits + weight, expected + weight, out=own, where=some)
    own = own * (expected.sum(axis=1) / np.maximum((own * expected).sum(axis=1), 1e-9))[:, None]
    return np.asarray((level[:, None] * rhythm * own)[:, hour_of_week]), borrowed


def _levels(hits: Floats, exposure: Floats) -> tuple[Floats, float]:
    """Calls in an hour of every line, shrunk to their mean as far as lines are alike.

    Beside it, as how many calls of its own that mean weighs for every line.
    """
    mean = hits.sum() / exposure.sum()
    weight = _shrinkage(hits[None], mean * exposure[None])
    if not np.isfinite(weight):
        weight = _MOST_BORROWED if len(hits) > 1 else 0.0
    return mean * (hits + weight) / np.maximum(mean * exposure + weight, 1e-9), weight


def _shrinkage(hits: Floats, expected: Floats) -> float:
    """Calls by which the common rhythm outweighs a line's own, by the method of moments."""
    filled = expected > 0
    chi2 = ((hits - expected)[filled] ** 2 / expected[filled]).sum()
    total = expected.sum(axis=1)
    room = (total - (expected**2).sum(axis=1) / np.maximum(total, 1e-9)).sum()
    excess = chi2 - (filled.sum() - (total > 0).sum())
    return float(room / excess) if excess > 0 else np.inf


def _spreads(
    counts: npt.NDArray[np.int64], mean: Floats, history: Mask, day: Indices, borrowed: float
) -> _Model:
    """How counts vary by the hour, which all lines share, and by the day, which is a line's own."""
    from scipy.special import gammaln  # noqa: PLC0415 - weighs on the import of the package

    starts = np.flatnonzero(np.diff(day, prepend=-1))
    observed, hourly = (np.where(history, part, 0) for part in (counts, mean))
    x, m, squares = (
        np.add.reduceat(part, starts, axis=1) for part in (observed, hourly, hourly**2)
    )
    bursts = _bursts(observed, hourly, x, m)
    share = squares / np.maximum(m, 1e-9) ** 2
    likelihood = np.zeros((len(counts), len(_SPREADS)))
    for column, spread in enumerate(_SPREADS):
        k = 1 / (1 / spread + share * bursts)
        terms = gammaln(x + k) - gammaln(k) - (x + k) * np.log1p(m / k) - x * np.log(k)
        likelihood[:, column] = terms.sum(axis=1, where=m > 0)
    weights = _shrunk(likelihood)
    total = np.maximum(m.sum(axis=1), 1e-9)
    variance = total + weights @ (1 / _SPREADS) * (m**2).sum(axis=1) + bursts * squares.sum(axis=1)
    return _Model(bursts, weights, variance / total / (total + borrowed))


def _bursts(
    counts: npt.NDArray[np.int64], mean: Floats, by_day: npt.NDArray[np.int64], mean_by_day: Floats
) -> float:
    """1 / k of an hour's count, from the variance by the hour less that by the day."""
    by_hour, whole = (
        ((x - m) ** 2 - m).sum() / max((m**2).sum(), 1e-9)
        for x, m in ((counts, mean), (by_day, mean_by_day))
    )
    share = (mean**2).sum() / max((mean_by_day**2).sum(), 1e-9)
    return float(max((by_hour - max(whole, 0)) / max(1 - share, 1e-9), 0))


def _shrunk(likelihood: Floats) -> Floats:
    """Posterior of every line's spread; the prior is the lognormal that suits all lines best."""
    scaled = np.exp(likelihood - likelihood.max(axis=1, keepdims=True))
    steps = np.log(np.append(_SPREADS[:-1], 2 * _SPREADS[-2]))  # Poisson's is one more step away
    priors = np.array(
        [np.exp(-0.5 * ((steps - centre) / width) ** 2) for centre in steps for width in _WIDTHS]
    )
    priors /= priors.sum(axis=1, keepdims=True)
    best = np.log(scaled @ priors.T).sum(axis=0).argmax()
    posterior = scaled * priors[best]
    weights: Floats = posterior / posterior.sum(axis=1, keepdims=True)
    return weights


def _chance_of_none(mean: Floats, day: Indices, model: _Model) -> Floats:
    """Chance of no call in hours of these means; days are independent of each other."""
    starts = np.flatnonzero(np.diff(day, prepend=-1))
    b = max(model.bursts, 1e-9)
    hazard = np.add.reduceat(np.log1p(b * mean) / b, starts, axis=1)
    by_spread = [(k * np.log1p(hazard / k)).sum(axis=1) for k in _SPREADS]
    return _mixed(np.stack(by_spread, axis=1), model.weights, model.uncertainty)


def _mixture(hazard: Floats, weights: Floats, uncertainty: Floats) -> Floats:
    """Chance of no call in hours of one day, by the hazard that they add up to."""
    return _mixed(_SPREADS * np.log1p(hazard / _SPREADS), weights, uncertainty)


def _mixed(by_spread: Floats, weights: Floats, uncertainty: Floats) -> Floats:
    """Chance over all spreads; the level is itself estimated, which is one more gamma mixture."""
    u = np.maximum(uncertainty, 1e-9)[..., None]
    return np.asarray((weights * np.exp(-np.log1p(u * by_spread) / u)).sum(axis=-1))


def _logs_of_none(model: _Model) -> Floats:
    """Logarithm of every line's chance of no call at each of `_HAZARDS`."""
    chances = _mixture(_HAZARDS[:, None], model.weights[:, None], model.uncertainty[:, None])
    return np.asarray(np.log(np.maximum(chances, 1e-300)))


def _day_thresholds(
    mean: Floats, day: Indices, model: _Model, logs: Floats, false_alarms: float
) -> Floats:
    """Chance at which a day without a call makes its share of the false alarms, and no more.

    A day that stays without one is a false alarm in the first hour whose chance, since the day
    began, is at the threshold.
    """
    bursts, share = max(model.bursts, 1e-9), false_alarms / len(mean) / 4
    hazard = np.log1p(bursts * mean[:, -_WEEK:]) / bursts
    starts = np.flatnonzero(np.diff(day[-_WEEK:], prepend=-1))
    before = np.cumsum(hazard, axis=1) - hazard
    sizes = np.diff(starts, append=hazard.shape[1])
    chance = _interpolated(logs, before + hazard - np.repeat(before[:, starts], sizes, axis=1))
    low, high = np.full((len(mean), 1), -_HAZARDS[-1]), np.zeros((len(mean), 1))
    for _ in range(2 * _HALVINGS):
        middle = (low + high) / 2
        first = np.maximum.reduceat(np.where(chance <= middle, chance, -np.inf), starts, axis=1)
        many = np.exp(first).sum(axis=1, keepdims=True) > share
        low, high = np.where(many, low, middle), np.where(many, middle, high)
    return np.asarray(np.exp(low)[:, 0])


def _darkest_day(mean: Floats, since: Indices, day: Indices, model: _Model, logs: Floats) -> Floats:
    """Least chance of no call in a day, of those that began after the last call."""
    bursts = max(model.bursts, 1e-9)
    starts = np.flatnonzero(np.diff(day, prepend=-1))[-_FOUR_WEEKS // _DAY :]
    hazard = np.add.reduceat(np.log1p(bursts * mean) / bursts, starts, axis=1)
    inside = starts >= since[:, None]
    return np.asarray(np.exp(np.where(inside, _interpolated(logs, hazard), 0).min(axis=1)))


def _thresholds(mean: Floats, model: _Model, logs: Floats, false_alarms: float) -> Floats:
    """Chance at which every line makes its share of the false alarms, and no more.

    After every hour with a call a run without one may begin; it is a false alarm in the first hour
    that takes its chance to the threshold. In four weeks there are as many as there are hours with
    a call, each times the chance of that run.
    """
    bursts, share = max(model.bursts, 1e-9), false_alarms / len(mean) / 4
    week = np.log1p(bursts * mean[:, -_WEEK:]) / bursts
    ahead = np.cumsum(np.tile(week, 5), axis=1)
    begin, begins = ahead[:, : week.shape[1]], -np.expm1(-week)
    # one search for all lines: each has a stretch of the axis for itself
    stretch = np.arange(len(mean))[:, None] * (np.max(ahead) + _HAZARDS[-1] + 1)
    axis, last = (
        (ahead + stretch).reshape(-1),
        np.arange(1, len(mean) + 1)[:, None] * ahead.shape[1],
    )
    low, high = np.zeros((len(mean), 1)), np.full((len(mean), 1), _HAZARDS[-1])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        end = np.searchsorted(axis, begin + middle + stretch)
        runs = axis[np.minimum(end, last - 1)] - stretch - begin
        alarms = begins * np.exp(_interpolated(logs, runs))
        many = alarms.sum(axis=1, where=end < last, keepdims=True) > share
        low, high = np.where(many, middle, low), np.where(many, high, middle)
    return np.asarray(np.exp(_interpolated(logs, high))[:, 0])


def _interpolated(logs: Floats, hazard: Floats) -> Floats:
    """Values of every line between those at `_HAZARDS`, which are 1 apart."""
    place = np.clip(hazard.astype(np.int64), 0, len(_HAZARDS) - 2)
    below, above = (np.take_along_axis(logs, place + step, axis=1) for step in (0, 1))
    return np.asarray(below + (above - below) * np.minimum(hazard - place, 1))


def _latest_start(mean: Floats, gap: Mask, since: Indices) -> Indices:
    """Hour by which a line that called would probably have been called: three calls late (95%)."""
    late = np.cumsum(np.where(gap, mean, 0), axis=1) < 3
    return np.asarray(np.maximum(since, np.arange(mean.shape[1])[-1] + 1 - (~late).sum(axis=1)))


def incidents(since: Indices, latest: Indices, silent: Mask) -> Indices:
    """Number of the incident of every silent line: one where they may have begun together.

    Parameters
    ----------
    since, latest : array of int
        As of `Silences`.
    silent : array of bool

    Returns
    -------
    array of int
        -1 where a line is not silent.

    Examples
    --------
    >>> since, latest = np.array([8, 20, 9, 0]), np.array([12, 24, 11, 3])
    >>> incidents(since, latest, np.array([True, True, True, False])).tolist()
    [0, 1, 0, -1]
    """
    incident = np.full(len(since), -1)
    number, end = -1, -1
    for line in sorted(np.flatnonzero(silent), key=lambda one: int(latest[one])):
        if since[line] > end:
            number, end = number + 1, int(latest[line])
        incident[line] = number
    return incident
