"""Calls found in whatever holds them: by what looks like a call, not by who wrapped it."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import itertools
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from retell_nb.calls.labels import ASIDE, RECORDED_AT, SECRETS, plain
from retell_nb.calls.reading.known_names import bare_labels, named, surely
from retell_nb.calls.reading.scalars import opened, scalar, sound

__all__ = [
    "SHUT",
    "Entry",
    "entries",
    "has",
    "names_reason",
    "names_reason_within",
]

Entry: TypeAlias = "tuple[str, dict[str, Any] | str]"
"""Where something stands, and the record of a call, or why it is none."""

SHUT = frozenset(map(plain, (*ASIDE, *SECRETS)))
"""Plain labels of the fields that are personal or heavy: no call is looked for in them."""

_FORMER = {
    *("before", "old", "oldimage", "oldrecord", "olddata", "oldvalue", "oldvalues", "oldrow"),
    *("previous", "previousattributes", "fulldocumentbeforechange"),
}
"""Plain labels of what a row was before the change that a database tells of."""

_DEEPEST = 16
_WEAK_NEED = 2
_NO_PARTS = {"builtins", "datetime", "decimal", "numpy", "pandas", "pyarrow", "uuid", "zoneinfo"}
"""Modules whose values are cells, not objects with parts."""


def entries(value: object, where: str = "") -> list[Entry]:
    """Return the calls in a value, however deep, and what stands among calls and is none.

    A call is an object that has a disconnection reason or a call id, under any known name. It is
    looked for in objects and lists, in text that is JSON or base64 of JSON, in tables laid out as
    `DataFrame.to_json` lays them out, and in objects that can be turned into a dict.

    Parameters
    ----------
    value : object
        Anything.
    where : str
        Where it stands.

    Examples
    --------
    >>> entries({"body": '{"event": "call_ended", "call": {"call_id": "call_1"}}'})
    [('body call', {'call_id': 'call_1', 'event': 'call_ended'})]
    >>> entries({"status": "error"})
    [('', 'no call_id; the fields are status')]
    """
    contents = _calls(value, where, _DEEPEST)
    return contents if any(_is_record(entry) for entry in contents) else [(where, _why_none(value))]


def _is_record(entry: Entry) -> bool:
    return not isinstance(entry[1], str)


class _Misfit(str):
    """Why a row is none of its table."""

    __slots__ = ()


def _why_none(value: object) -> str:
    if isinstance(value, _Misfit):
        return value
    value = opened(value)
    if _is_row(value) and value and all(map(_is_row, value)):  # type: ignore[call-overload]
        return (
            "it is rows of cells without labels, as DataFrame.to_json writes with orient='values'; "
            "write it with another orient"
        )
    fields = _fields_of(value)
    if fields is None:
        return "it is no object"
    return f"no call_id; the fields are {', '.join(map(str, fields))[:200] or 'none'}"


def _calls(value: object, where: str, depth: int) -> list[Entry]:
    """What a value holds; nothing where it holds no call."""
    value = opened(value)
    if not depth or value is None or isinstance(value, (str, bytes, int, float)):
        return []
    fields = _fields_of(value)
    if fields is not None:
        return _in_object(fields, where, depth)
    return _in_list(list(value), where, depth) if isinstance(value, Iterable) else []


def _fields_of(value: object) -> Mapping[Any, Any] | None:
    """The fields of an object of whatever kind; None where it is none."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, (type, str, bytes, int, float)):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    for name, options in (
        ("model_dump", {"by_alias": True, "exclude_unset": True}),
        ("to_dict", {}),
        ("_asdict", {}),
        ("dict", {}),
    ):
        if callable(method := getattr(value, name, None)):
            with warnings.catch_warnings(), contextlib.suppress(TypeError):
                warnings.simplefilter("ignore")  # a newer API gives what an older SDK does not know
                fields = method(**options)
                return fields if isinstance(fields, Mapping) else None
    return _attributes(value)


