"""Columns of a dask frame brought together as pandas has them: rows, or how often each occurs.

Whether a call is stuck, which agent bears a name, or whether any direction is missing can be told
only of all calls together. So no table is made of a part of the calls: the partitions are made
small where they are, and the table word runs once, on what is left of all of them.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from dask.base import compute

from retell_nb.calls.facts import TIMES, endings, when
from retell_nb.calls.schema import DTYPES
from retell_nb.engine.cells import compressed
from retell_nb.engine.codes import key, lookup, smallest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.dask.columns import Reads
    from retell_nb.engine.aliases import Column

__all__ = ["Portion", "distinct", "gathered", "in_texts", "joined", "portion", "quiet"]

_WORTH = 2
"""Rows are counted where each combination of values occurs so often, or more."""


class Portion(NamedTuple):
    """What is left of a partition: its rows, and how many calls each of them stands for."""

    rows: pd.DataFrame
    calls: npt.NDArray[np.int64] | None


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the warnings that dask itself raises from the user.

    Examples
    --------
    >>> with quiet():
    ...     warnings.warn_explicit("old", FutureWarning, "core.py", 1, module="dask.core")
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"(dask|distributed)(\.|$)")
        yield


def gathered(
    calls: Any,
    reads: Reads,
    *,
    names: Collection[object] = (),
    beside: Mapping[str, Any] | None = None,
    index: bool = False,
) -> pd.DataFrame:
    """Return the columns of a dask frame that a word reads, as a frame of pandas.

    Parameters
    ----------
    calls : dask DataFrame
    reads : Reads
        What the word reads.
    names : collection
        Columns that it is to read besides.
    beside : mapping of name to dask Series, optional
        More columns, aligned to the calls.
    index : bool
        Whether to bring the index too.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> from retell_nb.dask.columns import READS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"] * 3, "note": ["a", "b", "c"]})
    >>> gathered(dd.from_pandas(calls, npartitions=2), READS["tally"]).shape
    (3, 1)
    """
    meta, portions = _portions(calls, reads, names, beside or {}, index=index)
    return joined(portions, meta, index=index, coded={*reads.coded}.difference(names))


def distinct(calls: Any, reads: Reads) -> pd.DataFrame:
    """Return the combinations of values that occur in some columns, in the order of the calls.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> from retell_nb.dask.columns import Reads
    >>> calls = dd.from_pandas(pd.DataFrame({"agent_id": ["b", "b", "b", "a"]}), npartitions=2)
    >>> distinct(calls, Reads(("agent_id",)))["agent_id"].tolist()
    ['b', 'a']
    """
    meta, portions = _portions(calls, reads._replace(countable=True), (), {}, index=False)
    rows = joined([portion._replace(calls=None) for portion in portions], meta)
    return rows.drop_duplicates(ignore_index=True)


def _portions(
    calls: Any,
    reads: Reads,
    names: Collection[object],
    beside: Mapping[str, Any],
    *,
    index: bool,
) -> tuple[pd.DataFrame, list[Portion]]:
    """Make every partition small where it is, and bring what is left."""
    needed = {*reads.columns, *reads.present, *names}
    present = [name for name in reads.present if name not in {*reads.columns, *names}]
    timed = bool({*TIMES} & {*names})
    with quiet():
        frame = calls[[name for name in calls.columns if name in needed]]
        frame = frame.assign(**beside) if beside else frame
        zeros = [name for name in reads.zeros if name not in names]
        reads = reads._replace(
            present=tuple(present),
            stuck=reads.stuck and not timed,
            zeros=tuple(zeros),
            moment=reads.moment and not timed,
        )
        meta = frame._meta  # noqa: SLF001 - documented for those who extend dask
        small = partial(portion, reads=reads, index=index)
        # As a step of the frame, it is one task with the reading: no partition travels whole.
        work = frame.map_partitions(small, meta=meta, enforce_metadata=False)
        meta = _reduced(meta, reads)
        return meta, list(compute(*work.to_delayed()))


def portion(part: pd.DataFrame, reads: Reads, *, index: bool = False) -> Portion:
    """Return what a word needs of a partition, as small as it can be.

    Texts become codes. Where a word counts only, equal rows become one.

    Examples
    --------
    >>> from retell_nb.dask.columns import READS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"] * 5 + ["dial_failed"]})
    >>> portion(calls, READS["tally"]).calls.tolist()
    [5, 1]
    """
    rows = part if index else part.reset_index(drop=True)
    rows = _reduced(rows, reads)
    if reads.stuck:
        rows = _without_needless_times(rows)
    rows = rows.assign(**{name: _coded(rows[name]) for name in rows.columns})
    rows.attrs = {}
    if not (reads.countable and len(rows)) or index:
        return Portion(rows, None)
    both, _ = compressed([key(rows[name]) for name in rows.columns])
    if len(both.levels) * _WORTH > len(rows):
        return Portion(rows, None)
    first = np.empty(len(both.levels), dtype=np.int64)
    first[both.codes[::-1]] = np.arange(len(rows))[::-1]  # what is written last stays
    return Portion(rows.iloc[first].reset_index(drop=True), np.bincount(both.codes))


def _reduced(rows: pd.DataFrame, reads: Reads) -> pd.DataFrame:
    """Rows with no more in each column than a word reads of it."""
    rows = _with_zeros(_marked(rows, reads.present), reads.zeros)
    names = [name for name in TIMES if name in rows.columns]
    utc = all(isinstance(rows[name].dtype, pd.DatetimeTZDtype) for name in names)
    if not (reads.moment and names[1:] and utc):
        return rows
    return rows.assign(**{names[0]: when(rows)}).drop(columns=names[1:])


def _marked(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Rows with a mark instead of each value of some columns."""
    mark: Any = ["+"]
    marks = {
        name: pd.Categorical.from_codes(np.where(rows[name].notna(), 0, -1), mark)
        for name in names
        if name in rows.columns
    }
    return rows.assign(**marks)


