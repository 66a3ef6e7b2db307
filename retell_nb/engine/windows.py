"""Calls on a line: in order of number and time, so that a window over them is two look-ups.

Number and time of a call are packed into one integer. How many bits the time takes is read from
the calls' own span and from the longest window that is asked for, so that no window of a number
ever reaches the calls of the next one.

A window is half open: it holds the calls from its start on and before its end. Calls of the same
moment are all in it, and a call exactly the window's length after its start is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.engine.threads import sort, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Codes, Ints, Mask


__all__ = [
    "EPOCH",
    "EVER",
    "Line",
    "as_times",
    "between",
    "clusters",
    "in_line",
    "lines",
    "moments_of",
    "peaks",
]

EPOCH = pd.Timestamp(0, tz="UTC")
EVER = (-(1 << 62), 1 << 62)
"""Before and after all moments."""

_BLOCK = 1 << 16  # calls whose keys still fit into a core's cache


class Line(NamedTuple):
    """Sorted keys of calls; the bits of a key that are time; the time that is 0; the room left."""

    keys: Ints
    bits: int
    origin: int
    room: int


def as_times(moments: Ints) -> pd.Series[pd.Timestamp]:
    """Return milliseconds since 1970 as times; the smallest integer is no time.

    Examples
    --------
    >>> as_times(np.array([0])).dt.year.tolist()
    [1970]
    """
    return EPOCH.as_unit("ms") + pd.Series(moments.view("timedelta64[ms]"))


def in_line(codes: Codes, moments: Ints, room: int) -> Line:
    """Return calls in line.

    Parameters
    ----------
    codes : array of int
        Number of each call, from 0 on.
    moments : array of int
        Time of each call in milliseconds.
    room : int
        The longest window, in milliseconds, that the line will be asked for.

    Raises
    ------
    ValueError
        If there are so many numbers in so long a time that they do not fit into 62 bits.

    Examples
    --------
    >>> line = in_line(np.array([1, 0]), np.array([5_000, 9_000]), 1_000)
    >>> line.bits, (line.keys >> line.bits).tolist()
    (13, [0, 1])
    """
    keys, bits, origin = _packed(codes, moments, room)
    sort(keys)
    return Line(keys, bits, origin, room)


def _packed(codes: Codes, moments: Ints, room: int) -> tuple[Ints, int, int]:
    """Numbers and times as one integer, how many bits of it are time, and the time that is 0."""
    origin, last = (int(moments.min()), int(moments.max())) if len(moments) else (0, 0)
    bits = (last - origin + room).bit_length()
    if bits + int(codes.max(initial=0)).bit_length() > 62:
        raise ValueError(
            f"{int(codes.max()) + 1:,} caller numbers over {(last - origin) / 86_400_000:,.0f} "
            "days are too many to look for bursts; leave calls with impossible times out "
            "(see audit)."
        )
    keys = codes.astype(np.int64)
    keys <<= bits
    keys |= moments - origin
    return keys, bits, origin


def lines(codes: Codes, moments: Ints, room: int, kinds: Sequence[Mask]) -> list[Line]:
    """Return the calls of several kinds in line, for which all are put in order once.

    Parameters
    ----------
    codes, moments, room
        As for `in_line`.
    kinds : sequence of array of bool
        Which calls are of each.

    Examples
    --------
    >>> both = np.array([False, True]), np.array([True, True])
    >>> [len(line.keys) for line in lines(np.array([1, 0]), np.array([5, 9]), 10, both)]
    [1, 2]
    """
    keys, bits, origin = _packed(codes, moments, room)
    spare = len(kinds)
    if bits + int(codes.max(initial=0)).bit_length() + spare > 62:  # no bits are left for the kinds
        return [in_line(codes[kind], moments[kind], room) for kind in kinds]
    keys <<= spare
    flags: Codes = np.zeros(len(keys), dtype=np.uint8 if spare <= 8 else np.int64)
    for place, kind in enumerate(kinds):
        flags |= kind.astype(flags.dtype) << place
    keys |= flags
    sort(keys)
    flags = (keys & ((1 << spare) - 1)).astype(flags.dtype)
    keys >>= spare
    of_kind = spread(lambda place: keys[(flags & (1 << place)) != 0], range(spare))
    return [Line(own, bits, origin, room) for own in of_kind]


def moments_of(line: Line, code: int) -> Ints:
    """Return the moments of the calls of one number.

    Examples
    --------
    >>> moments_of(in_line(np.array([1, 0]), np.array([5, 9]), 10), 1).tolist()
    [5]
    """
    first, after = (int(line.keys.searchsorted(one << line.bits)) for one in (code, code + 1))
    return _moments(line, np.arange(first, after))


def between(line: Line, codes: Codes, since: Ints | int, until: Ints | int) -> Ints:
    """Return how many calls each number has from a moment on and before another.

    Examples
    --------
    >>> line = in_line(np.array([0, 0, 1]), np.array([5, 7, 7]), 10)
    >>> between(line, np.array([0, 0, 1]), np.array([5, 6, 0]), np.array([7, 99, 7])).tolist()
    [1, 1, 0]
    """
    first, after = (_places(line, codes, moments) for moments in (since, until))
    return np.asarray(np.maximum(after - first, 0))


def _places(line: Line, codes: Codes, moments: Ints | int) -> Ints:
    """Places of the first calls of the numbers at or after the moments."""
    offsets = np.clip(moments - line.origin, 0, (1 << line.bits) - 1)
    return np.asarray(line.keys.searchsorted((codes.astype(np.int64) << line.bits) | offsets))


def _ahead(line: Line, length: int) -> Ints:
    """How many calls of its number lie in the window that each call opens, itself included.

    Calls and the ends of their windows are two sorted runs, which a stable sort merges; the lowest
    bit puts an end before a call of the same moment.
    """
    keys = line.keys

    def block(start: int) -> Ints:
        ends = keys[start : start + _BLOCK] + length
        near = keys[start : keys.searchsorted(ends[-1])]
        merged = np.concatenate([near << 1 | 1, ends << 1])
        merged.sort(kind="stable")
        return np.flatnonzero(merged & 1 == 0) - 2 * np.arange(len(ends))

    parts = spread(block, range(0, len(keys), _BLOCK))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def peaks(
    line: Line, length: int, codes: Codes, since: Ints | int, until: Ints | int
) -> tuple[Ints, Ints]:
    """Most calls in any window that opens from a moment on and before another, and when it opens.

    Of several windows with as many calls the first one is told.

    Parameters
    ----------
    line : Line
    length : int
        Of the window, in milliseconds, at most the room of the line.
    codes, since, until : arrays of int
        Numbers and moments (or one moment for all) in the order of the line; no part overlaps
        the next.

    Returns
    -------
    calls, moments : arrays of int
        0 and the smallest integer where there is no call.

    Examples
    --------
    >>> line = in_line(np.array([0, 0, 0]), np.array([0, 50, 60]), 20)
    >>> calls, moments = peaks(line, 20, np.array([0]), 0, 99)
    >>> calls.tolist(), moments.tolist()
    ([2], [50])
    """
    starts, stops = (_places(line, codes, moments) for moments in (since, until))
    nonempty = stops > starts
    most = np.zeros(len(codes), dtype=np.int64)
    opens = np.full(len(codes), np.iinfo(np.int64).min)
    if nonempty.any():
        ahead = _ahead(line, length)[: stops[nonempty][-1]]
        most[nonempty] = np.maximum.reduceat(ahead, starts[nonempty])
        sizes = np.diff(np.append(starts[nonempty], len(ahead)))
        tops = np.flatnonzero(ahead == np.repeat(most[nonempty], sizes))
        firsts = tops[tops.searchsorted(starts[nonempty])]
        opens[nonempty] = _moments(line, firsts)
    return most, opens


def _moments(line: Line, places: Codes) -> Ints:
    return (line.keys[places] & ((1 << line.bits) - 1)) + line.origin


def clusters(line: Line, length: int, least: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Clusters of calls: their numbers, first and last moments, and how many calls they hold.

    A call is of a cluster where some window that holds at least so many calls holds it too.
    Clusters of a number with less than a window between them are one.

    Examples
    --------
    >>> line = in_line(np.zeros(5, dtype=np.int64), np.array([0, 4, 8, 90, 99]), 10)
    >>> [part.tolist() for part in clusters(line, 10, 3)]
    [[0], [0], [8], [3]]
    """
    keys, size = line.keys, len(line.keys)
    opening = max(size - least + 1, 0)
    full = np.flatnonzero(keys[size - opening :] < keys[:opening] + length)
    steps = np.bincount(full, minlength=size + 1) - np.bincount(full + least, minlength=size + 1)
    inside = np.flatnonzero(steps[:size].cumsum())
    apart = np.flatnonzero(np.diff(keys[inside]) >= length)
    bounds = [0] * bool(len(inside))
    first = inside[np.append(bounds, apart + 1).astype(np.int64)]
    last = inside[np.append(apart, [len(inside) - 1] * len(bounds)).astype(np.int64)]
    codes = keys[first] >> line.bits
    return codes, _moments(line, first), _moments(line, last), last - first + 1