def _attributes(value: Any) -> Mapping[Any, Any] | None:
    """What a row of a database, or an object of any class that tells of a call, has by name."""
    fields: dict[Any, Any] = {}
    with contextlib.suppress(Exception):  # no row, and not an object whose attributes can be read
        if callable(getattr(value, "keys", None)):
            fields = {name: value[name] for name in value.keys()}  # noqa: SIM118 - a row gives cells
        elif not isinstance(value, Iterable):
            names = [*getattr(type(value), "__match_args__", ()), *getattr(value, "__dict__", ())]
            fields = {name: getattr(value, name) for name in names if not name.startswith("_")}
    return fields if _names_calls(fields) else None


def _in_object(fields: Mapping[Any, Any], where: str, depth: int) -> list[Entry]:
    rows = _rows_of(fields)
    if rows is not None:
        return _in_list(rows, where, depth, "row")
    if bare := bare_labels(key for key in fields if isinstance(key, str)):
        fields = {bare.get(key, key): cell for key, cell in fields.items()}
    names = _names_in(fields)
    if _tells_ending(names):
        return [(where, _record(fields))]
    inner = [
        (key, _calls(cell, f"{where} {key}".strip(), depth - 1))
        for key, cell in fields.items()
        if plain(key) not in SHUT
    ]
    if sum(bool(key_entries) for _, key_entries in inner) > 1:
        inner = _without_repeats(inner)
    records = [
        record for _, key_entries in inner for _, record in key_entries if isinstance(record, dict)
    ]
    if names.get("call_id") and not any(_tells_ending(_names_in(record)) for record in records):
        return [(where, _record(fields))]
    if not records:
        return []
    if len(records) == 1:
        _enveloped(fields, records[0])
    return _keyed(fields, inner, where) or [
        entry for _, key_entries in inner for entry in key_entries
    ]


def _without_repeats(inner: list[tuple[Any, list[Entry]]]) -> list[tuple[Any, list[Entry]]]:
    """Entries by key without what calls were before, and without mere ids of calls told beside."""
    if any(key_entries and plain(key) not in _FORMER for key, key_entries in inner):
        inner = [(key, some) for key, some in inner if plain(key) not in _FORMER]
    records = [entry for _, key_entries in inner for _, entry in key_entries]
    known_ids = {_id_in(entry) for entry in records if isinstance(entry, dict) and len(entry) > 1}
    return [
        (key, [each for each in some if not _is_id_of(each[1], known_ids)]) for key, some in inner
    ]


def _is_id_of(entry: dict[str, Any] | str, ids: Collection[object]) -> bool:
    """Whether a record tells nothing but one of these ids."""
    return isinstance(entry, dict) and len(entry) == 1 and _id_in(entry) in ids


def _id_in(record: Mapping[str, Any]) -> str | None:
    return next((str(cell) for key, cell in record.items() if named(key) == "call_id"), None)


def _enveloped(fields: Mapping[Any, Any], record: dict[str, Any]) -> None:
    """Give the only call in an envelope what the envelope alone tells of it."""
    present = {*_names_in(record), "event"} if "event" in record else {*_names_in(record)}
    dated = {"start_timestamp", "end_timestamp", "event_timestamp"} & present
    for key, cell in fields.items():
        name = key if key == "event" else surely(key)
        name = named(key) if not dated and plain(key) in RECORDED_AT else name
        if name and name not in present and not isinstance(scalar(cell), (Mapping, list, tuple)):
            record[str(key)] = scalar(cell)
    own = [scalar(cell) for key, cell in fields.items() if named(key) == "call_id"]
    if own and isinstance(own[0], (str, int)) and not has(record, "call_id"):
        record.pop("call_id", None)
        record["id"] = own[0]  # a row's own id is better than none


