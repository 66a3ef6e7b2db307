"""Syncs against a false Retell on loopback that misbehaves, and knows the truth."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import resource
import threading
from typing import TYPE_CHECKING, Any

import pytest
from retell_server import KEY, FakeRetell, Fault, made_up_calls
from truth import assert_same, assert_true

import retell_nb as rn
from retell_nb.calls.api import retries, windows
from retell_nb.calls.api.client import Client
from retell_nb.calls.api.errors import APIError, CountError, PaginationError
from retell_nb.calls.store import disk, syncing
from retell_nb.calls.store.syncing import sync_calls
from retell_nb.calls.store.writing import writing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

START = "2026-03-01"
MARCH = 1_772_323_200_000
APRIL = 1_775_001_600_000
NOW = MARCH + 4 * 3_600_000

PASSING = {
    "429": Fault(status=429, headers={"Retry-After": "3"}),
    "500": Fault(status=500),
    "reset within": Fault(cut=200, reset=True),
    "cut": Fault(cut=200),
    "truncated": Fault(body=b'{"items": [{"call_id": "call_0'),
    "invalid": Fault(body=b"<html>Welcome</html>"),
    "silence": Fault(stall=True),
    "slow body": Fault(cut=200, stall=True),
    "another count": Fault(edit=lambda page: {**page, "total": page.get("total", 0) + 7}),
    "no key": Fault(edit=lambda page: {**page, "has_more": True, "pagination_key": None}),
    "half a page": Fault(edit=lambda page: {**page, "items": page["items"][::2]}),
    "an empty last page": Fault(edit=lambda page: {**page, "items": [], "has_more": False}),
}
HARMLESS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "duplicates": lambda page: {**page, "items": [*page["items"], *page["items"][:3]]},
    "unknown words": lambda page: {**page, "mood": "fine", "more": [1]},
}


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small windows and pages, no pauses, and a clock that stands just behind the calls."""
    monkeypatch.setattr(syncing, "_now", lambda: NOW)
    monkeypatch.setattr(windows, "MOST", 30)
    monkeypatch.setattr(windows, "_PAUSE", 0)
    monkeypatch.setattr("retell_nb.calls.api.paging._LARGEST_PAGE", 10)
    monkeypatch.setattr(retries, "_sleep", lambda _seconds: None)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


# --- The store is the truth ----------------------------------------------------------------------


