"""What the explorer shows of a filter: small tables, counted once.

Filters of how calls ended (an outcome, a reason, ...) are what is looked at; all others say where.
So the rate is that of the calls with this ending among all ended calls there, and without a filter
of an ending that of the failed calls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times
from retell_nb.engine.codes import Key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import partial
from retell_nb.explorer.filters import of_endings, split
from retell_nb.tables.rates import ranked, rated
from retell_nb.tables.trend import in_week, spread
from retell_nb.vocabulary.reasons import UNPLACED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.engine.aliases import Mask
    from retell_nb.engine.codes import Key
    from retell_nb.explorer.index import Index


__all__ = ["PERIOD", "View", "view"]

PERIOD = ("start", "end")
"""The filters of time."""

_NONE = np.zeros(0, dtype=np.int64)
_TOLD = ("outcome", "meaning", "owner", "remedy")
_NO_REASON = "No reason is on record: the call is in progress, or none was recorded."
_FREQUENCIES = (("h", pd.Timedelta("3D")), ("D", pd.Timedelta("120D")), ("W", pd.Timedelta("800D")))


@dataclass(frozen=True)
class View:
    """What there is to see of a filter.

    Attributes
    ----------
    filters : dict
        As `calls.retell.select` takes them.
    group_by : str or None
    by : tuple of str
        The columns that make a group.
    of : str
        What the rates are of: the ending that is selected, or `failed`.
    calls, total : int
        Calls in view, of how many.
    rate, low, high : float
        Of the calls in view, whatever their ending, with its 95% interval.
    trend, reasons, hours, groups : DataFrame
        As the table words `trend`, `tally`, `hours` and `rates` give them. The choice of a period,
        of a reason, of an hour, of a group leaves the others of its table to be selected.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> shown = view(Index(calls), {"outcome": ["failed"]}, None)
    >>> shown.calls, shown.total, shown.reasons["reason"].tolist()
    (1, 2, ['dial_failed'])
    """

    filters: Mapping[str, Any]
    group_by: str | None
    by: tuple[str, ...]
    of: str
    calls: int
    total: int
    rate: float
    low: float
    high: float
    trend: pd.DataFrame
    reasons: pd.DataFrame
    hours: pd.DataFrame
    groups: pd.DataFrame

    @property
    def period(self) -> dict[str, str]:
        """The filters of the period, where one is selected.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
        >>> view(Index(calls), {}, None).period
        {}
        """
        return {name: self.filters[name] for name in PERIOD if name in self.filters}

    @property
    def over_all(self) -> float:
        """The rate over all groups, whether they are selected or not.

        Examples
        --------
        >>> from retell_nb.explorer.index import Index
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> view(Index(calls), {}, None).over_all
        0.5
        """
        groups = self.groups if len(self.groups) else self.trend
        return float(ratio(groups[self.of].sum(), groups["calls"].sum()))


def view(
    index: Index, filters: Mapping[str, Any], group_by: str | None, *, zoomed: bool = False
) -> View:
    """Return what there is to see of the calls to which every filter applies.

    Parameters
    ----------
    index : Index
    filters : mapping
        Plain, as `retell_nb.explorer.filters.checked` returns them.
    group_by : str or None
        A column of the calls or a word.
    zoomed : bool
        Whether the trend is of the period that is selected, and not of the time around it too.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> view(Index(calls.assign(agent_id=["a", "b"])), {}, "agent_id").groups["agent_id"].tolist()
    ['b', 'a']
    """
    endings, places = split(filters)
    hit = index.mask(endings or {"outcome": ["failed"]})
    of, there, rated_calls = of_endings(endings), index.mask(places), _denominator(index, hit)
    by, around = _grouped_by(group_by, index.agent), there
    if not zoomed and not {*PERIOD}.isdisjoint(places):
        around = index.mask(places, but=PERIOD)
    here = there & rated_calls
    calls, hits = np.count_nonzero(here), np.count_nonzero(here & hit)
    low, high = wilson(hits, calls)
    return View(
        filters=dict(filters),
        group_by=group_by,
        by=by,
        of=of,
        calls=int(np.count_nonzero(there & hit if endings else there)),
        total=len(index),
        rate=float(ratio(hits, calls)),
        low=float(low),
        high=float(high),
        trend=_trend(index, around & rated_calls, hit, of),
        reasons=_reasons(index, index.mask(filters, but=["reason"])),
        hours=_hours(index, index.mask(places, but=["weekday", "hour"]) & rated_calls, hit, of),
        groups=_groups(index, by, index.mask(places, but=by) & rated_calls, hit, of),
    )


def _grouped_by(group_by: str | None, agent: str | None) -> tuple[str, ...]:
    """Return the columns that make a group: a version is one of an agent.

    >>> _grouped_by("agent_version", "agent_id"), _grouped_by("version", "agent")
    (('agent_id', 'agent_version'), ('agent', 'agent_version'))
    """
    if group_by is None:
        return ()
    if group_by in ("agent_version", "version"):
        return ("agent_version",) if agent is None else (agent, "agent_version")
    return (group_by,)


def _denominator(index: Index, hit: Mask) -> Mask:
    """The calls that a rate is of: of known ending, unless it is the others that are asked for."""
    ended_known = index.ended & ~index.mask({"outcome": ["unknown"]})
    return (
        ended_known if (hit & ended_known).any() or not (hit & index.ended).any() else index.ended
    )


def _trend(index: Index, where: Mask, hit: Mask, of: str) -> pd.DataFrame:
    """The rate in every period from the first to the last that holds calls."""
    times = index.times[where]
    times = times[~np.isnat(times)]
    if not len(times):
        return rated(pd.DataFrame({"period": []}), _NONE, _NONE, of).assign(partial=False)
    span = pd.Timedelta(times.max() - times.min())
    freq = next((freq for freq, most in _FREQUENCIES if span <= most), "MS")
    key = index.periods(freq)
    counts = count([key], len(index), where=where & (key.codes >= 0), hits={"hits": hit})
    place = counts.places[0]
    edges = pd.DatetimeIndex(key.levels.iloc[place[0] : place[-1] + 2])
    calls, hits = (
        spread(part, place - place[0], len(edges) - 1)
        for part in (counts.calls, counts.totals["hits"])
    )
    table = rated(pd.DataFrame({"period": edges[:-1]}), calls, hits, of)
    table = table.assign(partial=partial(edges, index.calls.attrs.get("window"), index.tz))
    table.attrs["end"] = edges[-1]
    return table


def _reasons(index: Index, where: Mask) -> pd.DataFrame:
    """Calls and their share by reason, with what the vocabulary says of each."""
    counts = count([index.key("reason")], len(index), where=where)
    table = counts.groups().assign(calls=counts.calls, share=ratio(counts.calls, where.sum()))
    meanings = index.vocabulary.reindex(table["reason"])
    unplaced = UNPLACED.loc["unknown"]
    words = {name: meanings[name].fillna(unplaced[name]).to_numpy() for name in _TOLD}
    table = table.assign(**words)
    table["meaning"] = table["meaning"].mask(table["reason"].isna(), _NO_REASON)
    return table.sort_values("calls", ascending=False, kind="stable", ignore_index=True)


def _hours(index: Index, where: Mask, hit: Mask, of: str) -> pd.DataFrame:
    if not has_times(index.calls):
        return rated(pd.DataFrame({"weekday": [], "hour": []}), _NONE, _NONE, of)
    keys = [index.key("hour of week"), index.periods("D")]
    counts = count(keys, len(index), where=where, hits={"hits": hit})
    return in_week(replace(counts, totals={**counts.totals, "calls": counts.calls}), of)


def _groups(index: Index, by: Sequence[str], where: Mask, hit: Mask, of: str) -> pd.DataFrame:
    """The rate in every group, worst first, as `tables.rates` ranks them."""
    keys: list[Key] = [index.key(name) for name in by]
    counts = count(keys, len(index), where=where, hits={"hits": hit})
    return ranked(rated(counts.groups(), counts.calls, counts.totals["hits"], of))
