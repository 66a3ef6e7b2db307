"""The one fast counting path: integer codes per call, and `numpy.bincount` over blocks of them.

A table word turns what it groups by into keys (`key`), counts calls, hits and sums in every group
that occurs (`count`), and reads a small frame off the result. A missing value is a group of its
own, shown last.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.threads import spread, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retell_nb.engine.aliases import Column, Floats, Mask, Totals

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = ["Counts", "Key", "count", "key"]

_BLOCK = 1 << 18  # calls whose codes still fit into a processor's cache
_FEW_CELLS = 1 << 12  # cells that cost nothing, however few the calls


class Key(NamedTuple):
    """A column to group by: its distinct values in order, and which of them each call has."""

    name: str
    codes: Codes
    levels: Column


@dataclass(frozen=True)
class Counts:
    """What was counted, one entry per group that occurs, in the order of the keys.

    `places` holds, for each key, the position of every group's value among the key's values; the
    position after the last stands for a missing value. `calls` is the number of calls, `totals`
    the hits and sums by name.

    Examples
    --------
    >>> count([key(pd.Series(["b", "a", "b"], name="number"))], 3).calls.tolist()
    [1, 2]
    """

    keys: Sequence[Key]
    places: Sequence[Codes]
    calls: Codes
    totals: Mapping[str, Totals]

    def groups(self) -> pd.DataFrame:
        """Return the groups as a frame with a column for each key.

        Examples
        --------
        >>> number = key(pd.Series(["b", "a", "b"], name="number"))
        >>> count([number], 3).groups()["number"].tolist()
        ['a', 'b']
        """
        columns = {
            key.name: key.levels.reindex(place).reset_index(drop=True)
            for key, place in zip(self.keys, self.places, strict=True)
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.calls)))


class _Cells(NamedTuple):
    """The cells that calls fall into: axes of codes from -1, the axes' sizes, what a cell means."""

    axes: Sequence[Codes]
    sizes: Sequence[int]
    meaning: Sequence[Codes] | None


