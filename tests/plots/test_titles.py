"""Titles say what is drawn, and no more of few calls than is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots
from retell_nb.engine.intervals import wilson
from retell_nb.plots.parts import style
from retell_nb.plots.titles import causes, general

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
    assert tallied("user_hangup", "dial_busy") == "2 reasons, each with 1 of 2 calls"
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
    assert title.startswith(
        f"Groups shown: {longest['at_limit'].iloc[0]} calls reached their maximum duration"
    )
    numbers = calls.numbers("day")
    assert title_of(plots.numbers(numbers, limit=3)).endswith(" on the others shown")
    assert title_of(plots.numbers(numbers, limit=300)).endswith(" on the rest")


def costed(*amounts: float, recoverable: float = 0.0) -> pd.DataFrame:
    """Groups `a`, `b`, ... of 10 calls that cost these amounts."""
    row = {"calls": 10, "costed": 10, "recoverable": recoverable}
    row |= {"recoverable_low": 0.5 * recoverable, "recoverable_high": 2 * recoverable}
    rows = [
        row | {"agent_id": name, "amount": amount, "mean": 10 * amount}
        for name, amount in zip("abcdef", amounts, strict=False)
    ]
    return pd.DataFrame(rows)[["agent_id", *row, "amount", "mean"]]


def test_costs_are_those_of_the_groups_that_are_drawn() -> None:
    """Of groups that are not drawn the title tells only what they cost in all."""
    table = costed(60, 30, 10, recoverable=100)
    assert title_of(plots.costs(table)) == (
        "The calls cost $100.00; $3.00 of it (3%) went into failures that can be fixed"
    )
    assert title_of(plots.costs(table, limit=2)) == (
        "The 2 groups shown cost $90.00 of $100.00; $2.00 of it (2.2%) went into failures that can "
        "be fixed"
    )
    assert title_of(plots.costs(costed(60, 0), limit=1)).startswith("The calls cost $60.00")


def test_costs_of_zero_are_recorded() -> None:
    """Only where there is no cost on record does the picture say so."""
    free = costed(0, 0)
    assert plots.costs(free).texts[0].get_text() == "Every recorded cost is 0"
    assert plots.costs(free.assign(costed=0)).texts[0].get_text() == "No cost is recorded"


def test_the_silent_line_that_is_named_is_drawn() -> None:
    """All silent lines are counted; the one named is among the rows."""
    since = pd.Timestamp("2026-03-27", tz="UTC")
    table = pd.DataFrame({"line": ["a", "b", "c"], "state": "silent", "since": since})
    table = table.assign(expected=[20.0, 30.0, 500.0], p=[1e-9, 1e-8, 1e-3], per_week=9.0)
    table = table.assign(incident=0)
    table.attrs["now"] = since + pd.Timedelta("72h")
    assert title_of(plots.silence(table, limit=2)) == (
        "3 of 3 lines are silent (2 shown); most calls missing: b, for 72 h in which 30 calls were "
        "expected"
    )
    assert "(2 shown)" not in title_of(plots.silence(table))


def trending(calls: dict[str, list[int]], failed: dict[str, list[int]]) -> pd.DataFrame:
    """Calls and failed calls of agents, day by day."""
    parts = []
    for agent, numbers in calls.items():
        days = pd.date_range("2026-03-01", periods=len(numbers), tz="UTC")
        part = pd.DataFrame({"agent_id": agent, "period": days, "calls": numbers})
        part["failed"] = failed[agent]
        part["low"], part["high"] = wilson(part["failed"], part["calls"])
        parts.append(part.assign(rate=part["failed"] / part["calls"], partial=False))
    columns = ["agent_id", "period", "calls", "failed", "rate", "low", "high", "partial"]
    return pd.concat(parts, ignore_index=True)[columns]


def test_the_peak_of_a_trend_is_on_a_line_that_is_drawn() -> None:
    """A small group that is left out has no say in the title, also not in the rate."""
    table = trending(
        {"large": [1000, 1000], "small": [200, 200]}, {"large": [100, 120], "small": [190, 10]}
    )
    assert title_of(plots.trend(table)).endswith("peak 95% on Mar 1, 2026, small")
    assert title_of(plots.trend(table, limit=1)) == (
        "failed: 11% in the groups shown, peak 12% on Mar 2, 2026, large"
    )


def test_a_peak_that_a_vague_point_exceeds_is_called_the_clearest() -> None:
    """The title names the surest period, and a higher point beside it is not denied."""
    table = trending({"a": [1000, 4]}, {"a": [100, 3]}).drop(columns="agent_id")
    assert title_of(plots.trend(table)) == "failed: 10% overall, clearest peak 10% on Mar 1, 2026"


def test_a_trend_of_which_no_point_can_be_drawn_says_so() -> None:
    """Groups of a call a day have intervals too wide to draw, and no peak."""
    table = trending({name: [1] * 30 for name in "abc"}, {name: [1] * 30 for name in "abc"})
    assert title_of(plots.trend(table)) == (
        "failed: 100% overall, too few calls in any period to say more"
    )


def test_lines_are_compared_with_each_other_and_not_with_their_sum() -> None:
    """The most calls of a picture of lines are those of one line, also where that is the rest."""
    table = trending({"a": [10, 70], "b": [60, 20]}, {"a": [0, 0], "b": [0, 0]})
    table = table[["agent_id", "period", "calls", "partial"]]
    assert title_of(plots.trend(table)) == (
        "160 calls, the most in one line on Mar 2, 2026 (70 of a)"
    )


def test_a_full_period_that_a_partial_one_exceeds_is_called_one() -> None:
    """A day that the calls cover in part may hold more than any other."""
    table = trending({"a": [10, 30, 90]}, {"a": [0, 0, 0]})
    table = table[["period", "calls", "partial"]].assign(partial=[False, False, True])
    assert title_of(plots.trend(table)) == (
        "130 calls, the most in a full period on Mar 2, 2026 (30)"
    )


def test_the_ends_of_kpis_are_those_of_the_groups_that_are_drawn() -> None:
    """A small group with an extreme rate is not named where it is not drawn."""
    row = {"kpi": "ASR", "unit": "share", "definition": ""}
    table = pd.DataFrame([
        row | {"agent_id": name, "value": value, "low": value - 0.02, "high": value + 0.02, "n": n}
        for name, value, n in (("a", 0.5, 900), ("b", 0.6, 800), ("c", 0.9, 700))
    ])[["agent_id", "kpi", "value", "low", "high", "n", "unit", "definition"]]  # fmt: skip
    assert title_of(plots.kpis(table)) == "ASR: from 50% (a) to 90% (c)"
    assert title_of(plots.kpis(table, limit=2)) == (
        "ASR of the groups shown: from 50% (a) to 60% (b)"
    )


def test_a_peak_of_nothing_is_not_told() -> None:
    """All failures are in a period that the calls cover only partly."""
    days = pd.date_range("2026-03-01", periods=3, tz="UTC")
    table = pd.DataFrame({"period": days, "calls": [40, 40, 10], "failed": [0, 0, 2]})
    table = table.assign(rate=table["failed"] / table["calls"], low=0.0, high=0.5)
    table = table.assign(enough=True, unknown=0, partial=[False, False, True])
    assert general.trend(table, [], "failed") == "failed: 2.2% of 90 calls"


def test_a_tally_counts_no_reasons_that_it_adds_up() -> None:
    """Reasons that make up most calls are counted only where each has its bar."""
    table = pd.DataFrame({"reason": [f"r{n}" for n in range(20)], "calls": [9.0] * 6 + [1.0] * 14})
    table = table.assign(share=table["calls"] / table["calls"].sum())
    assert title_of(plots.tally(table)) == "7 of 20 reasons make up 81% of 68 calls"
    assert title_of(plots.tally(table, limit=2)) == "6 reasons lead, each with 13% of 68 calls"


def test_the_rate_of_one_of_many_groups_is_not_that_of_all() -> None:
    """A picture of the worst group alone names it."""
    row = {"calls": 400, "enough": True}
    rates = [("a", 200, 0.5, 0.45, 0.55), ("b", 4, 0.01, 0.0, 0.03)]
    table = pd.DataFrame([
        {"agent_id": name, "failed": hits, "rate": rate, "low": low, "high": high} | row
        for name, hits, rate, low, high in rates
    ])[["agent_id", "calls", "failed", "rate", "low", "high", "enough"]]  # fmt: skip
    assert title_of(plots.rates(table, limit=1)) == "failed: 50% on a, against 26% overall"
    calm = table.iloc[::-1]
    assert title_of(plots.rates(calm, limit=1)) == (
        "failed: 26% overall, no group shown stands out"
    )


def test_the_largest_difference_is_among_the_comparisons_drawn() -> None:
    """A larger difference that is less sure is not named where it is not drawn."""
    row = {"first": "all others", "first_calls": 900, "first_failed": 9, "more_calls": 0}
    row |= {"low": 0.1, "high": 0.5, "verdict": "higher"}
    table = pd.DataFrame([
        row | {"second": "a", "difference": 0.2, "p_adjusted": 0.001},
        row | {"second": "b", "difference": 0.4, "p_adjusted": 0.04},
    ])[[*_COMPARED]]  # fmt: skip
    assert "the largest: b" in title_of(plots.compare(table))
    assert title_of(plots.compare(table, limit=1)) == "failed: a, +20 points (+10 to +50)"


_COMPARED = (
    "first", "second", "first_calls", "first_failed", "difference", "low", "high", "p_adjusted",
    "verdict", "more_calls",
)  # fmt: skip


def test_outages_tell_how_many_of_them_are_shown() -> None:
    """The number of outages is that of all of them."""
    start = pd.date_range("2026-03-11", periods=3, tz="UTC")
    table = pd.DataFrame({"of": "provider", "start": start, "end": start + pd.Timedelta("2h")})
    table = table.assign(calls=100, affected=[50, 60, 70], rate=[0.5, 0.6, 0.7])
    table = table.assign(low=0.4, high=0.8, kinds="dial_failed")
    assert title_of(plots.outages(table, limit=1)).startswith(
        "3 outages (1 shown), the largest: provider, Mar 13, 2026"
    )


def test_a_limit_without_costs_on_record_costs_nothing_that_is_known() -> None:
    """What is not recorded is not zero."""
    row = {"kind": "max_duration_reached", "at_limit": 28, "costed": 0, "cents": 0.0}
    table = pd.DataFrame([row])
    assert causes.limits(table) == "28 calls reached their maximum duration; no cost is recorded"
    some = table.assign(costed=20, cents=1000.0)
    assert causes.limits(some) == (
        "28 calls reached their maximum duration; the 20 with a recorded cost came to $10.00"
    )


def test_caller_numbers_without_a_dot_are_not_in_the_title() -> None:
    """A blocked number without an answered call has no dot; a note counts it."""
    names = ("short_share_10s", "block_rate")
    ends = {f"{name}{end}": 0.2 for name in names for end in ("", "_low", "_high")}
    rows = [
        {"from_number": "+13035550184", **ends, "flags": 1, "timed": 0, "seizures": 90},
        {"from_number": "+13035550185", **ends, "flags": 0, "timed": 9, "seizures": 90},
    ]
    ax = plots.numbers(pd.DataFrame(rows))
    assert title_of(ax) == "None of 1 caller number shown is above a threshold (95% confidence)"
    notes = " ".join(" ".join(words.get_text().split()) for words in ax.texts)
    assert "not drawn: 1 (1 above a threshold)" in notes


def test_calls_in_flight_are_those_of_the_time_that_is_drawn() -> None:
    """A refused call decades off is in a note and not in the title."""
    times = [*pd.date_range("2026-03-02T17:00Z", periods=3, freq="min"), pd.Timestamp(0, tz="UTC")]
    table = pd.DataFrame({"period": pd.DatetimeIndex(times), "calls": 9, "peak": [4, 5, 5, 9]})
    table = table.assign(average=3.0, refused=[0, 2, 0, 50], limit=20, seconds_above_80=0.0)
    assert title_of(plots.concurrency(table)) == (
        "2 calls refused; at most 5 of 20 in flight, first on Mar 2, 2026, 17:01; never above 80%"
    )
