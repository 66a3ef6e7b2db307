"""Groups of calls compared: is the difference more than chance, how many calls would tell."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import endings, has_times, own_number
from retell_nb.calls.repeats import repeats
from retell_nb.engine.codes import lookup
from retell_nb.engine.intervals import newcombe, ratio
from retell_nb.grouping import choose, keys, vocabulary_of
from retell_nb.selection.select import select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.grouping import By

__all__ = ["compare"]

_FEW = 5  # expected calls in a cell, below which the test is exact (Cochran)
_ALPHA, _POWER = 0.05, 0.8
_WORSE, _BETTER, _SAME = "higher", "lower", "no difference beyond chance"


class _Pair(NamedTuple):
    """Two groups to compare: what they are, and their calls as masks."""

    labels: dict[str, str]
    first: Mask
    second: Mask


def compare(
    calls: pd.DataFrame,
    *what: By | Mapping[str, Any],
    of: By = "failed",
    strata: Sequence[By] | None = None,
    detect: float = 0.02,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Differences of a rate between groups, with intervals and p-values.

    People are counted, not dials: the same ending with the same person within 24 hours counts
    once.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    *what : str, Series, or two mappings
        ``"agent_version"`` compares each version of an agent with the one before it; any other
        grouping compares each group with all others. Two selections, such as
        ``{"agent_version": 7}, {"agent_version": 8}`` or periods, are compared with each other.
    of : str or Series of bool
        The calls whose rate is wanted, as for `rates`.
    strata : sequence of str or Series, optional
        Like is compared with like within these groups. By default the hour of the day and the
        number of one's own (the caller of an outbound call, the number that an inbound call
        reached), as far as the calls tell them. An empty one compares all calls together.
    detect : float
        The difference, as a share of one, that should not be overlooked.
    tz : str
        Time zone of hours and days, and of times where selections name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row per comparison: `agent` for versions; `first` and `second`, what is compared; for
        both ``calls``, ``failed`` (or the name of `of`) and ``rate``, with ``first_`` and
        ``second_``; `difference` of the second rate from the first, `low` and `high`, Newcombe's
        95% interval; `odds_ratio`, that of Mantel and Haenszel over the strata; `test`,
        ``Mantel-Haenszel``, or ``Fisher`` where counts are small; `p_value`; `p_adjusted`, for
        that many comparisons (Benjamini and Hochberg); `verdict`; `more_calls`, about how many
        more calls of each group would show a difference of `detect` in 80 of 100 cases, 0 where
        there are enough.

    Raises
    ------
    ValueError
        If it is neither one grouping nor two selections, or `detect` is not between 0 and 1.

    Notes
    -----
    N. Mantel and W. Haenszel, Journal of the National Cancer Institute 22 (1959), 719-748; R. G.
    Newcombe, Statistics in Medicine 17 (1998), 873-890; Y. Benjamini and Y. Hochberg, Journal of
    the Royal Statistical Society B 57 (1995), 289-300. statsmodels and scipy do the sums.

    Examples
    --------
    >>> reasons = ["user_hangup"] * 90 + ["dial_failed"] * 10 + ["dial_failed"] * 60
    >>> reasons += ["user_hangup"] * 40
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": "a"})
    >>> calls["agent_version"] = [1] * 100 + [2] * 100
    >>> compare(calls, "agent_version")[["agent", "first", "second", "difference", "verdict"]]
      agent first second  difference verdict
    0     a     1      2         0.5  higher
    """
    if not 0 < detect < 1:
        raise ValueError(f"detect is {detect}; give a share of one, such as 0.02 for two points.")
    vocabulary = vocabulary_of(reasons)
    choice = choose(calls, of, None, endings(calls, vocabulary), ("calls", "rate"))
    in_rate, hit = lookup(choice.kind.codes, choice.flags["counted"], choice.flags["hit"])
    in_rate = in_rate & ~repeats(calls, vocabulary)
    stratum = _strata(calls, strata, vocabulary, tz)
    rows = [
        pair.labels
        | _figures(hit, stratum, pair.first & in_rate, pair.second & in_rate, choice.name, detect)
        for pair in _pairs(calls, what, vocabulary, tz, reasons)
    ]
    table = pd.DataFrame(rows, columns=None if rows else [*_columns(choice.name)])
    table["p_adjusted"] = _adjusted(table["p_value"].to_numpy(dtype=np.float64))
    table["verdict"] = [_verdict(row, detect) for _, row in table.iterrows()]
    own = [name for name in _columns(choice.name) if name in table.columns]
    return table[[*(name for name in table.columns if name not in own), *own]]


