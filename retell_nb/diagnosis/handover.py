"""Evidence in transfers: what was asked for, and what came of it, on either side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from retell_nb.calls.tool_calls import TOOL_CALLS, says_failed
from retell_nb.diagnosis.case import Case  # noqa: TC001 - the examples use it
from retell_nb.times import at, lasting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.diagnosis.talk import Event

__all__ = ["transfers"]


def transfers(case: Case) -> Iterator[str]:
    """What came of the transfers of a call: those it asked for, and the one that it was a leg of.

    Examples
    --------
    >>> asked = {"role": "tool_call_invocation", "tool_call_id": "1", "type": "transfer_call"}
    >>> told = {"role": "tool_call_result", "tool_call_id": "1", "successful": True,
    ...         "content": "Transfer failed", "time_sec": 40}
    >>> case = Case({"transcript_with_tool_calls": [asked | {"time_sec": 8}, told]}, masked=True)
    >>> list(transfers(case))
    ['A transfer was asked for at 0:08: after 32 s it is marked as successful, but its own words say
     that it failed: (hidden).']
    """
    requests = [tool for tool in case.tools if tool.kind == "transfer_call"]
    for tool in requests:
        connected = case.reason == "call_transfer" and tool is requests[-1]
        yield f"A transfer was asked for at {at(tool.start)}: {_end(case, tool, connected)}"
    cancelled = [tool for tool in case.tools if tool.kind == "cancel_transfer"]
    for tool in cancelled:
        yield f"The target declined the transfer: cancel_transfer was called at {at(tool.start)}."
    for tool in case.tools:
        if tool.kind == "bridge_transfer":
            yield f"Caller and target were to be joined: bridge_transfer at {at(tool.start)}."
    if case.reason == "transfer_cancelled" and not cancelled:
        yield (
            "The transfer timed out: nobody declined it by cancel_transfer."
            if any(name in case.record for name in (*TOOL_CALLS, "transcript", "transcript_object"))
            else "Whether the target declined or the wait ran out is not recorded: there are no "
            "tool calls; get-call has them, list-calls has not."
        )


def _end(case: Case, tool: Event, connected: bool) -> str:  # noqa: FBT001 - one of two ends
    took = "" if math.isnan(tool.seconds) else f"after {lasting(tool.seconds)} "
    words = f": {case.quote(tool.text)}." if tool.text else "."
    if connected:
        return "the call ended as transferred."
    if tool.ok and says_failed(tool.text):
        return f"{took}it is marked as successful, but its own words say that it failed{words}"
    if tool.ok is False or says_failed(tool.text):
        return f"{took}it failed{words}"
    return f"nothing on record says whether it connected{words}"
