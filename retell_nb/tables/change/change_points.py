"""When the rate of failed calls changed, by how much, and what began then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.schema import DTYPES
from retell_nb.engine import change_points as engine
from retell_nb.engine.intervals import newcombe, ratio, wilson
from retell_nb.engine.periods import instant
from retell_nb.tables.change.series import rate_series, rhythm

if TYPE_CHECKING:
    from retell_nb.engine.change_points import Changes
    from retell_nb.grouping import By
    from retell_nb.tables.change.series import Counts, Series

__all__ = ["change_points"]

_OWN = (
    *("time", "earliest", "latest", "calls_before", "rate_before", "rate_before_low"),
    *("rate_before_high", "calls", "rate", "rate_low", "rate_high", "change", "low", "high"),
    *("likelihood_ratio", "p", "began"),
)
_MOST_HOURS = pd.Timedelta("60D")
"""Up to which span of time the periods are hours; days beyond."""


def change_points(
    calls: pd.DataFrame,
    *by: By,
    of: By = "failed",
    events: pd.DataFrame | None = None,
    freq: str = "auto",
    weekly: bool = True,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Changes of a rate: when, from what to what, how sure, and what began then.

    People are counted, not dials: redials of one person that end alike within a day count once.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`. A call's time is its start, or else its end.
    *by : str or Series
        The changes of each group: column words, columns of the calls, or Series with their index.
    of : str or Series of bool
        The calls whose rate is wanted, as for `rates`.
    events : DataFrame, optional
        What happened, with a column `time` (with a time zone, or in `tz`) and a column `text`.
    freq : str
        Length of a period as pandas writes it; ``auto`` is hours up to sixty days, days beyond.
    weekly : bool
        Whether to take the rhythm of the week out first, from three weeks of calls on.
    tz : str
        Time zone of the periods.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `time`, the start of the first period after the change, with `earliest`
        and `latest` (95%); `calls_before` and `rate_before` since the change before; `calls` and
        `rate` up to the next; both rates with ``_low`` and ``_high`` (Wilson, 95%); `change` of
        the rate with `low` and `high` (Newcombe, 95%);
        `likelihood_ratio` (twice the logarithm) and `p`, the chance of one as large where nothing
        changed; `began`, the agents' versions whose first calls, and the events which, were from
        earliest to latest. ``attrs["of"]`` names what the rate is of, ``attrs["end"]``
        is the end of the last period.

    Raises
    ------
    ValueError
        If a column, a frequency or a time zone is not known.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02T10:00Z", periods=12, freq="D")
    >>> calls = pd.DataFrame({
    ...     "start_timestamp": days.repeat(100),
    ...     "disconnection_reason": (["dial_failed"] * 5 + ["user_hangup"] * 95) * 8
    ...     + (["dial_failed"] * 20 + ["user_hangup"] * 80) * 4,
    ... })
    >>> events = pd.DataFrame({"time": ["2026-03-10 09:30"], "text": ["New trunk"]})
    >>> changes = change_points(calls, freq="D", events=events)
    >>> changes[["time", "rate_before", "rate", "began"]]
                           time  rate_before  rate      began
    0 2026-03-10 00:00:00+00:00         0.05   0.2  New trunk
    """
    times = when(calls)
    if freq == "auto":
        freq = "D" if times.max() - times.min() > _MOST_HOURS else "h"
    series = rate_series(calls, freq, by, of, tz=tz, reasons=reasons, names=_OWN)
    happened = pd.concat([_versions(calls, times), _events(events, tz)], ignore_index=True)
    parts = [_table(series, row, happened, weekly=weekly) for row in range(len(series.groups))]
    table = pd.concat(parts, ignore_index=True)
    end = series.periods[-1] if len(series.periods) else None
    table.attrs.update(series.attrs, of=series.name, end=end)
    return table


def _changes(series: Series, hits: Counts, calls: Counts, *, weekly: bool) -> Changes:
    """Changes of a group; its rhythm first that of all periods, then what changes leave of it."""
    if not weekly:
        return engine.change_points(hits, calls)
    risk = rhythm(series.periods, hits, calls)
    changes = engine.change_points(hits, calls, risk=risk)
    if not len(changes.start):
        return changes
    bounds = [0, *changes.start, len(hits)]
    levels = ratio(np.add.reduceat(hits, bounds[:-1]), np.add.reduceat(calls, bounds[:-1]))
    usual = np.repeat(levels, np.diff(bounds))
    risk = rhythm(series.periods, hits, calls, usual=usual, spread=changes.spread)
    return engine.change_points(hits, calls, risk=risk)


