"""Findings about the records themselves: reasons that nobody knows, and what cannot be right."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.selection.checks import CHECKS
from retell_nb.selection.records import Records

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Mask


__all__ = ["IMPOSSIBLE", "NEW", "Trouble", "troubles"]

NEW = ("unknown reason", "unknown status")
"""Troubles of the audit that are new at Retell, or misspelled."""

IMPOSSIBLE = (
    "ended without reason",
    "negative duration",
    "end before start",
    "duration differs",
    "time in future",
    "time in 1970",
    "unconnected with duration",
    "success of unconnected",
)
"""Troubles of the audit that no call can have, so that the way of its record is at fault."""


class Trouble(NamedTuple):
    """A trouble of the audit, the calls that have it, and what it means."""

    name: str
    hit: Mask
    meaning: str

    @property
    def kind(self) -> str:
        """Kind of the finding.

        Examples
        --------
        >>> Trouble("unknown reason", np.array([True]), "").kind
        'unknown_reason'
        """
        return self.name.replace(" ", "_") if self.name in NEW else "impossible_record"


def troubles(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> tuple[list[Trouble], list[str]]:
    """Return the troubles that calls have, and sentences on those that were not looked for.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> found, missing = troubles(pd.DataFrame({"disconnection_reason": ["new"]}), REASONS)
    >>> [one.name for one in found], missing[0]
    (['unknown reason'], 'ended without reason: no call_status, end_timestamp recorded')
    """
    records = Records(calls, vocabulary, pd.Timestamp.now("UTC"))
    occurring, missing = [], []
    for check in CHECKS:
        if check.trouble not in (*NEW, *IMPOSSIBLE):
            continue
        lacking = check.lacks(calls)
        if lacking:
            missing.append(f"{check.trouble}: no {', '.join(lacking)} recorded")
            continue
        hit = np.asarray(check.finds(records), dtype=bool)
        if hit.any():
            occurring.append(Trouble(check.trouble, hit, check.meaning))
    return occurring, missing
