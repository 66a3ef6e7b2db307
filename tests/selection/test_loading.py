"""One word for wherever calls come from, and the period they are asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.facts import when

if TYPE_CHECKING:
    from pathlib import Path

TIMES = (
    "2026-03-08T23:59:59.999Z",
    "2026-03-09T00:00:00Z",
    "2026-03-09T23:59:59.999Z",
    "2026-03-10T00:00:00Z",
    None,
)


@pytest.fixture
def source(tmp_path: Path) -> str:
    """Five calls: before the ninth of March, twice on it, after it, and at no time."""
    records = [
        {
            "call_id": f"call_{number}",
            "disconnection_reason": "dial_busy",
            "from_number": "+14155550100",
            **({"start_timestamp": int(pd.Timestamp(time).timestamp() * 1000)} if time else {}),
        }
        for number, time in enumerate(TIMES)
    ]
    path = tmp_path / "calls.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return str(path)


def _places(calls: pd.DataFrame) -> list[int]:
    return [int(call_id.removeprefix("call_")) for call_id in calls["call_id"]]


def test_without_a_period_all_calls_come(source: str) -> None:
    """A source alone gives all its calls, those without a time too."""
    assert _places(rn.load_calls(source)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("start", "end", "places"),
    [
        ("2026-03-09", "2026-03-10", [1, 2]),
        ("2026-03-09", None, [1, 2, 3]),
        (None, "2026-03-09", [0]),
        (pd.Timestamp("2026-03-09", tz="UTC"), "2026-03-09T12:00", [1]),
        ("2026-03-09T00:00+01:00", "2026-03-10T00:00+01:00", [0, 1]),
        ("2027-01-01", None, []),
        (20260309, 20260310, [1, 2]),  # papermill takes what looks like a number for one
    ],
)
def test_a_period_is_from_its_start_on_and_before_its_end(
    source: str, start: str | None, end: str | None, places: list[int]
) -> None:
    """Calls at the start are in, at the end out, and those without a time are out and counted."""
    calls = rn.load_calls(source, start, end)
    assert _places(calls) == places
    assert calls.index.tolist() == list(range(len(places)))
    assert calls.attrs["undated"] == 1


def test_a_day_is_a_day_of_the_time_zone(source: str) -> None:
    """Start and end that name no zone are of the zone given: in New York a day ends later."""
    calls = rn.load_calls(source, "2026-03-08", "2026-03-09", tz="America/New_York")
    assert _places(calls) == [0, 1]
    assert when(calls).dt.tz_convert("America/New_York").dt.day.tolist() == [8, 8]


def test_a_file_s_local_times_are_of_the_time_zone(tmp_path: Path) -> None:
    """The zone is passed on to the reader, for times in the file that name none."""
    (tmp_path / "a.csv").write_text(
        "Session ID,Time,End Reason\ncall_1,2026-03-09 00:30,Dial busy\n", encoding="utf-8"
    )
    berlin = rn.load_calls(str(tmp_path / "a.csv"), "2026-03-09", tz="Europe/Berlin")
    assert berlin["start_timestamp"].tolist() == [pd.Timestamp("2026-03-08T23:30Z")]


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2026-03-10", "2026-03-09", "not after its start"),
        ("2026-03-10", "2026-03-10", "not after its start"),
        ("01/03/2026", None, "start='01/03/2026' is not a time; write it as 2026-03-01"),
        ("", None, "start='' is not a time"),
        ("yesterday-ish", None, "start='yesterday-ish' is not a time; write it as 2026-03-01"),
        (None, "32 March", "end='32 March' is not a time"),
    ],
)
def test_a_period_that_is_none_is_refused(
    source: str, start: str | None, end: str | None, told: str
) -> None:
    """An end not after the start, or words that are no time, are said and not guessed."""
    with pytest.raises(ValueError, match=told):
        rn.load_calls(source, start, end)


def test_the_window_is_the_period_that_is_known(source: str) -> None:
    """`window` is the period asked for within that of the source; half of one is none."""
    window = ["2026-03-09T00:00:00+00:00", "2026-03-10T00:00:00+00:00"]
    assert rn.load_calls(source, "2026-03-09", "2026-03-10").attrs["window"] == window
    assert rn.load_calls(source, "2026-03-09").attrs["window"] is None
    sample = rn.load_calls("sample", "2026-03-28", "2027-01-01", n=500).attrs["window"]
    assert [pd.Timestamp(time).date().isoformat() for time in sample] == [
        "2026-03-28",
        "2026-03-30",
    ]


def test_the_sample_takes_its_own_options() -> None:
    """Further arguments go to whatever makes the calls."""
    pd.testing.assert_frame_equal(
        rn.load_calls("sample", n=300, seed=4), rn.sample_calls(300, seed=4)
    )


def test_masked_calls_hide_numbers_and_unknown_columns(tmp_path: Path) -> None:
    """With `mask` no number is left, nor an unknown column but those that may be shown."""
    (tmp_path / "a.csv").write_text(
        "End Reason,From,Team,Patient\nDial busy,+14155550100,A,Jo Doe\n", encoding="utf-8"
    )
    path = str(tmp_path / "a.csv")
    shown = rn.load_calls(path, mask=True, show=["Team", "owner", "nowhere"])
    assert shown["Team"].tolist() == ["A"]
    assert "Patient" not in shown.columns
    assert "4155550100" not in shown.to_csv()
    assert rn.load_calls(path)["from_number"].tolist() == ["+14155550100"]


def test_the_api_needs_a_start() -> None:
    """Without a start, fetching all there ever was is refused before a key is looked for."""
    with pytest.raises(ValueError, match="source='api' needs a start"):
        rn.load_calls("api")


def test_a_source_that_is_not_there_is_named() -> None:
    """A file that does not exist is an error with its name."""
    with pytest.raises(FileNotFoundError, match=r"nowhere\.csv"):
        rn.load_calls("nowhere.csv")


def test_filters_and_what_a_reader_takes_come_by_name() -> None:
    """A name of the reader's goes there; any other is a filter, as is what JSON text holds."""
    text = '{"outcome": ["failed"], "duration": "<10s"}'
    calls = rn.load_calls("sample", n=2_000, seed=7, filters=text, direction="outbound")
    everything = rn.sample_calls(2_000, seed=7)
    same = everything.retell.select(outcome="failed", duration="<10s", direction="outbound")
    pd.testing.assert_frame_equal(calls, same)
    assert len(calls) > 0
    with pytest.raises(ValueError, match="Did you mean 'outcome'"):
        rn.load_calls("sample", outcom="failed")
