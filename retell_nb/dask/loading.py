"""What `load_calls`, and a report on its calls, do with a dask frame."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import pandas as pd
from dask.dataframe.utils import clear_known_categories

from retell_nb.calls.facts import TIMES
from retell_nb.calls.masking import shareable
from retell_nb.calls.sample.world import sample_calls
from retell_nb.dask.arguments import Arguments
from retell_nb.dask.columns import READS
from retell_nb.dask.gathering import quiet
from retell_nb.dask.scanning import scan
from retell_nb.selection.loading import between, told
from retell_nb.tables.callees.dialing import Dialing, dialing

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["read"]

_PARTS = 4  # of the made-up calls
_TELLING = (
    "direction",
    "disconnection_reason",
)  # which numbers are one's own; which words are safe


def read(source: str, *, engine: str = "dask", tz: str = "UTC", **options: Any) -> Any:
    """Return all calls of a source as a dask frame.

    Parameters
    ----------
    source : str
        `sample`, or what `scan_calls` takes.
    engine : str
        `dask`, or the address of a scheduler, whose workers do the work from here on.
    tz : str
        Time zone of the times that name none.
    **options
        As `sample_calls` or `scan_calls` takes them.

    Returns
    -------
    dask DataFrame

    Raises
    ------
    ValueError
        If there is no such engine, or the source is the API.
    OSError
        If no scheduler answers.

    Examples
    --------
    >>> len(read("sample", n=1_000))
    1000
    """
    if "://" in engine:
        from distributed import Client  # noqa: PLC0415 - only with a cluster

        Client(engine, set_as_default=True)  # type: ignore[no-untyped-call]
    elif engine != "dask":
        raise ValueError(
            f"engine={engine!r} is neither 'pandas' nor 'dask', nor the address of a dask "
            "scheduler, such as 'tcp://scheduler:8786'."
        )
    if source == "api":
        raise ValueError(
            "dask reads files, and source='api' is none. Bring the calls into a store with "
            "retell-nb sync FOLDER, and read that one."
        )
    with quiet():
        if source == "sample":
            return dd.from_pandas(sample_calls(**options), npartitions=_PARTS)
        return scan(source, tz=tz, **options)


@between.register(dd.DataFrame)
def _between(calls: Any, start: pd.Timestamp | None, end: pd.Timestamp | None) -> Any:
    """The calls of a period, lazily; how many tell no time is counted at once."""
    attrs = between(calls._meta, start, end).attrs  # noqa: SLF001 - for those who extend dask
    with quiet():
        undated = int(calls.retell.when.isna().sum().compute())
        meta = calls._meta.copy()  # noqa: SLF001 - as above
        meta.attrs = {**told(calls), **attrs, "undated": undated}
        needed = [name for name in TIMES if name in meta.columns]
        return calls.map_partitions(between, start, end, meta=meta, required_columns=needed)


@shareable.register(dd.DataFrame)
def _shareable(
    calls: Any,
    *,
    hide: bool | str = True,
    show: Collection[str] = (),
    key: str | bytes | None = None,
) -> Any:
    """The calls as a page may show them, lazily; pseudonyms are the same in all partitions."""
    key = key or os.environ.get("RETELL_NB_MASK_KEY") or secrets.token_bytes(32)
    how: dict[str, Any] = {"hide": hide, "show": [*show], "key": key}
    meta = shareable(calls._meta, **how)  # noqa: SLF001 - as above
    categories = meta.select_dtypes("category").columns
    attrs = meta.attrs
    meta = clear_known_categories(meta, cols=[*categories]) if len(categories) else meta
    meta.attrs = attrs
    needed = [name for name in _TELLING if name in meta.columns]
    with quiet():
        return calls.map_partitions(shareable, **how, meta=meta, required_columns=needed)


@dialing.register(dd.DataFrame)
def _dialing(
    calls: Any, *, region: str | None = None, reasons: pd.DataFrame | None = None
) -> Dialing:
    """The tables of pandas, on the columns that `redial` reads, which are all of theirs."""
    options = {"region": region, "reasons": reasons}
    tables: Dialing = Arguments(calls, READS["redial"], (), options).into(dialing)
    return tables
