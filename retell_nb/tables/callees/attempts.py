"""Chains of calls to the same callee: which attempt each is, and what attempts bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.outbound import outbound
from retell_nb.calls.phone_numbers.keys import number_keys
from retell_nb.calls.schema import DTYPES, require
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import milliseconds
from retell_nb.grouping import keys, vocabulary_of
from retell_nb.tables.callees.links import linked
from retell_nb.vocabulary.lookup import positions, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.calls.outbound import Outbound
    from retell_nb.engine.aliases import Codes
    from retell_nb.engine.counts import Counts
    from retell_nb.grouping import By

__all__ = ["SURVIVORS", "attempts", "by_attempt", "chains", "span"]

SURVIVORS = (
    "Late attempts hold the hard cases: who picks up early is not dialed again. "
    "A lower rate there does not say that redialing makes it lower."
)
"""What must be known to read a rate by attempt."""

_OWN = (
    *("calls", "answered", "rate", "low", "high"),
    *("human", "human_rate", "human_low", "human_high", "hours_since", "unknown"),
)
_MS = pd.Timedelta(1, "ms")


def chains(calls: pd.DataFrame, phone: Outbound, gap: str | pd.Timedelta = "24h") -> pd.DataFrame:
    """Attempt, previous reason and time since it for each outbound phone call, aligned to calls.

    Calls to the same callee are a chain as long as no more than `gap` lies between the starts of
    two. Of calls at the same time, the one that comes first in the frame goes first.

    Parameters
    ----------
    calls : DataFrame
        With `to_number`; `direction` and `call_type` where there are any. A call's time is its
        start, or else its end.
    phone : Outbound
        Which of the calls are outbound phone calls.
    gap : str or Timedelta
        The longest time from one attempt to the next.

    Returns
    -------
    DataFrame
        With the index of the calls: `attempt` (Int64, 1 for the first of a chain, missing where a
        call is no outbound phone call or tells no callee or no time), `previous_reason` (category)
        and `since_previous` (timedelta), missing for the first of a chain. ``attrs["aside"]``
        counts the outbound phone calls that tell no callee or no time, ``attrs["undirected"]`` the
        calls that may be outbound and have no direction. Where no call is known to be outbound,
        ``attrs["not_recorded"]`` names the columns that could tell.

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
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> chains(calls, outbound(calls, REASONS))
       attempt previous_reason  since_previous
    0        1             NaN             NaT
    1        2       dial_busy 0 days 02:00:00
    """
    require(calls, "to_number", "disconnection_reason")
    longest, out = span(gap) // _MS, phone.calls
    times, callees = when(calls), number_keys(calls["to_number"])
    linkable = out & times.notna().to_numpy()
    if not linkable.all():
        callees *= linkable
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
    table.attrs.update(phone.attrs, aside=int((out & none).sum()))
    return table


def span(given: str | pd.Timedelta, name: str = "gap") -> pd.Timedelta:
    """Return a length of time, of zero or more.

    Examples
    --------
    >>> span("24h")
    Timedelta('1 days 00:00:00')
    """
    try:
        length = pd.Timedelta(given)
    except ValueError:
        length = pd.Timedelta(-1)
    if not length >= pd.Timedelta(0):
        raise ValueError(f"{name}={given!r} is no length of time. Give one such as '24h' or '7D'.")
    return length


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
        The columns of `by`, in order; `calls`, the attempts dialed whose ending is known;
        `answered`, their `rate`, `low` and `high` (Wilson, 95%); `human`, those answered by a
        person, `human_rate`, `human_low` and `human_high`; `hours_since`, mean hours since the
        attempt before; `unknown`, the attempts of unknown ending, which are in no rate. A first
        attempt has no previous reason. ``attrs`` counts the attempts ``refused`` before dialing,
        those ``in_progress`` and those of ``unknown`` ending, which are links of the chains but in
        no rate, holds the ``note`` on late attempts, and is as for `chains` otherwise.

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
    vocabulary = vocabulary_of(reasons)
    kinds = outbound(calls, vocabulary)
    links = chains(calls, kinds, gap)
    if each:
        return links
    return by_attempt(calls, by or ("attempt",), kinds, links, vocabulary, tz)


def by_attempt(
    calls: pd.DataFrame,
    by: Sequence[By],
    kinds: Outbound,
    links: pd.DataFrame,
    vocabulary: pd.DataFrame,
    tz: str = "UTC",
) -> pd.DataFrame:
    """Return the table of `attempts` of calls whose `links`, as `chains` tells them, are known.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy"], "to_number": "+14155550100",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> kinds = outbound(calls, REASONS)
    >>> by_attempt(calls, ["attempt"], kinds, chains(calls, kinds), REASONS)["calls"].tolist()
    [1]
    """
    numbered = calls.assign(**{name: links[name] for name in ("attempt", "previous_reason")})
    groups = keys(numbered, by, vocabulary, _OWN, tz)
    linked = links["attempt"].notna().to_numpy()
    counts = count(
        groups,
        len(calls),
        where=kinds.dialed & linked,
        hits={
            "seizures": kinds.seizures,
            "answered": kinds.answered,
            "human": kinds.human,
            "unknown": kinds.unknown,
            "later": links["since_previous"].notna().to_numpy(),
        },
        sums={"hours": links["since_previous"].dt.total_seconds().fillna(0).to_numpy() / 3600},
    )
    table = _with_rates(counts)
    notes: dict[str, object] = {
        "refused": int((kinds.refused & linked).sum()),
        "in_progress": int((kinds.running & linked).sum()),
        "unknown": int((kinds.unknown & linked).sum()),
        "note": SURVIVORS,
    }
    table.attrs.update(links.attrs, **notes)
    return table


def _with_rates(counts: Counts) -> pd.DataFrame:
    totals = counts.totals
    calls, answered, human = (totals[name] for name in ("seizures", "answered", "human"))
    low, high = wilson(answered, calls)
    human_low, human_high = wilson(human, calls)
    return counts.groups().assign(
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
        unknown=totals["unknown"],
    )
