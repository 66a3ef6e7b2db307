"""The replay, against a slow one that goes through every call from the first to the last."""

from __future__ import annotations

import heapq
from operator import itemgetter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.tables.capacity.policies import Policy
from retell_nb.tables.capacity.replay import Replayed, World, replay

STEADY = Policy(base=0.004, factor=2, cap=0.02, jitter=0, tries=4)
WAITS = (4, 8, 16, 20)
SPANS = st.tuples(st.integers(0, 60), st.integers(1, 30), st.booleans())


def world(held: list[tuple[int, int, bool]], refused: list[tuple[int, int, bool]]) -> World:
    held, refused = (sorted(part, key=itemgetter(0)) for part in (held, refused))
    starts, lasting, redialed = (np.array([c[i] for c in held], dtype=np.int64) for i in range(3))
    at, drawn, again = (np.array([c[i] for c in refused], dtype=np.int64) for i in range(3))
    ends = starts + lasting
    over = np.sort(ends)
    before = np.arange(len(starts)) - np.searchsorted(over, starts, side="right")
    return World(starts, ends, over, before, redialed > 0, at, drawn, again > 0)


def slowly(  # noqa: C901 - slow and plain, all in one place
    told: World, limit: int, *, refused_at_first: bool
) -> Replayed:
    """Go through every call, with the calls in flight as a list of ends."""
    on_record = list(zip(told.starts.tolist(), told.ends.tolist(), strict=True))
    gone: list[tuple[int, int]] = []  # put off: in flight on record and not here
    new: list[tuple[int, int]] = []  # in flight here and not on record

    def changed(time: int) -> int:
        return sum(s <= time < e for s, e in new) - sum(s <= time < e for s, e in gone)

    def in_flight(time: int, before: int | None = None) -> int:
        seen = on_record if before is None else on_record[:before]
        return sum(s <= time < e for s, e in seen) + changed(time)

    # At one moment: calls on record, then tries in the order of the replay.
    events = [(start, 0, call, 0) for call, (start, _) in enumerate(on_record)]
    first = int(refused_at_first)
    sums = np.concatenate([[0], np.cumsum(WAITS)])
    for who, at in enumerate(told.came.tolist()):
        if not refused_at_first or told.again[who]:
            events.append((at + int(sums[first]), 1, who, first))
    heapq.heapify(events)
    waits, redials, put_off, back = np.full(len(told.came), -1), 0, 0, 0
    while events:
        time, kind, who, number = heapq.heappop(events)
        if kind == 0:
            if changed(time) > 0 and in_flight(time, before=who) >= limit:
                put_off += 1
                gone.append(on_record[who])
                if told.redialed[who]:
                    heapq.heappush(events, (time + WAITS[0], 1, -1 - who, 1))
            continue
        redials += number > 0
        start = int(told.came[who]) if who >= 0 else on_record[-1 - who][0]
        if in_flight(time) < limit:
            lasting = int(told.lasting[who]) if who >= 0 else on_record[-1 - who][1] - start
            new.append((time, time + lasting))
            if who >= 0:
                waits[who] = time - start
            else:
                back += 1
        elif number < len(WAITS) and (who < 0 or told.again[who]):
            heapq.heappush(events, (start + int(sums[number + 1]), 1, who, number + 1))
    return Replayed(waits, redials, put_off, put_off - back)


@given(st.lists(SPANS, max_size=25), st.lists(SPANS, max_size=12), st.integers(1, 6), st.booleans())
def test_a_replay_is_as_if_every_call_were_gone_through(
    held: list[tuple[int, int, bool]],
    refused: list[tuple[int, int, bool]],
    limit: int,
    refused_at_first: bool,  # noqa: FBT001 - hypothesis gives it by place
) -> None:
    """Waits, tries, calls put off and calls lost are those of the slow replay."""
    told = world(held, refused)
    fast = replay(told, STEADY, limit, 0, refused_at_first=refused_at_first)
    slow = slowly(told, limit, refused_at_first=refused_at_first)
    assert fast.waits.tolist() == slow.waits.tolist()
    assert fast[1:] == slow[1:]


def test_a_call_put_off_comes_back_later() -> None:
    """A refused call takes the slot, the call on record that then finds none waits for it."""
    told = world([(0, 3, True), (6, 5, True)], [(1, 10, True)])
    done = replay(told, STEADY, 1, 0, refused_at_first=True)
    # Refused at 1, in at 5 until 15; the other one is due at 6, tries at 10 and gets in at 18.
    assert done.waits.tolist() == [4]
    assert done[1:] == (3, 1, 0)


def test_without_a_slot_at_all_nobody_gets_through() -> None:
    """Where one call holds the only slot throughout, every try fails."""
    done = replay(world([(0, 500, True)], [(1, 5, True)] * 3), STEADY, 1, 0, refused_at_first=True)
    assert done.waits.tolist() == [-1] * 3
    assert done.redials == 3 * len(WAITS)


def test_the_seed_decides_about_chance() -> None:
    """The same seed gives the same replay, another seed other waits."""
    told = world([(0, 9_000, True)], [(1, 9_000, True)] * 5)
    policy = Policy(base=5, tries=5)
    first, same, other = (
        replay(told, policy, 2, seed, refused_at_first=True).waits.tolist() for seed in (1, 1, 2)
    )
    assert first == same != other
