"""How much rates differ by nature: days and hours are not alike, and that is no fault.

A segment is compared with the other calls of its own days, so that a bad day blames nobody. What is
made of time itself, an hour of the day, a weekday or a span, is judged against how much days and
hours differ anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.engine.scan import FEWEST, Pair
from retell_nb.engine.shrinkage import OF_DAYS, OF_HOURS, spread
from retell_nb.tables.findings.baseline import by_value

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Codes, Floats
    from retell_nb.engine.codes import Key
    from retell_nb.tables.findings.case import Part
    from retell_nb.tables.findings.clock import Clock

__all__ = ["of_clock", "of_span", "within_days"]

_MOST_CELLS = 5_000_000  # of attribute by day; more are compared over all days together


def within_days(part: Part, of: Key, pooled: Pair, days: Key) -> Pair:
    """Return a pair whose rest has the rate it would have on the days of each value.

    That is the rate of the rest on each day, weighted by the value's calls on it (an indirectly
    standardized rate); a day's rate is drawn to the rate over all days by the share of chance in
    it. The calls of the rest are so many as would leave this rate equally unsure.
    """
    shape = len(of.levels) + 1, len(days.levels) + 1
    if len(days.levels) < 2 or shape[0] * shape[1] > _MOST_CELLS:
        return pooled
    hits, calls = by_value(part, of, days)
    all_hits, all_calls = hits.sum(axis=0), calls.sum(axis=0)
    # Of values with fewer hits nothing is said, whatever they are compared with.
    some = np.flatnonzero(pooled.hits >= FEWEST)
    hits, calls, whole = hits[some], calls[some], pooled
    pooled = Pair(*(side[some] for side in pooled))
    level = pooled.rest_hits / np.maximum(pooled.rest_calls, 1)
    differ = spread(all_hits, all_calls * all_hits.sum() / max(all_calls.sum(), 1), OF_DAYS)
    mean = (all_calls - calls) * level[:, None]
    weight = differ * mean / (differ * mean + 1)
    ratio = np.divide(all_hits - hits, mean, out=np.ones_like(mean), where=mean > 0)
    share = calls / np.maximum(calls.sum(axis=1, keepdims=True), 1)
    rate = np.clip(level * (share * (1 + weight * (ratio - 1))).sum(axis=1), 0, 1)
    unsure = (share**2 * differ * (1 - weight)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        size = (1 - rate) / (rate * (unsure + 1 / pooled.rest_hits))
    size = np.where(pooled.rest_hits > 0, np.minimum(size, pooled.rest_calls), pooled.rest_calls)
    rest_hits, rest_calls = whole.rest_hits.copy(), whole.rest_calls.copy()
    rest_hits[some], rest_calls[some] = rate * size, size
    return whole._replace(rest_hits=rest_hits, rest_calls=rest_calls)


def of_clock(clock: Clock, pair: Pair, column: str) -> Floats:
    """Return how much the hours of the day, or the weekdays, differ anyway."""
    if column == "hour":
        return _of_levels(pair.hits, pair.calls, OF_HOURS)
    pairs = np.unique(np.stack([clock.day, clock.weekday]), axis=1)
    days = np.bincount(pairs[1], minlength=len(pair.hits))
    return np.asarray(_of_levels(pair.hits, pair.calls, OF_DAYS) / np.maximum(days, 1))


def _of_levels(hits: Floats, calls: Floats, assumed: float) -> Floats:
    """Return the spread by nature against which each level of a clock is judged: that of others."""
    expected = calls * hits.sum() / max(calls.sum(), 1)
    each = np.arange(len(hits))
    others = np.zeros(len(hits))
    for level in np.flatnonzero(hits >= FEWEST):  # of others nothing is said
        others[level] = spread(hits, expected, assumed, each == level)
    return others


def of_span(hits: Floats, calls: Floats, hours: Clock, bins: Codes, inside: slice) -> float:
    """Return the spread by nature of a span of hours: that of the hours and days outside of it."""
    within = np.zeros(len(hits), dtype=bool)
    within[inside] = True
    rate = hits[~within].sum() / max(calls[~within].sum(), 1)
    total = 0.0
    for codes, assumed in ((hours.hour[bins], OF_HOURS), (hours.day[bins], OF_DAYS)):
        size = int(codes.max()) + 1
        there = np.bincount(codes[~within], hits[~within], size)
        mean = np.bincount(codes[~within], calls[~within], size) * rate
        total += spread(there, mean, assumed) / len(np.unique(codes[within]))
    return total
