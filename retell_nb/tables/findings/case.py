"""What is looked for among calls, and the parts of them that are counted on the way."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from retell_nb.engine.counts import table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from retell_nb.engine.aliases import Floats, Mask, Rows
    from retell_nb.engine.codes import Key
    from retell_nb.tables.findings.attributes import Place

__all__ = ["TOLERATED", "Case", "Part", "Wholes"]

TOLERATED = 0.01
"""Rate above what is expected up to which a kind of failure is no finding: it may differ so much
between agents, directions and hours that are all well."""

_MOST_CELLS = 1 << 22  # of all wholes by value; more are counted whole by whole


@dataclass(frozen=True, eq=False)
class Wholes:
    """Counts by value of several wholes, such as all calls at risk of something, made at once.

    `kind` tells which of the wholes each call belongs to: all calls of a kind are in the same.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.engine.codes import Key
    >>> kind = Key("kind", np.array([0, 1, 1]), pd.Series(range(2)))
    >>> agent = Key("agent_id", np.array([0, 0, 1]), pd.Series(["a", "b"]))
    >>> Wholes(kind).sizes(np.array([False, True]), [agent]).tolist()
    [1.0, 1.0, 0.0]
    """

    kind: Key
    _tables: dict[tuple[str, ...], Any] = field(default_factory=dict)

    def sizes(self, kinds: Mask, keys: Sequence[Key]) -> Floats | None:
        """Return how many calls of some kinds have each value; None where cells are too many."""
        cells = prod(len(key.levels) + 1 for key in (self.kind, *keys))
        if cells > max(_MOST_CELLS, 4 * len(self.kind.codes)):
            return None
        names = tuple(key.name for key in keys)
        if names not in self._tables:
            self._tables[names] = table([self.kind, *keys], len(self.kind.codes))[:-1]
        return np.asarray(self._tables[names][kinds].sum(axis=0), dtype=np.float64)


class Part:
    """Some calls of a case: a whole that is looked at from the start, or what is left of one.

    `mask` tells which, and is made when it is asked for; `name` is that of a whole, `whole` what a
    part was taken from.

    Examples
    --------
    >>> hit, risk = np.array([True, True, False]), np.ones(3, dtype=bool)
    >>> part = Part(Case("capacity", hit, risk, ~risk, [], 0.01, {}), risk)
    >>> part.hits.tolist(), part.within(~hit).size
    ([0, 1], 1)
    """

    def __init__(
        self,
        case: Case,
        mask: Mask | Callable[[], Mask],
        name: str = "",
        whole: Part | None = None,
    ) -> None:
        self.case, self.name, self.whole = case, name, whole
        self._mask = mask

    @cached_property
    def mask(self) -> Mask:
        """Which of all calls these are."""
        return self._mask() if callable(self._mask) else self._mask

    @cached_property
    def hits(self) -> Rows:
        """Places of the calls that are hit."""
        return np.flatnonzero(self.mask & self.case.hit)

    @cached_property
    def struck(self) -> int:
        """How many calls are hit."""
        counts = self.by_value([], hit=True)
        return int(np.count_nonzero(self.mask & self.case.hit)) if counts is None else int(counts)

    @cached_property
    def size(self) -> int:
        """How many calls there are."""
        counts = self.by_value([], hit=False)
        return int(np.count_nonzero(self.mask)) if counts is None else int(counts)

    @cached_property
    def removed(self) -> Rows:
        """Places of the calls of the whole that are not in the part."""
        return np.flatnonzero((self.whole or self).mask > self.mask)

    def by_value(self, keys: Sequence[Key], *, hit: bool) -> Floats | None:
        """Return how many calls, or hits, have each value, where that is counted for all cases."""
        case, own = self.case, None if self.whole else self.case.kinds.get(self.name)
        if case.wholes is None or own is None:
            return None
        return case.wholes.sizes(own & case.kinds["hit"] if hit else own, keys)

    def within(self, mask: Mask) -> Part:
        """Return those calls that are among some as well."""
        return Part(self.case, self.mask & mask, whole=self.whole or self)


@dataclass(frozen=True)
class Case:
    """What is looked for: the hits among the calls that may be hit, and in which attributes.

    `risk` are the calls that got far enough to be hit, `then` those of the baseline. `tolerated` is
    by how much a rate may differ; `filters` are those of the hits, wherever they are, with the
    direction or the agent if no other could be hit; `failing` tells failures from calls that may be
    as they should; `sizes` remembers counts, shared by cases of the same calls; `wholes` has them
    for all cases at once, by the `kinds` of calls that are hit, and that a part of a name is made
    of.

    Examples
    --------
    >>> nobody = np.array([], dtype=bool)
    >>> Case("capacity", nobody, nobody, nobody, [], TOLERATED, {}).failing
    True
    """

    kind: str
    hit: Mask
    risk: Mask
    then: Mask
    places: Sequence[Place]
    tolerated: float
    filters: dict[str, list[Any]]
    failing: bool = True
    sizes: dict[tuple[str, ...], Floats] = field(default_factory=dict)
    wholes: Wholes | None = None
    kinds: Mapping[str, Mask] = field(default_factory=dict)

    @cached_property
    def baseline(self) -> Part:
        """The calls of the baseline."""
        return Part(self, lambda: self.then, "then")
