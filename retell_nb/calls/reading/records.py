"""Call records decoded: typed, one by one where a document holds anything but good calls.

A value may be one call as get-call returns it, a page of list-calls, a webhook body, or a list of
any of these. One type of record knows them all: a page and a webhook are records that hold records.
"""

from __future__ import annotations

import functools
import json
import math
import operator
import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec import Raw

from retell_nb.calls.labels import ASIDE, FORMERLY, NESTED, SECRETS
from retell_nb.calls.reading.documents import first_item, opening, pieces
from retell_nb.calls.reading.envelopes import entries, has
from retell_nb.calls.reading.scalars import loaded
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retell_nb.calls.reading.settled import Texts

__all__ = ["EVENTS", "NOTHING", "RANK_OF_CALLS", "Found", "RecordDecoder", "rank", "rank_of_event"]

_KINDS: dict[str, Any] = {
    "text": str | None,
    "category": str | None,
    "count": float | None,
    "number": float | None,
    "flag": bool | None,
    "time": float | str | None,
}
EVENTS = ("call_started", "call_ended", "call_analyzed")
"""The events that a webhook tells of, the last word on a call last."""

RANK_OF_CALLS = len(EVENTS) * 10**14
"""How final a record is that the API or an export gave, not an event."""

_NEEDED = ("call_id", "event", "event_timestamp")
_PAGE_NOTES = ("has_more", "pagination_key", "total")
NOTHING = Raw()
"""What stands for a field that is taken as raw JSON and is not there."""

_NUMBERS = ("count", "number")

_MOST_FIELDS = 100
"""So many unknown fields are learned; with more, their names are data, not names."""

_NO_NAME = re.compile(r'["\\`\x00-\x1f]|^$')
_UNSOUND = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises, be it that the text is no JSON or that a value does not fit."""


class Found(NamedTuple):
    """What a document held: where each record stands, the records, and what did not fit.

    Without places, the records are the items of one list.
    """

    places: list[str] | None
    records: list[Any]
    rejected: list[dict[str, str]]
    foreign: list[tuple[str, dict[str, Any]]] = []  # noqa: RUF012 - nobody changes it
    """Where records of other names or types stand, and the records."""


class RecordDecoder:
    """Decodes documents, and learns the names of fields that it did not know on the way.

    Examples
    --------
    >>> decoder = RecordDecoder()
    >>> found = decoder.decode(b'[{"call_id": "call_1", "mood": "fine"}]')
    >>> [call.call_id for call in found.records]
    ['call_1']
    >>> decoder.extra
    ('mood',)
    """

    def __init__(self) -> None:
        self.extra: tuple[str, ...] = ()
        self.seen: tuple[str, ...] = ()

    def decode(self, data: bytes, left_out: Iterable[str] = (), texts: Texts = ()) -> Found:
        """Return the records of a JSON document or of JSON Lines, in UTF-8 without a mark.

        Parameters
        ----------
        data : bytes
        left_out : iterable of str
            Fields that nobody needs; where the API nests them, they are not taken.
        texts : tuple
            Categories, with the texts that they are expected to have.

        Examples
        --------
        >>> RecordDecoder().decode(b'{"status": "error"}').rejected[0]["why"]
        'no call_id; the fields are status'
        """
        notes: list[dict[str, str]] = []
        skipped = NESTED.keys() & left_out
        if not self.seen:
            first = first_item(data)
            self.seen = tuple(first) if isinstance(first, dict) else ()
        while True:
            decoders = _decoders(self.extra, self.seen, frozenset(skipped), texts)
            try:
                result = _at_once(data, decoders)
                if result is None and texts:
                    texts = ()
                    continue
                result = result or _one_by_one(data, decoders)
                return result._replace(rejected=[*result.rejected, *notes])
            except _UnknownFieldsError as unknown:
                fields = _known_fields(frozenset())
                self.seen += tuple(name for name in unknown.names if name in fields)
                new = [name for name in unknown.names if name not in fields]
                self.extra = (*self.extra, *new)[:_MOST_FIELDS]
                if new and len(self.extra) == _MOST_FIELDS:
                    why = f"more than {_MOST_FIELDS - 1} unknown fields; the rest is not loaded"
                    notes.append({"where": "", "why": why})


class _UnknownFieldsError(Exception):
    """A record has fields that its decoder does not know."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


