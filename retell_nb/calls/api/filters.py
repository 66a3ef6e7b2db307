"""Questions to the list of calls: plain Python in, the API's typed filters out.

The API wants each condition as ``{"type", "op", "value"}``. Here a string, a number, a range or a
list says the same, and a condition that is written out already is taken as it is.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from typing import Any, TypeAlias

from retell_nb.calls import ranges
from retell_nb.text import did_you_mean

__all__ = ["FILTERS", "criteria", "milliseconds", "question"]

Filter: TypeAlias = dict[str, Any]
Reader: TypeAlias = Callable[[Any], Any]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_STRING_OPS = ("eq", "ne", "sw", "ew", "co")
_NUMBER_OPS = ("eq", "ne", "gt", "ge", "lt", "le")


def criteria(filters: Mapping[str, Any]) -> Filter:
    """Conditions on calls in the API's grammar; all of them must hold.

    Parameters
    ----------
    filters : mapping
        By the names of `FILTERS`. A name with the value None is left out.

        - enumerations: a string or an iterable of strings, any of which may hold
        - strings: the string itself, or a pair (op, string) with op one of eq, ne, sw (starts
          with), ew (ends with), co (contains)
        - numbers: the number itself; a range as for `calls.retell.select`, ``"10s..60s"`` or
          ``{"from": ..., "to": ...}``, which leaves its upper end out; a range (low, high) that
          holds both its ends, where None leaves one end open; or a pair (op, number) with op one
          of eq, ne, gt, ge, lt, le. `duration_ms` and `combined_cost` are in the API's units,
          `duration` is in seconds and `cost` in dollars
        - timestamps: like numbers, given as anything `milliseconds` takes
        - flags: True or False
        - `agent`: an agent id, ``{"agent_id": …, "version": [3, 4]}``, or a list of these
        - `metadata` and its kind: ``{key: value}`` with a value as above; for ``...`` the key
          must be present, for None it must not
        - `tool_calls`: ``{"name": …, "success": …, "latency_ms": …}``, or a list of these

    Returns
    -------
    dict
        The `filter_criteria` of a request.

    Raises
    ------
    ValueError
        If a name or the form of a value is not known; it lists what is.

    Examples
    --------
    >>> criteria({"disconnection_reason": "dial_failed"})
    {'disconnection_reason': {'type': 'enum', 'op': 'in', 'value': ['dial_failed']}}
    >>> criteria({"duration_ms": (0, 10_000)})
    {'duration_ms': {'type': 'range', 'op': 'bt', 'value': [0, 10000]}}
    >>> criteria({"duration": "<10s"})
    {'duration_ms': {'type': 'number', 'op': 'lt', 'value': 10000}}
    """
    names = [*FILTERS, *_OURS]
    unknown = sorted(set(filters) - {*names})
    if unknown:
        raise ValueError(
            f"there is no filter {', '.join(unknown)}.{did_you_mean(unknown[0], names)} "
            f"There are {', '.join(names)}."
        )
    conditions: Filter = {}
    for name, value in filters.items():
        column, reader = _OURS.get(name) or (name, FILTERS[name])
        if value is not None and column in conditions:
            raise ValueError(f"{name} and {column} are two filters of one field; give one of them")
        if value is not None:
            conditions[column] = _read(name, reader, value)
    return conditions


def question(
    filters: Mapping[str, Any], *, sort_order: str = "ascending", include_total: bool = False
) -> Filter:
    """Body of a request for the calls that match, but for the size of the page.

    Examples
    --------
    >>> question({}, include_total=True)
    {'sort_order': 'ascending', 'include_total': True}
    """
    if sort_order not in ("ascending", "descending"):
        raise ValueError(f"sort_order={sort_order!r} is neither ascending nor descending")
    conditions = criteria(filters)
    return {
        "sort_order": sort_order,
        **({"filter_criteria": conditions} if conditions else {}),
        **({"include_total": True} if include_total else {}),
    }


def milliseconds(moment: Any) -> int | float:
    """Milliseconds since 1970 of a moment, which is how the API tells time.

    Parameters
    ----------
    moment : datetime, Timestamp, date, str or number
        A string is in ISO 8601; a number is in milliseconds already. What has no time zone is
        in UTC; a date is its first moment.

    Examples
    --------
    >>> milliseconds("2026-03-01T01:00+01:00")
    1772323200000
    """
    if isinstance(moment, str):
        moment = dt.datetime.fromisoformat(moment)
    elif isinstance(moment, dt.date) and not isinstance(moment, dt.datetime):
        moment = dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
    if not isinstance(moment, dt.datetime):
        return _figure(moment)
    _refuse(moment != moment, "a missing time")  # noqa: PLR0124 - the test for NaT
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (aware - _EPOCH) // dt.timedelta(milliseconds=1)


def _read(name: str, reader: Reader, value: Any) -> Any:
    if isinstance(value, Mapping) and {"type", "op"} <= value.keys():
        return dict(value)
    try:
        return reader(value)
    except (TypeError, ValueError) as error:  # Python's own words would not say what is allowed
        own = isinstance(error, _FormError) or reader not in _FORMS
        why = error if own else f"give {_FORMS[reader]}"
        raise ValueError(f"cannot filter by {name}={value!r}: {why}") from None


class _FormError(ValueError):
    """A value has the wrong form; the message says what is wrong with it."""


def _refuse(wrong: object, what: str) -> None:
    if wrong:
        raise _FormError(what)


def _condition(kind: str, op: str, value: Any) -> Filter:
    return {"type": kind, "op": op, "value": value}


def _enumeration(value: Any) -> Filter:
    values = [value] if isinstance(value, str) else list(value)
    _refuse(not values, "an empty list would match no call; give at least one value")
    return _condition("enum", "in", [_text(each) for each in values])


def _string(value: Any) -> Filter:
    op, text = value if isinstance(value, tuple) else ("eq", value)
    _refuse(op not in _STRING_OPS, f"{op!r} is not one of {', '.join(_STRING_OPS)}")
    return _condition("string", op, _text(text))


def _id(value: Any) -> Filter:
    return _string(value) if isinstance(value, str | tuple) else _enumeration(value)


def _number(value: Any) -> Filter:
    return _scalar(value, _figure, ranges.number)


def _latency(value: Any) -> Filter:
    return _scalar(value, _figure, ranges.milliseconds)


def _length(value: Any) -> Filter:
    return _scalar(value, _figure, ranges.milliseconds, whole=True)


def _time(value: Any) -> Filter:
    return _scalar(value, milliseconds, milliseconds, whole=True)


def _in_seconds(value: Any) -> Filter:
    def read(end: Any) -> float:
        return 1000 * ranges.seconds(end)

    return _pair(value, read) if isinstance(value, tuple) else _ranged(value, read, whole=True)


def _in_dollars(value: Any) -> Filter:
    read = ranges.dollars
    return _pair(value, read) if isinstance(value, tuple) else _ranged(value, read)


def _ranged(value: Any, read: Reader, *, whole: bool = False) -> Filter:
    """Condition on a range, which leaves its upper end out, as the API's own ranges do not."""
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    _refuse(isinstance(value, list), "the API asks for one value or one range at a time")
    low, high, after, through = ranges.parse(value, read)
    if low is None or low == high:
        op = "eq" if low == high else ("le" if through else "lt")
        return _condition("number", op, _plain(high))
    if high is None:
        return _condition("number", "gt" if after else "ge", _plain(low))
    below = math.ceil(high) - 1 if whole else math.nextafter(high, -math.inf)
    return _condition("range", "bt", [_plain(low), _plain(below)])


