"""A bad cell costs the cell: what was lost or taken for something is said, column by column."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from retell_nb import as_calls, read_calls
from retell_nb.calls.schema import SCHEMA, Guess

if TYPE_CHECKING:
    from pathlib import Path

IDENTITY = ("call_id", "disconnection_reason")


def calls_of(**columns: list[Any]) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    df = {"disconnection_reason": ["dial_busy"] * size, **columns}
    return as_calls(pd.DataFrame(df))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", [name for name in SCHEMA if name not in IDENTITY])
def test_a_bad_side_cell_costs_the_cell_alone(name: str) -> None:
    """Whichever column it is in, the record stays, its other cells too, and a note counts it."""
    calls = calls_of(call_id=["a", "b", "c"], **{name: [["no"], None, {"no": 1}]})
    assert calls["call_id"].tolist() == ["a", "b", "c"]
    assert calls[name].isna().all()
    assert not calls.attrs["rejected"]
    [note] = [note for note in calls.attrs["notes"] if isinstance(note, Guess)]
    assert isinstance(note, Guess)
    assert note.startswith(f"2 cells of {name} could not be read and are missing; the first: ")


def test_only_an_id_or_a_reason_that_cannot_be_read_sets_a_record_aside() -> None:
    """Every record is among the calls or among those set aside."""
    with pytest.warns(UserWarning, match="2 records could not be used"):
        calls = calls_of(call_id=["a", ["b"], "c"], disconnection_reason=["x", "y", {"z": 1}])
    assert calls["call_id"].tolist() == ["a"]
    assert [row["where"] for row in calls.attrs["rejected"]] == ["row 1", "row 2"]


@pytest.mark.parametrize(
    ("cell", "off"),
    [
        ("1.77245E+12", "1 h 23 min"),
        ("1,77245E+12", "1 h 23 min"),
        ("1.7724456E+12", "50 s"),
        ("1.77245E+09", "1 h 23 min"),
    ],
)
def test_a_rounded_time_is_read_with_how_far_off_it_may_be(cell: str, off: str) -> None:
    """The warning shows the cell, and the true time lies within what it says."""
    with pytest.warns(UserWarning, match=f"may be off by up to {off}"):
        calls = calls_of(start_timestamp=[cell, "1772445600000"])
    true = pd.Timestamp("2026-03-02T10:00Z")
    assert (calls["start_timestamp"] - true).abs().max() <= pd.Timedelta("84min")


def test_a_rounded_time_makes_no_duration() -> None:
    """What lies between two rounded times is nothing that a call lasted."""
    with pytest.warns(UserWarning, match="rounded by a spreadsheet"):
        calls = calls_of(
            start_timestamp=["1.77245E+12", "1772445600000"],
            end_timestamp=["1.77245E+12", "1772445660000"],
        )
    assert calls["duration_ms"].isna().tolist() == [True, False]


def test_all_figures_of_a_time_are_enough() -> None:
    """A number that was written with an exponent and lost nothing needs no warning."""
    calls = calls_of(start_timestamp=["1.772445600123E+12"])
    assert calls["start_timestamp"][0] == pd.Timestamp("2026-03-02T10:00:00.123Z")
    assert not [note for note in calls.attrs["notes"] if isinstance(note, Guess)]


def test_ids_and_numbers_that_a_spreadsheet_rounded_are_missing() -> None:
    """Two people do not become one; where no id is left, the calls stay without."""
    with pytest.warns(UserWarning, match="2 cells of call_id were rounded by a spreadsheet"):
        calls = calls_of(
            call_id=["1.77E+12", "1.77E+12"], from_number=["1.20156E+10", "+12015550100"]
        )
    assert len(calls) == 2
    assert calls["call_id"].isna().all()
    assert calls["from_number"].isna().tolist() == [True, False]


def test_a_rounded_id_among_sound_ones_is_set_aside() -> None:
    """Nobody can say which call it was, or whether it is there already."""
    with pytest.warns(UserWarning, match="spreadsheet"):
        calls = calls_of(call_id=["1.77E+12", "call_b"])
    assert calls["call_id"].tolist() == ["call_b"]
    [row] = calls.attrs["rejected"]
    assert row["why"] == "call_id: '1.77E+12' is what a spreadsheet made of an id"


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("2026-03-02 10:00 IST", "names a zone that may be several"),
        ("03.13.2026", "puts the month first, which dates with dots do not"),
        ("soon", "is not a time"),
    ],
)
def test_a_note_says_what_is_wrong_with_the_first_cell(cell: str, why: str) -> None:
    """And shows it."""
    with pytest.warns(UserWarning, match="1 cell of start_timestamp") as warned:
        calls_of(start_timestamp=[cell])
    assert f"{cell!r} {why}" in str(warned[0].message)


def test_the_first_line_of_a_spreadsheet_is_none_of_the_table(tmp_path: Path) -> None:
    """What it says separates the cells, be it an unusual mark; rows keep their number."""
    path = tmp_path / "calls.csv"
    for separator in ";|,\t":
        cells = [["call_id", "disconnection_reason", "Cost"], ["a", "x", '"0,5"'], ["", "y", "1"]]
        rows = "\r\n".join(separator.join(row) for row in cells)
        path.write_text(f"sep={separator}\r\n{rows}\r\n", encoding="utf-8-sig")
        with pytest.warns(UserWarning, match="1 record"):
            calls = read_calls(path)
        assert calls["combined_cost"].tolist() == [50]
        assert calls.attrs["rejected"][0]["where"] == "row 2"


FORMS = {
    "milliseconds": lambda time: str(int(time.timestamp() * 1000)),
    "seconds": lambda time: str(int(time.timestamp())),
    "ISO 8601": lambda time: time.isoformat(),
    "JavaScript": lambda time: f"{time:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)",
    "American": lambda time: f"{time:%b %d, %Y, %I:%M:%S %p} UTC",
    "German": lambda time: f"{time:%d.%m.%Y %H:%M:%S} GMT",
}
TALKS = st.tuples(
    st.datetimes(dt.datetime(2023, 1, 1), dt.datetime(2030, 1, 1)),  # noqa: DTZ001 - of UTC below
    st.integers(0, 7_200_000),
    st.decimals(0, 90_000, places=2),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    talks=st.lists(TALKS, min_size=1, max_size=6),
    form=st.sampled_from([*FORMS]),
    separator=st.sampled_from([",", ";", "\t"]),
    comma=st.booleans(),
)
def test_a_table_is_read_back_from_whatever_form(
    tmp_path: Path,
    talks: list[Any],
    form: str,
    separator: str,
    comma: bool,  # noqa: FBT001 - drawn
) -> None:
    """Times in each form, costs with points or commas, cells apart by each mark."""
    times = [pd.Timestamp(time, tz="UTC").floor("s") for time, _, _ in talks]
    costs = [f"{cost:,}" for _, _, cost in talks]
    if comma:
        costs = [cost.translate(str.maketrans(",.", ".,")) for cost in costs]
    table = {
        "call_id": [f"call_{row}" for row in range(len(talks))],
        "disconnection_reason": "user_hangup",
        "start_timestamp": [FORMS[form](time) for time in times],
        "duration_ms": [f"{lasted} ms" for _, lasted, _ in talks],
        "combined_cost": costs,
    }
    path = tmp_path / "calls.csv"
    pd.DataFrame(table).to_csv(path, sep=separator, index=False)
    calls = read_calls(path)
    assert calls["start_timestamp"].tolist() == times
    assert calls["duration_ms"].tolist() == [lasted for _, lasted, _ in talks]
    assert calls["combined_cost"].tolist() == [float(cost) for _, _, cost in talks]
