"""The user's own names for columns: how they are given, and what is said where they are needed."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from retell_nb.calls.labels import ASIDE, READERS, SECRETS, UNITS
from retell_nb.calls.schema import SCHEMA

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["KNOWN", "Names", "column_names", "how_to_map", "name_and_unit", "no_reason"]

Names: TypeAlias = "Mapping[Any, str | tuple[str, str]]"
"""The user's own column names to those of the API, with a unit where they need one."""

KNOWN = frozenset((*SCHEMA, *ASIDE, *SECRETS))
"""The names that need no look."""


def column_names(columns: str | Names | None) -> Names | None:
    """Return a mapping of column names, which on a command line is JSON text.

    Raises
    ------
    ValueError
        If it is no mapping, or JSON text of one; or gives what is no column, or no unit of it.

    Examples
    --------
    >>> column_names('{"My Reason": "disconnection_reason"}')
    {'My Reason': 'disconnection_reason'}
    """
    names: Any = columns
    if isinstance(columns, str):
        try:
            names = json.loads(columns)
        except (ValueError, RecursionError):
            names = None
        if not isinstance(names, dict):
            raise ValueError(
                f"columns={columns!r} is no JSON object; write it as "
                '\'{"My Reason": "disconnection_reason", "Secs": ["duration_ms", "s"]}\'.'
            )
    if names is None:
        return None
    if not isinstance(names, Mapping):
        raise ValueError(
            f"columns={columns!r:.80} is no mapping; write it as "
            '{"My Reason": "disconnection_reason", "Secs": ("duration_ms", "s")}.'
        )
    for label, to in names.items():
        _check(label, to)
    return names


def name_and_unit(to: Any) -> tuple[Any, Any]:
    """Return what a column is, and the unit of its bare numbers where one is named.

    Examples
    --------
    >>> name_and_unit(("duration_ms", "s")), name_and_unit("call_id")
    (('duration_ms', 's'), ('call_id', None))
    """
    return (to[0], to[1]) if isinstance(to, (tuple, list)) and len(to) == 2 else (to, None)


def _check(label: object, to: object) -> None:
    """Raise a ValueError where a column is given what is no name of the API, or no unit of it."""
    name, unit = name_and_unit(to)
    if not isinstance(name, str) or name not in KNOWN:
        near = difflib.get_close_matches(name if isinstance(name, str) else "", KNOWN, 1, 0.4)
        raise ValueError(
            f"columns= gives {label!r} as {name!r}, which is no column of a call"
            f"{f'; did you mean {near[0]!r}?' if near else '.'} "
            f"The columns are {', '.join(SCHEMA)}."
        )
    units = UNITS.get(READERS.get(name, SCHEMA.get(name, "")), {})
    if unit is not None and not (isinstance(unit, str) and unit in units):
        allowed = f"allowed are {', '.join(units)}" if units else "it takes no unit"
        raise ValueError(f"columns= gives {label!r} as {name} in {unit!r}; {allowed}.")


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
    >>> import pandas as pd
    >>> no_reason(pd.DataFrame(columns=["Disconnected because"]))[:46]
    'no column holds the disconnection reason. The '
    """
    labels = [str(label) for label in df.columns]
    near = difflib.get_close_matches("disconnection_reason", labels, n=3, cutoff=0.4)
    return (
        f"no column holds the disconnection reason. The columns are {labels}"
        f"{f'; nearest in name: {near}' if near else ''}. {how_to_map('disconnection_reason')}"
    )
