"""Outbound phone calls, and how far each got: dialed, answered, answered by a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import (
    OUTBOUND,
    PHONE,
    UNKNOWN,
    WEB,
    channel,
    endings,
    recorded_direction,
    recorded_sides,
)
from retell_nb.calls.facts import direction as direction_of
from retell_nb.calls.stuck import stuck_rows
from retell_nb.engine.codes import Key, lookup
from retell_nb.vocabulary.lookup import spelled

if TYPE_CHECKING:
    from typing import Any

    from retell_nb.calls.facts import Side
    from retell_nb.engine.aliases import Mask

__all__ = ["Outbound", "abandoned", "outbound", "side_keys", "sides", "undirected_attrs"]


class Outbound(NamedTuple):
    """Which calls are outbound phone calls, and which of these got how far.

    `undirected` are calls that may be outbound phone calls and have no direction; they are in none
    of the others. `untyped` of them are not even known to be phone calls.
    """

    calls: Mask
    running: Mask
    refused: Mask
    dialed: Mask
    answered: Mask
    human: Mask
    unknown: Mask
    undirected: Mask
    untyped: Mask

    @property
    def seizures(self) -> Mask:
        """The dialed calls whose ending is known: the denominator of every rate of answers."""
        return self.dialed & ~self.unknown

    @property
    def attrs(self) -> dict[str, Any]:
        """What a table of outbound phone calls says of the calls that may be some."""
        return undirected_attrs(self.calls, self.undirected, self.untyped)


def outbound(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Outbound:
    """Return which calls are outbound phone calls, and which of these got how far.

    `running` ones have not ended; `refused` ones ended before anything was dialed; all others are
    `dialed`: the seizures of ITU-T E.411. Of these, nobody knows how the `unknown` ones ended, as
    of those that are stuck in progress;
    `answered` were picked up by somebody or something and not `abandoned`, `human` by neither a
    voicemail nor a phone menu.

    How direction and channel are known is said in `sides`.

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
    ways, medium = sides(calls, vocabulary)
    undirected = (medium != WEB) & (ways == UNKNOWN)
    out = (medium == PHONE) & (ways == OUTBOUND)
    ending = endings(calls, vocabulary)
    of_ending = [
        ending.are("outcome", "in_progress"),
        ending.are("stage", "admission"),
        ending.are("answered", value=True),
        ending.machine,
        ending.are("outcome", "unknown"),
    ]
    running, refused, answered, machine, unknown = lookup(ending.codes, *of_ending)
    hanging = np.zeros(len(calls), dtype=bool)
    hanging[stuck_rows(calls, ending)] = True
    running, unknown = running & ~hanging, unknown | hanging
    dialed = out & ~running & ~refused
    answered &= ~abandoned(calls)
    return Outbound(
        calls=out,
        running=out & running,
        refused=out & refused,
        dialed=dialed,
        answered=dialed & answered,
        human=dialed & answered & ~machine,
        unknown=dialed & unknown,
        undirected=undirected,
        untyped=undirected & (medium == UNKNOWN),
    )


def sides(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> tuple[Side, Side]:
    """Direction and channel of each call, as far as rates may rest on them.

    A reason of the dialing stage tells that a call was outbound, and an answered call without a
    recorded direction tells nothing. To count the first and not the second would make every rate
    of answers too low. So a direction that only the reason implies counts only where it leaves no
    call without one, web calls aside; else only recorded directions count.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["user_hangup", "dial_busy"]})
    >>> [side.tolist() for side in sides(calls, REASONS)]
    [[-1, -1], [-1, 0]]
    """
    medium, ways = channel(calls, vocabulary), direction_of(calls, vocabulary)
    if ((medium != WEB) & (ways == UNKNOWN)).any():
        ways = recorded_direction(calls)
    return ways, medium


def side_keys(
    calls: pd.DataFrame, vocabulary: pd.DataFrame
) -> tuple[tuple[Key, Side], tuple[Key, Side]]:
    """Return direction and channel of `sides` as keys, and what each code of these stands for.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "direction": "outbound"})
    >>> [sides[key.codes].tolist() for key, sides in side_keys(calls, REASONS)]
    [[1], [0]]
    """
    recorded = recorded_sides(calls)
    if recorded is not None:  # which need no array of their own
        return recorded
    ways, medium = (
        (Key(name, codes, pd.Series([0, 1])), np.array([0, 1, UNKNOWN], dtype=np.int8))
        for name, codes in zip(("way", "medium"), sides(calls, vocabulary), strict=True)
    )
    return ways, medium


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
    if not {"duration_ms", "combined_cost"} <= set(calls.columns):
        return np.zeros(len(calls), dtype=bool)
    free = calls["combined_cost"].eq(0) & calls["duration_ms"].eq(0)
    idle = np.array(free.fillna(value=False), dtype=bool)
    rows = np.flatnonzero(idle)
    reasons = calls["disconnection_reason"].iloc[rows].map(spelled, na_action="ignore")
    idle[rows] = reasons.eq("user_hangup").to_numpy(dtype=bool, na_value=False)
    return idle


def undirected_attrs(calls: Mask, undirected: Mask, untyped: Mask) -> dict[str, Any]:
    """Return how many calls have no direction, and what is not recorded at all.

    Parameters
    ----------
    calls, undirected, untyped : array of bool
        As `Outbound` has them.

    Returns
    -------
    dict
        `undirected`, a number of calls; `not_recorded`, the columns without which unknown
        which calls are outbound, empty where some are known to be.

    Examples
    --------
    >>> import numpy as np
    >>> undirected_attrs(np.array([False]), np.array([True]), np.array([False]))
    {'undirected': 1, 'not_recorded': ['direction']}
    """
    number = int(undirected.sum())
    lacking = ["direction", "call_type"] if untyped.any() else ["direction"]
    return {
        "undirected": number,
        "not_recorded": lacking if number and not calls.any() else [],
    }
