"""Cells: several codes as one number, whatever the integers that they are kept in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.cells import packed
from retell_nb.engine.codes import Key, smallest
from retell_nb.engine.counts import table
from retell_nb.engine.steps import Numbers, Squares

SIZES = st.lists(st.sampled_from([1, 2, 3, 41, 126, 127, 128, 255, 256, 300]), min_size=1)


def keys_of(sizes: list[int], seed: int, rows: int = 200) -> list[Key]:
    """Return keys of so many levels with codes at random, the least and the greatest among them."""
    dice = np.random.default_rng(seed)
    return [
        Key(
            f"key {place}",
            np.append(dice.integers(-1, size, rows - 2), [-1, size - 1]).astype(smallest(size)),
            pd.Series(range(size)),
        )
        for place, size in enumerate(sizes)
    ]


@given(SIZES.filter(lambda sizes: len(sizes) < 7), st.integers(0, 9))
def test_a_cell_is_the_number_that_the_codes_are_the_digits_of(sizes: list[int], seed: int) -> None:
    keys = keys_of(sizes, seed)
    cells = np.zeros(200, dtype=np.int64)
    for key in keys:
        cells = cells * (len(key.levels) + 1) + key.codes.astype(np.int64) + 1
    assert packed(keys).tolist() == cells.tolist()


@given(st.lists(st.sampled_from([1, 2, 5, 128]), min_size=1, max_size=3), st.integers(0, 9))
def test_a_table_has_the_counts_of_a_group_by(sizes: list[int], seed: int) -> None:
    keys = keys_of(sizes, seed)
    where = np.arange(200) % 3 > 0
    codes = pd.DataFrame({key.name: key.codes for key in keys})[where].astype("int64")
    expected = codes.groupby([*codes.columns]).size().to_dict()
    counts = table(keys, 200, where)
    assert counts.sum() == where.sum()
    for place, size in expected.items():
        at: Any = place if isinstance(place, tuple) else (place,)
        assert counts[at] == size  # -1 is the last place, which is that of a missing value


@pytest.mark.parametrize("dtype", ["Int64", "float64"])
def test_squares_are_those_of_the_numbers(dtype: str) -> None:
    numbers = Numbers(pd.Series([3, None, -4], dtype=dtype))
    assert Squares(numbers)[0:3].tolist() == [9, 0, 16]
