"""The taste of the house, as tests."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import retell_nb as rn
from retell_nb import accessors, plots, tables, words
from retell_nb.calls.phone_numbers.library import library
from retell_nb.pictures.pictures import Pictures

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "retell_nb"
MODULES = sorted(PACKAGE.rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))

ROWS = (
    {"engine"},
    {"vocabulary"},
    {"text", "times"},
    {"calls"},
    {"grouping"},
    {"selection"},
    {"tables"},
    {"plots"},
    {"check"},
    {"report"},
    {"diagnosis"},
    {"explorer"},
    {"methods", "pictures", "words", "accessors"},
    {"dask"},
    {"scanning"},
    {"cli", "__init__"},
)
"""The rows of the house; a file imports from its own row and those above it."""

TOP = {
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "binder",
    "conftest.py",
    "docs",
    "notebooks",
    "pyproject.toml",
    "retell_nb",
    "tests",
}
HEAVY = {
    "dask",
    "filelock",
    "httpx",
    "ipywidgets",
    "matplotlib",
    "nbconvert",
    "papermill",
    "phonenumbers",
    "pyarrow.parquet",
}
LOGIC = (
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.DictComp,
    ast.For,
    ast.FunctionDef,
    ast.GeneratorExp,
    ast.If,
    ast.IfExp,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.Try,
    ast.While,
    ast.With,
)
BEFORE = rn.sample_calls(600, seed=4)
ARGUMENTS: dict[str, tuple[object, ...]] = {
    "compare": ("agent_version",),
    "decompose": (BEFORE, "agent_id"),
    "explain": (BEFORE,),
    "rates": ("agent",),
    "tally": ("outcome",),
}
"""What a picture must be asked for, where it must be asked for something."""
PARTICIPLES = re.compile(
    "told|said|found|seen|made|asked|given|chosen|picked|taken|held|kept|shown|known|looked|met"
    "|left|put|laid|drawn|spoken|written|counted|placed|coded|rated|wanted|lost|gone|done|worked"
    "|meant"
)
"""Words that say what was done with a thing, where a name is to say what the thing is."""


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports_of(path: Path) -> set[str]:
    """Every module of the house that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def row_of(module: str) -> int:
    room = [*module.split("."), "__init__"][1]
    return next(number for number, rooms in enumerate(ROWS) if room in rooms)


def public_things() -> list[tuple[str, object]]:
    """Every public function, class and method of the house, with the name it is known by."""
    things: list[tuple[str, object]] = []
    for path in MODULES:
        module = importlib.import_module(name_of(path))
        for name in getattr(module, "__all__", ()):
            thing = getattr(module, name)
            if is_record(thing):
                continue
            if inspect.isfunction(thing) or inspect.isclass(thing):
                things.append((f"{module.__name__}.{name}", thing))
            if inspect.isclass(thing):
                things += [
                    (f"{module.__name__}.{name}.{word}", member)
                    for word, member in vars(thing).items()
                    if not word.startswith("_") and (callable(member) or is_property(member))
                ]
    return things


def is_record(thing: object) -> bool:
    """A named tuple holds data and does nothing that could be shown."""
    return inspect.isclass(thing) and issubclass(thing, tuple)


def is_property(member: object) -> bool:
    return isinstance(member, property)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_file_imports_only_from_its_row_and_those_above(path: Path) -> None:
    """Imports point one way: a file knows nothing of the rows below its own."""
    rooms = set().union(*ROWS)
    known = [name for name in imports_of(path) if name.startswith("retell_nb.")]
    below = [
        name
        for name in known
        if name.split(".")[1] in rooms and row_of(name) > row_of(name_of(path))
    ]
    assert not below


def test_no_files_import_each_other_in_a_circle() -> None:
    """Taking away files that import nothing that is left empties the house in the end."""
    names = {name_of(path) for path in MODULES} - {"retell_nb"}
    left = {
        name_of(path): (imports_of(path) & names) - {name_of(path)}
        for path in MODULES
        if name_of(path) in names
    }
    while free := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left


def test_tables_do_not_draw_and_pictures_do_not_count() -> None:
    """No table knows matplotlib, and no picture counts calls or computes an interval."""
    for path in (PACKAGE / "tables").rglob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith("matplotlib")]
    for path in (PACKAGE / "plots").rglob("*.py"):
        assert not [name for name in imports_of(path) if name.startswith("retell_nb.engine")]


