"""What calls cost, and how much of that failures took which somebody could mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.schema import require
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import mean_interval, ratio, total_interval
from retell_nb.grouping import flags, keys, vocabulary_of, word

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask
    from retell_nb.grouping import By

__all__ = ["costs"]

_NOBODY = ("nobody", "unknown")
_OWN = (
    "calls", "costed", "cents", "amount", "mean", "low", "high", "connected", "per_connected",
    "human", "per_human", "unknown", "recoverable_calls", "recoverable", "recoverable_low",
    "recoverable_high",
)  # fmt: skip


def costs(
    calls: pd.DataFrame, *by: By, tz: str = "UTC", reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """What the calls of every outcome, or of any other group, cost, the dearest first.

    A cost that is not on record, or is negative, is missing and not zero: such calls are counted
    in `calls` and in nothing else.

    Parameters
    ----------
    calls : DataFrame
        With `combined_cost`; `in_voicemail` where there is one.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index;
        by default the outcome.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `calls`; `costed`, those with a cost on record; their `cents`, and the
        same `amount` in the account's currency; `mean` in cents per call, with `low` and `high`;
        `connected`, the costed calls that were connected, and `per_connected`, the group's cents
        per such call; `human`, those in which a person took part (connected, not ended by a
        machine, not in a voicemail), and `per_human`; `unknown`, the costed calls whose reason
        does not tell how far they got, which are in neither of the two, nor are their cents;
        `recoverable_calls`, the costed calls that failed and have an owner who can mend the cause,
        their cents in `recoverable`, and `recoverable_low` to `recoverable_high`. Both
        intervals are of about 95 % (see Notes). ``attrs["uncosted"]`` counts the calls without a
        cost on record.

    Raises
    ------
    ValueError
        If a column is missing or not known.

    Notes
    -----
    The interval of `mean` is Student's on the scale of logarithms; of fewer than three calls there
    is none. That of `recoverable` is for the sum of a chance number of failures of chance costs
    (compound Poisson): its variance is the sum of the squared costs, as in M. P. Fay and E. J.
    Feuer, Statistics in Medicine 16 (1997), 791-801, and it is normal on the scale of logarithms,
    so it stays above 0. Read it as what as many calls again would lose. It is not a number where
    nothing was lost. Costs are skewed, so both intervals hold the truth less often than they say
    where calls are few: below twenty calls in about 87 to 94 of 100 samples of exponential or
    lognormal costs. Take those as a hint.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "error_asr", "user_hangup"],
    ...     "combined_cost": [30.0, 12.0, None],
    ... })
    >>> costs(calls)[["outcome", "calls", "costed", "cents", "amount", "per_human", "recoverable"]]
         outcome  calls  costed  cents  amount  per_human  recoverable
    0  completed      2       1   30.0    0.30       30.0          0.0
    1     failed      1       1   12.0    0.12       12.0         12.0
    """
    require(calls, "disconnection_reason", "combined_cost")
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by or ("outcome",), vocabulary, _OWN, tz)
    cost = calls["combined_cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    kinds = _kinds(calls, cost >= 0, vocabulary)
    cost = np.where(kinds["costed"], cost, 0)
    lost = np.where(kinds["recoverable_calls"], cost, 0)
    placed = np.where(kinds["unknown"], 0, cost)
    sums = {
        "cents": cost, "squared": cost**2, "recoverable": lost, "lost_squared": lost**2,
        "placed": placed,
    }  # fmt: skip
    counts = count(groups, len(calls), hits=kinds, sums=sums)
    part = counts.totals
    mean, low, high = mean_interval(part["cents"], part["squared"], part["costed"])
    lost_low, lost_high = total_interval(part["recoverable"], part["lost_squared"])
    table = counts.groups().assign(
        calls=counts.calls,
        **{name: part[name] for name in kinds},
        **{name: part[name].astype(np.float64) for name in ("cents", "recoverable")},
        amount=part["cents"] / 100,
        mean=mean,
        low=low,
        high=high,
        per_connected=ratio(part["placed"], part["connected"]),
        per_human=ratio(part["placed"], part["human"]),
        recoverable_low=lost_low,
        recoverable_high=lost_high,
    )
    table = table.sort_values(["cents", "calls"], ascending=False, kind="stable", ignore_index=True)
    table.attrs["uncosted"] = int((~kinds["costed"]).sum())
    return table[[*(group.name for group in groups), *_OWN]]


def _kinds(calls: pd.DataFrame, costed: Mask, vocabulary: pd.DataFrame) -> dict[str, Mask]:
    """Return which of the calls with a cost on record are of each kind."""
    outcome, owner, stage = (
        word(calls, name, vocabulary) for name in ("outcome", "owner", "stage")
    )
    connected = costed & flags(stage.eq("connected"))
    machine = flags(outcome.eq("machine"))
    if "in_voicemail" in calls.columns:
        machine = machine | flags(calls["in_voicemail"])
    return {
        "costed": costed,
        "connected": connected,
        "human": connected & ~machine,
        "unknown": costed & ~flags(stage.isin(vocabulary["stage"])),
        "recoverable_calls": costed & flags(outcome.eq("failed")) & ~flags(owner.isin(_NOBODY)),
    }
