"""Outages: one row for each stretch of calls in which an error was too frequent to be chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import ended_at
from retell_nb.calls.repeats import repeats
from retell_nb.calls.schema import DTYPES, require
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import local
from retell_nb.engine.runs import runs
from retell_nb.engine.shrinkage import OF_DAYS, OF_HOURS, spread
from retell_nb.grouping import keys, matches, vocabulary_of
from retell_nb.tables.groups import rows_of
from retell_nb.tables.outages.exposure import at_risk
from retell_nb.vocabulary import classify

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.engine.cells import Folded
    from retell_nb.engine.codes import Key
    from retell_nb.engine.runs import Runs
    from retell_nb.grouping import By

    Of: TypeAlias = "By | Sequence[By]"

__all__ = ["outages"]

_OWN = (
    "of", "start", "end", "minutes", "calls", "affected", "rate", "low", "high", "base", "chance",
    "agents", "versions", "kinds",
)  # fmt: skip


class _Order(NamedTuple):
    """Calls that could have met an error, by group and time: their rows, times and groups."""

    rows: Ints
    times: npt.NDArray[np.datetime64]
    group: Ints
    groups: pd.DataFrame


def outages(
    calls: pd.DataFrame,
    *by: By,
    of: Of = "llm_server",
    share: float = 0.5,
    chance: float = 0.001,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Outages, one row each: when, how many calls of how many, whose, how.

    An outage is a run of calls, in the order in which they ended, that met an error more often
    than the base rate explains, also where that varies by days and hours. It lasts from the first
    to the last of the calls it affected, and is over where so many calls in a row were well that
    they speak against it as loudly as an outage must speak for itself. An error that comes as
    evenly as ever is none, however frequent.
    People are counted, not dials: the same ending with the same person within 24 hours counts once.
    Calls of one instant, as where only days are on record, are in an outage all or none.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    *by : str or Series
        Where to look for outages apart, such as ``"agent_id"``: column words, columns of the
        calls, or Series with their index. Without, an outage is looked for in all calls together.
    of : str, Series of bool, or several of them
        The errors: a category, owner, outcome, status or reason, or a Series of booleans with the
        index of the calls. Of several, each is looked for by itself.
    share : float
        The part of the calls that an outage is expected to break, above 0 and below 1. Much
        smaller parts are found as well, the more calls there are.
    chance : float
        The highest chance at which an outage still counts.
    tz : str
        Time zone of the times in the table.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        In order of `start`: `of`; the columns of `by`; `start` and `end`, when the first and the
        last affected call ended, in `tz`; `minutes` from one to the other; `calls`, those that
        could have met the error meanwhile (see Notes); `affected`, those that did; `rate`, `low`
        and `high` (Wilson, 95%); `base`, the rate outside the outages; `chance`, the highest
        chance that the base rate alone makes so loud a run anywhere in the calls; `agents` by name,
        `versions` (agent and version) and `kinds` (reasons) of the affected, with their calls.
        ``attrs["undated"]`` counts the calls left out as they have no time; ``attrs["first"]`` and
        ``attrs["last"]`` are when the first and the last of the others ended.

    Raises
    ------
    ValueError
        If a column is missing, if a column, an error or the time zone is not known, or if `share`
        or `chance` is not between 0 and 1.

    Notes
    -----
    A call could have met an error if it got as far as calls that did: connected for errors in the
    talk, outbound and dialed for errors in dialing; for `llm_server` those of agents with a server
    of their own. The statistic - a likelihood ratio, maximal scoring runs (Ruzzo and Tompa 1999),
    and Ville's inequality for their chance - is told and cited in
    ``retell_nb/engine/runs.py``.

    Examples
    --------
    >>> ends = pd.date_range("2026-03-01", periods=400, freq="min", tz="UTC")
    >>> reasons = ["user_hangup"] * 400
    >>> reasons[200:220] = ["error_llm_websocket_open"] * 20
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "start_timestamp": ends})
    >>> table = outages(calls.assign(agent_id="agent_1", agent_version=3))
    >>> table[["start", "minutes", "calls", "affected", "versions"]]
                          start  minutes  calls  affected      versions
    0 2026-03-01 03:20:00+00:00     19.0     20        20  agent_1 3 (20)
    """
    require(calls, "disconnection_reason")
    for name, value in (("share", share), ("chance", chance)):
        if not 0 < value < 1:
            raise ValueError(f"{name} is {value}; give a number above 0 and below 1, such as 0.5.")
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by, vocabulary, _OWN, tz)
    times = local(ended_at(calls), tz)
    dated, fresh = times.notna().to_numpy(), ~repeats(calls, vocabulary)
    tables = []
    kinds: Any = [of] if isinstance(of, (str, pd.Series)) else of
    if not len(kinds):
        raise ValueError("outages got no error to look for: give of='llm_server', or several.")
    for kind in kinds:
        hit, name = matches(calls, kind, vocabulary)
        order = _in_order(times, groups, dated & at_risk(calls, hit, vocabulary))
        tables.append(
            _outage_rows(calls, times, order, hit, _runs(order, hit, fresh, share, chance)).assign(
                of=name
            )
        )
    table = pd.concat(tables, ignore_index=True)
    table = table.sort_values("start", kind="stable", ignore_index=True)
    table = table[["of", *(group.name for group in groups), *_OWN[1:]]]
    span = {"first": times.min(), "last": times.max()}
    table.attrs.update(span, undated=int((~dated).sum()))
    return table


