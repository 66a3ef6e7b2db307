"""Runs of hits too dense to be chance, in sequences of calls in order of time.

A call speaks for an outage, or against it, by the ratio of how likely it is in one and without
one: a hit by ``log(share / base)``, any other call by ``log((1 - share) / (1 - base))``. A run is
the stretch of calls that together speak loudest for one [1]_; it is over where so many calls in a
row were no hit that they speak against it as loudly as a run must speak for itself. As the sum is
a likelihood ratio, the chance that one of n calls begins a run of so high a sum, where only the
base rate is at work, is at most ``n * exp(-sum)`` [2]_.

Nothing tells the order of calls of one instant, as where only the day is on record: they speak
together, as one block, and belong to a run all or none.

A base rate that varies by nature, as from day to day, makes runs by itself. So calls are weighed
against the base rate at its high end, two standard deviations above its mean.

.. [1] W. L. Ruzzo, M. Tompa, "A linear time algorithm for finding all maximal scoring
   subsequences", Proc. ISMB (1999), 234-241; the scores are those of E. S. Page's CUSUM,
   "Continuous inspection schemes", Biometrika 41 (1954), 100-115.
.. [2] J. Ville, "Etude critique de la notion de collectif" (1939), chapter 5: a likelihood ratio
   exceeds exp(b) at any time with a probability of exp(-b) at most.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Floats, Mask

    Ints = npt.NDArray[np.int64]
    Times = npt.NDArray[Any]

__all__ = ["Runs", "runs"]

_LEAST = 3  # hits that make a run
_ROUNDS = 10  # of taking the runs out of the base rate; two or three are enough
_CAUTION = 0.1  # of the share: the highest base rate to begin with, lest a long run hides itself
_OUTSIDE = 0.2  # of the calls: where fewer lie outside the runs, these are the rule and no outage


class Runs(NamedTuple):
    """Runs: the places of their first and last hit, their hits, base rate and chance.

    A run that begins or ends with a block of calls has all of it, from its first to its last call.
    """

    first: Ints
    last: Ints
    hits: Ints
    base: Floats
    chance: Floats


def runs(
    hit: Mask,
    group: Codes,
    times: Times | None = None,
    *,
    share: float,
    chance: float,
    spread: float = 0.0,
) -> Runs:
    """Return the runs of hits, in order of their places.

    Parameters
    ----------
    hit : array of bool
        Whether each call is a hit, in order of group and, within it, of time.
    group : array of int
        The group of each call, from 0 on; no run goes beyond one.
    times : array, optional
        The time of each call; equal ones of a group make a block. Without, each call is its own.
    share : float
        Part of the calls that a run is expected to hit, between 0 and 1.
    chance : float
        The highest chance at which runs still count.
    spread : float
        Squared coefficient of variation of the base rate by nature.

    Returns
    -------
    Runs
        The base rate of a group is that of its calls outside its runs, or of all its calls where
        less than a fifth of them is outside.

    Examples
    --------
    >>> hit = np.zeros(1_000, dtype=bool)
    >>> hit[[100, 500, 501, 502, 504, 505, 506, 507, 509]] = True
    >>> found = runs(hit, np.zeros(1_000, dtype=int), share=0.5, chance=0.001)
    >>> found.first.tolist(), found.last.tolist(), found.hits.tolist()
    ([500], [509], [8])
    """
    places, calls = np.flatnonzero(hit).astype(np.int64), np.bincount(group)
    hits = np.bincount(group[places], minlength=len(calls))
    usual, base = _rate(hits, calls), np.minimum(_rate(hits, calls), _CAUTION * share)
    blocks = _blocks(hit, group, times)
    for _ in range(_ROUNDS):
        detected, before = _unlikely_runs(blocks, base, share, chance, spread), base
        calls_outside = calls - _summed(
            detected.last - detected.first + 1, group[detected.first], len(calls)
        )
        rest = hits - _summed(detected.hits, group[detected.first], len(calls))
        base = np.where(calls_outside >= _OUTSIDE * calls, _rate(rest, calls_outside), usual)
        if np.allclose(before, base):
            return detected
    return _unlikely_runs(blocks, np.maximum(before, base), share, chance, spread)


def _summed(sizes: Ints, group: Codes, groups: int) -> Floats:
    return np.bincount(group, weights=sizes, minlength=groups).astype(np.float64)


class _Blocks(NamedTuple):
    """Blocks with a hit: first and last call, hits, calls without before, group; and all calls."""

    first: Ints
    last: Ints
    hits: Ints
    before: Ints
    group: Codes
    calls: int


def _blocks(hit: Mask, group: Codes, times: Times | None) -> _Blocks:
    """Return the blocks of calls of one group and instant in which there is a hit."""
    begins = np.ones(len(hit), dtype=bool)
    if times is not None:
        begins[1:] = (np.diff(group) != 0) | (times[1:] != times[:-1])
    first = np.flatnonzero(begins).astype(np.int64)
    last = np.append(first[1:], len(hit))[: len(first)] - 1
    hits = np.bincount(begins.cumsum()[hit] - 1, minlength=len(first))
    some = hits > 0
    first, last = first[some], last[some]
    before = np.diff(last, prepend=-1) - (last - first + 1)
    return _Blocks(first, last, hits[some], before, group[first], len(hit))


def _rate(hits: npt.NDArray[Any], calls: npt.NDArray[Any]) -> Floats:
    """Return rates that are never 0 or 1: of half a hit and half a miss more than there are."""
    return np.asarray((hits + 0.5) / (calls + 1), dtype=np.float64)


def _unlikely_runs(
    blocks: _Blocks, base: Floats, share: float, chance: float, spread: float
) -> Runs:
    """Return all runs that chance would hardly make, given the base rates of the groups.

    The high end of a rate stays half way, on the scale of logarithms, to the share in an outage.
    """
    mean = base[blocks.group]
    high = np.minimum(mean * (1 + 2 * np.sqrt(spread)), np.sqrt(mean * share))
    theirs = np.maximum(mean, high)
    bound = np.log(max(blocks.calls, 1) / chance)
    miss = np.log((1 - theirs) / (1 - share))
    misses = blocks.last - blocks.first + 1 - blocks.hits
    gain = np.log(share / theirs) * blocks.hits - miss * misses
    loss = np.asarray(miss * blocks.before, dtype=np.float64)
    hits = np.append(0, blocks.hits.cumsum())
    fresh = (np.diff(blocks.group, prepend=-1) != 0) | (loss >= bound)
    # where the base rate is not as high as that of an outage, and no block speaks against one
    free = np.flatnonzero((theirs < share) & (gain > -bound))
    parts = [np.empty((0, 3))]
    while free.size:
        first, last, scores = _loudest(free, fresh, gain, loss)
        loud = (scores >= bound) & (hits[last + 1] - hits[first] >= _LEAST)
        if not loud.any():
            break
        parts.append(np.column_stack([first, last, scores])[loud])
        free = free[~_within(free, first[loud], last[loud])]
    rows = np.concatenate(parts)
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    first, last = rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)
    unlikely = np.exp(bound - rows[:, 2]) * chance
    run_hits = hits[last + 1] - hits[first]
    return Runs(blocks.first[first], blocks.last[last], run_hits, mean[first], unlikely)


def _loudest(free: Ints, fresh: Mask, gain: Floats, loss: Floats) -> tuple[Ints, Ints, Floats]:
    """Return first block, last block and sum of the loudest run in each stretch of free ones."""
    begins = fresh[free] | (np.diff(free, prepend=-2) != 1)
    stretch = begins.cumsum() - 1
    path = np.cumsum(gain[free] - loss[free])
    before = path - gain[free]
    apart = stretch * (float(np.ptp(before)) + 1)  # no run spans two stretches
    path, before = path - apart, before - apart
    floor = np.minimum.accumulate(before)
    since = np.maximum.accumulate(np.where(before == floor, np.arange(len(free)), 0))
    height = path - floor
    peaks = np.maximum.reduceat(height, np.flatnonzero(begins))
    tops = np.flatnonzero(height == peaks[stretch])
    tops = tops[np.unique(stretch[tops], return_index=True)[1]]
    return free[since[tops]], free[tops], height[tops]


def _within(places: Ints, first: Ints, last: Ints) -> Mask:
    """Return which places lie in any of the stretches, which are in order and apart."""
    order = np.argsort(first)
    at = np.searchsorted(first[order], places, side="right") - 1
    return np.asarray((at >= 0) & (places <= last[order][at]))
