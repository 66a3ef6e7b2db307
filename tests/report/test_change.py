"""What changed between two periods: their calls, their tables, the sentence on top."""

from __future__ import annotations

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots, tables
from retell_nb.calls.facts import when
from retell_nb.report.change import Changes, changes, headline, load_periods
from retell_nb.text import percent


def test_a_week_is_compared_with_the_four_weeks_before() -> None:
    """Without parameters now is the last seven days, and the baseline what lies before."""
    now, baseline = load_periods(mask=False)
    calls = rn.sample_calls()
    begin = when(calls).max() - pd.Timedelta("7D")
    assert len(now) == (when(calls) >= begin).sum()
    assert len(baseline) == (when(calls) < begin).sum()


def test_the_periods_are_those_asked_for() -> None:
    """Baseline and now meet at `start`, and nothing outside of both is loaded."""
    now, baseline = load_periods(
        baseline_start="2026-03-09", start="2026-03-16", end="2026-03-20", tz="Europe/Berlin"
    )
    begin = pd.Timestamp("2026-03-16", tz="Europe/Berlin")
    assert when(baseline).min() >= pd.Timestamp("2026-03-09", tz="Europe/Berlin")
    assert when(baseline).max() < begin <= when(now).min()
    assert when(now).max() < pd.Timestamp("2026-03-20", tz="Europe/Berlin")


def test_the_tables_are_those_of_the_words() -> None:
    """Each table is what its word returns of the same calls."""
    now, baseline = load_periods(start="2026-03-10", end="2026-03-20")
    result = changes(now, baseline)
    pd.testing.assert_frame_equal(result.explain, tables.explain(now, baseline))
    both = pd.concat([baseline, now])
    pd.testing.assert_frame_equal(result.compare, tables.compare(both, "agent_version"))
    pd.testing.assert_frame_equal(result.change_points, tables.change_points(both))
    assert result.rates["rate"].tolist() == [
        result.explain.attrs["baseline_rate"],
        result.explain.attrs["rate"],
    ]
    sentence = repr(headline(result))
    before, after = (percent(rate) for rate in result.rates["rate"])
    assert f"The rate rose from {before} to {after}; " in sentence
    assert result.explain["segment"][0] in sentence


@pytest.mark.parametrize(
    "calls",
    [
        rn.sample_calls(0),
        rn.sample_calls(40, seed=5)[["disconnection_reason", "start_timestamp"]],
        rn.as_calls(pd.DataFrame({"disconnection_reason": ["dial_busy"]})),
    ],
    ids=["empty", "few columns", "no time"],
)
def test_next_to_nothing_is_calm(calls: pd.DataFrame) -> None:
    """What the calls cannot fill has no rows, its picture is quiet, and a sentence says so."""
    result = changes(calls, calls.head(0))
    assert "There are no calls in both periods to compare." in repr(headline(result))
    for word in Changes._fields[1:]:
        assert getattr(plots, word)(getattr(result, word)).figure
    plots.change.style.plt.close("all")
