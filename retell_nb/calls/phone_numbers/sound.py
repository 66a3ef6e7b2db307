"""Many phone numbers at once: which of them are sound, where their clocks stand, what is wrong."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.phone_numbers.faults import length_fault
from retell_nb.calls.phone_numbers.numbering_plans import (
    UNKNOWN_REGION,
    has_place,
    is_assigned,
    lengths,
    national,
    plain,
    read,
)
from retell_nb.calls.phone_numbers.withheld import KEYPAD

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints

    Objects: TypeAlias = npt.NDArray[np.object_]
    Zones: TypeAlias = tuple[str, ...]
    Place: TypeAlias = tuple[str, Zones]

__all__ = ["Sound", "sound"]


_SPELL_WORDS = pa.array([f"+{digits}" for digits in KEYPAD])


class Sound(NamedTuple):
    """Which of the places each number has, -1 for none; the places; and the faults of the others.

    A place is a region with time zones. A fault is None where the plans alone do not tell it.
    """

    codes: Ints
    places: list[Place]
    faults: Objects


def sound(numbers: Sequence[str], fewest: int = 1) -> Sound:
    """Return the region and time zones of numbers that are valid and written in E.164.

    The zones are those that phonenumbers tells. Of a number that it would read otherwise than it is
    written nothing is told; nor of fewer numbers of a region than `fewest`, since to make its
    patterns ready takes longer than to parse a few.

    Examples
    --------
    >>> numbers = ["+4930123456", "+14155552671", "+1415", "+4989123456", "+14150552671"]
    >>> codes, places, faults = sound(numbers)
    >>> codes.tolist(), places
    ([1, 0, -1, 1, -1], [('US', ('America/Los_Angeles',)), ('DE', ('Europe/Berlin',))])
    >>> faults.tolist()
    [None, None, None, None, 'unassigned range']
    """
    place_codes: dict[Place, int] = {}
    codes = np.full(len(numbers), -1, dtype=np.int64)
    faults = np.full(len(numbers), None, dtype=object)
    at, texts = plain(numbers)
    if len(at) < fewest:
        return Sound(codes, [], faults)
    readings = read(texts)
    plans = pd.DataFrame({"code": readings.codes, "region": readings.regions})
    groups: Any = plans[readings.whole].groupby(["code", "region"]).groups
    for (code, region), rows in groups.items():
        if len(rows) < fewest:
            continue
        if not code:
            faults[at[rows]] = "no such country"
            continue
        rest = national(texts.take(pa.array(rows)), code)
        wrong = _length_faults(rest, code)
        assigned = np.zeros(len(rows), dtype=bool)
        if region != UNKNOWN_REGION:
            assigned = is_assigned(rest, code, region)
        valid = assigned & (wrong == "")
        if valid.any():
            zones, which = _zones(rest.filter(pa.array(valid)), code, region)
            used, ranks = np.unique(which, return_inverse=True)
            zone_codes = [
                place_codes.setdefault((region, zones[one]), len(place_codes)) for one in used
            ]
            codes[at[rows[valid]]] = np.array(zone_codes, dtype=np.int64)[ranks]
        wrong[wrong == ""] = "unassigned range"
        faults[at[rows[~assigned]]] = wrong[~assigned]
    faults[at[pc.is_in(texts, _SPELL_WORDS).to_numpy(zero_copy_only=False)]] = None
    return Sound(codes, [*place_codes], faults)


def _length_faults(rest: pa.StringArray, code: int) -> Objects:
    """Return what is wrong with the length of numbers under a calling code, empty for nothing."""
    sizes, ranks = np.unique(lengths(rest), return_inverse=True)
    kinds = [length_fault(code, size) or "" for size in sizes.tolist()]
    return np.array(kinds, dtype=object)[ranks]


def _zones(rest: pa.StringArray, code: int, region: str) -> tuple[list[Zones], Ints]:
    """Return time zones under a calling code, and which of them each valid number has.

    Those of its longest prefix that has any; those of the code alone, which come first, where the
    number belongs to no place within the country.
    """
    zones, areas = [_of_code(code)], _areas(code)
    which = np.zeros(len(rest), dtype=np.int64)
    unplaced = np.flatnonzero(has_place(rest, code, region)) if areas else which[:0]
    for length, zones_by_prefix in areas.items():
        begins = pc.utf8_slice_codeunits(rest.take(pa.array(unplaced)), 0, length)
        rank = pc.index_in(begins, pa.array([*zones_by_prefix])).fill_null(-1).to_numpy()
        which[unplaced[rank >= 0]] = len(zones) + rank[rank >= 0]
        unplaced = unplaced[rank < 0]
        zones += zones_by_prefix.values()
    return zones, which


def _of_code(code: int) -> Zones:
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415 - it is large

    begins = (str(code)[:length] for length in (3, 2, 1))
    return next((TIMEZONE_DATA[begin] for begin in begins if begin in TIMEZONE_DATA), ())


@cache
def _areas(code: int) -> dict[int, dict[str, Zones]]:
    """Return the time zones of what may follow a calling code: by length, the longest first."""
    from phonenumbers.tzdata import TIMEZONE_DATA  # noqa: PLC0415 - as above

    areas: dict[int, dict[str, Zones]] = {}
    for prefix in sorted(TIMEZONE_DATA, key=len, reverse=True):
        area = prefix.removeprefix(str(code))
        if area and area != prefix:
            areas.setdefault(len(area), {})[area] = TIMEZONE_DATA[prefix]
    return areas