def _keyed(
    fields: Mapping[Any, Any], inner: list[tuple[Any, list[Entry]]], where: str
) -> list[Entry] | None:
    """The calls of an object whose keys are ids; whatever else stands among them is set aside."""
    direct = [
        key
        for key, key_entries in inner
        if len(key_entries) == 1
        and _is_record(key_entries[0])
        and key_entries[0][0] == f"{where} {key}".strip()
    ]
    if 2 * len(direct) < len(fields) or not (len(direct) > 1 or str(direct[0]).startswith("call_")):
        return None
    keyed_entries: list[Entry] = []
    for key, key_entries in inner:
        if not key_entries:
            keyed_entries.append((f"{where} {key}".strip(), _why_none(fields[key])))
        elif key in direct and not str(key).isdigit():
            place, record = key_entries[0]
            assert isinstance(record, dict)  # noqa: S101 - `direct` holds records alone
            unnamed = "call_id" not in _names_in(record)
            keyed_entries.append((place, {"call_id": str(key), **record} if unnamed else record))
        else:
            keyed_entries += key_entries
    return keyed_entries


def _in_list(items: list[Any], where: str, depth: int, each: str = "item") -> list[Entry]:
    rows = _under_header(items)
    places = [f"{where} {each} {number}".strip() for number in range(len(items))]
    if rows is not None:
        items, places = rows, [f"{where} row {number}".strip() for number in range(1, len(items))]
    calls = [_calls(item, place, depth - 1) for place, item in zip(places, items, strict=True)]
    if rows is None and not any(_is_record(entry) for some in calls for entry in some):
        return []
    return [
        entry
        for place, item, some in zip(places, items, calls, strict=True)
        for entry in (some or [(place, _why_none(item))])
    ]


def _under_header(items: list[Any]) -> list[Any] | None:
    """Rows of cells by the labels in the first one."""
    labels = items[0] if items else None
    if not isinstance(labels, (list, tuple)) or not all(isinstance(text, str) for text in labels):
        return None
    return [_zipped(labels, row) for row in items[1:]] if _names_calls(labels) else None


def _zipped(labels: Sequence[str], row: object) -> dict[str, Any] | _Misfit:
    """A row's cells by label; a sheet leaves out the blank ones at its end."""
    if not isinstance(row, (list, tuple)):
        return _Misfit("it is no list of cells")
    if len(row) > len(labels):
        return _Misfit(f"{len(row)} cells where the header has {len(labels)}")
    return dict(itertools.zip_longest(labels, row))


def _names_calls(labels: Iterable[object]) -> bool:
    names = {surely(label) for label in labels}
    return bool(names & {"call_id", "disconnection_reason"})


def _rows_of(fields: Mapping[Any, Any]) -> list[Any] | None:
    """The rows of a table that is laid out by columns, as `DataFrame.to_json` may write it."""
    cells = list(fields.values())
    if not cells or not _names_calls(fields):
        return _rows_beside_labels(fields)
    objects = all(isinstance(cell, Mapping) and not _is_scalar(cell) for cell in cells)
    if objects and len({frozenset(cell) for cell in cells}) == 1:  # else each is something else
        rows = dict.fromkeys(row for cell in cells for row in cell)
        ids = _ids(fields, [*rows])
        return [
            {**some, **{key: cell.get(row) for key, cell in fields.items()}}
            for row, some in zip(rows, ids, strict=True)
        ]
    if all(isinstance(cell, list) for cell in cells) and len({*map(len, cells)}) == 1:
        return [dict(zip(fields, row, strict=True)) for row in zip(*cells, strict=True)]
    return None


def _rows_beside_labels(fields: Mapping[Any, Any]) -> list[Any] | None:
    """The rows of a table whose labels stand in one field and whose cells in another."""
    lists = [cell for cell in fields.values() if isinstance(cell, list)]
    inner = [cell for cell in fields.values() if isinstance(cell, Mapping)]
    lists += [cell for each in inner for cell in each.values() if isinstance(cell, list)]
    headers = [labels for some in lists if (labels := _labels(some))]
    rows = next((some for some in lists if some and all(map(_is_row, some))), None)
    if not headers or rows is None:
        return None
    labels = headers[0]
    index = fields.get("index")
    own = index if isinstance(index, list) and len(index) == len(rows) else [*range(len(rows))]
    ids = _ids(labels, own)
    return [
        {**some, **cells} if isinstance(cells := _zipped(labels, row), dict) else cells
        for row, some in zip(rows, ids, strict=True)
    ]


