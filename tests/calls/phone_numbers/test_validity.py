"""Numbers judged at once: the same as one by one, in every numbering plan of the world."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.calls.phone_numbers.sound import sound
from retell_nb.calls.phone_numbers.validity import KINDS, are_canonical, judged, judgements, valid
from tests.calls.plans import PLANS, examples, near

SHAPES = ["+{code}{rest}", "+{code}0{rest}", "+{code} {rest}", "{code}{rest}", "00{code}{rest}"]


def assert_told_one_by_one(numbers: list[str]) -> float:
    """What is told at once is so one by one; return of which share of the sound it is told."""
    codes, places, faults = sound(numbers)
    one_by_one = [judged(number) for number in numbers]
    for told, code, fault in zip(one_by_one, codes, faults, strict=True):
        if fault is not None:
            assert told == (fault, KINDS[fault], None, "ZZ", ())
        if code >= 0:
            region, zones = places[code]
            country = region if region.isalpha() else "ZZ"
            assert told == ("none", KINDS["none"], None, country, zones)
    return (codes >= 0).sum() / sum(told.fault == "none" for told in one_by_one)


def test_every_type_in_every_plan_is_told_as_one_by_one() -> None:
    """Of the example numbers of all countries, and numbers near them, nearly all that are sound."""
    rng = random.Random(11)  # noqa: S311 - numbers to try, no secret
    known = examples()
    numbers = [*known, *(near(number, rng) for number in known)]
    assert 0.99 < assert_told_one_by_one(numbers) < 1


@pytest.mark.parametrize(
    ("number", "at_once"),
    [
        ("+14155552671", True),
        ("+18005552671", True),  # of no place in the USA
        ("+13101234", False),  # Canada has it, but the plan of its code says: no area code
        ("+541123456789", True),  # Argentina's prefix for mobiles may be of no digits
        ("+5411152345678", False),  # and is taken off here
        ("+390669812345", True),  # the zero belongs to it
        ("+4402079460958", False),  # and here does not
        ("+3758011234567", False),  # the 80 is a prefix, or belongs to a toll-free number
        ("+5511961234567", True),
        ("+80012345678", True),  # of no country, no zone
        ("+999123456789", False),
        ("+4930123456\n", False),
        ("US-c3f9a0c1b22e", False),
        ("anonymous", False),
        ("\ud800", False),
        ("", False),
    ],
)
def test_what_is_told_at_once(number: str, at_once: bool) -> None:  # noqa: FBT001 - parametrized
    """Only what is read as it stands, and has no fault."""
    codes = sound([number]).codes
    assert (codes >= 0).tolist() == [at_once]
    assert_told_one_by_one([number, "+14155552671"])


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("+14150552671", "unassigned range"),
        ("+999123456789", "no such country"),
        ("+33612345", "too short"),
        ("+4915123456789123", None),  # no number in E.164 has that many digits
        ("+5411152345678", None),  # Argentina's prefix for mobiles is taken off first
        ("+13101234", None),  # the plan of its code says: no area code, and that of Canada has it
        ("+266696687", None),  # spells ANONYMOUS, and so is none
        ("+14155552671", None),
    ],
)
def test_what_is_faulty_at_once(number: str, fault: str | None) -> None:
    """Only what is read as it stands, and what no plan has."""
    assert sound([number]).faults.tolist() == [fault]
    assert_told_one_by_one([number, "+14155552671"])


def test_faulty_numbers_are_judged_as_one_by_one_however_they_are_written() -> None:
    """With signs between their digits, too, or with a zero that a spreadsheet adds."""
    lasts = [f"{last:04}" for last in range(40)]
    shapes = ["+1415055{}", "+1 415 055 {}", "+1415055{}.0", "1415055{}", "+49(0)15{}", "+999 1{}"]
    numbers = [shape.format(last) for shape in shapes for last in lasts]
    many = judgements(numbers)
    assert [many.told[code] for code in many.codes] == [judged(number) for number in numbers]


@pytest.mark.parametrize("region", [None, "US", "DE"])
def test_a_list_is_judged_as_one_by_one(region: str | None) -> None:
    """Of the sound numbers of one place all are told at once, between all kinds of others."""
    rng = random.Random(12)  # noqa: S311 - as above
    starts = ["+1415555", "+1800555", "+493012", "+44207946", "+54112345", "+4402079", "0151 234"]
    numbers = [f"{start}{rng.randrange(10_000):04}" for start in starts for _ in range(40)]
    numbers += [numbers[0], "+1415", "+14155552671x", "anonymous", "DE-c3f9a0c1b22e", "+3912", ""]
    rng.shuffle(numbers)
    many = judgements(numbers, region)
    assert [many.told[code] for code in many.codes] == [judged(one, region) for one in numbers]
    assert are_canonical(numbers).tolist() == [valid(one) == one for one in numbers]
    places = [one for one in many.told if one.fault == "none"]
    assert len(places) == len(set(places)) == 5


def test_no_numbers_at_all() -> None:
    """Nothing is judged, and nothing told."""
    assert judgements([]).told == []
    assert are_canonical([]).tolist() == []


_NUMBERS = st.builds(
    lambda shape, code, rest: shape.format(code=code, rest=rest),
    st.sampled_from(SHAPES),
    st.sampled_from([*PLANS]),
    st.text("0123456789", max_size=12),
)


@given(st.lists(_NUMBERS | st.text(max_size=12), max_size=5))
def test_whatever_a_list_holds_is_told_as_one_by_one(numbers: list[str]) -> None:
    """Any text, any digits under any code."""
    assert_told_one_by_one([*numbers, "+14155552671"])
