"""Calls with what the vocabulary says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.calls.facts import endings
from retell_nb.grouping import vocabulary_of
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["classify"]


def classify(calls: pd.DataFrame, *, reasons: pd.DataFrame | None = None) -> pd.DataFrame:
    """The calls with every column word as a column; nothing else changes.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A copy with the columns `reason`, `status`, `expected`, `outcome`, `category`, `owner`,
        `stage`, `answered`, `retry`, `meaning`, `remedy` behind the others. Where the calls have a
        column of such a name with other values, it stays, and the word is `retell_<word>`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "call_status": ["error"]})
    >>> classify(calls).iloc[0][["status", "outcome", "retry"]].tolist()
    ['not_connected', 'not_reached', 'later']
    """
    words = endings(calls, vocabulary_of(reasons)).columns("reason", *WORDS)
    columns = {
        f"retell_{name}"
        if name in calls.columns and not calls[name].equals(column)
        else name: column
        for name, column in words.items()
    }
    return calls.assign(**columns)
