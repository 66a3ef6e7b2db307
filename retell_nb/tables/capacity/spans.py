"""Which calls held a slot, from when until when; which were refused one; and what is set aside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from retell_nb.calls.frame import require, when
from retell_nb.tables.selecting import flags, word

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    Ints: TypeAlias = npt.NDArray[np.int64]
    Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = ["Spans", "milliseconds", "spans"]

_YEAR = 365 * 86_400_000  # a time of 1970 is none
_LONGEST = 86_400_000  # Retell ends a call after two hours at most; what lasts a day is an error
_NEVER = np.iinfo(np.int64).min


class Spans(NamedTuple):
    """The calls that held a slot and those refused one, as rows of the frame and times in ms.

    `held` are rows, with `starts` and `ends`; `refused` are rows, with the times at which they
    `came`. `aside` tells how many calls are neither, and why.
    """

    held: Ints
    starts: Ints
    ends: Ints
    refused: Ints
    came: Ints
    aside: dict[str, int]


def spans(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> Spans:
    """Return when calls held a slot, and when calls were refused one.

    An end that is missing is the start and the duration, and a missing start the other way round.
    Set aside and counted are calls `in_progress`, those without start or end (`undated`), those
    that end before they start (`negative`), those that last over 24 hours (`too_long`), and those
    that last no time (`momentary`): dials that were not answered tell no length.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.reasons import REASONS
    >>> start = pd.to_datetime(["2026-03-01T10:00Z"] * 2)
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "concurrency_limit_reached"],
    ...     "start_timestamp": start, "end_timestamp": start + pd.Timedelta("90s"),
    ... })
    >>> told = spans(calls, REASONS)
    >>> (told.ends - told.starts).tolist(), told.refused.tolist()
    ([90000], [1])
    """
    require(calls, "start_timestamp", "end_timestamp")
    refused = flags(word(calls, "category", vocabulary).eq("capacity"))
    running = flags(word(calls, "outcome", vocabulary).eq("in_progress"))
    starts, ends = _completed(calls)
    dated = (starts != _NEVER) & (ends != _NEVER)
    lasting = np.where(dated, ends - starts, 0)
    said = {
        "in_progress": running,
        "undated": ~dated,
        "negative": lasting < 0,
        "too_long": lasting > _LONGEST,
        "momentary": lasting == 0,
    }
    left, aside = ~refused, {}
    for name, mine in said.items():
        aside[name] = int((left & mine).sum())
        left &= ~mine
    turned_away = np.flatnonzero(refused)
    times = ["start_timestamp", "end_timestamp", "event_timestamp"]
    at = milliseconds(when(calls[[name for name in times if name in calls]].iloc[turned_away]))
    aside["undated"] += int((at == _NEVER).sum())
    held, known = np.flatnonzero(left), at != _NEVER
    return Spans(held, starts[held], ends[held], turned_away[known], at[known], aside)


def milliseconds(times: pd.Series[Any]) -> Ints:
    """Return times as milliseconds since 1970, the least whole number where there is none.

    Examples
    --------
    >>> import pandas as pd
    >>> milliseconds(pd.Series(pd.to_datetime(["1971-01-01T00:00Z"]))).tolist()
    [31536000000]
    """
    plain = times.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return np.asarray(plain, dtype="datetime64[ms]").view(np.int64)


def _completed(calls: pd.DataFrame) -> tuple[Ints, Ints]:
    """Starts and ends, each made of the other and the duration where it is missing."""
    starts, ends = (
        np.where((ms := milliseconds(calls[name])) < _YEAR, _NEVER, ms)
        for name in ("start_timestamp", "end_timestamp")
    )
    if "duration_ms" in calls.columns:
        lasted = calls["duration_ms"].to_numpy(dtype=np.float64, na_value=np.nan)
        known = ~np.isnan(lasted)
        whole = np.where(known, lasted, 0).astype(np.int64)
        without_end, without_start = starts != _NEVER, ends != _NEVER
        without_end, without_start = without_end & ~without_start, without_start & ~without_end
        ends[known & without_end] = (starts + whole)[known & without_end]
        starts[known & without_start] = (ends - whole)[known & without_start]
    return starts, ends
