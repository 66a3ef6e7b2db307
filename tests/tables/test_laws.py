"""What holds for every frame of calls, whatever is in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retell_nb.calls.stuck import stuck
from retell_nb.grouping import word
from retell_nb.selection.select import select
from retell_nb.tables.audit import audit
from retell_nb.tables.kpis import kpis
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.summary import breakdown, summary
from retell_nb.tables.trend import hours, trend
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS

Rows: TypeAlias = list[dict[str, Any]]
Build: TypeAlias = Callable[[Rows], pd.DataFrame]

NOW = "2026-06-01"

reasons = st.one_of(st.none(), st.sampled_from([*REASONS.index, "brand_new", "newer_still"]))
statuses = st.sampled_from([None, "ended", "not_connected", "error", "ongoing", "registered"])
times = st.datetimes(
    min_value=pd.Timestamp("2026-03-20").to_pydatetime(),
    max_value=pd.Timestamp("2026-04-05").to_pydatetime(),
).map(lambda time: time.isoformat(timespec="milliseconds") + "Z")
records = st.fixed_dictionaries(
    {
        "disconnection_reason": reasons,
        "call_status": statuses,
        "agent_id": st.sampled_from([None, "agent_a", "agent_b", "agent_c"]),
        "from_number": st.sampled_from([None, "+15550100", "+15550101", "anonymous"]),
        "agent_version": st.sampled_from([None, 1, 2, 3]),
        "direction": st.sampled_from([None, "inbound", "outbound", "outbound"]),
        "call_type": st.sampled_from(["phone_call", "phone_call", "web_call"]),
        "duration_ms": st.one_of(st.none(), st.integers(-1000, 4_000_000)),
        "start_timestamp": st.one_of(st.none(), times),
        "call_successful": st.sampled_from([None, True, False]),
        "in_voicemail": st.sampled_from([None, True, False]),
    }
)
many = st.lists(records, max_size=40)
groupings = st.lists(
    st.sampled_from(["agent_id", "from_number", "agent_version", "owner", "outcome", "expected"]),
    unique=True,
    max_size=3,
)
frequencies = st.sampled_from(["D", "h", "6h", "W", "MS"])
zones = st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York"])
lawful = settings(suppress_health_check=[HealthCheck.too_slow])


def plain(calls: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Put the columns to group by and the outcomes into a frame of texts, for pandas to count."""
    named = {name: word(calls, name, REASONS) for name in ("owner", "outcome", "expected")}
    columns = {name: named.get(name, calls.get(name)).astype(object) for name in by}
    frame = pd.DataFrame({**columns, "_outcome": named["outcome"].astype(object)})
    return frame.where(frame.notna(), "none").astype(str)


def as_dict(table: pd.DataFrame, by: list[str], value: str) -> dict[tuple[str, ...], float]:
    cells = table[by].astype(object)
    cells = cells.where(cells.notna(), "none").astype(str)
    return dict(zip(map(tuple, cells.to_numpy()), table[value], strict=True))


@lawful
@given(rows=many)
def test_every_call_has_exactly_one_outcome(rows: Rows, calls_of: Build) -> None:
    """The outcomes' counts add up to the calls, and each is a row of OUTCOMES."""
    calls = calls_of(rows)
    table = tally(calls, "outcome")
    assert table["calls"].sum() == len(calls)
    assert set(table["outcome"]) <= set(OUTCOMES.index)


@lawful
@given(rows=many, by=groupings)
def test_shares_sum_to_one(rows: Rows, by: list[str], calls_of: Build) -> None:
    """The shares of a tally sum to one, unless there are no calls."""
    table = tally(calls_of(rows), *by)
    assert table["share"].sum() == pytest.approx(1 if rows else 0)
    assert table["calls"].sum() == len(rows)


@lawful
@given(rows=many, by=groupings.filter(bool))
def test_tally_is_what_pandas_counts(rows: Rows, by: list[str], calls_of: Build) -> None:
    """A tally holds what value_counts of plain pandas holds, missing values included."""
    calls = calls_of(rows)
    expected = plain(calls, by)[by].value_counts().to_dict()
    table = tally(calls, *by)
    assert as_dict(table, by, "calls") == expected
    assert table["calls"].is_monotonic_decreasing


@lawful
@given(rows=many, by=groupings.filter(bool))
def test_rates_are_what_pandas_groups(rows: Rows, by: list[str], calls_of: Build) -> None:
    """Rates hold what a plain groupby of the ended calls holds, those of unknown ending aside."""
    calls = calls_of(rows)
    labelled = plain(calls, by)
    labelled["_outcome"] = labelled["_outcome"].mask(stuck(calls), "unknown")
    ended = labelled[labelled["_outcome"] != "in_progress"]
    marks = {"failed": "failed", "unknown": "unknown"}
    kinds = ended.assign(**{name: ended["_outcome"] == value for name, value in marks.items()})
    groups = kinds.assign(calls=~kinds["unknown"]).groupby(by)
    table = rates(calls, *by)
    for name in ("calls", *marks):
        sums = groups[name].sum()
        keys = [key if isinstance(key, tuple) else (key,) for key in sums.index]
        assert as_dict(table, by, name) == dict(zip(keys, sums, strict=True))
    expected = table["failed"] / table["calls"].where(table["calls"] > 0)
    pd.testing.assert_series_equal(table["rate"], expected, check_names=False)
    assert table[["calls", "unknown"]].sum().sum() + table.attrs["in_progress"] == len(calls)


