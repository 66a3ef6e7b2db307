"""Days, weekdays and hours of the day, from the hours in which there are calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.engine.codes import Key, key, lookup
from retell_nb.engine.periods import local

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Codes, Column

__all__ = ["Clock", "clock"]


class Clock(NamedTuple):
    """The day of each call; day, hour of the day and weekday of each hour in which calls are."""

    days: Key
    day: Codes
    hour: Codes
    weekday: Codes


def clock(hours: Key, tz: str) -> Clock:
    """Return days and hours of the day from the hours in which there are calls.

    Examples
    --------
    >>> import pandas as pd
    >>> hours = key(pd.Series(pd.to_datetime(["2026-03-02T22:00Z", "2026-03-02T23:00Z"])))
    >>> clock(hours, "Europe/Berlin").days.codes.tolist()
    [0, 1]
    """
    moments: Column = local(hours.levels, tz)
    dates = key(moments.dt.tz_localize(None).dt.floor("D").rename("day"))
    (codes,) = lookup(hours.codes, np.append(dates.codes, dates.codes.dtype.type(-1)))
    hour, weekday = (
        part.to_numpy(dtype=np.int64) for part in (moments.dt.hour, moments.dt.day_of_week)
    )
    return Clock(Key("day", codes, dates.levels), dates.codes, hour, weekday)
