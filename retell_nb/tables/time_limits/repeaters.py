"""People whose calls run into a time limit again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import ended_at, person, seconds
from retell_nb.calls.phone_numbers.identity import people_of
from retell_nb.calls.repeats import people
from retell_nb.calls.schema import DTYPES, require
from retell_nb.calls.stuck import stuck
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, vocabulary_of, word
from retell_nb.tables.time_limits.limits import LIMITS, undirected

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column

__all__ = ["repeaters"]


def repeaters(
    calls: pd.DataFrame, *, again: int = 2, reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """People whose calls ran into the same time limit again and again, most minutes first.

    Parameters
    ----------
    calls : DataFrame
        With `duration_ms`, `combined_cost` and a time; `direction`, `from_number` and `to_number`
        where there are any.
    again : int
        Calls into the same limit from which on a person is listed.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `number` of the person, the caller of an inbound call and the callee of an outbound one;
        `kind`, the reason; `calls`, all calls with the person whose ending is known; `at_limit`,
        those that ran into the limit; `rate`, `low`, `high` (Wilson, 95%); `unknown`, the calls
        with the person of unknown ending; `minutes` of the calls at the limit; `costed`, those with
        a cost on record, and their `cents`; `first` and `last` time. A number that is withheld
        names nobody and is left out. So is a call without a direction: ``attrs["undirected"]``
        counts those at a limit, and ``attrs["not_recorded"]`` is ``["direction"]`` where they are
        all of them.

    Raises
    ------
    ValueError
        If a column is missing, or `again` is below 2.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["max_duration_reached"] * 2 + ["user_hangup"],
    ...     "direction": "inbound", "from_number": "+14155550100", "to_number": "+14155550102",
    ...     "duration_ms": [3_600_300, 3_600_700, 61_000], "combined_cost": [500.0, None, 9.0],
    ...     "start_timestamp": pd.date_range("2026-03-01", periods=3, tz="UTC"),
    ... })
    >>> repeaters(calls)[["number", "calls", "at_limit", "costed", "cents"]]
             number  calls  at_limit  costed  cents
    0  +14155550100      3         2       1  500.0
    """
    require(calls, "duration_ms", "combined_cost")
    if again < 2:
        raise ValueError(f"again is {again}; give a whole number of 2 or more, such as again=3.")
    vocabulary = vocabulary_of(reasons)
    outcome = word(calls, "outcome", vocabulary)
    hanging = stuck(calls)
    ended, unknown = outcome.ne("in_progress") | hanging, outcome.eq("unknown") | hanging
    who = people(calls, vocabulary)
    reason = word(calls, "reason", vocabulary)
    at_limit = flags(ended & reason.isin(LIMITS.index))
    some = np.flatnonzero(at_limit & (who != 0))
    rows = _rows(calls.iloc[some], reason.iloc[some], vocabulary)
    table = _by_person(rows.assign(who=who[some]))
    table = table[table["at_limit"] >= again].reset_index(drop=True)
    with_person = {"calls": ended & ~unknown, "unknown": unknown}
    for name, where in with_person.items():
        sizes = pd.Series(who[flags(where)]).value_counts()
        table[name] = table["who"].map(sizes).fillna(0).astype(np.int64)
    low, high = wilson(table["at_limit"], table["calls"])
    table = table.assign(rate=ratio(table["at_limit"], table["calls"]), low=low, high=high)
    table = table.astype({"number": DTYPES["text"], "kind": DTYPES["text"]})
    order = table.sort_values(["minutes", "at_limit"], ascending=False, kind="stable")
    table = order.reset_index(drop=True)[[*_COLUMNS]]
    nameless = at_limit & undirected(calls, vocabulary)
    lacking = bool(nameless.any()) and bool(nameless[at_limit].all())
    table.attrs.update(undirected=int(nameless.sum()), not_recorded=["direction"] * lacking)
    return table


def _rows(calls: pd.DataFrame, reason: Column, vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return whom calls at a limit were with, how long they took, and what they cost."""
    cost = calls["combined_cost"].astype(np.float64)
    columns = {
        "number": people_of(person(calls, vocabulary)),
        "kind": reason.astype(object),
        "minutes": np.fmax(seconds(calls), 0) / 60,
        "cents": cost.where(cost >= 0),
        "at": ended_at(calls),
    }
    return pd.DataFrame(columns)


def _by_person(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the calls of each person and kind of limit, added up."""
    grouped = rows.groupby(["number", "kind"], sort=True)
    return grouped.agg(
        who=("who", "first"), at_limit=("at", "size"), minutes=("minutes", "sum"),
        costed=("cents", "count"), cents=("cents", "sum"), first=("at", "min"), last=("at", "max"),
    ).reset_index()  # fmt: skip


_COLUMNS = (
    "number", "kind", "calls", "at_limit", "rate", "low", "high", "unknown", "minutes", "costed",
    "cents", "first", "last",
)  # fmt: skip
