"""Notebooks run with parameters, and their results as HTML that stands alone."""

from __future__ import annotations

import ast
import json
import os
import re
import warnings
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retell_nb.report import cells
from retell_nb.report.sections import anchor
from retell_nb.text import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ReportError",
    "as_html",
    "check_output",
    "check_parameters",
    "execute",
    "find",
    "make",
    "notebooks",
    "parameters",
    "title",
]

# A kernel that says nothing on the terminal: warnings are in the records' own notes.
_QUIET = {"PYTHONWARNINGS": "ignore", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_READERS: dict[type, Callable[[str], Any]] = {
    bool: lambda text: _TRUTH[text.lower()],
    int: int,
    float: float,
}
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{contents}<main>
{body}
</main>
</body>
</html>
"""


_PAGES = frozenset({"call_detail", "capacity", "failure_report", "number_health", "what_changed"})
"""Notebooks whose results are HTML throughout, so that no kernel is needed to run them."""

_BARE = re.compile(r"<h2>([^<]*)</h2>")
_HEADING = re.compile(r'<h2 id="([^"]+)">([^<]*)</h2>')


class ReportError(RuntimeError):
    """A notebook failed while it ran.

    Examples
    --------
    >>> raise ReportError("ValueError: no such file")
    Traceback (most recent call last):
    retell_nb.report.runner.ReportError: ValueError: no such file
    """


def notebooks() -> dict[str, Path]:
    """Return the notebooks of the library by name.

    They lie in the installed package, or beside it in a checkout.

    Examples
    --------
    >>> "failure_report" in notebooks()
    True
    """
    package = Path(str(files("retell_nb")))
    for folder in (package / "notebooks", package.parent / "notebooks"):
        paths = {path.stem: path for path in sorted(folder.glob("*.ipynb"))}
        if paths:
            return paths
    return {}


def find(name: str) -> Path:
    """Return the path of a notebook of the library, or of one of the user's own.

    Raises
    ------
    ValueError
        If there is none; it names those there are.

    Examples
    --------
    >>> find("failure_report").name
    'failure_report.ipynb'
    """
    paths = notebooks()
    if name in paths:
        return paths[name]
    path = Path(name)
    if path.suffix == ".ipynb" and path.is_file():
        return path
    raise ValueError(
        f"there is no notebook {name!r}.{did_you_mean(name, paths)} "
        f"The library has {', '.join(paths)}. "
        "A notebook of your own is given by its path, ending in .ipynb."
    )


def _is_page(path: Path) -> bool:
    return path.stem in _PAGES and notebooks()[path.stem] == path


def title(path: Path) -> str:
    """Return the first heading of a notebook.

    Examples
    --------
    >>> title(find("failure_report"))
    'Failure report'
    """
    import nbformat  # noqa: PLC0415 - takes its time

    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    texts = [str(cell.source) for cell in notebook.cells if cell.cell_type == "markdown"]
    lines = [line for text in texts for line in text.splitlines()]
    headings = [line.removeprefix("# ") for line in lines if line.startswith("# ")]
    return headings[0].strip() if headings else path.stem


def parameters(path: Path) -> list[dict[str, Any]]:
    """Return the parameters of a notebook: `name`, `default` (as Python) and `help` of each.

    Examples
    --------
    >>> [parameter["name"] for parameter in parameters(find("failure_report"))][:2]
    ['source', 'start']
    """
    if _is_page(path):
        return cells.parameters(cells.read(path))
    import nbformat  # noqa: PLC0415 - takes its time
    import papermill  # noqa: PLC0415 - as nbformat

    try:
        metadata = nbformat.read(path, as_version=4).metadata  # type: ignore[no-untyped-call]
    except (AttributeError, KeyError, ValueError, nbformat.ValidationError):
        raise ValueError(f"{path} is no Jupyter notebook; open and save it in Jupyter.") from None
    if "kernelspec" not in metadata:
        raise ValueError(_no_kernel(path, "the notebook names no kernel"))
    return list(papermill.inspect_notebook(str(path)).values())


def check_parameters(path: Path, given: dict[str, str]) -> dict[str, Any]:
    """Return the given parameters as values of the types that the notebook's own have.

    Parameters
    ----------
    path : Path
    given : dict of str to str
        The texts of the command line. `none` stands for None where that is the default.

    Raises
    ------
    ValueError
        If the notebook has no parameter of that name, or the text is not of its type.

    Examples
    --------
    >>> check_parameters(find("failure_report"), {"mask": "false", "start": "2026-03-01"})
    {'mask': False, 'start': '2026-03-01'}
    """
    defaults = {one["name"]: _literal(one["default"]) for one in parameters(path)}
    unknown = sorted(set(given) - set(defaults))
    if unknown:
        raise ValueError(
            f"{path.stem} has no parameter {', '.join(unknown)}; it has {', '.join(defaults)}."
            f"{did_you_mean(unknown[0], defaults)}"
        )
    return {name: _value(name, text, defaults[name]) for name, text in given.items()}


def check_output(path: Path, *endings: str) -> None:
    """Raise a ValueError where no file of this kind can be written, before minutes of work.

    Examples
    --------
    >>> check_output(Path(), ".html")
    Traceback (most recent call last):
    ValueError: . is a folder; name a file in it, such as report.html.
    >>> check_output(Path("report.docx"), ".html", ".pdf")
    Traceback (most recent call last):
    ValueError: report.docx is none of the files written here: end its name in .html or .pdf.
    """
    if os.path.isdir(path):  # noqa: PTH112 - a Path's own raises where the name is too long
        place = path / f"report{endings[0]}"
        raise ValueError(f"{path} is a folder; name a file in it, such as {place}.")
    if path.suffix[1:].isalpha() and path.suffix.lower() not in endings:
        raise ValueError(
            f"{path} is none of the files written here: end its name in {' or '.join(endings)}."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not os.path.exists(path)  # noqa: PTH110
        path.open("ab").close()
        if new:
            path.unlink()
    except OSError as error:
        raise ValueError(
            f"{path} cannot be written ({error.strerror or error}); choose another place with -o."
        ) from None


def _literal(text: str) -> Any:
    """The value that a text of Python stands for; None for an expression, which takes any text."""
    try:
        return ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return None


def _value(name: str, text: str, default: Any) -> Any:
    """The text as a value of the default's type; a default of None takes text."""
    if (name, text.lower()) == ("mask", "all"):
        return "all"
    if text.lower() == "none" and (default is None or isinstance(default, str)):
        return None
    kind = type(default)
    try:
        return _READERS[kind](text) if kind in _READERS else text
    except (KeyError, ValueError):
        raise ValueError(
            f"{name} takes a value of type {kind.__name__}, such as {default}; given was {text!r}."
        ) from None


def make(source: Path, target: Path, given: dict[str, Any], *, progress: bool) -> str:
    """Run a notebook with parameters, leave it at `target`, also if it fails, and return its page.

    Raises
    ------
    ReportError
        As `execute`.

    Examples
    --------
    >>> make(Path("absent.ipynb"), Path("out.ipynb"), {}, progress=False)
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    if not _is_page(source):
        execute(source, target, given, progress=progress)
        return as_html(target)
    notebook = cells.read(source)
    try:
        cells.run(notebook, given, progress=progress)
    except cells.CellError as error:
        raise ReportError(f"{source.stem} failed: {error}") from None
    finally:
        target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False), encoding="utf-8")
    heading = next(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    return _page(heading.splitlines()[0].removeprefix("# "), cells.assemble(notebook))


def execute(source: Path, target: Path, given: dict[str, Any], *, progress: bool) -> None:
    """Run a notebook with parameters and leave the executed one at `target`, also if it fails.

    Raises
    ------
    ReportError
        If a cell raises, with the cell's message; or if the kernel dies or there is none.

    Examples
    --------
    >>> execute(Path("absent.ipynb"), Path("out.ipynb"), {}, progress=False)
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    import papermill  # noqa: PLC0415 - takes its time
    from jupyter_client.kernelspec import NoSuchKernel  # noqa: PLC0415 - as papermill
    from nbclient.exceptions import DeadKernelError  # noqa: PLC0415 - as papermill

    os.environ.update(_QUIET)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            papermill.execute_notebook(
                str(source),
                str(target),
                parameters=given,
                progress_bar=progress,
                extra_arguments=["--log-level=CRITICAL"],  # it is interrupted when it is done
            )
        except papermill.PapermillExecutionError as error:
            raise ReportError(f"{source.stem} failed: {error.ename}: {error.evalue}") from None
        except DeadKernelError as error:
            raise ReportError(
                f"{source.stem} failed: the kernel died, as when memory runs out; "
                f"run the notebook by hand to see where ({error})"
            ) from None
        except NoSuchKernel as error:
            raise ReportError(_no_kernel(source, f"there is no kernel {error.name!r}")) from None


def _no_kernel(source: Path, fault: str) -> str:
    return (
        f"{source.stem} failed: {fault}; choose one that `jupyter kernelspec list` shows in the "
        "notebook, and save it. Where it shows none: python -m ipykernel install --user"
    )


def as_html(path: Path) -> str:
    """Return an executed notebook's results as one page of HTML that needs no network.

    Examples
    --------
    >>> as_html(find("failure_report")).startswith("<!DOCTYPE html>")
    True
    """
    from nbconvert import HTMLExporter  # noqa: PLC0415 - takes its time

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]
        template_name="basic",
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        body = exporter.from_filename(str(path))[0]
    body = _BARE.sub(lambda bare: f'<h2 id="{anchor(bare[1])}">{bare[1]}</h2>', body)
    return _page(title(path), body)


def _page(heading: str, body: str) -> str:
    style = files("retell_nb.report").joinpath("report.css").read_text(encoding="utf-8")
    return _PAGE.format(title=escape(heading), style=style, body=body, contents=_contents(body))


def _contents(body: str) -> str:
    """Links to the sections of a page that has several."""
    sections = _HEADING.findall(body)
    links = "".join(f'<li><a href="#{place}">{name}</a></li>' for place, name in sections)
    return f"<nav><ul>{links}</ul></nav>\n" if len(sections) > 2 else ""
