"""Transfers: how many were asked for, how many connected, and why the others did not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.phone_numbers.identity import people_of
from retell_nb.calls.schema import require
from retell_nb.calls.tool_calls import kept_tool_calls, says_failed, tool_calls
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, keys, vocabulary_of, word

if TYPE_CHECKING:
    from retell_nb.calls.tool_calls import ToolCall
    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.grouping import By

__all__ = ["NOT_RECORDED", "transfers"]

NOT_RECORDED = (
    "Tool calls are not among these calls, so transfers that were asked for and failed are not "
    "recorded, nor whether the target declined. Load the calls with "
    "keep=('transcript_with_tool_calls',)."
)
"""What must be known to read the table of calls without transcripts."""

_LEG_TOOLS = ("cancel_transfer", "bridge_transfer")
_ASKED = ("asked", "connected", "failed", "failed_as_success", "unknown")
_LEGS = ("legs", "bridged", "cancelled", "declined", "timed_out", "unanswered")
_ON_TRANSCRIPTS = ("asked", "failed", "failed_as_success", "unknown", "declined", "timed_out")
_OWN = (
    *_ASKED, "rate", "low", "high", *_LEGS,
    *("bridged_rate", "bridged_low", "bridged_high"),
    *("declined_rate", "declined_low", "declined_high"),
)  # fmt: skip


def transfers(
    calls: pd.DataFrame, *by: By, tz: str = "UTC", reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Transfers asked for, connected, declined, timed out and failed, by destination.

    A transfer has two sides. In the caller's call the agent asks for it; on a warm transfer another
    agent calls the target, and that call is a leg of its own. Each side is counted by itself, as no
    record says which leg belongs to which call.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`; `transfer_destination`, `to_number` and `agent_id` where there
        are any; with `transcript_with_tool_calls`, as ``keep=`` loads it, for all that needs it.
    *by : str or Series
        Column words, columns of the calls, or Series with their index; by default `destination`,
        the number that a call was handed to or a leg went to. Masked destinations are pseudonyms.
    tz : str
        Time zone of hours and days.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`. Of the callers' side `asked`, the transfers that a tool asked for, or
        that are on record as the end of a call; `connected`, those after which the call ended as
        transferred; `failed`, marked as failed; `failed_as_success`, marked as successful though
        the tool's own words say that they failed; `unknown`, of which nothing says how they ended;
        `rate` of those connected among those whose end is known, with `low` and `high` (Wilson,
        95%). Of the targets' side `legs`; `bridged`, joined with the caller; `cancelled`, never
        joined: `declined` by the tool `cancel_transfer`, or `timed_out` without it; `unanswered`,
        never connected; `bridged_rate` among the legs, and `declined_rate` among those of which it
        is known whether they were declined, with their intervals. Most transfers first. What the
        calls do not record is missing, not zero: ``attrs["not_recorded"]`` says so in a sentence,
        and ``attrs["without_tool_calls"]`` counts the connected calls without tool calls.
        ``attrs["overall"]`` has the same figures of all groups together.

    Raises
    ------
    ValueError
        If a column is missing or not known.

    Examples
    --------
    >>> asked = '[{"role": "tool_call_invocation", "type": "transfer_call", "tool_call_id": "1"}]'
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["call_transfer", "transfer_cancelled"],
    ...     "transfer_destination": ["+14155550100", None], "to_number": [None, "+14155550100"],
    ...     "transcript_with_tool_calls": [asked, None],
    ... })
    >>> transfers(calls)[["destination", "asked", "connected", "legs", "timed_out"]]
        destination  asked  connected  legs  timed_out
    0  +14155550100      1          1     1          1
    """
    require(calls, "disconnection_reason")
    vocabulary = vocabulary_of(reasons)
    transcripts = kept_tool_calls(calls)
    facts = _facts(calls, transcripts, vocabulary)
    calls = calls.assign(destination=_destinations(calls, facts["legs"] > 0))
    groups = keys(calls, by or ("destination",), vocabulary, _OWN, tz)
    where = (facts["asked"] > 0) | (facts["legs"] > 0)
    counts = count(groups, len(calls), where=where, sums=facts)
    table = counts.groups().assign(
        **{name: counts.totals[name].round().astype("int64") for name in (*_ASKED, *_LEGS)}
    )
    table = table.sort_values(["asked", "legs"], ascending=False, kind="stable", ignore_index=True)
    whole = table[[*_ASKED, *_LEGS]].sum().to_frame().T
    table = _with_rates(table, recorded=transcripts is not None)[
        [*(key.name for key in groups), *_OWN]
    ]
    table.attrs["overall"] = _with_rates(whole, recorded=True).iloc[0].to_dict()
    answered = flags(word(calls, "answered", vocabulary))
    lacking = answered if transcripts is None else answered & transcripts.isna().to_numpy()
    table.attrs["without_tool_calls"] = int(lacking.sum())
    table.attrs["not_recorded"] = NOT_RECORDED if transcripts is None else ""
    return table


