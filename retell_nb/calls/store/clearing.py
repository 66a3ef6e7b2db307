"""One writer at a time, and what is left of one that was cut off."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from retell_nb.calls.store.disk import unfinished
from retell_nb.calls.store.manifest import temporary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from retell_nb.calls.store.manifest import Manifest

__all__ = ["cleared", "locked"]


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time write to a store.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder, locked(pathlib.Path(folder)):
    ...     pass
    """
    import filelock  # noqa: PLC0415 - it takes long, and few need it

    lock = filelock.FileLock(folder / ".lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        busy = f"another sync or compaction writes to {folder}; try again when it has ended."
        raise TimeoutError(busy) from None
    try:
        yield
    finally:
        lock.release()


def cleared(folder: Path, manifest: Manifest) -> tuple[str, ...]:
    """Clear away what a manifest lists as unfinished, and return what could not be.

    Examples
    --------
    >>> import pathlib
    >>> from retell_nb.calls.store.manifest import Manifest
    >>> cleared(pathlib.Path("no such folder"), Manifest(since=0, until=0))
    ()
    """
    segments = {one.file for one in manifest.segments}
    files = [file for file in manifest.unfinished if file not in segments]
    paths = [folder / file for file in files]
    drafts = [unfinished(folder / file) for file in manifest.unfinished]
    for path in (*paths, *drafts, temporary(folder)):
        with contextlib.suppress(OSError):  # Windows keeps what somebody reads
            path.unlink()
    return tuple(
        file
        for file, path in zip(files, paths, strict=True)
        if path.exists() or unfinished(path).exists()
    )