def key(column: Column) -> Key:
    """Return the key of a column: categories keep their order, other values are sorted.

    Parameters
    ----------
    column : Series
        Of any dtype whose values can be hashed.

    Returns
    -------
    Key
        With the code -1 for a missing value.

    Examples
    --------
    >>> key(pd.Series(["b", None, "a"], name="agent_id")).codes.tolist()
    [1, -1, 0]
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        places = np.arange(len(column.cat.categories))
        values = pd.Series(pd.Categorical.from_codes(places, dtype=column.dtype))
        return Key(str(column.name), np.asarray(column.cat.codes), values)
    codes, distinct = pd.factorize(column, sort=True)
    return Key(str(column.name), codes, pd.Series(distinct))


def count(
    keys: Sequence[Key],
    rows: int,
    *,
    where: Mask | None = None,
    hits: Mapping[str, Mask] | None = None,
    sums: Mapping[str, Floats] | None = None,
) -> Counts:
    """Count calls, hits and sums in every group that occurs.

    Parameters
    ----------
    keys : sequence of Key
        What to group by; none makes all calls one group.
    rows : int
        Number of calls.
    where : array of bool, optional
        The calls to count; all by default.
    hits : mapping of name to array of bool, optional
        To be counted in each group.
    sums : mapping of name to array of float, optional
        To be added up in each group.

    Returns
    -------
    Counts
        Without keys one group always, even of no calls.

    Examples
    --------
    >>> agents = key(pd.Series(["b", "a", "b"], name="agent_id"))
    >>> counts = count([agents], 3, hits={"failed": np.array([True, False, False])})
    >>> counts.groups().assign(calls=counts.calls, **counts.totals)
      agent_id  calls  failed
    0        a      1       0
    1        b      2       1
    """
    hits, sums = hits or {}, sums or {}
    cells = _cells(keys, rows)
    where = None if where is None or where.all() else where
    flags: list[Totals | None] = [*hits.values()] or [None]
    totals = _totals(cells, [*flags, *sums.values()], rows, where)
    pairs = [total.reshape(-1, 2) for total in totals[: len(hits)]]
    calls = pairs[0].sum(axis=1) if pairs else totals[0]
    counted = [*(pair[:, 1] for pair in pairs), *totals[len(flags) :]]
    named = dict(zip(chain(hits, sums), counted, strict=True))
    return _occurring(keys, cells, calls, named)


def _cells(keys: Sequence[Key], rows: int) -> _Cells:
    """Lay all combinations of the keys out, or only those that occur where that would be less."""
    sizes = [len(key.levels) + 1 for key in keys]
    axes = [key.codes for key in keys]
    if prod(sizes) <= max(_FEW_CELLS, rows):
        return _Cells(axes, sizes, None)
    cell = axes[0].astype(np.int64) + 1
    meaning: list[Codes] = [np.arange(sizes[0])]
    for axis, size in zip(axes[1:], sizes[1:], strict=True):
        cell, seen = pd.factorize(cell * size + axis + 1)
        meaning = [*(place[seen // size] for place in meaning), seen % size]
    return _Cells([cell - 1], [len(meaning[0])], meaning)


def _totals(
    cells: _Cells, columns: Sequence[Totals | None], rows: int, where: Mask | None
) -> list[Totals]:
    """Add every column up by cell, on as many threads as there is work for."""
    block = max(_BLOCK, 4 * prod(cells.sizes))  # or emptying the bins would cost more than filling
    threads = workers(rows // block)

    def work(thread: int) -> list[Totals]:
        starts = range(thread * block, max(rows, 1), threads * block)
        return _added(_block(cells, columns, slice(s, min(s + block, rows)), where) for s in starts)

    return _added(spread(work, range(threads)))


def _block(
    cells: _Cells, columns: Sequence[Totals | None], rows: slice, where: Mask | None
) -> list[Totals]:
    """Add every column up by cell over a few rows."""
    codes = np.zeros(rows.stop - rows.start, dtype=np.intp)
    for axis, size in zip(cells.axes, cells.sizes, strict=True):
        codes *= size
        codes += axis[rows]
        codes += 1
    size = prod(cells.sizes)
    if where is not None:  # a bin that is thrown away is quicker than picking rows out
        codes = np.where(where[rows], codes, size)
    parts = [None if column is None else column[rows] for column in columns]
    return [_bins(codes, part, size) for part in parts]


def _bins(codes: Codes, column: Totals | None, size: int) -> Totals:
    """Count the codes; of flags, those without and with side by side; of numbers, add them up."""
    if column is None:
        return np.bincount(codes, minlength=size)[:size]
    if column.dtype == np.bool_:
        return np.bincount(2 * codes + column, minlength=2 * size)[: 2 * size]
    return np.bincount(codes, weights=column, minlength=size)[:size]


def _added(parts: Iterable[list[Totals]]) -> list[Totals]:
    return reduce(lambda total, part: [a + b for a, b in zip(total, part, strict=True)], parts)


def _occurring(
    keys: Sequence[Key], cells: _Cells, calls: Codes, totals: Mapping[str, Totals]
) -> Counts:
    """Keep the cells that hold calls, in the order of the keys, missing values last."""
    held = np.flatnonzero(calls) if keys else np.zeros(1, dtype=np.intp)
    codes: Sequence[Codes] = [place[held] for place in cells.meaning or ()]
    if cells.meaning is None and keys:
        codes = np.unravel_index(held, cells.sizes)
    places = [
        np.where(code == 0, len(key.levels), code - 1)
        for key, code in zip(keys, codes, strict=True)
    ]
    order = np.lexsort(places[::-1]) if keys else held
    kept = held[order]
    return Counts(
        keys,
        [place[order] for place in places],
        calls[kept],
        {name: total[kept] for name, total in totals.items()},
    )
