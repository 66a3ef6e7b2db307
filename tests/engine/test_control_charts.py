"""Control charts: limits, rules, and a baseline that faulty periods do not move."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from retell_nb.engine.control_charts import RULES, control_chart, overdispersion

HEALTHY = [18, 17, 20, 15, 19, 21, 16, 18, 17, 19, 18, 20, 16, 18]
"""Failures of days of 300 calls, all near 6%."""


def test_the_center_is_the_pooled_rate_of_the_baseline() -> None:
    """Half a failure and one call more, as Jeffreys' prior has it."""
    chart = control_chart(HEALTHY, [300] * 14)
    assert chart.centre == pytest.approx((sum(HEALTHY) + 0.5) / (14 * 300 + 1))
    assert chart.kind == "p"
    assert not chart.out.any()


def test_the_limits_spend_the_tails_of_the_binomial() -> None:
    """Beyond the limits lie the mid p-values of scipy's binomial below the tails, and no others."""
    calls, failed = np.full(41, 300), np.arange(41)
    chart = control_chart(
        np.append(HEALTHY * 3, failed), np.append([300] * 42, calls), rules=["beyond limits"],
        baseline=np.arange(83) < 42,
    )  # fmt: skip
    rate = chart.centre[0]
    upper = stats.binom.sf(failed, 300, rate) + stats.binom.pmf(failed, 300, rate) / 2
    lower = 1 - upper
    expected = np.where(upper <= 0.0012, 1, np.where(lower <= 0.0001, -1, 0))
    assert chart.side[42:].tolist() == expected.tolist()
    rates = failed / 300
    beyond = np.where(rates > chart.high[42:], 1, np.where(rates < chart.low[42:], -1, 0))
    assert beyond.tolist() == expected.tolist()


def test_a_fault_stays_out_of_the_baseline() -> None:
    """Six days at four times the rate are out, and the center is that of the days before."""
    failed = [*HEALTHY, 72, 70, 75, 69, 74, 71]
    chart = control_chart(failed, [300] * 20)
    assert chart.out.tolist() == [False] * 14 + [True] * 6
    assert chart.baseline.tolist() == [True] * 14 + [False] * 6
    assert chart.centre[0] == pytest.approx((sum(HEALTHY) + 0.5) / (14 * 300 + 1))


def test_two_days_that_are_both_high_are_out_together() -> None:
    """Neither of the days is beyond its own limit."""
    chart = control_chart([*HEALTHY, 29, 29], [300] * 16)
    assert (chart.rate < chart.high).all()
    assert chart.rule.tolist() == [""] * 15 + ["mean of two periods"]


def test_a_slow_rise_is_found_by_the_average() -> None:
    """The rate creeps up, no two days stand out, and the EWMA is beyond its limit."""
    chart = control_chart([*HEALTHY * 3, 21, 22, 23, *[25] * 9], [300] * 54)
    assert chart.rule[-1] == "EWMA"
    assert chart.ewma[-1] > chart.ewma_high[-1]
    assert set(chart.rule[:42]) == {""}


def test_one_bad_day_does_not_raise_the_average() -> None:
    """The days after a single bad day are in."""
    chart = control_chart([*HEALTHY, 90, 18, 17, 19, 18], [300] * 19)
    assert np.flatnonzero(chart.out).tolist() == [14]


def test_days_that_vary_more_than_chance_get_wider_limits() -> None:
    """Laney's p'-chart: the limits are wider by more than sigma z, as that is itself estimated."""
    rng = np.random.default_rng(4)
    rates = np.clip(rng.normal(0.2, 0.06, 60), 0.02, 1)
    failed, calls = rng.binomial(2_000, rates), np.full(60, 2_000)
    chart = control_chart(failed, calls)
    plain = np.sqrt(chart.centre[0] * (1 - chart.centre[0]) / 2_000)
    assert chart.kind == "p'"
    assert chart.spread == pytest.approx(0.06 / plain, rel=0.25)
    assert chart.high[0] - chart.centre[0] > 3 * chart.spread * plain
    assert not chart.out.any()


