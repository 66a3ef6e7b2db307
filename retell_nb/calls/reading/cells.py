"""Cells of a foreign table: what people write for a duration, a cost, a time or a yes.

Every reader takes a column of anything and gives the values in the API's unit, with a missing
value where the cell is blank, and a mask of the cells that could not be read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.reading.times import are_dates, in_arrow, in_utc, order_of, spelled_times
from retell_nb.calls.schema import DTYPES
from retell_nb.vocabulary.lookup import spelled

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.aliases import Column

__all__ = ["Cells", "dates_in", "read_cells"]

Codes: TypeAlias = npt.NDArray[np.intp]

_BLANKS = ("", "-", "–", "—", "n/a", "na", "nan", "nat", "<na>", "null", "none", "undefined")  # noqa: RUF001 - dashes as tables write them
_LONGEST_BLANK = max(len(blank.encode()) for blank in _BLANKS)
_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "t", "1", "1.0", "successful", "success"), True),
    **dict.fromkeys(("false", "no", "n", "f", "0", "0.0", "unsuccessful", "failure"), False),
}
_UNITS_MS = {
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 1.0),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1e3),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 6e4),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3.6e6),
}
_AMOUNT = re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s*({'|'.join(_UNITS_MS)})(?![a-z])")
_CLOCK = re.compile(r"(?:(\d+) days?,? )?(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d+)?)")
_BARE = r"^-?[0-9]{1,20}(?:\.[0-9]{1,20})?$"
_THOUSANDS = re.compile(r"-?\d{1,3}(,\d{3})+(\.\d+)?")
_SPELLINGS = {"phone": "phone_call", "web": "web_call"}
_YEARS = (pd.Timestamp("1900-01-01", tz="UTC"), pd.Timestamp("2200-01-01", tz="UTC"))
_YEARS_MS = tuple(year.timestamp() * 1e3 for year in _YEARS)
_LARGEST = 2.0**53
_NESTED = object()
"""What stands for a cell that holds a list or an object."""


class Cells(NamedTuple):
    """A column read: its values, and where a cell held something that is none."""

    column: Column
    unreadable: npt.NDArray[np.bool_]


def read_cells(
    column: Column,
    kind: str,
    *,
    scale: float = 1,
    tz: str = "UTC",
    day_first: bool | None = None,
) -> Cells:
    """Return a column's cells as values of one kind, in the API's units.

    Parameters
    ----------
    column : Series
        Text, numbers, datetimes or categories, mixed or not.
    kind : str
        `text`, `category`, `name`, `sentiment`, `count`, `number`, `duration`, `cost`,
        `flag` or `time`.
    scale : float
        What one of a bare number is in the API's unit, where the cell names no unit.
    tz : str
        Time zone of the times that name none.
    day_first : bool, optional
        Whether 03/02/2026 is of February; by default as the column's own dates show.

    Returns
    -------
    Cells
        The values as a column aligned to the given one, and the mask of unreadable cells.

    Examples
    --------
    >>> read_cells(pd.Series(["3m 40s", "0:47", "12"]), "duration", scale=1000).column.tolist()
    [220000.0, 47000.0, 12000.0]
    """
    if kind == "time":
        return _times(column, tz, day_first)
    if kind == "duration" and pd.api.types.is_timedelta64_dtype(column.dtype):
        return _numbers(column.dt.total_seconds(), 1e3)
    if kind in _NUMERIC:
        return _figures(column, kind, scale)
    if kind == "flag" and column.dtype.kind == "b":
        return Cells(column.astype("boolean"), np.zeros(len(column), dtype=bool))
    if kind == "text":
        return _texts(column)
    return _by_distinct(column, lambda text: _READERS[kind](text, scale))


def dates_in(column: Column) -> Column | None:
    """Return a column of times as text, by which its dates can be told; datetimes as they are.

    Of numbers nothing is returned, as they tell neither an order nor a zone.

    Examples
    --------
    >>> dates_in(pd.Series([" 25/02/2026", "-"])).dropna().tolist()
    ['25/02/2026']
    >>> dates_in(pd.Series([1_772_445_600_000]))
    """
    if pd.api.types.is_numeric_dtype(column.dtype):
        return None
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column
    return _texts(column).column.astype(object)


def _texts(column: Column) -> Cells:
    """Text cells stripped; the quick way for columns of nothing but text."""
    cells = in_arrow(column)
    if cells is None:
        return _by_distinct(column, lambda text: text)
    cells = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.less_equal(pc.binary_length(cells), _LONGEST_BLANK)).as_py():
        blank = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(_BLANKS))
        cells = pc.if_else(blank, None, cells)
    values = cells.to_pandas().set_axis(column.index)
    return Cells(values.rename(column.name), np.zeros(len(column), dtype=bool))


def _numbers(column: Column, scale: float) -> Cells:
    values = pd.to_numeric(column).astype("float64")
    values = values if scale == 1 else values * scale
    cells = values.to_numpy()
    if max(np.fmax.reduce(cells, initial=0), -np.fmin.reduce(cells, initial=0)) <= _LARGEST:
        return Cells(values, np.zeros(len(values), dtype=bool))
    beyond = np.abs(cells) > _LARGEST
    return Cells(values.mask(beyond), beyond)


def _figures(column: Column, kind: str, scale: float) -> Cells:
    """Numbers; of those that are text the bare ones all at once, as no two may be alike."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(column, scale)
    cells = in_arrow(column)
    bare = None if cells is None else pc.match_substring_regex(cells, _BARE)
    if bare is None or not pc.any(bare).as_py():
        return _by_distinct(column, lambda text: _READERS[kind](text, scale))
    figures = pc.if_else(bare, cells, None).cast(pa.float64()).to_pandas()
    values, unreadable = _numbers(figures.set_axis(column.index).rename(column.name), scale)
    values = values.round() if kind == "count" else values
    others = np.flatnonzero(~np.asarray(pc.fill_null(bare, fill_value=False)))
    read = _by_distinct(column.iloc[others], lambda text: _READERS[kind](text, scale))
    values.iloc[others] = read.column.to_numpy(dtype="float64", na_value=np.nan)
    unreadable[others] = read.unreadable
    return Cells(values, unreadable)


