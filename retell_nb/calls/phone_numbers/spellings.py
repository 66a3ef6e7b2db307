"""The distinct texts of a column of phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Ints

__all__ = ["spellings"]


def spellings(numbers: Column) -> tuple[Ints, list[str]]:
    """Return which of the distinct texts each cell has, -1 where it has none, and these.

    Examples
    --------
    >>> codes, texts = spellings(pd.Series(["+14155550100", None, "+14155550100"]))
    >>> codes.tolist(), texts
    ([0, -1, 0], ['+14155550100'])
    """
    codes, distinct = pd.factorize(numbers)
    return codes, [*map(str, np.asarray(distinct, dtype=object))]  # Arrow's come one by one slowly
