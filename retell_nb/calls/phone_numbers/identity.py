"""One identity of a phone number: however it is written, the same person.

A number is read as E.164 where there is one way to read it so: signs between the digits, the 0 that
is only dialed within the country and a lacking plus sign make no other person of it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.phone_numbers.countries import must_be_parsed, parsed
from retell_nb.calls.phone_numbers.library import library
from retell_nb.calls.phone_numbers.numbering_plans import (
    E164,
    UNKNOWN_REGION,
    as_ascii,
    is_valid,
    national,
    read,
    without_trunk_prefix,
)
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.phone_numbers.withheld import KEYPAD, PSEUDONYM, is_withheld

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Mask

    Objects: TypeAlias = npt.NDArray[np.object_]

__all__ = ["corrected", "identities", "people_of", "valid"]

_GUESSED = "US"  # ten digits alone are mostly of North America; without a region that is no proof
_BETWEEN = r"[\s()\[\]./~-]+"
"""Signs that may stand between the digits of a number."""

_ADDRESS = r"^(?i:sips?|tel):(\+?[0-9]{8,15})(?:[;@].*)?$"
"""An address whose user is a number."""

_WHOLE = f"^{E164.pattern}$"
_PSEUDONYM = f"^{PSEUDONYM.pattern}$"
_LONGEST_011 = 12
"""Digits of the longest numbers of an area 011; longer ones begin with what is dialed in the US."""
_PLUSLESS = r"^(?:(?:00)?[1-9][0-9]{7,14}|011[1-9][0-9]{9,14})$"
_KEYPAD = f"^[+]?(?:{'|'.join(KEYPAD)}|0+)$"

_FEWEST = 32  # numbers of a region that are judged at once; fewer are judged sooner one by one


def identities(numbers: Sequence[str]) -> list[str | None]:
    """Return who each number is: its one form in E.164, else its text; None for nobody.

    Nobody is who withholds the number, or whose number is blank. Two hundred thousand numbers take
    about a second, whatever their spelling.

    Examples
    --------
    >>> identities(["+4402079460958", "+44 (0)20 7946 0958", "442079460958", "front desk ", "N/A"])
    ['+442079460958', '+442079460958', '+442079460958', 'front desk', None]
    """
    texts = as_ascii(numbers)
    texts = pc.replace_substring_regex(texts, r"^(\+?[0-9]{8,})\.0$", r"\1")  # a spreadsheet's
    texts = pc.replace_substring_regex(texts, _ADDRESS, r"\1")
    compact = pc.replace_substring_regex(texts, _BETWEEN, "")
    forms = np.array(compact.to_pylist(), dtype=object)
    whole, plusless = (_matching(compact, form) for form in (_WHOLE, _PLUSLESS))
    people = np.full(len(forms), None, dtype=object)
    people[whole] = _without_trunk_prefix(forms[whole])
    people[plusless] = _with_plus(forms[plusless])
    masked = _matching(texts, _PSEUDONYM)
    people[masked] = np.array(numbers, dtype=object)[masked]
    others = np.flatnonzero(~whole & ~plusless & ~masked)
    people[others] = [_read_alone(numbers[place]) for place in others.tolist()]
    for place in np.flatnonzero(_matching(compact, _KEYPAD)).tolist():
        people[place] = None if is_withheld(forms[place]) else people[place]
    return [*people]


def people_of(numbers: Column) -> Column:
    """Return who each number of a column is; missing for nobody.

    Examples
    --------
    >>> people_of(pd.Series(["+44 (0)20 7946 0958", "anonymous", None])).tolist()
    ['+442079460958', None, None]
    """
    codes, texts = spellings(numbers)
    people = [*identities(texts), None]
    return pd.Series(np.array(people, dtype=object)[codes], numbers.index, dtype=object)


def _matching(texts: pa.StringArray, pattern: str) -> Mask:
    matching = pc.match_substring_regex(texts, pattern).fill_null(False)  # noqa: FBT003 - Arrow's
    return matching.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]


def _without_trunk_prefix(numbers: Objects) -> Objects:
    """Return numbers as they are dialed from abroad."""
    texts = pa.array(numbers, pa.string())
    plans, canonical = read(texts), numbers.copy()
    odd = np.flatnonzero(~plans.whole)
    bare, are_read = without_trunk_prefix(texts.take(pa.array(odd)), plans.codes[odd])
    canonical[odd] = bare.to_pylist()
    for place in odd[~are_read].tolist():
        canonical[place] = parsed(numbers[place])[1]
    return canonical


def _with_plus(digits: Objects) -> Objects:
    """Return digits with the plus sign that they lack, where that is their only reading."""
    abroad = _without_trunk_prefix(
        np.array([f"+{_without_exit_code(one)}" for one in digits], object)
    )
    sure = _are_valid(abroad)
    ten = np.flatnonzero(sure & np.array([len(one) == 10 for one in digits], dtype=bool))
    sure[ten] = ~_are_valid(np.array([f"+1{digits[place]}" for place in ten], dtype=object))
    return np.where(sure, abroad, digits)


def _without_exit_code(digits: str) -> str:
    """Digits without what is dialed before a number abroad; so long none is of an area 011."""
    if len(digits) > _LONGEST_011 and digits.startswith("011"):
        return digits.removeprefix("011")
    return digits.removeprefix("00")


def _are_valid(numbers: Objects) -> Mask:
    """Tell which numbers in E.164 the plans of the world have."""
    texts = pa.array(numbers, pa.string())
    plans, are_valid = read(texts), np.zeros(len(numbers), dtype=bool)
    groups = pd.DataFrame({"code": plans.codes, "region": plans.regions})
    groups = groups[plans.regions != UNKNOWN_REGION].groupby(["code", "region"])
    for (code, region), rows in groups.groups.items():
        if len(rows) < _FEWEST or not region:
            are_valid[rows] = [valid(numbers[row]) is not None for row in rows]
        else:
            are_valid[rows] = is_valid(national(texts.take(pa.array(rows)), code), code, region)
    return are_valid


@lru_cache(maxsize=1 << 18)
def _read_alone(number: str) -> str | None:
    if is_withheld(number):
        return None
    bare = re.sub(_BETWEEN, "", number)
    return corrected(number) or (
        parsed(number)[1] if must_be_parsed(number) else bare if bare.isdigit() else number.strip()
    )


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
    international = valid(f"+{_without_exit_code(digits)}", None)
    abroad = "+" in number and region is None
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
    phonenumbers = library()
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))
