"""What the README shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import retell_nb as rn

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_the_session_runs_line_by_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every line of the session works on an export and on a frame of one's own."""
    monkeypatch.chdir(tmp_path)
    rn.sample_calls(2_000, seed=1).to_csv("export.csv", index=False)
    names: dict[str, object] = {"df": pd.DataFrame({"My Reason": ["Dial busy"], "Secs": [0]})}
    (session,) = blocks("python")
    exec(session, names)  # noqa: S102 - our own README
    plt.close("all")


def test_the_two_commands_stand_alone() -> None:
    """The first two shell blocks hold one command each: they are what CI runs."""
    report, tests = blocks("sh")[0], blocks("sh")[1]
    assert report == (
        "python -m pip install . && retell-nb report failure_report -o failure_report.html\n"
    )
    assert tests == 'python -m pip install -e ".[test]" && python -m pytest\n'


def test_the_outcomes_are_those_of_the_vocabulary() -> None:
    """The table of outcomes says what `OUTCOMES` says, in its order."""
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", README, flags=re.MULTILINE)
    assert rows == list(rn.OUTCOMES["meaning"].items())


def test_every_example_gives_something_on_the_bundled_calls() -> None:
    """Each line about `calls` alone gives rows, a picture or a screen: none is for nothing."""
    (session,) = blocks("python")
    names: dict[str, object] = {"rn": rn, "calls": rn.sample_calls()}
    lines = [
        line for line in session.splitlines() if re.match(r"(findings = )?calls\.retell", line)
    ]
    assert len(lines) > 30
    for line in lines:
        code = line.partition("  #")[0]
        if code.startswith("findings = "):
            exec(code, names)  # noqa: S102 - our own README
            continue
        answer = eval(code, names)  # noqa: S307 - our own README
        if isinstance(answer, pd.DataFrame | pd.Series):
            assert len(answer) > 0, line
    plt.close("all")
