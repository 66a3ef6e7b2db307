"""Calls of many files as a dask frame, none of which is read before it is needed."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
from dask.dataframe.utils import clear_known_categories

from retell_nb.calls.reading.files import read_file
from retell_nb.calls.reading.fitting import typed
from retell_nb.calls.reading.mapping import column_names
from retell_nb.calls.reading.paths import files_meant
from retell_nb.calls.schema import DTYPES, SCHEMA, check_keep, check_zone
from retell_nb.calls.store.layout import as_calls_again
from retell_nb.calls.store.manifest import Segment, is_store, load
from retell_nb.calls.store.reading import latest_rows, read_segment
from retell_nb.dask.gathering import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from retell_nb.calls.reading.mapping import Names
    from retell_nb.calls.reading.paths import PathOrPaths

__all__ = ["scan"]


class _File(NamedTuple):
    """A file, and when it was last written: a cluster takes one that was written anew for new."""

    path: Path
    written: int


class _Stored(NamedTuple):
    """A segment of a store, and which of its rows are the last version of their call."""

    folder: Path
    segment: Segment
    rows: npt.NDArray[Any] | None


def scan(
    path_or_paths: PathOrPaths,
    *,
    columns: str | Names | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> Any:
    r"""Return the calls of files or of a store as a dask frame; see `retell_nb.scan_calls`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "export.csv")
    ...     _ = path.write_text("Session ID,End Reason\ncall_1,Dial busy\n")
    ...     len(scan(path))
    1
    """
    check_keep(keep)
    check_zone(tz)
    read = partial(read_file, columns=column_names(columns), keep=tuple(keep), tz=tz)
    parts: list[_File | _Stored] = []
    for path in files_meant(path_or_paths):
        parts += _segments(path) if is_store(path) else [_File(path, path.stat().st_mtime_ns)]
    meta = _meta(keep)
    with quiet():
        if not parts:
            return dd.from_pandas(meta, npartitions=1)
        return dd.from_map(_Reader(read, [*meta.columns]), parts, meta=meta, label="scan-calls")


def _segments(folder: Path) -> list[_Stored]:
    manifest = load(folder)
    rows = latest_rows(folder, manifest.segments)
    return [_Stored(folder, segment, rows.get(segment.file)) for segment in manifest.segments]


def _meta(keep: Collection[str]) -> pd.DataFrame:
    """Return no calls, in the columns of the schema and the dtypes that these have."""
    nothing = typed(pd.DataFrame({"call_id": []}))[0][[*SCHEMA]]
    nothing = nothing.assign(**{name: pd.Series(dtype=DTYPES["text"]) for name in keep})
    categories = [name for name, kind in SCHEMA.items() if kind == "category"]
    opened: pd.DataFrame = clear_known_categories(nothing, cols=categories)
    return opened


class _Reader:
    """What reads a partition; dask asks it for the columns that are needed."""

    def __init__(self, read: Callable[[Path], pd.DataFrame], names: list[str]) -> None:
        self._read, self._names = read, names

    def __call__(self, part: _File | _Stored, columns: Sequence[str] | None = None) -> pd.DataFrame:
        names = self._names if columns is None else [*columns]
        if isinstance(part, _Stored):
            return _stored(part, names).reindex(columns=names)
        return self._read(part.path).reindex(columns=names)


def _stored(part: _Stored, names: Sequence[str]) -> pd.DataFrame:
    table = read_segment(part.folder, part.segment, [name for name in SCHEMA if name in names])
    return as_calls_again(table if part.rows is None else table.filter(pa.array(part.rows)))
