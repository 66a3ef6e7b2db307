"""Time limits: the settings read from calls, and who runs into them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.engine.intervals import wilson
from retell_nb.tables.time_limits.limits import LIMITS, limits
from retell_nb.tables.time_limits.repeaters import repeaters

Build: TypeAlias = Callable[..., pd.DataFrame]

MAX = "max_duration_reached"
SPAMMER, OTHER = "+14155550107", "+14155550108"


def call(reason: str, lasted: int, **fields: Any) -> dict[str, Any]:
    told = {
        "disconnection_reason": reason, "duration_ms": lasted, "agent_id": "a",
        "call_type": "phone_call", "direction": "inbound", "from_number": OTHER,
        "to_number": "+14155550100", "combined_cost": 100.0,
        "start_timestamp": "2026-03-01T10:00Z",
    }  # fmt: skip
    return told | fields


def row_of(table: pd.DataFrame, kind: str, agent: str = "a") -> pd.Series:
    return table[(table["kind"] == kind) & (table["agent"] == agent)].iloc[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_the_hour_of_the_sample_is_read_from_its_calls(seed: int) -> None:
    """Every agent with three calls at its longest duration seems to be set to one hour."""
    calls = rn.sample_calls(seed=seed)
    table = limits(calls)
    longest = table[table["kind"] == MAX]
    telling = longest["at_limit"] >= 3
    assert telling.any()
    assert set(longest.loc[telling, "seems"]) == {3_600.0}
    assert longest.loc[telling, "reading"].eq("pile-up").all()
    assert longest.loc[~telling, "reading"].eq("too few calls to say").all()
    counted = table.groupby("kind")["at_limit"].sum()
    reasons = calls["disconnection_reason"].value_counts().reindex(LIMITS.index)
    assert counted.to_dict() == reasons.to_dict()


def test_a_pile_is_found_beside_strays(calls_of: Build) -> None:
    """Strays below and above do not move the setting; the pile's calls are counted."""
    lasted = [412_000, 900_100, 900_400, 901_900, 2_400_000]
    row = row_of(limits(calls_of([call(MAX, ms) for ms in lasted])), MAX)
    assert (row["seems"], row["reading"], row["piled"], row["at_limit"]) == (900, "pile-up", 3, 5)
    assert (row["shortest"], row["median"], row["longest"]) == (412, 900.4, 2400)


@pytest.mark.parametrize(
    "lasted", [[900_000, 900_100], [900_000] * 3 + [10_000, 20_000, 30_000, 40_000]]
)
def test_too_few_calls_say_nothing(lasted: list[int], calls_of: Build) -> None:
    """Two calls are no pile, nor are three of seven."""
    row = row_of(limits(calls_of([call(MAX, ms) for ms in lasted])), MAX)
    assert pd.isna(row["seems"])
    assert (row["reading"], row["piled"]) == ("too few calls to say", 0)


def test_several_piles_are_said_and_not_read(calls_of: Build) -> None:
    """Three settings in turn, none of which has half of the calls, are no lack of calls."""
    lasted = [900_000] * 4 + [1_800_000] * 4 + [3_600_000] * 4
    row = row_of(limits(calls_of([call(MAX, ms) for ms in lasted])), MAX)
    assert pd.isna(row["seems"])
    assert (row["reading"], row["piled"]) == ("several piles", 0)


def test_a_record_that_cannot_be_right_does_not_bound_the_silence(calls_of: Build) -> None:
    """Retell takes no silence below 10 s: a call of 3 s says nothing; 5% of the others may err."""
    records = [call("inactivity", ms) for ms in (3_000, *range(40_000, 61_000, 1_000))]
    row = row_of(limits(calls_of(records)), "inactivity")
    assert (row["seems"], row["shortest"]) == (41, 3)
    alone = row_of(limits(calls_of(records[:1])), "inactivity")
    assert pd.isna(alone["seems"])
    assert alone["reading"] == "too few calls to say"


def test_each_agent_has_its_own_setting(calls_of: Build) -> None:
    """Piles of two agents do not mix, and versions part them further."""
    records = [call(MAX, 600_000 + n, agent_id="b", agent_version=1) for n in range(3)]
    records += [call(MAX, 601_000 + n, agent_id="a", agent_version=1) for n in range(3)]
    records += [call(MAX, 300_000 + n, agent_id="a", agent_version=2) for n in range(3)]
    table = limits(calls_of(records), "agent_id", "agent_version")
    settings = table[table["kind"] == MAX].set_index(["agent_id", "agent_version"])["seems"]
    assert settings.to_dict() == {("a", 1): 601, ("a", 2): 300, ("b", 1): 600}


