"""Calls under audit: the columns that more than one check looks at, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times, recorded_seconds, when
from retell_nb.grouping import flags, word
from retell_nb.vocabulary import classify
from retell_nb.vocabulary.reasons import STATUSES

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Column, Floats, Mask


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
        return flags(self.reason.isin(self.vocabulary.index))

    @cached_property
    def recorded(self) -> Column:
        """Statuses on record; missing where there is none, or one that nobody knows."""
        spelled = classify.reason(self.calls["call_status"]).astype("category")
        return spelled.cat.set_categories([*STATUSES])

    @cached_property
    def status(self) -> Column:
        """Statuses that the reasons have in the vocabulary."""
        return classify.status(self.calls["disconnection_reason"], vocabulary=self.vocabulary)

    @cached_property
    def stage(self) -> Column:
        """Stages that the calls had reached."""
        return word(self.calls, "stage", self.vocabulary)

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
        length = self.calls["end_timestamp"] - self.calls["start_timestamp"]
        return np.asarray(length.dt.total_seconds(), dtype=np.float64)
