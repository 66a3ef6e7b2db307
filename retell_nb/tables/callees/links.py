"""What each call has before it in the chain of calls to its callee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.engine.order import by_callee, dials_of, in_order
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Ints
    from retell_nb.engine.order import Words


__all__ = ["Links", "linked"]

_NEVER = np.iinfo(np.int64).min  # NaT


class Links(NamedTuple):
    """Attempt of each call, 0 for none; code of the reason before, or -1; time since, or NaT."""

    attempt: Ints
    previous: Codes
    since: npt.NDArray[np.timedelta64]


def linked(callees: Ints, times: Ints, codes: Codes, kinds: Codes, longest: int) -> Links:
    """Return what each call has before it, worked out block by block on all cores.

    Parameters
    ----------
    callees : array of int64
        Their keys; a call with the key 0 is in no chain.
    times : array of int64
        In milliseconds.
    codes : array of int
        Of the calls' reasons.
    kinds : array of int
        What to return for each code, and last for the code -1.
    longest : int
        Milliseconds from one call of a chain to the next.

    Examples
    --------
    >>> callees, times, codes = np.array([5, 7, 5]), np.array([0, 10, 30]), np.array([1, 0, 1])
    >>> links = linked(callees, times, codes, np.array([0, 1, -1]), 60)
    >>> links.attempt.tolist(), links.previous.tolist(), links.since[2].astype(int).tolist()
    ([1, 1, 2], [-1, -1, 1], 30)
    """
    dials, size = dials_of(callees, times), len(callees)
    attempt, previous = np.zeros(size, dtype=np.int64), np.full(size, -1, dtype=kinds.dtype)
    since = np.full(size, _NEVER)

    def link(block: Words) -> None:
        rows, keys, at = in_order(block, dials)
        apart = np.diff(at, prepend=0)
        follows = apart <= longest
        follows[0], follows[1:] = False, follows[1:] & (keys[1:] == keys[:-1])
        place = np.arange(len(rows))
        first = np.maximum.accumulate(np.where(follows, 0, place))
        before = np.roll(kinds[codes[rows]], 1)
        attempt[rows] = place - first + 1
        previous[rows] = np.where(follows, before, kinds.dtype.type(-1))
        since[rows] = np.where(follows, apart, _NEVER)

    spread(link, by_callee(dials))
    return Links(attempt, previous, since.view("timedelta64[ms]"))
