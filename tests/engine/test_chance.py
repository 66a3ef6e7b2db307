"""How often chance alone gives a score as high."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.engine.chance import largest_scores, p_value, resamples
from retell_nb.engine.scores import Counts
from retell_nb.engine.segments import Leaves, candidates


def unchanged(seed: int, *, periods: float = 1) -> Leaves:
    """Calls whose rates differ by nature, and are the same now as before."""
    dice = np.random.default_rng(seed)
    codes = [dice.integers(0, size, 600) for size in (12, 6, 4)]
    rate = 0.05 + 0.02 * codes[1]
    calls, before = dice.poisson(3, 600), dice.poisson(12 * periods, 600)
    failed, failed_before = dice.binomial(calls, rate), dice.binomial(before, rate)
    counts = Counts(calls * 1.0, failed * 1.0, before / periods, failed_before / periods)
    return Leaves(codes, [12, 6, 4], counts)


@pytest.mark.parametrize("periods", [1, 7], ids=["counts", "averages"])
def test_unchanged_frames_are_rarely_beyond_chance(
    periods: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 60 frames p < 0.05 in at most 7: nearly always so where 5% do, or fewer."""
    monkeypatch.setattr("retell_nb.engine.chance._MOST", 19)
    alarms = 0
    for seed in range(60):
        leaves = unchanged(seed, periods=periods)
        ranked = candidates(leaves, 2)
        alarms += bool(ranked) and p_value(ranked[0].score, largest_scores(leaves, 2)) < 0.05
    assert alarms <= 7


def test_few_resamples_are_no_false_precision() -> None:
    """Of scores from Gumbel's distribution itself 5% get p < 0.05, however few resamples."""
    dice = np.random.default_rng(0)
    for times in (15, 40):
        largest = dice.gumbel(size=(4_000, times + 1))
        alarms = np.mean([p_value(row[-1], row[:-1]) < 0.05 for row in largest])
        assert 0.04 < alarms < 0.06


def test_a_score_among_the_resamples_has_their_share() -> None:
    """A p-value that resamples resolve is their share, counting the score itself."""
    assert p_value(50, np.arange(99.0)) == 0.5
    assert p_value(-1, np.arange(99.0)) == 1


def test_resamples_that_are_all_the_same_decide_by_their_number() -> None:
    """Where chance always gives 0, a score above is one in as many as were tried, and one."""
    assert p_value(3, np.zeros(19)) == 0.05
    assert p_value(0, np.zeros(19)) == 1


def test_the_same_leaves_have_the_same_resamples() -> None:
    """A p-value does not change from run to run."""
    first, second = (largest_scores(unchanged(3), 2) for _ in range(2))
    assert np.array_equal(first, second)


def test_there_is_less_resampling_where_there_is_more_to_count() -> None:
    """From 99 resamples of few leaves to 15 of millions."""
    assert resamples(100, 10) == 99
    assert 15 < resamples(30_000, 93) < 99
    assert resamples(4_000_000, 130) == 15
