"""What a table word is asked for: the columns to group by, and the calls to count as hits."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.schema import require
from retell_nb.engine.counts import Key, key
from retell_nb.vocabulary import classify
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, STATUSES, UNPLACED, WORDS, as_vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from retell_nb.engine.aliases import Column, Mask

    By: TypeAlias = "str | pd.Series[Any] | Callable[[pd.DataFrame], pd.Series[Any]]"

__all__ = ["Chosen", "choose", "flags", "keys", "matches", "vocabulary_of", "word"]

_SEARCHED = ("category", "owner", "status", "reason")
_RUNNING = ("in_progress", "registered", "ongoing")


class Chosen(NamedTuple):
    """The calls that a rate is made of: which count, which of them are hits, what they are."""

    name: str
    hit: Mask
    counted: Mask
    attrs: dict[str, int]


def vocabulary_of(reasons: pd.DataFrame | None) -> pd.DataFrame:
    """Return the vocabulary to classify by: the user's own, checked, or the library's.

    Examples
    --------
    >>> vocabulary_of(None) is REASONS
    True
    """
    return REASONS if reasons is None else as_vocabulary(reasons)


def word(calls: pd.DataFrame, name: str, vocabulary: pd.DataFrame) -> Column:
    """Return a column word of calls, such as their `outcome`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})
    >>> word(calls, "outcome", REASONS).tolist()
    ['not_reached', 'completed']
    """
    require(calls, "disconnection_reason")
    reasons = calls["disconnection_reason"]
    if name == "reason":
        return classify.reason(reasons).rename("reason")
    recorded = calls.get("call_status")
    said: Column = getattr(classify, name)(reasons, recorded, vocabulary=vocabulary)
    return said


def keys(
    calls: pd.DataFrame, by: Sequence[By], vocabulary: pd.DataFrame, taken: Collection[str] = ()
) -> list[Key]:
    """Return the keys to group calls by.

    Parameters
    ----------
    calls : DataFrame
    by : sequence of str or Series
        Each a column word, which goes before a column of the same name, a column of the calls,
        a Series with the index of the calls, or what gives one when called on the calls.
    vocabulary : DataFrame
    taken : collection of str
        Names that the table has for columns of its own.

    Raises
    ------
    ValueError
        If a column is not known, or two columns of the table would bear the same name.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})
    >>> [key.name for key in keys(calls, ["owner", pd.Series([8, 9], name="hour")], REASONS)]
    ['owner', 'hour']
    """
    columns = [_column(calls, item, vocabulary) for item in by]
    names = [str(column.name) for column in columns]
    twice = sorted({name for name in names if names.count(name) > 1 or name in taken})
    if twice:
        raise ValueError(
            f"the table would have several columns of the name {', '.join(twice)}. "
            "Group by each column once, and rename a Series: series.rename('another name')."
        )
    return [key(column) for column in columns]


def matches(
    calls: pd.DataFrame,
    of: By,
    vocabulary: pd.DataFrame,
    taken: Collection[str] = (),
    *,
    outcome: Column | None = None,
) -> tuple[Mask, str]:
    """Return which calls are of a kind, and what to call them.

    Parameters
    ----------
    calls : DataFrame
    of : str or Series of bool
        An outcome, else a category, an owner, a status or a reason; or a Series with the index of
        the calls, where a missing value counts as no.
    vocabulary : DataFrame
    taken : collection of str
        Names that the table has for columns of its own; the calls are then called ``hits``.
    outcome : Series of category, optional
        The outcomes of the calls, if they are at hand.

    Raises
    ------
    ValueError
        If nobody knows the value, if it means different calls as a category and as an owner, say,
        or if the Series does not fit the calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> matches(calls, "failed", REASONS)
    (array([False,  True]), 'failed')
    """
    if isinstance(of, pd.Series):
        hit, name = flags(_aligned(calls, of)), of.name or "hits"
    else:
        name = spelled(of) or ""
        said = _word_that_says(name, calls, vocabulary)
        at_hand = outcome if said == "outcome" else None
        hit = flags((word(calls, said, vocabulary) if at_hand is None else at_hand).eq(name))
    return hit, "hits" if name in taken else str(name)


def choose(
    calls: pd.DataFrame,
    of: By,
    among: By | None,
    vocabulary: pd.DataFrame,
    taken: Collection[str] = (),
) -> Chosen:
    """Return the calls that a rate is made of: hits `of`, out of the ended calls `among`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "call_status": ["error"]})
    >>> choose(calls, "failed", None, REASONS).attrs
    {'in_progress': 0, 'unknown': 0}
    """
    outcome = word(calls, "outcome", vocabulary)
    hit, name = matches(calls, of, vocabulary, taken, outcome=outcome)
    if name in _RUNNING and not isinstance(of, pd.Series):
        raise ValueError(
            f"a rate of {name!r} is none: calls in progress are never counted in a rate. "
            "Use tally('outcome') or tally('status')."
        )
    running, unknown = (outcome.eq(value).to_numpy() for value in ("in_progress", "unknown"))
    asked = np.ones(len(calls), dtype=bool)
    if among is not None:
        asked, _ = matches(calls, among, vocabulary, outcome=outcome)
    counted = asked & ~running
    attrs = {"in_progress": int((asked & running).sum()), "unknown": int((counted & unknown).sum())}
    return Chosen(name, hit, counted, attrs)


def flags(column: Column) -> Mask:
    """Return a column of booleans as an array, where a missing value is a no.

    Examples
    --------
    >>> flags(pd.Series([True, None], dtype="boolean"))
    array([ True, False])
    """
    if not pd.api.types.is_bool_dtype(column.dtype):
        raise ValueError(
            f"the Series {column.name!r} holds {column.dtype}, not booleans. "
            "Compare it with something, or use series.astype('boolean')."
        )
    said: Mask = column.to_numpy(dtype=bool, na_value=False)
    return said


def _column(calls: pd.DataFrame, by: By, vocabulary: pd.DataFrame) -> Column:
    if isinstance(by, pd.Series):
        aligned = _aligned(calls, by)
        return aligned.rename("group") if by.name is None else aligned
    if callable(by):  # such as business hours
        return _column(calls, by(calls), vocabulary)
    if isinstance(by, Hashable) and by in ("reason", *WORDS):
        return word(calls, by, vocabulary)
    if isinstance(by, Hashable) and by in calls.columns:
        return calls[by]
    raise ValueError(
        f"cannot group by {by!r}. Allowed, one by one: the columns "
        f"{', '.join(map(str, calls.columns))}; the words reason, {', '.join(WORDS)}; "
        "or a Series with the index of the calls."
    )


def _aligned(calls: pd.DataFrame, column: Column) -> Column:
    if not column.index.equals(calls.index):
        raise ValueError(
            f"the Series {column.name!r} ({len(column)} values) has another index than the calls "
            f"({len(calls)}). Make it from the same frame, or use series.reindex(calls.index)."
        )
    return column


def _word_that_says(value: str, calls: pd.DataFrame, vocabulary: pd.DataFrame) -> str:
    """Return the column word of which this is a value: the outcome goes first."""
    if value in OUTCOMES.index:
        return "outcome"
    named = vocabulary.assign(reason=vocabulary.index)
    rows = pd.concat([part[[*_SEARCHED]] for part in (named, UNPLACED.assign(reason=""))])
    said = {name: tuple(rows[name] == value) for name in _SEARCHED}
    said = {name: found for name, found in said.items() if any(found)}
    if len(set(said.values())) > 1:
        ways = " or ".join(f"calls.retell.{name} == {value!r}" for name in said)
        raise ValueError(f"{value!r} is {' and '.join(said)}, of different calls. Pass {ways}.")
    if said:
        return next(iter(said))
    if value in STATUSES:
        return "status"
    if value and word(calls, "reason", vocabulary).eq(value).any():
        return "reason"
    raise ValueError(_allowed(value, vocabulary))


def _allowed(value: str, vocabulary: pd.DataFrame) -> str:
    words = {name: vocabulary[name].unique().tolist() for name in ("category", "owner")}
    words |= {"outcome": OUTCOMES.index.tolist(), "status": [*STATUSES]}
    listed = "; ".join(f"{name} {', '.join(values)}" for name, values in words.items())
    return (
        f"{value!r} is no kind of call. Allowed: {listed}; a disconnection reason of the "
        "vocabulary or of the calls; or a Series of booleans, as calls['duration_ms'] < 6000."
    )
