"""Asks the numbering plans of the world about many phone numbers at once.

To parse a number takes a tenth of a millisecond. Where a number is written as E.164 nothing needs
to be parsed: the plans are patterns, and Arrow matches a pattern against a million numbers in a
moment. The patterns are those of `phonenumbers`, asked in its order, so the answers are those that
it gives.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.phone_numbers.library import library
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints, Mask

    Objects: TypeAlias = npt.NDArray[np.object_]

__all__ = [
    "E164",
    "UNKNOWN_REGION",
    "Read",
    "as_ascii",
    "has_place",
    "is_assigned",
    "is_valid",
    "lengths",
    "national",
    "plain",
    "read",
    "trunk_prefixes",
    "without_trunk_prefix",
]

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""A number as it should be written: a plus sign and 7 to 15 digits."""

UNKNOWN_REGION = "ZZ"
"""The region of what tells none."""

_PART = 1 << 15  # of numbers that are worth a thread
_LONGEST = 16  # signs of a number in E.164
_PLACELESS = (
    *("toll_free", "voip", "premium_rate", "shared_cost"),
    *("personal_number", "pager", "uan", "voicemail"),
)
_TYPES = ("fixed_line", "mobile", *_PLACELESS)  # the most frequent first: what fits is not asked on


class Read(NamedTuple):
    """The calling code of each number, the region that has it, and whether it is read as it stands.

    The code is 0 and the region ZZ where there is none, the region 001 where it is no country. From
    what is not read as it stands a prefix for calls within the country may have to be taken off:
    of such a number in a plan of several regions the region is not told, but empty.
    """

    codes: Ints
    regions: Objects
    whole: Mask


def plain(numbers: Sequence[str]) -> tuple[Ints, pa.StringArray]:
    """Return which numbers are written as E.164, by their places, and those numbers.

    Examples
    --------
    >>> places, texts = plain(["+14155550100", "anonymous", "+1 415 555 0100", "+4930123456"])
    >>> places.tolist(), texts.to_pylist()
    ([0, 3], ['+14155550100', '+4930123456'])
    """
    texts = as_ascii(numbers)
    is_e164 = _begins(texts, f"{E164.pattern}$")
    return np.flatnonzero(is_e164), texts.filter(pa.array(is_e164))


def as_ascii(numbers: Sequence[str]) -> pa.StringArray:
    """Return texts as Arrow has them; one that is no ASCII, and so no number, is empty.

    Examples
    --------
    >>> as_ascii(["+49", "Zoë"]).to_pylist()
    ['+49', '']
    """
    try:
        texts = pa.array(numbers, pa.string())
    except UnicodeEncodeError:  # half a sign
        texts = None
    if not isinstance(texts, pa.StringArray):  # or more than 2 GB, so that they come in chunks
        short = (text if len(text) <= _LONGEST and text.isascii() else "" for text in numbers)
        return pa.array(short, pa.string())
    return pc.if_else(pc.string_is_ascii(texts), texts, "")


def read(numbers: pa.StringArray) -> Read:
    """Return what the plans tell of numbers in E.164.

    Examples
    --------
    >>> told = read(pa.array(["+14155550100", "+16135550100", "+4402079460999", "+80012345678"]))
    >>> told.codes.tolist(), told.regions.tolist(), told.whole.tolist()
    ([1, 1, 44, 800], ['US', 'CA', '', '001'], [True, True, False, True])
    """
    phonenumbers = library()
    plans = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    starts = pc.utf8_slice_codeunits(numbers, 1, 4).cast(pa.int16()).to_numpy()
    codes = _codes()[starts]
    regions = np.full(len(numbers), UNKNOWN_REGION, dtype=object)
    whole = np.ones(len(numbers), dtype=bool)
    for code in np.unique(codes[codes > 0]).tolist():
        at = np.flatnonzero(codes == code)
        rest, sharing = national(numbers.take(pa.array(at)), code), plans[code]
        whole[at] = _stands(rest, _plan(code, sharing[0]))
        if len(sharing) == 1:
            regions[at] = sharing[0]
        else:
            regions[at] = np.where(whole[at], _shared(rest, sharing), "")
    return Read(codes, regions, whole)


