"""Calls that hang: on record as registered or ongoing for longer than any call can last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import TIMES, endings, when
from retell_nb.engine.codes import lookup

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Mask

__all__ = ["LONGEST", "stuck"]

LONGEST = pd.Timedelta("2h")
"""The longest that max_call_duration_ms can be set to."""


def stuck(calls: pd.DataFrame, *, now: pd.Timestamp | None = None) -> Mask:
    """Tell which calls are still in progress on record, though none can last that long.

    A call is as old as the last time that the calls tell is late, so that the answer stays the same
    whenever it is asked for. Their outcome stays `in_progress`; nobody knows how they ended. Of a
    call without a time nobody can tell.

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
    needed = {"disconnection_reason", "call_status", "start_timestamp"}
    hanging = np.zeros(len(calls), dtype=bool)
    if not needed <= {*calls.columns}:
        return hanging
    ending = endings(calls)
    running = ending.are("outcome", "in_progress")
    if not running.any():
        return hanging
    rows = np.flatnonzero(lookup(ending.codes, running)[0])
    if not len(rows):
        return hanging
    present = pd.Timestamp.now("UTC") if now is None else now
    lasts = [_last(calls[name], present) for name in TIMES if name in calls.columns]
    begun = when(calls[[name for name in TIMES if name in calls.columns]].iloc[rows])
    old = pd.Series(lasts).max() - begun > LONGEST
    hanging[rows] = old.to_numpy(dtype=bool, na_value=False)
    return hanging


def _last(times: Column, present: pd.Timestamp) -> Any:
    """The last of the times that are not in the future."""
    last = times.max()
    return times[times <= present].max() if last > present else last
