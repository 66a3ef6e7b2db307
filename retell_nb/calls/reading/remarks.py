"""What there is to say of cells: what they were taken for, and what they lost, in sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb import text
from retell_nb.calls.labels import READERS
from retell_nb.calls.reading.clocks import lacks_day
from retell_nb.calls.reading.times import Order, order_of
from retell_nb.calls.reading.written_times import moment_of
from retell_nb.calls.schema import SCHEMA, Guess

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.calls.reading.cells import Cells
    from retell_nb.engine.aliases import Column, Mask

__all__ = ["cell_fault", "remarks_on"]

_AGAIN = "Export the table again with the column formatted as text."
_NONE = np.zeros(0, dtype=bool)
_UNCLEAR_ZONE = re.compile(r"\s\(?[A-Z]{2,5}\)?$")
_DOTTED_MONTH = r"(?<!\d)\d{1,2}\.(?:1[3-9]|2\d|3[01])\.\d{2}"


def remarks_on(rows: pd.DataFrame, read: Mapping[str, Cells], tz: str, order: Order) -> list[str]:
    """Return notes on the columns of some rows.

    Parameters
    ----------
    rows : DataFrame
        Under the API's names.
    read : mapping of str to Cells
        Their columns of the schema.
    tz : str
        Time zone of the times that name none.
    order : Order
        Of the dates.

    Examples
    --------
    >>> from retell_nb.calls.reading.cells import read_cells
    >>> rows = pd.DataFrame({"duration_ms": ["5", "soon"]})
    >>> read = {"duration_ms": read_cells(rows["duration_ms"], "duration")}
    >>> remarks_on(rows, read, "UTC", Order(0, 0, 0))
    ["1 cell of duration_ms could not be read and is missing: 'soon' is not a duration."]
    """
    notes: list[str] = []
    for name, cells in read.items():
        for remark, mask in cells.remarks.items():
            if remark != "zoneless" and mask.any():
                notes.append(_sentence(name, remark, rows[name], cells, mask))
        if cells.unreadable.any() and name not in ("call_id", "disconnection_reason"):
            notes.append(_unreadable(name, rows[name][cells.unreadable], order))
    zoneless = [name for name, cells in read.items() if cells.remarks.get("zoneless", _NONE).any()]
    if zoneless:
        notes.append(
            f"Times in {', '.join(zoneless)} without a time zone were read as {tz}; "
            "if that is wrong, name another with tz=."
        )
    return notes


def _sentence(name: str, remark: str, column: Column, cells: Cells, mask: Mask) -> str:
    first = str(column[mask].iloc[0]).strip()
    many = mask.sum() != 1
    if remark == "foreign currency":
        return Guess(
            f"{_count(mask, 'amount')} in {name} {'name' if many else 'names'} another currency "
            f"than dollars, such as {first!r}; none was converted."
        )
    if remark != "rounded":
        return f"{_count(mask, 'number')} in {name} {'were' if many else 'was'} taken for {remark}."
    opening = (
        f"{_count(mask, 'cell')} of {name} {'were' if many else 'was'} rounded by a spreadsheet"
    )
    if SCHEMA[name] != "time":
        return Guess(
            f"{opening}, such as {first!r}, and {'are' if many else 'is'} missing. {_AGAIN}"
        )
    off = text.duration(_most_off(column[mask], cells.column[mask]))
    return Guess(f"{opening}, such as {first!r}, and may be off by up to {off}. {_AGAIN}")


def _most_off(texts: Column, times: Column) -> float:
    """How far off, in seconds, times may be of which only some figures are left."""
    parts = texts.astype("str").str.extract(r"(\d)(?:[.,](\d*))?[eE]")
    decimals = parts[1].fillna("")
    figures = pd.to_numeric(parts[0] + "." + decimals + "0")
    share = 0.5 / figures.to_numpy() / 10.0 ** decimals.str.len().to_numpy()
    seconds = (times - pd.Timestamp(0, tz="UTC")).dt.total_seconds().to_numpy()
    return float(np.max(share * np.abs(seconds)))


def _unreadable(name: str, cells: Column, order: Order) -> str:
    many = len(cells) > 1
    return Guess(
        f"{text.count(len(cells))} {'cells' if many else 'cell'} of {name} could not be read and "
        f"{'are missing; the first' if many else 'is missing'}: "
        f"{cell_fault(str(cells.iloc[0]), READERS.get(name, SCHEMA[name]), order)}."
    )


def cell_fault(cell: str, kind: str, order: Order) -> str:
    """Return what is wrong with a cell that could not be read.

    Examples
    --------
    >>> cell_fault("soon", "duration", Order(0, 0, 0))
    "'soon' is not a duration"
    """
    quoted = repr(cell[:40])
    if kind == "time" and re.search(_DOTTED_MONTH, cell):
        return f"{quoted} puts the month first, which dates with dots do not"
    if kind == "time" and (zone := _UNCLEAR_ZONE.search(cell)) and moment_of(cell[: zone.start()]):
        return f"{quoted} names a zone that may be several; tz= with a place there makes it clear"
    if kind == "time" and lacks_day(cell):
        return f"{quoted} is a time of day without a date"
    own = order_of([pd.Series([cell.strip()])]) if kind == "time" else Order(0, 0, 0)
    if (own.month if order.day_first else own.day) == 0:
        return f"{quoted} is not a {kind}"
    contrary, other = ("month", "day") if order.day_first else ("day", "month")
    return f"{quoted} puts the {contrary} first, where the {other} was taken to come first"


def _count(mask: Mask, noun: str) -> str:
    number = int(mask.sum())
    return f"{text.count(number)} {noun}{'s' * (number != 1)}"
