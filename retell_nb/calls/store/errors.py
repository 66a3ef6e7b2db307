"""What can be wrong with a store, and how to go on: in Python, and on the command line.

::

    StoreError
    ├── RefusedError   what was asked for would mix or lose files; also a ValueError
    ├── DamagedError   a manifest or a segment cannot be read; also a ValueError
    ├── MissingError   a segment that the manifest lists is not there; also a FileNotFoundError
    └── StoreWarning   something is not as it should be, and the sync goes on; a UserWarning
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["DamagedError", "MissingError", "RefusedError", "StoreError", "StoreWarning"]
__all__ += ["listing", "to_adopt"]


class StoreError(Exception):
    """A store that cannot be used as it is.

    Parameters
    ----------
    problem : str
        What is wrong.
    cure : str
        What to do in Python.
    command : str
        What to do on the command line.

    Examples
    --------
    >>> error = StoreError("It is no store.", "Pass start='2026-01-01'.", "Add --start 2026-01-01.")
    >>> print(error)
    It is no store. Pass start='2026-01-01'.
    >>> error.on_command_line
    'It is no store. Add --start 2026-01-01.'
    """

    def __init__(self, problem: str, cure: str = "", command: str = "") -> None:
        super().__init__(f"{problem} {cure}".rstrip())
        self.on_command_line = f"{problem} {command}".rstrip()


class RefusedError(StoreError, ValueError):
    """What was asked for would mix or lose files.

    Examples
    --------
    >>> issubclass(RefusedError, ValueError)
    True
    """


class DamagedError(StoreError, ValueError):
    """A manifest or a segment cannot be read.

    Examples
    --------
    >>> issubclass(DamagedError, ValueError)
    True
    """


class MissingError(StoreError, FileNotFoundError):
    """A segment that the manifest lists is not there.

    Examples
    --------
    >>> issubclass(MissingError, FileNotFoundError)
    True
    """


class StoreWarning(StoreError, UserWarning):  # noqa: N818 - it is a warning
    """Something is not as it should be, and the sync goes on.

    Examples
    --------
    >>> issubclass(StoreWarning, UserWarning)
    True
    """


def to_adopt(sentence: str, folder: Path) -> tuple[str, str]:
    """Return a sentence on how to adopt the segments of a folder, for Python and the command line.

    Examples
    --------
    >>> import pathlib
    >>> to_adopt("{} it.", pathlib.Path("my calls"))
    ("sync_calls('my calls', adopt=True) it.", "retell-nb sync 'my calls' --adopt it.")
    """
    python = f"sync_calls({str(folder)!r}, adopt=True)"
    return (
        sentence.replace("{}", python),
        sentence.replace("{}", f"retell-nb sync {shlex.quote(str(folder))} --adopt"),
    )


def listing(names: Sequence[str]) -> str:
    """Return the first few names, and how many more there are.

    Examples
    --------
    >>> listing(["a", "b", "c", "d", "e"])
    'a, b, c and 2 more'
    """
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
