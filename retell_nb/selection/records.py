"""Calls under audit: the columns that more than one check looks at, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, has_times, recorded_seconds, when
from retell_nb.engine.codes import key, lookup
from retell_nb.engine.steps import MISSING
from retell_nb.engine.threads import blocks, spread
from retell_nb.grouping import word
from retell_nb.vocabulary import classify
from retell_nb.vocabulary.lookup import positions, spelled
from retell_nb.vocabulary.reasons import STATUSES

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Floats, Mask
    from retell_nb.vocabulary.lookup import Endings


__all__ = ["Records"]


@dataclass(frozen=True)
class Records:
    """Calls under audit, and what the checks ask of them.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["Dial busy"]})
    >>> Records(calls, REASONS, pd.Timestamp.now("UTC")).reason.tolist()
    ['dial_busy']
    """

    calls: pd.DataFrame
    vocabulary: pd.DataFrame
    now: pd.Timestamp

    @cached_property
    def reason(self) -> Column:
        """Reasons as the API spells them."""
        return word(self.calls, "reason", self.vocabulary)

    @cached_property
    def known(self) -> Mask:
        """Calls whose reason the vocabulary holds."""
        return lookup(
            self.ending.codes, positions(self.ending.reasons, self.vocabulary.index) >= 0
        )[0]

    @cached_property
    def recorded(self) -> Column:
        """Statuses on record; missing where there is none, or one that nobody knows."""
        values = key(self.calls["call_status"])
        places = positions([*map(spelled, values.levels), None], STATUSES).astype(np.int8)
        (codes,) = lookup(values.codes, places)
        statuses: Any = pd.Categorical.from_codes(codes, categories=pd.Index([*STATUSES]))
        return pd.Series(statuses, index=self.calls.index, copy=False)

    @cached_property
    def status(self) -> Column:
        """Statuses that the reasons have in the vocabulary."""
        return classify.status(self.calls["disconnection_reason"], vocabulary=self.vocabulary)

    @cached_property
    def ending(self) -> Endings:
        """How the calls ended."""
        return endings(self.calls, self.vocabulary)

    def at(self, *stages: str) -> Mask:
        """Return which calls had reached one of some stages, and ended there.

        Examples
        --------
        >>> from retell_nb.vocabulary.reasons import REASONS
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", None]})
        >>> Records(calls, REASONS, pd.Timestamp.now("UTC")).at("dialing").tolist()
        [True, False]
        """
        ending = self.ending
        there = np.any([ending.are("stage", stage) for stage in stages], axis=0)
        return lookup(ending.codes, there)[0]

    @cached_property
    def when(self) -> Column:
        """Times of the calls."""
        if has_times(self.calls):
            return when(self.calls)
        return pd.Series(pd.NaT, index=self.calls.index, dtype=pd.DatetimeTZDtype("ms", "UTC"))

    @cached_property
    def seconds(self) -> Floats:
        """Durations as they are on record, not a number where a call tells none."""
        return recorded_seconds(self.calls)

    @cached_property
    def elapsed(self) -> Floats:
        """Seconds from start to end."""
        start, end = self.calls["start_timestamp"], self.calls["end_timestamp"]
        if start.dt.unit != end.dt.unit:
            return np.asarray((end - start).dt.total_seconds(), dtype=np.float64)
        numbers = [np.asarray(times.array.view("i8")) for times in (start, end)]
        ticks = pd.Timedelta("1s") // pd.Timedelta(1, start.dt.unit)
        lengths = np.empty(len(self.calls))

        def fill(rows: slice) -> None:
            first, last = (moments[rows] for moments in numbers)
            np.divide(last - first, ticks, out=lengths[rows])
            lengths[rows][(first == MISSING) | (last == MISSING)] = np.nan

        spread(fill, blocks(len(lengths)))
        return lengths
