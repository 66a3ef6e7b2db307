"""Work spread over the cores: parts of large arrays, and sorting them."""

from __future__ import annotations

import time

import numpy as np
import pytest

from retell_nb.engine import threads


@pytest.fixture
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three cores, each of which is worth starting for ten numbers."""
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 3)
    monkeypatch.setattr(threads, "_PART", 10)


@pytest.mark.usefixtures("cores")
@pytest.mark.parametrize("size", [0, 1, 25, 500])
@pytest.mark.parametrize("values", [1, 40])
def test_sorting_on_all_cores_is_sorting(size: int, values: int) -> None:
    """The array itself comes in order, with repeated values across the parts, or in one alone."""
    numbers = np.random.default_rng(size).integers(0, values, size)
    expected = sorted(numbers.tolist())
    threads.sort(numbers)
    assert numbers.tolist() == expected


@pytest.mark.usefixtures("cores")
def test_work_may_spread_work() -> None:
    """Whoever waits for parts works on them, so that threads that all wait cannot wait for ever."""

    def table(number: int) -> list[int]:
        return threads.spread(lambda other: number * other, range(50))

    expected = [[number * other for other in range(50)] for number in range(50)]
    assert threads.spread(table, range(50)) == expected


@pytest.mark.usefixtures("cores")
def test_an_error_of_the_work_is_raised() -> None:
    """Whichever thread met it."""

    def inverse(number: int) -> float:
        time.sleep(0.001)  # or the first thread would be through before others begin
        return 1 / number

    for at in range(5):
        with pytest.raises(ZeroDivisionError):
            threads.spread(inverse, [*range(1, at + 1), 0, *range(1, 5)])
