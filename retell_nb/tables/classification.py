"""Calls with what the vocabulary says of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.calls.facts import endings
from retell_nb.grouping import vocabulary_of
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["classified"]


def classified(calls: pd.DataFrame, *, reasons: pd.DataFrame | None = None) -> pd.DataFrame:
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
        `stage`, `answered`, `retry`, `meaning`, `remedy` behind the others.

    Raises
    ------
    ValueError
        If the calls have another column of one of these names.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "call_status": ["error"]})
    >>> classified(calls).iloc[0][["status", "outcome", "retry"]].tolist()
    ['not_connected', 'not_reached', 'later']
    """
    words = endings(calls, vocabulary_of(reasons)).columns("reason", *WORDS)
    other = [
        name for name in words if name in calls.columns and not calls[name].equals(words[name])
    ]
    if other:
        raise ValueError(
            f"the calls have columns of the same name with other values: {', '.join(other)}. "
            "Rename or drop them first."
        )
    return calls.assign(**words)
