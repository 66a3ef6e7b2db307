"""The user's own names for columns: how they are given, and what is said where they are needed."""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Names", "column_names", "how_to_map", "no_reason"]

Names: TypeAlias = "Mapping[Any, str | tuple[str, str]]"
"""The user's own column names to those of the API, with a unit where they need one."""


def column_names(columns: str | Names | None) -> Names | None:
    """Return a mapping of column names, which on a command line is JSON text.

    Raises
    ------
    ValueError
        If a text is no JSON object.

    Examples
    --------
    >>> column_names('{"My Reason": "disconnection_reason"}')
    {'My Reason': 'disconnection_reason'}
    """
    if not isinstance(columns, str):
        return columns
    try:
        names = json.loads(columns)
    except ValueError:
        names = None
    if not isinstance(names, dict):
        raise ValueError(
            f"columns={columns!r} is no JSON object; write it as "
            '\'{"My Reason": "disconnection_reason", "Secs": ["duration_ms", "s"]}\'.'
        )
    return names


def how_to_map(name: str) -> str:
    """Return how to say which column is the one of the API, wherever a message is read.

    Examples
    --------
    >>> how_to_map("call_id")[:47]
    "Say which one it is with columns={'its name': '"
    """
    return (
        f"Say which one it is with columns={{'its name': '{name}'}}; on a command line it is "
        f'-p columns \'{{"its name": "{name}"}}\' for retell-nb report, and --columns for '
        "retell-nb call."
    )


def no_reason(df: pd.DataFrame) -> str:
    """Return the words for a frame in which no column holds the disconnection reason.

    Examples
    --------
    >>> no_reason(pd.DataFrame(columns=["Disconnected because"]))[:46]
    'no column holds the disconnection reason. The '
    """
    labels = [str(label) for label in df.columns]
    near = difflib.get_close_matches("disconnection_reason", labels, n=3, cutoff=0.4)
    return (
        f"no column holds the disconnection reason. The columns are {labels}"
        f"{f'; nearest in name: {near}' if near else ''}. {how_to_map('disconnection_reason')}"
    )
