"""Where a fault can be: the attributes whose values are looked at, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import (
    INBOUND,
    OUTBOUND,
    UNKNOWN,
    WEB,
    channel,
    direction,
    has_times,
    recorded_direction,
    when,
)
from retell_nb.calls.masking import countries
from retell_nb.calls.phone_numbers.countries import to_be_parsed
from retell_nb.calls.phone_numbers.numbering_plans import UNKNOWN_REGION
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.schema import is_filled
from retell_nb.engine.codes import Key, key, lookup, smallest
from retell_nb.engine.counts import key_among, table
from retell_nb.engine.periods import clock_key, milliseconds
from retell_nb.engine.steps import Steps, ends, whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Mask


__all__ = ["HOUR", "Place", "directed", "hour_bins", "outbound", "places", "times"]

HOUR = pd.Timedelta("1h")
"""The shortest span of time that is told apart."""

_HOUR = 3_600_000  # ms
_MOST_HOURS = 1 << 15  # from the first to the last call that are told apart as they stand
_MOST_LEVELS = 10_000
_MOST_CALLEES = 500_000  # whose country can be told in two or three seconds
_MOST_PARSED = 20_000  # the same, where they are not written as E.164


class Place(NamedTuple):
    """An attribute: the columns that make it, the value of each call, the values as filters."""

    columns: tuple[str, ...]
    key: Key
    always: dict[str, list[Any]]

    def filters(self, level: int) -> dict[str, list[Any]]:
        """Return a value as filters.

        Examples
        --------
        >>> Place(("agent_id",), key(pd.Series(["a", "b"])), {}).filters(1)
        {'agent_id': ['b']}
        """
        value = self.key.levels.iloc[level]
        values = value if len(self.columns) > 1 else (value,)
        choice = {
            name: [one.item() if isinstance(one, np.generic) else one]
            for name, one in zip(self.columns, values, strict=True)
        }
        return self.always | choice


def places(calls: pd.DataFrame, moments: Column, tz: str) -> tuple[list[Place], list[str]]:
    """Return the attributes that the calls have, and sentences on those that were not looked at.

    Examples
    --------
    >>> calls = pd.DataFrame({"agent_id": ["a", "b"]})
    >>> found, missing = places(calls, times(calls), "UTC")
    >>> [place.columns for place in found], missing[0]
    ([('agent_id',)], 'agent_version: not recorded')
    """
    attributes: list[Place] = []
    missing: list[str] = []
    agent = _agent(calls)
    for name, attribute in (
        ("agent_id", agent),
        ("agent_version", _version(calls, agent)),
        ("from_number", _number(calls)),
        ("direction", _plain(calls, "direction")),
        ("call_type", _plain(calls, "call_type")),
        ("country", _name_conflict(calls, "country") or _country(calls)),
        ("hour", _name_conflict(calls, "hour") or _clock(moments, tz, "hour")),
        ("weekday", _name_conflict(calls, "weekday") or _clock(moments, tz, "weekday")),
    ):
        if isinstance(attribute, str):
            missing.append(f"{name}: {attribute}")
        else:
            attributes.append(attribute)
    return attributes, missing


_UNTOLD = "not recorded"


def _tells(calls: pd.DataFrame, *names: str) -> bool:
    return all(name in calls.columns and (calls.empty or is_filled(calls[name])) for name in names)


def _name_conflict(calls: pd.DataFrame, name: str) -> str:
    """What to say where a column has the name of a filter, so that no calls could be selected."""
    return "the calls have a column of this name" if name in calls.columns else ""


def _plain(calls: pd.DataFrame, name: str) -> Place | str:
    return Place((name,), key(calls[name]), {}) if _tells(calls, name) else _UNTOLD


def _agent(calls: pd.DataFrame) -> Place | str:
    """An agent; calls without one are a segment of their own, the last.

    By its id, or by its name where calls have names alone: so a segment can be selected again.
    """
    by_id = _tells(calls, "agent_id") or not _tells(calls, "agent_name")
    place = _plain(calls, "agent_id" if by_id else "agent_name")
    if isinstance(place, str) or (place.key.codes >= 0).all():
        return place
    levels = place.key.levels
    codes = np.where(place.key.codes < 0, len(levels), place.key.codes)
    with_none = pd.Series([*levels.tolist(), None], dtype=object)
    return Place(place.columns, Key(place.key.name, codes, with_none), {})


def _version(calls: pd.DataFrame, of_agent: Place | str) -> Place | str:
    """A version means something with its agent only."""
    if isinstance(of_agent, str) or not _tells(calls, "agent_version"):
        return _UNTOLD
    names = (*of_agent.columns, "agent_version")
    agent, version = (key(calls[name]) for name in names)
    size = len(version.levels)
    cell = agent.codes.astype(np.int64) * size + version.codes
    cell[(agent.codes < 0) | (version.codes < 0)] = -1
    codes, cells = pd.factorize(np.where(cell < 0, np.nan, cell), sort=True)
    pairs = [(agent.levels.iloc[int(c) // size], version.levels.iloc[int(c) % size]) for c in cells]
    return Place(names, Key("agent_version", codes, pd.Series(pairs, dtype=object)), {})


def outbound(calls: pd.DataFrame) -> Mask:
    """Return which calls go out; where no direction is recorded, all that may.

    Examples
    --------
    >>> outbound(pd.DataFrame({"direction": ["inbound", "outbound"]})).tolist()
    [False, True]
    """
    ways = recorded_direction(calls)
    if len(ways) and (ways == UNKNOWN).all():
        return np.asarray((direction(calls) != INBOUND) & (channel(calls) != WEB))
    return np.asarray(ways == OUTBOUND)


def directed(places: Sequence[Place]) -> Place | None:
    """Return the attribute that tells directions: `direction`, else `call_type` if that does.

    Examples
    --------
    >>> calls = pd.DataFrame({"call_type": ["outbound_phone_call", "web_call"]})
    >>> directed(places(calls, times(calls), "UTC")[0]).columns
    ('call_type',)
    """
    by_column = {place.columns: place for place in places}
    of_type = by_column.get(("call_type",))
    if of_type is not None and (_ways(of_type) == UNKNOWN).all():
        of_type = None
    return by_column.get(("direction",), of_type)


def _ways(place: Place) -> npt.NDArray[np.int8]:
    return recorded_direction(pd.DataFrame({place.columns[0]: place.key.levels}))


def _number(calls: pd.DataFrame) -> Place | str:
    """The number that dials; of a call that comes in it is a stranger's."""
    if not _tells(calls, "from_number"):
        return _UNTOLD
    dialing = key_among(calls["from_number"], outbound(calls))
    if len(dialing.levels) > _MOST_LEVELS:
        return f"more than {_MOST_LEVELS:,} numbers"
    ways = [_plain(calls, name) for name in ("direction", "call_type")]
    direction = directed([way for way in ways if isinstance(way, Place)])
    always = {}
    if direction is not None:
        always[direction.columns[0]] = direction.key.levels[_ways(direction) == OUTBOUND].tolist()
    return Place(("from_number",), dialing, always)