def trunk_prefixes() -> dict[int, str]:
    """Return the pattern of the prefixes of calls within a country, by calling code.

    Examples
    --------
    >>> trunk_prefixes()[49]
    '0'
    """
    phonenumbers = library()
    plans = {
        code: _plan(code, phonenumbers.region_code_for_country_code(code))
        for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    }
    patterns = {code: plan.national_prefix_for_parsing for code, plan in plans.items()}
    return {code: pattern for code, pattern in patterns.items() if pattern}


def without_trunk_prefix(numbers: pa.StringArray, codes: Ints) -> tuple[pa.StringArray, Mask]:
    """Return numbers without the prefix of calls within the country, and which of them are read.

    Where a country's rule does more than take a prefix off, its numbers are not read.

    Parameters
    ----------
    numbers : array of str
        In E.164, but for that prefix.
    codes : array of int
        Their calling codes, as `read` tells them.

    Examples
    --------
    >>> bare, are_read = without_trunk_prefix(pa.array(["+4402079460999"]), np.array([44]))
    >>> bare.to_pylist(), are_read.tolist()
    (['+442079460999'], [True])
    """
    phonenumbers = library()
    bare = np.array(numbers.to_pylist(), dtype=object)
    are_read = np.zeros(len(numbers), dtype=bool)
    for code in np.unique(codes[codes > 0]).tolist():
        plan = _plan(code, phonenumbers.region_code_for_country_code(code))
        if plan.national_prefix_transform_rule is not None:
            continue
        at = np.flatnonzero(codes == code)
        rest = national(numbers.take(pa.array(at)), code)
        after = _without(rest, plan.national_prefix_for_parsing or "")
        stays = _matching_any(rest, plan) & ~_matching_any(after, plan)
        possible, sizes = plan.general_desc.possible_length, lengths(after)
        stays |= ~(np.isin(sizes, possible) | (sizes > max(possible)))
        bare[at[~stays]] = [
            f"+{code}{number}" for number in after.filter(pa.array(~stays)).to_pylist()
        ]
        are_read[at] = True
    return pa.array(bare, pa.string()), are_read


def _matching_any(rest: pa.StringArray, plan: Any) -> Mask:
    """Tell which numbers match the pattern of all of a plan's numbers, whatever their length."""
    return _begins(rest, f"(?:{plan.general_desc.national_number_pattern})$")


def national(numbers: pa.StringArray, code: int) -> pa.StringArray:
    """Return what follows the calling code of numbers in E.164.

    Examples
    --------
    >>> national(pa.array(["+4930123456"]), 49).to_pylist()
    ['30123456']
    """
    return pc.utf8_slice_codeunits(numbers, 1 + len(str(code)), 16)


def is_valid(rest: pa.StringArray, code: int, region: str) -> Mask:
    """Tell which numbers of a region are possible under their code, and of any type in its plan.

    Examples
    --------
    >>> is_valid(pa.array(["4155552671", "4150552671", "415"]), 1, "US").tolist()
    [True, False, False]
    """
    phonenumbers = library()
    main = _plan(code, phonenumbers.region_code_for_country_code(code))
    possible = np.isin(lengths(rest), main.general_desc.possible_length)
    return possible & is_assigned(rest, code, region)


def is_assigned(rest: pa.StringArray, code: int, region: str) -> Mask:
    """Tell which numbers of a region are of any type in its plan.

    A type may have numbers too short to be dialed with their code, which are not possible.

    Examples
    --------
    >>> is_assigned(pa.array(["4155552671", "4150552671"]), 1, "US").tolist()
    [True, False]
    """
    return _fits(rest, _plan(code, region), _TYPES)


def has_place(rest: pa.StringArray, code: int, region: str) -> Mask:
    """Tell which numbers of a region are of a type that belongs to places within it.

    Examples
    --------
    >>> has_place(pa.array(["4155552671", "8005552671"]), 1, "US").tolist()
    [True, False]
    """
    phonenumbers = library()
    mobile = phonenumbers.PhoneNumberType.MOBILE
    with_place = phonenumbers.phonenumberutil.is_number_type_geographical(mobile, code)
    plan = _plan(code, region)
    geographic = _fits(rest, plan, ("fixed_line", "mobile") if with_place else ("fixed_line",))
    some = np.flatnonzero(geographic)
    geographic[some] = ~_fits(rest.take(pa.array(some)), plan, _PLACELESS)
    return geographic


