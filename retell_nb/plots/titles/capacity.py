"""Titles of the pictures of capacity: calls in flight, and what retries would have saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.plots.parts import shaping, style
from retell_nb.plots.titles import general
from retell_nb.text import calls, count, duration, percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["flown", "policy_row", "saved"]


def flown(table: pd.DataFrame, by: Sequence[str] = ()) -> str:
    """How many calls were in flight at most, or of one group, and how many were refused.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"peak": 20, "refused": 3, "limit": 20, "seconds_above_80": 90.0}
    >>> flown(pd.DataFrame([row | {"period": pd.Timestamp("2026-03-02T17:01Z")}]))
    '3 calls refused; at most 20 of 20 in flight, on Mar 2, 2026, 17:01; above 80% for 1 min 30 s'
    """
    place = int(style.numbers(table["peak"]).argmax())
    row = table.iloc[place]
    limit, periods = style.numbers(table["limit"])[0], table["period"]
    when = general.moments(periods.iloc[[place]], periods).iloc[0]
    refused = calls(table["refused"].sum()) if table["refused"].sum() else "No call"
    if by:
        name = shaping.names(row.to_frame().T, by)[0]
        return f"{refused} refused; highest peak of a group: {name}, {count(row['peak'])} on {when}"
    of = f" of {count(limit)}" if limit > 0 else ""
    first = "first " * bool((style.numbers(table["peak"]) == row["peak"]).sum() > 1)
    sentence = f"{refused} refused; at most {count(row['peak'])}{of} in flight, {first}on {when}"
    seconds = table["seconds_above_80"].sum()
    above = f"; above 80% for {duration(seconds)}" if seconds else "; never above 80%"
    return sentence + (above if of else "")


def saved(table: pd.DataFrame) -> str:
    """How many of the refused calls a backoff, and which limit, would have gotten through.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"policy": "backoff", "limit": 20, "refused": 100, "through": 88, "rate": 0.88}
    >>> table = pd.DataFrame([row | {"low": 0.8, "high": 0.93}])
    >>> table.attrs["enough"] = 38
    >>> saved(table)
    '88% of 100 refused calls get through with a backoff; a limit of 38 would refuse none'
    """
    row = policy_row(
        table, "backoff" if (table["policy"] == "backoff").any() else table["policy"].iloc[0]
    )
    how = "with a backoff" if row["policy"] == "backoff" else f"with {row['policy']}"
    refused = f"{count(row['refused'])} refused {'call' if row['refused'] == 1 else 'calls'}"
    enough = table.attrs.get("enough", 0)
    more = f"; a limit of {count(enough)} would refuse none" if enough > row["limit"] else ""
    return f"{percent(row['rate'])} of {refused} get through {how}{more}"


def policy_row(table: pd.DataFrame, policy: str) -> pd.Series[Any]:
    """Row of a policy under the limit that there is."""
    return table[table["policy"] == policy].iloc[0]
