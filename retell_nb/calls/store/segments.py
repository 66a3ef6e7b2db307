"""The files of a store: written, and compared."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.schema import SCHEMA
from retell_nb.calls.store.disk import put
from retell_nb.calls.store.layout import LAYOUT, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import numpy.typing as npt

__all__ = ["same", "written"]

_ROWS = 100_000  # in a group, at least, where there are as many
_CONTENT = [name for name in LAYOUT.names if name != VERSION]
_TIMES = [name for name, kind in SCHEMA.items() if kind == "time"]
_UNIQUE = [*_TIMES, "call_id", "twilio_call_sid"]  # a dictionary would only be in the way


def same(one: pa.Table, other: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows of two tables hold the same, whenever they came.

    Examples
    --------
    >>> same(LAYOUT.empty_table(), LAYOUT.empty_table()).tolist()
    []
    """
    alike = np.ones(one.num_rows, dtype=bool)
    for name in _CONTENT:
        first, second = (_plain(table[name]) for table in (one, other))
        equal = pc.fill_null(pc.equal(first, second), False)  # noqa: FBT003 - Arrow's word
        missing = pc.and_(pc.is_null(first), pc.is_null(second))
        alike &= pc.or_(equal, missing).to_numpy()
    return alike


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def written(path: Path, tables: Iterable[pa.Table]) -> None:
    """Write tables as one file, that is there as a whole or not at all, and replaces none.

    Raises
    ------
    FileExistsError
        If somebody has put a file of that name there.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow.parquet as pq
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "month=2026-03", "a.parquet")
    ...     written(path, [LAYOUT.empty_table()])
    ...     pq.read_metadata(path).num_rows
    0
    """
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        raise FileExistsError(f"{path} appeared while calls were stored; move it away, sync again.")
    put(path, lambda file: _write(file, tables))


def _write(file: IO[bytes], tables: Iterable[pa.Table]) -> None:
    """Write tables in groups of rows that are neither small nor large."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - it takes long, and few need it

    plain = [name for name in LAYOUT.names if name not in _UNIQUE]
    options = {"compression": "zstd", "use_dictionary": plain, "write_page_checksum": True}
    with pq.ParquetWriter(file, LAYOUT, **options) as writer:
        waiting: list[pa.Table] = []
        for table in tables:
            waiting.append(table)
            if sum(one.num_rows for one in waiting) >= _ROWS:
                writer.write_table(_together(waiting))
                waiting = []
        if waiting:
            writer.write_table(_together(waiting))


def _together(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()
