"""Rates period by period, in people, for charts and change points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, when
from retell_nb.calls.repeats import repeats
from retell_nb.engine.codes import Key, lookup
from retell_nb.engine.counts import count
from retell_nb.engine.periods import MOST_ROWS, local, period_edges, periods_of, too_many
from retell_nb.engine.seasonality import relative_risk
from retell_nb.grouping import choose, keys, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Floats
    from retell_nb.grouping import By

    Counts: TypeAlias = npt.NDArray[np.int64]

__all__ = ["Series", "periods_in_a_week", "rate_series", "refuse_series", "rhythm"]

_WEEK = pd.Timedelta("7D")
_FEWEST_WEEKS = 3
"""Weeks below which a rhythm cannot be told from what happened on those days."""


class Series(NamedTuple):
    """Counts of every group (rows) in every period (columns)."""

    periods: pd.DatetimeIndex
    """Where the periods begin; one more for where the last one ends."""
    groups: pd.DataFrame
    calls: Counts
    hits: Counts
    name: str
    attrs: dict[str, int]


def rate_series(
    calls: pd.DataFrame,
    freq: str,
    by: Sequence[By],
    of: By,
    *,
    tz: str,
    reasons: pd.DataFrame | None,
    names: Collection[str],
) -> Series:
    """Return how many people there were, and how many of them with a hit, by group and period.

    Redials of a person that end alike within a day count once, in the period of the first.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-03T09:00Z"])
    >>> reasons = ["dial_failed", "user_hangup"]
    >>> calls = pd.DataFrame({"start_timestamp": start, "disconnection_reason": reasons})
    >>> series = rate_series(calls, "D", (), "failed", tz="UTC", reasons=None, names=())
    >>> series.calls.tolist(), series.hits.tolist()
    ([[1, 0, 1]], [[1, 0, 0]])
    """
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by, vocabulary, (*names, "hits"), tz)
    choice = choose(
        calls, of, None, endings(calls, vocabulary), (*names, *(group.name for group in groups))
    )
    times = when(calls)
    edges = period_edges(times, freq, tz)
    period = Key("period", periods_of(times, edges), pd.Series(edges[:-1]))
    dated = period.codes >= 0
    flags = choice.flags
    in_rate, hit, running, unknown = lookup(
        choice.kind.codes, *(flags[name] for name in ("counted", "hit", "running", "unknown"))
    )
    first = ~repeats(calls, vocabulary)
    where = dated & in_rate & first
    counts = count([*groups, period], len(calls), where=where, hits={"hits": hit})
    places = np.column_stack([*counts.places[:-1], np.zeros(len(counts.calls), dtype=np.int64)])
    _, example, row = np.unique(places, axis=0, return_index=True, return_inverse=True)
    shape = len(example), max(len(edges) - 1, 0)
    if shape[0] * shape[1] > MOST_ROWS:
        raise too_many(freq)
    matrix = np.zeros((2, *shape), dtype=np.int64)
    for part, values in zip(matrix, (counts.calls, counts.totals["hits"]), strict=True):
        part[row.reshape(-1), counts.places[-1]] = values
    table = counts.groups().iloc[example, :-1].reset_index(drop=True)
    if not len(table):  # of no calls there is still a table, with all its columns
        edges, matrix, table = edges[:1], np.zeros((2, 1, 0), dtype=np.int64), table.reindex([0])
    attrs = {
        "in_progress": int(running.sum()),
        "unknown": int(unknown.sum()),
        "undated": int((~dated).sum()),
        "redials": int((dated & in_rate & ~first).sum()),
    }
    return Series(edges, table, matrix[0], matrix[1], choice.name, attrs)


def periods_in_a_week(periods: pd.DatetimeIndex) -> float:
    """Return how many periods make a week: 168 hours, 7 days, a fourth of a month.

    Examples
    --------
    >>> periods_in_a_week(pd.date_range("2026-03-01", periods=9, freq="D", tz="UTC"))
    7.0
    """
    if len(periods) < 2:
        return 1.0
    return float(_WEEK / (periods[1:] - periods[:-1]).to_series().median())


def rhythm(
    periods: pd.DatetimeIndex, hits: Counts, calls: Counts, *, usual: Any = None, spread: float = 1
) -> Floats:
    """Return how many times the usual rate each period has, by its hour and weekday.

    All 1 for periods of a week or longer, and for less than three weeks.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02", periods=29, freq="D", tz="UTC")
    >>> sunday = days[:-1].day_of_week == 6
    >>> rhythm(days, np.where(sunday, 90, 30), np.full(28, 500))[5:8].round(1).tolist()
    [0.8, 2.3, 0.8]
    """
    in_a_week, begin = periods_in_a_week(periods), periods[:-1]
    if in_a_week < 6.5 or len(begin) < _FEWEST_WEEKS * in_a_week:
        return np.ones(len(begin))
    clock = local(pd.Series(begin), str(begin.tz))
    weekday, hour = clock.dt.day_of_week.to_numpy(), clock.dt.hour.to_numpy()
    seasons = (hour, weekday, weekday * 24 + hour) if in_a_week > 7.5 else (weekday,)
    return relative_risk(hits, calls, *seasons, usual=usual, spread=spread)


def refuse_series(items: Sequence[By]) -> None:
    """Refuse what is aligned to one frame where two are compared.

    Raises
    ------
    ValueError
        If a Series is among the items.

    Examples
    --------
    >>> refuse_series(["agent_id", "hour"])
    """
    names = [item.name for item in items if isinstance(item, pd.Series)]
    if names:
        raise ValueError(
            f"{', '.join(map(str, names))}: a Series tells of the calls of one frame, not of both. "
            "Make it a column of both frames and name it, or give a function of the calls."
        )
