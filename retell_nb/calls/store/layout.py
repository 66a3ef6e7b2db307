"""How a frame of calls lies in Parquet: the same columns in every file, whatever the API adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa

from retell_nb.calls.facts import when
from retell_nb.calls.labels import ASIDE
from retell_nb.calls.schema import DTYPES, SCHEMA
from retell_nb.calls.store.names import NO_MONTH

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CATEGORIES", "LAYOUT", "OTHERS", "VERSION", "as_calls_again", "as_table", "months"]

OTHERS = "other_fields"
"""The column that holds the fields that the schema does not know, as JSON text."""

VERSION = "store_version"
"""The column that tells when a row came: the higher, the later."""

_TYPES: Mapping[str, pa.DataType] = {
    "text": pa.string(),
    "category": pa.dictionary(pa.int32(), pa.string()),
    "count": pa.int64(),
    "number": pa.float64(),
    "flag": pa.bool_(),
    "time": pa.timestamp("ms", "UTC"),
}
_PANDAS = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
CATEGORIES = [name for name, kind in SCHEMA.items() if kind == "category"]
LAYOUT = pa.schema(
    [
        *((name, _TYPES[kind]) for name, kind in SCHEMA.items()),
        (OTHERS, pa.string()),
        (VERSION, pa.int64()),
    ]
)
"""The columns of a segment."""


def as_table(calls: pd.DataFrame, version: int) -> pa.Table:
    """Return calls as they are stored.

    Examples
    --------
    >>> from retell_nb.calls.reading.fitting import typed
    >>> calls, _ = typed(pd.DataFrame({"call_id": ["call_1"], "mood": ["fine"]}))
    >>> as_table(calls, 7).select([OTHERS, VERSION]).to_pylist()
    [{'other_fields': '{"mood":"fine"}', 'store_version': 7}]
    """
    columns = {name: _stored(calls[name], kind) for name, kind in SCHEMA.items()}
    columns[OTHERS] = _others(calls)
    columns[VERSION] = pa.array(np.full(len(calls), version))
    return pa.table(columns, schema=LAYOUT)


def as_calls_again(table: pa.Table) -> pd.DataFrame:
    """Return stored calls as a frame, without the store's own columns.

    Examples
    --------
    >>> from retell_nb.calls.reading.fitting import typed
    >>> calls, _ = typed(pd.DataFrame({"call_id": ["call_1"], "mood": ["fine"]}))
    >>> as_calls_again(as_table(calls, 7))["mood"].tolist()
    ['fine']
    """
    names = [name for name in table.column_names if name in SCHEMA]
    calls: pd.DataFrame = (
        table.select(names).unify_dictionaries().to_pandas(types_mapper=_PANDAS.get)
    )
    texts = {name: calls[name].astype(DTYPES["text"]) for name in names if SCHEMA[name] == "text"}
    categories = {name: _tidied(calls[name]) for name in names if name in CATEGORIES}
    calls = calls.assign(**texts, **categories)
    return calls.assign(**_unpacked(table)) if OTHERS in table.column_names else calls


def months(calls: pd.DataFrame) -> pd.Series[str]:
    """Month in which each call ended, as the folders are named.

    Examples
    --------
    >>> ends = pd.to_datetime(["2026-03-31T23:59Z", None], format="ISO8601", utc=True)
    >>> months(pd.DataFrame({"start_timestamp": ends, "end_timestamp": ends})).tolist()
    ['2026-03', '__HIVE_DEFAULT_PARTITION__']
    """
    times = calls["end_timestamp"].fillna(when(calls))
    names: pd.Series[str] = times.dt.strftime("%Y-%m").astype(object).fillna(NO_MONTH)
    return names


def _stored(column: pd.Series[Any], kind: str) -> pa.Array:
    if kind != "category":
        return pa.array(column, _TYPES[kind], from_pandas=True)
    codes = column.cat.codes.to_numpy()
    return pa.DictionaryArray.from_arrays(
        pa.array(codes, pa.int32(), mask=codes < 0),
        pa.array(column.cat.categories.astype(object), pa.string()),
    )


def _tidied(column: pd.Series[Any]) -> pd.Series[Any]:
    """A category with sorted texts for its categories, and none that is not there."""
    column = column.cat.remove_unused_categories()
    column = column.cat.reorder_categories(sorted(column.cat.categories))
    return column.cat.rename_categories(column.cat.categories.astype(DTYPES["text"]))


def _others(calls: pd.DataFrame) -> pa.Array:
    """What the schema does not know of each call, as JSON text; null where there is nothing."""
    names = sorted(map(str, calls.columns.difference([*SCHEMA, *ASIDE])))
    cells = zip(*(calls[name] for name in names), strict=True)
    rows = ({n: c for n, c in zip(names, row, strict=True) if not pd.isna(c)} for row in cells)
    texts = [msgspec.json.encode(row).decode() if row else None for row in rows]
    return pa.array(texts if names else [None] * len(calls), pa.string())


def _unpacked(table: pa.Table) -> dict[str, Any]:
    """The columns that the schema does not know."""
    packed = table.column(OTHERS).combine_chunks().dictionary_encode()
    packed = packed.combine_chunks() if isinstance(packed, pa.ChunkedArray) else packed
    rows = [msgspec.json.decode(text) for text in packed.dictionary.to_pylist()]
    codes = packed.indices.fill_null(len(rows)).to_numpy(zero_copy_only=False)
    return {
        name: np.array([*(row.get(name) for row in rows), None], dtype=object)[codes]
        for name in dict.fromkeys(name for row in rows for name in row)
    }
