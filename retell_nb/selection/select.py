"""Calls chosen by plain values: what a finding, a notebook and the explorer mean by a selection.

Choices are a plain mapping that JSON can hold, such as ``{"outcome": ["failed"], "agent_id":
["agent_1"], "start": "2026-03-02"}``. They can be shown, passed on and written as code.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times, seconds, when
from retell_nb.calls.masking import country
from retell_nb.calls.schema import require
from retell_nb.engine.periods import local
from retell_nb.grouping import flags, vocabulary_of, word
from retell_nb.selection.troubled import troubled
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Column, Mask


__all__ = [
    "SEARCHED",
    "SPECIAL",
    "applies",
    "chosen",
    "column_of",
    "contains",
    "moment",
    "parsed",
    "plain",
]

SEARCHED = (
    "call_id",
    "agent_id",
    "agent_name",
    "from_number",
    "to_number",
    "twilio_call_sid",
    "transfer_destination",
)
"""The columns that `search` looks through."""

SPECIAL = ("start", "end", "search", "trouble", "shorter")
"""The choices that are no values of a column."""

_TEXT = SPECIAL[:4]
WORDED = ("reason", *WORDS)
"""The column words that calls are chosen by."""

_LISTED = 20
"""So many values are listed in full in a message; of more, the nearest."""

CLOCK = {"weekday": "day_of_week", "hour": "hour"}
"""The choices that the time of a call answers, with what pandas calls them."""


def chosen(
    calls: pd.DataFrame,
    /,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    **choices: Any,
) -> pd.DataFrame:
    """The calls to which every choice applies, in their order.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    tz : str
        Time zone of `start` and `end` where they name none, of `weekday` and of `hour`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    **choices
        `start` and `end`, the period by the time of each call, from `start` on and before `end`;
        `search`, a text in an id or a number, whatever its letter case; `trouble`, as `audit`
        names it; `country`, of the callee; `weekday` (0 is Monday) and `hour`, by the time of each
        call; `shorter`, the seconds that a talk lasted less than; a column word (`outcome`,
        `reason`, ...) or a column of the calls, with a value or a list of values of which each
        call must have one. None stands for a missing value in a list; alone, it and an empty list
        choose all.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        If a choice is no column and no word, a word has no such value, or a time is none.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "dial_failed", "dial_failed"],
    ...     "agent_id": ["agent_1", "agent_1", None],
    ... })
    >>> chosen(calls, outcome="failed", agent_id=["agent_1"]).index.tolist()
    [1]
    >>> chosen(calls, agent_id=[None]).index.tolist()
    [2]
    """
    asked = plain(choices)
    trouble = asked.pop("trouble", None)
    found = calls if trouble is None else troubled(calls, trouble, reasons=reasons)
    vocabulary = vocabulary_of(reasons)
    mask = np.ones(len(found), dtype=bool)
    for name, value in asked.items():
        mask &= applies(found, name, value, tz, vocabulary)
    return found[mask]


def plain(choices: Mapping[str, Any]) -> dict[str, Any]:
    """Return choices as plain values that JSON can hold, without those that choose all.

    Examples
    --------
    >>> plain({"outcome": "failed", "agent_version": np.array([8]), "search": "", "owner": []})
    {'outcome': ['failed'], 'agent_version': [8]}
    """
    told = {name: _plain(name, value) for name, value in choices.items()}
    return {name: value for name, value in told.items() if value not in (None, "", [])}


def parsed(choices: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return choices from the JSON text that a notebook or a command line holds.

    Parameters
    ----------
    choices : str or mapping, optional
        None and an empty text choose all.

    Raises
    ------
    ValueError
        If the text is no JSON object.

    Examples
    --------
    >>> parsed('{"outcome": ["failed"]}'), parsed(None)
    ({'outcome': ['failed']}, {})
    """
    if not choices:
        return {}
    try:
        told = json.loads(choices) if isinstance(choices, str) else dict(choices)
    except json.JSONDecodeError:
        told = None
    if not isinstance(told, dict):
        raise ValueError(
            f"choices={choices!r} are none; write a JSON object such as "
            '{"outcome": ["failed"], "start": "2026-03-02"}.'
        )
    return told


def _plain(name: str, value: Any) -> Any:
    """One choice as a text, or as a list of plain values."""
    if name in _TEXT:
        told = value.isoformat() if isinstance(value, pd.Timestamp) else value
        return told if told is None else str(told).strip()
    if value is None:
        return None
    values = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
    told = [None if pd.isna(one) else one for one in values]
    if name == "reason":
        return [spelled(one) for one in told]
    return [one.item() if isinstance(one, np.generic) else one for one in told]


