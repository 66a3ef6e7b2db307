"""CSV and Parquet to tables of cells."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from retell_nb.calls.labels import ASIDE, SECRETS, plain
from retell_nb.calls.reading.drawn import without_lines
from retell_nb.calls.reading.dtypes import apart
from retell_nb.calls.reading.envelopes import names_reason
from retell_nb.calls.reading.quotes import may_swallow, rows_apart

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["UnfitError", "in_utf8", "table_of_csv", "table_of_parquet"]

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_UTF32 = (b"\xff\xfe\0\0", b"\0\0\xfe\xff")
_BOM = b"\xef\xbb\xbf"
_AS_TEXT = r"^'('*[=@\t\r\n+\-\x{ff1d}\x{ff20}\x{ff0b}\x{ff0d}])"
_FIGURES_AS_TEXT = r"^'('*[0-9][0-9 .:/TZ+-]*)$"
_AS_FORMULA = r'^=(?:"([^"]*)"|([+-]?[0-9]+))$'
_APOSTROPHE = re.compile("^'('*[=@\t\r\n+\\-\uff1d\uff20\uff0b\uff0d]|'+[0-9][0-9 .:/TZ+-]*\\Z)")
_BLOCK = 1 << 22  # bytes that are parsed at a time, as long as no row is longer
_LONGEST_ROW = 1 << 26
_SEPARATORS = ",;\t|"
_LINES_ABOVE = 20
"""Below so many lines of titles and remarks the header is looked for."""
_SEPARATOR_LINE = re.compile(rb"\s*\"?sep=([!-~\t])\"?\r?\n", re.IGNORECASE)
"""The first line by which spreadsheets are told what separates the cells."""

_WINDOWS = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(0x80, 0x100)}
_RULE = re.compile(r"\s*(?::?[-=+]{2,}:?|:-:?|-:)?\s*")
"""A cell of a line of dashes; one dash alone is how tables write that something is missing."""
_BINARY = re.compile("[\0-\b\x0e-\x1a]")


class UnfitError(Exception):
    r"""Nothing in a file is a call.

    Examples
    --------
    >>> in_utf8(b"\xff\xfe\x00")
    Traceback (most recent call last):
    retell_nb.calls.reading.tabular.UnfitError: it begins as UTF-16 and is not: ...
    """


def in_utf8(data: bytes) -> bytes:
    """Return a text file's bytes as UTF-8 without a byte order mark.

    Raises
    ------
    UnfitError
        If they begin as UTF-16 and are not.

    Examples
    --------
    >>> in_utf8("é".encode("utf-16")) == in_utf8("é".encode("utf-8-sig")) == "é".encode()
    True
    >>> in_utf8("id".encode("utf-16-le")) == in_utf8("id".encode("utf-16-be")) == b"id"
    True
    """
    if data.startswith(_UTF32):
        encoding = "utf-32"
    elif data.startswith(_UTF16):
        encoding = "utf-16"
    elif len(data) > 3 and data[1] == data[3] == 0 != data[0]:  # no mark, but text all the same
        encoding = "utf-16-le"
    elif len(data) > 3 and data[0] == data[2] == 0 != data[1]:
        encoding = "utf-16-be"
    else:
        return data.removeprefix(_BOM)
    try:
        return data.decode(encoding).encode()
    except UnicodeDecodeError as error:
        raise UnfitError(f"it begins as {encoding.upper()} and is not: {error}") from None


def table_of_csv(data: bytes) -> tuple[pd.DataFrame, dict[int, str]]:
    r"""Return the cells of a CSV file as text, indexed by row, and what is wrong with which row.

    Row 0 is the header.

    Parameters
    ----------
    data : bytes
        Separated by comma, semicolon, tab or bar, under lines of titles or not; rows of another
        length than the header, and rows that a stray quotation mark damages, are set aside. What
        is not UTF-8 is read as Windows-1252, and `attrs["notes"]` of the cells says so.

    Raises
    ------
    UnfitError
        If it is no table.

    Examples
    --------
    >>> table, wrong = table_of_csv(b"a;b\n1;2\n3\n")
    >>> table.to_dict("index"), wrong
    ({1: {'a': '1', 'b': '2'}}, {2: '1 cells where the header has 2'})
    """
    mark = _SEPARATOR_LINE.match(data)
    data = data[mark.end() :] if mark else data
    data, notes = _as_utf8(data)
    if b"\n" not in data:  # as Macs once ended lines
        data = data.replace(b"\r", b"\n")
    separators = mark[1].decode() if mark else _SEPARATORS
    data, notes_on_lines = without_lines(data)
    notes += notes_on_lines
    above = _lines_above(data, separators)
    if above:
        titles = data.split(b"\n", above)
        data = titles.pop()
        notes.append(f"Above the header {above} of the file's lines were skipped.")
    labels, separator, header_lines, stray = _header(data, separators)
    labels = [re.sub(_AS_FORMULA, r"\1\2", _APOSTROPHE.sub(r"\1", label)) for label in labels]
    body = b"".join(data.split(b"\n", header_lines)[header_lines:])
    width = len(labels)
    try:
        table, ragged = _parsed(body, labels, separator)
        doubtful = may_swallow(body, separator, width, len(table) + len(ragged))
    except UnfitError:  # an open cell is too large to be read
        doubtful = b'"' in body
        if not doubtful:
            raise
    if doubtful:
        body, numbers, damaged_rows = rows_apart(body, separator, width, header_lines + 1)
        table, ragged = _parsed(body, labels, separator)
        table.index = np.array(numbers, dtype=np.int64)[table.index - 1]
        ragged = {numbers[row - 1]: why for row, why in ragged.items()}
        stray |= damaged_rows
    again = _headers_again(table)
    table = table[~table.index.isin(again)] if again else table
    table.attrs["notes"] = notes
    return table, {**ragged, **again, **stray}


def _without_apostrophes(table: pa.Table) -> pa.Table:
    """Return cells without the apostrophe, or the ="…", that keeps a spreadsheet off them."""
    for place, name in enumerate(table.column_names):
        if pc.any(pc.starts_with(table[place], "=")).as_py():
            cells = pc.replace_substring_regex(table[place], _AS_FORMULA, r"\1\2")
            table = table.set_column(place, name, cells)
        if pc.any(pc.starts_with(table[place], "'")).as_py():
            cells = pc.replace_substring_regex(table[place], _AS_TEXT, r"\1")
            cells = pc.replace_substring_regex(cells, _FIGURES_AS_TEXT, r"\1")
            table = table.set_column(place, name, cells)
    return table


def _parsed(body: bytes, labels: list[str], separator: str) -> tuple[pd.DataFrame, dict[int, str]]:
    """The rows of a CSV body by number, and what is wrong with those of another width.

    Separators behind the last cell of most rows are no cells; nor is a row without any a record.
    """
    table, ragged, widths = _of_width(body, labels, separator)
    wider = next((width for width, count in widths.most_common(1) if count > len(table)), 0)
    if wider > len(labels):
        blank = [f"blank {number}" for number in range(wider - len(labels))]
        more, others, _ = _of_width(body, apart([*labels, *blank]), separator)
        if more.iloc[:, len(labels) :].isin(["", None]).all(axis=None):
            table, ragged = more.iloc[:, : len(labels)], others
    firsts = table.iloc[:, 0].isin(["", None]) if len(labels) > 1 else table.index != table.index
    if firsts.any():
        empty = table[firsts].isin(["", None]).all(axis="columns")
        table = table.drop(index=empty.index[empty])
    return _without_rules(table), ragged


def _without_rules(table: pd.DataFrame) -> pd.DataFrame:
    """Rows without the lines of dashes that some programs draw below header and last row."""
    if len(table.columns) == 1:
        return table
    edges = pd.concat([table.iloc[:2], table.iloc[2:].iloc[-2:]])
    rules = edges.map(lambda cell: _RULE.fullmatch(cell or "") is not None).all(axis="columns")
    return table.drop(index=edges.index[rules]) if rules.any() else table


def _of_width(
    body: bytes, labels: list[str], separator: str
) -> tuple[pd.DataFrame, dict[int, str], Counter[int]]:
    """The rows as wide as the header, what is wrong with the others, and how wide these are."""
    ragged: dict[int, str] = {}
    widths: Counter[int] = Counter()

    def set_aside(row: pacsv.InvalidRow) -> str:
        why = f"{row.actual_columns} cells where the header has {row.expected_columns}"
        ragged[row.number] = why
        widths[row.actual_columns] += 1
        return "skip"

    if not body.strip(b"\r\n"):
        return pd.DataFrame(columns=labels, dtype=object), {}, widths
    for size in (_BLOCK, _LONGEST_ROW):
        ragged.clear()
        widths.clear()
        try:
            cells = pacsv.read_csv(
                pa.BufferReader(body),
                pacsv.ReadOptions(column_names=labels, use_threads=False, block_size=size),
                pacsv.ParseOptions(
                    delimiter=separator, newlines_in_values=True, invalid_row_handler=set_aside
                ),
                pacsv.ConvertOptions(column_types=dict.fromkeys(labels, pa.string())),
            )
            break
        except pa.ArrowInvalid as error:
            fault = error
    else:
        raise UnfitError(f"it cannot be read as CSV: {fault}")
    table = _without_apostrophes(cells).to_pandas()
    rows = np.arange(1, len(table) + len(ragged) + 1)
    table.index = np.setdiff1d(rows, list(ragged)) if ragged else rows
    return table, ragged, widths


def _header(data: bytes, separators: str) -> tuple[list[str], str, int, dict[int, str]]:
    """Labels of a CSV file's columns, its separator, how many lines they take, what is wrong."""
    head = data[: 1 << 20].decode("utf-8", "replace")
    lines = head.lstrip("\r\n").split("\n", 2)
    first = lines[0]
    separator = max(separators, key=first.count)
    reader = csv.reader(io.StringIO(head), delimiter=separator)
    blank = head[: len(head) - len(head.lstrip("\r\n"))].count("\n")
    alike = 0 < first.count(separator) == lines[1].count(separator) if lines[1:] else False
    wrong: dict[int, str] = {}
    try:
        labels = next((row for row in reader if row), [])
    except csv.Error as error:
        if not alike:
            raise UnfitError(f"it cannot be read as CSV: {error}") from None
        labels = []
    header_lines = reader.line_num
    if alike and '"' in first and (not labels or header_lines > blank + 1):
        # The header runs on into rows; legitimate line breaks leave lines of other widths.
        labels, header_lines = first.replace('"', "").rstrip("\r").split(separator), blank + 1
        wrong[0] = f"stray quotation mark in line {header_lines}; the labels were read without it"
    if first.lstrip().startswith("<"):
        raise UnfitError("it is a web page or XML; download the file itself again")
    if _BINARY.search(first) or not any(plain(label) for label in labels):
        raise UnfitError("it is neither text nor Parquet")
    return apart(labels), separator, header_lines, wrong


