"""What calls cost, and how much of that failures took which somebody could mend."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd

from retell_nb.calls.facts import machine
from retell_nb.calls.schema import require
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import mean_interval, ratio, total_interval
from retell_nb.engine.steps import Squares
from retell_nb.grouping import flags, keys, vocabulary_of, word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.grouping import By

__all__ = ["costs"]

_NOBODY = ("nobody", "unknown")
_OWN = (
    "calls", "costed", "cents", "amount", "mean", "low", "high", "connected", "per_connected",
    "human", "per_human", "unknown", "recoverable_calls", "recoverable", "recoverable_low",
    "recoverable_high", "billed", "billed_seconds", "talked_seconds",
)  # fmt: skip
_OF_PRODUCTS = ("product", "calls", "cents", "amount", "share")


def costs(
    calls: pd.DataFrame,
    *by: By,
    each: Literal["product"] | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
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
    each : 'product', optional
        Costs by product instead: by the voice, the model, the telephony, ... This takes
        `product_costs`, as ``keep=("product_costs",)`` loads it, and groups only where asked to.
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
        intervals are of about 95% (see Notes). `billed`, the calls that tell both how long they
        lasted and what was billed, their `billed_seconds` and `talked_seconds`, missing where there
        is none. ``attrs["uncosted"]`` counts the calls without a cost on record.

        With ``each="product"``: the columns of `by`, `product`, the `calls` that it was part of,
        its `cents`, the same `amount` in the account's currency, and its `share` of the group's
        product costs. ``attrs["not_recorded"]`` counts the calls without product costs.

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
    vocabulary = vocabulary_of(reasons)
    if each is not None:
        return _by_product(calls, by, each, vocabulary, tz)
    require(calls, "disconnection_reason", "combined_cost")
    groups = keys(calls, by or ("outcome",), vocabulary, _OWN, tz)
    cost = calls["combined_cost"].to_numpy(dtype=np.float64, na_value=np.nan)
    kinds = _kinds(calls, cost >= 0, vocabulary)
    counts = count(groups, len(calls), hits=kinds, sums=_sums(cost, kinds) | _seconds(calls))
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
        billed=part["billed"].astype(np.int64),
        **{name: np.where(part["billed"] > 0, part[name], np.nan) for name in _SECONDS},
    )
    table = table.sort_values(["cents", "calls"], ascending=False, kind="stable", ignore_index=True)
    table.attrs["uncosted"] = int((~kinds["costed"]).sum())
    return table[[*(group.name for group in groups), *_OWN]]


def _sums(cost: Floats, kinds: Mapping[str, Mask]) -> dict[str, Floats]:
    """Return the cents of calls to be added up, and their squares."""
    cents, recoverable = (_Some(cost, kinds[name]) for name in ("costed", "recoverable_calls"))
    parts: dict[str, Any] = {
        "cents": cents,
        "squared": Squares(cents),
        "recoverable": recoverable,
        "lost_squared": Squares(recoverable),
        "placed": _Some(cost, kinds["costed"] & ~kinds["unknown"]),
    }
    return parts


class _Some:
    """Numbers of some calls and 0 of the others, made only of the parts that are asked for."""

    def __init__(self, numbers: Floats, where: Mask) -> None:
        self._numbers, self._where = numbers, where

    def __getitem__(self, rows: slice) -> Floats:
        return np.where(self._where[rows], self._numbers[rows], 0)


_SECONDS = ("billed_seconds", "talked_seconds")


def _seconds(calls: pd.DataFrame) -> dict[str, Floats]:
    """Return seconds billed and talked of the calls that tell both, and which calls these are."""
    missing = pd.Series(np.nan, calls.index)
    billed, talked = (
        calls.get(name, missing).to_numpy(dtype=np.float64, na_value=np.nan) / per
        for name, per in (("billed_seconds", 1), ("duration_ms", 1000))
    )
    both = (billed >= 0) & (talked >= 0)
    parts = {"billed_seconds": billed, "talked_seconds": talked}
    return {"billed": both.astype(float)} | {
        name: cast("Any", _Some(seconds, both)) for name, seconds in parts.items()
    }


def _by_product(
    calls: pd.DataFrame, by: Sequence[By], each: str, vocabulary: pd.DataFrame, tz: str
) -> pd.DataFrame:
    if each != "product":
        raise ValueError(f"each={each!r} is not supported; give each='product', or leave it out.")
    if "product_costs" not in calls.columns:
        raise ValueError(
            "the calls do not hold product_costs. Load them with keep=('product_costs',), as "
            "retell_nb.read_calls and retell_nb.load_calls take it."
        )
    parts = calls["product_costs"].reset_index(drop=True).map(_products, na_action="ignore")
    parts = parts.explode().dropna()
    rows = parts.index.to_numpy(dtype=np.int64)
    pairs = pd.DataFrame(parts.tolist(), columns=["product", "cents"])
    mine = calls.iloc[rows].assign(product=pairs["product"].to_numpy(dtype=object))
    groups = keys(
        mine,
        [one.iloc[rows] if isinstance(one, pd.Series) else one for one in by] + [mine["product"]],
        vocabulary,
        _OF_PRODUCTS[1:],
        tz,
    )
    counts = count(groups, len(mine), sums={"cents": pairs["cents"].to_numpy(np.float64)})
    table = counts.groups().assign(calls=counts.calls, cents=counts.totals["cents"])
    names = [group.name for group in groups[:-1]]
    whole = (
        table.groupby(names, dropna=False, observed=True)["cents"].transform("sum")
        if names
        else table["cents"].sum()
    )
    table = table.assign(amount=table["cents"] / 100, share=ratio(table["cents"], whole))
    table = table.sort_values([*names, "cents"], ascending=[True] * len(names) + [False],
                              kind="stable", ignore_index=True)  # fmt: skip
    table.attrs["not_recorded"] = len(calls) - len(np.unique(rows))
    return table[[*names, *_OF_PRODUCTS]]


def _products(cell: object) -> list[tuple[str, float]] | None:
    """Return the products of a call and their cents; several of one product are added up."""
    try:
        items = json.loads(cell) if isinstance(cell, str) else cell
    except (ValueError, RecursionError):
        return None
    cents: dict[str, float] = {}
    for item in items if isinstance(items, list) else ():
        cost = item.get("cost") if isinstance(item, dict) else None
        if isinstance(cost, (int, float)) and not isinstance(cost, bool) and cost >= 0:
            product = str(item.get("product") or "unnamed")
            cents[product] = cents.get(product, 0) + float(cost)
    return [*cents.items()] or None


def _kinds(calls: pd.DataFrame, costed: Mask, vocabulary: pd.DataFrame) -> dict[str, Mask]:
    """Return which of the calls with a cost on record are of each kind."""
    outcome, owner, stage = (
        word(calls, name, vocabulary) for name in ("outcome", "owner", "stage")
    )
    connected = costed & flags(stage.eq("connected"))
    return {
        "costed": costed,
        "connected": connected,
        "human": connected & ~machine(calls, vocabulary),
        "unknown": costed & ~flags(stage.isin(vocabulary["stage"])),
        "recoverable_calls": costed & flags(outcome.eq("failed")) & ~flags(owner.isin(_NOBODY)),
    }
