"""Calls that ran into a limit of time: by agent, or by the caller who did so again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.tables.time_limits.limits import limits
from retell_nb.tables.time_limits.repeaters import repeaters

if TYPE_CHECKING:
    import pandas as pd

    from retell_nb.grouping import By

__all__ = ["time_limits"]


def time_limits(
    calls: pd.DataFrame,
    *by: By,
    each: str | None = None,
    again: int = 2,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Calls that ran into each time limit by agent, and the setting that the agent seems to have.

    Parameters
    ----------
    calls : DataFrame
        With `agent_id`, `call_type`, `duration_ms`, `combined_cost`, `direction`, `from_number`
        and `to_number`; `start_timestamp` too for the callers.
    *by : str or Series
        In place of the agent: words, columns of the calls, or Series with their index. Add
        ``"version"`` where a setting may have changed.
    each : {None, "caller"}
        ``"caller"`` for a row per person who ran into the same limit `again` times or more.
    again : int
        Calls into the same limit from which on somebody does so again and again.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row for every kind of limit and group: `kind`, `setting`, what it `seems` to be set to in
        seconds and by what `reading`, `default`, `calls` that could run into the limit, `at_limit`,
        `rate`, `low`, `high` (Wilson, 95%), durations, cost, `callers` and `repeaters`; or a row
        for every caller: `number`, `kind`, `calls`, `at_limit`, `rate`, `minutes`, `cents`,
        `first` and `last` time. `retell_nb.tables.time_limits` describes each.

    Raises
    ------
    ValueError
        If a column is missing or not known, `again` is below 2, or callers are to be grouped.

    Examples
    --------
    >>> import retell_nb as rn
    >>> calls = rn.sample_calls(20_000, seed=7)
    >>> time_limits(calls, "agent")["kind"].unique()[:2].tolist()
    ['inactivity', 'max_duration_reached']
    >>> time_limits(calls, each="caller").columns[:4].tolist()
    ['number', 'kind', 'calls', 'at_limit']
    """
    if each not in (None, "caller"):
        raise ValueError(f"each={each!r} is not allowed. Allowed: None (groups), 'caller'.")
    if each is None:
        return limits(calls, *by, again=again, tz=tz, reasons=reasons)
    if by:
        raise ValueError("callers come one by one: leave out what to group by, or each='caller'.")
    return repeaters(calls, again=again, reasons=reasons)
