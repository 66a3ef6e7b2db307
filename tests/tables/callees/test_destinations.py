"""What is wrong with the numbers dialed, their corrected forms, and the hours of callees."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.calls.phone_numbers.validity import corrected, judged
from retell_nb.engine.shrinkage import shrunken
from retell_nb.tables.callees import callee_hours, callees, destinations
from retell_nb.tables.callees.callees import one_zone

Build: TypeAlias = Callable[..., pd.DataFrame]

OUT = {"direction": "outbound", "call_type": "phone_call"}


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return rn.sample_calls(20_000, seed=7)


def planted(calls: pd.DataFrame, kind: str) -> int:
    return next(note["calls"] for note in calls.attrs["planted"] if note["kind"] == kind)


def dialed(
    calls_of: Build, *numbers: str | None, reason: str = "invalid_destination"
) -> pd.DataFrame:
    return calls_of([OUT | {"to_number": to, "disconnection_reason": reason} for to in numbers])


def test_the_planted_list_is_found_kind_by_kind(sample: pd.DataFrame) -> None:
    """Blanks, letters, lacking plus signs and cut numbers are counted as they were planted."""
    table = destinations(sample).set_index("fault")
    out = sample["direction"].eq("outbound") & sample["to_number"].notna()
    numbers = sample.loc[out, "to_number"].astype(object)
    truth = {
        "blanks": numbers.str.contains(" "),
        "letters": numbers.str.endswith("x"),
        "no plus sign": ~numbers.str.startswith("+"),
    }
    for fault, wrong in truth.items():
        assert table.loc[fault, "calls"] == wrong.sum() > 0
        assert table.loc[fault, "callees"] == numbers[wrong].nunique()
    listed = callees(sample)
    cut, known = listed["to_number"].str.len().eq(7), listed["fault"].eq("none")
    assert listed.loc[cut, "calls"].sum() == numbers.str.len().eq(7).sum() > 0
    assert not known[cut].any()
    # An old phonenumbers does not know the newest area codes: that alone may come on top.
    whole = ~cut & listed["fault"].eq("unassigned range")
    faulty = listed[~known & ~whole]
    assert whole.sum() < 0.01 * len(listed)
    assert faulty["calls"].sum() == planted(sample, "malformed_list")
    assert (faulty["invalid_destination"] == faulty["calls"]).all()
    assert table.index[-1] == "none"
    assert table.loc["none", "high"] < 0.01


def test_a_list_can_be_cleaned(sample: pd.DataFrame) -> None:
    """Blanks and lacking plus signs are corrected to numbers that can be dialed; letters never."""
    table = callees(sample)
    faulty = table[table["fault"] != "none"]
    assert (
        faulty["corrected"].notna().groupby(faulty["fault"]).all()[["blanks", "no plus sign"]].all()
    )
    right = faulty["corrected"].dropna()
    assert right.str.fullmatch(r"\+\d{11,13}").all()
    written = faulty.loc[right.index, "to_number"].str.replace(r"\D", "", regex=True)
    assert (right.str.removeprefix("+") == written).all()
    assert faulty.loc[faulty["fault"] == "letters", "corrected"].isna().all()


@pytest.mark.parametrize(
    ("number", "region", "right"),
    [
        ("+44 20 7946 0958", None, "+442079460958"),
        ("442079460958", None, "+442079460958"),
        ("00442079460958", None, "+442079460958"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("(415) 555-2671", None, None),  # nobody said that it is American
        ("(415) 555-2671", "US", "+14155552671"),
        ("+4155552671", "US", "+14155552671"),  # a plus sign before a national number
        ("0151 23456789", "DE", "+4915123456789"),
        ("0151 23456789", None, None),
        ("+1 415 555", "US", None),
        ("+1415555O1OO", "US", None),
        ("1-800-FLOWERS", "US", None),
        ("4345552671", None, None),  # of Virginia, or of Austria
    ],
)
def test_a_number_is_corrected_where_it_has_one_reading(
    number: str, region: str | None, right: str | None
) -> None:
    """No second reading is left, and no letter is guessed at."""
    assert corrected(number, region) == right


@given(st.text(max_size=20), st.sampled_from([None, "US", "DE"]))
def test_what_is_corrected_has_no_fault(number: str, region: str | None) -> None:
    """Whatever stands in a list, a corrected form is a number that could exist."""
    right = judged(number, region).corrected
    assert right is None or judged(right).fault == "none"


def test_every_kind_of_destination_has_a_row(calls_of: Build) -> None:
    """A callee that is not shown, a country that is none, a missing callee: each is told apart."""
    numbers = [
        "anonymous",
        "+999123456",
        "+1415",
        "+141555526710",
        "+49 (30) 1",
        None,
        "US-c3f9a0c1b22e",
    ]
    table = destinations(dialed(calls_of, *numbers, "+14155552671", "+14155552671"))
    counted = dict(zip(table["fault"], table["callees"], strict=True))
    assert counted == {
        **dict.fromkeys(["no number", "no such country", "too short", "too long"], 1),
        "blanks": 1,
        "masked": 1,
        "none": 1,
    }
    assert table.attrs["missing"] == 1
    assert table.iloc[-1][["fault", "calls"]].tolist() == ["none", 2]
    assert table["meaning"].str.fullmatch(r"[A-Z].*\.").all()


def test_no_calls_have_no_destinations(calls_of: Build) -> None:
    """Empty frames give empty tables of the same columns, and 24 hours without calls."""
    calls = calls_of([])
    assert destinations(calls).columns.tolist() == [
        *("fault", "meaning", "callees", "corrected"),
        *("calls", "invalid_destination", "rate", "low", "high", "unknown"),
    ]
    assert destinations(calls).empty
    assert callees(calls).empty
    assert callee_hours(calls)["calls"].tolist() == [0] * 24


def test_a_region_is_a_country(calls_of: Build) -> None:
    """A region that has no phone numbers is refused, with what to give instead."""
    with pytest.raises(ValueError, match="region='Germany' is no country that has phone numbers"):
        destinations(calls_of([]), region="Germany")


def test_a_number_in_two_zones_is_decided_only_if_the_clocks_agree() -> None:
    """Jersey and London show the same time, Boise and Los Angeles do not."""
    assert one_zone(("Europe/London", "Europe/Jersey"))[0] == "Europe/London"
    assert one_zone(("America/Boise", "America/Los_Angeles"))[0] is None
    assert one_zone(("Nowhere/Land",)) == one_zone(()) == (None, "no zone is known")
    assert judged("+14155552671").zones == ("America/Los_Angeles",)


def test_hours_are_those_of_the_callees_clock(calls_of: Build) -> None:
    """One moment is ten in the morning in New York and four in the afternoon in Berlin."""
    moment = {"start_timestamp": "2026-07-01T14:00Z", "disconnection_reason": "user_hangup"}
    numbers = ["+12125552671", "+4930123456", "+17755552671", "anonymous"]
    table = callee_hours(calls_of([OUT | moment | {"to_number": number} for number in numbers]))
    assert table.loc[table["calls"] > 0, "hour"].tolist() == [10, 16]
    left_out = {"undecided": 2, "apart": 1, "nowhere": 1, "undated": 0}
    assert table.attrs == left_out | {"undirected": 0, "not_recorded": []}


def test_sample_people_are_called_at_their_own_daytime(sample: pd.DataFrame) -> None:
    """Nearly all made-up calls go out from 8 to 20 on the clock of the callee."""
    table = callee_hours(sample).set_index("hour")
    night = table.drop(index=range(8, 20))["calls"].sum()
    assert night < 0.001 * table["calls"].sum()
    assert table.attrs["undecided"] < 0.02 * table["calls"].sum()
    assert table["expected"].sum() == pytest.approx(table["answered"].sum())


def test_masked_callees_are_placed_by_country_only(sample: pd.DataFrame) -> None:
    """A pseudonym has a country: enough for Germany's clock, not for that of the USA."""
    table = callees(sample.head(2_000).retell.mask())
    zones = table.groupby("country")["zone"].agg(lambda zones: set(zones.dropna()))
    assert set(table["fault"]) == {"masked"}
    assert zones["DE"] == {"Europe/Berlin"}
    assert zones["US"] == set()


