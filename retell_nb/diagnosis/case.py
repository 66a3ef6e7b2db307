"""The case of one call: its record, and what more than one kind of evidence asks of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.facts import endings, seconds
from retell_nb.calls.reading.one_call import as_row
from retell_nb.diagnosis import talk
from retell_nb.tables.audit import audit
from retell_nb.text import quoted
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import REASONS, WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HIDDEN", "LONG_SILENCE", "Case"]

LONG_SILENCE = 5.0
"""Seconds without a word that are worth telling; between turns there are one or two."""

HIDDEN = "(hidden)"
"""What stands for a text that is not shown."""


@dataclass(frozen=True)
class Case:
    """One call under diagnosis.

    Parameters
    ----------
    record : mapping
        As `retell_nb.calls.reading.one_call.as_record` returns it.
    vocabulary : DataFrame
    history : DataFrame, optional
        Other calls, to compare this one to.
    masked : bool or str
        Whether to hide numbers and all that was said.

    Examples
    --------
    >>> Case({"call_id": "call_1", "disconnection_reason": "Dial busy"}).reason
    'dial_busy'
    """

    record: Mapping[str, Any]
    vocabulary: pd.DataFrame = field(default_factory=lambda: REASONS)
    history: pd.DataFrame | None = None
    masked: bool | str = False

    @cached_property
    def calls(self) -> pd.DataFrame:
        """The call as a frame of one row, with its true numbers."""
        return as_row(self.record)

    def told(self, column: str) -> Any:
        """Return a cell of the call; None where it is missing.

        Examples
        --------
        >>> Case({"call_id": "call_1"}).told("call_id")
        'call_1'
        """
        cell = self.calls[column].iloc[0]
        return None if pd.isna(cell) else cell

    @cached_property
    def reason(self) -> str | None:
        """The reason, as the API spells it."""
        return spelled(self.told("disconnection_reason"))

    @cached_property
    def words(self) -> dict[str, Any]:
        """What the vocabulary says of the reason."""
        columns = endings(self.calls, self.vocabulary).columns(*WORDS)
        return {word: _word(column.iloc[0]) for word, column in columns.items()}

    @cached_property
    def troubles(self) -> dict[str, str]:
        """What the audit finds in the record, and what that means."""
        audit_rows = audit(self.calls, reasons=self.vocabulary)
        return dict(zip(audit_rows["trouble"], audit_rows["meaning"], strict=True))

    @cached_property
    def seconds(self) -> float:
        """Duration, not a number where the record tells none."""
        return float(seconds(self.calls)[0])

    @cached_property
    def elapsed(self) -> float:
        """Seconds from start to end, not a number where one of them is missing."""
        span = self.calls["end_timestamp"].iloc[0] - self.calls["start_timestamp"].iloc[0]
        return math.nan if pd.isna(span) else span.total_seconds()

    @cached_property
    def events(self) -> list[talk.Event]:
        """What happened, in order of time."""
        return talk.events(self.record)

    @cached_property
    def said(self) -> list[talk.Event]:
        """What was said, in order of time."""
        return talk.utterances(self.events)

    @cached_property
    def end(self) -> float:
        """End of the call in seconds since its start: its duration, or what happened last."""
        moments = (self.seconds, talk.last_moment(self.events))
        return max((moment for moment in moments if not math.isnan(moment)), default=math.nan)

    def last(self, who: str) -> talk.Event | None:
        r"""Return the last utterance of a side.

        Examples
        --------
        >>> Case({"transcript": "Agent: Hello\nUser: Hi"}).last("user").text
        'Hi'
        """
        return next((event for event in reversed(self.said) if event.who == who), None)

    def silences(self, who: str) -> list[talk.Silence]:
        """Return the stretches in which a side said nothing.

        Examples
        --------
        >>> said = {"role": "user", "content": "Hi", "words": [{"start": 1, "end": 2}]}
        >>> case = Case({"call_id": "call_1", "transcript_object": [said], "duration_ms": 9000})
        >>> [silence.seconds for silence in case.silences("user")]
        [1.0, 7.0]
        """
        return talk.silence(self.said, who, self.end)

    def longest(self, who: str) -> talk.Silence | None:
        """Return the silence of a side in which nobody spoke for longest.

        Examples
        --------
        >>> Case({"call_id": "call_1"}).longest("agent") is None
        True
        """
        return max(self.silences(who), key=lambda silence: silence.quiet, default=None)

    @cached_property
    def tools(self) -> list[talk.Event]:
        """The tools that were called."""
        return [event for event in self.events if event.who == "tool"]

    def quote(self, text: object) -> str:
        """Return a text from the call in quotation marks, or what stands for it.

        Examples
        --------
        >>> Case({"call_id": "call_1"}, masked=True).quote("Hello")
        '(hidden)'
        """
        return HIDDEN if self.masked else quoted(text)

    @cached_property
    def until(self) -> pd.Timestamp | None:
        """Time of the call's end, as far as it is known."""
        start, end = self.told("start_timestamp"), self.told("end_timestamp")
        if end is None and start is not None and not math.isnan(self.seconds):
            end = start + pd.Timedelta(seconds=self.seconds)
        until: pd.Timestamp | None = self.told("event_timestamp") if end is None else end
        return until


def _word(value: Any) -> Any:
    """A word of the vocabulary: text, yes or no, or None."""
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else bool(value)
