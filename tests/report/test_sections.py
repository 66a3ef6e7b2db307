"""Sections of a report: there where they have something to say, and pictures that stand alone."""

from __future__ import annotations

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from retell_nb import plots, tables
from retell_nb.report.page import Html
from retell_nb.report.sections import fold, picture, section

_MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture
def counts() -> pd.DataFrame:
    calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    return tables.tally(calls, "outcome")


def test_a_section_without_anything_to_say_is_not_there(counts: pd.DataFrame) -> None:
    """Empty tables, pictures without data and folds of these make no heading, nor open figures."""
    nothing = counts.iloc[:0]
    parts = (nothing, plots.tally(nothing), Html(""), fold("As a table", nothing))
    assert repr(section("Outages", "By start.", *parts)) == ""
    assert repr(section("Outages", "", counts, plots.tally(counts), when=False)) == ""
    assert plt.get_fignums() == []


def test_a_section_shows_its_parts_in_order(counts: pd.DataFrame) -> None:
    """A heading to link to, a sentence, the picture, and the table that opens below it."""
    html = repr(section("Why calls end", "See `a<b`.", plots.tally(counts), fold("Table", counts)))
    assert html.startswith('<section><h2 id="why-calls-end">Why calls end</h2>')
    places = [html.index(part) for part in ("<code>a&lt;b</code>", "<img ", "<details>", "<table")]
    assert places == sorted(places)


def test_text_of_a_section_stays_text(counts: pd.DataFrame) -> None:
    """Titles, sentences and what a picture is called are no markup."""
    html = repr(
        section(_MARKUP, _MARKUP, plots.tally(counts, title=_MARKUP), fold(_MARKUP, counts))
    )
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x") == 5  # a picture's title is beside it, and said


def test_a_picture_says_its_title_and_is_closed(counts: pd.DataFrame) -> None:
    """Who cannot see it hears its finding; the dollar signs are those that are drawn."""
    html = repr(picture(plots.tally(counts, title="costs $1 to $2")))
    assert 'alt="costs $1 to $2"' in html
    assert "<figcaption><b>costs $1 to $2</b>" in html
    assert "data:image/svg+xml;base64," in html
    assert plt.get_fignums() == []


def test_a_long_table_folds_to_its_first_rows() -> None:
    """How many more rows there are is said."""
    html = repr(fold("As a table", pd.DataFrame({"calls": range(30)}), limit=20))
    assert "and 10 more" in html
