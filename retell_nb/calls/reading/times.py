"""Times as people write them: whether day or month comes first, and which zone is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.engine.periods import instants

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.engine.aliases import Column


__all__ = ["Order", "are_dates", "in_arrow", "in_utc", "lacks_zone", "order_of", "spelled_times"]

_NAMES_DAY = r"\d{4}|\d+[/.-]\d+[/.-]\d+"
_NAMES_ZONE = r"(?:[Zz]|UTC|GMT|[+-]\d\d:?\d\d)$"
_NO_NUMBER = r"\d[-/:]|^\s*$"
_NUMBER = r"^[+-]?\d+(?:\.\d*)?(?:[eE]\+?\d+)?$"
_YEAR_LAST = r"^\D*(\d{1,2})[/.-](\d{1,2})[/.-]\d{2}"
_TIME = pd.DatetimeTZDtype("ms", "UTC")
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
            told = f"As many dates in {where} put the day first as the month"
        else:
            told = f"No date in {where} tells whether the day or the month comes first"
        return f"{told}; the month was taken to (03/02/2026 is March 2). {_OTHERWISE}"


def order_of(texts: Iterable[Column]) -> Order:
    """Return what the dates of a table's columns show together; datetimes show nothing.

    Examples
    --------
    >>> order_of([pd.Series(["2026-03-02", "03/13/2026 10:00", None])])
    Order(day=0, month=1, either=0)
    """
    counts = np.zeros(3, dtype=np.int64)
    for column in texts:
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            continue
        dates = column[_matches(column, _YEAR_LAST)].value_counts()
        masks = _shown(dates.index.to_series())
        counts += [int(dates.to_numpy()[mask].sum()) for mask in masks]
    return Order(*counts.tolist())


def _shown(texts: Column) -> tuple[npt.NDArray[np.bool_], ...]:
    """Masks of the dates with the day first, with the month first, and of either."""
    found = texts.astype("str").str.extract(_YEAR_LAST)
    first, second = (pd.to_numeric(found[group]).to_numpy(dtype=float) for group in found)
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
    found = pc.match_substring_regex(cells, _NO_NUMBER)
    return pc.all(found, min_count=0).as_py() is True


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


def lacks_zone(column: Column) -> npt.NDArray[np.bool_]:
    """Return the mask of the times that name no zone, in datetimes or text.

    Examples
    --------
    >>> lacks_zone(pd.Series(["2026-03-02 10:00", "2026-03-02T10:00Z", "1772445600000"])).tolist()
    [True, False, False]
    """
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.notna().to_numpy() & (column.dt.tz is None)
    zoned = _matches(column, _NAMES_ZONE)
    if (zoned | column.isna().to_numpy()).all():
        return np.zeros(len(column), dtype=bool)
    return _matches(column, _NAMES_DAY) & ~zoned & ~_matches(column, _NUMBER)


def _matches(texts: Column, pattern: str) -> npt.NDArray[np.bool_]:
    cells = pa.array(texts, type=pa.string(), from_pandas=True)
    found = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=False)
    mask: npt.NDArray[np.bool_] = np.asarray(found, dtype=bool)
    return mask


def spelled_times(texts: Column, tz: str, *, day_first: bool) -> Column:
    """Return times of text: ISO 8601, else whatever form pandas can tell.

    A date of the contrary order is none, as one that is misread would go unseen among the others.

    Examples
    --------
    >>> dates = pd.Series(["03/02/2026", "25/02/2026", "03/13/2026"])
    >>> spelled_times(dates, "UTC", day_first=True).dt.month.tolist()
    [2.0, 2.0, nan]
    """
    codes, distinct = pd.factorize(texts)
    cells = pd.Series(distinct, dtype=object)
    cells = cells.where(_matches(cells, _NAMES_DAY))  # else it would be today
    zoned = _matches(cells, _NAMES_ZONE)
    times = _parse(cells.where(zoned), utc=True, day_first=day_first).fillna(
        in_utc(_parse(cells.where(~zoned), utc=False, day_first=day_first), tz)
    )
    read = pd.concat([times, pd.Series([pd.NaT], dtype=_TIME)], ignore_index=True)
    return read.take(codes % len(read)).set_axis(texts.index)


def _parse(cells: Column, *, utc: bool, day_first: bool) -> Column:
    iso = pd.to_datetime(cells, format="ISO8601", errors="coerce", utc=utc)
    rest = cells.where(iso.isna())
    if rest.notna().any():
        day, month, _ = _shown(rest)
        rest = rest.mask(month if day_first else day)
    other = pd.to_datetime(rest, format="mixed", errors="coerce", utc=utc, dayfirst=day_first)
    return iso.dt.as_unit("ms").fillna(other.dt.as_unit("ms"))


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
