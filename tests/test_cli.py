"""What the command does, seen from a terminal."""

from __future__ import annotations

import errno
import os
import pty
import re
import subprocess
import sys
import termios
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd
import pytest
from click.testing import CliRunner

from retell_nb import cli, load_calls
from retell_nb.calls.facts import own_number, person
from retell_nb.calls.masking import mask
from retell_nb.cli import call, main, report
from retell_nb.report import digest
from retell_nb.report.runner import notebooks

if TYPE_CHECKING:
    from collections.abc import Callable

_KNOWN = (
    "no parameter colour; it has source, start, end, group_by, timezone, columns, mask, out_dir, "
    "currency, filters, engine."
)


def _written(path: Path, *cells: str) -> Path:
    """Write a notebook of the user's own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.cells[0].metadata["tags"] = ["parameters"]
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, path)
    return path


def test_a_report_says_one_line(sample_report: Any) -> None:
    """A report ends well and says its file and size, and nothing else, on the terminal."""
    said = sample_report.run
    assert (said.returncode, said.stderr) == (0, "")
    assert re.fullmatch(rf"{re.escape(str(sample_report.html))} \(\d+\.\d\d MB\)\n", said.stdout)


def test_a_report_is_there_with_its_notebook(sample_report: Any) -> None:
    """The HTML and, where asked for, the executed notebook are left behind."""
    assert sample_report.html.stat().st_size > 50_000
    executed = nbformat.read(sample_report.notebook, as_version=4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")


def test_the_file_is_named_after_the_notebook(
    retell_nb: Callable[..., Any], tmp_path: Path
) -> None:
    """Without -o the report lies in the current folder, under the notebook's name."""
    _written(tmp_path / "mine.ipynb", "n = 1", "print('n is', n)")
    said = retell_nb("report", "mine.ipynb", "-p", "n", "12", folder=tmp_path)
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith("mine.html ")
    assert "n is 12" in (tmp_path / "mine.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["report", "nothing"], f"The library has {', '.join(notebooks())}."),
        (["report", "failure_report", "-p", "colour", "red"], _KNOWN),
        (["report", "failure_report", "-p", "mask", "perhaps"], "mask takes a value of type bool"),
        (["report"], "NAME"),
        (["report", "failure_report", "-p", "mask"], "-p"),
        (
            ["report", "failure_report", "--summary", "-p", "out_dir", "x", "-p", "group_by", "y"],
            "--summary takes no parameter out_dir, group_by; it takes source, start,",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_before_anything_runs(
    words: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong name, parameter or type is a usage error that says what is allowed."""
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 2
    assert told in " ".join(said.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_failing_report_keeps_its_notebook(retell_nb: Callable[..., Any], tmp_path: Path) -> None:
    """A report on a file that is not there fails, tells why, and keeps the notebook."""
    said = retell_nb("report", "failure_report", "-p", "source", "nowhere.csv", folder=tmp_path)
    assert said.returncode == 1
    assert said.stdout == ""
    assert "FileNotFoundError: nowhere.csv" in said.stderr
    assert "Traceback" not in said.stderr
    kept = tmp_path / "failure_report.failed.ipynb"
    assert str(kept.name) in said.stderr
    assert not (tmp_path / "failure_report.html").exists()
    assert '"ename": "FileNotFoundError"' in kept.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("cell", "kernel", "told"),
    [
        ("import os; os._exit(1)", "python3", "mine failed: the kernel died"),
        (
            "1",
            "a kernel of another machine",
            "mine failed: there is no kernel 'a kernel of another machine'; ",
        ),
    ],
)
def test_a_lost_kernel_is_a_failed_report(
    cell: str, kernel: str, told: str, retell_nb: Callable[..., Any], tmp_path: Path
) -> None:
    """A kernel that dies, or that there is none of, fails the report without a traceback."""
    source = _written(tmp_path / "mine.ipynb", "n = 1", cell)
    notebook = nbformat.read(source, as_version=4)
    notebook.metadata["kernelspec"]["name"] = kernel
    nbformat.write(notebook, source)
    said = retell_nb("report", "mine.ipynb", "--notebook", "kept/mine.ipynb", folder=tmp_path)
    assert said.returncode == 1
    assert told in said.stderr
    assert "Traceback" not in said.stderr
    assert (tmp_path / "kept" / "mine.ipynb").is_file()


def test_a_person_sees_progress(tmp_path: Path) -> None:
    """On a terminal a bar shows how far the notebook is."""
    _written(tmp_path / "mine.ipynb", "n = 1", "n")
    command = Path(sys.executable).with_name("retell-nb")
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(screen, (24, 100))
    with subprocess.Popen(
        [command, "report", "mine.ipynb"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=terminal
    ) as run:
        os.close(terminal)
        shown = _all_of(screen)
    assert run.returncode == 0
    assert "2/2" in shown


def _all_of(screen: int) -> str:
    chunks = []
    while True:
        try:
            chunk = os.read(screen, 4096)
        except OSError:  # Linux says so when the other side is closed
            chunk = b""
        if not chunk:
            os.close(screen)
            return b"".join(chunks).decode()
        chunks.append(chunk)


def test_notebooks_are_listed_with_their_parameters() -> None:
    """The list names every notebook, its title, and each parameter with default and comment."""
    said = CliRunner().invoke(main, ["notebooks"])
    assert said.exit_code == 0
    for name in notebooks():
        assert f"{name}: " in said.output
    assert "failure_report: Failure report" in said.output
    assert "  mask = True  hide the number of the other side" in said.output


def test_notebooks_are_copied_once(tmp_path: Path) -> None:
    """Copies are the notebooks byte by byte, and one's own work is never written over."""
    folder = tmp_path / "new" / "mine"
    assert CliRunner().invoke(main, ["notebooks", "--copy", str(folder)]).exit_code == 0
    assert {path.name for path in folder.iterdir()} == {p.name for p in notebooks().values()}
    for path in notebooks().values():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    (folder / "failure_report.ipynb").write_text("my own work", encoding="utf-8")
    again = CliRunner().invoke(main, ["notebooks", "--copy", str(folder)])
    assert again.exit_code == 1
    assert "already exists; choose another folder" in again.output
    assert (folder / "failure_report.ipynb").read_text(encoding="utf-8") == "my own work"


def test_pseudonyms_of_a_key_file_are_the_same_in_every_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is made once, for its owner alone; without it pseudonyms differ from run to run."""
    monkeypatch.setenv("RETELL_NB_MASK_KEY", "so that it is as before when this is over")
    calls = pd.DataFrame({"to_number": ["+14155550100"]})
    monkeypatch.setattr(digest, "digest", lambda **_: mask(calls)["to_number"][0])
    key = tmp_path / "key"
    words = ["report", "failure_report", "--summary"]
    first, second = (
        CliRunner().invoke(main, [*words, "--mask-key", str(key)]).output for _ in range(2)
    )
    assert first == second
    assert first.startswith("US-")
    assert key.stat().st_mode & 0o777 == 0o600
    monkeypatch.delenv("RETELL_NB_MASK_KEY")
    assert CliRunner().invoke(main, words).output != first
    lost = CliRunner().invoke(main, [*words, "--mask-key", str(tmp_path / "no" / "key")])
    assert (lost.exit_code, "give a file that can be read or made" in lost.output) == (2, True)


def test_lab_opens_copies_of_the_notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JupyterLab gets the folder and the options; a copy that is there stays as it is."""
    commands: list[list[str]] = []
    run = subprocess.CompletedProcess[str]
    monkeypatch.setattr(cli, "find_spec", lambda _: object())
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: commands.append(command) or run(command, 0)
    )
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "tour.ipynb").write_text("my own work", encoding="utf-8")
    assert CliRunner().invoke(main, ["lab", "--folder", str(mine), "--no-browser"]).exit_code == 0
    assert commands == [[sys.executable, "-m", "jupyterlab", "--no-browser", str(mine)]]
    assert {path.name for path in mine.iterdir()} == {p.name for p in notebooks().values()}
    assert (mine / "tour.ipynb").read_text(encoding="utf-8") == "my own work"


def test_lab_says_how_to_get_jupyterlab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed, nothing is copied."""
    monkeypatch.setattr(cli, "find_spec", lambda _: None)
    said = CliRunner().invoke(main, ["lab", "--folder", str(tmp_path / "mine")])
    assert said.exit_code == 1
    assert "python -m pip install jupyterlab" in said.output
    assert list(tmp_path.iterdir()) == []


def test_help_and_version_are_there() -> None:
    """The command explains itself, and tells its version."""
    assert version("retell_nb") in CliRunner().invoke(main, ["--version"]).output
    for words, command in ((["-h"], main), (["report", "-h"], report), (["call", "--help"], call)):
        shown = CliRunner().invoke(main, words)
        assert shown.exit_code == 0
        assert str(command.help).split("\n")[0] in " ".join(shown.output.split())


@pytest.mark.parametrize("option", ["-o", "--notebook"])
def test_where_nothing_can_be_written_is_said_before_the_notebook_runs(
    tmp_path: Path, option: str
) -> None:
    """A folder, and a place below a file, are wrong usage; the notebook would take minutes."""
    (tmp_path / "file").write_text("")
    for place, words in (
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "file" / "x", "cannot be"),
        (tmp_path / ("x" * 300), "cannot be"),
    ):
        result = CliRunner().invoke(report, ["failure_report", option, str(place)])
        assert result.exit_code == 2
        assert words in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("option", "name", "allowed"),
    [("-o", "report.docx", ".html or .htm or .pdf"), ("-o", "calls.csv", ".html"),
     ("-o", "page.IPYNB", ".html"), ("--notebook", "run.html", ".ipynb")],
)  # fmt: skip
def test_a_file_of_another_kind_is_refused_before_the_notebook_runs(
    option: str, name: str, allowed: str, tmp_path: Path
) -> None:
    result = CliRunner().invoke(report, ["failure_report", option, str(tmp_path / name)])
    assert result.exit_code == 2
    assert f"end its name in {allowed}" in " ".join(result.output.split())
    assert not list(tmp_path.iterdir())


def test_what_reading_warns_of_is_a_line_beside_the_summary(tmp_path: Path) -> None:
    """Without the place in the code that a warning comes from; the summary stays alone."""
    path = tmp_path / "calls.json"
    path.write_text('[{"call_id": "a", "disconnection_reason": "user_hangup"}, 7]', "utf-8")
    result = CliRunner().invoke(report, ["failure_report", "--summary", "-p", "source", str(path)])
    assert result.exit_code == 0
    warning, first = result.output.splitlines()[:2]
    assert warning.startswith("Warning: ")
    assert first.startswith("Failure report: 1 call ")
    assert ".py" not in result.output


def test_a_disk_that_is_full_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, page, write = _written(tmp_path / "own.ipynb", "print(1)"), "page.html", Path.write_text

    def full(place: Path, *given: Any, **options: Any) -> int:
        if place.name == page:
            raise OSError(errno.ENOSPC, "there is no room")
        return write(place, *given, **options)

    monkeypatch.setattr(Path, "write_text", full)
    result = CliRunner().invoke(report, [str(own), "-o", str(tmp_path / page)])
    assert result.exit_code == 1
    assert "there is no room" in result.output
    assert "choose another place with -o" in result.output


def test_a_report_on_no_calls_has_a_status_of_its_own(tmp_path: Path) -> None:
    """The page is there, one sentence says why it is empty, and a script can tell."""
    own = "import retell_nb as rn\nrn.report.page.headline(rn.sample_calls(0).retell.summary())"
    path = _written(tmp_path / "own.ipynb", own)
    result = CliRunner().invoke(report, [str(path), "-o", str(tmp_path / "a.html")])
    assert result.exit_code == 5
    assert (tmp_path / "a.html").is_file()
    assert result.output.endswith("Error: There are no calls to report on.\n")


def test_a_summary_is_plain_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Headline, five figures and a line for each finding; nothing is written."""
    monkeypatch.chdir(tmp_path)
    words = ["failure_report", "--summary", "-p", "start", "2026-03-16", "-p", "end", "2026-03-23"]
    result = CliRunner().invoke(report, words)
    assert result.exit_code == 0
    calls = load_calls("sample", "2026-03-16", "2026-03-23")
    faults = calls.retell.findings().query("saveable > 0")
    lines = result.stdout.splitlines()
    assert lines[0] == f"Failure report: {len(calls):,} calls from sample, times in UTC"
    assert lines[1].startswith(f"{len(faults)} faults, at least ")
    assert [line.partition(":")[0] for line in lines if line and line[0] != "-"][-5:] == [
        "calls", "failed", "answered", "cost", "peak in flight",
    ]  # fmt: skip
    findings = [line for line in lines if line.startswith("- ")]
    assert len(findings) >= len(faults)
    assert all(". Owner: " in line for line in findings)
    others = {*person(calls).dropna()} - {*own_number(calls).dropna()}
    assert not others & set(re.findall(r"\+\d+", result.stdout))
    assert "<" not in result.stdout.replace("<0.1%", "").replace("<$", "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["failure_report", "-p", "source", "calls.json"], 5, "There are no calls to report on."),
        (["failure_report", "-p", "start", "2027-01-01"], 5, "There are no calls to report on."),
        (["capacity"], 2, "--summary is for failure_report"),
        (["failure_report", "-o", "a.html"], 2, "leave out -o"),
        (["failure_report", "-p", "source", "nowhere.csv"], 1, "nowhere.csv"),
        (["failure_report", "-p", "filters", "x"], 2, "holds no filters"),
    ],
)
def test_a_summary_of_nothing_is_one_sentence(
    words: list[str], code: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without calls the status is 5; what cannot be summed up is said with its cure."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "calls.json").write_text("[]", encoding="utf-8")
    result = CliRunner().invoke(report, ["--summary", *words])
    assert result.exit_code == code
    assert told in " ".join(result.output.split())


def test_a_notebook_without_a_kernel_fails_with_a_cure(tmp_path: Path) -> None:
    """One that names none, and one that names one that is not there."""
    path = _written(tmp_path / "own.ipynb", "a = 1")
    absent = {"name": "absent", "display_name": "x", "language": "python"}
    for spec, code in (({}, 2), ({"kernelspec": absent}, 1)):
        notebook = nbformat.read(path, as_version=4)
        notebook.metadata = nbformat.from_dict({**spec, "language_info": {"name": "python"}})
        nbformat.write(notebook, path)
        result = CliRunner().invoke(report, [str(path), "-o", str(tmp_path / "a.html")])
        assert result.exit_code == code
        assert "jupyter kernelspec list" in " ".join(result.output.split())


def test_what_is_no_notebook_is_wrong_usage(tmp_path: Path) -> None:
    """Its name ends as one's does."""
    (tmp_path / "own.ipynb").write_text("no JSON")
    result = CliRunner().invoke(report, [str(tmp_path / "own.ipynb")])
    assert result.exit_code == 2
    assert "is no Jupyter notebook" in result.output


def test_a_file_of_own_names_is_read_with_columns(tmp_path: Path) -> None:
    """The advice that the error gives works on the command line."""
    path = tmp_path / "own.csv"
    path.write_text("call_id,My Reason\ncall_1,dial_busy\n")
    ask = ["call_1", "--source", str(path)]
    refused = CliRunner().invoke(call, ask)
    assert refused.exit_code == 1
    assert "--columns" in refused.output
    read = CliRunner().invoke(call, [*ask, "--columns", '{"My Reason": "disconnection_reason"}'])
    assert read.exit_code == 0
    assert "dial_busy" in read.output
    absent = CliRunner().invoke(call, [*ask, "--columns", '{"Why": "disconnection_reason"}'])
    assert absent.exit_code == 1
