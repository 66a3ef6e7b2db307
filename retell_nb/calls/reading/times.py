"""Columns of times in text: whether day or month comes first, and which zone is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.reading.written_times import moment_of
from retell_nb.engine.periods import instants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.engine.aliases import Column, Ints, Mask


__all__ = ["Order", "are_dates", "in_arrow", "in_utc", "order_of", "slashed", "spelled_times"]

_ISO = r"^\d{4}-?\d\d-?\d\d(?:[T ].*)?$"
_NAMES_ZONE = r"(?:[Zz]|UTC|GMT|(?::\d\d|T\d{2,6})(?:[.,]\d+)?\s*[+-]\d\d(?::?\d\d)?)$"
_NO_NUMBER = r"\d[-/:]|^\s*$"
_EITHER = r"(?:^|[^\d/.-])(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})(?:\D|$)"
"""Dates in figures with the year last; dotted ones, which put the day first, are not meant."""
_DOTTED = r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b"
_NONE = np.iinfo(np.int64).min
"""What stands for no time among milliseconds."""
_DAYS = 31
_MONTHS = 12
_OTHERWISE = (
    "If that is wrong, write the dates as 2026-02-03 or convert the columns to datetimes "
    "and use as_calls."
)


class Order(NamedTuple):
    """What dates such as 03/02/2026 show: how many put the day first, the month, or either.

    Examples
    --------
    >>> order = order_of([pd.Series(["25/02/2026", "03/02/2026", "03/03/2026"])])
    >>> order, order.day_first, order.guessed
    (Order(day=1, month=0, either=1), True, False)
    """

    day: int
    month: int
    either: int

    @property
    def day_first(self) -> bool:
        """Whether the day is taken to come first: as most dates have it, else the month does."""
        return self.day > self.month

    @property
    def guessed(self) -> bool:
        """Whether no date decides, or as many decide for the one as for the other."""
        return self.day == self.month and any(self)

    def note(self, columns: Iterable[str]) -> str:
        """The guess in words.

        Examples
        --------
        >>> Order(day=0, month=0, either=1).note(["start_timestamp"])
        'No date in start_timestamp tells whether the day or the month comes first; ...'
        """
        where = ", ".join(columns)
        if self.day:
            sentence = f"As many dates in {where} put the day first as the month"
        else:
            sentence = f"No date in {where} tells whether the day or the month comes first"
        return f"{sentence}; the month was taken to (03/02/2026 is March 2). {_OTHERWISE}"


def order_of(texts: Iterable[Column]) -> Order:
    """Return what the dates of a table's columns show together; datetimes show nothing.

    Nor do dotted dates, which put the day first.

    Examples
    --------
    >>> order_of([pd.Series(["2026-03-02", "03/13/2026 10:00", "03.02.2026", None])])
    Order(day=0, month=1, either=0)
    """
    counts = np.zeros(3, dtype=np.int64)
    for column in texts:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            continue
        dates = column[_matches(column, _EITHER)].value_counts()
        masks = _order_masks(dates.index.to_series())
        counts += [int(dates.to_numpy()[mask].sum()) for mask in masks]
    return Order(*counts.tolist())


def slashed(texts: Column) -> Column | None:
    """Return texts with slashes for dots in dates that a spreadsheet wrote, else None.

    One that puts the day first takes 04/02/2026 of April for 04.02.2026, and leaves 04/13/2026 as
    it is. So it was where no dotted date has more than twelve for its day or month.

    Examples
    --------
    >>> slashed(pd.Series(["04.02.2026 14:03", "04/13/2026 14:03"])).tolist()
    ['04/02/2026 14:03', '04/13/2026 14:03']
    >>> slashed(pd.Series(["13.04.2026", "04/13/2026"]))
    """
    if pd.api.types.is_datetime64_any_dtype(texts.dtype):
        return None
    dotted = _matches(texts, _DOTTED)
    parts = texts[dotted].astype("str").str.extract(_DOTTED)
    if parts.empty or parts[[0, 1]].astype(int).gt(_MONTHS).any(axis=None):
        return None
    return texts.mask(
        dotted, texts.astype("str").str.replace(_DOTTED, r"\g<1>/\g<2>/\g<3>", regex=True)
    )


def _order_masks(texts: Column) -> tuple[Mask, ...]:
    """Masks of the dates with the day first, with the month first, and of either."""
    pairs = texts.astype("str").str.extract(_EITHER)
    first, second = (pd.to_numeric(pairs[group]).to_numpy(dtype=float) for group in pairs)
    day = (first > _MONTHS) & (first <= _DAYS) & (second <= _MONTHS)
    month = (second > _MONTHS) & (second <= _DAYS) & (first <= _MONTHS)
    return day, month, (first <= _MONTHS) & (second <= _MONTHS) & (first != second)


def are_dates(texts: Column) -> bool:
    """Whether all cells are texts that no number is written as; a quick look at many.

    Examples
    --------
    >>> are_dates(pd.Series(["2026-03-02", None])), are_dates(pd.Series(["1772445600000"]))
    (True, False)
    """
    cells = in_arrow(texts)
    if cells is None:
        return False
    matches = pc.match_substring_regex(cells, _NO_NUMBER)
    return pc.all(matches, min_count=0).as_py() is True


def in_arrow(texts: Column) -> Any:
    """Return texts as Arrow has them; None where a cell is something else.

    Examples
    --------
    >>> in_arrow(pd.Series(["a", None])).to_pylist(), in_arrow(pd.Series(["a", 1]))
    (['a', None], None)
    """
    try:
        return pa.array(texts, type=pa.string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError):
        return None


def _matches(texts: Column, pattern: str) -> Mask:
    cells = pa.array(texts, type=pa.string(), from_pandas=True)
    matches = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=False)
    mask: Mask = np.asarray(matches, dtype=bool)
    return mask


def spelled_times(texts: Column, tz: str, *, day_first: bool) -> tuple[Column, Mask]:
    """Return times of text in UTC, and the mask of those that name no zone.

    A date of the contrary order is none, as one that is misread would go unseen among the others.

    Examples
    --------
    >>> dates = pd.Series(["03/02/2026", "25/02/2026 10:00Z", "03/13/2026"])
    >>> times, zoneless = spelled_times(dates, "UTC", day_first=True)
    >>> times.dt.month.tolist(), zoneless.tolist()
    ([2.0, 2.0, nan], [True, False, False])
    """
    codes, distinct = pd.factorize(texts)
    cells = pd.Series(distinct, dtype=object)
    iso, zoned = _matches(cells, _ISO), _matches(cells, _NAMES_ZONE)
    moments = _standard(cells.where(iso & zoned), utc=True)
    walls = _standard(cells.where(iso & ~zoned), utc=False)
    elsewhere: dict[str, dict[int, int]] = {}
    for at in np.flatnonzero((moments == _NONE) & (walls == _NONE)).tolist():
        moment = moment_of(distinct[at], tz, day_first=day_first)
        if moment and moment.zone:
            elsewhere.setdefault(moment.zone, {})[at] = moment.wall
        elif moment and moment.offset is None:
            walls[at] = moment.wall
        elif moment and moment.offset is not None:
            moments[at] = moment.wall - moment.offset * 60_000
    for zone, clocks in elsewhere.items():
        walls_there = pd.Series(np.array([*clocks.values()]).view("M8[ms]"))
        moments[[*clocks]] = in_utc(walls_there, zone).dt.tz_localize(None).to_numpy().view("i8")
    zoneless = walls != _NONE
    local = in_utc(pd.Series(walls.view("M8[ms]")), tz)
    times = pd.Series(moments.view("M8[ms]")).dt.tz_localize("UTC").fillna(local)
    places = np.where(codes < 0, len(cells), codes)
    read = pd.concat([times, pd.Series([pd.NaT], dtype=times.dtype)], ignore_index=True)
    return read.take(places).set_axis(texts.index), np.append(zoneless, False)[places]


def _standard(cells: Column, *, utc: bool) -> Ints:
    """Milliseconds since 1970 of times in ISO 8601, for all at once."""
    times = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=utc)
    naive = times.dt.tz_localize(None) if utc else times
    return naive.dt.as_unit("ms").to_numpy().view("i8").copy()


def in_utc(times: Column, tz: str) -> Column:
    """Return datetimes in UTC; those without a zone are of the one that is given.

    Examples
    --------
    >>> in_utc(pd.Series(pd.to_datetime(["2026-03-02 10:00"])), "Europe/Berlin").dt.hour.tolist()
    [9]
    """
    if times.dt.tz is None:
        # An hour that the clock shows twice is taken as its second pass; one it skips is moved on.
        times = pd.Series(instants(times, tz, again=True), times.index, name=times.name)
    return times.dt.tz_convert("UTC").dt.as_unit("ms")
