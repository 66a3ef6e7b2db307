"""Calls with what the vocabulary says of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.tables import classify
from retell_nb.vocabulary.reasons import WORDS

COLUMNS = ["reason", *WORDS]


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(800, seed=13)


def test_the_words_stand_behind_all_other_columns(calls: pd.DataFrame) -> None:
    """Every column word is added, in the order of the vocabulary, behind what was there."""
    assert list(classify(calls).columns) == [*calls.columns, *COLUMNS]


def test_nothing_else_changes(calls: pd.DataFrame) -> None:
    """Values, dtypes, index and notes of the calls are as before, in the copy and in the calls."""
    index = pd.Index(np.arange(len(calls)) // 3, name="batch")
    given = calls.set_axis(index)[::-1]
    given.attrs = dict(calls.attrs)
    before = given.copy()
    made = classify(given)
    pd.testing.assert_frame_equal(made[list(given.columns)], before)
    pd.testing.assert_frame_equal(given, before)
    assert made.attrs == calls.attrs


def test_the_columns_are_the_column_words(calls: pd.DataFrame) -> None:
    """Each column is what the accessor says under its name."""
    made = classify(calls)
    for word in COLUMNS:
        pd.testing.assert_series_equal(made[word], getattr(calls.retell, word), check_names=False)


def test_classifying_twice_is_classifying_once(calls: pd.DataFrame) -> None:
    """A classified frame may be classified again."""
    once = classify(calls)
    pd.testing.assert_frame_equal(classify(once), once)


def test_classifying_parts_is_classifying_the_whole(calls: pd.DataFrame) -> None:
    """The words of two parts put together are those of the whole."""
    halves = [classify(calls[:300]), classify(calls[300:])]
    whole = classify(calls)
    for word in COLUMNS:
        together = pd.concat([half[word].astype(object) for half in halves])
        assert together.isna().equals(whole[word].isna())
        assert together.dropna().tolist() == whole[word].dropna().tolist()


def test_a_column_of_the_same_name_stays() -> None:
    """Another column of a word's name is not written over: the word gets `retell_` before it."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "owner": ["Jo"], "status": ["x"]})
    table = classify(calls)
    assert table[["owner", "status"]].to_numpy().tolist() == [["Jo", "x"]]
    assert table[["retell_owner", "retell_status"]].to_numpy().tolist() == [
        ["nobody", "not_connected"]
    ]
    pd.testing.assert_frame_equal(classify(table), table)


@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_no_calls_have_the_words_too(kind: object) -> None:
    """An empty frame gets all the columns, with the categories of a full one."""
    nothing = pd.DataFrame({"disconnection_reason": pd.Series([], dtype=kind)})  # type: ignore[call-overload]
    made = classify(nothing)
    assert list(made.columns) == ["disconnection_reason", *COLUMNS]
    assert made["outcome"].cat.categories.tolist() == rn.OUTCOMES.index.tolist()


def test_a_frame_without_reasons_is_told_what_it_lacks() -> None:
    """Without a column of reasons there is nothing to say."""
    with pytest.raises(ValueError, match="lack the column disconnection_reason"):
        classify(pd.DataFrame({"reason": ["dial_busy"]}))
