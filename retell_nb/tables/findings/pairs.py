"""Cells of two attributes whose rate is raised although neither value's is by itself.

A fault of one agent at one hour may be a few dozen calls, too few to raise the rate of the agent's
thousand. Such a cell has to stand out three times: from the other calls of either value, and from
all calls that are not of the cell.
"""

from __future__ import annotations

from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.engine.codes import Key
from retell_nb.engine.scan import FEWEST, Pair, contrast, raised
from retell_nb.tables.findings.baseline import by_value, counted
from retell_nb.tables.findings.nature import within_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.engine.aliases import Codes, Ints, Mask
    from retell_nb.tables.findings.attributes import Place
    from retell_nb.tables.findings.case import Part
    from retell_nb.tables.findings.clock import Clock

__all__ = ["Cell", "cells"]

_HOUR = ("hour",)
_MOST_CELLS = 1 << 18  # of two attributes that are counted
_MOST_HITS = 5_000  # among more, a cell that matters raises the rate of one of its values
_MOST_OF_A_DAY = 0.5  # of the hits at an hour; of more it is that day, and no hour of all days


class Cell(NamedTuple):
    """A value of each of two attributes: how much it explains, its calls, and all other calls."""

    score: float
    filters: dict[str, list[Any]]
    rows: Mask
    rest: tuple[float, float]


def cells(part: Part, clock: Clock, kinds: float) -> Iterator[Cell]:
    """Yield the cell of each two attributes that explains most, of those beyond chance.

    Parameters
    ----------
    part : Part
    clock : Clock
    kinds : float
        How many kinds of hits are looked at.

    Examples
    --------
    >>> from retell_nb.tables.findings.attributes import Place
    >>> from retell_nb.tables.findings.case import Case, Part
    >>> from retell_nb.tables.findings.clock import Clock
    >>> each = np.arange(4_000)
    >>> codes = {"agent_id": each // 400, "call_type": each % 10}
    >>> keys = [Key(name, own, pd.Series(range(10))) for name, own in codes.items()]
    >>> places = [Place((key.name,), key, {}) for key in keys]
    >>> inside = (codes["agent_id"] == 3) & (codes["call_type"] == 5)
    >>> hit, risk = np.where(inside, each % 2 == 1, each % 53 == 0), np.ones(4_000, dtype=bool)
    >>> part = Part(Case("capacity", hit, risk, ~risk, places, 0.01, {}), risk)
    >>> one_day, hours = Key("day", 0 * each, pd.Series([0])), np.zeros(1, dtype=np.int64)
    >>> found = cells(part, Clock(one_day, hours, hours, hours), 20)
    >>> [(cell.filters, cell.rest) for cell in found]
    [({'agent_id': [3], 'call_type': [5]}, (75.0, 3960.0))]
    """
    if part.struck > _MOST_HITS:
        return
    places = [place for place in part.case.places if place.columns != ("weekday",)]
    of_hits = [place.key.codes[part.hits] for place in places]
    for (one, codes), (other, codes_too) in combinations(zip(places, of_hits, strict=True), 2):
        shape = len(one.key.levels) + 1, len(other.key.levels) + 1
        if prod(shape) > _MOST_CELLS or not {*one.columns}.isdisjoint(other.columns):
            continue
        if _any_likely(codes, codes_too, *shape):
            cell = _best(part, clock, (one, other), kinds * len(places))
            if cell is not None:
                yield cell


def _any_likely(first: Codes, second: Codes, *shape: int) -> bool:
    """Whether two values of hits come together more often than by chance, of all that do.

    That is told by the hits alone, so that all calls need not be counted for each two attributes.
    """
    wide = [
        codes.astype(np.int64) % size for codes, size in zip((first, second), shape, strict=True)
    ]
    both = wide[0] * shape[1] + wide[1]
    hits = np.bincount(both, minlength=shape[0] * shape[1]).reshape(shape)
    often = np.nonzero(hits[:-1, :-1] >= FEWEST)
    mean = hits.sum(axis=1)[often[0]] * (hits.sum(axis=0)[often[1]] / max(int(hits.sum()), 1))
    of_cell = hits[often]
    gain = of_cell * np.log(of_cell / mean) - of_cell + mean
    return bool(((gain > np.log(np.count_nonzero(hits))) & (of_cell > mean)).any())


def _best(part: Part, clock: Clock, places: tuple[Place, Place], kinds: float) -> Cell | None:
    """Return the cell that explains most, if it is beyond chance."""
    both = _joint(places)
    counts = counted(part, both, compared=False)
    tests = max(1, int((counts.calls > 0).sum()))
    levels = np.divmod(np.arange(len(counts.hits)), len(places[1].key.levels))
    segments, tolerated = kinds * tests, part.case.tolerated
    alike = [_others(part, place, own, counts) for place, own in zip(places, levels, strict=True)]
    alike = [
        _at_hour(same, beside, counts) if place.columns == _HOUR else same
        for same, beside, place in zip(alike, reversed(alike), reversed(places), strict=True)
    ]
    good = np.logical_and.reduce([raised(same, segments, tolerated) for same in alike])
    if good.any():
        good &= raised(within_days(part, both, counts, clock.days), segments, tolerated)
    best = int(np.where(good, scores := contrast(counts), -1).argmax())
    timed = any(place.columns == _HOUR for place in places)
    if not good[best] or (timed and _is_of_one_day(part, both, best, clock)):
        return None
    one, other = (place.filters(int(own[best])) for place, own in zip(places, levels, strict=True))
    rest_hits, rest_calls = float(counts.rest_hits[best]), float(counts.rest_calls[best])
    rows = part.case.risk & (both.codes == best)
    return Cell(float(scores[best] - np.log(tests)), one | other, rows, (rest_hits, rest_calls))


def _joint(places: tuple[Place, Place]) -> Key:
    one, other = (place.key for place in places)
    codes = one.codes.astype(np.int32) * len(other.levels) + other.codes
    codes[(one.codes < 0) | (other.codes < 0)] = -1
    values = pd.Series(range(len(one.levels) * len(other.levels)))
    return Key(f"{one.name} and {other.name}", codes, values)


def _others(part: Part, place: Place, levels: Ints, counts: Pair) -> Pair:
    """Compare cells with the other calls of one of their values."""
    hits, calls = (side[levels] for side in by_value(part, place.key))
    return counts._replace(rest_hits=hits - counts.hits, rest_calls=calls - counts.calls)


def _at_hour(others: Pair, beside: Pair, counts: Pair) -> Pair:
    """Compare cells with calls of other hours as if these were of the cell's own.

    Hours differ by nature, but for all alike: by as much as the hour's rate `beside` the cell is
    above that of the calls which have neither value.
    """
    hits = counts.rest_hits - others.rest_hits - beside.rest_hits
    calls = counts.rest_calls - others.rest_calls - beside.rest_calls
    usual = (beside.rest_hits + 0.5) / (beside.rest_calls + 1)
    factor = np.maximum(usual * (calls + 1) / (hits + 0.5), 1)
    return others._replace(rest_hits=np.minimum(others.rest_hits * factor, others.rest_calls))


def _is_of_one_day(part: Part, both: Key, level: int, clock: Clock) -> bool:
    """Whether the hits of a cell are mostly those of a single day."""
    rows = part.hits[both.codes[part.hits] == level]
    return bool(np.bincount(clock.days.codes[rows] + 1).max() > _MOST_OF_A_DAY * len(rows))