@lawful
@given(rows=many, by=groupings, of=st.sampled_from(["failed", "not_reached", "retell", "error"]))
def test_intervals_hold_their_rates(rows: Rows, by: list[str], of: str, calls_of: Build) -> None:
    """Every rate lies within its interval, and every interval within 0 and 1."""
    table = rates(calls_of(rows), *by, of=of).dropna(subset="rate")
    ends = [np.zeros(len(table)), table["low"], table["rate"], table["high"], np.ones(len(table))]
    assert (np.diff(np.column_stack(ends), axis=1) >= 0).all()


@lawful
@given(rows=many, by=groupings)
def test_rates_are_ranked_by_the_near_end(rows: Rows, by: list[str], calls_of: Build) -> None:
    """Groups of enough calls come first, and within both parts the highest low end does."""
    table = rates(calls_of(rows), *by, tolerance=0.25)
    assert table["enough"].is_monotonic_decreasing
    for _, part in table.groupby("enough"):
        assert part["low"].dropna().is_monotonic_decreasing


@lawful
@given(rows=many, freq=frequencies, by=groupings, tz=zones)
def test_a_trend_holds_every_dated_call_once(
    rows: Rows, freq: str, by: list[str], tz: str, calls_of: Build
) -> None:
    """Calls of a trend sum to the dated calls, and shares to one in each period with calls."""
    calls = calls_of(rows)
    table = trend(calls, freq, *by, tz=tz)
    dated = int(calls["start_timestamp"].notna().sum())
    assert table["calls"].sum() == dated
    assert table.attrs["undated"] == len(calls) - dated
    shares = table.dropna(subset="share").groupby("period")["share"].sum()
    assert shares.tolist() == pytest.approx([1.0] * len(shares))


@lawful
@given(rows=many, freq=frequencies, by=groupings, tz=zones)
def test_a_trend_has_every_group_in_every_period(
    rows: Rows, freq: str, by: list[str], tz: str, calls_of: Build
) -> None:
    """Periods times groups is the number of rows, in order of time, without a gap."""
    table = trend(calls_of(rows), freq, *by, of="failed", tz=tz)
    sizes = table.groupby("period").size()
    assert sizes.min() == sizes.max() or table.empty
    assert table["period"].is_monotonic_increasing
    assert not table.duplicated(["period", *by]).any()
    assert table["failed"].le(table["calls"]).all()


@lawful
@given(rows=many, tz=zones)
def test_hours_are_always_168(rows: Rows, tz: str, calls_of: Build) -> None:
    """The hours of the week are all there and hold every dated call whose ending is known."""
    calls = calls_of(rows)
    table = hours(calls, tz=tz)
    outcome = word(calls, "outcome", REASONS).astype(object).mask(stuck(calls), "unknown")
    outcome = outcome[calls["start_timestamp"].notna()]
    assert len(table) == 168
    assert table["unknown"].sum() == outcome.eq("unknown").sum()
    assert table["calls"].sum() == (~outcome.isin(["in_progress", "unknown"])).sum()


@lawful
@given(rows=many)
def test_a_breakdown_holds_every_call_once(rows: Rows, calls_of: Build) -> None:
    """The calls of a breakdown sum to all calls, and the table's 29 reasons are there."""
    table = breakdown(calls_of(rows))
    assert table["calls"].sum() == len(rows)
    assert set(REASONS.index[REASONS["status_source"] == "table"]) <= set(table["reason"])
    assert not table.duplicated(["status", "reason"]).any()


@lawful
@given(rows=many)
def test_the_audit_counts_the_calls_behind_it(rows: Rows, calls_of: Build) -> None:
    """Each row of the audit has as many calls as `select` gives for it."""
    calls = calls_of(rows)
    table = audit(calls, now=NOW)
    found = [len(select(calls, trouble=trouble, now=NOW)) for trouble in table["trouble"]]
    assert table["calls"].tolist() == found
    assert table["calls"].gt(0).all()


@lawful
@given(rows=many, by=groupings, data=st.data())
def test_the_order_of_the_calls_does_not_matter(
    rows: Rows, by: list[str], data: st.DataObject, calls_of: Build
) -> None:
    """No table changes when the calls are shuffled."""
    calls = calls_of(rows)
    shuffled = calls.iloc[data.draw(st.permutations(range(len(calls))))]
    words = {
        "tally": lambda frame: tally(frame, *by),
        "rates": lambda frame: rates(frame, *by),
        "kpis": lambda frame: kpis(frame, *by),
        "trend": lambda frame: trend(frame, "D", *by, of="failed", tz="Europe/Berlin"),
        "hours": hours,
        "audit": lambda frame: audit(frame, now=NOW),
        "breakdown": breakdown,
        "summary": summary,
    }
    for table in words.values():
        one, other = table(calls), table(shuffled)
        pd.testing.assert_frame_equal(one, other)
        assert one.attrs == other.attrs


@lawful
@given(rows=many, by=groupings)
def test_key_figures_have_ends_around_their_values(
    rows: Rows, by: list[str], calls_of: Build
) -> None:
    """A key figure lies within its interval, and one of no calls is not a number."""
    table = kpis(calls_of(rows), *by)
    told = table.dropna(subset="low")
    assert (told["low"] <= told["value"]).all()
    assert (told["value"] <= told["high"]).all()
    shares = table[table["unit"] == "share"]
    assert shares["value"].isna().tolist() == shares["n"].fillna(0).eq(0).tolist()
