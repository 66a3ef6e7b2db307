"""A store made small again: one file for each month, each call once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from retell_nb.calls.store.writing import writing

if TYPE_CHECKING:
    from os import PathLike

__all__ = ["compact"]


def compact(folder: str | PathLike[str]) -> int:
    """Return how many files a store has, after earlier versions of its calls are gone.

    Every sync adds files; many of them are slow to read. Whatever `read_calls` gives is the same
    before and after, also for those who read meanwhile.

    Parameters
    ----------
    folder : path
        Where the store is.

    Raises
    ------
    FileNotFoundError
        If there is no store.
    TimeoutError
        If another one writes to it.

    Examples
    --------
    >>> compact("no such store")
    Traceback (most recent call last):
    FileNotFoundError: no such store is not a store; sync_calls(folder, start=…) makes one.
    """
    with writing(Path(folder).expanduser()) as writer:
        writer.compact()
        return len(writer.manifest.segments)
