"""The search for the segments whose rate rose most, over all combinations of a few attributes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from itertools import combinations
from math import log, prod
from operator import and_
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.cubes import count
from retell_nb.engine.scores import Counts, against_baseline, expected_rate, scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Codes, Floats, Ints, Mask
    from retell_nb.engine.cubes import Combination, Cube


__all__ = [
    "Candidate",
    "Leaves",
    "Segment",
    "best_scores",
    "candidates",
    "named",
    "rolled_up",
    "score",
]

Segment: TypeAlias = dict[int, int]
"""The value's code by the attribute's position; of the attributes that are left out, any value."""

_FEWEST = 2.0
"""Failed calls, now and in the baseline together, without which nothing is named."""

_SHARE, _SHARE_OF_ALL = 0.15, 0.4
"""Of a segment's rise: what its surroundings must have risen by to be named in its stead, where
those have an attribute in common, and where they are all other calls."""

_PENALTY = 1.3
"""Times the logarithm of the number of alike segments, to be taken off a score."""

_BEYOND_CHANCE = 4.0
"""Log-likelihood ratio that the rise of the surroundings must have."""


class Candidate(NamedTuple):
    """A segment, and how much speaks for it."""

    score: float
    segment: Segment


@dataclass(frozen=True)
class Leaves:
    """Counts of the cells that calls were counted in.

    `codes` has an array for each attribute, `sizes` how many of its values have a name. The next
    code is of all other values; one beyond it, of calls for which the attribute says nothing.
    `counts` are those of each leaf.

    Examples
    --------
    >>> ones = np.ones(2)
    >>> Leaves([np.array([0, 1])], [2], Counts(ones, ones, ones, ones)).sizes
    [2]
    """

    codes: Sequence[Codes]
    sizes: Sequence[int]
    counts: Counts
    failing_before: int | None = None
    """Of merged leaves: how many leaves had failed calls before."""

    @cached_property
    def total(self) -> Counts:
        """Counts of all leaves together.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> Leaves([], [], Counts(ones, ones, ones, ones)).total.calls
        array([3.])
        """
        return Counts(*(np.atleast_1d(measure.sum()) for measure in self.counts))

    @cached_property
    def widths(self) -> list[int]:
        """How many codes each attribute has, with that of the values which have no name.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> Leaves([np.array([0, 1, 2])], [2], Counts(ones, ones, ones, ones)).widths
        [3]
        """
        tops = (int(np.max(code, initial=0)) + 1 for code in self.codes)
        return [max(size, top) for size, top in zip(self.sizes, tops, strict=True)]

    @cached_property
    def failing(self) -> int:
        """How many leaves have failed calls, now or in the baseline.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> Leaves([], [], Counts(ones, ones, ones, ones)).failing
        3
        """
        if self.failing_before is not None:
            return self.failing_before
        return int(np.count_nonzero(self.counts.failed + self.counts.baseline_failed))

    def merged(self) -> Leaves:
        """The same counts with one leaf for all that have the same codes; no score changes.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> leaves = Leaves([np.array([0, 1, 1])], [2], Counts(ones, ones, ones, ones)).merged()
        >>> leaves.codes[0].tolist(), leaves.counts.calls.tolist(), leaves.failing
        ([0, 1], [1.0, 2.0], 3)
        """
        if not len(self.codes) or prod(self.widths) >= 2**62:
            return self
        keys = reduce(
            lambda key, pair: key * pair[1] + pair[0],
            zip(self.codes, self.widths, strict=True),
            np.zeros(len(self.counts.calls), dtype=np.int64),
        )
        _, first, places = np.unique(keys, return_index=True, return_inverse=True)
        sums = (np.bincount(places, weights=part).astype(np.float64) for part in self.counts)
        codes = [code[first] for code in self.codes]
        return Leaves(codes, self.sizes, Counts(*sums), self.failing)

    def penalty(self, depth: int) -> float:
        """What the score of a segment with so many attributes is less by.

        1.3 times the logarithm of how many such segments there can be with failed calls. Once is
        Bonferroni's correction on the scale of log-likelihoods; the rest keeps parts of a segment
        from being named in its stead.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> leaves = Leaves([np.array([0, 1, 1])], [2], Counts(ones, ones, ones, ones))
        >>> leaves.penalty(0), round(leaves.penalty(1), 3)
        (0.0, 0.901)
        """
        return _PENALTY * _log_segments(tuple(self.sizes), self.failing, depth)

    def rows(self, segment: Segment) -> Mask:
        """Whether each leaf lies in a segment.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> Leaves([np.array([0, 1, 1])], [2], Counts(ones, ones, ones, ones)).rows({0: 1})
        array([False,  True,  True])
        """
        inside = [self.codes[place] == code for place, code in segment.items()]
        return reduce(and_, inside, np.ones(len(self.counts.calls), dtype=bool))

    def within(self, segment: Segment) -> Counts:
        """Counts of a segment.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> leaves = Leaves([np.array([0, 1, 1])], [2], Counts(ones, ones, ones, ones))
        >>> leaves.within({0: 1}).calls
        array([2.])
        """
        rows = self.rows(segment)
        return Counts(*(np.atleast_1d(measure[rows].sum()) for measure in self.counts))

    def around(self, segment: Segment, place: int) -> Counts:
        """Counts of what differs from a segment in the value of one attribute alone.

        Calls for which the attribute says nothing are among them only if there are no others.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> leaves = Leaves([np.array([0, 1, 3])], [2], Counts(ones, ones, ones, ones))
        >>> leaves.around({0: 1}, 0).calls
        array([1.])
        """
        wider = {other: code for other, code in segment.items() if other != place}
        codes = self.codes[place]
        others = self.rows(wider) & (codes != segment[place])
        with_value = others & (codes <= self.sizes[place])
        rows = with_value if self.counts.calls[with_value].any() else others
        return Counts(*(np.atleast_1d(measure[rows].sum()) for measure in self.counts))

    def without(self, segment: Segment) -> Leaves:
        """Leaves outside of a segment.

        Examples
        --------
        >>> ones = np.ones(3)
        >>> leaves = Leaves([np.array([0, 1, 1])], [2], Counts(ones, ones, ones, ones))
        >>> leaves.without({0: 1}).total.calls
        array([1.])
        """
        rows = ~self.rows(segment)
        codes = [code[rows] for code in self.codes]
        return Leaves(codes, self.sizes, Counts(*(measure[rows] for measure in self.counts)))


@lru_cache(maxsize=64)  # the same for every combination of a depth, and every resample
def _log_segments(sizes: tuple[int, ...], failing: int, depth: int) -> float:
    """Logarithm of how many segments of a depth there can be with failed calls."""
    looks = sum(min(prod(cells), failing) for cells in combinations(sizes, depth))
    return log(max(1, looks))


def named(codes: Codes, size: int, failed: Floats) -> tuple[Codes, Codes]:
    """Codes of the values with enough failed calls to be named, and which values those are.

    All other values get one code, the next. Attributes with a value for nearly every call, as
    caller numbers, then have few enough to be combined with others.

    Parameters
    ----------
    codes : array of int
        Of each leaf, from 0 below `size`.
    size : int
        How many values there are.
    failed : array of float
        Failed calls of each leaf, now and in the baseline together.

    Examples
    --------
    >>> codes, names = named(np.array([0, 1, 2, 3]), 4, np.array([0.0, 5.0, 1.0, 7.0]))
    >>> codes.tolist(), names.tolist()
    ([2, 0, 2, 1], [1, 3])
    """
    enough = np.bincount(codes, weights=failed, minlength=size) >= _FEWEST
    names = np.flatnonzero(enough)
    smallest = np.min_scalar_type(len(names))
    places = np.where(enough, np.cumsum(enough) - 1, len(names)).astype(smallest)
    return places[codes], names


def candidates(leaves: Leaves, max_depth: int) -> list[Candidate]:
    """The two best segments of every combination of attributes, best first.

    Parameters
    ----------
    leaves : Leaves
    max_depth : int
        The most attributes of a combination.

    Returns
    -------
    list of Candidate
        Those with a score above 0.

    Examples
    --------
    >>> counts = Counts(*np.array([[90.0, 100], [9.0, 60], [900, 1000], [90, 100]]))
    >>> leaves = Leaves([np.array([0, 1])], [2], counts)
    >>> [(one.segment, round(one.score)) for one in candidates(leaves, 1)]
    [({0: 1}, 102), ({}, 47)]
    """

    def each(combination: Combination, cube: Cube) -> list[Candidate]:
        return _best_two(leaves, combination, cube)

    pairs = count(leaves.codes, leaves.widths, max_depth, weights=leaves.counts, each=each)
    ranked = (one for pair in pairs.values() for one in pair)
    return sorted(ranked, key=lambda one: (-one.score, len(one.segment), sorted(one.segment)))


def _best_two(leaves: Leaves, combination: Combination, cube: Cube) -> list[Candidate]:
    """The best segments of one combination, of those that rose and have a name."""
    _, failed, _, baseline_failed = cube.counts
    places = np.flatnonzero((failed > 0) & (failed + baseline_failed >= _FEWEST))
    part = Counts(*cube.counts[:, places])
    rose = part.failed > part.calls * expected_rate(part, leaves.total)
    places, part = places[rose], Counts(*(measure[rose] for measure in part))
    keys = places if cube.keys is None else cube.keys[places]
    shape = [leaves.widths[place] for place in combination]
    codes = np.array(np.unravel_index(keys, shape) if shape else np.empty((0, len(keys)), int))
    has_name = np.all(codes < np.array(leaves.sizes)[[*combination]][:, None], axis=0)
    points = np.where(has_name, scores(part, leaves.total) - leaves.penalty(len(combination)), 0.0)
    order = np.argsort(-points, kind="stable")[:2]
    return [
        Candidate(float(points[at]), dict(zip(combination, codes[:, at].tolist(), strict=True)))
        for at in order.tolist()
        if points[at] > 0
    ]


def best_scores(deals: Sequence[Leaves], max_depth: int) -> Floats:
    """Score of the best of the `candidates` of each, 0 where it has none.

    For few leaves, which differ in nothing but their counts: all are counted together, and the
    cells of all combinations are in memory.

    Examples
    --------
    >>> counts = Counts(*np.array([[90.0, 100], [9.0, 60], [900, 1000], [90, 100]]))
    >>> leaves = Leaves([np.array([0, 1])], [2], counts)
    >>> best_scores([leaves, leaves], 1).round().tolist()
    [102.0, 102.0]
    """
    leaves = deals[0]

    def each(combination: Combination, cube: Cube) -> tuple[Floats, Ints, float]:
        measures = cube.counts.reshape(len(deals), 4, -1)
        failed, baseline_failed = measures[:, 1], measures[:, 3]
        shape = tuple(leaves.widths[place] for place in combination)
        sizes = tuple(leaves.sizes[place] for place in combination)
        cells = (failed > 0) & (failed + baseline_failed >= _FEWEST)
        deal, cell = np.nonzero(cells & _have_names(cube.keys, shape, sizes))
        part = measures[deal, :, cell].astype(np.float64)
        return part, deal, leaves.penalty(len(combination))

    weights = [measure for deal in deals for measure in deal.counts]
    each_one = count(leaves.codes, leaves.widths, max_depth, weights=weights, each=each)
    parts, places, penalties = zip(*each_one.values(), strict=True)
    deal = np.concatenate(places)
    total = Counts(*np.array([one.total for one in deals])[deal, :, 0].T)
    less = np.repeat(penalties, [len(part) for part in parts])
    largest = np.zeros(len(deals))
    np.maximum.at(largest, deal, scores(Counts(*np.concatenate(parts).T), total) - less)
    return largest


def _have_names(keys: Codes | None, shape: tuple[int, ...], sizes: tuple[int, ...]) -> Mask:
    """Whether all values of each cell have a name."""
    if keys is None:
        return _all_with_names(shape, sizes)
    codes = np.array(np.unravel_index(keys, shape))
    return np.asarray(np.all(codes < np.array(sizes)[:, None], axis=0))


@lru_cache(maxsize=1024)  # the same for every resample
def _all_with_names(shape: tuple[int, ...], sizes: tuple[int, ...]) -> Mask:
    grid = np.ones(shape, dtype=bool)
    for axis, size in enumerate(sizes):
        np.moveaxis(grid, axis, 0)[size:] = False
    return grid.reshape(-1)


def score(leaves: Leaves, segment: Segment) -> float:
    """How much speaks for one segment, as for those of `candidates`.

    Examples
    --------
    >>> counts = Counts(*np.array([[90.0, 100], [9.0, 60], [900, 1000], [90, 100]]))
    >>> round(score(Leaves([np.array([0, 1])], [2], counts), {0: 1}))
    102
    """
    points = float(scores(leaves.within(segment), leaves.total)[0])
    return max(points - leaves.penalty(len(segment)), 0.0)


def rolled_up(leaves: Leaves, segment: Segment) -> Segment:
    """A segment with an attribute less, and less again, while all around it rose too.

    What surrounds a segment are the calls of the same values but for one attribute, of those for
    which it says something. If their rate rose by a share of the segment's rise, and beyond chance,
    or if there are none, the attribute explains nothing.

    Examples
    --------
    >>> counts = Counts(*np.array([[90.0, 100], [45.0, 60], [900, 1000], [90, 100]]))
    >>> rolled_up(Leaves([np.array([0, 1])], [2], counts), {0: 1})
    {}
    """
    while segment:
        part = leaves.within(segment)
        rise = _rise(part, leaves.total)
        shares = {}
        for place in segment:
            around = leaves.around(segment, place)
            if around.calls <= 0:
                shares[place] = np.inf
            elif _is_beyond_chance(around, leaves.total):
                shares[place] = _rise(around, leaves.total) / rise
        least = max(shares, key=shares.__getitem__, default=None)
        if least is None or shares[least] < (_SHARE if len(segment) > 1 else _SHARE_OF_ALL):
            break
        segment = {place: code for place, code in segment.items() if place != least}
    return segment


def _rise(part: Counts, whole: Counts) -> float:
    """By how much the rate of a segment lies above the expected one."""
    return float((part.failed / part.calls - expected_rate(part, whole))[0])


def _is_beyond_chance(part: Counts, whole: Counts) -> bool:
    return bool(against_baseline(part, expected_rate(part, whole))[0] >= _BEYOND_CHANCE)
