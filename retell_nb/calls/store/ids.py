"""Which calls are in a store already, and in which file: a few bytes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import numpy.typing as npt

    Hashes = npt.NDArray[np.uint64]
    Places = npt.NDArray[np.int32]

__all__ = ["Ids"]


class Ids:
    """The ids of calls, and the place where the last version of each is.

    Two ids with the same hash would be taken for one; among a hundred million ids that happens
    once in three thousand stores, and costs no more than a needless look into a file.

    Examples
    --------
    >>> ids = Ids()
    >>> ids.add(pd.Series(["call_1", "call_2"]), place=3)
    >>> ids.places(pd.Series(["call_2", "call_9"])).tolist()
    [3, -1]
    """

    def __init__(self) -> None:
        nothing: tuple[Hashes, Places] = (np.empty(0, np.uint64), np.empty(0, np.int32))
        self._levels = [nothing]

    def add(self, ids: pd.Series[Any], place: int) -> None:
        """Note that calls are in a place now.

        Examples
        --------
        >>> Ids().add(pd.Series(["call_1"]), place=0)
        """
        hashes = np.sort(_hashed(ids))
        self._levels.append((hashes, np.full(len(hashes), place, np.int32)))
        while len(self._levels) > 1 and len(self._levels[-2][0]) <= 2 * len(self._levels[-1][0]):
            newer, older = self._levels.pop(), self._levels.pop()
            self._levels.append(_merged(older, newer))

    def places(self, ids: pd.Series[Any]) -> Places:
        """Where each call is; -1 for a new one.

        Examples
        --------
        >>> Ids().places(pd.Series(["call_1"])).tolist()
        [-1]
        """
        hashes = _hashed(ids)
        positions = np.full(len(hashes), -1, np.int32)
        for level, places in self._levels:  # the newest last, whose word counts
            if len(level):
                at = np.minimum(np.searchsorted(level, hashes), len(level) - 1)
                positions = np.where(level[at] == hashes, places[at], positions)
        return positions


def _merged(older: tuple[Hashes, Places], newer: tuple[Hashes, Places]) -> tuple[Hashes, Places]:
    hashes = np.concatenate([newer[0], older[0]])
    places = np.concatenate([newer[1], older[1]])
    hash_values, first = np.unique(
        hashes, return_index=True
    )  # the first of equals is the newer one
    return hash_values, places[first]


def _hashed(ids: pd.Series[Any]) -> Hashes:
    return pd.util.hash_array(ids.to_numpy(dtype=object), categorize=False)