def _plain(number: float | None) -> int | float | None:
    return int(number) if number is not None and number == int(number) else number


def _scalar(value: Any, as_number: Reader, read: Reader, *, whole: bool = False) -> Filter:
    """Condition on one number, or on a range of numbers."""
    ranged = isinstance(value, str) and (as_number is _figure or re.search(r"^[<>=]|\.\.", value))
    if ranged or isinstance(value, Mapping | list):
        return _ranged(value, read, whole=whole)
    if not isinstance(value, tuple):
        return _condition("number", "eq", as_number(value))
    return _pair(value, as_number)


def _pair(value: tuple[Any, ...], as_number: Reader) -> Filter:
    """Condition on a pair: (low, high), which holds both its ends, or (op, number)."""
    _refuse(len(value) != 2, "give a pair: (low, high), or (op, number)")
    first, second = value
    if first in _NUMBER_OPS:
        return _condition("number", first, as_number(second))
    _refuse(first is None and second is None, "both ends are open; leave the filter out")
    if first is None or second is None:
        op, end = ("le", second) if first is None else ("ge", first)
        return _condition("number", op, as_number(end))
    low, high = as_number(first), as_number(second)
    _refuse(low > high, f"the range runs backwards, from {low} to {high}")
    return _condition("range", "bt", [low, high])


