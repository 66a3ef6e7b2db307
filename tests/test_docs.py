"""What the pages of the documentation show works as it stands there.

Needs the extra `docs`, and so runs in `.ci/full`, where the pages are built too.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import retell_nb as rn

pytest.importorskip("sphinx")

ROOT = Path(__file__).parent.parent
PAGES = [
    path
    for path in sorted((ROOT / "docs").rglob("*.md"))
    if not any(part.startswith("_") for part in path.relative_to(ROOT / "docs").parts)
]
_BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<language>[^\n]*)\n(?P<text>.*?)^```$",
    flags=re.DOTALL | re.MULTILINE,
)
_RUN = {"python", "sh"}
_SHOWN = {"sql", "text", "bash", "toml", "ini", "yaml"}
"""`bash`, `toml`: tests/check runs them against a chat of its own."""


class Block(NamedTuple):
    """A block of code in a page, and why it is not run, if it is not."""

    language: str
    text: str
    why: str | None


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "docs").with_suffix("").as_posix()


def blocks(path: Path) -> list[Block]:
    found = _BLOCK.finditer(path.read_text(encoding="utf-8"))
    return [
        Block(block["language"], block["text"], block["why"])
        for block in found
        if not block["language"].startswith("{")  # a directive of Sphinx
    ]


def run(path: Path, language: str) -> list[str]:
    return [block.text for block in blocks(path) if block.language == language and not block.why]


def those_with(language: str) -> list[Path]:
    return [page for page in PAGES if run(page, language)]


def test_every_block_is_run_or_says_why_not() -> None:
    """A block is in a language that is run here, or one that is only shown."""
    languages = {block.language for page in PAGES for block in blocks(page)}
    assert languages == _RUN | _SHOWN
    reasons = {block.why for page in PAGES for block in blocks(page) if block.why}
    assert all(re.match(r"needs a |installs |the build of ", why) for why in reasons)


@pytest.mark.parametrize("page", those_with("python"), ids=name_of)
def test_the_python_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The blocks of a page run one after the other, in one namespace, without a warning."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for text in run(page, "python"):
        exec(text, names)  # noqa: S102 - our own page


@pytest.mark.parametrize("page", those_with("sh"), ids=name_of)
def test_the_commands_of_a_page_run(page: Path, tmp_path: Path) -> None:
    """The commands of a page run as they stand there, beside an export of calls."""
    rn.sample_calls(500, seed=1).to_csv(tmp_path / "export.csv", index=False)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for text in run(page, "sh"):
        done = subprocess.run(
            ["bash", "-euc", text],  # noqa: S607 - the shell on the path is the one meant
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def test_no_page_repeats_another() -> None:
    """No paragraph, and no row of a table, stands in two pages, or in a page and the README."""
    seen: dict[str, str] = {}
    for path in (ROOT / "README.md", *PAGES):
        text = _BLOCK.sub("", path.read_text(encoding="utf-8"))
        for paragraph in re.split(r"\n\s*\n|\n(?=[-|])", text):
            plain = " ".join(paragraph.split()).lower()
            if len(plain) > 60:
                assert seen.setdefault(plain, path.name) == path.name, plain
