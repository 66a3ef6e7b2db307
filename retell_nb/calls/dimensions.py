"""What calls are grouped and filtered by beside columns: agent, version, country, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import TIMES, moments
from retell_nb.calls.masking import country
from retell_nb.calls.schema import require
from retell_nb.engine.codes import Key, key
from retell_nb.engine.periods import clock_key, period_key

if TYPE_CHECKING:
    from collections.abc import Collection

    from retell_nb.engine.aliases import Column

__all__ = ["CLOCK", "DIMENSIONS", "answers", "dimension", "values"]

DIMENSIONS = ("agent", "country", "day", "hour", "version", "week", "weekday")

CLOCK = {"weekday": "day_of_week", "hour": "hour"}
"""The dimensions that clocks show, with what pandas calls them."""

_SIZES = {"weekday": 7, "hour": 24}
_PERIODS = {"day": "D", "week": "W"}
_NEEDS = {"agent": ("agent_id", "agent_name"), "country": ("to_number",)}
_NEEDS["version"] = _NEEDS["agent"]


def answers(name: object, columns: Collection[object]) -> bool:
    """Tell whether a name is that of a dimension which calls with some columns have.

    Examples
    --------
    >>> answers("agent", ["agent_name"]), answers("hour", ["agent_name"])
    (True, False)
    """
    if name not in DIMENSIONS:
        return False
    if name == "version" and "agent_version" not in columns:
        return False
    return any(need in columns for need in _NEEDS.get(str(name), TIMES))


def dimension(calls: pd.DataFrame, name: str, tz: str = "UTC") -> list[Key]:
    """Return the keys to group by a dimension: one, or two as a version is one of an agent.

    Parameters
    ----------
    calls : DataFrame
    name : str
        ``agent``, keyed by its id and shown by its name; ``version``, of its agent; ``country`` of
        the callee; ``hour`` (0 to 23), ``weekday`` (0 is Monday), ``day`` and ``week`` (when they
        begin) by the time of each call.
    tz : str
        Time zone of the clock.

    Raises
    ------
    ValueError
        If the calls lack what it takes, or the time zone is not known.

    Examples
    --------
    >>> calls = pd.DataFrame({"agent_id": ["a1", "a2"], "agent_name": ["Ben", "Ann"]})
    >>> dimension(calls, "agent")[0].levels.tolist()
    ['Ben', 'Ann']
    """
    if name == "agent":
        return [agents(calls).key()]
    if name == "version":
        require(calls, "agent_version")
        return [*dimension(calls, "agent"), key(calls["agent_version"])._replace(name="version")]
    if name == "country":
        require(calls, "to_number")
        return [key(country(calls["to_number"]))]
    if name in CLOCK:
        return [clock_key(moments(calls), tz, name)]
    _, period = period_key(moments(calls), _PERIODS[name], tz)
    return [period._replace(name=name)]


def values(calls: pd.DataFrame, name: str, tz: str = "UTC") -> Column:
    """Return the value of each call in a dimension, aligned to the calls.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T23:30Z"])
    >>> calls = pd.DataFrame({"start_timestamp": start})
    >>> values(calls, "hour", "Europe/Berlin").tolist()
    [0]
    """
    last = dimension(calls, name, tz)[-1]
    codes = np.asarray(last.codes[0 : len(calls)])
    cells = last.levels.reindex(codes)  # the code -1 is no label, so its cell is missing
    return cells.set_axis(calls.index).rename(name)
