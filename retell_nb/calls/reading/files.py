"""Files to calls: JSON, JSON Lines, CSV and Parquet, packed or not, one or many."""

from __future__ import annotations

import functools
import io
import itertools
import re
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.reading.columns import Gathering
from retell_nb.calls.reading.documents import json_in_lines, json_in_text, json_of_python
from retell_nb.calls.reading.drawn import json_of_blocks
from retell_nb.calls.reading.foreign import part_of_table, parts_of_rows
from retell_nb.calls.reading.joining import Part, joined
from retell_nb.calls.reading.mapping import column_names
from retell_nb.calls.reading.paths import files_meant
from retell_nb.calls.reading.records import RANK_OF_CALLS
from retell_nb.calls.reading.tabular import UnfitError, in_utf8, table_of_csv, table_of_parquet
from retell_nb.calls.schema import check_keep, check_zone, warn_of_rejected
from retell_nb.calls.store.manifest import is_store
from retell_nb.calls.store.reading import read_store
from retell_nb.engine.processes import in_portions, shared_out

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from retell_nb.calls.reading.mapping import Names
    from retell_nb.calls.reading.paths import PathOrPaths

__all__ = ["read_calls", "read_file"]

_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PARQUET = b"PAR1"
_PYTHON = re.compile(rb"[\[{\s]*'\w")
"""How what Python prints of dicts begins."""
_LOG = re.compile(rb"\[[0-9A-Za-z][^\]\[{\"\n]*\]")
"""How a log's lines begin that put the time or the level in brackets."""
_LARGEST = 4 << 30
"""No packed file is unpacked beyond so many bytes: a few kilobytes can hold terabytes of zeros."""

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UNPACK, _EXPORT = "unpack it first", "export it as CSV, JSON or Parquet"
_OTHERS = {
    b"\x1f\x8b": ("packed twice", _UNPACK),
    b"BZh": ("packed with bzip2", _UNPACK),
    b"\xfd7zXZ": ("packed with xz", _UNPACK),
    b"7z\xbc\xaf": ("a 7z archive", _UNPACK),
    b"%PDF": ("a PDF", _EXPORT),
    b"{\\rtf": ("a text document", _EXPORT),
    b"\x89PNG": ("a picture", _EXPORT),
    b"\xff\xd8\xff": ("a picture", _EXPORT),
    b"SQLite format 3": ("an SQLite database", "read it with pandas.read_sql and use as_calls"),
    b"ARROW1": ("an Arrow file", "read it with pandas.read_feather and use as_calls"),
    b"ORC": ("an ORC file", "read it with pandas.read_orc and use as_calls"),
    b"Obj\x01": ("an Avro file", _EXPORT),
    b"\x80\x04": ("a pickle", "read it with pandas.read_pickle and use as_calls"),
    b"\x80\x05": ("a pickle", "read it with pandas.read_pickle and use as_calls"),
}
"""Other kinds by their first bytes: what each is, and what to do."""

_ACCEPTED = (
    "Accepted are: a call as get-call returns it, a page of list-calls, a list of calls, JSON "
    "Lines, webhook bodies, CSV with a header that names the disconnection reason, and Parquet."
)