def test_a_first_sync_and_the_next(
    retell: FakeRetell, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first brings all, the second nothing new, the third what is new and what has changed."""
    monkeypatch.setattr(syncing, "_now", lambda: APRIL + 10 * 3_600_000)
    retell.put(*made_up_calls(80, seed=1, start=APRIL - 40 * 60_000))
    ended = sum("end_timestamp" in call for call in retell.calls.values())
    first = sync_calls(store, start=START)
    assert first[:4] == (ended, ended, 0, ended)
    assert_true(rn.read_calls(store), retell, tmp_path)
    assert {path.name for path in store.glob("month=*")} == {"month=2026-03", "month=2026-04"}
    files = sorted(store.rglob("*"))
    second = sync_calls(store)
    assert second[1:] == (0, 0, ended, first.until)
    assert sorted(store.rglob("*")) == files
    late = [call for call in retell.calls.values() if call.get("end_timestamp", 0) > APRIL][:4]
    retell.put(*({**call, "disconnection_reason": "a_new_reason"} for call in late))
    retell.put(*made_up_calls(9, seed=2, start=APRIL + 50 * 60_000))
    third = sync_calls(store)
    assert third.updated == 4
    assert third.total == sum("end_timestamp" in call for call in retell.calls.values())
    assert third.new == third.total - ended
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_a_call_that_was_running_comes_when_it_ends(
    retell: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """The next sync goes back as far as it must."""
    sync_calls(store, start=START)
    running = [call for call in retell.calls.values() if call["call_status"] == "ongoing"]
    ends = max(call.get("end_timestamp", 0) for call in retell.calls.values()) - 60_000
    retell.put(*({**call, "end_timestamp": ends, "call_status": "ended"} for call in running))
    assert sync_calls(store).new == len(running) > 0
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_an_earlier_start_adds_the_calls_before(
    retell: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Nothing that is there comes again."""
    late = "2026-03-01T00:30"
    some = sync_calls(store, start=late)
    assert_true(rn.read_calls(store), retell, tmp_path, since=MARCH + 30 * 60_000 - 1)
    rest = sync_calls(store, start=START, settle="0s")
    assert rest.new == rest.total - some.total > 0
    assert_true(rn.read_calls(store), retell, tmp_path)
    assert sync_calls(store, start=late).new == sync_calls(store, start=START).new == 0


def test_a_call_that_moves_to_another_month_is_there_once(
    retell: FakeRetell, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its last version counts, wherever the earlier one is."""
    monkeypatch.setattr(syncing, "_now", lambda: APRIL + 3_600_000)
    retell.put(*made_up_calls(30, seed=1, start=APRIL - 29 * 60_000))
    sync_calls(store, start=START)
    last = max(retell.calls.values(), key=lambda call: call.get("end_timestamp", 0))
    retell.put({**last, "end_timestamp": APRIL + 600_000})
    assert sync_calls(store).updated == 1
    assert_true(rn.read_calls(store), retell, tmp_path)
    rn.compact(store)
    assert_true(rn.read_calls(store), retell, tmp_path)


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING)
def test_faults_that_pass_lose_nothing(
    retell: FakeRetell, store: Path, tmp_path: Path, fault: Fault
) -> None:
    """Every fifth answer is broken, and the store is the truth all the same."""
    retell.put(*made_up_calls(60, seed=1))
    retell.fault_of = lambda _asked: None if len(retell.asked) % 5 else fault
    with Client(timeout=0.3 if fault.stall else 60) as client:
        done = sync_calls(store, start=START, client=client)
    assert done.new == done.total == done.fetched
    assert_true(rn.read_calls(store), retell, tmp_path)


@pytest.mark.parametrize("edit", HARMLESS.values(), ids=HARMLESS)
def test_oddities_do_no_harm(
    retell: FakeRetell, store: Path, tmp_path: Path, edit: Callable[[Any], Any]
) -> None:
    """Each call is there once."""
    retell.fault_of = lambda _asked: Fault(edit=edit)
    sync_calls(store, start=START)
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_an_empty_page_in_between_is_no_end(
    retell: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """The calls behind it come too."""
    pages = iter(range(10**6))

    def emptied(asked: Any) -> Fault | None:
        """An empty page, and the key it was asked with; a blank behind does not change a key."""
        key = asked.body.get("pagination_key")
        if not key or key.endswith(" ") or next(pages) % 2:
            return None
        return Fault(
            edit=lambda page: {**page, "items": [], "has_more": True, "pagination_key": key + " "}
        )

    retell.fault_of = emptied
    sync_calls(store, start=START)
    assert next(pages) > 2
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_calls_that_change_between_pages(retell: FakeRetell, store: Path, tmp_path: Path) -> None:
    """While pages are read calls change and new ones end; after the next sync all is there."""
    fresh = iter(made_up_calls(500, seed=5, start=MARCH + 3_600_000, every=1000))

    def change(_asked: object) -> None:
        call = next(iter(retell.calls.values()))
        retell.put({**call, "agent_name": f"Agent {len(retell.asked)}"})
        if len(retell.asked) % 3 == 0:
            retell.put(next(fresh))

    retell.fault_of = change
    with contextlib.suppress(CountError):
        sync_calls(store, start=START)
    retell.fault_of = lambda _asked: None
    sync_calls(store, start=START)
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_whatever_a_record_holds(retell: FakeRetell, store: Path, tmp_path: Path) -> None:
    """Unknown reasons and fields, nulls everywhere and five megabytes of metadata."""
    calls = list(retell.calls.values())
    ended = [call for call in calls if "end_timestamp" in call]
    whole = {"call_id", "end_timestamp"}
    retell.put(
        {**ended[0], "disconnection_reason": "error_of_tomorrow", "call_status": "asleep"},
        {
            **ended[1],
            "mood": "fine",
            "depth": 3,
            "parts": {"a": [1, None]},
            "Ünïcode \U0001f600": 1.5,
        },
        {name: value if name in whole else None for name, value in ended[2].items()},
        {**ended[3], "metadata": {"big": "x" * 5_000_000}},
        {**ended[4], "latency": None, "call_analysis": None, "call_cost": {}, "mood": None},
        {**ended[5], "agent_name": "\u202eright\0to left", "mood": ""},
    )
    sync_calls(store, start=START)
    found = rn.read_calls(store)
    assert_true(found, retell, tmp_path)
    assert "error_of_tomorrow" in set(found["disconnection_reason"])
    assert found.set_index("call_id").loc[ended[1]["call_id"], "parts"] == '{"a":[1,null]}'
    assert sum(path.stat().st_size for path in store.rglob("*.parquet")) < 500_000
    assert sync_calls(store).updated == 0


def test_records_that_do_not_fit_are_remembered(retell: FakeRetell, store: Path) -> None:
    """They are told of at once, and whenever the store is read."""
    ended = next(call for call in retell.calls.values() if "end_timestamp" in call)
    retell.put({**ended, "call_id": "call_odd", "disconnection_reason": {"a": 5}})
    with pytest.warns(UserWarning, match="1 record could not be used"):
        sync_calls(store, start=START)
    with pytest.warns(UserWarning, match="1 record could not be used"):
        calls = rn.read_calls(store)
    assert "disconnection_reason" in calls.attrs["rejected"][0]["why"]


def test_a_store_knows_up_to_when_it_was_synced(
    retell: FakeRetell, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also by a sync that brings no call: so it shows that none has come since."""
    sync_calls(store, start=START)
    assert rn.read_calls(store).attrs["window"] == [
        "2026-03-01T00:00:00+00:00",
        "2026-03-01T04:00:00+00:00",
    ]
    later = NOW + 9 * 3_600_000
    monkeypatch.setattr(syncing, "_now", lambda: later)
    assert sync_calls(store).new == 0
    assert rn.read_calls(store).attrs["window"][1] == "2026-03-01T13:00:00+00:00"
    assert retell.asked


# --- What does not pass ---------------------------------------------------------------------------


STAYING: dict[str, tuple[type[Exception], Callable[[dict[str, Any]], dict[str, Any]]]] = {
    "a count": (CountError, lambda page: {**page, "total": page.get("total", 0) + 1}),
    "no count": (CountError, lambda page: {n: v for n, v in page.items() if n != "total"}),
    "no key": (PaginationError, lambda page: {**page, "has_more": True, "pagination_key": ""}),
    "the same key": (
        PaginationError,
        lambda page: {**page, "has_more": True, "pagination_key": "W10="},
    ),
    "no items": (APIError, lambda _page: {"status": "error"}),
}


@pytest.mark.parametrize(("kind", "edit"), STAYING.values(), ids=STAYING)
def test_a_fault_that_stays_takes_nothing_of_its_window(
    retell: FakeRetell,
    store: Path,
    tmp_path: Path,
    kind: type[Exception],
    edit: Callable[[Any], Any],
) -> None:
    """The windows before it are stored, and the next sync goes on from there."""
    middle = MARCH + 25 * 60_000
    key = {"end_timestamp": {"value": [0, 0]}}

    def broken(asked: Any) -> Fault | None:
        first, last = asked.body.get("filter_criteria", key)["end_timestamp"]["value"]
        return Fault(edit=edit) if first > middle and last - first < 10**9 else None

    retell.put(*made_up_calls(60, seed=1))
    windows.MOST, retell.fault_of = 20, broken
    with pytest.raises(kind):
        sync_calls(store, start=START)
    before = rn.read_calls(store)
    assert 0 < len(before) < len(retell.calls) / 2
    assert_same(before, rn.read_calls(store))
    retell.fault_of = lambda _asked: None
    sync_calls(store)
    assert_true(rn.read_calls(store), retell, tmp_path)


@pytest.mark.parametrize("fresh", [False, True], ids=["the same calls", "other calls"])
def test_pages_without_end_are_an_error(retell: FakeRetell, store: Path, fresh: object) -> None:
    """Whether they repeat themselves or not, and the memory they take is bounded."""
    numbers = iter(range(10**9))

    def more(page: dict[str, Any]) -> dict[str, Any]:
        items = [
            {**call, "call_id": f"call_{next(numbers)}"} if fresh else call
            for call in page["items"]
        ]
        return {
            "total": 20,
            "items": items,
            "has_more": True,
            "pagination_key": f"{'W10=':<{next(numbers) % 9999 + 4}}",
        }

    retell.fault_of = lambda _asked: Fault(edit=more)
    with pytest.raises((PaginationError, CountError)):
        sync_calls(store, start=START)
    assert len(retell.asked) < 200
    assert rn.read_calls(store).empty


@pytest.mark.parametrize("instant", range(9))
def test_a_full_disk_leaves_the_last_good_state(
    retell: FakeRetell, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instant: int
) -> None:
    """Whichever write fails, the store can be read, nothing half done stays, and a rerun heals."""
    written = iter(range(100))
    fsync = os.fsync

    def full(file: int) -> None:
        if next(written) == instant:
            raise OSError(errno.ENOSPC, "full at this instant")
        fsync(file)

    sync_calls(store, start="2026-03-01T00:40")
    before = set(rn.read_calls(store)["call_id"])
    with monkeypatch.context() as patch:
        patch.setattr(disk.os, "fsync", full)
        with pytest.raises(OSError, match="full at this instant"):
            sync_calls(store, start=START)
    found = rn.read_calls(store)
    assert before <= set(found["call_id"]) <= set(retell.calls)
    assert found["call_id"].is_unique
    assert not list(store.rglob("*.unfinished"))
    sync_calls(store, start=START)
    assert_true(rn.read_calls(store), retell, tmp_path)


@pytest.mark.parametrize("size", [100, 3_000, 12_000])
def test_a_file_that_cannot_grow(
    retell: FakeRetell, store: Path, tmp_path: Path, size: int
) -> None:
    """A write that breaks off half-way leaves nothing behind."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        with pytest.raises(OSError) as error:  # noqa: PT011 - its number says what it is
            sync_calls(store, start=START)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert error.value.errno == errno.EFBIG
    assert not list(store.rglob("*.parquet"))
    sync_calls(store, start=START)
    assert_true(rn.read_calls(store), retell, tmp_path)


# --- One writer, many readers ---------------------------------------------------------------------


def test_two_syncs_at_once(retell: FakeRetell, store: Path, tmp_path: Path) -> None:
    """The second is told so and touches nothing; when the first has ended, the way is free."""
    sync_calls(store, start=START)
    asked = len(retell.asked)
    with writing(store):
        with pytest.raises(TimeoutError, match="another sync or compaction writes"):
            sync_calls(store)
        with pytest.raises(TimeoutError, match="another sync"):
            rn.compact(store)
        assert_true(rn.read_calls(store), retell, tmp_path)
    assert len(retell.asked) == asked
    sync_calls(store)


def test_who_reads_during_a_sync_sees_whole_windows(retell: FakeRetell, store: Path) -> None:
    """At any time a reader gets calls of the server, each once, and never fewer than before."""
    retell.put(*made_up_calls(100, seed=1, every=40_000), *made_up_calls(100, seed=2, every=40_000))
    sync_calls(store, start="2026-03-01T00:50")
    counts: list[int] = []
    one_by_one = threading.Lock()  # so that the counts stand in the order of the reads

    def read(_asked: object) -> None:
        with one_by_one:
            ids = rn.read_calls(store)["call_id"]
            assert ids.is_unique
            counts.append(len(ids))

    retell.fault_of = read
    sync_calls(store, start=START)
    assert counts == sorted(counts)
    assert len(set(counts)) > 1


# --- Clocks, keys and questions -------------------------------------------------------------------


@pytest.mark.parametrize("years", [-30, 30])
def test_a_clock_that_jumps_loses_nothing(
    retell: FakeRetell, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, years: int
) -> None:
    """After a sync with a wrong clock, one with the right clock brings all."""
    sync_calls(store, start=START)
    retell.put(*made_up_calls(20, seed=3, start=MARCH + 4_000_000))
    with monkeypatch.context() as patch:
        patch.setattr(syncing, "_now", lambda: NOW + years * 31_557_600_000)
        expected = (
            pytest.warns(UserWarning, match="set the clock")
            if years < 0
            else contextlib.nullcontext()
        )
        with expected:
            sync_calls(store)
    retell.put(*made_up_calls(20, seed=4, start=MARCH + 6_000_000))
    sync_calls(store)
    assert_true(rn.read_calls(store), retell, tmp_path)


def test_the_key_is_nowhere(
    retell: FakeRetell,
    store: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In no file of the store, no log, nothing said or shown."""
    retell.faults.extend([Fault(status=500, body={"message": KEY}), Fault(status=429)])
    with caplog.at_level(logging.DEBUG):
        done = sync_calls(store, start=START)
    retell.fault_of = lambda _asked: Fault(status=401, body={"message": f"Invalid key {KEY}"})
    with pytest.raises(APIError) as error:
        sync_calls(store)
    shown = [caplog.text, *capfd.readouterr(), repr(done), str(done), repr(error), str(error.value)]
    assert "list-calls" in caplog.text
    assert KEY not in "".join(shown)
    files = [path for path in store.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert not [path for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({}, "the first sync needs start="),
        ({"start": "soon"}, "start='soon' is not a time"),
        ({"start": START, "settle": "a while"}, "settle='a while' is not a length of time"),
        ({"start": START, "settle": "-2h"}, "not a length of time"),
    ],
)
def test_a_wrong_question_leaves_no_folder(
    retell: FakeRetell, store: Path, options: dict[str, Any], match: str
) -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match=match):
        sync_calls(store, **options)
    assert not store.exists()
    assert not retell.asked


def test_a_folder_of_something_else_is_refused(retell: FakeRetell, store: Path) -> None:
    """Nobody's files are mixed with a store."""
    store.mkdir()
    (store / "export.csv").touch()
    with pytest.raises(ValueError, match=r"not a store, and not empty: it holds export\.csv"):
        sync_calls(store, start=START)
    assert not retell.asked
