"""Keys and counts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from retell_nb.engine import counts as counting
from retell_nb.engine import threads
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count


def test_a_missing_value_is_a_group_of_its_own_and_last() -> None:
    """Missing values are counted, and come after all others."""
    counts = count([key(pd.Series(["b", None, "a", None], name="agent_id"))], 4)
    groups = counts.groups()["agent_id"]
    assert groups[:2].tolist() == ["a", "b"]
    assert groups.isna().tolist() == [False, False, True]
    assert counts.calls.tolist() == [1, 1, 2]


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([3, 1, 3]),
        pd.Series([3, None, 1], dtype="Int64"),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series([2.5, None, 1.5]),
        pd.Series(["b", None, "a"]),
        pd.Series(pd.Categorical(["b", None, "a"], categories=["b", "a"], ordered=True)),
        pd.Series(pd.to_datetime(["2026-03-02", None, "2026-03-01"], utc=True)),
    ],
    ids=lambda column: str(column.dtype),
)
def test_groups_keep_the_dtype_of_their_column(column: pd.Series) -> None:
    """Whatever is grouped by comes back as it was, in its own order."""
    counts = count([key(column.rename("by"))], len(column))
    expected = column.drop_duplicates().sort_values().reset_index(drop=True).rename("by")
    pd.testing.assert_series_equal(counts.groups()["by"], expected.where(expected.notna()))


def test_categories_keep_their_order() -> None:
    """Categories are grouped in their own order, and only those that occur."""
    sizes = pd.Categorical(["small", "large"], categories=["large", "medium", "small"])
    assert count([key(pd.Series(sizes, name="size"))], 2).groups()["size"].tolist() == [
        "large",
        "small",
    ]


def test_many_groups_are_counted_as_few_are() -> None:
    """Three keys of 40 000 values each, most combinations absent, count like plain pandas."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(0, 40_000, (50_000, 3)), columns=["a", "b", "c"])
    frame.loc[::7, "b"] = frame.loc[::7, "a"]
    counts = count([key(frame[name]) for name in frame], len(frame))
    expected = frame.groupby(["a", "b", "c"]).size()
    assert counts.calls.tolist() == expected.tolist()
    pd.testing.assert_frame_equal(counts.groups(), expected.index.to_frame(index=False))


def test_missing_values_survive_among_many_groups() -> None:
    """Where only the combinations that occur are laid out, missing values are still groups."""
    many = pd.Series([*map(str, range(100)), None], name="many")
    counts = count([key(many), key(many.rename("again"))], len(many))
    assert len(counts.calls) == 101
    assert counts.groups().iloc[-1].isna().all()


def test_blocks_and_threads_count_as_one_pass_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks on several threads give the counts, hits and sums that plain numpy gives."""
    monkeypatch.setattr(counting, "BLOCK", 64)
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 3)
    rng = np.random.default_rng(1)
    group = pd.Series(rng.integers(0, 4, 10_001), name="group")
    hit, kept, value = rng.random(10_001) < 0.3, rng.random(10_001) < 0.8, np.arange(10_001.0)
    counts = count([key(group)], 10_001, where=kept, hits={"hit": hit}, sums={"sum": value})
    for place in range(4):
        here = kept & (group == place)
        assert counts.calls[place] == here.sum()
        assert counts.totals["hit"][place] == (here & hit).sum()
        assert counts.totals["sum"][place] == value[here].sum()


def test_without_keys_there_is_one_group_even_of_no_calls() -> None:
    """No keys make one group, of nothing where there is nothing."""
    assert count([], 0, hits={"hit": np.zeros(0, dtype=bool)}).calls.tolist() == [0]
    assert count([], 3).groups().shape == (1, 0)


def test_sums_need_no_hits() -> None:
    """Numbers are added up also where nothing is to be hit."""
    counts = count([key(pd.Series(["a", "b", "a"]))], 3, sums={"sum": np.array([1.0, 2.0, 4.0])})
    assert counts.calls.tolist() == [2, 1]
    assert counts.totals["sum"].tolist() == [5, 2]
