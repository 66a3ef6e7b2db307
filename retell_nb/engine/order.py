"""The order of calls by callee and time, found on all cores.

A callee's key is scrambled to so many bits that the call's place fits beside it in 64: sorting
these words puts the calls of each callee together, the earlier place first. That is plain sorting
of integers, which numpy does several times as fast as it tells an order. Frames are mostly in
order of time on the whole, and few callees are left whose calls must be put in order by time
itself; those who were scrambled to the same are put apart with them. Other frames are put in order
of time before.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.threads import sort, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints

    Words: TypeAlias = npt.NDArray[np.uint64]

__all__ = ["Dials", "Ordered", "by_callee", "dials_of", "in_order", "rows_in_order"]

_SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio: D. E. Knuth, The Art of Computer Programming 3, 6.4."""

_BLOCK = 1 << 17  # calls whose words fit into a core's cache
_PROBES = 256  # times that show whether a frame is in order on the whole


class Dials(NamedTuple):
    """Keys of callees and times of all rows, and the rows to put in order.

    These are all where `rows` is None. `bits` says how many a place among them takes.
    """

    keys: Ints
    times: Ints
    rows: Ints | None
    bits: int


class Ordered(NamedTuple):
    """Calls by callee and time: their rows, and the keys and times of these."""

    rows: Ints
    keys: Ints
    times: Ints


def dials_of(keys: Ints, times: Ints) -> Dials:
    """Pick out the rows with a key other than 0, about in order of time.

    Examples
    --------
    >>> dials_of(np.array([7, 5, 0, 7]), np.array([9, 8, 7, 6])).rows.tolist()
    [3, 1, 0]
    """
    times = np.ascontiguousarray(times)  # else each `take` would copy it
    rows = None if keys.all() else np.flatnonzero(keys)
    dial_times = times if rows is None else times[rows]
    if (np.diff(dial_times[:: len(dial_times) // _PROBES + 1]) < 0).any():
        order = _in_time(dial_times)
        rows = order if rows is None else rows[order]
    return Dials(keys, times, rows, len(dial_times).bit_length())


def _in_time(times: Ints) -> Ints:
    """Return the places in order of time, the earlier place first of two at the same time."""
    bits, first = len(times).bit_length(), int(times.min())
    if (int(times.max()) - first).bit_length() + bits > 63:
        return np.argsort(times, kind="stable")
    packed: Ints = times - first
    packed <<= bits
    packed |= np.arange(len(times))
    sort(packed)
    packed &= (1 << bits) - 1
    return packed


def by_callee(dials: Dials) -> list[Words]:
    """Divide the calls into blocks of whole callees, each sorted by callee and place.

    Returns
    -------
    list of array of uint64
        One word for each call: the scrambled key above, the place in the lowest bits.

    Examples
    --------
    >>> dials = dials_of(np.array([1 << 62, 0, 1 << 62]), np.array([3, 4, 5]))
    >>> [(block & 3).tolist() for block in by_callee(dials)]
    [[0, 1]]
    """
    words = _words(dials)
    sort(words)
    bits = np.uint64(dials.bits)
    begins = words[::_BLOCK] >> bits << bits
    cuts = [*np.unique(words.searchsorted(begins)).tolist(), len(words)]
    return [words[start:stop] for start, stop in pairwise(cuts)]


def _words(dials: Dials) -> Words:
    keys, _, rows, bits = dials
    words = np.empty(len(keys) if rows is None else len(rows), dtype=np.uint64)

    def pack(start: int) -> None:
        part = slice(start, start + _BLOCK)
        block, mine = words[part], keys[part if rows is None else rows[part]]
        np.multiply(mine.view(np.uint64), _SCRAMBLE, out=block)
        block >>= np.uint64(bits)
        block <<= np.uint64(bits)
        block |= np.arange(start, start + len(block), dtype=np.uint64)

    spread(pack, range(0, len(words), _BLOCK))
    return words


def in_order(block: Words, dials: Dials) -> Ordered:
    """Return a block's calls by callee and time, the earlier row first of two at the same time.

    Parameters
    ----------
    block : array of uint64
        As of `by_callee`.
    dials : Dials

    Examples
    --------
    >>> dials = dials_of(np.array([7, 5, 7]), np.array([9, 9, 8]))
    >>> [in_order(block, dials).rows.tolist() for block in by_callee(dials)]
    [[1, 2, 0]]
    """
    places = (block & np.uint64((1 << dials.bits) - 1)).view(np.int64)
    rows = places if dials.rows is None else dials.rows[places]
    calls = Ordered(rows, dials.keys.take(rows), dials.times.take(rows))
    scrambled = block >> np.uint64(dials.bits)
    near = scrambled[1:] == scrambled[:-1]
    wrong = near & ((calls.keys[1:] != calls.keys[:-1]) | (calls.times[1:] < calls.times[:-1]))
    if wrong.any():
        mixed = _runs(scrambled, np.flatnonzero(wrong))
        order = mixed[np.lexsort((calls.times[mixed], calls.keys[mixed], scrambled[mixed]))]
        for column in calls:
            column[mixed] = column[order]
    return calls


def rows_in_order(keys: Ints, times: Ints) -> Ints:
    """Return the rows with a key other than 0, by key and time, the earlier row first of two.

    The keys are in no order.

    Examples
    --------
    >>> rows_in_order(np.array([7, 5, 0, 7]), np.array([9, 9, 9, 8])).tolist()
    [1, 3, 0]
    """
    dials = dials_of(keys, times)
    parts = spread(lambda block: in_order(block, dials).rows, by_callee(dials))
    return np.concatenate([keys[:0], *parts])


def _runs(ordered: Words, places: Ints) -> Ints:
    """Return all places of what stands at some places of a sorted array."""
    values = np.unique(ordered[places])
    starts, stops = (ordered.searchsorted(values, side=side) for side in ("left", "right"))
    sizes = stops - starts
    shifts = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return np.asarray(np.arange(len(shifts)) + shifts)
