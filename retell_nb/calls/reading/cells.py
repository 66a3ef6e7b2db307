"""Cells of a foreign table: what people write for a duration, a cost, a time or a yes.

Every reader takes a column of anything and gives the values in the API's unit, with a missing
value where the cell is blank, and a mask of the cells that could not be read.
"""

from __future__ import annotations

import functools
import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.reading.currencies import CURRENCY, OTHER_CURRENCY
from retell_nb.calls.reading.dtypes import are_bare
from retell_nb.calls.reading.epochs import YEARS, epochs_of
from retell_nb.calls.reading.times import are_dates, in_arrow, in_utc, order_of, spelled_times
from retell_nb.calls.schema import DTYPES
from retell_nb.vocabulary.lookup import spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from retell_nb.engine.aliases import Column, Mask

    Codes = npt.NDArray[np.integer[Any]]

__all__ = ["Cells", "dates_in", "decimal_of", "read_cells"]

_BLANKS = (
    *("", "-", "--", "–", "—", "n/a", "na", "n.a.", "#n/a", "#nv", "nan", "nat", "<na>"),  # noqa: RUF001 - dashes as tables write them
    *("null", "(null)", "\\n", "nil", "none", "undefined", "(blank)", "(empty)", "k.a."),
)
"""What tables, databases and spreadsheets write for nothing."""
_SHEET_ERROR = r"^#(?:REF|VALUE|ERROR|NAME|DIV/0|NUM|NULL)[!?]$"
"""What a spreadsheet shows for a formula that fails."""
_LONGEST_BLANK = max(len(blank.encode()) for blank in _BLANKS)
_FLAGS = {
    word: flag
    for flag, words in (
        (
            True,
            "true yes y t 1 1.0 successful success checked ✓ ☑ wahr ja vrai oui verdadero sí si",
        ),
        (True, "verdadeiro sim vero waar"),
        (
            False,
            "false no n f 0 0.0 unsuccessful failure unchecked ☐ falsch nein faux non falso não",
        ),
        (False, "nao onwaar nee"),
    )
    for word in words.split()
}
_UNITS = (
    (1.0, "ms msec millisecond milliseconds"),
    (1e3, "s sec secs second seconds sek sekunden seg segs segundos secondes \u2033 '' \""),
    (1e3, "secondi seconden"),
    (6e4, "m min mins mn minute minutes minuten minutos minuto minuti \u2032 '"),
    (3.6e6, "h hr hrs hour hours std stunde stunden heure heures hora horas ora ore uur uren"),
    (8.64e7, "d day days"),
)
_UNITS_MS = {unit: factor for factor, units in _UNITS for unit in units.split()}
_AMOUNT = re.compile(
    r"(\d+(?:[.,]\d+|[ \xa0\u202f]\d{3}(?!\d))*)\s*"
    rf"({'|'.join(sorted(_UNITS_MS, reverse=True))})(?![a-z])"
)
_BETWEEN_AMOUNTS = re.compile(r"(?:[\s,.:;&+]|and|und|et|y)*")
_CLOCK = re.compile(
    r"(?:(\d+)(?: days?,? |:(?=\d+:\d+:)))?(?:(\d+):)?(\d{1,2}):(\d{2}(?:[.,]\d+)?)"
)
_BEHIND_CLOCK = re.compile(r"(?<=:\d\d)\s*(?:min|mins|m|s|sec|secs|h|hrs?)\.?$")
"""A unit that is written behind a clock and says no more than it does."""
_PERIOD = re.compile(r"p(?:\d+d)?(?:t[\d.,hms]+)?")
_BARE = {".": r"^-?[0-9]{1,20}(?:\.[0-9]{1,20})?$", ",": r"^-?[0-9]{1,20}$"}
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[,.]\d{3}")
_GROUPED = re.compile(r"[+-]?\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3})+)")
_SPACE = re.compile("[ \xa0\u2009\u202f'\u2019]")
_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:{_SPACE.pattern}\d{{3}})+(?:[.,]\d+)?")
_DECIMAL_COMMA = r"^[^,]*,(?:\d{1,2}|\d{4,})\D*$|\.\d{3},\d|(?:^|\D)0,\d"
_DECIMAL_POINT = r",\d{3}\.\d|(?:,\d{3}){2}|^[^.]*\.(?:\d{1,2}|\d{4,})\D*$"
_ROUNDED = r"^[+-]?\d(?:[.,]\d{0,9})?[eE]\+\d{1,2}$"
_LONGEST_ROUNDED = len("-1.234567890E+12")
_SPELLINGS = {
    name: spelling
    for spelling, names in (
        ("phone_call", "phone"),
        ("web_call", "web"),
        ("inbound", "eingehend entrant entrante in_entrata inkomend"),
        ("outbound", "ausgehend sortant saliente de_saída in_uscita uitgaand"),
    )
    for name in names.split()
}
_LARGEST = 2.0**53
_NESTED = object()
"""What stands for a cell that holds a list or an object."""


