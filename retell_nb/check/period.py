"""The period that rules are judged on, and the calls before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.calls.facts import has_times, when
from retell_nb.calls.ranges import seconds
from retell_nb.selection.filters import moment

if TYPE_CHECKING:
    from retell_nb.engine.periods import Moment

__all__ = ["Period", "length", "period"]


class Period(NamedTuple):
    """Calls of the period that is judged, those before it, and both together."""

    now: pd.DataFrame
    before: pd.DataFrame
    both: pd.DataFrame
    start: pd.Timestamp
    end: pd.Timestamp
    undated: int
    """Calls without a time, which are left out."""


def length(text: str, name: str) -> pd.Timedelta:
    """Return a length of time above zero, such as ``24h`` or ``7d``.

    Examples
    --------
    >>> length("24h", "last")
    Timedelta('1 days 00:00:00')
    >>> length("24", "last")
    Traceback (most recent call last):
    ValueError: last='24' is not a length of time; write it with its unit, such as 24h or 7d.
    """
    try:
        bare = str(text).strip().replace(".", "", 1).isdigit()
        span = pd.Timedelta(0 if bare else seconds(text), unit="s")
    except (ValueError, OverflowError):
        span = pd.Timedelta(0)
    if not span > pd.Timedelta(0):
        raise ValueError(
            f"{name}={text!r} is not a length of time; write it with its unit, such as 24h or 7d."
        )
    return span


def period(
    calls: pd.DataFrame,
    last: pd.Timedelta,
    baseline: pd.Timedelta | None = None,
    *,
    now: Moment = None,
    tz: str = "UTC",
) -> Period:
    """Return the calls of the last so many hours, and those before.

    The period ends at `now`, else with ``calls.attrs["window"]`` (as of a store's last sync), else
    with the last call that is not in the future.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-02T09:00Z", "2026-03-02T11:00Z"])
    >>> calls = pd.DataFrame({"start_timestamp": times})
    >>> part = period(calls, pd.Timedelta("24h"))
    >>> len(part.now), len(part.before), part.start.hour
    (2, 1, 11)
    """
    bare = calls.copy(deep=False)
    bare.attrs = {}  # which pandas would copy, deeply, at every step
    bare.index = pd.RangeIndex(len(bare))  # a label that is there twice aligns with nothing
    times = when(bare) if has_times(bare) else pd.Series(pd.NaT, bare.index, "datetime64[ms, UTC]")
    end = _end(times, now, calls.attrs.get("window"), tz)
    start = end - last
    earliest = start - baseline if baseline is not None else times.min()
    judged = (times >= start) & (times <= end)
    before = (times >= earliest) & (times < start)
    return Period(
        now=bare[judged],
        before=bare[before],
        both=bare[judged | before],
        start=start,
        end=end,
        undated=int(times.isna().sum()),
    )


def _end(
    times: pd.Series[pd.Timestamp], now: Moment, window: list[str] | None, tz: str
) -> pd.Timestamp:
    if now is not None:
        return moment(now, tz, "now")
    if window:
        return pd.Timestamp(window[1])
    present = pd.Timestamp.now("UTC")
    past = times[times <= present]
    last = past.max() if len(past) else times.max()
    return present if pd.isna(last) else last
