"""Dates and times of day that stand in two columns, put together."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.calls.labels import UNMAPPED, plain
from retell_nb.calls.reading.written_times import is_clock, moment_of

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column

__all__ = ["with_dates"]

_DATES = {
    "start_timestamp": ("startdate", "callstartdate", "calldate", "date", "day"),
    "end_timestamp": ("enddate", "startdate", "callstartdate", "calldate", "date", "day"),
}
_CLOCKS = {
    "start_timestamp": ("starttime", "callstarttime", "calltime", "time", "timeofday", "start"),
    "end_timestamp": ("endtime",),
}
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00.*)?$")  # that programs write behind a date
_DAY_ADDED = re.compile(r"(?:1899-12-3[01]|1900-01-0[01]|1970-01-01|0 days)[ T]")
_HOURS_AND_MINUTES = re.compile(r"(?:[01]?\d|2[0-3])[0-5]\d")
_LOOKS = 20


def with_dates(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return rows with whole times, and whether an end may be of the day after its date.

    Parameters
    ----------
    rows : DataFrame
        Under the API's names; a date or a time of day under its own name beside them.

    Examples
    --------
    >>> rows = pd.DataFrame({"start_timestamp": ["14:03"], "Date": ["02.03.2026"]})
    >>> with_dates(rows)[0]["start_timestamp"].tolist()
    ['02.03.2026 14:03']
    """
    columns = {plain(str(label).removesuffix(UNMAPPED)): label for label in reversed(rows.columns)}
    whole: dict[str, Column] = {}
    shared = False
    for name, labels in _DATES.items():
        if name not in rows.columns:
            continue
        cells = _clock_texts(rows[name])
        date = next((columns[label] for label in labels if label in columns), None)
        clock = next((columns[label] for label in _CLOCKS[name] if label in columns), None)
        if _are_clocks(cells):
            # The date that is taken for the start serves for the end as well.
            dates = rows[date] if date is not None else rows.get("start_timestamp")
            if dates is not None and not _are_clocks(dates):
                whole[name] = _joined(dates, cells)
                shared = name == "end_timestamp" and plain(str(date)) != "enddate"
        elif clock is not None and _are_days(cells):
            clocks = _clock_texts(rows[clock])
            if _are_clocks(clocks):
                whole[name] = _joined(cells, clocks)
    return rows.assign(**whole) if whole else rows, shared


def _clock_texts(cells: Column) -> Column:
    """Times of day as text: of what passed since midnight, of a day that a spreadsheet adds."""
    if pd.api.types.is_timedelta64_dtype(cells.dtype):
        midnight = pd.Timestamp(0)
        return (midnight + cells).dt.strftime("%H:%M:%S").astype(object)
    if cells.dtype.kind in "OU" or isinstance(cells.dtype, pd.StringDtype):
        texts = _first(cells)
        if texts and all(map(_DAY_ADDED.match, texts)):
            return cells.map(lambda cell: _DAY_ADDED.sub("", str(cell).strip()), na_action="ignore")
        if texts and all(map(_HOURS_AND_MINUTES.fullmatch, texts)):
            return cells.map(lambda cell: f"{str(cell)[:-2]}:{str(cell)[-2:]}", na_action="ignore")
    return cells


def _are_clocks(cells: Column) -> bool:
    """Whether the first cells are times of day, as text or as parts of a day."""
    texts = _first(cells)
    return bool(texts) and all(is_clock(text) or _part_of_day(text) for text in texts)


def _are_days(cells: Column) -> bool:
    """Whether the first cells are dates without a time of day."""
    texts = [_MIDNIGHT.sub("", text) for text in _first(cells)]
    days = [moment_of(text) or moment_of(text, day_first=True) for text in texts]
    return bool(days) and all(day and day.wall % 86_400_000 == 0 for day in days)


def _first(cells: Column) -> list[str]:
    texts = [str(cell).strip() for cell in cells.dropna().iloc[:_LOOKS]]
    return [text for text in texts if text]


def _part_of_day(text: str) -> bool:
    return text.startswith(("0.", "0,")) and text[2:].isdigit()


def _joined(dates: Column, clocks: Column) -> Column:
    """Whole times; a date without a time of day stays a date, and a time without one is none."""
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        dates = dates.dt.strftime("%Y-%m-%d")
    numbers = pd.to_numeric(dates, errors="coerce")
    parts = pd.to_numeric(clocks.astype("str").str.replace(",", "."), errors="coerce")
    days = dates.astype("str").str.strip().str.replace(_MIDNIGHT, "", regex=True)
    texts = (days + " " + clocks.astype("str").where(clocks.notna(), "").str.strip()).str.strip()
    whole = texts.where(parts.isna() | numbers.isna(), (numbers + parts).astype("str"))
    return whole.where(dates.notna(), None).astype(object)
