"""Chains of attempts, and the keys and the order they are made of."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.calls.outbound import outbound
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.engine import order, threads
from retell_nb.tables.callees import attempts
from retell_nb.tables.callees.attempts import chains as chains_of
from retell_nb.vocabulary.reasons import REASONS

Build: TypeAlias = Callable[..., pd.DataFrame]

ALICE, BORIS = "+14155552671", "+4930123456"
OUT = {"direction": "outbound", "call_type": "phone_call"}
GAP = pd.Timedelta("24h")
STRANGE = ("anonymous", "+049301234", "4155552671", "+41 5", "+0x1F23456", "+1 415 5552671")
NUMBERS = (ALICE, BORIS, *STRANGE, None, "")
NOBODY = (None, "", "anonymous")
ALICE_TOO = "+1 415 5552671"


def dials(
    calls_of: Build, *rows: tuple[str | None, str | None, str | None], **more: str
) -> pd.DataFrame:
    """Outbound calls from (callee, time in March 2026, reason)."""
    return calls_of(
        [
            OUT
            | {"to_number": callee, "disconnection_reason": reason}
            | {"start_timestamp": at and f"2026-03-{at}Z", **more}
            for callee, at, reason in rows
        ]
    )


def chains(calls: pd.DataFrame, gap: str = "24h") -> pd.DataFrame:
    """The chains of outbound phone calls, by Retell's own reasons."""
    return chains_of(calls, outbound(calls, REASONS), gap)


def slowly(calls: pd.DataFrame, gap: pd.Timedelta) -> pd.DataFrame:
    """The same as `chains`, call by call."""
    said: dict[int, tuple[int, object, object]] = {}
    before: dict[str, tuple[int, pd.Timestamp, object]] = {}
    people = calls["to_number"].replace(ALICE_TOO, ALICE)
    told = calls.assign(to_number=people)[~people.isin(NOBODY) & calls["start_timestamp"].notna()]
    for row in told.sort_values("start_timestamp", kind="stable").itertuples():
        number, at, reason = before.get(row.to_number, (0, None, None))
        linked = at is not None and row.start_timestamp - at <= gap
        attempt = number + 1 if linked else 1
        since = row.start_timestamp - at if linked else pd.NaT
        said[row.Index] = (attempt, reason if linked else None, since)
        before[row.to_number] = (attempt, row.start_timestamp, row.disconnection_reason)
    columns = ["attempt", "previous_reason", "since_previous"]
    return pd.DataFrame.from_dict(said, orient="index", columns=columns).reindex(calls.index)


def test_a_chain_breaks_where_the_gap_is_too_long(calls_of: Build) -> None:
    """Attempts count up within a chain and begin anew after more than the gap, not at the gap."""
    calls = dials(
        calls_of,
        (ALICE, "02T10:00", "dial_busy"),
        (ALICE, "03T10:00", "Dial no answer"),
        (ALICE, "04T10:01", "user_hangup"),
        (BORIS, "03T11:00", "dial_busy"),
    )
    table = chains(calls)
    assert table["attempt"].tolist() == [1, 2, 1, 1]
    assert table["previous_reason"].tolist()[1] == "dial_busy"
    assert table["previous_reason"].isna().tolist() == [True, False, True, True]
    assert table["since_previous"].tolist()[1] == pd.Timedelta("1D")
    assert chains(calls, gap="25h")["attempt"].tolist() == [1, 2, 3, 1]
    assert chains(calls, gap="25h")["previous_reason"].tolist()[2] == "dial_no_answer"