class _Page(msgspec.Struct):
    """A page of calls, none of them looked into; what has an id is a call itself."""

    items: list[Raw]
    call_id: Raw = NOTHING


def _unknown_fields(data: bytes, fields: frozenset[str]) -> list[str]:
    """Fields of the first record of a list or page that has any but these."""
    try:
        if data[:100].lstrip()[:1] == b"[":
            items = msgspec.json.decode(data, type=list[Raw])
        else:
            page = msgspec.json.decode(data, type=_Page)
            items = [] if page.call_id != NOTHING else page.items
        records = (msgspec.json.decode(item, type=dict[str, Raw]) for item in items)
        calls = (record for record in records if "call_id" in record)
        unknown = ([name for name in record if name not in fields] for record in calls)
        return next(filter(None, unknown), [])
    except _UNSOUND:
        return []


def _at_once(data: bytes, decoders: _Decoders) -> Found | None:
    """All records of a document of nothing but good calls; None where it is anything else."""
    try:
        if data[:100].lstrip()[:1] == b"[":
            records = decoders.calls.decode(data)
        else:
            page = decoders.page.decode(data)
            if page.call_id:  # a call with a field of that name
                return None
            records = page.items
    except msgspec.ValidationError:
        names = _unknown_fields(data, decoders.known) if decoders.known else []
        if not names or any(map(_NO_NAME.search, names)):
            return None
        raise _UnknownFieldsError(names) from None
    except _UNSOUND:
        return None
    if all(map(operator.attrgetter("call_id"), records)) and _tell_endings(records):
        return Found(None, records, [])
    return None


def _tell_endings(records: list[Any]) -> bool:
    """Whether these are calls themselves, and not a log of bodies that hold them."""
    return not records or any(
        getattr(record, "disconnection_reason", None) or getattr(record, "call_status", None)
        for record in records
    )


def _one_by_one(data: bytes, decoders: _Decoders) -> Found:
    decoder = decoders.record
    values, notes = pieces(data)
    pairs = [pair for where, raw in values for pair in _unwrapped(decoder, where, raw)]
    fit = [(where, record) for where, record in pairs if isinstance(record, msgspec.Struct)]
    foreign = [(where, record) for where, record in pairs if isinstance(record, dict)]
    unfit = [{"where": where, "why": why} for where, why in pairs if isinstance(why, str)]
    places, records = [where for where, _ in fit], [record for _, record in fit]
    return Found(places, records, [*unfit, *notes], foreign)


def _unwrapped(decoder: Any, where: str, raw: bytes | Raw) -> Iterator[tuple[str, Any]]:
    """Records that a JSON value holds; a text in the place of one that does not fit."""
    try:
        yield from _opened(decoder, where, raw)
    except msgspec.ValidationError:
        yield from _unfit(decoder, where, raw)
    except _UNSOUND as error:
        yield from _unsound(decoder, where, raw, error)


def _unfit(decoder: Any, where: str, raw: bytes | Raw) -> Iterator[tuple[str, Any]]:
    """Records of a value in which something is of another type, or unknown."""
    try:
        fields = msgspec.json.decode(raw, type=dict[str, Raw])
    except msgspec.ValidationError:
        fields = {}
    except _UNSOUND as broken:
        yield from _unsound(decoder, where, raw, broken)
        return
    record = decoder.type
    unknown = [name for name in fields if name not in record.__struct_encode_fields__]
    learning = unknown and record.__struct_config__.forbid_unknown_fields
    if not learning or not {"call_id", "call", "items"} & {*fields}:
        yield from _elsewhere(where, raw)
    elif any(map(_NO_NAME.search, unknown)):
        yield from _unwrapped(decoder, where, _respelled(fields))
    else:
        raise _UnknownFieldsError(unknown)


