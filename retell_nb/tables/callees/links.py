"""What each call has before it in the chain of calls to its callee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.engine.order import by_callee, dials_of, in_order
from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Ints
    from retell_nb.engine.order import Drawer


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
    attempt, since = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    previous = np.empty(size, dtype=kinds.dtype)

    def begin(rows: slice) -> None:
        attempt[rows], previous[rows], since[rows] = callees[rows] != 0, -1, _NEVER

    def link(drawer: Drawer) -> None:
        rows, people, at = in_order(drawer, dials)
        apart = np.diff(at)
        places = np.flatnonzero((apart <= longest) & (people[1:] == people[:-1]))
        first = np.flatnonzero(np.diff(places, prepend=-2) != 1)  # of each chain, the second call
        begins = np.repeat(places[first], np.diff(first, append=len(places)))
        later = rows[places + 1]
        attempt[later] = places - begins + 2
        previous[later] = kinds[codes[rows[places]]]
        since[later] = apart[places]

    spread(begin, blocks(size))
    spread(link, by_callee(dials))
    return Links(attempt, previous, since.view("timedelta64[ms]"))
