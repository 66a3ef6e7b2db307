"""Counts in every combination of a few attributes, from as few passes over the rows as pay.

A cube of four or five attributes is counted in one pass; the counts of every combination of fewer
of them are sums over it. So a few covering cubes, the cheapest by size, give all combinations:
V. Harinarayan, A. Rajaraman, J. D. Ullman, "Implementing data cubes efficiently", SIGMOD 1996,
205-216. A combination with far more cells than there are rows is counted by sorting instead.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

import numpy as np

from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]
    Numbers: TypeAlias = npt.NDArray[Any]

R = TypeVar("R")

__all__ = ["Combination", "Cube", "Plan", "count", "plan", "subsets"]

Combination: TypeAlias = tuple[int, ...]
"""Positions of attributes, ascending."""

_BLOCK = 1 << 18  # rows whose keys still fit into a processor's cache
_FEW_CELLS = 1 << 16  # cells that cost nothing, however few the rows
_CELLS_PER_ROW = 4  # beyond, sorting the rows is cheaper than going through the cells
_MOST_CELLS = 1 << 22  # beyond, their counts take too much memory
_CACHED_CELLS = 1 << 19  # beyond, each row waits for memory
_WIDEST = 5  # attributes of a covering cube


class Cube(NamedTuple):
    """Counts in the cells of one combination of attributes.

    `keys` are the cells' packed codes, ascending, or None where every cell is there: the key of a
    cell is then its position. `counts` has a row for each measure and a column for each cell.
    """

    keys: Codes | None
    counts: Numbers


class Plan(NamedTuple):
    """Covering cubes, each with the combinations taken from it, and those counted by sorting."""

    covers: tuple[tuple[Combination, tuple[Combination, ...]], ...]
    sparse: tuple[Combination, ...]


def subsets(attributes: int, max_depth: int) -> list[Combination]:
    """All combinations of at most so many attributes, the empty one first.

    Examples
    --------
    >>> subsets(3, 2)
    [(), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    """
    depths = range(min(max_depth, attributes) + 1)
    return [one for depth in depths for one in combinations(range(attributes), depth)]


@lru_cache(maxsize=8)  # resamples need the same again and again
def plan(sizes: tuple[int, ...], rows: int, max_depth: int) -> Plan:
    """Which cubes to count, so that all combinations of at most `max_depth` attributes follow.

    The covering cubes are picked greedily: always the one with the lowest cost for each
    combination that it adds.

    Parameters
    ----------
    sizes : tuple of int
        How many codes each attribute has.
    rows : int
        How many rows will be counted.
    max_depth : int
        The most attributes of a combination.

    Examples
    --------
    >>> plan((3, 4, 5), 1000, 2)
    Plan(covers=(((0, 1, 2), ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2))),), sparse=())
    """
    limit = min(max(_CELLS_PER_ROW * rows, _FEW_CELLS), _MOST_CELLS)
    cells = {one: prod(sizes[place] for place in one) for one in subsets(len(sizes), _WIDEST)}
    needed = subsets(len(sizes), max_depth)
    sparse = tuple(one for one in needed if cells[one] > limit)
    missing = set(needed) - set(sparse)
    offers = {cube: _parts(cube, max_depth) for cube in cells if cells[cube] <= limit}
    covers = []
    while missing:
        price = {
            cube: _cost(rows, cells[cube], len(cube)) / new
            for cube, parts in offers.items()
            if (new := len(missing & parts))
        }
        best = min(price, key=price.__getitem__)
        covers.append(
            (best, tuple(sorted(missing & offers[best], key=lambda one: (len(one), one))))
        )
        missing -= offers[best]
    return Plan(tuple(covers), sparse)


def _parts(cube: Combination, max_depth: int) -> set[Combination]:
    """Every combination that a cube holds the counts of."""
    depths = range(min(max_depth, len(cube)) + 1)
    return {one for depth in depths for one in combinations(cube, depth)}


def _cost(rows: int, cells: int, width: int) -> float:
    """Roughly the time of counting a cube, in operations on one row that is in the cache."""
    waiting = 1.0 + 2.0 * min(cells / _CACHED_CELLS, 4.0)
    return rows * (waiting + 0.5 * width) + 6.0 * cells


def _whole(combination: Combination, cube: Cube) -> Cube:  # noqa: ARG001 - the form of `each`
    return cube


def count(
    codes: Sequence[Codes],
    sizes: Sequence[int],
    max_depth: int,
    *,
    weights: Sequence[Numbers] | None = None,
    split: tuple[Codes, int] | None = None,
    each: Callable[[Combination, Cube], R] = _whole,  # type: ignore[assignment]
) -> dict[Combination, R]:
    """Counts in every combination of at most `max_depth` attributes, or what is made of them.

    Parameters
    ----------
    codes : sequence of arrays of int
        An array for each attribute, all of the same length; codes from 0 below the size.
    sizes : sequence of int
        How many codes each attribute has.
    max_depth : int
        The most attributes of a combination.
    weights : sequence of arrays of float, optional
        The measures that are summed; by default rows are counted.
    split : (codes, size), optional
        Instead of weights: rows are counted apart by this code, each a measure.
    each : function, optional
        What to make of the counts of each combination as soon as they are there, so that not all
        need to be in memory at once; by default they are returned.

    Returns
    -------
    dict of Cube
        By combination: the positions of its attributes. With `each`, what that returned.

    Examples
    --------
    >>> cubes = count([np.array([0, 1, 1]), np.array([1, 1, 0])], [2, 2], 2)
    >>> cubes[0, 1].counts.tolist(), cubes[()].counts.tolist()
    ([[0, 1, 1, 1]], [[3]])
    """
    rows = len(next(iter((*codes, *(weights or ()), *(split or ())[:1])), ()))
    way = plan(tuple(sizes), rows, max_depth)
    tasks: list[tuple[Combination, tuple[Combination, ...]]] = [
        *way.covers,
        *((one, ()) for one in way.sparse),
    ]

    def work(task: tuple[Combination, tuple[Combination, ...]]) -> dict[Combination, R]:
        cube, parts = task
        columns = [codes[place] for place in cube], [sizes[place] for place in cube]
        if not parts:
            return {cube: each(cube, _sparse(*columns, weights, split))}
        whole = _dense(*columns, rows, weights, split)
        tables = _marginals(cube, columns[1], whole, parts)
        return {one: each(one, table) for one, table in tables.items()}

    batches = spread(work, tasks) if rows >= _BLOCK else map(work, tasks)
    return {one: result for batch in batches for one, result in batch.items()}


def _keys(codes: Sequence[Codes], sizes: Sequence[int], rows: slice) -> Codes:
    """Packed codes of some rows, the first attribute's the most significant."""
    keys = np.zeros(rows.stop - rows.start, dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        keys *= size
        keys += code[rows]
    return keys


def _dense(
    codes: Sequence[Codes],
    sizes: Sequence[int],
    rows: int,
    weights: Sequence[Numbers] | None,
    split: tuple[Codes, int] | None,
) -> Numbers:
    """Measures by cell, counted block by block."""
    cells = prod(sizes)
    if split is not None:
        codes, sizes = [split[0], *codes], [split[1], *sizes]
    measures = len(weights) if weights is not None else split[1] if split else 1
    step = max(_BLOCK, 4 * measures * cells)

    def block(start: int) -> Numbers:
        part = slice(start, min(start + step, rows))
        keys = _keys(codes, sizes, part)
        if weights is None:
            return np.bincount(keys, minlength=measures * cells).reshape(measures, cells)
        return np.array([np.bincount(keys, weight[part], minlength=cells) for weight in weights])

    whole = block(0)
    for start in range(step, rows, step):
        whole += block(start)
    return whole


def _marginals(
    cube: Combination, sizes: Sequence[int], whole: Numbers, parts: Iterable[Combination]
) -> dict[Combination, Cube]:
    """Counts of the parts of a cube, each summed from the smallest one with an attribute more."""
    size = dict(zip(cube, sizes, strict=True))
    tables = {cube: whole.reshape(len(whole), *sizes)}
    targets = set(parts)
    for depth in range(len(cube) - 1, -1, -1):
        for one in combinations(cube, depth):
            if not any(set(part) <= set(one) for part in targets):
                continue
            extra = max(set(cube) - set(one), key=lambda place: size[place])
            parent = tuple(sorted({*one, extra}))
            if parent not in tables:
                parent = min(
                    (other for other in tables if len(other) > depth and set(one) <= set(other)),
                    key=lambda other: tables[other].size,
                )
            axes = tuple(axis for axis, place in enumerate(parent, 1) if place not in one)
            tables[one] = tables[parent].sum(axis=axes)
    return {one: Cube(None, tables[one].reshape(len(whole), -1)) for one in targets}


def _sparse(
    codes: Sequence[Codes],
    sizes: Sequence[int],
    weights: Sequence[Numbers] | None,
    split: tuple[Codes, int] | None,
) -> Cube:
    """Measures of the cells that occur, found by sorting the rows' keys."""
    keys, places = np.unique(_keys(codes, sizes, slice(0, len(codes[0]))), return_inverse=True)
    if weights is not None:
        sums = [np.bincount(places, weights=one, minlength=len(keys)) for one in weights]
        return Cube(keys, np.array(sums))
    apart, measures = split or (np.zeros(len(places), dtype=np.int64), 1)
    packed = apart * np.int64(len(keys)) + places
    counts = np.bincount(packed, minlength=measures * len(keys)).reshape(measures, -1)
    return Cube(keys, counts)
