"""Large work shared out among processes, one for each core.

Python decodes one document at a time, however many threads there are. Another process takes two
seconds to start; until then the work goes on here.
"""

from __future__ import annotations

import functools
import itertools
import multiprocessing
import pickle
import tempfile
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

__all__ = ["HandOver", "Work", "beside", "in_portions", "shared_out"]

T = TypeVar("T")
R = TypeVar("R")
Work: TypeAlias = "Callable[[], str]"
HandOver: TypeAlias = "Callable[[Work], Work]"

_MUCH = 1 << 29  # bytes, which take one process about two seconds
_PORTION = 1 << 23
_PACKED = {".gz": 8, ".zst": 8}  # times as many bytes, unpacked


def in_portions(paths: Sequence[Path]) -> list[list[Path]]:
    """Return files in portions that are worth a process each; all in one where they are small.

    Examples
    --------
    >>> in_portions([])
    [[]]
    """
    sizes = [_size(path) * _PACKED.get(path.suffix.lower(), 1) for path in paths]
    if sum(sizes) < _MUCH:
        return [[*paths]]
    places = (np.cumsum(sizes) // _PORTION).tolist()
    runs = itertools.groupby(zip(places, paths, strict=True), key=lambda pair: pair[0])
    return [[path for _, path in run] for _, run in runs]


def _size(path: Path) -> int:
    """The bytes of a file; none of one that is not there, which whoever reads it will say."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def shared_out(work: Callable[[T], R], portions: Sequence[T]) -> Iterator[R]:
    """Yield what the work makes of every portion, in order.

    It is begun here at once; each other core takes its share as soon as its process has started,
    and what a lost process leaves undone is done here. `LOKY_MAX_CPU_COUNT` says how many cores
    to use, where they are not all one's own.

    Parameters
    ----------
    work : callable
        Can be pickled, as what it returns can.
    portions : sequence
        What it is called with.

    Examples
    --------
    >>> [*shared_out(len, ["abc"])]
    [3]
    """
    others = _others(len(portions))
    if not others:
        yield from map(work, portions)
        return
    import loky  # noqa: PLC0415 - only large work is shared out

    pool = loky.ProcessPoolExecutor(others)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            elsewhere = functools.partial(_left_in_file, work, folder)
            tasks = [pool.submit(elsewhere, portion) for portion in portions]
            # A task that can still be cancelled has been taken by nobody.
            own = {at: work(portions[at]) for at, task in enumerate(tasks) if task.cancel()}
            for at, task in enumerate(tasks):
                yield own.pop(at) if at in own else _from_file(task, work, portions[at])
        finally:
            pool.shutdown(kill_workers=True)


def _others(portions: int) -> int:
    """How many more processes there is work for; a daemon may start none."""
    if portions < 2 or multiprocessing.current_process().daemon:
        return 0
    import loky  # noqa: PLC0415 - as above

    return int(min(loky.cpu_count(), portions)) - 1


def _left_in_file(work: Callable[[T], Any], folder: str, portion: T) -> str:
    """The file that holds what the work makes of a portion.

    Through a pipe, one process would wait with it until the other has time to read.
    """
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        pickle.dump(work(portion), file, pickle.HIGHEST_PROTOCOL)
        return file.name


def _from_file(task: Future[str], work: Callable[[T], R], portion: T) -> R:
    try:
        outcome = Path(task.result()).read_bytes()
    except (BrokenExecutor, OSError):  # there was too little memory, or space for the file
        return work(portion)
    return pickle.loads(outcome)  # type: ignore[no-any-return] # noqa: S301 - of our own making


@contextmanager
def beside() -> Iterator[HandOver]:
    """Yield what hands work over to another process, and returns what waits for its result.

    The process takes up one thing after the other. What it has not begun when the result is asked
    for, or what is lost with it, is done here; so is all of it where there is one core only.

    Examples
    --------
    >>> with beside() as hand_over:
    ...     result = hand_over("12".strip)
    ...     result()
    '12'
    """
    if not _others(2):
        yield lambda work: work
        return
    import loky  # noqa: PLC0415 - as above

    pool = loky.ProcessPoolExecutor(1)
    # Threads let go of what they have not begun; a process that is ended would tell of it.
    waiting = ThreadPoolExecutor(1)

    def hand_over(work: Work) -> Work:
        task = waiting.submit(lambda: str(pool.submit(work).result()))

        def result() -> str:
            try:
                return work() if task.cancel() else task.result()
            except BrokenExecutor:  # its process was ended, as when there is too little memory
                return work()

        return result

    try:
        yield hand_over
    finally:
        waiting.shutdown(wait=False, cancel_futures=True)
        pool.shutdown(kill_workers=True)
