"""Calls that hang: on record as registered or ongoing for longer than any call can last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.vocabulary import classify

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask

__all__ = ["LONGEST", "stuck"]

LONGEST = pd.Timedelta("2h")
"""The longest that max_call_duration_ms can be set to."""

_TIMES = ("start_timestamp", "end_timestamp", "event_timestamp")


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
    if not needed <= {*calls.columns}:
        return np.zeros(len(calls), dtype=bool)
    outcome = classify.outcome(calls["disconnection_reason"], calls["call_status"])
    running: Mask = outcome.eq("in_progress").to_numpy(dtype=bool, na_value=False)
    if not running.any():
        return running
    present = pd.Timestamp.now("UTC") if now is None else now
    times = pd.concat([calls[name] for name in _TIMES if name in calls.columns])
    last = times[times <= present].max()
    old: Mask = (last - when(calls) > LONGEST).to_numpy(dtype=bool, na_value=False)
    return running & old
