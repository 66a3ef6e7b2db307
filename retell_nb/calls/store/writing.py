"""The one who writes to a store."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.store.disk import TEMPORARY
from retell_nb.calls.store.ids import Ids
from retell_nb.calls.store.layout import LAYOUT, as_table, months
from retell_nb.calls.store.manifest import Manifest, Segment, is_store, load, save
from retell_nb.calls.store.reading import latest_rows, latest_tables, read_segment
from retell_nb.calls.store.segments import same, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["Added", "Writer", "writing"]

_MOST_REJECTED = 1000
_NAME = "calls-{:08}.parquet"


@contextlib.contextmanager
def writing(folder: Path, fresh: Manifest | None = None) -> Iterator[Writer]:
    """The one writer of a store; who dies, however suddenly, does not stay it.

    Parameters
    ----------
    folder : Path
        Where the store is, or shall be.
    fresh : Manifest, optional
        What a store begins with, where there is none yet.

    Raises
    ------
    TimeoutError
        If another one writes.
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
    _check_place(folder, fresh)
    folder.mkdir(parents=True, exist_ok=True)
    with _held(folder):
        if fresh is not None and not is_store(folder):
            save(folder, fresh)
        yield Writer(folder)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    import filelock  # noqa: PLC0415 - it takes long, and few need it

    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        busy = f"another sync or compaction writes to {folder}; try again when it has ended."
        raise TimeoutError(busy) from None
    try:
        yield
    finally:
        lock.release()


def _check_place(folder: Path, fresh: Manifest | None) -> None:
    if is_store(folder):
        return
    if fresh is None:
        raise FileNotFoundError(f"{folder} is not a store; sync_calls(folder, start=…) makes one.")
    others = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    others = [name for name in others if not name.startswith((".", "_", "month="))]
    if others:
        raise ValueError(
            f"{folder} is not a store, and not empty: it holds {', '.join(sorted(others)[:3])}. "
            "Name a new folder."
        )


class Added(NamedTuple):
    """How many calls were new, and how many had changed."""

    new: int
    updated: int


class Writer:
    """Adds calls to a store, each time as a whole or not at all.

    Attributes
    ----------
    manifest : Manifest
        What is in the store now.

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
        self.manifest = load(folder)
        self.clear()
        self._ids = Ids()
        self._note(self.manifest.segments)

    def clear(self) -> None:
        """Clear away what a writer left that was cut off, or what is in use no more.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     unfinished = pathlib.Path(folder, ".a.unfinished")
        ...     unfinished.touch()
        ...     with writing(pathlib.Path(folder), Manifest(since=0, until=0)):
        ...         unfinished.exists()
        False
        """
        known = {self.folder / segment.file for segment in self.manifest.segments}
        leftovers = {*self.folder.glob("month=*/calls-*.parquet")} - known
        unfinished = [
            path for at in (".", "month=*") for path in self.folder.glob(f"{at}/.*{TEMPORARY}")
        ]
        for path in (*leftovers, *unfinished):
            with contextlib.suppress(OSError):  # Windows keeps what somebody reads
                path.unlink()

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
        version = self.manifest.version + 1
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
                    **changes,
                )
            )
        self._note(segments)
        return added

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
        version = self.manifest.version + 1
        by_month: dict[str, list[Segment]] = {}
        for segment in self.manifest.segments:
            by_month.setdefault(segment.file.partition("/")[0], []).append(segment)
        with self._clean():
            segments = [
                one
                for month, those in sorted(by_month.items())
                for one in self._compacted(those, rows, f"{month}/{_NAME.format(version)}")
            ]
            self._commit(
                msgspec.structs.replace(self.manifest, version=version, segments=tuple(segments))
            )
        self.clear()

    def _compacted(
        self, segments: list[Segment], rows: dict[str, npt.NDArray[np.bool_]], file: str
    ) -> list[Segment]:
        """The one file in place of several; none where all their calls are elsewhere by now."""
        left = sum(int(rows[s.file].sum()) if s.file in rows else s.rows for s in segments)
        if left == sum(s.rows for s in segments) and len(segments) == 1:
            return [Segment(segments[0].file, segments[0].rows)]
        if not left:
            return []
        written(self.folder / file, latest_tables(self.folder, segments, rows, LAYOUT.names))
        return [Segment(file, left)]

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
        known, segments = self.manifest.segments, []
        for month in sorted(month_of.dropna().unique()):
            rows = np.flatnonzero(month_of == month)
            file = f"month={month}/{_NAME.format(version)}"
            written(self.folder / file, [table.take(pa.array(rows))])
            before = np.unique(places[rows])
            replaces = tuple(known[place].file for place in before if place >= 0)
            segments.append(Segment(file, len(rows), replaces))
        return segments

    def _note(self, segments: Iterable[Segment]) -> None:
        """Remember which calls are in files; a later file has the last word on a call."""
        for segment in segments:
            ids = read_segment(self.folder, segment, ["call_id"]).column(0).to_pandas()
            self._ids.add(ids, self.manifest.segments.index(segment))

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
