"""Windows of time: the calls that ended in a period, asked for piece by piece and counted.

A window with too many calls is asked for in parts. So no more than a few windows are held at once,
however many calls there are, and a fault costs no more than one of them.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import pandas as pd

from retell_nb.calls.api.errors import CountError, PaginationError
from retell_nb.calls.progress import bar
from retell_nb.calls.reading.columns import Rows, rows_of_json
from retell_nb.calls.reading.fitting import typed
from retell_nb.calls.reading.foreign import parts_of_rows
from retell_nb.calls.reading.joining import Part, merged

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from concurrent.futures import Future

    from retell_nb.calls.api.client import Client
    from retell_nb.calls.api.paging import Calls

    Answer: TypeAlias = "_Decoded | Crowded"
    Ask: TypeAlias = Callable[["Span", threading.Event], Answer]

__all__ = ["Crowded", "Span", "Window", "in_order", "windows"]

MOST = 10_000
"""A window with more calls is asked for in parts."""

_MOST_PARTS = 100  # at a time; a count that is wrong shall not flood the API
_TRIES = 4
_PAUSE = 0.5  # seconds before a window is asked for again, doubled each time


class Span(NamedTuple):
    """A period: its first and its last millisecond since 1970."""

    first: int
    last: int

    def __str__(self) -> str:
        ends = (pd.Timestamp(end, unit="ms", tz="UTC") for end in self)
        return " to ".join(end.isoformat(timespec="milliseconds") for end in ends)


class Window(NamedTuple):
    """The calls that ended in a period, and how many came."""

    span: Span
    part: Part
    came: int


class _Decoded(NamedTuple):
    """The calls of a window as raw columns."""

    span: Span
    rows: Rows
    came: int


class Crowded(NamedTuple):
    """A period with too many calls for one window, and how many there are."""

    span: Span
    total: int

    def parts(self) -> list[Span]:
        """The periods in which it is asked for."""
        first, length = self.span.first, self.span.last - self.span.first + 1
        count = min(-(-2 * self.total // MOST), _MOST_PARTS, length)
        edges = [first + length * number // count for number in range(count + 1)]
        return [Span(start, end - 1) for start, end in itertools.pairwise(edges)]


def windows(
    client: Client,
    spans: Iterable[Span],
    *,
    filters: dict[str, Any] | None = None,
    keep: Collection[str] = (),
    workers: int = 4,
    progress: bool = True,
) -> Iterator[Window]:
    """Windows of some periods in order of time, several of them asked for at once.

    Raises
    ------
    CountError
        If other calls come than the API counts, time after time; the windows before are whole.

    Examples
    --------
    >>> import httpx
    >>> from retell_nb.calls.api.client import Client
    >>> page = {"items": [{"call_id": "call_1"}], "total": 1}
    >>> transport = httpx.MockTransport(lambda request: httpx.Response(200, json=page))
    >>> with Client("key", transport=transport) as client:
    ...     [window.came for window in windows(client, [Span(0, 9), Span(10, 19)])]
    [1, 1]
    """
    ask = functools.partial(_answer, client, filters or {}, keep)
    with bar(progress, unit="calls") as progress_bar:
        for answer in in_order(ask, spans, workers):
            if isinstance(answer, Crowded):
                progress_bar.total = max(progress_bar.total or 0, answer.total)
            else:
                progress_bar.update(answer.came)
                # Here and not by the workers: pandas hushes warnings in ways not made for threads.
                yield Window(answer.span, _part(answer.rows, keep), answer.came)


def in_order(ask: Ask, spans: Iterable[Span], workers: int) -> Iterator[Answer]:
    """Answers for periods in order, several of them asked for at once.

    Parameters
    ----------
    ask : callable
        Takes a period, and an event that tells it to give up; the parts of what is `Crowded` come
        in its place.
    spans : iterable of Span
        In order of time.
    workers : int
        How many are asked for at once.

    Examples
    --------
    >>> list(in_order(lambda span, gave_up: span.first, [Span(0, 9), Span(10, 19)], 2))
    [0, 10]
    """
    gave_up = threading.Event()
    line = deque(spans)
    flying: dict[Span, Future[Answer]] = {}
    with ThreadPoolExecutor(workers) as pool, _at_the_end(gave_up, flying):
        while line:
            _start(line, flying, workers, lambda span: pool.submit(ask, span, gave_up))
            answer = flying.pop(line.popleft()).result()
            if isinstance(answer, Crowded):
                line.extendleft(reversed(answer.parts()))
            yield answer


def _start(
    line: deque[Span],
    flying: dict[Span, Future[Answer]],
    workers: int,
    submit: Callable[[Span], Future[Answer]],
) -> None:
    """Ask for those at the head of the line; what is far behind would only take up memory."""
    for span in islice(line, workers):
        if span not in flying:
            flying[span] = submit(span)


@contextlib.contextmanager
def _at_the_end(gave_up: threading.Event, flying: dict[Span, Future[Answer]]) -> Iterator[None]:
    """However it ends, ask for nothing more."""
    try:
        yield
    finally:
        gave_up.set()
        for future in flying.values():
            future.cancel()


def _answer(
    client: Client,
    filters: dict[str, Any],
    keep: Collection[str],
    span: Span,
    gave_up: threading.Event,
) -> Answer:
    """Answer for a period; asked for again where it cannot be the whole."""
    fault: Exception = CountError("not asked for", told=None, came=0)
    for attempt in range(_TRIES):
        if attempt and gave_up.wait(_PAUSE * 2 ** (attempt - 1)):
            break
        try:
            return _answer_of(client.list_pages(end_timestamp=span, **filters), keep, span, gave_up)
        except (CountError, PaginationError) as error:
            fault = error
    raise fault


def _answer_of(
    listing: Calls, keep: Collection[str], span: Span, gave_up: threading.Event
) -> Answer:
    first = next(listing.pages)
    total = listing.total if isinstance(listing.total, int) else None
    if total is not None and total > MOST and span.first < span.last:
        return Crowded(span, total)
    count = _Count(span, total)
    pages = itertools.takewhile(lambda _: not gave_up.is_set(), listing.pages)
    rows = rows_of_json(count.contents(itertools.chain([first], pages)), keep=keep)
    count.check()
    return _Decoded(span, rows, count.came)


def _part(rows: Rows, keep: Collection[str]) -> Part:
    aside = [*rows.rejected, *rows.barren]
    parts = parts_of_rows(rows, {}, keep=keep, tz="UTC")
    return merged(parts, rows.barren) if parts else Part(_nothing(), rows.rank, aside, [])


@functools.cache
def _nothing() -> pd.DataFrame:
    return typed(pd.DataFrame({"call_id": []}))[0]


class _Count:
    """Counts the calls of a window as they come: each id once, and each call without one."""

    def __init__(self, span: Span, total: int | None) -> None:
        self.span, self.total = span, total
        self._ids: set[str] = set()
        self._nameless = 0

    @property
    def came(self) -> int:
        return len(self._ids) + self._nameless

    def contents(self, pages: Iterable[dict[str, Any]]) -> Iterator[tuple[str, bytes]]:
        """The bytes of each page, under a name."""
        for number, page in enumerate(pages, 1):
            ids = [
                item.get("call_id") if isinstance(item, dict) else None for item in page["items"]
            ]
            names = [name for name in ids if isinstance(name, str) and name]
            self._ids.update(names)
            self._nameless += len(ids) - len(names)
            yield f"the API, {self.span}, page {number}", page["content"]
            if self.came > (self.total or 0) + MOST:  # it may never end
                return

    def check(self) -> None:
        """Raise a CountError unless as many calls came as the API counts."""
        if self.came != self.total:
            raise CountError(
                f"the API counts {self.total} calls that ended {self.span}, and gave {self.came}. "
                "Nothing of that period was taken; try again later.",
                told=self.total,
                came=self.came,
            )