def _in_order(times: pd.Series[pd.Timestamp], groups: list[Key | Folded], where: Mask) -> _Order:
    """Put the calls in order of their group and, in it, of their time."""
    rows = np.flatnonzero(where)
    counts = count(groups, len(where), where=where)
    group = rows_of(counts, where)
    clock = times.dt.tz_convert(None).to_numpy()[rows]
    order = np.lexsort([clock, group])
    return _Order(rows[order], clock[order], group[order], counts.groups())


def _runs(order: _Order, hit: Mask, fresh: Mask, share: float, chance: float) -> Runs:
    """Return the runs that the fresh calls speak for, with the hits of all calls in them."""
    places = np.flatnonzero(fresh[order.rows])
    rows = order.rows[places]
    times = order.times[places]
    evidence = runs(
        *(hit[rows], order.group[places], times),
        share=share,
        chance=chance,
        spread=_spread(hit[rows], times),
    )
    first, last = places[evidence.first], places[evidence.last]
    hits = np.append(0, np.cumsum(hit[order.rows]))
    return evidence._replace(first=first, last=last, hits=hits[last + 1] - hits[first])


def _spread(hit: Mask, times: npt.NDArray[np.datetime64]) -> float:
    """How much the rate differs among days and among hours of the day by nature."""
    total = 0.0
    clock = times.astype("datetime64[h]").astype(np.int64)
    for codes, assumed in ((clock // 24, OF_DAYS), (clock % 24, OF_HOURS)):
        place = np.unique(codes, return_inverse=True)[1]
        calls, hits = np.bincount(place), np.bincount(place, hit)
        total += spread(hits, calls * hit.mean(), assumed) if len(hit) else assumed
    return total


def _outage_rows(
    calls: pd.DataFrame,
    times: pd.Series[pd.Timestamp],
    order: _Order,
    hit: Mask,
    outage_runs: Runs,
) -> pd.DataFrame:
    """Return a row for each run."""
    sizes = outage_runs.last - outage_runs.first + 1
    start, end = (
        times.iloc[order.rows[place]].reset_index(drop=True)
        for place in (outage_runs.first, outage_runs.last)
    )
    low, high = wilson(outage_runs.hits, sizes)
    groups = order.groups.iloc[order.group[outage_runs.first]].reset_index(drop=True)
    return groups.assign(
        start=start,
        end=end,
        minutes=(end - start).dt.total_seconds() / 60,
        calls=sizes,
        affected=outage_runs.hits,
        rate=ratio(outage_runs.hits, sizes),
        low=low,
        high=high,
        base=outage_runs.base,
        chance=outage_runs.chance,
        **_whose(calls, order.rows, hit, outage_runs),
    )


def _whose(calls: pd.DataFrame, rows: Ints, hit: Mask, outage_runs: Runs) -> dict[str, Any]:
    """Return the agents, versions and kinds of the calls that each run affected, in words."""
    places = [
        np.arange(first, last + 1)
        for first, last in zip(outage_runs.first, outage_runs.last, strict=True)
    ]
    run = np.repeat(np.arange(len(places)), outage_runs.last - outage_runs.first + 1)
    inside = rows[np.concatenate(places)] if places else rows[:0]
    run, inside = run[hit[inside]], inside[hit[inside]]
    affected, them = calls.iloc[inside], agents(calls)
    agent = pd.Series(them.of_calls(them.names)[inside], affected.index, dtype="string")
    agent = agent.fillna("(none)")
    nothing = pd.Series(pd.NA, affected.index)
    version = affected.get("agent_version", nothing).astype("string").fillna("?")
    kind = (
        classify.reason(affected["disconnection_reason"])
        .astype("object")
        .fillna("(none)")
        .astype(str)
    )
    columns = {"agents": agent, "versions": agent + " " + version, "kinds": kind}
    return {name: _listed(column, run, len(places)) for name, column in columns.items()}


def _listed(names: pd.Series[str], run: Ints, size: int) -> pd.Series[str]:
    """Return the names in each run with their calls, the most frequent first."""
    sizes = names.reset_index(drop=True).groupby([run, names.to_numpy(dtype=object)]).size()
    ranked = sizes.rename("calls").rename_axis(["run", "name"]).reset_index()
    ranked = ranked.sort_values(["run", "calls"], ascending=[True, False], kind="stable")
    words = ranked["name"] + " (" + ranked["calls"].astype(str) + ")"
    return words.groupby(ranked["run"]).agg(", ".join).reindex(range(size)).astype(DTYPES["text"])
