"""How many calls are in flight at once, period by period, and how many were refused for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.engine.codes import Key
from retell_nb.engine.counts import Counts
from retell_nb.engine.flight import flight
from retell_nb.engine.periods import MOST_ROWS, edges_around, milliseconds, too_many
from retell_nb.engine.threads import spread
from retell_nb.grouping import keys, vocabulary_of
from retell_nb.tables.capacity.slots import BUSY, Limit, as_limit
from retell_nb.tables.capacity.spans import spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.engine.cells import Folded
    from retell_nb.grouping import By
    from retell_nb.tables.capacity.spans import Spans

    Rows: TypeAlias = "Ints | slice"

__all__ = ["concurrency"]

_OWN = ("period", "calls", "peak", "average", "refused", "limit", "seconds_above_80")
_HOUR = 3_600_000
_LAST = np.iinfo(np.int64).max
_BLOCK = 1 << 18  # calls whose times still fit into a processor's cache
_NOTHING = {
    "calls": "int64", "peak": "int64", "average": "float64", "above": "int64",
    "refused": "int64", "period": "int64", "group": "int64",
}  # fmt: skip
"""What is told of each group and period, where there is none."""


def concurrency(
    calls: pd.DataFrame,
    freq: str = "1min",
    *by: By,
    limit: Limit | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Calls in flight in every period: the exact peak, the average, and the calls refused.

    A call is in flight from its start until before its end, so one that ends as another starts does
    not overlap it; it counts in every period that it touches. Calls refused for want of a slot
    (``concurrency_limit_reached``, ``no_concurrency_fallback``) are never in flight, also not for
    the 40 s or so that an inbound one waits; they count once, at their start, or else their end.
    Dials that were not answered tell no length, so the slot that each of them held while it rang is
    in no record: the true peak is somewhat higher where much is dialed.

    Parameters
    ----------
    calls : DataFrame
        With `start_timestamp` and `end_timestamp`; `duration_ms` where there is one.
    freq : str
        Length of a period, as for `trend`.
    *by : str or Series
        Column words, columns of the calls (`direction`, `call_type`, ...), or Series with their
        index. Each group has a peak of its own; peaks of groups do not add up.
    limit : int, dict or DataFrame, optional
        How many calls may be in flight: a number, or what `Client.get_concurrency` returned, which
        tells of now and not of then.
    tz : str
        Time zone of the periods.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`; the calls of category
        `capacity` are those refused.

    Returns
    -------
    DataFrame
        A row for each period and group with a call in flight or refused, in order of time:
        `period`, its start in `tz`; the columns of `by`; `calls`, how many were in flight at some
        time of it; `peak`, how many at most at once; `average`; `refused`; `limit`, missing without
        one; and `seconds_above_80`, how long more than 80% of the limit were in flight. In a
        period that is not there nothing was in flight. ``attrs`` count what was set aside: calls
        `in_progress`; `undated`, without start or end; `negative`, that end before they start;
        `too_long`, of over 24 hours; and `momentary`, that tell no length.

    Raises
    ------
    ValueError
        If a column, a frequency or a limit is not known, or the table would have over a million
        rows.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T10:00:10Z", "2026-03-01T10:00:20Z"])
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": "user_hangup", "start_timestamp": start,
    ...     "end_timestamp": start + pd.to_timedelta(["10s", "50s"]),
    ... })
    >>> concurrency(calls, limit=1)[["period", "calls", "peak", "average", "seconds_above_80"]]
                         period  calls  peak   average  seconds_above_80
    0 2026-03-01 10:00:00+00:00      2     1  0.833333              50.0
    1 2026-03-01 10:01:00+00:00      1     1  0.166667              10.0
    """
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by, vocabulary, _OWN, tz)
    allowed = None if limit is None else as_limit(limit)
    slot_spans = spans(calls, vocabulary)
    edges = _edges(slot_spans, freq, tz)
    group, places = _numbered(groups, len(calls))
    rows = _in_order(_parts(slot_spans, group, len(places), edges, allowed))
    if len(rows) > MOST_ROWS:
        raise too_many(freq)
    period, number = (rows[name].to_numpy() for name in ("period", "group"))
    row_places = [period, *(place[number] for place in places.T)]
    first = Key("period", period, pd.Series(edges[:-1]))
    table = Counts([first, *groups], row_places, rows["calls"].to_numpy(), {}).groups()
    table = table.assign(
        **{name: rows[name] for name in ("calls", "peak", "average", "refused")},
        limit=pd.array([pd.NA if allowed is None else allowed] * len(table), dtype="Int64"),
        seconds_above_80=np.nan if allowed is None else rows["above"] / 1000,
    )
    table.attrs.update(slot_spans.aside)
    return table


