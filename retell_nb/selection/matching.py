"""Which calls each filter applies to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls import ranges
from retell_nb.calls.agents import agents
from retell_nb.calls.dimensions import DIMENSIONS, answers, values
from retell_nb.calls.facts import recorded_seconds, when
from retell_nb.calls.phone_numbers.library import library
from retell_nb.calls.schema import require
from retell_nb.grouping import flags, word
from retell_nb.selection.filters import TEXTS, moment
from retell_nb.text import cleaned, did_you_mean
from retell_nb.vocabulary.reasons import STATUSES, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retell_nb.calls.ranges import Reader
    from retell_nb.engine.aliases import Column, Floats, Mask


__all__ = [
    "SEARCHED",
    "SPECIAL",
    "WORDED",
    "applies",
    "check_name",
    "column_of",
    "contains",
    "reader_of",
]

SEARCHED = (
    "call_id",
    "agent_id",
    "agent_name",
    "from_number",
    "to_number",
    "twilio_call_sid",
    "transfer_destination",
)
"""The columns that `search` looks through."""

SPECIAL = (*TEXTS, "duration", "cost", "agent")
"""The filters that are no values of a column."""

WORDED = ("reason", *WORDS)
"""The column words that calls are filtered by."""

_LISTED = 20
"""So many values are listed in full in a message; of more, the nearest."""

_ENUMERATIONS: Mapping[str, tuple[Any, ...]] = {
    "call_status": STATUSES,
    "call_type": ("phone_call", "web_call"),
    "direction": ("inbound", "outbound"),
    "hour": tuple(range(24)),
    "user_sentiment": ("Negative", "Positive", "Neutral", "Unknown"),
    "weekday": tuple(range(7)),
}
"""All values that a call can have there, as the API and the clock have them."""

_NAMES_COMPARED = 2_000
"""In so many values of a column a near one is looked for."""


def applies(
    calls: pd.DataFrame,
    name: str,
    value: Any,
    tz: str,
    vocabulary: pd.DataFrame,
    notes: list[str] | None = None,
) -> Mask:
    """Tell of each call whether one plain filter applies to it.

    `notes` takes the sentences on values that no call here has.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> applies(calls, "outcome", ["failed"], "UTC", REASONS).tolist()
    [False, True]
    """
    if name == "start":
        return flags(when(calls) >= moment(value, tz))
    if name == "end":
        return flags(when(calls) < moment(value, tz))
    if name == "search":
        return _having(calls, value)
    notes = [] if notes is None else notes
    if name == "agent" and answers(name, calls.columns):
        return _of_agents(calls, value, notes)
    column = column_of(calls, name, vocabulary, tz=tz)
    some = [one for one in value if one is not None]
    read = reader_of(name, column.dtype, tz)
    if read is None:
        _check_values(name, some, column, vocabulary, notes)
        mask = column.isin(some).to_numpy(dtype=bool)
    else:
        mask = _in_ranges(name, some, column, read)
    return mask | column.isna().to_numpy() if len(some) < len(value) else mask


def column_of(
    calls: pd.DataFrame, name: str, vocabulary: pd.DataFrame, *, tz: str = "UTC"
) -> Column:
    """Return the column that a filter of some name is about.

    Parameters
    ----------
    calls : DataFrame
    name : str
        A column word, a column of the calls, `duration` (in seconds), `cost` (in cents), or a
        dimension such as `country` or `hour`.
    vocabulary : DataFrame
    tz : str
        Time zone of the clock.

    Raises
    ------
    ValueError
        If there is none of that name; it lists those there are.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> column_of(calls, "outcome", REASONS).tolist()
    ['not_reached']
    """
    if name in WORDED:
        return word(calls, name, vocabulary)
    if name == "duration":
        require(calls, "duration_ms")
        return pd.Series(recorded_seconds(calls), index=calls.index, name=name)
    if name == "cost":
        require(calls, "combined_cost")
        return calls["combined_cost"]
    if answers(name, calls.columns):
        return values(calls, name, tz)
    if name in calls.columns:
        return calls[name]
    names = [*SPECIAL, *DIMENSIONS, *WORDED, *map(str, calls.columns)]
    raise ValueError(
        f"cannot select calls by {name!r}.{did_you_mean(name, names)} "
        f"Allowed: {', '.join(dict.fromkeys((*SPECIAL, *DIMENSIONS)))}; "
        f"the words {', '.join(WORDED)}; the columns {', '.join(map(cleaned, calls.columns))}."
    )


def check_name(calls: pd.DataFrame, name: str, vocabulary: pd.DataFrame, tz: str) -> None:
    """Raise the error of `column_of` if calls cannot be selected by a name.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> check_name(pd.DataFrame({"disconnection_reason": []}), "start", REASONS, "UTC")
    """
    if name not in SPECIAL:
        column_of(calls.head(0), name, vocabulary, tz=tz)


def reader_of(name: str, dtype: Any, tz: str) -> Reader | None:
    """Return what reads the ends of a range of a column, None for a column that has no ranges.

    Examples
    --------
    >>> reader_of("agent_id", "category", "UTC") is None
    True
    >>> reader_of("duration_ms", "Int64", "UTC")("2s")
    2000.0
    """
    kinds = pd.api.types
    if name in ("duration", "cost"):
        return ranges.seconds if name == "duration" else ranges.dollars
    if kinds.is_datetime64_any_dtype(dtype):
        return lambda end: moment(end, tz).timestamp()
    if not kinds.is_numeric_dtype(dtype) or kinds.is_bool_dtype(dtype):
        return None
    timed = name.endswith("_ms") or "_latency_" in name
    return ranges.milliseconds if timed else ranges.number


def _in_ranges(name: str, some: list[Any], column: Column, read: Reader) -> Mask:
    """Tell which numbers or times lie in one of some ranges."""
    try:
        parts = [ranges.parse(one, read) for one in some]
    except ValueError as error:
        raise ValueError(
            f"cannot select by {name}={some!r}: {error}. Write a value, a range such as "
            f'"{_EXAMPLES.get(name, "10..60")}", or {{"from": ..., "to": ...}}.'
        ) from None
    for part in parts if name in _ENUMERATIONS else ():
        if part.low == part.high and part.low not in _ENUMERATIONS[name]:
            allowed = _ENUMERATIONS[name]
            raise ValueError(f"no {name} is {part.low:g}. Allowed: {allowed[0]} to {allowed[-1]}.")
    cells, mask = _figures(column), np.zeros(len(column), dtype=bool)
    for part in parts:
        mask |= part.holds(cells)
    return mask


_EXAMPLES = {
    "duration": "10s..60s",
    "duration_ms": "10s..60s",
    "cost": ">=0.50",
    "day": "2026-03-02..2026-03-05",
    "week": ">=2026-03-02",
}


def _figures(column: Column) -> Floats:
    """Numbers as they are, times as seconds since 1970; not a number where one is missing."""
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        utc = pd.to_datetime(column, utc=True).dt.tz_localize(None).to_numpy("datetime64[ms]")
        figures = utc.astype(np.int64) / 1000
        figures[np.isnat(utc)] = np.nan
        return figures
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _of_agents(calls: pd.DataFrame, values: list[Any], notes: list[str]) -> Mask:
    """Tell which calls are of agents with some ids or names, be they names of several agents."""
    codes, keys, names = agents(calls)
    own = calls.get("agent_name", pd.Series(index=calls.index, dtype=object))
    matching = {-1} if None in values else set()
    for one in values:
        same = {code for code, pair in enumerate(zip(keys, names, strict=True)) if one in pair}
        same |= set(codes[flags(own.eq(one).astype("boolean"))]) if one is not None else set()
        if one is not None and not same:
            notes.append(_absent("agent", one, (*names, *keys)))
        matching |= same
    return np.isin(codes, [*matching])


def _check_values(
    name: str, values: list[Any], column: Column, vocabulary: pd.DataFrame, notes: list[str]
) -> None:
    """Refuse values that no call can have; note those that none of these calls has."""
    if any(isinstance(value, Mapping) for value in values):
        raise ValueError(f"{name} has no ranges: its values are {column.dtype}, not numbers.")
    occurring = {*column[column.isin(values)].unique()}
    wanting = [value for value in values if value not in occurring]
    allowed = _possible(name, column, vocabulary)
    for value in wanting:
        if allowed is None:
            notes.append(_absent(name, value, column.drop_duplicates().head(_NAMES_COMPARED)))
        elif value not in allowed:
            listed = f" Allowed: {', '.join(map(str, allowed))}." if len(allowed) <= _LISTED else ""
            raise ValueError(
                f"no call can have {name} {value!r}.{did_you_mean(value, allowed)}{listed}"
            )


def _possible(name: str, column: Column, vocabulary: pd.DataFrame) -> list[Any] | None:
    """Every value that a call can have in a column; None where it is an id, or anything."""
    if name == "reason":
        return vocabulary.index.tolist()
    if pd.api.types.is_bool_dtype(column.dtype):
        return [True, False]
    if name in WORDED:
        is_category = isinstance(column.dtype, pd.CategoricalDtype)
        return column.cat.categories.tolist() if is_category else None
    if name == "country":
        return [*sorted(library().SUPPORTED_REGIONS), "ZZ"]
    return [*_ENUMERATIONS[name]] if name in _ENUMERATIONS else None


def _absent(name: str, value: object, there: Iterable[object]) -> str:
    near = did_you_mean(value, [one for one in there if isinstance(one, str)])
    return f"No call here has {name} {value!r}.{near}"


def contains(texts: Column, text: str) -> Mask:
    """Tell of each text whether another one is in it, whatever its letter case.

    Examples
    --------
    >>> contains(pd.Series(["call_AB", None]), "ab").tolist()
    [True, False]
    """
    hit = texts.astype("str").str.contains(text, case=False, regex=False)
    return np.asarray(hit.to_numpy(dtype=bool) & texts.notna().to_numpy(), dtype=bool)


def _having(calls: pd.DataFrame, text: str) -> Mask:
    """Tell of each call whether a text is in one of its ids and numbers."""
    hit = np.zeros(len(calls), dtype=bool)
    for name in calls.columns.intersection(list(SEARCHED)):
        hit |= contains(calls[name], text)
    return hit
