"""Faults to plant among made-up attempts, and among the calls made of them."""

from __future__ import annotations

import heapq
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.sample.attempts import UNHEARD_OF
from retell_nb.calls.sample.dice import (
    DAY,
    HOUR,
    MINUTE,
    ONE,
    SECOND,
    Period,
    pick,
    quantile,
    share,
    some,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from retell_nb.calls.sample.dice import Dice
    from retell_nb.engine.aliases import Ints

    Note: TypeAlias = dict[str, Any]
    Fault: TypeAlias = Iterator[tuple[Ints, Note]]

__all__ = ["counted", "noted", "plant", "versions"]

BROKEN = ("agent_copper_claims", 8)
ROLLOUTS = {  # per agent: (thousandths of the period, version that goes on air then)
    "agent_harbour_reminders": [(0, 11), (250, 12), (750, 13)],
    "agent_lantern_renewals": [(0, 4), (375, 5)],
    "agent_copper_claims": [(0, 6), (215, 7), (500, 8), (643, 7), (860, 9)],
    "agent_maple_frontdesk": [(0, 23), (180, 24), (430, 25), (680, 26)],
    "agent_juniper_support": [(0, 2)],
    "agent_orchid_concierge": [(0, 15), (540, 16)],
}

BURNT_NUMBER = "+13035550184"
BURST_DAYS = (72, 108, 143)  # thousandths of the period
OUTAGE_DAY, LIST_DAY = 340, 400
TALK_CUT_OFF = [(0, 2_000), (500, 25_000), (900, 90_000), (1000, 240_000)]
TALK_IN_BURST = [(0, 1_500), (500, 4_500), (1000, 9_500)]
RUSH = (17 * HOUR, 150 * SECOND)  # when the reminders' list is dialed each working day, how fast

MISWRITINGS: Sequence[Callable[[str], str]] = (
    lambda number: f"{number[:3]} {number[3:6]} {number[6:]}",  # blanks
    lambda number: number[:-4] + number[-4:].replace("0", "O") + "x",  # letters
    lambda number: number[1:],  # no plus
    lambda number: number[:7],  # too short
)


def _rollouts(agent: str, period: Period) -> tuple[Ints, Ints]:
    """Moments (ms since the opening, whole hours) at which versions go on air, and the versions."""
    parts, numbers = np.array(ROLLOUTS[agent], dtype=np.int64).T
    return period.days * 24 * parts // 1000 * HOUR, numbers


def versions(agents: pd.Series[str], moments: Ints, period: Period) -> Ints:
    """Version of its agent that each call met.

    Examples
    --------
    >>> march = Period(pd.Timestamp("2026-03-02", tz="UTC"), 28)
    >>> versions(pd.Series(["agent_copper_claims"] * 2), np.array([0, 15 * DAY]), march).tolist()
    [6, 8]
    """
    on_air = np.zeros(len(moments), dtype=np.int64)
    for agent in ROLLOUTS:
        mine = (agents == agent).to_numpy()
        since, numbers = _rollouts(agent, period)
        on_air[mine] = numbers[np.searchsorted(since, moments[mine], side="right") - 1]
    return on_air


def plant(attempts: pd.DataFrame, dice: Dice, period: Period) -> list[Note]:
    """Plant all faults, mark the rows of each by its number from 1 on, and return the notes.

    Examples
    --------
    >>> march = Period(pd.Timestamp("2026-03-02", tz="UTC"), 28)
    >>> from retell_nb.calls.sample.attempts import draw_attempts
    >>> from retell_nb.calls.sample.dice import Dice
    >>> attempts = draw_attempts(500, march, Dice(0))
    >>> [note["kind"] for note in plant(attempts, Dice(1), march)][:2]
    ['short_call_bursts', 'blocked_number']
    """
    notes = []
    for rows, note in chain.from_iterable(fault(attempts, dice, period) for fault in FAULTS):
        notes.append(note)
        attempts.loc[rows, "fault"] = len(notes)
    return notes


def _burnt_number(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """One caller number makes bursts of short calls on three days; then carriers block it."""
    rows = _movable(attempts, dice, "agent_harbour_reminders", 15)
    days = [period.workday(part) for part in BURST_DAYS]
    starts = np.array(days, dtype=np.int64)[np.arange(len(rows)) % 3] + 18 * HOUR
    attempts.loc[rows, "at"] = starts + dice(len(rows)) * 40 * MINUTE // ONE
    attempts.loc[rows, "from_number"] = BURNT_NUMBER
    _end(attempts, rows, "user_hangup", quantile(dice(len(rows)), TALK_IN_BURST))
    segment = {"column": "from_number", "value": BURNT_NUMBER, "owner": "number"}
    since, until = days[0] + 18 * HOUR, days[-1] + 18 * HOUR + 40 * MINUTE
    yield rows, noted("short_call_bursts", period, since, until, **segment)
    later = _rows(attempts["from_number"].eq(BURNT_NUMBER) & attempts["at"].ge(until))
    blocked = share(dice, later, 550)
    _end(attempts, blocked, "dial_failed")
    _end(attempts, share(dice, blocked, 200), "marked_as_spam")
    yield blocked, noted("blocked_number", period, until, period.length, **segment)


def _malformed_list(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """One morning's dial list of one agent holds numbers that are none."""
    agent, since = "agent_lantern_renewals", period.workday(LIST_DAY) + 8 * HOUR
    batch = _movable(attempts, dice, agent, 10)
    attempts.loc[batch, "at"] = since + dice(len(batch)) * 2 * HOUR // ONE
    rows = share(dice, batch, 700)
    habits = pick(dice(len(rows)), [3, 2, 3, 2])
    numbers = zip(attempts["to_number"].iloc[rows], habits, strict=True)
    wrong = [MISWRITINGS[habit](number) for number, habit in numbers]
    attempts.loc[rows, "to_number"] = np.array(wrong, dtype=object)
    _end(attempts, rows, "invalid_destination")
    segment = {"column": "agent_id", "value": agent, "owner": "dial_list"}
    yield rows, noted("malformed_list", period, since, since + 2 * HOUR, **segment)


def _provider_outage(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """Nine in ten outbound dials fail for two hours: the telephony provider is down."""
    since = period.workday(OUTAGE_DAY) + 14 * HOUR
    meanwhile = attempts["at"].between(since, since + 2 * HOUR, inclusive="left")
    dialed = attempts["direction"].eq("outbound") & attempts["fault"].eq(0)
    rows = share(dice, _rows(meanwhile & dialed), 900)
    _end(attempts, rows, "telephony_provider_unavailable")
    segment = {"column": "direction", "value": "outbound", "owner": "provider"}
    yield rows, noted("provider_outage", period, since, since + 2 * HOUR, **segment)


def _broken_version(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """A version breaks its LLM websocket in a third of its talks, until it is rolled back."""
    agent, version = BROKEN
    since, numbers = _rollouts(agent, period)
    on_air = versions(attempts["agent_id"], attempts["at"].to_numpy(), period) == version
    talks = attempts["talk"].gt(0) & attempts["fault"].eq(0) & attempts["agent_id"].eq(agent)
    rows = share(dice, _rows(talks & on_air), 350)
    cut = np.minimum(attempts["talk"].to_numpy()[rows], quantile(dice(len(rows)), TALK_CUT_OFF))
    _end(attempts, rows, "error_llm_websocket_lost_connection", cut)
    worse = share(dice, rows, 600)
    attempts.loc[worse, "reason"] = "error_llm_websocket_runtime"
    place = int(np.flatnonzero(numbers == version)[0])
    segment: Note = {"column": "agent_version", "value": version, "where": {"agent_id": agent}}
    times = int(since[place]), int(since[place + 1])
    yield rows, noted("broken_version", period, *times, **segment, owner="backend")


def _full_house(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """The reminders are dialed all at once each working day, and all call slots are taken."""
    hour, spread = RUSH
    rows = _movable(attempts, dice, "agent_harbour_reminders", 55)
    days = attempts["at"].to_numpy()[rows] // DAY
    working = np.array([period.weekday(int(day)) < 5 for day in days], dtype=bool)
    rows, days = rows[working], days[working]
    attempts.loc[rows, "at"] = days * DAY + hour + dice(len(rows)) * spread // ONE
    limit = max(20, len(attempts) // 1000)
    refused = _refused(attempts["at"].to_numpy(), attempts["talk"].to_numpy(), limit)
    _end(attempts, refused, "concurrency_limit_reached")
    note = noted("full_house", period, 0, period.length, owner="account")
    yield refused, note | {"limit": limit}


def _unheard_of(attempts: pd.DataFrame, dice: Dice, period: Period) -> Fault:
    """Three dials end for a reason that nobody knows."""
    unanswered = attempts["reason"].eq("dial_no_answer") & attempts["fault"].eq(0)
    rows = some(dice, _rows(unanswered), min(3, len(attempts) // 20))
    _end(attempts, rows, UNHEARD_OF)
    yield rows, noted("unknown_reason", period, 0, period.length, owner="unknown")


FAULTS: Sequence[Callable[[pd.DataFrame, Dice, Period], Fault]] = (
    _burnt_number,
    _malformed_list,
    _provider_outage,
    _broken_version,
    _full_house,  # last of those that move or shorten talks: it counts the talks in flight
    _unheard_of,
)


def _rows(mask: pd.Series[bool]) -> Ints:
    return np.flatnonzero(mask.to_numpy()).astype(np.int64)


def _movable(attempts: pd.DataFrame, dice: Dice, agent: str, thousandths: int) -> Ints:
    """So many of all calls, of one agent, that no redial follows: these may get another time."""
    free = attempts["alone"] & attempts["fault"].eq(0) & attempts["direction"].eq("outbound")
    rows = _rows(free & attempts["agent_id"].eq(agent))
    return some(dice, rows, len(attempts) * thousandths // 1000)


def _end(attempts: pd.DataFrame, rows: Ints, reason: str, talk: Ints | int = 0) -> None:
    attempts.loc[rows, "reason"] = reason
    attempts.loc[rows, "talk"] = talk


def noted(kind: str, period: Period, since: int, until: int, **words: Any) -> Note:
    """Return what is told of a fault; times are milliseconds into the period.

    Examples
    --------
    >>> march = Period(pd.Timestamp("2026-03-02", tz="UTC"), 28)
    >>> noted("full_house", march, 0, march.length, owner="account")["since"]
    '2026-03-02T00:00:00+00:00'
    """
    nowhere = {"column": None, "value": None}
    times = {"since": period.iso(since), "until": period.iso(until)}
    return {"kind": kind, "reason": None, **nowhere, **words, **times}


def _refused(starts: Ints, talks: Ints, limit: int) -> Ints:
    """Rows that come while `limit` calls are in flight, a refused one taking no slot.

    Only where all calls together would reach the limit can one be refused; so those alone are
    gone through one by one, and what the refused would have held is taken off.
    """
    order = np.argsort(starts, kind="stable")
    at, talk = starts[order], talks[order]
    ended = np.searchsorted(np.sort((at + talk)[talk > 0], kind="stable"), at, side="right")
    in_flight = np.cumsum(talk > 0) - (talk > 0) - ended
    spared: list[int] = []
    refused = []
    for place in np.flatnonzero(in_flight >= limit):
        while spared and spared[0] <= at[place]:
            heapq.heappop(spared)
        if in_flight[place] - len(spared) >= limit:
            refused.append(order[place])
            if talk[place]:
                heapq.heappush(spared, int(at[place] + talk[place]))
    return np.array(refused, dtype=np.int64)


def counted(notes: Sequence[Note], attempts: pd.DataFrame) -> list[Note]:
    """Complete the notes by how many calls ended of each fault and how; leave out what is not.

    Examples
    --------
    >>> ends = pd.DataFrame({"fault": [1, 0], "reason": ["dial_failed", "dial_busy"]})
    >>> counted([{"kind": "blocked_number"}, {"kind": "full_house"}], ends)
    [{'kind': 'blocked_number', 'reason': 'dial_failed', 'reasons': {'dial_failed': 1}, 'calls': 1}]
    """
    notes_with_calls = []
    for number, note in enumerate(notes, 1):
        ends = attempts.loc[attempts["fault"] == number, "reason"].dropna().astype(str)
        reasons = {str(end): int(calls) for end, calls in ends.value_counts().sort_index().items()}
        if reasons:
            main = max(reasons, key=lambda end: reasons[end])
            notes_with_calls.append(
                {**note, "reason": main, "reasons": reasons, "calls": len(ends)}
            )
    return notes_with_calls
