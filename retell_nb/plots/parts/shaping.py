"""Tables put into the shape of a picture: plain numbers, names, small groups added up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd

from retell_nb.plots.parts import colors, style
from retell_nb.text import label
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


__all__ = [
    "DAYS",
    "VAGUE",
    "days",
    "edges",
    "folded",
    "grid",
    "layers",
    "measured",
    "names",
    "plain",
    "spoken",
]

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
"""Names of the weekdays, by their number in a table."""

VAGUE = 0.3
"""Width from which on an interval says too little to be coloured."""

_NUMBERS = ("calls", "share", "rate", "low", "high", "value", "n")
_FLAGS = ("enough", "partial")
_ORDER = {outcome: place for place, outcome in enumerate(OUTCOMES.index)}


def plain(table: pd.DataFrame, *needed: str) -> tuple[pd.DataFrame, list[str]]:
    """Copy of a table with plain floats and flags, and the columns before the first one needed.

    Raises
    ------
    ValueError
        If a column that is needed is not there.

    Examples
    --------
    >>> table, by = plain(pd.DataFrame({"owner": ["trunk"], "calls": [3]}), "calls")
    >>> by, table["calls"].tolist()
    (['owner'], [3.0])
    >>> plain(table, "rate")
    Traceback (most recent call last):
    ValueError: this table lacks rate; it has owner, calls. ...
    """
    missing = [column for column in needed if column not in table.columns]
    if missing:
        raise ValueError(
            f"this table lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}. "
            "Each plot draws the table of the word of the same name in retell_nb.tables."
        )
    floats = {name: style.numbers(table[name]) for name in _NUMBERS if name in table.columns}
    flags = {
        name: table[name].astype("boolean").fillna(value=False).to_numpy(dtype=bool)
        for name in _FLAGS
        if name in table.columns
    }
    by = [str(column) for column in table.columns[: table.columns.get_loc(needed[0])]]
    return table.reset_index(drop=True).assign(**floats, **flags), by


def measured(table: pd.DataFrame) -> str:
    """Name of what a table of rates counts: that of the column before `rate`.

    Examples
    --------
    >>> measured(pd.DataFrame(columns=["calls", "failed", "rate"]))
    'failed'
    """
    columns = list(table.columns)
    return str(columns[columns.index("rate") - 1])


def names(table: pd.DataFrame, by: Sequence[str]) -> list[str]:
    """Name of the group of each row, from the columns that make it and that anything is known of.

    Examples
    --------
    >>> table = pd.DataFrame({"agent_id": ["a", None], "direction": ["inbound", "outbound"]})
    >>> names(table, ["agent_id", "direction"])
    ['a · inbound', '(none) · outbound']
    >>> names(table, [])
    ['all calls', 'all calls']
    """
    if not by:
        return ["all calls"] * len(table)
    recorded = [column for column in by if table[column].notna().any()] or by[:1]
    columns = [_labels(table[column]) for column in recorded]
    return [" · ".join(cells) for cells in zip(*columns, strict=True)]


def _labels(cells: pd.Series[Any]) -> list[str]:
    """Return the label of each cell; of each distinct value it is made once."""
    codes, values = pd.factorize(cells)
    labels = [*map(label, values), label(None)]
    if cells.name == "agent_version":
        labels = [f"version {name}" if name.isdecimal() else name for name in labels]
    return [labels[code] for code in codes.tolist()]


def spoken(word: str, names: Sequence[str]) -> list[str]:
    """Names of groups as they are read, where they are the library's own and not an id.

    Examples
    --------
    >>> spoken("owner", ["dial_list"]), spoken("agent_id", ["agent_1"])
    (['dial list'], ['agent_1'])
    """
    return [name.replace("_", " ") if word in _OWN_WORDS else name for name in names]


_OWN_WORDS = ("category", "outcome", "owner", "status")


def folded(frame: pd.DataFrame, limit: int) -> pd.DataFrame:
    """First rows of a frame, those after them added up in a last row `other`.

    Examples
    --------
    >>> frame = pd.DataFrame({"calls": [5.0, 3.0, 2.0, 1.0]}, index=list("abcd"))
    >>> folded(frame, 2)["calls"].to_dict()
    {'a': 5.0, 'b': 3.0, 'other (2 groups)': 3.0}
    """
    if len(frame) <= limit + 1:
        return frame
    rest = frame.iloc[limit:]
    other = rest.sum().to_frame(f"other ({len(rest):,} groups)").T
    return pd.concat([frame.iloc[:limit], other])


def grid(table: pd.DataFrame, rows: Iterable[Any], columns: Iterable[str]) -> pd.DataFrame:
    """Calls by two names of each row: a frame with a row and a column per name.

    Examples
    --------
    >>> table = pd.DataFrame({"calls": [3.0, 1.0]})
    >>> grid(table, ["a", "b"], ["failed", "failed"])["failed"].to_dict()
    {'a': 3.0, 'b': 1.0}
    """
    keys = [pd.Series(list(names), index=table.index) for names in (rows, columns)]
    sums = table["calls"].groupby(keys, sort=False).sum()
    return sums.unstack(fill_value=0)  # noqa: PD010 - of a Series, which has no pivot_table


def layers(wide: pd.DataFrame, word: str, limit: int) -> tuple[pd.DataFrame, list[str]]:
    """Columns of a grid with their colours: outcomes in their order, else the largest first.

    Examples
    --------
    >>> wide = pd.DataFrame({"failed": [1.0], "completed": [9.0]})
    >>> layers(wide, "outcome", 8)[1]
    ['#3a8f70', '#b92d1c']
    """
    largest = wide.sum().sort_values(ascending=False, kind="stable").index
    tall = folded(wide[largest].T, limit)
    columns = [name for name in tall.index if name in wide.columns]
    outcomes = colors.outcomes_of(word, columns)
    if outcomes is not None:
        ranked = sorted(
            zip(outcomes, columns, strict=True), key=lambda pair: _ORDER.get(pair[0], len(_ORDER))
        )
        columns = [name for _, name in ranked]
    rest = [name for name in tall.index if name not in wide.columns]
    return tall.loc[[*columns, *rest]].T, [*colors.apart(word, columns), *[colors.REST] * len(rest)]


def days(times: pd.Series[pd.Timestamp]) -> style.Numbers:
    """Times as matplotlib's days, whatever their unit and zone.

    Examples
    --------
    >>> days(pd.Series(pd.to_datetime(["1970-01-02T12:00+00:00"]))).tolist()
    [1.5]
    """
    naive = times.dt.tz_convert(None) if times.dt.tz is not None else times
    dates: Any = mdates  # it bears no types
    return np.asarray(dates.date2num(naive.to_numpy(dtype="datetime64[ms]")), dtype=np.float64)


def edges(starts: style.Numbers) -> style.Numbers:
    """Starts of periods, and the end of the last: as long after it as periods are apart.

    Examples
    --------
    >>> edges(np.array([1.0, 3.0])).tolist(), edges(np.array([1.0])).tolist()
    ([1.0, 3.0, 5.0], [1.0, 2.0])
    """
    length = float(np.median(np.diff(starts))) if len(starts) > 1 else 1.0
    return np.append(starts, starts[-1] + length)