def mixed_hours(calls_of: Build) -> pd.DataFrame:
    """French people answer half as often as Germans, and are called in the afternoon."""
    plan = [("+4930123456", 8, 100, 80), ("+33199001776", 13, 100, 40), ("+4930123456", 19, 3, 3)]
    rows = [
        OUT
        | {"to_number": number[:-3] + f"{call:03}", "start_timestamp": f"2026-03-02T{hour:02}:00Z"}
        | {"disconnection_reason": "user_hangup" if call < answered else "dial_busy"}
        for number, hour, calls, answered in plan
        for call in range(calls)
    ]
    return calls_of(rows)


def test_an_hour_is_not_blamed_for_who_was_called(calls_of: Build) -> None:
    """Where only the mix of countries differs, the adjusted rates hardly do."""
    table = callee_hours(mixed_hours(calls_of)).set_index("hour").loc[[9, 14, 20]]
    assert table["rate"].tolist() == [0.8, 0.4, 1.0]
    assert table["adjusted"].max() - table["adjusted"].min() < 0.02


def test_three_calls_cannot_win() -> None:
    """A cell of three answered calls is drawn nearly to the rate over all; large cells stay."""
    ratios = shrunken([3, 560, 437], [1.5, 499.5, 499], [0.75, 250, 250])
    assert ratios.low[0] < ratios.low[1]
    assert ratios.rate[0] < ratios.rate[1] < 560 / 499.5
    assert ratios.rate[1] == pytest.approx(560 / 499.5, abs=0.01)


