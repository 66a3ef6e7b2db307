"""The search for the segments in which a kind of call is more frequent than elsewhere.

One by one, the segment that explains most is taken: the value of an attribute, or a span of time.
It is then narrowed, a value by the span in which its rate is raised, a span by the value that
holds nearly all of it, and its calls are set aside before the next one is looked for. What is told
of a segment is of all its calls, with those that an earlier one has as well; only what can be saved
is of its own. Calls that repeat an ending with the same person are of the segment, and no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from retell_nb.engine.intervals import wilson
from retell_nb.engine.scan import REST, contrast, expected, raised, raised_span, surprise
from retell_nb.tables.findings.baseline import before, by_value, counted, one

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.engine.scan import Pair
    from retell_nb.tables.findings.context import Case, Scene


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

    `rows` are all calls at risk that its choices choose, set aside or not; `rest` are the hits and
    the calls of what it was compared with.
    """

    score: float
    choices: dict[str, list[Any]]
    rows: Mask
    span: Span | None
    rest: tuple[float, float]


@dataclass(frozen=True)
class Found:
    """A segment in which there are more hits than expected, and what it was compared with.

    `hit` are its calls that are hit; `own_hits` of `own_calls` are left where those of the segments
    found before it are set aside. `saveable` is by how many these are more than expected, from the
    near ends of both intervals.

    Examples
    --------
    >>> from retell_nb.tables.findings.context import Case
    >>> rows, hit = np.ones(100, dtype=bool), np.arange(100) < 60
    >>> case = Case("capacity", hit, rows, ~rows, [], 0.01, {})
    >>> Found(case, {}, rows, None, 60, 100, 60, 100, 0, 1000, hit, saveable=50.0).hits
    60
    """

    case: Case
    choices: dict[str, list[Any]]
    rows: Mask
    span: Span | None
    hits: int
    calls: int
    own_hits: int
    own_calls: int
    rest_hits: int
    rest_calls: int
    hit: Mask
    saveable: float


def search(scene: Scene, case: Case) -> list[Found]:
    """Return the segments in which a kind of call is more frequent than elsewhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> from retell_nb.tables.findings.context import cases, scene_of
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> scene = scene_of(calls, None, REASONS, "UTC")
    >>> [(one.choices, one.hits, one.calls) for one in search(scene, cases(scene)[0])]
    [({'agent_id': ['a']}, 40, 50)]
    """
    segments: list[_Segment] = []
    own: list[Mask] = []
    left = case.risk & scene.fresh
    while len(segments) < _MOST and (left & case.hit).any():
        first = _best(scene, case, left)
        if first is None:
            break
        timed = _timed(scene, case, left, first)
        segments.append(_placed(case, left, timed))
        own.append(left & segments[-1].rows)
        left = left & ~timed.rows
    if not scene.compared and left.sum() >= REST:  # calls that no other segment spoils
        rest = float((left & case.hit).sum()), float(left.sum())
        segments = [segment._replace(rest=rest) for segment in segments]
    found = [_found(case, one, rows) for one, rows in zip(segments, own, strict=True)]
    return [*found, *_everywhere(scene, case, left)] if case.failing else found


def _best(scene: Scene, case: Case, left: Mask) -> _Segment | None:
    """The segment that explains most, of those that are beyond chance."""
    compared = scene.compared
    looked = [
        *(_all(case, left) if compared else ()),
        *_levels(case, left, compared=compared),
        *_spans(scene, case, left, compared=compared),
    ]
    return max(looked, key=lambda segment: segment.score, default=None)


def _timed(scene: Scene, case: Case, left: Mask, first: _Segment) -> _Segment:
    """A value narrowed by the span that holds nearly all its hits."""
    if first.span is not None:
        return first
    part = left & first.rows
    least = _NEARLY_ALL * (part & case.hit).sum()
    for inner in _spans(scene, case, part, compared=False):
        if (part & inner.rows & case.hit).sum() >= least:
            return first._replace(rows=first.rows & inner.rows, span=inner.span)
    return first


def _placed(case: Case, left: Mask, timed: _Segment) -> _Segment:
    """A span, or an hour of the day, narrowed by the value that holds nearly all its hits."""
    held = None if set(timed.choices) - {"hour"} else _holding(case, left & timed.rows)
    if held is None:
        return timed
    return timed._replace(choices=held.choices | timed.choices, rows=timed.rows & held.rows)


