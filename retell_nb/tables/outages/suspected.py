"""Hang-ups that may hide a fault of one's own LLM server, and what would prove it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import ended_at, seconds
from retell_nb.calls.schema import require
from retell_nb.grouping import flags, vocabulary_of, word
from retell_nb.tables.outages.exposure import SOON, STALL, own_server
from retell_nb.tables.outages.outages import outages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Column, Floats, Mask


__all__ = ["SUSPICIONS", "suspected"]

_UNHEARD = 30.0  # seconds in which an agent that answers at all has answered once
_MOST = 0.5  # of the calls that an outage broke: from then on its hang-ups are suspected too

_CODE_1000 = "a websocket closed with code 1000 when the call ended, in the log of the LLM server"
_NO_ANSWER = "a request without an answer before the call ended, in the log of the LLM server"

SUSPICIONS = pd.DataFrame(
    [
        (
            "closed at once", "agent_hangup", _CODE_1000,
            f"The agent hung up within {SOON:.0f} s of the start.",
        ),
        (
            "closed in an outage", "agent_hangup", _CODE_1000,
            "The agent hung up while an outage broke at least half of its calls.",
        ),
        (
            "slow to answer", "user_hangup", _NO_ANSWER,
            f"The user hung up on an agent that took {STALL:.0f} s or more (95th percentile).",
        ),
        (
            "never answered", "user_hangup", _NO_ANSWER,
            f"The user hung up after {_UNHEARD:.0f} s or more, and no answer was measured.",
        ),
        (
            "stalled in an outage", "user_hangup", _NO_ANSWER,
            "The user hung up while an outage broke at least half of the agent's calls.",
        ),
    ],
    columns=["sign", "reason", "proof", "meaning"],
).set_index("sign")  # fmt: skip
"""Signs that a hang-up hides a fault of the LLM server: of which reason, what it means, what would
prove it. A call that bears several signs has the first of them."""


def suspected(calls: pd.DataFrame, *, reasons: pd.DataFrame | None = None) -> Column:
    """Sign for which a hang-up is suspected to hide a fault of one's own LLM server.

    A server that closes its websocket with code 1000 is recorded as `agent_hangup`, and a user
    who gives up on a silent server as `user_hangup`. The record of a call cannot prove either: a
    suspicion is `unproven`, and `SUSPICIONS` tells what would prove it.

    Parameters
    ----------
    calls : DataFrame
        With `duration_ms` and a time; the agent's id or name, and latencies, where there are any.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    Series of category
        Aligned to the calls: a row of `SUSPICIONS`, missing where nothing is suspected. Only calls
        of agents with an LLM server of their own are: those with a measured round trip to it, or
        with an error of its websocket, in any call.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> ends = pd.date_range("2026-03-01", periods=3, freq="h", tz="UTC")
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["agent_hangup", "agent_hangup", "error_llm_websocket_open"],
    ...     "agent_id": "agent_1", "agent_version": 3, "start_timestamp": ends,
    ...     "duration_ms": [1_200, 95_000, 28_000],
    ... })
    >>> suspected(calls).tolist()
    ['closed at once', nan, nan]
    """
    require(calls, "duration_ms")
    vocabulary = vocabulary_of(reasons)
    reason = word(calls, "reason", vocabulary)
    own = own_server(calls, vocabulary)
    by_reason = {name: own & flags(reason.eq(name)) for name in ("agent_hangup", "user_hangup")}
    signs = _signs(calls, own, _in_outage(calls, own, reasons))
    codes = np.full(len(calls), -1)
    for place, (sign, row) in reversed([*enumerate(SUSPICIONS.iterrows())]):
        codes[by_reason[row["reason"]] & signs[str(sign)]] = place
    cells = pd.Categorical.from_codes(codes, categories=pd.Index(SUSPICIONS.index.tolist()))
    return pd.Series(cells, index=calls.index, name="suspected")


def _signs(calls: pd.DataFrame, own: Mask, in_outage: Mask) -> Mapping[str, Mask]:
    """Return which calls bear each sign, whatever their reason."""
    lasted = seconds(calls)
    slow, measured = (_measured(calls, f"e2e_latency_{rank}") for rank in ("p95", "p50"))
    heard = np.isfinite(measured)
    return {
        "closed at once": (lasted >= 0) & (lasted < SOON),
        "closed in an outage": in_outage,
        "slow to answer": slow >= 1_000 * STALL,
        "never answered": ~heard & (lasted >= _UNHEARD) & bool(heard[own].any()),
        "stalled in an outage": in_outage,
    }


def _measured(calls: pd.DataFrame, column: str) -> Floats:
    if column not in calls.columns:
        return np.full(len(calls), np.nan)
    return calls[column].to_numpy(dtype=np.float64, na_value=np.nan)


def _in_outage(calls: pd.DataFrame, own: Mask, reasons: pd.DataFrame | None) -> Mask:
    """Return which calls ended while an outage broke most calls of their agent."""
    theirs, them = calls[own], agents(calls)
    agent = pd.Series(them.of_calls(them.keys)[own], theirs.index, name="agent", dtype=object)
    table = outages(theirs, agent, reasons=reasons)
    table = table[table["rate"] >= _MOST]
    ends, inside = ended_at(theirs), np.zeros(len(theirs), dtype=bool)
    for name, start, end in zip(table["agent"], table["start"], table["end"], strict=True):
        inside |= flags(ends.between(start, end)) & flags(agent.eq(name))
    where = np.zeros(len(calls), dtype=bool)
    where[own] = inside
    return where