class Cells(NamedTuple):
    """A column read: its values, and where a cell held something that is none."""

    column: Column
    unreadable: Mask
    remarks: Mapping[str, Mask] = MappingProxyType({})
    """By what there is to remark on them: the cells of which it is to be said."""


def read_cells(
    column: Column,
    kind: str,
    *,
    scale: float = 1,
    tz: str = "UTC",
    day_first: bool | None = None,
    decimal: str = ".",
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
    decimal : str
        What 1,234 and 1.234 have before their decimals: a point, or else a comma.

    Returns
    -------
    Cells
        The values as a column aligned to the given one, the mask of unreadable cells, and masks
        of those that are remarkable: `zoneless`, `rounded`, `foreign currency`, or the name of what
        a bare number was taken for, such as `epoch seconds`.

    Examples
    --------
    >>> read_cells(pd.Series(["3m 40s", "0:47", "12"]), "duration", scale=1000).column.tolist()
    [220000.0, 47000.0, 12000.0]
    """
    if kind == "time":
        return _times(column, tz, day_first, scale)
    if kind == "duration" and pd.api.types.is_timedelta64_dtype(column.dtype):
        return _numbers(column.dt.total_seconds(), 1e3)
    if kind in _NUMERIC:
        return _figures(column, kind, scale, decimal)
    if kind == "flag" and column.dtype.kind == "b":
        return Cells(column.astype("boolean"), np.zeros(len(column), dtype=bool))
    if kind == "text":
        return _unrounded(column, _texts(column))
    read = _by_distinct(column, _READERS[kind])
    return _unrounded(column, read) if kind == "category" else read


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
    if are_bare(column, _LONGEST_BLANK):
        return Cells(column, np.zeros(len(column), dtype=bool))
    cells = in_arrow(column)
    if cells is None:
        return _by_distinct(column, lambda text: text)
    cells = pc.utf8_trim_whitespace(cells)
    if pc.any(pc.less_equal(pc.binary_length(cells), _LONGEST_BLANK)).as_py():
        blank = pc.is_in(pc.utf8_lower(cells), value_set=pa.array(_BLANKS))
        cells = pc.if_else(blank, None, cells)
    unreadable = np.zeros(len(column), dtype=bool)
    if pc.any(pc.starts_with(cells, "#")).as_py():
        failed = pc.fill_null(pc.match_substring_regex(cells, _SHEET_ERROR), fill_value=False)
        cells, unreadable = pc.if_else(failed, None, cells), np.array(failed, dtype=bool)
    values = cells.to_pandas().set_axis(column.index)
    return Cells(values.rename(column.name), unreadable)


def _floats(column: Column) -> Column:
    """Numbers as floats, which pandas copies even where they are some."""
    return column if column.dtype == "float64" else pd.to_numeric(column).astype("float64")


def _numbers(column: Column, scale: float) -> Cells:
    values = _floats(column)
    values = values if scale == 1 else values * scale
    cells = values.to_numpy()
    if max(np.fmax.reduce(cells, initial=0), -np.fmin.reduce(cells, initial=0)) <= _LARGEST:
        return Cells(values, np.zeros(len(values), dtype=bool))
    beyond = np.abs(cells) > _LARGEST
    return Cells(values.mask(beyond), beyond)


def _unrounded(column: Column, read: Cells) -> Cells:
    """Texts without those that a spreadsheet took for numbers: many different ones look alike."""
    rounded = _matching(column, _ROUNDED, _LONGEST_ROUNDED)
    if not rounded.any():
        return read
    return read._replace(column=read.column.mask(rounded), remarks={"rounded": rounded})


def _matching(column: Column, pattern: str, longest: float = np.inf) -> Mask:
    """Mask of the cells that are texts of a pattern, none of which is longer than so many bytes.

    Categories are looked at once.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        among = _matching(pd.Series(column.cat.categories, dtype=object), pattern)
        return np.append(among, False)[column.cat.codes.to_numpy()]
    if pd.api.types.is_numeric_dtype(column.dtype):
        return np.zeros(len(column), dtype=bool)
    cells = in_arrow(column)
    if cells is None:
        texts = column.astype(object).where(column.map(lambda cell: isinstance(cell, str)), None)
        cells = in_arrow(texts.map(lambda text: text and _as_text(text)))
    if (pc.min(pc.binary_length(cells)).as_py() or 0) > longest:
        return np.zeros(len(column), dtype=bool)
    matches = pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=False)
    return np.asarray(matches, dtype=bool)