def _holding(case: Case, part: Mask) -> _Segment | None:
    """The value that holds nearly all hits of a part: where its rate is raised within the part.

    Or, where there is next to nobody else to compare with, because nearly all calls of the part
    have the value, though others have not.
    """
    least = _NEARLY_ALL * (part & case.hit).sum()
    inside = [*_levels(case, part, compared=False)]
    for place in case.places:
        here, everywhere = (by_value(case, where, place.key)[1] for where in (part, case.risk))
        level = int(here.argmax())
        few_else = here[level] >= _ONLY * here.sum() and level < len(place.key.levels)
        if few_else and everywhere[level] < _NEARLY_ALL * everywhere.sum():
            rows = case.risk & (place.key.codes == level)
            inside.append(_Segment(-1.0, place.choices(level), rows, None, (0, 0)))
    values = [one for one in inside if "hour" not in one.choices]
    held = [one for one in values if (part & one.rows & case.hit).sum() >= least]
    return max(held, key=lambda one: one.score, default=None)


def _levels(case: Case, left: Mask, *, compared: bool) -> Iterator[_Segment]:
    """The best value of every attribute."""
    for place in case.places:
        pair = counted(case, left, place.key, compared=compared)
        looked = max(1, int((pair.calls > 0).sum()))
        good = raised(pair, _KINDS * looked, case.tolerated)
        scores = np.where(good, _scores(case, pair, compared=compared) - np.log(looked), -np.inf)
        best = int(scores.argmax()) if len(scores) else 0
        if good[best : best + 1].any():
            rows = case.risk & (place.key.codes == best)
            rest = (pair.rest_hits[best], pair.rest_calls[best])
            yield _Segment(float(scores[best]), place.choices(best), rows, None, rest)


def _spans(scene: Scene, case: Case, left: Mask, *, compared: bool) -> Iterator[_Segment]:
    """The best span of hours, if its rate is raised."""
    pair = counted(case, left, scene.hours, compared=compared)
    held = np.flatnonzero(pair.calls)
    if not len(held):
        return
    hits, calls = pair.hits[held], pair.calls[held]
    then = before(case) if compared else None
    usual = None if then is None else float(expected(one(0, 0, *then))[0])
    start, stop = raised_span(hits, calls, usual)
    inside = hits[start:stop].sum(), calls[start:stop].sum()
    rest = then or (hits.sum() - inside[0], calls.sum() - inside[1])
    pair = one(*inside, *rest)
    looked = len(held) * (len(held) + 1) / 2
    if raised(pair, _KINDS * looked, case.tolerated)[0]:
        span = Span(int(held[start]), int(held[stop - 1]), start == 0, stop == len(held))
        score = float(_scores(case, pair, compared=compared)[0] - np.log(looked))
        yield _Segment(score, {}, case.risk & _within(scene, span), span, rest)


def _within(scene: Scene, span: Span) -> Mask:
    """Calls in a span: where it has no first or last hour, all before or after are in it."""
    codes = scene.hours.codes
    inside = np.ones(len(codes), dtype=bool)
    if not span.opens:
        inside &= codes >= span.first
    if not span.lasts:
        inside &= (codes <= span.last) & (codes >= 0)
    return inside


def _scores(case: Case, pair: Pair, *, compared: bool) -> Floats:
    """How much each segment explains: against all else, or against what was usual before."""
    if not compared:
        return contrast(pair)
    hits, calls = before(case)
    return surprise(pair, (hits + 0.5) / (calls + 1))


def _all(case: Case, left: Mask) -> Iterator[_Segment]:
    """All calls together, where they are worse than the baseline."""
    then = before(case)
    pair = one((left & case.hit).sum(), left.sum(), *then)
    if raised(pair, _KINDS, case.tolerated)[0]:
        yield _Segment(float(_scores(case, pair, compared=True)[0]), {}, case.risk, None, then)


def _everywhere(scene: Scene, case: Case, left: Mask) -> Iterator[Found]:
    """All that is left, where more calls are hit than is tolerated and no segment explains it."""
    pair = one((left & case.hit).sum(), left.sum(), 0, 0)
    usual = np.array([case.tolerated])
    if not scene.compared and raised(pair, _KINDS, case.tolerated, usual)[0]:
        yield _found(case, _Segment(0.0, {}, case.risk, None, (0, 0)), left, usual)


def _found(case: Case, segment: _Segment, own: Mask, usual: Floats | None = None) -> Found:
    hit = segment.rows & case.hit
    own_hits, own_calls = int((own & case.hit).sum()), int(own.sum())
    rest_hits, rest_calls = map(int, segment.rest)
    far = expected(one(own_hits, own_calls, *segment.rest)) if usual is None else usual
    low, _ = wilson(own_hits, own_calls)
    return Found(
        case=case,
        choices=segment.choices,
        rows=segment.rows,
        span=segment.span,
        hits=int(hit.sum()),
        calls=int(segment.rows.sum()),
        own_hits=own_hits,
        own_calls=own_calls,
        rest_hits=rest_hits,
        rest_calls=rest_calls,
        hit=hit,
        saveable=max(0.0, own_calls * float(low - far[0])),
    )
