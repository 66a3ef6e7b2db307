"""Joint counts of codes: how many rows fall into every combination, on all cores.

A question is one joint count of a few columns of codes (`count`), with `numpy.bincount` over blocks
that fit into a cache. Counts add up, so all else is sums over the small result (`Counts.over`). A
missing value is a group of its own, shown last.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from itertools import chain
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from retell_nb.engine.cells import Folded, cells_of, compressed, packed, sizes_of
from retell_nb.engine.codes import Key, key, lookup, smallest
from retell_nb.engine.steps import Squares, Steps
from retell_nb.engine.threads import BLOCK, spread, workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retell_nb.engine.aliases import Column, Mask, Totals

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]

__all__ = ["Counts", "count", "key_among", "table"]

_FEW_CELLS = 1 << 12  # cells that cost nothing, however few the rows
_NARROW = 2  # bytes of a cell's number, of which many are compared at a time
_ONE_BY_ONE = 16  # cells that are counted faster one by one than side by side
_SAMPLE = 1 << 14  # rows that tell whether a column has few values
_CACHED = 1 << 14  # cells whose numbers and counts stay in a cache


@dataclass(frozen=True)
class Counts:
    """What was counted, one entry per group that occurs, in the order of the keys.

    `places` holds, for each key, the position of every group's value among the key's values; the
    position after the last stands for a missing value. `calls` is the number of rows, `totals`
    the hits and sums by name.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> count([key(pd.Series(["b", "a", "b"], name="number"))], 3).calls.tolist()
    [1, 2]
    """

    keys: Sequence[Key | Folded]
    places: Sequence[Codes]
    calls: Codes
    totals: Mapping[str, Totals]

    def groups(self) -> pd.DataFrame:
        """Return the groups as a frame with a column for each key.

        Examples
        --------
        >>> from retell_nb.engine.codes import key
        >>> number = key(pd.Series(["b", "a", "b"], name="number"))
        >>> count([number], 3).groups()["number"].tolist()
        ['a', 'b']
        """
        columns = {
            key.name: key.levels.reindex(place).reset_index(drop=True)
            for key, place in zip(self.keys, self.places, strict=True)
        }
        return pd.DataFrame(columns, index=pd.RangeIndex(len(self.calls)))

    def over(
        self, depth: int, where: Mask | None = None, hits: Mapping[str, Mask] | None = None
    ) -> Counts:
        """Return the counts of the first keys alone, added up over the others.

        Parameters
        ----------
        depth : int
            How many keys to keep; none makes one group, even of nothing.
        where : array of bool, optional
            The groups to add up; all by default.
        hits : mapping of name to array of bool, optional
            The groups whose rows are counted under a name as well.

        Examples
        --------
        >>> from retell_nb.engine.codes import key
        >>> number, agent = (key(pd.Series(values)) for values in (["b", "a", "b"], [1, 1, 2]))
        >>> counts = count([number, agent], 3)
        >>> counts.over(1, hits={"of agent 2": counts.places[1] == 1}).totals
        {'of agent 2': array([0, 1])}
        """
        rows = np.flatnonzero(np.ones(len(self.calls), dtype=bool) if where is None else where)
        places = [place[rows] for place in self.places[:depth]]
        new = np.zeros(len(rows), dtype=bool)
        new[:1] = True
        for place in places:
            new[1:] |= place[1:] != place[:-1]
        starts = np.flatnonzero(new)

        def added(values: Totals) -> Totals:
            if not depth:
                return np.asarray(values[rows].sum(keepdims=True))
            return np.add.reduceat(values[rows], starts) if len(rows) else values[:0]

        flagged = {name: np.where(hit, self.calls, 0) for name, hit in (hits or {}).items()}
        return Counts(
            self.keys[:depth],
            [place[starts] for place in places],
            added(self.calls),
            {name: added(total) for name, total in {**self.totals, **flagged}.items()},
        )


def count(
    keys: Sequence[Key | Folded],
    rows: int,
    *,
    where: Mask | None = None,
    hits: Mapping[str, Mask] | None = None,
    sums: Mapping[str, Totals] | None = None,
) -> Counts:
    """Count rows, hits and sums in every group that occurs.

    Parameters
    ----------
    keys : sequence of Key or Folded
        What to group by; none makes all rows one group.
    rows : int
        Number of rows.
    where : array of bool, optional
        The rows to count; all by default.
    hits : mapping of name to array of bool, optional
        To be counted in each group.
    sums : mapping of name to array of numbers, optional
        To be added up in each group.

    Returns
    -------
    Counts
        Without keys one group always, even of no rows.

    Examples
    --------
    >>> from retell_nb.engine.codes import key
    >>> agents = key(pd.Series(["b", "a", "b"], name="agent_id"))
    >>> counts = count([agents], 3, hits={"failed": np.array([True, False, False])})
    >>> counts.groups().assign(calls=counts.calls, **counts.totals)
      agent_id  calls  failed
    0        a      1       0
    1        b      2       1
    """
    hits, sums = hits or {}, sums or {}
    where = None if where is None or where.all() else where
    flags: list[Totals | None] = [*hits.values()] or [None]
    cells = _cells(keys, rows)
    totals = _totals(cells.keys, [*flags, *sums.values()], rows, where)
    if cells.fold is not None:
        totals = [_summed(total, cells.fold, prod(sizes_of(keys))) for total in totals]
    pairs = [total.reshape(-1, 2) for total in totals[: len(hits)]]
    calls = pairs[0].sum(axis=1) if pairs else totals[0]
    parts = [*(pair[:, 1] for pair in pairs), *totals[len(flags) :]]
    named = dict(zip(chain(hits, sums), parts, strict=True))
    return _occurring(keys, cells.places, calls, named)


def table(keys: Sequence[Key | Folded], rows: int, where: Mask | None = None) -> Codes:
    """Count rows in every cell, also in the empty ones.

    Parameters
    ----------
    keys : sequence of Key or Folded
        At least one, with few cells.
    rows : int
        Number of rows.
    where : array of bool, optional
        The rows to count; all by default.

    Returns
    -------
    array of int
        With an axis for each key, on which a missing value comes last.

    Examples
    --------
    >>> from retell_nb.engine.codes import Key
    >>> table([Key("agent", np.array([1, -1, 1]), pd.Series(["a", "b"]))], 3).tolist()
    [0, 2, 1]
    """
    (total,) = _totals(keys, [None], rows, where)
    return np.roll(total.reshape(sizes_of(keys)), -1, axis=tuple(range(len(keys))))


def key_among(column: Column, where: Mask) -> Key:
    """Return the key of what some rows hold; the others have no value.

    Examples
    --------
    >>> key_among(pd.Series(["b", "c", "a"]), np.array([True, False, True])).codes.tolist()
    [1, -1, 0]
    """
    first = column.iloc[:_SAMPLE]
    if isinstance(column.dtype, pd.CategoricalDtype) or first.nunique() * 4 > len(first):
        rows = np.flatnonzero(where)
        cells = column.iloc[rows]
        some = key(cells.cat.remove_unused_categories() if hasattr(cells, "cat") else cells)
        codes = np.full(len(column), -1, dtype=some.codes.dtype)
        codes[rows] = some.codes
        return some._replace(codes=codes)
    every = key(column)  # of few values, which is quicker than to copy the cells of some rows
    codes = np.where(where, every.codes, every.codes.dtype.type(-1))
    occurring = np.flatnonzero(table([every._replace(codes=codes)], len(codes))[:-1])
    ranks = np.full(len(every.levels) + 1, -1, dtype=smallest(len(occurring)))
    ranks[occurring] = np.arange(len(occurring))
    levels = every.levels.iloc[occurring].reset_index(drop=True)
    return Key(every.name, lookup(codes, ranks)[0], levels)


class _Cells(NamedTuple):
    """How rows are laid out: by which keys, which cell each folds into, which codes a cell has."""

    keys: Sequence[Key | Folded]
    fold: Codes | None
    places: Sequence[Codes] | None


def _cells(keys: Sequence[Key | Folded], rows: int) -> _Cells:
    """Lay all combinations of the keys out, or only those that occur where that would be less."""
    own = [part for key in keys for part in (key.keys if isinstance(key, Folded) else [key])]
    plain = list({id(key.codes): key for key in own}.values())
    folds = len(keys) > 1 and any(isinstance(key, Folded) for key in keys)
    in_runs = any(isinstance(key.codes, Steps) for key in plain)  # a block has few cells then
    if folds and not in_runs and prod(sizes_of(plain)) <= _CACHED:
        return _Cells(plain, _fold(keys, plain), None)  # quicker than to look codes up by row
    if prod(sizes_of(keys)) <= max(_FEW_CELLS, rows):
        return _Cells(keys, None, None)
    both, codes = compressed(keys)
    return _Cells([both], None, codes)


def _fold(keys: Sequence[Key | Folded], plain: Sequence[Key]) -> Codes:
    """Return the cell of the keys for every cell of the keys that they are made of."""
    key_of = {
        id(key.codes): key._replace(codes=codes)
        for key, codes in zip(plain, cells_of(plain), strict=True)
    }
    return packed(
        [
            replace(key, keys=[key_of[id(own.codes)] for own in key.keys])
            if isinstance(key, Folded)
            else key_of[id(key.codes)]
            for key in keys
        ]
    )


def _summed(total: Totals, fold: Codes, size: int) -> Totals:
    """Add the cells up that are one when folded."""
    columns = total.reshape(len(fold), -1)  # two side by side for hits
    out = np.zeros((size, columns.shape[1]), dtype=total.dtype)
    np.add.at(out, fold, columns)
    return out.reshape(-1)


def _totals(
    keys: Sequence[Key | Folded], columns: Sequence[Totals | None], rows: int, where: Mask | None
) -> list[Totals]:
    """Add every column up by cell, on as many threads as there is work for."""
    size = prod(sizes_of(keys))
    block = max(BLOCK, size)  # or emptying the bins would cost more than filling
    parts = min(4 * workers(rows), rows // block) or 1  # a core that comes late does fewer

    def work(part: int) -> list[Totals]:
        starts = range(part * block, max(rows, 1), parts * block)
        return _added(_block(keys, columns, slice(s, min(s + block, rows)), where) for s in starts)

    return _added(spread(work, range(parts)))


def _block(
    keys: Sequence[Key | Folded], columns: Sequence[Totals | None], rows: slice, where: Mask | None
) -> list[Totals]:
    """Add every column up by cell over a few rows."""
    size = prod(sizes_of(keys))
    cell = np.zeros(rows.stop - rows.start, dtype=np.int8)
    if keys:
        cell = packed(keys, rows, most=2 * size + 1)
    if where is not None:  # a bin that is thrown away is quicker than picking rows out
        cell = np.where(where[rows], cell, cell.dtype.type(size))
    if len(columns) > 1:  # which bincount would do for each
        cell = cell.astype(np.intp)
    totals: list[Totals] = []
    read: Any = None
    numbers: Any = None
    for part in columns:
        column: Any = part
        if isinstance(column, Squares) and column.numbers is read:
            numbers = numbers * numbers  # which are at hand
        elif column is not None:
            numbers = column[rows]
        read = column
        totals.append(_bins(cell, None if column is None else numbers, size))
    return totals


def _bins(cell: Codes, column: Totals | None, size: int) -> Totals:
    """Count the rows; of flags, those without and with side by side; of numbers, add them up."""
    if column is None:
        return _counted(cell, size)
    if column.dtype == np.bool_:
        return np.bincount(2 * cell + column, minlength=2 * size)[: 2 * size]
    return np.bincount(cell, weights=column, minlength=size)[:size]


def _counted(cell: Codes, size: int) -> Totals:
    """Count the rows of each cell."""
    if cell.dtype.itemsize <= _NARROW and len(cell):
        first, last = int(cell.min()), int(cell.max())
        if last - first < _ONE_BY_ONE:  # such as in a block of one day
            counts = np.zeros(size + 1, dtype=np.int64)  # the last one is for rows left out
            counts[first : last + 1] = [np.count_nonzero(cell == n) for n in range(first, last + 1)]
            return counts[:size]
    return np.bincount(cell, minlength=size)[:size]


def _added(parts: Iterable[list[Totals]]) -> list[Totals]:
    return reduce(lambda total, part: [a + b for a, b in zip(total, part, strict=True)], parts)


def _occurring(
    keys: Sequence[Key | Folded],
    cells: Sequence[Codes] | None,
    calls: Codes,
    totals: Mapping[str, Totals],
) -> Counts:
    """Keep the cells that hold rows, in the order of the keys, missing values last."""
    full = np.flatnonzero(calls) if keys else np.zeros(1, dtype=np.intp)
    if cells is None:
        own = np.unravel_index(full, sizes_of(keys)) if keys else ()
        codes: list[Codes] = [place - 1 for place in own]
    else:
        full = full[full > 0]
        codes = [place[full - 1] for place in cells]
    places = [
        np.where(code < 0, len(key.levels), code) for key, code in zip(keys, codes, strict=True)
    ]
    order = np.lexsort(places[::-1]) if keys else full
    occurring = full[order]
    return Counts(
        keys,
        [place[order] for place in places],
        calls[occurring],
        {name: total[occurring] for name, total in totals.items()},
    )
