"""`retell-nb sync`, as cron runs it."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

from click.testing import CliRunner, Result
from retell_server import KEY, FakeRetell, Fault

import retell_nb as rn
from retell_nb.calls.api import retries
from retell_nb.calls.store.writing import writing
from retell_nb.cli import main

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def sync(*words: object) -> Result:
    return CliRunner().invoke(main, ["sync", *map(str, words)])


def test_it_says_one_line_and_ends_well(retell: FakeRetell, tmp_path: Path) -> None:
    """The first time with a start, then without."""
    assert retell.calls
    for words in (["--start", "2026-03-01"], [], ["--settle", "30min"]):
        done = sync(tmp_path / "store", *words)
        assert done.exit_code == 0
        assert re.fullmatch(
            r"\d+ calls fetched, \d+ new, 0 updated; \d+ in the store until 2026-03-01 .* UTC\n",
            done.output,
        )


def test_wrong_usage(retell: FakeRetell, tmp_path: Path) -> None:
    """The exit code is 2, and the message says what is missing."""
    done = sync(tmp_path / "store")
    assert done.exit_code == 2
    assert "the first sync needs --start 2026-01-01" in done.output
    assert sync(tmp_path / "store", "--start", "soon").exit_code == 2
    assert not retell.asked


def test_a_refusal(retell: FakeRetell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is 1, and the key is not told."""
    monkeypatch.setattr(retries, "_sleep", lambda _seconds: None)
    retell.fault_of = lambda _asked: Fault(status=401, body={"message": f"Invalid {KEY}"})
    done = sync(tmp_path / "store", "--start", "2026-03-01")
    assert done.exit_code == 1
    assert done.output.startswith("Error: POST /v3/list-calls: 401 Invalid [key]")
    monkeypatch.delenv("RETELL_API_KEY")
    assert sync(tmp_path / "store").exit_code == 1


def test_another_sync_is_at_work(retell: FakeRetell, tmp_path: Path) -> None:
    """The exit code is 3: a later try may find the way free."""
    assert sync(tmp_path, "--start", "2026-03-01").exit_code == 0
    with writing(tmp_path):
        done = sync(tmp_path)
    assert done.exit_code == 3
    assert "another sync" in done.output
    assert retell.asked


def test_a_lost_manifest(retell: FakeRetell, tmp_path: Path) -> None:
    """The message names the option that helps, as it is typed here, and the option helps."""
    folder = tmp_path / "my store"
    assert sync(folder, "--start", "2026-03-01").exit_code == 0
    calls = len(rn.read_calls(folder))
    (folder / "_manifest.json").unlink()
    refused = sync(folder, "--start", "2026-03-01")
    assert refused.exit_code == 2
    assert f"retell-nb sync '{folder}' --adopt" in refused.output
    assert "adopt=True" not in refused.output
    assert sync(folder, "--adopt").exit_code == 0
    assert len(rn.read_calls(folder)) == calls
    assert retell.asked


def test_a_damaged_segment(retell: FakeRetell, tmp_path: Path) -> None:
    """The exit code is 1: no other words of the command would help."""
    assert sync(tmp_path, "--start", "2026-03-01").exit_code == 0
    path = next(tmp_path.rglob("*.parquet"))
    path.write_bytes(path.read_bytes()[:-9])
    done = sync(tmp_path)
    assert done.exit_code == 1
    assert path.name in done.output
    assert "--adopt" in done.output
    assert retell.asked


def test_an_unlisted_segment(retell: FakeRetell, tmp_path: Path) -> None:
    """It is a warning beside the summary, and names the option."""
    assert sync(tmp_path, "--start", "2026-03-01").exit_code == 0
    path = next(tmp_path.rglob("*.parquet"))
    shutil.copy(path, path.with_name("calls-00000099.parquet"))
    done = sync(tmp_path)
    assert done.exit_code == 0
    (warning,) = (line for line in done.output.splitlines() if line.startswith("Warning: "))
    assert warning.startswith("Warning: the manifest of")
    assert "calls-00000099.parquet" in warning
    assert "--adopt" in warning
    assert retell.asked
