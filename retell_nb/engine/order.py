"""The order of calls by callee and time, found on all cores.

A callee's key is scrambled to so many bits that the call's place fits beside it in 64: sorting
these words puts the calls of each callee together, the earlier place first. That is plain sorting
of integers, which numpy does several times as fast as it tells an order; and words are put into
drawers first, by their highest bits, so that each is sorted within a cache. Frames are mostly in
order of time on the whole, and few callees are left whose calls must be put in order by time
itself; those who were scrambled to the same are put apart with them. Other frames are put in order
of time before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np

from retell_nb.engine.steps import ends
from retell_nb.engine.threads import sort, spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints

    Words: TypeAlias = npt.NDArray[np.uint64]
    Drawer: TypeAlias = list[Words]

__all__ = ["Dials", "Ordered", "by_callee", "dials_of", "in_order", "rows_in_order"]

_SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio: D. E. Knuth, The Art of Computer Programming 3, 6.4."""

_BLOCK = 1 << 17  # calls whose words fit into a core's cache
_PROBES = 256  # times that show whether a frame is in order on the whole
_MOST_BACK = 0.1  # of these, that go back where it is


class Dials(NamedTuple):
    """Keys of callees and times of all rows, and the rows to put in order.

    These are all with a key where `rows` is None. `bits` says how many a place among them takes,
    `width` how many the keys differ in.
    """

    keys: Ints
    times: Ints
    rows: Ints | None
    bits: int
    width: int


class Ordered(NamedTuple):
    """Calls by callee and time: their rows, what tells their callees apart, and their times."""

    rows: Ints
    callees: Ints
    times: Ints


def dials_of(keys: Ints, times: Ints) -> Dials:
    """Pick out the rows with a key other than 0, about in order of time.

    Examples
    --------
    >>> dials_of(np.array([7, 5, 0, 7]), np.array([9, 8, 7, 6])).rows.tolist()
    [3, 1, 0]
    """
    times = np.ascontiguousarray(times)  # else each `take` would copy it
    least, most = ends(keys) or (0, 0)
    probes = slice(None, None, len(times) // _PROBES + 1)
    back = np.diff(times[probes][keys[probes] != 0]) < 0
    rows = None
    if np.count_nonzero(back) > _MOST_BACK * len(back):
        rows = np.flatnonzero(keys)
        rows = rows[_in_time(times[rows])]
    bits = len(times if rows is None else rows).bit_length()
    return Dials(keys, times, rows, bits, (most - least).bit_length())


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


def by_callee(dials: Dials) -> list[Drawer]:
    """Put the calls into drawers, each of which holds whole callees.

    Returns
    -------
    list of list of array of uint64
        One word for each call: the scrambled key above, the place in the lowest bits.

    Examples
    --------
    >>> dials = dials_of(np.array([1 << 62, 0, 1 << 62]), np.array([3, 4, 5]))
    >>> [[(words & 3).tolist() for words in drawer] for drawer in by_callee(dials)]
    [[[0, 2]]]
    """
    size = len(dials.keys if dials.rows is None else dials.rows)
    depth = max(1, min((size // _BLOCK).bit_length(), 64 - dials.bits))

    def parted(start: int) -> list[Words]:
        words = _words(dials, start)
        places = (words >> np.uint64(64 - depth)).astype(np.min_scalar_type((1 << depth) - 1))
        sizes = np.bincount(places, minlength=1 << depth)
        return np.split(words.take(places.argsort(kind="stable")), sizes.cumsum()[:-1])

    parts = spread(parted, range(0, size, _BLOCK))
    drawers = ([words for words in own if len(words)] for own in zip(*parts, strict=True))
    return [drawer for drawer in drawers if drawer]


def _words(dials: Dials, start: int) -> Words:
    """Return the words of the calls of a block."""
    keys, _, rows, bits, _ = dials
    part = slice(start, start + _BLOCK)
    mine = keys[part if rows is None else rows[part]]
    places = np.flatnonzero(mine)
    words = mine[places].view(np.uint64) * _SCRAMBLE
    words <<= np.uint64(bits)  # so keys that differ in no higher bits are never the same
    words |= (places + start).view(np.uint64)
    return words


def in_order(drawer: Drawer, dials: Dials) -> Ordered:
    """Return a drawer's calls by callee and time, the earlier row first of two at the same time.

    Parameters
    ----------
    drawer : list of array of uint64
        As of `by_callee`.
    dials : Dials

    Examples
    --------
    >>> dials = dials_of(np.array([7, 5, 7]), np.array([9, 9, 8]))
    >>> [in_order(drawer, dials).rows.tolist() for drawer in by_callee(dials)]
    [[2, 0, 1]]
    """
    words = np.concatenate(drawer)
    words.sort()
    places = (words & np.uint64((1 << dials.bits) - 1)).view(np.int64)
    rows = places if dials.rows is None else dials.rows[places]
    scrambled = (words >> np.uint64(dials.bits)).view(np.int64)
    exact = dials.width <= 64 - dials.bits
    calls = Ordered(rows, scrambled if exact else dials.keys.take(rows), dials.times.take(rows))
    wrong = calls.times[1:] < calls.times[:-1]
    if not exact:
        wrong |= calls.callees[1:] != calls.callees[:-1]
    wrong &= scrambled[1:] == scrambled[:-1]
    if wrong.any():
        mixed = _runs(scrambled, np.flatnonzero(wrong))
        order = mixed[np.lexsort((calls.times[mixed], calls.callees[mixed], scrambled[mixed]))]
        for column in calls:
            column[mixed] = column[order]
    return calls


def rows_in_order(keys: Ints, times: Ints) -> Ints:
    """Return the rows with a key other than 0, by key and time, the earlier row first of two.

    The keys are in no order.

    Examples
    --------
    >>> rows_in_order(np.array([7, 5, 0, 7]), np.array([9, 9, 9, 8])).tolist()
    [3, 0, 1]
    """
    dials = dials_of(keys, times)
    parts = spread(lambda drawer: in_order(drawer, dials).rows, by_callee(dials))
    return np.concatenate([keys[:0], *parts])


def _runs(ordered: Ints, places: Ints) -> Ints:
    """Return all places of what stands at some places of a sorted array."""
    values = np.unique(ordered[places])
    starts, stops = (ordered.searchsorted(values, side=side) for side in ("left", "right"))
    sizes = stops - starts
    shifts = np.repeat(starts - np.cumsum(sizes) + sizes, sizes)
    return np.asarray(np.arange(len(shifts)) + shifts)
