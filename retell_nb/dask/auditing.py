"""The audit of dask calls: ids stay where they are, and come only where something is wrong.

The ids of calls are all distinct, so they cannot come as codes, and as texts they take most of the
memory. What comes of each is a hash; the ids themselves come of calls whose hashes are the same,
and the first one of those that have a trouble.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from dask.base import compute
from dask.delayed import delayed

from retell_nb.dask.columns import READS
from retell_nb.dask.gathering import gathered, quiet
from retell_nb.tables.audit import audited

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.aliases import Column, Mask

__all__ = ["audit"]


def audit(
    calls: Any, *, reasons: pd.DataFrame | None = None, now: str | pd.Timestamp | None = None
) -> pd.DataFrame:
    """Return the audit of pandas.

    Parameters
    ----------
    calls : dask DataFrame
    reasons, now
        As for `tables.audit`.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> frame = pd.DataFrame({"call_id": ["c2", "c1"], "disconnection_reason": "new"})
    >>> audit(dd.from_pandas(frame, npartitions=2))["example"].tolist()
    ['c1']
    """
    if "call_id" not in calls.columns:
        return audited(gathered(calls, READS["audit"]), lambda _: None, reasons=reasons, now=now)
    with quiet():
        ids = calls["call_id"]
        hashes = ids.map_partitions(_hashed, meta=("call_id", "UInt64"))
    frame = gathered(calls, READS["audit"], beside={"call_id": hashes})
    frame["call_id"] = _several(frame["call_id"], ids)
    return audited(frame, lambda mask: _first(ids, mask), reasons=reasons, now=now)


def _hashed(ids: Column) -> Column:
    """Return a hash of each id, missing where it is."""
    hashes = pd.util.hash_pandas_object(ids, index=False).to_numpy()
    cells: Any = pd.arrays.IntegerArray(hashes, ids.isna().to_numpy())
    return pd.Series(cells, ids.index, name="call_id")


def _several(hashes: Column, ids: Any) -> Any:
    """Return the ids that several calls have, and one of any call, as whether there are any."""
    there = hashes.notna().to_numpy()
    numbers = hashes.to_numpy(dtype=np.uint64, na_value=0)
    in_order = np.sort(numbers[there])
    twice = np.unique(in_order[1:][in_order[1:] == in_order[:-1]])
    del in_order
    alike = there & np.isin(numbers, twice) if len(twice) else np.zeros(len(there), dtype=bool)
    codes = np.full(len(there), -1, dtype=np.int32)
    codes[np.flatnonzero(there)[:1]] = 0
    codes[alike] = 1 + pd.factorize(pd.concat(_brought(ids, alike, _some)))[0] if alike.any() else 0
    categories = pd.RangeIndex(int(codes.max(initial=0)) + 1)
    cells: Any = pd.Categorical.from_codes(codes, categories=categories)
    return cells


def _first(ids: Any, mask: Mask) -> str | None:
    """Return the first id in alphabetical order of some calls."""
    firsts = [one for one in _brought(ids, mask, _least) if one is not None]
    return min(firsts, default=None)


def _brought(ids: Any, mask: Mask, take: Callable[[Column, Mask], Any]) -> list[Any]:
    """Return what is taken of the ids of some calls in each partition that has any of them."""
    with quiet():
        sizes = ids.map_partitions(len, meta=(None, "int64")).compute()
        masks = np.split(mask, np.cumsum(sizes)[:-1])
        task = delayed(take, pure=False)
        parts = zip(ids.to_delayed(), masks, strict=True)
        return list(compute(*(task(part, own) for part, own in parts if own.any())))


def _some(ids: Column, mask: Mask) -> Column:
    return ids[mask]


def _least(ids: Column, mask: Mask) -> str | None:
    return min(ids[mask].dropna().astype(str), default=None)
