"""The manifest of a store: the one file that says what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from retell_nb.calls.store.disk import put, unfinished
from retell_nb.calls.store.errors import DamagedError, MissingError, listing, to_adopt
from retell_nb.calls.store.names import is_segment, outside

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Manifest", "Segment", "is_store", "load", "load_whole", "missing", "save"]
__all__ += ["temporary"]

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
    synced: int = 0
    """When the last sync began, which fetched all calls up to then; 0 where none has noted it."""
    format: int = FORMAT
    version: int = 0
    """How often the store has changed."""
    calls: int = 0
    segments: tuple[Segment, ...] = ()
    left_out: tuple[str, ...] = ()
    """The fields that some call had and that are not stored."""
    rejected: tuple[dict[str, str], ...] = ()
    """The records that could not be used."""
    unfinished: tuple[str, ...] = ()
    """The files that are being written or have been replaced: those that are no segments go."""


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
    DamagedError
        If a later version of this library wrote it, it is none, or it names files outside of the
        store.

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
        number = msgspec.json.decode(data, type=_Format).format
        if number > FORMAT:
            raise DamagedError(
                f"{folder} is a store of format {number}; this version of retell_nb knows those up "
                f"to {FORMAT}.",
                *["Update retell_nb: pip install -U retell_nb."] * 2,
            )
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _unusable(folder, str(error)) from None
    if fault := _fault(folder, manifest):
        raise _unusable(folder, fault)
    return manifest


def _fault(folder: Path, manifest: Manifest) -> str:
    """What a manifest of ours never says."""
    files = [segment.file for segment in manifest.segments]
    replaced = [file for segment in manifest.segments for file in segment.replaces]
    strange = [file for file in (*files, *replaced, *manifest.unfinished) if not is_segment(file)]
    if strange:
        return f"it names {listing([*map(repr, strange)])}, which no segment of a store is called"
    if links := outside(folder, [*files, *manifest.unfinished]):
        return f"it names {listing(links)}, which a link leads out of the store"
    if len({*files}) < len(files) or not {*replaced} <= {*files}:
        return "it lists a segment twice, or one that replaces a segment it does not list"
    counts = [manifest.version, manifest.calls, manifest.synced]
    counts += [segment.rows for segment in manifest.segments]
    if manifest.format < FORMAT or min(counts) < 0 or manifest.until < manifest.since:
        return "its format, version, counts or times cannot be"
    return ""


def _unusable(folder: Path, why: str) -> DamagedError:
    sentence = "Move it away; then {} lists the segments that are there anew."
    return DamagedError(
        f"{folder / _NAME} is not the manifest of a store: {why}. Nothing was changed.",
        *to_adopt(sentence, folder),
    )


def missing(folder: Path, manifest: Manifest) -> list[str]:
    """Names of the segments that a manifest lists and that are not there.

    Examples
    --------
    >>> import pathlib
    >>> missing(pathlib.Path(), Manifest(since=0, until=0, segments=(Segment("none.parquet", 1),)))
    ['none.parquet']
    """
    return [one.file for one in manifest.segments if not (folder / one.file).is_file()]


def load_whole(folder: Path) -> Manifest:
    """Manifest of a store, as `load`; all segments that it lists are there.

    Raises
    ------
    MissingError
        If one is not, and nobody has replaced the manifest meanwhile.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(pathlib.Path(folder), Manifest(since=0, until=5))
    ...     load_whole(pathlib.Path(folder)).until
    5
    """
    manifest = load(folder)
    while files := missing(folder, manifest):
        earlier, manifest = manifest, load(folder)
        if manifest == earlier:
            sentence = (
                "Copy back what is missing from a backup. Without one, {} goes on with the "
                "segments that are there and fetches the calls of the others again."
            )
            raise MissingError(
                f"the store {folder} lacks the file {listing(files)}, which its manifest names.",
                *to_adopt(sentence, folder),
            )
    return manifest


def temporary(folder: Path) -> Path:
    """Name of a manifest while it is being written.

    Examples
    --------
    >>> import pathlib
    >>> temporary(pathlib.Path("calls")).name
    '._manifest.json.unfinished'
    """
    return unfinished(folder / _NAME)


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
