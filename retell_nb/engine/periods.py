"""Periods of time: where they begin on the calendar of a time zone, and which are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from retell_nb.engine.codes import Key, smallest
from retell_nb.engine.steps import MISSING, Steps, ends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Ints
    from retell_nb.engine.steps import FirstKnown

    Moment: TypeAlias = "str | pd.Timestamp | None"

_AUTO = (
    (pd.Timedelta("3D"), "h"),
    (pd.Timedelta("120D"), "D"),
    (pd.Timedelta("800D"), "W"),
)
"""Up to which span of time which periods show a trend best; months beyond."""

_DAY = 86_400_000
"""Milliseconds of a day."""

_LAST = 253_370_764_800_000
"""The year 9999: what clocks show later is not known, and taken to be as then."""

__all__ = [
    "CLOCKS",
    "MOST_ROWS",
    "clock_key",
    "edges_around",
    "instant",
    "instants",
    "local",
    "milliseconds",
    "partial",
    "period_edges",
    "period_key",
    "periods_of",
    "too_many",
]

_QUARTER = 900_000  # ms: clocks are set by whole quarters of an hour
MOST_ROWS = 1_000_000
"""The most rows that a table of periods may have."""


def local(times: pd.Series[pd.Timestamp], tz: str) -> pd.Series[pd.Timestamp]:
    """Return times as clocks of a time zone show them.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-07-01T22:30Z"], format="ISO8601"))
    >>> local(times, "Europe/Berlin").dt.hour.tolist()
    [0]
    """
    try:
        return times.dt.tz_convert(tz)
    except KeyError as error:  # of zoneinfo or of pytz, after the pandas at hand
        raise ValueError(
            f"{tz!r} is no time zone. Give a name of the IANA database: 'UTC', 'Europe/Berlin'."
        ) from error


def instants(clock: Any, tz: str, *, again: bool = False) -> pd.DatetimeIndex:
    """Return when the clocks of a time zone show something.

    What clocks show twice is the first time, or with `again` the second; what they skip is when
    they go on. The `tz_localize` of pandas moves skipped times too far, or not far enough, in zones
    such as America/Anchorage and Australia/Lord_Howe.

    Parameters
    ----------
    clock : DatetimeIndex, Series or array of datetime64
        Dates and times of day, without a time zone.
    tz : str
    again : bool

    Returns
    -------
    DatetimeIndex
        In the time zone, to the millisecond; missing where there is no time.

    Examples
    --------
    >>> clock = pd.DatetimeIndex(["2026-03-29 01:59", "2026-03-29 02:30", "2026-10-25 02:30"])
    >>> instants(clock, "Europe/Berlin").tz_convert("UTC").strftime("%H:%M").tolist()
    ['00:59', '01:00', '00:30']
    """
    wall = pd.DatetimeIndex(clock).as_unit("ms")
    missing = wall.isna()
    wall_ms = np.where(missing, 0, wall.asi8)
    place, days = pd.factorize(wall_ms // _DAY)
    before, after = (_offsets((days + step) * _DAY, tz) for step in (-1, 2))
    change = _changes(days, before, after, tz)[place]
    earlier, later = wall_ms - before[place], wall_ms - after[place]
    if again:
        moments = np.where(later >= change, later, np.minimum(earlier, change))
    else:
        moments = np.where(earlier < change, earlier, np.maximum(later, change))
    times = pd.DatetimeIndex(np.where(missing, pd.NaT.value, moments).view("M8[ms]"), tz="UTC")
    return times.tz_convert(tz)


def _offsets(moments: Ints, tz: str) -> Ints:
    """How far, in milliseconds, the clocks of a time zone are ahead of UTC at some moments."""
    capped = np.minimum(moments, _LAST)
    utc = pd.DatetimeIndex(capped.view("M8[ms]"), tz="UTC")
    return np.asarray(utc.tz_convert(tz).tz_localize(None).asi8 - capped)


def _changes(days: Ints, before: Ints, after: Ints, tz: str) -> Ints:
    """When the clocks are changed around each day, from what they show before to what after.

    Where they are not changed it does not matter which moment it is.
    """
    earliest, latest = (days - 1) * _DAY, (days + 2) * _DAY
    changed = before != after
    low, high = earliest[changed], latest[changed]
    while len(low) and (high - low).max() > 1000:  # changes come at whole seconds
        middle = (low + high) // 2000 * 1000
        already = _offsets(middle, tz) != before[changed]
        low, high = np.where(already, low, middle), np.where(already, middle, high)
    latest[changed] = high
    return latest


def instant(moment: str | float | pd.Timestamp, tz: str) -> pd.Timestamp:
    """Return a time as an instant; one without a time zone is what the clocks of `tz` show.

    Examples
    --------
    >>> instant("2026-03-29 02:30", "Europe/Berlin").isoformat()
    '2026-03-29T03:00:00+02:00'
    >>> instant("2026-03-29T02:30Z", "Europe/Berlin").isoformat()
    '2026-03-29T02:30:00+00:00'
    """
    try:  # of a number nobody knows whether it counts seconds or their parts
        time = pd.NaT if isinstance(moment, (int, float)) else pd.Timestamp(moment)
    except (TypeError, ValueError):
        time = pd.NaT
    if pd.isna(time):
        raise ValueError(
            f"{moment!r} is no time. Give one such as '2026-03-02' or '2026-03-02 14:00'."
        )
    return time if time.tzinfo else instants([time], tz)[0]


def milliseconds(times: pd.Series[Any]) -> npt.NDArray[np.int64]:
    """Return times as milliseconds since 1970, the least whole number where there is none.

    Examples
    --------
    >>> milliseconds(pd.Series(pd.to_datetime(["1970-01-01T00:00:02Z"]))).tolist()
    [2000]
    """
    in_ms = times if times.dt.unit == "ms" else times.dt.as_unit("ms")
    return np.asarray(in_ms.array.view("i8"))  # of what is in ms already, without a copy


def period_edges(times: pd.Series[pd.Timestamp], freq: str, tz: str) -> pd.DatetimeIndex:
    """Return where the periods begin that hold all times, and where the last of them ends.

    Periods follow the clocks of the time zone, so a day may have 23 or 25 hours. An hour that
    clocks show twice is two periods if periods are an hour long at most, otherwise one.

    Parameters
    ----------
    times : Series of datetime64[UTC]
    freq : str
        As pandas writes it, or ``auto``: hours, days, weeks or months after the span of the times.
    tz : str

    Returns
    -------
    DatetimeIndex
        In the time zone; empty where there is no time.

    Raises
    ------
    ValueError
        If the frequency or the time zone is not known, or there are over a million periods.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-03-29T10:00Z"], format="ISO8601"))
    >>> edges = period_edges(times, "D", "Europe/Berlin")
    >>> edges[1] - edges[0]
    Timedelta('0 days 23:00:00')
    """
    span = local(pd.Series([times.min(), times.max()], dtype=times.dtype), tz)
    offset = _offset(_suited(span) if freq == "auto" else freq)
    if span.isna().any():
        return pd.DatetimeIndex([], dtype=pd.DatetimeTZDtype("ms", tz))
    first, last = span.dt.tz_localize(None)
    step = pd.Timedelta(offset) if isinstance(offset, pd.offsets.Tick) else pd.Timedelta("1D")
    if (last - first) / step > MOST_ROWS:
        raise too_many(freq)
    clock = _clock(first.normalize(), last.normalize() + pd.Timedelta("1D"), offset)
    edges = _edges(clock, tz, twice=step <= pd.Timedelta("1h"))
    begin, end = edges.searchsorted(span, side="right")
    return edges[begin - 1 : end + 1]


def edges_around(times: pd.Series[pd.Timestamp], freq: str, tz: str) -> pd.DatetimeIndex:
    """Return where the periods begin and end of those days that hold one of the times.

    As `period_edges`; but where periods divide a day, the days without a time are left out, so that
    a single time that lies years off makes no periods in between. What then lies between two edges
    that are days apart is no period.

    Parameters
    ----------
    times : Series of datetime64[UTC]
    freq, tz : str
        As for `period_edges`.

    Returns
    -------
    DatetimeIndex
        In the time zone; empty where there is no time.

    Raises
    ------
    ValueError
        If the frequency or the time zone is not known, or there are over a million periods.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-03-29T10:00Z", "2099-01-01T10:00Z"]))
    >>> len(edges_around(times, "h", "UTC")), len(period_edges(times, "h", "UTC"))
    (50, 637826)
    """
    offset = None if freq == "auto" else _offset(freq)
    if not isinstance(offset, pd.offsets.Tick) or pd.Timedelta("1D") % pd.Timedelta(offset):
        return period_edges(times, freq, tz)
    days = local(times, tz).dt.tz_localize(None).dt.normalize().dropna().drop_duplicates()
    step = pd.Timedelta(offset)
    parts = pd.timedelta_range("0D", "1D", freq=step)
    if len(days) * len(parts) > MOST_ROWS:
        raise too_many(freq)
    clock = pd.DatetimeIndex(np.add.outer(days.to_numpy(), parts.to_numpy()).reshape(-1))
    return _edges(clock.unique().sort_values(), tz, twice=step <= pd.Timedelta("1h"))


def _suited(span: pd.Series[pd.Timestamp]) -> str:
    """Frequency that makes some dozens of periods of a span."""
    length = span.iloc[1] - span.iloc[0]
    return next((freq for most, freq in _AUTO if not length > most), "MS")


def periods_of(times: pd.Series[pd.Timestamp], edges: pd.DatetimeIndex) -> Codes:
    """Return the number of each time's period, -1 where there is no time.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-03-29T10:00Z", None], format="ISO8601"))
    >>> periods_of(times, period_edges(times, "D", "UTC")).tolist()
    [0, -1]
    """
    instants = local(times, "UTC").dt.tz_localize(None).to_numpy()
    places = np.searchsorted(
        edges.tz_convert("UTC").tz_localize(None).to_numpy(), instants, "right"
    )
    return np.where(np.isnat(instants), -1, places - 1)


def period_key(moments: Ints | FirstKnown, freq: str, tz: str) -> tuple[pd.DatetimeIndex, Key]:
    """Return where periods begin and where the last of them ends, and the period of each time.

    Parameters
    ----------
    moments : array of int64
        Times in ms since 1970, `MISSING` where there is none.
    freq, tz : str
        As for `period_edges`.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-03-29T10:00Z", None], format="ISO8601"))
    >>> edges, key = period_key(milliseconds(times), "D", "Europe/Berlin")
    >>> len(edges), key.codes[0:2].tolist()
    (2, [0, -1])
    """
    span = np.array(ends(moments) or [MISSING])
    edges = period_edges(_as_times(span), freq, tz)
    levels = pd.Series(edges[:-1])
    bounds = milliseconds(pd.Series(edges))
    width = int(np.gcd.reduce(np.diff(bounds))) if len(levels) else 1
    steps = (bounds[-1] - bounds[0]) // width if len(levels) else 0
    if steps > MOST_ROWS:
        return edges, Key("period", periods_of(_as_times(moments[0 : len(moments)]), edges), levels)
    table = np.repeat(np.arange(len(levels)), np.diff(bounds) // width)
    first = int(bounds[0]) if len(levels) else 0
    codes = Steps(moments, first, width, table.astype(smallest(len(levels))))
    return edges, Key("period", cast("Codes", codes), levels)


def _as_times(moments: Ints) -> pd.Series[pd.Timestamp]:
    """Return ms since 1970 as times."""
    return pd.Series(moments.view("M8[ms]"), copy=False).dt.tz_localize("UTC")


def clock_key(moments: Ints | FirstKnown, tz: str, name: str) -> Key:
    """Return what the clock of a time zone showed at each time.

    Parameters
    ----------
    moments : array of int64
        As for `period_key`.
    tz : str
    name : str
        ``weekday``, of which 0 is Monday; ``hour``; or ``hour of week``, from Monday's first on.

    Examples
    --------
    >>> times = pd.Series(pd.to_datetime(["2026-03-01T23:30Z", None], format="ISO8601"))
    >>> clock_key(milliseconds(times), "Europe/Berlin", "weekday").codes[0:2].tolist()
    [0, -1]
    """
    size, read = CLOCKS[name]
    levels = pd.Series(range(size))
    least, most = ends(moments) or (0, 0)
    first, steps = least - least % _QUARTER, (most - least) // _QUARTER + 2
    if steps <= MOST_ROWS:
        clock = local(_as_times(first + _QUARTER * np.arange(steps)), tz).dt
        if not (clock.minute % 15 + clock.second).any():  # or a step would hold parts of two hours
            table = read(clock).to_numpy(smallest(size))
            return Key(name, cast("Codes", Steps(moments, first, _QUARTER, table)), levels)
    times = _as_times(moments[0 : len(moments)])
    codes = read(local(times, tz).dt).fillna(-1).to_numpy(np.int16)
    return Key(name, codes, levels)


CLOCKS: Mapping[str, tuple[int, Callable[[Any], pd.Series[int]]]] = {
    "weekday": (7, lambda clock: clock.day_of_week),
    "hour": (24, lambda clock: clock.hour),
    "hour of week": (168, lambda clock: 24 * clock.day_of_week + clock.hour),
}
"""What clocks show: how many values it has, and how to read it off pandas' times."""


