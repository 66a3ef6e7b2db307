"""A text looked for in ids and numbers, by Arrow and on all cores where they are many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.engine.threads import spread
from retell_nb.selection.matching import SEARCHED, contains

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask
    from retell_nb.engine.codes import Key


__all__ = ["found"]

_BLOCK = 1 << 18


class _Keyed(Protocol):
    @property
    def bare(self) -> pd.DataFrame: ...

    def key(self, name: str) -> Key: ...


def found(index: _Keyed, text: str) -> Mask:
    """Tell of each call whether a text is in one of its ids and numbers, whatever its letter case.

    Parameters
    ----------
    index : Index
    text : str

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "call_id": ["call_A", None]})
    >>> found(Index(calls), "a").tolist()
    [True, False]
    """
    calls = index.bare
    hit = np.zeros(len(calls), dtype=bool)
    for name in calls.columns.intersection(list(SEARCHED)):
        if name == "from_number" or isinstance(calls[name].dtype, pd.CategoricalDtype):
            key = index.key(name)
            hit |= np.append(contains(key.levels, text), [False])[key.codes]
        else:
            hit |= _matching(calls[name], text)
    return hit


def _matching(texts: pd.Series[Any], text: str) -> Mask:
    """Tell of each text whether another one is in it."""
    cased = text.upper() != text.lower()

    def matching(rows: slice) -> Mask:
        part = texts.iloc[rows]
        if not isinstance(part.dtype, pd.StringDtype):
            if pd.api.types.infer_dtype(part, skipna=True) not in ("string", "empty"):
                return contains(part, text)
            part = part.astype(object).where(part.notna(), None)
        matches = pc.match_substring(pa.array(part, pa.string()), text, ignore_case=cased)
        flags: Mask = pc.fill_null(matches, False).to_numpy(zero_copy_only=False)  # noqa: FBT003
        return flags

    blocks = [slice(start, start + _BLOCK) for start in range(0, len(texts), _BLOCK)]
    return np.concatenate([np.zeros(0, dtype=bool), *spread(matching, blocks)])
