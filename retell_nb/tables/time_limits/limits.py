"""Calls that ran into a time limit, and the setting that each agent seems to have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import PHONE, UNKNOWN, WEB, channel, direction, seconds
from retell_nb.calls.repeats import people
from retell_nb.calls.schema import DTYPES, require
from retell_nb.calls.stuck import stuck
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, keys, vocabulary_of, word
from retell_nb.tables.groups import rows_of

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from retell_nb.engine.aliases import Floats, Ints, Mask
    from retell_nb.engine.counts import Counts
    from retell_nb.grouping import By

__all__ = ["LIMITS", "limits", "undirected"]

LIMITS = pd.DataFrame(
    [
        ("inactivity", "end_call_after_silence_ms", 600.0, "at most", "connected"),
        ("max_duration_reached", "max_call_duration_ms", 3600.0, "pile-up", "connected"),
        ("error_user_not_joined", "30 s to join, fixed by Retell", 30.0, "fixed", "web"),
        ("registered_call_timeout", "5 min to dial, fixed by Retell", 300.0, "fixed", "phone"),
    ],
    columns=["kind", "setting", "default", "reading", "among"],
).set_index("kind")
"""The time limits: the agent's setting behind each, its default in seconds, how it can be read
from calls, and which calls can run into it."""

_LATE = 5.0  # seconds by which a call may overrun its limit
_LEAST = 3  # calls that make a pile-up, and they must be half of all that ran into the limit
_QUARTERS = {"shortest": 0.0, "q25": 0.25, "median": 0.5, "q75": 0.75, "longest": 1.0}
_OWN = (
    "kind", "setting", "seems", "reading", "default", "piled", "calls", "at_limit", "rate", "low",
    "high", "unknown", *_QUARTERS, "costed", "cents", "callers", "repeaters",
)  # fmt: skip
_NONE, _SEVERAL = "too few calls to say", "several piles"
_LOW = 0.05  # of the calls that ended of silence: a record or two that cannot be right do not count
_FLOOR = 10.0  # seconds: Retell takes no end_call_after_silence_ms below 10,000


def limits(
    calls: pd.DataFrame,
    *by: By,
    again: int = 2,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Calls that ran into each time limit by agent, and the setting that the agent seems to have.

    Parameters
    ----------
    calls : DataFrame
        With `duration_ms` and `combined_cost`; the agent's id or name, `call_type`, `direction`,
        `from_number` and `to_number` where there are any.
    *by : str or Series
        In place of the agent: column words, columns of the calls, or Series with their index. Add
        ``"agent_version"`` where a setting may have changed.
    again : int
        Calls into the same limit from which on somebody does so again and again.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row for every kind of limit and group with calls that can run into it: the columns of
        `by`, or `agent` (its name, or its id where it has none); `kind`, the reason; `setting`
        behind it; `seems`, what it seems to be set to, in seconds; `reading`, how far that can be
        read (see Notes); `default` in seconds; `piled`, the calls of the pile-up; `calls` that
        could run into the limit (connected, web or phone calls of known ending); `at_limit`, those
        that did; `rate`, `low`, `high` (Wilson, 95%); `unknown`, the web or phone calls of unknown
        ending beside them; `shortest`, `q25`, `median`, `q75`, `longest` duration of these in
        seconds; `costed`, those with a cost on record, and their `cents`; `callers`, how many
        different people's numbers were in them, and `repeaters`, how many of these `again` times or
        more (the word `repeaters` lists them), both missing where the calls have no direction,
        which ``attrs["undirected"]`` counts. Calls that may be web or phone calls are among
        neither, and counted in ``attrs["untyped"]``. ``attrs["not_recorded"]`` names the columns
        that no call tells. Kinds keep the order of `LIMITS`, and groups come by `low`.

    Raises
    ------
    ValueError
        If a column is missing or not known, or `again` is below 2.

    Notes
    -----
    `reading` is ``pile-up`` where at least three calls, and half of those at the limit, ended
    within 5 s of each other: the whole second in which the densest such pile begins (a mode, which
    strays do not move), and ``several piles`` where such piles hold half of those calls only
    together, as after a change of the setting. It is ``at most`` for silence: a record does not
    tell when the silence began, but it lasted no longer than the call, so no setting can be above
    the shortest calls that ended of it: their 5% quantile, of those from 10 s on, the least that
    Retell takes. It is ``fixed`` where Retell gives no choice, and ``too few calls to say``
    otherwise.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["max_duration_reached"] * 3 + ["user_hangup"],
    ...     "agent_id": "agent_1", "call_type": "phone_call", "direction": "inbound",
    ...     "duration_ms": [900_020, 900_310, 900_700, 61_000], "combined_cost": 130.0,
    ...     "from_number": ["+14155550100"] * 3 + ["+14155550101"], "to_number": "+14155550102",
    ... })
    >>> limits(calls)[["kind", "seems", "reading", "at_limit"]]
                          kind  seems               reading  at_limit
    0               inactivity    NaN  too few calls to say         0
    1     max_duration_reached  900.0               pile-up         3
    2  registered_call_timeout  300.0                 fixed         0
    """
    require(calls, "duration_ms", "combined_cost")
    if again < 2:
        raise ValueError(f"again is {again}; give a whole number of 2 or more, such as again=3.")
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by, vocabulary, _OWN, tz) or [agents(calls).key()]
    unknown = flags(word(calls, "outcome", vocabulary).eq("unknown")) | stuck(calls)
    among, reason = _among(calls, vocabulary), word(calls, "reason", vocabulary)
    ran_into, nameless = flags(reason.isin(LIMITS.index)), undirected(calls, vocabulary)
    who = people(calls, vocabulary)
    tables = []
    for kind, row in zip(LIMITS.index.tolist(), LIMITS.to_dict("records"), strict=True):
        where = among[row["among"]]
        hit = where & flags(reason.eq(kind))
        hits = {"at_limit": hit, "unknown": unknown}
        counts = count(groups, len(calls), where=where, hits=hits, sums=_cost(calls, hit))
        parts = (
            _durations(calls, counts, hit, row),
            _people(who[hit], nameless[hit], rows_of(counts, hit), len(counts.calls), again),
        )
        setting = {"kind": kind, "setting": row["setting"], "default": row["default"]}
        tables.append(_with_rates(counts).assign(**setting, **parts[0], **parts[1]))
    table = pd.concat([_by_low(table) for table in tables], ignore_index=True)
    table = table.astype(dict.fromkeys(("kind", "setting", "reading"), DTYPES["text"]))
    table = table[[*(group.name for group in groups), *_OWN]]
    untyped = channel(calls, vocabulary) == UNKNOWN
    lacking = {
        "direction": nameless[ran_into].any() and not who[ran_into].any(),
        "call_type": untyped.any() and not among["web"].any(),
    }
    table.attrs.update(
        undirected=int(nameless.sum()),
        untyped=int(untyped.sum()),
        not_recorded=[name for name, lack in lacking.items() if lack],
    )
    return table


