"""The manifest of a store: the one file that says what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from retell_nb.calls.store.disk import put

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Manifest", "Segment", "is_store", "load", "save"]

FORMAT = 1
_NAME = "_manifest.json"  # readers of Parquet pass over what begins so


class Segment(msgspec.Struct, frozen=True):
    """A file of the store.

    Examples
    --------
    >>> Segment("month=2026-03/calls-00000001.parquet", rows=5).replaces
    ()
    """

    file: str
    rows: int
    replaces: tuple[str, ...] = ()
    """The files that hold earlier versions of some of its calls."""


class Manifest(msgspec.Struct, frozen=True):
    """What is in a store; times are milliseconds since 1970.

    Examples
    --------
    >>> Manifest(since=0, until=0).segments
    ()
    """

    since: int
    """From which end of a call on all calls are there."""
    until: int
    """The latest end of a call, up to which all calls are there."""
    format: int = FORMAT
    version: int = 0
    """How often the store has changed."""
    calls: int = 0
    segments: tuple[Segment, ...] = ()
    left_out: tuple[str, ...] = ()
    """The fields that some call had and that are not stored."""
    rejected: tuple[dict[str, str], ...] = ()
    """The records that could not be used."""


class _Format(msgspec.Struct):
    format: int


def is_store(folder: Path) -> bool:
    """Whether a folder is a store.

    Examples
    --------
    >>> import pathlib
    >>> is_store(pathlib.Path("no such folder"))
    False
    """
    return (folder / _NAME).is_file()


def load(folder: Path) -> Manifest:
    """Manifest of a store.

    Raises
    ------
    ValueError
        If a later version of this library wrote it, or it is none.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(pathlib.Path(folder), Manifest(since=0, until=5))
    ...     load(pathlib.Path(folder)).until
    5
    """
    data = (folder / _NAME).read_bytes()
    try:
        found = msgspec.json.decode(data, type=_Format).format
        if found > FORMAT:
            raise ValueError(
                f"{folder} is a store of format {found}; this version of retell_nb knows those up "
                f"to {FORMAT}. Update retell_nb: pip install -U retell_nb."
            )
        return msgspec.json.decode(data, type=Manifest)
    except msgspec.MsgspecError as error:
        raise ValueError(f"{folder / _NAME} is not the manifest of a store: {error}.") from None


def save(folder: Path, manifest: Manifest) -> None:
    """Make a manifest the one that counts, at one blow.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(pathlib.Path(folder), Manifest(since=0, until=5))
    ...     is_store(pathlib.Path(folder))
    True
    """
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    put(folder / _NAME, lambda file: file.write(data))
