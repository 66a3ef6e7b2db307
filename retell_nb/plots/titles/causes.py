"""What the tables of servers, limits and costs say, in a sentence: the titles of their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.plots.parts import shaping
from retell_nb.text import calls, count, duration, money, percent, share_of, shortened
from retell_nb.times import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["costs", "limits", "llm_server", "outages"]


def llm_server(table: pd.DataFrame, *, whole: bool = True) -> str:
    """The first group with its rate of recorded errors, against the others.

    `whole` says that these are all groups, not only those that are drawn.

    Examples
    --------
    >>> row = {"group": "version 8", "kind": "error_llm_websocket_open", "grade": "classified"}
    >>> counts = {"calls": 480, "affected": 171, "low": 0.3}
    >>> llm_server(pd.DataFrame([row | counts]))
    'The LLM server failed on 36% of 480 connected calls of version 8'
    """
    recorded = table[table["grade"] == "classified"]
    if recorded["affected"].sum() == 0:
        return "No LLM server errors recorded; the suspected ones are unproven"
    groups = recorded.groupby("group", sort=False)
    sizes = groups.agg(calls=("calls", "first"), affected=("affected", "sum"))
    first, rest = sizes.iloc[0], sizes.iloc[1:].sum()
    where = shortened(str(sizes.index[0]), 40)
    broken = share_of(first["affected"], first["calls"], "connected call")
    sentence = f"The LLM server failed on {broken} of {where}"
    if not rest["calls"] > 0:
        return sentence
    others = "all others" if whole else "the others shown"
    return f"{sentence}, against {percent(rest['affected'] / rest['calls'])} of {others}"


def outages(table: pd.DataFrame, by: Sequence[str], *, rest: int = 0) -> str:
    """How many outages there were, and the one that affected the most calls.

    `rest` is how many there are besides these, which are drawn.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-11T14:00Z"])
    >>> row = {"of": "provider", "start": start, "end": start + pd.Timedelta("2h")}
    >>> outages(pd.DataFrame(row | {"calls": 126, "affected": 117, "rate": 0.93}), ["of"])
    '1 outage: provider, Mar 11, 2026, 14:00, 2 h 0 min, 117 of 126 calls (93%)'
    """
    worst = table.iloc[int(np.argmax(table["affected"]))]
    total = len(table) + rest
    number = f"{count(total)} outage{'' if total == 1 else 's'}"
    number += f" ({count(len(table))} shown)" if rest else ""
    lead = f"{number}: " if total == 1 else f"{number}, the largest: "
    name = shortened(shaping.names(worst.to_frame().T, by)[0], 40)
    start: pd.Timestamp = worst["start"]
    when = moment(start, year=True)
    lasted = duration((worst["end"] - start).total_seconds())
    sizes = f"{count(worst['affected'])} of {calls(worst['calls'])}"
    return f"{lead}{name}, {when}, {lasted}, {sizes} ({percent(worst['rate'])})"


def limits(table: pd.DataFrame, currency: str = "USD", *, whole: bool = True) -> str:
    """How many calls reached the maximum duration and what they cost, or any limit.

    `whole` says that these are all groups, not only those that are drawn.

    Examples
    --------
    >>> row = {"kind": "max_duration_reached", "at_limit": 28, "costed": 28, "cents": 12_094.3}
    >>> limits(pd.DataFrame([row | {"repeaters": 1}]))
    '28 calls reached their maximum duration and cost $120.94'
    """
    longest, lead = (
        table[table["kind"] == "max_duration_reached"],
        "" if whole else "Groups shown: ",
    )
    if longest["at_limit"].sum() == 0:
        return f"{lead}{calls(table['at_limit'].sum())} reached a time limit"
    number = longest["at_limit"].sum()
    whose = "its" if number == 1 else "their"
    sentence = f"{lead}{calls(number)} reached {whose} maximum duration"
    costed = longest["costed"].sum() if "costed" in longest else number
    if not costed > 0:
        return f"{sentence}; no cost is recorded"
    cost = money(longest["cents"].sum() / 100, currency)
    if costed < number:
        return f"{sentence}; the {count(costed)} with a recorded cost came to {cost}"
    return f"{sentence} and cost {cost}"


def costs(table: pd.DataFrame, currency: str = "USD", *, rest: float = 0) -> str:
    """What the calls cost, and how much of it went into failures that can be fixed.

    `rest` is what groups cost that are not drawn; the sentence is about the others then.

    Examples
    --------
    >>> row = {"outcome": "failed", "amount": 21.8, "recoverable": 2180.0}
    >>> costs(pd.DataFrame([row, row | {"amount": 978.2, "recoverable": 0.0}]))
    'The calls cost $1,000.00; $21.80 of it (2.2%) went into failures that can be fixed'
    >>> costs(pd.DataFrame([row | {"recoverable": 0.0}]), rest=78.2)
    'The group shown cost $21.80 of $100.00, none of it for failures that can be fixed'
    """
    total, recoverable = table["amount"].sum(), table["recoverable"].sum() / 100
    share = percent(recoverable / total) if total > 0 else percent(np.nan)
    lead = f"The calls cost {money(total, currency)}"
    if rest > 0:
        groups = "group" if len(table) == 1 else f"{count(len(table))} groups"
        lead = f"The {groups} shown cost {money(total, currency)} of "
        lead += money(total + rest, currency)
    if recoverable > 0:
        part = f"{money(recoverable, currency)} of it ({share})"
        return f"{lead}; {part} went into failures that can be fixed"
    return f"{lead}, none of it for failures that can be fixed"