def undirected(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Mask:
    """Return which calls have a person at the other end whom, without a direction, nobody can name.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"call_type": ["phone_call", "web_call"], "direction": None})
    >>> undirected(calls, REASONS).tolist()
    [True, False]
    """
    phone = channel(calls, vocabulary) != WEB
    return np.asarray(phone & (direction(calls, vocabulary) == UNKNOWN))


def _among(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> dict[str, Mask]:
    """Return the ended calls that can run into a limit, with those of unknown ending."""
    outcome, stage = (word(calls, name, vocabulary) for name in ("outcome", "stage"))
    ended, medium = flags(outcome.ne("in_progress")) | stuck(calls), channel(calls, vocabulary)
    return {
        "connected": ended & flags(stage.eq("connected")),
        "web": ended & (medium == WEB),
        "phone": ended & (medium == PHONE),
    }


def _cost(calls: pd.DataFrame, hit: Mask) -> dict[str, Floats]:
    """Return the cost on record of the calls at a limit, and which of them have one."""
    cost = calls["combined_cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    costed = hit & (cost >= 0)
    return {"costed": costed.astype(np.float64), "cents": np.where(costed, cost, 0)}


def _with_rates(counts: Counts) -> pd.DataFrame:
    """Return groups with the rate of their calls at the limit, and what these cost."""
    hits, unknown = counts.totals["at_limit"], counts.totals["unknown"]
    ended = counts.calls - unknown
    low, high = wilson(hits, ended)
    return counts.groups().assign(
        calls=ended,
        at_limit=hits,
        rate=ratio(hits, ended),
        low=low,
        high=high,
        unknown=unknown,
        costed=counts.totals["costed"].astype(np.int64),
        cents=counts.totals["cents"].astype(np.float64),
    )


def _by_low(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["calls"] > 0].sort_values("low", ascending=False, kind="stable")


def _durations(
    calls: pd.DataFrame, counts: Counts, hit: Mask, limit: Mapping[Hashable, Any]
) -> dict[str, Any]:
    """Return how long the calls at a limit were, by group, and the setting read from that."""
    row, lasted = rows_of(counts, hit), seconds(calls)[hit]
    timed = lasted > 0
    row, lasted = row[timed], lasted[timed]
    groups = range(len(counts.calls))
    grouped = pd.Series(lasted).groupby(row)
    spread = {name: grouped.quantile(part).reindex(groups) for name, part in _QUARTERS.items()}
    piled, several = (np.zeros(len(groups), dtype=kind) for kind in (np.int64, np.bool_))
    if limit["reading"] == "fixed":
        seems = np.full(len(groups), limit["default"])
    elif limit["reading"] == "at most":
        able = pd.Series(lasted).where(lasted >= _FLOOR).groupby(row)
        seems = able.quantile(_LOW).reindex(groups).to_numpy(dtype=np.float64)
    else:
        seems, piled = _pile(row, lasted, len(groups))
        several = _several(row, lasted, len(groups))
    reading = np.where(np.isnan(seems), np.where(several, _SEVERAL, _NONE), limit["reading"])
    return {"seems": seems, "piled": piled, "reading": reading, **spread}


def _pile(row: Ints, lasted: Floats, groups: int) -> tuple[Floats, Ints]:
    """Return the second in which the densest pile of durations of each group begins, and its calls.

    Not a number where the pile is too small to say.
    """
    seems, piled = np.full(groups, np.nan), np.zeros(groups, dtype=np.int64)
    if not row.size:
        return seems, piled
    order = np.lexsort([lasted, row])
    row, lasted = row[order], lasted[order]
    place = row * (lasted.max() + _LATE + 1)  # groups one behind the other, none within reach
    size = np.searchsorted(place + lasted, place + lasted + _LATE, side="right")
    size -= np.arange(len(size))
    begins = np.flatnonzero(np.diff(row, prepend=-1))
    largest = np.repeat(np.maximum.reduceat(size, begins), np.diff(begins, append=len(row)))
    group, first = np.unique(np.where(size == largest, row, -1), return_index=True)
    group, first = group[group >= 0], first[group >= 0]
    of_all = np.bincount(row, minlength=groups)[group]
    enough = (size[first] >= _LEAST) & (2 * size[first] >= of_all)
    seems[group[enough]] = np.floor(lasted[first[enough]])
    piled[group[enough]] = size[first[enough]]
    return seems, piled


def _several(row: Ints, lasted: Floats, groups: int) -> Mask:
    """Return the groups of which more than one pile, side by side, holds half of the calls."""
    seconds_ = pd.DataFrame({"row": row, "bin": lasted // _LATE})
    sizes = seconds_.groupby(["row", "bin"]).size()
    piles = sizes[sizes >= _LEAST].groupby("row").agg(["size", "sum"]).reindex(range(groups))
    of_all = np.bincount(row, minlength=groups)
    return flags((piles["size"] > 1) & (2 * piles["sum"] >= of_all))


def _people(who: Ints, nameless: Mask, row: Ints, groups: int, again: int) -> dict[str, Any]:
    """Return how many people were in the calls at a limit, and how many of them repeatedly.

    Missing where none can be named, and calls are `nameless`: without a direction.
    """
    rows = np.flatnonzero(who)
    sizes = pd.Series(who[rows]).groupby([row[rows], who[rows]]).size()
    of_person = sizes.index.get_level_values(0).to_numpy(dtype=np.int64)
    repeated = (sizes >= again).to_numpy()
    callers = np.bincount(of_person, minlength=groups)
    missing = (callers == 0) & (np.bincount(row[nameless], minlength=groups) > 0)
    numbers = {
        "callers": callers,
        "repeaters": np.bincount(of_person[repeated], minlength=groups),
    }
    return {name: pd.arrays.IntegerArray(n, missing) for name, n in numbers.items()}
