"""The tables of dialing, for a report that shows no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.callees import dialing, redial
from retell_nb.tables.callees.redial import DECISIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    Build = Callable[..., pd.DataFrame]

PEOPLE = [f"+1415555267{place}" for place in range(5)]
LAST = ("dial_busy", "dial_busy", "user_declined", "sip_routing_error", "user_requested_dnc")


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(2_000, seed=3)


def test_each_callee_is_counted_once_by_what_is_decided(calls_of: Build) -> None:
    """As of the last call: who declined on that day is left alone for it."""
    rows = [
        {"to_number": number, "disconnection_reason": reason, "call_status": "ended"}
        | {"direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1"}
        | {"from_number": "+12125550190", "start_timestamp": f"2026-03-03T10:0{minute}Z"}
        for minute, (number, reason) in enumerate(zip(PEOPLE, LAST, strict=True))
    ]
    table = dialing(calls_of(rows)).decisions.set_index("decision")
    assert table["callees"].to_dict() == {
        "redial": 2, "not today": 1, "fix": 1, "check": 0, "never": 1
    }  # fmt: skip
    assert table["share"].tolist() == [0.4, 0.2, 0.2, 0, 0.2]
    assert table["last_reasons"].tolist() == [
        *("dial_busy (2)", "user_declined (1)", "sip_routing_error (1)", ""),
        "user_requested_dnc (1)",
    ]


def test_it_counts_the_list(calls: pd.DataFrame) -> None:
    """The numbers are those of the list that is made at the time of the last call."""
    table = dialing(calls).decisions
    made = redial(calls, now=calls.retell.when.max())
    counted = made["decision"].value_counts()[[*DECISIONS]]
    assert table["callees"].tolist() == counted.tolist()
    assert table["share"].sum() == pytest.approx(1)


def test_of_masked_calls_and_of_none_nothing_is_decided(calls: pd.DataFrame) -> None:
    """There is no row then, under the same columns."""
    for nobody in (calls.retell.mask(), calls.iloc[:0], calls[calls["direction"].eq("inbound")]):
        table = dialing(nobody).decisions
        assert table.empty
        assert table.columns.equals(dialing(calls).decisions.columns)


def test_its_tables_are_those_of_the_words(calls: pd.DataFrame) -> None:
    """Numbers are looked up once for all of them, and nothing changes by that."""
    tables = dialing(calls)
    for name in ("destinations", "callee_hours", "attempts"):
        table, word = getattr(tables, name), getattr(calls.retell, name)()
        pd.testing.assert_frame_equal(table, word)
        assert table.attrs == word.attrs
