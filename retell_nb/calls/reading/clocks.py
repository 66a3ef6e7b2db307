"""Dates and times of day that stand in two columns, put together."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.calls.labels import UNMAPPED, plain
from retell_nb.calls.reading.epochs import SERIALS
from retell_nb.calls.reading.header_zones import apart_from_zone
from retell_nb.calls.reading.written_times import is_clock, moment_of
from retell_nb.calls.schema import SCHEMA, Guess

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from retell_nb.engine.aliases import Column

__all__ = ["Dated", "lacks_day", "with_dates"]

_DAYS = ("calldate", "date", "day", "datum", "tag", "fecha", "dia", "data", "jour", "giorno")
_DATES = {
    "start_timestamp": ("startdate", "callstartdate", *_DAYS),
    "end_timestamp": ("enddate", "startdate", "callstartdate", *_DAYS),
}
_CLOCKS = {
    "start_timestamp": (
        *("starttime", "callstarttime", "calltime", "time", "timeofday", "start", "hour"),
        *(
            "clock",
            "clocktime",
            "uhrzeit",
            "zeit",
            "startzeit",
            "hora",
            "heure",
            "orario",
            "ora",
            "tijd",
        ),
    ),
    "end_timestamp": ("endtime", "callendtime", "endzeit", "horafin", "heurefin"),
}
_HOURS = ("hour", "callhour", "starthour", "hr", "hh", "hours", "stunde", "hora", "heure", "ora")
_MINUTES = ("minute", "callminute", "startminute", "min", "mm", "minutes", "minuto")
_SECONDS = ("second", "startsecond", "sec", "ss", "seconds", "sekunde", "segundo")
_MIDNIGHT = re.compile(r"[ T]0{1,2}:00(:00.*)?$")  # that programs write behind a date
_DAY_ADDED = re.compile(r"(?:1899-12-3[01]|1900-01-0[01]|1970-01-01|0 days)[ T]")
_HOURS_AND_MINUTES = re.compile(r"(?:[01]?\d|2[0-3])[0-5]\d(?:[0-5]\d)?")
_SERIAL = re.compile(r"[3-7]\d{4}(?:\.0)?")
_ORIGIN = pd.Timestamp("1899-12-30")
_LOOKS = 20


class Dated(NamedTuple):
    """Rows with whole times, and what there is to say of them."""

    rows: pd.DataFrame
    overnight: bool
    """Whether an end may be of the day after its date."""
    notes: list[str]


def with_dates(rows: pd.DataFrame) -> Dated:
    """Return rows with whole times where dates and times of day stand in columns of their own.

    Parameters
    ----------
    rows : DataFrame
        Under the API's names; a date or a time of day under its own name beside them. In
        `attrs["zones"]` is the zone that the header of a column names.

    Examples
    --------
    >>> rows = pd.DataFrame({"start_timestamp": ["14:03"], "Date": ["02.03.2026"]})
    >>> with_dates(rows).rows["start_timestamp"].tolist()
    ['02.03.2026 14:03']
    """
    labels, zones = _labels(rows)
    whole: dict[str, _Whole] = {}
    notes: list[str] = []
    overnight = False
    for name in [name for name in _DATES if name in rows.columns]:
        cells = _clock_texts(rows[name])
        if _are_clocks(cells):
            joint, note = _with_day(rows, name, cells, labels), ""
            overnight |= name == "end_timestamp" and joint is not None and joint.beside != "enddate"
        else:
            joint, note = _with_clock(rows, name, labels) if _are_days(cells) else (None, "")
        if joint is not None:
            whole[name] = joint
            beside = labels.get(joint.beside)
            note = note or (f"{name} was combined with {beside}." if beside else "")
        if note:
            notes.append(note)
    if not whole:
        return Dated(rows, overnight, notes)
    of_beside = {
        name: zones[joint.beside] for name, joint in whole.items() if joint.beside in zones
    }
    named = {**of_beside, **rows.attrs.get("zones", {})}
    parts = [*whole, *(labels[joint.beside] for joint in whole.values() if joint.beside)]
    counted_days = any(_are_counted(rows[label]) for label in parts)
    rows = rows.assign(**{name: joint.column for name, joint in whole.items()})
    rows.attrs["zones"] = named
    rows.attrs["counted_days"] = counted_days
    return Dated(rows, overnight, notes)


class _Whole(NamedTuple):
    column: Column
    beside: str
    """The plain label of the column that was joined."""


def _labels(rows: pd.DataFrame) -> tuple[dict[str, Hashable], dict[str, str]]:
    """The columns, and the zones that their labels name, by plain label without the zone."""
    columns: dict[str, Hashable] = {}
    zones: dict[str, str] = {}
    for label in reversed(rows.columns):
        bare, zone = apart_from_zone(str(label).removesuffix(UNMAPPED))
        columns[plain(bare)] = label
        zones |= {plain(bare): zone} if zone is not None else {}
    return columns, zones


def _first_of(labels: Iterable[str], columns: Mapping[str, Hashable]) -> str:
    return next((label for label in labels if label in columns), "")


def _with_day(
    rows: pd.DataFrame, name: str, clocks: Column, columns: Mapping[str, Hashable]
) -> _Whole | None:
    """Times of day with the date that stands beside them."""
    beside = _first_of(_DATES[name], columns)
    days = rows[columns[beside]] if beside else None
    if days is None and name == "end_timestamp" and "start_timestamp" in rows.columns:
        # The date that is taken for the start serves for the end as well.
        days = rows["start_timestamp"]
        if not pd.api.types.is_datetime64_any_dtype(days.dtype):
            days = days.where(days.isna(), days.astype("str").str.split(r"[ T]", n=1).str[0])
    return None if days is None or not _are_days(days) else _Whole(_joined(days, clocks), beside)


def _with_clock(
    rows: pd.DataFrame, name: str, columns: Mapping[str, Hashable]
) -> tuple[_Whole | None, str]:
    """Days with the time of day that stands beside them, and what there is to say of it."""
    days = rows[name]
    for label in _CLOCKS[name]:
        if label in columns and _are_clocks(clocks := _clock_texts(rows[columns[label]])):
            return _Whole(_joined(days, clocks), label), ""
    hour = _first_of(_HOURS, columns)
    if hour and name == "start_timestamp":
        texts, used = _hours(rows, hour, columns)
        if used:
            exact = "" if len(used) > 1 else ", to the hour"
            note = f"{name} was combined from its dates and {' and '.join(used)}{exact}."
            return _Whole(_joined(days, texts), hour), note
    strays = [str(label) for label in columns.values() if _holds_clocks(rows, label)]
    lacking = f"{name} holds dates without a time of day, so hours cannot be told"
    if strays:
        mapping = json.dumps({strays[0]: name}, ensure_ascii=False)
        return None, Guess(
            f"{lacking}. {strays[0]!r} holds times of day; if they are theirs, say so with "
            f"columns={{{strays[0]!r}: {name!r}}}, for a report with -p columns '{mapping}'."
        )
    return None, f"{lacking}." if _lack_clocks(days) else ""


def _holds_clocks(rows: pd.DataFrame, label: Hashable) -> bool:
    """Whether a column that nobody knows holds times of day, written out."""
    texts = _first(rows[label]) if label not in SCHEMA else []
    return bool(texts) and all(map(is_clock, texts))


def _lack_clocks(days: Column) -> bool:
    return not any(_MIDNIGHT.search(text) for text in _first(days))


def _hours(
    rows: pd.DataFrame, hour: str, columns: Mapping[str, Hashable]
) -> tuple[Column, list[str]]:
    """Times of day of columns of hours, minutes and seconds, and the labels of these."""
    texts = pd.Series("", rows.index, dtype=object)
    used: list[str] = []
    for labels, most in (((hour,), 23), (_MINUTES, 59), (_SECONDS, 59)):
        label = _first_of(labels, columns)
        figures = pd.to_numeric(rows[columns[label]], errors="coerce") if label else texts[:0]
        values = figures.dropna()
        if values.empty or not (values.between(0, most) & (values % 1 == 0)).all():
            break
        part = figures.astype("Int64").astype("string").str.zfill(2).astype(object)
        texts = texts + ":" + part if used else part
        used.append(str(columns[label]))
    return (texts + ":00" if len(used) == 1 else texts), used


def _clock_texts(cells: Column) -> Column:
    """Times of day as text: of what passed since midnight, of a day that a spreadsheet adds."""
    if pd.api.types.is_timedelta64_dtype(cells.dtype):
        midnight = pd.Timestamp(0)
        return (midnight + cells).dt.strftime("%H:%M:%S").astype(object)
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        dates = cells.dropna()
        added = _are_added(dates.iloc[:_LOOKS]) and _are_added(dates)
        return cells.dt.strftime("%H:%M:%S").astype(object) if added else cells
    if pd.api.types.is_bool_dtype(cells.dtype):
        return cells
    texts = _first(cells)
    if texts and all(map(_DAY_ADDED.match, texts)):
        return cells.map(lambda cell: _DAY_ADDED.sub("", str(cell).strip()), na_action="ignore")
    if _are_figures(texts):
        return cells.map(_spelled, na_action="ignore")
    return cells


def _are_added(dates: Column) -> bool:
    """Whether times are of a day that a spreadsheet adds to a time of day."""
    days = dates.dt.strftime("%Y-%m-%d ")
    return bool(len(days)) and bool(days.map(_DAY_ADDED.match).notna().all())


def _are_figures(texts: list[str]) -> bool:
    """Whether texts are times of day such as 1403; figures of hours alone are not."""
    bare = [text.removesuffix(".0") for text in texts]
    return max(map(len, bare), default=0) > 2 and all(
        _HOURS_AND_MINUTES.fullmatch(_padded(text)) for text in bare
    )


def _padded(text: str) -> str:
    """Figures of a time of day with the zeros that a number has lost."""
    bare = text.removesuffix(".0")
    return bare.zfill(4) if len(bare) <= 4 else bare.zfill(6)


def _spelled(cell: object) -> object:
    text = _padded(str(cell).strip())
    if not _HOURS_AND_MINUTES.fullmatch(text):
        return cell
    return ":".join(text[at : at + 2] for at in range(0, len(text), 2))


def lacks_day(text: str) -> bool:
    """Return whether a cell of times is a time of day alone, however it is written.

    Examples
    --------
    >>> [lacks_day(text) for text in ("14:03", "1403", "0.585", "1970-01-01 14:03", "2026-03-02")]
    [True, True, True, True, False]
    """
    text = text.strip()
    return bool(
        is_clock(text)
        or _part_of_day(text)
        or _DAY_ADDED.match(text)
        or _HOURS_AND_MINUTES.fullmatch(text.removesuffix(".0"))
    )


def _are_clocks(cells: Column) -> bool:
    """Whether the first cells are times of day, as text or as parts of a day."""
    texts = _first(cells)
    return bool(texts) and all(is_clock(text) or _part_of_day(text) for text in texts)


def _are_days(cells: Column) -> bool:
    """Whether the first cells are dates without a time of day."""
    texts = [_MIDNIGHT.sub("", text) for text in _first(cells)]
    return bool(texts) and all(map(_is_day, texts))


def _are_counted(cells: Column) -> bool:
    """Whether the first cells are days, or parts of a day, as spreadsheets count them."""
    texts = _first(cells)
    return bool(texts) and all(_SERIAL.fullmatch(text) or _part_of_day(text) for text in texts)


def _is_day(text: str) -> bool:
    if _SERIAL.fullmatch(text):
        return True
    day = moment_of(text) or moment_of(text, day_first=True)
    return bool(day and day.wall % 86_400_000 == 0)


def _first(cells: Column) -> list[str]:
    texts = [str(cell).strip() for cell in cells.dropna().iloc[:_LOOKS]]
    return [text for text in texts if text]


def _part_of_day(text: str) -> bool:
    return text.startswith(("0.", "0,")) and text[2:].isdigit()


def _joined(dates: Column, clocks: Column) -> Column:
    """Whole times; a date without a time of day stays a date, and a time without one is none."""
    if pd.api.types.is_datetime64_any_dtype(dates.dtype):
        dates = dates.dt.strftime("%Y-%m-%d")
    days = dates.astype("str").str.strip().str.replace(_MIDNIGHT, "", regex=True)
    serials = pd.to_numeric(dates, errors="coerce")
    serial_days = pd.to_datetime(serials.where(serials.between(*SERIALS)), unit="D", origin=_ORIGIN)
    days = serial_days.dt.strftime("%Y-%m-%d").fillna(days)
    texts = clocks.astype("str").where(clocks.notna(), "").str.strip()
    parts = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
    shares = pd.to_timedelta(parts.where(parts.between(0, 1, "left")), unit="D").dt.round("ms")
    texts = (pd.Timestamp(0) + shares).dt.strftime("%H:%M:%S.%f").fillna(texts)
    whole = (days + " " + texts).str.strip()
    return whole.where(dates.notna(), None).astype(object)