def _elsewhere(where: str, raw: bytes | Raw) -> Iterator[tuple[str, Any]]:
    """Records of other names, of other types or in other envelopes than the API's."""
    try:
        yield from entries(loaded(bytes(raw).decode("utf-8", "replace")), where)
    except RecursionError:
        yield where, "nested too deeply"
    except ValueError as error:
        yield where, f"not valid JSON: {error}"


def _unsound(
    decoder: Any, where: str, raw: bytes | Raw, error: Exception
) -> Iterator[tuple[str, Any]]:
    """Records of what is JSON only after it is mended."""
    if isinstance(error, RecursionError):
        yield where, "nested too deeply"
        return
    sound = _mended(raw)
    if sound is None or sound == bytes(raw):
        yield where, f"not valid JSON: {error}"
    else:
        yield from _unwrapped(decoder, where, sound)


def _opened(decoder: Any, where: str, raw: bytes | Raw) -> Iterator[tuple[str, Any]]:
    if opening(raw) == b"[":
        items = msgspec.json.decode(raw, type=list[Raw])
        if items and opening(items[0]) == b"[":  # pages, or rows below a header
            yield from _elsewhere(where, raw)
        else:
            yield from _each(decoder, where, items)
        return
    record = decoder.decode(raw)
    if opening(record.call) == b"{":
        for place, call in _unwrapped(decoder, where, record.call):
            if isinstance(call, dict):
                about = {"event": record.event, "event_timestamp": record.event_timestamp}
                call.update({name: cell for name, cell in about.items() if cell is not None})
            elif not isinstance(call, str):
                call.event = record.event
                call.event_timestamp = record.event_timestamp
            yield place, call
    elif record.call_id and (record.disconnection_reason or record.call_status):
        yield where, record
    elif record.items is not None:
        yield from _each(decoder, where, record.items)
    else:
        contents = [*_elsewhere(where, raw)]
        # What holds but an id may be a call of which no more is known.
        itself = record.call_id and not any(
            has(entry, "disconnection_reason") for _, entry in contents
        )
        yield from [(where, record)] if itself else contents


def _each(decoder: Any, where: str, items: list[Raw]) -> Iterator[tuple[str, Any]]:
    for number, item in enumerate(items):
        yield from _unwrapped(decoder, f"{where} item {number}".strip(), item)


def _respelled(fields: dict[str, Raw]) -> bytes:
    """A record whose field names hold no marks that a decoder's names cannot hold."""
    return msgspec.json.encode({_NO_NAME.sub("_", name): cell for name, cell in fields.items()})


def _mended(raw: bytes | Raw) -> bytes | None:
    """JSON as it should be, where it has NaN, bare line breaks or halves of characters."""
    try:
        value = json.loads(bytes(raw), parse_constant=lambda _: None, strict=False)
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (ValueError, RecursionError):
        return None
    return text.encode("utf-8", "replace")


class _Decoders(NamedTuple):
    """What decodes a record, a list, a page; and the fields of the latter two if they learn."""

    record: Any
    calls: Any
    page: Any
    known: frozenset[str]


