"""Notebooks found, their parameters checked, and their results as HTML that stands alone."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from retell_nb.report import runner

if TYPE_CHECKING:
    from pathlib import Path

_LOADING = {
    "action", "background", "data", "formaction", "href", "ping", "poster", "src", "srcset",
    "xlink:href",
}  # fmt: skip
_FORBIDDEN = {"base", "embed", "frame", "iframe", "link", "object", "script"}
_IN_CSS = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)", re.IGNORECASE)


class _Needs(HTMLParser):
    """Everything in a page that asks the network for something, or runs."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        if tag in _FORBIDDEN:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            own = (value or "").strip().startswith(("data:", "#"))
            leads = tag == "a" and (value or "").startswith("https://")  # only where it is clicked
            loads = name in _LOADING and not own and not leads
            styled = name == "style" and _IN_CSS.search(value or "")
            if loads or styled or name.startswith("on") or name == "http-equiv":
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._in_style = self._in_style and tag != "style"

    def handle_data(self, data: str) -> None:
        if self._in_style and _IN_CSS.search(data):
            self.found.append(data)


def _needs(page: str) -> list[str]:
    needs = _Needs()
    needs.feed(page)
    needs.close()
    return needs.found


@pytest.mark.parametrize(
    "page",
    [
        "<img src=https://example.com/a.png>",
        "<img src='b.png'>",
        "<SCRIPT>alert(1)</SCRIPT>",
        "<link rel=stylesheet href=a.css>",
        "<style>@import 'a.css';</style>",
        "<style>p { background: url( 'a.png' ) }</style>",
        "<p style='background: url(a.png)'>",
        "<svg><image xlink:href='http://example.com/a.png'/></svg>",
        "<iframe srcdoc='a'></iframe>",
        "<img src='data:,' onerror=alert(1)>",
        "<meta http-equiv=refresh content='0; url=http://example.com'>",
    ],
)
def test_the_scan_finds_what_asks_for_the_network(page: str) -> None:
    """The scan that clears the reports below knows every way out of a page."""
    assert _needs(page)


def test_the_scan_lets_plain_pages_pass() -> None:
    """Text, pictures within the page and links to parts of it ask for nothing."""
    assert (
        _needs("<p>url(a) @import</p><img src='data:image/png;base64,AA'><a href='#a'>a</a>") == []
    )


def test_a_report_asks_for_nothing(sample_report: Any, dashboard_report: Any) -> None:
    """A report holds no script, and nothing that a browser would fetch."""
    for made in (sample_report, dashboard_report):
        page = made.html.read_text(encoding="utf-8")
        assert page.startswith("<!DOCTYPE html>")
        assert _needs(page) == []


def test_a_report_holds_its_pictures(sample_report: Any) -> None:
    """Every picture of the notebook is in the page itself, and says what it shows."""
    notebook = nbformat.read(sample_report.notebook, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    drawn = sum(output.get("data", {}).get("text/html", "").count("<img ") for output in outputs)
    page = sample_report.html.read_text(encoding="utf-8")
    assert drawn >= 5
    assert page.count("data:image/svg+xml;base64,") == drawn
    assert len(re.findall(r'<img alt="[^"]+"', page)) == drawn


def test_a_report_links_to_its_sections(sample_report: Any) -> None:
    """The contents list every section that is there, in order."""
    page = sample_report.html.read_text(encoding="utf-8")
    contents = page.partition("<nav>")[2].partition("</nav>")[0]
    links = re.findall(r'<a href="#([^"]+)">([^<]+)</a>', contents)
    assert links == re.findall(r'<h2 id="([^"]+)">([^<]+)</h2>', page)
    assert len(links) > 10


def test_a_report_begins_with_the_answer(sample_report: Any) -> None:
    """Headline, five figures and the first card come in this order, before any picture."""
    page = sample_report.html.read_text(encoding="utf-8").partition("</style>")[2]
    parts = (" calls recoverable", "Ongoing:", 'class="retell-figures"', "retell-finding", "<img ")
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    assert page.count('class="retell-value"') == 5


def test_a_report_tells_of_no_machine(sample_report: Any, dashboard_report: Any) -> None:
    """A report may be passed on: no path of where it was made is in it, nor a bare Python list."""
    for made in (sample_report, dashboard_report):
        page = made.html.read_text(encoding="utf-8")
        assert str(made.tables) not in page
        assert not re.search(r"PosixPath|<pre>\s*\[", page)


def test_a_report_shows_results_not_code(sample_report: Any) -> None:
    """The page has the sections and tables of the notebook, and none of its code."""
    page = sample_report.html.read_text(encoding="utf-8")
    for words in ("<h1", "Key figures", "Why calls end", "Every reason, with its owner", "<table"):
        assert words in page
    for code in ("load_calls", "import retell_nb", "plot_", "In [", "Out["):
        assert code not in page


def test_the_library_s_notebooks_are_found_by_name() -> None:
    """A name leads to the notebook of the library."""
    assert runner.find("failure_report") == runner.notebooks()["failure_report"]
    assert runner.find("failure_report").is_file()


def test_one_s_own_notebook_is_found_by_path(tmp_path: Path) -> None:
    """A path that ends in .ipynb leads to that notebook; anything else is told what there is."""
    mine = _notebook(tmp_path / "mine.ipynb", "n = 1")
    assert runner.find(str(mine)) == mine
    (tmp_path / "notes.txt").touch()
    for wrong in (tmp_path / "notes.txt", tmp_path, tmp_path / "other.ipynb"):
        with pytest.raises(ValueError, match=r"The library has call_detail, .*failure_report"):
            runner.find(str(wrong))


def test_a_title_is_the_first_heading(tmp_path: Path) -> None:
    """A notebook is called by its first heading, or by its file where it has none."""
    path = _notebook(tmp_path / "mine.ipynb", "# no heading, but a comment")
    assert runner.title(path) == "mine"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell("Hello\n\n# Calls < money\n\n# More"))
    nbformat.write(notebook, path)
    assert runner.title(path) == "Calls < money"
    assert "<title>Calls &lt; money</title>" in runner.as_html(path)


