"""How many calls, and how many of them failed, by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.calls.facts import endings
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import choose, keys, vocabulary_of

if TYPE_CHECKING:
    import pandas as pd

    from retell_nb.engine.aliases import Codes
    from retell_nb.grouping import By

__all__ = ["ranked", "rated", "rates", "tally"]

RATED = ("calls", "rate", "low", "high")
"""The columns that every table of rates has, whatever it counts."""

TOLERANCE = 0.1
"""Half the width that an interval may have for its group to be ranked."""


def tally(
    calls: pd.DataFrame, *by: By, tz: str = "UTC", reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Calls and their share in every group, most frequent first.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`, `calls`, and `share` of all calls. A missing value is a group too.
        Groups of the same size keep the order of their values.

    Raises
    ------
    ValueError
        If a column is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> reasons = ["dial_busy", "dial_failed", "dial_failed", "user_hangup"]
    >>> tally(pd.DataFrame({"disconnection_reason": reasons}), "outcome")
           outcome  calls  share
    0       failed      2   0.50
    1    completed      1   0.25
    2  not_reached      1   0.25
    """
    counts = count(keys(calls, by, vocabulary_of(reasons), ("calls", "share"), tz), len(calls))
    table = counts.groups().assign(calls=counts.calls, share=ratio(counts.calls, len(calls)))
    return table.sort_values("calls", ascending=False, kind="stable", ignore_index=True)


def rates(
    calls: pd.DataFrame,
    *by: By,
    of: By = "failed",
    among: By | None = None,
    tolerance: float = TOLERANCE,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Rate of failed calls, or of any other kind, in every group with its interval, worst first.

    Calls in progress are not counted: what becomes of them is not known yet. Nor are ended calls
    whose ending nobody knows, which are neither a success nor a failure.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index.
    of : str or Series of bool
        The calls whose rate is wanted: an outcome, category, owner, status or reason, or a Series
        of booleans with the index of the calls.
    among : str or Series of bool, optional
        The calls of which it is the rate; all ended calls by default.
    tolerance : float
        Half the width that an interval may have for its group to be ranked.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `calls`, the calls of known ending; a column named after `of` (``hits``
        for a Series without a name); `rate`; `low` and `high`, Wilson's 95% interval; `unknown`,
        the ended calls beside them whose ending nobody knows; `enough`, whether
        ``(high - low) / 2 <= tolerance``. Where `of` or `among` is itself ``unknown``, or a reason
        that the vocabulary lacks, the rate is over all ended calls. Groups of enough calls come
        first, and among them the one with the highest `low`. Without `by` one row, even of no
        calls. ``attrs["in_progress"]`` and ``attrs["unknown"]`` count such calls over all groups.

    Raises
    ------
    ValueError
        If a column is not known, or what `of` or `among` say is unknown or ambiguous.

    Examples
    --------
    >>> import pandas as pd
    >>> reasons = ["dial_busy", "dial_failed", "dial_failed", "user_hangup"]
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": ["a", "a", "b", "b"]})
    >>> rates(calls, "agent_id").round(2)
      agent_id  calls  failed  rate   low  high  unknown  enough
    0        a      2       1   0.5  0.09  0.91        0   False
    1        b      2       1   0.5  0.09  0.91        0   False
    """
    ending = endings(calls, vocabulary_of(reasons))
    own = (*RATED, "unknown", "enough", "hits")
    groups = keys(calls, by, ending.vocabulary, own, tz, ending=ending)
    reserved = (*(group.name for group in groups), *RATED, "enough")
    selection = choose(calls, of, among, ending, reserved)
    counts, attrs = selection.added(count([*groups, selection.kind], len(calls)))
    table = ranked(rated(counts.groups(), name=selection.name, **counts.totals), tolerance)
    table.attrs.update(attrs)
    return table


def ranked(table: pd.DataFrame, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Return groups with their rates, worst first, those of too few calls last.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"calls": [9, 80], "low": [0.3, 0.2], "high": [0.9, 0.3]})
    >>> ranked(table)["calls"].tolist()
    [80, 9]
    """
    table = table.assign(enough=(table["high"] - table["low"]) / 2 <= tolerance)
    order = ["enough", "low", "calls"]
    return table.sort_values(order, ascending=False, kind="stable", ignore_index=True)


def rated(
    groups: pd.DataFrame, calls: Codes, hits: Codes, name: str, unknown: Codes | None = None
) -> pd.DataFrame:
    """Return groups with the columns `calls`, `name`, `rate`, `low`, `high`, and `unknown` if any.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> groups = pd.DataFrame({"agent_id": ["a", "b"]})
    >>> rated(groups, np.array([4, 0]), np.array([1, 0]), "failed").round(2)
      agent_id  calls  failed  rate   low  high
    0        a      4       1  0.25  0.05   0.7
    1        b      0       0   NaN   NaN   NaN
    """
    low, high = wilson(hits, calls)
    counts = {"calls": calls, name: hits}
    table = groups.assign(**counts, rate=ratio(hits, calls), low=low, high=high)
    return table if unknown is None or name == "unknown" else table.assign(unknown=unknown)
