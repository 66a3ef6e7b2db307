"""The thresholds that others use for the health of a caller number, as data with their sources.

Carriers and analytics firms publish no labels and no limits; none of these is a carrier's own.
"""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pandas as pd

__all__ = ["THRESHOLDS", "as_thresholds"]

_COLUMNS = ("value", "unit", "source", "meaning")


def _read() -> pd.DataFrame:
    with files("retell_nb.vocabulary").joinpath("thresholds.csv").open(encoding="utf-8") as lines:
        return pd.read_csv(lines, index_col="name")


THRESHOLDS = _read()
"""Thresholds for caller numbers, one row each, indexed by name.

``value`` is in ``unit``; ``source`` says who uses it. They are defaults: change a copy and give it
as ``thresholds=``.
"""


def as_thresholds(table: pd.DataFrame | None) -> pd.DataFrame:
    """Return the thresholds to judge by: the user's own, checked, or the library's.

    Parameters
    ----------
    table : DataFrame or None
        A changed copy of `retell_nb.THRESHOLDS`, named by the index or by a column ``name``.

    Raises
    ------
    ValueError
        If a column or a row is missing or strange, a source is not said, a value is below 0,
        or a share is above 1.

    Examples
    --------
    >>> mine = THRESHOLDS.copy()
    >>> mine.loc["calls_per_day", ["value", "source"]] = [60, "our own experience"]
    >>> as_thresholds(mine)["value"].tail(4).tolist()
    [60.0, 2.0, 10.0, 0.0]
    """
    if table is None:
        return THRESHOLDS
    table = table.set_index("name") if "name" in table.columns else table
    _check("column", table.columns, _COLUMNS)
    _check("row", table.index, THRESHOLDS.index)
    table = table.loc[THRESHOLDS.index, [*_COLUMNS]]
    strange = table.index[table["unit"].ne(THRESHOLDS["unit"])].tolist()
    if strange:
        units = THRESHOLDS.loc[strange, "unit"].to_dict()
        raise ValueError(f"the thresholds have a strange unit for {strange}; it is {units}.")
    unsaid = table.index[table["source"].fillna("").astype(str).str.strip().eq("")].tolist()
    if unsaid:
        raise ValueError(f"the thresholds lack a source for {unsaid}; say whose they are.")
    values = pd.to_numeric(table["value"], errors="coerce").astype("float64")
    most = np.where(table["unit"] == "share", 1.0, np.finfo(np.float64).max)
    wrong = table.loc[~(values.ge(0) & values.le(most)), "value"].to_dict()
    if wrong:
        raise ValueError(
            f"the thresholds have the values {wrong}; allowed are numbers from 0 on, "
            "and up to 1 for shares."
        )
    return table.assign(value=values)


def _check(kind: str, labels: pd.Index, needed: pd.Index | tuple[str, ...]) -> None:
    names = [str(name) for name in labels]
    missing = [name for name in needed if name not in names]
    strange = sorted({name for name in names if name not in needed or names.count(name) > 1})
    if missing or strange:
        raise ValueError(
            f"the thresholds lack the {kind} {missing} and have {strange} too much or twice; "
            "start from retell_nb.THRESHOLDS.copy() and change values of it."
        )
