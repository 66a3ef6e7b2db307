"""Calls fetched from Retell's API into a frame."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.api.filters import milliseconds, question
from retell_nb.calls.api.windows import Span, windows
from retell_nb.calls.facts import when
from retell_nb.calls.reading.joining import joined
from retell_nb.calls.schema import check_keep, warn_of_rejected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from retell_nb.calls.api.client import Client

__all__ = ["fetch_calls", "moment", "or_new"]


def fetch_calls(
    start: str | pd.Timestamp,
    end: str | pd.Timestamp,
    *,
    client: Client | None = None,
    keep: Collection[str] = (),
    progress: bool = True,
    workers: int = 4,
    **filters: Any,
) -> pd.DataFrame:
    """Return the calls that ended in a period, from Retell's API.

    The time of the end decides, for calls that never connected may have no start. Calls that have
    not ended yet are not among them, and transcripts are in `get_call` only.

    Parameters
    ----------
    start, end : str, datetime or Timestamp
        The period: from `start` on, before `end`. What names no time zone is in UTC.
    client : Client, optional
        By default one with the key of the environment's RETELL_API_KEY.
    keep : collection of str
        Personal or heavy fields to load too, such as `metadata`.
    progress : bool
        Whether to show a bar on a terminal or in a notebook.
    workers : int
        How many windows of time are asked for at once; the result is the same with any number.
    **filters
        More conditions, by the API's names, as for `Client.list_calls`.

    Returns
    -------
    DataFrame
        As `read_calls` gives it, in order of `when`. `attrs["window"]` is the period.

    Raises
    ------
    ValueError
        If the period or a filter is not valid.
    CountError
        If other calls come than the API counts, time after time.

    Examples
    --------
    >>> import httpx
    >>> from retell_nb.calls.api.client import Client
    >>> page = {"items": [{"call_id": "call_1", "end_timestamp": 1772323200000}], "total": 1}
    >>> transport = httpx.MockTransport(lambda request: httpx.Response(200, json=page))
    >>> with Client("key", transport=transport) as client:
    ...     calls = fetch_calls("2026-03-01", "2026-03-02", client=client)
    >>> calls["end_timestamp"].dt.day.tolist()
    [1]
    """
    check_keep(keep)
    span = _period(start, end)
    _check(filters, workers)
    with or_new(client) as retell:
        fetched = windows(
            retell, [span], filters=filters, keep=keep, workers=workers, progress=progress
        )
        calls = joined([window.part for window in fetched])
    calls = calls.iloc[when(calls).argsort(kind="stable")].reset_index(drop=True)
    calls.attrs["window"] = [moment(start, "start").isoformat(), moment(end, "end").isoformat()]
    return warn_of_rejected(calls)


def moment(time: Any, name: str) -> pd.Timestamp:
    """Return a time as it is meant: in UTC where it names no zone.

    Examples
    --------
    >>> moment("2026-03-01", "start").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    try:
        return pd.Timestamp(milliseconds(time), unit="ms", tz="UTC")
    except (TypeError, ValueError):
        raise ValueError(f"{name}={time!r} is not a time; write it as 2026-03-01.") from None


@contextlib.contextmanager
def or_new(client: Client | None) -> Iterator[Client]:
    """Client that was given; else a new one, closed when done.

    Examples
    --------
    >>> from retell_nb.calls.api.client import Client
    >>> with Client("key") as given, or_new(given) as client:
    ...     client is given
    True
    """
    if client is not None:
        yield client
        return
    from retell_nb.calls.api.client import Client  # noqa: PLC0415 - httpx takes its time

    with Client() as new:
        yield new


def _period(start: Any, end: Any) -> Span:
    first, after = (
        milliseconds(moment(time, name)) for time, name in ((start, "start"), (end, "end"))
    )
    if after <= first:
        raise ValueError(f"the period ends at {end}, not after its start at {start}.")
    return Span(int(first), int(after) - 1)


def _check(filters: dict[str, Any], workers: int) -> None:
    if "end_timestamp" in filters:
        raise ValueError("end_timestamp is what start and end ask for; leave it out.")
    if workers < 1:
        raise ValueError(f"workers={workers}: it takes at least 1.")
    question(filters)  # an unknown one is an error before anything is asked
