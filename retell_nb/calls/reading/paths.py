"""Which files are meant by a path, a folder, a glob or several of these."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from retell_nb.calls.store.manifest import is_store

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    PathOrPaths: TypeAlias = "str | PathLike[str] | Iterable[str | PathLike[str]]"

__all__ = ["files_meant"]

_ENDINGS = (".json", ".jsonl", ".ndjson", ".csv", ".tsv", ".txt", ".parquet")


def files_meant(path_or_paths: PathOrPaths) -> list[Path]:
    """Return every file and store that is meant, a folder's and a glob's in order of name.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a folder or glob holds none.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "b.json").write_text("[]"), Path(folder, "a.csv.gz").write_text("")
    ...     [file.name for file in files_meant(folder)]
    ['a.csv.gz', 'b.json']
    """
    given = [path_or_paths] if _is_path(path_or_paths) else list(path_or_paths)  # type: ignore[arg-type]
    files = [path for one in given for path in _expanded(Path(one).expanduser())]  # type: ignore[arg-type]
    if not files:
        raise FileNotFoundError(f"no files were named; given was {path_or_paths!r}.")
    return list(dict.fromkeys(files))


def _is_path(given: object) -> bool:
    return isinstance(given, str) or hasattr(given, "__fspath__")


def _expanded(path: Path) -> list[Path]:
    if path.is_file() or is_store(path):
        return [path]
    if path.is_dir():
        below = sorted(path.rglob("*"))
        stores = [folder for folder in below if is_store(folder)]
        files = [file for file in below if not {*stores} & {*file.parents}]
        found = [*stores, *(file for file in files if _is_data(file.relative_to(path)))]
        wanted = f"below it is no file ending in {', '.join(_ENDINGS)} (or these with .gz or .zst)"
    else:
        found = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - the path may be absolute
        wanted = "there is no file or folder of that name, and as a glob it matches no file"
    found = [file for file in found if file.is_file() or is_store(file)]
    if not found:
        raise FileNotFoundError(f"{path}: {wanted}.")
    return found


def _is_data(path: Path) -> bool:
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    return name.endswith(_ENDINGS) and not hidden
