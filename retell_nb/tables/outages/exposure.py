"""Which calls could have met an error, and whose LLM server is one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import INBOUND, WEB, channel, direction, endings
from retell_nb.engine.codes import lookup
from retell_nb.grouping import flags, word

if TYPE_CHECKING:
    from retell_nb.calls.agents import Agents
    from retell_nb.engine.aliases import Mask


__all__ = ["SIGNS", "SOON", "STALL", "as_far", "at_risk", "own_server"]

STALL = 10.0
"""Seconds without a word of anybody in a silence of the agent that may be a stall."""


SOON = 5.0
"""Seconds within which a hang-up follows on something."""


SIGNS = {
    "error_llm_websocket_open": "a handshake that failed, or none at all, in the log of the server "
    "or its proxy",
    "error_llm_websocket_lost_connection": "a restart, a time-out or a gap of more than 5 s in the "
    "log of the server or its proxy",
    "error_llm_websocket_runtime": "an exception in the log of the server",
    "error_llm_websocket_corrupt_payload": "the last message of the server, in its log, held "
    "against the protocol",
}
"""What to look for to prove each end of the websocket to one's own LLM server."""

_STAGES = ("admission", "dialing", "connected")
_ROUND_TRIPS = "llm_websocket_network_rtt_latency_p50"


def own_server(
    calls: pd.DataFrame, vocabulary: pd.DataFrame, *, them: Agents | None = None
) -> Mask:
    """Return which calls are of an agent that runs on an LLM server of the user's own.

    It shows in the record of any of its calls: a round trip to the server was measured, or the
    websocket to it failed. `them` are the agents of the calls, if they are at hand.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> reasons = ["user_hangup", "error_llm_websocket_open", "user_hangup"]
    >>> calls = pd.DataFrame({"agent_id": ["a", "a", "b"], "disconnection_reason": reasons})
    >>> own_server(calls, REASONS).tolist()
    [True, True, False]
    """
    ending, them = endings(calls, vocabulary), them or agents(calls)
    showing = np.zeros(len(them.keys) + 1, dtype=bool)  # the last one for calls without an agent
    showing[them.codes[ending.rows(ending.are("category", "llm_server"))]] = True
    if _ROUND_TRIPS in calls.columns:
        showing[them.codes[np.flatnonzero(calls[_ROUND_TRIPS].notna())]] = True
    return lookup(them.codes, showing)[0]


def as_far(stage: pd.Series[str], hit: Mask) -> tuple[Mask, int]:
    """Return which calls got as far as the earliest of some, and the place of that stage.

    Examples
    --------
    >>> stage = pd.Series(["dialing", "connected", "unknown"], dtype="category")
    >>> as_far(stage, np.array([False, True, False]))
    (array([False,  True, False]), 2)
    """
    places = [_STAGES.index(s) if s in _STAGES else -1 for s in stage.cat.categories]
    (reached,) = lookup(np.asarray(stage.cat.codes), np.array([*places, -1], dtype=np.int8))
    stages_hit = reached[np.flatnonzero(hit)]
    earliest = int(stages_hit[stages_hit >= 0].min(initial=len(_STAGES)))
    return reached >= earliest, earliest


def at_risk(
    calls: pd.DataFrame,
    hit: Mask,
    vocabulary: pd.DataFrame,
    *,
    stage: pd.Series[str] | None = None,
) -> Mask:
    """Return which calls could have met an error, as far as a record tells.

    These are the calls that got as far as the earliest of those that met it: connected ones for an
    error in the talk; for an error in dialing those that were dialed, which no inbound call and no
    web call is; calls of which unknown count. For errors of an LLM
    server they are those of the agents that have one. Calls in progress and those whose reason
    nobody knows are not among them. `stage` are the stages of the calls, if they are at hand.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> reasons = ["user_hangup", "dial_busy", "error_asr", None]
    >>> calls = pd.DataFrame({"disconnection_reason": reasons})
    >>> at_risk(calls, np.array([False, False, True, False]), REASONS).tolist()
    [True, False, True, False]
    """
    stage = word(calls, "stage", vocabulary) if stage is None else stage
    exposed, earliest = as_far(stage, hit)
    recorded = {"direction", "call_type"} & {*calls.columns}
    if earliest == _STAGES.index("dialing") and recorded:  # nothing else tells of an inbound call
        exposed &= (direction(calls, vocabulary) != INBOUND) & (channel(calls, vocabulary) != WEB)
    kinds = word(calls.iloc[np.flatnonzero(hit)], "category", vocabulary)
    if len(kinds) and flags(kinds.eq("llm_server")).all():
        exposed &= own_server(calls, vocabulary)
    return np.asarray(exposed | hit)
