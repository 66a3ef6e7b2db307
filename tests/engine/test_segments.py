"""The search over all combinations, on planted segments."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from retell_nb.engine.scores import Counts
from retell_nb.engine.segments import Leaves, best_scores, candidates, named, rolled_up, score

if TYPE_CHECKING:
    from types import ModuleType

TRIALS = 25


@pytest.fixture(scope="module")
def worlds() -> ModuleType:
    """The simulations of the benchmark."""
    path = Path(__file__).parents[1] / "benchmarks" / "explain_recall.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves_of(codes: list[list[int]], *counts: list[float]) -> Leaves:
    arrays = [np.array(code) for code in codes]
    return Leaves(arrays, [int(code.max()) + 1 for code in arrays], Counts(*np.array(counts)))


@pytest.mark.parametrize("standing", [False, True])
def test_planted_conjunctions_are_named_exactly(worlds: ModuleType, *, standing: bool) -> None:
    """Of 25 with support of at least 5% and +25 points, at least 23, whoever else always fails."""
    hits = 0
    for trial in range(TRIALS):
        dice = np.random.default_rng([7, trial])
        world = worlds.calls_world(dice, standing=standing, rise=0.25, support=(0.05, 0.25))
        segment = worlds.best(world.leaves)
        hits += worlds.is_same(world.leaves, segment, world.truth[0])
        assert segment != world.standing
    assert hits >= 23


def test_the_risk_ratio_names_fewer(worlds: ModuleType) -> None:
    """The peer is misled where an agent always fails more."""
    hits = 0
    for trial in range(TRIALS):
        world = worlds.calls_world(np.random.default_rng([8, trial]), standing=True, rise=0.25)
        hits += worlds.is_same(world.leaves, worlds.risk_ratio(world.leaves), world.truth[0])
    assert hits < TRIALS / 2


def test_a_segment_scores_the_same_alone_and_among_all(worlds: ModuleType) -> None:
    """The score of a candidate is that of its calls picked out by themselves."""
    leaves = worlds.calls_world(np.random.default_rng(1)).leaves
    ranked = candidates(leaves, 2)
    assert len(ranked) > 10
    for one in ranked[:10]:
        assert score(leaves, one.segment) == pytest.approx(one.score)


def test_an_attribute_that_explains_nothing_is_dropped() -> None:
    """Where all hours of an agent rose, the agent is named; where one did, the pair."""
    codes = [[0, 0, 1, 1], [0, 1, 0, 1]]
    before = [1_000.0] * 4, [50.0] * 4
    everywhere = leaves_of(codes, [200.0] * 4, [60, 40, 10, 10], *before)
    one = leaves_of(codes, [200.0] * 4, [60, 10, 10, 10], *before)
    assert rolled_up(everywhere, {0: 0, 1: 0}) == {0: 0}
    assert rolled_up(one, {0: 0, 1: 0}) == {0: 0, 1: 0}


def test_an_attribute_that_all_calls_share_is_dropped() -> None:
    """A segment that has all calls of a wider one is named as the wider one."""
    leaves = leaves_of([[0, 1], [0, 0]], [100.0, 100], [40, 5], [1_000, 1_000], [50, 50])
    assert rolled_up(leaves, {0: 0, 1: 0}) == {0: 0}


def test_rare_values_share_a_code_that_has_no_name() -> None:
    """Values with fewer than two failed calls cannot be named, and lose no calls."""
    failed = np.array([3.0, 1, 4, 0])
    codes, names = named(np.arange(4), 4, failed)
    ones = np.full(4, 10.0)
    leaves = Leaves([codes], [len(names)], Counts(ones, failed, 10 * ones, 0 * ones))
    assert names.tolist() == [0, 2]
    assert leaves.total.calls.tolist() == [40]
    assert {code for one in candidates(leaves, 1) for code in one.segment.values()} <= {0, 1}


@pytest.mark.parametrize("seed", range(20))
def test_merged_leaves_and_all_combinations_at_once_have_the_same_best_score(seed: int) -> None:
    """That of the best candidate, whatever attributes have values without a name."""
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.integers(1, 6, rng.integers(1, 5))]
    codes = [rng.integers(0, size + rng.integers(1, 3), 200) for size in sizes]
    failed, before = (rng.integers(0, 5, 200).astype(float) for _ in range(2))
    counts = Counts(
        failed + rng.integers(0, 9, 200), failed, before + rng.integers(0, 30, 200), before
    )
    leaves = Leaves(codes, sizes, counts)
    best = candidates(leaves, 3)
    expected = best[0].score if best else 0.0
    merged = leaves.merged()
    assert len(merged.counts.calls) == len(
        set(zip(*(code.tolist() for code in codes), strict=True))
    )
    other = Leaves(codes, sizes, Counts(*(measure[::-1] for measure in counts)))
    best_of_other = max((one.score for one in candidates(other, 3)), default=0.0)
    assert best_scores([leaves, other], 3) == pytest.approx([expected, best_of_other])
    assert best_scores([merged], 3) == pytest.approx([expected])
    assert [one.segment for one in candidates(merged, 3)[:1]] == [one.segment for one in best[:1]]
