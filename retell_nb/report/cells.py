"""Notebooks of the library that are pages: run in this process, and put together as HTML.

Their cells are known: plain Python whose results are HTML. So neither a kernel nor a converter has
to start, which takes longer than most reports. Other notebooks are run by `runner.execute`.
"""

from __future__ import annotations

import ast
import json
import os
import re
import traceback
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from retell_nb.engine.processes import beside
from retell_nb.report.plots import HAND_OVER, ready

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["CellError", "assemble", "parameters", "read", "run", "step"]

_PARAMETER = re.compile(r"^(\w+) = (.*?)(?:  # (.*))?$", re.MULTILINE)


class CellError(RuntimeError):
    """A cell raised an exception, whose type and message this one has.

    Examples
    --------
    >>> raise CellError("ValueError: no such file")
    Traceback (most recent call last):
    retell_nb.report.cells.CellError: ValueError: no such file
    """


def read(path: Path) -> dict[str, Any]:
    """Return a notebook of the library, the source of each cell as one text.

    Examples
    --------
    >>> from retell_nb.report.runner import find
    >>> read(find("capacity"))["cells"][0]["source"].splitlines()[0]
    '# Capacity'
    """
    notebook: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def parameters(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return `name`, `default` (as Python) and `help` of each parameter.

    Examples
    --------
    >>> cell = {"source": 'limit = 20  # slots', "metadata": {"tags": ["parameters"]}}
    >>> parameters({"cells": [cell]})
    [{'name': 'limit', 'default': '20', 'help': 'slots'}]
    """
    sources = [cell["source"] for cell in notebook["cells"] if _is_parameters(cell)]
    return [
        {"name": match[1], "default": match[2], "help": match[3] or ""}
        for source in sources
        for match in _PARAMETER.finditer(source)
    ]


def _is_parameters(cell: Mapping[str, Any]) -> bool:
    return "parameters" in cell["metadata"].get("tags", ())


def run(notebook: dict[str, Any], values: Mapping[str, Any], *, progress: bool) -> None:
    """Run the cells with parameters, and leave their outputs in the notebook.

    Raises
    ------
    CellError
        If a cell raises; its traceback is among the outputs then.

    Examples
    --------
    >>> cell = {"cell_type": "code", "source": "n + 1", "metadata": {}}
    >>> notebook = {"cells": [cell]}
    >>> run(notebook, {"n": 1}, progress=False)
    >>> notebook["cells"][-1]["outputs"][0]["data"]
    {'text/plain': '2'}
    """
    from tqdm import tqdm  # noqa: PLC0415 - takes its time

    _inject(notebook["cells"], values)
    os.environ["MPLBACKEND"] = "agg"  # pictures go into the page, onto no screen
    names: dict[str, Any] = {"__name__": "__main__"}
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    bar = tqdm(code, unit="cell", disable=not progress)
    results: list[Any] = []
    failure = None
    with warnings.catch_warnings(), beside() as hand_over:
        warnings.simplefilter("ignore")  # those of reading are in the records' own notes
        hand_over(ready)
        drawing = HAND_OVER.set(hand_over)
        try:
            for number, cell in enumerate(bar, start=1):
                cell["execution_count"] = number
                bar.set_description(step(cell["source"]))
                with _failure_told(cell):
                    results.append(_value(cell["source"], names, number))
        except CellError as error:
            failure = error
        finally:
            HAND_OVER.reset(drawing)
        for cell, value in zip(code, results, strict=False):  # also those before a failure
            with _failure_told(cell):
                cell["outputs"] = _outputs(value, cell["execution_count"])
    if failure:
        raise failure


@contextmanager
def _failure_told(cell: dict[str, Any]) -> Iterator[None]:
    """Leave whatever is raised among the outputs of a cell, and raise a CellError."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is, it goes into the notebook
        kind, words = type(error).__name__, str(error)
        lines = traceback.format_exception(error)
        failure = {"ename": kind, "evalue": words, "traceback": lines}
        cell["outputs"] = [{"output_type": "error"} | failure]
        raise CellError(f"{kind}: {words}") from None


def step(source: str) -> str:
    r"""What a cell is at, for who waits: the title of its section.

    Examples
    --------
    >>> step('rn.report.sections.section(\n    "Where it rose", "")')
    'Where it rose'
    >>> step("import retell_nb as rn")
    'Reading and counting'
    """
    title = re.search(r'sections\.section\(\s*"([^"]+)"', source)
    return title[1] if title else "Reading and counting"


def _inject(cells: list[dict[str, Any]], values: Mapping[str, Any]) -> None:
    """Set parameters in a cell behind that of their defaults, as papermill does."""
    if values:
        place = next((at for at, cell in enumerate(cells, 1) if _is_parameters(cell)), 0)
        source = "\n".join(f"{name} = {value!r}" for name, value in values.items())
        head = {"cell_type": "code", "id": "injected-parameters", "source": source}
        cells.insert(place, head | {"metadata": {"tags": ["injected-parameters"]}})


def _value(source: str, names: dict[str, Any], number: int) -> Any:
    """What a cell shows: its last expression, unless a semicolon hides it; None for nothing."""
    tree = ast.parse(source)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    place = f"cell {number}"
    exec(compile(tree, place, "exec"), names)  # noqa: S102 - a notebook of the library
    if not isinstance(last, ast.Expr):
        return None
    value = eval(compile(ast.Expression(last.value), place, "eval"), names)  # noqa: S307 - as above
    return None if source.rstrip().endswith(";") else value


def _outputs(value: Any, number: int) -> list[dict[str, Any]]:
    if value is None:
        return []
    rich = getattr(value, "_repr_html_", None)
    data = {"text/html": rich()} if rich else {"text/plain": repr(value)}
    result = {"output_type": "execute_result", "execution_count": number}
    return [result | {"data": data, "metadata": {}}]


def assemble(notebook: Mapping[str, Any]) -> str:
    r"""Return the texts and the results of a notebook, in order, as HTML.

    Examples
    --------
    >>> assemble({"cells": [{"cell_type": "markdown", "source": "# Calls < money"}]})
    '<h1>Calls &lt; money</h1>\n'
    """
    import mistune  # noqa: PLC0415 - takes its time

    parts: list[str] = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            parts.append(str(mistune.html(cell["source"])))
        parts += [
            output["data"].get("text/html") or f"<pre>{mistune.escape(output['data'][kind])}</pre>"
            for output in cell.get("outputs", ())
            for kind in [*output["data"]][:1]
        ]
    return "\n".join(parts)
