"""The group that each call is in, for what a count cannot tell of groups: quantiles, runs, sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Mask
    from retell_nb.engine.counts import Counts

    Ints = npt.NDArray[np.int64]

__all__ = ["rows_of"]


def rows_of(counts: Counts, where: Mask) -> Ints:
    """Return, for each of some calls, the row of `counts` that holds its group.

    Parameters
    ----------
    counts : Counts
    where : array of bool
        The calls, all of which have been counted.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.engine.codes import key
    >>> from retell_nb.engine.counts import count
    >>> agents = key(pd.Series(["b", None, "a", "b"], name="agent_id"))
    >>> rows_of(count([agents], 4), np.array([True, True, True, False])).tolist()
    [1, 2, 0]
    """
    sizes = [len(key.levels) + 1 for key in counts.keys]
    codes = [key.codes[where].astype(np.int64) for key in counts.keys]
    places = [np.where(code < 0, size - 1, code) for code, size in zip(codes, sizes, strict=True)]
    row_cells = _packed(counts.places, sizes, len(counts.calls))
    return np.searchsorted(row_cells, _packed(places, sizes, int(where.sum()))).astype(np.int64)


def _packed(places: Iterable[Codes], sizes: Sequence[int], rows: int) -> Ints:
    """Return one number for the places of each row, in the order of the keys."""
    packed = np.zeros(rows, dtype=np.int64)
    for place, size in zip(places, sizes, strict=True):
        packed = packed * size + place
    return packed
