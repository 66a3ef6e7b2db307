"""Each fact of a call, and what taking a column away does to it: what its docstring says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import (
    INBOUND,
    OUTBOUND,
    PHONE,
    TIMES,
    UNKNOWN,
    WEB,
    answered,
    channel,
    direction,
    ended_at,
    endings,
    machine,
    own_number,
    person,
    recorded_direction,
    seconds,
    when,
)
from retell_nb.calls.outbound import outbound
from retell_nb.vocabulary.reasons import REASONS

Facts = Callable[[pd.DataFrame], Any]

DIALING = REASONS.index[REASONS["stage"].eq("dialing")]
NUMBERS = ["+14155550100", "+4930123456", None]
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "disconnection_reason": st.sampled_from([*REASONS.index, "brand new", None]),
    "call_status": st.sampled_from(["ended", "not_connected", "ongoing", None]),
    "in_voicemail": st.sampled_from([True, False, None]),
    "call_type": st.sampled_from(["phone_call", "web_call", "outbound_phone_call", "?", None]),
    "direction": st.sampled_from(["inbound", "outbound", "Outgoing", "Incoming call", "?", None]),
    "agent_id": st.sampled_from(["a1", "a2", "a3", None]),
    "agent_name": st.sampled_from(["Ann", "Ben", None]),
    "from_number": st.sampled_from(NUMBERS),
    "to_number": st.sampled_from(NUMBERS),
    "duration_ms": st.sampled_from([0, 1500, None]),
    **{name: st.sampled_from([1, 5, 3_000_000, None]) for name in TIMES},
}
HOURS = pd.Timestamp("2026-03-01T00:00Z")


@st.composite
def frames(draw: st.DrawFn) -> pd.DataFrame:
    """Up to six calls with any cells in the columns that facts read."""
    rows = draw(st.lists(st.fixed_dictionaries(CELLS), min_size=1, max_size=6))
    calls = pd.DataFrame(rows, columns=[*CELLS], dtype=object)
    for name in TIMES:
        hours = pd.to_numeric(calls[name]).mod(1_000) * pd.Timedelta("1h")
        calls[name] = (HOURS + hours).astype("datetime64[ms, UTC]")
    calls["in_voicemail"] = calls["in_voicemail"].astype("boolean")
    return calls.assign(duration_ms=calls["duration_ms"].astype("Int64"))


def same(one: Any, other: Any) -> None:
    texts = [["" if pd.isna(cell) else str(cell) for cell in part] for part in (one, other)]
    assert texts[0] == texts[1]


READ: dict[str, tuple[Facts, set[str]]] = {
    "when": (when, set(TIMES)),
    "ended_at": (ended_at, set(TIMES)),
    "seconds": (seconds, {"duration_ms"}),
    "endings": (
        lambda calls: endings(calls).columns("outcome")["outcome"],
        {"disconnection_reason", "call_status", "in_voicemail"},
    ),
    "answered": (answered, {"disconnection_reason", "call_status", "in_voicemail"}),
    "machine": (machine, {"disconnection_reason", "call_status", "in_voicemail"}),
    "recorded_direction": (recorded_direction, {"direction", "call_type"}),
    "direction": (direction, {"direction", "call_type", "disconnection_reason"}),
    "channel": (
        channel,
        {"call_type", "direction", "disconnection_reason", "from_number", "to_number"},
    ),
    "agents": (lambda calls: agents(calls).codes, {"agent_id", "agent_name"}),
}


@pytest.mark.parametrize("fact", READ)
@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_a_fact_reads_the_columns_that_it_names_and_no_other(
    fact: str, calls: pd.DataFrame
) -> None:
    """Without all the others it is the same."""
    ask, columns = READ[fact]
    same(ask(calls[[name for name in calls if name in columns]]), ask(calls))


_NEEDED: dict[str, set[str]] = {"when": {*TIMES}, "ended_at": {*TIMES}} | {
    fact: {"disconnection_reason"} for fact in ("endings", "answered", "machine")
}
"""Without these a fact is an error, or not the same as of missing cells."""


@pytest.mark.parametrize(
    ("fact", "column"),
    [
        (fact, column)
        for fact, (_, columns) in READ.items()
        for column in sorted(columns - _NEEDED.get(fact, set()))
    ],
)
@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_a_missing_column_is_a_column_of_missing_cells(
    fact: str, column: str, calls: pd.DataFrame
) -> None:
    """A frame that lacks a column answers as one in which no call tells it."""
    ask, _ = READ[fact]
    same(ask(calls.drop(columns=column)), ask(calls.assign(**{column: None})))


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_the_time_is_that_of_the_first_column_that_tells_one(calls: pd.DataFrame) -> None:
    """Start, else end, else webhook; without one of the columns, the first of the others."""
    for columns in (TIMES, TIMES[1:], TIMES[2:], (TIMES[0], TIMES[2])):
        left = calls[list(columns)]
        oracle = left.bfill(axis=1).iloc[:, 0]
        same(when(left).dt.strftime("%F %T"), oracle.dt.strftime("%F %T"))


def test_without_any_column_of_times_no_call_has_a_time() -> None:
    """The error says so, what the calls have, and what to do."""
    with pytest.raises(ValueError, match=r"no call has a time.*they have call_id.*as_calls"):
        when(pd.DataFrame({"call_id": ["c1"]}))


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_a_recorded_direction_is_never_overruled(calls: pd.DataFrame) -> None:
    """Reason and type fill in where the column tells none; nothing else changes."""
    of_column = recorded_direction(calls.drop(columns="call_type"))
    recorded, whole = recorded_direction(calls), direction(calls)
    dialing = calls["disconnection_reason"].isin(DIALING).to_numpy()
    assert (recorded[of_column != UNKNOWN] == of_column[of_column != UNKNOWN]).all()
    typed = calls["call_type"].eq("outbound_phone_call").to_numpy() & (of_column == UNKNOWN)
    assert (recorded[typed] == OUTBOUND).all()
    assert (recorded[~typed] == of_column[~typed]).all()
    assert (whole == np.where((recorded == UNKNOWN) & dialing, OUTBOUND, recorded)).all()


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_the_channel_is_recorded_or_what_only_a_phone_call_has(calls: pd.DataFrame) -> None:
    """Without the type, a direction, a number or a dial reason means phone; else it is unknown."""
    bare = calls.drop(columns="call_type")
    numbered = calls[["from_number", "to_number"]].notna().any(axis=1).to_numpy()
    implied = numbered | (direction(bare) != UNKNOWN)
    assert (channel(bare) == np.where(implied, PHONE, UNKNOWN)).all()
    web = calls["call_type"].eq("web_call").to_numpy()
    assert ((channel(calls) == WEB) == web).all()


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_the_two_ends_of_a_call_follow_its_direction(calls: pd.DataFrame) -> None:
    """An unknown direction leaves both unknown; else they are the two numbers, in some order."""
    ways = direction(calls)
    ends = pd.DataFrame({"own": own_number(calls), "person": person(calls)})
    assert ends[ways == UNKNOWN].isna().all(axis=None)
    for way, own in ((OUTBOUND, "from_number"), (INBOUND, "to_number")):
        other = "to_number" if own == "from_number" else "from_number"
        same(ends["own"][ways == way], calls[own][ways == way].fillna(pd.NA))
        same(ends["person"][ways == way], calls[other][ways == way].fillna(pd.NA))


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_an_agent_is_its_id_or_else_its_name(calls: pd.DataFrame) -> None:
    """With ids, calls of one id are of one agent and of two are of two; names alone do as well."""
    whole, by_name = agents(calls), agents(calls.drop(columns="agent_id"))
    ids = calls["agent_id"].notna()
    assert [whole.keys[code] for code in whole.codes[ids]] == calls["agent_id"][ids].tolist()
    nameless = ~ids & calls["agent_name"].isna()
    assert (whole.codes[nameless] == UNKNOWN).all()
    assert (whole.codes[~nameless] != UNKNOWN).all()
    names = [by_name.names[code] if code >= 0 else None for code in by_name.codes]
    assert names == calls["agent_name"].astype(object).where(lambda c: c.notna(), None).tolist()
    assert len(set(whole.names)) == len(whole.names)


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_without_in_voicemail_only_the_reason_tells_of_a_machine(calls: pd.DataFrame) -> None:
    """Taking the column away takes away the calls that it alone gave to a machine."""
    bare, whole = machine(calls.drop(columns="in_voicemail")), machine(calls)
    taken = calls["in_voicemail"].fillna(value=False).to_numpy(dtype=bool)
    assert (whole == (bare | (taken & answered(calls)))).all()
    by_name = REASONS.index[REASONS["outcome"].eq("machine")]
    assert (bare == calls["disconnection_reason"].isin(by_name)).all()


@settings(max_examples=15, deadline=None)
@given(calls=frames())
def test_every_call_is_outbound_or_not_or_nobody_can_tell(calls: pd.DataFrame) -> None:
    """A call without a direction is in no part of the outbound calls, and a web call in none."""
    kinds = outbound(calls, REASONS)
    parts = (kinds.running, kinds.refused, kinds.seizures, kinds.unknown)
    assert (np.sum(parts, axis=0) == kinds.calls).all()
    assert not (kinds.undirected & kinds.calls).any()
    assert not (kinds.calls | kinds.undirected)[channel(calls) == WEB].any()
    known = recorded_direction(calls) != UNKNOWN
    assert not kinds.undirected[known].any()
    assert not (kinds.human & machine(calls)).any()
    assert bool(kinds.attrs["not_recorded"]) == (kinds.undirected.any() and not kinds.calls.any())


def test_numbers_may_be_categories() -> None:
    """Those of both columns need not be the same: a number is of whichever column tells it."""
    calls = pd.DataFrame(
        {"direction": ["inbound", "outbound"], "disconnection_reason": "dial_busy"}
    )
    calls["from_number"] = pd.Categorical(["+1", "+2"])
    calls["to_number"] = pd.Categorical(["+3", "+4"])
    assert own_number(calls).tolist() == ["+3", "+2"]


def test_an_id_may_be_the_name_of_another_agent() -> None:
    """Two agents that nothing tells apart have one name, and nobody searches for ever."""
    calls = pd.DataFrame({"agent_id": ["Ann", None, "Ben"], "agent_name": [None, "Ann", "Ann"]})
    assert agents(calls).names == ["Ann", "Ann (Ben)"]
    lone = pd.DataFrame({"agent_id": ["Ann", None], "agent_name": [None, "Ann"]})
    assert agents(lone).names == ["Ann", "Ann"]
