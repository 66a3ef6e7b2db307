"""Where a program runs the notebook, the explorer leaves a page that lives without a kernel."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

import retell_nb as rn
from retell_nb.calls.facts import own_number, person
from retell_nb.explorer import static

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


@pytest.fixture(scope="module")
def run(
    retell_nb: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Any, str]:
    """Run the notebook as `retell-nb report explore` does; the executed one, and its page."""
    folder = tmp_path_factory.mktemp("explore")
    given = ("-p", "filters", '{"outcome": ["failed"]}', "--notebook", folder / "e.ipynb")
    done = retell_nb("report", "explore", *given, "-o", folder / "e.html", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    html = (folder / "e.html").read_text(encoding="utf-8")
    return nbformat.read(folder / "e.ipynb", as_version=4), html


def test_a_report_of_the_explorer_holds_its_pictures(run: tuple[Any, str]) -> None:
    """The page has the count, the chips, the four pictures and the findings."""
    _, html = run
    calls = rn.sample_calls()
    failed = (calls.retell.outcome == "failed").sum()
    assert f"<b>{failed:,}</b> of 20,000 calls" in html
    assert html.count("retell-picture") >= 4
    assert "Outcome: failed" in html
    assert calls.retell.mask().retell.findings()["title"].iloc[0].split(":")[0] in html


def test_a_report_of_the_explorer_needs_no_kernel(run: tuple[Any, str]) -> None:
    """No script, no widget, nothing that asks for the network, and no number of others."""
    notebook, html = run
    assert "<script" not in html
    assert "widgets" not in notebook.metadata
    assert not re.search(r"(src|href)=[\"']?https?:", html)
    sample = rn.sample_calls()
    numbers = {*person(sample).dropna()} - {*own_number(sample).dropna()}
    assert not [number for number in numbers if number in html]


def test_the_page_is_wanted_where_nobody_can_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program does not let a cell ask for input; a person's notebook does; Voilà's pages live."""

    class Kernel:
        def __init__(self, *, asks: bool) -> None:
            self._asks = asks

        def get_parent(self, _: str) -> dict[str, Any]:
            return {"content": {"allow_stdin": self._asks}}

    class Shell:
        def __init__(self, *, asks: bool) -> None:
            self.kernel = Kernel(asks=asks)

    assert not static.wanted()
    monkeypatch.setattr("IPython.get_ipython", lambda: Shell(asks=True))
    assert not static.wanted()
    monkeypatch.setattr("IPython.get_ipython", lambda: Shell(asks=False))
    assert static.wanted()
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.8")
    assert not static.wanted()