def partial(
    edges: pd.DatetimeIndex, window: Sequence[Moment] | None, tz: str
) -> npt.NDArray[np.bool_]:
    """Return which periods the window does not cover whole: the first or the last, if any.

    Examples
    --------
    >>> edges = pd.date_range("2026-03-01", "2026-03-04", tz="UTC")
    >>> partial(edges, ("2026-03-01", "2026-03-03T12:00"), "UTC").tolist()
    [False, False, True]
    """
    bounds = window or (None, None)
    if isinstance(bounds, str) or len(bounds) != 2:
        raise ValueError(f"window is {window!r}; give a pair (start, end), such as two dates.")
    start, end = (None if moment is None else instant(moment, tz) for moment in bounds)
    marks = np.zeros(max(len(edges) - 1, 0), dtype=bool)
    if len(marks):
        marks[0] = start is None or start > edges[0]
        marks[-1] |= end is None or end < edges[-1]
    return marks


def too_many(freq: str) -> ValueError:
    """Return the error for a table of periods that nobody could read.

    Examples
    --------
    >>> str(too_many("s"))[:50]
    "freq='s' would make a table of more than 1,000,000"
    """
    return ValueError(
        f"freq={freq!r} would make a table of more than {MOST_ROWS:,} rows. Use a coarser freq or "
        "fewer groups; if a few calls have impossible times (see audit), leave them out."
    )


def _offset(freq: str) -> Any:
    try:
        offset = to_offset(freq)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"freq={freq!r} is no period that pandas knows ({error}). "
            "Use '15min', 'h', 'D', 'W', 'MS', 'QS' or another of its aliases."
        ) from error
    if offset is None or offset.n <= 0:
        raise ValueError(f"freq={freq!r} does not go forward. Use 'h', 'D', 'W' or 'MS'.")
    return offset


def _clock(first: pd.Timestamp, last: pd.Timestamp, offset: Any) -> pd.DatetimeIndex:
    """Return what clocks show where periods begin, from before `first` until after `last`."""
    names_its_end = "End" in type(offset).__name__ or getattr(offset, "weekday", None) is not None
    day = pd.Timedelta("1D" if names_its_end else "0D")
    begin = offset.rollback(first - day)
    return pd.date_range(begin, last + offset + offset, freq=offset) + day


def _edges(clock: pd.DatetimeIndex, tz: str, *, twice: bool) -> pd.DatetimeIndex:
    """Return when clocks show something, the first time or both times where they are set back."""
    first = instants(clock, tz)
    return (first.union(instants(clock, tz, again=True)) if twice else first).unique()
