"""A writer killed at any instant: no call is lost, and none is there twice."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from retell_server import KEY, FakeRetell, made_up_calls
from truth import assert_true

import retell_nb as rn
from retell_nb.calls.store.manifest import is_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Run = Callable[..., list[Any]]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked to be killed")

KILLED = -9
START = "2026-03-31T23:00"
APRIL = 1_775_001_600_000  # a quarter of an hour of calls before it, and one behind


@pytest.fixture(scope="module")
def server() -> Iterator[FakeRetell]:
    with FakeRetell(made_up_calls(30, start=APRIL - 15 * 60_000)) as server:
        yield server


@pytest.fixture(scope="module")
def run(server: FakeRetell) -> Iterator[Run]:
    """Run a word in a process that lives no longer than it may."""
    place = {"RETELL_API_KEY": KEY, "RETELL_BASE_URL": server.url, "NO_PROXY": "127.0.0.1"}
    runner = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("forks.py"), str(APRIL + 3_600_000)],
        env={**os.environ, **place, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(word: str, folder: Path, after: float | None = None, **options: object) -> list[Any]:
        assert runner.stdin
        assert runner.stdout
        runner.stdin.write(json.dumps([word, str(folder), options, after]) + "\n")
        runner.stdin.flush()
        status: list[Any] = json.loads(runner.stdout.readline())
        return status

    with runner:
        yield ask


def assert_whole(folder: Path, server: FakeRetell) -> None:
    """What can be read of a store whose writer was killed: calls of the server, each once."""
    if is_store(folder):
        ids = rn.read_calls(folder)["call_id"]
        assert ids.is_unique
        assert set(ids) <= set(server.calls)


def change(server: FakeRetell, draw: random.Random) -> None:
    """Let some calls be analysed late."""
    ended = [call for call in server.calls.values() if "end_timestamp" in call]
    server.put(
        *({**call, "call_cost": {"combined_cost": draw.random()}} for call in draw.sample(ended, 5))
    )


def test_a_sync_killed_at_any_instant_loses_nothing(
    run: Run, server: FakeRetell, tmp_path: Path
) -> None:
    """At twenty instants, twice in each store; the next sync makes it the truth."""
    draw = random.Random(20260301)  # noqa: S311 - instants are no secret
    for word in ("warm", "measured"):
        status, lasts = run("sync_calls", tmp_path / word, start=START)
        assert status == 0
    statuses = []
    for number in range(10):
        folder = tmp_path / str(number)
        for _ in range(2):
            after = draw.uniform(0, 0.7 * lasts)  # a later one goes on where this one was killed
            status, _ = run("sync_calls", folder, after, start=START)
            statuses.append(status)
            assert_whole(folder, server)
            change(server, draw)
        status, _ = run("sync_calls", folder, start=START)
        assert status == 0
        assert_true(rn.read_calls(folder), server, tmp_path)
        assert not list(folder.rglob("*.unfinished"))
    assert statuses.count(KILLED) > 10
    assert set(statuses) <= {0, KILLED}


def test_a_compaction_killed_at_any_instant_loses_nothing(
    run: Run, server: FakeRetell, tmp_path: Path
) -> None:
    """The store is the same before, meanwhile and after."""
    draw = random.Random(7)  # noqa: S311 - instants are no secret
    run("sync_calls", tmp_path / "measured", start=START)
    _, lasts = run("compact", tmp_path / "measured")
    for number in range(3):
        folder = tmp_path / str(number)
        run("sync_calls", folder, start=START)
        change(server, draw)
        run("sync_calls", folder)
        run("compact", folder, draw.uniform(0, lasts))
        assert_true(rn.read_calls(folder), server, tmp_path)
        assert run("compact", folder)[0] == 0
        assert_true(rn.read_calls(folder), server, tmp_path)
        assert len(list(folder.rglob("*.parquet"))) == 2
