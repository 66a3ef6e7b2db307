"""What cannot be right in a record of a call, or is new: the checks of an audit, as data."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.schema import is_filled
from retell_nb.calls.stuck import stuck
from retell_nb.engine.codes import lookup
from retell_nb.engine.threads import blocks, spread
from retell_nb.grouping import flags
from retell_nb.vocabulary.lookup import positions
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.aliases import Column, Ints, Mask
    from retell_nb.selection.records import Records

__all__ = ["CHECKS", "LIMITS", "Check", "Limit"]

_NEW_STATUSES = pd.Timestamp("2025-07-01", tz="UTC")  # the change was made on the day before
_SKEW = pd.Timedelta("1min")  # clocks differ
_OVER = ("call_status", "end_timestamp")  # tell that a call is over
_TIMES = ("start_timestamp", "end_timestamp", "event_timestamp")


class Limit(NamedTuple):
    """A setting that ends a call: when, with what reason, and from how many calls on it shows."""

    seconds: int
    reason: str
    least: int
    setting: str


LIMITS = (
    Limit(3600, "max_duration_reached", 1, "max_call_duration_ms, 1 h by default"),
    Limit(7200, "max_duration_reached", 1, "max_call_duration_ms, 2 h at most"),
    Limit(600, "inactivity", 5, "end_call_after_silence_ms, 10 min by default"),
)
"""Common settings. Talks of ten minutes are many, so one of them alone is no sign of silence."""


class Check(NamedTuple):
    """A check: the trouble it finds, the columns it needs, how it finds it, what that means.

    A column without a single value tells nothing, so it is as good as missing, unless `blanks`
    are what the check looks for. Of the columns in `either`, one is enough.
    """

    trouble: str
    needs: tuple[str, ...]
    finds: Callable[[Records], Mask]
    meaning: str
    blanks: bool = False
    either: tuple[str, ...] = ()

    def lacks(self, calls: pd.DataFrame) -> list[str]:
        """Return the columns that it needs and the calls do not have.

        Examples
        --------
        >>> CHECKS[-1].lacks(pd.DataFrame({"call_id": ["call_1"]}))
        ['start_timestamp', 'end_timestamp']
        """
        blanks, named = self.blanks or calls.empty, (*self.needs, *self.either)
        filled = [c for c in named if c in calls.columns and (blanks or is_filled(calls[c]))]
        lacking = [column for column in self.needs if column not in filled]
        return lacking + [c for c in self.either if not set(self.either) & set(filled)]


def _unknown_reason(records: Records) -> Mask:
    ending = records.ending
    unknown = (positions(ending.reasons, records.vocabulary.index) < 0) & ~pd.isna(ending.reasons)
    return lookup(ending.codes, unknown)[0]


def _retired_reason(records: Records) -> Mask:
    retired = records.vocabulary.get("retired", REASONS["retired"])
    return flags(records.reason.isin(retired.index[retired.fillna("").astype(str) != ""]))


def _no_reason(records: Records) -> Mask:
    """Calls without a reason that a status or an end says are over; others may still run."""
    ending = records.ending
    rows = ending.rows(pd.isna(ending.reasons) & ending.are("outcome", "unknown"))
    over = np.zeros(len(records.calls), dtype=bool)
    for column in _OVER:
        if column in records.calls.columns:
            over[rows] |= flags(records.calls[column].iloc[rows].notna())
    return over


def _strange_status(records: Records) -> Mask:
    return flags(records.calls["call_status"].notna()) & flags(records.recorded.isna())


def _status_lags(records: Records) -> Mask:
    return flags(records.reason.notna()) & flags(records.recorded.isin(["registered", "ongoing"]))


def _contradiction(records: Records) -> Mask:
    over = flags(records.recorded.isin(["ended", "not_connected", "error"]))
    return records.known & over & flags(records.recorded.ne(records.status))


def _explained(records: Records) -> Mask:
    """Unconnected calls had the status error until the end of June 2025."""
    former = flags(records.recorded.eq("error")) & flags(records.status.eq("not_connected"))
    return former & flags(records.when.lt(_NEW_STATUSES))


def _status_of_old(records: Records) -> Mask:
    return _contradiction(records) & _explained(records)


def _status_contradicts(records: Records) -> Mask:
    return _contradiction(records) & ~_explained(records)


def _negative_duration(records: Records) -> Mask:
    return np.less(records.seconds, 0)


def _connected_without_duration(records: Records) -> Mask:
    return records.at("connected") & ~(np.abs(records.seconds) > 0)


def _unconnected_with_duration(records: Records) -> Mask:
    return records.at("admission", "dialing") & (records.seconds > 0)


def _end_before_start(records: Records) -> Mask:
    return np.less(records.elapsed, 0)


def _duration_differs(records: Records) -> Mask:
    seconds, elapsed = records.seconds, records.elapsed

    def differs(rows: slice) -> Mask:
        apart = np.abs(seconds[rows] - elapsed[rows]) > 1
        return apart & (seconds[rows] >= 0) & (elapsed[rows] >= 0)

    return _by_block(records, differs)


def _in_future(records: Records) -> Mask:
    limit = records.now + _SKEW
    return _at_any_time(records, lambda times: _numbers(times) > _number(limit, times))


def _in_seconds(records: Records) -> Mask:
    return _at_any_time(records, _of_1970)


def _of_1970(times: Column) -> Mask:
    years = (pd.Timestamp(year, tz=times.dt.tz) for year in ("1970", "1971"))
    first, last = (_number(year, times) for year in years)
    since = (_numbers(times) - first).view(np.uint64)  # those before are greater than all others
    return since < last - first


def _at_any_time(records: Records, is_so: Callable[[Column], Mask]) -> Mask:
    columns = [records.calls[name] for name in _TIMES if name in records.calls.columns]
    nothing = np.zeros(1, dtype=bool)

    def any_is(rows: slice) -> Mask:
        return reduce(np.logical_or, (is_so(times.iloc[rows]) for times in columns), nothing)

    return _by_block(records, any_is)


def _by_block(records: Records, is_so: Callable[[slice], Mask]) -> Mask:
    """Return what is so of each call, found out block by block on all cores."""
    so = np.empty(len(records.calls), dtype=bool)

    def fill(rows: slice) -> None:
        so[rows] = is_so(rows)

    spread(fill, blocks(len(so)))
    return so


def _numbers(times: Column) -> Ints:
    """Times in ticks of their unit, the least number where one is missing: quick to compare."""
    return np.asarray(times.array.view("i8"))


def _number(moment: pd.Timestamp, times: Column) -> int:
    """A moment in whole ticks of the unit of times."""
    return int((moment - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(1, times.dt.unit))


def _no_time(records: Records) -> Mask:
    return flags(records.when.isna())


def _same_id(records: Records) -> Mask:
    ids = records.calls["call_id"]
    return flags(ids.notna()) & flags(ids.duplicated(keep=False))


def _transfer_to_nowhere(records: Records) -> Mask:
    nowhere = flags(records.calls["transfer_destination"].isna())
    return flags(records.reason.eq("call_transfer")) & nowhere


def _success_of_unconnected(records: Records) -> Mask:
    unanswered = records.ending.are("answered", value=False)
    return lookup(records.ending.codes, unanswered)[0] & flags(records.calls["call_successful"])


def _at_a_limit(records: Records) -> Mask:
    """Calls near a limit, if they are more than there are calls beside it on both sides."""
    near = np.zeros(len(records.calls), dtype=bool)
    connected = records.at("connected")
    for limit in LIMITS:
        off = np.where(connected, np.abs(records.seconds / limit.seconds - 1), np.nan)
        here = (off <= 0.01) & ~flags(records.reason.eq(limit.reason))
        beside = (off > 0.01) & (off <= 0.02)
        if here.sum() >= limit.least and here.sum() > beside.sum():
            near |= here
    return near


def _stuck(records: Records) -> Mask:
    return stuck(records.calls, now=records.now)


_PERIOD = ("start_timestamp", "end_timestamp")

CHECKS = (
    Check(
        "unknown reason", (), _unknown_reason,
        "A reason unknown to this version: new at Retell, or misspelled. It counts as unknown.",
    ),
    Check(
        "retired reason", (), _retired_reason,
        "Retell no longer uses this name, so the records are old.",
    ),
    Check(
        "ended without reason", (), _no_reason,
        "The call has ended but has no reason. It counts as unknown.",
        either=_OVER,
    ),
    Check(
        "unknown status", ("call_status",), _strange_status,
        "A call status that is none of Retell's five; only the reason is used.",
    ),
    Check(
        "status lags", ("call_status",), _status_lags,
        "Recorded as running although it has a reason, as in webhooks. The reason decides.",
    ),
    Check(
        "stuck in progress", ("call_status", "start_timestamp"), _stuck,
        "Still recorded as registered or ongoing after more than the 2 h that a call can last, by "
        "the latest time in the data. How it ended is not known: rates count it as unknown.",
        blanks=True,
    ),
    Check(
        "status before July 2025", ("call_status",), _status_of_old,
        "Until 30 June 2025 unconnected calls were recorded as error: right for its time.",
    ),
    Check(
        "status contradicts reason", ("call_status",), _status_contradicts,
        "The recorded status does not match the reason, and no change at Retell explains it.",
    ),
    Check(
        "negative duration", ("duration_ms",), _negative_duration,
        "A duration cannot be negative. It is left out of durations.",
    ),
    Check(
        "connected without duration", ("duration_ms",), _connected_without_duration,
        "The reason says that the call connected, but its duration is 0 ms or missing.",
        blanks=True,
    ),
    Check(
        "unconnected with duration", ("duration_ms",), _unconnected_with_duration,
        "The reason says that the call never connected, but it has a duration.",
    ),
    Check("end before start", _PERIOD, _end_before_start, "The call ended before it began."),
    Check(
        "duration differs", ("duration_ms", *_PERIOD), _duration_differs,
        "The duration differs by more than 1 s from the time between start and end.",
    ),
    Check(
        "time in future", ("start_timestamp",), _in_future,
        "A time in the future: a wrong clock, unit or time zone.",
        blanks=True,
    ),
    Check(
        "time in 1970", ("start_timestamp",), _in_seconds,
        "A time in 1970: seconds were likely read as milliseconds.", blanks=True,
    ),
    Check(
        "same call_id", ("call_id",), _same_id,
        "Several rows for one call: each is counted.",
    ),
    Check(
        "transfer to nowhere", ("transfer_destination",), _transfer_to_nowhere,
        "Recorded as transferred, but there is no destination on record, or not in this export.",
        blanks=True,
    ),
    Check(
        "success of unconnected", ("call_successful",), _success_of_unconnected,
        "Judged successful although nobody answered.",
    ),
    Check(
        "ended at a limit", ("duration_ms",), _at_a_limit,
        "Within 1% of a common limit (10 min of silence, 1 h, 2 h) under another reason, more "
        "often than just beside it: the limit may have ended the call.",
    ),
    Check(
        "no time", _PERIOD, _no_time,
        "No start, end or event time: these calls are in no trend.", blanks=True,
    ),
)  # fmt: skip
"""All checks, in the order of the audit."""
