"""What the documentation takes from the library, written before Sphinx reads the pages.

Tables of words, reasons, columns and thresholds, the help of the command line, the gallery with
its pictures, the notebooks as HTML and the pages of the API reference go to `docs/_generated`,
which is not under version control. So no fact stands in a page and in the library.
"""

from __future__ import annotations

import hashlib
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import nbformat
import pandas as pd
from matplotlib import pyplot as plt
from sphinx.errors import ExtensionError

import retell_nb as rn
from retell_nb import accessors, cli, words
from retell_nb.calls.labels import _OTHER_NAMES, ASIDE, SECRETS
from retell_nb.calls.schema import DTYPES, SCHEMA
from retell_nb.engine.control_charts import RULES
from retell_nb.pictures.pictures import Pictures
from retell_nb.report import runner
from retell_nb.tables.callees.redial import DECISIONS
from retell_nb.tables.change.explain import ATTRIBUTES
from retell_nb.tables.kpis import KPIS
from retell_nb.tables.outages.suspected import SUSPICIONS
from retell_nb.tables.time_limits.limits import LIMITS
from retell_nb.vocabulary.grades import GRADES
from retell_nb.vocabulary.reasons import OWNERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent.parent
GENERATED = ROOT / "docs" / "_generated"
PARTS, PICTURES = GENERATED / "parts", GENERATED / "pictures"
REPORTS = GENERATED / "extra" / "reports"

SETTING = """\
calls = rn.sample_calls()
before = calls.retell.select(end="2026-03-16")
now = calls.retell.select(start="2026-03-16")
dead = (calls["to_number"] == "+442079460870") & (calls.retell.when >= "2026-03-23")
one_line_dead = calls[~dead]
"""
"""What the lines of the gallery need."""

LINES = {
    "attempts": "calls.retell.plot.attempts()",
    "compare": 'calls.retell.plot.compare("agent_version")',
    "concurrency": 'calls.retell.plot.concurrency("1h", limit=20)',
    "decompose": 'now.retell.plot.decompose(before, "agent")',
    "explain": "now.retell.plot.explain(before)",
    "outages": 'calls.retell.plot.outages(of="provider")',
    "rates": 'calls.retell.plot.rates("agent")',
    "silence": "one_line_dead.retell.plot.silence()",
    "tally": 'calls.retell.plot.tally("outcome")',
    "trend": 'calls.retell.plot.trend("D", of="failed")',
}
"""The line of a picture that has to be asked for something, or shows more when it is."""

UNITS = {
    "duration": "ms", "latency": "ms", "cost": "cents", "seconds": "s", "timestamp": "UTC",
    "average": "tokens",
}  # fmt: skip
"""The unit of a column by a word in its name, as the API has it."""


def setup(app: Sphinx) -> dict[str, bool]:
    """Write all parts once, before any page is read."""
    (GENERATED / "extra").mkdir(parents=True, exist_ok=True)  # Sphinx looks for it before that
    app.connect("builder-inited", write)
    app.connect("autodoc-process-docstring", as_method, priority=100)  # before napoleon reads it
    app.connect("autodoc-process-docstring", as_property, priority=900)  # and after that
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def write(_: Sphinx | None = None) -> None:
    """Write all parts; pictures and notebooks only where the library has changed since."""
    parts: Mapping[str, Callable[[], str]] = {
        "words": word_table,
        "outcomes": outcome_table,
        "owners": owner_table,
        "reasons": reason_table,
        "columns": column_table,
        "aside": aside_list,
        "aliases": alias_table,
        "thresholds": threshold_table,
        "kpis": kpi_table,
        "limits": limit_table,
        "suspicions": suspicion_table,
        "attributes": lambda: f"{', '.join(map(code, ATTRIBUTES))}\n",
        "grades": lambda: keyed(("grade", "meaning"), GRADES),
        "chart_rules": lambda: keyed(("rule", "a period is out when"), RULES),
        "decisions": lambda: keyed(("decision", "meaning"), DECISIONS),
        "command_line": command_line,
        "gallery": gallery,
        "notebooks": notebook_list,
    }
    for name, text in parts.items():
        put(PARTS / f"{name}.md", text())
    for name, text in api_pages().items():
        put(GENERATED / "api" / f"{name}.rst", text)
    once(PICTURES, draw, *pictures().values(), SETTING)
    for path in runner.notebooks().values():
        once(REPORTS / f"{path.stem}.html", run_notebook, path.read_text(encoding="utf-8"))


