"""Refused calls tried again among the calls that were there: a queue, replayed in order of time.

How many calls were in flight at any time is on record. What a replay changes is kept as a
difference to that: a refused call that gets through is one more while it lasts, and a call that is
put off for it is one less while it would have lasted. So only refused calls, and calls that come
while the difference is above nought, are looked at one by one.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.tables.capacity.policies import Policy

    Event: TypeAlias = tuple[int, int, int, int]
    Side: TypeAlias = Literal["left", "right"]

__all__ = ["Replayed", "World", "replay"]

_CHANGE, _TRY = 0, 1
_FOREVER = np.iinfo(np.int64).max


class World(NamedTuple):
    """What is on record, in ms: calls that held a slot in order of their starts, and those refused.

    `over` are the ends in order, `before` is how many others were in flight as each call started.
    Of the refused, `came` is when, and `lasting` how long they would have lasted. `redialed` and
    `again` say which of the calls, and of the refused, can be tried again at all.
    """

    starts: Ints
    ends: Ints
    over: Ints
    before: Ints
    redialed: Mask
    came: Ints
    lasting: Ints
    again: Mask

    def in_flight(self, times: Ints) -> Ints:
        """How many calls were in flight at some times."""
        begun = np.searchsorted(self.starts, times, side="right")
        return begun - np.searchsorted(self.over, times, side="right")


class Replayed(NamedTuple):
    """What became of the refused: how long each waited, in ms, -1 if it never got through.

    And how many further tries there were, how many calls were put off that had got through, and
    how many of those never did again.
    """

    waits: Ints
    redials: int
    put_off: int
    lost: int


def replay(
    world: World, policy: Policy, limit: int, seed: int, *, refused_at_first: bool
) -> Replayed:
    """Try the refused again among the calls that were there.

    Parameters
    ----------
    world : World
    policy : Policy
        For every call that finds no slot.
    limit : int
        Calls that may be in flight at once.
    seed : int
        Of the chance in the waits; the same for the same call under every limit.
    refused_at_first : bool
        Whether the first try of each refused call fails, as on record, whatever is in flight.

    Returns
    -------
    Replayed

    Examples
    --------
    >>> from retell_nb.tables.capacity.policies import Policy
    >>> starts, ends = np.array([0]), np.array([3_000])
    >>> world = World(
    ...     starts, ends, ends, np.array([0]), np.array([True]),
    ...     np.array([1_000]), np.array([9_000]), np.array([True]),
    ... )
    >>> replay(world, Policy(jitter=0), 1, 0, refused_at_first=True).waits.tolist()
    [2000]
    """
    queue = _Queue(world, policy, limit, seed, refused_at_first=refused_at_first)
    return queue.run()


class _Queue:
    """Tries and changes to come, in order of time, and what has changed so far."""

    def __init__(
        self, world: World, policy: Policy, limit: int, seed: int, *, refused_at_first: bool
    ) -> None:
        self.world, self.policy, self.limit = world, policy, limit
        after = self._after(np.random.default_rng([seed, 0]), len(world.came))
        times = world.came[:, None] + after
        self.tries: dict[int, list[int]] = dict(enumerate(times.tolist()))
        self.depths: dict[int, list[int]] = dict(enumerate(world.in_flight(times).tolist()))
        self.later = self._one_by_one(np.random.default_rng([seed, 1]))
        self.events: list[Event] = []
        for who in range(len(world.came)):
            if not refused_at_first or world.again[who]:
                self._again(who, int(refused_at_first))
        self.waits = np.full(len(world.came), -1, dtype=np.int64)
        self.extra = self.next = self.redials = self.put_off = self.back = 0
        self.coming = 0

    def run(self) -> Replayed:
        """Go through all that is to come."""
        while self.events:
            event = heapq.heappop(self.events)
            time, kind, who, number = event
            crowded_out = self._crowded_out(time, kind)
            if crowded_out is not None:  # what comes of that may come before this event
                heapq.heappush(self.events, event)
                self._put_off(crowded_out)
            elif kind == _TRY:
                self._try(time, who, number)
            else:
                self._change(who, time, "left")
        return Replayed(self.waits, self.redials, self.put_off, self.put_off - self.back)

    def _after(self, dice: np.random.Generator, calls: int) -> Ints:
        """Milliseconds from the first try of each call to each of its tries."""
        waits = 1000 * self.policy.waits(dice.random((calls, self.policy.tries)))
        whole = np.maximum(np.rint(waits), 1).astype(np.int64)
        return np.column_stack([np.zeros(calls, dtype=np.int64), np.cumsum(whole, axis=1)])

    def _one_by_one(self, dice: np.random.Generator) -> Iterator[Ints]:
        """The same for as many calls as it takes."""
        while True:
            yield from self._after(dice, 1_000)

    def _change(self, by: int, time: int, side: Side) -> None:
        if self.extra <= 0 < self.extra + by:  # until now, the calls that came were as on record
            self._next_is(int(self.world.starts.searchsorted(time, side)))
        self.extra += by

    def _next_is(self, call: int) -> None:
        starts = self.world.starts
        self.next = call
        self.coming = int(starts[call]) if call < len(starts) else _FOREVER

    def _crowded_out(self, time: int, kind: int) -> int | None:
        """First call on record that came until now and found no slot any more."""
        if self.extra <= 0 or self.coming > time:
            return None
        until = int(self.world.starts.searchsorted(time, "right" if kind == _TRY else "left"))
        full = self.world.before[self.next : until] + self.extra >= self.limit
        crowded = bool(full.any())
        place = self.next + int(full.argmax()) if crowded else until - 1
        self._next_is(place + 1)
        return place if crowded else None

    def _put_off(self, call: int) -> None:
        """Take a call on record out of its time, and try it again later."""
        start, end = int(self.world.starts[call]), int(self.world.ends[call])
        self.put_off += 1
        self.extra -= 1
        heapq.heappush(self.events, (end, _CHANGE, 1, 0))
        if self.world.redialed[call]:
            times = start + next(self.later)
            self.tries[-1 - call] = times.tolist()
            self.depths[-1 - call] = self.world.in_flight(times).tolist()
            self._again(-1 - call, 1)

    def _again(self, who: int, number: int) -> None:
        times = self.tries[who]
        if number < len(times):
            heapq.heappush(self.events, (times[number], _TRY, who, number))

    def _try(self, time: int, who: int, number: int) -> None:
        """Give a call a slot if there is one."""
        self.redials += number > 0
        world, mine = self.world, -1 - who
        if self.depths[who][number] + self.extra >= self.limit:
            if who < 0 or world.again[who]:
                self._again(who, number + 1)
            return
        lasting = world.lasting[who] if who >= 0 else world.ends[mine] - world.starts[mine]
        self._change(1, time, "right")
        heapq.heappush(self.events, (time + int(lasting), _CHANGE, -1, 0))
        if who >= 0:
            self.waits[who] = time - world.came[who]
        else:
            self.back += 1
