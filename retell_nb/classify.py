"""Column words: a column of disconnection reasons in, an aligned column of what they mean out.

Every word here is elementwise, so it may be run on any part of the calls: the word of two parts
put together is the two words put together. The words know reasons and, where it helps, recorded
call statuses; they know nothing else of a call.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.reasons import OUTCOMES, REASONS, STATUSES, UNPLACED

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    Codes: TypeAlias = npt.NDArray[np.signedinteger[Any]]
    Column: TypeAlias = "pd.Series[Any]"

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
    "spelled",
    "stage",
    "status",
]

_RUNNING = (STATUSES.index("registered"), STATUSES.index("ongoing"))


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
    codes, values = _coded(reasons)
    names = [spelled(value) for value in values]
    if isinstance(reasons.dtype, pd.CategoricalDtype):
        kept = pd.Index(names).dropna().unique()
        recoded = np.append(kept.get_indexer(pd.Index(names, dtype=object)), -1)
        cells: Any = pd.Categorical.from_codes(recoded[codes], categories=kept)
    else:
        cells = np.array([*names, None], dtype=object)[codes]
        if isinstance(reasons.dtype, pd.StringDtype):
            cells = pd.array(cells, dtype=reasons.dtype)
    return pd.Series(cells, index=reasons.index, name=reasons.name)


def status(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Call status of each reason, as Retell's table of disconnection reasons has it.

    Parameters
    ----------
    reasons : Series of object, str or category
    recorded : Series, optional
        The call status on record, of the same length. It counts where no reason decides.
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
    rows = _rows(reasons, recorded, vocabulary)
    codes = _positions([*vocabulary["status"], *UNPLACED["status"]], STATUSES)[rows]
    if recorded is not None:
        on_record = _on_record(recorded)
        codes = np.where((rows >= len(vocabulary)) & (on_record >= 0), on_record, codes)
    return _column(reasons, codes, pd.CategoricalDtype(list(STATUSES)), "status")


def outcome(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Outcome of each call: the first question to ask of it.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

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
    dtype = pd.CategoricalDtype(OUTCOMES.index.tolist(), ordered=True)
    return _word("outcome", reasons, recorded, vocabulary, dtype)


def category(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Category of each reason: what kind of end it was.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> category(pd.Series(["error_llm_websocket_open", "dial_busy"])).tolist()
    ['llm_server', 'unreached']
    """
    return _word("category", reasons, recorded, vocabulary)


def owner(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Owner of each reason: who can mend it, or `nobody` where there is nothing to mend.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

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
    return _word("owner", reasons, recorded, vocabulary)


def stage(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Stage that each call had reached when it ended.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of category
        `admission` (refused before dialing), `dialing`, `connected`, `in_progress` or `unknown`.

    Examples
    --------
    >>> stage(pd.Series(["concurrency_limit_reached", "dial_busy", "inactivity"])).tolist()
    ['admission', 'dialing', 'connected']
    """
    return _word("stage", reasons, recorded, vocabulary)


def retry(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Answer to "may I redial?" for each reason.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

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
    return _word("retry", reasons, recorded, vocabulary)


def meaning(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Meaning of each reason, in a sentence.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> meaning(pd.Series(["dial_busy"])).tolist()
    ['Outbound: the line was busy.']
    """
    return _word("meaning", reasons, recorded, vocabulary)


def remedy(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Remedy for each reason: what its owner should do.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of category

    Examples
    --------
    >>> remedy(pd.Series(["credit_exhausted"])).tolist()
    ['Top up the credit.']
    """
    return _word("remedy", reasons, recorded, vocabulary)


def expected(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Whether a healthy deployment ends calls this way; missing where nobody can tell.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of boolean

    Examples
    --------
    >>> expected(pd.Series(["user_hangup", "error_retell", "new_reason"])).tolist()
    [True, False, <NA>]
    """
    return _flag("expected", reasons, recorded, vocabulary)


def answered(
    reasons: Column, recorded: Column | None = None, *, vocabulary: pd.DataFrame = REASONS
) -> Column:
    """Whether somebody or something picked up; missing where nobody can tell.

    A voicemail counts as an answer, as in the answer-seizure ratio of ITU-T E.411.

    Parameters
    ----------
    reasons, recorded, vocabulary
        As for `status`.

    Returns
    -------
    Series of boolean

    Examples
    --------
    >>> answered(pd.Series(["voicemail_reached", "dial_busy", None])).tolist()
    [True, False, <NA>]
    """
    return _flag("answered", reasons, recorded, vocabulary)


def spelled(value: object) -> str | None:
    """Return a reason as the API spells it; None for a blank or missing one.

    Examples
    --------
    >>> spelled(" Dial no answer ")
    'dial_no_answer'
    """
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124 - the test for NaN
        return None
    return re.sub(r"[\s_-]+", "_", str(value).strip().lower()) or None


def _word(
    word: str,
    reasons: Column,
    recorded: Column | None,
    vocabulary: pd.DataFrame,
    dtype: pd.CategoricalDtype | None = None,
) -> Column:
    values = [*vocabulary[word], *UNPLACED[word]]
    dtype = dtype or pd.CategoricalDtype(list(dict.fromkeys(values)))
    codes = _positions(values, dtype.categories)[_rows(reasons, recorded, vocabulary)]
    return _column(reasons, codes, dtype, word)


def _flag(word: str, reasons: Column, recorded: Column | None, vocabulary: pd.DataFrame) -> Column:
    flags = pd.array([*vocabulary[word], *UNPLACED[word]], dtype="boolean")
    cells = flags.take(_rows(reasons, recorded, vocabulary))
    return pd.Series(cells, index=reasons.index, name=word)


def _column(reasons: Column, codes: Codes, dtype: pd.CategoricalDtype, name: str) -> Column:
    cells = pd.Categorical.from_codes(codes, dtype=dtype)
    return pd.Series(cells, index=reasons.index, name=name)


def _rows(reasons: Column, recorded: Column | None, vocabulary: pd.DataFrame) -> Codes:
    """Row of each reason in the vocabulary followed by `UNPLACED`."""
    codes, values = _coded(reasons)
    names = [spelled(value) for value in values]
    unknown, missing, in_progress = (np.int16(len(vocabulary) + place) for place in range(3))
    known = _positions(names, vocabulary.index)
    rows = [
        missing if name is None else unknown if row < 0 else row
        for name, row in zip(names, known, strict=True)
    ]
    placed = np.array([*rows, missing], dtype=np.int16)[codes]
    if recorded is None:
        return placed
    running = np.isin(_on_record(recorded), _RUNNING)
    return np.where((placed == missing) & running, in_progress, placed)


def _on_record(recorded: Column) -> Codes:
    """Position in `STATUSES` of each recorded status; -1 for none, and for one nobody knows."""
    codes, values = _coded(recorded)
    known = _positions([spelled(value) for value in values], STATUSES[:-1])
    return np.append(known, np.int16(-1))[codes]


def _positions(values: Iterable[str | None], among: Iterable[str]) -> Codes:
    """Position of each value, small enough for many calls; -1 where it is not among them."""
    return pd.Index(list(among)).get_indexer(pd.Index(list(values))).astype(np.int16)


def _coded(reasons: Column) -> tuple[Codes, list[object]]:
    """Codes and the distinct values they stand for; a missing value has the code -1."""
    if isinstance(reasons.dtype, pd.CategoricalDtype):
        return np.asarray(reasons.cat.codes), reasons.cat.categories.tolist()
    codes, values = pd.factorize(reasons)
    return codes, list(values)
