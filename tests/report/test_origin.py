"""What a report is about."""

from __future__ import annotations

import pandas as pd

import retell_nb as rn
from retell_nb.report import findings, numbers
from retell_nb.report.origin import HIDDEN, origin


def test_a_report_says_what_it_is_about() -> None:
    """Source, number of calls, choices and zone are told; a name stays text."""
    said = repr(origin("<b>.csv", pd.DataFrame(index=range(3)), tz="Europe/Berlin", choices="{}"))
    assert "3 calls from &lt;b&gt;.csv; only those chosen by {}; days and hours in Europe" in said
    assert "made up" in repr(origin("sample", pd.DataFrame()))


def test_whoever_reads_a_pseudonym_is_told_how_to_see_the_number() -> None:
    """Cards and risks of masked calls say how; those of plain calls have no need to."""
    calls = rn.sample_calls(5_000, seed=7)
    for shown, told in ((calls, False), (calls.retell.mask(), True)):
        cards = repr(findings.cards(shown.retell.findings()))
        risks = repr(numbers.risks(shown.retell.number_health()))
        assert (HIDDEN in cards, HIDDEN in risks) == (told, told)
