"""A time as people write it: a date, a time of day and a zone, in whatever order."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ABBREVIATIONS", "Moment", "is_clock", "moment_of", "own_abbreviations", "place_of"]

_ABBREVIATIONS = {
    0: "Z UTC GMT WET",
    60: "CET MET WAT WEST",
    120: "CAT CEST EET MEST SAST",
    180: "EAT EEST IDT MSK",
    300: "PKT",
    420: "WIB",
    480: "AWST HKT WITA",
    540: "JST KST WIT",
    570: "ACST",
    600: "AEST CHST",
    630: "ACDT",
    660: "AEDT",
    720: "NZST",
    780: "NZDT",
    -150: "NDT",
    -180: "ADT",
    -210: "NST",
    -240: "EDT",
    -300: "EST",
    -360: "MDT",
    -420: "MST PDT",
    -480: "AKDT",
    -540: "AKST HDT",
    -600: "HST",
}
ABBREVIATIONS: Mapping[str, int] = {
    name: minutes for minutes, names in _ABBREVIATIONS.items() for name in names.split()
}
"""Minutes ahead of UTC of the abbreviations that mean one zone only.

So the IANA database has them; without those that stand for other zones elsewhere (AST, BST, SST).
"""

_GERMAN = {"MEZ": 60, "MESZ": 120}

_MONTHS = {
    name: number
    for year in (
        (
            "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug "
            "september|sept|sep october|oct november|nov december|dec"
        ),
        (
            "januar|jänner februar märz|mär|mrz april mai juni juli august september "
            "oktober|okt november dezember|dez"
        ),
        (
            "janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août|aoû "
            "septembre octobre novembre décembre|déc"
        ),
        (
            "enero|ene febrero marzo abril|abr mayo junio julio agosto|ago septiembre|setiembre "
            "octubre noviembre diciembre|dic"
        ),
        (
            "janeiro fevereiro|fev março abril maio junho julho agosto setembro|set outubro|out "
            "novembro dezembro"
        ),
        (
            "gennaio|gen febbraio marzo aprile maggio|mag giugno|giu luglio|lug agosto "
            "settembre ottobre|ott novembre dicembre"
        ),
        (
            "januari februari maart|mrt april mei juni juli augustus september oktober november "
            "december"
        ),
        (
            "januari februari marts april maj juni juli augusti september oktober november "
            "desember|des"
        ),
        (
            "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta "
            "elokuuta syyskuuta lokakuuta marraskuuta joulukuuta"
        ),
        (
            "stycznia|sty lutego|lut marca kwietnia|kwi maja czerwca|cze lipca|lip sierpnia|sie "
            "września|wrz października|paź listopada|lis grudnia|gru"
        ),
        "ledna února března dubna května června července srpna září října listopadu prosince",
        (
            "января|янв февраля|фев марта|мар апреля|апр мая июня|июн июля|июл августа|авг "
            "сентября|сен октября|окт ноября|ноя декабря|дек"
        ),
        (
            "ocak|oca şubat|şub mart nisan|nis mayıs haziran|haz temmuz|tem ağustos|ağu "  # noqa: RUF001
            "eylül|eyl ekim|eki kasım|kas aralık|ara"  # noqa: RUF001
        ),
    )
    for number, names in enumerate(year.split(), start=1)
    for name in names.split("|")
}
_WEEKDAYS = {
    name
    for names in (
        "monday mon tuesday tues tue wednesday wednes wed thursday thurs thur thu friday fri",
        "saturday sat sunday sun",
        "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonntag so",
        "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim",
        "lunes martes miércoles mié jueves jue viernes vie sábado sáb domingo dom",
        "lunedì martedì mercoledì giovedì gio venerdì sabato sab domenica",
        "måndag mandag tisdag tirsdag onsdag torsdag fredag lördag lørdag söndag søndag",
        "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    )
    for name in names.split()
}
_FILLERS = {
    word
    for words in (
        *("at on of the", "um uhr den", "t h", "de del di à a às as le", "kl klo"),
        "г года в",  # noqa: RUF001
    )
    for word in words.split()
}
_CLOCK = re.compile(
    r"(?<![\d:.])(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,:](\d{1,9}))?)?(?![\d:])"
    r"(?:\s*([ap])\.?\s?m\b\.?)?"
    r"|(?<![\d:.])(\d{1,2})\s*([ap])\.?m\b\.?",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"^\s*(?:UTC|GMT|Z)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?![\d/.:-])", re.IGNORECASE
)
_OFFSET_IN_BRACKETS = re.compile(
    r"^\s*\(\s*(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?\s*\)", re.IGNORECASE
)
_OTHER_SIGNS = str.maketrans(
    {"年": "-", "月": "-", "日": " ", "@": " ", "\u2010": "-", "\u2011": "-", "\u2012": "-"}
)
_CLOCK_IN_LETTERS = re.compile(r"(?<=[\s\d])(\d{1,2})\s?[hH](\d{2})(?:\s?[m:]?(\d{2})s?)?(?![\w:])")
_CLOCK_APART = re.compile(
    r"(?:(?<=\d[T\s_])\s*|\bklo?\.?\s+)(\d{1,2})[.-](\d{2})(?:[.-](\d{2}))?$", re.IGNORECASE
)
_SAS = re.compile(r"(\d{1,2}[A-Za-z]{3}\d{2,4}):(?=\d{1,2}:\d{2})")
_ORACLE = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{2})\.(\d{2})\.(\d{6,9})(?!\d)")
_DOT_NET = re.compile(r"/?Date\((-?\d{9,15})(?:[+-]\d{4})?\)/?")
_PLACE = re.compile(
    r"[\[(]?\b((?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Brazil|Canada|Chile|Etc"
    r"|Europe|Indian|Mexico|Pacific|US)/[a-z]+(?:[/_+-][a-z0-9]+)*)[\])]?",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"[\[(]([^\])]*)[\])]")
_ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_DATES = (
    ("ymd", re.compile(r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})")),
    ("ymd", re.compile(r"(\d{4})()(\d{2})(\d{2})")),
    ("dmy", re.compile(r"(\d{1,2})(\.) ?(\d{1,2})\. ?(\d{4}|\d{2})")),
    ("either", re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4}|\d{2})")),
)
_NAMED = (
    ("dmy", re.compile(r"(\d{1,2})([-/. ]{0,2})m(\d{1,2})[-/. ]{0,2}'?(\d{4}|\d{2})")),
    ("mdy", re.compile(r"m(\d{1,2})([-/. ]{0,2})(\d{1,2})[-/. ]{1,2}'?(\d{4}|\d{2})")),
    ("ymd", re.compile(r"(\d{4})([-/. ]{0,2})m(\d{1,2})[-/. ]{0,2}(\d{1,2})")),
)
_PIVOT = 69
"""A year of two digits below it is of this century, as POSIX has it."""
_EPOCH = dt.date(1970, 1, 1).toordinal()


class Moment(NamedTuple):
    """What a text says of a time.

    Examples
    --------
    >>> moment_of("Mar 2, 2026, 2:03 PM")
    Moment(wall=1772460180000, offset=None, zone=None)
    """

    wall: int
    """What the clock shows, in milliseconds since it showed the beginning of 1970."""
    offset: int | None
    """Minutes ahead of UTC; None where no zone is named, or by its place."""
    zone: str | None = None
    """The place, as the IANA names it, whose clocks are meant."""


def is_clock(text: str) -> bool:
    """Return whether a text is a time of day without a date.

    Examples
    --------
    >>> is_clock("2:03 PM"), is_clock("14:03"), is_clock("2026-03-02 14:03"), is_clock("1403")
    (True, True, False, False)
    """
    return bool(_CLOCK.fullmatch(text.strip()))


def moment_of(text: str, tz: str = "UTC", *, day_first: bool = False) -> Moment | None:
    """Return what a text says of a time; None where it says none, or none that is clear.

    Dotted dates put the day first, and a date is none that contradicts the order it should have.

    Parameters
    ----------
    text : str
    tz : str
        Its own abbreviations are understood, also those that elsewhere mean another zone.
    day_first : bool
        Whether 03/02/2026 is of February.

    Examples
    --------
    >>> moment_of("Mon Mar 02 2026 14:03:00 GMT+0100 (Central European Standard Time)").offset
    60
    >>> moment_of("03/02/2026 14:03 CST"), moment_of("03/02/2026 14:03 CST", "America/Chicago")
    (None, Moment(wall=1772460180000, offset=-360, zone=None))
    >>> moment_of("2026-03-02 14:03 Europe/London").zone
    'Europe/London'
    """
    if milliseconds := _DOT_NET.fullmatch(text):
        return Moment(int(milliseconds[1]), 0)
    text = _ORACLE.sub(r"\1:\2:\3.\4", text.translate(_OTHER_SIGNS).strip())
    if ":" not in text:
        text = _CLOCK_APART.sub(_with_colons, _CLOCK_IN_LETTERS.sub(_with_colons, text))
    text = re.sub(r"(?<=\d)_", " ", _SAS.sub(r"\1 ", text))
    zone = None
    if "/" in text and (place := _PLACE.search(text)):
        zone = place_of(place[1])
        if zone is None:
            return None
        text = f"{text[: place.start()]} {text[place.end() :]}"
    clock = _CLOCK.search(text)
    before, after = (text[: clock.start()], text[clock.end() :]) if clock else (text, "")
    try:
        day, offset = _day(before, after, zone or tz, day_first)
        wall = day + (_time_of_day(clock) if clock else 0)
        return Moment(wall, offset, zone if offset is None else None)
    except ValueError:
        return None


def _with_colons(clock: re.Match[str]) -> str:
    return ":".join(part for part in clock.groups() if part)


def place_of(name: str) -> str | None:
    """Return the time zone of a place as the IANA spells it; None where it knows none.

    Examples
    --------
    >>> place_of("america/new york"), place_of("Europe/Atlantis")
    ('America/New_York', None)
    """
    return _places().get(name.strip().replace(" ", "_").lower())


@functools.cache
def _places() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones() if "/" in name}


def _time_of_day(clock: re.Match[str]) -> int:
    """Milliseconds since midnight."""
    hour, minute, second, part, half, bare_hour, bare_half = clock.groups()
    half = (half or bare_half or "").lower()
    hours = int(hour or bare_hour)
    if half and hours <= 12:
        hours = hours % 12 + 12 * (half == "p")
    elif half == "a":
        raise ValueError(clock.group())
    time = dt.time(hours, int(minute or 0), int(second or 0))
    seconds = (time.hour * 60 + time.minute) * 60 + time.second
    return seconds * 1000 + int((part or "").ljust(3, "0")[:3])


@functools.lru_cache(1 << 15)
def _day(before: str, after: str, tz: str, day_first: bool) -> tuple[int, int | None]:  # noqa: FBT001 - cached
    """When a day begins, in milliseconds, and the zone; of many times a day it is read once."""
    offset = None
    zone = _OFFSET.match(after) or _OFFSET_IN_BRACKETS.match(after)
    if zone:
        sign, hours, minutes = zone.groups()
        offset = int(f"{sign}1") * (int(hours) * 60 + int(minutes or 0))
        after = after[zone.end() :]
    # The name of a zone stands in brackets behind its offset; without one it says which it is.
    text = _ASIDE.sub(r" \1 " if offset is None else " ", f"{before} {after}")
    words: list[str] = []
    for word in _WORD.findall(_ORDINAL.sub("", text)):
        if word.lower() in _MONTHS:
            words.append(word)
        elif word.lower() not in (_WEEKDAYS | _FILLERS):
            ahead = own_abbreviations(tz).get(
                word.upper(), ABBREVIATIONS.get(word.upper(), _GERMAN.get(word.upper()))
            )
            # The same zone may be named twice, as in "+0000 UTC".
            if ahead is None or offset not in (None, ahead):
                raise ValueError(word)
            offset = ahead
    date = _date(_without_words(_ORDINAL.sub("", text)), named=bool(words), day_first=day_first)
    return (date.toordinal() - _EPOCH) * 86_400_000, offset


def _without_words(text: str) -> str:
    """A date in figures and marks alone; the name of a month is m and its number."""
    figures = _WORD.sub(lambda word: f"m{_MONTHS.get(word.group().lower(), '')}", text)
    figures = re.sub(r"m(?!\d)", " ", figures)
    return re.sub(r"[\s,]+", " ", figures).strip(" .-/")


def _date(figures: str, *, named: bool, day_first: bool) -> dt.date:
    for order, pattern in _NAMED if named else _DATES:
        parts = pattern.fullmatch(figures)
        if parts:
            names = ("dmy" if day_first else "mdy") if order == "either" else order
            part = dict(zip(names, parts.group(1, 3, 4), strict=True))
            year = int(part["y"])
            if len(part["y"]) == 2:
                year += 2000 if year < _PIVOT else 1900
            return dt.date(year, int(part["m"]), int(part["d"]))
    raise ValueError(figures)


@functools.cache
def own_abbreviations(tz: str) -> dict[str, int]:
    """Return minutes ahead of UTC of the abbreviations that a time zone has by itself.

    Examples
    --------
    >>> own_abbreviations("America/Chicago")
    {'CST': -360, 'CDT': -300}
    """
    zone, own = zoneinfo.ZoneInfo(tz), {}
    for month in range(1, 13):
        local = dt.datetime(2025, month, 15, tzinfo=zone)
        ahead = local.utcoffset() or dt.timedelta()
        own[str(local.tzname()).upper()] = int(ahead.total_seconds()) // 60
    return own
