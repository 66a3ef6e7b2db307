"""Stray quotation marks in CSV: which lines are one row, so that no mark swallows the rows below.

A quotation mark at the start of a cell opens it, and line breaks up to the closing mark belong to
the cell. Where a mark is missing or one too many, rows end up inside a cell. They are found again
by what a row of this file looks like: how many cells it has, and the shapes of those cells.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

__all__ = ["Rows", "may_swallow", "rows_apart"]

_SAMPLE = 2000
_FREQUENT = 0.01
_TYPICAL = 0.9
_ALIKE = 0.75
_TOKEN = re.compile(r"\w+")


class Rows(NamedTuple):
    """The rows of a CSV body that can be read, and what is wrong with the others by number."""

    body: bytes
    numbers: list[int]
    wrong: dict[int, str]


def may_swallow(body: bytes, separator: str, width: int, rows: int) -> bool:
    r"""Return whether a quotation mark may have put rows of a CSV body into a cell.

    Cheap where each row is one line, as then no cell holds a line break.

    Parameters
    ----------
    body : bytes
        The lines below the header.
    separator : str
    width : int
        Cells of a row.
    rows : int
        How many rows were read, of whatever width.

    Examples
    --------
    >>> may_swallow(b'1,2\n3,4\n', ",", 2, rows=2), may_swallow(b'1,"2\n3,4\n', ",", 2, rows=1)
    (False, True)
    """
    if b'"' not in body:
        return False
    returns = body.count(b"\r")
    breaks = body.count(b"\n") + returns - (body.count(b"\r\n") if returns else 0)
    if rows == breaks + (not body.endswith((b"\n", b"\r"))):
        # Only the last row can hold an open cell, up to the end of the file.
        stop = len(body) - (2 if body.endswith(b"\r\n") else 1)
        last = max(body.rfind(mark, 0, stop) for mark in (b"\n", b"\r")) + 1
        return _Grammar(separator, width).lenient.match(body, last) is None
    marks = np.frombuffer(body, np.uint8)
    quotes = np.flatnonzero(marks == ord('"'))
    return not _well_formed(marks, quotes, separator) or _rows_in_cells(
        body, quotes, np.flatnonzero(marks == ord("\n")), _Likeness(separator, width, body)
    )


def rows_apart(body: bytes, separator: str, width: int, first_line: int) -> Rows:
    r"""Return the rows of a CSV body without those that a stray quotation mark damages.

    A row of several lines stays one if its marks pair up and the lines inside do not look like
    rows. A damaged row ends where the next line looks like the beginning of a row.

    Parameters
    ----------
    body : bytes
        The lines below the header.
    separator : str
    width : int
        Cells of a row.
    first_line : int
        The number of the body's first line in the file.

    Examples
    --------
    >>> rows_apart(b'1,"a\n2,b\n', ",", 2, first_line=2)
    Rows(body=b'2,b\n', numbers=[2], wrong={1: 'stray quotation mark in line 2'})
    """
    lines = _Lines(body, separator, width)
    intact: list[bytes] = []
    numbers: list[int] = []
    wrong: dict[int, str] = {}
    at, number = 0, 0
    while at < len(lines.lines):
        after = lines.after_row(at)
        blank = not lines.lines[at].strip(b"\r\n")
        number += not blank
        if after is not None:
            intact += lines.lines[at:after]
            numbers += [] if blank else [number]
        else:
            after = lines.next_beginning(at + 1, len(lines.lines))
            first, last = first_line + at, first_line + after - 1
            span = f"line {first}" if first == last else f"lines {first} to {last}"
            wrong[number] = f"stray quotation mark in {span}"
        at = after
    return Rows(b"".join(intact), numbers, wrong)


class _Grammar:
    """How the reader takes a row apart, and what a well-formed row of the right width is."""

    def __init__(self, separator: str, width: int) -> None:
        mark = re.escape(separator)
        quoted, bare = r'"[^"]*+(?:""[^"]*+)*+"', rf'[^"{mark}\r\n][^{mark}\r\n]*+'
        # As Arrow has it: what follows a closing mark belongs to the cell, marks and all.
        lenient = rf"(?>{quoted}[^{mark}\r\n]*+|{bare}|)"
        strict = rf"(?>{quoted}(?=[{mark}\r\n]|\Z)|{bare}|(?!\"))"
        ends = r"(?=[\r\n]|\Z)"
        self.lenient = re.compile(f"{lenient}(?:{mark}{lenient})*+{ends}".encode())
        self.strict = re.compile(f"{strict}(?:{mark}{strict})*+{ends}".encode())
        self.readable, self.row = (
            re.compile(f"{cell}(?:{mark}{cell}){{{width - 1}}}{ends}".encode())
            for cell in (lenient, strict)
        )


class _Lines:
    """The lines of a CSV body, to be put together as rows."""

    def __init__(self, body: bytes, separator: str, width: int) -> None:
        self.body = body
        self.lines = body.splitlines(keepends=True)
        self.starts = [0, *itertools.accumulate(map(len, self.lines))]
        self.grammar = _Grammar(separator, width)
        self.likeness = _Likeness(separator, width, body)

    def after_row(self, at: int) -> int | None:
        """The line behind the row that begins here; None where its marks are damaged."""
        if b'"' not in self.lines[at]:
            return at + 1
        start = self.starts[at]
        match = self.grammar.lenient.match(self.body, start)
        if not match:  # a cell is never closed
            return None
        after = min(bisect_right(self.starts, match.end()), len(self.lines))
        if after == at + 1 and self.grammar.readable.match(self.body, start):
            return after
        if self.grammar.row.match(self.body, start):
            return None if self.likeness.swallows(self.lines[at:after]) else after
        # A row of another width is no damage, if nothing is torn off it or swallowed by it.
        strict = self.grammar.strict.match(self.body, start)
        torn = after < len(self.lines) and not self._begins(after)
        return (
            after if strict and not torn and self.next_beginning(at + 1, after) == after else None
        )

    def next_beginning(self, start: int, stop: int) -> int:
        """The first of these lines that looks like the beginning of a row; `stop` if none does."""
        return next((at for at in range(start, stop) if self._begins(at)), stop)

    def _begins(self, at: int) -> bool:
        if self.likeness.begins(self.lines[at]):
            return True
        row = self.grammar.row.match(self.body, self.starts[at])
        if not row or b'"' not in row[0]:
            return False
        lines = self.lines[at : bisect_right(self.starts, row.end())]
        return self.likeness.is_like(row[0]) and not self.likeness.swallows(lines)


class _Likeness:
    """What the rows of a file look like: their width, and the shapes of cells by column."""

    def __init__(self, separator: str, width: int, body: bytes) -> None:
        self.separator, self.width = separator, width
        self.shapes = _typical(self._sample(body))

    def _sample(self, body: bytes) -> list[list[str]]:
        """Cells of lines, from all over the file, that are rows by themselves."""
        row = _Grammar(self.separator, self.width).row
        rows: list[list[str]] = []
        places = np.linspace(0, len(body), _SAMPLE, endpoint=False, dtype=np.int64).tolist()
        for begin in dict.fromkeys(body.rfind(b"\n", 0, place) + 1 for place in places):
            stop = body.find(b"\n", begin)
            line = body[begin : stop if stop >= 0 else len(body)].rstrip(b"\r")
            if row.match(line):
                rows.append(self._cells(line))
        # A reader of Python's own takes some marks for others than Arrow does.
        return [cells for cells in rows if len(cells) == self.width]

    def _cells(self, row: bytes) -> list[str]:
        lines = io.StringIO(row.decode(), newline="")
        return next(csv.reader(lines, delimiter=self.separator), [])

    def is_like(self, row: bytes) -> bool:
        """Whether a well-formed row, of whatever number of lines, has the usual shapes."""
        try:
            return self._alike(self._cells(row), unsure=True)
        except csv.Error:  # a cell that is too large for this reader
            return False

    def begins(self, line: bytes) -> bool:
        """Whether a line looks like the beginning of a row, damaged or not."""
        cells = line.rstrip(b"\r\n").decode().split(self.separator)
        if len(cells) != self.width:
            whole = [*itertools.takewhile(_is_whole, cells)] or cells[:1]
            return self._alike(whole, unsure=False)
        return self._alike(cells, unsure=True)

    def is_row(self, line: bytes) -> bool:
        """Whether a line looks like a whole row, but for stray marks."""
        cells = line.rstrip(b"\r\n").decode().split(self.separator)
        return len(cells) == self.width and self._alike(cells, unsure=False)

    def swallows(self, lines: Sequence[bytes]) -> bool:
        """Whether the lines of what was read as one row look like rows of their own."""
        if len(lines) <= 2:
            return len(lines) == 2 and all(map(self.is_row, lines))
        return 2 * sum(map(self.is_row, lines[1:-1])) >= len(lines) - 2

    def _alike(self, cells: Iterable[str], *, unsure: bool) -> bool:
        """Whether most cells have the shapes of their columns; `unsure` where no column has any."""
        if not any(self.shapes):
            return unsure
        alike = [
            _shape(cell) in shapes
            for cell, shapes in zip(cells, self.shapes, strict=False)
            if shapes
        ]
        return bool(alike) and sum(alike) >= _ALIKE * len(alike)


def _is_whole(cell: str) -> bool:
    """Whether a piece between separators is a cell, with its marks if it has any."""
    inner = cell[1:-1] if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
    return '"' not in inner.replace('""', "")


def _shape(cell: str) -> str:
    """A cell without its marks, with words as a, numbers as 0 and mixtures as x."""
    return _TOKEN.sub(_kind, cell.replace('"', ""))


def _kind(token: re.Match[str]) -> str:
    digits = sum(map(str.isdigit, token[0]))
    return "a" if not digits else "0" if digits == len(token[0]) else "x"


def _typical(rows: list[list[str]]) -> list[frozenset[str]]:
    """The shapes of each column's cells; none for a column of free text or of blanks."""
    columns: list[frozenset[str]] = []
    for cells in zip(*rows, strict=True):
        counts = Counter(map(_shape, cells))
        shapes = {shape: n for shape, n in counts.items() if n >= _FREQUENT * len(rows)}
        sure = sum(shapes.values()) >= _TYPICAL * len(rows) and 2 * len(shapes) <= len(rows) + 1
        columns.append(frozenset(shapes) if sure and set(shapes) != {""} else frozenset())
    return columns


