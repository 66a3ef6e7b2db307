"""Work spread over the cores: parts of large arrays, and sorting them."""

from __future__ import annotations

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
def test_sorting_on_all_cores_is_sorting(size: int) -> None:
    """The array itself comes in order, with repeated values across the parts."""
    numbers = np.random.default_rng(size).integers(0, 40, size)
    expected = sorted(numbers.tolist())
    threads.sort(numbers)
    assert numbers.tolist() == expected