def _flag(value: Any) -> Filter:
    _refuse(value not in (True, False), "give True or False")
    return _condition("boolean", "eq", bool(value))


def _agents(value: Any) -> list[Filter]:
    each = [value] if isinstance(value, str | Mapping) else list(value)
    return [dict(one) if isinstance(one, Mapping) else {"agent_id": _text(one)} for one in each]


def _keyed(value: Any) -> list[Filter]:
    """Conditions on an object's keys."""
    if not isinstance(value, Mapping):
        return [dict(one) for one in value]
    return [{**_any(one), "key": key} for key, one in value.items()]


def _any(value: Any) -> Filter:
    """Condition of the kind that the value is of."""
    if value is None or value is ...:
        return {"type": "present", "op": "np" if value is None else "pr"}
    if isinstance(value, Mapping):
        return dict(value)
    return _kind_of(value)(value)


def _kind_of(value: Any) -> Callable[[Any], Filter]:
    kinds = ((bool, _flag), (str, _string), (Real, _number), (list | set | frozenset, _enumeration))
    for kind, reader in kinds:
        if isinstance(value, kind):
            return reader
    is_string = isinstance(value, tuple) and value[0] in _STRING_OPS and isinstance(value[1], str)
    return _string if is_string else _number


def _tools(value: Any) -> list[Filter]:
    each = [value] if isinstance(value, Mapping) else list(value)
    return [_tool(one) for one in each]


def _tool(wishes: Mapping[str, Any]) -> Filter:
    unknown = set(wishes) - set(_TOOL_PARTS)
    _refuse(unknown, f"{unknown} is not of a tool; {', '.join(_TOOL_PARTS)} are")
    return {part: _TOOL_PARTS[part](wish) for part, wish in wishes.items()}


def _text(value: Any) -> str:
    _refuse(not isinstance(value, str), f"{value!r} is not a string")
    return str(value)


def _figure(value: Any) -> int | float:
    number = isinstance(value, Real) and not isinstance(value, bool)
    _refuse(not number or value - value != 0, f"{value!r} is not a finite number")
    return int(value) if isinstance(value, Integral) else float(value)


_TOOL_PARTS: Mapping[str, Reader] = {
    "name": _text,
    "type": _text,
    "success": _flag,
    "latency_ms": _number,
}

_FORMS: Mapping[Reader, str] = {
    _agents: "an agent id, {'agent_id': ..., 'version': [3, 4]}, or a list of these",
    _enumeration: "a string or a list of strings",
    _flag: "True or False",
    _id: "a string, a list of strings, or a pair (op, string)",
    _keyed: "{key: value}, or a list of conditions as the API has them",
    _latency: "a number of milliseconds, a range such as 1s..2s, or a pair (op, number)",
    _length: "a number of milliseconds, a range such as 1s..2s, or a pair (op, number)",
    _number: "a number, a range such as 10..60, a pair (low, high), or a pair (op, number)",
    _string: "a string or a pair (op, string)",
    _time: "a time such as 2026-03-01T14:00, a pair (from, to), or a pair (op, time)",
    _tools: "{'name': ..., 'success': ..., 'latency_ms': ...}, or a list of these",
}
"""What each reader takes, for the message about a value that it cannot make sense of."""

FILTERS: Mapping[str, Reader] = {
    "agent": _agents,
    "agent_tag": _enumeration,
    "batch_call_id": _string,
    "call_id": _id,
    "call_status": _enumeration,
    "call_successful": _flag,
    "call_type": _enumeration,
    "combined_cost": _number,
    "custom_analysis_data": _keyed,
    "custom_attributes": _keyed,
    "data_storage_setting": _enumeration,
    "direction": _enumeration,
    "disconnection_reason": _enumeration,
    "duration_ms": _length,
    "dynamic_variables": _keyed,
    "e2e_latency_p50": _latency,
    "end_timestamp": _time,
    "from_number": _string,
    "in_voicemail": _flag,
    "metadata": _keyed,
    "start_timestamp": _time,
    "to_number": _string,
    "tool_calls": _tools,
    "user_sentiment": _enumeration,
}
"""Every condition that the list of calls can be put under, and what reads its value."""

_OURS: Mapping[str, tuple[str, Reader]] = {
    "cost": ("combined_cost", _in_dollars),
    "duration": ("duration_ms", _in_seconds),
}
"""Our own names for fields of the API, in units that people use."""
