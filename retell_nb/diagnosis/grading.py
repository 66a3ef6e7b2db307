"""What speaks for how a call ended: every kind of evidence is a row of `KINDS`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from retell_nb.diagnosis import handover, record, speech, suspicions
from retell_nb.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retell_nb.diagnosis.case import Case

__all__ = ["KINDS", "Kind", "evidence"]


class Kind(NamedTuple):
    """A kind of evidence: its name, how good it is, and how it is found.

    The function gives a sentence for each finding; for an unproven one, a pair of the sentence
    and what would prove it.
    """

    name: str
    grade: str
    finds: Callable[[Case], Iterable[str | tuple[str, str]]]


KINDS = (
    Kind("last words", "observed", speech.last_words),
    Kind("silence at the end", "observed", speech.silence_at_the_end),
    Kind("agent silence", "observed", speech.agent_silence),
    Kind("user silence", "observed", speech.user_silence),
    Kind("transfer", "observed", handover.transfers),
    Kind("backup model", "observed", speech.backup_models),
    Kind("failed tool", "observed", speech.failed_tools),
    Kind("slow tool", "observed", speech.slow_tools),
    Kind("unanswered tool", "observed", speech.unanswered_tools),
    Kind("latency", "observed", record.latency),
    Kind("malformed number", "observed", record.malformed_number),
    Kind("time limit", "observed", record.at_a_limit),
    Kind("status contradicts", "observed", record.status_contradicts),
    Kind("trouble in the record", "observed", record.troubles),
    Kind("unreadable field", "observed", record.unreadable_fields),
    Kind("no transcript", "observed", record.no_transcript),
    Kind("reason", "classified", record.reason),
    Kind("retired reason", "classified", record.retired_reason),
    Kind("unsure status", "classified", record.unsure_status),
    Kind("analysis", "classified", record.analysis),
    Kind("suspected stall", "unproven", suspicions.stall),
    Kind("suspected stuck flow", "unproven", suspicions.stuck_flow),
    Kind("suspected closed socket", "unproven", suspicions.closed_socket),
    Kind("reject of the trunk", "unproven", suspicions.trunk_reject),
    Kind("voicemail taken for a menu", "unproven", suspicions.voicemail_as_menu),
    Kind("websocket", "unproven", suspicions.websocket),
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
    >>> from retell_nb.diagnosis.case import Case
    >>> found = evidence(Case({"disconnection_reason": "invalid_destination", "to_number": "n/a?"}))
    >>> found.loc[found["kind"] == "malformed number", "finding"].tolist()
    ['The dialed number is malformed: it holds letters; it does not begin with a plus sign and ...']
    """
    rows = [
        (
            kind.name,
            kind.grade,
            *((cleaned(finding), None) if isinstance(finding, str) else finding),
        )
        for kind in KINDS
        for finding in kind.finds(case)
    ]
    return pd.DataFrame(rows, columns=["kind", "grade", "finding", "proof"])
