"""Runs of hits too dense to be chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.engine.runs import Runs, runs


def alone(hit: np.ndarray, *, share: float = 0.5, chance: float = 0.001) -> Runs:
    return runs(hit, np.zeros(len(hit), dtype=np.int64), share=share, chance=chance)


def loudest(hit: np.ndarray, base: float, share: float) -> tuple[float, int, int]:
    """The stretch with the highest likelihood ratio, by trying all of them."""
    gain, loss = np.log(share / base), np.log((1 - share) / (1 - base))
    sums = np.append(0, np.cumsum(np.where(hit, gain, loss)))
    ends = [
        (sums[last + 1] - sums[first], -first, last)
        for first in range(len(hit))
        for last in range(first, len(hit))
    ]
    top, first, last = max(ends)
    return top, -first, last


@pytest.mark.parametrize("seed", range(5))
def test_a_run_is_the_loudest_stretch_there_is(seed: int) -> None:
    """First, last, hits and chance are those of the best of all stretches, tried one by one."""
    dice = np.random.default_rng(seed)
    hit = dice.random(240) < 0.01
    hit[100:130] = dice.random(30) < 0.8
    found = alone(hit)
    top, first, last = loudest(hit, found.base[0], 0.5)
    assert (found.first.tolist(), found.last.tolist()) == ([first], [last])
    assert found.hits.tolist() == [hit[first : last + 1].sum()]
    assert found.chance[0] == pytest.approx(len(hit) * np.exp(-top))


def test_two_runs_far_apart_are_two() -> None:
    """A long healthy stretch parts two runs, however loud each of them is."""
    hit = np.zeros(3_000, dtype=bool)
    hit[500:700] = hit[1_000:1_100] = True
    found = alone(hit)
    assert found.first.tolist() == [500, 1_000]
    assert found.last.tolist() == [699, 1_099]


def test_a_few_healthy_calls_do_not_part_a_run() -> None:
    """A run goes on over a gap that speaks against it less loudly than it must speak for itself."""
    hit = np.zeros(1_000, dtype=bool)
    hit[500:520] = hit[525:545] = True
    assert (alone(hit).first.tolist(), alone(hit).last.tolist()) == ([500], [544])


def test_a_strong_run_does_not_hide_a_weak_one_behind_it() -> None:
    """What is left beside a run in the same stretch is looked at again."""
    hit = np.zeros(1_000, dtype=bool)
    hit[500:540] = hit[552:564] = True
    found = alone(hit, share=0.9)
    assert found.first.tolist() == [500, 552]


@pytest.mark.parametrize("rate", [0.0005, 0.01, 0.1, 0.2, 0.22, 0.25, 0.3, 0.4, 0.5, 0.7, 1.0])
def test_an_even_rate_has_no_runs(rate: float) -> None:
    """Errors that come as evenly as ever make no run, however frequent they are."""
    found = [alone(np.random.default_rng(seed).random(4_000) < rate) for seed in range(20)]
    assert sum(len(runs_.first) for runs_ in found) == 0


def test_most_of_the_calls_may_be_in_the_run() -> None:
    """The base rate is that of the calls outside, not of all calls."""
    hit = np.zeros(200, dtype=bool)
    hit[80:] = True
    found = alone(hit)
    assert (found.first.tolist(), found.last.tolist()) == ([80], [199])
    assert found.base[0] == pytest.approx(0.5 / 81)


def test_no_run_goes_from_one_group_into_the_next() -> None:
    """Hits at the end of one group and at the start of another are apart, each with its base."""
    hit = np.zeros(1_000, dtype=bool)
    hit[480:520] = True
    found = runs(hit, np.repeat([0, 1], 500), share=0.5, chance=0.001)
    assert (found.first.tolist(), found.last.tolist()) == ([480, 500], [499, 519])


def test_a_block_that_is_well_parts_two_runs() -> None:
    """Of blocks of a hundred calls, the two with many hits are two runs, whole, in any order."""
    dice = np.random.default_rng(3)
    hits = np.full(12, 4)
    hits[[4, 6]] = 45
    found = []
    for _ in range(3):
        hit = np.concatenate([dice.permutation(np.arange(100) < size) for size in hits])
        group, times = np.zeros(1_200, dtype=np.int64), np.repeat(np.arange(12), 100)
        found.append(runs(hit, group, times, share=0.5, chance=0.001))
    assert [part.tolist() for part in found[0][:3]] == [[400, 600], [499, 699], [45, 45]]
    for other in found[1:]:
        assert [part.tolist() for part in other] == [part.tolist() for part in found[0]]


@given(st.lists(st.booleans(), max_size=200))
def test_blocks_of_one_call_change_nothing(calls: list[bool]) -> None:
    """Where no two calls have one time, the times tell no more than the order."""
    hit = np.array(calls, dtype=bool)
    group = np.zeros(len(hit), dtype=np.int64)
    timed = runs(hit, group, np.arange(len(hit)), share=0.5, chance=0.2)
    for one, other in zip(timed, alone(hit, chance=0.2), strict=True):
        np.testing.assert_array_equal(one, other)


def test_no_calls_and_no_hits_have_no_runs() -> None:
    """Nothing is found in nothing."""
    for hit in (np.zeros(0, dtype=bool), np.zeros(9, dtype=bool)):
        assert [part.tolist() for part in alone(hit)] == [[]] * 5


@given(st.lists(st.booleans(), max_size=300), st.sampled_from([0.3, 0.5, 0.9]))
def test_runs_are_in_order_apart_and_begin_and_end_with_a_hit(
    calls: list[bool], share: float
) -> None:
    """Whatever the calls, runs do not touch, their ends are hits, and their hits are counted."""
    hit = np.array(calls, dtype=bool)
    found = alone(hit, share=share, chance=0.2)
    assert (found.first <= found.last).all()
    assert (found.first[1:] > found.last[:-1]).all()
    assert hit[found.first].all()
    assert hit[found.last].all()
    pairs = zip(found.first, found.last, strict=True)
    assert found.hits.tolist() == [hit[first : last + 1].sum() for first, last in pairs]
    assert (found.chance <= 0.2 + 1e-9).all()
