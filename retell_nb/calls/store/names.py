"""How the files of a store are named, and which files are in its folder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retell_nb.calls.store.disk import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["NO_MONTH", "highest_number", "is_segment", "month", "number", "outside", "segment"]
__all__ += ["segments_in", "strangers_in", "unfinished_in"]

NO_MONTH = "__HIVE_DEFAULT_PARTITION__"
"""What stands for the month of calls without any time."""

_MONTH = re.compile(rf"month=([0-9]{{4}}-[0-9]{{2}}|{NO_MONTH})")
_FILE = re.compile(r"calls-([0-9]{8,18})\.parquet")
_TEMPORARY = re.compile(rf"\.{_FILE.pattern}{re.escape(TEMPORARY)}")


def segment(month: str, number: int) -> str:
    """Name of a segment, below the folder of its store.

    Examples
    --------
    >>> segment("2026-03", 7)
    'month=2026-03/calls-00000007.parquet'
    """
    return f"month={month}/calls-{number:08}.parquet"


def is_segment(file: str) -> bool:
    """Whether a text is the name of a segment, and so of nothing outside of its store.

    Examples
    --------
    >>> [is_segment(file) for file in ("month=2026-03/calls-00000007.parquet", "../a.parquet")]
    [True, False]
    """
    folder, _, name = file.partition("/")
    return bool(_MONTH.fullmatch(folder) and _FILE.fullmatch(name))


def month(file: str) -> str:
    """Month of a segment.

    Examples
    --------
    >>> month("month=2026-03/calls-00000007.parquet")
    '2026-03'
    """
    return file.partition("/")[0].removeprefix("month=")


def number(file: str) -> int:
    """Number of a segment: the higher, the later.

    Examples
    --------
    >>> number("month=2026-03/calls-00000007.parquet")
    7
    """
    return int(file.rpartition("calls-")[2].partition(".")[0])


def segments_in(folder: Path) -> list[str]:
    """Names of all segments in a folder, the earliest first, whoever wrote them.

    Examples
    --------
    >>> import pathlib
    >>> segments_in(pathlib.Path("no such folder"))
    []
    """
    files = [path.relative_to(folder).as_posix() for path in folder.glob("month=*/calls-*.parquet")]
    return sorted(filter(is_segment, files), key=lambda file: (number(file), file))


def unfinished_in(folder: Path) -> list[str]:
    """Names of all segments in a folder that were being written.

    Examples
    --------
    >>> import pathlib
    >>> unfinished_in(pathlib.Path("no such folder"))
    []
    """
    paths = folder.glob(f"month=*/.calls-*{TEMPORARY}")
    return sorted(
        path.relative_to(folder).as_posix() for path in paths if _TEMPORARY.fullmatch(path.name)
    )


def highest_number(folder: Path) -> int:
    """Highest number of a segment in a folder; 0 where there is none.

    Examples
    --------
    >>> import pathlib
    >>> highest_number(pathlib.Path("no such folder"))
    0
    """
    return max(map(number, [*segments_in(folder), *unfinished_in(folder)]), default=0)


def strangers_in(folder: Path) -> list[str]:
    """Names in a folder that are not those of a store; hidden files do no harm.

    Examples
    --------
    >>> import pathlib
    >>> strangers_in(pathlib.Path("no such folder"))
    []
    """
    paths = [path for path in folder.glob("*") if not path.name.startswith(".")]
    months = [path for path in paths if _MONTH.fullmatch(path.name) and path.is_dir()]
    others = [path for path in paths if path not in months]
    inside = [path for at in months for path in at.iterdir() if not path.name.startswith(".")]
    files = [path.relative_to(folder).as_posix() for path in (*others, *inside)]
    return sorted(file for file in files if not is_segment(file))


def outside(folder: Path, files: Iterable[str]) -> list[str]:
    """Those of a folder's files that a link leads out of it.

    Examples
    --------
    >>> import pathlib
    >>> outside(pathlib.Path("no such folder"), ["month=2026-03/calls-00000007.parquet"])
    []
    """
    links = {
        place: (folder / place).is_symlink()
        and not (folder / place).resolve().is_relative_to(folder.resolve())
        for file in files
        for place in (file, file.partition("/")[0])
    }
    return sorted(place for place, leads_out in links.items() if leads_out)
