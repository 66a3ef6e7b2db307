"""Zones that headers name, such as "Time (UTC)"."""

from __future__ import annotations

import re

from retell_nb.calls.reading.written_times import ABBREVIATIONS, own_abbreviations, place_of

__all__ = ["apart_from_zone", "is_local", "zone_of"]

_PLACE = r"[A-Za-z]+(?:/[A-Za-z_+ -]+\d*)+"
_OFFSET = r"(?:UTC|GMT)?\s*[+-]\d{1,2}(?::?\d\d)?"
_LOCAL = r"local(?: time)?"
_BRACKETED = re.compile(
    rf"(.+?)[\s_]*[(\[]\s*((?i:UTC|GMT|{_LOCAL}|{_OFFSET})|[A-Z]{{2,5}}|{_PLACE})\s*[)\]]()\s*"
)
_BEHIND = re.compile(rf"(.+?)(?:[\s_.-]+((?i:UTC|GMT|local)|{_PLACE}|[A-Z]{{3,4}})|(Utc|UTC))")
_BEFORE = re.compile(r"(UTC|GMT|local)[\s_.-]+(.+)", re.IGNORECASE)
_AHEAD = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d\d))?", re.IGNORECASE)


def apart_from_zone(label: str) -> tuple[str, str | None]:
    """Return a label without the zone in it, and the zone as it stands there.

    Examples
    --------
    >>> apart_from_zone("Time (UTC)"), apart_from_zone("start_time_utc"), apart_from_zone("Time")
    (('Time', 'UTC'), ('start_time', 'utc'), ('Time', None))
    """
    if parts := _BRACKETED.fullmatch(label) or _BEHIND.fullmatch(label):
        return parts[1], parts[2] or parts[3]
    if parts := _BEFORE.fullmatch(label):
        return parts[2], parts[1]
    return label, None


def is_local(zone: str) -> bool:
    """Return whether the zone of a header says no more than that it is that of the place.

    Examples
    --------
    >>> is_local("Local time"), is_local("UTC")
    (True, False)
    """
    return zone.lower().startswith("local")


def zone_of(text: str, tz: str) -> str | int | None:
    """Return the zone of a header: a place, or minutes ahead of UTC; None where it is not clear.

    Parameters
    ----------
    text : str
        As `apart_from_zone` returns it.
    tz : str
        Time zone of the times that name none; its own abbreviations stand for it.

    Examples
    --------
    >>> zone_of("utc", "Asia/Tokyo"), zone_of("GMT+5:30", "UTC"), zone_of("Europe/Berlin", "UTC")
    ('UTC', 330, 'Europe/Berlin')
    >>> zone_of("PST", "UTC"), zone_of("PST", "America/Los_Angeles"), zone_of("local", "UTC")
    (None, 'America/Los_Angeles', None)
    """
    word = text.strip().upper()
    if word in ("UTC", "GMT", "Z"):
        return "UTC"
    if ahead := _AHEAD.fullmatch(word):
        return int(f"{ahead[1]}1") * (int(ahead[2]) * 60 + int(ahead[3] or 0))
    if "/" in word:
        return place_of(text)
    return tz if word in own_abbreviations(tz) else ABBREVIATIONS.get(word)
