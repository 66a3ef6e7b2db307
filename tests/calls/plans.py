"""Numbers of all the world's numbering plans, and numbers near them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE as PLANS

if TYPE_CHECKING:
    import random

DIGITS = "0123456789"
TYPES = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "voip"),
    *("pager", "uan", "shared_cost", "personal_number", "voicemail"),
)


def examples() -> list[str]:
    """A number of each type in each plan, as the plans themselves give it."""
    found = []
    for code, sharing in PLANS.items():
        for region in sharing:
            plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
            kinds = [getattr(plan, kind) for kind in TYPES]
            found += [f"+{code}{k.example_number}" for k in kinds if k and k.example_number]
    return found


def near(number: str, rng: random.Random) -> str:
    """Return the number with some digits after its code changed, left out or put in."""
    at = rng.randrange(min(4, len(number) - 1), len(number))
    new = "".join(rng.choices(DIGITS, k=rng.choice((0, 1, 1, 1, 1, 2))))
    return number[:at] + new + number[at + 1 :]
