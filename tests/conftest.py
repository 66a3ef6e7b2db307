"""What all tests share: reports that several of them look at, each run once."""

from __future__ import annotations

import csv
import gc
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import papermill
import pytest
from hypothesis import settings
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from traitlets.config import Config

from retell_nb.report.runner import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

mpl.use("Agg")  # also where there is a screen
os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # the cores are the tests' own; some ask for more
gc.set_threshold(100_000)  # what thousands of tests hold is not to be searched for cycles so often
# A busy machine is no fault of the code; and all examples together must not take for ever.
settings.register_profile("untimed", deadline=None, max_examples=10, print_blob=True)
settings.register_profile("fewer", settings.get_profile("untimed"), max_examples=5)
settings.register_profile("fuzz", settings.get_profile("untimed"), max_examples=3400)
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)  # before hypothesis reads its options and xdist starts processes
def pytest_configure(config: pytest.Config) -> None:
    """Choose hypothesis's seed where nobody did, so that it can be told; processes share it."""
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    """How to repeat what is random."""
    return f"to repeat what is random: pytest --hypothesis-seed={config.option.hypothesis_seed}"


_REPORTS = {"test_notebooks.py", "test_runner.py", "test_report.py"}
"""Files whose tests look at the same reports."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the browser's tests last."""
    items.sort(key=_is_browser)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep together what processes should not each make anew: a file, all reports, all browsers.

    By the path of a test, as the groups of pytest-xdist's own `loadgroup` are lost on pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - only where it is installed

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = Path(nodeid.partition("::")[0])
            shared = "browser" if path.parent.name == "browser" else str(path)
            return "reports" if path.name in _REPORTS else shared

    return Together(config, log)


def _is_browser(item: pytest.Item) -> bool:
    return item.path.parent.name == "browser"


HOSTILE = (
    '<img src=x onerror="alert(1)">',
    "</script><script>alert(2)</script>",
    "\u202eright to left\u202c",
    "$x$ & $\\frac{1}{0}$",
    '"><svg/onload=alert(3)>',
    "Mañana · 明日",
)
"""Texts that would run, or break, where somebody forgot to escape them."""

PHONES = [f"+1415555{number:04}" for number in range(100, 140)]
"""Numbers from the range that is kept for made-up stories."""

_LABELS = (
    "Session ID", "Time", "Duration", "Cost", "End Reason", "Session Status", "From", "To",
    "Direction", "Agent ID", "Agent Name", "End to End Latency", "Team",
)  # fmt: skip
_ENDS = (
    ("User hangup", "ended", "3m 40s"),
    ("Agent hangup", "ended", "0:47"),
    ("Dial no answer", "not_connected", "0s"),
    ("Dial failed", "not_connected", "0s"),
    ("Error llm websocket open", "error", "2s"),
)


class Report(NamedTuple):
    """What a run of `retell-nb report` left."""

    html: Path
    notebook: Path
    run: subprocess.CompletedProcess[str]
    tables: Path


@pytest.fixture(scope="session")
def retell_nb() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the installed command as a user would, in a folder, and return what it said."""
    command = Path(sys.executable).with_name("retell-nb")

    def run(*words: object, folder: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [command, *map(str, words)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "200"},
        )

    return run


@pytest.fixture
def run_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Run a notebook's cells in this process, in a folder of their own: no kernel to wait for.

    The notebook comes back with what its cells showed. An error or a warning fails the test, also
    one that only comes when a figure is drawn.
    """
    monkeypatch.chdir(tmp_path)
    config = Config()
    config.HistoryManager.enabled = False
    shell = InteractiveShell.instance(config=config)

    def run(name: str, **parameters: object) -> Any:
        loaded = papermill.iorw.load_notebook_node(str(notebooks()[name]))
        notebook = papermill.parameterize.parameterize_notebook(loaded, parameters)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = _shown(shell, cell.source)
        return notebook

    yield run
    plt.close("all")
    InteractiveShell.clear_instance()


def _shown(shell: InteractiveShell, source: str) -> list[Any]:
    """Run a cell, and return its outputs as a notebook holds them."""
    with capture_output() as captured:
        result = shell.run_cell(source)
        result.raise_error()
        for number in plt.get_fignums():
            plt.figure(number).draw_without_rendering()
    plt.close("all")
    datas = [shown.data for shown in captured.outputs]
    if result.result is not None:
        datas.append(shell.display_formatter.format(result.result)[0])
    return [nbformat.v4.new_output("display_data", data) for data in datas]


@pytest.fixture(scope="session")
def report(
    retell_nb: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Report]:
    """Make a failure report with parameters, in a folder of its own."""

    def make(**parameters: object) -> Report:
        folder = tmp_path_factory.mktemp("report")
        html, notebook, tables = (folder / name for name in ("r.html", "r.ipynb", "tables"))
        given = [word for key, value in parameters.items() for word in ("-p", key, value)]
        words = ("report", "failure_report", *given, "-o", html, "--notebook", notebook)
        return Report(html, notebook, retell_nb(*words, folder=folder), tables)

    return make


@pytest.fixture(scope="session")
def sample_report(report: Callable[..., Report]) -> Report:
    """Report on the bundled calls, as README's first command makes it."""
    return report()


@pytest.fixture(scope="session")
def dashboard_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write an export with the dashboard's labels, and hostile texts as agents and teams."""
    path = tmp_path_factory.mktemp("dashboard") / "export.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(_LABELS)
        rows.writerows(_row(number) for number in range(240))
    return path


def _row(number: int) -> tuple[str, ...]:
    reason, status, duration = _ENDS[number % len(_ENDS)]
    name = HOSTILE[number % len(HOSTILE)]
    time = f"2026-03-{2 + number // 60:02} {8 + number % 12:02}:{number % 60:02}:00"
    phone = PHONES[number % len(PHONES)]
    return (
        f"call_{number:04}", time, duration, "$0.12", reason, status, phone, phone[::-1][:-1],
        "outbound", f"agent_{number % 6}", name, "1861ms", name,
    )  # fmt: skip


@pytest.fixture(scope="session")
def dashboard_report(
    report: Callable[..., Report],
    dashboard_csv: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Report:
    """Report on the export, grouped by its own column, masked, with its tables."""
    tables = tmp_path_factory.mktemp("out") / "tables"
    made = report(source=dashboard_csv, group_by="Team", out_dir=tables, timezone="Europe/Berlin")
    return made._replace(tables=tables)