def decimal_of(columns: Iterable[Column]) -> str:
    """Return what columns of numbers as text have before their decimals: a point, or a comma.

    Examples
    --------
    >>> decimal_of([pd.Series(["12,5", "1,234"])]), decimal_of([pd.Series(["1,234"])])
    (',', '.')
    """
    commas = points = 0
    for column in columns:
        if _matching(column, ",").any():
            commas += int(_matching(column, _DECIMAL_COMMA).sum())
            points += int(_matching(column, _DECIMAL_POINT).sum())
    return "," if commas > points else "."


def _figures(column: Column, kind: str, scale: float, decimal: str) -> Cells:
    """Numbers; of those that are text the bare ones all at once, as no two may be alike."""
    if pd.api.types.is_numeric_dtype(column.dtype):
        return _numbers(column, scale)
    reader = functools.partial(_NUMERIC[kind], scale=scale, decimal=decimal)
    remarks = {}
    if kind == "cost" and (foreign := _matching(column, OTHER_CURRENCY)).any():
        remarks = {"foreign currency": foreign}
    cells = in_arrow(column)
    bare = None if cells is None else pc.match_substring_regex(cells, _BARE[decimal])
    if bare is None or not pc.any(bare).as_py():
        return _by_distinct(column, reader)._replace(remarks=remarks)
    figures = pc.if_else(bare, cells, None).cast(pa.float64()).to_pandas()
    values, unreadable, _ = _numbers(figures.set_axis(column.index).rename(column.name), scale)
    values = values.round() if kind == "count" else values
    others = np.flatnonzero(~np.asarray(pc.fill_null(bare, fill_value=False)))
    read = _by_distinct(column.iloc[others], reader)
    values.iloc[others] = read.column.to_numpy(dtype="float64", na_value=np.nan)
    unreadable[others] = read.unreadable
    return Cells(values, unreadable, remarks)


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
    return Cells(_column_of(codes, values, column), unreadable[codes])


def _column_of(codes: Codes, values: npt.NDArray[np.object_], column: Column) -> Column:
    """Column of the values that the codes stand for; texts as categories, made of codes alone."""
    distinct = {value for value in values if value is not None}
    if not distinct or not all(isinstance(value, str) for value in distinct):
        return pd.Series(values[codes], index=column.index, name=column.name, copy=False)
    places = {text: place for place, text in enumerate(sorted(distinct))}
    ordered = pd.Index([*places], dtype=DTYPES["text"])
    ranks = np.array([places.get(value, -1) for value in values], np.min_scalar_type(-len(values)))
    texts = pd.Categorical.from_codes(ranks[codes], categories=ordered)
    return pd.Series(texts, index=column.index, name=column.name, copy=False)


def _distinct(column: Column) -> tuple[Codes, Any]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), column.cat.categories
    try:
        return pd.factorize(column)
    except TypeError:  # lists and objects cannot be told apart so
        nested = column.map(lambda cell: isinstance(cell, (list, dict, set, np.ndarray)))
        return pd.factorize(column.mask(nested.astype(bool), _NESTED))


def _as_text(cell: object) -> str:
    if cell is _NESTED:
        raise ValueError("a list or an object")
    if isinstance(cell, str):  # a member of an enumeration, too, whose own words are others
        return str.__str__(cell).strip().encode("utf-8", "replace").decode()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell).strip().encode("utf-8", "replace").decode()


def _duration(text: str, scale: float, decimal: str) -> float:
    """Milliseconds of "3m 40s", "0:47", "1 day 01:02:03", "1,861ms", "PT3M40S" or a bare number."""
    text = text.lower()
    clock = _CLOCK.fullmatch(_BEHIND_CLOCK.sub("", text))
    if clock:
        days, hours, minutes, seconds = (
            float((part or "0").replace(",", ".")) for part in clock.groups()
        )
        return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1e3
    if _PERIOD.fullmatch(text):
        text = text[1:].replace("t", "")
    amounts = _AMOUNT.findall(text)
    if amounts and _BETWEEN_AMOUNTS.fullmatch(_AMOUNT.sub("", text)):
        return sum(_number(amount, _UNITS_MS[unit], decimal) for amount, unit in amounts)
    return _number(text, scale, decimal)


