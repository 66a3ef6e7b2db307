"""Calls that say nothing new: the same ending, with the same person, again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import INBOUND, OUTBOUND, direction, endings, moments
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.engine.codes import lookup
from retell_nb.engine.order import by_callee, dials_of, in_order
from retell_nb.engine.steps import MISSING
from retell_nb.engine.threads import spread
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Ints, Mask, Rows

__all__ = ["WITHIN", "people", "repeats"]

WITHIN = pd.Timedelta("24h")
"""Calls with the same person that end alike within this time are one piece of evidence."""

_TELLING = ("direction", "call_type", "disconnection_reason", "to_number", "from_number")


def people(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Ints:
    """Person on the other side of each call, as an integer; 0 where unknown.

    Falls back on 0 where the direction is unknown, the number is missing or withheld, and for web
    calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": "outbound", "to_number": ["+14155550100", "anonymous"]})
    >>> people(calls).tolist()
    [14155550100, 0]
    """
    ways = direction(calls, vocabulary)
    sides = [
        (np.flatnonzero(ways == way), calls[name])
        for way, name in ((OUTBOUND, "to_number"), (INBOUND, "from_number"))
        if name in calls.columns
    ]
    who = np.zeros(len(calls), dtype=np.int64)
    if all(isinstance(column.dtype, pd.CategoricalDtype) for _, column in sides):
        codes = [column.cat.codes.to_numpy() for _, column in sides]
        tables = _keys([pd.Series(column.cat.categories) for _, column in sides])
        for (rows, _), own, table in zip(sides, codes, tables, strict=True):
            who[rows] = np.append(table, 0)[own[rows]]
        return who
    numbers = [column if len(rows) == len(calls) else column.iloc[rows] for rows, column in sides]
    for (rows, _), keys in zip(sides, _keys(numbers), strict=True):
        who[rows] = keys
    return who


def _keys(numbers: list[Column]) -> list[Ints]:
    """Keys of several columns, read at once: what is no number is told apart among these alone."""
    if len({column.dtype for column in numbers}) > 1:
        numbers = [column.astype(object) for column in numbers]
    if not numbers:
        return []
    keys = number_keys(numbers[0] if not numbers[1:] else pd.concat(numbers, ignore_index=True))
    return np.split(keys, np.cumsum([len(column) for column in numbers])[:-1])


def repeats(
    calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS, *, who: Ints | None = None
) -> Mask:
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
    who : array of int, optional
        The `people` of the calls, if they are at hand.

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
    rows = np.flatnonzero(candidates if who is None else candidates & (who != 0))
    columns = [name for name in _TELLING if name in calls.columns]
    persons = people(calls[columns].iloc[rows], vocabulary) if who is None else who[rows]
    clock = moments(calls)[rows]
    dated = (persons != 0) & (clock != MISSING)
    rows, persons, clock = rows[dated], persons[dated], clock[dated]
    reasons = pd.factorize(ending.reasons)[0] + 1
    kinds = persons * (int(reasons.max(initial=0)) + 1) + reasons[ending.codes[rows]]
    if not len(rows):
        return again
    dials = dials_of(kinds, clock)

    def repeated(drawer: Any) -> Rows:
        calls_in_order = in_order(drawer, dials)
        first = _first_of_piece(calls_in_order.callees, calls_in_order.times)
        return np.asarray(calls_in_order.rows[~first])

    again[rows[np.concatenate(spread(repeated, by_callee(dials)))]] = True
    return again


def _first_of_piece(kinds: Ints, at: Ints) -> Mask:
    """Whether each of the sorted calls begins a piece; all kinds step on at once."""
    begins = np.ones(len(kinds), dtype=bool)
    alike = kinds[1:] == kinds[:-1]
    often = np.flatnonzero(np.append(alike, False) | np.append(False, alike))  # others are alone
    if not len(often):
        return begins
    own, clock = kinds[often], at[often] - at[often].min()
    begin = np.flatnonzero(np.append(True, own[1:] != own[:-1]))
    sizes = np.diff(begin, append=len(own))
    # The first call that comes later than the piece lasts, of the same kind if there is one.
    span = int(WITHIN // pd.Timedelta("1ms"))
    clock += np.repeat(np.arange(len(begin)), sizes) * (int(clock.max()) + 2 * span)
    later = np.searchsorted(clock, clock + span, side="right")
    begins[often] = False
    end = begin + sizes
    while len(begin):
        begins[often[begin]] = True
        following = later[begin]
        inside = following < end
        begin, end = following[inside], end[inside]
    return begins