def test_the_face_is_sorted_and_complete() -> None:
    """What the package exports is listed by kind and name, and nothing public is missing."""
    public = {
        name
        for name, thing in vars(rn).items()
        if not name.startswith("_") and (not inspect.ismodule(thing) or name in rn.__all__)
    }
    kinds = {name: (not name.isupper(), not name[0].isupper(), name) for name in rn.__all__}
    assert list(rn.__all__) == sorted(rn.__all__, key=kinds.__getitem__)
    assert set(rn.__all__) == public | {name for name in rn.__all__ if name not in vars(rn)}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_lists_its_public_words_in_order(path: Path) -> None:
    """`__all__` is sorted as ruff sorts it, and names every public function and class."""
    module = importlib.import_module(name_of(path))
    defined = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(thing) or inspect.isclass(thing))
        and thing.__module__ == module.__name__
    }
    assert defined <= set(getattr(module, "__all__", ()))


def face() -> list[tuple[str, object]]:
    """Return what a user types: the words of `rn` and of both accessors."""
    words = [(f"rn.{name}", getattr(rn, name)) for name in rn.__all__]
    for accessor in (accessors.CallsAccessor, accessors.ReasonsAccessor, Pictures):
        words += [
            (f"{accessor.__name__}.{name}", inspect.getattr_static(accessor, name))
            for name in dir(accessor)
            if not name.startswith("_")
        ]
    return [(name, thing) for name, thing in words if callable(thing) or is_property(thing)]


def doc_of(thing: object) -> str:
    return inspect.getdoc(thing.fget if isinstance(thing, property) else thing) or ""


def test_every_public_function_and_class_has_a_docstring() -> None:
    """Whatever a module gives to others says what comes out of it."""
    assert not [name for name, thing in public_things() if not doc_of(thing)]


def test_every_word_that_a_user_types_has_an_example() -> None:
    """A public word shows what it gives."""
    assert not [name for name, thing in face() if ">>> " not in doc_of(thing)]


PICTURES = [word for word in dir(Pictures) if not word.startswith("_")]


@pytest.mark.parametrize("word", PICTURES)
def test_every_picture_is_axes_of_a_table_word(word: str) -> None:
    """Every method of `plot` returns Axes, of the table word of the same name."""
    calls = rn.sample_calls(600, seed=3)
    assert callable(getattr(calls.retell, word))
    assert isinstance(getattr(calls.retell.plot, word)(*ARGUMENTS.get(word, ())), Axes)
    plt.close("all")


@pytest.mark.parametrize("word", PICTURES)
def test_a_picture_takes_what_its_table_and_its_drawing_take(word: str) -> None:
    """The signature is written out: all that the word and the drawing take, and nothing else."""
    table = inspect.signature(getattr(accessors.CallsAccessor, word)).parameters
    drawing = [*inspect.signature(getattr(plots, word)).parameters][1:]
    of_table = [name for name in table if name not in ("calls", "each", *drawing)]
    shown = inspect.signature(getattr(Pictures, word)).parameters
    assert [*shown] == ["self", *of_table, *drawing]
    assert all(shown[name].default == table[name].default for name in of_table if name != "freq")


def test_every_picture_has_its_method() -> None:
    """There is a method of `plot` for every drawing, and for nothing else."""
    assert PICTURES == list(plots.__all__) == sorted(plots.__all__)


def test_the_accessor_names_the_tables_without_a_picture() -> None:
    """Where `plot` is described, those tables are listed that it does not draw."""
    described = inspect.getdoc(accessors.CallsAccessor) or ""
    _, _, listed = described.partition("Those of")
    named = re.findall(r"`(\w+)`", listed.partition("are for reading")[0])
    assert named == sorted({*tables.__all__} - {*plots.__all__})


def test_the_words_by_question_are_all_words() -> None:
    """`calls.retell` alone in a cell lists each of its words, once."""
    listed = [name for names in words.QUESTIONS.values() for name in names]
    public = [name for name in dir(accessors.CallsAccessor) if not name.startswith("_")]
    assert sorted(listed) == public
    listing = repr(rn.sample_calls(10).retell)
    assert all(f"\n  {name} " in listing for name in listed)


def test_notebooks_use_the_public_face() -> None:
    """A notebook imports `retell_nb as rn` and nothing else of the house."""
    for path in NOTEBOOKS:
        source = "\n".join(
            "".join(cell["source"])
            for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
            if cell["cell_type"] == "code"
        )
        names = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)]
        assert not [node.module for node in names if (node.module or "").startswith("retell_nb")]
        parts = re.findall(r"\brn\.report\.(\w+)\.(\w+)", source)
        assert all(hasattr(getattr(rn.report, part), name) for part, name in parts)


