"""Hits and calls of the values of an attribute, and of what they are compared with.

Among millions of calls few are hit and few belong to a segment. So all calls are counted once for
each attribute, for all kinds of hits together, and from then on only what is added or taken away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.engine.codes import Key
from retell_nb.engine.counts import table
from retell_nb.engine.scan import Pair

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Floats, Rows
    from retell_nb.tables.findings.case import Case, Part


__all__ = ["before", "by_value", "counted", "one"]

_REST = 100  # calls of a value in the baseline, lest all of the baseline is taken


def counted(part: Part, key: Key, *, compared: bool) -> Pair:
    """Hits and calls of every value, and those of what it is compared with.

    That is all else in the part; or the same value in the baseline, or all of the baseline where
    the value is new or rare there.

    Examples
    --------
    >>> from retell_nb.tables.findings.case import Case, Part
    >>> from retell_nb.engine.codes import key
    >>> import pandas as pd
    >>> hit, risk = np.array([True, True, False]), np.ones(3, dtype=bool)
    >>> part = Part(Case("capacity", hit, risk, ~risk, [], 0.01, {}), risk)
    >>> counted(part, key(pd.Series(["a", "a", "b"], name="agent_id")), compared=False)[:2]
    (array([2., 0.]), array([2., 1.]))
    """
    hits, calls = by_value(part, key)
    if not compared:
        return _without_none(hits, calls, hits.sum() - hits, calls.sum() - calls)
    then_hits, then_calls = by_value(part.case.baseline, key)
    comparable = then_calls >= _REST
    all_hits, all_calls = before(part.case)
    rest = np.where(comparable, then_hits, all_hits), np.where(comparable, then_calls, all_calls)
    return _without_none(hits, calls, *rest)


def _without_none(*sides: Floats) -> Pair:
    """Leave out the calls that lack the value: they are no segment."""
    return Pair(*(side[:-1] for side in sides))


def by_value(part: Part, *keys: Key) -> tuple[Floats, Floats]:
    """Hits and calls of every value, or of every combination of values, those without one last.

    Examples
    --------
    >>> from retell_nb.tables.findings.case import Case, Part
    >>> from retell_nb.engine.codes import key
    >>> import pandas as pd
    >>> hit, risk = np.array([True, False]), np.ones(2, dtype=bool)
    >>> part = Part(Case("capacity", hit, risk, ~risk, [], 0.01, {}), risk)
    >>> by_value(part, key(pd.Series(["a", None], name="agent_id")))
    (array([1., 0.]), array([1., 1.]))
    """
    return _hits(part, keys), _calls(part, keys)


def _hits(part: Part, keys: Sequence[Key]) -> Floats:
    hits = part.by_value(keys, hit=True)
    return _sizes(keys, part.hits) if hits is None else hits


def _calls(part: Part, keys: Sequence[Key]) -> Floats:
    """Calls of every value: counted whole once, then from what was taken away, or is left."""
    if part.whole is None:
        return _of_whole(part, keys)
    if part.size <= len(part.removed):
        return _sizes(keys, np.flatnonzero(part.mask))
    return _of_whole(part.whole, keys) - _sizes(keys, part.removed)


def _of_whole(part: Part, keys: Sequence[Key]) -> Floats:
    case, name = part.case, (part.name, *(key.name for key in keys))
    if name not in case.sizes:
        sizes = part.by_value(keys, hit=False)
        if sizes is None:
            sizes = table(keys, len(part.mask), part.mask).astype(np.float64)
        case.sizes[name] = sizes
    return case.sizes[name]


def _sizes(keys: Sequence[Key], rows: Rows) -> Floats:
    some = [Key(key.name, key.codes[rows], key.levels) for key in keys]
    return table(some, len(rows)).astype(np.float64)


def before(case: Case) -> tuple[float, float]:
    """Hits and calls in the baseline.

    Examples
    --------
    >>> from retell_nb.tables.findings.case import Case, Part
    >>> hit, then = np.array([True, False]), np.array([True, True])
    >>> before(Case("capacity", hit, ~then, then, [], 0.01, {}))
    (1.0, 2.0)
    """
    return float(case.baseline.struck), float(case.baseline.size)


def one(*sides: float) -> Pair:
    """Hits and calls of a single segment, and of what it is compared with.

    Examples
    --------
    >>> one(1, 2, 3, 4).rest_calls
    array([4.])
    """
    return Pair(*(np.array([side], dtype=np.float64) for side in sides))
