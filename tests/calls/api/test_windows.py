"""Windows of time: parts of a period, asked for at once and given in order."""

from __future__ import annotations

import threading
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retell_nb.calls.api.windows import MOST, Crowded, Span, in_order

SPANS = [Span(at, at + 9) for at in range(0, 100, 10)]


@given(
    first=st.integers(0, 10**13), length=st.integers(2, 10**11), total=st.integers(MOST + 1, 10**9)
)
def test_the_parts_of_a_period_are_the_period(first: int, length: int, total: int) -> None:
    """Each millisecond is in one part, and there are several parts."""
    parts = Crowded(Span(first, first + length - 1), min(total, 50 * MOST)).parts()
    assert (parts[0].first, parts[-1].last) == (first, first + length - 1)
    assert all(one.last + 1 == other.first for one, other in pairwise(parts))
    assert all(part.first <= part.last for part in parts)
    assert len(parts) > 1


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_answers_come_in_order_whoever_is_first(workers: int) -> None:
    """The slow ones are waited for, and no more than allowed are asked for at once."""
    busy, most = 0, 0
    lock = threading.Lock()

    def ask(span: Span, _gave_up: threading.Event) -> Span:
        nonlocal busy, most
        with lock:
            busy, most = busy + 1, max(most, busy + 1)
        time.sleep(0.003 if span.first % 20 else 0)
        with lock:
            busy -= 1
        return span

    assert list(in_order(ask, SPANS, workers)) == SPANS
    assert most <= workers


def test_the_parts_of_a_crowded_period_come_in_its_place() -> None:
    """They come before what follows it."""

    def ask(span: Span, _gave_up: threading.Event) -> Span | Crowded:
        return Crowded(span, 2 * MOST) if span == SPANS[1] else span

    found = [one for one in in_order(ask, SPANS[:3], 2) if isinstance(one, Span)]
    assert found[0] == SPANS[0]
    assert [span.first for span in found] == sorted(span.first for span in found)
    assert sum(span.last - span.first + 1 for span in found) == 30


def test_an_error_ends_it_and_nothing_more_is_asked() -> None:
    """What came before the error came; what runs is told to give up."""
    asked: list[Span] = []
    told: list[threading.Event] = []

    def ask(span: Span, gave_up: threading.Event) -> Span:
        asked.append(span)
        told.append(gave_up)
        if span == SPANS[2]:
            raise OSError("broken")
        return span

    answers = in_order(ask, SPANS, 2)
    assert [next(answers), next(answers)] == SPANS[:2]
    with pytest.raises(OSError, match="broken"):
        next(answers)
    assert told[0].is_set()
    assert len(asked) <= 5


def test_who_stops_looking_stops_the_asking() -> None:
    """A generator that is closed leaves no thread at work."""
    threads = threading.active_count()
    answers = in_order(lambda span, _gave_up: span, SPANS, 4)
    next(answers)
    answers.close()
    assert threading.active_count() == threads
