"""What a call is: one function for each fact, aligned to the calls, with what it falls back to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.calls.schema import require
from retell_nb.vocabulary.lookup import endings_of
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    import pandas as pd

    from retell_nb.vocabulary.lookup import Endings

__all__ = ["endings"]


def endings(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Endings:
    """How each call ended: its reason, its recorded status, and whether a voicemail took it.

    Without `call_status`, a call that has no reason is one that nobody knows the ending of, never
    one in progress. Without `in_voicemail`, a hang-up is one of a person.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`; `call_status` and `in_voicemail` where there are any.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["user_hangup"], "in_voicemail": [True]})
    >>> endings(calls).columns("status", "outcome")["outcome"].tolist()
    ['machine']
    """
    require(calls, "disconnection_reason")
    others = (calls.get(name) for name in ("call_status", "in_voicemail"))
    return endings_of(calls["disconnection_reason"], *others, vocabulary=vocabulary)
