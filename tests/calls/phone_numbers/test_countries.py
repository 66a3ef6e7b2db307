"""Countries told at once: the same as numbers parsed one by one, in all shared numbering plans."""

from __future__ import annotations

import random

import hypothesis.strategies as st
import phonenumbers
import pytest
from hypothesis import given

from retell_nb.calls.phone_numbers.countries import must_be_parsed, parsed, regions
from tests.calls.plans import DIGITS, PLANS, examples, near

SHARED = [code for code, sharing in PLANS.items() if len(sharing) > 1]


def by_parsing(number: str) -> str:
    """The slow way, in the words of phonenumbers alone."""
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return "ZZ"
    return region if region and region.isalpha() else "ZZ"


def test_every_type_in_every_plan_is_told_as_by_parsing() -> None:
    """The example numbers of all countries, and numbers near them."""
    rng = random.Random(4)  # noqa: S311 - numbers to try, no secret
    known = examples()
    numbers = known + [near(number, rng) for number in known * 2]
    assert regions(numbers) == [by_parsing(number) for number in numbers]


@pytest.mark.parametrize("code", SHARED)
def test_a_shared_plan_is_told_as_by_parsing(code: int) -> None:
    """Any digits after a code of many countries: numbers of all lengths, valid or not."""
    rng = random.Random(code)  # noqa: S311 - as above
    lengths = [*range(2, 15), *[9, 10] * 8]
    numbers = [f"+{code}{''.join(rng.choices(DIGITS, k=rng.choice(lengths)))}" for _ in range(600)]
    assert regions(numbers) == [by_parsing(number) for number in numbers]


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+12125550100", "US"),
        ("+16135550100", "CA"),
        ("+18095550100", "DO"),
        ("+112125550100", "US"),
        ("+77172123456", "KZ"),
        ("+78121234567", "RU"),
        ("+447781123456", "GG"),
        ("+4402079460999", "GB"),
        ("+390669812345", "VA"),
        ("+390612345678", "IT"),
        ("+80012345678", "ZZ"),
        ("+999123456789", "ZZ"),
        ("+1 (212) 555-0100", "US"),
        ("tel:+1-212-555-0100;ext=3", "US"),
        ("\uff0b12125550100", "US"),
        ("00442079460999", "ZZ"),
        ("anonymous", "ZZ"),
        ("+", "ZZ"),
        (" ", "ZZ"),
        ("", "ZZ"),
        ("\ud800", "ZZ"),
    ],
)
def test_a_number_and_its_country(number: str, region: str) -> None:
    """Countries that share a code, prefixes that do not belong there, and what is no number."""
    assert regions([number]) == [region] == [parsed(number)[0]]


@given(st.lists(st.one_of(st.text(), st.text("+0123456789 ()-.;x\n\uff0b\u0663"))))
def test_any_text_is_told_as_by_parsing(texts: list[str]) -> None:
    """Whatever a column holds."""
    assert regions(texts) == [by_parsing(text) for text in texts]


def test_only_what_is_not_plain_e164_must_be_parsed() -> None:
    """Neither numbers in E.164 nor texts without a plus take their time."""
    slow = ["+1 212 555 0100", "sip:+12125550100@a.example", "+12125550100\n"]
    fast = ["+12125550100", "anonymous", "2125550100", "US-c3f9a0c1b22e", ""]
    assert [must_be_parsed(text) for text in slow + fast] == [True] * 3 + [False] * 5
