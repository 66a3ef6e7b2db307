"""The segments of a folder listed anew, where its manifest is lost or lists others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pandas as pd
import pyarrow.compute as pc

from retell_nb.calls.store.errors import RefusedError, StoreWarning, listing, to_adopt
from retell_nb.calls.store.ids import Ids
from retell_nb.calls.store.layout import LAYOUT, VERSION
from retell_nb.calls.store.manifest import (
    Manifest,
    Segment,
    is_store,
    load,
    load_whole,
    missing,
)
from retell_nb.calls.store.names import (
    NO_MONTH,
    month,
    number,
    outside,
    segments_in,
    strangers_in,
    unfinished_in,
)
from retell_nb.calls.store.reading import damaged, read_columns

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

__all__ = ["Adoption", "adoption", "check_place", "unlisted"]


class Adoption(NamedTuple):
    """What shall be listed of a folder, and what it was concluded from."""

    manifest: Manifest
    before: Manifest | None
    """The manifest that was there."""
    files: list[str]
    """The segments that were there."""

    def is_current(self, folder: Path) -> bool:
        """Whether nobody has written to the folder since.

        Examples
        --------
        >>> import pathlib
        >>> Adoption(Manifest(since=0, until=0), None, []).is_current(pathlib.Path("no folder"))
        True
        """
        now = load(folder) if is_store(folder) else None
        return (now, segments_in(folder)) == (self.before, self.files)


def check_place(folder: Path) -> None:
    """Raise an error for a store that is not whole, and for a folder that holds something else.

    Examples
    --------
    >>> import pathlib
    >>> check_place(pathlib.Path("no such folder"))
    """
    if is_store(folder):
        load_whole(folder)
        return
    if files := segments_in(folder):
        sentence = (
            "Copy _manifest.json back, or let {} list them and go on from their end. To begin "
            "another store, name a new folder."
        )
        raise RefusedError(
            f"{folder} holds segments of a store ({len(files)}: {listing(files)}), but no "
            "_manifest.json that lists them. Nothing was changed.",
            *to_adopt(sentence, folder),
        )
    if others := strangers_in(folder):
        raise RefusedError(
            f"{folder} is not a store, and not empty: it holds {listing(others)}. Nothing was "
            "changed.",
            *["Name a new folder."] * 2,
        )


def adoption(folder: Path) -> Adoption:
    """Return a manifest of all segments in a folder, after reading each; nothing is changed.

    The last version of each call is that of the segment with the highest number. Where segments
    are known to be lost, calls are taken to be complete only up to the first month that lacks
    one, so that a sync asks for them again.

    Raises
    ------
    RefusedError
        If there is no segment.
    DamagedError
        If a segment cannot be read; it names all of these.

    Examples
    --------
    >>> import pathlib
    >>> adoption(pathlib.Path("no such folder"))
    Traceback (most recent call last):
    retell_nb.calls.store.errors.RefusedError: no such folder holds no segments to adopt. ...
    """
    before = load(folder) if is_store(folder) else None
    files = segments_in(folder)
    if not files and before is None:
        raise RefusedError(
            f"{folder} holds no segments to adopt.",
            "The first sync is sync_calls(folder, start='2026-01-01').",
            "The first sync takes --start 2026-01-01 and no --adopt.",
        )
    if before and {segment.file for segment in before.segments} == {*files}:
        return Adoption(before, before, files)
    contents = _contents(folder, files)
    segments, calls = _segments(contents)
    manifest = msgspec.structs.replace(
        before or _period(contents),
        version=max([before.version if before else 0, *(one.version for one in contents.values())]),
        calls=calls,
        segments=segments,
        synced=0,  # what is lost is not there, whatever the last sync fetched
    )
    months = _months_lacking(folder, before, files)
    return Adoption(_complete_before(manifest, months), before, files)


class _Content(NamedTuple):
    """What a manifest must know of a segment."""

    ids: pd.Series[str]
    version: int
    first: int | None
    """The earliest end of a call."""
    last: int | None


def _contents(folder: Path, files: list[str]) -> dict[str, _Content]:
    """What is in each segment; all that cannot be read are named at once."""
    reasons = dict.fromkeys(outside(folder, files), "a link leads out of the store")
    contents = {}
    for file in () if reasons else files:
        try:
            table = read_columns(folder, file, LAYOUT.names)
        except (ValueError, FileNotFoundError) as error:
            reasons[file] = str(error.__cause__ or error)
            continue
        ids = table["call_id"].to_pandas()
        if ids.hasnans or not ids.is_unique:
            reasons[file] = "its calls are not told apart by their ids"
        contents[file] = _Content(ids, max(number(file), _highest_version(table)), *_ends(table))
    if reasons:
        raise damaged(folder, reasons)
    return contents


def _highest_version(table: pa.Table) -> int:
    return pc.max(table[VERSION]).as_py() or 0


def _ends(table: pa.Table) -> tuple[int | None, int | None]:
    ends = pc.min_max(table["end_timestamp"].cast("int64"))
    return ends["min"].as_py(), ends["max"].as_py()


def _segments(contents: dict[str, _Content]) -> tuple[tuple[Segment, ...], int]:
    """The segments, each with those it replaces in part; and how many calls they hold together."""
    ids, segments, calls = Ids(), [], 0
    names = list(contents)
    for place, (file, content) in enumerate(contents.items()):
        places = ids.places(content.ids)
        replaces = tuple(names[earlier] for earlier in sorted({*places.tolist()} - {-1}))
        segments.append(Segment(file, len(content.ids), replaces))
        ids.add(content.ids, place)
        calls += int((places < 0).sum())
    return tuple(segments), calls


def _period(contents: dict[str, _Content]) -> Manifest:
    """From the first end of a call to the last; without any, all is asked for again."""
    firsts = [one.first for one in contents.values() if one.first is not None]
    lasts = [one.last for one in contents.values() if one.last is not None]
    return Manifest(since=min(firsts, default=0), until=max(lasts, default=0))


def _months_lacking(folder: Path, before: Manifest | None, files: list[str]) -> set[str]:
    """Months of which a segment is known to be lost; without a manifest, those between others."""
    if before is not None:
        return {month(file) for file in missing(folder, before)}
    present = {month(file) for file in files} - {NO_MONTH}
    if not present:
        return set()
    every = pd.period_range(min(present), max(present), freq="M")
    return {*every.strftime("%Y-%m")} - present


def _complete_before(manifest: Manifest, months: Iterable[str]) -> Manifest:
    """A manifest that claims to have all calls up to the first of some months at most."""
    starts = [
        0 if one == NO_MONTH else pd.Timestamp(f"{one}-01", tz="UTC").value // 1_000_000
        for one in months
    ]
    until = max(manifest.since, min([manifest.until, *starts]))
    return msgspec.structs.replace(manifest, until=until)


def unlisted(folder: Path, manifest: Manifest) -> StoreWarning | None:
    """Return what is to be said of segments that are in a store and not listed; None without any.

    Examples
    --------
    >>> import pathlib
    >>> unlisted(pathlib.Path("no such folder"), Manifest(since=0, until=0))
    """
    listed = {segment.file for segment in manifest.segments}
    files = [file for file in (*segments_in(folder), *unfinished_in(folder)) if file not in listed]
    if not files:
        return None
    sentence = (
        "They are left as they are, and their calls are not in the store. {} takes in those that "
        "are whole; move away what is not needed."
    )
    return StoreWarning(
        f"the manifest of {folder} does not list the files {listing(files)}.",
        *to_adopt(sentence, folder),
    )
