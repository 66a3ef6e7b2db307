"""Work on large arrays spread over the processor's cores.

numpy and Arrow let go of the interpreter's lock where they count, sort and take, so threads are
enough. Only the fast paths use this.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["spread", "workers"]

T = TypeVar("T")
R = TypeVar("R")


def workers(tasks: int) -> int:
    """Return how many threads are worth starting for so many tasks.

    Examples
    --------
    >>> workers(0), workers(1)
    (1, 1)
    """
    return max(1, min(os.cpu_count() or 1, tasks))


def spread(work: Callable[[T], R], tasks: Iterable[T]) -> list[R]:
    """Return what the work makes of every task, in order, worked out on all cores.

    Examples
    --------
    >>> spread(len, ["a", "bc"])
    [1, 2]
    """
    todo = list(tasks)
    threads = workers(len(todo))
    if threads == 1:
        return [work(task) for task in todo]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, todo))
