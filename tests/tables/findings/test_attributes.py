"""Attributes that findings look at: the countries called, however many numbers there are."""

from __future__ import annotations

import pandas as pd

from retell_nb.tables.findings.attributes import places, times


def missing_of(numbers: pd.Series) -> list[str]:
    calls = pd.DataFrame({"to_number": numbers})
    found, missing = places(calls, times(calls), "UTC")
    told = [place for place in found if place.columns == ("country",)]
    said = [sentence for sentence in missing if sentence.startswith("country")]
    assert bool(told) != bool(said)
    return said


def test_the_country_of_many_callees_is_looked_at() -> None:
    """Thirty thousand numbers in E.164, or without a plus, are no reason to leave it out."""
    digits = pd.Series(range(30_000)).add(4_155_000_000).astype(str)
    assert missing_of("+1" + digits) == []
    assert missing_of(digits) == []


def test_it_is_said_where_too_many_callees_are_not_plain() -> None:
    """Numbers with blanks in them are parsed one by one, so not any number of them."""
    numbers = "+1 " + pd.Series(range(20_001)).add(4_155_000_000).astype(str)
    said = "country: more than 20,000 numbers called that are not written as E.164"
    assert missing_of(numbers) == [said]