def _labels(cells: list[Any]) -> list[str] | None:
    """The labels of a table, as texts or each as the name of what describes a column."""
    names = [cell.get("name") if isinstance(cell, Mapping) else cell for cell in cells]
    texts = [name for name in names if isinstance(name, str)]
    return texts if len(texts) == len(cells) and _names_calls(texts) else None


def _is_row(row: object) -> bool:
    return isinstance(row, (list, tuple))


def _ids(labels: Iterable[Any], index: list[Any]) -> list[dict[str, Any]]:
    """The ids of rows that only the index of their table tells."""
    recorded = any(surely(label) == "call_id" for label in labels)
    texts = all(isinstance(cell, str) and not cell.isdigit() for cell in index)
    return [{"call_id": cell} if texts and not recorded else {} for cell in index]


def _is_scalar(cell: Mapping[Any, Any]) -> bool:
    return not isinstance(scalar(cell), Mapping)


def _record(fields: Mapping[Any, Any]) -> dict[str, Any]:
    return {sound(str(key)): scalar(_plain_parts(cell, 4)) for key, cell in fields.items()}


def _plain_parts(cell: Any, depth: int) -> Any:
    """What stands in a record, with objects of classes as dicts."""
    if isinstance(cell, enum.Enum):
        return cell.value
    if cell is None or isinstance(cell, (str, bytes, int, float)) or not depth:
        return cell
    if isinstance(cell, list):
        return [_plain_parts(inner, depth) for inner in cell]
    fields: Mapping[Any, Any] | None = cell if isinstance(cell, dict) else None
    if fields is None and type(cell).__module__.split(".")[0] not in _NO_PARTS:
        fields = _fields_of(cell) or getattr(cell, "__dict__", None)
    if not fields:
        return cell
    return {key: _plain_parts(inner, depth - 1) for key, inner in fields.items()}


def _names_in(fields: Mapping[Any, Any]) -> dict[str, bool]:
    """The columns of which an object holds a value that is no object, and whether surely so."""
    names: dict[str, bool] = {}
    for key, cell in fields.items():
        name = named(key)
        if name is not None and not isinstance(scalar(cell), (Mapping, list, tuple)):
            names[name] = names.get(name, False) or surely(key) is not None
    return names


def has(record: object, column: str) -> bool:
    """Return whether a record has a value of a column, under any name.

    Examples
    --------
    >>> has({"id": 7}, "call_id"), has({"call_id": ""}, "call_id"), has("no record", "call_id")
    (True, False, False)
    """
    fields = record.items() if isinstance(record, Mapping) else ()
    return any(cell not in (None, "") for key, cell in fields if named(key) == column)


def names_reason(label: object) -> bool:
    """Return whether a label is surely that of the disconnection reason, with a prefix or not.

    Examples
    --------
    >>> names_reason("body.call.disconnection_reason"), names_reason("Reason")
    (True, False)
    """
    ends = plain(label).endswith("disconnectionreason")
    return ends or surely(label) == "disconnection_reason"


def names_reason_within(cell: object) -> bool:
    """Return whether a cell holds an object that holds a call with its reason.

    Examples
    --------
    >>> names_reason_within('{"call": {"end_reason": "dial_busy"}}')
    True
    """
    inner = opened(cell)
    if isinstance(inner, (str, int, float)):
        return False
    contents = _calls(inner, "", _DEEPEST)
    return any(isinstance(entry, dict) and _tells_ending(_names_in(entry)) for _, entry in contents)


def _tells_ending(names: Mapping[str, bool]) -> bool:
    """Whether there is a reason; a mere `reason` counts only beside other signs of a call."""
    sure = names.get("disconnection_reason")
    return bool(sure) or (sure is False and len(names) > _WEAK_NEED)
