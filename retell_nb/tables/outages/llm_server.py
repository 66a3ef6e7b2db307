"""Errors of one's own LLM server: whose, in which version, how often, when in a call, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import ended_at, seconds
from retell_nb.calls.schema import DTYPES, require
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, keys, vocabulary_of, word
from retell_nb.tables.groups import rows_of
from retell_nb.tables.outages.exposure import SIGNS, own_server
from retell_nb.tables.outages.suspected import SUSPICIONS, suspected

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints
    from retell_nb.engine.counts import Counts
    from retell_nb.grouping import By

__all__ = ["llm_server"]

_QUARTERS = {"after_q25": 0.25, "after_median": 0.5, "after_q75": 0.75}
_OWN = (
    "kind", "grade", "calls", "affected", "rate", "low", "high", *_QUARTERS, "latency",
    "latency_others", "first", "last", "remedy", "proof",
)  # fmt: skip
_ANY = "any recorded"


def llm_server(
    calls: pd.DataFrame, *by: By, tz: str = "UTC", reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Errors of your own LLM server by agent, version and kind, the worst version first.

    The kinds are the reasons of the category `llm_server`, as recorded, and the hang-ups that are
    suspected to hide the same (`suspected` tells which calls, and why).

    Parameters
    ----------
    calls : DataFrame
        With `duration_ms` and a time; the agent's id or name, `agent_version`, `e2e_latency_p50`
        and `llm_websocket_network_rtt_latency_p50` where there are any.
    *by : str or Series
        In place of agent and version: column words, columns of the calls, or Series with their
        index.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row for every group with each kind that occurs anywhere: the columns of `by`, or `agent`
        (its name, or its id where it has none) and `agent_version`; `kind`, a reason; `grade`,
        ``classified`` for recorded errors and ``unproven`` for suspected ones;
        `calls`, the group's connected calls of agents with a server of their own; `affected`, how
        many of them ended this way; `rate`, `low`, `high` (Wilson, 95%); `after_q25`,
        `after_median`, `after_q75`, seconds into the call at which they ended; `latency`, the
        median over the affected of the median time to answer (ms), and `latency_others`, that of
        the group's calls that nothing befell; `first` and `last` time; `remedy`, as the vocabulary
        has it; `proof`, what to look for. Groups come by the lower end of the rate of all recorded
        errors, kinds by their calls. ``attrs["agents"]`` counts the agents with a server of their
        own.

    Raises
    ------
    ValueError
        If a column is missing or not known.

    Examples
    --------
    >>> ends = pd.date_range("2026-03-01", periods=4, freq="h", tz="UTC")
    >>> broken = "error_llm_websocket_runtime"
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": [broken, "user_hangup", "user_hangup", broken],
    ...     "agent_id": "agent_1", "agent_version": [1, 1, 1, 2], "start_timestamp": ends,
    ...     "duration_ms": [12_000, 60_000, 60_000, 15_000],
    ... })
    >>> llm_server(calls)[["agent_version", "calls", "affected", "after_median"]]
       agent_version  calls  affected  after_median
    0              2      1         1          15.0
    1              1      3         1          12.0
    """
    require(calls, "duration_ms")
    vocabulary = vocabulary_of(reasons)
    them = agents(calls)
    version = calls.get("agent_version", pd.Series(pd.NA, calls.index, dtype="Int64"))
    groups = keys(calls, by, vocabulary, _OWN, tz) or [
        them.key(),
        key(version.rename("agent_version")),
    ]
    own = own_server(calls, vocabulary)
    risk = own & flags(word(calls, "stage", vocabulary).eq("connected"))
    kind, recorded = _kinds(calls, reasons)
    hits = {name: flags(kind.eq(name)) for name in kind.cat.categories}
    counts = count(groups, len(calls), where=risk, hits=hits | {_ANY: flags(kind.isin(recorded))})
    table = _in_rows(counts, [name for name, hit in hits.items() if hit[risk].any()], recorded)
    cells = pd.MultiIndex.from_frame(table[["row", "kind"]])
    befell = _befell(calls[risk], kind[risk], rows_of(counts, risk))
    usual = _usual(calls[risk], kind[risk], rows_of(counts, risk))
    table = table.join(befell.reindex(cells).reset_index(drop=True))
    table["latency_others"] = usual.reindex(table["row"]).to_numpy()
    proofs = dict(SUSPICIONS.groupby("reason")["proof"].first()) | dict(SIGNS)
    table["remedy"] = table["kind"].map(vocabulary["remedy"])
    table["proof"] = table["kind"].map(proofs)
    table = table[[*(group.name for group in groups), *_OWN]]
    table.attrs["agents"] = len(np.unique(them.codes[own & (them.codes >= 0)]))
    return table.astype(dict.fromkeys(("kind", "grade", "remedy", "proof"), DTYPES["text"]))


