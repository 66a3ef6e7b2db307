"""The order of day and month, and the zone of times that name none: nothing is guessed silently."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from retell_nb import as_calls, read_calls
from retell_nb.calls.masking import mask
from retell_nb.calls.schema import Guess
from retell_nb.report.source import origin

if TYPE_CHECKING:
    from pathlib import Path

ZONE = "without a time zone were read as"


def frame(*dates: object, **columns: list[object]) -> pd.DataFrame:
    named = {"disconnection_reason": "dial_busy", "agent_id": "agent_1", "to_number": "anonymous"}
    rows = {name: [cell] * len(dates) for name, cell in named.items()}
    return pd.DataFrame(rows | {"start_timestamp": [*dates]} | columns)


def quiet(df: pd.DataFrame, tz: str = "UTC") -> pd.DataFrame:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return as_calls(df, tz=tz)


@pytest.mark.parametrize(
    "date", ["03/02/2026", "03-02-2026 10:00Z", "03/02/26", "3/2/2026 1:00 PM"]
)
def test_a_guess_is_told(date: str) -> None:
    """Where no date decides, one warning and a note say what was taken and how to say otherwise."""
    with pytest.warns(UserWarning, match="No date in start_timestamp tells .*as_calls") as told:
        calls = as_calls(frame(date))
    assert calls["start_timestamp"].dt.month.tolist() == [3]
    assert [str(warning.message) for warning in told] == [calls.attrs["notes"][0]]


@pytest.mark.parametrize(
    ("dates", "months"),
    [
        (["03/02/2026", "25/02/2026"], [2, 2]),
        (["03/02/2026", "03/13/2026"], [3, 3]),
        (["03/03/2026", "04/04/2026"], [3, 4]),
        (["2026-03-02", "2026/03/02"], [3, 3]),
        ([pd.Timestamp("2026-03-02"), 1772445600000], [3, 3]),
    ],
)
def test_what_is_sure_is_no_guess(dates: list[object], months: list[int]) -> None:
    """Nothing is warned of where a date decides or no date can be taken for another."""
    calls = as_calls(frame(*dates))
    assert calls["start_timestamp"].dt.month.tolist() == months
    assert not [note for note in calls.attrs["notes"] if isinstance(note, Guess)]


def test_one_column_decides_for_all() -> None:
    """The columns of a table are of one order, whichever of them shows it."""
    calls = as_calls(frame("03/02/2026", end_timestamp=["25/02/2026"]))
    assert calls["start_timestamp"].dt.month.tolist() == [2]


@pytest.mark.parametrize(
    ("dates", "left", "why"),
    [
        (
            ["25/02/2026", "26/02/2026", "03/13/2026", "03/02/2026"],
            [25, 26, 3],
            "'03/13/2026' puts the month first, where the day was taken to come first",
        ),
        (
            ["25/02/2026", "03/14/2026", "03/13/2026", "03/02/2026"],
            [14, 13, 2],
            "'25/02/2026' puts the day first, where the month was taken to come first",
        ),
    ],
)
def test_the_few_that_contradict_the_many_are_missing(
    dates: list[object], left: list[int], why: str
) -> None:
    """A date of the other order than most is not read, and a note says so."""
    with pytest.warns(UserWarning, match="1 cell of start_timestamp could not be read"):
        calls = as_calls(frame(*dates))
    assert calls["start_timestamp"].dropna().dt.day.tolist() == left
    assert calls.attrs["notes"][0].endswith(f"is missing: {why}.")
    assert not calls.attrs["rejected"]


def test_a_draw_is_told_as_a_guess() -> None:
    """As many dates of the one order as of the other: the month goes first, and it is said."""
    calls = quiet(frame("25/02/2026", "03/13/2026", "03/02/2026"))
    assert calls["start_timestamp"].dropna().dt.day.tolist() == [13, 2]
    assert calls.attrs["notes"][0].startswith("As many dates in start_timestamp put the day first")
    assert calls.attrs["notes"][1].startswith("1 cell of start_timestamp could not be read")


@pytest.mark.parametrize(
    ("date", "noted"),
    [
        ("2026-03-02 10:00", True),
        (pd.Timestamp("2026-03-02"), True),
        ("2026-03-02T10:00Z", False),
        ("2026-03-02T10:00+01:00", False),
        (pd.Timestamp("2026-03-02", tz="UTC"), False),
        ("1772445600000", False),
        (1772445600000, False),
        (None, False),
    ],
)
def test_the_zone_that_was_taken_is_noted(date: object, noted: bool) -> None:  # noqa: FBT001 - as planted
    """A note names the zone where some time names none, and only there."""
    notes = as_calls(frame(date), tz="Europe/Rome").attrs["notes"]
    notes = [note for note in notes if not note.startswith("No call has")]
    assert [f"start_timestamp {ZONE} Europe/Rome;" in note for note in notes] == [True] * noted


def test_each_file_is_told_of_and_the_report_shows_it(tmp_path: Path) -> None:
    """One warning for all files; masked or not, what was taken stands where the report begins."""
    for name, date in {"a": "03/02/2026", "b": "25/02/2026", "c": "04/02/2026"}.items():
        text = frame(date).assign(call_id=name).to_csv(index=False)
        (tmp_path / f"{name}.csv").write_text(text)
    with pytest.warns(UserWarning, match=r"a\.csv and 1 more: No date") as told:
        calls = read_calls(tmp_path)
    assert len(told) == 1
    assert calls["start_timestamp"].dt.month.tolist() == [3, 2, 4]
    files = [note.split(" and ")[1][:7] for note in calls.attrs["notes"] if ": " in note]
    assert files[:2] == ["1 more:", "2 more:"]
    for frame_of_calls in (calls, mask(calls)):
        html = repr(origin("files", frame_of_calls))
        assert "No date in start_timestamp tells" in html
        assert f"start_timestamp {ZONE} UTC;" in html


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-03-02 14:03 Europe/London", "2026-03-02T14:03Z"),
        ("2026-07-02 14:03 Europe/London", "2026-07-02T13:03Z"),
        ("2026-07-02T14:03:00[America/New_York]", "2026-07-02T18:03Z"),
        ("2026-07-02T14:03:00+02:00[Europe/Paris]", "2026-07-02T12:03Z"),
        ("Mar 2, 2026, 2:03 PM (Europe/Berlin)", "2026-03-02T13:03Z"),
        ("02.03.2026 14:03 europe/berlin", "2026-03-02T13:03Z"),
        ("America/Los_Angeles 2026-03-02 14:03", "2026-03-02T22:03Z"),
        ("2026-03-02 14:03 America/Argentina/Buenos_Aires", "2026-03-02T17:03Z"),
        ("2026-03-02 14:03 US/Pacific", "2026-03-02T22:03Z"),
        ("2026-03-02 14:03 Etc/GMT+5", "2026-03-02T19:03Z"),
        ("2026-03-02 14:03 CST America/Chicago", "2026-03-02T20:03Z"),
        ("2026-03-08 02:30 America/New_York", "2026-03-08T07:00Z"),
        ("2026-11-01 01:30 America/New_York", "2026-11-01T06:30Z"),
        ("2026-10-04 02:15 Australia/Lord_Howe", "2026-10-03T15:30Z"),
    ],
)
def test_a_place_behind_a_time_is_its_zone(text: str, utc: str) -> None:
    """With the summer time of that day; skipped and repeated hours as everywhere."""
    calls = as_calls(frame(text), tz="Asia/Tokyo")
    assert calls["start_timestamp"].tolist() == [pd.Timestamp(utc)]
    assert not any(ZONE in note for note in calls.attrs["notes"])


def test_a_place_that_is_none_is_no_zone() -> None:
    """The time is missing, and a note quotes it."""
    with pytest.warns(UserWarning, match="Europe/Atlantis"):
        assert as_calls(frame("2026-03-02 14:03 Europe/Atlantis"))["start_timestamp"].isna().all()
