"""The group that each call is in."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.tables.groups import rows_of

CELLS = st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([1, 2, None]), st.booleans())


@given(st.lists(CELLS, max_size=40))
def test_every_call_is_placed_in_the_row_that_counts_it(cells: list[tuple[str, int, bool]]) -> None:
    """Counting the rows gives the counts back; the groups are those of the calls."""
    names = pd.Series([cell[0] for cell in cells], dtype=object, name="name")
    numbers = pd.Series([cell[1] for cell in cells], dtype="Int64", name="number")
    where = np.array([cell[2] for cell in cells], dtype=bool)
    counts = count([key(names), key(numbers)], len(cells), where=where)
    rows = rows_of(counts, where)
    assert np.bincount(rows, minlength=len(counts.calls)).tolist() == counts.calls.tolist()
    groups = counts.groups().iloc[rows].reset_index(drop=True)
    for column in (names, numbers):
        told, truth = groups[column.name].tolist(), column[where].tolist()
        assert [None if pd.isna(cell) else cell for cell in told] == [
            None if pd.isna(cell) else cell for cell in truth
        ]
