"""Every notebook runs: through plain papermill, on whatever calls there are."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.facts import own_number, person
from retell_nb.report import page
from retell_nb.report.runner import notebooks, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
TABLES = {
    "attempts.csv", "audit.csv", "breakdown.csv", "callee_hours.csv", "costs.csv",
    "destinations.csv", "dial_list.csv", "figures.csv", "findings.csv", "groups.csv", "kpis.csv",
    "limits.csv", "llm_server.csv", "outages.csv", "repeaters.csv", "trend.csv",
}  # fmt: skip
_TROUBLE = re.compile(
    r"Traceback \(most recent call last\)|\bError\b.*\x1b\[|class=\\?['\"]retell-(trouble|message)"
)


def _papermill(path: Path, target: Path, folder: Path, *words: str) -> Any:
    """Run a notebook as README says it, with the plain command, and return it executed."""
    done = subprocess.run(
        [Path(sys.executable).with_name("papermill"), path, target, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return nbformat.read(target, as_version=4)


def _troubles(notebook: Any) -> list[Any]:
    """Errors in a notebook's outputs, and those that a widget's state hides."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    views = notebook.metadata.get("widgets", {}).values()
    states = [model["state"] for view in views for model in view["state"].values()]
    outputs += [output for state in states for output in state.get("outputs", ())]
    found = [out for out in outputs if out["output_type"] == "error" or out.get("name") == "stderr"]
    return found + [state for state in states if _TROUBLE.search(json.dumps(state))]


@pytest.mark.parametrize(
    "state",
    [
        {"outputs": [{"output_type": "error", "ename": "KeyError", "traceback": []}]},
        {"outputs": [{"output_type": "stream", "name": "stderr", "text": "careful"}]},
        {"value": "<pre>Traceback (most recent call last): KeyError</pre>"},
        {"value": "<p class='retell-trouble' role='alert'>KeyError: 'agent'</p>"},
        {"value": '<p class="retell-message">KeyError: agent</p>'},
    ],
)
def test_the_scan_finds_the_errors_of_widgets(state: dict[str, Any]) -> None:
    """A callback that fails leaves its error in the widgets' state; the scan sees it there."""
    notebook = nbformat.v4.new_notebook()
    calm = {"value": "<style>.retell-trouble {}</style>", "_dom_classes": ["retell-message"]}
    notebook.metadata["widgets"] = {"a": {"state": {"model": {"state": calm}}}}
    assert _troubles(notebook) == []
    notebook.metadata["widgets"]["a"]["state"]["other"] = {"state": state}
    assert len(_troubles(notebook)) == 1


def test_the_library_knows_every_notebook() -> None:
    """Every notebook of the checkout is one that `retell-nb` finds."""
    assert sorted(notebooks().values()) == NOTEBOOKS
    assert NOTEBOOKS


@pytest.mark.parametrize(
    "path",
    [path for path in NOTEBOOKS if path.stem != "failure_report"],
    ids=lambda path: path.stem,
)
def test_every_notebook_runs_as_it_is(path: Path, tmp_path: Path) -> None:
    """With its own parameters, under plain papermill, a notebook shows results and no error."""
    executed = _papermill(path, tmp_path / "out.ipynb", tmp_path)
    assert _troubles(executed) == []
    assert any(cell.get("outputs") for cell in executed.cells)
    assert [left.name for left in tmp_path.iterdir()] == ["out.ipynb"]