def read_calls(
    path_or_paths: PathOrPaths,
    *,
    columns: str | Names | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> pd.DataFrame:
    r"""Return the calls of files as one frame, one row per call.

    A file is told by its content: JSON (a call, a page of list-calls, a list, webhook bodies), JSON
    Lines of any of these, CSV with the API's or the dashboard's labels, Parquet; each may be packed
    with gzip or zstd. CSV may be UTF-8 or UTF-16 and separated by comma, semicolon or tab. Many
    files of more than 512 MB together are read on all cores.

    Parameters
    ----------
    path_or_paths : path or iterable of paths
        A file, a folder (all files below it with a known ending), a store of `sync_calls`, a glob,
        or several of these.
    columns : mapping, optional
        Names in the files to those of the API, `{"My Reason": "disconnection_reason"}`, where
        needed with the unit of bare numbers, `{"Secs": ("duration_ms", "s")}`; or JSON text of it.
    keep : collection of str
        Personal or heavy fields to load too, such as `transcript`; by default they are left out.
    tz : str
        Time zone of the times that name none.

    Returns
    -------
    DataFrame
        The columns of the schema, then those that nobody knows. `attrs["rejected"]` holds the
        records that were set aside, with file, place and reason; `attrs["duplicates"]` counts the
        earlier versions of a call; `attrs["left_out"]` names the fields that were not loaded;
        `attrs["notes"]` says in sentences which column became what, which important field no
        column holds, and what was taken for granted: whether day or month comes first where no
        date tells, and the zone of times that name none.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a folder or glob holds none.
    ValueError
        If nothing in a file is a call.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "export.csv")
    ...     _ = path.write_text("Session ID,End Reason,Duration\ncall_1,Dial no answer,0:00\n")
    ...     calls = read_calls(path)
    >>> calls["disconnection_reason"].tolist()
    ['dial_no_answer']
    """
    check_keep(keep)
    check_zone(tz)
    columns = column_names(columns)
    paths = files_meant(path_or_paths)
    if len(paths) == 1 and is_store(paths[0]):
        return warn_of_rejected(read_store(paths[0]))
    work = functools.partial(_read, dict(columns or {}), tuple(keep), tz)
    reading = functools.reduce(_Reading.extended, shared_out(work, in_portions(paths)))
    parts, notes = reading.parts()
    absent = [label for label in columns or {} if label not in reading.labels]
    if absent and reading.labels:
        raise KeyError(f"columns= names {absent}; what was read has {[*reading.labels]}.")
    unfit = [*(record for part in parts for record in part.rejected), *notes]
    if unfit and not any(len(part.calls) for part in parts):
        raise ValueError(_nothing_fits(unfit, len(paths)))
    return warn_of_rejected(joined(parts, notes))


def read_file(
    path: Path,
    *,
    columns: Names | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> pd.DataFrame:
    """Return the calls of one file of many: it need not have any, nor all columns that are named.

    The parameters are those of `read_calls`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "page.json")
    ...     _ = path.write_text('[{"call_id": "call_1", "disconnection_reason": "dial_busy"}]')
    ...     len(read_file(path))
    1
    """
    return warn_of_rejected(joined(*_read(dict(columns or {}), tuple(keep), tz, [path]).parts()))


def _nothing_fits(unfit: list[dict[str, str]], files: int) -> str:
    first = unfit[0]
    where = f" {first['where']}" if first["where"] else ""
    many = f" (and {len(unfit) - 1:,} more)" if len(unfit) > 1 else ""
    return (
        f"nothing in {f'any of {files} files' if files > 1 else 'the file'} is a call. "
        f"{first['file']}{where}: {first['why']}{many}. {_ACCEPTED}"
    )


def _read(
    columns: dict[Any, Any], keep: tuple[str, ...], tz: str, paths: Iterable[Path]
) -> _Reading:
    reading = _Reading(columns, keep, tz)
    for path in paths:
        reading.read(path)
    return reading


class _Reading:
    """Files being read: JSON documents together, and each table by itself."""

    def __init__(self, columns: dict[Any, Any], keep: tuple[str, ...], tz: str) -> None:
        self.columns, self.keep, self.tz = columns, keep, tz
        self.json = Gathering(keep)
        self.tables: list[Part] = []
        self.unfit: list[dict[str, str]] = []
        self.cut_off: list[dict[str, str]] = []
        self.labels: dict[Any, None] = {}

    def read(self, path: Path) -> None:
        try:
            data = self.document(path)
        except (UnfitError, OSError) as error:
            why = str(error) if isinstance(error, UnfitError) else f"it cannot be opened: {error}"
            self.unfit.append({"file": str(path), "where": "", "why": why})
        else:
            if data is not None:
                self.json.add(str(path), data)

    def extended(self, other: _Reading) -> Self:
        """What was read here, and elsewhere of the files that come next."""
        self.json.extend(other.json)
        self.tables += other.tables
        self.unfit += other.unfit
        self.cut_off += other.cut_off
        self.labels |= other.labels
        return self

    def document(self, path: Path) -> bytes | None:
        """The JSON in a file; None where it held a table, which is kept."""
        if path.is_dir() and is_store(path):
            self.tables.append(_store(path))
            return None
        if _head(path) == _PARQUET:
            self.add(table_of_parquet(path, self.keep), {}, path)
            return None
        data, cut = _unpacked(path)
        _check_kind(data, path)
        self.cut_off.extend(cut)
        if data.startswith(_PARQUET):
            self.add(table_of_parquet(io.BytesIO(data), self.keep), {}, path)
            return None
        return self.text(in_utf8(data), path)

    def text(self, data: bytes, path: Path) -> bytes | None:
        """The JSON in a text, also in texts of JSON or a log; None where it is a table."""
        start = data[:1000].lstrip()
        if not start:
            raise UnfitError("it is empty")
        if _LOG.match(start) and (logged := json_in_lines(data)) is not None:
            return logged
        if start.startswith((b"{", b"[")):
            printed = _PYTHON.match(start) and json_of_python(data)
            return printed or data
        inner = json_in_text(data) if start.startswith((b'"{', b'"[')) else json_of_blocks(data)
        if inner is None:
            try:
                self.add(*table_of_csv(data), path)
            except UnfitError:
                inner = json_in_lines(data)
                if inner is None:
                    raise
        return inner

    def add(self, table: pd.DataFrame, ragged: Mapping[int, str], path: Path) -> None:
        self.labels |= dict.fromkeys(table.columns)
        own = {label: name for label, name in self.columns.items() if label in table.columns}
        try:
            part = part_of_table(
                table,
                own,
                keep=self.keep,
                tz=self.tz,
                origin=lambda row: (str(path), f"row {table.index[row]}"),
                name=str(path),
                # A record of the API says more than a row of a table.
                rank=RANK_OF_CALLS - 1,
            )
        except ValueError as error:
            raise UnfitError(str(error).rstrip(".")) from None
        rejected = part.rejected + [
            {"file": str(path), "where": f"row {row}" if row else "the header", "why": why}
            for row, why in ragged.items()
        ]
        if rejected and part.calls.empty:
            self.unfit.extend(rejected)
        else:
            self.tables.append(part._replace(rejected=rejected))

    def parts(self) -> tuple[list[Part], list[dict[str, str]]]:
        """The parts that were read, and what was set aside beside them."""
        parts = [*self.of_json(), *self.tables]
        return parts, [*self.cut_off, *self.unfit, *self.json.barren]

    def of_json(self) -> list[Part]:
        """The parts that all JSON documents gave together."""
        rows = self.json.rows()
        self.labels |= dict.fromkeys((*rows.columns, *itertools.chain(*rows.foreign)))
        return parts_of_rows(rows, self.columns, keep=self.keep, tz=self.tz)


def _store(folder: Path) -> Part:
    calls = read_store(folder)
    rank = np.full(len(calls), RANK_OF_CALLS)
    return Part(calls, rank, calls.attrs["rejected"], calls.attrs["left_out"])


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_PARQUET))


