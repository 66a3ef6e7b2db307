"""Work on large arrays spread over the processor's cores.

numpy and Arrow let go of the interpreter's lock where they count, sort and take, so threads are
enough. Only the fast paths use this.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

__all__ = ["BLOCK", "blocks", "sort", "spread", "workers"]

T = TypeVar("T")
R = TypeVar("R")

BLOCK = 1 << 18
"""Rows whose codes still fit into a processor's cache."""

_PART = 1 << 18  # of numbers that are worth a thread


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


def blocks(size: int) -> list[slice]:
    """Return the parts of a large array that are worked on one at a time, each within a cache.

    Examples
    --------
    >>> blocks(10)
    [slice(0, 10, None)]
    """
    return [slice(start, min(start + BLOCK, size)) for start in range(0, size, BLOCK)]


def sort(numbers: npt.NDArray[Any]) -> None:
    """Sort an array in place, on all cores.

    Examples
    --------
    >>> numbers = np.array([3, 1, 2])
    >>> sort(numbers)
    >>> numbers.tolist()
    [1, 2, 3]
    """
    parts, threads = [numbers], workers(len(numbers) // _PART)
    while len(parts) < threads:
        parts = [half for halves in spread(_halved, parts) for half in halves]
    spread(np.ndarray.sort, parts)


def _halved(numbers: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the smaller and the greater half, as parts of the array."""
    middle = len(numbers) // 2
    numbers.partition(middle)
    return numbers[:middle], numbers[middle:]
