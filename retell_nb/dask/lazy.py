"""Words that stay lazy on a dask frame: columns, classified calls, and calls that are selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from dask.dataframe.utils import clear_known_categories

from retell_nb import tables
from retell_nb.calls.dimensions import answers
from retell_nb.calls.facts import endings
from retell_nb.dask.columns import Reads
from retell_nb.dask.gathering import distinct, in_texts, joined, portion, quiet
from retell_nb.grouping import vocabulary_of
from retell_nb.selection.filters import as_filters
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.engine.aliases import Column

__all__ = ["classify", "column", "select"]

_NAMES = Reads(("agent_id", "agent_name"))
_OPEN = ("country", "disconnection_reason", "reason")
"""Columns whose categories are those that occur."""


def column(calls: Any, name: str, reads: Sequence[str] = ()) -> Any:
    """Return a column word of a dask frame or Series as a dask Series.

    Parameters
    ----------
    calls : dask DataFrame or Series
    name : str
        The word.
    reads : sequence of str
        The columns of a frame that the word reads, if they are there.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> calls = dd.from_pandas(pd.DataFrame({"disconnection_reason": ["dial_busy"]}), npartitions=1)
    >>> column(calls, "outcome", ["disconnection_reason"]).compute().tolist()
    ['not_reached']
    """
    with quiet():
        part = calls if calls.ndim == 1 else calls[[n for n in calls.columns if n in reads]]
        meta = _column(part._meta, name)  # noqa: SLF001 - documented for those who extend dask
        if name in _OPEN:
            meta = _opened(meta.to_frame()).iloc[:, 0]
        return part.map_partitions(_column, name, meta=meta)


def _column(part: Any, name: str) -> Any:
    word: Any = getattr(part.retell, name)
    if isinstance(word.dtype, pd.CategoricalDtype):
        return word.cat.rename_categories(in_texts(word.cat.categories))
    return word


def classify(calls: Any, *, reasons: pd.DataFrame | None = None) -> Any:
    """The calls with every column word as a column, lazily; as `tables.classify` of pandas.

    Parameters
    ----------
    calls : dask DataFrame
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    dask DataFrame
        Where the calls have a column of a word's name, whether it holds the same is looked up at
        once, in one pass over these columns.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> calls = dd.from_pandas(pd.DataFrame({"disconnection_reason": ["dial_busy"]}), npartitions=1)
    >>> classify(calls).compute()["outcome"].tolist()
    ['not_reached']
    """
    with quiet():
        own = [name for name in ("reason", *WORDS) if name in calls.columns]
        other = {name for name in own if not _are_words(calls, name, reasons)}
        meta = _opened(_classified(calls._meta, other, reasons))  # noqa: SLF001 - as above
        return calls.map_partitions(_classified, other, reasons, meta=meta)


def _opened(meta: pd.DataFrame) -> pd.DataFrame:
    """Tell dask that each partition has categories of its own where they depend on the calls."""
    names = [
        name
        for name in meta.columns
        if str(name).removeprefix("retell_") in _OPEN
        and isinstance(meta[name].dtype, pd.CategoricalDtype)
    ]
    opened: pd.DataFrame = clear_known_categories(meta, cols=names) if names else meta
    return opened


def _are_words(calls: Any, name: str, reasons: pd.DataFrame | None) -> bool:
    """Whether a column of a word's name holds that word."""
    same = calls.map_partitions(_same, name, reasons, meta=pd.Series(dtype=bool))
    return bool(same.compute().all())


def _same(part: pd.DataFrame, name: str, reasons: pd.DataFrame | None) -> Column:
    word = endings(part, vocabulary_of(reasons)).columns(name)[name]
    return pd.Series([part[name].equals(word)])


def _classified(part: pd.DataFrame, other: set[str], reasons: pd.DataFrame | None) -> pd.DataFrame:
    words = endings(part, vocabulary_of(reasons)).columns("reason", *WORDS)
    return part.assign(
        **{f"retell_{name}" if name in other else name: word for name, word in words.items()}
    )


def select(
    calls: Any,
    finding: Mapping[str, Any] | pd.Series[Any] | str | None = None,
    /,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    **filters: Any,
) -> Any:
    """The calls to which every filter applies, lazily; as `tables.select` of pandas.

    A value is refused, before anything is read, where the vocabulary or the API lacks it: a reason
    that only your calls have is compared as a column, as in
    ``calls[calls["disconnection_reason"] == "my_reason"]``. Values that no call has give no note.
    For `agent` the agents that occur are looked up at once, in one pass over their columns.

    Parameters
    ----------
    calls : dask DataFrame
    finding : Series or mapping, optional
        A row of `findings`, to select the calls behind it.
    tz : str
        Time zone of the clock, and of times that name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    **filters
        By name, as pandas' word takes them, save `trouble`.

    Raises
    ------
    ValueError
        If a filter is not known, no call can have the value, or it is `trouble`.

    Examples
    --------
    >>> import dask.dataframe as dd
    >>> frame = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> select(dd.from_pandas(frame, npartitions=2), outcome="failed").compute().index.tolist()
    [1]
    """
    filters = {**as_filters(finding), **filters}
    tz = filters.pop("tz", tz)
    if filters.get("trouble"):
        raise ValueError(
            "a trouble is found by comparing calls of all partitions, so a dask frame cannot be "
            "selected by it. Use calls.compute().retell.select(trouble=...), or select a period "
            "first."
        )
    with quiet():
        meta = calls._meta  # noqa: SLF001 - as above
        tables.select(meta, tz=tz, reasons=reasons, **filters)  # refuses what no call can have
        options = {"tz": tz, "reasons": reasons, **filters}
        agent = options.pop("agent", None) if answers("agent", calls.columns) else None
        agents = None if agent is None else distinct(calls, _NAMES)
        return calls.map_partitions(_selected, options, agent, agents, meta=meta)


def _selected(
    part: pd.DataFrame, options: Mapping[str, Any], agent: Any, agents: pd.DataFrame | None
) -> pd.DataFrame:
    if agents is not None:  # which id bears a name can be told only of all calls together
        parts = [portion(rows, _NAMES) for rows in (agents, part[agents.columns])]
        rows = joined(parts, agents)
        places = tables.select(rows, agent=agent).index.to_numpy() - len(agents)
        part = part.iloc[places[places >= 0]]
    selected = tables.select(part, **options)
    selected.attrs.pop("notes", None)
    return selected
