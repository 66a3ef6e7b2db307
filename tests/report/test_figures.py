"""The five figures of a report, and their change since the equal time before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.facts import when
from retell_nb.engine.intervals import newcombe
from retell_nb.report.figures import figures, in_words, load, row
from retell_nb.report.findings import cards

if TYPE_CHECKING:
    from pathlib import Path

FIGURES = ["calls", "failed", "answered", "cost", "peak in flight"]


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


@pytest.mark.parametrize("end", ["2026-03-25", None])
def test_the_time_before_is_as_long(end: str | None) -> None:
    """Calls of the period, and those of the equal time up to its start."""
    calls, before = load("sample", start="2026-03-18", end=end)
    whole = rn.load_calls("sample", "2026-03-18", end)
    pd.testing.assert_frame_equal(calls, whole)
    last = when(rn.sample_calls()).max() if end is None else day(end)
    first = day("2026-03-18") - (last - day("2026-03-18"))
    times = when(rn.sample_calls())
    assert len(before) == ((times >= first) & (times < day("2026-03-18"))).sum()


@pytest.mark.parametrize("start", [None, "2026-03-10", "2027-01-01"])
def test_without_calls_of_that_time_nothing_is_compared(start: str | None) -> None:
    """Not without a start, nor where the calls begin amid the time before, nor after the last."""
    calls, before = load("sample", start=start)
    assert len(before) == 0
    table = figures(calls, before)
    assert table["figure"].tolist() == FIGURES
    assert table["change"].isna().all()
    assert "there are no calls from the period before" in repr(row(table)) or not len(calls)


def test_calls_without_a_time_are_counted(tmp_path: Path) -> None:
    """They are in no period, and how many were left out is known with and without an end."""
    calls = rn.sample_calls(500, seed=5)
    lost = [name for name in calls.columns if "timestamp" in name or name == "duration_ms"]
    calls.loc[:6, lost] = None
    calls.to_parquet(tmp_path / "calls.parquet")
    for end in ("2026-03-20", None):
        loaded, _ = load(str(tmp_path / "calls.parquet"), start="2026-03-10", end=end)
        assert loaded.attrs["undated"] == 7


def test_figures_and_changes_are_those_of_the_tables() -> None:
    """Rates change by points with Newcombe's interval, sums by their share, a peak by calls."""
    calls, before = load("sample", start="2026-03-16", end="2026-03-23")
    table = figures(calls, before).set_index("figure")
    summary, earlier = (part.retell.summary().iloc[0] for part in (calls, before))
    assert table["value"]["failed"] == summary["rate"]
    assert table["change"]["failed"] == summary["rate"] - earlier["rate"]
    sides = [(part["failed"], part["ended"] - part["unknown"]) for part in (summary, earlier)]
    low, high = newcombe(*sides[0], *sides[1])
    assert table.loc["failed", ["change_low", "change_high"]].tolist() == pytest.approx(
        [float(low), float(high)]
    )
    cost, cost_before = (
        part["combined_cost"].clip(lower=0).sum() / 100 for part in (calls, before)
    )
    assert table["value"]["cost"] == pytest.approx(cost)
    assert table["change"]["cost"] == pytest.approx(cost / cost_before - 1)
    kpis = calls.retell.kpis().set_index("kpi")
    assert table["value"]["answered"] == kpis["value"]["ASR"]
    peaks = [part.retell.concurrency("1min")["peak"].max() for part in (calls, before)]
    assert table["change"]["peak in flight"] == peaks[0] - peaks[1]
    html = repr(row(table.reset_index()))
    assert f"{100 * table['change']['calls']:+,.0f}% from {len(before):,}" in html
    assert " points (" in html


def test_what_is_not_recorded_is_not_zero() -> None:
    """Calls without costs, directions and times have no cost, no answered rate and no peak."""
    calls = rn.as_calls(pd.DataFrame({"disconnection_reason": ["user_hangup", "dial_failed"]}))
    table = figures(calls, calls.iloc[:0]).set_index("figure")
    assert table["value"].isna().to_dict() == {
        "calls": False, "failed": False, "answered": True, "cost": True, "peak in flight": True,
    }  # fmt: skip
    html = repr(row(table.reset_index()))
    dash = '<dd class="retell-value">–</dd>'  # noqa: RUF001 - stands where there is no number
    assert html.count(dash) == 3
    assert html.count("<dd>not recorded") == 2
    assert "<dd>2 calls have no direction recorded</dd>" in html
    assert "nan" not in html
    assert repr(row(figures(calls.iloc[:0], calls.iloc[:0]))) == ""


def test_money_is_in_the_currency_that_is_named() -> None:
    """Figures, cards and the picture of costs write the same currency; a sign is no code."""
    calls = rn.sample_calls(2_000, seed=7)
    table = figures(calls, calls.iloc[:0])
    texts = [
        repr(row(table, currency="EUR")),
        " ".join(in_words(table, currency="EUR")),
        repr(cards(calls.retell.findings(), currency="EUR")),
        calls.retell.plot.costs(currency="EUR").get_title(loc="left"),
        calls.retell.plot.time_limits(currency="EUR").get_title(loc="left"),
    ]
    for words in texts:
        assert "€" in words
        assert "$" not in words
    with pytest.raises(ValueError, match=r"currency is '\$'; give three letters"):
        row(table, currency="$")


def test_a_share_of_few_calls_is_told_by_its_numbers() -> None:
    """Of fewer than 20 calls no percentage is shown."""
    reasons = ["dial_failed"] + ["user_hangup"] * 3
    calls = rn.as_calls(pd.DataFrame({"disconnection_reason": reasons}))
    html = repr(row(figures(calls, calls.iloc[:0])))
    assert '<dd class="retell-value">1 of 4</dd><dd>calls with a known ending</dd>' in html
    assert "%" not in html