def test_what_is_no_dated_outbound_phone_call_to_somebody_has_no_attempt(calls_of: Build) -> None:
    """Inbound and web calls are no attempts; outbound ones without callee or time are counted."""
    call = {"to_number": ALICE, "start_timestamp": "2026-03-02T10:00Z"}
    calls = calls_of(
        [
            OUT | call | {"to_number": None},
            OUT | call | {"start_timestamp": None},
            call | {"direction": "inbound", "call_type": "phone_call"},
            call | {"call_type": "web_call"},
            OUT | call,
        ],
        index=list("edcba"),
    )
    table = chains(calls)
    assert table["attempt"].isna().tolist() == [True, True, True, True, False]
    assert table.index.tolist() == list("edcba")
    assert table.attrs == {"aside": 2, "undirected": 0, "not_recorded": []}


def test_of_calls_at_the_same_time_the_first_row_goes_first(calls_of: Build) -> None:
    """Ties keep the order of the frame."""
    at = "02T10:00"
    calls = dials(calls_of, (ALICE, at, "dial_busy"), (BORIS, at, None), (ALICE, at, "user_hangup"))
    assert chains(calls)["attempt"].tolist() == [1, 1, 2]
    assert chains(calls)["previous_reason"].tolist()[2] == "dial_busy"


@given(
    st.lists(
        st.tuples(
            st.sampled_from(NUMBERS),
            st.none() | st.integers(0, 60),
            st.sampled_from(["dial_busy", "user_hangup", None]),
        ),
        max_size=40,
    ),
    st.integers(0, 30),
)
def test_chains_are_those_of_a_walk_through_the_calls(
    rows: list[tuple[str | None, int | None, str | None]], gap: int
) -> None:
    """Whatever the order, the spelling and the ties, chains are those of going call by call."""
    numbers, times, reasons = zip(*rows, strict=True) if rows else ((), (), ())
    start = pd.Timestamp("2026-03-02", tz="UTC")
    moments = [pd.NaT if hour is None else start + pd.Timedelta(hour, "h") for hour in times]
    calls = pd.DataFrame(
        {
            "to_number": pd.Series(numbers, dtype=object),
            "start_timestamp": pd.Series(moments, dtype=pd.DatetimeTZDtype("ms", "UTC")),
            "disconnection_reason": pd.Series(reasons, dtype=object),
        }
    ).assign(**OUT)
    found, walked = chains(calls, gap=f"{gap}h"), slowly(calls, pd.Timedelta(gap, "h"))
    assert (
        found["attempt"].fillna(0).tolist() == walked["attempt"].astype("Int64").fillna(0).tolist()
    )
    for name, nothing in (("previous_reason", ""), ("since_previous", pd.Timedelta(-1))):
        plain = [frame[name].astype(object) for frame in (found, walked)]
        ours, theirs = (cells.where(cells.notna(), nothing).tolist() for cells in plain)
        assert ours == theirs


@pytest.mark.parametrize("dtype", [object, "string", "category", None])
def test_keys_tell_numbers_apart_in_every_kind_of_column(dtype: object) -> None:
    """Spellings of a number have one key, other numbers have others, and nobody has 0."""
    texts = [*NUMBERS, "+14155552671", "+12345678901234567890", "+１４１５５５５２６７１"]  # noqa: RUF001 - digits that are not ASCII
    keys = number_keys(pd.Series(texts, dtype=dtype))
    assert keys[0] == 14_155_552_671
    assert (keys == 0).tolist() == [text in NOBODY for text in texts]
    people = {ALICE if text in (ALICE_TOO, texts[-1]) else text for text in texts}
    assert len({*keys} - {0}) == len(people - {*NOBODY})
    assert {int(key) for key, text in zip(keys, texts, strict=True) if text == ALICE} == {keys[-1]}


