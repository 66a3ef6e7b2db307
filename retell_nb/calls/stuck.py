"""Calls that hang: on record as registered or ongoing for longer than any call can last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, known_times
from retell_nb.engine.steps import MISSING

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.vocabulary.lookup import Endings

__all__ = ["LONGEST", "stuck", "stuck_rows"]

_NEEDED = {"disconnection_reason", "call_status", "start_timestamp"}

LONGEST = pd.Timedelta("2h")
"""The longest that max_call_duration_ms can be set to."""


def stuck(calls: pd.DataFrame, *, now: pd.Timestamp | None = None) -> Mask:
    """Tell which calls are still in progress on record, though none can last that long.

    A call is as old as the last time that the calls tell is late, so that the answer stays the same
    whenever it is asked for. Their outcome stays `in_progress`; nobody knows how they ended. Of a
    call without a time unknown.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`, `call_status` and `start_timestamp`; others are never stuck.
    now : Timestamp, optional
        Times after it are of a wrong clock and make nothing old; the present by default.

    Returns
    -------
    array of bool

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-01T12:30Z", "2026-03-01T12:31Z"])
    >>> calls = pd.DataFrame({"disconnection_reason": [None, None, "user_hangup"],
    ...                       "call_status": ["ongoing", "ongoing", "ended"],
    ...                       "start_timestamp": times})
    >>> stuck(calls).tolist()
    [True, False, False]
    """
    hanging = np.zeros(len(calls), dtype=bool)
    if {*calls.columns} >= _NEEDED:
        hanging[stuck_rows(calls, endings(calls), now=now)] = True
    return hanging


def stuck_rows(calls: pd.DataFrame, ending: Endings, *, now: pd.Timestamp | None = None) -> Ints:
    """Return the places of the stuck calls, in order.

    Parameters
    ----------
    calls : DataFrame
    ending : Endings
        How they ended.
    now : Timestamp, optional
        As for `stuck`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> stuck_rows(calls, endings(calls)).tolist()
    []
    """
    nowhere = np.zeros(0, dtype=np.int64)
    if not {*calls.columns} >= _NEEDED:
        return nowhere
    rows = ending.rows(ending.are("outcome", "in_progress") & pd.isna(ending.reasons))
    if not len(rows):
        return nowhere
    present = pd.Timestamp.now("UTC") if now is None else now
    times, unit = known_times(calls)
    begun = times[rows]
    last = times.latest(int(present.as_unit(unit).asm8.view("i8")))
    age = np.where((begun == MISSING) | (last == MISSING), 0, last - begun)
    return rows[age > LONGEST // pd.Timedelta(1, unit)]
