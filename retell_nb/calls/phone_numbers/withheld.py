"""What stands in a number's place and is none: numbers that are not shown, and pseudonyms."""

from __future__ import annotations

import re

__all__ = ["KEYPAD", "PSEUDONYM", "is_pseudonym", "is_withheld"]

PSEUDONYM = re.compile(r"([A-Z]{2})-[a-f][0-9a-f]{11}")
"""A country and 12 hexadecimal digits. The first of these is a letter, lest a number such as
DE-493012345678 passes for a pseudonym."""

_NOBODY = frozenset(
    {
        "",
        "anonymous",
        "blocked",
        "caller id blocked",
        "hidden",
        "id withheld",
        "n/a",
        "no caller id",
        "no number",
        "none",
        "not available",
        "null",
        "number withheld",
        "out of area",
        "private",
        "private caller",
        "private number",
        "restricted",
        "unavailable",
        "undisclosed",
        "unknown",
        "unknown caller",
        "unknown number",
        "withheld",
        "withheld number",
    }
)
"""What networks send in place of a number that is not shown."""

KEYPAD = ("266696687", "2562533", "7378742833", "8656696", "86282452253")
"""ANONYMOUS, BLOCKED, RESTRICTED, UNKNOWN and UNAVAILABLE, spelled on a telephone's keys: carriers
that can send nothing but digits send these.
https://help.twilio.com/articles/223179988"""

_URI = re.compile(r"(?:sips?|tel):([^@;]*).*|([^@]*)@(?:anonymous\.invalid|.*\.invalid)", re.DOTALL)


def is_pseudonym(number: str) -> bool:
    """Whether a number is one that `mask` gave.

    Examples
    --------
    >>> is_pseudonym("DE-c3f9a0c1b22e"), is_pseudonym("+14155550100")
    (True, False)
    """
    return PSEUDONYM.fullmatch(number) is not None


def is_withheld(number: str) -> bool:
    """Whether a number is none, but says that it is not shown.

    Examples
    --------
    >>> is_withheld("Anonymous"), is_withheld("no-caller-id"), is_withheld("+14155550100")
    (True, True, False)
    >>> is_withheld("sip:anonymous@anonymous.invalid"), is_withheld("+266696687")
    (True, True)
    """
    address = _URI.fullmatch(number.strip())
    name = (address[1] or address[2] or "") if address else number
    words = re.sub(r"[\s_\-\"'<>]+", " ", name).strip().casefold()
    digits = words.removeprefix("+")
    return words in _NOBODY or digits in KEYPAD or (digits.isdigit() and not digits.strip("0"))