def _as_utf8(data: bytes) -> tuple[bytes, list[str]]:
    """Text as UTF-8; bytes that are none are letters of the code page that Windows writes."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "surrogateescape").translate(_WINDOWS)
        return text.encode(), ["Letters that are not UTF-8 were read as Windows-1252."]
    return data, []


def _lines_above(data: bytes, separators: str) -> int:
    """How many lines stand above the header; none where no line below the first looks like one."""
    lines = data[: 1 << 16].decode("utf-8", "replace").lstrip("\r\n").split("\n")
    headers = [
        any(names_reason(label.strip('" \r')) for label in re.split(f"[{separators}]", line))
        for line in lines[:_LINES_ABOVE]
    ]
    blank = len(data) - len(data.lstrip(b"\r\n"))
    return data[:blank].count(b"\n") + headers.index(True) if True in headers[1:] else 0


def _headers_again(table: pd.DataFrame) -> dict[int, str]:
    """Rows that hold the labels once more, as where files were put one behind the other."""
    if table.empty or len(table.columns) < 2:
        return {}
    again = np.ones(len(table), dtype=bool)
    for label in table.columns[[0, 1, -1]]:
        again &= table[label].eq(label).to_numpy(dtype=bool)
    return dict.fromkeys(table.index[again].tolist(), "the header once more")


def table_of_parquet(source: Path | io.BytesIO, keep: Collection[str]) -> pd.DataFrame:
    """Return the columns of a Parquet file; of a field that stays out, only that it is there.

    Parameters
    ----------
    source : Path or BytesIO
    keep : collection of str
        Fields of `ASIDE` to load too.

    Raises
    ------
    UnfitError
        If it is not Parquet, or broken.

    Examples
    --------
    >>> packed = io.BytesIO(pd.DataFrame({"transcript": ["Hello"], "mood": ["fine"]}).to_parquet())
    >>> table_of_parquet(packed, keep=()).iloc[0].to_dict()
    {'mood': 'fine', 'transcript': True}
    """
    import pyarrow.parquet as pq  # noqa: PLC0415 - it takes long, and few need it

    try:
        file = pq.ParquetFile(source)
        shut = {*ASIDE, *SECRETS} - {*keep}
        names = file.schema_arrow.names
        table: pd.DataFrame = file.read(columns=[n for n in names if n not in shut]).to_pandas()
        levels = [name for name in table.index.names if name is not None]
        table = table.reset_index(level=levels) if levels else table
        return table.assign(**dict.fromkeys(shut & {*names}, True))
    except (pa.ArrowException, OSError) as error:
        raise UnfitError(f"it cannot be read as Parquet: {error}") from None
