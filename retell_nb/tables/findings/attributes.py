"""Where a fault can be: the attributes whose values are looked at, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.masking import country
from retell_nb.calls.phone_numbers.countries import must_be_parsed
from retell_nb.calls.schema import when
from retell_nb.engine.codes import Key, key
from retell_nb.engine.periods import local
from retell_nb.grouping import flags

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Mask


__all__ = ["HOUR", "Place", "hour_bins", "outbound", "places", "times"]

HOUR = pd.Timedelta("1h")
"""The shortest span of time that is told apart."""

_MOST_LEVELS = 10_000
_MOST_CALLEES = 500_000  # whose country can be told in two or three seconds
_MOST_PARSED = 20_000  # the same, where they are not written as E.164


class Place(NamedTuple):
    """An attribute: the columns that make it, the value of each call, the values as choices."""

    columns: tuple[str, ...]
    key: Key
    always: dict[str, list[Any]]

    def choices(self, level: int) -> dict[str, list[Any]]:
        """Return a value as choices.

        Examples
        --------
        >>> Place(("agent_id",), key(pd.Series(["a", "b"])), {}).choices(1)
        {'agent_id': ['b']}
        """
        value = self.key.levels.iloc[level]
        values = value if len(self.columns) > 1 else (value,)
        told = {
            name: [one.item() if isinstance(one, np.generic) else one]
            for name, one in zip(self.columns, values, strict=True)
        }
        return self.always | told


def places(calls: pd.DataFrame, moments: Column, tz: str) -> tuple[list[Place], list[str]]:
    """Return the attributes that the calls have, and sentences on those that were not looked at.

    Examples
    --------
    >>> calls = pd.DataFrame({"agent_id": ["a", "b"]})
    >>> found, missing = places(calls, times(calls), "UTC")
    >>> [place.columns for place in found], missing[0]
    ([('agent_id',)], 'agent_version: the calls do not tell it')
    """
    found: list[Place] = []
    missing: list[str] = []
    for name, made in (
        ("agent_id", _agent(calls)),
        ("agent_version", _version(calls)),
        ("from_number", _number(calls)),
        ("direction", _plain(calls, "direction")),
        ("call_type", _plain(calls, "call_type")),
        ("country", _taken(calls, "country") or _country(calls)),
        ("hour", _taken(calls, "hour") or _hour(moments, tz)),
    ):
        if isinstance(made, str):
            missing.append(f"{name}: {made}")
        else:
            found.append(made)
    return found, missing


_UNTOLD = "the calls do not tell it"


def _tells(calls: pd.DataFrame, *names: str) -> bool:
    return all(
        name in calls.columns and (calls.empty or calls[name].notna().any()) for name in names
    )


def _taken(calls: pd.DataFrame, name: str) -> str:
    """What to say where a column has the name of a choice, so that no calls could be chosen."""
    return "the calls have a column of this name" if name in calls.columns else ""


def _plain(calls: pd.DataFrame, name: str) -> Place | str:
    return Place((name,), key(calls[name]), {}) if _tells(calls, name) else _UNTOLD


def _agent(calls: pd.DataFrame) -> Place | str:
    """An agent; calls without one are a segment of their own, the last."""
    told = _plain(calls, "agent_id")
    if isinstance(told, str) or (told.key.codes >= 0).all():
        return told
    levels = told.key.levels
    codes = np.where(told.key.codes < 0, len(levels), told.key.codes)
    named = pd.Series([*levels.tolist(), None], dtype=object)
    return Place(told.columns, Key(told.key.name, codes, named), {})


def _version(calls: pd.DataFrame) -> Place | str:
    """A version means something with its agent only."""
    names = ("agent_id", "agent_version")
    if not _tells(calls, *names):
        return _UNTOLD
    agent, version = (key(calls[name]) for name in names)
    size = len(version.levels)
    cell = agent.codes.astype(np.int64) * size + version.codes
    cell[(agent.codes < 0) | (version.codes < 0)] = -1
    codes, cells = pd.factorize(np.where(cell < 0, np.nan, cell), sort=True)
    pairs = [(agent.levels.iloc[int(c) // size], version.levels.iloc[int(c) % size]) for c in cells]
    return Place(names, Key("agent_version", codes, pd.Series(pairs, dtype=object)), {})


def outbound(calls: pd.DataFrame) -> Mask:
    """Tell of each call whether it goes out; where no direction is told, all do.

    Examples
    --------
    >>> outbound(pd.DataFrame({"direction": ["inbound", "outbound"]})).tolist()
    [False, True]
    """
    if not _tells(calls, "direction"):
        return np.ones(len(calls), dtype=bool)
    return flags(calls["direction"].eq("outbound"))


def _number(calls: pd.DataFrame) -> Place | str:
    """The number that dials; of a call that comes in it is a stranger's."""
    if not _tells(calls, "from_number"):
        return _UNTOLD
    out = outbound(calls)
    dialing = key(calls["from_number"][out])
    if len(dialing.levels) > _MOST_LEVELS:
        return f"more than {_MOST_LEVELS:,} numbers"
    codes = np.full(len(calls), -1, dtype=np.int64)
    codes[out] = dialing.codes
    always = {"direction": ["outbound"]} if _tells(calls, "direction") else {}
    return Place(("from_number",), Key("from_number", codes, dialing.levels), always)


def _country(calls: pd.DataFrame) -> Place | str:
    if not _tells(calls, "to_number"):
        return _UNTOLD
    called = calls["to_number"].dropna().unique()
    if len(called) > _MOST_CALLEES:
        return f"more than {_MOST_CALLEES:,} numbers called"
    if sum(must_be_parsed(str(number)) for number in called) > _MOST_PARSED:
        return f"more than {_MOST_PARSED:,} numbers called that are not written as E.164"
    told = country(calls["to_number"])
    known = told.cat.remove_categories([c for c in ("ZZ",) if c in told.cat.categories])
    return Place(("country",), key(known), {})


def _hour(moments: Column, tz: str) -> Place | str:
    if len(moments) and moments.isna().all():
        return _UNTOLD
    hours = local(moments, tz).dt.hour.fillna(-1).to_numpy(dtype=np.int64)
    return Place(("hour",), Key("hour", hours, pd.Series(range(24))), {})


def times(calls: pd.DataFrame) -> Column:
    """Time of each call, missing where the calls tell no times at all.

    Examples
    --------
    >>> times(pd.DataFrame({"disconnection_reason": ["dial_busy"]})).isna().tolist()
    [True]
    """
    if "start_timestamp" in calls.columns:
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
    return key(moments.dt.floor("h").rename("period"))
