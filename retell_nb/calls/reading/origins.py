"""Where the rows of many documents come from."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Origins"]


class Origins:
    """Where rows come from, document by document.

    Examples
    --------
    >>> origins = Origins()
    >>> origins.add("a.json", 2, None)
    >>> origins.add("b.jsonl", 1, ["line 7"])
    >>> origins.of(1), origins.of(2)
    (('a.json', 'item 1'), ('b.jsonl', 'line 7'))
    """

    def __init__(self) -> None:
        self._starts = [0]
        self._documents: list[tuple[str, Sequence[str] | None]] = []

    def add(self, file: str, rows: int, places: Sequence[str] | None) -> None:
        """Take note of a document's rows; without places they are the items of one list.

        Examples
        --------
        >>> Origins().add("a.json", 2, None)
        """
        self._documents.append((file, places))
        self._starts.append(self._starts[-1] + rows)

    def of(self, row: int) -> tuple[str, str]:
        """Return the file that a row comes from, and where it stands there.

        Examples
        --------
        >>> origins = Origins()
        >>> origins.add("a.json", 2, None)
        >>> origins.of(0)
        ('a.json', 'item 0')
        """
        document = bisect.bisect_right(self._starts, row) - 1
        file, places = self._documents[document]
        place = row - self._starts[document]
        return file, f"item {place}" if places is None else places[place]

    def extend(self, other: Origins) -> None:
        """Take note of the rows of others, which come behind one's own.

        Examples
        --------
        >>> origins, others = Origins(), Origins()
        >>> origins.add("a.json", 2, None)
        >>> others.add("b.json", 1, None)
        >>> origins.extend(others)
        >>> origins.of(2)
        ('b.json', 'item 0')
        """
        self._documents += other._documents
        self._starts += [self._starts[-1] + start for start in other._starts[1:]]