def _by_distinct(column: Column, reader: Callable[[str], object]) -> Cells:
    """Read each distinct cell once; a reader says ValueError to what it cannot read."""
    codes, distinct = _distinct(column)
    values = np.full(len(distinct) + 1, None, dtype=object)
    unreadable = np.zeros(len(distinct) + 1, dtype=bool)
    for place, cell in enumerate(distinct):
        try:
            text = _as_text(cell)
            values[place] = None if text.lower() in _BLANKS else reader(text)
        except ValueError:
            unreadable[place] = True
    return Cells(_taken(codes, values, column), unreadable[codes])


def _taken(codes: Codes, values: npt.NDArray[np.object_], column: Column) -> Column:
    """The values that the codes stand for; texts as categories, so that codes alone are taken."""
    told = {value for value in values if value is not None}
    if not told or not all(isinstance(value, str) for value in told):
        return pd.Series(values[codes], index=column.index, name=column.name)
    places = {text: place for place, text in enumerate(sorted(told))}
    ordered = pd.Index([*places], dtype=DTYPES["text"])
    ranks = np.array([places.get(value, -1) for value in values])
    taken = pd.Categorical.from_codes(ranks[codes], categories=ordered)
    return pd.Series(taken, index=column.index, name=column.name)


def _distinct(column: Column) -> tuple[Codes, Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
    try:
        return pd.factorize(column)
    except TypeError:  # lists and objects cannot be told apart so
        nested = column.map(lambda cell: isinstance(cell, (list, dict, set, np.ndarray)))
        return pd.factorize(column.mask(nested.astype(bool), _NESTED))


def _as_text(cell: object) -> str:
    if cell is _NESTED:
        raise ValueError("a list or an object")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip().encode("utf-8", "replace").decode()


def _duration(text: str, scale: float) -> float:
    """Milliseconds of "3m 40s", "0:47", "1 day 01:02:03", "1,861ms", "1.5 min" or a bare number."""
    text = text.lower()
    clock = _CLOCK.fullmatch(text)
    if clock:
        days, hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e3
    amounts = _AMOUNT.findall(text)
    if amounts and not _AMOUNT.sub("", text).strip(" ,"):
        return sum(_number(amount, _UNITS_MS[unit]) for amount, unit in amounts)
    return _number(text, scale)


def _cost(text: str, scale: float) -> float:
    """Cents of "$0.12", "12 cents" or a bare number."""
    text = text.lower()
    dollars = text.replace("$", "").removesuffix("usd").strip()
    cents = text.removesuffix("cents").removesuffix("¢").strip()
    if dollars != text:
        return _number(dollars, 100)
    return _number(cents, 1 if cents != text else scale)


def _number(text: str, scale: float) -> float:
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    elif "." not in text:
        text = text.replace(",", ".", 1)
    value = float(text) * scale
    if "_" in text or not abs(value) <= _LARGEST:
        raise ValueError(text)
    return value


def _count(text: str, scale: float) -> float:
    """Whole number of "42", "42.0" or a version's "v42"."""
    return float(round(_number(re.sub(r"^v(ersion)?\s*", "", text.lower()), scale)))


def _flag(text: str, _scale: float) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]


def _name(text: str, _scale: float) -> str | None:
    name = spelled(text)
    return _SPELLINGS.get(str(name), name)


def _times(column: Column, tz: str, day_first: bool | None) -> Cells:  # noqa: FBT001 - handed on
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        return Cells(in_utc(column, tz), np.zeros(len(column), dtype=bool))
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _epochs(pd.to_numeric(column).astype("float64"))
    if are_dates(column):
        numbers = pd.Series(np.nan, index=column.index, name=column.name)
    else:
        numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    given = numbers.notna()
    texts, nested = _texts(column.where(~given).astype(object))
    if day_first is None:
        day_first = order_of([texts]).day_first
    times = _epochs(numbers).column.fillna(spelled_times(texts, tz, day_first=day_first))
    given |= texts.notna() | nested
    times = times.where(times.between(*_YEARS))
    return Cells(times, (given & times.isna()).to_numpy(dtype=bool))


def _epochs(numbers: Column) -> Cells:
    """Times of milliseconds; by numpy, as `to_datetime` of pandas 2.2 may stumble over NaN."""
    cells = numbers.to_numpy().round()
    fit = (cells >= _YEARS_MS[0]) & (cells <= _YEARS_MS[1])
    times = np.where(fit, cells, 0).astype("int64").astype("datetime64[ms]")
    times[~fit] = np.datetime64("NaT", "ms")
    column = pd.Series(times, index=numbers.index, name=numbers.name).dt.tz_localize("UTC")
    return Cells(column, ~fit & ~np.isnan(cells))


_NUMERIC = ("count", "number", "duration", "cost")
_READERS: dict[str, Callable[[str, float], object]] = {
    "category": lambda text, _: text,
    "cost": _cost,
    "count": _count,
    "duration": _duration,
    "flag": _flag,
    "name": _name,
    "number": _number,
    "sentiment": lambda text, _: text.capitalize(),
}
