"""Policies of trying again: their waits, and what is none."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from retell_nb.tables.capacity.policies import Policy, as_policy


def test_waits_grow_up_to_the_cap() -> None:
    """Each wait is factor times the one before, and none is longer than the cap."""
    policy = Policy(base=3, factor=2, cap=20, jitter=0, tries=5)
    assert policy.waits(np.zeros((2, 5))).tolist() == [[3, 6, 12, 20, 20]] * 2


def test_jitter_takes_off_at_most_its_share() -> None:
    """Chance shortens a wait from nothing off to the whole share off."""
    policy = Policy(base=10, factor=1, cap=10, jitter=0.4, tries=3)
    assert policy.waits(np.array([[0, 0.5, 1]])).round(9).tolist() == [[10, 8, 6]]


def test_a_hundred_tries_of_any_factor_stay_at_the_cap() -> None:
    """However large the factor, a wait is a number."""
    waits = Policy(factor=1e300, cap=60, jitter=0, tries=100).waits(np.zeros((1, 100)))
    assert waits[0, 1:].tolist() == [60] * 99


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"base": 0}, "base of a policy is 0; it must be above 0"),
        ({"factor": 0.5}, "factor of a policy is 0.5; it must be 1 or more"),
        ({"cap": 1}, "cap of a policy is 1; it must be not below base, which is 2.0"),
        ({"jitter": 1.5}, "jitter of a policy is 1.5; it must be from 0 to 1"),
        ({"tries": 2.5}, "tries of a policy is 2.5; it must be a whole number from 0 to 100"),
        ({"tries": -1}, "tries of a policy is -1"),
        ({"base": float("nan")}, "base of a policy is nan"),
        ({"cap": float("inf")}, "cap of a policy is inf"),
        ({"retries": 3}, "a policy has no retries; give a mapping of base, factor, cap, jitter"),
        ("fast", "a policy has no 'fast'; give a mapping"),
    ],
)
def test_what_is_no_policy_is_said(given: Any, said: str) -> None:
    """The message names the value and its range, or the key and those there are."""
    with pytest.raises(ValueError, match=said):
        as_policy(given)


def test_a_policy_may_be_given_whole_or_in_part() -> None:
    """None is the default policy, a mapping changes it, a policy is itself."""
    assert as_policy(None) == Policy()
    assert as_policy({"tries": 3, "cap": 30}) == Policy(tries=3, cap=30)
    policy = Policy(base=1)
    assert as_policy(policy) is policy
