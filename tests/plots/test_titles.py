"""Titles say what is drawn, and no more of few calls than is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots
from retell_nb.plots.parts import style
from retell_nb.plots.titles import general

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    style.plt.close("all")


def title_of(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").replace("\\", "").split())


def tallied(*reasons: str, by: str = "reason") -> str:
    calls = rn.as_calls(pd.DataFrame({"disconnection_reason": reasons}))
    return general.tally(calls.retell.tally(by), [by])


def test_a_tally_of_few_calls_counts_them() -> None:
    """Below 20 calls there are no percentages, and one call is one call."""
    assert tallied("user_hangup") == "user_hangup: 1 call"
    assert tallied(*["user_hangup"] * 3) == "user_hangup: all 3 calls"
    assert tallied("user_hangup", "user_hangup", "dial_busy") == "user_hangup: 2 of 3 calls"
    assert tallied("user_hangup", by="outcome") == "1 call, completed"
    assert tallied("dial_busy", "dial_failed", by="outcome") == "1 of 2 calls failed"


def test_groups_that_are_level_are_none_of_them_first() -> None:
    """No group is named before others that have as many calls."""
    assert tallied("user_hangup", "dial_busy") == "2 groups lead, each with 1 of 2 calls"
    row = {"calls": 40, "failed": 40, "rate": 1.0, "low": 0.91, "high": 1.0, "enough": True}
    table = pd.DataFrame([row | {"agent": agent} for agent in "ab"])
    table = pd.concat(
        [table, pd.DataFrame([row | {"agent": "c", "failed": 0, "rate": 0, "low": 0}])]
    )
    assert general.rates(table, ["agent"], "failed", 0.67) == (
        "failed: 100% on each of 2 groups, against 67% overall"
    )


def test_a_trend_without_a_hit_has_no_peak() -> None:
    """Where none failed, no period is the worst."""
    days = pd.date_range("2026-03-01", periods=3, tz="UTC")
    table = pd.DataFrame({"period": days, "calls": 30, "failed": 0, "rate": 0.0})
    table = table.assign(low=0.0, high=0.1, partial=False)
    assert general.trend(table, [], "failed") == "failed: none of 90 calls"


def test_what_the_calls_have_in_common_is_in_the_title_of_their_tally() -> None:
    """Failed calls are called so, in the title and on the axis."""
    failed = rn.sample_calls(2_000, seed=7).retell.select(outcome="failed")
    ax = failed.retell.plot.tally("owner", of="failed")
    assert title_of(ax).endswith(f" of {len(failed)} failed calls")
    assert ax.get_xlabel() == "failed calls"
    assert "dial list" in [tick.get_text() for tick in ax.get_yticklabels()]


def test_a_title_counts_the_groups_that_are_drawn() -> None:
    """Time limits and numbers of which only some are drawn are summed over these."""
    calls = rn.sample_calls(20_000, seed=7).retell
    limits = calls.time_limits()
    longest = limits[limits["kind"] == "max_duration_reached"]
    longest = longest[longest["at_limit"] > 0]
    assert len(longest) > 1
    title = title_of(plots.time_limits(limits, limit=1))
    assert title.startswith(f"{longest['at_limit'].iloc[0]} calls reached their maximum duration")
    numbers = calls.numbers("day")
    assert title_of(plots.numbers(numbers, limit=3)).endswith(" on the others shown")
    assert title_of(plots.numbers(numbers, limit=300)).endswith(" on the rest")