def _cost(text: str, scale: float, decimal: str) -> float:
    """Cents of "$0.12", "0,12 €", "12 cents" or a bare number."""
    amount = CURRENCY.sub("", text).strip()
    if amount != text:
        return _number(amount, 100, decimal)
    cents = text.lower().removesuffix("cents").removesuffix("cent").removesuffix("¢").strip()
    return _number(cents, 1 if cents != text.lower() else scale, decimal)


def _number(text: str, scale: float, decimal: str) -> float:
    """Value of figures with a decimal mark, and with marks between the thousands."""
    if _SPACED.fullmatch(text):
        text = _SPACE.sub("", text)
    marks = {*text} & {",", "."}
    if len(marks) == 2:
        decimal = max(marks, key=text.rfind)
    elif marks and not _EITHER.fullmatch(text):  # else it is as in the rest of the table
        (mark,) = marks
        decimal = mark if text.count(mark) == 1 else ",."[mark == ","]
    whole, mark, decimals = text.partition(decimal)
    if {*whole} & {",", "."}:
        if not _GROUPED.fullmatch(whole):
            raise ValueError(text)
        whole = whole.replace(",", "").replace(".", "")
    value = float(f"{whole}{mark and '.'}{decimals}") * scale
    if "_" in text or not abs(value) <= _LARGEST:
        raise ValueError(text)
    return value


def _count(text: str, scale: float, decimal: str) -> float:
    """Whole number of "42", "42.0" or a version's "v42"."""
    return float(round(_number(re.sub(r"^v(ersion)?\s*", "", text.lower()), scale, decimal)))


def _flag(text: str) -> bool:
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]


def _name(text: str) -> str | None:
    name = spelled(text)
    return _SPELLINGS.get(str(name), name)


def _times(column: Column, tz: str, day_first: bool | None, scale: float) -> Cells:  # noqa: FBT001 - handed on
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        times = in_utc(column, tz)
        if times.max() < YEARS[0]:  # times of day, to which pandas adds a day
            return Cells(times.mask(times.notna()), column.notna().to_numpy())
        zoneless = column.notna().to_numpy() & (column.dt.tz is None)
        return Cells(times, np.zeros(len(column), dtype=bool), {"zoneless": zoneless})
    if pd.api.types.is_timedelta64_dtype(column.dtype):  # which says no day
        nothing = pd.Series(pd.NaT, column.index, DTYPES["time"], name=column.name)
        return Cells(nothing, column.notna().to_numpy())
    if pd.api.types.is_numeric_dtype(column.dtype):
        numbers = _floats(column)
        times, zoneless, remarks = epochs_of(numbers, tz, scale)
        unreadable = (times.isna() & numbers.notna()).to_numpy()
        return Cells(times, unreadable, {**remarks, "zoneless": zoneless})
    if are_dates(column):
        numbers = pd.Series(np.nan, index=column.index, name=column.name)
    else:
        numbers = pd.to_numeric(column, errors="coerce").astype("float64")
    texts, nested, _ = _texts(column.where(numbers.isna()).astype(object))
    if day_first is None:
        day_first = order_of([texts]).day_first
    times, zoneless = spelled_times(texts, tz, day_first=day_first)
    others = (texts.notna() & times.isna()).to_numpy()
    if others.any():
        figures = _by_distinct(texts[others], functools.partial(_number, scale=1, decimal="."))
        numbers[others] = figures.column.to_numpy(dtype="float64", na_value=np.nan)
    epochs = epochs_of(numbers, tz, scale)
    times = epochs.times.fillna(times)
    times = times.where(times.between(*YEARS))
    exists = times.notna().to_numpy()
    remarks = {**epochs.remarks, "zoneless": exists & (zoneless | epochs.zoneless)}
    if numbers.notna().any():
        remarks["rounded"] = exists & _matching(column, _ROUNDED)
    filled = (numbers.notna() | texts.notna()).to_numpy()
    return Cells(times, (filled | nested) & ~exists, remarks)


_NUMERIC: Mapping[str, Callable[..., float]] = {
    "cost": _cost,
    "count": _count,
    "duration": _duration,
    "number": _number,
}
_READERS: Mapping[str, Callable[[str], object]] = {
    "category": str,
    "flag": _flag,
    "name": _name,
    "sentiment": str.capitalize,
}
