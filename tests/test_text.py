"""Times and quotations in sentences."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.text import cleaned, quoted
from retell_nb.times import at, lasting


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.94, "59.9 s"), (60, "1 min"), (3599.6, "1 h"), (7384, "2 h 3 min")],
)
def test_a_length_of_time_has_the_units_a_person_would_use(seconds: float, words: str) -> None:
    """Tenths only below a minute, seconds only below an hour."""
    assert lasting(seconds) == words


def test_a_moment_of_a_call_is_a_clock_from_its_start() -> None:
    """Minutes go on past the hour."""
    assert [at(0), at(9.99), at(3725)] == ["0:00", "0:09", "62:05"]


@pytest.mark.parametrize(
    "sign", ["\x1b", "\x07", "\u202e", "\u2066", "\u200f", "\u200b", "\ud800", "\ue000"]
)
def test_signs_that_steer_a_terminal_or_a_direction_are_left_out(sign: str) -> None:
    """What is left is what can be read."""
    assert cleaned(f"a{sign}b") == "ab"


def test_letters_of_any_script_stay() -> None:
    """Umlauts, Hebrew, Han and joined emoji are no threat."""
    words = "Mañana שלום 明日 👩\u200d💻"
    assert cleaned(words) == words


@given(st.text(), st.integers(3, 50))
def test_a_text_is_never_wider_than_asked_for(text: str, width: int) -> None:
    """Long texts are cut in their middle, and cleaning twice changes nothing."""
    short = cleaned(text, width)
    assert len(short) <= width
    assert cleaned(short, width) == short
    assert quoted(text, width) == f"“{short}”"