def _country(calls: pd.DataFrame) -> Place | str:
    if not _tells(calls, "to_number"):
        return _UNTOLD
    if calls["to_number"].nunique() > _MOST_CALLEES:
        return f"more than {_MOST_CALLEES:,} numbers called"
    codes, called = spellings(calls["to_number"])
    if to_be_parsed(called) > _MOST_PARSED:
        return f"more than {_MOST_PARSED:,} numbers called that are not written as E.164"
    names = pd.Series(countries(called), dtype=object, name="country")
    own = key(names.where(names != UNKNOWN_REGION))
    if not len(own.levels):
        return "no number called tells its country"
    return Place(("country",), own._replace(codes=np.append(own.codes, -1)[codes]), {})


def _clock(moments: Column, tz: str, unit: str) -> Place | str:
    """Hours of the day, or weekdays, of which 0 is Monday."""
    if len(moments) and moments.isna().all():
        return _UNTOLD
    clock = clock_key(milliseconds(moments), tz, unit)
    codes = clock.codes if isinstance(clock.codes, np.ndarray) else whole(clock.codes)
    return Place((unit,), clock._replace(codes=codes), {})


def times(calls: pd.DataFrame) -> Column:
    """Time of each call, missing where the calls tell no times at all.

    Examples
    --------
    >>> times(pd.DataFrame({"disconnection_reason": ["dial_busy"]})).isna().tolist()
    [True]
    """
    if has_times(calls):
        return when(calls)
    return pd.Series(pd.NaT, index=calls.index, dtype=pd.DatetimeTZDtype("ms", "UTC"))


def hour_bins(moments: Column) -> Key:
    """Return the hour of each call; the levels are the hours in which there are calls, in order.

    Examples
    --------
    >>> hours = pd.Series(pd.to_datetime(["2026-03-02T10:20Z", None], format="ISO8601"))
    >>> hour_bins(hours).levels.dt.hour.tolist()
    [10]
    """
    numbers = milliseconds(moments)
    first, last = (moment // _HOUR for moment in ends(numbers) or (0, 0))
    if last - first >= _MOST_HOURS:
        return key(moments.dt.floor("h").rename("period"))
    size = last - first + 1
    every = np.arange(size, dtype=smallest(size))
    codes = whole(Steps(numbers, first * _HOUR, _HOUR, every))
    hours = Key("period", codes, pd.Series(every))
    occurring = np.flatnonzero(table([hours], len(codes))[:-1])
    if len(occurring) < size:
        ranks = np.full(size + 1, -1, dtype=codes.dtype)
        ranks[occurring] = np.arange(len(occurring))
        (codes,) = lookup(codes, ranks)
    times = ((first + occurring) * _HOUR).astype("M8[ms]")
    levels = pd.Series(times).dt.tz_localize("UTC").astype(moments.dtype)
    return Key("period", codes, levels)
