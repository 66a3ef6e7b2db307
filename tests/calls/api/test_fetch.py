"""Calls fetched from a false Retell on loopback, which knows the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from retell_server import FakeRetell, Fault, made_up_calls
from truth import assert_true

import retell_nb as rn
from retell_nb.calls.api import retries, windows
from retell_nb.calls.api.errors import AuthenticationError, CountError
from retell_nb.calls.api.fetch import fetch_calls
from retell_nb.calls.api.filters import milliseconds
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

MARCH = ("2026-03-01", "2026-04-01")


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small windows, and no pauses."""
    monkeypatch.setattr(windows, "MOST", 20)
    monkeypatch.setattr(windows, "_PAUSE", 0)
    monkeypatch.setattr(retries, "_sleep", lambda _seconds: None)


def test_what_is_fetched_is_the_truth(retell: FakeRetell, tmp_path: Path) -> None:
    """All calls that ended are there, those that never connected too; running ones are not."""
    calls = fetch_calls(*MARCH)
    assert_true(calls, retell, tmp_path)
    assert {"ended", "not_connected"} <= set(calls["call_status"])
    assert calls["start_timestamp"].isna().any()
    assert calls.retell.when.is_monotonic_increasing
    assert calls.attrs["window"] == ["2026-03-01T00:00:00+00:00", "2026-04-01T00:00:00+00:00"]


def test_many_workers_bring_what_one_does(retell: FakeRetell) -> None:
    """The frame is the same, row by row, however many windows are in flight."""
    retell.put(*made_up_calls(200, seed=1))
    one = fetch_calls(*MARCH, workers=1)
    for workers in (2, 9):
        pd.testing.assert_frame_equal(fetch_calls(*MARCH, workers=workers), one)


def test_the_period_holds_its_start_and_not_its_end(retell: FakeRetell) -> None:
    """Two periods that meet share no call and lose none."""
    end = sorted(call.get("end_timestamp", 0) for call in retell.calls.values())[-9]
    moment = pd.Timestamp(end, unit="ms", tz="UTC")
    before, after = fetch_calls(MARCH[0], moment), fetch_calls(moment, MARCH[1])
    assert (before["end_timestamp"] < moment).all()
    assert (after["end_timestamp"] == moment).any()
    both = pd.concat([before["call_id"], after["call_id"]])
    assert sorted(both) == sorted(fetch_calls(*MARCH)["call_id"])


def test_filters_and_fields_are_passed_on(retell: FakeRetell) -> None:
    """Only the calls asked for come, with the fields to keep."""
    calls = fetch_calls(*MARCH, keep=["metadata"], disconnection_reason="user_hangup")
    assert set(calls["disconnection_reason"]) == {"user_hangup"}
    assert calls["metadata"].str.contains("campaign").any()
    assert all("disconnection_reason" in asked.body["filter_criteria"] for asked in retell.asked)


def test_a_period_without_calls_is_an_empty_frame(retell: FakeRetell) -> None:
    """It has all columns."""
    calls = fetch_calls("2020-01-01", "2020-01-02")
    assert calls.empty
    assert list(calls.columns) == list(SCHEMA)
    assert len(retell.asked) == 1


def test_a_count_that_is_wrong_once_is_asked_for_again(retell: FakeRetell, tmp_path: Path) -> None:
    """The window is fetched anew."""
    retell.faults.append(Fault(edit=lambda page: {**page, "total": page["total"] - 50}))
    assert_true(fetch_calls(*MARCH, workers=1), retell, tmp_path)


@pytest.mark.parametrize(("total", "told"), [(3, 3), (None, None), ("7", None)])
def test_a_count_that_stays_wrong_is_an_error_with_both_numbers(
    retell: FakeRetell, total: object, told: int | None
) -> None:
    """No frame is better than one that lacks calls."""
    retell.fault_of = lambda _asked: Fault(edit=lambda page: {**page, "total": total})
    came = sum("end_timestamp" in call for call in retell.calls.values())
    with pytest.raises(CountError, match=f"{told} calls .* gave {came}") as error:
        fetch_calls(*MARCH)
    assert (error.value.told, error.value.came) == (told, came)
    assert len(retell.asked) == 4


@pytest.mark.parametrize(
    ("wrong", "match"),
    [
        ({"start": "yesterday"}, "start='yesterday' is not a time"),
        ({"start": pd.NaT}, "start=NaT is not a time"),
        ({"end": "2026-03-01"}, "not after its start"),
        ({"end_timestamp": 5}, "what start and end ask for"),
        ({"workers": 0}, "at least 1"),
        ({"reason": "dial_failed"}, "there is no filter reason"),
        ({"keep": ["x"]}, "allowed are"),
    ],
)
def test_a_wrong_question_is_refused_before_it_is_asked(
    retell: FakeRetell, wrong: dict[str, Any], match: str
) -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match=match):
        fetch_calls(**{"start": MARCH[0], "end": MARCH[1], **wrong})
    assert not retell.asked


def test_without_a_key_nothing_is_fetched(
    retell: FakeRetell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says where a key can come from."""
    monkeypatch.delenv("RETELL_API_KEY")
    with pytest.raises(AuthenticationError, match="RETELL_API_KEY"):
        fetch_calls(*MARCH)
    assert not retell.asked


def test_records_that_do_not_fit_are_set_aside_with_a_warning(retell: FakeRetell) -> None:
    """They are counted, so that the rest is whole."""
    broken = {**next(iter(retell.calls.values())), "end_timestamp": 1_772_323_200_000}
    retell.put({**broken, "call_id": "call_odd", "disconnection_reason": {"a": 5}})
    with pytest.warns(UserWarning, match="1 record could not be used.*page"):
        calls = fetch_calls(*MARCH)
    assert "call_odd" not in set(calls["call_id"])
    assert len(calls.attrs["rejected"]) == 1


def test_the_api_is_a_source_like_any_other(retell: FakeRetell) -> None:
    """A period is told by the time of the calls; one that ends after it is in it."""
    start, end = "2026-03-01T00:10", "2026-03-01T00:20"
    calls = rn.load_calls("api", start=start, end=end, progress=False)
    truth = [
        c.get("start_timestamp") or c.get("end_timestamp")
        for c in retell.calls.values()
        if "end_timestamp" in c
    ]
    low, high = (milliseconds(time) for time in (start, end))
    assert len(calls) == sum(low <= time < high for time in truth) > 5
    assert calls.attrs["window"] == ["2026-03-01T00:10:00+00:00", "2026-03-01T00:20:00+00:00"]
    with pytest.raises(ValueError, match="needs a start"):
        rn.load_calls("api")
