"""What a call is: each fact of a call, decided once.

Every function takes calls and gives an array aligned to them. Its docstring says what it falls
back on where a column is missing or a cell is empty; what nothing implies stays unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.schema import DTYPES, require, require_times
from retell_nb.engine.codes import Key, key, lookup, parts
from retell_nb.engine.counts import count
from retell_nb.engine.periods import milliseconds
from retell_nb.engine.steps import FirstKnown
from retell_nb.engine.threads import blocks, spread
from retell_nb.vocabulary.lookup import endings_of
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Floats, Ints, Mask
    from retell_nb.vocabulary.lookup import Endings

    Side = npt.NDArray[np.int8]
    Unit: TypeAlias = Literal["s", "ms", "us", "ns"]

__all__ = [
    "INBOUND",
    "OUTBOUND",
    "PHONE",
    "TIMES",
    "UNKNOWN",
    "WEB",
    "answered",
    "channel",
    "direction",
    "ended_at",
    "endings",
    "has_times",
    "known_times",
    "machine",
    "moments",
    "own_number",
    "person",
    "recorded_direction",
    "recorded_seconds",
    "recorded_sides",
    "seconds",
    "when",
]

UNKNOWN = -1
PHONE, WEB = 0, 1
INBOUND, OUTBOUND = 0, 1

TIMES = ("start_timestamp", "end_timestamp", "event_timestamp")
"""The columns that tell the time of a call: each counts where those before it are missing."""

_WAYS = ((INBOUND, r"\bin(bound|coming)?\b|received"), (OUTBOUND, r"\bout(bound|going)?\b|dialed"))
_CHANNELS = ((WEB, r"\bweb\b|browser"), (PHONE, r"\bphone\b|telephon|\bpstn\b|\bsip\b"))
_DAY = pd.Timedelta("1D")
_YEAR = pd.Timedelta("365D")  # a time of 1970 is none
_UNITS = ("s", "ms", "us", "ns")


def endings(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Endings:
    """How each call ended: its reason, its recorded status, and whether a voicemail took it.

    Without `call_status`, a call that has no reason is one that nobody knows the ending of, never
    one in progress. Without `in_voicemail`, a hang-up is one of a person.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`; `call_status` and `in_voicemail` where there are any.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["user_hangup"], "in_voicemail": [True]})
    >>> endings(calls).columns("status", "outcome")["outcome"].tolist()
    ['machine']
    """
    require(calls, "disconnection_reason")
    others = (calls.get(name) for name in ("call_status", "in_voicemail"))
    return endings_of(calls["disconnection_reason"], *others, vocabulary=vocabulary)


def answered(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether somebody or something picked up; no where the ending is unknown.

    Examples
    --------
    >>> answered(pd.DataFrame({"disconnection_reason": ["voicemail_reached", "dial_busy", None]}))
    array([ True, False, False])
    """
    ending = endings(calls, vocabulary)
    return lookup(ending.codes, ending.are("answered", value=True))[0]


def machine(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether a voicemail or a phone menu answered, by the reason or by `in_voicemail`.

    Without `in_voicemail`, only the reason can say so. No where nothing answered or the ending is
    unknown.

    Examples
    --------
    >>> reasons = ["ivr_reached", "inactivity", "user_hangup"]
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "in_voicemail": [None, True, False]})
    >>> machine(calls)
    array([ True,  True, False])
    """
    ending = endings(calls, vocabulary)
    return lookup(ending.codes, ending.machine)[0]


def seconds(calls: pd.DataFrame) -> Floats:
    """Durations in seconds; not a number where a call records none, or one below zero.

    Falls back on nothing: readers fill `duration_ms` in from start and end.

    Examples
    --------
    >>> seconds(pd.DataFrame({"duration_ms": pd.array([1500, None], dtype="Int64")})).tolist()
    [1.5, nan]
    """
    lasted = recorded_seconds(calls)
    return np.where(lasted >= 0, lasted, np.nan)


def recorded_seconds(calls: pd.DataFrame) -> Floats:
    """Durations in seconds as they are on record, also those below zero, which cannot be.

    Examples
    --------
    >>> recorded_seconds(pd.DataFrame({"duration_ms": [-1500]})).tolist()
    [-1.5]
    """
    if "duration_ms" not in calls.columns:
        return np.full(len(calls), np.nan)
    values, missing = parts(calls["duration_ms"].array)
    lasted = np.empty(len(calls))

    def fill(rows: slice) -> None:
        np.divide(values[rows], 1000, out=lasted[rows])
        if missing is not None:
            lasted[rows][missing[rows]] = np.nan

    spread(fill, blocks(len(lasted)))
    return lasted


def has_times(calls: pd.DataFrame) -> bool:
    """Whether the calls have a column that may tell their time.

    Examples
    --------
    >>> has_times(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
    False
    """
    return any(name in calls.columns for name in TIMES)


def when(calls: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Time of each call: its start, or its end, or the time of the webhook that reported it.

    A call that never connected may have no start, and as a webhook not even an end. A time in 1970
    counts as missing: it comes of seconds that were read as milliseconds, and `audit` lists it.

    Parameters
    ----------
    calls : DataFrame
        With one of `TIMES` at least.

    Returns
    -------
    Series of datetime64[UTC]
        Missing where a call has no time at all.

    Raises
    ------
    ValueError
        If the calls have no column of times, or one that does not hold UTC datetimes.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", None], format="ISO8601")
    >>> ends = pd.to_datetime(["2026-03-01T10:01Z", "2026-03-01T11:00Z"])
    >>> when(pd.DataFrame({"start_timestamp": times, "end_timestamp": ends})).dt.hour.tolist()
    [10, 11]
    """
    numbers, unit = known_times(calls)
    times = np.empty(len(calls), dtype=np.int64)

    def fill(rows: slice) -> None:
        times[rows] = numbers[rows]

    spread(fill, blocks(len(times)))
    utc = pd.Series(times.view(f"M8[{unit}]"), calls.index, copy=False).dt.tz_localize("UTC")
    first = next(name for name in TIMES if name in calls.columns)
    return utc.dt.tz_convert(calls[first].dt.tz).rename("when")


def moments(calls: pd.DataFrame) -> Ints | FirstKnown:
    """Return the times of calls, as `when` has them, in ms since 1970, to be read in slices.

    Examples
    --------
    >>> calls = pd.DataFrame({"start_timestamp": pd.to_datetime(["2026-03-01T10:00Z"])})
    >>> moments(calls)[0:1].tolist()
    [1772359200000]
    """
    numbers, unit = known_times(calls)
    return numbers if unit == "ms" else milliseconds(when(calls))


def known_times(calls: pd.DataFrame) -> tuple[FirstKnown, Unit]:
    """Return the times of calls, as `when` has them, since 1970, and their unit.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T10:00Z"]).as_unit("s")
    >>> times, unit = known_times(pd.DataFrame({"start_timestamp": start}))
    >>> times[0:1].tolist(), unit
    ([1772359200], 's')
    """
    names = [name for name in TIMES if name in calls.columns]
    if not names:
        raise ValueError(
            f"no call has a time: the calls lack {', '.join(TIMES)}; they have "
            f"{', '.join(map(str, calls.columns)) or 'none'}. Bring them into form with "
            "retell_nb.as_calls(df, columns={'my name': 'start_timestamp'})."
        )
    require_times(calls, *names)
    arrays: list[Any] = [calls[name].array for name in names]
    unit = max((array.unit for array in arrays), key=_UNITS.index)
    year = int(_YEAR / pd.Timedelta(1, unit))
    same = (array if array.unit == unit else array.as_unit(unit) for array in arrays)
    return FirstKnown([np.asarray(array.view("i8")) for array in same], year), unit


def ended_at(calls: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Time at which each call ended.

    Falls back on the time of the call (`when`) where no end is recorded, and where the end lies
    before the start or more than a day after it, which cannot be right.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-01T11:00Z"])
    >>> ends = pd.to_datetime(["2026-03-01T10:30Z", None], format="ISO8601")
    >>> calls = pd.DataFrame({"start_timestamp": times, "end_timestamp": ends})
    >>> ended_at(calls).dt.strftime("%H:%M").tolist()
    ['10:30', '11:00']
    """
    times = when(calls)
    if "end_timestamp" not in calls.columns:
        return times
    ends = calls["end_timestamp"]
    return ends.where(ends.between(times, times + _DAY), times)


def channel(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Side:
    """Channel of each call: `PHONE`, `WEB` or `UNKNOWN`.

    Reads `call_type` in whatever words ("web_call", "outbound_phone_call"). Falls back on what
    only a phone call has: a direction, a phone number, or a reason of the dialing stage.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "dial_busy", "user_hangup"],
    ...     "call_type": ["web_call", None, None],
    ... })
    >>> channel(calls).tolist()
    [1, 0, -1]
    """
    recorded = _read(calls, "call_type", _CHANNELS)
    rows = np.flatnonzero(recorded == UNKNOWN)
    if len(rows):
        others = calls.iloc[rows]
        phone = direction(others, vocabulary) != UNKNOWN
        for number in ("from_number", "to_number"):
            if number in calls.columns:
                phone |= others[number].notna().to_numpy()
        recorded[rows[phone]] = PHONE
    return recorded


def recorded_direction(calls: pd.DataFrame) -> Side:
    """Direction of each call as it is recorded: `INBOUND`, `OUTBOUND` or `UNKNOWN`.

    Reads `direction` in whatever words ("Outgoing"). Falls back on `call_type` where that names a
    direction ("outbound_phone_call").

    Examples
    --------
    >>> recorded_direction(pd.DataFrame({"direction": ["Outgoing", None, "inbound"]})).tolist()
    [1, -1, 0]
    """
    ways = _read(calls, "direction", _WAYS)
    rows = np.flatnonzero(ways == UNKNOWN)
    if len(rows) and "call_type" in calls.columns:
        ways[rows] = _read(calls[["call_type"]].iloc[rows], "call_type", _WAYS)
    return ways


def direction(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Side:
    """Direction of each call: `INBOUND`, `OUTBOUND` or `UNKNOWN`.

    As `recorded_direction`; falls back on the reason: only an outbound call ends while dialing.

    Examples
    --------
    >>> direction(pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})).tolist()
    [1, -1]
    """
    ways = recorded_direction(calls)
    rows = np.flatnonzero(ways == UNKNOWN)
    if len(rows) and "disconnection_reason" in calls.columns:
        reasons = calls["disconnection_reason"].iloc[rows]
        ending = endings_of(reasons, vocabulary=vocabulary)
        ways[rows[ending.rows(ending.are("stage", "dialing"))]] = OUTBOUND
    return ways


def _read(calls: pd.DataFrame, name: str, words: tuple[tuple[int, str], ...]) -> Side:
    """Codes of a column by the words in its distinct values; unknown where it has none of them."""
    if name not in calls.columns:
        return np.full(len(calls), UNKNOWN, dtype=np.int8)
    column, sides = _by_value(calls[name], words)
    return lookup(column.codes, sides)[0]


def _by_value(column: Column, words: tuple[tuple[int, str], ...]) -> tuple[Key, Side]:
    """A column as a key, and the code of each of its values by the words in it; none of none."""
    values = key(column)
    codes = np.full(len(values.levels) + 1, UNKNOWN, dtype=np.int8)
    for place, level in enumerate(values.levels):
        text = re.sub(r"[^a-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(level)).lower())
        codes[place] = next((code for code, word in words if re.search(word, text)), UNKNOWN)
    return values, codes


def recorded_sides(calls: pd.DataFrame) -> tuple[tuple[Key, Side], tuple[Key, Side]] | None:
    """Return direction and channel as keys, and the side that each code of these stands for.

    None where not all that matters is on record: the channel of each call, and the direction of
    those that are no web calls. Then the other functions tell more.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": ["outbound", None], "call_type": "phone_call"})
    >>> recorded_sides(calls) is None
    True
    >>> (way, sides), _ = recorded_sides(calls.assign(direction="Outgoing"))
    >>> sides[way.codes].tolist()
    [1, 1]
    """
    if not {"direction", "call_type"} <= {*calls.columns}:
        return None
    columns = _by_value(calls["direction"], _WAYS), _by_value(calls["call_type"], _CHANNELS)
    if all(UNKNOWN not in sides[:-1] and own.codes.min(initial=0) == 0 for own, sides in columns):
        return columns  # nothing is missing
    counts = count([own for own, _ in columns], len(calls))
    way, medium = (
        sides[np.append(np.arange(len(sides) - 1), -1)[place]]
        for (_, sides), place in zip(columns, counts.places, strict=True)
    )
    lacking = (medium == UNKNOWN) | ((way == UNKNOWN) & (medium != WEB))
    return None if lacking.any() else columns


def person(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Column:
    """Number of the person on the other side: the callee of an outbound call, the caller else.

    Missing where the direction is unknown, and for web calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": ["inbound", "outbound"], "from_number": ["+1", "+2"]})
    >>> person(calls.assign(to_number=["+3", "+4"])).tolist()
    ['+1', '+4']
    """
    return _number(calls, "to_number", "from_number", vocabulary)


def own_number(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Column:
    """One's own number: the caller of an outbound call, the number that an inbound call reached.

    Missing where the direction is unknown, and for web calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": ["inbound", "outbound"], "from_number": ["+1", "+2"]})
    >>> own_number(calls.assign(to_number=["+3", "+4"])).tolist()
    ['+3', '+2']
    """
    return _number(calls, "from_number", "to_number", vocabulary)


def _number(calls: pd.DataFrame, outbound: str, inbound: str, vocabulary: pd.DataFrame) -> Column:
    ways = direction(calls, vocabulary)
    nothing = pd.Series(None, index=calls.index, dtype=DTYPES["text"])
    there, back = (calls.get(name, nothing) for name in (outbound, inbound))
    if not isinstance(there.dtype, pd.StringDtype) or there.dtype != back.dtype:
        there, back = there.astype(object), back.astype(object)
    numbers: Column = there.where(ways == OUTBOUND, back.where(ways == INBOUND))
    return numbers.rename("number")
