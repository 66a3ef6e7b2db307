"""Control charts of calls."""

from __future__ import annotations

import pandas as pd
import pytest

from retell_nb.tables.change.control_chart import control_chart
from tests.tables.change.made import START, days

HEALTHY = [18, 17, 20, 15, 19, 21, 16, 18, 17, 19, 18, 20, 16, 18]


def test_a_bad_day_is_out_and_the_others_are_in() -> None:
    """The day with three times the failures, on the high side, by the limits."""
    table = control_chart(days([*HEALTHY, 54, 18]))
    out = table[table["out"]]
    assert out["period"].tolist() == [START + pd.Timedelta("14D")]
    assert out[["side", "rule"]].to_numpy().tolist() == [["high", "beyond limits"]]
    assert table["failed"].tolist() == [*HEALTHY, 54, 18]
    assert not table.loc[14, "baseline"]


def test_redials_of_the_same_result_count_once() -> None:
    """Each failed dial is repeated four times within the day, and nothing changes but a note."""
    calls = days([*HEALTHY, 20])
    failed = calls[calls["disconnection_reason"].eq("dial_failed")]
    again = [
        failed.assign(start_timestamp=failed["start_timestamp"] + pd.Timedelta(minutes=i))
        for i in range(1, 5)
    ]
    table = control_chart(pd.concat([calls, *again], ignore_index=True))
    pd.testing.assert_frame_equal(table, control_chart(calls))
    assert table.attrs["redials"] == 4 * len(failed)


def test_every_group_has_a_chart_of_its_own() -> None:
    """A group's limits are those of its calls alone."""
    good, bad = days(HEALTHY), days([4 * n for n in HEALTHY]).assign(agent_id="agent_2")
    bad["to_number"] = bad["to_number"].str.replace("+1", "+44", regex=False)
    table = control_chart(pd.concat([good, bad], ignore_index=True), "D", "agent_id")
    alone = control_chart(good)
    assert table["agent_id"].tolist() == ["agent_1"] * 14 + ["agent_2"] * 14
    pd.testing.assert_frame_equal(table.iloc[:14][alone.columns], alone)
    assert not table["out"].any()


def test_a_baseline_says_what_is_usual() -> None:
    """Against the first week, the doubled rates of the two weeks after are out, though most."""
    calls = days([*HEALTHY[:7], *(2 * n for n in HEALTHY)])
    table = control_chart(calls, baseline=(START, START + pd.Timedelta("7D")))
    assert table["baseline"].tolist() == [True] * 7 + [False] * 14
    assert table.loc[7:, "out"].sum() >= 12
    assert not table.loc[:6, "out"].any()


def test_a_weekly_rhythm_is_expected() -> None:
    """Sundays of three times the rate are in, and out where the rhythm is not to be expected."""
    calls = days([54 if day % 7 == 6 else 18 for day in range(35)])
    sundays = control_chart(calls)["period"].dt.day_of_week.eq(6)
    assert not control_chart(calls)["out"].any()
    assert control_chart(calls, weekly=False).loc[sundays, "out"].all()


def test_hours_without_calls_have_no_rate() -> None:
    """They are rows all the same, neither in nor out."""
    calls = days([9, 9], people=48)
    calls = calls[calls["start_timestamp"].dt.hour.between(8, 17)]
    table = control_chart(calls, "h")
    empty = table["calls"].eq(0)
    assert empty.sum() == len(table) - calls["start_timestamp"].dt.floor("h").nunique()
    assert table.loc[empty, ["rate", "center", "high"]].isna().all(axis=None)
    assert not table.loc[empty, "out"].any()


def test_no_calls_make_an_empty_chart() -> None:
    """With all columns."""
    table = control_chart(days([5]).iloc[:0])
    assert table.empty
    assert {"period", "failed", "rule", "kind"} <= set(table.columns)


@pytest.mark.parametrize("baseline", ["2026-03-02", ("2026-03-02",), ("2025-01-01", "2025-02-01")])
def test_a_baseline_that_is_no_span_of_the_calls_is_an_error(baseline: object) -> None:
    """The message says what to give."""
    with pytest.raises(ValueError, match="give"):
        control_chart(days(HEALTHY), baseline=baseline)
