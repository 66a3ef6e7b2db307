"""Pieces of evidence: redials of one person that end alike count once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.frame import when
from retell_nb.tables.limits import counterpart
from retell_nb.tables.periods import milliseconds
from retell_nb.tables.selecting import word

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask: TypeAlias = npt.NDArray[np.bool_]
    Codes: TypeAlias = npt.NDArray[np.signedinteger[Any]]

__all__ = ["first_of_piece"]

_DAY = 24 * 60 * 60 * 1000


def first_of_piece(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Mask:
    """Which calls are the first of their piece of evidence: all that are no redial ending alike.

    Calls with the same person (the caller of an inbound call, the callee of any other) and the same
    reason within 24 hours of the first of them are one piece. A call that tells no number or no
    time is a piece of its own.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason` and `start_timestamp`; without `direction`, `from_number` or
        `to_number` every call is a piece of its own.
    vocabulary : DataFrame

    Returns
    -------
    array of bool

    Examples
    --------
    >>> from retell_nb.reasons import REASONS
    >>> times = ["2026-03-02T10:00Z", "2026-03-02T12:00Z", "2026-03-03T11:00Z"]
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": "dial_busy", "direction": "outbound",
    ...     "from_number": "+14155550101", "to_number": "+14155550100",
    ...     "start_timestamp": pd.to_datetime(times),
    ... })
    >>> first_of_piece(calls, REASONS).tolist()
    [True, False, True]
    """
    first = np.ones(len(calls), dtype=bool)
    if not {"direction", "from_number", "to_number"} <= set(calls.columns):
        return first
    people = pd.factorize(counterpart(calls))[0]
    reasons = pd.factorize(word(calls, "reason", vocabulary))[0]
    times = when(calls)
    rows = np.flatnonzero((people >= 0) & times.notna().to_numpy())
    kinds = people[rows] * (int(np.max(reasons, initial=0)) + 2) + reasons[rows] + 1
    at = milliseconds(times)[rows]
    order = np.lexsort((at, kinds))
    first[rows[order]] = _starts(kinds[order], at[order])
    return first


def _starts(kinds: Codes, at: Codes) -> Mask:
    """Which of sorted calls begin a piece: all kinds step from piece to piece at once."""
    starts = np.zeros(len(kinds), dtype=bool)
    begin = np.flatnonzero(np.diff(kinds, prepend=-1))
    end = np.append(begin[1:], len(kinds))
    # the first call of the same kind that comes over a day later, if any
    spans = np.zeros(len(kinds), dtype=np.int64)
    spans[begin] = 1
    shift = np.cumsum(spans) * (int(np.ptp(at)) + 2 * _DAY) if len(at) else spans
    later = np.searchsorted(shift + at, shift + at + _DAY, side="right")
    while len(begin):
        starts[begin] = True
        following = later[begin]
        inside = following < end
        begin, end = following[inside], end[inside]
    return starts
