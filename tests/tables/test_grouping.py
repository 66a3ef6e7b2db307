"""What a table word may be asked for, and what it says to a wrong question."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import TypeAlias

import pandas as pd
import pytest

from retell_nb import tables
from retell_nb.calls.facts import when
from retell_nb.calls.sample.world import sample_calls
from retell_nb.engine.periods import local
from retell_nb.grouping import keys, matches, word
from retell_nb.tables.callees.attempts import attempts
from retell_nb.tables.capacity.concurrency import concurrency
from retell_nb.tables.costs import costs
from retell_nb.tables.kpis import kpis
from retell_nb.tables.outages.llm_server import llm_server
from retell_nb.tables.rates import rates, tally
from retell_nb.tables.time_limits.limits import limits
from retell_nb.tables.trend import trend
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS

Build: TypeAlias = Callable[..., pd.DataFrame]


def test_a_word_goes_before_a_column_of_its_name(calls_for: Build) -> None:
    """Grouping by `owner` means the column word, even if the calls have such a column."""
    calls = calls_for("dial_failed").assign(owner="Mr. Bell")
    assert tally(calls, "owner")["owner"].tolist() == ["number"]
    assert tally(calls, calls["owner"])["owner"].tolist() == ["Mr. Bell"]


def test_a_series_groups_if_it_has_the_index_of_the_calls(calls_for: Build) -> None:
    """A Series with another index is refused, with what to do about it."""
    calls = calls_for("dial_failed", "user_hangup")
    long = pd.Series([True, False], name="long")
    assert tally(calls, long)["long"].tolist() == [False, True]
    with pytest.raises(ValueError, match=r"another index than the calls \(2\).*reindex"):
        tally(calls, long.set_axis([7, 8]))


def test_a_series_without_a_name_is_called_group(calls_for: Build) -> None:
    """A nameless Series gets a name for its column."""
    assert "group" in tally(calls_for("dial_busy"), pd.Series([1])).columns


def test_an_unknown_column_lists_the_columns_and_the_words(calls_for: Build) -> None:
    """The message holds what was given, every column and every word."""
    with pytest.raises(ValueError, match=r"'agent_ids'.*reason, status.*agent_id, .*Series"):
        tally(calls_for("dial_busy"), "agent_ids")
    with pytest.raises(ValueError, match="Did you mean 'owner'"):
        tally(calls_for("dial_busy"), "ownr")
    with pytest.raises(ValueError, match="one by one"):
        tally(calls_for("dial_busy"), ["agent_id", "owner"])  # type: ignore[arg-type]


def test_the_clock_groups_in_the_time_zone(calls_for: Build) -> None:
    """Hour, weekday, day and week are those that the clocks of `tz` show."""
    times = pd.to_datetime(["2026-03-29T22:30Z", "2026-03-30T10:00Z"])
    calls = calls_for("dial_busy", "dial_busy").assign(start_timestamp=times)

    def cells(by: str, tz: str) -> list[object]:
        (key,) = keys(calls, [by], REASONS, tz=tz)
        return key.levels.iloc[key.codes].tolist()

    local = times.tz_convert("Europe/Berlin")
    assert cells("hour", "Europe/Berlin") == local.hour.tolist() == [0, 12]
    assert cells("weekday", "Europe/Berlin") == local.day_of_week.tolist() == [0, 0]
    assert cells("day", "Europe/Berlin") == local.normalize().tolist()
    assert cells("week", "UTC") == [
        pd.Timestamp(day, tz="UTC") for day in ("2026-03-23", "2026-03-30")
    ]
    assert cells("weekday", "UTC") == [6, 0]


@pytest.mark.parametrize(
    "word",
    [attempts, concurrency, costs, kpis, limits, llm_server, rates, tally, trend],
    ids=lambda word: word.__name__,
)
def test_every_word_that_groups_knows_the_time_zone(word: Callable[..., pd.DataFrame]) -> None:
    """The hours of a table are those of `tz`: India is half an hour beside the full one."""
    calls = sample_calls(300, seed=5)
    freq = ("D",) if word in (concurrency, trend) else ()
    table = word(calls, *freq, "hour", tz="Asia/Kolkata")
    local = calls.retell.when.dt.tz_convert("Asia/Kolkata").dt.hour
    assert set(table["hour"].dropna()) <= set(local.dropna())
    assert len(table) > 0
    assert not table.equals(word(calls, *freq, "hour"))


def test_an_agent_is_keyed_by_id_and_shown_by_name(calls_for: Build) -> None:
    """Two agents of one name stay two, and an id without a name stands for itself."""
    calls = calls_for(*["dial_busy"] * 4).assign(
        agent_id=["agent_000001", "agent_000002", "agent_3", "agent_3"],
        agent_name=["Ann", "Ann", None, "Ben"],
    )
    assert tally(calls, "agent")["agent"].tolist() == ["Ben", "Ann (000001)", "Ann (000002)"]
    assert tally(calls, "agent")["calls"].tolist() == [2, 1, 1]
    nameless = tally(calls.drop(columns="agent_name"), "agent")
    assert set(nameless["agent"]) == {"agent_000001", "agent_000002", "agent_3"}


def test_a_version_is_one_of_an_agent(calls_for: Build) -> None:
    """Version 1 of two agents is two groups, whether or not the agent is asked for too."""
    calls = calls_for("dial_busy", "dial_busy").assign(agent_id=["a", "b"], agent_version=[1, 1])
    for by in (("version",), ("agent", "version")):
        table = tally(calls, *by)
        assert table.columns.tolist() == ["agent", "version", "calls", "share"]
        assert table[["agent", "version"]].to_numpy().tolist() == [["a", 1], ["b", 1]]


def test_a_function_and_a_grouper_group(calls_for: Build) -> None:
    """What a function of the calls returns, and what pandas calls a Grouper, are columns too."""
    times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-01T11:00Z", "2026-03-02T10:00Z"])
    calls = calls_for(*["dial_busy"] * 3).assign(start_timestamp=times, duration_ms=[1, 2, 3])

    def long(calls: pd.DataFrame) -> pd.Series:  # type: ignore[type-arg]
        return (calls["duration_ms"] > 1).rename(None)

    assert tally(calls, long)[["long", "calls"]].to_numpy().tolist() == [[True, 2], [False, 1]]
    assert "group" in tally(calls, lambda calls: calls["duration_ms"].to_numpy()).columns
    daily = tally(calls, pd.Grouper(key="start_timestamp", freq="D"))
    assert daily["start_timestamp"].tolist() == [*times.normalize().unique()]
    assert daily["calls"].tolist() == [2, 1]


def test_a_dimension_goes_before_a_column_of_its_name(calls_for: Build) -> None:
    """An own column `country` is reached as a Series, or where the calls cannot tell one."""
    calls = calls_for("dial_busy").assign(to_number="+442079460999", country="own")
    assert tally(calls, "country")["country"].tolist() == ["GB"]
    assert tally(calls, calls["country"])["country"].tolist() == ["own"]
    assert tally(calls.drop(columns="to_number"), "country")["country"].tolist() == ["own"]
    with pytest.raises(ValueError, match="lack the column to_number"):
        tally(calls.drop(columns=["to_number", "country"]), "country")


@pytest.mark.parametrize("by", [("owner", "owner"), (pd.Series([1], name="calls"),)])
def test_two_columns_of_one_name_are_refused(by: tuple[str, ...], calls_for: Build) -> None:
    """A table never has two columns of the same name."""
    with pytest.raises(ValueError, match="several columns of the name"):
        tally(calls_for("dial_busy"), *by)


def test_a_frame_without_reasons_is_refused() -> None:
    """Calls without a column of reasons get the message that says how to bring them into form."""
    with pytest.raises(ValueError, match=r"lack the column disconnection_reason.*as_calls"):
        tally(pd.DataFrame({"agent_id": ["a"]}), "outcome")


@pytest.mark.parametrize(
    ("of", "hit"),
    [
        ("failed", [True, False, False, True]),
        ("machine", [False, True, False, False]),
        ("llm_server", [True, False, False, False]),
        ("backend", [True, False, False, False]),
        ("not_connected", [False, False, False, True]),
        ("dial_failed", [False, False, False, True]),
        ("Dial failed", [False, False, False, True]),
        ("unknown", [False, False, True, False]),
        ("brand_new", [False, False, True, False]),
    ],
)
def test_hits_are_found_by_any_word(of: str, hit: list[bool], calls_for: Build) -> None:
    """An outcome, a category, an owner, a status and a reason all say which calls to count."""
    calls = calls_for("error_llm_websocket_open", "ivr_reached", "brand_new", "dial_failed")
    found, name = matches(calls, of, REASONS)
    assert found.tolist() == hit
    assert name == of.lower().replace(" ", "_")


@pytest.mark.parametrize("of", ["client", "trunk"])
def test_an_ambiguous_value_says_how_to_be_clear(of: str, calls_for: Build) -> None:
    """A value that is a category and an owner of different calls is not guessed."""
    with pytest.raises(ValueError, match=rf"category and owner.*calls.retell.owner == '{of}'"):
        rates(calls_for("dial_failed"), of=of)


def test_an_unknown_value_lists_the_allowed(calls_for: Build) -> None:
    """The message lists outcomes, categories, owners and statuses."""
    with pytest.raises(ValueError, match=r"'broken' is no kind of call.*llm_server.*timed_out"):
        rates(calls_for("dial_failed"), of="broken")
    with pytest.raises(ValueError, match="'missing' is no kind of call"):
        rates(calls_for("dial_failed"), of="missing")


def test_calls_in_progress_have_no_rate(calls_for: Build) -> None:
    """Asking for the rate of calls in progress is refused, as they are never counted in one."""
    with pytest.raises(ValueError, match="calls in progress are never counted"):
        rates(calls_for("dial_failed"), of="in_progress")


def test_a_series_of_booleans_counts_missing_values_as_no(calls_for: Build) -> None:
    """NA in a Series of booleans is no hit, and a Series of anything else is refused."""
    calls = calls_for("dial_failed", "user_hangup", "user_hangup")
    short = pd.Series([True, None, False], dtype="boolean", name="short")
    assert matches(calls, short, REASONS)[0].tolist() == [True, False, False]
    with pytest.raises(ValueError, match="holds int64, not booleans"):
        rates(calls, of=pd.Series([1, 0, 1]))


def test_the_count_bears_the_name_of_what_it_counts(calls_for: Build) -> None:
    """The column is named after `of`, or the Series, or is called hits."""
    calls = calls_for("dial_failed", "user_hangup")
    flags = pd.Series([True, False])
    assert "failed" in rates(calls).columns
    assert "short" in rates(calls, of=flags.rename("short")).columns
    assert "hits" in rates(calls, of=flags).columns
    assert "hits" in rates(calls, of=flags.rename("rate")).columns
    assert "hits" in rates(calls, "owner", of=word(calls, "owner", REASONS) == "number").columns


def test_a_vocabulary_of_ones_own_decides(calls_for: Build) -> None:
    """With `reasons=` the same calls have other outcomes."""
    mine = REASONS.copy()
    mine.loc["inactivity", "outcome"] = "failed"
    calls = calls_for("inactivity", "user_hangup")
    assert rates(calls)["failed"].tolist() == [0]
    assert rates(calls, reasons=mine)["failed"].tolist() == [1]
    assert tally(calls, "outcome", reasons=mine)["outcome"].dtype == OUTCOMES_DTYPE


OUTCOMES_DTYPE = pd.CategoricalDtype(OUTCOMES.index.tolist(), ordered=True)


WITH_ZONE = [
    word
    for word in tables.__all__
    if {"by", "tz"} <= {*signature(getattr(tables, word)).parameters} and word != "decompose"
]
PERIODS = {"concurrency": ["D"], "control_chart": ["D"], "trend": ["D"]}


@pytest.mark.parametrize("word", WITH_ZONE)
def test_weekdays_are_those_of_the_zone_that_a_word_is_given(word: str) -> None:
    """`weekday` in a zone groups as a Series of that zone's weekdays does."""
    calls, zone = sample_calls(1_500, seed=3), "Asia/Kolkata"
    weekday = local(when(calls), zone).dt.day_of_week.rename("weekday")
    table, expected = (
        getattr(tables, word)(calls, *PERIODS.get(word, []), by, tz=zone)
        for by in ("weekday", weekday)
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False, check_categorical=False)
