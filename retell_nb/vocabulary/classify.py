"""Column words: a column of disconnection reasons in, an aligned column of what they mean out.

Every word here is elementwise, so it may be run on any part of the calls: the word of two parts
put together is the two words put together. The words know reasons and, where they are there, what
else tells of a call's ending: its recorded status, and whether a voicemail took it. A bare column
of reasons cannot tell a hang-up of a voicemail from one of a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from retell_nb.vocabulary.lookup import endings_of
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column


__all__ = [
    "answered",
    "category",
    "expected",
    "meaning",
    "outcome",
    "owner",
    "reason",
    "remedy",
    "retry",
    "stage",
    "status",
]


def reason(reasons: Column) -> Column:
    """Name of each reason as the API spells it.

    Letter case, blanks, hyphens and surrounding space do not matter, so the dashboard's labels
    are understood. A reason that nobody knows is spelled the same way and kept; a blank is missing.

    Parameters
    ----------
    reasons : Series of object, str or category

    Returns
    -------
    Series
        Of the same index, name and kind (text or category) as the input.

    Examples
    --------
    >>> reason(pd.Series(["Dial no answer", "USER_HANGUP"])).tolist()
    ['dial_no_answer', 'user_hangup']
    """
    names = endings_of(reasons).columns("reason")["reason"]
    names.name = reasons.name
    return names


def status(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Call status of each reason, as Retell's table of disconnection reasons has it.

    Parameters
    ----------
    reasons : Series of object, str or category
    recorded : Series, optional
        The call status on record, of the same length. It counts where no reason decides.
    in_voicemail : Series, optional
        Whether a voicemail took the call. A hang-up then has outcome, category, retry and remedy of
        `voicemail_reached`; its status stays.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Returns
    -------
    Series of category
        `ended`, `not_connected`, `error`, `registered`, `ongoing` or `unknown`.

    Examples
    --------
    >>> status(pd.Series(["dial_busy", None]), pd.Series(["ended", "ongoing"])).tolist()
    ['not_connected', 'ongoing']
    """
    return _word("status", reasons, recorded, in_voicemail, vocabulary)


def outcome(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Outcome of each call: the first question to ask of it.

    The parameters are those of `status`.

    Returns
    -------
    Series of ordered category
        One of the rows of `retell_nb.OUTCOMES`: `completed`, `machine`, `timed_out`,
        `not_reached`, `failed`, `in_progress`, `unknown`.

    Examples
    --------
    >>> outcome(pd.Series(["user_hangup", "dial_failed", "new_reason", None])).tolist()
    ['completed', 'failed', 'unknown', 'unknown']
    """
    return _word("outcome", reasons, recorded, in_voicemail, vocabulary)


def category(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Category of each reason: what kind of end it was.

    The parameters are those of `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> category(pd.Series(["error_llm_websocket_open", "dial_busy"])).tolist()
    ['llm_server', 'unreached']
    """
    return _word("category", reasons, recorded, in_voicemail, vocabulary)


def owner(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Owner of each reason: who can fix it, or `nobody` where there is nothing to fix.

    The parameters are those of `status`.

    Returns
    -------
    Series of category
        `nobody`, `agent`, `account`, `number`, `dial_list`, `trunk`, `provider`, `backend`,
        `client`, `retell`, or `unknown`.

    Examples
    --------
    >>> owner(pd.Series(["error_llm_websocket_open", "dial_failed"])).tolist()
    ['backend', 'number']
    """
    return _word("owner", reasons, recorded, in_voicemail, vocabulary)


def stage(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Stage that each call had reached when it ended.

    The parameters are those of `status`.

    Returns
    -------
    Series of category
        `admission` (refused before dialing), `dialing`, `connected`, `in_progress` or `unknown`.

    Examples
    --------
    >>> stage(pd.Series(["concurrency_limit_reached", "dial_busy", "inactivity"])).tolist()
    ['admission', 'dialing', 'connected']
    """
    return _word("stage", reasons, recorded, in_voicemail, vocabulary)


def retry(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Answer to "may I redial?" for each reason.

    The parameters are those of `status`.

    Returns
    -------
    Series of category
        `never`, `scheduled`, `after_fix`, `later`, `once`, `backoff`, `other_number`, `not_yet`
        (the call still runs) or `unknown`.

    Examples
    --------
    >>> retry(pd.Series(["dial_busy", "invalid_destination"])).tolist()
    ['later', 'never']
    """
    return _word("retry", reasons, recorded, in_voicemail, vocabulary)


def meaning(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Meaning of each reason, in a sentence.

    The parameters are those of `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> meaning(pd.Series(["dial_busy"])).tolist()
    ['Outbound: the line was busy.']
    """
    return _word("meaning", reasons, recorded, in_voicemail, vocabulary)


def remedy(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Remedy for each reason: what its owner should do.

    The parameters are those of `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> remedy(pd.Series(["credit_exhausted"])).tolist()
    ['Top up the credit.']
    """
    return _word("remedy", reasons, recorded, in_voicemail, vocabulary)


def expected(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Whether a healthy deployment ends calls this way; missing where that is not known.

    The parameters are those of `status`.

    Returns
    -------
    Series of boolean

    Examples
    --------
    >>> expected(pd.Series(["user_hangup", "error_retell", "new_reason"])).tolist()
    [True, False, <NA>]
    """
    return _word("expected", reasons, recorded, in_voicemail, vocabulary)


def answered(
    reasons: Column,
    recorded: Column | None = None,
    in_voicemail: Column | None = None,
    *,
    vocabulary: pd.DataFrame = REASONS,
) -> Column:
    """Whether somebody or something picked up; missing where that is not known.

    A voicemail counts as an answer, as in the answer-seizure ratio of ITU-T E.411.

    The parameters are those of `status`.

    Returns
    -------
    Series of boolean

    Examples
    --------
    >>> answered(pd.Series(["voicemail_reached", "dial_busy", None])).tolist()
    [True, False, <NA>]
    """
    return _word("answered", reasons, recorded, in_voicemail, vocabulary)


def _word(
    name: str,
    reasons: Column,
    recorded: Column | None,
    in_voicemail: Column | None,
    vocabulary: pd.DataFrame,
) -> Column:
    endings = endings_of(reasons, recorded, in_voicemail, vocabulary=vocabulary)
    return endings.columns(name)[name]
