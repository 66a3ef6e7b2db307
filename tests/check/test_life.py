"""The whole life of a fault, on a store that grows from sync to sync."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from retell_nb.calls.store import syncing
from tests.calls.retell_server import KEY, FakeRetell
from tests.check.made import START, Run, calls_of, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RULE = "rate(failed, by=agent) > 0.2"
KEY_OF_INCIDENT = "rate(failed, by=agent) > 0.2: agent=agent_2"

DAYS = [2, 2, 50, 50, None, 2, 2, 50]
"""How many of 96 calls of agent_2 fail on each day; on one of them it has no calls."""


@pytest.fixture
def retell(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRetell]:
    with FakeRetell() as server:
        monkeypatch.setenv("RETELL_API_KEY", KEY)
        monkeypatch.setenv("RETELL_BASE_URL", server.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield server


def put(retell: FakeRetell, calls: pd.DataFrame) -> None:
    """Let calls happen: each ends half a minute after it began."""
    start = calls["start_timestamp"].dt.as_unit("ms").astype("int64")
    records = calls.assign(
        call_id=[
            f"call_{time}_{agent}" for time, agent in zip(start, calls["agent_id"], strict=True)
        ],
        start_timestamp=start,
        end_timestamp=start + 30_000,
        duration_ms=30_000,
    )
    retell.put(*records.to_dict("records"))


class Workspace:
    """Calls that happen, are synced and checked."""

    def __init__(self, retell: FakeRetell, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.retell, self.folder, self.monkeypatch = retell, folder, monkeypatch

    def check(self, end: pd.Timestamp, *rules: str, words: tuple[str, ...] = ()) -> Run:
        """Sync at a time, then check by rules."""
        self.monkeypatch.setattr(syncing, "_now", lambda: int(end.timestamp() * 1000))
        synced = run("sync", self.folder / "calls", "--start", "2026-03-01")
        assert synced.exit_code == 0, synced.stderr
        each = [word for rule in rules for word in ("--rule", rule)]
        state = ("--state", self.folder / "state.json")
        return run("check", self.folder / "calls", *each, *state, *words)


@pytest.fixture
def workspace(retell: FakeRetell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    return Workspace(retell, tmp_path, monkeypatch)


def test_a_fault_is_new_then_still_then_over_then_back(workspace: Workspace) -> None:
    """Once each; while nobody can say, it is neither over nor new again."""
    lives = []
    for day, failed in enumerate(DAYS):
        rates = {"agent_1": [2] * len(DAYS), "agent_2": [failed or 0] * len(DAYS)}
        calls = calls_of(day + 1, rates)
        today = calls[calls["start_timestamp"] >= START + pd.Timedelta(days=day)]
        put(workspace.retell, today[today["agent_id"].eq("agent_1") | (failed is not None)])
        end = START + pd.Timedelta(days=day + 1) - pd.Timedelta("1min")
        result = workspace.check(end, RULE)
        lives.append((result.exit_code, result.stdout.partition(": rate")[0], result.stderr))
    assert [(code, status) for code, status, _ in lives] == [
        (0, ""),
        (0, ""),
        (1, "new"),
        (1, "still"),
        (4, ""),
        (0, "over"),
        (0, ""),
        (1, "back"),
    ]
    unsure = "cannot say: rate(failed, by=agent) > 0.2: agent Agent 2: too few calls to say whether"
    assert lives[4][2].startswith(unsure)
    state = json.loads((workspace.folder / "state.json").read_text())
    assert [record["key"] for record in state["incidents"]] == [KEY_OF_INCIDENT]
    assert state["incidents"][0]["since"].startswith("2026-03-09T23:59:00")


def test_a_rule_written_otherwise_is_the_same(workspace: Workspace) -> None:
    """Its spaces and the spelling of its limit make no new incident."""
    put(workspace.retell, calls_of(1, {"agent_1": [2], "agent_2": [50]}))
    end = START + pd.Timedelta("24h")
    assert workspace.check(end, RULE).stdout.startswith("new: ")
    assert workspace.check(end, "rate( failed,by=agent )>20%").stdout.startswith("still: ")


def test_calls_that_all_stop_are_seen_as_syncs_go_on(workspace: Workspace) -> None:
    """The end of the data is the last sync, not the last call."""
    put(workspace.retell, calls_of(21, {"agent_1": [0] * 21, "agent_2": [0] * 21}))
    last = START + pd.Timedelta("21D")
    assert workspace.check(last, "silence(by=agent)").exit_code == 0
    dark = workspace.check(last + pd.Timedelta("12h"), "silence(by=agent)")
    assert (dark.exit_code, dark.stdout.count("\n")) == (1, 1)
    assert dark.stdout.startswith("new: silence(by=agent): all lines together")
    still = workspace.check(last + pd.Timedelta("14h"), "silence(by=agent)")
    assert still.stdout.startswith("still: silence(by=agent): all lines together")
    put(workspace.retell, calls_of(23, {"agent_1": [0] * 23, "agent_2": [0] * 23}))
    over = workspace.check(last + pd.Timedelta("2D"), "silence(by=agent)")
    assert (over.exit_code, over.stdout.partition(":")[0]) == (0, "over")


def test_a_line_that_joins_a_silence_is_not_new_again(workspace: Workspace) -> None:
    """First one line, then others with it: one incident all along."""
    agents = [f"agent_{number}" for number in range(1, 5)]
    calls = calls_of(21, {agent: [0] * 21 for agent in agents})
    dark_from = START + pd.Timedelta("20D")
    put(workspace.retell, calls[calls["start_timestamp"] < dark_from])
    put(workspace.retell, calls[calls["agent_id"].isin(agents[:2])])
    one = workspace.check(dark_from + pd.Timedelta("10h"), "silence(by=agent)")
    statuses = {line.partition(":")[0] for line in one.stdout.splitlines()}
    assert (one.exit_code, statuses) == (1, {"new"})
    later = workspace.check(dark_from + pd.Timedelta("20h"), "silence(by=agent)")
    assert {line.partition(":")[0] for line in later.stdout.splitlines()} == {"still"}


def test_json_has_the_same_rows(workspace: Workspace) -> None:
    """With the period, the verdict, and figures; what is missing is null."""
    put(workspace.retell, calls_of(1, {"agent_1": [2], "agent_2": [50]}))
    end = START + pd.Timedelta("24h")
    result = workspace.check(end, RULE, "new_reasons", words=("--json",))
    answer = json.loads(result.stdout)
    assert (result.exit_code, answer["verdict"]) == (1, "incident")
    assert answer["end"] == "2026-03-03T00:00:00+00:00"
    incident, unsure = answer["rows"]
    assert (incident["key"], incident["status"], incident["calls"]) == (KEY_OF_INCIDENT, "new", 96)
    assert incident["since"].startswith("2026-03-03T00:00:00")
    assert (unsure["verdict"], unsure["rate"], unsure["status"]) == ("cannot say", None, None)