def _with_zeros(rows: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Rows with a 1 instead of each number of some columns that is not 0."""
    numeric = [n for n in names if n in rows and pd.api.types.is_numeric_dtype(rows[n].dtype)]
    return rows.assign(
        **{
            name: pd.arrays.IntegerArray(
                rows[name].ne(0).to_numpy(dtype=bool, na_value=False).view(np.int8),
                rows[name].isna().to_numpy(),
            )
            for name in numeric
        }
    )


def _without_needless_times(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the times that do not matter for telling which calls are stuck.

    Those of running calls do, and the last one of all calls; and the last one that is not in the
    future, as clocks can be wrong.
    """
    if "disconnection_reason" not in rows.columns:
        return rows
    ending = endings(rows)
    (matter,) = lookup(ending.codes, ending.are("outcome", "in_progress"))
    now = pd.Timestamp.now("UTC")
    names = [
        name
        for name in TIMES
        if name in rows.columns and isinstance(rows[name].dtype, pd.DatetimeTZDtype)
    ]
    return rows.assign(
        **{
            name: rows[name].where(
                matter
                | rows[name].eq(rows[name].max())
                | rows[name].eq(rows[name][rows[name] <= now].max())
            )
            for name in names
        }
    )


def _coded(column: Column) -> Column:
    """Texts as categories; all else as it is."""
    is_text = isinstance(column.dtype, pd.StringDtype) or (
        column.dtype == object and pd.api.types.infer_dtype(column) in ("string", "empty")
    )
    if not is_text:
        return column
    codes, texts = pd.factorize(column)
    try:
        cells = _categorical(codes, pa.array(texts, pa.large_string()))
    except UnicodeEncodeError:  # half a sign
        categories = pd.Index(np.asarray(texts, dtype=object), dtype=DTYPES["text"])
        cells = pd.Categorical.from_codes(codes, categories)
    return pd.Series(cells, index=column.index)


def joined(
    portions: list[Portion],
    meta: pd.DataFrame,
    *,
    index: bool = False,
    coded: Collection[object] = (),
) -> pd.DataFrame:
    """Return the calls of all portions in one frame, of the dtypes that pandas' readers give.

    The list of portions is emptied: no more than one column is there twice at a time. Texts of
    `coded` columns are categories in order.

    Examples
    --------
    >>> rows = pd.DataFrame({"agent_id": pd.Categorical(["b"])})
    >>> parts = [Portion(rows.copy(), np.array([2])), Portion(rows.copy(), None)]
    >>> joined(parts, pd.DataFrame({"agent_id": pd.Categorical([])})).shape
    (3, 1)
    """
    first, *others = (rows.index for rows, _ in portions)
    labels = first.append(others) if index else pd.RangeIndex(sum(len(p.rows) for p in portions))
    repeats = None
    if any(portion.calls is not None for portion in portions):
        repeats = np.concatenate(
            [np.ones(len(rows), np.int64) if calls is None else calls for rows, calls in portions]
        )
        labels = pd.RangeIndex(int(repeats.sum()))
    frames = [dict(rows.items()) for rows, _ in portions]
    portions.clear()
    columns: dict[Any, Any] = {}
    for name in meta.columns:
        pieces = [frame.pop(name) for frame in frames]
        cells = _stacked(pieces, meta[name].dtype, as_codes=name in coded)
        del pieces
        columns[name] = cells if repeats is None else cells.repeat(repeats)
    whole = pd.DataFrame(columns, index=labels, copy=False)
    whole.attrs = dict(meta.attrs)
    return whole


def _stacked(pieces: Sequence[Column], dtype: Any, *, as_codes: bool) -> Any:
    """Return the cells of a column of all portions as an array of its dtype, or as categories."""
    filled = [piece for piece in pieces if len(piece)] or [*pieces[:1]]
    if as_codes and not isinstance(dtype, pd.CategoricalDtype):
        arrays: list[Any] = [
            piece.array for piece in filled if isinstance(piece.dtype, pd.CategoricalDtype)
        ]
        texts = _texts_of([array for array in arrays if len(array.categories)])
        if texts is not None and len(arrays) == len(filled):
            return _of_texts(arrays, texts, in_order=True)
    if all(isinstance(piece.dtype, pd.CategoricalDtype) for piece in filled):
        cells: Any = _united([piece.array for piece in filled])
    else:
        cells = pd.concat(filled, ignore_index=True).array
    if isinstance(dtype, pd.CategoricalDtype) or cells.dtype == dtype:
        return cells
    if isinstance(dtype, pd.StringDtype):  # which dask makes of texts of any kind
        dtype = DTYPES["text"]
    return cells.astype(dtype)


def _united(arrays: Sequence[Any]) -> Any:
    """Return categoricals as one, whose categories are sorted if they are in each of them."""
    first = arrays[0]
    if all(_alike(array, first) for array in arrays):
        codes = np.concatenate([array.codes for array in arrays])
        return _in_texts(pd.Categorical.from_codes(codes, dtype=first.dtype))
    some = [array for array in arrays if len(array.categories)]
    texts = _texts_of(some)
    if texts is not None:
        return _of_texts(arrays, texts)
    some = [*map(_in_texts, some)]
    if len({array.categories.dtype for array in some}) > 1:
        some = [array.rename_categories(array.categories.astype(object)) for array in some]
    tidy = all(array.categories.is_monotonic_increasing for array in some)
    union = pd.api.types.union_categoricals(some, sort_categories=tidy, ignore_order=True)
    values = iter(np.split(union.codes, np.cumsum([*map(len, some)])[:-1]))
    codes = np.concatenate(
        [next(values) if len(one.categories) else np.full(len(one), -1) for one in arrays]
    )
    return pd.Categorical.from_codes(codes, dtype=union.dtype)


def _texts_of(arrays: Sequence[Any]) -> pa.ChunkedArray | None:
    """Return the categories of categoricals, a chunk for each; None where they are no texts."""
    dtypes = [array.categories.dtype for array in arrays]
    if not all(isinstance(one, pd.StringDtype) or one == DTYPES["text"] for one in dtypes):
        return None
    try:
        chunks = [pa.array(array.categories, pa.large_string()) for array in arrays]
    except (pa.ArrowException, UnicodeEncodeError):  # other cells, or half a sign
        return None
    return pa.chunked_array(chunks) if chunks else None


def _of_texts(arrays: Sequence[Any], texts: pa.ChunkedArray, *, in_order: bool = False) -> Any:
    """Return categoricals of texts as one, sorted if asked for or where each of them is."""
    tidy = in_order or all(
        pc.all(pc.less(one[:-1], one[1:])).as_py() is not False for one in texts.chunks
    )
    encoded = texts.dictionary_encode()  # by one dictionary for all chunks
    union = encoded.chunk(0).dictionary
    order = pc.sort_indices(union).to_numpy() if tidy else np.arange(len(union))
    ranks = np.empty(len(union), dtype=smallest(len(union)))
    ranks[order] = np.arange(len(union))
    union = union.take(pa.array(order)) if tidy else union
    codes = np.full(sum(map(len, arrays)), -1, dtype=ranks.dtype)
    own = iter(encoded.chunks)
    end = 0
    for array in arrays:
        start, end = end, end + len(array)
        if len(array.categories):
            table = np.append(ranks[next(own).indices.to_numpy()], ranks.dtype.type(-1))
            table.take(array.codes, mode="wrap", out=codes[start:end])
    return _categorical(codes, union)


def _categorical(codes: npt.NDArray[np.integer[Any]], texts: pa.Array) -> Any:
    """Return a categorical of distinct texts, of which pandas makes no objects to see that."""
    categories = pd.Index(texts.to_pandas(types_mapper={texts.type: DTYPES["text"]}.get))
    dtype: Any = pd.CategoricalDtype
    dtype = dtype._from_fastpath(categories, ordered=False)  # noqa: SLF001 - as public ones do
    return pd.Categorical.from_codes(codes, dtype=dtype, validate=False)


def _alike(one: Any, other: Any) -> bool:
    """Whether the same codes of two categoricals mean the same."""
    return bool(one.ordered == other.ordered and one.categories.equals(other.categories))


def in_texts(categories: pd.Index[Any]) -> pd.Index[Any]:
    """Return categories that are texts as pandas has them, not as dask has.

    Examples
    --------
    >>> in_texts(pd.Index(["US"], dtype="string")).dtype == DTYPES["text"]
    True
    """
    is_text = isinstance(categories.dtype, pd.StringDtype)
    return categories.astype(DTYPES["text"]) if is_text else categories


def _in_texts(array: Any) -> Any:
    return array.rename_categories(in_texts(array.categories))
