"""Chains of calls to the same callee: which attempt each is, and what attempts bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.outbound import outbound
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.calls.schema import DTYPES, require, when
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import milliseconds
from retell_nb.grouping import flags, keys, vocabulary_of
from retell_nb.tables.callees.links import linked
from retell_nb.vocabulary.lookup import positions, spelled

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Codes, Mask
    from retell_nb.grouping import By

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
    times, callees = when(calls), number_keys(calls["to_number"])
    picked = out & times.notna().to_numpy()
    if not picked.all():
        callees *= picked
    own = key(calls["disconnection_reason"])
    names, kinds = _kinds(own.levels.tolist())
    links = linked(callees, milliseconds(times), own.codes, kinds, longest)
    none = links.attempt == 0
    columns = {
        "attempt": pd.arrays.IntegerArray(links.attempt, none),
        "previous_reason": pd.Categorical.from_codes(links.previous, categories=names),
        "since_previous": links.since,
    }
    table = pd.DataFrame(columns, index=calls.index, copy=False)
    table.attrs["aside"] = int((out & none).sum())
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


def _kinds(reasons: list[object]) -> tuple[pd.Index[str], Codes]:
    """Return the names of the reasons, and the place of each reason and of none among them."""
    spellings = [spelled(reason) for reason in reasons]
    names = pd.Index([name for name in dict.fromkeys(spellings) if name], dtype=DTYPES["text"])
    places = np.append(positions(spellings, names), np.int16(-1))
    return names, places.astype(np.min_scalar_type(-1 - len(names)))


def attempts(
    calls: pd.DataFrame,
    *by: By,
    each: bool = False,
    gap: str | pd.Timedelta = "24h",
    tz: str = "UTC",
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
    each : bool
        Whether to tell of each call instead which attempt it is, its `previous_reason` and the
        time `since_previous`, aligned to the calls, as `chains` beside this describes it.
    gap : str or Timedelta
        The longest time from one attempt to the next of a chain.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
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
    if each and by:
        raise ValueError("with each=True every call is a row: leave out what to group by.")
    vocabulary, links = vocabulary_of(reasons), chains(calls, gap=gap)
    if each:
        return links
    known = calls.assign(**{name: links[name] for name in ("attempt", "previous_reason")})
    groups = keys(known, by or ("attempt",), vocabulary, _OWN, tz)
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
