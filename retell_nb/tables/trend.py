"""How calls and rates go over time: period by period, and by hour of the week."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, moments
from retell_nb.engine.counts import Counts, count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import (
    MOST_ROWS,
    clock_key,
    partial,
    period_key,
    periods_of,
    too_many,
)
from retell_nb.grouping import choose, keys, vocabulary_of
from retell_nb.tables.rates import RATED, rated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Codes, Totals
    from retell_nb.engine.periods import Moment
    from retell_nb.grouping import By


__all__ = ["hours", "in_week", "spread", "trend"]

_HOURS = 7 * 24
_OWN = ("period", "partial", "share", "unknown", *RATED)


def trend(
    calls: pd.DataFrame,
    freq: str,
    *by: By,
    of: By | None = None,
    tz: str = "UTC",
    window: Sequence[Moment] | None = None,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Calls and shares, or calls and rates, in every period and group, in order of time.

    Every group is there in every period from the first call to the last, if only with 0 calls.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`. A call's time is its start, or else its end.
    freq : str
        Length of a period as pandas writes it: ``D``, ``h``, ``15min``, ``W`` (Monday to Sunday),
        ``MS``, ... Days and all longer periods are those of the calendar in `tz`. ``auto`` chooses
        hours, days, weeks or months after the span of the calls.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index.
    of : str or Series of bool, optional
        The calls whose rate is wanted, as for `rates`; calls in progress are then not counted.
    tz : str
        Time zone of the periods.
    window : pair of str or Timestamp, optional
        From when (inclusive) to when (exclusive) the calls were gathered, in `tz` if not said;
        by default ``calls.attrs["window"]``, if it is there.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `period`, its start in `tz`; the columns of `by`; `calls`; without `of` their `share` of the
        period's calls; with `of` a column named after it, `rate`, `low` and `high` (Wilson, 95%),
        and `unknown`, the calls of unknown ending beside them; `partial`, whether the window covers
        the first or last period in part only, or is not known. ``attrs["undated"]`` counts the
        calls left out because they have no time, with `of` also ``in_progress`` and ``unknown``
        as in `rates`.

    Raises
    ------
    ValueError
        If a column or a frequency is not known, or the table would have over a million rows.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-03T09:00Z"], format="ISO8601")
    >>> reasons = ["dial_failed", "user_hangup"]
    >>> calls = pd.DataFrame({"start_timestamp": start, "disconnection_reason": reasons})
    >>> trend(calls, "D", of="failed")[["period", "calls", "failed", "rate", "partial"]]
                         period  calls  failed  rate  partial
    0 2026-03-01 00:00:00+00:00      1       1   1.0     True
    1 2026-03-02 00:00:00+00:00      0       0   NaN    False
    2 2026-03-03 00:00:00+00:00      1       0   0.0     True
    """
    ending = endings(calls, vocabulary_of(reasons))
    groups = keys(calls, by, ending.vocabulary, (*_OWN, "hits"), tz, ending=ending)
    edges, period = period_key(moments(calls), freq, tz)
    attrs: dict[str, int] = {}
    name = None
    if of is None:
        counts = count([period, *groups], len(calls))
        undated = _undated(counts)
    else:
        selection = choose(calls, of, None, ending, (*_OWN, *(group.name for group in groups)))
        counts = count([period, *groups, selection.kind], len(calls))
        undated = _undated(counts)
        counts, attrs = selection.added(counts)
        name = selection.name
    dated = counts.over(1 + len(groups), counts.places[0] < len(period.levels))
    table = _rates_or_shares(_in_every_period(dated, freq), name)
    marks = partial(edges, window or calls.attrs.get("window"), tz)
    table = table.assign(partial=marks[periods_of(table["period"], edges)])
    table.attrs.update(attrs, undated=undated)
    return table


def _undated(counts: Counts) -> int:
    """Return how many calls have no period: no value of the first key."""
    return int(counts.calls[counts.places[0] == len(counts.keys[0].levels)].sum())


