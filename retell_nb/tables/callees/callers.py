"""From which of one's own numbers to dial: one that carriers do not block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, word

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask


__all__ = ["callers", "next_caller"]

_LINE = ["agent_id", "country"]


def callers(
    calls: pd.DataFrame, countries: pd.Series[str], dialed: Mask, vocabulary: pd.DataFrame
) -> pd.DataFrame:
    """Return the own numbers that each agent dials each country from, the healthiest first.

    A number is `healthy` unless the share of its calls that failed for the sake of the number
    (owner ``number``: dial_failed, marked_as_spam, network_blocked) is surely, by the low end of
    its interval, above that of all numbers.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"from_number": ["+14155552671"], "agent_id": ["a"]})
    >>> calls = calls.assign(disconnection_reason="dial_failed")
    >>> import numpy as np
    >>> callers(calls, pd.Series(["US"]), np.array([True]), REASONS)["healthy"].tolist()
    [True]
    """
    blocked = flags(word(calls, "owner", vocabulary).eq("number"))
    hits = {"blocked": blocked}
    number = key(calls["from_number"])
    alone = count([number], len(calls), where=dialed, hits=hits)
    health = alone.groups()
    low, high = wilson(alone.totals["blocked"], alone.calls)
    usual = ratio(alone.totals["blocked"].sum(), alone.calls.sum())
    health = health.assign(healthy=low <= usual, high=high).dropna(subset="from_number")
    lines = [key(calls["agent_id"]), key(countries.rename("country")), number]
    used = count(lines, len(calls), where=dialed).groups()
    ranked = used.merge(health, on="from_number").sort_values("high", kind="stable")
    return ranked.sort_values([*_LINE], kind="stable", ignore_index=True)


def next_caller(people: pd.DataFrame, own: pd.DataFrame, other: Mask) -> pd.Series[str]:
    """Return the own number to dial each person from; missing where no healthy one is left.

    It is the one used last as long as nothing speaks against that, unless an`other` one is wanted;
    else the healthiest of those that the agent dials the country from.

    Examples
    --------
    >>> people = pd.DataFrame({"agent_id": ["a"], "country": ["US"], "from_number": ["+1"]})
    >>> own = people.loc[[0, 0]].assign(from_number=["+1", "+2"], healthy=True)
    >>> import numpy as np
    >>> next_caller(people, own, np.array([True])).tolist()
    ['+2']
    """
    healthy = own[own["healthy"]]
    places = healthy.groupby(_LINE, observed=True).cumcount()
    best = [
        people[_LINE].merge(healthy[places == place], on=_LINE, how="left")["from_number"].array
        for place in (0, 1)
    ]
    last = people["from_number"]
    first, second = (pd.Series(column, index=people.index) for column in best)
    elsewhere = first.where(first.ne(last) | first.isna(), second)
    blocked = own.loc[~own["healthy"], "from_number"]
    keep = ~other & (last.notna() & ~last.isin(blocked)).to_numpy()
    return last.where(keep, elsewhere)