def _well_formed(
    marks: npt.NDArray[np.uint8], quotes: npt.NDArray[np.intp], separator: str
) -> bool:
    """Whether each opening mark follows, and each closing mark precedes, an end or a mark."""
    ends = np.zeros(256, dtype=bool)
    ends[[ord(mark) for mark in f'{separator}\r\n"']] = True
    opening, closing = quotes[::2], quotes[1::2]
    before = ends[marks[opening[opening > 0] - 1]]
    behind = ends[marks[closing[closing < len(marks) - 1] + 1]]
    return len(quotes) % 2 == 0 and bool(before.all() and behind.all())


def _rows_in_cells(
    body: bytes,
    quotes: npt.NDArray[np.intp],
    breaks: npt.NDArray[np.intp],
    likeness: _Likeness,
) -> bool:
    """Whether the first or the last line that begins in a cell looks like a row, in any cell."""
    cell = np.searchsorted(quotes, breaks)
    inside = cell % 2 == 1
    new = np.diff(cell, prepend=-1, append=-1) != 0
    at = np.flatnonzero(inside & (new[:-1] | new[1:]))
    stops = np.append(breaks, len(body))[at + 1]
    separators = likeness.width - 1
    mark = likeness.separator.encode()
    return any(
        body.count(mark, start, stop) == separators and likeness.is_row(body[start + 1 : stop])
        for start, stop in zip(breaks[at].tolist(), stops.tolist(), strict=True)
    )
