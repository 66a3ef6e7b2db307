"""Calls of which the words of dask have to say the same as pandas', and ways to part them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytest.importorskip("dask.dataframe")

import dask
import dask.dataframe as dd


@pytest.fixture(scope="session")
def calls() -> pd.DataFrame:
    """Calls with everything that only all of them together can tell.

    Some still run, some hang, some agents have only a name, some records are not whole.
    """
    sample = rn.sample_calls(2_000, seed=5).reset_index(drop=True)
    chance = np.random.default_rng(1)
    for name in ("agent_id", "to_number", "direction", "start_timestamp", "duration_ms"):
        sample.loc[chance.random(len(sample)) < 0.03, name] = None
    running = chance.random(len(sample)) < 0.02
    sample.loc[running, "disconnection_reason"] = None
    sample.loc[running, "call_status"] = "ongoing"
    sample.attrs = {"window": sample.attrs["window"]}
    return sample


@pytest.fixture(scope="session")
def baseline() -> pd.DataFrame:
    """Calls of an earlier period."""
    return rn.sample_calls(1_000, seed=6)


@pytest.fixture(scope="session")
def parted() -> Callable[..., Any]:
    """Return a way to part calls as files do: each with its categories, index and dtypes."""

    def part(calls: pd.DataFrame, *ends: int) -> Any:
        edges = [0, *ends, len(calls)]
        parts = [
            _pruned(calls.iloc[start:end].reset_index(drop=True))
            for start, end in itertools.pairwise(edges)
        ]
        meta = calls.head(0)
        categories = meta.select_dtypes("category").columns.tolist()
        meta = dask.dataframe.utils.clear_known_categories(meta, cols=categories)
        return dd.from_map(lambda number: parts[number], range(len(parts)), meta=meta)

    return part


def _pruned(calls: pd.DataFrame) -> pd.DataFrame:
    """Calls whose categories are those that occur, as a reader gives them."""
    pruned = {
        name: calls[name].cat.remove_unused_categories()
        for name in calls.select_dtypes("category").columns
    }
    return calls.assign(**pruned)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Any]:
    """Return a client of a cluster of two processes."""
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as local,
        distributed.Client(local, set_as_default=False) as client,
    ):
        yield client
