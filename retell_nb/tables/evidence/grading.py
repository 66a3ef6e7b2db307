"""What speaks for how a call ended: every kind of evidence is a row of `KINDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.tables.evidence import recorded, spoken, suspected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retell_nb.tables.evidence.case import Case

__all__ = ["GRADES", "KINDS", "Kind", "evidence"]

GRADES = {
    "observed": "in the record",
    "classified": "what Retell or the vocabulary makes of it",
    "unproven": "a guess, with what would prove it",
}
"""How good evidence is, and what that means."""


class Kind(NamedTuple):
    """A kind of evidence: its name, how good it is, and how it is found.

    The function gives a sentence for each finding; for an unproven one, a pair of the sentence
    and what would prove it.
    """

    name: str
    grade: str
    finds: Callable[[Case], Iterable[str | tuple[str, str]]]


KINDS = (
    Kind("last words", "observed", spoken.last_words),
    Kind("silence at the end", "observed", spoken.silence_at_the_end),
    Kind("agent silence", "observed", spoken.agent_silence),
    Kind("user silence", "observed", spoken.user_silence),
    Kind("failed tool", "observed", spoken.failed_tools),
    Kind("slow tool", "observed", spoken.slow_tools),
    Kind("unanswered tool", "observed", spoken.unanswered_tools),
    Kind("latency", "observed", recorded.latency),
    Kind("malformed number", "observed", recorded.malformed_number),
    Kind("time limit", "observed", recorded.at_a_limit),
    Kind("status contradicts", "observed", recorded.status_contradicts),
    Kind("trouble in the record", "observed", recorded.troubles),
    Kind("unreadable field", "observed", recorded.unreadable_fields),
    Kind("no transcript", "observed", recorded.no_transcript),
    Kind("reason", "classified", recorded.reason),
    Kind("retired reason", "classified", recorded.retired_reason),
    Kind("unsure status", "classified", recorded.unsure_status),
    Kind("analysis", "classified", recorded.analysis),
    Kind("suspected stall", "unproven", suspected.stall),
    Kind("suspected stuck flow", "unproven", suspected.stuck_flow),
    Kind("suspected closed socket", "unproven", suspected.closed_socket),
    Kind("websocket", "unproven", suspected.websocket),
)
"""All kinds of evidence, in the order in which they are shown."""


def evidence(case: Case) -> pd.DataFrame:
    """Return what speaks for how a call ended.

    Returns
    -------
    DataFrame
        One row per finding: `kind`, as in `KINDS`; `grade`, as in `GRADES`; `finding`, a
        sentence; `proof`, what would prove an unproven one, else missing.

    Examples
    --------
    >>> from retell_nb.tables.evidence.case import Case
    >>> found = evidence(Case({"disconnection_reason": "invalid_destination", "to_number": "n/a?"}))
    >>> found.loc[found["kind"] == "malformed number", "finding"].tolist()
    ['The dialed number is malformed: it holds letters; it does not begin with a plus sign and ...']
    """
    rows = [
        (kind.name, kind.grade, *((found, None) if isinstance(found, str) else found))
        for kind in KINDS
        for found in kind.finds(case)
    ]
    return pd.DataFrame(rows, columns=["kind", "grade", "finding", "proof"])
