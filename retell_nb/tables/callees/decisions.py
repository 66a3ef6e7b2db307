"""The dial list counted: how many callees may be dialed again, without their numbers."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.calls.facts import when
from retell_nb.calls.outbound import outbound
from retell_nb.calls.schema import DTYPES
from retell_nb.grouping import vocabulary_of
from retell_nb.tables.callees.callees import looked_up
from retell_nb.tables.callees.redial import DECISIONS, redial

if TYPE_CHECKING:
    from typing import Any

__all__ = ["decisions"]

_NAMED = 3


@singledispatch
def decisions(
    calls: Any, *, region: str | None = None, reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How many callees may be dialed again, and what their last calls ended with.

    What `redial` decides as of the last call, without the numbers.

    Parameters
    ----------
    calls, region, reasons
        As for `redial`; of calls that are masked nothing can be decided.

    Returns
    -------
    DataFrame
        A row per key of `DECISIONS`, none where there is no callee or the calls are masked:
        `decision`, `callees`, their `share`, the `meaning`, and the most frequent reasons that
        their last calls ended with, with how many each (`last_reasons`). ``attrs["undirected"]``
        and ``attrs["not_recorded"]`` are as for `callees`.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_requested_dnc"],
    ...     "to_number": ["+14155552671", "+4930123456"], "from_number": "+12125550190",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1",
    ... })
    >>> table = decisions(calls)
    >>> table.loc[table["callees"] > 0, ["decision", "callees", "share", "last_reasons"]]
      decision  callees  share            last_reasons
    0   redial        1    0.5           dial_busy (1)
    4    never        1    0.5  user_requested_dnc (1)
    """
    phone = outbound(calls, vocabulary_of(reasons))
    numbers = looked_up(calls, phone, region).table
    rows = pd.DataFrame({"decision": [*DECISIONS], "meaning": [*DECISIONS.values()]})
    if numbers.empty or numbers["fault"].eq("masked").any():
        rows, people = rows.iloc[:0], pd.DataFrame({"decision": [], "last_reason": []})
    else:
        last = when(calls).max()
        now = None if pd.isna(last) else last
        people = redial(calls, now=now, region=region, reasons=reasons)
    by = people.groupby("decision", observed=False)["last_reason"]
    callees = by.size().reindex(rows["decision"], fill_value=0).to_numpy(dtype="int64")
    named = {decision: _most(ends) for decision, ends in by}
    table = rows.assign(callees=callees, share=callees / max(1, len(people)))
    table["last_reasons"] = table["decision"].map(named).astype(DTYPES["text"])
    table = table[["decision", "callees", "share", "meaning", "last_reasons"]]
    table.attrs.update(phone.attrs)
    return table


def _most(ends: pd.Series[Any]) -> str:
    """Name the most frequent reasons, with how often each occurs."""
    counts = ends.astype(object).fillna("none on record").value_counts().head(_NAMED)
    return ", ".join(f"{reason} ({number:,})" for reason, number in counts.items())
