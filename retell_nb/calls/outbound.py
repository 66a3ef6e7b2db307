"""Outbound phone calls, and how far each got: dialed, answered, answered by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.calls.facts import OUTBOUND, PHONE, UNKNOWN, channel, endings, recorded_direction
from retell_nb.calls.facts import direction as direction_of
from retell_nb.engine.codes import lookup

if TYPE_CHECKING:
    import pandas as pd

    from retell_nb.engine.aliases import Mask

__all__ = ["Outbound", "in_voicemail", "outbound"]


class Outbound(NamedTuple):
    """Which calls are outbound phone calls, and which of these got how far.

    `undirected` are phone calls of which nobody can tell whether they are outbound; they are in
    none of the others.
    """

    calls: Mask
    running: Mask
    refused: Mask
    dialed: Mask
    answered: Mask
    human: Mask
    unknown: Mask
    undirected: Mask


def outbound(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Outbound:
    """Return which calls are outbound phone calls, and which of these got how far.

    `running` ones have not ended; `refused` ones ended before anything was dialed; all others are
    `dialed`: the seizures of ITU-T E.411. Of these, nobody knows how the `unknown` ones ended;
    `answered` were picked up by somebody or something, `human` by neither a voicemail nor a phone
    menu.

    A reason of the dialing stage tells that a call was outbound, and an answered call without a
    recorded direction tells nothing. To count the first and not the second would make every rate
    of answers too low. So a direction that only the reason implies counts only where it leaves no
    phone call `undirected`; else all calls without a recorded direction are.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["voicemail_reached", "dial_busy"]})
    >>> kinds = outbound(calls.assign(call_type="phone_call", direction="outbound"), REASONS)
    >>> kinds.dialed.tolist(), kinds.answered.tolist(), kinds.human.tolist()
    ([True, True], [True, False], [False, False])
    >>> outbound(calls.assign(call_type="phone_call"), REASONS).undirected.tolist()
    [True, True]
    """
    phone = channel(calls, vocabulary) == PHONE
    ways = direction_of(calls, vocabulary)
    undirected = phone & (ways == UNKNOWN)
    if undirected.any():
        ways = recorded_direction(calls)
        undirected = phone & (ways == UNKNOWN)
    out = phone & (ways == OUTBOUND)
    ending = endings(calls, vocabulary)
    of_ending = [
        ending.are("outcome", "in_progress"),
        ending.are("stage", "admission"),
        ending.are("answered", value=True),
        ending.are("outcome", "machine") | ending.in_voicemail,
        ending.are("outcome", "unknown"),
    ]
    running, refused, answered, machine, unknown = lookup(ending.codes, *of_ending)
    dialed = out & ~running & ~refused
    return Outbound(
        calls=out,
        running=out & running,
        refused=out & refused,
        dialed=dialed,
        answered=dialed & answered,
        human=dialed & answered & ~machine,
        unknown=dialed & unknown,
        undirected=undirected,
    )


def in_voicemail(calls: pd.DataFrame) -> Mask:
    """Return which calls a voicemail took, whatever they ended with.

    Examples
    --------
    >>> import pandas as pd
    >>> in_voicemail(pd.DataFrame({"in_voicemail": [True, None]}, dtype="boolean")).tolist()
    [True, False]
    """
    if "in_voicemail" not in calls.columns:
        return np.zeros(len(calls), dtype=bool)
    return np.asarray(calls["in_voicemail"].fillna(value=False), dtype=bool)