def _kinds(calls: pd.DataFrame, reasons: pd.DataFrame | None) -> tuple[pd.Series[Any], list[str]]:
    """Return the kind of error of each call, missing where there is none, and the recorded ones."""
    vocabulary = vocabulary_of(reasons)
    recorded = vocabulary.index[vocabulary["category"] == "llm_server"].tolist()
    guessed = SUSPICIONS["reason"].unique().tolist()
    reason = word(calls, "reason", vocabulary).astype("category")
    hidden = reason.isin(guessed) & suspected(calls, reasons=reasons).notna()
    kind = reason.cat.set_categories([*recorded, *guessed])
    return kind.mask(~(reason.isin(recorded) | hidden)), recorded


def _in_rows(counts: Counts, kinds: list[str], recorded: list[str]) -> pd.DataFrame:
    """Return a row for each group and kind, the groups with the most recorded errors first."""
    frame = counts.groups().assign(row=np.arange(len(counts.calls)), calls=counts.calls)
    worst = np.lexsort([-counts.totals[_ANY], -wilson(counts.totals[_ANY], counts.calls)[0]])
    rank = np.argsort(worst)
    parts = [frame.assign(kind=kind, affected=counts.totals[kind], rank=rank) for kind in kinds]
    table = pd.concat(parts or [frame.head(0).assign(kind="", affected=0, rank=0)])
    table["grade"] = np.where(table["kind"].isin(recorded), "classified", "unproven")
    low, high = wilson(table["affected"], table["calls"])
    table = table.assign(rate=ratio(table["affected"], table["calls"]), low=low, high=high)
    order = ["rank", "grade", "affected"]
    return table.sort_values(order, ascending=[True, True, False], ignore_index=True)


def _befell(calls: pd.DataFrame, kind: pd.Series[Any], row: Ints) -> pd.DataFrame:
    """Return when in the call, after what latency and when an error came, by group and kind."""
    lasted = seconds(calls)
    errors = pd.DataFrame(
        {
            "row": row,
            "kind": kind.astype(object),
            "lasted": np.where(lasted >= 0, lasted, np.nan),
            "latency": _latency(calls),
            "at": ended_at(calls),
        }
    )[flags(kind.notna())]
    grouped = errors.groupby(["row", "kind"])
    columns = {name: grouped["lasted"].quantile(part) for name, part in _QUARTERS.items()}
    columns |= {"latency": grouped["latency"].median()}
    columns |= {"first": grouped["at"].min(), "last": grouped["at"].max()}
    return pd.DataFrame(columns)


def _usual(calls: pd.DataFrame, kind: pd.Series[Any], row: Ints) -> pd.Series[float]:
    """Return the latency of the calls that nothing befell, by group."""
    well = flags(kind.isna())
    return _latency(calls)[well].groupby(row[well]).median()


def _latency(calls: pd.DataFrame) -> pd.Series[Any]:
    if "e2e_latency_p50" not in calls.columns:
        return pd.Series(np.nan, index=calls.index)
    return calls["e2e_latency_p50"].astype(np.float64)