@functools.lru_cache(64)
def _decoders(
    extra: tuple[str, ...], present: tuple[str, ...], skipped: frozenset[str], texts: Texts
) -> _Decoders:
    """Decoders for a record, a list and a page that tell of fields they do not know.

    Those for many calls know the fields present so far, in their order: that makes them quick.
    Those that expect texts tell nothing of a page but that it is not as expected.
    """
    learning = len(extra) < _MOST_FIELDS
    unforeseen = {name: _unforeseen(at, name) for at, name in enumerate(extra)}
    fields = {**_known_fields(skipped), **unforeseen}
    record = msgspec.defstruct("Record", fields.values(), forbid_unknown_fields=learning, gc=False)
    call: Any = record
    if learning and present:
        fields = {**_known_fields(skipped, texts), **unforeseen}
        names = dict.fromkeys((*present, *_NEEDED, *extra))
        some = [fields[name] for name in names if name in fields]
        call = msgspec.defstruct("Call", some, forbid_unknown_fields=True, gc=False)
    page_fields: list[Any] = [("items", list[call]), ("call_id", str | None, None)]
    page = msgspec.defstruct("Page", page_fields, gc=False)
    tells = learning and not texts
    call_fields = frozenset(call.__struct_encode_fields__ if tells else ())
    one, many, paged = (
        msgspec.json.Decoder(kind, strict=False) for kind in (record, list[call], page)
    )
    return _Decoders(one, many, paged, call_fields)


@functools.lru_cache(64)
def _known_fields(skipped: frozenset[str], texts: Texts = ()) -> dict[str, Any]:
    """All fields that a call of the API, a page of calls and an event may have, by name."""
    expected = dict(texts)
    flat = [name for name in SCHEMA if name not in NESTED]
    raw = [name for name in (*ASIDE, *SECRETS, *_PAGE_NOTES, "call") if name not in NESTED]
    fields = [
        *((name, *_typed(name, expected)) for name in flat),
        *_nested_fields(skipped, expected),
        *((name, Raw, NOTHING) for name in raw),
        ("items", list[Raw] | None, None),
        ("event", str | None, None),
    ]
    return {field[0]: field for field in fields}


def _unforeseen(at: int, name: str) -> Any:
    """A field that the API has not; personal ones stay as they are, wherever they stand."""
    kind, default = (Raw, NOTHING) if name in ASIDE else (Any, None)
    return f"extra_{at}", kind, msgspec.field(default=default, name=name)


def _nested_fields(skipped: frozenset[str], expected: Mapping[str, tuple[str, ...]]) -> list[Any]:
    """A field for each object in a record of which columns are taken."""
    tree: dict[str, Any] = {}
    for name, path in (*NESTED.items(), *FORMERLY.items()):
        if name in skipped:
            continue
        branch = tree
        for key in path[:-1]:
            branch = branch.setdefault(key, {})
        branch[path[-1]] = _typed(name, expected) if name in SCHEMA else (Raw, NOTHING)
    return _fields(tree)


def _fields(tree: dict[str, Any]) -> list[Any]:
    return [
        _object(key, leaf) if isinstance(leaf, dict) else (key, *leaf) for key, leaf in tree.items()
    ]


def _typed(name: str, expected: Mapping[str, tuple[str, ...]]) -> tuple[Any, float | None]:
    """The type of a field, and what stands for it where it is not there."""
    if name in expected:
        return Literal[expected[name]] | None, None
    return _KINDS[SCHEMA[name]], math.nan if SCHEMA[name] in _NUMBERS else None


def _object(key: str, branch: dict[str, Any]) -> Any:
    """A field for an object; an empty one stands for an absent one, so any path can be walked."""
    struct = msgspec.defstruct(key, _fields(branch), gc=False, frozen=True)
    return key, struct | None, struct()


def rank(record: Any) -> int:
    """Return how final a record's word on its call is: the API's answers, then events by kind.

    Examples
    --------
    >>> record = RecordDecoder().decode(b'{"call_id": "call_1"}').records[0]
    >>> rank(record) == RANK_OF_CALLS
    True
    """
    if record.event is None:
        return RANK_OF_CALLS
    time = record.event_timestamp if isinstance(record.event_timestamp, float) else 0
    return rank_of_event(record.event, time)


def rank_of_event(event: str, time: float) -> int:
    """Return how final the word of an event at a time, in milliseconds since 1970, is.

    Examples
    --------
    >>> rank_of_event("call_ended", 5) < rank_of_event("call_analyzed", 1) < RANK_OF_CALLS
    True
    """
    kind = EVENTS.index(event) if event in EVENTS else 0
    return kind * 10**14 + int(min(max(time, 0), 1e13))
