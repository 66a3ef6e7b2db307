"""Filters as plain data that JSON can hold: the same in `select`, a finding and a notebook."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from retell_nb.vocabulary.lookup import spelled

__all__ = ["TEXTS", "as_filters", "moment", "plain"]

TEXTS = ("start", "end", "search", "trouble")
"""The filters that are a text; all others are lists of values and ranges."""


def as_filters(given: str | Mapping[str, Any] | pd.Series[Any] | None) -> dict[str, Any]:
    """Return filters as a mapping, from a finding or from the JSON text that a notebook holds.

    Parameters
    ----------
    given : str, mapping or Series, optional
        A row of `findings`, filters, or either as JSON text. None and an empty text select all.

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> as_filters('{"outcome": ["failed"]}'), as_filters(None)
    ({'outcome': ['failed']}, {})
    """
    if given is None or (isinstance(given, str) and not given.strip()):
        return {}
    filters: Any = given
    if isinstance(given, str):
        try:
            filters = json.loads(given)
        except json.JSONDecodeError as error:
            raise ValueError(_not_filters(given)) from error
    if isinstance(filters, (Mapping, pd.Series)) and "filters" in filters:
        return as_filters(filters["filters"])
    if not isinstance(filters, Mapping):
        raise ValueError(_not_filters(filters))
    return dict(filters)


def _not_filters(value: Any) -> str:
    is_frame = isinstance(value, pd.DataFrame)
    text = f"a frame of {len(value)} rows" if is_frame else repr(value)
    return (
        f"{text} holds no filters. Give one row of calls.retell.findings(), such as "
        'findings.iloc[0], or a mapping (as JSON text: {"outcome": ["failed"], '
        '"start": "2026-03-02"}).'
    )


def plain(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Return filters as plain values that JSON can hold, without those that select all.

    Examples
    --------
    >>> plain({"outcome": "failed", "agent_version": np.array([8]), "search": "", "owner": []})
    {'outcome': ['failed'], 'agent_version': [8]}
    """
    cleaned = {name: _plain(name, value) for name, value in filters.items()}
    return {name: value for name, value in cleaned.items() if value not in (None, "", [])}


def _plain(name: str, value: Any) -> Any:
    """One filter as a text, or as a list of plain values."""
    if value is None:
        return None
    if name in TEXTS:
        return str(_cell(value)).strip()
    single = isinstance(value, (str, Mapping)) or not hasattr(value, "__iter__")
    cells = [_cell(one) for one in ([value] if single else value)]
    return [spelled(one) for one in cells] if name == "reason" else cells


def _cell(value: Any) -> Any:
    """One value, or the ends of a range, as JSON can hold it."""
    if isinstance(value, Mapping):
        return {name: _cell(end) for name, end in value.items()}
    if pd.isna(value):
        return None
    if isinstance(value, pd.Timedelta):
        return f"{value.total_seconds()}s"
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if isinstance(value, np.generic) else value


def moment(value: Any, tz: str, name: str | None = None) -> pd.Timestamp:
    """Return the time that a text names, in a time zone where it names none.

    Examples
    --------
    >>> moment("2026-03-01", "Europe/Berlin").isoformat()
    '2026-03-01T00:00:00+01:00'
    """
    try:  # in this form alone: 01/03/2026 is another day in another country
        time: Any = pd.to_datetime(str(value), format="ISO8601")
    except ValueError:
        time = pd.NaT
    if pd.isna(time):
        argument = f"{name}={value!r}" if name else repr(value)
        raise ValueError(
            f"{argument} is not a time; write it as 2026-03-01 or 2026-03-01T14:00."
        ) from None
    dated: pd.Timestamp = time if time.tzinfo else time.tz_localize(tz)
    return dated