def test_the_failure_report_runs_as_it_is(sample_report: Any) -> None:
    """The same of the main job, which the command runs through papermill."""
    executed = nbformat.read(sample_report.notebook, as_version=4)
    assert _troubles(executed) == []
    assert sum(bool(cell.get("outputs")) for cell in executed.cells) > 15
    assert {path.name for path in sample_report.html.parent.iterdir()} == {"r.html", "r.ipynb"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_has_a_default_and_a_comment(path: Path) -> None:
    """A notebook tells what each of its parameters is for; none of them takes a key."""
    for parameter in parameters(path):
        assert parameter["help"], parameter["name"]
        assert not re.search("key|token|secret", parameter["name"])


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_on_any_machine(path: Path) -> None:
    """A notebook asks for the usual kernel, and each of its cells has its id."""
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def _texts(notebook: Any) -> str:
    """All that a notebook shows, as text."""
    datas = [o.get("data", {}) for cell in notebook.cells for o in cell.get("outputs", [])]
    return "\n".join(data.get("text/html", data.get("text/plain", "")) for data in datas)


def test_the_report_reads_a_csv_of_calls(tmp_path: Path) -> None:
    """`papermill notebooks/failure_report.ipynb out.ipynb -p source calls.csv` reports on them.

    `group_by` may be a column word; with start and end only that period is told of.
    """
    rn.sample_calls(2_000, seed=5).to_csv(tmp_path / "calls.csv", index=False)
    words = ("source", "calls.csv", "group_by", "owner", "start", "2026-03-09", "end", "2026-03-11")
    given = [word for pair in zip(words[::2], words[1::2], strict=True) for word in ("-p", *pair)]
    path = notebooks()["failure_report"]
    executed = _papermill(path, tmp_path / "out.ipynb", tmp_path, *given, "-p", "out_dir", ".")
    assert _troubles(executed) == []
    period = rn.load_calls(str(tmp_path / "calls.csv"), "2026-03-09", "2026-03-11")
    ended = period[period.retell.outcome != "in_progress"]
    failed = (ended.retell.outcome == "failed").sum()
    told = f"{failed} of {len(ended)} calls failed from Mar 9 to Mar 10, 2026"
    assert told in _texts(executed)
    groups = pd.read_csv(tmp_path / "groups.csv")
    assert groups["calls"].sum() == len(ended)
    assert set(groups["owner"]) == set(ended.retell.owner)


@pytest.mark.parametrize(
    ("records", "told"),
    [
        ([], "There are no calls to report on."),
        ([{"call_id": "call_1", "disconnection_reason": "dial_busy"}], "0 of 1 call failed"),
    ],
)
def test_the_report_is_calm_on_next_to_nothing(
    records: list[dict[str, str]], told: str, run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """On a file without calls, and on a single call without a time, the report says just that."""
    (tmp_path / "calls.json").write_text(json.dumps(records), encoding="utf-8")
    assert told in _texts(run_here("failure_report", source="calls.json", out_dir="tables"))
    assert {path.name for path in (tmp_path / "tables").iterdir()} == TABLES


def test_capacity_is_calm_without_calls(run_here: Callable[..., Any], tmp_path: Path) -> None:
    """On a file without calls the notebook says so, and its tables have only their columns."""
    (tmp_path / "calls.json").write_text("[]", encoding="utf-8")
    executed = run_here("capacity", source="calls.json", out_dir="tables")
    assert "No call was in flight, and none was refused." in _texts(executed)
    assert len(pd.read_csv(tmp_path / "tables" / "concurrency.csv")) == 0


def test_capacity_is_calm_where_no_call_was_refused(
    run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """Without a refused call the peak is told, and nothing is tried again; also unmasked."""
    calls = rn.sample_calls(500, seed=5)
    fine = calls[calls["disconnection_reason"] != "concurrency_limit_reached"]
    fine.to_csv(tmp_path / "calls.csv", index=False)
    executed = run_here("capacity", source="calls.csv", mask=False)
    peak = fine.retell.concurrency()["peak"].max()
    assert f"No call refused; at most {peak} of 20 in flight" in _texts(executed)


def test_the_report_takes_the_dashboard_s_export(dashboard_report: Any) -> None:
    """An export with the dashboard's labels is reported on; its tables lie beside as CSV."""
    assert (dashboard_report.run.returncode, dashboard_report.run.stderr) == (0, "")
    assert _troubles(nbformat.read(dashboard_report.notebook, as_version=4)) == []
    assert {path.name for path in dashboard_report.tables.iterdir()} == TABLES
    breakdown = pd.read_csv(dashboard_report.tables / "breakdown.csv").set_index("reason")["calls"]
    assert breakdown[breakdown > 0].to_dict() == dict.fromkeys(
        ["user_hangup", "agent_hangup", "dial_no_answer", "dial_failed",
         "error_llm_websocket_open"], 48
    )  # fmt: skip


def test_the_report_groups_by_a_column_of_the_user_s_own(
    dashboard_report: Any, dashboard_csv: Path
) -> None:
    """A column that only the user knows may be grouped by, also where all is masked."""
    teams = pd.read_csv(dashboard_csv)["Team"].value_counts()
    groups = pd.read_csv(dashboard_report.tables / "groups.csv").set_index("Team")
    assert groups["calls"].to_dict() == teams.to_dict()


def test_foreign_text_stays_text(dashboard_report: Any) -> None:
    """Markup in a name is shown as it is written, and never becomes part of the page."""
    html = dashboard_report.html.read_text(encoding="utf-8")
    for markup in ("<img src=x", "<script", "</script", "<svg/onload"):
        assert markup not in html.lower()
    for written in (
        "&lt;img src=x onerror=",
        "&lt;/script&gt;&lt;script&gt;alert(2)",
        "$x$ &amp; ",
    ):
        assert written in html


def _numbers_in(text: str, numbers: Collection[str]) -> set[str]:
    """Return which phone numbers a text shows, as they are written or by their digits."""
    runs = set(re.findall(r"\d{7,}", text))
    by_digits = {number for number in numbers if re.sub(r"\D", "", number) in runs}
    strange = (number for number in numbers if not re.fullmatch(r"\+\d{7,}", number))
    return by_digits | {number for number in strange if number in text}


def test_a_masked_report_holds_no_number_of_others(
    dashboard_report: Any, sample_report: Any
) -> None:
    """Unless asked otherwise, page, notebook and tables name no number but one's own."""
    exported = {f"+1415555{number:04}"[::-1][:-1] for number in range(100, 140)}
    sample = rn.sample_calls()
    called = {*person(sample).dropna()} - {*own_number(sample).dropna()}
    for made, numbers in ((dashboard_report, exported), (sample_report, called)):
        written = [made.html, made.notebook, *made.tables.glob("*.csv")]
        text = "".join(path.read_text(encoding="utf-8") for path in written)
        assert not _numbers_in(text, numbers)
    assert "numbers are replaced by pseudonyms" in text.lower()
    assert _numbers_in(f"to {min(called)} and {max(called)}", called) == {min(called), max(called)}


def test_calls_that_are_not_masked_show_their_numbers(dashboard_csv: Path) -> None:
    """The test above can fail: what a report shows of calls that are not masked holds numbers."""
    shown = {
        mask: repr(
            page.table(rn.load_calls(str(dashboard_csv), mask=mask).retell.rates("to_number"))
        )
        for mask in (False, True)
    }
    assert "00105555141" in shown[False]
    assert "00105555141" not in shown[True]


@pytest.mark.parametrize(
    "calls",
    [rn.sample_calls(0), rn.sample_calls(400, seed=5).query("direction != 'outbound'")],
    ids=["empty", "nobody dialed"],
)
def test_the_health_of_numbers_is_calm_without_outbound_calls(
    calls: pd.DataFrame, run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """On a file without calls, and on one of inbound calls alone, the notebook says just that."""
    calls.to_csv(tmp_path / "calls.csv", index=False)
    executed = run_here("number_health", source="calls.csv", out_dir="tables")
    assert "No outbound phone calls, so no caller numbers" in _texts(executed)
    names = {"bursts.csv", "number_health.csv", "numbers.csv"}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == names


def test_the_health_of_numbers_is_told_under_pseudonyms(
    run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """With a window and a zone of one's own; with `mask="all"` not even one's own are in it."""
    given = {"window": "2h", "timezone": "Europe/Berlin", "out_dir": "tables", "mask": "all"}
    tables = tmp_path / "tables"
    text = json.dumps(run_here("number_health", **given))
    assert (
        "1 of 30 caller numbers is above a threshold (95% confidence). The block rate rose on US-"
        in text
    )
    assert "calls under 10 s in 2 h" in text
    text += "".join(path.read_text(encoding="utf-8") for path in tables.iterdir())
    assert not _numbers_in(text, set(rn.sample_calls()["from_number"].dropna()))


def test_what_changed_is_calm_without_calls(run_here: Callable[..., Any], tmp_path: Path) -> None:
    """On a file without calls the notebook says so, and its tables have only their columns."""
    (tmp_path / "calls.json").write_text("[]", encoding="utf-8")
    executed = run_here("what_changed", source="calls.json", out_dir="tables")
    assert "There are no calls in both periods to compare." in _texts(executed)
    assert len(pd.read_csv(tmp_path / "tables" / "explain.csv")) == 0


def test_what_changed_reads_columns_of_the_user_s_own(
    run_here: Callable[..., Any], tmp_path: Path
) -> None:
    """Two periods of a file with other names are compared, and only one's own numbers are there."""
    calls = rn.sample_calls(3_000, seed=5)
    calls.rename(columns={"disconnection_reason": "Why"}).to_csv(tmp_path / "c.csv", index=False)
    given = {"baseline_start": "2026-03-05", "start": "2026-03-16", "end": "2026-03-20"}
    names = {"Why": "disconnection_reason"}
    executed = run_here("what_changed", source="c.csv", columns=names, out_dir="tables", **given)
    now = rn.load_calls("sample", "2026-03-16", "2026-03-20", n=3_000, seed=5)
    before = rn.load_calls("sample", "2026-03-05", "2026-03-16", n=3_000, seed=5)
    attrs = now.retell.explain(before).attrs
    rates = pd.read_csv(tmp_path / "tables" / "rates.csv")
    assert rates["rate"].tolist() == pytest.approx([attrs["baseline_rate"], attrs["rate"]])
    text = json.dumps(executed)
    text += "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "tables").iterdir())
    assert not _numbers_in(text, {*person(calls).dropna()} - {*own_number(calls).dropna()})