def _edges(slot_spans: Spans, freq: str, tz: str) -> pd.DatetimeIndex:
    """Edges of the periods around the hours in which calls start, end or are refused.

    A day that an hour touches holds its beginning, or that of the next hour.
    """
    hours = np.concatenate(spread(_hours, (slot_spans.starts, slot_spans.ends, slot_spans.came)))
    touched = np.unique(np.concatenate([hours, hours + 1])) * _HOUR
    times = pd.Series(touched.astype("datetime64[ms]")).dt.tz_localize("UTC")
    return edges_around(times, freq, tz)


def _hours(times: Ints) -> Ints:
    """Hours since 1970 in which some times lie; not each only once."""
    blocks = np.array_split(times, len(times) // _BLOCK + 1)
    return np.concatenate([_some(block // _HOUR) for block in blocks])


def _some(numbers: Ints) -> Ints:
    """Distinct numbers in order; where they lie close together, without a sort."""
    if not len(numbers):
        return numbers
    first = numbers.min()
    if numbers.max() - first > _BLOCK:
        return np.unique(numbers)
    distinct: Ints = np.flatnonzero(np.bincount(numbers - first)) + first
    return distinct


def _numbered(groups: Sequence[Key | Folded], rows: int) -> tuple[Ints, Ints]:
    """Number of the group of each call, and what the numbers mean: a row for each, of places."""
    number, means = np.zeros(rows, dtype=np.int64), np.zeros((1, 0), dtype=np.int64)
    for group in groups:
        size = len(group.levels) + 1
        place = np.where(group.codes < 0, size - 1, group.codes)
        number, occurring = pd.factorize(number * size + place, sort=True)
        means = np.column_stack([means[occurring // size], occurring % size])
    return number, means


def _parts(
    slot_spans: Spans, group: Ints, groups: int, edges: pd.DatetimeIndex, limit: int | None
) -> Iterator[pd.DataFrame]:
    """What each group did, a row for each of the periods in which it did something."""
    moments = milliseconds(pd.Series(edges))
    sure = None if limit is None else int(BUSY * limit)
    in_flight, refused = (
        _split(group, rows, groups) for rows in (slot_spans.held, slot_spans.refused)
    )
    for number, (mine, away) in enumerate(zip(in_flight, refused, strict=True)):
        starts, ends, came = slot_spans.starts[mine], slot_spans.ends[mine], slot_spans.came[away]
        if not len(starts) + len(came):
            continue
        earliest = min(part.min(initial=_LAST) for part in (starts, came))
        latest = max(ends.max(initial=-_LAST) - 1, came.max(initial=-_LAST))
        first = np.searchsorted(moments, earliest, side="right") - 1
        last = np.searchsorted(moments, latest, side="right")
        flown = flight(starts, ends, moments[first : last + 1], sure)
        turned_away = np.searchsorted(moments, came, side="right") - 1 - first
        part = pd.DataFrame(flown._asdict()).assign(
            refused=np.bincount(turned_away, minlength=last - first),
            period=np.arange(first, last),
            group=number,
        )
        yield part[(part["calls"] > 0) | (part["refused"] > 0)]


def _split(group: Ints, rows: Mask | Ints, groups: int) -> Sequence[Rows]:
    """Which of some rows are of each group."""
    if groups == 1:
        return [slice(None)]
    mine = group[rows]
    order = np.argsort(mine, kind="stable")
    return np.split(order, np.searchsorted(mine[order], np.arange(1, groups)))


def _in_order(parts: Iterator[pd.DataFrame]) -> pd.DataFrame:
    """All parts together, in order of period and group."""
    together = [*parts] or [pd.DataFrame(_NOTHING, index=[]).astype(_NOTHING)]
    rows = pd.concat(together, ignore_index=True)
    return rows.sort_values(["period", "group"], ignore_index=True)
