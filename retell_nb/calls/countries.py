"""Tells the country of many phone numbers at once.

To parse a number takes a tenth of a millisecond. Where a number is written as E.164 nothing needs
to be parsed: its calling code has one country, or the patterns of the numbering plans that share
the code (+1, +7, +44 and some more) tell them apart, and Arrow matches a pattern against a million
numbers in a moment. The patterns are those of `phonenumbers`, asked in its order, so the answer is
the one that it gives. All that is written otherwise is parsed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = ["UNKNOWN_REGION", "must_be_parsed", "parsed", "regions"]

UNKNOWN_REGION = "ZZ"
"""The region of what tells none."""

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_PLUS = re.compile(r"[+\uff0b]")  # without one of these no number is international
_TYPES = (
    # The most frequent ones first: what has matched is not asked again.
    "fixed_line",
    "mobile",
    "toll_free",
    "voip",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "pager",
    "uan",
    "voicemail",
)


def parsed(number: str) -> tuple[str, str]:
    """Country of a number and its form in E.164; of anything else ZZ and the text itself.

    Examples
    --------
    >>> parsed("+44 20 7946 0999"), parsed("front desk ")
    (('GB', '+442079460999'), ('ZZ', 'front desk'))
    """
    import phonenumbers  # noqa: PLC0415 - its metadata would weigh on `import retell_nb`

    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return UNKNOWN_REGION, number.strip()
    region = _named(phonenumbers.region_code_for_number(found))
    return region, phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


def must_be_parsed(number: str) -> bool:
    """Whether a text may be a number, but is not written as E.164, so that it takes its time.

    Examples
    --------
    >>> [must_be_parsed(number) for number in ("+14155550100", "+1 415 555 0100", "anonymous")]
    [False, True, False]
    """
    return _E164.fullmatch(number) is None and _PLUS.search(number) is not None


def regions(numbers: Sequence[str]) -> list[str]:
    """Country of each number, the same as `parsed` tells; best asked of distinct numbers.

    Examples
    --------
    >>> regions(["+14155550100", "+16135550100", "+4930123456", "+1 415 555 0100", "anonymous"])
    ['US', 'CA', 'DE', 'US', 'ZZ']
    """
    told = [UNKNOWN_REGION] * len(numbers)
    plain = [i for i, number in enumerate(numbers) if _E164.fullmatch(number)]
    if plain:
        found = _of_e164(pa.array([numbers[i] for i in plain], pa.string()))
        for i, region in zip(plain, found.tolist(), strict=True):
            told[i] = region
    for i, number in enumerate(numbers):
        if not told[i] or (told[i] == UNKNOWN_REGION and must_be_parsed(number)):
            told[i] = parsed(number)[0]
    return told


def _named(region: str | None) -> str:
    """Return a region as a country; 001 is that of numbers of no country."""
    return region if region and region.isalpha() else UNKNOWN_REGION


def _of_e164(numbers: pa.StringArray) -> npt.NDArray[np.object_]:
    """Country of numbers in E.164, empty where the number must be parsed all the same."""
    import phonenumbers  # noqa: PLC0415 - as above

    plans = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    starts = pc.utf8_slice_codeunits(numbers, 1, 4).cast(pa.int16()).to_numpy()
    codes = _codes(plans)[starts]
    told = np.full(len(numbers), UNKNOWN_REGION, dtype=object)
    for code in np.unique(codes):
        at = np.flatnonzero(codes == code)
        sharing = plans.get(int(code), ())
        if len(sharing) > 1:
            some = numbers.take(pa.array(at))
            rest = pc.utf8_slice_codeunits(some, 1 + len(str(code)), 16)
            told[at] = _shared(rest, sharing)
        else:
            told[at] = _named(sharing[0] if sharing else None)
    return told


def _codes(plans: dict[int, tuple[str, ...]]) -> npt.NDArray[np.int64]:
    """Calling code of each three digits that a number can start with, 0 where there is none."""
    codes = np.zeros(1000, dtype=np.int64)
    for start in range(100, 1000):
        shorter = (start // 100, start // 10, start)
        codes[start] = next((code for code in shorter if code in plans), 0)
    return codes


def _shared(rest: pa.StringArray, sharing: Sequence[str]) -> npt.NDArray[np.object_]:
    """Country of what follows a calling code: the first of those sharing it that it fits."""
    from phonenumbers import PhoneMetadata  # noqa: PLC0415 - as above

    told = np.full(len(rest), UNKNOWN_REGION, dtype=object)
    left = np.arange(len(rest))
    for region in sharing:
        plan: Any = PhoneMetadata.metadata_for_region(region, None)
        if plan is None:
            continue
        some = rest.take(pa.array(left))
        fits = _begins(some, plan.leading_digits) if plan.leading_digits else _valid(some, plan)
        told[left[fits]] = region
        left = left[~fits]
        if not len(left):
            break
    told[_prefixed(rest, PhoneMetadata.metadata_for_region(sharing[0], None))] = ""
    return told


def _prefixed(rest: pa.StringArray, plan: Any) -> Mask:
    """Tell where a prefix for calls within the country may have to be taken off first."""
    prefix = plan.national_prefix_for_parsing
    if not prefix:
        return np.zeros(len(rest), dtype=bool)
    found = _begins(rest, prefix)
    if plan.national_prefix_transform_rule is None:  # it stays where too little is left without it
        found &= _lengths(rest) > min(plan.general_desc.possible_length)
    return found


def _valid(rest: pa.StringArray, plan: Any) -> Mask:
    """Tell which numbers are of any type in a plan."""
    valid = np.zeros(len(rest), dtype=bool)
    left = np.flatnonzero(_matching(rest, plan.general_desc))
    for name in _TYPES:
        if name == "mobile" and plan.same_mobile_and_fixed_line_pattern:
            continue
        fits = _matching(rest.take(pa.array(left)), getattr(plan, name))
        valid[left[fits]] = True
        left = left[~fits]
    return valid


def _matching(rest: pa.StringArray, kind: Any) -> Mask:
    """Tell which numbers match the description of a type: its lengths and its pattern."""
    if kind is None or not kind.national_number_pattern or not len(rest):
        return np.zeros(len(rest), dtype=bool)
    matching = _begins(rest, f"(?:{kind.national_number_pattern})$")
    if kind.possible_length:
        matching &= np.isin(_lengths(rest), kind.possible_length)
    return matching


def _begins(rest: pa.StringArray, pattern: str) -> Mask:
    found = pc.match_substring_regex(rest, f"^(?:{pattern})")
    told: Mask = found.to_numpy(zero_copy_only=False)
    return told


def _lengths(rest: pa.StringArray) -> npt.NDArray[np.int32]:
    lengths: npt.NDArray[np.int32] = pc.binary_length(rest).to_numpy()
    return lengths
