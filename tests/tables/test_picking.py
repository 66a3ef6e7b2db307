"""What a report begins with."""

from __future__ import annotations

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables.picking import load_chosen, shareable


def test_choices_are_of_the_calls_of_a_source(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Period and choices leave the calls that pandas leaves, whether given as dict or as JSON."""
    path = tmp_path_factory.mktemp("picking") / "calls.parquet"
    rn.sample_calls(1_000, seed=3).to_parquet(path)
    whole = rn.read_calls(path)
    late = whole.retell.when >= pd.Timestamp("2026-03-10", tz="UTC")
    expected = whole.loc[late & (whole.retell.outcome == "failed"), "call_id"].tolist()
    for choices in ({"outcome": "failed"}, '{"outcome": ["failed"]}'):
        assert load_chosen(str(path), "2026-03-10", choices=choices)["call_id"].tolist() == expected
    with pytest.raises(ValueError, match="choices"):
        load_chosen(str(path), choices="[1]")


def test_what_is_shared_keeps_the_columns_that_may_be_shown() -> None:
    """Masked calls keep a column of the user's own only where it is named and is there."""
    calls = rn.sample_calls(50).assign(team="a", notes="b")
    shared = shareable(calls, show=["team", "owner"])
    assert "team" in shared
    assert "notes" not in shared
    assert not set(shared["to_number"].dropna()) & set(calls["to_number"].dropna())
