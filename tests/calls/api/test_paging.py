"""Paging: all pages come, once, and a list without end is noticed."""

from __future__ import annotations

from itertools import count, islice
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from retell_nb.calls.api.errors import APIError, PaginationError
from retell_nb.calls.api.paging import Calls, pages

Record = dict[str, Any]


class Book:
    """A list of calls in pages of a size of its own, at most."""

    def __init__(self, size: int, calls: int) -> None:
        self.size, self.calls = size, [{"call_id": f"call_{place}"} for place in range(calls)]
        self.questions: list[Record] = []

    def ask(self, question: Record) -> Record:
        self.questions.append(question)
        start = int(question.get("pagination_key", "0"))
        end = start + min(self.size, question["limit"])
        more = end < len(self.calls)
        page: Record = {"items": self.calls[start:end], "has_more": more}
        return {**page, "pagination_key": str(end)} if more else page


def walked(*answers: Record) -> list[Record]:
    left = iter(answers)
    return [call for page in pages(lambda _question: next(left), {}) for call in page["items"]]


def page(*ids: str, key: str | None = None) -> Record:
    return {"items": [{"call_id": id_} for id_ in ids], "has_more": True, "pagination_key": key}


@given(st.integers(1, 7), st.integers(0, 30), st.none() | st.integers(0, 40))
def test_all_calls_come_once_and_in_order(size: int, calls: int, limit: int | None) -> None:
    """However many calls a page holds, the list is whole, or as long as was asked for."""
    book = Book(size, calls)
    found = [call for page in pages(book.ask, {}, limit) for call in page["items"]]
    assert found == book.calls[:limit]


def test_no_more_is_asked_for_than_is_wanted() -> None:
    """The last page is as small as the limit leaves it; nothing is asked for a limit of none."""
    book = Book(1000, 5000)
    list(pages(book.ask, {}, 2100))
    assert [question["limit"] for question in book.questions] == [1000, 1000, 100]
    assert list(pages(book.ask, {}, 0)) == []
    assert len(book.questions) == 3


def test_the_number_of_calls_is_asked_for_once() -> None:
    """The count is a query of its own, so only the first page asks for it."""
    book = Book(10, 25)
    list(pages(book.ask, {"include_total": True}))
    assert [question.get("include_total") for question in book.questions] == [True, None, None]


def test_pages_come_when_they_are_needed() -> None:
    """Whoever takes three calls causes one request."""
    book = Book(10, 50)
    assert len(list(islice(Calls(pages(book.ask, {})), 3))) == 3
    assert len(book.questions) == 1


@pytest.mark.parametrize("key", [None, "", 7])
def test_more_calls_without_a_key_is_an_error(key: Any) -> None:
    """The API cannot say that there is more and not where; what came was given before."""
    calls = Calls(pages(lambda _question: page("call_1", key=key), {}))
    assert next(calls) == {"call_id": "call_1"}
    with pytest.raises(PaginationError, match="not where"):
        next(calls)


def test_a_key_that_comes_back_is_an_error() -> None:
    """A key that was there before would lead round in a circle."""
    with pytest.raises(PaginationError, match="same key"):
        walked(page("call_1", key="a"), page("call_2", key="b"), page("call_3", key="a"))


@pytest.mark.parametrize("ids", [[], ["call_1"]])
def test_pages_without_anything_new_end_after_a_while(ids: list[str]) -> None:
    """Empty or repeated pages under ever new keys are an error, not an endless loop."""
    keys = count()
    with pytest.raises(PaginationError, match="10 pages in a row"):
        list(islice(pages(lambda _question: page(*ids, key=str(next(keys))), {}), 99))


def test_two_pages_by_turns_end_too() -> None:
    """A circle of pages is noticed although no page is like the one before it."""
    keys = count()

    def ask(_question: Record) -> Record:
        key = next(keys)
        return page(f"call_{key % 2}", key=str(key))

    with pytest.raises(PaginationError, match="in a row"):
        list(islice(pages(ask, {}), 99))


def test_an_empty_or_repeated_page_in_between_is_no_harm() -> None:
    """The list goes on after it; nothing is judged to be there twice but by its reader."""
    found = walked(
        page("call_1", key="a"),
        page(key="b"),
        page("call_1", key="c"),
        {"items": [{"call_id": "call_2"}], "has_more": False},
    )
    assert [call["call_id"] for call in found] == ["call_1", "call_1", "call_2"]


@pytest.mark.parametrize("answer", [{}, {"items": None}, {"items": {"call_id": "call_1"}}])
def test_an_answer_without_a_list_is_an_error(answer: Record) -> None:
    """What is no page of calls is not taken for an empty one."""
    with pytest.raises(APIError, match="no list of items"):
        walked(answer)


def test_the_total_is_there_after_the_first_page() -> None:
    """How many calls match can be compared with how many came."""
    calls = Calls(iter([{"items": [{}, {}], "total": 3}, {"items": [{}], "total": None}]))
    assert calls.total is None
    assert len([call for page in calls.pages for call in page["items"]]) == calls.total == 3
