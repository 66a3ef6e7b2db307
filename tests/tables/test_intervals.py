"""Rates and intervals."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.tables.intervals import ratio, wilson


@pytest.mark.parametrize(
    ("hits", "calls", "low", "high"),
    [
        (0, 20, 0.0, 0.1611),
        (1, 10, 0.0179, 0.4042),
        (15, 148, 0.0624, 0.1605),
        (81, 263, 0.2553, 0.3662),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_wilson_gives_published_intervals(hits: int, calls: int, low: float, high: float) -> None:
    """The ends agree with those of Newcombe (1998) and of the closed form."""
    assert wilson(hits, calls) == pytest.approx((low, high), abs=1e-4)


def test_an_interval_of_no_calls_is_not_a_number() -> None:
    """Nothing is known of the rate of no calls."""
    assert np.isnan(wilson([0], [0])).all()
    assert np.isnan(ratio([0], [0])).all()
