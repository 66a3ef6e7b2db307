"""Columns read block by block: truth values, bands, sums, times."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.codes import Truths
from retell_nb.engine.steps import MISSING, Bands, FirstKnown, Numbers, Sparse, Squares, ends

FLAGS = st.lists(st.sampled_from([True, False, None]), min_size=1)
WHOLE = st.lists(st.none() | st.integers(-5_000, 5_000), min_size=1)
MOMENTS = st.sampled_from([MISSING, 0, 49, 50, 51, -3, 1_772_359_200_000])
ROWS = slice(0, None)


@given(FLAGS, st.sampled_from(["boolean", "bool[pyarrow]"]))
def test_a_truth_value_that_is_missing_is_a_no(cells: list[Any], dtype: str) -> None:
    codes = Truths(pd.Series(cells, dtype=dtype))[ROWS]
    assert codes.tolist() == [0 if cell else -1 for cell in cells]


@given(WHOLE, st.sampled_from(["Int64", "Float64", "float64", "object", "int64[pyarrow]"]))
def test_bands_and_sums_are_those_of_plain_python(cells: list[Any], dtype: str) -> None:
    column = pd.Series(cells, dtype=dtype)
    bands = [-1 if cell is None else sum(cell >= edge for edge in (0, 10)) - 1 for cell in cells]
    assert Bands(column, [0, 10])[ROWS].tolist() == bands
    squares = [0 if cell is None else cell**2 for cell in cells]
    assert Squares(Numbers(column))[ROWS] == pytest.approx(squares)


@given(st.lists(st.tuples(MOMENTS, MOMENTS), min_size=1), st.integers(0, 3))
def test_the_first_number_that_is_known_counts(rows: list[tuple[int, int]], start: int) -> None:
    first, second = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    known = [next((n for n in row if n != MISSING and not 0 <= n < 50), MISSING) for row in rows]
    numbers = FirstKnown([first, second], 50)
    assert numbers[start:].tolist() == known[start:]
    there = [number for number in known if number != MISSING]
    assert ends(numbers) == ((min(there), max(there)) if there else None)


@given(st.sets(st.integers(0, 19)), st.integers(0, 20), st.integers(0, 20))
def test_sparse_codes_are_those_of_a_full_array(places: set[int], start: int, stop: int) -> None:
    whole = np.where(np.isin(np.arange(20), [*places]), 0, -1)
    sparse = Sparse(np.array(sorted(places), dtype=np.int64), 20)
    assert sparse[start : max(start, stop)].tolist() == whole[start : max(start, stop)].tolist()
