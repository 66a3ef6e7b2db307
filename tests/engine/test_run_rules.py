"""Run rules, each on the shortest series that fulfills it."""

from __future__ import annotations

import numpy as np
import pytest

from retell_nb.engine.run_rules import RUN_RULES, flags

SHORTEST = {
    "2 of 3 beyond 2 sigma": [2.1, 0.0, 2.1],
    "4 of 5 beyond 1 sigma": [1.1, 1.1, 0.0, 1.1, 1.1],
    "8 on one side": [0.1] * 8,
    "9 on one side": [0.1] * 9,
    "6 rising or falling": [-0.5, -0.3, 0.1, 0.2, 0.4, 0.5],
    "14 alternating": [0.5, -0.5] * 7,
    "15 within 1 sigma": [0.9, -0.9, 0.1] * 5,
    "8 beyond 1 sigma": [1.1, -1.1] * 4,
}


def test_every_rule_is_tried() -> None:
    """No rule is without a series."""
    assert set(SHORTEST) == set(RUN_RULES)


@pytest.mark.parametrize("name", SHORTEST)
def test_a_rule_flags_the_period_that_completes_its_pattern(name: str) -> None:
    """The last value is flagged and none before; without the first value none is."""
    z = np.array(SHORTEST[name])
    assert np.flatnonzero(flags(name, z)).tolist() == [len(z) - 1]
    assert not flags(name, z[1:]).any()


@pytest.mark.parametrize("name", SHORTEST)
def test_the_other_side_is_flagged_as_well(name: str) -> None:
    """The mirror image has the same flags of the other side."""
    z = np.append(np.random.default_rng(3).normal(size=3_000) * 1.5, SHORTEST[name])
    assert flags(name, -z).tolist() == (-flags(name, z)).tolist()
    assert flags(name, z).any()


@pytest.mark.parametrize("name", ["2 of 3 beyond 2 sigma", "4 of 5 beyond 1 sigma"])
def test_a_value_on_the_good_side_is_not_flagged(name: str) -> None:
    """The newest value is itself beyond the limit."""
    z = np.append(np.array(SHORTEST[name]), 0.0)
    assert flags(name, z)[-1] == 0
