"""Chains of calls to the same callee: which attempt each is, and what attempts bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.frame import DTYPES, require, when
from retell_nb.lookup import coded, positions, spelled
from retell_nb.tables.counting import count
from retell_nb.tables.dialing.keys import number_keys
from retell_nb.tables.dialing.ordering import in_time, parts, sorted_part
from retell_nb.tables.dialing.outbound import outbound
from retell_nb.tables.intervals import ratio, wilson
from retell_nb.tables.selecting import flags, keys, vocabulary_of
from retell_nb.tables.threads import spread

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.tables.dialing.ordering import Ints, Words
    from retell_nb.tables.selecting import By, Mask

__all__ = ["SURVIVORS", "attempts", "chains", "span"]

SURVIVORS = (
    "Late attempts hold the hard cases: who picks up early is not dialed again. "
    "A lower rate there does not say that redialing makes it lower."
)
"""What must be known to read a rate by attempt."""

_OWN = (
    *("calls", "answered", "rate", "low", "high"),
    *("human", "human_rate", "human_low", "human_high", "hours_since"),
)
_MS = pd.Timedelta(1, "ms")


def chains(calls: pd.DataFrame, *, gap: str | pd.Timedelta = "24h") -> pd.DataFrame:
    """Attempt, previous reason and time since it for each outbound phone call, aligned to calls.

    Calls to the same callee are a chain as long as no more than `gap` lies between the starts of
    two. Of calls at the same time, the one that comes first in the frame goes first.

    Parameters
    ----------
    calls : DataFrame
        With `direction`, `call_type`, `to_number`; a call's time is its start, or else its end.
    gap : str or Timedelta
        The longest time from one attempt to the next.

    Returns
    -------
    DataFrame
        With the index of the calls: `attempt` (Int64, 1 for the first of a chain, missing where a
        call is no outbound phone call or tells no callee or no time), `previous_reason` (category)
        and `since_previous` (timedelta), missing for the first of a chain. ``attrs["aside"]``
        counts the outbound phone calls that tell no callee or no time.

    Raises
    ------
    ValueError
        If a column is missing or the gap is no length of time.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_hangup"], "to_number": "+14155550100",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> chains(calls)
       attempt previous_reason  since_previous
    0        1             NaN             NaT
    1        2       dial_busy 0 days 02:00:00
    """
    require(calls, "direction", "call_type", "to_number", "disconnection_reason")
    longest = span(gap) // _MS
    out = flags(calls["direction"].eq("outbound")) & flags(calls["call_type"].eq("phone_call"))
    times = when(calls)
    picked = out & times.notna().to_numpy()
    callees = number_keys(calls["to_number"] if picked.all() else calls["to_number"][picked])
    rows = np.flatnonzero(picked)[callees != 0]
    codes, reasons = coded(calls["disconnection_reason"])
    links = _Links.of(len(calls), codes)
    if len(rows):
        known = slice(None) if len(rows) == len(calls) else rows
        _link(links, rows, callees[callees != 0], _ms(times)[known], longest)
    table = pd.DataFrame(links.columns(reasons), index=calls.index, copy=False)
    table.attrs["aside"] = int(out.sum()) - len(rows)
    return table


def span(given: str | pd.Timedelta, name: str = "gap") -> pd.Timedelta:
    """Return a length of time, of zero or more.

    Examples
    --------
    >>> span("24h")
    Timedelta('1 days 00:00:00')
    """
    try:
        told = pd.Timedelta(given)
    except ValueError:
        told = pd.Timedelta(-1)
    if not told >= pd.Timedelta(0):
        raise ValueError(f"{name}={given!r} is no length of time. Give one such as '24h' or '7D'.")
    return told


def _ms(times: pd.Series[pd.Timestamp]) -> Ints:
    """Times as milliseconds since 1970; what is missing is any number."""
    told = times.dt.tz_convert(None).to_numpy().astype("datetime64[ms]")
    return told.view(np.int64)


class _Links(NamedTuple):
    """What each call has before it, to be filled in; codes are those of the reasons."""

    attempt: npt.NDArray[np.int32]
    previous: npt.NDArray[np.signedinteger[Any]]
    since: Ints
    codes: npt.NDArray[np.signedinteger[Any]]

    @classmethod
    def of(cls, rows: int, codes: npt.NDArray[np.signedinteger[Any]]) -> _Links:
        nothing = np.iinfo(np.int64).min  # NaT
        attempt, since = np.zeros(rows, dtype=np.int32), np.full(rows, nothing, dtype=np.int64)
        return cls(attempt, np.full(rows, -1, dtype=codes.dtype), since, codes)

    def columns(self, reasons: list[object]) -> dict[str, Any]:
        names = [spelled(reason) for reason in reasons]
        kinds = pd.Index([name for name in dict.fromkeys(names) if name], dtype=DTYPES["text"])
        places = np.append(positions(names, kinds), np.int16(-1))
        previous = places.astype(self.previous.dtype)[self.previous]
        return {
            "attempt": pd.arrays.IntegerArray(self.attempt.astype(np.int64), self.attempt == 0),
            "previous_reason": pd.Categorical.from_codes(previous, categories=kinds),
            "since_previous": self.since.view("timedelta64[ms]"),
        }


def _link(links: _Links, rows: Ints, callees: Ints, times: Ints, longest: int) -> None:
    """Fill in what each call has before it, part by part of the callees, on all cores."""
    order = in_time(times)
    if order is not None:
        rows, callees, times = rows[order], callees[order], times[order]
    bits = len(rows).bit_length()

    def work(part: Words) -> None:
        places = sorted_part(part, callees, bits)
        mine, at, calls = callees[places], times[places], rows[places]
        since = np.diff(at)
        linked = (mine[1:] == mine[:-1]) & (since <= longest)
        number = np.arange(len(places), dtype=np.int32)
        number[1:][linked] = 0
        first = np.maximum.accumulate(number)
        links.attempt[calls] = np.arange(1, len(places) + 1, dtype=np.int32) - first
        later = calls[1:][linked]
        links.previous[later] = links.codes[calls[:-1][linked]]
        links.since[later] = since[linked]

    spread(work, parts(callees, bits))


def attempts(
    calls: pd.DataFrame,
    *by: By,
    gap: str | pd.Timedelta = "24h",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rates of answers by attempt at a callee, or by the reason before, with their intervals.

    Late attempts hold the hard cases: who picks up early is not dialed again. So a lower rate at
    the third attempt does not say that redialing makes it lower.

    Parameters
    ----------
    calls : DataFrame
        As for `chains`.
    *by : str or Series
        ``attempt`` (the default), ``previous_reason``, column words, columns of the calls, or
        Series with their index.
    gap : str or Timedelta
        The longest time from one attempt to the next of a chain.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`, in order; `calls`, the attempts that were dialed and have ended;
        `answered`, their `rate`, `low` and `high` (Wilson, 95 %); `human`, those answered by a
        person, `human_rate`, `human_low` and `human_high`; `hours_since`, mean hours since the
        attempt before. A first attempt has no previous reason. ``attrs`` counts the attempts
        ``refused`` before dialing and those ``in_progress``, which are links of the chains but in
        no rate, the counted attempts of ``unknown`` outcome, which are in the rates as not
        answered, the outbound calls set ``aside`` as they tell no callee or no time, and holds the
        ``note`` on late attempts.

    Raises
    ------
    ValueError
        If a column is missing or the gap is no length of time.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_hangup"], "to_number": "+14155550100",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> attempts(calls)[["attempt", "calls", "answered", "rate", "hours_since"]]
       attempt  calls  answered  rate  hours_since
    0        1      1         0   0.0          NaN
    1        2      1         1   1.0          2.0
    """
    vocabulary, links = vocabulary_of(reasons), chains(calls, gap=gap)
    known = calls.assign(**{name: links[name] for name in ("attempt", "previous_reason")})
    groups = keys(known, by or ("attempt",), vocabulary, _OWN)
    kinds = outbound(calls, vocabulary)
    linked = links["attempt"].notna().to_numpy()
    counts = count(
        groups,
        len(calls),
        where=kinds.dialed & linked,
        hits={"answered": kinds.answered, "human": kinds.human, "later": _later(links)},
        sums={"hours": links["since_previous"].dt.total_seconds().fillna(0).to_numpy() / 3600},
    )
    table = _rated(counts.groups(), counts.calls, counts.totals)
    told: dict[str, object] = {
        "refused": int((kinds.refused & linked).sum()),
        "in_progress": int((kinds.running & linked).sum()),
        "unknown": int((kinds.unknown & linked).sum()),
        "note": SURVIVORS,
    }
    table.attrs.update(links.attrs, **told)
    return table


def _later(links: pd.DataFrame) -> Mask:
    return links["since_previous"].notna().to_numpy()


def _rated(groups: pd.DataFrame, calls: Any, totals: Any) -> pd.DataFrame:
    answered, human = totals["answered"], totals["human"]
    low, high = wilson(answered, calls)
    human_low, human_high = wilson(human, calls)
    return groups.assign(
        calls=calls,
        answered=answered,
        rate=ratio(answered, calls),
        low=low,
        high=high,
        human=human,
        human_rate=ratio(human, calls),
        human_low=human_low,
        human_high=human_high,
        hours_since=ratio(totals["hours"], totals["later"]),
    )
