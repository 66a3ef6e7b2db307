"""Calls of many files past one machine: the one word of dask that stands in `rn` itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

    from retell_nb.calls.reading.mapping import Names
    from retell_nb.calls.reading.paths import PathOrPaths

__all__ = ["scan_calls"]


def scan_calls(
    path_or_paths: PathOrPaths,
    *,
    columns: str | Names | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> Any:
    r"""Return the calls of files or of a store as a dask frame, without loading them.

    Each file, and each segment of a store, is a partition. Of a store only the columns that a word
    needs are read. The workers of a cluster must see the files under the same path.

    Parameters
    ----------
    path_or_paths : path or iterable of paths
        As `read_calls` takes it: a file, a folder, a store of `sync_calls`, a glob, or several.
    columns : mapping, optional
        Names in the files to those of the API, as `read_calls` takes them.
    keep : collection of str
        Personal or heavy fields to load too, such as `transcript`; a store has none.
    tz : str
        Time zone of the times that name none.

    Returns
    -------
    dask DataFrame
        The columns of the schema and of `keep`; those that nobody knows are left out. It has the
        words of ``calls.retell``, as `retell_nb.dask` gives them to every dask frame.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or a folder or glob holds none.
    ImportError
        If dask is not installed: ``pip install "retell_nb[dask]"``.

    Notes
    -----
    Of a store, every call is there once, in its last version, as `read_calls` has it; which rows
    these are is looked up at once, in the ids of the segments that replace others. Files are read
    each by itself. A call of two files therefore is there twice, where `read_calls` would take the
    last word on it: to find it takes a shuffle of all calls by their id. ``audit()`` counts such
    calls as ``same call_id``; a store has none. What a file says of its form, such as whether day
    or month comes first, counts for that file alone. Records that cannot be used are warned of
    wherever the file is read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for day, reason in enumerate(["Dial busy", "Agent hangup"]):
    ...         path = pathlib.Path(folder, f"{day}.csv")
    ...         _ = path.write_text(f"Session ID,End Reason\ncall_{day},{reason}\n")
    ...     calls = scan_calls(folder)
    ...     calls.npartitions, calls.retell.tally("outcome")["calls"].tolist()
    (2, [1, 1])
    """
    try:
        from retell_nb.dask.scanning import scan  # noqa: PLC0415 - dask need not be installed
    except ImportError as error:
        if not (error.name or "").startswith("dask"):
            raise
        raise ImportError(
            "scan_calls takes dask, which is not installed; install it with "
            "pip install 'retell_nb[dask]'.",
            name=error.name,
        ) from None
    return scan(path_or_paths, columns=columns, keep=keep, tz=tz)
