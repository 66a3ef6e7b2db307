"""Numbers among other words: which texts have to be looked at."""

from __future__ import annotations

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from retell_nb.calls.phone_numbers.in_texts import may_hold_numbers, numbers_hidden

_WORDS = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(["", "call_", "agent_", "x-", "+", "800", "13"]),
        st.text("0123456789abcdef", max_size=30) | st.text("0123456789a", max_size=30),
        st.sampled_from(["", ".wav", " ", "FLOWERS", "-0100"]),
    ),
)


@given(texts=st.lists(_WORDS | st.text("0123456789 ()-+,./abF", max_size=24), min_size=1))
def test_what_holds_no_number_is_left_as_it_is(texts: list[str]) -> None:
    maybe = may_hold_numbers(pd.Series(texts, dtype="str"))
    left = [text for text, looked_at in zip(texts, maybe, strict=True) if not looked_at]
    assert [numbers_hidden(text, lambda _: ["hidden"]) for text in left] == left


@pytest.mark.parametrize("dtype", [object, "string[python]", "string[pyarrow]"])
def test_texts_of_every_kind_are_looked_through(dtype: object) -> None:
    """Arrow's expressions know fewer escapes than Python's."""
    texts = [
        "+1 415\u2009555\u20092671",
        "\u0664\u0661\u0665\u0665\u0665\u0665\u0662",
        "at 2",
        None,
    ]
    assert may_hold_numbers(pd.Series(texts, dtype=dtype)).tolist() == [True, True, False, False]


@pytest.mark.parametrize("text", ["call_14155552671", "id_abc14155552671def", "13a 415 555 2671"])
def test_an_id_that_may_be_a_number_is_looked_at(text: str) -> None:
    assert may_hold_numbers(pd.Series([text])).all()
