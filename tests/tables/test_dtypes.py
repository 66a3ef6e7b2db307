"""Columns of other dtypes than ours are counted as they are, or refused in a sentence."""

from __future__ import annotations

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.words import QUESTIONS

ARGUMENTS = {"trend": ("D",), "tally": ("outcome",), "rates": ("agent",)}
WORDS = sorted({name for names in QUESTIONS.values() for name in names})
TABLES = [name for name in WORDS if name not in {"check", "compare", "decompose", "explore"}]


def answer(calls: pd.DataFrame, name: str) -> object:
    word = getattr(calls.retell, name)
    if name == "explain":
        return word(since="2026-03-16")
    return word(*ARGUMENTS.get(name, ())) if callable(word) else word


@pytest.mark.parametrize("dtypes", ["pyarrow", "numpy_nullable", "object"])
@pytest.mark.parametrize("name", [name for name in TABLES if name not in {"select", "to_excel"}])
def test_a_word_answers_or_says_what_brings_the_calls_into_form(name: str, dtypes: str) -> None:
    """Never an error of pandas or numpy, whatever holds times, numbers and missing values."""
    calls = rn.sample_calls(300, seed=3)
    some = calls.dropna(axis="columns", how="all")  # of which pandas 2.2 makes no Arrow array
    own = some.astype(object) if dtypes == "object" else some.convert_dtypes(dtype_backend=dtypes)
    try:
        assert answer(own, name) is not None
    except ValueError as error:
        assert dtypes != "numpy_nullable"
        assert "retell_nb.as_calls" in str(error)  # noqa: PT017 - only some are refused


def test_calls_of_one_moment_have_no_rhythm() -> None:
    """Nothing is divided by no calls at all."""
    calls = rn.sample_calls(300, seed=3)
    moment = calls["end_timestamp"].max()
    lines = calls.assign(start_timestamp=moment, end_timestamp=moment).retell.silence()
    assert not lines["state"].eq("silent").any()
