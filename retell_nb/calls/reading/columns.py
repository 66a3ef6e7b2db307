"""Records to columns: a thousand at a time, while they are still near at hand."""

from __future__ import annotations

import collections
import contextlib
import functools
import gc
import json
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
import numpy as np
import pandas as pd
from msgspec import Raw
from msgspec.structs import astuple

from retell_nb.calls.labels import ASIDE, FORMERLY, NESTED, SECRETS
from retell_nb.calls.reading.arrays import (
    Codes,
    array_of,
    first_told,
    renumbered,
    stacked,
    vetted,
)
from retell_nb.calls.reading.envelopes import has
from retell_nb.calls.reading.origins import Origins
from retell_nb.calls.reading.records import RANK_OF_CALLS, RecordDecoder, rank
from retell_nb.calls.reading.settled import Settled
from retell_nb.calls.reading.struct_numbers import numbers_within
from retell_nb.calls.schema import SCHEMA
from retell_nb.engine.threads import BLOCK, spread

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy.typing as npt

    Path: TypeAlias = tuple[str, ...]
    Values: TypeAlias = dict[Path, Sequence[Any]]

__all__ = ["Gathering", "Rows", "rows_of_json"]

_BATCH = 1000
_TELLING = 100
"""A document of fewer records does not tell which texts a category has."""
_SHUT = {*ASIDE, *SECRETS}
_EMPTY = (b"", b"null", b'""', b"[]", b"{}")
_PATHS = (
    *((name, NESTED.get(name, (name,))) for name in (*SCHEMA, *ASIDE, *SECRETS)),
    *FORMERLY.items(),
)


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
    foreign: list[dict[str, Any]]
    """Records of other names or types than the API's."""
    places: list[tuple[str, str]]
    """The file of each of these, and where in it the record stands."""


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
    gathering = Gathering(keep)
    for file, data in documents:
        gathering.add(file, data)
    return gathering.rows()