@pytest.mark.parametrize("dtype", [object, None])
def test_keys_are_the_same_in_blocks(dtype: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """A column of several chunks, read block by block, has the keys of its numbers."""
    whole = pd.Series([*NUMBERS, BORIS, "+442071838750"], dtype=dtype)
    column = pd.concat([whole, whole[:0], whole[3:], whole[::-1]])
    monkeypatch.setattr("retell_nb.calls.phone_numbers.keys._BLOCK", 2)
    keys = dict(zip(column, number_keys(column), strict=True))
    assert keys[BORIS] == 4_930_123_456
    assert number_keys(column).tolist() == [keys[number] for number in column]
    assert sorted(keys[number] for number in STRANGE) == [-4, -3, -2, -1, 0, 14_155_552_671]


def test_keys_of_figures_tell_them_apart() -> None:
    """A foreign column that holds no text is keyed by its values."""
    assert len(set(number_keys(pd.Series([4155552671, 4155552672, 4155552671])))) == 2


@given(st.lists(st.tuples(st.integers(-5, 9), st.integers(0, 9)), max_size=60), st.booleans())
def test_calls_come_by_callee_and_time(calls: list[tuple[int, int]], collide: bool) -> None:  # noqa: FBT001
    """Whatever the order of the frame, and also where most callees scramble to the same."""
    keys, times = (np.array([call[part] for call in calls], dtype=np.int64) for part in (0, 1))
    dials = order.dials_of(keys, times)
    dials = dials._replace(bits=62) if collide else dials  # leaves two bits for the callee
    found = [order.in_order(drawer, dials) for drawer in order.by_callee(dials)]
    came = [(keys[row], row) for part in found for row in part.rows]
    assert sorted(row for _, row in came) == np.flatnonzero(keys).tolist()
    for part in found:
        same, own = (many[1:] == many[:-1] for many in (part.callees, keys[part.rows]))
        assert same.tolist() == own.tolist()
    chains = [[row for _, row in chain] for _, chain in groupby(came, key=itemgetter(0))]
    assert len(chains) == len(set(keys) - {0})
    assert all(chain == sorted(chain, key=lambda row: (times[row], row)) for chain in chains)


@pytest.mark.parametrize("cores", [1, 3])
def test_blocks_hold_whole_callees(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many calls are sorted by all cores and divided into blocks; no callee is in two of them."""
    monkeypatch.setattr(order, "_BLOCK", 16)
    monkeypatch.setattr(threads, "workers", lambda _: cores)
    keys = np.arange(200, dtype=np.int64) % 37 + 1
    dials = order.dials_of(keys, np.arange(200))
    split = [order.in_order(drawer, dials) for drawer in order.by_callee(dials)]
    assert len(split) > 4
    assert sum(len(set(part.callees)) for part in split) == 37
    assert sorted(row for part in split for row in part.rows) == list(range(200))


@pytest.mark.parametrize("turned", [False, True])
def test_only_frames_out_of_order_are_put_in_order_of_time(turned: bool) -> None:  # noqa: FBT001
    """A few calls out of place are left to their callees; what goes back in time is not."""
    times = np.arange(3_000) // 2
    times[[7, 8]] = times[[8, 7]]
    keys, times = np.ones(3_000, dtype=np.int64), times[::-1] if turned else times
    rows = order.dials_of(keys, times).rows
    expected = np.argsort(times, kind="stable").tolist() if turned else None
    assert (rows if rows is None else rows.tolist()) == expected


@given(st.lists(st.integers(-(2**62), 2**62), min_size=2, max_size=30))
def test_rows_come_in_order_of_time(times: list[int]) -> None:
    """The order of time is stable, however long the span."""
    array = np.array([*times, min(times)], dtype=np.int64)  # the last goes back
    rows = order.dials_of(np.ones(len(array), dtype=np.int64), array).rows
    expected = np.argsort(array, kind="stable").tolist()
    assert (sorted(expected) if rows is None else rows.tolist()) == expected


def test_attempts_count_those_dialed(calls_of: Build) -> None:
    """Rates are of ended calls dialed; refused and running ones are links too."""
    calls = dials(
        calls_of,
        (ALICE, "02T10:00", "concurrency_limit_reached"),
        (ALICE, "02T11:00", "voicemail_reached"),
        (ALICE, "02T15:00", "user_hangup"),
        (BORIS, "02T10:00", "dial_busy"),
        (BORIS, "02T14:00", None),
    )
    calls["call_status"] = pd.Categorical(["error", *["ended"] * 3, "ongoing"])
    table = attempts(calls).set_index("attempt")
    assert table[["calls", "answered", "human"]].to_numpy().tolist() == [
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
    ]
    assert table["hours_since"].tolist()[1:] == [1.0, 4.0]
    assert table.attrs["refused"] == table.attrs["in_progress"] == 1
    assert "hard cases" in table.attrs["note"]
    before = attempts(calls, "previous_reason").set_index("previous_reason")
    assert before.loc["concurrency_limit_reached", ["calls", "answered"]].tolist() == [1, 1]
    assert before.index.isna().sum() == 1


def test_attempts_may_be_grouped_by_anything(calls_of: Build) -> None:
    """Column words and columns go with the attempt."""
    calls = dials(calls_of, (ALICE, "02T10:00", "dial_busy"), (ALICE, "02T12:00", "user_hangup"))
    table = attempts(calls, "attempt", "outcome")
    assert table[["attempt", "outcome"]].to_numpy().tolist() == [
        [1, "not_reached"],
        [2, "completed"],
    ]


def test_no_calls_make_no_attempts(calls_of: Build) -> None:
    """Empty frames give empty tables of the same columns."""
    calls = calls_of([])
    assert chains(calls).shape == (0, 3)
    table = attempts(calls)
    assert table.empty
    assert table.columns[:3].tolist() == ["attempt", "calls", "answered"]


def test_redials_of_the_sample_are_later_attempts() -> None:
    """Made-up people are dialed up to four times, and the first attempts are as many as chains."""
    calls = rn.sample_calls(3_000, seed=5)
    table, links = attempts(calls), chains(calls)
    assert table["attempt"].tolist() == [1, 2, 3, 4]
    assert (links["previous_reason"].isna() == links["since_previous"].isna()).all()
    assert links["since_previous"].max() <= GAP


@pytest.mark.parametrize("gap", ["soon", "-1h"])
def test_a_gap_is_a_length_of_time(gap: str, calls_of: Build) -> None:
    """What is no length of time is refused in one message."""
    with pytest.raises(ValueError, match=r"gap='.*' is no length of time\. Give one such as"):
        chains(calls_of([]), gap=gap)


def test_missing_columns_are_named() -> None:
    """A frame without callees says so."""
    with pytest.raises(ValueError, match="the calls lack the column to_number"):
        attempts(
            pd.DataFrame(
                {"disconnection_reason": ["dial_busy"], **{k: [v] for k, v in OUT.items()}}
            )
        )


def test_attempts_of_unknown_outcome_are_told(calls_of: Build) -> None:
    """They are in no rate, and how many they are is said beside the rates."""
    rows = [(ALICE, "02T10:00", "brand_new"), (ALICE, "02T11:00", "user_hangup")]
    table = attempts(dials(calls_of, *rows, (BORIS, None, "brand_new"), call_status="ended"))
    of = ["calls", "answered", "unknown"]
    assert table[of].to_numpy().tolist() == [[0, 0, 1], [1, 1, 0]]
    assert table["rate"].isna().tolist() == [True, False]
    assert table.attrs["unknown"] == 1


def test_chains_are_the_same_before_and_after_masking(calls_of: Build) -> None:
    """Whatever the spelling; calls to nobody are in no chain."""
    numbers = [
        *("+442079460958", "+4402079460958", "+44 (0)20 7946 0958", "442079460958", ALICE),
        *("anonymous", "+1 415 555 2671", "Anonymous", "front desk", "front desk"),
    ]
    calls = dials(
        calls_of, *((number, f"02T{10 + at}:00", "dial_busy") for at, number in enumerate(numbers))
    )
    table = chains(calls)
    assert table["attempt"].fillna(0).tolist() == [1, 2, 3, 4, 1, 0, 2, 0, 1, 2]
    pd.testing.assert_frame_equal(chains(calls.retell.mask()), table)