def test_silence_is_set_to_no_more_than_the_shortest_call(calls_of: Build) -> None:
    """Of silence only an upper bound is read; a call of no duration does not count."""
    records = [call("inactivity", ms) for ms in (90_000, 41_500, 0)]
    row = row_of(limits(calls_of(records)), "inactivity")
    assert row["seems"] == 41.5 + 0.05 * 48.5
    assert (row["reading"], row["default"]) == ("at most", 600)


def test_rates_are_of_the_calls_that_can_run_into_a_limit(calls_of: Build) -> None:
    """Connected, web and phone calls are the denominators; running ones are in none."""
    records = [
        call(MAX, 900_000), call("user_hangup", 60_000), call("dial_busy", 0),
        call("registered_call_timeout", 0), call("error_user_not_joined", 0, call_type="web_call"),
        call("user_hangup", 9_000, call_type="web_call"),
        {**call("x", 0), "disconnection_reason": None, "call_status": "ongoing"},
    ]  # fmt: skip
    table = limits(calls_of(records)).set_index("kind")
    assert table["calls"].to_dict() == {
        "inactivity": 3, MAX: 3, "error_user_not_joined": 2, "registered_call_timeout": 4,
    }  # fmt: skip
    assert table.loc[MAX, ["low", "high"]].tolist() == [end.item() for end in wilson(1, 3)]
    assert table.loc["error_user_not_joined", ["seems", "reading"]].tolist() == [30.0, "fixed"]


def test_a_missing_cost_is_counted_and_not_zero(calls_of: Build) -> None:
    """Cents are those on record, of so many calls."""
    records = [call(MAX, 900_000, combined_cost=cost) for cost in (250.0, None, 150.0)]
    row = row_of(limits(calls_of(records)), MAX)
    assert (row["at_limit"], row["costed"], row["cents"]) == (3, 2, 400)


def test_who_keeps_the_line_again_and_again_is_counted_and_listed(calls_of: Build) -> None:
    """One caller thrice at the limit is one repeater; hidden numbers are nobody."""
    records = [call(MAX, 3_600_000, from_number=SPAMMER) for _ in range(3)]
    records += [call("user_hangup", 60_000, from_number=SPAMMER), call(MAX, 3_600_000)]
    records += [call(MAX, 3_600_000, from_number="anonymous") for _ in range(2)]
    calls = calls_of(records)
    row = row_of(limits(calls), MAX)
    assert (row["callers"], row["repeaters"]) == (2, 1)
    (told,) = repeaters(calls).to_dict("records")
    assert (told["number"], told["kind"], told["calls"], told["at_limit"]) == (SPAMMER, MAX, 4, 3)
    assert (told["minutes"], told["costed"], told["cents"]) == (180, 3, 300)
    assert repeaters(calls, again=4).empty
    assert limits(calls, again=4)["repeaters"].sum() == 0


def test_pseudonyms_are_people_too() -> None:
    """On a masked frame the same repeaters are counted, under their pseudonyms."""
    calls = pd.concat([rn.sample_calls(900, seed=2)] * 3, ignore_index=True)
    plain, masked = repeaters(calls), repeaters(calls.retell.mask())
    assert len(plain) > 0
    assert masked[["calls", "at_limit", "cents"]].sum().to_dict() == pytest.approx(
        plain[["calls", "at_limit", "cents"]].sum().to_dict()
    )


def test_no_calls_give_tables_of_the_same_columns(calls_of: Build) -> None:
    """Of nothing, both tables are empty, with columns and dtypes as ever."""
    some = calls_of([call(MAX, 3_600_000)] * 3)
    for table in (limits, repeaters):
        nothing = table(some.head(0))
        assert nothing.empty
        assert nothing.dtypes.astype(str).to_dict() == table(some).dtypes.astype(str).to_dict()


def test_bad_arguments_are_refused(calls_of: Build) -> None:
    """Once is not again, and a missing column is named."""
    calls = calls_of([call(MAX, 1)])
    for table in (limits, repeaters):
        with pytest.raises(ValueError, match="again is 1"):
            table(calls, again=1)
        with pytest.raises(ValueError, match=r"lack the column combined_cost.*as_calls"):
            table(calls.drop(columns="combined_cost"))
