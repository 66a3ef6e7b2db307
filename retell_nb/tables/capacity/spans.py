"""Which calls held a slot, from when until when; which were refused one; and what is set aside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from retell_nb.calls.facts import endings, when
from retell_nb.calls.schema import require, require_times
from retell_nb.engine.periods import milliseconds
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from retell_nb.engine.aliases import Ints, Mask
    from retell_nb.vocabulary.lookup import Endings

    Codes: TypeAlias = npt.NDArray[np.integer[Any]]
    Kinds: TypeAlias = npt.NDArray[np.int8]

__all__ = ["Spans", "spans"]

_YEAR = 365 * 86_400_000  # a time of 1970 is none
_LONGEST = 86_400_000  # Retell ends a call after two hours at most; what lasts a day is an error
_NEVER = np.iinfo(np.int64).min
_ASIDE = ("momentary", "too_long", "negative", "undated", "in_progress")
_HELD, _REFUSED = 0, len(_ASIDE) + 1  # and in between, what is set aside, by its place in there
_BLOCK = 1 << 18  # calls whose times still fit into a processor's cache


class Spans(NamedTuple):
    """The calls that held a slot and those refused one, as rows of the frame and times in ms.

    `held` tells which rows held one, with their `starts` and `ends`; `refused` are the rows of the
    others, with the times at which they `came`. `aside` tells how many are neither, and why.
    """

    held: Mask
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
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> start = pd.to_datetime(["2026-03-01T10:00Z"] * 2)
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "concurrency_limit_reached"],
    ...     "start_timestamp": start, "end_timestamp": start + pd.Timedelta("90s"),
    ... })
    >>> told = spans(calls, REASONS)
    >>> (told.ends - told.starts).tolist(), told.refused.tolist()
    ([90000], [1])
    """
    require(calls, "disconnection_reason", "start_timestamp", "end_timestamp")
    require_times(calls, "start_timestamp", "end_timestamp")
    ending = endings(calls, vocabulary)
    columns = (*_completed(calls), ending.codes, _kinds_by_ending(ending))
    blocks = (slice(first, first + _BLOCK) for first in range(0, len(calls) or 1, _BLOCK))
    kinds = np.concatenate(spread(partial(_kinds, columns), blocks))
    numbers = np.bincount(kinds, minlength=_REFUSED + 1)
    aside = {name: int(numbers[kind]) for kind, name in enumerate(_ASIDE, start=1)}
    turned_away, holds_slot = np.flatnonzero(kinds == _REFUSED), kinds == _HELD
    times = ["start_timestamp", "end_timestamp", "event_timestamp"]
    away = calls.iloc[turned_away][[name for name in times if name in calls]]
    at = milliseconds(when(away))
    dated = at != _NEVER
    aside["undated"] += int((~dated).sum())
    starts, ends, *_ = columns
    if numbers[_HELD] < len(calls):  # else they need no copy
        starts, ends = starts[holds_slot], ends[holds_slot]
    return Spans(holds_slot, starts, ends, turned_away[dated], at[dated], aside)


def _kinds_by_ending(ending: Endings) -> Kinds:
    """What a call is for its ending alone: refused, in progress, or else one that held a slot."""
    running = _ASIDE.index("in_progress") + 1
    kinds = np.where(ending.are("outcome", "in_progress"), running, _HELD)
    return np.where(ending.are("category", "capacity"), _REFUSED, kinds).astype(np.int8)


def _kinds(columns: tuple[Ints, Ints, Codes, Kinds], some: slice) -> Kinds:
    """What some of the calls are: of all that they might be, the last."""
    starts, ends, ending_codes = (column[some] for column in columns[:3])
    lasting, undated = ends - starts, (starts == _NEVER) | (ends == _NEVER)
    kinds = np.full(len(starts), _HELD, dtype=np.int8)
    for kind, mine in enumerate((lasting == 0, lasting > _LONGEST, lasting < 0, undated), start=1):
        kinds[mine] = kind
    return np.maximum(kinds, columns[3][ending_codes])


def _completed(calls: pd.DataFrame) -> tuple[Ints, Ints]:
    """Starts and ends, each made of the other and the duration where it is missing."""
    starts, ends = (milliseconds(calls[name]) for name in ("start_timestamp", "end_timestamp"))
    if min(starts.min(initial=_YEAR), ends.min(initial=_YEAR)) == _YEAR:
        return starts, ends
    starts, ends = (np.where(times < _YEAR, _NEVER, times) for times in (starts, ends))
    if "duration_ms" in calls.columns:
        lasted = calls["duration_ms"].to_numpy(dtype=np.float64, na_value=np.nan)
        has_duration = ~np.isnan(lasted)
        lasting = np.where(has_duration, lasted, 0).astype(np.int64)
        endless, startless = ends == _NEVER, starts == _NEVER
        without_end, without_start = (
            has_duration & endless & ~startless,
            has_duration & startless & ~endless,
        )
        ends[without_end] = (starts + lasting)[without_end]
        starts[without_start] = (ends - lasting)[without_start]
    return starts, ends
