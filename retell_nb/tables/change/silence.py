"""Lines on which too few calls come: numbers and agents that have gone quiet."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.schema import DTYPES
from retell_nb.engine import silence as engine
from retell_nb.engine.codes import Key, key
from retell_nb.engine.counts import count
from retell_nb.engine.periods import instant, local, milliseconds
from retell_nb.grouping import flags, keys, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Codes, Mask
    from retell_nb.engine.cells import Folded
    from retell_nb.engine.periods import Moment
    from retell_nb.engine.silence import Silences
    from retell_nb.grouping import By

__all__ = ["silence"]

_HOUR = 60 * 60 * 1000
_MOST_HOURS = 8 * 7 * 24
"""Hours to learn from: the last eight weeks."""

_FEWEST_CALLS = 16
"""Calls in these weeks below which a line is too quiet to have a rhythm: two a week."""

_LINES = (
    ("called number", "to_number", "inbound"),
    ("caller number", "from_number", "outbound"),
    ("agent", "agent_id", None),
)
"""Kinds of lines: by what column, among the calls of what direction."""

_COLUMNS = ("state", "since", "expected", "p", "per_week", "spread", "incident")
_OWN = (*_COLUMNS, "hour", "kind", "line")
_RANK = {"silent": 0, "calling": 1, "too quiet": 2, "too new": 3}


def silence(
    calls: pd.DataFrame,
    *by: By,
    now: Moment = None,
    tz: str = "UTC",
    false_alarms: float = 1.0,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Lines and whether they have gone quiet: since when, calls expected since, how sure.

    Every call counts, however it ended, also a redial: a line that is called is not dead.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`. A call's time is its start, or else its end.
    *by : str or Series
        What makes a line: column words, columns of the calls, or Series with their index. By
        default three kinds: the called numbers of inbound calls, the caller numbers of outbound
        calls, and the agents.
    now : str or Timestamp, optional
        Up to when the calls are complete, in `tz` if not said; by default the end of
        ``calls.attrs["window"]``, or else the last call.
    tz : str
        Time zone that the rhythm of the week follows.
    false_alarms : float
        How many of all lines together may be called silent in four weeks in which all is well.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `kind` and `line`, or the columns of `by`; `state`: ``silent``, ``calling``, or, where
        nothing can be said, ``too quiet`` or ``too new``; `since`, the first full
        hour without a call; `expected` calls since then, in place of none; `p`, the chance of none;
        `per_week`, usual calls; `spread`, the k of how good days are; `incident`, the same number
        for lines that may have gone quiet at the same time, of whatever kind: so a number and the
        agent that it alone reaches are one incident. Silent lines come first.
        ``attrs["now"]`` is the end of the last full hour, ``attrs["all_silent"]`` whether all lines
        together are silent: a holiday, or the end of the data.

    Raises
    ------
    ValueError
        If a column or a time zone is not known.

    Examples
    --------
    >>> hours = pd.date_range("2026-01-05", "2026-02-16", freq="20min", tz="UTC")
    >>> hours = hours[(hours.hour >= 8) & (hours.hour < 18)]
    >>> calls = pd.DataFrame({
    ...     "start_timestamp": hours.append(hours[hours < "2026-02-15"]).as_unit("ms"),
    ...     "agent_id": ["a"] * len(hours) + ["b"] * (hours < "2026-02-15").sum(),
    ... })
    >>> lines = silence(calls, "agent_id", now="2026-02-15 18:00")
    >>> lines[["agent_id", "state", "since", "incident"]]
      agent_id    state                     since  incident
    0        b   silent 2026-02-14 18:00:00+00:00         0
    1        a  calling 2026-02-15 18:00:00+00:00      <NA>
    """
    times = when(calls)
    kinds = _kinds(calls, by, reasons, tz)
    dated = times.notna().to_numpy()
    last = _last_hour(calls, times, now, tz)
    hour = np.where(dated, milliseconds(times) // _HOUR, last)
    first = max(int(hour.min(initial=last)), last - _MOST_HOURS)
    inside = (hour >= first) & (hour < last)
    past = _Past(np.where(inside, hour - first, -1), _hours_of_week(first, last, tz))
    starts = pd.to_datetime(np.arange(first, last + 1) * 3600, unit="s", utc=True).tz_convert(tz)
    table = _with_incidents([_lines(*kind, past) for kind in kinds], past, false_alarms)
    table["since"] = starts[table["since"].to_numpy()]
    order = table.assign(rank=table["state"].map(_RANK)).sort_values(["rank", "p"], kind="stable")
    table = order.drop(columns="rank").reset_index(drop=True)
    total = np.bincount(past.hour[past.hour >= 0], minlength=len(past.of_week))
    everything = engine.silence(total[None], past.of_week.astype(np.int64))
    silent = engine.STATES[int(everything.state[0])] == "silent"
    table.attrs.update(now=starts[-1], all_silent=silent)
    return table


class _Past(NamedTuple):
    """Hour of each call from the first one on, -1 for none; and each hour's place in a week."""

    hour: Codes
    of_week: npt.NDArray[np.int64]


def _last_hour(calls: pd.DataFrame, times: pd.Series[pd.Timestamp], now: Moment, tz: str) -> int:
    """Full hours from 1970 up to which the calls are complete."""
    window = calls.attrs.get("window") or (None, None)
    end = next((time for time in (now, window[1], times.max()) if not pd.isna(time)), None)
    if end is None:
        return 0
    return int(instant(end, tz).timestamp() // 3600)


def _hours_of_week(first: int, last: int, tz: str) -> npt.NDArray[np.int64]:
    """Place of each hour in the week of a time zone's clocks."""
    clock = local(pd.Series(pd.to_datetime(np.arange(first, last) * 3600, unit="s", utc=True)), tz)
    return np.asarray(clock.dt.day_of_week * 24 + clock.dt.hour, dtype=np.int64)


def _kinds(
    calls: pd.DataFrame, by: Sequence[By], reasons: pd.DataFrame | None, tz: str
) -> list[tuple[list[Key | Folded], Mask]]:
    """What makes a line, and which calls it has: once of `by`, or once for each default kind."""
    everywhere = np.ones(len(calls), dtype=bool)
    if by:
        return [(keys(calls, by, vocabulary_of(reasons), _OWN, tz), everywhere)]
    kinds: list[tuple[list[Key | Folded], Mask]] = []
    for kind, column, direction in _LINES:
        if column in calls.columns and (direction is None or "direction" in calls.columns):
            where = everywhere if direction is None else flags(calls["direction"].eq(direction))
            name = pd.Series(kind, index=calls.index, name="kind", dtype=DTYPES["text"])
            line = calls[column].astype(DTYPES["text"]).rename("line")
            kinds.append(([key(name), key(line)], where))
    if not kinds:
        raise ValueError(
            "the calls have neither agent_id nor numbers with a direction. Say what makes a line: "
            "silence('a column')."
        )
    return kinds


class _Lines(NamedTuple):
    """The lines of a kind: a row each, and the counts by hour of those that are busy enough."""

    table: pd.DataFrame
    busy: Mask
    counts: npt.NDArray[np.int64]


def _lines(lines: list[Key | Folded], where: Mask, past: _Past) -> _Lines:
    """Count the calls of every line by the hour; `since` is the hour after its last one."""
    named = np.all([line.codes >= 0 for line in lines], axis=0)
    hours = Key("hour", past.hour, pd.Series(np.arange(len(past.of_week))))
    counts = count([*lines, hours], len(past.hour), where=where & (past.hour >= 0) & named)
    places = np.column_stack(counts.places[:-1])
    _, example, row = np.unique(places, axis=0, return_index=True, return_inverse=True)
    row = row.reshape(-1)
    calls = np.bincount(row, weights=counts.calls, minlength=len(example))
    hour = np.asarray(counts.places[-1])
    last = np.zeros(len(example), dtype=np.int64)
    np.maximum.at(last, row, hour)
    busy = calls >= _FEWEST_CALLS
    matrix = np.zeros((int(busy.sum()), len(past.of_week)), dtype=np.int64)
    rows = busy[row]
    matrix[(np.cumsum(busy) - 1)[row[rows]], hour[rows]] = counts.calls[rows]
    table = counts.groups().iloc[example, :-1].reset_index(drop=True)
    weeks = max(len(past.of_week) / 168, 1e-9)
    return _Lines(table.assign(since=last + 1, per_week=calls / weeks), busy, matrix)


def _with_incidents(kinds: list[_Lines], past: _Past, false_alarms: float) -> pd.DataFrame:
    """What can be said of the lines of all kinds, which share the false alarms."""
    busy = max(1, sum(len(lines.counts) for lines in kinds))
    of_week = past.of_week.astype(np.int64)
    parts = [
        _table(
            lines,
            engine.silence(
                lines.counts, of_week, false_alarms=false_alarms * len(lines.counts) / busy
            ),
        )
        for lines in kinds
    ]
    table = pd.concat(parts, ignore_index=True)
    latest = table.pop("latest").fillna(len(of_week)).to_numpy(dtype=np.int64)
    silent = table["state"].eq("silent").to_numpy(dtype=bool)
    incident = engine.incidents(table["since"].to_numpy(), latest, silent)
    return table.assign(incident=pd.arrays.IntegerArray(incident, incident < 0))


def _table(lines: _Lines, result: Silences) -> pd.DataFrame:
    """Put what can be said of busy lines into the table of all."""
    table, busy, _ = lines
    states = np.full(len(table), "too quiet", dtype=object)
    states[busy] = np.array(engine.STATES, dtype=object)[result.state]
    columns = {name: np.full(len(table), np.nan) for name in ("expected", "p", "spread", "latest")}
    for name, column in columns.items():
        column[busy] = getattr(result, name)
    per_week = table["per_week"].to_numpy(copy=True)
    per_week[busy] = result.per_week
    ordered = table.assign(
        state=pd.array(states, dtype=DTYPES["text"]), per_week=per_week, **columns
    )
    names = [name for name in table.columns if name not in _OWN or name in ("kind", "line")]
    return ordered[[*names, *_COLUMNS[:-1], "latest"]]