def _columns(name: str) -> tuple[str, ...]:
    sides = [f"{side}_{of}" for side in ("first", "second") for of in ("calls", name, "rate")]
    tests = ("odds_ratio", "test", "p_value", "p_adjusted", "verdict", "more_calls")
    return ("first", "second", *sides, "difference", "low", "high", *tests)


def _pairs(
    calls: pd.DataFrame,
    what: Sequence[By | Mapping[str, Any]],
    vocabulary: pd.DataFrame,
    tz: str,
    reasons: pd.DataFrame | None,
) -> Iterator[_Pair]:
    """What is compared with what."""
    selections = [item for item in what if isinstance(item, Mapping)]
    if len(what) == len(selections) == 2:
        first, second = (_mask(calls, item, tz, reasons) for item in selections)
        labels = {"first": _words(selections[0]), "second": _words(selections[1])}
        yield _Pair(labels, first, second)
    elif len(what) != 1 or selections:
        raise ValueError(
            f"compare got {len(what)} things of which {len(selections)} are selections. Give one "
            "grouping, such as compare('agent_version'), or two selections, such as "
            "compare({'agent_version': 7}, {'agent_version': 8})."
        )
    elif isinstance(what[0], str) and what[0] in ("agent_version", "version"):
        yield from _versions(calls)
    else:
        plain = [item for item in what if not isinstance(item, Mapping)]
        (group,) = keys(calls, plain, vocabulary, tz=tz)
        codes = group.codes
        for code in range(len(group.levels)):
            labels = {"first": "all others", "second": str(group.levels.iloc[code])}
            yield _Pair(labels, (codes >= 0) & (codes != code), codes == code)


def _mask(
    calls: pd.DataFrame, selection: Mapping[str, Any], tz: str, reasons: pd.DataFrame | None
) -> Mask:
    """Which calls a selection selects."""
    places = calls.set_axis(pd.RangeIndex(len(calls)))
    options = {"tz": tz, **selection}
    mask = np.zeros(len(calls), dtype=bool)
    mask[select(places, reasons=reasons, **options).index] = True
    return mask


def _words(selection: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in selection.items()) or "all calls"


def _versions(calls: pd.DataFrame) -> Iterator[_Pair]:
    """Each version of an agent, and the one before it."""
    if "agent_version" not in calls.columns:
        raise ValueError(
            "the calls do not record agent_version. Name the column that holds it with "
            "retell_nb.as_calls(df, columns={'its name': 'agent_version'})."
        )
    agent = agents(calls)
    version = calls["agent_version"].to_numpy(dtype=np.float64, na_value=np.nan)
    for code, name in enumerate(agent.names):
        own = agent.codes == code
        for before, after in itertools.pairwise(np.unique(version[own & ~np.isnan(version)])):
            labels = {"agent": name, "first": f"{before:.0f}", "second": f"{after:.0f}"}
            yield _Pair(labels, own & (version == before), own & (version == after))


def _strata(
    calls: pd.DataFrame, strata: Sequence[By] | None, vocabulary: pd.DataFrame, tz: str
) -> Ints:
    """The stratum of each call."""
    if strata is None:
        clock = ["hour"] if has_times(calls) else []
        strata = [*clock, own_number(calls, vocabulary).rename("own number")]
    together = pd.DataFrame(
        {group.name: group.codes for group in keys(calls, list(strata), vocabulary, tz=tz)}
    )
    if together.empty:
        return np.zeros(len(calls), dtype=np.int64)
    groups = together.groupby(list(together.columns), sort=False).ngroup()
    return np.asarray(groups, dtype=np.int64)


