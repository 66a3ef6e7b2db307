"""One phone number: what is wrong with it, what it should be, where its clocks stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from retell_nb.calls.masking import is_pseudonym, is_withheld
from retell_nb.tables.evidence.numbers import FAULTS, faults

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KINDS", "Judged", "check_region", "corrected", "judged", "valid"]

KINDS: Mapping[str, str] = {
    "none": "Nothing is wrong with it.",
    "no number": "It stands for a number that is not shown, or is blank.",
    **{kind: f"{words[0].upper()}{words[1:]}." for kind, words in FAULTS.items()},
    "masked": "It is a pseudonym, which nobody can judge.",
}
"""The kinds of destinations, and what is wrong with each, in a sentence."""

_GUESSED = "US"  # ten digits alone are mostly of North America; without a region that is no proof
_NOWHERE = "ZZ"


class Judged(NamedTuple):
    """What is known of a number: its first fault, all in words, the corrected form, its place."""

    fault: str
    wrong: str
    corrected: str | None
    country: str
    zones: tuple[str, ...]


def check_region(region: str | None) -> None:
    """Raise a ValueError where a region is none that has phone numbers.

    Examples
    --------
    >>> check_region("DE")
    """
    import phonenumbers  # noqa: PLC0415 - its metadata would weigh on `import retell_nb`

    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(
            f"region={region!r} is no country that has phone numbers. "
            "Give its two letters as ISO 3166 has them, such as 'US' or 'DE'."
        )


@lru_cache(maxsize=1 << 18)
def judged(number: str, region: str | None = None) -> Judged:
    """Return what is known of a number; of a national one if a region is given.

    Examples
    --------
    >>> judged("0151 23456789", "DE").corrected, judged("+493012345678").zones
    ('+4915123456789', ('Europe/Berlin',))
    """
    if is_pseudonym(number):
        country = number[:2]
        return Judged("masked", KINDS["masked"], None, country, _zones_of_country(country))
    if is_withheld(number):
        return Judged("no number", KINDS["no number"], None, _NOWHERE, ())
    wrong = faults(number)
    right = corrected(number, region) if wrong else number
    country, zones = _place(right) if right else (_NOWHERE, ())
    words = " ".join(KINDS[kind] for kind in wrong) or KINDS["none"]
    return Judged((*wrong, "none")[0], words, right if wrong else None, country, zones)


def corrected(number: str, region: str | None = None) -> str | None:
    """Return the one number in E.164 that a faulty one can be read as; None for none or several.

    The digits may lack their plus sign, or be a number of the region as it is dialed there.
    Without a region, ten digits that could also be a number of North America have two readings.
    A letter is never guessed at.

    Examples
    --------
    >>> corrected("442079460958"), corrected("+1 (415) 555-2671"), corrected("415555O1OO")
    ('+442079460958', '+14155552671', None)
    """
    if re.search(r"[^\W\d_]", number):
        return None
    digits = re.sub(r"\D", "", number)
    international = valid(f"+{digits.removeprefix('00')}", None)
    abroad = number.startswith("+") and region is None
    national = None if abroad else valid(digits, region or _GUESSED)
    if region is None and national is not None:
        return None if international != national else international
    readings = {reading for reading in (international, national) if reading}
    return readings.pop() if len(readings) == 1 else None


@lru_cache(maxsize=1 << 18)
def valid(number: str, region: str | None = None) -> str | None:
    """Return a number in E.164, if the world's numbering plans have it.

    Examples
    --------
    >>> valid("+44 020 7946 0958"), valid("020 7946 0958"), valid("020 7946 0958", "GB")
    ('+442079460958', None, '+442079460958')
    """
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _place(number: str) -> tuple[str, tuple[str, ...]]:
    """Return the country of a valid number, and the time zones that its prefix leaves open."""
    import phonenumbers  # noqa: PLC0415 - as above
    from phonenumbers import timezone  # noqa: PLC0415 - as above

    parsed = phonenumbers.parse(number)
    country = phonenumbers.region_code_for_number(parsed) or _NOWHERE
    zones = timezone.time_zones_for_number(parsed)
    return country if country.isalpha() else _NOWHERE, _known(zones)


@lru_cache(maxsize=512)
def _zones_of_country(country: str) -> tuple[str, ...]:
    import phonenumbers  # noqa: PLC0415 - as above
    from phonenumbers import timezone  # noqa: PLC0415 - as above

    code = phonenumbers.country_code_for_region(country)
    nobody = phonenumbers.PhoneNumber(country_code=code, national_number=0)
    return _known(timezone.time_zones_for_geographical_number(nobody)) if code else ()


def _known(zones: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone != "Etc/Unknown")