def _facts(
    calls: pd.DataFrame, transcripts: pd.Series[Any] | None, vocabulary: pd.DataFrame
) -> dict[str, Floats]:
    """Return how many transfers of each kind every call has."""
    reason = word(calls, "reason", vocabulary)
    facts = {name: np.zeros(len(calls)) for name in (*_ASKED, *_LEGS)}
    leg_tools = np.zeros((2, len(calls)), dtype=bool)
    handed_over = flags(reason.eq("call_transfer"))
    for row, tools in _transferring(transcripts):
        kinds = [tool.kind for tool in tools]
        leg_tools[:, row] = [kind in kinds for kind in _LEG_TOOLS]
        transfer_tools = [tool for tool in tools if tool.kind == "transfer_call"]
        for place, tool in enumerate(transfer_tools):
            last = place == len(transfer_tools) - 1
            facts[_ended_as(tool, connected=bool(handed_over[row] and last))][row] += 1
    facts["connected"] += handed_over & (facts["connected"] == 0)
    facts["asked"] = sum((facts[name] for name in _ASKED[1:]), np.zeros(len(calls)))
    cancelled, bridged = (
        flags(reason.eq(name)) for name in ("transfer_cancelled", "transfer_bridged")
    )
    declined = leg_tools[0] & ~bridged
    facts["cancelled"] += cancelled | declined
    facts["declined"] += declined
    facts["timed_out"] += cancelled & ~declined & _may_have_tools(calls, transcripts)
    facts["bridged"] += bridged | (leg_tools[1] & ~declined & ~cancelled)
    is_leg = cancelled | bridged | leg_tools.any(axis=0)
    unanswered = ~is_leg & _of_transfer_agents(calls, is_leg, vocabulary)
    facts["legs"] += is_leg | unanswered
    facts["unanswered"] += unanswered
    return facts


def _transferring(transcripts: pd.Series[Any] | None) -> list[tuple[int, list[ToolCall]]]:
    """Return the tool calls of the calls that may have asked for a transfer, by their places."""
    if transcripts is None:
        return []
    texts = transcripts.reset_index(drop=True)
    maybe = texts.astype(str).str.contains("_transfer|transfer_", regex=True)
    return [(int(row), tool_calls(texts[row])) for row in np.flatnonzero(maybe & texts.notna())]


def _ended_as(tool: ToolCall, *, connected: bool) -> str:
    if connected:
        return "connected"
    if tool.successful is False:
        return "failed"
    if says_failed(tool.result):
        return "failed_as_success" if tool.successful else "failed"
    return "unknown"


def _may_have_tools(calls: pd.DataFrame, transcripts: pd.Series[Any] | None) -> Mask:
    """Tell of which calls the tools would be on record, if there were any."""
    if transcripts is None:
        return np.zeros(len(calls), dtype=bool)
    if "data_storage_setting" not in calls.columns:
        return np.ones(len(calls), dtype=bool)
    basic = flags(calls["data_storage_setting"].eq("basic_attributes_only"))
    return ~basic | transcripts.notna().to_numpy()


def _of_transfer_agents(calls: pd.DataFrame, legs: Mask, vocabulary: pd.DataFrame) -> Mask:
    """Tell which calls never reached anybody, and are of agents that do nothing but transfers."""
    if "agent_id" not in calls.columns or not legs.any():
        return np.zeros(len(calls), dtype=bool)
    agents = calls["agent_id"].astype(object)
    talked = flags(word(calls, "answered", vocabulary)) & ~legs
    only = {*agents[legs].dropna()} - {*agents[talked].dropna()}
    unreached = flags(word(calls, "outcome", vocabulary).isin(["not_reached", "failed"])) & ~talked
    return agents.isin(only).to_numpy() & unreached


def _destinations(calls: pd.DataFrame, legs: Mask) -> pd.Series[Any]:
    nothing = pd.Series(None, index=calls.index, dtype=object)
    target = calls.get("transfer_destination", nothing).astype(object)
    called = calls.get("to_number", nothing).astype(object)
    return people_of(target.where(target.notna() | ~legs, called)).rename("destination")


def _with_rates(table: pd.DataFrame, *, recorded: bool) -> pd.DataFrame:
    """Return the table with rates; what is not recorded is missing, and so are its rates."""
    decided = table["bridged"] + table["declined"] + table["timed_out"] + table["unanswered"]
    parts = (
        ("", "connected", table["asked"] - table["unknown"]),
        ("bridged_", "bridged", table["legs"]),
        ("declined_", "declined", decided),
    )
    for prefix, hits, of in parts:
        low, high = wilson(table[hits].to_numpy(), of.to_numpy())
        table[f"{prefix}rate"] = ratio(table[hits].to_numpy(), of.to_numpy())
        table[f"{prefix}low"], table[f"{prefix}high"] = low, high
    if not recorded:
        unrecorded = [name for name in _OWN if name.endswith(("rate", "low", "high"))]
        unrecorded = [name for name in unrecorded if not name.startswith("bridged")]
        table = table.astype(dict.fromkeys(_ON_TRANSCRIPTS, "Int64"))
        table[[*_ON_TRANSCRIPTS]] = pd.NA
        table[unrecorded] = np.nan
    return table