def _figures(
    hit: Mask, stratum: Ints, first: Mask, second: Mask, name: str, detect: float
) -> dict[str, Any]:
    """Both sides, their difference, and how sure it is."""
    calls = np.array([first.sum(), second.sum()])
    hits = np.array([(first & hit).sum(), (second & hit).sum()])
    rates = ratio(hits, calls)
    low, high = newcombe(hits[1], calls[1], hits[0], calls[0])
    tested = _tested(hit, stratum, first, second)
    sides = {
        f"{side}_{column}": values[place]
        for place, side in enumerate(("first", "second"))
        for column, values in (("calls", calls), (name, hits), ("rate", rates))
    }
    return {
        **sides,
        "difference": float(rates[1] - rates[0]),
        "low": float(low),
        "high": float(high),
        **tested,
        "more_calls": _more_calls(hits, calls, detect),
    }


def _tested(hit: Mask, stratum: Ints, first: Mask, second: Mask) -> dict[str, Any]:
    """Odds ratio, test and p-value: exact where a cell is expected to hold few calls."""
    from scipy.stats import fisher_exact  # noqa: PLC0415 - scipy takes its time
    from statsmodels.stats.contingency_tables import StratifiedTable  # noqa: PLC0415 - as above

    table = np.array(
        [[(side & part).sum() for part in (hit, ~hit)] for side in (second, first)], dtype=float
    )
    if not table.sum(axis=1).all():
        return {"odds_ratio": np.nan, "test": "none", "p_value": np.nan}
    expected = table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()
    if expected.min() < _FEW:
        odds, p_value = fisher_exact(table)
        return {"odds_ratio": float(odds), "test": "Fisher", "p_value": float(p_value)}
    tables = _by_stratum(hit, stratum, first, second)
    result = StratifiedTable(tables)
    with np.errstate(divide="ignore", invalid="ignore"):  # a group may have no hit in any stratum
        odds = float(result.oddsratio_pooled)
        p_value = float(result.test_null_odds(correction=False).pvalue)
    return {"odds_ratio": odds, "test": "Mantel-Haenszel", "p_value": p_value}


def _by_stratum(hit: Mask, stratum: Ints, first: Mask, second: Mask) -> list[Any]:
    """A table of two by two for each stratum that has both groups; all calls if there is none."""
    size = int(stratum.max(initial=0)) + 1
    counts = np.array(
        [
            [np.bincount(stratum[side & part], minlength=size) for part in (hit, ~hit)]
            for side in (second, first)
        ],
        dtype=float,
    )
    both = (counts.sum(axis=1) > 0).all(axis=0) & (counts.sum(axis=0) > 0).all(axis=0)
    if not both.any():
        return [counts.sum(axis=2)]
    return [counts[:, :, place] for place in np.flatnonzero(both)]


def _adjusted(p_values: Any) -> Any:
    """P-values of Benjamini and Hochberg; missing ones are no comparisons."""
    adjusted = np.full(len(p_values), np.nan)
    tested = ~np.isnan(p_values)
    if tested.any():
        from statsmodels.stats.multitest import multipletests  # noqa: PLC0415 - takes its time

        adjusted[tested] = multipletests(p_values[tested], method="fdr_bh")[1]
    return adjusted


def _more_calls(hits: Any, calls: Any, detect: float) -> int:
    """Calls that each group lacks to show a difference of `detect`."""
    from statsmodels.stats.proportion import (  # noqa: PLC0415 - takes its time
        samplesize_proportions_2indep_onetail,
    )

    rate = (hits.sum() + 0.5) / (calls.sum() + 1)
    usual = float(np.clip(rate, 0.001, 0.999 - detect))
    needed = samplesize_proportions_2indep_onetail(detect, usual, _POWER, alpha=_ALPHA / 2)
    return max(0, int(np.ceil(float(needed) - calls.min())))


def _verdict(row: pd.Series[Any], detect: float) -> str:
    """What the figures say, in words."""
    if row["p_adjusted"] < _ALPHA:
        return _WORSE if row["difference"] > 0 else _BETTER
    if row["more_calls"]:
        points = f"{100 * detect:.3g}"
        return (
            f"not enough calls to say: about {row['more_calls']:,} more of each would show "
            f"{points} points"
        )
    return _SAME
