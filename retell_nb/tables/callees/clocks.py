"""When a call may be made by the clock of who is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.engine.periods import instants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Codes


__all__ = ["check_hours", "not_before"]

_DAY = pd.Timedelta("1D")


def check_hours(hours: Sequence[int]) -> None:
    """Raise a ValueError where a pair of hours is not valid.

    Examples
    --------
    >>> check_hours((8, 21))
    """
    if len(hours) != 2 or not 0 <= hours[0] < hours[1] <= 24:
        raise ValueError(
            f"hours is {hours!r}; give the first hour and the one before which calls end, "
            "from 0 to 24, such as (8, 21)."
        )


def not_before(
    ready: pd.Series[pd.Timestamp],
    zones: pd.Series[str],
    best: pd.Series[int],
    tomorrow: pd.Series[bool],
    hours: Sequence[int],
) -> tuple[pd.Series[pd.Timestamp], pd.Series[int]]:
    """Return the first moment from which each callee may be dialed, and its hour there.

    Parameters
    ----------
    ready : Series of datetime64[UTC]
        Before which nobody is dialed.
    zones : Series of str
        Where it is missing, so is the result.
    best : Series of int
        The hour to wait for, -1 for any of the allowed.
    tomorrow : Series of bool
        Whether to wait for the next day of the callee.
    hours : pair of int
        From and before which calls are allowed.

    Examples
    --------
    >>> ready = pd.Series(pd.to_datetime(["2026-03-02T20:30Z"], format="ISO8601"))
    >>> best, tomorrow = pd.Series([12]), pd.Series([False])
    >>> when, hour = not_before(ready, pd.Series(["Europe/Berlin"]), best, tomorrow, (8, 21))
    >>> str(when[0]), int(hour[0])
    ('2026-03-03 11:00:00+00:00', 12)
    """
    when, hour = np.full(len(ready), pd.NaT.value), np.full(len(ready), -1)
    codes, names = pd.factorize(zones)
    for code, zone in enumerate(names):
        mine = np.flatnonzero(codes == code)
        clock = ready.iloc[mine].dt.tz_convert(zone).dt.tz_localize(None)
        clock = clock.where(~tomorrow.iloc[mine], clock.dt.normalize() + _DAY)
        moments = instants(_next(clock, best.iloc[mine].to_numpy(), hours), zone, again=True)
        when[mine], hour[mine] = moments.asi8, moments.hour
    utc = pd.Series(when.view("M8[ms]"), ready.index).dt.tz_localize("UTC")
    return utc, pd.Series(hour, ready.index, dtype="Int64").mask(codes < 0)


def _next(
    clock: pd.Series[pd.Timestamp], best: Codes, hours: Sequence[int]
) -> pd.Series[pd.Timestamp]:
    """Return what the clock shows when the best hour, or else an allowed one, comes next."""
    first = pd.to_timedelta(np.where(best < 0, hours[0], best), unit="h")
    last = pd.to_timedelta(np.where(best < 0, hours[1], best + 1), unit="h")
    day = clock.dt.normalize()
    late = clock >= day + last
    begin = (day + first).where(~late, day + first + _DAY)
    return begin.where(begin > clock, clock)