def as_method(
    _app: Sphinx, what: str, name: str, _thing: object, _options: object, lines: list[str]
) -> None:
    """Leave the calls out of what a word takes: the accessor has them."""
    if what == "method" and name.startswith(api_name("")):
        doc = re.sub(r"^calls : DataFrame\n(?:    .*\n)+", "", "\n".join(lines), flags=re.MULTILINE)
        lines[:] = re.sub(r"^Parameters\n-+\n(?=\n)", "", doc, flags=re.MULTILINE).split("\n")


def as_property(
    _app: Sphinx, what: str, _name: str, thing: object, _options: object, lines: list[str]
) -> None:
    """Give a property its docstring back: napoleon takes what stands before a colon for a type."""
    if what == "property":
        titled = re.sub(r"^(\w+)\n-+$", r".. rubric:: \1\n", doc_of(thing), flags=re.MULTILINE)
        lines[:] = [*titled.split("\n"), ""]


def put(path: Path, text: str) -> None:
    """Write a file unless it says that already, so that Sphinx reads only what is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if read(path) != text:
        path.write_text(text, encoding="utf-8")


def read(path: Path) -> str | None:
    """Return what a file says, None where there is none."""
    return path.read_text(encoding="utf-8") if path.is_file() else None


def once(path: Path, make: Callable[[Path], None], *texts: str) -> None:
    """Make a file or a folder, unless it is there from the same library and the same texts."""
    digest = hashlib.sha256(f"{sys.version} {pd.__version__}".encode())
    for source in sorted((ROOT / "retell_nb").rglob("*.*")):
        if source.suffix in {".py", ".csv", ".css"}:
            digest.update(source.read_bytes())
    for text in texts:
        digest.update(text.encode())
    stamp = GENERATED / f"{path.stem}.stamp"
    if read(stamp) != digest.hexdigest() or not path.exists():
        make(path)
        put(stamp, digest.hexdigest())


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table of Markdown."""
    header = list(header)
    lines = [header, ["---"] * len(header), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def code(value: object) -> str:
    """Return a word as code, nothing for nothing."""
    return f"`{value}`" if str(value) else ""


def doc_of(word: object) -> str:
    """Return the docstring of a word, also of a property."""
    return inspect.getdoc(word.fget if isinstance(word, property) else word) or ""


def first_line(word: object) -> str:
    """Return what a docstring says first."""
    return doc_of(word).partition("\n")[0]


def api_name(name: str) -> str:
    """Return the full name of a word of `calls.retell`, wherever it is defined."""
    return f"retell_nb.accessors.CallsAccessor.{name}"


def word_table() -> str:
    """Return every word of `calls.retell` under the question that it answers."""
    parts = []
    for question, names in words.QUESTIONS.items():
        rows = [
            (
                f"{{py:obj}}`{name} <{api_name(name)}>`",
                first_line(inspect.getattr_static(accessors.CallsAccessor, name)),
                f"[picture](/gallery.md#{name})" if hasattr(Pictures, name) else "",
            )
            for name in names
        ]
        parts.append(f"## {question}\n\n{table(('word', 'what comes out', ''), rows)}")
    return "\n".join(parts)


def outcome_table() -> str:
    """Return the outcomes, and what each means."""
    rows = [(code(name), meaning) for name, meaning in rn.OUTCOMES["meaning"].items()]
    return table(("outcome", "meaning"), rows)


def owner_table() -> str:
    """Return the owners, and who each is."""
    return table(("owner", "who that is"), ((code(name), who) for name, who in OWNERS.items()))


def reason_table() -> str:
    """Return the vocabulary: a table for each outcome, in its order."""
    parts = []
    for outcome in rn.OUTCOMES.index:
        reasons = rn.REASONS[rn.REASONS["outcome"] == outcome]
        if reasons.empty:
            continue
        status = reasons["status"] + " (" + reasons["status_source"] + ")"
        facts = status + ", " + reasons["owner"] + ", " + reasons["retry"]
        rows = [
            (
                f"`{name}`{row['retired'] and ' (retired)'}<br>{row['facts']}",
                f"{row['meaning']} *{row['remedy']}*",
            )
            for name, row in reasons.assign(facts=facts).iterrows()
        ]
        header = ("reason<br>status (source), owner, retry", "meaning, *remedy*")
        parts.append(f"### {outcome}\n\n{table(header, rows)}")
    return "\n".join(parts)


def column_table() -> str:
    """Return the columns of a frame of calls with their dtypes and units."""
    rows = [(code(name), code(DTYPES[kind]), _unit(name)) for name, kind in SCHEMA.items()]
    return table(("column", "dtype", "unit"), rows)


def _unit(column: str) -> str:
    return next((unit for word, unit in UNITS.items() if word in column), "")


def aside_list() -> str:
    """Return the fields that are loaded only when asked for, and those that never are."""
    asked, never = (", ".join(map(code, names)) for names in (ASIDE, SECRETS))
    return f"Loaded when `keep=` names them: {asked}.\n\nNever loaded: {never}.\n"


def alias_table() -> str:
    """Return the other names under which each column is known, with the unit of bare numbers."""
    rows = [
        (code(column), f"{scale:g}", ", ".join(map(code, labels.split(", "))))
        for column, scale, labels in _OTHER_NAMES
    ]
    return table(("column", "one bare number is", "also known as"), rows)


def keyed(header: Iterable[str], meanings: Mapping[str, object]) -> str:
    """Return a table of names and what each means."""
    return table(header, ((code(name), meaning) for name, meaning in meanings.items()))


def kpi_table() -> str:
    """Return the key figures; the fault rates by owner, which differ in nothing else, are one."""
    whole = KPIS[~KPIS["kpi"].str.startswith("fault_rate_")]
    rows = [(code(row.kpi), row.unit, row.definition) for row in whole.itertuples()]
    by_owner = "The same for the failures of one owner."
    return table(
        ("figure", "unit", "definition"), [*rows, (code("fault_rate_<owner>"), "share", by_owner)]
    )


def limit_table() -> str:
    """Return the time limits: the setting behind each, its default, and how it is read."""
    rows = [
        (code(row.Index), row.setting, f"{row.default:g} s", row.reading, row.among)
        for row in LIMITS.itertuples()
    ]
    return table(("ended as", "setting", "default", "read from", "among calls"), rows)


def suspicion_table() -> str:
    """Return the signs that a hang-up hides a fault, and what would prove it."""
    rows = [
        (f"{row.Index}<br>{code(row.reason)}", row.meaning, row.proof)
        for row in SUSPICIONS.itertuples()
    ]
    return table(("sign, recorded as", "meaning", "proof"), rows)


def threshold_table() -> str:
    """Return the thresholds of number health, with whose they are."""
    rows = [
        (f"`{name}`<br>{row['value']:g} {row['unit']}", row["meaning"], row["source"])
        for name, row in rn.THRESHOLDS.iterrows()
    ]
    return table(("threshold", "meaning", "source"), rows)


def command_line() -> str:
    """Return the help of `retell-nb` and each of its commands."""
    with click.Context(cli.main, info_name="retell-nb") as context:
        parts = [f"```text\n{cli.main.get_help(context)}\n```\n"]
        for name, command in sorted(cli.main.commands.items()):
            with click.Context(command, info_name=name, parent=context) as below:
                parts.append(f"## retell-nb {name}\n\n```text\n{command.get_help(below)}\n```\n")
    return "\n".join(parts)


def pictures() -> dict[str, str]:
    """Return the line that draws each picture, in the order of the questions."""
    names = [name for names in words.QUESTIONS.values() for name in names]
    return {
        name: LINES.get(name, f"calls.retell.plot.{name}()")
        for name in names
        if hasattr(Pictures, name)
    }


def gallery() -> str:
    """Return every picture under its question, with the line that draws it."""
    lines = pictures()
    parts = [f"```python\nimport retell_nb as rn\n\n{SETTING}```\n"]
    for question, names in words.QUESTIONS.items():
        drawn = [name for name in names if name in lines]
        if drawn:
            parts.append(f"## {question}\n")
        for name in drawn:
            says = first_line(getattr(Pictures, name))
            api = f"retell_nb.pictures.pictures.Pictures.{name}"
            parts.append(
                f"### {name}\n\n{says} ({{py:meth}}`signature <{api}>`)\n\n"
                f"```python\n{lines[name]}\n```\n\n"
                f"![{says}](/_generated/pictures/{name}.png)\n"
            )
    return "\n".join(parts)


def draw(folder: Path) -> None:
    """Draw every picture of the gallery by the line that stands beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    names: dict[str, object] = {"rn": rn}
    exec(SETTING, names)  # noqa: S102 - our own lines, above
    for name, line in pictures().items():
        ax = eval(line, names)  # noqa: S307 - our own lines, above
        ax.figure.savefig(folder / f"{name}.png", dpi=144)
        plt.close(ax.figure)


def notebook_list() -> str:
    """Return every notebook with its parameters, and where its report is."""
    parts = []
    for name, path in runner.notebooks().items():
        introduction = nbformat.read(path, as_version=4).cells[0].source
        introduction = re.sub(r"^# .*\n+", "", introduction)
        rows = [
            (code(parameter["name"]), code(parameter["default"]), parameter["help"])
            for parameter in runner.parameters(path)
        ]
        parts.append(
            f"## {runner.title(path)}\n\n{introduction}\n\n"
            f"```sh\nretell-nb report {name}\n```\n\n"
            f'<p><a href="reports/{name}.html">See the report on the made-up calls</a></p>\n\n'
            f"{table(('parameter', 'default', 'what it is'), rows)}"
        )
    return "\n".join(parts)


def run_notebook(report: Path) -> None:
    """Run a notebook on the bundled calls, by the project's own command."""
    command = Path(sys.executable).with_name("retell-nb")
    done = subprocess.run(  # noqa: S603 - the project's own command
        [command, "report", report.stem, "-o", report], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise ExtensionError(f"retell-nb report {report.stem}: {done.stderr}")


def api_pages() -> dict[str, str]:
    """Return the pages of the API reference, in reStructuredText."""
    return {
        "functions": _page("Functions: rn.*", "retell_nb", _functions()),
        "calls": _page("Words of calls: calls.retell.*", "retell_nb.accessors", _words()),
        "reasons": _page(
            "Words of a column of reasons: series.retell.*", "retell_nb.accessors", _of_reasons()
        ),
        "pictures": _page(
            "Pictures: calls.retell.plot.*", "retell_nb.pictures.pictures", _pictures()
        ),
    }


def _page(title: str, module: str, lines: Iterable[str]) -> str:
    head = [title, "=" * len(title), "", f".. py:currentmodule:: {module}", ""]
    return "\n".join([*head, *lines, ""])


def _functions() -> list[str]:
    lines = []
    for name in rn.__all__:
        thing = getattr(rn, name)
        if inspect.isclass(thing):
            lines += [f".. autoclass:: retell_nb.{name}", "   :members:", ""]
        elif callable(thing):
            lines += [f".. autofunction:: retell_nb.{name}", ""]
    return lines


def _words() -> list[str]:
    lines = [
        "In the examples the words are functions that take the calls first; the accessor has them",
        'already, so ``tally(calls, "outcome")`` is typed ``calls.retell.tally("outcome")``.',
        "",
        ".. autoclass:: CallsAccessor",
        "",
    ]
    for question, names in words.QUESTIONS.items():
        lines += [question, "-" * len(question), ""]
        for name in names:
            kind = inspect.getattr_static(accessors.CallsAccessor, name)
            directive = "autoproperty" if isinstance(kind, property) else "automethod"
            lines += [f".. {directive}:: CallsAccessor.{name}", ""]
    return lines


def _of_reasons() -> list[str]:
    names = [name for name in dir(accessors.ReasonsAccessor) if not name.startswith("_")]
    return [
        ".. autoclass:: ReasonsAccessor",
        "",
        *(f"* `{name}`: :py:obj:`CallsAccessor.{name}`" for name in names),
    ]


def _pictures() -> list[str]:
    lines = [".. autoclass:: Pictures", ""]
    for name in pictures():
        lines += [f".. automethod:: Pictures.{name}", ""]
    return lines
