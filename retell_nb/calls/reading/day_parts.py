"""Durations that a spreadsheet keeps as parts of a day: 0.00144 is two minutes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.calls.labels import plain
from retell_nb.calls.schema import Guess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.calls.reading.cells import Cells
    from retell_nb.engine.aliases import Column

__all__ = [
    "all_below_one",
    "are_parts_of_day",
    "beyond_seconds",
    "note_on_milliseconds",
    "note_on_parts",
]

_FORMAT = re.compile(r"h{0,2}mmss|hms|h{1,2}mm$")
_SERIALS = "days as spreadsheets count them"
_DAY = 86_400
_LONGEST = 2 * 3600
"""Seconds that a call can last at most."""
_TOLERANCE = 0.002  # seconds: a spreadsheet keeps 15 figures, of which an export may drop some


def all_below_one(cells: Column) -> bool:
    """Return whether the bare numbers of durations are parts of one, and some more than none.

    Examples
    --------
    >>> all_below_one(pd.Series(["0,00144", None])), all_below_one(pd.Series([0.5, 30]))
    (True, False)
    """
    numbers = _numbers(cells).dropna()
    return bool(numbers.between(0, 1, inclusive="left").all() and (numbers > 0).any())


def beyond_seconds(cells: Column) -> bool:
    """Return whether most bare numbers of durations are more seconds than a call can last.

    Examples
    --------
    >>> beyond_seconds(pd.Series(["52000", "0", "9100"])), beyond_seconds(pd.Series([52, 9000, 20]))
    (True, False)
    """
    numbers = _numbers(cells)
    return bool(numbers[numbers > 0].median() > _LONGEST)


def note_on_milliseconds(label: str) -> Guess:
    """Return the words for numbers that are too many for seconds.

    Examples
    --------
    >>> note_on_milliseconds("Duration")[:58]
    'The numbers in Duration were taken for milliseconds: as se'
    """
    mapping = json.dumps({label: ["duration_ms", "s"]}, ensure_ascii=False)
    return Guess(
        f"The numbers in {label} were taken for milliseconds: as seconds, most calls would last "
        "for more than two hours, which none can. If they are seconds, say so with "
        f"columns={{{label!r}: ('duration_ms', 's')}}, for a report with -p columns '{mapping}'."
    )


def _numbers(cells: Column) -> Column:
    if pd.api.types.is_timedelta64_dtype(cells.dtype):
        return pd.Series(dtype=float)
    if pd.api.types.is_numeric_dtype(cells.dtype):
        return pd.to_numeric(cells).astype("float64")
    texts = cells.astype("str").str.strip().str.replace(",", ".", regex=False)
    return pd.to_numeric(texts, errors="coerce").astype("float64")


def are_parts_of_day(
    label: str, cells: Column, read: Mapping[str, Cells], *, counted_days: bool = False
) -> bool:
    """Return whether numbers below one are surely parts of a day.

    Their header names a format of a clock; the times beside them are days as spreadsheets count
    them; start and end are as far apart; or all are whole seconds of a day and of no other unit.

    Parameters
    ----------
    label : str
        Of the column.
    cells : Series
        As they came.
    read : mapping of str to Cells
        The columns of the schema.
    counted_days : bool
        Whether the times were put together of days and parts of days as spreadsheets count them.

    Examples
    --------
    >>> are_parts_of_day("Duration ([h]:mm:ss)", pd.Series([0.00144]), {})
    True
    >>> are_parts_of_day("Duration", pd.Series([124 / 86400, 43 / 86400]), {})
    True
    >>> are_parts_of_day("Duration", pd.Series([0.5, 0.25]), {})
    False
    """
    if counted_days or _FORMAT.search(plain(label)):
        return True
    times = [read[name] for name in ("start_timestamp", "end_timestamp") if name in read]
    if any(_SERIALS in time.remarks for time in times):
        return True
    numbers = _numbers(cells)
    some = numbers[numbers > 0]
    seconds = some * _DAY
    if len(times) == 2:
        span = (times[1].column - times[0].column).dt.total_seconds().loc[some.index]
        ratio = (span[span > 1] / some).median()
        if 0.95 * _DAY < ratio < 1.05 * _DAY:
            return True
    whole = ((seconds - seconds.round()).abs() < _TOLERANCE) & (seconds > 0.5)
    short = ((some * 1000) - (some * 1000).round()).abs() < 1e-6
    return bool(len(some) > 1 and whole.all() and short.mean() < 0.5)


def note_on_parts(label: str, unit: str, *, sure: bool) -> str:
    """Return the words for numbers below one: what they were taken for.

    Examples
    --------
    >>> note_on_parts("Duration", "s", sure=True)
    'The numbers in Duration were taken for parts of a day, as spreadsheets keep durations.'
    """
    if sure:
        return (
            f"The numbers in {label} were taken for parts of a day, as spreadsheets keep durations."
        )
    mapping = json.dumps({label: ["duration_ms", "d"]}, ensure_ascii=False)
    return Guess(
        f"All numbers in {label} are below 1 and were taken for {unit}. If they are parts of a "
        "day, as spreadsheets keep durations, say so with "
        f"columns={{{label!r}: ('duration_ms', 'd')}}, for a report with -p columns '{mapping}'."
    )
