"""What is wrong with a phone number, told without the number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from retell_nb.calls.phone_numbers.library import library

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FAULTS", "faults", "length_fault", "malformed", "shape_faults"]

_SHAPES: Mapping[str, str] = {
    "empty": r"\s*",
    "letters": r".*[^\W\d_].*",
    "blanks": r".*\s.*",
    "no plus sign": r"[^+].*",
    "other signs": r".*(?:[^+\w\s]|_).*|.+\+.*",
    "country code 0": r"\+0.*",
}

FAULTS: Mapping[str, str] = {
    "empty": "it is empty",
    "letters": "it holds letters",
    "blanks": "it holds blanks",
    "no plus sign": "it does not begin with a plus sign and a country code",
    "other signs": "it holds signs other than digits",
    "country code 0": "its country code begins with 0, as no country code does",
    "no such country": "no country has its country code",
    "too short": "it is too short for its country",
    "too long": "it is too long for its country",
    "impossible length": "no number of its country has that many digits",
    "trunk prefix": "after its country code it has a prefix that is dialed within the country only",
    "no area code": "it lacks the area code",
    "unassigned range": "no number of its country begins like this",
}
"""The kinds of fault that a number may have, each in words."""

_E164 = 0  # phonenumbers.PhoneNumberFormat.E164
_UNREAD = {0: "no such country", 4: "too long"}
"""Why phonenumbers reads nothing of a plus sign and digits: its codes of errors."""


def faults(number: str) -> list[str]:
    """Return the kinds of fault of a number that should be in E.164; none where it could exist.

    Examples
    --------
    >>> faults("+14155550100"), faults("0151 2345"), faults("+1415")
    ([], ['blanks', 'no plus sign'], ['too short'])
    """
    return shape_faults(number) or _impossible(number)


def shape_faults(number: str) -> list[str]:
    """Return the kinds of fault in the way that a number is written.

    Examples
    --------
    >>> shape_faults("+1415"), shape_faults("0151 2345")
    ([], ['blanks', 'no plus sign'])
    """
    wrong = [kind for kind, shape in _SHAPES.items() if re.fullmatch(shape, number, re.DOTALL)]
    return wrong[:1] if wrong[:1] == ["empty"] else wrong


def malformed(number: str) -> list[str]:
    """Return what is wrong with a number that should be in E.164, in words.

    Examples
    --------
    >>> malformed("+14155550100"), malformed("0151 2345")
    ([], ['it holds blanks', 'it does not begin with a plus sign and a country code'])
    """
    return [FAULTS[kind] for kind in faults(number)]


def _impossible(number: str) -> list[str]:
    """What the numbering plans of the world have against a number in the right form."""
    phonenumbers = library()
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        return [_UNREAD.get(error.error_type, "too short")]
    kind = _length_fault(parsed)
    if kind is None and not phonenumbers.is_valid_number(parsed):
        kind = "unassigned range"
    if kind is None and number != phonenumbers.format_number(parsed, _E164):
        kind = "trunk prefix"
    return [kind] if kind else []


def length_fault(code: int, digits: int) -> str | None:
    """Return what is wrong with all numbers of so many digits behind a calling code, if anything.

    Examples
    --------
    >>> length_fault(33, 9), length_fault(33, 6)
    (None, 'too short')
    """
    number = library().PhoneNumber(country_code=code, national_number=10 ** (digits - 1))
    return _length_fault(number)


def _length_fault(parsed: Any) -> str | None:
    phonenumbers = library()
    possible = phonenumbers.ValidationResult
    return {
        possible.INVALID_COUNTRY_CODE: "no such country",
        possible.TOO_SHORT: "too short",
        possible.TOO_LONG: "too long",
        possible.INVALID_LENGTH: "impossible length",
        possible.IS_POSSIBLE_LOCAL_ONLY: "no area code",
    }.get(phonenumbers.is_possible_number_with_reason(parsed))
