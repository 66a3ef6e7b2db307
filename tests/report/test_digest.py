"""The first screen of the report as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.report.digest import digest

if TYPE_CHECKING:
    from pathlib import Path


def test_few_calls_are_no_all_clear(tmp_path: Path) -> None:
    """Two calls, one of which failed: the last line says that nothing can be told from them."""
    path = tmp_path / "calls.csv"
    path.write_text("End Reason\nuser_hangup\ndial_failed\n", encoding="utf-8")
    last = digest(str(path)).splitlines()[-1]
    assert last == "Too few calls to tell a fault from chance: 2 calls ended, 1 of them failed."
