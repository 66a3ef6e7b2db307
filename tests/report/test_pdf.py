"""Pages printed by a browser: a stand-in for it, as printing itself is the browser's."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from retell_nb.report import pdf

if TYPE_CHECKING:
    from pathlib import Path

_PRINTS = """
place = next(word for word in sys.argv if word.startswith("--print-to-pdf=")).partition("=")[2]
page = urllib.request.url2pathname(sys.argv[-1].removeprefix("file://"))
open(place, "w").write("printed: " + open(page).read())
"""
_FAILS = 'sys.exit("no display")'


def _browser(folder: Path, code: str) -> None:
    """Put a program that is called chromium on the path, and no other."""
    program = folder / "bin" / "chromium"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nimport sys, urllib.request\n{code}", encoding="utf-8")
    program.chmod(0o755)


@pytest.fixture(autouse=True)
def _nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "bin") + os.pathsep)
    monkeypatch.setattr(pdf, "_PLACES", ())


def test_a_page_is_printed_by_the_browser(tmp_path: Path) -> None:
    """The browser gets the page as a file, and what it prints is the PDF."""
    _browser(tmp_path, _PRINTS)
    pdf.print_page("<p>Hello</p>", tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_text(encoding="utf-8") == "printed: <p>Hello</p>"


def test_a_browser_that_prints_nothing_is_an_error(tmp_path: Path) -> None:
    """What it says last is passed on."""
    _browser(tmp_path, _FAILS)
    with pytest.raises(OSError, match="chromium printed nothing: no display"):
        pdf.print_page("<p>Hello</p>", tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_without_a_browser_it_is_said_what_to_do() -> None:
    """A page can always be made instead."""
    with pytest.raises(ValueError, match=r"-o report\.html"):
        pdf.browser()
