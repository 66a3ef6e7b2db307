"""One word for wherever calls come from: what notebooks call."""

from __future__ import annotations

from functools import singledispatch
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.api.fetch import fetch_calls
from retell_nb.calls.facts import when
from retell_nb.calls.masking import shareable
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.sample.world import sample_calls
from retell_nb.selection.filters import as_filters, moment

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from retell_nb.calls.reading.mapping import Names

__all__ = ["between", "load_calls", "told"]

_LONGEST = pd.Timedelta("3h")
"""No call lasts longer: two hours at most, and the ringing."""


def load_calls(  # noqa: PLR0913 - one word for all sources
    source: str = "sample",
    start: str | pd.Timestamp | None = None,
    end: str | pd.Timestamp | None = None,
    *,
    tz: str = "UTC",
    columns: str | Names | None = None,
    mask: bool | str = False,
    show: Collection[str] = (),
    filters: str | Mapping[str, Any] | None = None,
    engine: str = "pandas",
    **selection: Any,
) -> pd.DataFrame:
    """Return the calls of a source in a period, those to which every filter applies.

    Parameters
    ----------
    source : str
        `sample` for made-up calls, `api` for Retell's API with the key of the environment's
        RETELL_API_KEY, or what `read_calls` takes: a file, a folder, a store or a glob.
    start, end : str or Timestamp, optional
        The period by the time of each call: from `start` on, before `end`. The API needs a
        `start`.
    tz : str
        Time zone of `start` and `end`, and of times in the source, that name none.
    columns : mapping, optional
        For files: names in them to those of the API, as `read_calls` takes them, or JSON text.
    mask : bool or str
        True hides personal data as `calls.retell.mask(own_numbers=True)` does: your own numbers,
        which have to be acted on, stay readable. ``"all"`` hides these too.
    show : collection of str
        With `mask`: columns beside the schema's that may be shown.
    filters : mapping or str, optional
        As `calls.retell.select` takes them, or as JSON text.
    engine : str
        ``"pandas"``; ``"dask"`` for calls that do not fit into memory, which then are a dask frame,
        as `scan_calls` makes it; or the address of a dask scheduler, such as
        ``"tcp://scheduler:8786"``, whose workers are to read and count.
    **selection
        More filters by name; and what `sample_calls`, `fetch_calls` or `read_calls`, whichever
        reads the source, takes by its own name.

    Returns
    -------
    DataFrame
        `attrs["window"]` is the period where it is known; with `start` or `end`,
        `attrs["undated"]` counts the calls that tell no time and were left out. `told` finds them
        for a dask frame, too.

    Raises
    ------
    ValueError
        If `start` or `end` is no time, `end` is not after `start`, a filter is not valid, or there
        is no such engine.

    Examples
    --------
    >>> calls = load_calls("sample", start="2026-03-09", end="2026-03-10", n=2_000)
    >>> calls.retell.when.dt.day.unique().tolist()
    [9]
    >>> load_calls("sample", outcome="failed").retell.outcome.unique().tolist()
    ['failed']
    """
    first = None if start is None else moment(start, tz, "start")
    after = None if end is None else moment(end, tz, "end")
    parameters = signature(_READERS.get(source, read_calls)).parameters
    options = {name: selection.pop(name) for name in parameters if name in selection}
    if columns:
        if source in ("sample", "api"):
            raise ValueError(
                f"columns= names the columns of a file; the source is {source!r}, whose columns "
                "are known."
            )
        options["columns"] = columns
    calls: Any
    if engine == "pandas":
        calls = _read(source, first, after, tz, options)
    else:  # by its name, as dask need not be installed, and its room knows this one
        read = import_module("retell_nb.dask.loading").read
        calls = read(source, engine=engine, tz=tz, **options)
    if first is not None or after is not None:
        calls = between(calls, first, after)
    by = {"tz": tz, **as_filters(filters), **selection}
    calls = calls.retell.select(**by) if len(by) > 1 else calls
    page: pd.DataFrame = shareable(calls, hide=mask, show=show)
    return page


_READERS: Mapping[str, Callable[..., pd.DataFrame]] = {"sample": sample_calls, "api": fetch_calls}


def _read(
    source: str,
    start: pd.Timestamp | None,
    end: pd.Timestamp | None,
    tz: str,
    options: dict[str, Any],
) -> pd.DataFrame:
    if source == "sample":
        return sample_calls(**options)
    if source == "api":
        return _fetched(start, end or pd.Timestamp.now("UTC"), options)
    return read_calls(source, tz=tz, **options)


def _fetched(
    start: pd.Timestamp | None, end: pd.Timestamp, options: dict[str, Any]
) -> pd.DataFrame:
    """The calls of a period from the API, which knows them by their end."""
    if start is None:
        raise ValueError("source='api' needs a start, such as start='2026-03-01'.")
    calls = fetch_calls(start, end + _LONGEST, **options)
    calls.attrs["window"] = [start.isoformat(), end.isoformat()]
    return calls


@singledispatch
def between(calls: Any, start: pd.Timestamp | None, end: pd.Timestamp | None) -> pd.DataFrame:
    """Return the calls from a time on, and before another; those without a time are counted.

    Examples
    --------
    >>> calls = between(sample_calls(2_000), pd.Timestamp("2026-03-28", tz="UTC"), None)
    >>> when(calls).min().day, calls.attrs["undated"]
    (28, 0)
    """
    if start is not None and end is not None and end <= start:
        raise ValueError(f"the period ends at {end}, not after its start at {start}.")
    times = when(calls)
    dated = times.notna()
    within = dated.copy()
    if start is not None:
        within &= times >= start
    if end is not None:
        within &= times < end
    period: pd.DataFrame = calls[within].reset_index(drop=True)
    period.attrs["undated"] = int((~dated).sum())
    period.attrs["window"] = _window(start, end, calls.attrs.get("window"))
    return period


def told(calls: Any) -> dict[Any, Any]:
    """Return what a reader told of its calls, in a frame of pandas or of dask.

    Examples
    --------
    >>> told(load_calls("sample", start="2026-03-09", n=2_000))["undated"]
    0
    """
    attrs: dict[Any, Any] = getattr(calls, "_meta", calls).attrs
    return attrs


def _window(
    start: pd.Timestamp | None, end: pd.Timestamp | None, window: list[str] | None
) -> list[str] | None:
    """The period asked for, as far as it is known, and no longer than that of the source."""
    starts = [time for time in (start, pd.Timestamp(window[0]) if window else None) if time]
    ends = [time for time in (end, pd.Timestamp(window[1]) if window else None) if time]
    if not starts or not ends:
        return None
    return [max(starts).isoformat(), min(ends).isoformat()]
