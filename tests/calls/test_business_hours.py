"""Business hours as a grouping: the clock of their zone, nights, days and holidays."""

from __future__ import annotations

import pandas as pd
import pytest

import retell_nb as rn


def calls_at(*times: str | None) -> pd.DataFrame:
    start = pd.Series(pd.to_datetime([*times], utc=True, format="ISO8601")).astype(
        pd.DatetimeTZDtype("ms", "UTC")
    )
    return pd.DataFrame({"disconnection_reason": "dial_failed", "start_timestamp": start})


@pytest.mark.parametrize(
    ("hours", "days", "tz", "time", "is_open"),
    [
        ("09:00-17:00", "Mon-Fri", "UTC", "2026-03-02T09:00Z", True),
        ("09:00-17:00", "Mon-Fri", "UTC", "2026-03-02T17:00Z", False),
        ("9-17", "Mon-Fri", "UTC", "2026-03-07T10:00Z", False),
        ("09:00-17:00", "daily", "UTC", "2026-03-07T10:00Z", True),
        ("09:00-17:00", "Mon-Fri", "America/New_York", "2026-03-06T13:59Z", False),
        ("09:00-17:00", "Mon-Fri", "America/New_York", "2026-03-09T13:00Z", True),  # summer time
        ("09:00-12:00, 13:00-17:00", "Mon-Fri", "UTC", "2026-03-02T12:30Z", False),
        ("22:00-06:00", "Fri", "UTC", "2026-03-07T05:59Z", True),
        ("22:00-06:00", "Fri", "UTC", "2026-03-06T05:59Z", False),
        ("00:00-24:00", "Sat-Mon", "UTC", "2026-03-02T23:59Z", True),
        ("09:00-17:00", "Monday, Wed", "UTC", "2026-03-03T10:00Z", False),
        ("09:00-17:00", "daily", "UTC", "2026-12-25T10:00Z", False),
        ("22:00-06:00", "daily", "UTC", "2026-12-26T05:00Z", False),
    ],
)
def test_a_call_is_in_business_hours_by_the_clock_of_their_zone(
    hours: str, days: str, tz: str, time: str, is_open: object
) -> None:
    """From the first minute and before the last; a night belongs to the day on which it begins."""
    group = rn.business_hours(hours, days=days, tz=tz, closed=["2026-12-25"])
    assert (group(calls_at(time))[0] == "business hours") == is_open


def test_they_group_a_table_and_say_nothing_of_calls_without_a_time() -> None:
    """As any other column does, beside words and in every table that groups."""
    calls = calls_at("2026-03-02T10:00Z", "2026-03-02T20:00Z", None)
    hours = rn.business_hours("09:00-17:00")
    table = calls.retell.rates(hours)
    assert table["business_hours"].astype(object).fillna("?").tolist() == [
        "business hours", "after hours", "?",
    ]  # fmt: skip
    assert table["calls"].tolist() == [1, 1, 1]
    assert "business_hours" in calls.retell.tally("outcome", hours).columns
    assert calls[hours(calls) == "after hours"].index.tolist() == [1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hours": "9 to 5"}, r"hours='9 to 5' cannot be read; give hours such as"),
        ({"hours": None}, r"hours=None cannot be read; give hours such as"),
        ({"hours": "09:00-25:00"}, "hours="),
        ({"hours": "09:75-10:00"}, "hours="),
        ({"days": "Mo-Fr"}, r"days='Mo-Fr' cannot be read; give days such as"),
        ({"days": "Mon-Wed-Fri"}, "days="),
        ({"tz": "Mars"}, "not a time zone"),
        ({"closed": ["Christmas"]}, "holds what is no date"),
    ],
)
def test_what_cannot_be_read_is_an_error_that_shows_how(
    arguments: dict[str, str], message: str
) -> None:
    """Hours, days, dates and the zone."""
    with pytest.raises(ValueError, match=message):
        rn.business_hours(**arguments)
