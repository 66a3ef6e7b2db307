"""The one who writes to a store."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.store.adopting import Adoption, check_place, unlisted
from retell_nb.calls.store.clearing import cleared, locked
from retell_nb.calls.store.errors import RefusedError, listing
from retell_nb.calls.store.ids import Ids
from retell_nb.calls.store.layout import LAYOUT, as_table, months
from retell_nb.calls.store.manifest import (
    Manifest,
    Segment,
    is_store,
    load,
    load_whole,
    save,
)
from retell_nb.calls.store.names import highest_number, month, number, outside, segment
from retell_nb.calls.store.reading import latest_rows, latest_tables, read_segment
from retell_nb.calls.store.segments import same, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["Added", "Writer", "writing"]

_MOST_REJECTED = 1000


@contextlib.contextmanager
def writing(
    folder: Path, fresh: Manifest | None = None, adopted: Adoption | None = None
) -> Iterator[Writer]:
    """The one writer of a store; who dies, however suddenly, does not stay it.

    Parameters
    ----------
    folder : Path
        Where the store is, or shall be.
    fresh : Manifest, optional
        What a store begins with, where there is none yet.
    adopted : Adoption, optional
        What shall be listed instead of what is.

    Raises
    ------
    TimeoutError
        If another one writes, or has written since the adoption was prepared.
    StoreError
        If the store cannot be used as it is, or the folder holds something else.
    FileNotFoundError
        If there is no store, and nothing to begin one with.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)) as writer:
    ...         writer.manifest.calls
    0
    """
    if adopted is None:
        check_place(folder)
        if fresh is None and not is_store(folder):
            raise FileNotFoundError(
                f"{folder} is not a store; sync_calls(folder, start=…) makes one."
            )
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        if adopted is not None and not adopted.is_current(folder):
            raise TimeoutError(f"another one has written to {folder} meanwhile; try again.")
        first = adopted.manifest if adopted else fresh
        if first is not None and (adopted or not is_store(folder)):
            save(folder, first)
        yield Writer(folder)


class Added(NamedTuple):
    """How many calls were new, and how many had changed."""

    new: int
    updated: int


class Writer:
    """Adds calls to a store, each time as a whole or not at all; `manifest` says what is in it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from retell_nb.calls.reading.fitting import typed
    >>> calls, _ = typed(pd.DataFrame({"call_id": ["call_1"], "from_number": ["a"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)) as writer:
    ...         writer.add(calls), writer.add(calls), writer.add(calls.assign(from_number="b"))
    (Added(new=1, updated=0), Added(new=0, updated=0), Added(new=0, updated=1))
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = load_whole(folder)
        self._ids = Ids()
        self._note(self.manifest.segments)
        self.clear()
        self._highest = highest_number(folder)  # no file of that name is ever replaced
        if warning := unlisted(folder, self.manifest):
            warnings.warn(warning, stacklevel=4)

    def clear(self) -> None:
        """Clear away what the manifest lists as left by a writer, and nothing else.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     foreign = pathlib.Path(folder, ".a.unfinished")
        ...     foreign.touch()
        ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)):
        ...         foreign.exists()
        True
        """
        still = cleared(self.folder, self.manifest)
        if still != self.manifest.unfinished:
            with contextlib.suppress(OSError):  # on a full disk, the next one does it
                self._commit(msgspec.structs.replace(self.manifest, unfinished=still))

    def add(self, calls: pd.DataFrame, **changes: Any) -> Added:
        """Add calls, and changes of the manifest; of calls that are there, only what is new.

        Parameters
        ----------
        calls : DataFrame
            One row per call.
        **changes
            Fields of the manifest, such as `until`.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> from retell_nb.calls.reading.fitting import typed
        >>> calls, _ = typed(pd.DataFrame({"call_id": ["call_1"]}))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)) as writer:
        ...         writer.add(calls, until=5).new, writer.manifest.until
        (1, 5)
        """
        places = self._ids.places(calls["call_id"])
        version = self._next_version()
        table = as_table(calls, version)
        changed = self._changed(table, places)
        news = (places < 0) | changed
        added = Added(int((places < 0).sum()), int(changed.sum()))
        attrs = calls.attrs
        with self._clean():
            segments = self._segments(table, months(calls).where(news), places, version)
            self._commit(
                msgspec.structs.replace(
                    self.manifest,
                    version=version,
                    calls=self.manifest.calls + added.new,
                    segments=(*self.manifest.segments, *segments),
                    left_out=tuple(sorted({*self.manifest.left_out, *attrs.get("left_out", ())})),
                    rejected=(*self.manifest.rejected, *attrs.get("rejected", ()))[
                        -_MOST_REJECTED:
                    ],
                    unfinished=tuple(
                        file for file in self.manifest.unfinished if number(file) != version
                    ),
                    **changes,
                )
            )
        self._note(segments)
        return added

    def note_sync(self, time: int) -> None:
        """Note up to when all calls have been fetched, also where none came.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)) as writer:
        ...         writer.note_sync(5)
        ...         load(pathlib.Path(folder)).synced
        5
        """
        self._commit(msgspec.structs.replace(self.manifest, synced=time))

    def compact(self) -> None:
        """Rewrite the files of each month as one, with the last version of each call only.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)) as writer:
        ...         writer.compact()
        """
        rows = latest_rows(self.folder, self.manifest.segments)
        version = self._next_version()
        by_month: dict[str, list[Segment]] = {}
        for one in self.manifest.segments:
            by_month.setdefault(segment(month(one.file), version), []).append(one)
        with self._clean():
            self._announce(by_month)
            segments = [
                one
                for file, those in sorted(by_month.items())
                for one in self._compacted(those, rows, file)
            ]
            before = [one.file for one in self.manifest.segments]
            self._commit(
                msgspec.structs.replace(
                    self.manifest,
                    version=version,
                    segments=tuple(segments),
                    unfinished=(*self.manifest.unfinished, *before),
                )
            )
        self.clear()

    def _next_version(self) -> int:
        return max(self.manifest.version, self._highest) + 1

    def _announce(self, files: Iterable[str]) -> None:
        """List files before they are written, so that whoever finds them knows whose they are."""
        files = tuple(files)
        if links := outside(self.folder, files):
            raise RefusedError(f"{listing(links)} in {self.folder} is a link that leads out of it.")
        if files:
            names = tuple(dict.fromkeys((*self.manifest.unfinished, *files)))
            self._commit(msgspec.structs.replace(self.manifest, unfinished=names))

    def _compacted(
        self, segments: list[Segment], rows: dict[str, npt.NDArray[np.bool_]], file: str
    ) -> list[Segment]:
        """The one file in place of several; none where all their calls are elsewhere by now."""
        remaining = sum(int(rows[s.file].sum()) if s.file in rows else s.rows for s in segments)
        if remaining == sum(s.rows for s in segments) and len(segments) == 1:
            return [Segment(segments[0].file, segments[0].rows)]
        if not remaining:
            return []
        written(self.folder / file, latest_tables(self.folder, segments, rows, LAYOUT.names))
        return [Segment(file, remaining)]

    def _changed(self, table: pa.Table, places: npt.NDArray[np.int32]) -> npt.NDArray[np.bool_]:
        """Which calls are there already, and otherwise."""
        changed = places >= 0
        rows = pd.Series(np.arange(table.num_rows), index=table["call_id"].to_pandas())
        for place in np.unique(places[changed]):
            stored = read_segment(self.folder, self.manifest.segments[place], LAYOUT.names)
            ids = table["call_id"].filter(pa.array(places == place)).combine_chunks()
            stored = stored.filter(pc.is_in(stored["call_id"], value_set=ids))
            at = rows.loc[stored["call_id"].to_pandas()].to_numpy()
            changed[at] = ~same(stored, table.take(pa.array(at)))
        return changed

    def _segments(
        self,
        table: pa.Table,
        month_of: pd.Series[str],
        places: npt.NDArray[np.int32],
        version: int,
    ) -> list[Segment]:
        """The files of some calls, written: one for each month."""
        listed, segments = self.manifest.segments, []
        files = {name: segment(name, version) for name in sorted(month_of.dropna().unique())}
        self._announce(files.values())
        for name, file in files.items():
            rows = np.flatnonzero(month_of == name)
            written(self.folder / file, [table.take(pa.array(rows))])
            before = np.unique(places[rows])
            replaces = tuple(listed[place].file for place in before if place >= 0)
            segments.append(Segment(file, len(rows), replaces))
        return segments

    def _note(self, segments: Iterable[Segment]) -> None:
        """Remember which calls are in files; a later file has the last word on a call."""
        for one in segments:
            ids = read_segment(self.folder, one, ["call_id"]).column(0).to_pandas()
            self._ids.add(ids, self.manifest.segments.index(one))

    @contextlib.contextmanager
    def _clean(self) -> Iterator[None]:
        """Leave nothing half done where the disk is full or somebody interrupts."""
        try:
            yield
        except BaseException:
            self.manifest = load(self.folder)  # it may have been replaced at the last moment
            self.clear()
            raise

    def _commit(self, manifest: Manifest) -> None:
        if msgspec.structs.replace(manifest, version=self.manifest.version) != self.manifest:
            save(self.folder, manifest)
            self.manifest = manifest
