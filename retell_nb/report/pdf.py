"""Pages printed by a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

__all__ = ["browser", "print_page"]

_NAMES = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge",
    "microsoft-edge",
)  # fmt: skip
_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)
_SECONDS = 120


def browser() -> str:
    """Return the program of a Chromium: itself, Chrome or Edge.

    Raises
    ------
    ValueError
        If there is none; it says what to do instead.
    """
    programs = [*filter(None, map(shutil.which, _NAMES)), *filter(os.path.exists, _PLACES)]
    if not programs:
        raise ValueError(
            "A PDF is printed by Chromium, Chrome or Edge, and none was found. Install one, or "
            "write a page (-o report.html) and print it from your browser."
        )
    return programs[0]


def print_page(html: str, target: Path) -> None:
    """Print a page into a PDF.

    Raises
    ------
    ValueError
        If there is no browser.
    OSError
        If it prints nothing, with the last of what it says.
    """
    program = browser()
    with tempfile.TemporaryDirectory() as folder:
        page, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, encoding="utf-8")
        command = [
            program, "--headless", "--disable-gpu", "--no-first-run", "--no-pdf-header-footer",
            f"--user-data-dir={Path(folder, 'profile')}", f"--print-to-pdf={printed}",
        ]  # fmt: skip
        if getattr(os, "geteuid", lambda: 1)() == 0:  # as root it refuses to start otherwise
            command.append("--no-sandbox")
        run = subprocess.run(  # noqa: S603 - a browser that is installed, on our own page
            [*command, page.as_uri()],
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
        if not printed.exists():
            words = (run.stderr.strip().splitlines() or [f"exit code {run.returncode}"])[-1]
            raise OSError(f"{program} printed nothing: {words}")
        shutil.copyfile(printed, target)
