"""What the tests and the examples in docstrings share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _figures_are_closed() -> Iterator[None]:
    """No test leaves figures to the next: matplotlib warns of more than twenty."""
    yield
    plt.close("all")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Tell of halves of characters by their code: no process can send them to another."""
    report = yield
    if report.longrepr is not None and report.failed:
        report.longrepr = str(report.longrepr).encode("utf-8", "backslashreplace").decode()
    return report
