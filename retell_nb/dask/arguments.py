"""What a word was called with on a dask frame, to be handed on to pandas' word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import dask.dataframe as dd
import pandas as pd

from retell_nb.dask.columns import behind
from retell_nb.dask.gathering import gathered, quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.dask.columns import Reads

__all__ = ["Arguments", "column_of"]


class _Place(NamedTuple):
    """Where a column stands among the arguments: the name it goes by, and its own."""

    column: str
    name: Any


class Arguments:
    """The arguments of a word, in which columns and frames of dask become those of pandas.

    Parameters
    ----------
    calls : dask DataFrame
    reads : Reads
        What the word reads.
    args, kwargs
        What it was called with.

    Examples
    --------
    >>> from retell_nb.dask.columns import READS
    >>> frame = pd.DataFrame({"disconnection_reason": ["dial_busy"], "note": ["new"]})
    >>> calls = dd.from_pandas(frame, npartitions=1)
    >>> arguments = Arguments(calls, READS["tally"], (calls["note"],), {})
    >>> arguments.into(lambda calls, *by: by[0].tolist())
    ['new']
    """

    def __init__(
        self, calls: Any, reads: Reads, args: Sequence[Any], kwargs: Mapping[str, Any]
    ) -> None:
        self._calls, self._reads = calls, reads
        self._names: set[object] = set()
        self._columns: dict[str, Any] = {}
        self._args = _replaced(list(args), self._outside)
        self._kwargs = _replaced(dict(kwargs), self._outside)

    def into(self, word: Callable[..., Any]) -> Any:
        """Return what the word of pandas makes of the calls that are brought together for it."""
        calls = gathered(
            self._calls,
            self._reads,
            names=self._names,
            beside=self._columns,
            index=self._kwargs.get("each") is True,
        )
        columns = {name: calls.pop(name) for name in self._columns}

        def back(leaf: Any) -> Any:
            if isinstance(leaf, _Place):
                return columns[leaf.column].rename(leaf.name)
            if isinstance(leaf, dd.DataFrame):  # calls to compare with
                return gathered(leaf, self._reads, names=self._names)
            return leaf

        return word(calls, *_replaced(self._args, back), **_replaced(self._kwargs, back))

    def _outside(self, leaf: Any) -> Any:
        """Note what columns an argument needs; take the columns out that it is."""
        if isinstance(leaf, pd.Series):
            raise ValueError(
                f"the Series {leaf.name!r} is one of pandas, the calls are in {_parts(self._calls)}"
                ". Make it of the same frame, as calls['its name'], or use calls.compute()."
            )
        if isinstance(leaf, str):
            self._names.update(behind(leaf))
        elif isinstance(leaf, pd.Grouper):
            self._names.add(leaf.key)
        elif isinstance(leaf, dd.Series):
            return self._place(leaf, leaf.name)
        elif callable(leaf):
            column = column_of(self._calls, leaf)
            return self._place(column, column.name)
        return leaf

    def _place(self, column: Any, name: Any) -> _Place:
        place = _Place(f"argument {len(self._columns)}", name)
        self._columns[place.column] = column
        return place


def column_of(calls: Any, function: Callable[[pd.DataFrame], Any]) -> Any:
    """Return what a function makes of each partition of the calls, as a dask Series.

    Examples
    --------
    >>> frame = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> calls = dd.from_pandas(frame, npartitions=2)
    >>> column_of(calls, lambda calls: calls["disconnection_reason"].str.len()).compute().tolist()
    [9, 11]
    """
    with quiet():
        meta = _evaluated(calls._meta, function)  # noqa: SLF001 - documented for those who extend dask
        return calls.map_partitions(_evaluated, function, meta=meta)


def _evaluated(part: pd.DataFrame, function: Callable[[pd.DataFrame], Any]) -> pd.Series[Any]:
    """What a function makes of calls, under its own name where the Series has none."""
    column = function(part)
    if not isinstance(column, pd.Series):
        column = pd.Series(column, index=part.index)
    name = getattr(function, "__name__", "<lambda>")
    return column.rename(name) if column.name is None and name != "<lambda>" else column


def _replaced(value: Any, replace: Callable[[Any], Any]) -> Any:
    """Return a value with all that it holds replaced; keys of a mapping are looked at as well."""
    if isinstance(value, Mapping):
        for name in value:
            replace(name)
        return {name: _replaced(one, replace) for name, one in value.items()}
    if isinstance(value, (list, tuple)) and not isinstance(value, _Place):
        return type(value)(_replaced(one, replace) for one in value)
    return replace(value)


def _parts(calls: Any) -> str:
    return f"{calls.npartitions} partitions of dask"
