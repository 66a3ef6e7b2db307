"""How many calls may be in flight at once: a number, or what the API tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import pandas as pd

__all__ = ["BUSY", "Limit", "as_limit"]

BUSY = 0.8
"""Share of the limit above which it is time to act."""

Limit: TypeAlias = "int | Mapping[str, Any] | pd.DataFrame"

_SAYS = "concurrency_limit"


def as_limit(limit: Limit) -> int:
    """Return a limit as a number.

    Parameters
    ----------
    limit : int, dict or DataFrame
        The number; or what `Client.get_concurrency` returned, with `concurrency_limit`, as it is or
        as a frame of one row.

    Raises
    ------
    ValueError
        If it is no whole number from 1 on.

    Examples
    --------
    >>> as_limit(20), as_limit({"current_concurrency": 3, "concurrency_limit": 40})
    (20, 40)
    """
    number: Any = limit
    if isinstance(limit, pd.DataFrame):
        number = limit[_SAYS].iloc[0] if _SAYS in limit.columns and len(limit) == 1 else None
    elif isinstance(limit, Mapping):
        number = limit.get(_SAYS)
    whole = pd.api.types.is_integer(number) or (
        pd.api.types.is_float(number) and number == number // 1
    )
    if not whole or number < 1:
        raise ValueError(
            f"limit is {limit!r}; give a whole number of calls from 1 on, or what "
            f"Client.get_concurrency() returned, with {_SAYS}."
        )
    return int(number)