def test_sigma_z_is_the_mean_moving_range_over_d2() -> None:
    """1.128 is the mean range of two normal values."""
    z = np.array([4.0, -3.0, 2.0, -5.0, 3.0, -2.0, 4.0, -1.0])
    assert overdispersion(z)[0] == pytest.approx(np.abs(np.diff(z)).mean() / 1.128, rel=1e-3)


def test_a_period_without_calls_is_neither_in_nor_out() -> None:
    """It has no rate and no limits, and the rules look past it."""
    chart = control_chart([*HEALTHY, 0, 29, 0, 29], [*[300] * 14, 0, 300, 0, 300])
    assert np.isnan(chart.rate[[14, 16]]).all()
    assert np.isnan(chart.high[[14, 16]]).all()
    assert np.flatnonzero(chart.out).tolist() == [17]


def test_a_rhythm_that_is_expected_is_not_out() -> None:
    """Sundays fail three times as often: out without their risk, in with it."""
    weekday = np.arange(35) % 7
    failed = np.where(weekday == 6, 54, 18)
    risk = np.where(weekday == 6, 3.0, 1.0)
    assert control_chart(failed, [300] * 35, risk=risk).out.sum() == 0
    assert control_chart(failed, [300] * 35).out[weekday == 6].all()


def test_the_first_failure_ever_is_no_proof() -> None:
    """A baseline without a failure does not say that the rate is 0."""
    assert not control_chart([0] * 20 + [1], [10] * 21).out.any()


def test_nothing_at_all_makes_an_empty_chart() -> None:
    """No periods, or periods without calls, raise no error."""
    assert control_chart([], []).rate.tolist() == []
    assert control_chart([0, 0], [0, 0]).out.tolist() == [False, False]


def test_a_rule_that_nobody_knows_is_an_error() -> None:
    """The message lists the rules."""
    with pytest.raises(ValueError, match=r"is no rule of a control chart.*EWMA"):
        control_chart([1], [10], rules=["3 of 4"])


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_can_be_asked_for_alone(rule: str) -> None:
    """Only the rule asked for flags a period."""
    rng = np.random.default_rng(9)
    chart = control_chart(rng.binomial(300, 0.06, 400), [300] * 400, rules=[rule])
    assert set(chart.rule) <= {"", rule}
    assert chart.out.tolist() == (chart.rule != "").tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), min_size=1, max_size=30))
def test_the_center_lies_within_the_limits(days: list[tuple[int, int]]) -> None:
    """Whatever the counts, limits are ordered, within 0 and 1, and out means a rule and a side."""
    calls = np.array([n for _, n in days])
    failed = np.minimum([x for x, _ in days], calls)
    chart = control_chart(failed, calls)
    filled = calls > 0
    assert (chart.low[filled] <= chart.centre[filled]).all()
    assert (chart.centre[filled] <= chart.high[filled]).all()
    assert ((chart.low[filled] >= 0) & (chart.high[filled] <= 1)).all()
    assert chart.out.tolist() == (chart.side != 0).tolist() == (chart.rule != "").tolist()
    assert not (chart.baseline & ~filled).any()


@pytest.mark.parametrize(("days", "rate", "most"), [("plain", 0.06, 0.05), ("varying", 0.06, 0.12)])
def test_healthy_weeks_seldom_raise_a_flag(days: str, rate: float, most: float) -> None:
    """Of 150 healthy weeks after four others no more are flagged than three sigma above the aim."""
    rng = np.random.default_rng(21)
    flagged = 0
    for _ in range(150):
        rates = rng.gamma(11.1, rate / 11.1, 35) if days == "varying" else np.full(35, rate)
        chart = control_chart(rng.binomial(300, rates), np.full(35, 300))
        flagged += bool(chart.out[28:].any())
    assert flagged / 150 <= most + 3 * np.sqrt(most * (1 - most) / 150)