class Gathering:
    """Documents taken in one after another: of each only columns stay.

    Examples
    --------
    >>> gathering = Gathering(keep=())
    >>> gathering.add("page", b'{"items": [{"call_id": "call_1"}]}')
    >>> gathering.rows().columns.to_dict("list")
    {'call_id': ['call_1']}
    """

    def __init__(self, keep: Collection[str]) -> None:
        self.keep = keep
        self.decoder = RecordDecoder()
        self.settled = Settled()
        self.sizes: list[int] = []
        self.batches: list[dict[str, Any]] = []
        self.codes: dict[str, Codes] = collections.defaultdict(Codes)
        self.ranks = [np.empty(0, np.int64)]
        self.origins = Origins()
        self.rejected: list[dict[str, str]] = []
        self.barren: list[dict[str, str]] = []
        self.left_out: set[str] = set()
        self.foreign: list[dict[str, Any]] = []
        self.places: list[tuple[str, str]] = []

    def add(self, file: str, data: bytes) -> None:
        """Take in a document.

        Parameters
        ----------
        file : str
            Its name.
        data : bytes
            JSON or JSON Lines in UTF-8, without a byte order mark.

        Examples
        --------
        >>> gathering = Gathering(keep=())
        >>> gathering.add("empty", b"[]")
        >>> gathering.sizes
        []
        """
        with _no_gc():
            document = self.decoder.decode(data, self.left_out, self.settled.texts)
            aside = [{"file": file, **note} for note in document.rejected]
            named = bool(document.records) or any(
                has(record, "call_id") for _, record in document.foreign
            )
            for where, record in document.foreign:
                if named and not has(record, "call_id"):
                    fields = ", ".join(record)[:200]
                    why = f"no call_id; the fields are {fields}"
                    aside.append({"file": file, "where": where, "why": why})
                else:
                    self.foreign.append(record)
                    self.places.append((file, where))
            (self.rejected if document.records or document.foreign else self.barren).extend(aside)
            self.origins.add(file, len(document.records), document.places)
            for start in range(0, len(document.records), _BATCH):
                batch = document.records[start : start + _BATCH]
                values = dict(_unfolded((), batch, self._shut()))
                self.sizes.append(len(batch))
                self.batches.append(self._columns(values))
                self.ranks.append(_ranks(batch, values))
            if len(document.records) >= _TELLING:
                self.settled.look(self.codes)

    def extend(self, other: Gathering) -> None:
        """Take in what was gathered elsewhere of the documents that come next.

        Examples
        --------
        >>> gathering, other = Gathering(keep=()), Gathering(keep=())
        >>> gathering.add("a", b'[{"call_id": "call_1", "agent_id": "one"}]')
        >>> other.add("b", b'[{"call_id": "call_2", "agent_id": "two"}]')
        >>> gathering.extend(other)
        >>> gathering.rows().columns["agent_id"].tolist()
        ['one', 'two']
        """
        places = {name: self.codes[name].places(codes) for name, codes in other.codes.items()}
        self.batches += [
            {name: renumbered(cells, places[name]) for name, cells in batch.items()}
            for batch in other.batches
        ]
        self.sizes += other.sizes
        self.ranks += other.ranks
        self.origins.extend(other.origins)
        self.rejected += other.rejected
        self.barren += other.barren
        self.left_out |= other.left_out
        self.foreign += other.foreign
        self.places += other.places

    def _shut(self) -> set[Path]:
        """Paths to the fields of which it is known that they are left out."""
        return {path for name, path in _PATHS if name in self.left_out}

    def _columns(self, values: Values) -> dict[str, Any]:
        """Columns of some records; one without any value is left out."""
        columns: dict[str, Any] = {}
        unforeseen = {(f"extra_{at}",): name for at, name in enumerate(self.decoder.extra)}
        for name, path in (*_PATHS, *((name, path) for path, name in unforeseen.items())):
            cells: Any = values.get(path)
            if cells is None or name in self.left_out:
                continue
            if name in _SHUT and name not in self.keep:
                self.left_out |= {name} if _any(cells) else set()
                continue
            if name in ASIDE:
                cells = list(map(_text, cells))
            else:
                kind = SCHEMA.get(name)
                if path in unforeseen:
                    cells, kind = vetted(cells, kind)
                cells = array_of(cells, kind, self.codes[name])
            earlier = columns.get(name)
            columns[name] = (
                cells if earlier is None else first_told(earlier, cells, self.codes[name])
            )
        return columns

    def rows(self) -> Rows:
        """Return all that was gathered as rows.

        Examples
        --------
        >>> Gathering(keep=()).rows().columns.empty
        True
        """
        names = dict.fromkeys(name for batch in self.batches for name in batch)
        parts = {name: [batch.get(name) for batch in self.batches] for name in names}
        together = spread if sum(self.sizes) > BLOCK else map
        columns = together(
            lambda name: stacked(parts[name], self.sizes, SCHEMA.get(name), self.codes[name]), parts
        )
        index = pd.RangeIndex(sum(self.sizes))
        frame = pd.DataFrame(dict(zip(parts, columns, strict=True)), index=index, copy=False)
        rank = np.concatenate(self.ranks)
        lists = self.rejected, self.barren, self.left_out, self.foreign, self.places
        return Rows(frame, self.origins, rank, *lists)


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


def _ranks(records: list[Any], values: Values) -> npt.NDArray[np.int64]:
    if ("event",) not in values:
        return np.full(len(records), RANK_OF_CALLS)
    return np.array([rank(record) for record in records], np.int64)


class _Field(NamedTuple):
    name: str
    default: Any
    nests: bool


@functools.cache
def _fields(struct: Any) -> list[_Field]:
    fields = msgspec.structs.fields(struct)
    return [_Field(f.name, f.default, isinstance(f.default, msgspec.Struct)) for f in fields]


def _unfolded(
    path: Path, structs: Sequence[Any], shut: Collection[Path]
) -> Iterator[tuple[Path, Any]]:
    """Paths into the structs and the cells there; without paths where all is as by default."""
    if columns := numbers_within(structs):
        some = (((*path, *inner), cells) for inner, cells in columns)
        yield from ((inner, cells) for inner, cells in some if not np.isnan(cells).all())
        return
    fields = _fields(structs[0].__class__)
    flat: list[Any] = []
    collections.deque(map(flat.extend, map(astuple, structs)), maxlen=0)
    for at, (name, default, nests) in enumerate(fields):
        cells = flat[at :: len(fields)]
        if (*path, name) in shut or _all_missing(cells, default):
            continue
        if nests:
            if not all(cells):
                cells = [default if cell is None else cell for cell in cells]
            yield from _unfolded((*path, name), cells, shut)
        else:
            yield (*path, name), cells


def _all_missing(cells: list[Any], default: Any) -> bool:
    if cells[0] is not default and cells[0] is not None:
        return False
    return sum(map(cells.count, (None,) if default is None else (None, default))) == len(cells)


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
