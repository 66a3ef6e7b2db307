"""What Binder would build of the checkout, as repo2docker's own build packs say it."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import tomllib
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def binder() -> Any:
    """Load the script by which CI takes the steps that are looked at here."""
    spec = importlib.util.spec_from_file_location("binder", ROOT / ".ci" / "binder.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # repo2docker's own imports
        spec.loader.exec_module(module)
    return module


def test_binder_takes_a_python_that_the_library_allows(binder: Any) -> None:
    """The folder `binder` decides: a Python build pack, of a version within requires-python."""
    pack = binder.build_pack()
    assert type(pack).__name__ == "PythonBuildPack"
    assert pack.python_version == "3.12"
    assert Version(pack.python_version) in SpecifierSet(PROJECT["requires-python"])


def test_binder_installs_the_checkout(binder: Any) -> None:
    """The one step before the last installs the checkout and Voilà; the last is postBuild."""
    pack = binder.build_pack()
    assert binder.steps(pack) == [
        '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"',
        str(ROOT / "binder" / "postBuild"),
    ]
    lines = (ROOT / "binder" / "requirements.txt").read_text(encoding="ascii").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [".[mouse]", "voila"]
    assert pack.get_preassemble_scripts() == []


def test_binder_s_image_can_be_written_down(binder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build pack renders a Dockerfile that copies the checkout before it is installed."""
    monkeypatch.chdir(ROOT)
    lines = binder.build_pack().render().splitlines()
    copied = next(n for n, line in enumerate(lines) if line.startswith("COPY") and "src/ " in line)
    installed = next(n for n, line in enumerate(lines) if "pip install" in line)
    assert copied < installed


def test_post_build_can_be_run(tmp_path: Path) -> None:
    """The last step, postBuild, is executable and a script that bash can read."""
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True, cwd=tmp_path)  # noqa: S607 - bash of the PATH


def test_the_image_s_kernel_is_new_enough(binder: Any) -> None:
    """What the image has before the library comes is no older than the library's floors."""
    floors = {need.name: need.specifier for need in map(Requirement, PROJECT["dependencies"])}
    pins = {pin.name: pin for pin in map(Requirement, binder.base(binder.build_pack()))}
    assert {"ipykernel", "ipywidgets"} <= set(pins) & set(floors)
    for name in set(pins) & set(floors):
        assert Version(next(iter(pins[name].specifier)).version) in floors[name]


def test_the_lowest_versions_are_the_floors() -> None:
    """CI's run on the lowest versions pins every dependency to the floor of pyproject.toml.

    Beside them it pins what shows the widgets of that time.
    """
    lines = (ROOT / ".ci" / "lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    lowest = {pin.name: Version(next(iter(pin.specifier)).version) for pin in pins}
    needs = map(Requirement, PROJECT["dependencies"])
    floors = {need.name: Version(next(iter(need.specifier)).version) for need in needs}
    shown_by = {"anywidget", "jupyterlab", "jupyterlab_widgets", "voila"}
    assert {name: pin for name, pin in lowest.items() if name not in shown_by} == floors
    assert shown_by <= set(lowest)


def test_the_badges_open_notebooks_that_are_there() -> None:
    """README opens the explorer in JupyterLab and as Voilà's page, and the report, on Binder."""
    links = re.findall(r"mybinder\.org/v2/gh/[^?]+\?([^)]+)\)", README)
    places = [unquote(link) for link in links]
    assert places == [
        "labpath=notebooks/explore.ipynb",
        "urlpath=voila/render/notebooks/explore.ipynb",
        "labpath=notebooks/failure_report.ipynb",
    ]
    for place in places:
        assert (ROOT / place[place.index("notebooks/") :]).is_file()
