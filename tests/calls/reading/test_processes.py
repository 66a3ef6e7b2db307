"""Large work shared out: as many processes as there are cores bring what one does."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import loky
import pandas as pd
import pytest
from payloads import SHAPES, connected, dumped, event, lines, page, unconnected

from retell_nb.calls.reading.files import read_calls
from retell_nb.engine import processes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = {
    "a.json": dumped(page([connected(1, mood="fine"), unconnected(2)])),
    "b.jsonl": lines(connected(3, shift="late"), {"status": "error"}, connected(4, mood=7)),
    "c.csv": SHAPES["names.csv"](),
    "d.json": dumped([event(connected(1), "call_analyzed"), connected(5, agent_id="agent_new")]),
    "e.json": dumped([connected(6, disconnection_reason="error_asr"), connected(9)])[:-9],
    "f.json": b"",
    "g.json": dumped([connected(7, start_timestamp="2026-03-02T10:00:00", transcript="Hello.")]),
    "h.json": dumped([connected(8, shift={"from": 8})]),
}
"""Calls, and what can be wrong with them: each file has something that the others have not."""


class AllElsewhere(loky.ProcessPoolExecutor):
    """A pool that has done every task before anybody can take it back."""

    def submit(self, work: Callable[..., Any], *portion: Any) -> Future[Any]:
        task = super().submit(work, *portion)
        task.exception()
        return task


class Lost(loky.ProcessPoolExecutor):
    """A pool whose processes have been ended."""

    def submit(self, *_: Any) -> Future[Any]:
        task: Future[Any] = Future()
        task.set_running_or_notify_cancel()
        task.set_exception(BrokenExecutor("killed"))
        return task


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every file large enough for a process."""
    monkeypatch.setattr(processes, "_MUCH", 0)
    monkeypatch.setattr(processes, "_PORTION", 1)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")


def found(folder: Path) -> pd.DataFrame:
    with pytest.warns(UserWarning, match="could not be used"):
        return read_calls(folder)


@pytest.mark.parametrize("pool", [AllElsewhere, Lost, loky.ProcessPoolExecutor])
def test_processes_bring_what_one_does(
    folder: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, pool: Any
) -> None:
    """Frame, order, categories, unknown columns, rejected records: also if processes are lost."""
    alone = found(folder)
    request.getfixturevalue("small")
    monkeypatch.setattr(loky, "ProcessPoolExecutor", pool)
    shared = found(folder)
    pd.testing.assert_frame_equal(shared, alone)
    assert shared.attrs == alone.attrs
    assert len(alone) == 8
    assert {"mood", "shift"} <= {*alone.columns}
    assert len(alone.attrs["rejected"]) == 3


def test_only_much_is_shared_out(tmp_path: Path) -> None:
    """Files that one process reads in a second stay together; packed ones hold more than they seem.

    The order of the files stays, and a portion is never much smaller than the others.
    """
    sizes = {"a.json": 200, "b.json": 3, "c.json": 6, "d.json": 200, "e.jsonl.gz": 14}
    paths = [tmp_path / name for name in sizes]
    for path in paths:
        with path.open("wb") as file:
            file.truncate(sizes[path.name] << 20)
    assert processes.in_portions(paths[:4]) == [paths[:4]]
    a, b, c, d, e = paths
    assert processes.in_portions(paths) == [[a, b], [c], [d], [e]]


@pytest.mark.parametrize("sole", ["one core", "a daemon"])
def test_without_another_core_all_is_done_here(monkeypatch: pytest.MonkeyPatch, sole: str) -> None:
    """On a single core, and in a process that may start no other, none is started."""
    if sole == "one core":
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    else:
        daemon = SimpleNamespace(daemon=True)
        monkeypatch.setattr(multiprocessing, "current_process", lambda: daemon)
    monkeypatch.setattr(loky, "ProcessPoolExecutor", None)
    assert list(processes.shared_out(len, ["a", "bc"])) == [1, 2]


def test_another_process_does_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a process works out comes back in the order of the work."""
    monkeypatch.setattr(loky, "ProcessPoolExecutor", AllElsewhere)
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    asked = [f"__import__('os').{whose}()" for whose in ("getpid", "getppid", "getpid")]
    first, parent, last = processes.shared_out(eval, asked)
    assert parent == os.getpid()
    assert first != parent != last


def _process() -> str:
    return str(os.getpid())


class Busy(ThreadPoolExecutor):
    """Threads that have begun nothing yet."""

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        return Future()


class Awaited(ThreadPoolExecutor):
    """Threads that have done every task before anybody can take it back."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        task = super().submit(work, *args, **kwargs)
        task.exception()
        return task


@pytest.mark.parametrize(
    ("threads", "pool", "here"),
    [
        (Awaited, loky.ProcessPoolExecutor, False),
        (Awaited, Lost, True),
        (Busy, loky.ProcessPoolExecutor, True),
    ],
)
def test_work_is_handed_over_to_a_process_beside(
    monkeypatch: pytest.MonkeyPatch, threads: Any, pool: Any, *, here: bool
) -> None:
    """What is lost with the process or not begun is done here, as is all of it on one core."""
    monkeypatch.setattr(processes, "ThreadPoolExecutor", threads)
    monkeypatch.setattr(loky, "ProcessPoolExecutor", pool)
    for cores in (2, 1):
        monkeypatch.setenv("LOKY_MAX_CPU_COUNT", str(cores))
        with processes.beside() as hand_over:
            result = hand_over(_process)
            assert (result() == _process()) is (here or cores == 1)
