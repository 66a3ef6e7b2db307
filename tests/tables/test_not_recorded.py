"""Tables of calls that lack a column: the same where the rest implies it, else "not recorded"."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots
from retell_nb.report import numbers as report
from retell_nb.tables.callees import dialing

Word: TypeAlias = Callable[[pd.DataFrame], pd.DataFrame]

OF_OUTBOUND: Mapping[str, Word] = {
    "numbers by day": lambda calls: calls.retell.numbers(per="day"),
    "numbers": lambda calls: calls.retell.numbers(),
    "bursts": lambda calls: calls.retell.bursts(),
    "callees": lambda calls: calls.retell.destinations(each=True),
    "destinations": lambda calls: calls.retell.destinations(),
    "attempts": lambda calls: calls.retell.attempts(),
    "callee_hours": lambda calls: calls.retell.callee_hours(),
    "redial": lambda calls: calls.retell.redial(now="2026-04-01"),
    "decisions": lambda calls: dialing(calls).decisions,
}
WORDS: Mapping[str, Word] = OF_OUTBOUND | {
    "kpis": lambda calls: calls.retell.kpis(),
    "chains": lambda calls: calls.retell.attempts(each=True),
    "time_limits": lambda calls: calls.retell.time_limits(),
    "repeaters": lambda calls: calls.retell.time_limits(each="caller"),
    "llm_server": lambda calls: calls.retell.llm_server(),
    "outages": lambda calls: calls.retell.outages(),
    "findings": lambda calls: calls.retell.findings().drop(columns=["filters", "finding"]),
}
SIZE = 800


@pytest.fixture(scope="module")
def full() -> pd.DataFrame:
    return rn.sample_calls(SIZE, seed=7)


def otherwise(calls: pd.DataFrame, lacking: str) -> pd.DataFrame:
    """The same calls, told in other words or with less."""
    ways = calls["direction"].astype(object)
    if lacking == "call_type":
        return calls[calls["direction"].notna()].drop(columns="call_type")
    if lacking == "agent_id":
        return calls.drop(columns="agent_id")
    if lacking == "other words":
        words = {"outbound": "Outgoing", "inbound": "Incoming"}
        return calls.assign(direction=ways.map(words), call_type=calls["call_type"].astype(object))
    of_type = (ways + "_phone_call").fillna("web_call")
    return calls.drop(columns="direction").assign(call_type=of_type)


@pytest.mark.parametrize("lacking", ["call_type", "agent_id", "other words", "direction in type"])
@pytest.mark.parametrize("word", WORDS)
def test_a_table_is_the_same_where_the_rest_implies_the_answer(
    word: str, lacking: str, full: pd.DataFrame
) -> None:
    """Phone calls without a type, agents by name alone, directions in other words or places."""
    calls = full[full["direction"].notna()] if lacking == "call_type" else full
    one, other = WORDS[word](calls), WORDS[word](otherwise(calls, lacking))
    if word == "redial" and lacking == "agent_id":  # it tells the id, of an agent without the name
        one, other = (table.drop(columns="agent_id") for table in (one, other))
    if word == "findings" and lacking == "direction in type":
        one, other = (table[["calls", "rate", "owner"]] for table in (one, other))
    pd.testing.assert_frame_equal(one, other, check_dtype=False, check_categorical=False)


@pytest.mark.parametrize("word", OF_OUTBOUND)
def test_without_directions_a_table_of_outbound_calls_says_so(
    word: str, full: pd.DataFrame
) -> None:
    """Empty, with the number of calls that may be outbound: not a table of zeros."""
    phone = full["call_type"].eq("phone_call")
    table = OF_OUTBOUND[word](full.drop(columns="direction"))
    assert table.empty
    assert table.attrs["undirected"] == phone.sum()
    assert table.attrs["not_recorded"] == ["direction"]


@pytest.mark.parametrize(
    "word",
    ["numbers", "bursts", "destinations", "attempts", "callee_hours", "kpis"],
)
def test_a_picture_says_that_no_direction_is_recorded(word: str, full: pd.DataFrame) -> None:
    """Never that there are no calls."""
    number = int(full["call_type"].eq("phone_call").sum())
    ax = getattr(plots, word)(WORDS[word](full.drop(columns="direction")))
    words = " ".join(text.get_text() for text in ax.figure.findobj(plots.parts.style.plt.Text))
    assert f"{number} phone calls have no direction recorded" in words
    plots.parts.style.plt.close()


def test_the_report_never_says_that_there_are_no_outbound_calls(full: pd.DataFrame) -> None:
    """Of phone calls without a direction unknown."""
    number = int(full["call_type"].eq("phone_call").sum())
    health = full.drop(columns="direction").retell.numbers()
    words = repr(report.headline(health))
    assert f"{number} phone calls have no direction recorded" in words
    assert "no outbound" not in words
    assert f"{number} phone calls have no direction recorded" in repr(report.risks(health))


def test_limits_without_directions_name_no_callers(full: pd.DataFrame) -> None:
    """How many people ran into a limit is missing, not 0; the rest of the table is as before."""
    one, other = full.retell.time_limits(), full.drop(columns="direction").retell.time_limits()
    people = ["callers", "repeaters"]
    pd.testing.assert_frame_equal(one.drop(columns=people), other.drop(columns=people))
    phone = one["at_limit"].gt(0) & ~one["kind"].eq("error_user_not_joined")
    assert other.loc[phone & one["callers"].gt(0), "callers"].isna().all()
    assert other.attrs["not_recorded"] == ["direction"]


def test_without_directions_and_types_the_calls_are_not_called_phone_calls() -> None:
    """Without numbers either, unknown a phone call from a web call."""
    calls = pd.DataFrame({"disconnection_reason": ["user_hangup"] * 3, "duration_ms": 1_000})
    table = calls.retell.kpis()
    assert table.attrs["not_recorded"] == ["direction", "call_type"]
    assert rn.text.not_recorded(table.attrs) == "3 calls have no direction recorded"
    assert np.isnan(table.set_index("kpi").loc["ASR", "value"])
