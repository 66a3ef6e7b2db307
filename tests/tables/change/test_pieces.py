"""Pieces of evidence: redials of one person that end alike within a day."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from retell_nb.tables.change.pieces import first_of_piece
from retell_nb.vocabulary.reasons import REASONS

DIALS = st.lists(
    st.tuples(
        st.sampled_from(["inbound", "outbound"]),
        st.sampled_from(["+14155550100", "+14155550101", "anonymous"]),
        st.sampled_from(["dial_busy", "user_hangup", None]),
        st.one_of(st.none(), st.integers(0, 120)),
    ),
    max_size=30,
)


def frame(dials: list[tuple[str, str, str | None, int | None]]) -> pd.DataFrame:
    hours = pd.Series([hour for *_, hour in dials], dtype="Int64")
    times = pd.Timestamp("2026-03-02", tz="UTC") + pd.to_timedelta(hours, unit="h")
    theirs = [number for _, number, _, _ in dials]
    inbound = [direction == "inbound" for direction, *_ in dials]
    return pd.DataFrame(
        {
            "direction": pd.Series([direction for direction, *_ in dials], dtype=object),
            "from_number": [
                t if i else "+14155550199" for t, i in zip(theirs, inbound, strict=True)
            ],
            "to_number": ["+14155550199" if i else t for t, i in zip(theirs, inbound, strict=True)],
            "disconnection_reason": pd.Series([reason for *_, reason, _ in dials], dtype=object),
            "start_timestamp": pd.Series(times, dtype="datetime64[ms, UTC]"),
        }
    )


@settings(max_examples=80, deadline=None)
@given(DIALS)
def test_a_piece_begins_a_day_after_the_one_before(
    dials: list[tuple[str, str, str | None, int | None]],
) -> None:
    """As one person's calls are gone through one by one, each is compared with the last first."""
    expected, begun = [True] * len(dials), {}
    for place in sorted(range(len(dials)), key=lambda one: (dials[one][3] or 0, one)):
        _, number, reason, hour = dials[place]
        if number == "anonymous" or hour is None:
            continue
        last = begun.get((number, reason))
        expected[place] = last is None or hour - last > 24
        if expected[place]:
            begun[number, reason] = hour
    assert first_of_piece(frame(dials), REASONS).tolist() == expected


def test_without_numbers_every_call_is_a_piece() -> None:
    """A frame of reasons and times alone is counted call by call."""
    calls = frame([("outbound", "+14155550100", "dial_busy", 1)] * 3)
    calls = calls[["disconnection_reason", "start_timestamp"]]
    assert first_of_piece(calls, REASONS).tolist() == [True] * 3
