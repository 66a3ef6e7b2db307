"""Which calls held a slot, from when until when; which were refused one; and what is set aside."""

from __future__ import annotations

from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from retell_nb.calls.facts import endings, when
from retell_nb.calls.schema import require, require_times
from retell_nb.engine.codes import parts
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
_BLOCK = 1 << 16  # calls whose times still fit into a processor's cache


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


class _Columns(NamedTuple):
    """Times as they are recorded, durations and which are missing, endings and their kinds."""

    starts: Ints
    ends: Ints
    lasted: tuple[npt.NDArray[Any], Mask | None] | None
    codes: Codes
    kinds: Kinds


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
    starts, ends = (milliseconds(calls[name]) for name in ("start_timestamp", "end_timestamp"))
    lasted = parts(calls["duration_ms"].array) if "duration_ms" in calls.columns else None
    columns = _Columns(starts, ends, lasted, ending.codes, _kinds_by_ending(ending))
    blocks = (slice(first, first + _BLOCK) for first in range(0, len(calls) or 1, _BLOCK))
    of_blocks = zip(*spread(partial(_in_block, columns), blocks), strict=True)
    holds_slot, starts, ends, turned_away = (np.concatenate(part) for part in islice(of_blocks, 4))
    numbers = np.sum(next(of_blocks), axis=0)
    aside = {name: int(numbers[kind]) for kind, name in enumerate(_ASIDE, start=1)}
    times = ["start_timestamp", "end_timestamp", "event_timestamp"]
    away = calls.iloc[turned_away][[name for name in times if name in calls]]
    at = milliseconds(when(away))
    dated = at != _NEVER
    aside["undated"] += int((~dated).sum())
    return Spans(holds_slot, starts, ends, turned_away[dated], at[dated], aside)


def _kinds_by_ending(ending: Endings) -> Kinds:
    """What a call is for its ending alone: refused, in progress, or else one that held a slot."""
    running = _ASIDE.index("in_progress") + 1
    kinds = np.where(ending.are("outcome", "in_progress"), running, _HELD)
    return np.where(ending.are("category", "capacity"), _REFUSED, kinds).astype(np.int8)


def _in_block(columns: _Columns, block: slice) -> tuple[Mask, Ints, Ints, Ints, Ints]:
    """Tell what `Spans` does of some of the calls, and how many of them are of each kind."""
    starts, ends = _completed(columns, block)
    kinds = columns.kinds.take(columns.codes[block], mode="wrap")
    # Without a sign, what lasts less than no time lasts longest.
    lasting = ends - starts
    holds_slot = (lasting - 1).view(np.uint64) < _LONGEST
    holds_slot &= kinds == _HELD
    # To take rows is faster than to apply a mask.
    rows, others = np.flatnonzero(holds_slot), np.flatnonzero(~holds_slot)
    other_kinds = kinds.take(others)
    open_ones = np.flatnonzero(other_kinds == _HELD)
    some = others.take(open_ones)
    other_kinds[open_ones] = _kinds(lasting.take(some), starts.take(some), ends.take(some))
    refused = others[other_kinds == _REFUSED] + block.start
    sizes = np.bincount(other_kinds, minlength=_REFUSED + 1)
    return holds_slot, starts.take(rows), ends.take(rows), refused, sizes


def _kinds(lasting: Ints, starts: Ints, ends: Ints) -> Kinds:
    """What calls are that held no slot: of all that they might be, the last."""
    kinds = np.full(len(lasting), _ASIDE.index("momentary") + 1, dtype=np.int8)
    odd = np.flatnonzero((lasting != 0) | (starts == _NEVER))
    undated = (starts[odd] == _NEVER) | (ends[odd] == _NEVER)
    kinds[odd] = np.where(lasting[odd] < 0, _ASIDE.index("negative"), _ASIDE.index("too_long")) + 1
    kinds[odd[undated]] = _ASIDE.index("undated") + 1
    return kinds


def _completed(columns: _Columns, block: slice) -> tuple[Ints, Ints]:
    """Starts and ends, each made of the other and the duration where it is missing."""
    starts, ends = columns.starts[block], columns.ends[block]
    if min(starts.min(initial=_YEAR), ends.min(initial=_YEAR)) == _YEAR:
        return starts, ends
    starts, ends = (np.where(times < _YEAR, _NEVER, times) for times in (starts, ends))
    if columns.lasted is not None:
        lasted, missing = columns.lasted
        lasted = lasted[block].astype(np.float64)
        has_duration = ~np.isnan(lasted) if missing is None else ~missing[block]
        lasting = np.where(has_duration, lasted, 0).astype(np.int64)
        endless, startless = ends == _NEVER, starts == _NEVER
        without_end, without_start = (
            has_duration & endless & ~startless,
            has_duration & startless & ~endless,
        )
        ends[without_end] = (starts + lasting)[without_end]
        starts[without_start] = (ends - lasting)[without_start]
    return starts, ends
