# ruff: noqa: INP001 - a script, not a part of the package
"""Proof without Docker that Binder can serve the notebooks.

repo2docker, taken as a library, is asked which build pack it would choose for the checkout and
which steps it would take. `python .ci/binder.py` takes these very steps, in a clean environment
that stands in for the image, runs the notebooks of README's badges and the tour in it (the tests
run every notebook on other versions), and asks its server for the explorer as Voilà's page.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import chdir
from pathlib import Path
from string import Template
from typing import Any

from repo2docker import buildpacks
from repo2docker.app import Repo2Docker

ROOT = Path(__file__).parent.parent
PATIENCE = 120  # seconds
OPENED = ("explore", "failure_report", "tour")
IMAGE = ("ipykernel", "ipywidgets", "jupyter_server", "jupyterlab")
"""What the image has before the repository comes, as far as a notebook can tell."""


def build_pack() -> Any:
    """Return the build pack that repo2docker chooses for the checkout."""
    app = Repo2Docker()
    with chdir(ROOT):
        packs = [pack(base_image=app.base_image) for pack in app.buildpacks]
        chosen = next(pack for pack in packs if pack.detect())
    chosen.platform = "linux/amd64"
    return chosen


def steps(pack: Any) -> list[str]:
    """Return what a build runs for the repository, in order, as lines of shell."""
    with chdir(ROOT):
        scripts = [*pack.get_preassemble_scripts(), *pack.get_assemble_scripts()]
        return [script.strip() for _, script in scripts] + [
            str(Path(script).resolve()) for script in pack.get_post_build_scripts()
        ]


def base(pack: Any) -> list[str]:
    """Return the packages beneath a notebook in the versions that the image has."""
    with chdir(ROOT):
        pack.get_build_script_files()  # chooses the lock file for the version of Python
        version = pack.python_version
    lock = Path(buildpacks.__file__).parent / f"conda/environment.py-{version}-linux-64.lock"
    found = dict(re.findall(r"/([a-z0-9_-]+)-([0-9.]+)-[^/]*\.conda", lock.read_text()))
    return [f"{name}=={found[name]}" for name in IMAGE]


def python_of(version: str) -> str:
    """Return a Python of this version, or the one that runs this where the machine has none."""
    homes = sorted(map(str, Path.home().glob(f".pyenv/versions/{version}.*/bin/python")))
    candidates = filter(None, [shutil.which(f"python{version}"), *homes])
    return next((python for python in candidates if works(python)), sys.executable)


def works(python: str) -> bool:
    """Tell whether a Python runs: a version manager's shim may be there for one that is not."""
    return not subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode  # noqa: S603 - a Python of this machine


def main() -> None:
    """Take the steps, then run the notebooks that visitors open."""
    pack = build_pack()
    with tempfile.TemporaryDirectory() as folder:
        prefix = Path(folder, "notebook")
        run(python_of(pack.python_version), "-m", "venv", prefix)
        run("uv", "pip", "install", "--quiet", "--python", prefix / "bin" / "python", *base(pack))
        prefixes = {name: str(prefix) for name in ("KERNEL_PYTHON_PREFIX", "NB_PYTHON_PREFIX")}
        path = os.pathsep.join([str(prefix / "bin"), os.environ["PATH"]])
        for step in steps(pack):
            run("bash", "-c", Template(step).substitute(prefixes), path=path)
        for name in OPENED:
            notebook = ROOT / "notebooks" / f"{name}.ipynb"
            executed = Path(folder, notebook.name)
            run(prefix / "bin" / "papermill", "--no-progress-bar", notebook, executed, path=path)
        shown(prefix, path, "voila/render/notebooks/explore.ipynb")
    print("Binder:", type(pack).__name__, pack.python_version, *steps(pack), sep="\n  ")  # noqa: T201 - the script's word


def shown(prefix: Path, path: str, address: str) -> None:
    """Ask the image's server for a page as a visitor's browser would; fail where it holds none."""
    words = ["server", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        port = place.getsockname()[1]
    words += [f"--ServerApp.port={port}", "--IdentityProvider.token=visitor"]
    url = f"http://127.0.0.1:{port}/{address}?token=visitor"
    print("+ jupyter", *words, "; GET", address, flush=True)  # noqa: T201 - the log of the build
    server = subprocess.Popen(  # noqa: S603 - the environment's own server
        [prefix / "bin" / "jupyter", *words], cwd=ROOT, env={**os.environ, "PATH": path}
    )
    try:
        page = answer(url)
    finally:
        server.terminate()
        server.wait(30)
    wanted = ("retell-explorer", "application/vnd.jupyter.widget-view+json")
    lacking = [words for words in wanted if words not in page]
    if lacking or "Traceback (most recent call last)" in page:
        sys.exit(f"{address} lacks {lacking}, or tells of an error:\n{page[-4000:]}")


def answer(url: str) -> str:
    """Return a page, as soon as its server answers."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as page:  # noqa: S310 - loopback
                return str(page.read(), "utf-8")
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def run(*words: object, path: str | None = None) -> None:
    """Run a command in the checkout, as a build does; end with its code where it fails."""
    print("+", *words, flush=True)  # noqa: T201 - the log of the build
    environment = {**os.environ, "PATH": path or os.environ["PATH"], "PIP_NO_INPUT": "1"}
    subprocess.run(list(map(str, words)), check=True, cwd=ROOT, env=environment)  # noqa: S603 - the build's own steps


if __name__ == "__main__":
    main()
