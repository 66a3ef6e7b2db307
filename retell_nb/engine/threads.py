"""Work on large arrays spread over the processor's cores.

numpy and Arrow let go of the interpreter's lock where they count, sort and take, so threads are
enough. Only the fast paths use this.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

__all__ = ["BLOCK", "blocks", "sort", "spread", "workers"]

T = TypeVar("T")
R = TypeVar("R")

BLOCK = 1 << 18
"""Rows worked on at a time: few enough to stay in a cache, enough to keep threads from waiting."""

_PART = 1 << 18  # of numbers that are worth a thread
_PROBES = 256  # of numbers that tell where about half of them lie


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
    results: list[Any] = [None] * len(todo)
    places = iter(range(len(todo)))

    def run() -> None:
        for place in places:  # which gives every place once, whoever asks
            results[place] = work(todo[place])

    helping = [_pool().submit(run) for _ in range(workers(len(todo)) - 1)]
    try:
        run()
    finally:  # where the cores are busy, or this is a helper itself, nobody may have come
        for helper in helping:
            if not helper.cancel():
                helper.result()
    return results


@cache
def _pool() -> ThreadPoolExecutor:
    """Return threads that stay: to start new ones for every question costs more than some do."""
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 1) - 1), "retell_nb")


if hasattr(os, "register_at_fork"):  # a forked process has none of the threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


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
    """Return about the smaller and the greater half, as parts of the array."""
    if not len(numbers):
        return numbers, numbers
    probes = np.sort(numbers[:: len(numbers) // _PROBES + 1])
    below = numbers < probes[len(probes) // 2]
    lower, upper = spread(numbers.__getitem__, [below, ~below])
    numbers[: len(lower)], numbers[len(lower) :] = lower, upper
    return numbers[: len(lower)], numbers[len(lower) :]