def applies(calls: pd.DataFrame, name: str, value: Any, tz: str, vocabulary: pd.DataFrame) -> Mask:
    """Tell of each call whether one plain choice applies to it.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> applies(calls, "outcome", ["failed"], "UTC", REASONS).tolist()
    [False, True]
    """
    if name == "start":
        return flags(when(calls) >= moment(value, tz))
    if name == "end":
        return flags(when(calls) < moment(value, tz))
    if name == "search":
        return _found(calls, value)
    if name == "shorter":
        require(calls, "duration_ms")
        lasted = seconds(calls)
        return np.asarray((lasted > 0) & (lasted < min(value)), dtype=bool)
    column = column_of(calls, name, vocabulary, tz=tz)
    known = [one for one in value if one is not None]
    if name in WORDED:
        _check_values(name, known, column, vocabulary)
    missing = column.isna().to_numpy() if len(known) < len(value) else False
    return np.asarray(column.isin(known).to_numpy() | missing, dtype=bool)


def _check_values(name: str, values: list[Any], column: Column, vocabulary: pd.DataFrame) -> None:
    """Refuse values that a column word never has, neither in the vocabulary nor in the calls."""
    words = [True, False] if column.dtype == "boolean" else getattr(column, "cat", column)
    told = vocabulary.index if name == "reason" else getattr(words, "categories", words)
    wrong = [value for value in values if value not in told and not column.eq(value).any()]
    if wrong:
        near = difflib.get_close_matches(str(wrong[0]), map(str, told), n=3, cutoff=0.5)
        few = not near or len(told) <= _LISTED
        hint = f"Allowed: {[*told]}" if few else f"Nearest: {near}"
        raise ValueError(f"no {name} is called {wrong[0]!r}. {hint}.")


def column_of(
    calls: pd.DataFrame, name: str, vocabulary: pd.DataFrame, *, tz: str = "UTC"
) -> Column:
    """Return the column that a choice of some name is about.

    Parameters
    ----------
    calls : DataFrame
    name : str
        A column word, a column of the calls, `country`, `weekday` or `hour`.
    vocabulary : DataFrame
    tz : str
        Time zone of `weekday` and `hour`.

    Raises
    ------
    ValueError
        If there is none of that name; it lists those there are.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> column_of(calls, "outcome", REASONS).tolist()
    ['not_reached']
    """
    if name in WORDED:
        return word(calls, name, vocabulary)
    if name in CLOCK and has_times(calls):
        clock: Column = getattr(local(when(calls), tz).dt, CLOCK[name])
        return clock.astype("Int8").rename(name)
    if name in calls.columns:
        return calls[name]
    if name == "country" and "to_number" in calls.columns:
        return country(calls["to_number"])
    raise ValueError(
        f"cannot choose calls by {name!r}. Allowed: {', '.join(SPECIAL)}, country, weekday, hour; "
        f"the words {', '.join(WORDED)}; the columns {', '.join(map(str, calls.columns))}."
    )


def contains(texts: Column, text: str) -> Mask:
    """Tell of each text whether another one is in it, whatever its letter case.

    Examples
    --------
    >>> contains(pd.Series(["call_AB", None]), "ab").tolist()
    [True, False]
    """
    found = texts.astype("str").str.contains(text, case=False, regex=False)
    return np.asarray(found.to_numpy(dtype=bool) & texts.notna().to_numpy(), dtype=bool)


def _found(calls: pd.DataFrame, text: str) -> Mask:
    """Tell of each call whether a text is in one of its ids and numbers."""
    found = np.zeros(len(calls), dtype=bool)
    for name in calls.columns.intersection(list(SEARCHED)):
        found |= contains(calls[name], text)
    return found


def moment(value: str, tz: str) -> pd.Timestamp:
    """Return the time that a text names, in a time zone where it names none.

    Examples
    --------
    >>> moment("2026-03-01", "Europe/Berlin").isoformat()
    '2026-03-01T00:00:00+01:00'
    """
    try:
        told = pd.Timestamp(value)
    except ValueError:
        raise ValueError(
            f"{value!r} is not a time; write it as 2026-03-01 or 2026-03-01T14:00."
        ) from None
    return told if told.tzinfo else told.tz_localize(tz)
