"""Lines of calls that have gone quiet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retell_nb.tables.change.silence import silence

NUMBERS = [f"+1415555{n:04d}" for n in range(4)]
START, END = pd.Timestamp("2026-01-05", tz="UTC"), pd.Timestamp("2026-02-28", tz="UTC")


def inbound(dark: dict[str, str] | None = None) -> pd.DataFrame:
    """Calls to four numbers, about fifteen on a working day; from a time on none to some."""
    rng = np.random.default_rng(3)
    hours = pd.date_range(START, END, freq="h", inclusive="left")
    hours = hours[(hours.hour >= 8) & (hours.hour < 18) & (hours.day_of_week < 5)]
    parts = []
    for number in NUMBERS:
        times = hours.repeat(rng.poisson(1.5, len(hours)))
        times = times + pd.to_timedelta(rng.integers(0, 3_600, len(times)), unit="s")
        times = times[times < pd.Timestamp((dark or {}).get(number, END))]
        parts.append(pd.DataFrame({"start_timestamp": times.as_unit("ms"), "to_number": number}))
    calls = pd.concat(parts, ignore_index=True)
    return calls.assign(
        direction="inbound",
        call_type="phone_call",
        from_number=[f"+1212{n:07d}" for n in range(len(calls))],
        agent_id="agent_1",
        disconnection_reason="user_hangup",
    )


def test_a_number_that_nobody_reaches_is_silent_the_same_day() -> None:
    """The called number first, with since when and what was expected; its agent is calling."""
    calls = inbound({NUMBERS[1]: "2026-02-26T00:00Z"})
    table = silence(calls, now="2026-02-26 18:00")
    first = table.iloc[0]
    assert first[["kind", "line", "state"]].tolist() == ["called number", NUMBERS[1], "silent"]
    assert pd.Timestamp("2026-02-25T10:00Z") < first["since"] <= pd.Timestamp("2026-02-26T08:00Z")
    assert first["expected"] == pytest.approx(15, rel=0.3)
    assert table.loc[1:, "state"].eq("calling").all()
    assert table["kind"].value_counts().to_dict() == {"called number": 4, "agent": 1}
    assert not table.attrs["all_silent"]


def test_a_number_and_the_agent_that_it_alone_reaches_are_one_incident() -> None:
    """One dead line is told once, whatever else goes silent at another time."""
    calls = inbound({NUMBERS[1]: "2026-02-26T00:00Z", NUMBERS[3]: "2026-02-24T00:00Z"})
    agents = dict(zip(NUMBERS, ["agent_1", "agent_2", "agent_1", "agent_1"], strict=True))
    table = silence(calls.assign(agent_id=calls["to_number"].map(agents)), now="2026-02-26 18:00")
    silent = table[table["state"].eq("silent")].set_index("line")["incident"]
    assert {*silent.index} == {NUMBERS[1], NUMBERS[3], "agent_2"}
    assert silent[NUMBERS[1]] == silent["agent_2"] != silent[NUMBERS[3]]


def test_healthy_lines_are_calling() -> None:
    """At the end of a working day, and on the Sunday after."""
    calls = inbound()
    for now in ("2026-02-26 18:00", "2026-02-22 12:00"):
        table = silence(calls, now=now)
        assert table["state"].eq("calling").all()
        assert table["incident"].isna().all()


def test_all_lines_silent_are_one_incident_and_the_end_of_the_data() -> None:
    """Nothing comes any more on any line."""
    calls = inbound(dict.fromkeys(NUMBERS, "2026-02-24T12:00Z"))
    table = silence(calls, "to_number", now="2026-02-26 18:00")
    assert table["state"].eq("silent").all()
    assert table["incident"].eq(table["incident"].iloc[0]).all()
    assert table.attrs["all_silent"]


def test_without_now_the_last_call_is_the_end() -> None:
    """What ends for all lines at once is then the end of the data, and no line is silent."""
    calls = inbound(dict.fromkeys(NUMBERS, "2026-02-24T12:00Z"))
    table = silence(calls)
    assert table["state"].eq("calling").all()
    assert table.attrs["now"] == calls["start_timestamp"].max().floor("h")


def test_the_window_of_the_calls_is_taken_for_now() -> None:
    """The calls are known to be complete up to its end."""
    calls = inbound({NUMBERS[1]: "2026-02-24T00:00Z"})
    calls.attrs["window"] = (START, pd.Timestamp("2026-02-25T18:00Z"))
    assert silence(calls).attrs["now"] == pd.Timestamp("2026-02-25T18:00Z")


def test_rare_and_new_numbers_are_told_apart_from_silent_ones() -> None:
    """A number of three calls is too quiet, one of the last week too new."""
    calls = inbound()
    rare = calls.iloc[:3].assign(to_number="+14155550777")
    late = calls[calls["start_timestamp"] >= "2026-02-20"].assign(to_number="+14155550888")
    table = silence(pd.concat([calls, rare, late], ignore_index=True), now="2026-02-28")
    states = table[table["kind"].eq("called number")].set_index("line")["state"]
    assert states["+14155550777"] == "too quiet"
    assert states["+14155550888"] == "too new"


def test_no_calls_have_no_lines() -> None:
    """The table is empty, with all columns."""
    table = silence(inbound().iloc[:0])
    assert table.empty
    assert {"kind", "line", "state", "since", "incident"} <= set(table.columns)


def test_calls_without_anything_to_tell_lines_apart_are_an_error() -> None:
    """The message says what to give."""
    with pytest.raises(ValueError, match="Say what makes a line"):
        silence(inbound()[["start_timestamp", "disconnection_reason"]])
