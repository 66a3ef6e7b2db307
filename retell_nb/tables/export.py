"""Tables to files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pandas.api.types import is_object_dtype

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

__all__ = ["save_tables"]


def save_tables(folder: str | PathLike[str] | None, **tables: pd.DataFrame) -> list[Path]:
    """Write each table into a folder as a CSV file of its name, and return their paths.

    Parameters
    ----------
    folder : path or None
        Made where it does not exist; with None nothing is written.
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
    if folder is None:
        return []
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        paths.append(place / f"{name}.csv")
        _written(table).to_csv(paths[-1], index=False)
    return paths


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """The table with mappings, such as the choices of a finding, as JSON."""
    texts = {
        column: [json.dumps(cell) if isinstance(cell, dict) else cell for cell in table[column]]
        for column in table.columns
        if is_object_dtype(table[column])
    }
    return table.assign(**texts)
