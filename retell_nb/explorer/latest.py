"""Work that the next choice supersedes: of what is asked for in quick succession, the last is done.

Widgets' messages come one after the other on the kernel's event loop. Work is put off by a moment,
so that those which already wait get their turn first; each of them puts it off anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Latest", "aside"]

R = TypeVar("R")


class Latest:
    """Does the work last asked for, once; at once where there is no event loop.

    Examples
    --------
    >>> done = []
    >>> Latest()(lambda: done.append("drawn"))
    >>> done
    ['drawn']
    """

    def __init__(self) -> None:
        self._due: asyncio.TimerHandle | None = None

    def __call__(self, work: Callable[[], object], after: float = 0.03) -> None:
        """Do the work after so many seconds, unless other work is asked for before.

        Parameters
        ----------
        work : callable
        after : float
            In s.
        """
        if self._due is not None:
            self._due.cancel()
            self._due = None
        loop = _loop()
        if loop is None:
            work()
        else:
            self._due = loop.call_later(after, work)


def aside(work: Callable[[], R], then: Callable[[R | BaseException], object]) -> None:
    """Work something out beside the event loop, then take the result or the error on the loop.

    Examples
    --------
    >>> aside(lambda: 1 + 1, print)
    2
    """
    loop = _loop()
    if loop is None:
        then(_tried(work))
        return
    future = loop.run_in_executor(None, _tried, work)
    future.add_done_callback(lambda finished: then(finished.result()))


def _tried(work: Callable[[], R]) -> R | BaseException:
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - whatever it is, it shall be shown
        return error


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
