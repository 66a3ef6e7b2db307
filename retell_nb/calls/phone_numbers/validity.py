"""Phone numbers: what is wrong with them, what they should be, where their clocks stand."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.phone_numbers.faults import FAULTS, faults, shape_faults
from retell_nb.calls.phone_numbers.identity import corrected, identities, valid
from retell_nb.calls.phone_numbers.library import library
from retell_nb.calls.phone_numbers.sound import sound
from retell_nb.calls.phone_numbers.withheld import is_pseudonym, is_withheld

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

__all__ = [
    "KINDS",
    "Judged",
    "Judgements",
    "are_canonical",
    "check_region",
    "judged",
    "judgements",
]

KINDS: Mapping[str, str] = {
    "none": "Nothing is wrong with it.",
    "no number": "The number is withheld or blank.",
    **{kind: f"{words[0].upper()}{words[1:]}." for kind, words in FAULTS.items()},
    "masked": "It is a pseudonym, which nobody can judge.",
}
"""The kinds of destinations, and what is wrong with each, in a sentence."""

_NOWHERE = "ZZ"
_ALIKE = str.maketrans("123456789", "999999999")
_FEWEST = 32  # numbers of a region that are judged at once; fewer are judged sooner one by one


class Judged(NamedTuple):
    """What is known of a number: its first fault, all in words, the corrected form, its place."""

    fault: str
    wrong: str
    corrected: str | None
    country: str
    zones: tuple[str, ...]


class Judgements(NamedTuple):
    """What is known of many numbers: the different things told, and which of them is of each."""

    codes: npt.NDArray[np.int64]
    told: list[Judged]


def check_region(region: str | None) -> None:
    """Raise a ValueError where a region is none that has phone numbers.

    Examples
    --------
    >>> check_region("DE")
    """
    phonenumbers = library()
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
    words = _in_words((*wrong,))
    return Judged((*wrong, "none")[0], words, right if wrong else None, country, zones)


def judgements(numbers: Sequence[str], region: str | None = None) -> Judgements:
    """Return what is known of many numbers: the same as `judged` tells of each.

    Of numbers in E.164 the numbering plans tell it all at once; the others are judged one by one,
    which takes some tenths of a millisecond each.

    Examples
    --------
    >>> many = judgements([*(f"+4930{last}" for last in range(100_000, 100_099)), "+1415"])
    >>> many.codes[-3:].tolist(), [one.fault for one in many.told]
    ([0, 0, 1], ['none', 'too short'])
    """
    codes, places, faults = sound(numbers, _FEWEST)
    entries = [Judged("none", KINDS["none"], None, *_location(*place)) for place in places]
    if region is None:  # else the digits may be those of a number of the region
        kind_codes, kinds = pd.factorize(faults)
        faulty = kind_codes >= 0
        codes[faulty] = kind_codes[faulty] + len(entries)
        entries += [Judged(kind, KINDS[kind], None, _NOWHERE, ()) for kind in kinds]
    others = np.flatnonzero(codes < 0)
    codes[others] = np.arange(len(entries), len(entries) + len(others))
    odd = [numbers[other] for other in others.tolist()]
    at_once = _judged_at_once(odd) if region is None else [None] * len(odd)
    pairs = zip(odd, at_once, strict=True)
    return Judgements(codes, [*entries, *(entry or judged(one, region) for one, entry in pairs)])


def _judged_at_once(numbers: Sequence[str]) -> list[Judged | None]:
    """Return what is known of numbers that the plans have, but that are written otherwise."""
    if len(numbers) < _FEWEST:
        return [None] * len(numbers)
    canonical = [number or "" for number in identities(numbers)]
    codes, places, faults = sound(canonical, 1)
    locations = [_location(*place) for place in places]

    def entry(number: str, right: str, code: int, fault: str | None) -> Judged | None:
        if right == number or (wrong := _shape(_outline(number))) == ("letters",):
            return None
        if code >= 0:
            return Judged(wrong[0], _in_words(wrong), right, *locations[code])
        # Without its signs it is the same number, and so cannot be corrected either.
        if fault and "+" in number and re.sub(r"\D", "", number) == right[1:]:
            return Judged(wrong[0], _in_words(wrong), None, _NOWHERE, ())
        return None

    return [*map(entry, numbers, canonical, codes.tolist(), faults)]


def _outline(number: str) -> str:
    """Return a number with the digits behind its country code made alike."""
    return number[:2] + number[2:].translate(_ALIKE)


@lru_cache(maxsize=1 << 12)
def _shape(outline: str) -> tuple[str, ...]:
    """Return the faults that a way of writing has; letters alone where it has any of these."""
    wrong = shape_faults(outline)
    return ("letters",) if "letters" in wrong else (*wrong,) or ("trunk prefix",)


@lru_cache(maxsize=1 << 12)
def _in_words(wrong: tuple[str, ...]) -> str:
    return " ".join(KINDS[kind] for kind in wrong) or KINDS["none"]


def are_canonical(numbers: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which of many numbers the plans have and would write just so.

    Examples
    --------
    >>> are_canonical(["+442079460958", "+44 20 7946 0958", "+4402079460958"]).tolist()
    [True, False, False]
    """
    codes = sound(numbers, _FEWEST).codes
    canonical = codes >= 0
    for other in np.flatnonzero(~canonical).tolist():
        canonical[other] = valid(numbers[other]) == numbers[other]
    return canonical


def _place(number: str) -> tuple[str, tuple[str, ...]]:
    """Return the country of a valid number, and the time zones that its prefix leaves open."""
    phonenumbers = library()
    from phonenumbers import timezone  # noqa: PLC0415 - as above

    parsed = phonenumbers.parse(number)
    country = phonenumbers.region_code_for_number(parsed) or _NOWHERE
    return _location(country, timezone.time_zones_for_number(parsed))


def _location(region: str, zones: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the country that a region is, if it is one, and those of its zones that are any."""
    return region if region.isalpha() else _NOWHERE, _real_zones(zones)


@lru_cache(maxsize=512)
def _zones_of_country(country: str) -> tuple[str, ...]:
    phonenumbers = library()
    from phonenumbers import timezone  # noqa: PLC0415 - as above

    code = phonenumbers.country_code_for_region(country)
    nobody = phonenumbers.PhoneNumber(country_code=code, national_number=0)
    return _real_zones(timezone.time_zones_for_geographical_number(nobody)) if code else ()


def _real_zones(zones: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(zone for zone in zones if zone != "Etc/Unknown")
