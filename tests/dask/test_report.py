"""The failure report on calls that dask reads and counts is the report of pandas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import dask
import matplotlib.pyplot as plt
import pytest
from click.testing import CliRunner

import retell_nb as rn
from retell_nb.calls.facts import TIMES
from retell_nb.cli import main
from retell_nb.report.runner import find
from retell_nb.selection.loading import told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def files(tmp_path: Path) -> Iterator[str]:
    """Calls in two files, one after the other."""
    calls = rn.sample_calls(1_000, seed=5)
    for number in range(2):
        part = calls.iloc[500 * number : 500 * (number + 1)]
        part.to_parquet(tmp_path / f"{number}.parquet", index=False)
    with dask.config.set(scheduler="synchronous"):
        yield str(tmp_path / "*.parquet")


def tables(source: str, engine: str, folder: Path) -> dict[str, str]:
    """Run the notebook's cells, and return the tables that it saves."""
    cells = json.loads(find("failure_report").read_text(encoding="utf-8"))["cells"]
    names: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 - our own notebook
            if "parameters" in cell["metadata"].get("tags", ()):
                names |= {"source": source, "engine": engine, "out_dir": str(folder)}
                names |= {"start": "2026-03-18", "end": "2026-03-27", "group_by": "agent"}
            plt.close("all")
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_the_report_of_dask_has_the_tables_of_pandas(files: str, tmp_path: Path) -> None:
    """Each table that the failure report saves is the same, whoever counts."""
    own, other = (tables(files, engine, tmp_path / engine) for engine in ("pandas", "dask"))
    assert len(own) > 10
    assert other == own


def test_pseudonyms_are_the_same_in_all_partitions(files: str) -> None:
    """A caller of several files has one pseudonym; nobody's number is left."""
    plain = rn.load_calls(files)
    masked = rn.load_calls(files, engine="dask", mask="all").compute().reset_index(drop=True)
    pairs = plain["from_number"].astype(str) + masked["from_number"].astype(str)
    assert pairs.nunique() == plain["from_number"].astype(str).nunique()
    assert not masked["to_number"].astype(str).str.startswith("+").any()


def test_masked_calls_are_read_by_the_columns_that_are_asked_for(files: str) -> None:
    """What is hidden in calls of a period does not make all their columns be read."""
    calls = rn.load_calls(files, start="2026-03-18", engine="dask", mask=True)
    read = calls[["combined_cost"]].optimize().expr
    columns = {name for one in read.walk() for name in one.columns}
    assert columns <= {"combined_cost", "direction", "disconnection_reason", *TIMES}


def test_calls_without_a_time_are_counted(tmp_path: Path) -> None:
    """Where a period is asked for, what tells no time is in none, and counted."""
    path = tmp_path / "calls.csv"
    path.write_text("call_id,disconnection_reason,start_timestamp\na,dial_busy,\nb,dial_busy,\n")
    calls = rn.load_calls(str(path), start="2026-03-01", engine="dask")
    assert (len(calls), told(calls)["undated"]) == (0, 2)


def test_an_engine_is_pandas_dask_or_a_scheduler() -> None:
    """Anything else is refused, as is the API, which is no file."""
    with pytest.raises(ValueError, match="neither 'pandas' nor 'dask'"):
        rn.load_calls("sample", engine="spark")
    with pytest.raises(ValueError, match="retell-nb sync"):
        rn.load_calls("api", start="2026-03-01", engine="dask")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--engine", "pandas", "--scheduler", "tcp://host:8786"], "--scheduler needs dask"),
        (["--scheduler", "host"], "is not an address"),
    ],
)
def test_a_scheduler_is_an_address_and_of_dask(words: list[str], said: str) -> None:
    """What cannot be meant is refused before anything runs."""
    done = CliRunner().invoke(main, ["report", "failure_report", *words])
    assert (done.exit_code, said in done.output) == (2, True)
