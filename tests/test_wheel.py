"""The library as people install it: from a wheel, far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel by way of the source distribution, so that this holds all that is needed."""
    folder = tmp_path_factory.mktemp("dist")
    _run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel into an environment that only borrows the dependencies; its commands."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, symlinks=True)
    python = place / "bin" / "python"
    _run(
        sys.executable, "-m", "pip", "--python", python, "install", "--no-index", "--no-deps", wheel
    )
    packages = next(place.glob("lib/python3*/site-packages"))
    borrowed = [path for path in sys.path if path.endswith("site-packages")]
    (packages / "borrowed.pth").write_text("\n".join(borrowed), encoding="utf-8")
    return python.parent


def _run(*words: object, folder: Path | None = None) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    clean["JUPYTER_PATH"] = str(Path(sys.prefix, "share", "jupyter"))  # borrowed, too
    done = subprocess.run(
        list(map(str, words)), cwd=folder, capture_output=True, text=True, check=False, env=clean
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_it_needs(wheel: Path) -> None:
    """Code, vocabulary, style and notebooks are in the wheel; tests and settings are not."""
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"retell_nb"}
    there = {str(path.relative_to(ROOT)) for path in (ROOT / "retell_nb").rglob("*.*")}
    there = {name for name in there if not name.endswith(".pyc")}
    there |= {f"retell_nb/notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert there <= set(names)


def test_the_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """The installed package is the wheel's own, and finds its notebooks within itself."""
    code = "import retell_nb; print(retell_nb.__file__, len(retell_nb.sample_calls(50)))"
    where, calls = _run(installed / "python", "-c", code, folder=tmp_path).split()
    assert Path(where).is_relative_to(installed.parent)
    assert calls == "50"
    listed = _run(installed / "retell-nb", "notebooks", "--copy", "mine", folder=tmp_path)
    assert "failure_report: Failure report" in listed
    assert (tmp_path / "mine" / "failure_report.ipynb").is_file()


def test_the_wheel_s_report_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """The installed command runs the wheel's notebook with the wheel's own code."""
    calls: list[Any] = [{"call_id": "call_1", "disconnection_reason": "dial_failed"}]
    (tmp_path / "calls.json").write_text(json.dumps(calls), encoding="utf-8")
    words = ("report", "failure_report", "-p", "source", "calls.json")
    said = _run(installed / "retell-nb", *words, folder=tmp_path)
    assert said.startswith("failure_report.html (")
    page = (tmp_path / "failure_report.html").read_text(encoding="utf-8")
    assert "1 of 1 call failed" in page
