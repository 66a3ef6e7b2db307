"""Tables to files: CSV and Excel workbooks in which no text is a formula."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.schema import check_zone
from retell_nb.text import count

if TYPE_CHECKING:
    from os import PathLike

    from retell_nb.engine.aliases import Column

__all__ = ["save_tables", "to_csv", "to_excel"]

_FORMULA = re.compile(r"'*[=@\t\r\n+\-\uff1d\uff20\uff0b\uff0d]|'+[0-9][0-9 .:/TZ+-]*\Z")
"""How a text begins that a spreadsheet would run, and one that reading would take for its cure.
https://owasp.org/www-community/attacks/CSV_Injection"""

_NUMBER = re.compile(r"[+-]?(?:\d[\d.,]*|\.\d+)(?:[eE][+-]?\d+)?%?")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_TITLES = re.compile(r"[\\*?:/\[\]]")
_MOST_ROWS = 1_048_575  # below the header
_LONGEST_CELL = 32_767
_LONGEST_TITLE = 31


def save_tables(path: str | PathLike[str] | None, **tables: pd.DataFrame) -> list[Path]:
    """Write tables as CSV files of their names, or as the sheets of one workbook; return the paths.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, which
    `read_calls` takes off again.

    Parameters
    ----------
    path : path or None
        A folder, made where it does not exist; or an Excel workbook, where it ends in ``.xlsx``
        (this takes openpyxl: ``pip install 'retell_nb[excel]'``). With None nothing is written.
    **tables : DataFrame
        The tables by name.

    Returns
    -------
    list of Path

    Examples
    --------
    >>> import pandas as pd
    >>> save_tables(None, kpis=pd.DataFrame())
    []
    """
    if path is None:
        return []
    place = Path(path)
    if place.suffix.lower() == ".xlsx":
        return [_workbook(place, tables, "UTC")]
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        paths.append(to_csv(table, place / f"{name}.csv"))
    return paths


def to_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write one table as CSV in which no text is a formula, and return the path.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = to_csv(pd.DataFrame({"text": ["=1+1"]}), Path(folder, "table.csv"))
    ...     path.read_text().split()
    ['text', "'=1+1"]
    """
    _without_formulas(table).to_csv(path, index=False, errors="replace", lineterminator="\r\n")
    return path


def to_excel(calls: pd.DataFrame, path: str | PathLike[str], *, tz: str = "UTC") -> Path:
    """Write the calls as an Excel workbook of one sheet, and return its path.

    Texts are typed as text, so none is a formula and phone numbers keep their plus sign. A
    spreadsheet's times know no zone: they are those of `tz`, which is named in the header.

    Parameters
    ----------
    calls : DataFrame
        Calls, or any table. At most 1,048,575 rows, which is all that a sheet holds.
    path : path
        Ends in ``.xlsx``. Writing takes openpyxl: ``pip install 'retell_nb[excel]'``.
    tz : str
        Time zone of the times.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        If the name ends otherwise, the zone is not valid, or a sheet cannot hold the rows.
    ImportError
        If openpyxl is not installed.

    Examples
    --------
    >>> import tempfile
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     to_excel(calls, f"{folder}/calls.xlsx").name
    'calls.xlsx'
    """
    place = Path(path)
    if place.suffix.lower() != ".xlsx":
        raise ValueError(f"path={str(path)!r} does not end in .xlsx; name a workbook so.")
    check_zone(tz)
    return _workbook(place, {"calls": calls}, tz)


def _without_formulas(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose texts are none that a spreadsheet would run; mappings as JSON."""
    columns = [_texts(table[name]).map(_harmless, na_action="ignore") if _may_hold_text(table[name])
               else table[name] for name in table.columns]  # fmt: skip
    labels = [_harmless(name) for name in table.columns]
    return pd.DataFrame(dict(enumerate(columns)), index=table.index).set_axis(labels, axis=1)


def _may_hold_text(column: Column) -> bool:
    kind = column.dtype
    kind = kind.categories.dtype if isinstance(kind, pd.CategoricalDtype) else kind
    return pd.api.types.is_object_dtype(kind) or pd.api.types.is_string_dtype(kind)


def _texts(column: Column) -> Column:
    """Return a column with its mappings and lists, such as the filters of a finding, as JSON."""
    return column.astype(object).map(
        lambda cell: json.dumps(cell) if isinstance(cell, (dict, list)) else cell
    )


def _harmless(cell: Any) -> Any:
    if not isinstance(cell, str) or not _FORMULA.match(cell) or _NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}"


def _workbook(path: Path, tables: dict[str, pd.DataFrame], tz: str) -> Path:
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - an extra
    except ImportError:
        raise ImportError(
            "an Excel workbook is written by openpyxl, which is not installed. "
            "Run pip install 'retell_nb[excel]', or write a folder of CSV files."
        ) from None
    for name, table in tables.items():
        if len(table) > _MOST_ROWS:
            raise ValueError(
                f"{name} has {count(len(table))} rows, and a sheet holds {count(_MOST_ROWS)}. "
                "Write fewer calls, such as those of one month, or a CSV file."
            )
    book = Workbook(write_only=True)
    for name, table in (tables or {"empty": pd.DataFrame()}).items():
        _fill(book.create_sheet(_NOT_IN_TITLES.sub(" ", name)[:_LONGEST_TITLE]), table, tz)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _fill(sheet: Any, table: pd.DataFrame, tz: str) -> None:
    sheet.freeze_panes = "A2"
    columns = [_cells(table[name], tz) for name in table.columns]
    sheet.append([_text(sheet, _label(table[name], tz)) for name in table.columns])
    for row in zip(*columns, strict=True):
        sheet.append([_text(sheet, cell) if isinstance(cell, str) else cell for cell in row])


def _label(column: Column, tz: str) -> str:
    return (
        f"{column.name} ({tz})"
        if isinstance(column.dtype, pd.DatetimeTZDtype)
        else str(column.name)
    )


def _cells(column: Column, tz: str) -> list[Any]:
    """Return what a sheet takes: texts, numbers, times without a zone; None for what is missing."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert(tz).dt.tz_localize(None)
    cells = _texts(column)
    plain = (
        cell.item() if hasattr(cell, "item") else cell for cell in cells.where(cells.notna(), None)
    )
    return [_plain(cell) for cell in plain]


def _plain(cell: Any) -> Any:
    if cell is pd.NaT or cell is pd.NA:
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.to_pydatetime(warn=False)
    if cell is None or isinstance(cell, (bool, int)):
        return cell
    if isinstance(cell, float):  # pandas 3 has it for what a text lacks
        return None if math.isnan(cell) else cell if math.isfinite(cell) else str(cell)
    return _NOT_IN_XML.sub("\ufffd", str(cell))[:_LONGEST_CELL]


def _text(sheet: Any, text: str) -> Any:
    """Return a cell that is text, where openpyxl would take it for a formula or for an error."""
    if not text.startswith(("=", "#")):
        return text
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above

    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"
    return cell
