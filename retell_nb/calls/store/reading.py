"""The calls of a store: the last version of each."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.schema import Shared
from retell_nb.calls.store.errors import DamagedError, to_adopt
from retell_nb.calls.store.layout import LAYOUT, VERSION, as_calls_again
from retell_nb.calls.store.manifest import Manifest, Segment, load, load_whole

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt

    Rows: TypeAlias = dict[str, npt.NDArray[np.bool_]]

__all__ = ["damaged", "latest", "latest_rows", "latest_tables", "read_columns", "read_segment"]
__all__ += ["read_store"]

_THREADS = 4
_TRIES = 5


def read_store(folder: Path, *, columns: Collection[str] | None = None) -> pd.DataFrame:
    """Return the last version of each call in a store, in the order in which they came.

    `attrs["window"]` is the period up to the last sync, where one has noted it.

    Parameters
    ----------
    folder : Path
        Where the store is.
    columns : collection of str, optional
        The columns of the schema to read; by default all, and those that the schema does not know.

    Raises
    ------
    DamagedError
        If a later version of this library wrote the store, or a file of it cannot be read.
    MissingError
        If a file that its manifest names is not there.

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
    if manifest.synced:
        period = pd.to_datetime([manifest.since, max(manifest.until, manifest.synced)], unit="ms")
        calls.attrs["window"] = [end.isoformat() for end in period.tz_localize("UTC")]
    return calls


def _whole(folder: Path, names: list[str]) -> tuple[Manifest, pa.Table]:
    """The latest rows; read anew should the store be compacted meanwhile."""
    manifest = load(folder)
    for _ in range(_TRIES):
        try:
            return manifest, latest(folder, manifest, names)
        except FileNotFoundError:
            manifest = load_whole(folder)
    return manifest, latest(folder, manifest, names)


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
    DamagedError
        If it is truncated, damaged, or another one than the manifest says.

    Examples
    --------
    >>> import pathlib
    >>> read_segment(pathlib.Path(), Segment("none.parquet", rows=0), ["call_id"])
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    table = read_columns(folder, segment.file, names)
    if table.num_rows != segment.rows:
        raise damaged(
            folder, {segment.file: f"{table.num_rows} rows, not the {segment.rows} of the manifest"}
        )
    return table


def read_columns(folder: Path, file: str, names: list[str]) -> pa.Table:
    """Columns of one file, whatever a manifest says of it.

    Raises
    ------
    FileNotFoundError
        If it is not there.
    DamagedError
        If it is truncated or damaged.

    Examples
    --------
    >>> import pathlib
    >>> read_columns(pathlib.Path(), "none.parquet", ["call_id"])
    Traceback (most recent call last):
    FileNotFoundError: ...
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - it takes long, and few need it

    with (folder / file).open("rb") as opened:
        try:
            with pq.ParquetFile(opened, page_checksum_verification=True) as parquet:
                table = parquet.read(names, use_threads=False)
            table = table.cast(pa.schema([LAYOUT.field(name) for name in names]))
        except (pa.ArrowException, OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the disk failed, not the file
            raise damaged(folder, {file: str(error).rstrip(".")}) from error
    return table


def damaged(folder: Path, reasons: Mapping[str, str]) -> DamagedError:
    """Return the error that names files that are truncated or damaged, and says how to go on.

    Examples
    --------
    >>> import pathlib
    >>> print(damaged(pathlib.Path("calls"), {"a.parquet": "0 bytes"}))  # doctest: +ELLIPSIS
    truncated, damaged or no segment, in the store calls: a.parquet (0 bytes). Nothing ...
    """
    sentence = (
        "Copy it anew from a backup. Without one, move it out of the store; then {} goes on with "
        "the other segments, and fetches its calls again."
    )
    files = "; ".join(f"{file} ({reason})" for file, reason in reasons.items())
    return DamagedError(
        f"truncated, damaged or no segment, in the store {folder}: {files}. Nothing was deleted.",
        *to_adopt(sentence, folder),
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
