"""Which columns of the calls each word reads: what is brought together for it, and no more."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from retell_nb.calls.facts import TIMES
from retell_nb.calls.schema import SCHEMA
from retell_nb.calls.tool_calls import TOOL_CALLS
from retell_nb.selection.matching import SEARCHED
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ENDING", "READS", "Reads", "behind", "megabytes"]

ENDING = ("disconnection_reason", "call_status", "in_voicemail")
_AGENT = ("agent_id", "agent_name")
_SIDES = ("direction", "call_type")
_NUMBERS = ("from_number", "to_number")
_LASTED = ("duration_ms", "combined_cost")
_DIALS = (*ENDING, *TIMES, *_SIDES, *_NUMBERS, *_LASTED)
_CALLEES = (*ENDING, *TIMES, *_SIDES, "to_number", *_LASTED)
_ANSWERS = ("e2e_latency_p50", "e2e_latency_p95")
_ROUND_TRIP = "llm_websocket_network_rtt_latency_p50"
_STORED = "data_storage_setting"
_OWN = ("country", "hour", "weekday")  # columns of one's own that hide an attribute


class Reads(NamedTuple):
    """What a word reads of the calls.

    Of the columns in `present` it reads only whether there is a value. With `stuck` it reads times
    only to tell which running calls are stuck. With `countable` all that matters is how many calls
    are alike, so that partitions are counted where they are. Texts in `coded` come as categories in
    order; of numbers in `zeros` it reads only which are 0; with `moment` it reads only when a call
    was, which its first column of times tells then.
    """

    columns: tuple[str, ...]
    present: tuple[str, ...] = ()
    stuck: bool = False
    countable: bool = False
    coded: tuple[str, ...] = ()
    zeros: tuple[str, ...] = ()
    moment: bool = False


_OF_CALLEES = Reads(_CALLEES, ("from_number",), coded=("to_number",), zeros=_LASTED, moment=True)

READS: Mapping[str, Reads] = {
    "attempts": _OF_CALLEES,
    "audit": Reads(
        (*ENDING, *TIMES, "call_id", "duration_ms", "call_successful"), ("transfer_destination",)
    ),
    "backoff": Reads((*ENDING, *TIMES, "duration_ms")),
    "breakdown": Reads(ENDING, countable=True),
    "bursts": Reads(_DIALS),
    "callee_hours": _OF_CALLEES,
    "change_points": Reads((*_DIALS, *_AGENT, "agent_version")),
    "compare": Reads((*_DIALS, *_AGENT, "agent_version")),
    "concurrency": Reads((*ENDING, *TIMES, *_SIDES, "duration_ms"), _NUMBERS),
    "control_chart": Reads((*ENDING, *TIMES, *_SIDES, *_NUMBERS)),
    "costs": Reads((*ENDING, *_LASTED, "billed_seconds")),
    "decompose": Reads((*ENDING, *TIMES)),
    "destinations": _OF_CALLEES,
    "explain": Reads((*_DIALS, *_AGENT, "agent_version", "e2e_latency_p50")),
    "findings": Reads(
        (*_DIALS, *_AGENT, "agent_version", "call_successful", *_OWN),
        (_ROUND_TRIP, "transfer_destination"),
        coded=_NUMBERS,
    ),
    "hours": Reads((*ENDING, *TIMES), moment=True),
    "kpis": Reads((*ENDING, *TIMES, *_SIDES, *_LASTED), _NUMBERS, stuck=True, moment=True),
    "llm_server": Reads((*_DIALS, *_AGENT, "agent_version", *_ANSWERS, _ROUND_TRIP)),
    "numbers": Reads(_DIALS),
    "outages": Reads((*_DIALS, *_AGENT, "agent_version"), (_ROUND_TRIP,), coded=_NUMBERS),
    "rates": Reads((*ENDING, *TIMES), stuck=True, countable=True, moment=True),
    "redial": Reads((*_DIALS, *_AGENT)),
    "silence": Reads((*_DIALS, "agent_id")),
    "summary": Reads((*ENDING, *TIMES), moment=True),
    "tally": Reads(ENDING, countable=True),
    "time_limits": Reads((*_DIALS, *_AGENT, "agent_version")),
    "transfers": Reads(
        (*ENDING, *TOOL_CALLS, "agent_id", "to_number", "transfer_destination", _STORED)
    ),
    "trend": Reads((*ENDING, *TIMES), moment=True),
}
"""What each table word reads, besides what it is asked to group and filter by."""

_BEHIND: Mapping[str, tuple[str, ...]] = {
    "agent": _AGENT,
    "version": (*_AGENT, "agent_version"),
    "country": ("to_number",),
    **dict.fromkeys(("hour", "weekday", "day", "week", "start", "end"), TIMES),
    **dict.fromkeys(("reason", *WORDS), ENDING),
    "duration": ("duration_ms",),
    "cost": ("combined_cost",),
    "search": SEARCHED,
    "product": ("product_costs",),
    "trouble": (*READS["audit"].columns, *READS["audit"].present),
}

_BYTES = {"category": 2, "flag": 2, "count": 9, "number": 8, "time": 8, "text": 30}


def behind(name: object) -> tuple[object, ...]:
    """Return the columns that a name may stand for where one groups or filters by it.

    Examples
    --------
    >>> behind("agent"), behind("note")
    (('agent', 'agent_id', 'agent_name'), ('note',))
    """
    return (name, *_BEHIND.get(str(name), ()))


def megabytes(reads: Reads) -> int:
    """Return about how much memory a million calls take in the process that asks.

    Examples
    --------
    >>> megabytes(READS["tally"]), megabytes(READS["bursts"])
    (6, 111)
    """
    kinds = [SCHEMA[name] for name in reads.columns if name in SCHEMA]
    return sum(_BYTES[kind] for kind in kinds) + len(reads.present)
