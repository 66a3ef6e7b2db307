"""The order of calls by callee and time, found on all cores.

A callee's key is scrambled to so many bits that the call's place in time fits beside it in 64:
sorting these numbers puts the calls of each callee together and in order. That is plain sorting of
integers, which numpy does several times as fast as it sorts by two keys. Two callees may come out
the same; where the sorted keys show it, those few calls are sorted again by the keys themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Ints: TypeAlias = npt.NDArray[np.int64]
    Words: TypeAlias = npt.NDArray[np.uint64]

__all__ = ["in_time", "parts", "sorted_part"]

_SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)
"""2**64 divided by the golden ratio: D. E. Knuth, The Art of Computer Programming 3, 6.4."""

_PART = 1 << 20  # calls that a core sorts at a time


def in_time(times: Ints) -> Ints | None:
    """Return the rows in order of time, the earlier row first of two at the same time.

    Returns
    -------
    array of int64 or None
        None where they are in that order already.

    Examples
    --------
    >>> in_time(np.array([30, 10, 10])).tolist(), in_time(np.array([10, 10, 30]))
    ([1, 2, 0], None)
    """
    if (times[1:] >= times[:-1]).all():
        return None
    bits, since = len(times).bit_length(), times - times.min()
    if int(since.max()).bit_length() + bits > 63:
        return np.argsort(times, kind="stable")
    packed: Ints = (since << bits) | np.arange(len(times))
    packed.sort()
    packed &= (1 << bits) - 1
    return packed


def parts(keys: Ints, bits: int) -> Iterator[Words]:
    """Divide the calls, given in order of time, into parts of whole callees.

    Each call is a word of 64 bits: the scrambled key above, its place in time in the lowest `bits`.

    Examples
    --------
    >>> [part.tolist() for part in parts(np.array([0, 0]), 2)]
    [[0, 1]]
    """
    packed = (keys.view(np.uint64) * _SCRAMBLE) >> np.uint64(bits) << np.uint64(bits)
    packed |= np.arange(len(keys), dtype=np.uint64)
    top = min((len(keys) // _PART).bit_length(), 6)
    if not top:
        yield packed
        return
    place = (packed >> np.uint64(64 - top)).astype(np.uint8)
    for number in range(1 << top):
        yield packed[place == number]


def sorted_part(part: Words, keys: Ints, bits: int) -> Ints:
    """Return the places in time of a part's calls, by callee and time.

    Parameters
    ----------
    part : array of uint64
        As of `parts`; it is sorted in place.
    keys : array of int64
        Of all calls, in order of time.
    bits : int

    Examples
    --------
    >>> keys = np.array([7, 5, 7])
    >>> sorted_part(next(parts(keys, 2)), keys, 2).tolist()
    [1, 0, 2]
    """
    part.sort()
    places = (part & np.uint64((1 << bits) - 1)).view(np.int64)
    scrambled, mine = part >> np.uint64(bits), keys[places]
    mixed = (scrambled[1:] == scrambled[:-1]) & (mine[1:] != mine[:-1])
    if mixed.any():
        rows = np.flatnonzero(np.isin(scrambled, scrambled[1:][mixed]))
        order = np.lexsort((places[rows], mine[rows], scrambled[rows]))
        places[rows] = places[rows[order]]
    return places
