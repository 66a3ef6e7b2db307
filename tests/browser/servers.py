"""JupyterLab and Voilà on the loopback, each with a folder, a port and a token of its own."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PATIENCE = 90  # seconds; a busy machine is no fault of the code
_CONFIG = """
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.port = {port}
c.ServerApp.port_retries = 0
c.ServerApp.open_browser = False
c.ServerApp.allow_root = True
c.ServerApp.root_dir = {root!r}
c.IdentityProvider.token = {token!r}
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
"""
_SETTINGS = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}
_WHOLE = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
"""Cells out of sight are there all the same, as they always were before JupyterLab 4."""


class Server(NamedTuple):
    """A server that answers: its address, the token that it asks for, and its log."""

    url: str
    token: str
    log: Path


@contextmanager
def lab(folder: Path, _notebook: str) -> Iterator[Server]:
    """Serve the notebooks of a folder with JupyterLab."""
    with _served(folder, ["-m", "jupyterlab"], "api") as server:
        yield server


@contextmanager
def voila(folder: Path, notebook: str) -> Iterator[Server]:
    """Serve one notebook with Voilà."""
    port = _free_port()
    words = ["-m", "voila", notebook, f"--port={port}", "--no-browser", "--Voila.ip=127.0.0.1"]
    words += ["--show_tracebacks=True"]
    with _process(folder, words) as log:
        server = Server(f"http://127.0.0.1:{port}", "", log)
        _wait(server, "voila/static/voila.js")
        yield server


@contextmanager
def _served(folder: Path, words: Sequence[str], answers: str) -> Iterator[Server]:
    port, token = _free_port(), secrets.token_hex()
    overrides = folder / "config" / "labconfig" / "default_setting_overrides.json"
    overrides.parent.mkdir(parents=True, exist_ok=True)
    settings = _SETTINGS if version("jupyterlab") < "4" else {**_SETTINGS, **_WHOLE}
    overrides.write_text(json.dumps(settings), encoding="utf-8")
    text = _CONFIG.format(port=port, token=token, root=str(folder))
    for reader in ("server", "lab"):  # JupyterLab 3 reads the second alone
        (folder / "config" / f"jupyter_{reader}_config.py").write_text(text, encoding="utf-8")
    with _process(folder, words) as log:
        server = Server(f"http://127.0.0.1:{port}", token, log)
        _wait(server, answers)
        yield server


@contextmanager
def _process(folder: Path, words: Sequence[str]) -> Iterator[Path]:
    """Run Python with a home of its own, so that nothing of the user's is read or written."""
    places = {"HOME": "home", "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data"}
    places |= {"JUPYTER_RUNTIME_DIR": "runtime", "IPYTHONDIR": "ipython"}
    homes = {name: str(folder / place) for name, place in places.items()}
    quiet = {"PYTHONWARNINGS": "ignore", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    log = folder / f"{words[1]}.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, *words],
            cwd=folder,
            env={**os.environ, **homes, **quiet, "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            yield log
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _wait(server: Server, path: str) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{server.url}/{path}", timeout=5):  # noqa: S310 - loopback
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise AssertionError(f"{server.url} did not answer:\n{server.log.read_text('utf-8')[-4000:]}")
