"""Outbound phone calls, and how far each got: dialed, answered, answered by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retell_nb.calls.schema import require
from retell_nb.grouping import flags, word

if TYPE_CHECKING:
    import pandas as pd

    from retell_nb.engine.aliases import Mask


__all__ = ["Outbound", "abandoned", "in_voicemail", "outbound"]


class Outbound(NamedTuple):
    """Which calls are outbound phone calls, and of these which got how far."""

    calls: Mask
    running: Mask
    refused: Mask
    dialed: Mask
    answered: Mask
    human: Mask
    unknown: Mask


def outbound(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Outbound:
    """Return which calls are outbound phone calls, and which of these got how far.

    `running` ones have not ended; `refused` ones ended before anything was dialed; all others are
    `dialed`: the seizures of ITU-T E.411. Of these, nobody knows how the `unknown` ones ended;
    `answered` were picked up by somebody or something and not `abandoned`, `human` by neither a
    voicemail nor a phone menu.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["voicemail_reached", "dial_busy"]})
    >>> kinds = outbound(calls.assign(call_type="phone_call", direction="outbound"), REASONS)
    >>> kinds.dialed.tolist(), kinds.answered.tolist(), kinds.human.tolist()
    ([True, True], [True, False], [False, False])
    """
    require(calls, "direction", "call_type")
    out = flags(calls["direction"].eq("outbound")) & flags(calls["call_type"].eq("phone_call"))
    outcome = word(calls, "outcome", vocabulary)
    running = out & flags(outcome.eq("in_progress"))
    refused = out & flags(word(calls, "stage", vocabulary).eq("admission"))
    dialed = out & ~running & ~refused
    answered = dialed & flags(word(calls, "answered", vocabulary)) & ~abandoned(calls)
    machine = flags(outcome.eq("machine")) | in_voicemail(calls)
    unknown = dialed & flags(outcome.eq("unknown"))
    return Outbound(out, running, refused, dialed, answered, answered & ~machine, unknown)


def in_voicemail(calls: pd.DataFrame) -> Mask:
    """Return which calls a voicemail took, whatever they ended with.

    Examples
    --------
    >>> import pandas as pd
    >>> in_voicemail(pd.DataFrame({"in_voicemail": [True, None]}, dtype="boolean")).tolist()
    [True, False]
    """
    said = calls.get("in_voicemail")
    return np.zeros(len(calls), dtype=bool) if said is None else flags(said)


def abandoned(calls: pd.DataFrame) -> Mask:
    """Return which calls were hung up before they began: nothing lasted, and nothing was billed.

    Reason and status are those of a talk; but nobody talked, so they are not answered calls. A cost
    or a duration that is not recorded shows nothing.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["user_hangup"] * 2, "duration_ms": [0, 9]})
    >>> abandoned(calls.assign(combined_cost=0.0)).tolist()
    [True, False]
    """
    lasted, cost = calls.get("duration_ms"), calls.get("combined_cost")
    if lasted is None or cost is None:
        return np.zeros(len(calls), dtype=bool)
    hung_up = calls["disconnection_reason"].eq("user_hangup")
    return flags(hung_up) & flags(lasted.eq(0)) & flags(cost.eq(0))