_EVERY_KIND = """
text = "agent_id"  # what to group by
whole = 3
number = 0.5
flag = True
nothing = None
worked_out = 60 * 60
"""


@pytest.mark.parametrize(
    ("given", "value"),
    [
        ({"text": "owner"}, "owner"),
        ({"text": "12"}, "12"),
        ({"text": "None"}, None),
        ({"whole": "-7"}, -7),
        ({"number": "0.25"}, 0.25),
        ({"number": "2"}, 2.0),
        ({"flag": "false"}, False),
        ({"flag": "No"}, False),
        ({"flag": "1"}, True),
        ({"nothing": "2026-03-01"}, "2026-03-01"),
        ({"nothing": "none"}, None),
        ({"worked_out": "any"}, "any"),
    ],
)
def test_a_parameter_takes_the_type_of_its_default(
    given: dict[str, str], value: object, tmp_path: Path
) -> None:
    """A text of the command line becomes a value of the type that the notebook's own has."""
    path = _notebook(tmp_path / "mine.ipynb", _EVERY_KIND)
    checked = runner.check_parameters(path, given)
    assert list(checked.values()) == [value]
    assert list(map(type, checked.values())) == [type(value)]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"whole": "3.5"}, "whole takes a value of type int, such as 3; given was '3.5'."),
        ({"number": "half"}, "number takes a value of type float, such as 0.5; given was 'half'."),
        ({"flag": ""}, "flag takes a value of type bool, such as True; given was ''."),
        ({"flag": "none"}, "flag takes a value of type bool, such as True; given was 'none'."),
        ({"a": "1", "b": "2", "text": "c"}, "mine has no parameter a, b; it has text, whole, "),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(
    given: dict[str, str], told: str, tmp_path: Path
) -> None:
    """A wrong name lists the right ones; a wrong type names the type, an example and the given."""
    path = _notebook(tmp_path / "mine.ipynb", _EVERY_KIND)
    with pytest.raises(ValueError, match=re.escape(told)):
        runner.check_parameters(path, given)


def test_parameters_come_with_their_comments(tmp_path: Path) -> None:
    """A parameter's comment is its help; a notebook without parameters has none."""
    path = _notebook(tmp_path / "mine.ipynb", _EVERY_KIND)
    assert runner.parameters(path)[0]["help"] == "what to group by"
    bare = _notebook(tmp_path / "bare.ipynb", "1", tags=())
    assert runner.parameters(bare) == []


def _notebook(path: Path, cell: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
    code = nbformat.v4.new_code_cell(cell, metadata={"tags": [*tags]})
    notebook = nbformat.v4.new_notebook(cells=[code])
    notebook.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    nbformat.write(notebook, path)
    return path


def test_headings_of_cells_are_listed_too(tmp_path: Path) -> None:
    """A page lists the sections that its cells of text begin; one with few of them lists none."""
    notebook = nbformat.v4.new_notebook()
    headings = ["Before & now", "Where", "Since when"]
    notebook.cells = [nbformat.v4.new_markdown_cell(f"## {heading}") for heading in headings]
    path = tmp_path / "mine.ipynb"
    nbformat.write(notebook, path)
    page = runner.as_html(path)
    assert '<li><a href="#before-amp-now">Before &amp; now</a></li>' in page
    assert '<h2 id="before-amp-now">Before &amp; now</h2>' in page
    notebook.cells = notebook.cells[:2]
    nbformat.write(notebook, path)
    assert "<nav>" not in runner.as_html(path)
