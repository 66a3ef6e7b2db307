"""Calls that say nothing new: the same ending, with the same person, again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, person, when
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.engine.codes import key, lookup
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints, Mask

__all__ = ["WITHIN", "people", "repeats"]

WITHIN = pd.Timedelta("24h")
"""Calls with the same person that end alike within this time are one piece of evidence."""


def people(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Ints:
    """Person on the other side of each call, as an integer; 0 where nobody can tell.

    Falls back on 0 where the direction is unknown, the number is missing or withheld, and for web
    calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": "outbound", "to_number": ["+14155550100", "anonymous"]})
    >>> people(calls).tolist()
    [14155550100, 0]
    """
    return number_keys(person(calls, vocabulary))


def repeats(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether each call repeats the ending of an earlier one with the same person.

    One dead number that is dialed twelve times in a day is one piece of evidence, not twelve. So
    calls that ended for the same reason, with the same callee (the same caller where they came
    in), within `WITHIN` of the first of them, are one piece, and all but the first repeat it.
    Completed calls and calls in progress repeat nothing. Without times, or without numbers, no
    call repeats another one.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`; the numbers, direction and times where there are any.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Returns
    -------
    array of bool

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "dial_busy", "dial_failed"],
    ...     "to_number": "+14155550100", "direction": "outbound",
    ...     "start_timestamp": pd.date_range("2026-03-01", periods=3, freq="h", tz="UTC"),
    ... })
    >>> repeats(calls).tolist()
    [False, True, False]
    """
    again = np.zeros(len(calls), dtype=bool)
    if "start_timestamp" not in calls.columns:
        return again
    ending = endings(calls, vocabulary)
    well = ending.are("outcome", "completed") | ending.are("outcome", "in_progress")
    (candidates,) = lookup(ending.codes, ~well)
    rows = np.flatnonzero(candidates)
    subset = calls.iloc[rows]
    who, times = people(subset, vocabulary), when(subset)
    dated = (who != 0) & times.notna().to_numpy()
    rows, who = rows[dated], who[dated]
    reason = key(pd.Series(ending.reasons)).codes[ending.codes[rows]]
    clock = times[dated].dt.tz_convert(None).to_numpy().astype("datetime64[ms]")
    order = np.lexsort([clock, reason, who])
    alike = np.append(True, (np.diff(who[order]) != 0) | (np.diff(reason[order]) != 0))[
        : len(order)
    ]
    again[rows[order]] = ~_first_of_piece(np.cumsum(alike), clock[order].astype(np.int64))
    return again


def _first_of_piece(kinds: Ints, at: Ints) -> Mask:
    """Whether each of the sorted calls begins a piece; all kinds step on at once."""
    begins = np.zeros(len(kinds), dtype=bool)
    begin = np.flatnonzero(np.diff(kinds, prepend=0))
    end = np.append(begin[1:], len(kinds))
    # The first call that comes later than the piece lasts, of the same kind if there is one.
    span = int(WITHIN // pd.Timedelta("1ms"))
    clock = at + kinds * (int(np.ptp(at)) + 2 * span) if len(at) else at
    later = np.searchsorted(clock, clock + span, side="right")
    while len(begin):
        begins[begin] = True
        following = later[begin]
        inside = following < end
        begin, end = following[inside], end[inside]
    return begins
