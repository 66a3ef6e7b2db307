"""What repeats an ending with the same person is no new evidence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.calls.repeats import WITHIN, people, repeats

REASONS = ["dial_busy", "dial_failed", "user_hangup", None]
NUMBERS = ["+14155550100", "+442079460958", "anonymous", None]
START = pd.Timestamp("2026-03-02T10:00Z")

rows = st.lists(
    st.tuples(
        st.sampled_from(REASONS),
        st.sampled_from(NUMBERS),
        st.sampled_from(["inbound", "outbound", None]),
        st.integers(0, 100) | st.none(),
    ),
    max_size=30,
)


def frame(records: list[tuple[str | None, str | None, str | None, int | None]]) -> pd.DataFrame:
    columns = ["disconnection_reason", "to_number", "direction", "hours"]
    calls = pd.DataFrame(records, columns=columns, dtype=object)
    hours = pd.to_numeric(calls.pop("hours")) * pd.Timedelta("1h")
    return calls.assign(
        from_number=calls["to_number"],
        start_timestamp=(START + hours).astype(pd.DatetimeTZDtype("ms", "UTC")),
        call_type="phone_call",
        call_status="ended",
    )


def slowly(calls: pd.DataFrame) -> list[bool]:
    """Go through the calls in order of time, and keep when each piece began."""
    who, again, began = people(calls), [False] * len(calls), {}
    order = calls["start_timestamp"].array.argsort(kind="stable")
    for place in order[calls["start_timestamp"].iloc[order].notna().to_numpy()]:
        call = calls.iloc[place]
        if call["disconnection_reason"] == "user_hangup" or not who[place]:
            continue
        piece = who[place], call["disconnection_reason"] or ""
        first = began.get(piece)
        again[place] = first is not None and call["start_timestamp"] - first <= WITHIN
        if not again[place]:
            began[piece] = call["start_timestamp"]
    return again


@given(rows)
def test_a_repeat_is_what_looking_back_from_each_call_finds(
    records: list[tuple[str | None, str | None, str | None, int | None]],
) -> None:
    """Sorted at once and looked up one by one, the same calls repeat an ending."""
    calls = frame(records)
    assert repeats(calls).tolist() == slowly(calls)


@pytest.mark.parametrize("lacking", ["start_timestamp", "to_number", "direction"])
def test_without_what_tells_people_apart_nothing_is_a_repeat(lacking: str) -> None:
    """Evidence is left out only where it is known to be the same."""
    calls = frame([("user_hangup", NUMBERS[0], "outbound", 1)] * 3).drop(columns=lacking)
    assert not repeats(calls).any()


def healthy(seed: int, calls: int = 3_000) -> pd.DataFrame:
    """Return calls in which one dial in fifty fails, by chance alone."""
    dice = np.random.default_rng(seed)
    failed = dice.random(calls) < 0.02
    minutes = dice.integers(0, 14 * 24 * 60, calls)
    return rn.as_calls(
        pd.DataFrame(
            {
                "call_id": [f"call_{number}" for number in range(calls)],
                "disconnection_reason": pd.Series(failed).map(
                    {True: "invalid_destination", False: "user_hangup"}
                ),
                "call_status": "ended",
                "call_type": "phone_call",
                "direction": "outbound",
                "agent_id": dice.choice(["agent_a", "agent_b", "agent_c"], calls),
                "agent_version": 1,
                "from_number": dice.choice([f"+1303555010{n}" for n in range(8)], calls),
                "to_number": [f"+1415555{number:04}" for number in dice.permutation(calls)],
                "start_timestamp": START + pd.to_timedelta(minutes, "min"),
            }
        )
    )


def with_redials(calls: pd.DataFrame, times: int) -> pd.DataFrame:
    """Return the calls with every failure dialed again from the same number, in vain."""
    failed = calls[calls["disconnection_reason"] == "invalid_destination"]
    again = [
        failed.assign(
            call_id=failed["call_id"] + f"_{time}",
            start_timestamp=failed["start_timestamp"] + pd.Timedelta(20 * time, "min"),
        )
        for time in range(1, times)
    ]
    return pd.concat([calls, *again], ignore_index=True)


@pytest.mark.parametrize("seed", range(4))
def test_redials_of_dead_numbers_are_no_segment_and_no_outage(seed: int) -> None:
    """Failures that are dialed again and again raise no finding that the first ones do not."""
    calls = with_redials(healthy(seed), 6)
    found = calls.retell.findings()
    assert not [where for where in found["where"] if where not in ("everywhere", "outbound calls")]
    assert calls.retell.outages(of="bad_number").empty


def test_a_finding_says_how_many_people_are_behind_it() -> None:
    """Twelve dials of each of thirty dead numbers are thirty people."""
    calls = healthy(1)
    dead = calls["from_number"].eq("+13035550100") & (calls.index < 800)
    calls.loc[dead, "disconnection_reason"] = "invalid_destination"
    row = with_redials(calls, 3).retell.findings().iloc[0]
    assert row["people"] * 3 == row["calls"]
    assert f"with {row['people']} people" in row["evidence"]
