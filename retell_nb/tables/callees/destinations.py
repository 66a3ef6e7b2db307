"""What is wrong with the numbers that were dialed, kind by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.phone_numbers.identity import people_of
from retell_nb.calls.phone_numbers.validity import KINDS
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.tables.callees.callees import counted, dialed
from retell_nb.tables.rates import rated

if TYPE_CHECKING:
    from retell_nb.engine.counts import Counts

__all__ = ["by_fault", "destinations"]

_CALLS = ("calls", "invalid_destination", "unknown")


def destinations(
    calls: pd.DataFrame,
    *,
    each: bool = False,
    region: str | None = None,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Kinds of fault in the numbers dialed: callees, calls, how many ended as invalid destination.

    Parameters
    ----------
    calls : DataFrame
        With `to_number`; `direction` and `call_type` where there are any.
    each : bool
        Whether to list each number, with its corrected form, as
        `retell_nb.tables.callees.callees.callees` describes it.
    region : str, optional
        Country (two letters) whose numbers are written as they are dialed there.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `fault`, a number with several faults counting for the first; `meaning`; `callees`, the
        distinct people, whatever the spelling of their numbers, where each call to a number that is
        not shown counts as one; `corrected`, those of them whose number can be read in one way
        only; `calls` that were dialed and whose ending is known; `invalid_destination`, those that
        ended so, `rate`, `low` and `high` (Wilson, 95%); the calls of `unknown` ending beside
        them. Most calls first, and the fault ``none`` last, as a measure of the others. ``attrs``
        are as for `callees`; where unknown which calls are outbound, the table is empty.

    Raises
    ------
    ValueError
        If a column is missing or the region is not valid.

    Examples
    --------
    >>> calls = pd.DataFrame({"to_number": ["+14155552671", "+1415", "1 415 555 2671"]})
    >>> ends = ["user_hangup", "invalid_destination", "invalid_destination"]
    >>> calls = calls.assign(disconnection_reason=ends, direction="outbound")
    >>> table = destinations(calls.assign(call_type="phone_call"))
    >>> table[["fault", "callees", "corrected", "rate"]]
           fault  callees  corrected  rate
    0     blanks        1          1   1.0
    1  too short        1          0   1.0
    2       none        1          0   0.0
    """
    numbers = counted(dialed(calls, region, reasons))
    return numbers if each else by_fault(numbers)


def by_fault(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return the table of `destinations` of callees that have been counted one by one.

    Examples
    --------
    >>> calls = pd.DataFrame({"to_number": ["+1415"], "disconnection_reason": "dial_busy"})
    >>> them = dialed(calls.assign(direction="outbound", call_type="phone_call"))
    >>> by_fault(counted(them))["fault"].tolist()
    ['too short']
    """
    kind = pd.Series(pd.Categorical(numbers["fault"], [*KINDS]), name="fault")
    person, right = people_of(numbers["to_number"]), numbers["corrected"]
    numbers = numbers.assign(person=right.where(right.notna(), person))
    first = ~numbers.duplicated(["fault", "person"]).to_numpy()
    has_number = numbers["fault"].ne("no number").to_numpy()
    counts = count(
        [key(kind)],
        len(numbers),
        hits={"corrected": first & right.notna().to_numpy()},
        sums={
            "callees": np.where(has_number, first, numbers["calls"]).astype(float),
            **{name: numbers[name].to_numpy(float) for name in _CALLS},
        },
    )
    table = _in_order(_with_rates(counts))
    table.attrs.update(numbers.attrs)
    return table


def _with_rates(counts: Counts) -> pd.DataFrame:
    groups = counts.groups()
    meaning = groups["fault"].astype(object).map(KINDS)
    groups = groups.assign(
        meaning=meaning,
        callees=counts.totals["callees"].astype(int),
        corrected=counts.totals["corrected"],
    )
    calls, hits, unknown = (counts.totals[name].astype(int) for name in _CALLS)
    return rated(groups, calls, hits, "invalid_destination", unknown)


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Most calls first, sound numbers last."""
    order = np.lexsort((-table["calls"].to_numpy(), table["fault"].eq("none").to_numpy()))
    return table.iloc[order].reset_index(drop=True)