@given(st.lists(st.tuples(st.integers(1, 200), st.floats(0, 1)), min_size=1, max_size=24))
def test_shrunken_ratios_lie_between_one_and_their_own(cells: list[tuple[int, float]]) -> None:
    """Shrinking never overshoots, and the interval holds its rate."""
    calls, shares = (np.array(part) for part in zip(*cells, strict=True))
    hits = np.floor(calls * shares)
    rate = max(hits.sum() / calls.sum(), 1e-6)
    ratios = shrunken(hits, calls * rate, calls * rate * (1 - rate))
    told = ~np.isnan(ratios.rate)
    own = (hits / (calls * rate))[told]
    assert (np.minimum(own, 1) - 1e-9 <= ratios.rate[told]).all()
    assert (ratios.rate[told] <= np.maximum(own, 1) + 1e-9).all()
    assert (ratios.low[told] <= ratios.rate[told]).all()
    assert (ratios.rate[told] <= ratios.high[told]).all()


def test_a_trunk_zero_is_a_fault_and_no_second_callee(calls_of: Build) -> None:
    """A prefix that is dialed within the country only is told, and corrected."""
    table = callees(dialed(calls_of, "+4402079460958"))
    assert table.loc[0, ["fault", "corrected"]].tolist() == ["trunk prefix", "+442079460958"]
    spellings = ["+44 20 7946 0958", "+44 (0)20 7946 0958", "+44 (0) 20 7946-0958"]
    table = destinations(dialed(calls_of, *spellings))
    assert table[["fault", "callees", "corrected", "calls"]].to_numpy().tolist() == [
        ["blanks", 1, 1, 3]
    ]


def test_each_call_to_a_withheld_number_counts_as_one_callee(calls_of: Build) -> None:
    """Nobody can tell whether two of them went to one person."""
    table = destinations(dialed(calls_of, "anonymous", "anonymous", "Restricted"))
    assert table[["fault", "callees", "calls"]].to_numpy().tolist() == [["no number", 3, 3]]
