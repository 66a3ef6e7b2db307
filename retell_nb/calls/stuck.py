"""Calls that hang: on record as registered or ongoing for longer than any call can last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import TIMES, endings, when
from retell_nb.engine.threads import blocks, spread

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Ints, Mask
    from retell_nb.vocabulary.lookup import Endings

__all__ = ["LONGEST", "stuck", "stuck_rows"]

_NEEDED = {"disconnection_reason", "call_status", "start_timestamp"}

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
    times = {name: calls[name] for name in TIMES if name in calls.columns}
    begun = when(pd.DataFrame({name: column.iloc[rows] for name, column in times.items()}))
    last = pd.Series([_last(column, present) for column in times.values()]).max()
    return rows[(last - begun > LONGEST).to_numpy(dtype=bool, na_value=False)]


def _last(times: Column, present: pd.Timestamp) -> pd.Timestamp:
    """The last of the times that are not in the future."""
    numbers = np.asarray(times.array.view("i8"))  # the max of pandas copies and masks
    last = max(spread(lambda rows: int(numbers[rows].max()), blocks(len(numbers))))
    latest: pd.Timestamp = pd.Series([last]).astype(times.dtype)[0]
    return times[times <= present].max() if latest > present else latest
