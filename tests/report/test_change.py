"""What changed between two periods: their calls, their tables, the sentence on top."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots, tables
from retell_nb.calls.facts import when
from retell_nb.report.change import Changes, changes, headline, listed, load_periods, self_test
from retell_nb.report.page import left_out
from retell_nb.report.runner import check_parameters, find
from retell_nb.text import percent

if TYPE_CHECKING:
    from pathlib import Path


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
    assert f"The failed rate rose from {before} to {after}; " in sentence
    assert result.explain["segment"][0] in sentence


def test_the_headline_has_the_extra_failures_since_when_and_whose_they_are() -> None:
    """With what began then; the rise is that of the segment's own calls."""
    now, baseline = load_periods(start="2026-03-16", end="2026-03-20")
    result = changes(now, baseline, attributes=["version"])
    cause, best = result.cause.iloc[0], result.explain.iloc[0]
    assert cause["segment"] == best["segment"] == "Copperfield Claims version 8"
    assert cause["owner"] == "backend"
    sentence = repr(headline(result))
    extra = len(now) * (result.rates["rate"][1] - result.rates["rate"][0])
    (counted,) = re.findall(
        r"of the (\d+) extra failed calls: Copperfield Claims version 8", sentence
    )
    assert int(counted) == pytest.approx(extra, rel=0.1)
    assert sentence.index("owner: backend (whoever runs your own LLM server).") > 0


def test_a_large_rise_planted_in_the_calls_at_hand_is_named() -> None:
    """On one agent, where there is none yet; the calls themselves stay as they are."""
    now, baseline = load_periods(start="2026-03-23")
    table = self_test(now, baseline, trials=2)
    large = table.set_index("planted").loc["failed +10 points on one agent"]
    assert (large["trials"], large["detected"]) == (2, 2)


def test_attributes_come_as_the_text_of_a_command_line(tmp_path: Path) -> None:
    """JSON text of a command line lists columns, those of the user's own are not hidden."""
    given = check_parameters(
        find("what_changed"), {"attributes": '["agent", "team"]', "of": "failed"}
    )
    names = listed(given["attributes"])
    assert names == ["agent", "team"]
    times = pd.date_range("2026-03-02", periods=800, freq="h", tz="UTC")
    reasons = ["user_hangup"] * 700 + ["dial_failed"] * 100
    calls = pd.DataFrame({"start_timestamp": times, "disconnection_reason": reasons})
    path = tmp_path / "calls.csv"
    calls.assign(agent_id="a", team=["blue", "red"] * 400).to_csv(path, index=False)
    now, baseline = load_periods(str(path), show=[given["of"], *names])
    result = changes(now, baseline, attributes=given["attributes"])
    assert result.explain.attrs["attributes"] == ["agent", "team"]
    assert set(now["team"]) == {"blue", "red"}


def test_text_that_lists_nothing_is_an_error() -> None:
    """The message shows how a list is written."""
    with pytest.raises(
        ValueError, match=r"no list in JSON .* write it as '\[\"agent\", \"hour\"\]'"
    ):
        listed("[agent, hour]")


@pytest.mark.parametrize("start", [None, "2026-03-10"])
def test_calls_without_a_time_are_counted(start: str | None, tmp_path: Path) -> None:
    """They are in neither period, and the page says how many were left out."""
    calls = rn.sample_calls(3_000, seed=5)
    lost = ["start_timestamp", "end_timestamp", "duration_ms"]
    calls.loc[:6, [name for name in calls.columns if name in lost or "timestamp" in name]] = None
    calls.to_parquet(tmp_path / "calls.parquet")
    now, baseline = load_periods(str(tmp_path / "calls.parquet"), start=start)
    assert (now.attrs["undated"], baseline.attrs["undated"]) == (7, 7)
    assert "7 calls without a time" in repr(left_out(now))


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
    assert self_test(calls, calls.head(0)).empty
    for word in Changes._fields[2:]:
        assert getattr(plots, word)(getattr(result, word)).figure
    plots.change.style.plt.close("all")
