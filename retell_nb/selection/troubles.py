"""The calls that have a trouble of the audit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.selection.checks import CHECKS
from retell_nb.selection.records import Records
from retell_nb.text import did_you_mean

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask

__all__ = ["in_utc", "trouble_in"]


def trouble_in(
    calls: pd.DataFrame,
    trouble: str,
    vocabulary: pd.DataFrame,
    now: str | pd.Timestamp | None = None,
) -> Mask:
    """Tell of each call whether it has a trouble of the audit.

    Parameters
    ----------
    calls : DataFrame
    trouble : str
        As `audit` names it.
    vocabulary : DataFrame
    now : str or Timestamp, optional
        As for `audit`.

    Raises
    ------
    ValueError
        If there is no such trouble, or the calls lack what it takes to look for it.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"call_id": ["c1", "c2"], "disconnection_reason": ["new", None]})
    >>> trouble_in(calls, "unknown reason", REASONS).tolist()
    [True, False]
    """
    checks = {check.trouble: check for check in CHECKS}
    if trouble not in checks:
        raise ValueError(
            f"no trouble is called {trouble!r}.{did_you_mean(trouble, checks)} "
            f"Allowed: {', '.join(checks)}."
        )
    lacking = checks[trouble].lacks(calls)
    if lacking:
        raise ValueError(
            f"to look for {trouble!r} takes {', '.join(lacking)}, which the calls lack or which "
            "holds no value. Load the calls from a source that tells it."
        )
    return checks[trouble].finds(Records(calls, vocabulary, in_utc(now)))


def in_utc(now: str | pd.Timestamp | None) -> pd.Timestamp:
    """Time as UTC, the present by default.

    Examples
    --------
    >>> in_utc("2026-03-01").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    time = pd.Timestamp.now("UTC") if now is None else pd.Timestamp(now)
    return time if time.tzinfo else time.tz_localize("UTC")
