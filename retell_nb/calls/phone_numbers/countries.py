"""Tells the country of many phone numbers at once, and their form in E.164.

What is written as E.164 is told by the numbering plans, a million numbers in a moment. All that is
written otherwise is parsed, which takes a tenth of a millisecond.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.phone_numbers.library import library
from retell_nb.calls.phone_numbers.numbering_plans import E164, UNKNOWN_REGION, plain, read

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["must_be_parsed", "parsed", "regions", "to_be_parsed"]


def parsed(number: str) -> tuple[str, str]:
    """Country of a number and its form in E.164; of anything else ZZ and the text itself.

    Examples
    --------
    >>> parsed("+44 20 7946 0999"), parsed("front desk ")
    (('GB', '+442079460999'), ('ZZ', 'front desk'))
    """
    phonenumbers = library()
    try:
        phone_number = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return UNKNOWN_REGION, number.strip()
    region = _named(phonenumbers.region_code_for_number(phone_number))
    return region, phonenumbers.format_number(phone_number, phonenumbers.PhoneNumberFormat.E164)


def must_be_parsed(number: str) -> bool:
    """Whether a text may be a number, but is not written as E.164, so that it takes its time.

    Examples
    --------
    >>> [must_be_parsed(number) for number in ("+14155550100", "+1 415 555 0100", "anonymous")]
    [False, True, False]
    """
    return E164.fullmatch(number) is None and _is_international(number)


def to_be_parsed(numbers: Sequence[str]) -> int:
    """Return how many texts `must_be_parsed`.

    Examples
    --------
    >>> to_be_parsed(["+14155550100", "+1 415 555 0100", "anonymous"])
    1
    """
    plain_ones, _ = plain(numbers)
    others = np.ones(len(numbers), dtype=bool)
    others[plain_ones] = False
    return sum(_is_international(numbers[place]) for place in np.flatnonzero(others).tolist())


def regions(numbers: Sequence[str]) -> list[str]:
    """Country of each number, the same as `parsed` tells; best asked of distinct numbers.

    Examples
    --------
    >>> regions(["+14155550100", "+16135550100", "+4930123456", "+1 415 555 0100", "anonymous"])
    ['US', 'CA', 'DE', 'US', 'ZZ']
    """
    countries = np.full(len(numbers), None, dtype=object)
    places, texts = plain(numbers)
    codes, names = pd.factorize(read(texts).regions)
    countries[places] = np.array([_named(name) if name else None for name in names])[codes]
    for place in np.flatnonzero(~countries.astype(bool)).tolist():
        number = numbers[place]
        countries[place] = parsed(number)[0] if _is_international(number) else UNKNOWN_REGION
    return countries.tolist()


def _is_international(number: str) -> bool:
    """Tell whether a number has a plus sign, of full width perhaps: without one none can be."""
    return "+" in number or "\uff0b" in number


def _named(region: str | None) -> str:
    """Return a region as a country; 001 is that of numbers of no country."""
    return region if region and region.isalpha() else UNKNOWN_REGION
