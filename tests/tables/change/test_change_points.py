"""Change points of calls, and what began then."""

from __future__ import annotations

import pandas as pd
import pytest

from retell_nb.engine.intervals import wilson
from retell_nb.tables.change.change_points import change_points
from tests.tables.change.made import START, days

ROSE = [18, 17, 20, 15, 19, 21, 16, 18, 17, 19, *[40, 42, 39, 41, 38, 43, 40, 41, 39, 40]]
"""Failures of days; from the eleventh on another version of the agent takes the calls."""


def test_a_change_comes_with_rates_and_with_the_version_that_began() -> None:
    """To the day, from 6 to 13.4%, with the first calls of version 7."""
    table = change_points(days(ROSE), freq="D")
    row = table.iloc[0]
    assert len(table) == 1
    assert row["time"] == START + pd.Timedelta("10D")
    assert (row["calls_before"], row["calls"]) == (3_000, 3_000)
    assert (row["rate_before"], row["rate"]) == (180 / 3_000, 403 / 3_000)
    assert row["low"] < row["change"] == row["rate"] - row["rate_before"] < row["high"]
    for side, hits in (("rate_before", 180), ("rate", 403)):
        ends = [row[f"{side}_{end}"] for end in ("low", "high")]
        assert ends == pytest.approx([float(end) for end in wilson(hits, 3_000)])
    assert table.attrs["of"] == "failed"
    assert row["began"] == "first calls of version 7 of agent_1"
    assert row["p"] < 1e-9


def test_the_time_is_told_to_the_hour_where_the_span_is_short() -> None:
    """Up to sixty days the periods are hours, and the interval holds the true one."""
    row = change_points(days(ROSE)).iloc[0]
    true = START + pd.Timedelta("10D")
    assert row["earliest"] <= true <= row["latest"]
    assert row["latest"] - row["earliest"] < pd.Timedelta("2D")


def test_events_of_the_time_are_named() -> None:
    """In order, between earliest and latest; those before and after are not."""
    events = pd.DataFrame(
        {
            "time": ["2026-03-12 15:00", "2026-03-12T14:00+01:00", "2026-03-10", "2026-03-20"],
            "text": ["New trunk", "Prompt edited", "Too early", "Too late"],
        }
    )
    began = change_points(days(ROSE), freq="D", events=events)["began"].iloc[0]
    assert began == "first calls of version 7 of agent_1; Prompt edited; New trunk"


def test_events_without_a_text_are_an_error() -> None:
    """The message names the column."""
    with pytest.raises(ValueError, match="events lacks the columns text"):
        change_points(days(ROSE), events=pd.DataFrame({"time": ["2026-03-12"]}))


def test_a_weekly_rhythm_is_no_change_and_hides_none() -> None:
    """Sundays of twice the rate; then all rates double in the fifth week."""
    usual = [36 if day % 7 == 6 else 18 for day in range(28)]
    assert change_points(days(usual), freq="D").empty
    table = change_points(days([*usual, *(2 * n for n in usual)]), freq="D")
    assert table["time"].tolist() == [START + pd.Timedelta("28D")]


def test_every_group_has_its_own_changes() -> None:
    """Only the agent whose rate rose is in the table."""
    steady = days([18] * 20).assign(agent_id="agent_2", agent_version=1)
    steady["to_number"] = steady["to_number"].str.replace("+1", "+44", regex=False)
    calls = pd.concat([days(ROSE), steady], ignore_index=True)
    assert change_points(calls, "agent_id", freq="D")["agent_id"].tolist() == ["agent_1"]


def test_no_calls_have_no_changes() -> None:
    """The table is empty, with all columns."""
    table = change_points(days(ROSE).iloc[:0])
    assert table.empty
    assert {"time", "rate_before", "began"} <= set(table.columns)


@pytest.mark.parametrize(
    "events",
    [
        "events.csv",
        {"2026-03-02": "New trunk"},
        [("2026-03-02", "New trunk")],
        pd.Series(["New trunk"], index=["2026-03-02"]),
        pd.DataFrame(),
        pd.DataFrame([["2026-03-02", "a", "b"]], columns=["time", "text", "text"]),
        pd.DataFrame({"time": [1772460180000], "text": ["a"]}),
        pd.DataFrame({"time": [""], "text": ["a"]}),
    ],
)
def test_events_of_another_shape_are_refused_with_the_cure(events: object) -> None:
    """A number of unknown unit is no time either: it would be lost in 1970."""
    with pytest.raises(ValueError, match=r"time and a text|time and text|is no time") as refusal:
        change_points(days(ROSE), freq="D", events=events)  # type: ignore[arg-type]
    assert "object has no attribute" not in str(refusal.value)


def test_events_may_be_dicts_and_those_without_a_time_began_nothing() -> None:
    events = [
        {"time": START + pd.Timedelta("10D"), "text": "New trunk"},
        {"time": None, "text": "Some day"},
    ]
    for given in (events, pd.DataFrame(events)):
        began = change_points(days(ROSE), freq="D", events=given).iloc[0]["began"]  # type: ignore[arg-type]
        assert "New trunk" in began
        assert "Some day" not in began
    assert len(change_points(days(ROSE), freq="D", events=[])) == 1  # type: ignore[arg-type]
