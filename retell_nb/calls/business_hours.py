"""Business hours: which calls fall into them, as something to group or select by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.schema import check_zone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.engine.aliases import Column, Mask

__all__ = ["BusinessHours", "business_hours"]

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})(?::(\d\d))?\s*[-\u2013]\s*(\d{1,2})(?::(\d\d))?")
_DAY_OF_MINUTES = 24 * 60


@dataclass(frozen=True)
class BusinessHours:
    """Business hours in a time zone; called on calls, it says which of them fall into these.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T20:00Z", "2026-03-07T10:00Z"])
    >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "start_timestamp": start})
    >>> business_hours("09:00-17:00")(calls).tolist()
    ['business hours', 'after hours', 'after hours']
    """

    spans: tuple[tuple[int, int], ...]
    """Minutes of the day from and before which it is open; an end before its start is of the next
    day."""
    days: frozenset[int]
    """The days on which they begin, 0 for Monday."""
    tz: str
    closed: frozenset[pd.Timestamp]
    """Dates on which it is closed."""

    def __call__(self, calls: pd.DataFrame) -> Column:
        """Return `business hours` or `after hours` of each call; missing where it tells no time."""
        times = when(calls)
        clock = times.dt.tz_convert(self.tz).dt.tz_localize(None)
        minutes = (clock.dt.hour * 60 + clock.dt.minute).to_numpy(dtype=float, na_value=np.nan)
        today, yesterday = (self._is_open_on(clock - pd.Timedelta(ago, "D")) for ago in (0, 1))
        is_open = np.zeros(len(calls), dtype=bool)
        for first, last in self.spans:
            if first < last:
                is_open |= today & (minutes >= first) & (minutes < last)
            else:
                is_open |= (today & (minutes >= first)) | (yesterday & (minutes < last))
        codes = np.where(times.isna(), -1, np.where(is_open, 0, 1))
        names = pd.Index(["business hours", "after hours"])
        cells = pd.Categorical.from_codes(codes.tolist(), categories=names)
        return pd.Series(cells, index=calls.index, name="business_hours")

    def _is_open_on(self, clock: pd.Series[pd.Timestamp]) -> Mask:
        weekday = clock.dt.day_of_week.isin([*self.days])
        return (weekday & ~clock.dt.normalize().isin([*self.closed])).to_numpy(dtype=bool)


def business_hours(
    hours: str = "09:00-17:00",
    *,
    days: str = "Mon-Fri",
    tz: str = "UTC",
    closed: Iterable[str | pd.Timestamp] = (),
) -> BusinessHours:
    """Business hours as a grouping: business hours against after hours.

    Give it to a table word as a column to group by, as in
    ``calls.retell.rates(rn.business_hours("09:00-17:00", tz="America/New_York"))``; called on calls
    it gives the column itself. The clock is that of `tz`, summer and winter.

    Parameters
    ----------
    hours : str
        From and before which it is open, such as ``"09:00-17:00"``; several separated by commas. An
        end that is not after its start is of the next day, as in ``"22:00-06:00"``.
    days : str
        The days on which the hours begin: ``"Mon-Fri"``, ``"Mon,Wed,Sat-Sun"`` or ``"daily"``.
    tz : str
        A time zone as the IANA names it.
    closed : iterable of str or Timestamp
        Dates on which it is closed, such as ``["2026-12-25"]``.

    Returns
    -------
    BusinessHours

    Raises
    ------
    ValueError
        If hours, days, dates or the zone cannot be read.

    Examples
    --------
    >>> import retell_nb as rn
    >>> hours = rn.business_hours("09:00-17:00", days="Mon-Fri", tz="America/New_York")
    >>> calls = rn.sample_calls(2_000, seed=7)
    >>> calls.retell.rates(hours)["business_hours"].tolist()
    ['business hours', 'after hours']
    """
    check_zone(tz)
    try:
        dates = frozenset(pd.Timestamp(date).tz_localize(None).normalize() for date in closed)
    except (TypeError, ValueError):
        raise ValueError(
            f"closed={closed!r} holds what is no date; give dates such as ['2026-12-25']."
        ) from None
    spans = tuple(_span(part, hours) for part in str(hours).split(","))
    return BusinessHours(spans, frozenset(_days(days)), tz, dates)


def _span(part: str, hours: str) -> tuple[int, int]:
    match = _SPAN.fullmatch(part.strip())
    if match:
        first, last = (60 * int(match[at]) + int(match[at + 1] or 0) for at in (1, 3))
        on_clock = all(int(match[at] or 0) < 60 for at in (2, 4))
        if on_clock and first < _DAY_OF_MINUTES and 0 <= last <= _DAY_OF_MINUTES:
            return first, last
    raise ValueError(f"hours={hours!r} cannot be read; give hours such as '09:00-17:00'.")


def _days(days: str) -> set[int]:
    words = str(days).strip().lower()
    if words == "daily":
        return {*range(7)}
    weekdays: set[int] = set()
    for part in words.split(","):
        ends = [end.strip()[:3] for end in part.split("-")]
        if len(ends) > 2 or not {*ends} <= {*_DAYS}:
            raise ValueError(
                f"days={days!r} cannot be read; give days such as 'Mon-Fri', 'Mon,Wed' or 'daily'."
            )
        first, last = _DAYS.index(ends[0]), _DAYS.index(ends[-1])
        weekdays |= {(first + day) % 7 for day in range((last - first) % 7 + 1)}
    return weekdays
