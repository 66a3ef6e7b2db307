"""Pictures of a page: the same ones, whoever draws them, and drawn only where they are shown."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb import plots, tables
from retell_nb.report import cells
from retell_nb.report.plots import HAND_OVER
from retell_nb.report.sections import fold, picture, section


@pytest.fixture
def counts() -> pd.DataFrame:
    calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    return tables.tally(calls, "outcome")


def page(*sources: str) -> dict[str, Any]:
    """A notebook of code cells."""
    return {"cells": [{"cell_type": "code", "source": one, "metadata": {}} for one in sources]}


def test_a_picture_of_a_page_is_that_of_the_table(counts: pd.DataFrame) -> None:
    """A word under `rn.report.plots` takes what its picture takes, and shows what it shows."""
    drawn = rn.report.plots.tally(counts, limit=1)
    assert repr(drawn) == repr(picture(plots.tally(counts, limit=1)))
    with pytest.raises(AttributeError, match="Did you mean 'tally'"):
        rn.report.plots.taly(counts)


def test_what_is_not_shown_is_not_drawn(
    counts: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A section that is left out costs no picture."""
    monkeypatch.setattr(plots, "tally", None)
    part = rn.report.plots.tally(counts)
    assert repr(section("Outages", "", part, fold("More", part), when=False)) == ""
    with pytest.raises(TypeError):
        repr(section("Outages", "", part))


@pytest.mark.parametrize("cores", ["1", "2"])
def test_another_process_draws_the_same_page(monkeypatch: pytest.MonkeyPatch, cores: str) -> None:
    """Whether it has drawn a picture, has not begun it or is not there at all."""
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", cores)
    source = (
        "import retell_nb as rn\n"
        "calls = rn.sample_calls(300, seed=1)\n"
        "parts = [rn.report.plots.tally(calls.retell.tally(word)) for word in ('outcome', 'owner')]"
        "\nrn.report.sections.section('Why', '', *parts)"
    )
    names: dict[str, Any] = {}
    exec(source.rpartition("\n")[0], names)  # noqa: S102 - the cell above
    here = repr(rn.report.sections.section("Why", "", *names["parts"]))
    notebook = page(source)
    cells.run(notebook, {}, progress=False)
    assert notebook["cells"][0]["outputs"][0]["data"] == {"text/html": here}


def test_the_page_before_a_failure_is_left() -> None:
    """What cells before it show is there, and the failure; also where it is a picture's."""
    picture_of_nothing = "import retell_nb as rn\nrn.report.plots.tally(None)"
    for failing in ("1 / 0", picture_of_nothing):
        notebook = page("'first'", failing, "'last'")
        with pytest.raises(cells.CellError):
            cells.run(notebook, {}, progress=False)
        first, second, _ = notebook["cells"]
        assert first["outputs"][0]["data"] == {"text/plain": "'first'"}
        assert second["outputs"][0]["output_type"] == "error"
    assert HAND_OVER.get()(repr) is repr
