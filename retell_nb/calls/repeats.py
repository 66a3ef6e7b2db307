"""Calls that say nothing new: the same ending, with the same person, again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, person, when
from retell_nb.calls.masking import is_withheld
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.engine.codes import key, lookup
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints, Mask

__all__ = ["WITHIN", "people", "repeats"]

WITHIN = pd.Timedelta("24h")
"""An ending that follows on the same ending with the same person within this time is no news."""


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
    numbers = person(calls, vocabulary)
    keys = number_keys(numbers).copy()
    strange = np.flatnonzero(keys < 0)  # not written as E.164, as withheld numbers are not
    keys[strange[[is_withheld(str(number)) for number in numbers.iloc[strange]]]] = 0
    return keys


def repeats(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether each call repeats the ending of an earlier one with the same person.

    One dead number that is dialed twelve times is one piece of evidence, not twelve. So a call
    repeats another one if it ended for the same reason, with the same callee (the same caller
    where it came in), within `WITHIN` of the one before. Completed calls and calls in progress
    repeat nothing. Without times, or without numbers, no call repeats another one.

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
    same = (np.diff(who[order]) == 0) & (np.diff(reason[order]) == 0)
    soon = np.diff(clock[order]) <= WITHIN.to_timedelta64()
    again[rows[order[1:]]] = same & soon
    return again
