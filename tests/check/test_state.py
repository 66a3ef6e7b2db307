"""What is remembered is whole, private, and never guessed at."""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.check.check import _rows as rows_of
from retell_nb.check.check import conduct, prepare
from retell_nb.check.grammar import parse
from retell_nb.check.judging import CANNOT_SAY, INCIDENT, QUIET, Incident, Judgement
from retell_nb.check.state import FORGOTTEN_AFTER, Memory, load, save, transaction
from tests.check.made import START, calls_of, run

if TYPE_CHECKING:
    from pathlib import Path

RULE = "rate(failed, by=to_number) > 0.1"


def test_a_missing_file_is_a_new_memory(tmp_path: Path) -> None:
    """It is made by the first check, readable by its owner alone, with its lock beside it."""
    path = tmp_path / "state.json"
    calls_of(1, {"agent_1": [50]}).retell.check("rate(failed) > 0.1", state=path)
    assert {file.name for file in tmp_path.iterdir()} <= {"state.json", ".state.json.lock"}
    assert path.stat().st_mode & 0o077 == 0
    (record,) = load(path).incidents
    assert (record.key, record.open) == ("rate(failed) > 0.1: all", True)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    """Without a difference."""
    path = tmp_path / "state.json"
    calls_of(1, {"agent_1": [50]}).retell.check([RULE, "rate(failed) > 0.1"], state=path)
    memory = load(path)
    save(path, memory)
    assert load(path) == memory != Memory()


STEPS = st.lists(st.tuples(st.sets(st.sampled_from("abcd")), st.booleans()), max_size=12)


@given(STEPS)
def test_nothing_is_new_twice(steps: list[tuple[set[str], bool]]) -> None:
    """Whatever comes together or cannot be said: new, still, over and back, in this order."""
    memory, rule, earlier, open_keys = Memory(), parse("silence"), set[str](), set[str]()
    for number, (members, unsure) in enumerate(steps):
        incidents = [Incident(tuple(sorted(members)), "", "")] if members else []
        verdict = INCIDENT if incidents else CANNOT_SAY if unsure else QUIET
        quiet = frozenset[str]() if unsure else None
        end = START + pd.Timedelta(hours=number)
        judgement = Judgement(rule, verdict, incidents, "", quiet)
        for row in rows_of(judgement, memory, end):
            status, key = row.get("status"), row.get("key")
            if row["verdict"] == INCIDENT:
                assert (status == "new") == (not members & earlier)
            if status in ("still", "over"):
                assert key in open_keys
            if status in ("new", "back"):
                assert key not in open_keys
                open_keys.add(key)
            if status == "over":
                assert not unsure
                open_keys.remove(key)
        earlier |= members
    assert open_keys == {record.key for record in memory.incidents if record.open}


def test_of_checks_at_once_one_calls_an_incident_new(tmp_path: Path) -> None:
    """Each waits for the one before it, and sees what that has written."""
    path, calls = tmp_path / "state.json", calls_of(1, {"agent_1": [50]})
    save(path, Memory())
    plan = prepare("rate(failed) > 0.1", path)
    started = threading.Barrier(6)

    def status(_: int) -> str:
        started.wait()
        return str(conduct(plan, calls)["status"].iloc[0])

    with ThreadPoolExecutor(6) as threads:
        statuses = sorted(threads.map(status, range(6)))
    assert statuses == ["new", *["still"] * 5]
    assert len(load(path).incidents) == 1


