"""One identity of a phone number: every spelling is the same person, and nobody is no person."""

from __future__ import annotations

import random

import hypothesis.strategies as st
import pandas as pd
import phonenumbers
import pytest
from hypothesis import given

from retell_nb.calls.phone_numbers.identity import identities
from retell_nb.calls.phone_numbers.keys import number_keys
from tests.calls.plans import DIGITS, PLANS, examples, near

WITHHELD = [
    "anonymous", "Restricted", "UNKNOWN", "no-caller-id", "N/A", "null", "", " ", "0", "+000000",
    "sip:anonymous@anonymous.invalid", "Anonymous@anonymous.invalid", "<private>", "+266696687",
    "266696687", "+7378742833", "out of area", "payphone", "unavailable", "blocked", "withheld",
    "No Caller-ID", "not provided", "CLI withheld", "Withheld (CLIR)", "XXXXXXXX", "***", "?",
    "+1415XXX0100", "+55XX9XXXXXXXX", "415-555-****", "+49•••••0100", "N.A.", "anonymous@",
    "client:Anonymous", "anonymous@sip.example.com",
    '"Anonymous" <sip:anonymous@anonymous.invalid>',
    "Unbekannt", "Rufnummer unterdrückt", "anonyme Nummer", "numéro masqué", "Appel anonyme",
    "inconnu", "número privado", "Numero privado", "desconocido", "não identificado", "sconosciuto",
    "nessun ID chiamante", "onbekend", "skyddat nummer", "ukendt", "nieznany", "zastrzeżony",
    "neznámý", "gizli numara", "скрытый номер", "Άγνωστος", "非通知", "匿名",
    "발신번호표시제한", "مجهول",
]  # fmt: skip
NAMED = [
    "front desk", "sip:alice@example.com", "sip:alice@unknown.invalid", "client:bob", "Mr. Private",
    "private line 7", "no-reply", "unknown caller 7", "reception", "7007", "US-c3f9a0c1b22e",
]  # fmt: skip

SPELLINGS = {
    "+442079460958": [
        "+4402079460958", "+44 20 7946 0958", "+44 (0)20 7946 0958", "442079460958",
        "00442079460958", "011442079460958", "0044 (0) 20-7946-0958",
        "+442079460958.0", "4402079460958", " +44.20.7946.0958\n",
        "\uff0b44\u00a020 7946 0958", "442079460958.0", "\u202a+44 20 7946 0958\u202c",
    ],
    "+14155552671": ["+1 (415) 555-2671", "14155552671", "1-415-555-2671", "tel:+1-415-555-2671",
                      "sip:+14155552671@example.com", "sips:14155552671@example.com;user=phone"],
    "+4930123456": ["+49030123456", "+49/30/123456", "+49 (030) 123456"],
    "+390612345678": ["+39 06 1234 5678"],
    "+5511987654321": ["+55011987654321", "+55 (011) 98765-4321"],
    "+79161234567": ["+7 916 123-45-67", "79161234567"],
    "+61412345678": ["+610412345678", "61412345678"],
    "+5491123456789": ["+540111523456789", "+54 9 11 2345-6789"],
}  # fmt: skip


def by_parsing(number: str) -> str | None:
    """The slow way, in the words of phonenumbers alone; None for what it cannot read."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@pytest.mark.parametrize("number", SPELLINGS)
def test_every_spelling_is_the_same_person(number: str) -> None:
    """Blanks, brackets, a trunk zero, a lacking plus sign, figures of a spreadsheet."""
    spellings = SPELLINGS[number]
    assert identities([number, *spellings]) == [number] * (1 + len(spellings))
    assert len(set(number_keys(pd.Series([number, *spellings])))) == 1


@pytest.mark.parametrize("name", NAMED)
def test_a_name_is_somebody(name: str) -> None:
    """Also one that has a word of those that withhold a number among others."""
    assert identities([name]) != [None]


@pytest.mark.parametrize("number", WITHHELD)
def test_a_withheld_number_is_nobody(number: str) -> None:
    """Words, addresses and words spelled on a telephone's keys; they have no key."""
    assert identities([number]) == [None]
    assert number_keys(pd.Series([number, None])).tolist() == [0, 0]


@pytest.mark.parametrize("number", ["+14155552671", "+49301234", "4155552671", "front desk", "12"])
def test_what_is_no_other_spelling_stays_a_person_of_its_own(number: str) -> None:
    """Ten digits alone may be of two countries."""
    assert identities([number]) == [number]


@pytest.mark.parametrize("code", sorted(PLANS))
def test_numbers_of_a_plan_are_read_as_by_parsing(code: int) -> None:
    """Any digits after any calling code, most of all those that begin with a trunk prefix."""
    rng = random.Random(code)  # noqa: S311 - numbers to try, no secret
    begins = ["", "", "0", "00", "1", "8", "06", "9", "15"]
    numbers = [
        f"+{code}{rng.choice(begins)}{''.join(rng.choices(DIGITS, k=rng.choice(range(4, 13))))}"
        for _ in range(150)
    ]
    numbers = [number for number in numbers if by_parsing(number)]
    assert identities(numbers) == [by_parsing(number) for number in numbers]


def test_many_numbers_are_read_as_one_by_one() -> None:
    """The example numbers of all countries and numbers near them, with and without a plus."""
    rng = random.Random(11)  # noqa: S311 - as above
    known = examples()
    numbers = [*known, *(near(number, rng) for number in known)]
    numbers += [number.removeprefix("+") for number in numbers]
    numbers = rng.sample(numbers, 500)
    assert identities(numbers) == [identities([number])[0] for number in numbers]


@given(st.lists(st.one_of(st.text(), st.text("+0123456789 ()-.;x\n\uff0b\u0663\ud800"))))
def test_any_text_has_an_identity_and_keys_go_by_it(texts: list[str]) -> None:
    """Equal identities have equal keys, others have others, nobody has 0."""
    people = identities(texts)
    keys = number_keys(pd.Series(texts, dtype=object)).tolist()
    assert [key == 0 for key in keys] == [person is None for person in people]
    assert len({*zip(people, keys, strict=True)}) == len({*people}) == len({*keys})


def test_who_is_read_is_read_as_the_same_again() -> None:
    """A person's number in E.164 is a spelling of itself."""
    people = [person for person in identities(examples()) if person]
    assert identities(people) == people
