"""All that a report says of dialing, from one look at the callees, and without their numbers."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.schema import DTYPES, require
from retell_nb.tables.callees.attempts import by_attempt, chains
from retell_nb.tables.callees.callee_hours import hours_of
from retell_nb.tables.callees.callees import counted, dialed
from retell_nb.tables.callees.destinations import by_fault
from retell_nb.tables.callees.redial import DECISIONS, Settings, moment, people_to_dial

if TYPE_CHECKING:
    from typing import Any

__all__ = ["Dialing", "dialing"]

_NAMED = 3


class Dialing(NamedTuple):
    """The tables of dialing.

    `destinations`, `callee_hours` and `attempts` are those of the words. `decisions` has what
    `redial` decides as of the last call, a row per key of `DECISIONS`, and none where there is no
    callee or the calls are masked: `decision`, `callees`, their `share`, the `meaning`, and the
    most frequent reasons that their last calls ended with, with how many each (`last_reasons`).
    """

    destinations: pd.DataFrame
    callee_hours: pd.DataFrame
    attempts: pd.DataFrame
    decisions: pd.DataFrame


@singledispatch
def dialing(
    calls: Any, *, region: str | None = None, reasons: pd.DataFrame | None = None
) -> Dialing:
    """Return the tables of dialing: each number is looked up once for all of them.

    Parameters
    ----------
    calls, region, reasons
        As for `redial`; of calls that are masked nothing can be decided.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_requested_dnc"],
    ...     "to_number": ["+14155552671", "+4930123456"], "from_number": "+12125550190",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1",
    ... })
    >>> table = dialing(calls).decisions
    >>> table.loc[table["callees"] > 0, ["decision", "callees", "share", "last_reasons"]]
      decision  callees  share            last_reasons
    0   redial        1    0.5           dial_busy (1)
    4    never        1    0.5  user_requested_dnc (1)
    """
    require(calls, "from_number", "to_number")
    them = dialed(calls, region, reasons)
    links = chains(calls, them.kinds)
    by_hour = hours_of(them, links)
    faults = them.callees.table["fault"]
    people = pd.DataFrame({"decision": [], "last_reason": []})
    decidable = len(faults) > 0 and not faults.eq("masked").any()
    if decidable:
        last = when(calls).max()
        now = moment(None if pd.isna(last) else last)
        people = people_to_dial(them, by_hour, Settings(now))
    decisions = _decisions(people) if decidable else _decisions(people).iloc[:0]
    decisions.attrs.update(them.kinds.attrs)
    return Dialing(
        by_fault(counted(them)),
        by_hour,
        by_attempt(calls, ["attempt"], them.kinds, links, them.vocabulary),
        decisions,
    )


def _decisions(people: pd.DataFrame) -> pd.DataFrame:
    by = people.groupby("decision", observed=False)["last_reason"]
    callees = by.size().reindex([*DECISIONS], fill_value=0).to_numpy(dtype="int64")
    named = {decision: _most(ends) for decision, ends in by}
    rows = {"decision": [*DECISIONS], "callees": callees, "share": callees / max(1, len(people))}
    table = pd.DataFrame(rows | {"meaning": [*DECISIONS.values()]})
    table["last_reasons"] = table["decision"].map(named).astype(DTYPES["text"])
    return table


def _most(ends: pd.Series[Any]) -> str:
    """Name the most frequent reasons, with how often each occurs."""
    counts = ends.astype(object).fillna("none on record").value_counts().head(_NAMED)
    return ", ".join(f"{reason} ({number:,})" for reason, number in counts.items())