def test_a_check_gives_up_where_another_one_never_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot say, and the state stays as it was."""
    monkeypatch.setattr("retell_nb.check.state.PATIENCE", 0.1)
    path, export = tmp_path / "state.json", tmp_path / "calls.csv"
    calls_of(1, {"agent_1": [50]}).to_csv(export, index=False)
    with transaction(path):
        ended = run("check", export, "--rule", "rate(failed) > 0.1", "--state", path)
    assert ended.exit_code == 4
    assert "another check" in ended.stderr
    assert load(path).incidents == []


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"secret": 1}', '{"incidents": [{"key": "x"}]}', "\ufeff\udcff"],
)
def test_a_damaged_file_is_refused_and_stays(content: str, tmp_path: Path) -> None:
    """The message has its name and what to do; nothing is judged."""
    path = tmp_path / "state.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"state\.json is damaged .*Move it away"):
        calls_of(1, {"agent_1": [50]}).retell.check("rate(failed) > 0.1", state=path)
    assert path.read_bytes() == before


def test_a_later_format_and_a_lost_folder_are_refused(tmp_path: Path) -> None:
    """Before anything is judged."""
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"secret": "x", "format": 2}))
    with pytest.raises(ValueError, match="format 2"):
        load(path)
    with pytest.raises(ValueError, match="cannot be written"):
        load(tmp_path / "none" / "state.json")
    with pytest.raises(ValueError, match="cannot be used"):
        load(tmp_path)


def test_a_write_that_fails_leaves_the_former_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file appears as a whole or not at all."""
    path = tmp_path / "state.json"
    save(path, Memory(secret="former"))  # noqa: S106 - of a test

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(path, Memory())
    assert load(path).secret == "former"  # noqa: S105 - of a test
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


def test_numbers_of_others_are_not_in_it_and_have_one_pseudonym(tmp_path: Path) -> None:
    """So that the same callee is the same incident at each check."""
    path, calls = tmp_path / "state.json", calls_of(1, {"agent_1": [4]})
    calls = pd.concat([calls] * 40, ignore_index=True)
    calls["start_timestamp"] = calls["start_timestamp"].sort_values(ignore_index=True)
    first, second = (calls.retell.check(RULE, state=path) for _ in range(2))
    assert first["status"].dropna().tolist() == ["new"] * 4
    assert second["status"].dropna().tolist() == ["still"] * 4
    assert first["key"].tolist() == second["key"].tolist()
    assert "+1415" not in path.read_text()
    without = [calls.retell.check(RULE).iloc[0] for _ in range(2)]
    assert without[0]["key"] != without[1]["key"]
    assert without[0]["key"][-15:] in without[0]["sentence"]


def test_two_rules_on_the_same_calls_are_two_incidents(tmp_path: Path) -> None:
    """One of them may be over while the other goes on."""
    path, rules = tmp_path / "state.json", ["rate(failed) > 0.4", "rate(failed) > 0.1"]
    bad, better = (calls_of(1, {"agent_1": [failed]}) for failed in (80, 25))
    assert bad.retell.check(rules, state=path)["status"].tolist() == ["new", "new"]
    assert better.retell.check(rules, state=path)["status"].tolist() == ["over", "still"]
    alone = bad.retell.check(rules[1], state=path)
    assert alone["status"].tolist() == ["still"]
    assert [record.open for record in load(path).incidents] == [False, True]


def test_an_incident_of_which_nothing_is_heard_is_over_in_the_end(tmp_path: Path) -> None:
    """An agent that was deleted does not stay open for ever."""
    path, rule = tmp_path / "state.json", "rate(failed, by=agent) > 0.2"
    calls = calls_of(1, {"agent_1": [60]})
    end = START + pd.Timedelta("1D")
    assert calls.retell.check(rule, state=path, now=end)["status"].tolist() == ["new"]
    later = end + FORGOTTEN_AFTER - pd.Timedelta("1D")
    table = calls.retell.check(rule, state=path, now=later)
    assert table.attrs["verdict"] == "cannot say"
    assert load(path).incidents[0].open
    table = calls.retell.check(rule, state=path, now=later + pd.Timedelta("2D"))
    assert table["status"].dropna().tolist() == ["over"]
    assert "nothing to judge it by since 2026-03-03 00:00 UTC" in table["sentence"][0]
