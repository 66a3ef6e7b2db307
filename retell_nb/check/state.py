"""What is remembered from one check to the next: a small file of JSON."""

from __future__ import annotations

import contextlib
import os
import secrets
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import pandas as pd

from retell_nb.calls.store.disk import put

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORGOTTEN_AFTER", "Memory", "Record", "load", "save", "transaction"]

FORMAT = 1

PATIENCE = 60.0
"""Seconds to wait for another check with the same state; it needs a fraction of one."""

Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]

FORGOTTEN_AFTER = pd.Timedelta("28D")
"""An incident of which nothing could be said for so long is over: its agent may be deleted."""


class Record(msgspec.Struct):
    """An incident as it is remembered.

    Examples
    --------
    >>> now = datetime(2026, 3, 2)
    >>> Record("silence: agent a", "silence", ["agent=a"], "agent a", now, now).open
    True
    """

    key: str
    rule: str
    members: list[str]
    place: str
    since: Moment
    """When it began, or began again."""
    last: Moment
    """When it was last an incident."""
    open: bool = True


class Memory(msgspec.Struct):
    """All incidents that there have been.

    Examples
    --------
    >>> Memory().incidents
    []
    """

    secret: str = msgspec.field(default_factory=lambda: secrets.token_hex(16))
    """The key of the pseudonyms, so that a number has the same one each time."""
    format: int = FORMAT
    incidents: list[Record] = []

    def matching(self, rule: str, members: tuple[str, ...]) -> Record | None:
        """Return the record of an incident, open ones first: one that shares a member with it.

        Examples
        --------
        >>> Memory().matching("silence", ("agent=a",))
        """
        same = [
            record
            for record in self.incidents
            if record.rule == rule and {*record.members} & {*members}
        ]
        return next(iter(sorted(same, key=lambda record: not record.open)), None)


def load(path: Path) -> Memory:
    """Return what is remembered in a file; nothing where there is none yet.

    Raises
    ------
    ValueError
        If the file is damaged, or can be neither read nor written.

    Examples
    --------
    >>> import pathlib
    >>> load(pathlib.Path("no such file")).incidents
    []
    """
    try:
        content = path.read_bytes() if path.exists() else msgspec.json.encode(Memory())
        memory = msgspec.json.decode(content, type=Memory)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ValueError(
            f"the state {path} is damaged ({error}). Nothing was changed. Move it away, or name "
            "another file; then incidents that go on are reported as new once more."
        ) from None
    except OSError as error:
        raise ValueError(
            f"the state {path} cannot be used: {error.strerror or error}. Name a file that can be "
            "written, such as check.json."
        ) from None
    folder = path.absolute().parent
    if not os.access(folder, os.W_OK):
        raise ValueError(
            f"the state {path} cannot be written: {folder} is no folder that can be. Name a file "
            "elsewhere."
        )
    if memory.format > FORMAT:
        raise ValueError(
            f"the state {path} has format {memory.format}; this version of retell_nb knows those "
            f"up to {FORMAT}. Update retell_nb, or name another file."
        )
    return memory


def save(path: Path, memory: Memory) -> None:
    """Write what is to be remembered, as a whole or not at all; for its owner alone to read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "state.json")
    ...     save(path, Memory())
    ...     load(path).format
    1
    """
    content = msgspec.json.format(msgspec.json.encode(memory), indent=1)

    def write(file: IO[bytes]) -> None:
        Path(file.name).chmod(0o600)
        file.write(content)

    put(path, write)


@contextlib.contextmanager
def transaction(path: Path) -> Iterator[Memory]:
    """Load what is remembered, and save it when all went well; one check at a time.

    Of two checks at once the second one sees what the first one wrote, so that an incident is new
    once. The lock is a file beside the state, which stays.

    Raises
    ------
    TimeoutError
        If another check holds the state for longer than a minute.
    ValueError
        As of `load`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with transaction(pathlib.Path(folder, "state.json")) as memory:
    ...         len(memory.incidents)
    0
    """
    import filelock  # noqa: PLC0415 - it takes long, and few need it

    lock = filelock.FileLock(path.with_name(f".{path.name}.lock"), timeout=PATIENCE, mode=0o600)
    try:
        lock.acquire()
    except filelock.Timeout:
        busy = f"another check has been using the state {path} for {PATIENCE:.0f} s; try again."
        raise TimeoutError(busy) from None
    try:
        memory = load(path)
        yield memory
        save(path, memory)
    finally:
        lock.release()
