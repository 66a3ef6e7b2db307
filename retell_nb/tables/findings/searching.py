"""The search for the segments in which a kind of call is more frequent than elsewhere.

One by one, the segment that explains most is taken: the value of an attribute, or a span of time.
It is then narrowed, a value by the span in which its rate is raised, a span by the value that
holds nearly all of it, and its calls are set aside before the next one is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from retell_nb.tables.counting import count
from retell_nb.tables.findings.scanning import (
    REST,
    Pair,
    contrast,
    expected,
    raised,
    raised_span,
)
from retell_nb.tables.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from retell_nb.tables.counting import Floats, Key
    from retell_nb.tables.findings.scene import Case, Scene

    Mask: TypeAlias = npt.NDArray[np.bool_]

__all__ = ["Found", "Span", "search"]

_MOST = 8
_NEARLY_ALL, _ONLY = 0.8, 0.95
_KINDS = 20  # of failures, times attributes, that are looked at: Bonferroni counts them too


class Span(NamedTuple):
    """First and last of the hours, and whether they are those of the segment itself."""

    first: int
    last: int
    opens: bool
    lasts: bool


class _Segment(NamedTuple):
    """A part of the calls: how much it explains, how it is chosen, its calls, the calls to compare.

    `rest` are the hits and the calls of what it was compared with.
    """

    score: float
    choices: dict[str, list[Any]]
    rows: Mask
    span: Span | None
    rest: tuple[float, float]


@dataclass(frozen=True)
class Found:
    """A segment in which there are more hits than expected, and what it was compared with."""

    case: Case
    choices: dict[str, list[Any]]
    rows: Mask
    span: Span | None
    hits: int
    calls: int
    rest_hits: int
    rest_calls: int
    usual: float

    @property
    def hit(self) -> Mask:
        """The calls that are hit."""
        return self.rows & self.case.hit

    @property
    def saveable(self) -> float:
        """Hits above what is expected, at the near ends of the intervals."""
        low, _ = wilson(self.hits, self.calls)
        return max(0.0, self.calls * (float(low) - self.usual))


def search(scene: Scene, case: Case) -> list[Found]:
    """Return the segments in which a kind of call is more frequent than elsewhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.reasons import REASONS
    >>> from retell_nb.tables.findings.scene import cases, scene_of
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> scene = scene_of(calls, None, REASONS, "UTC")
    >>> [(one.choices, one.hits, one.calls) for one in search(scene, cases(scene)[0])]
    [({'agent_id': ['a']}, 40, 50)]
    """
    found: list[Found] = []
    left = case.risk
    while len(found) < _MOST and (left & scene.now & case.hit).any():
        first = _best(scene, case, left)
        if first is None:
            break
        timed = _timed(scene, case, left, first)
        found.append(_found(case, _placed(scene, case, left, timed)))
        left = left & ~(timed.rows & scene.now)
    if case.failing:
        found += _everywhere(scene, case, left)
    return found


def _best(scene: Scene, case: Case, left: Mask) -> _Segment | None:
    """The segment that explains most, of those that are beyond chance."""
    compared = scene.compared
    looked = [
        *_levels(scene, case, left, compared=compared),
        *_spans(scene, case, left, compared=compared),
    ]
    if compared:
        looked += _all(scene, case, left)
    return max(looked, key=lambda segment: segment.score, default=None)


def _timed(scene: Scene, case: Case, left: Mask, first: _Segment) -> _Segment:
    """A value narrowed by the span that holds nearly all its hits."""
    if first.span is not None:
        return first
    least = _NEARLY_ALL * (first.rows & case.hit).sum()
    for inner in _spans(scene, case, left & first.rows, compared=False):
        if (inner.rows & case.hit).sum() >= least:
            return first._replace(rows=inner.rows, span=inner.span)
    return first


def _placed(scene: Scene, case: Case, left: Mask, timed: _Segment) -> _Segment:
    """A span, or an hour of the day, narrowed by the value that holds nearly all its hits."""
    held = None if set(timed.choices) - {"hour"} else _holding(scene, case, left, timed.rows)
    if held is None:
        return timed
    return timed._replace(choices=held.choices | timed.choices, rows=held.rows)


def _holding(scene: Scene, case: Case, left: Mask, part: Mask) -> _Segment | None:
    """The value that holds nearly all hits of a part: where its rate is raised within the part.

    Or, where there is next to nobody else to compare with, because nearly all calls of the part
    have the value, though others have not.
    """
    least = _NEARLY_ALL * (part & case.hit).sum()
    inside = [*_levels(scene, case, part, compared=False)]
    for place in case.places:
        here, everywhere = (_by_value(case, where, place.key)[1] for where in (part, left))
        level = int(here.argmax())
        few_else = here[level] >= _ONLY * here.sum() and level < len(place.key.levels)
        if few_else and everywhere[level] < _NEARLY_ALL * everywhere.sum():
            rows = part & (place.key.codes == level)
            inside.append(_Segment(-1.0, place.choices(level), rows, None, (0, 0)))
    values = [one for one in inside if "hour" not in one.choices]
    held = [one for one in values if (one.rows & case.hit).sum() >= least]
    return max(held, key=lambda one: one.score, default=None)


def _levels(scene: Scene, case: Case, left: Mask, *, compared: bool) -> Iterator[_Segment]:
    """The best value of every attribute."""
    for place in case.places:
        pair = _counted(scene, case, left, place.key, compared=compared)
        looked = max(1, int((pair.calls > 0).sum()))
        good = raised(pair, _KINDS * looked, case.tolerated)
        scores = np.where(good, contrast(pair) - np.log(looked), -np.inf)
        best = int(scores.argmax()) if len(scores) else 0
        if good[best : best + 1].any():
            rows = left & scene.now & (place.key.codes == best)
            rest = (pair.rest_hits[best], pair.rest_calls[best])
            yield _Segment(float(scores[best]), place.choices(best), rows, None, rest)


def _spans(scene: Scene, case: Case, left: Mask, *, compared: bool) -> Iterator[_Segment]:
    """The best span of hours, if its rate is raised."""
    pair = _counted(scene, case, left, scene.hours, compared=compared)
    held = np.flatnonzero(pair.calls)
    if not len(held):
        return
    hits, calls = pair.hits[held], pair.calls[held]
    before = _before(scene, case, left) if compared else None
    usual = None if before is None else float(expected(_one(0, 0, *before))[0])
    start, stop = raised_span(hits, calls, usual)
    inside = hits[start:stop].sum(), calls[start:stop].sum()
    rest = before or (hits.sum() - inside[0], calls.sum() - inside[1])
    one = _one(*inside, *rest)
    looked = len(held) * (len(held) + 1) / 2
    if raised(one, _KINDS * looked, case.tolerated)[0]:
        first, last = int(held[start]), int(held[stop - 1])
        rows = left & scene.now & (scene.hours.codes >= first) & (scene.hours.codes <= last)
        span = Span(first, last, opens=start == 0, lasts=stop == len(held))
        yield _Segment(float(contrast(one)[0] - np.log(looked)), {}, rows, span, rest)


def _all(scene: Scene, case: Case, left: Mask) -> Iterator[_Segment]:
    """All calls together, where they are worse than the baseline."""
    rows = left & scene.now
    before = _before(scene, case, left)
    one = _one((rows & case.hit).sum(), rows.sum(), *before)
    if raised(one, _KINDS, case.tolerated)[0]:
        yield _Segment(float(contrast(one)[0]), {}, rows, None, before)


def _everywhere(scene: Scene, case: Case, left: Mask) -> Iterator[Found]:
    """All that is left, where more calls are hit than is tolerated and no segment explains it."""
    rows = left & scene.now
    one = _one((rows & case.hit).sum(), rows.sum(), 0, 0)
    usual = np.array([case.tolerated])
    if not scene.compared and raised(one, _KINDS, case.tolerated, usual)[0]:
        segment = _Segment(0.0, {}, rows, None, (0, 0))
        yield _found(case, segment, usual)


def _found(case: Case, segment: _Segment, usual: Floats | None = None) -> Found:
    hits, calls = int((segment.rows & case.hit).sum()), int(segment.rows.sum())
    far = expected(_one(hits, calls, *segment.rest)) if usual is None else usual
    rest_hits, rest_calls = map(int, segment.rest)
    return Found(
        case=case,
        choices=segment.choices,
        rows=segment.rows,
        span=segment.span,
        hits=hits,
        calls=calls,
        rest_hits=rest_hits,
        rest_calls=rest_calls,
        usual=float(far[0]),
    )


def _counted(scene: Scene, case: Case, left: Mask, key: Key, *, compared: bool) -> Pair:
    """Hits and calls of every value, and those of what it is compared with.

    That is all else; or the same value in the baseline, or all of the baseline where the value is
    new or rare there.
    """
    hits, calls = _by_value(case, left & scene.now, key)
    if not compared:
        rest = hits.sum() - hits, calls.sum() - calls
        return Pair(*(side[:-1] for side in (hits, calls, *rest)))
    then = _by_value(case, left & ~scene.now, key)
    told = then[1] >= REST
    before = _before(scene, case, left)
    rest_hits, rest_calls = (
        np.where(told, side, whole) for side, whole in zip(then, before, strict=True)
    )
    return Pair(*(side[:-1] for side in (hits, calls, rest_hits, rest_calls)))


def _by_value(case: Case, where: Mask, key: Key) -> tuple[Floats, Floats]:
    """Hits and calls of every value, those without one last."""
    counts = count([key], len(where), where=where, hits={"hits": case.hit})
    hits, calls = np.zeros((2, len(key.levels) + 1))
    hits[counts.places[0]], calls[counts.places[0]] = counts.totals["hits"], counts.calls
    return hits, calls


def _before(scene: Scene, case: Case, left: Mask) -> tuple[float, float]:
    """Hits and calls in the baseline."""
    then = left & ~scene.now
    return float((then & case.hit).sum()), float(then.sum())


def _one(*sides: float) -> Pair:
    return Pair(*(np.array([side], dtype=np.float64) for side in sides))