def test_parts_of_a_page_come_in_when_they_are_used() -> None:
    """`rn.report` lists its parts in order; another name is refused."""
    assert list(rn.report.__all__) == sorted(rn.report.__all__) == dir(rn.report)
    with pytest.raises(AttributeError, match="no attribute 'pages'"):
        _ = rn.report.pages


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_logic(path: Path) -> None:
    """A cell calls the library: no definition, no loop, no condition."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            tree = ast.parse("".join(cell["source"]))
            assert not [node for node in ast.walk(tree) if isinstance(node, LOGIC)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_holds_no_outputs_and_no_trace_of_a_run(path: Path) -> None:
    """A notebook is committed as it was written, with one cell of parameters."""
    book = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert not [cell for cell in code if cell["outputs"] or cell["execution_count"]]
    assert not {"papermill", "widgets"} & set(book["metadata"])
    assert sum("parameters" in cell["metadata"].get("tags", ()) for cell in code) == 1


def own_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    spec = function.args
    stars = [star for star in (spec.vararg, spec.kwarg) if star]
    return [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, *stars]


def local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Names of variables, and of parameters that no user types; those of inner functions too."""
    private = function.name.startswith("_") and not function.name.endswith("__")
    public = [] if private else own_parameters(function)
    names = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.arg) and node not in public:
            names.add(node.arg)
        elif isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)) and node.name:
            names.add(node.name)
    return names


def test_a_variable_says_what_it_holds() -> None:
    """No variable is called by a bare participle."""
    vague = [
        f"{path.relative_to(PACKAGE).as_posix()} {node.name} {name}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for name in sorted(filter(PARTICIPLES.fullmatch, local_names(node)))
    ]
    assert vague == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_and_functions_are_short(path: Path) -> None:
    """A module has at most 450 lines, and a function at most 35 below its docstring."""
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 450
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            start = node.body[0].end_lineno if ast.get_docstring(node) else node.lineno
            assert (node.end_lineno or 0) - (start or 0) <= 35, node.name


def test_importing_the_library_is_light() -> None:
    """What draws, fetches, converts or knows numbers comes in when it is first used."""
    code = "import sys, retell_nb; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not HEAVY & set(done.stdout.split())


def tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files"],  # noqa: S607 - the git on the path is the one meant
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return [name for name in done.stdout.split("\n") if (ROOT / name).is_file()]


def test_nothing_else_stands_at_the_top_level() -> None:
    """The top level holds what the plan of the house names, and dot-files."""
    tops = {name.split("/")[0] for name in tracked() if not name.startswith(".")}
    assert tops <= TOP


def test_no_file_tells_of_a_machine_a_registry_or_a_key() -> None:
    """What is committed holds no path of a machine, no registry, nothing like a key."""
    telling = re.compile(r"/(?:ro{2}t|wo{1}rk|ho{1}me)/|index-(?:url)|key_[0-9a-f]{20,}")
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        assert not telling.search(text), name


def test_httpx_is_imported_once() -> None:
    """A successor of httpx is one line away."""
    lines = [line for path in MODULES for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines.count("import httpx") == 1


def test_threads_find_every_numbering_plan_loaded() -> None:
    """Whoever needs phonenumbers asks the one room that has loaded all plans before."""
    places = [
        path.name
        for path in MODULES
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip().startswith("import phonenumbers")
    ]
    assert places == ["library.py"]
    loaders = library().PhoneMetadata._region_available  # noqa: SLF001 - nothing else tells
    assert len(loaders) > 200
    assert set(loaders.values()) == {None}


def test_badges_and_project_urls_name_one_repository() -> None:
    """Binder's badges, the project's URLs and the citation all lead to the same repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (home,) = {re.sub(r"/(issues|blob/.*)$", "", url) for url in project["urls"].values()}
    badges = re.findall(
        r"mybinder\.org/v2/gh/([^/]+/[^/]+)/", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    assert {f"https://github.com/{name}" for name in badges} == {home}
    assert f'repository-code: "{home}"' in (ROOT / "CITATION.cff").read_text(encoding="utf-8")


def test_one_version_is_told_everywhere() -> None:
    """The package, its metadata and the citation tell the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert rn.__version__ == project["version"]
    assert f"version: {project['version']}" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
