"""The calls that have a trouble of the audit."""

from __future__ import annotations

import pandas as pd

from retell_nb.grouping import vocabulary_of
from retell_nb.selection.checks import CHECKS
from retell_nb.selection.records import Records

__all__ = ["in_utc", "troubled"]


def troubled(
    calls: pd.DataFrame,
    trouble: str,
    *,
    reasons: pd.DataFrame | None = None,
    now: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Calls that have a trouble of the audit.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    trouble : str
        As `audit` names it.
    reasons, now
        As for `audit`.

    Returns
    -------
    DataFrame
        The rows of the calls, in their order.

    Raises
    ------
    ValueError
        If there is no such trouble, or the calls lack what it takes to look for it.

    Examples
    --------
    >>> calls = pd.DataFrame({"call_id": ["c1", "c2"], "disconnection_reason": ["new", None]})
    >>> troubled(calls, "unknown reason")["call_id"].tolist()
    ['c1']
    """
    checks = {check.trouble: check for check in CHECKS}
    if trouble not in checks:
        raise ValueError(f"no trouble is called {trouble!r}. Allowed: {', '.join(checks)}.")
    lacking = checks[trouble].lacks(calls)
    if lacking:
        raise ValueError(
            f"to look for {trouble!r} takes {', '.join(lacking)}, which the calls lack or which "
            "holds no value. Load the calls from a source that tells it."
        )
    return calls[checks[trouble].finds(Records(calls, vocabulary_of(reasons), in_utc(now)))]


def in_utc(now: str | pd.Timestamp | None) -> pd.Timestamp:
    """Time as UTC, the present by default.

    Examples
    --------
    >>> in_utc("2026-03-01").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    told = pd.Timestamp.now("UTC") if now is None else pd.Timestamp(now)
    return told if told.tzinfo else told.tz_localize("UTC")
