"""Which calls: those to which filters apply, given as plain values.

Filters are a plain mapping that JSON can hold, such as ``{"outcome": ["failed"], "duration":
"<10s", "start": "2026-03-02"}``. They can be shown, passed on and written as code.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from retell_nb.grouping import vocabulary_of
from retell_nb.selection.filters import as_filters, plain
from retell_nb.selection.matching import applies
from retell_nb.selection.troubles import trouble_in

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["select"]


def select(
    calls: pd.DataFrame,
    finding: Mapping[str, Any] | pd.Series[Any] | str | None = None,
    /,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    now: str | pd.Timestamp | None = None,
    **filters: Any,
) -> pd.DataFrame:
    """The calls to which every filter applies, in their order.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    finding : Series or mapping, optional
        A row of `findings`, to select the calls behind it.
    tz : str
        Time zone of the clock, and of times that name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    now : str or Timestamp, optional
        With `trouble`: as for `audit`.
    **filters
        By name, each with a value, a list of values (None stands for a missing one), or a range:
        a mapping ``{"from": ..., "to": ...}`` or a text such as ``"<10s"``, ``"10s..60s"``,
        ``">=0.50"``. A range holds its lower end and not its upper one. None alone selects all.

        - a column word (`outcome`, `reason`, `owner`, ...) or a column of the calls, in the API's
          units (`duration_ms`, `combined_cost` in cents)
        - `agent`, by name or id; `version`; `country` of the callee
        - `duration`, with its unit or in seconds; `cost` in dollars
        - `hour`, `weekday` (0 is Monday), `day`, `week` (its Monday), by the time of each call
        - `start` and `end`: from `start` on and before `end`
        - `search`, a text in an id or a number, whatever its letter case
        - `trouble`, as `audit` names it

    Returns
    -------
    DataFrame
        Where no call has an id that was asked for, ``attrs["notes"]`` says so.

    Raises
    ------
    ValueError
        If a filter is not known, no call can have the value, or a range or a time is none.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "dial_failed", "user_hangup"],
    ...     "agent_id": ["agent_1", "agent_1", None], "duration_ms": [0, 0, 9_000],
    ... })
    >>> select(calls, outcome="failed", agent_id=["agent_1"]).index.tolist()
    [1]
    >>> select(calls, agent_id=[None]).index.tolist(), select(calls, duration="1s..10s").index[0]
    ([2], 2)
    """
    criteria = {**as_filters(finding), **filters}
    tz = criteria.pop("tz", tz)
    empty = [name for name, value in criteria.items() if _is_empty(value)]
    if empty:
        raise ValueError(
            f"{empty[0]}=[] would select no call; give at least one value, or leave it out."
        )
    vocabulary = vocabulary_of(reasons)
    notes: list[str] = []
    bare = calls.copy(deep=False)
    bare.attrs = {}  # pandas would copy them at every step
    mask = np.ones(len(calls), dtype=bool)
    for name, value in plain(criteria).items():
        mask &= (
            trouble_in(bare, value, vocabulary, now)
            if name == "trouble"
            else applies(bare, name, value, tz, vocabulary, notes)
        )
    selected = calls[mask]
    if notes:
        selected.attrs["notes"] = [*calls.attrs.get("notes", ()), *notes]
    return selected


def _is_empty(value: Any) -> bool:
    return hasattr(value, "__len__") and not isinstance(value, (str, Mapping)) and len(value) == 0
