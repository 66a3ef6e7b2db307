"""Which files are meant by a path, a folder, a glob or several of these."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from retell_nb.calls.store.manifest import is_store

if TYPE_CHECKING:
    from os import PathLike

    PathOrPaths: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"

__all__ = ["files_meant"]

_URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)

_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet")
_NAMED = (".xlsx", ".xlsm", ".xls", ".zip")
"""Endings of files that are not read, but that a folder shall not hide: they are named."""


def files_meant(path_or_paths: PathOrPaths) -> list[Path]:
    """Return every file and store that is meant, a folder's and a glob's in order of name.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a folder or glob holds none.
    ValueError
        If something is no path.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "b.json").write_text("[]"), Path(folder, "a.csv.gz").write_text("")
    ...     [file.name for file in files_meant(folder)]
    ['a.csv.gz', 'b.json']
    """
    many = isinstance(path_or_paths, Iterable) and not isinstance(path_or_paths, (bytes, Mapping))
    if any(hasattr(path_or_paths, name) for name in ("columns", "read")) or not (
        _is_path(path_or_paths) or many
    ):
        raise ValueError(_no_path(path_or_paths))
    paths = [path_or_paths] if _is_path(path_or_paths) else list(path_or_paths)  # type: ignore[arg-type]
    for one in paths:
        if not _is_path(one) or not str(one).strip() or "\0" in str(one):
            raise ValueError(_no_path(one))
        if isinstance(one, str) and _URL.match(one):
            raise ValueError(f"{one:.80} is an address; download it, and name the file.")
    files = [path for one in paths for path in _expanded(_path(one))]
    if not files:
        raise FileNotFoundError(f"no files were named; given was {path_or_paths!r}.")
    return list(dict.fromkeys(files))


def _path(one: Any) -> Path:
    """A path, which may begin with ~; what is too long for one, such as the contents of a file."""
    try:
        path = Path(one).expanduser()
        path.is_file()
    except (OSError, RuntimeError, TypeError, ValueError):
        raise ValueError(_no_path(one)) from None
    return path


def _no_path(value: object) -> str:
    more = (
        " A frame, dicts or SDK objects are read with retell_nb.as_calls."
        if isinstance(value, (Mapping, list, tuple))
        or hasattr(value, "columns")
        or (isinstance(value, str) and value.lstrip().startswith(("{", "[")))
        else ""
    )
    return (
        f"{value!r:.80} is no path; name a file, a folder, a glob, or a list of them, such as "
        f"'export.csv'; '.' is the working folder.{more}"
    )


def _is_path(value: object) -> bool:
    return isinstance(value, str) or hasattr(value, "__fspath__")


def _expanded(path: Path) -> list[Path]:
    if path.is_file() or is_store(path):
        return [path]
    if path.is_dir():
        below = sorted(path.rglob("*"))
        stores = [folder for folder in below if is_store(folder)]
        files = [file for file in below if not {*stores} & {*file.parents}]
        paths = [*stores, *(file for file in files if _is_data(file.relative_to(path)))]
        problem = f"below it is no file ending in {', '.join(_ENDINGS)} (or these with .gz or .zst)"
    else:
        paths = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - the path may be absolute
        problem = "there is no file or folder of that name, and as a glob it matches no file"
    # A link to nowhere is named by who reads it, not hidden.
    paths = [f for f in paths if not f.is_dir() or is_store(f)]
    if not paths:
        raise FileNotFoundError(f"{path}: {problem}.")
    return paths


def _is_data(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    return name.endswith((*_ENDINGS, *_NAMED)) and not hidden and not name.startswith("~$")
