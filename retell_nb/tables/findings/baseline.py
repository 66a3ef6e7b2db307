"""Hits and calls of the values of an attribute, and of what they are compared with.

Among millions of calls few are hit and few belong to a segment. So all calls are counted once for
each attribute, and from then on only what is added or taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.engine.codes import Key
from retell_nb.engine.counts import count
from retell_nb.engine.scan import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.engine.counts import Counts
    from retell_nb.tables.findings.context import Case


__all__ = ["before", "by_value", "counted", "one"]

_REST = 100  # calls of a value in the baseline, lest all of the baseline is taken


def counted(case: Case, left: Mask, key: Key, *, compared: bool) -> Pair:
    """Hits and calls of every value, and those of what it is compared with.

    That is all else that is left; or the same value in the baseline, or all of the baseline where
    the value is new or rare there.

    Examples
    --------
        >>> from retell_nb.tables.findings.context import Case
    >>> from retell_nb.engine.codes import key
        >>> import pandas as pd
    >>> hit, risk = np.array([True, True, False]), np.ones(3, dtype=bool)
    >>> case = Case("capacity", hit, risk, ~risk, [], 0.01, {})
    >>> counted(case, risk, key(pd.Series(["a", "a", "b"], name="agent_id")), compared=False)[:2]
    (array([2., 0.]), array([2., 1.]))
    """
    hits, calls = by_value(case, left, key)
    if not compared:
        return _without_none(hits, calls, hits.sum() - hits, calls.sum() - calls)
    then_hits, then_calls = by_value(case, case.then, key)
    comparable = then_calls >= _REST
    all_hits, all_calls = before(case)
    rest = np.where(comparable, then_hits, all_hits), np.where(comparable, then_calls, all_calls)
    return _without_none(hits, calls, *rest)


def _without_none(*sides: Floats) -> Pair:
    """Leave out the calls that lack the value: they are no segment."""
    return Pair(*(side[:-1] for side in sides))


def by_value(case: Case, where: Mask, *keys: Key) -> tuple[Floats, Floats]:
    """Hits and calls of every value, or of every combination of values, those without one last.

    Examples
    --------
        >>> from retell_nb.tables.findings.context import Case
    >>> from retell_nb.engine.codes import key
        >>> import pandas as pd
    >>> hit, risk = np.array([True, False]), np.ones(2, dtype=bool)
    >>> case = Case("capacity", hit, risk, ~risk, [], 0.01, {})
    >>> by_value(case, risk, key(pd.Series(["a", None], name="agent_id")))
    (array([1., 0.]), array([1., 1.]))
    """
    return _sizes(keys, np.flatnonzero(where & case.hit)), _calls(case, where, keys)


def _calls(case: Case, where: Mask, keys: Sequence[Key]) -> Floats:
    """Calls of every value: counted whole once, then from what was taken away, or is left."""
    if where is case.then:
        return _whole(case, case.then, "before", keys)
    if where is case.risk:
        return _whole(case, case.risk, "now", keys)
    removed = case.risk & ~where
    if np.count_nonzero(where) <= np.count_nonzero(removed):
        return _sizes(keys, np.flatnonzero(where))
    return _whole(case, case.risk, "now", keys) - _sizes(keys, np.flatnonzero(removed))


def _whole(case: Case, where: Mask, period: str, keys: Sequence[Key]) -> Floats:
    name = (period, *(key.name for key in keys))
    if name not in case.sizes:
        case.sizes[name] = _dense(count(keys, len(where), where=where))
    return case.sizes[name]


def _sizes(keys: Sequence[Key], rows: npt.NDArray[np.intp]) -> Floats:
    some = [Key(key.name, key.codes[rows], key.levels) for key in keys]
    return _dense(count(some, len(rows)))


def _dense(counts: Counts) -> Floats:
    dense = np.zeros([len(key.levels) + 1 for key in counts.keys])
    dense[tuple(counts.places)] = counts.calls
    return dense


def before(case: Case) -> tuple[float, float]:
    """Hits and calls in the baseline.

    Examples
    --------
    >>> from retell_nb.tables.findings.context import Case
    >>> hit, then = np.array([True, False]), np.array([True, True])
    >>> before(Case("capacity", hit, ~then, then, [], 0.01, {}))
    (1.0, 2.0)
    """
    return float((case.then & case.hit).sum()), float(case.then.sum())


def one(*sides: float) -> Pair:
    """Hits and calls of a single segment, and of what it is compared with.

    Examples
    --------
    >>> one(1, 2, 3, 4).rest_calls
    array([4.])
    """
    return Pair(*(np.array([side], dtype=np.float64) for side in sides))