def _table(series: Series, row: int, happened: pd.DataFrame, *, weekly: bool) -> pd.DataFrame:
    """Changes of a group as a table."""
    changes = _changes(series, series.hits[row], series.calls[row], weekly=weekly)
    before = ratio(changes.failed_before, changes.calls_before)
    rate = ratio(changes.failed, changes.calls)
    before_low, before_high = wilson(changes.failed_before, changes.calls_before)
    rate_low, rate_high = wilson(changes.failed, changes.calls)
    low, high = newcombe(changes.failed, changes.calls, changes.failed_before, changes.calls_before)
    begin, end = series.periods[:-1], series.periods[1:]
    groups = series.groups.iloc[np.full(len(rate), row)].reset_index(drop=True)
    table = groups.assign(
        time=begin[changes.start],
        earliest=begin[changes.low],
        latest=begin[changes.high],
        calls_before=changes.calls_before.astype(np.int64),
        rate_before=before,
        rate_before_low=before_low,
        rate_before_high=before_high,
        calls=changes.calls.astype(np.int64),
        rate=rate,
        rate_low=rate_low,
        rate_high=rate_high,
        change=rate - before,
        low=low,
        high=high,
        likelihood_ratio=changes.likelihood_ratio,
        p=changes.p,
    )
    spans = zip(table["earliest"], end[changes.high], strict=True)
    began = [_between(happened, first, last) for first, last in spans]
    return table.assign(began=pd.array(began, dtype=DTYPES["text"]))


def _between(happened: pd.DataFrame, first: pd.Timestamp, last: pd.Timestamp) -> str | None:
    """What happened in a span of time, in order."""
    inside = (happened["time"] >= first) & (happened["time"] < last)
    return "; ".join(happened.loc[inside].sort_values("time", kind="stable")["text"]) or None


def _versions(calls: pd.DataFrame, times: pd.Series[pd.Timestamp]) -> pd.DataFrame:
    """First calls of each agent's versions, apart from an agent's first one."""
    nothing = pd.DataFrame({"time": pd.Series(dtype=times.dtype), "text": pd.Series(dtype=object)})
    if not {"agent_id", "agent_version"} <= set(calls.columns):
        return nothing
    name = calls["agent_id"]
    if "agent_name" in calls.columns:
        name = calls["agent_name"].astype(object).where(calls["agent_name"].notna(), name)
    frame = pd.DataFrame(
        {"agent": calls["agent_id"], "name": name, "version": calls["agent_version"], "time": times}
    ).dropna()
    first = frame.sort_values("time", kind="stable").drop_duplicates(["agent", "version"])
    later = first[first.duplicated("agent")]
    if later.empty:
        return nothing
    texts = [
        f"first calls of version {version} of {agent}"
        for version, agent in zip(later["version"], later["name"], strict=True)
    ]
    return pd.DataFrame({"time": later["time"], "text": texts})


def _events(events: Any, tz: str) -> pd.DataFrame:
    """Events with times in UTC."""
    if events is None:
        return pd.DataFrame({"time": pd.to_datetime([], utc=True), "text": pd.Series(dtype=object)})
    if isinstance(events, (list, tuple)) and all(isinstance(event, dict) for event in events):
        events = pd.DataFrame(events, columns=None if events else ["time", "text"])
    if not isinstance(events, pd.DataFrame):
        raise ValueError(
            f"events is a frame with the columns time and text, not a {type(events).__name__}; "
            "make one: pandas.DataFrame({'time': ['2026-03-02 14:00'], 'text': ['New trunk']})."
        )
    labels = [*events.columns]
    for fault, names in (
        ("lacks", [name for name in ("text", "time") if name not in labels]),
        ("has twice", [name for name in ("text", "time") if labels.count(name) > 1]),
    ):
        if names:
            raise ValueError(
                f"events {fault} the columns {', '.join(names)}; it has "
                f"{', '.join(map(str, labels)) or 'none'}. Rename them: a time and a text for each "
                "event."
            )
    dated = events[events["time"].notna()]
    times = [instant(value, tz) for value in dated["time"]]
    return pd.DataFrame(
        {"time": pd.to_datetime(times, utc=True), "text": [*map(str, dated["text"])]}
    )
