"""Whether a rate changed because the rates of groups did, or because the mix of calls moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import choose, keys, vocabulary_of
from retell_nb.tables.change.series import refuse_series

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Floats
    from retell_nb.grouping import By

__all__ = ["decompose"]

_OF_GROUPS = (
    *("calls", "hits", "rate", "low", "high", "share", "rate_effect", "mix_effect", "effect"),
    *(f"baseline_{name}" for name in ("calls", "hits", "rate", "low", "high", "share")),
)
"""The columns of each group."""


def decompose(
    calls: pd.DataFrame,
    baseline: pd.DataFrame,
    *by: By,
    of: By = "failed",
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Whether a rate changed because rates of groups did, or because the mix of calls moved.

    Parameters
    ----------
    calls, baseline : DataFrame
        Calls now, and those of an earlier period.
    *by : str
        The groups of the mix: column words, columns of both frames, or functions of the calls.
    of : str
        The calls whose rate is wanted, as for `rates`.
    tz : str
        Time zone of hours and days.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row per group, those first that moved the overall rate most: the columns of `by`;
        `calls`, `failed` (or the name of `of`), `rate`, `low` and `high` (Wilson, 95%) and the
        same with ``baseline_``; `share` and `baseline_share` of the calls; `rate_effect` and
        `mix_effect` on the overall rate, as shares of one; `effect`, their sum. The effects of all
        groups add up to the change of the overall rate, which is in ``attrs["change"]`` with its
        parts ``attrs["rate_effect"]`` and ``attrs["mix_effect"]``.

    Raises
    ------
    ValueError
        If no group or a Series is given, or a period has no calls of known ending.

    Notes
    -----
    E. M. Kitagawa, "Components of a difference between two rates", Journal of the American
    Statistical Association 50 (1955), 1168-1194. Of a group with share s and rate r, the rate
    effect is the mean s times the change of r, and the mix effect the mean distance of r from the
    overall rate times the change of s; a group that only one period has keeps the other's rate
    there, so that all its effect is one of the mix.

    Examples
    --------
    >>> groups = pd.Series(["a", "b"])
    >>> before = pd.DataFrame({"agent_id": groups.repeat([100, 900])})
    >>> now = pd.DataFrame({"agent_id": groups.repeat([500, 500])})
    >>> reason = {"a": "dial_failed", "b": "user_hangup"}
    >>> frames = [f.assign(disconnection_reason=f["agent_id"].map(reason)) for f in (now, before)]
    >>> round(decompose(*frames, "agent_id").attrs["mix_effect"], 3)
    0.4
    """
    if not by:
        raise ValueError("decompose needs the groups of the mix, such as 'agent_id' or 'hour'.")
    refuse_series([of, *by])
    vocabulary = vocabulary_of(reasons)
    tables = [_by_group(part, by, of, vocabulary, tz) for part in (calls, baseline)]
    names, measure = tables[0].attrs["by"], tables[0].attrs["of"]
    both = tables[0].merge(tables[1], on=names, how="outer", suffixes=("", "_before"))
    figures = both[["calls", "hits", "calls_before", "hits_before"]].fillna(0).to_numpy(float)
    n, hits, n0, hits0 = figures.T
    if not n.sum() or not n0.sum():
        raise ValueError(
            f"{int(n.sum()):,} calls of known ending now and {int(n0.sum()):,} in the baseline: "
            "both need some. Choose other periods."
        )
    table = _effects(both[names], n, hits, n0, hits0, measure)
    order = table["effect"].abs().sort_values(ascending=False, kind="stable").index
    table = table.loc[order].reset_index(drop=True)
    table.attrs = {
        "rate": float(hits.sum() / n.sum()),
        "baseline_rate": float(hits0.sum() / n0.sum()),
        "change": float(hits.sum() / n.sum() - hits0.sum() / n0.sum()),
        "rate_effect": float(table["rate_effect"].sum()),
        "mix_effect": float(table["mix_effect"].sum()),
    }
    return table


def _effects(
    groups: pd.DataFrame, n: Floats, hits: Floats, n0: Floats, hits0: Floats, measure: str
) -> pd.DataFrame:
    """Rates, shares and effects of each group, now and before."""
    share, share0 = n / n.sum(), n0 / n0.sum()
    rate, rate0 = ratio(hits, n), ratio(hits0, n0)
    full, full0 = np.where(n > 0, rate, rate0), np.where(n0 > 0, rate0, rate)
    middle = (hits.sum() / n.sum() + hits0.sum() / n0.sum()) / 2
    rate_effect = (share + share0) / 2 * (full - full0)
    mix_effect = ((full + full0) / 2 - middle) * (share - share0)
    low, high = wilson(hits, n)
    low0, high0 = wilson(hits0, n0)
    return groups.assign(
        calls=n.astype(np.int64),
        **{measure: hits.astype(np.int64)},
        rate=rate,
        low=low,
        high=high,
        baseline_calls=n0.astype(np.int64),
        **{f"baseline_{measure}": hits0.astype(np.int64)},
        baseline_rate=rate0,
        baseline_low=low0,
        baseline_high=high0,
        share=share,
        baseline_share=share0,
        rate_effect=rate_effect,
        mix_effect=mix_effect,
        effect=rate_effect + mix_effect,
    )


def _by_group(
    calls: pd.DataFrame, by: Sequence[By], of: By, vocabulary: pd.DataFrame, tz: str
) -> pd.DataFrame:
    """Calls of known ending and hits by group; a missing value is a group of its own."""
    groups = keys(calls, by, vocabulary, _OF_GROUPS, tz)
    reserved = [*_OF_GROUPS, *(group.name for group in groups)]
    choice = choose(calls, of, None, endings(calls, vocabulary), reserved)
    counts, _ = choice.added(count([*groups, choice.kind], len(calls)))
    table: pd.DataFrame = counts.groups().assign(
        calls=counts.totals["calls"], hits=counts.totals["hits"]
    )
    table.attrs = {"by": [group.name for group in groups], "of": choice.name}
    return table
