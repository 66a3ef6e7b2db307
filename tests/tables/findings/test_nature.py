"""Days, hours, the mix of calls: what differs by nature is no fault; two causes are two names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from retell_nb.engine.codes import key
from retell_nb.engine.scan import Pair
from retell_nb.selection.select import select
from retell_nb.tables import findings
from retell_nb.tables.findings.case import Case, Part
from retell_nb.tables.findings.nature import within_days


def calls_over(days: int, size: int, seed: int, **columns: Any) -> pd.DataFrame:
    """Calls at random times of so many days, that all ended well."""
    rng = np.random.default_rng(seed)
    start = pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(
        np.sort(rng.integers(0, days * 86_400, size)), unit="s"
    )
    told = {name: rng.choice(values, size) for name, values in columns.items()}
    return pd.DataFrame({"disconnection_reason": "user_hangup", "start_timestamp": start} | told)


def spoiled(calls: pd.DataFrame, where: Any, rate: float, seed: int) -> pd.DataFrame:
    """The same calls, of which a part fails to dial where it is so."""
    rng = np.random.default_rng(seed)
    hit = np.asarray(where) & (rng.random(len(calls)) < rate)
    reasons = calls["disconnection_reason"].where(~hit, "dial_failed")
    return calls.assign(disconnection_reason=reasons)


def mixed(first: tuple[int, int], second: tuple[int, int], start: str) -> pd.DataFrame:
    """Failed of all calls of two agents, over two weeks."""
    reasons = [
        reason
        for failed, calls in (first, second)
        for reason in ["dial_failed"] * failed + ["user_hangup"] * (calls - failed)
    ]
    seconds = np.random.default_rng(1).integers(0, 14 * 86_400, len(reasons))
    return pd.DataFrame(
        {
            "disconnection_reason": reasons,
            "agent_id": ["a"] * first[1] + ["b"] * second[1],
            "start_timestamp": pd.Timestamp(start, tz="UTC") + pd.to_timedelta(seconds, unit="s"),
        }
    )


BEFORE = mixed((60, 1_000), (45, 9_000), "2026-03-02")


def test_values_are_compared_within_their_days() -> None:
    """One agent works on the bad day alone: the rest of that day fails as often as it does."""
    agent = np.repeat(["a", "b", "b"], [1_000, 1_000, 9_000])
    day = np.repeat([1, 1, 0], [1_000, 1_000, 9_000])
    hit = np.zeros(11_000, dtype=bool)
    hit[:200] = hit[1_000:1_200] = hit[2_000:2_180] = True
    risk = np.ones(11_000, dtype=bool)
    case = Case("dial_failure", hit, risk, ~risk, [], 0.01, {})
    pooled = Pair(*np.array([[200.0], [1_000.0], [380.0], [10_000.0]]))
    of, days = key(pd.Series(agent, name="agent_id")), key(pd.Series(day, name="day"))
    own = within_days(Part(case, risk), of, Pair(*(np.repeat(side, 2) for side in pooled)), days)
    rate = own.rest_hits[0] / own.rest_calls[0]
    assert 0.17 < rate < 0.2  # pooled over the days it is 0.038
    assert own.rest_calls[0] < 10_000


@pytest.mark.parametrize("seed", range(3))
def test_a_bad_day_blames_no_agent_that_works_on_it(seed: int) -> None:
    """A third of all calls fails on one day, on which one agent has nearly all of its calls."""
    calls = calls_over(14, 8_000, seed, agent_id=["a", "b", "c", "d"])
    day = calls["start_timestamp"].dt.day == 9
    late = (calls["agent_id"] == "a") & ~day & (np.arange(len(calls)) % 10 > 0)
    calls = calls[~late].reset_index(drop=True)
    day = calls["start_timestamp"].dt.day == 9
    table = findings(spoiled(spoiled(calls, ~day, 0.02, seed), day, 0.35, seed))
    (row,) = table[table["kind"] == "dial_failure"].to_dict("records")
    assert "agent_id" not in row["filters"]
    assert (row["since"].day, row["change"], row["ongoing"]) == (9, "rise", False)


@pytest.mark.parametrize("seed", range(3))
def test_hours_that_differ_as_hours_do_are_no_finding(seed: int) -> None:
    """Hours of the day between half and twice the mean rate."""
    calls = calls_over(14, 6_000, seed, agent_id=["a", "b"])
    factor = np.random.default_rng(seed).permutation(np.linspace(0.4, 1.9, 24))
    rate = 0.15 * factor[calls["start_timestamp"].dt.hour]
    hit = np.random.default_rng(seed + 9).random(len(calls)) < rate
    table = findings(calls.assign(disconnection_reason=np.where(hit, "dial_failed", "user_hangup")))
    assert set(table["change"]) == {"level"}


def test_a_weekday_can_be_a_segment_and_its_calls_are_selected() -> None:
    """Every Tuesday of eight weeks is broken; the finding has the calls of these days."""
    calls = calls_over(56, 12_000, 4, agent_id=["a", "b"])
    tuesday = calls["start_timestamp"].dt.day_of_week == 1
    calls = spoiled(spoiled(calls, ~tuesday, 0.01, 5), tuesday, 0.3, 6)
    row = findings(calls).iloc[0]
    assert (row["filters"]["weekday"], row["where"]) == ([1], "on Tuesdays UTC")
    failed = (calls["disconnection_reason"] == "dial_failed") & tuesday
    assert select(calls, row).index.equals(calls.index[failed])


@pytest.mark.parametrize(
    "pair",
    [
        {"agent_id": "a", "hour": 12},
        {"agent_id": "a", "weekday": 2},
        {"agent_id": "b", "from_number": "+13035550182"},
    ],
)
def test_a_fault_of_two_attributes_together_has_both_names(pair: dict[str, Any]) -> None:
    """30% of the calls fail where both meet, 1% elsewhere."""
    numbers = ["+13035550181", "+13035550182", "+13035550183"]
    calls = calls_over(28, 15_000, 7, agent_id=["a", "b", "c"], from_number=numbers)
    clock = calls["start_timestamp"].dt
    columns = calls.assign(hour=clock.hour, weekday=clock.day_of_week)
    both = np.logical_and.reduce([columns[name] == value for name, value in pair.items()])
    row = findings(spoiled(spoiled(calls, ~both, 0.01, 8), both, 0.3, 9)).iloc[0]
    assert {name: row["filters"].get(name) for name in pair} == {n: [v] for n, v in pair.items()}


def test_a_change_of_the_mix_blames_no_agent() -> None:
    """Each agent fails as often as before; the one that fails more has more of the calls."""
    now = mixed((240, 4_000), (30, 6_000), "2026-03-16")
    (row,) = findings(now, baseline=BEFORE).to_dict("records")
    assert (row["change"], row["where"], row["saveable"]) == ("mix", "everywhere", 0.0)
    assert row["title"].endswith(
        "no rate rose, the mix of calls changed: a has 40% of the calls, before 10%"
    )


def test_an_agent_is_compared_with_itself() -> None:
    """Of two agents one rose, and it is not the one that fails more often."""
    now = mixed((60, 1_000), (450, 9_000), "2026-03-16")
    (row,) = findings(now, baseline=BEFORE).to_dict("records")
    assert (row["change"], row["filters"]["agent_id"]) == ("rise", ["b"])


def test_an_even_rate_is_a_level_and_no_rise() -> None:
    """3% everywhere, all the time."""
    calls = calls_over(14, 9_000, 10, agent_id=["a", "b"])
    (row,) = findings(spoiled(calls, np.ones(9_000, dtype=bool), 0.03, 11)).to_dict("records")
    assert (row["change"], row["where"], row["ongoing"]) == ("level", "everywhere", True)


@pytest.mark.parametrize(("last", "ongoing"), [(14, True), (9, False)])
def test_a_finding_says_whether_it_lasts(last: int, *, ongoing: bool) -> None:
    """An agent is broken from the sixth day on, to the end or not."""
    calls = calls_over(14, 9_000, 12, agent_id=["a", "b", "c"])
    day = calls["start_timestamp"].dt.day - 1
    broken = (calls["agent_id"] == "a") & (day >= 6) & (day <= last)
    row = findings(spoiled(spoiled(calls, ~broken, 0.01, 13), broken, 0.4, 14)).iloc[0]
    assert (row["filters"]["agent_id"], row["change"], row["ongoing"]) == (["a"], "rise", ongoing)
    assert ("still ongoing" if ongoing else ", over") in row["title"]


@pytest.mark.parametrize(("last", "ongoing"), [(27, True), (20, False)])
def test_a_fault_outlasts_a_weekend_on_which_its_agent_never_calls(
    last: int, *, ongoing: bool
) -> None:
    """Four weeks that end on a Sunday; the broken agent calls on weekdays, to the end or not."""
    calls = calls_over(28, 9_000, 15, agent_id=["a", "b", "c"])
    clock = calls["start_timestamp"].dt
    away = (clock.day_of_week > 4) | (clock.day > last)
    calls = calls[(calls["agent_id"] != "a") | ~away].reset_index(drop=True)
    row = findings(spoiled(calls, calls["agent_id"] == "a", 0.3, 16)).iloc[0]
    assert (row["filters"]["agent_id"], row["ongoing"]) == (["a"], ongoing)


def test_without_times_nobody_can_tell_whether_a_fault_lasts() -> None:
    """The flag is missing, and the title says nothing of it."""
    calls = mixed((400, 1_000), (45, 9_000), "2026-03-02").drop(columns="start_timestamp")
    row = findings(calls).iloc[0]
    assert pd.isna(row["ongoing"])
    assert row["title"] == "400 calls could not be dialed or were blocked: a (40% of 1,000)"