def hours(
    calls: pd.DataFrame,
    *,
    of: By = "failed",
    among: By | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate of failed calls, or of any other kind, in each of the 168 hours of the week.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`. A call's time is its start, or else its end.
    of : str or Series of bool
        The calls whose rate is wanted, as for `rates`.
    among : str or Series of bool, optional
        The calls of which it is the rate; all ended calls by default.
    tz : str
        Time zone of the hours.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `weekday` (0 is Monday), `hour`, `calls`, a column named after `of`, `rate`, `low` and
        `high` (Wilson, 95%), and `unknown`, the calls of unknown ending beside them; `worst_day`,
        the date that has most of the hits, missing where there are none, and its `worst_rate`;
        `recurs`, whether the hour's rate is above the overall one without that date too (low end
        of its interval): if not, it is no pattern of the week but that day. 168 rows always.
        ``attrs["undated"]`` counts the calls left out because they have no time, ``in_progress``
        and ``unknown`` are as in `rates`.

    Raises
    ------
    ValueError
        If the time zone is not known, or what `of` or `among` say is unknown or ambiguous.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-02T00:10Z", "2026-03-02T00:20Z"], format="ISO8601")
    >>> reasons = ["dial_failed", "user_hangup"]
    >>> calls = pd.DataFrame({"start_timestamp": start, "disconnection_reason": reasons})
    >>> hours(calls)[["weekday", "hour", "calls", "failed", "rate"]].head(2)
       weekday  hour  calls  failed  rate
    0        0     0      2       1   0.5
    1        0     1      0       0   NaN
    """
    ending = endings(calls, vocabulary_of(reasons))
    selection = choose(calls, of, among, ending, ("weekday", "hour", *RATED))
    times = moments(calls)
    _, day = period_key(times, "D", tz)
    clock = clock_key(times, tz, "hour of week")
    by_kind = count([clock, day, selection.kind], len(calls))
    by_day, attrs = selection.added(by_kind)
    table = in_week(by_day, selection.name)
    table.attrs.update(attrs, undated=_undated(by_kind))
    return table


def in_week(by_day: Counts, name: str) -> pd.DataFrame:
    """Return the 168 hours of the week with their rates, as `hours` gives them.

    Parameters
    ----------
    by_day : Counts
        By hour of the week and day, with `calls` and `hits`, and `unknown` if any, as totals.
    name : str
        Of the column of the hits.
    """
    by_day = by_day.over(2, by_day.places[0] < _HOURS)
    counts = by_day.over(1)
    totals = {name: spread(part, counts.places[0], _HOURS) for name, part in counts.totals.items()}
    weekday, hour = np.divmod(np.arange(_HOURS), 24)
    table = rated(pd.DataFrame({"weekday": weekday, "hour": hour}), name=name, **totals)
    return _with_worst_days(table, name, by_day)


def _with_worst_days(table: pd.DataFrame, name: str, by_day: Counts) -> pd.DataFrame:
    hour, days = by_day.places[0], by_day.groups()["period"]
    calls, hits = by_day.totals["calls"], by_day.totals["hits"]
    order = np.lexsort([calls, hits, hour])
    last = order[np.append(np.diff(hour[order]) != 0, len(order) > 0)[: len(order)]]
    last = last[hits[last] > 0]
    worst_calls, worst_hits = (spread(part[last], hour[last], _HOURS) for part in (calls, hits))
    overall = ratio(table[name].sum(), table["calls"].sum())
    rest_hits, rest_calls = table[name] - worst_hits, table["calls"] - worst_calls
    return table.assign(
        worst_day=days.iloc[last].set_axis(hour[last]).reindex(range(_HOURS)),
        worst_rate=ratio(worst_hits, worst_calls),
        recurs=wilson(rest_hits, rest_calls)[0] > overall,
    )


def _in_every_period(counts: Counts, freq: str) -> Counts:
    """Put every group that occurs into every period."""
    period, *groups = counts.keys
    periods = len(period.levels)
    occurring, group = np.zeros((1, 0), dtype=np.intp), np.zeros(len(counts.calls), dtype=np.intp)
    if groups:
        rows = np.column_stack(counts.places[1:])
        occurring, group = np.unique(rows, axis=0, return_inverse=True)
    size = periods * len(occurring)
    if size > MOST_ROWS:
        raise too_many(freq)
    cells = counts.places[0] * len(occurring) + group.reshape(-1)
    places = [np.tile(place, periods) for place in occurring.T]
    return Counts(
        counts.keys,
        [np.repeat(np.arange(periods), len(occurring)), *places],
        spread(counts.calls, cells, size),
        {name: spread(total, cells, size) for name, total in counts.totals.items()},
    )


def _rates_or_shares(counts: Counts, of: str | None) -> pd.DataFrame:
    """Return the table of a trend: rates, or shares of each period's calls."""
    if of is not None:
        return rated(counts.groups(), name=of, **counts.totals)
    period = counts.places[0]
    in_period = np.bincount(period, weights=counts.calls)[period]
    return counts.groups().assign(calls=counts.calls, share=ratio(counts.calls, in_period))


def spread(values: Totals, places: Codes, size: int) -> Totals:
    """Return values at their places among zeros.

    Examples
    --------
    >>> spread(np.array([5, 6]), np.array([3, 1]), 4).tolist()
    [0, 6, 0, 5]
    """
    spread = np.zeros(size, dtype=np.int64)
    spread[places] = values
    return spread
