"""Records to columns: a thousand at a time, while they are still near at hand."""

from __future__ import annotations

import bisect
import contextlib
import functools
import gc
import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
from msgspec import Raw
from msgspec.structs import astuple

from retell_nb.calls.frame import DTYPES, SCHEMA
from retell_nb.calls.labels import ASIDE, FORMERLY, NESTED, SECRETS
from retell_nb.calls.records import RANK_OF_CALLS, RecordDecoder, rank

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy.typing as npt

    Path: TypeAlias = tuple[str, ...]
    Values: TypeAlias = dict[Path, Sequence[Any]]

__all__ = ["Origins", "Rows", "rows_of_json"]

_BATCH = 1000
_SHUT = {*ASIDE, *SECRETS}
_EMPTY = (b"", b"null", b'""', b"[]", b"{}")
_ARROW = {
    "text": pa.string(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "count": pa.float64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "time": pa.float64(),
}
_DTYPES = {pa.bool_(): pd.BooleanDtype(), pa.string(): DTYPES["text"]}
_PATHS = (
    *((name, NESTED.get(name, (name,))) for name in (*SCHEMA, *ASIDE, *SECRETS)),
    *FORMERLY.items(),
)


class Origins:
    """Where rows come from, document by document.

    Examples
    --------
    >>> origins = Origins()
    >>> origins.add("a.json", 2, None)
    >>> origins.add("b.jsonl", 1, ["line 7"])
    >>> origins.of(1), origins.of(2)
    (('a.json', 'item 1'), ('b.jsonl', 'line 7'))
    """

    def __init__(self) -> None:
        self._starts = [0]
        self._documents: list[tuple[str, Sequence[str] | None]] = []

    def add(self, file: str, rows: int, places: Sequence[str] | None) -> None:
        """Take note of a document's rows; without places they are the items of one list.

        Examples
        --------
        >>> Origins().add("a.json", 2, None)
        """
        self._documents.append((file, places))
        self._starts.append(self._starts[-1] + rows)

    def of(self, row: int) -> tuple[str, str]:
        """Return the file that a row comes from, and where it stands there.

        Examples
        --------
        >>> origins = Origins()
        >>> origins.add("a.json", 2, None)
        >>> origins.of(0)
        ('a.json', 'item 0')
        """
        document = bisect.bisect_right(self._starts, row) - 1
        file, places = self._documents[document]
        place = row - self._starts[document]
        return file, f"item {place}" if places is None else places[place]


class Rows(NamedTuple):
    """Records as raw columns under the API's names, and what goes with each row."""

    columns: pd.DataFrame
    origins: Origins
    rank: npt.NDArray[np.int64]
    """How final each row's word on its call is."""
    rejected: list[dict[str, str]]
    barren: list[dict[str, str]]
    """The documents in which nothing was a call."""
    left_out: set[str]
    """The personal or heavy fields that some record holds and that were not taken."""


def rows_of_json(documents: Iterable[tuple[str, bytes]], *, keep: Collection[str] = ()) -> Rows:
    """Return the rows of JSON documents and of JSON Lines.

    Parameters
    ----------
    documents : iterable of (str, bytes)
        The name of each, and its bytes: UTF-8 without a byte order mark.
    keep : collection of str
        Fields of `ASIDE` to take too, as text or JSON text.

    Examples
    --------
    >>> rows = rows_of_json([("page", b'{"items": [{"call_id": "call_1", "duration_ms": 5}]}')])
    >>> rows.columns.to_dict("list"), rows.origins.of(0)
    ({'call_id': ['call_1'], 'duration_ms': [5.0]}, ('page', 'item 0'))
    """
    gathering = _Gathering(keep)
    with _no_gc():
        for file, data in documents:
            gathering.add(file, data)
    return gathering.rows()


class _Gathering:
    """Documents taken in one after another: of each only columns stay."""

    def __init__(self, keep: Collection[str]) -> None:
        self.keep = keep
        self.decoder = RecordDecoder()
        self.batches: list[dict[str, Any]] = []
        self.ranks = [np.empty(0, np.int64)]
        self.origins = Origins()
        self.rejected: list[dict[str, str]] = []
        self.barren: list[dict[str, str]] = []
        self.left_out: set[str] = set()

    def add(self, file: str, data: bytes) -> None:
        found = self.decoder.decode(data)
        aside = [{"file": file, **note} for note in found.rejected]
        (self.rejected if found.records else self.barren).extend(aside)
        self.origins.add(file, len(found.records), found.places)
        for start in range(0, len(found.records), _BATCH):
            batch = found.records[start : start + _BATCH]
            values = dict(_unfolded((), batch))
            self.batches.append(self.columns(len(batch), values))
            self.ranks.append(_ranks(batch, values))

    def columns(self, size: int, found: Values) -> dict[str, Any]:
        """Columns of some records, their number under ""; one without any value is left out."""
        columns: dict[str, Any] = {"": size}
        unforeseen = ((name, (f"extra_{at}",)) for at, name in enumerate(self.decoder.extra))
        for name, path in (*_PATHS, *unforeseen):
            cells: Any = found.get(path)
            if cells is None or name in self.left_out:
                continue
            if name in _SHUT and name not in self.keep:
                self.left_out |= {name} if _any(cells) else set()
                continue
            cells = list(map(_text, cells)) if name in ASIDE else _array(cells, SCHEMA.get(name))
            columns[name] = _first(columns[name], cells) if name in columns else cells
        return columns

    def rows(self) -> Rows:
        columns, rank = _joined(self.batches), np.concatenate(self.ranks)
        return Rows(columns, self.origins, rank, self.rejected, self.barren, self.left_out)


@contextlib.contextmanager
def _no_gc() -> Iterator[None]:
    """Many small objects that hold no cycles come at once: looking for cycles costs most of it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _ranks(records: list[Any], found: Values) -> npt.NDArray[np.int64]:
    if ("event",) not in found:
        return np.full(len(records), RANK_OF_CALLS)
    return np.array([rank(record) for record in records], np.int64)


@functools.cache
def _fields(struct: Any) -> list[tuple[str, Any, bool]]:
    fields = msgspec.structs.fields(struct)
    return [(f.name, f.default, isinstance(f.default, msgspec.Struct)) for f in fields]


def _unfolded(path: Path, structs: Sequence[Any]) -> Iterator[tuple[Path, Sequence[Any]]]:
    """Paths into the structs and the values there; without paths where all is as by default."""
    columns = zip(*map(astuple, structs), strict=True)
    for (name, default, nests), cells in zip(_fields(structs[0].__class__), columns, strict=True):
        if cells[0] is default and cells.count(default) == len(cells):
            continue
        if nests:
            if not all(cells):
                cells = tuple(default if cell is None else cell for cell in cells)  # noqa: PLW2901
            yield from _unfolded((*path, name), cells)
        else:
            yield (*path, name), cells


def _any(raws: Sequence[Raw | None]) -> bool:
    """Whether a field that stays out of the frame holds something."""
    return any(raw and bytes(raw) not in _EMPTY for raw in raws)


def _text(raw: Raw | None) -> str | None:
    """A field's text, or its JSON as text where it is not one."""
    if raw is None or bytes(raw) in (b"", b"null"):
        return None
    text = bytes(raw).decode("utf-8", "replace")
    if text.startswith('"'):
        text = json.loads(text, strict=False)
    return text.encode("utf-8", "replace").decode()


def _array(cells: Sequence[Any], kind: str | None) -> Any:
    """Cells as Arrow has them, or as a list where they are not of one kind."""
    if kind is not None:
        try:
            return pa.array(cells, _ARROW[kind])
        except pa.ArrowException:
            pass
    if not {dict, list} & {*map(type, cells)}:
        return list(cells)
    return [
        msgspec.json.encode(cell).decode() if isinstance(cell, (dict, list)) else cell
        for cell in cells
    ]


def _first(cells: Any, others: Any) -> list[Any]:
    pairs = zip(_list(cells), _list(others), strict=True)
    return [other if cell is None else cell for cell, other in pairs]


def _list(cells: Any) -> list[Any]:
    return cells if isinstance(cells, list) else list(cells.to_pylist())


def _joined(batches: list[dict[str, Any]]) -> pd.DataFrame:
    """Batches under one another, with the columns that any of them has."""
    sizes = [batch.pop("") for batch in batches]
    names = dict.fromkeys(name for batch in batches for name in batch)
    columns = {
        name: _stacked([batch.get(name) for batch in batches], sizes, SCHEMA.get(name))
        for name in names
    }
    return pd.DataFrame(columns, index=pd.RangeIndex(sum(sizes)), copy=False)


def _stacked(parts: list[Any], sizes: list[int], kind: str | None) -> Any:
    arrow = kind is not None and not any(isinstance(part, list) for part in parts)
    if not arrow:
        return _cells(parts, sizes)
    chunks = [
        pa.nulls(size, _ARROW[kind]) if part is None else part  # type: ignore[index]
        for part, size in zip(parts, sizes, strict=True)
    ]
    column = pa.chunked_array(chunks).unify_dictionaries()
    return column.to_pandas(types_mapper=_dtype).array


def _dtype(arrow: pa.DataType) -> Any:
    """The dtype that takes in Arrow's values as they are; None leaves the choice to Arrow."""
    dtype = _DTYPES.get(arrow)
    return dtype if hasattr(dtype, "__from_arrow__") else None


def _cells(parts: list[Any], sizes: list[int]) -> npt.NDArray[np.object_]:
    cells = np.full(sum(sizes), None, dtype=object)
    ends = np.cumsum(sizes)
    for part, size, end in zip(parts, sizes, ends, strict=True):
        if part is not None:
            cells[end - size : end] = _list(part)
    return cells
