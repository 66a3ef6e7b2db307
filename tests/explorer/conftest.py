"""What the tests of the explorer share: calls, and their index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import retell_nb as rn
from retell_nb.explorer.index import Index

if TYPE_CHECKING:
    import pandas as pd


@pytest.fixture(scope="session")
def calls() -> pd.DataFrame:
    return rn.sample_calls(3_000, seed=7)


@pytest.fixture(scope="session")
def index(calls: pd.DataFrame) -> Index:
    return Index(calls)
