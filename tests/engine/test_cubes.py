"""Counts in all combinations of attributes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.cubes import count, plan, subsets

SIZES = {"few": (3, 2, 4, 2, 5), "many": (3_000, 2, 90, 700, 5)}
"""Values of attributes whose combinations are counted as cubes, and too many for that."""


def calls_of(seed: int, rows: int, sizes: tuple[int, ...]) -> tuple[list[np.ndarray], np.ndarray]:
    dice = np.random.default_rng(seed)
    return [dice.integers(0, size, rows) for size in sizes], dice.integers(0, 9, rows) / 4


@given(
    seed=st.integers(0, 99),
    rows=st.integers(1, 60),
    sizes=st.sampled_from(sorted(SIZES.values())),
    depth=st.integers(0, 3),
)
def test_every_combination_has_the_sums_that_pandas_has(
    seed: int, rows: int, sizes: tuple[int, ...], depth: int
) -> None:
    """Weights summed by cell are those of `groupby`, in cubes and where rows are sorted."""
    codes, weights = calls_of(seed, rows, sizes)
    frame = pd.DataFrame(dict(enumerate(codes))).assign(weight=weights, row=1.0)
    cubes = count(codes, sizes, depth, weights=[weights, np.ones(rows)])
    assert set(cubes) == {
        one for many in range(depth + 1) for one in combinations(range(len(sizes)), many)
    }
    for combination, cube in cubes.items():
        places = [*combination]
        groups = frame.groupby(places) if places else frame.groupby(np.zeros(rows))
        sums = groups[["weight", "row"]].sum().to_numpy().T
        occupied = cube.counts[1] > 0
        assert np.allclose(cube.counts[:, occupied], sums)
        keys = np.flatnonzero(occupied) if cube.keys is None else cube.keys[occupied]
        if places:
            values = np.unravel_index(keys, [sizes[place] for place in places])
            index = groups.size().index.to_frame(index=False).to_numpy().T
            assert np.array_equal(values, index)


@pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)
def test_rows_are_counted_apart_by_a_code(sizes: tuple[int, ...]) -> None:
    """Failed and other calls counted in one pass are those of two passes with weights."""
    codes, _ = calls_of(1, 500, sizes)
    failed = np.random.default_rng(2).integers(0, 2, 500)
    apart = count(codes, sizes, 3, split=(failed, 2))
    summed = count(codes, sizes, 3, weights=[1.0 - failed, 1.0 * failed])
    assert all(np.array_equal(apart[one].counts, summed[one].counts) for one in subsets(5, 3))


def test_rows_are_counted_by_themselves() -> None:
    """Without weights a cell holds how many rows it has, as whole numbers."""
    cube = count([np.array([1, 1, 0])], [2], 1)[0,]
    assert cube.counts.dtype == np.int64
    assert cube.counts.tolist() == [[1, 2]]


def test_blocks_of_rows_add_up() -> None:
    """More rows than fit into a block are all counted once."""
    codes = [np.arange(700_000) % 7, np.arange(700_000) % 3]
    assert count(codes, [7, 3], 2)[0, 1].counts.sum() == 700_000


def test_a_plan_holds_every_combination_once() -> None:
    """Each combination is taken from one cube, or sorted; cubes are fewer than combinations."""
    sizes = (50, 20, 500, 60, 24, 2)
    way = plan(sizes, 1_000_000, 3)
    parts = [part for _, parts in way.covers for part in parts] + [*way.sparse]
    assert sorted(parts) == sorted(subsets(len(sizes), 3))
    assert len(way.covers) < len(parts) / 2
    assert all(set(part) <= set(cube) for cube, parts in way.covers for part in parts)


def test_cells_are_no_more_than_rows_are_worth() -> None:
    """A combination with thousands of cells for each row is counted by sorting the rows."""
    assert plan((3_000, 700, 90), 1_000, 3).sparse == ((0, 1), (0, 2), (0, 1, 2))


def test_what_is_made_of_a_cube_is_returned_in_its_stead() -> None:
    """A function of the counts is called for each combination, with its attributes."""
    codes, _ = calls_of(3, 50, (3, 2))
    sums = count(codes, (3, 2), 2, each=lambda one, cube: (len(one), int(cube.counts.sum())))
    assert sums == {(): (0, 50), (0,): (1, 50), (1,): (1, 50), (0, 1): (2, 50)}
