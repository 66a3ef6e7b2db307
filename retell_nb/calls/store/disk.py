"""Files that are there as a whole or not at all, whenever the power fails."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["TEMPORARY", "put", "unfinished"]

TEMPORARY = ".unfinished"
"""How the name of a file ends that is being written."""


def unfinished(path: Path) -> Path:
    """Name of a file while it is being written.

    Examples
    --------
    >>> import pathlib
    >>> unfinished(pathlib.Path("a")).name
    '.a.unfinished'
    """
    return path.with_name(f".{path.name}{TEMPORARY}")


def put(path: Path, write: Callable[[IO[bytes]], Any]) -> None:
    """Write a file that appears under its name only when it is whole and on the disk.

    Parameters
    ----------
    path : Path
        The file; another of that name is replaced.
    write : callable
        Takes an open binary file.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "a")
    ...     put(path, lambda file: file.write(b"whole"))
    ...     path.read_bytes()
    b'whole'
    """
    temporary = unfinished(path)
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the word that says it
        _sync_folder(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk too; Windows does so by itself."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
