"""A self-test finds what the rules at hand would see of a fault of a size."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retell_nb.check.period import period
from retell_nb.check.self_test import as_fault, plant
from retell_nb.tables.rates import rates
from retell_nb.vocabulary.reasons import REASONS
from tests.check.made import START, calls_of

HEALTHY = calls_of(15, {"agent_1": [2] * 15, "agent_2": [2] * 15})
END = START + pd.Timedelta("15D")


def test_large_faults_are_detected_and_small_ones_are_not() -> None:
    """By the rate of each agent; and a rule of something else sees none of it."""
    rules = ["rate(failed, by=agent) > 0.1", "rate(inactivity) > 0.1", "silence(by=agent)"]
    large, small = (
        HEALTHY.retell.check(rules, self_test=f"failed +{size} points on one agent", trials=6)
        for size in (30, 1)
    )
    assert large["detected"].tolist() == [6, 0, 0]
    assert small["detected"].tolist() == [0, 0, 0]
    assert large["trials"].tolist() == [6] * 3
    assert (large["low"][0], large["high"][0]) == (pytest.approx(0.61, abs=0.01), 1)


def test_a_silence_is_planted_in_one_line() -> None:
    """Rates do not see it."""
    rules = ["rate(failed) > 0.1", "silence(by=agent)"]
    table = HEALTHY.retell.check(rules, self_test="silence of 12h on one agent", trials=4, now=END)
    assert table["detected"].tolist() == [0, 4]
    assert table["without_fault"].tolist() == ["quiet", "quiet"]


def test_the_fault_has_the_size_it_is_said_to_have() -> None:
    """In the period alone, on one agent alone, with the status that its reason has."""
    part = period(HEALTHY, pd.Timedelta("7D"), now=END)
    fault = as_fault("failed +20 points on one agent", REASONS)
    risen = []
    for trial in range(10):
        rng = np.random.default_rng(trial)
        planted = plant(fault, part, rng)
        assert planted.before.equals(part.before.astype(planted.before.dtypes))
        low, high = sorted(rates(planted.now, "agent")["rate"])
        assert low == 14 / 672
        risen.append(high - low)
    assert sum(risen) / len(risen) == pytest.approx(0.2, abs=0.02)
    dead = planted.now[planted.now["disconnection_reason"] == "dial_failed"]
    assert set(dead["call_status"]) == {"ended", "not_connected"}


def test_an_incident_without_the_fault_is_not_counted() -> None:
    """What is there already proves nothing, and is told."""
    sick = calls_of(2, {"agent_1": [2, 60]})
    table = sick.retell.check("rate(failed) > 0.1", self_test="failed +10 points", trials=3)
    assert table["detected"].tolist() == [0]
    assert table["without_fault"].tolist() == ["incident"]


def test_the_same_trials_come_again() -> None:
    """They are seeded."""
    rule, fault = "rate(failed) > 0.1", "failed +12 points on one agent"
    first, second = (HEALTHY.retell.check(rule, self_test=fault, trials=8) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("failed", "is no fault to plant. Allowed: failed \\+10 points"),
        ("failed +0 points", "is no fault to plant"),
        ("failed +101 points", "is no fault to plant"),
        ("faild +10 points", "Did you mean 'failed'"),
        ("unknown +10 points", "no reason of the vocabulary makes a call 'unknown'"),
        ("silence of soon on one agent", "not a length of time"),
        ("failed +10 points on one agnt", "agnt"),
    ],
)
def test_what_is_no_fault_is_refused(fault: str, message: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=message):
        HEALTHY.retell.check("silence", self_test=fault)


def test_there_must_be_calls_to_plant_it_in() -> None:
    """An empty period is an error, no share of zero."""
    with pytest.raises(ValueError, match="no calls in the period"):
        HEALTHY.retell.check("silence", self_test="failed +10 points", now=END + pd.Timedelta("9D"))
