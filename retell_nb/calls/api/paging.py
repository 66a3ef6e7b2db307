"""Walks the pages of a list of calls, and notices a list that does not come to an end."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeAlias

from retell_nb.calls.api.errors import APIError, PaginationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Record: TypeAlias = dict[str, Any]

__all__ = ["Calls", "check_limit", "pages"]

_LARGEST_PAGE = 1000  # the API gives no more at once
_STALE_PAGES = 10  # in a row, each without anything new


class Calls:
    """Iterator over the calls of a list, which are fetched page by page.

    Attributes
    ----------
    pages : iterator of dict
        The pages themselves, each with its `items`; who takes a page takes it from the calls.
    total : int or None
        How many calls match, once the first page is there and if it was asked for.

    Examples
    --------
    >>> calls = Calls(iter([{"items": [{"call_id": "call_1"}], "total": 1}]))
    >>> next(calls), calls.total
    ({'call_id': 'call_1'}, 1)
    """

    def __init__(self, pages: Iterator[Record]) -> None:
        self.total: int | None = None
        self.pages = self._noting_total(pages)
        self._calls = (call for page in self.pages for call in page["items"])

    def _noting_total(self, pages: Iterator[Record]) -> Iterator[Record]:
        for page in pages:
            total = page.get("total")
            self.total = self.total if total is None else total
            yield page

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        return next(self._calls)


def check_limit(limit: int | None) -> int | None:
    """Return the most calls to fetch, if it can be.

    Examples
    --------
    >>> check_limit(5)
    5
    """
    if limit is not None and limit < 0:
        raise ValueError(f"limit={limit} is negative; leave it out to get all calls")
    return limit


def pages(
    ask: Callable[[Record], Record], question: Record, limit: int | None = None
) -> Iterator[Record]:
    """Pages of a list, from the first to the last.

    Parameters
    ----------
    ask : callable
        Takes the body of a request and gives its answer.
    question : dict
        The body of the first request, but for the size of the page.
    limit : int, optional
        The most calls to fetch; by default all.

    Yields
    ------
    dict
        The API's answer; `items` is a list.

    Raises
    ------
    PaginationError
        If there should be more but the API does not say where, says the same twice, or gives page
        after page without anything new.

    Examples
    --------
    >>> list(pages(lambda question: {"items": [question["limit"]], "has_more": False}, {}, 7))
    [{'items': [7], 'has_more': False}]
    """
    remaining = math.inf if limit is None else limit
    bookmark = _Bookmark()
    while remaining > 0:
        size = int(min(_LARGEST_PAGE, remaining))
        page = ask({**question, "limit": size})
        page["items"] = _items(page)[:size]
        remaining -= len(page["items"])
        yield page
        if not page.get("has_more") or remaining <= 0:
            return
        question = {**question, "pagination_key": bookmark.next(page)}
        question.pop("include_total", None)  # each count costs the API a query


class _Bookmark:
    """Where the next page is, and whether the list still moves."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._pages: set[int] = set()
        self._stale = 0

    def next(self, page: Record) -> str:
        """Key of the next page; an error if there cannot be one."""
        key = page.get("pagination_key")
        if not isinstance(key, str) or not key:
            raise PaginationError("the API says that there are more calls, but not where")
        if key in self._keys:
            raise PaginationError("the API gave the same key of the next page twice")
        self._keys.add(key)
        self._look(page["items"])
        return key

    def _look(self, items: list[Any]) -> None:
        """Count pages that brought nothing new; a few are no harm, more will never end."""
        digest = hash(
            repr([item.get("call_id") if isinstance(item, dict) else 0 for item in items])
        )
        self._stale = self._stale + 1 if not items or digest in self._pages else 0
        self._pages.add(digest)
        if self._stale >= _STALE_PAGES:
            raise PaginationError(f"{self._stale} pages in a row brought no new call")


def _items(page: Record) -> list[Any]:
    items = page.get("items")
    if not isinstance(items, list):
        raise APIError(
            f"a page of calls holds {', '.join(page) or 'nothing'}, and no list of items"
        )
    return items
