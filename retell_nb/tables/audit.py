"""What in the records of calls cannot be right, or is new."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.engine.intervals import ratio
from retell_nb.grouping import vocabulary_of
from retell_nb.selection.checks import CHECKS, Check
from retell_nb.selection.records import Records
from retell_nb.selection.troubles import in_utc

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.aliases import Mask


__all__ = ["audit", "audited"]

_COLUMNS = ("trouble", "calls", "share", "example", "meaning")


def audit(
    calls: pd.DataFrame,
    *,
    reasons: pd.DataFrame | None = None,
    now: str | pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Kinds of trouble that occur in the records, in the order of the checks.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    now : str or Timestamp, optional
        After what a time lies in the future; in UTC if not said, the present by default.

    Returns
    -------
    DataFrame
        `trouble`; `calls` that have it and their `share` of all; `example`, the first of their
        `call_id` in alphabetical order, missing where there is none; `meaning`.
        ``attrs["checked"]`` is the number of checks done, ``attrs["not_checked"]`` lists the
        troubles that could not be looked for, as the calls lack a column or it holds no value.

    Examples
    --------
    >>> calls = pd.DataFrame({"call_id": ["c1", "c2"], "disconnection_reason": ["new", None]})
    >>> calls["call_status"] = "ended"
    >>> audit(calls)[["trouble", "calls", "share", "example"]]
                    trouble  calls  share example
    0        unknown reason      1    0.5      c1
    1  ended without reason      1    0.5      c2
    """
    return audited(calls, partial(_first_id, calls), reasons=reasons, now=now)


def audited(
    calls: pd.DataFrame,
    first_id: Callable[[Mask], str | None],
    *,
    reasons: pd.DataFrame | None,
    now: str | pd.Timestamp | None,
) -> pd.DataFrame:
    """Return the audit of calls, of which `first_id` gives an example of some.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["new"]})
    >>> audited(calls, lambda mask: f"one of {mask.sum()}", reasons=None, now=None)["example"][0]
    'one of 1'
    """
    records = Records(calls, vocabulary_of(reasons), in_utc(now))
    checks = [check for check in CHECKS if not check.lacks(calls)]
    rows = [_row(check, records, first_id) for check in checks]
    table = pd.DataFrame([row for row in rows if row["calls"]], columns=[*_COLUMNS])
    table = table.astype({"calls": "int64", "share": "float64"})
    table.attrs["checked"] = len(checks)
    table.attrs["not_checked"] = [check.trouble for check in CHECKS if check not in checks]
    return table


def _row(
    check: Check, records: Records, first_id: Callable[[Mask], str | None]
) -> dict[str, object]:
    mask = check.finds(records)
    number = int(mask.sum())
    return {
        "trouble": check.trouble,
        "calls": number,
        "share": float(ratio(number, len(records.calls))),
        "example": first_id(mask) if number else None,
        "meaning": check.meaning,
    }


def _first_id(calls: pd.DataFrame, mask: Mask) -> str | None:
    """Return the first id in alphabetical order, so that the order of the calls is no matter."""
    if "call_id" not in calls.columns:
        return None
    return min(calls["call_id"][mask].dropna().astype(str), default=None)
