"""What a retry, or a higher limit, would have done for the calls refused for want of a slot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import INBOUND, direction
from retell_nb.engine.flight import highest
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import vocabulary_of
from retell_nb.tables.capacity.policies import Policy, as_policy
from retell_nb.tables.capacity.replay import World, replay
from retell_nb.tables.capacity.slots import Limit, as_limit
from retell_nb.tables.capacity.spans import spans

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from retell_nb.engine.aliases import Ints
    from retell_nb.tables.capacity.spans import Spans

    Plan: TypeAlias = tuple[str, Policy, int]

__all__ = ["backoff"]

_ENOUGH = 20  # calls of an agent and a direction whose lengths are drawn from
_HOUR = 3_600_000  # Retell's longest call by default; assumed where no call tells its length
_COLUMNS = (
    "policy", "limit", "refused", "through", "rate", "low", "high",
    "median_wait_s", "p95_wait_s", "redials", "put_off", "lost",
)  # fmt: skip
_NEVER = Policy(tries=0)


def backoff(
    calls: pd.DataFrame,
    limit: Limit = 20,
    policy: Policy | Mapping[str, float] | None = None,
    *,
    higher: Sequence[int] | None = None,
    seed: int = 0,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """How many of the refused calls would have got through: by retries, by a higher limit, by both.

    All calls are replayed in order of time through a queue with so many slots. A refused call that
    finds a free slot at one of its tries takes it, and a call on record that then finds none is put
    off and tried again in the same way. Calls that nothing has changed for are as on record.

    What would have been is not known and must be assumed. How long a refused call would have lasted
    is drawn from the calls of the same agent and direction that held a slot, if there are 20, else
    from all of them. An inbound call is never tried again, for it is not you who dials; under a
    higher limit it has its one try. Slots held by dials that nobody answered are in no record.

    Parameters
    ----------
    calls : DataFrame
        With `start_timestamp`, `end_timestamp` and `direction`.
    limit : int, dict or DataFrame, default 20
        How many calls could be in flight, as for `concurrency`.
    policy : Policy or mapping, optional
        The exponential backoff: ``base``, ``factor``, ``cap`` (seconds), ``jitter`` and ``tries``;
        by default 2 s, doubled up to 60 s, half of it left to chance, 8 times. A retry at once is
        after 1 s each time, as often.
    higher : sequence of int, optional
        Higher limits to compare with; by default half as much again and twice as much, and the
        smallest one under which no call would have been refused, which ends the list.
    seed : int
        Of the lengths and of the chance in the waits.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`; the calls of category
        `capacity` are those refused.

    Returns
    -------
    DataFrame
        A row for each `policy` (``no retry``, ``retry at once``, ``backoff``) and `limit`:
        `refused`, the calls refused on record; `through`, how many of them would have got a slot;
        `rate`, `low` and `high` (Wilson, 95%); `median_wait_s` and `p95_wait_s`, by how many
        seconds later, of those that did; `redials`, the further tries that it took; `put_off`, the
        calls on record that had to wait for them, and `lost`, those of these that never got a slot.
        ``attrs`` have the `limit`; the `peak` in flight; the median `in_flight_when_refused`, which
        tells whether that was the limit at all; `enough`, the smallest limit that would have
        refused nobody; `inbound`, how many of the refused are; and what was set aside, as in
        `concurrency`.

    Raises
    ------
    ValueError
        If a column is missing, or the limit, the policy or a higher limit is not valid.

    Notes
    -----
    The queue is gone through one by one, but only for the refused and for what comes while they
    change something; all else is counted at once.

    Examples
    --------
    >>> start = pd.to_datetime(["2026-03-01T10:00:00Z", "2026-03-01T10:00:10Z"])
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "concurrency_limit_reached"],
    ...     "direction": "outbound", "start_timestamp": start,
    ...     "end_timestamp": start + pd.to_timedelta(["15s", "0s"]),
    ... })
    >>> table = backoff(calls, limit=1, policy={"jitter": 0})
    >>> table[["policy", "limit", "refused", "through", "median_wait_s", "redials"]]
              policy  limit  refused  through  median_wait_s  redials
    0       no retry      1        1        0            NaN        0
    1  retry at once      1        1        1            5.0        5
    2        backoff      1        1        1            6.0        2
    3       no retry      2        1        1            0.0        0
    """
    allowed, backoff_policy = as_limit(limit), as_policy(policy)
    slot_spans = spans(calls, vocabulary_of(reasons))
    world = _world(calls, slot_spans, np.random.default_rng([seed, 2]))
    enough = highest(*_together(world))
    limits = _usual(allowed, enough) if higher is None else map(as_limit, higher)
    above = sorted({one for one in limits if one > allowed})
    plans = _plans(allowed, backoff_policy, above, enough)
    table = _outcome_table(
        [_outcome(world, plan, allowed, seed) for plan in plans], len(world.came)
    )
    then = world.in_flight(world.came)
    table.attrs.update(
        limit=allowed,
        peak=highest(world.starts, world.ends),
        in_flight_when_refused=float(np.median(then)) if len(then) else np.nan,
        enough=enough,
        inbound=int((~world.again).sum()),
        **slot_spans.aside,
    )
    return table


def _world(calls: pd.DataFrame, slot_spans: Spans, dice: np.random.Generator) -> World:
    """Return what is on record, and how long the refused would have lasted."""
    again = direction(calls) != INBOUND
    order = np.argsort(slot_spans.starts, kind="stable")
    starts, ends, over = slot_spans.starts[order], slot_spans.ends[order], np.sort(slot_spans.ends)
    before = np.arange(len(starts)) - np.searchsorted(over, starts, side="right")
    lasting = _lengths_for_refused(_kinds(calls), slot_spans, dice)
    by_time = np.argsort(slot_spans.came, kind="stable")
    return World(
        starts, ends, over, before, again[slot_spans.held][order],
        slot_spans.came[by_time], lasting[by_time], again[slot_spans.refused[by_time]],
    )  # fmt: skip


def _kinds(calls: pd.DataFrame) -> Ints:
    """Number for the agent and the direction of each call."""
    return np.asarray(agents(calls).codes * 4 + direction(calls), dtype=np.int64)


def _lengths_for_refused(kinds: Ints, slot_spans: Spans, dice: np.random.Generator) -> Ints:
    """Lengths for the refused, drawn from those of calls of the same kind, or from all."""
    chances = dice.random(len(slot_spans.came))
    lasting = slot_spans.ends - slot_spans.starts
    if not len(lasting):
        return np.full(len(slot_spans.came), _HOUR)
    mine = kinds[slot_spans.held]
    order = np.argsort(mine, kind="stable")
    first, last = (
        np.searchsorted(mine[order], kinds[slot_spans.refused], side=side)
        for side in ("left", "right")
    )
    few = last - first < _ENOUGH
    first, last = np.where(few, 0, first), np.where(few, len(mine), last)
    lengths: Ints = lasting[order[first + (chances * (last - first)).astype(np.int64)]]
    return lengths


def _together(world: World) -> tuple[Ints, Ints]:
    """Starts and ends of all calls, had nobody been refused."""
    starts = np.concatenate([world.starts, world.came])
    return starts, np.concatenate([world.ends, world.came + world.lasting])


def _usual(allowed: int, enough: int) -> list[int]:
    """Half as much again, twice as much, as far as that is not more than enough; and enough."""
    return [*(one for one in (-(-3 * allowed // 2), 2 * allowed) if one < enough), enough]


def _plans(allowed: int, policy: Policy, higher: Sequence[int], enough: int) -> Iterator[Plan]:
    """What to compare; where a limit refuses nobody, there is nothing to try again."""
    yield "no retry", _NEVER, allowed
    yield "retry at once", Policy(base=1, factor=1, jitter=0, tries=policy.tries), allowed
    yield "backoff", policy, allowed
    for limit in higher:
        yield "no retry", _NEVER, limit
        if limit < enough:
            yield "backoff", policy, limit


def _outcome(world: World, plan: Plan, allowed: int, seed: int) -> dict[str, Any]:
    """What would have come of a plan."""
    name, policy, limit = plan
    result = replay(world, policy, limit, seed, refused_at_first=limit == allowed)
    waits = result.waits[result.waits >= 0] / 1000
    median, p95 = np.quantile(waits, [0.5, 0.95]) if len(waits) else (np.nan, np.nan)
    return {
        "policy": name, "limit": limit, "through": len(waits), "median_wait_s": median,
        "p95_wait_s": p95, "redials": result.redials, "put_off": result.put_off,
        "lost": result.lost,
    }  # fmt: skip


def _outcome_table(rows: list[dict[str, Any]], refused: int) -> pd.DataFrame:
    """The outcomes as a table, each share with its interval."""
    table = pd.DataFrame(rows)
    through, calls = table["through"].to_numpy(), np.full(len(table), refused)
    low, high = wilson(through, calls)
    table = table.assign(refused=calls, rate=ratio(through, calls), low=low, high=high)
    return table[[*_COLUMNS]]