def _plan(code: int, region: str) -> Any:
    return library().PhoneMetadata.metadata_for_region_or_calling_code(code, region)


@cache
def _codes() -> Ints:
    """Calling code of each three digits that a number can start with, 0 where there is none."""
    phonenumbers = library()
    codes = np.zeros(1000, dtype=np.int64)
    for start in range(100, 1000):
        shorter = (start // 100, start // 10, start)
        plans = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
        codes[start] = next((code for code in shorter if code in plans), 0)
    return codes


def _shared(rest: pa.StringArray, sharing: Sequence[str]) -> Objects:
    """Region of what follows a calling code: the first of those sharing it that it fits."""
    metadata = library().PhoneMetadata
    plans: dict[str, Any] = {
        region: metadata.metadata_for_region(region, None) for region in sharing
    }
    begins = [plan.leading_digits for plan in plans.values() if plan and plan.leading_digits]
    begun = _begins(rest, "|".join(begins)) if begins else np.zeros(len(rest), dtype=bool)
    regions = np.full(len(rest), UNKNOWN_REGION, dtype=object)
    unmatched = np.ones(len(rest), dtype=bool)
    for region, plan in plans.items():
        if plan is None:
            continue
        begin = plan.leading_digits
        at = np.flatnonzero(unmatched & begun if begin else unmatched)
        some = rest.take(pa.array(at))
        fits = at[_begins(some, begin) if begin else _fits(some, plan, _TYPES)]
        regions[fits] = region
        unmatched[fits] = False
    return regions


def _stands(rest: pa.StringArray, plan: Any) -> Mask:
    """Tell where no prefix for calls within the country has to be taken off first."""
    stands = np.ones(len(rest), dtype=bool)
    prefix = plan.national_prefix_for_parsing
    if not prefix:
        return stands
    begun = np.flatnonzero(_begins(rest, prefix))
    some = rest.take(pa.array(begun))
    before, after = lengths(some), lengths(_without(some, prefix))  # it may be of no digits
    stands[begun] = after == before
    if plan.national_prefix_transform_rule is None:  # it stays where too little is left without it
        stands[begun] |= after < min(plan.general_desc.possible_length)
    return stands


def _fits(rest: pa.StringArray, plan: Any, types: Sequence[str]) -> Mask:
    """Tell which numbers are of any of some types in a plan."""
    fitting = np.zeros(len(rest), dtype=bool)
    unmatched = np.flatnonzero(_matching(rest, plan.general_desc))
    for name in types:
        if not len(unmatched):
            break
        if name == "mobile" and plan.same_mobile_and_fixed_line_pattern:
            continue
        fits = _matching(rest.take(pa.array(unmatched)), getattr(plan, name))
        fitting[unmatched[fits]] = True
        unmatched = unmatched[~fits]
    return fitting


def _matching(rest: pa.StringArray, kind: Any) -> Mask:
    """Tell which numbers match the description of a type: its lengths and its pattern."""
    if kind is None or not kind.national_number_pattern:
        return np.zeros(len(rest), dtype=bool)
    matching = _begins(rest, f"(?:{kind.national_number_pattern})$")
    if kind.possible_length:
        matching &= np.isin(lengths(rest), kind.possible_length)
    return matching


def _begins(rest: pa.StringArray, pattern: str) -> Mask:
    def tell(start: int) -> Mask:
        matches = pc.match_substring_regex(rest.slice(start, _PART), f"^(?:{pattern})")
        return matches.to_numpy(zero_copy_only=False)  # type: ignore[no-any-return]

    return np.concatenate(spread(tell, range(0, max(1, len(rest)), _PART)))


def _without(rest: pa.StringArray, prefix: str) -> pa.StringArray:
    return pc.replace_substring_regex(rest, f"^(?:{prefix})", "")


def lengths(numbers: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return how many signs each number has.

    Examples
    --------
    >>> lengths(pa.array(["30123456", "415"])).tolist()
    [8, 3]
    """
    sizes: npt.NDArray[np.int32] = pc.binary_length(numbers).to_numpy()
    return sizes