def _unpacked(path: Path) -> tuple[bytes, list[dict[str, str]]]:
    """A file's bytes, unpacked as far as they go; and a note where they were cut off."""
    data = path.read_bytes()
    codec = next((codec for magic, codec in _PACKED.items() if data.startswith(magic)), None)
    if codec is None:
        return data, []
    stream = pa.CompressedInputStream(pa.BufferReader(data), codec)
    unpacked = bytearray()
    why = f"more than {_LARGEST / 2**30:.3g} GB unpacked; unpack it by hand and split it"
    try:
        while chunk := stream.read(1 << 12):  # a chunk that breaks off is lost, so they are small
            unpacked += chunk
            if len(unpacked) > _LARGEST:
                break
        else:
            return bytes(unpacked), []
    except OSError as error:
        why = str(error)
    cut = {"file": str(path), "where": "the end", "why": f"unpacking stopped: {why}"}
    return bytes(unpacked), [cut]


def _check_kind(data: bytes, path: Path) -> None:
    """Raise an UnfitError that says what to do with a file of a kind that is not read here."""
    if data.startswith(_OLD_EXCEL) or (data.startswith(_ZIP) and b"xl/" in data):
        raise UnfitError(
            "it is an Excel workbook; two lines read it: "
            f"df = pandas.read_excel({path.name!r}, dtype=str) and "
            "calls = retell_nb.as_calls(df). Or save the sheet as CSV"
        )
    if data.startswith(_ZIP):
        raise UnfitError("it is a ZIP archive; unpack it and name the folder")
    for magic, (kind, cure) in _OTHERS.items():
        if data.startswith(magic):
            raise UnfitError(f"it is {kind}; {cure}")
