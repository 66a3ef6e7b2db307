"""The calls of a store: the last version of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.schema import Shared
from retell_nb.calls.store.layout import LAYOUT, VERSION, as_calls_again
from retell_nb.calls.store.manifest import Manifest, Segment, load

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    import numpy.typing as npt

    Rows: TypeAlias = dict[str, npt.NDArray[np.bool_]]

__all__ = ["latest", "latest_rows", "latest_tables", "read_segment", "read_store"]

_THREADS = 4
_TRIES = 5


def read_store(folder: Path, *, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Return the last version of each call in a store, in the order in which they came.

    Parameters
    ----------
    folder : Path
        Where the store is.
    columns : collection of str, optional
        The columns of the schema to read; by default all, and those that the schema does not know.

    Raises
    ------
    ValueError
        If a later version of this library wrote the store.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from retell_nb.calls.store.manifest import save
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(pathlib.Path(folder), Manifest(since=0, until=0))
    ...     len(read_store(pathlib.Path(folder)))
    0
    """
    names = [name for name in LAYOUT.names if name != VERSION and name in (columns or LAYOUT.names)]
    manifest, table = _whole(folder, names)
    calls = as_calls_again(table)
    calls.attrs = {
        "rejected": Shared(manifest.rejected),
        "duplicates": 0,
        "left_out": list(manifest.left_out),
        "notes": [],
    }
    return calls


def _whole(folder: Path, names: list[str]) -> tuple[Manifest, pa.Table]:
    """The latest rows; read anew should the store be compacted meanwhile."""
    manifest = load(folder)
    for _ in range(_TRIES):
        try:
            return manifest, latest(folder, manifest, names)
        except FileNotFoundError as gone:
            before, manifest, missing = manifest, load(folder), gone.filename
            if manifest == before:
                break
    raise FileNotFoundError(
        f"the store {folder} lacks the file {missing}, which its manifest names."
    )


def latest(folder: Path, manifest: Manifest, names: list[str]) -> pa.Table:
    """Table of the last version of each call.

    Examples
    --------
    >>> import pathlib
    >>> latest(pathlib.Path(), Manifest(since=0, until=0), ["call_id"]).num_rows
    0
    """
    rows = latest_rows(folder, manifest.segments)
    nothing = LAYOUT.empty_table().select(names)
    return pa.concat_tables([nothing, *latest_tables(folder, manifest.segments, rows, names)])


def latest_tables(
    folder: Path, segments: Iterable[Segment], rows: Rows, names: list[str]
) -> Iterator[pa.Table]:
    """Table of each file, with the rows that are the last version of their call.

    Examples
    --------
    >>> import pathlib
    >>> list(latest_tables(pathlib.Path(), [], {}, ["call_id"]))
    []
    """

    def read(segment: Segment) -> pa.Table:
        table = read_segment(folder, segment, names)
        return table.filter(pa.array(rows[segment.file])) if segment.file in rows else table

    waiting = iter(segments)
    with ThreadPoolExecutor(_THREADS) as pool:
        while some := list(islice(waiting, _THREADS)):  # no more at once than memory has room for
            yield from pool.map(read, some)


def read_segment(folder: Path, segment: Segment, names: list[str]) -> pa.Table:
    """Columns of one file.

    Raises
    ------
    FileNotFoundError
        If it is not there any longer.

    Examples
    --------
    >>> import pathlib
    >>> read_segment(pathlib.Path(), Segment("none.parquet", rows=0), ["call_id"])
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - it takes long, and few need it

    with (folder / segment.file).open("rb") as file, pq.ParquetFile(file) as segments:
        return segments.read(names, use_threads=False).cast(
            pa.schema([LAYOUT.field(name) for name in names])
        )


def latest_rows(folder: Path, segments: Iterable[Segment]) -> Rows:
    """Which rows hold the last version of a call, for each file where not all do.

    Only files that are replaced in part, and those that replace them, are looked at.

    Examples
    --------
    >>> import pathlib
    >>> latest_rows(pathlib.Path(), [Segment("a.parquet", rows=5)])
    {}
    """
    segments = list(segments)
    touched = {file for segment in segments for file in segment.replaces}
    concerned = [s for s in segments if s.file in touched or s.replaces]
    if not concerned:
        return {}
    ids = [read_segment(folder, segment, ["call_id"]).column(0) for segment in concerned]
    column = pd.Series(pa.chunked_array([chunk for one in ids for chunk in one.chunks]).to_pandas())
    last = ~column.duplicated(keep="last").to_numpy()
    ends = np.cumsum([len(one) for one in ids])
    masks = np.split(last, ends[:-1])
    return {segment.file: mask for segment, mask in zip(concerned, masks, strict=True)}
