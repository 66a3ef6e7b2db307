"""The search for the segments in which a kind of call is more frequent than elsewhere.

One by one, the segment that explains most is taken: the value of an attribute, or a span of time.
It is then narrowed, a value by the span in which its rate is raised, a span by the value that
holds nearly all of it, and its calls are set aside before the next one is looked for. What is told
of a segment is of all its calls, with those that an earlier one has as well; only what can be saved
is of its own. Calls that repeat an ending with the same person are of the segment, and no evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from retell_nb.engine.intervals import wilson
from retell_nb.engine.scan import (
    ALPHA,
    FEWEST,
    REST,
    contrast,
    expected,
    raised,
    raised_span,
    surprise,
)
from retell_nb.engine.shrinkage import OF_DAYS
from retell_nb.engine.shrinkage import spread as spread_of
from retell_nb.tables.findings.baseline import (
    before,
    by_value,
    counted,
    one,
)
from retell_nb.tables.findings.case import Part
from retell_nb.tables.findings.nature import of_clock, of_span, within_days
from retell_nb.tables.findings.pairs import cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.engine.scan import Pair
    from retell_nb.tables.findings.case import Case
    from retell_nb.tables.findings.context import Context


__all__ = ["Found", "Span", "search"]

_MOST = 8
_PSEUDO = 5  # calls at the usual rate, that a value's own rate is drawn to
_NEARLY_ALL, _ONLY = 0.8, 0.95
_CLOCK = ("hour", "weekday")
_PEERS = {"agent_id", "agent_name", "from_number"}
_AMONG_PEERS = 0.7  # of what is tolerated: agents and numbers differ less by nature than countries
_KINDS = 20  # of failures, times attributes, that are looked at: Bonferroni counts them too


class Span(NamedTuple):
    """First and last of the hours, and whether they are those of the segment itself."""

    first: int
    last: int
    opens: bool
    lasts: bool


class _Segment(NamedTuple):
    """A part of the calls: how much it explains, how it is chosen, its calls, the calls to compare.

    `rows` are all calls at risk that its filters select, set aside or not; `rest` are the hits and
    the calls of what it was compared with.
    """

    score: float
    filters: dict[str, list[Any]]
    rows: Mask
    span: Span | None
    rest: tuple[float, float]


@dataclass(frozen=True)
class Found:
    """A segment in which there are more hits than expected, and what it was compared with.

    `hit` are its calls that are hit; `own_hits` of `own_calls` are left where those of the segments
    found before it are set aside. `saveable` is by how many these are more than expected, from the
    near ends of both intervals; `mix` is the value whose share of the calls
    explains the rise, and that share before and now.

    Examples
    --------
    >>> from retell_nb.tables.findings.case import Case
    >>> rows, hit = np.ones(100, dtype=bool), np.arange(100) < 60
    >>> case = Case("capacity", hit, rows, ~rows, [], 0.01, {})
    >>> Found(case, {}, rows, None, 60, 100, 60, 100, 0, 1000, hit, saveable=50.0).hits
    60
    """

    case: Case
    filters: dict[str, list[Any]]
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
    mix: tuple[dict[str, list[Any]], float, float] | None = None


def search(context: Context, case: Case) -> list[Found]:
    """Return the segments in which a kind of call is more frequent than elsewhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> from retell_nb.tables.findings.context import cases, context_of
    >>> reasons = ["dial_failed"] * 40 + ["user_hangup"] * 200
    >>> agents = ["a"] * 50 + ["b"] * 190
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "agent_id": agents})
    >>> context = context_of(calls, None, REASONS, "UTC")
    >>> [(one.filters, one.hits, one.calls) for one in search(context, cases(context)[0])]
    [({'agent_id': ['a']}, 40, 50)]
    """
    segments: list[_Segment] = []
    own: list[Mask] = []
    remaining = Part(case, lambda: case.risk & context.fresh, "fresh")
    mixed = _mixed(context, remaining) if context.compared else None
    while len(segments) < _MOST and remaining.struck:
        first = _best(context, remaining, mixed=mixed is not None) or _of_two(context, remaining)
        if first is None:
            break
        timed = _timed(context, remaining, first)
        segments.append(_narrowed(context, remaining, timed))
        own.append(remaining.mask & segments[-1].rows)
        remaining = remaining.within(~timed.rows)
    if not context.compared and remaining.size >= REST:  # calls that no other segment spoils
        rest = float(remaining.struck), float(remaining.size)
        segments = [segment._replace(rest=rest) for segment in segments]
    results = [_with_counts(case, one, rows) for one, rows in zip(segments, own, strict=True)]
    if mixed is not None:
        results.append(mixed)
    return [*results, *_everywhere(context, remaining)] if case.failing else results


def _best(context: Context, remaining: Part, *, mixed: bool) -> _Segment | None:
    """The segment that explains most, of those that are beyond chance.

    Where the mix of calls explains what is more than before, only values are compared with
    themselves.
    """
    compared = context.compared
    candidates = [
        # All calls stand first, so that they win against their equals.
        *(_all(context, remaining) if compared and not mixed else ()),
        *_levels(context, remaining, compared=compared),
        *(() if mixed else _spans(context, remaining, compared=compared)),
    ]
    return max(candidates, key=lambda segment: segment.score, default=None)


def _of_two(context: Context, remaining: Part) -> _Segment | None:
    """The cell of two attributes that explains most, where neither value is raised by itself."""
    if context.compared:
        return None
    cell = max(cells(remaining, context.clock, _KINDS), key=lambda one: one.score, default=None)
    return None if cell is None else _Segment(cell.score, cell.filters, cell.rows, None, cell.rest)


def _timed(context: Context, remaining: Part, first: _Segment) -> _Segment:
    """A value narrowed by the span that holds nearly all its hits."""
    if first.span is not None:
        return first
    part = remaining.within(first.rows)
    least = _NEARLY_ALL * part.struck
    for inner in _spans(context, part, compared=False):
        if inner.rows[part.hits].sum() >= least:
            return first._replace(rows=first.rows & inner.rows, span=inner.span)
    return first


def _narrowed(context: Context, remaining: Part, timed: _Segment) -> _Segment:
    """A segment narrowed by the value of another attribute that holds nearly all its excess."""
    inner = _holding(context, remaining, timed)
    if inner is None:
        return _versioned(context, remaining, timed)
    filters, rows = inner.filters | timed.filters, timed.rows & inner.rows
    return _versioned(context, remaining, timed._replace(filters=filters, rows=rows))


def _versioned(context: Context, remaining: Part, segment: _Segment) -> _Segment:
    """A span of an agent's calls as the version whose calls these are: it began or ended then."""
    case, inside = remaining.case, np.flatnonzero(remaining.mask & segment.rows)
    own = {"agent_id", "agent_version"} & {*segment.filters} == {"agent_id"}
    if segment.span is None or not own or not len(inside):
        return segment
    alike = case.risk.copy()  # calls of the same values at any time
    for place in case.places:
        if {*place.columns} <= {*segment.filters}:
            alike &= place.key.codes == place.key.codes[inside[0]]
    for place in case.places:
        if place.columns == ("agent_id", "agent_version"):
            level = int(np.bincount(place.key.codes[inside] + 1).argmax()) - 1
            version = place.key.codes == level
            others = alike & remaining.mask & (version ^ _within(context, segment.span))
            if level >= 0 and others.sum() <= (1 - _ONLY) * len(inside):
                filters = segment.filters | place.filters(level)
                return segment._replace(filters=filters, rows=alike & version, span=None)
    return segment


def _holding(context: Context, remaining: Part, outer: _Segment) -> _Segment | None:
    """The value that holds nearly all of what a segment has more than expected.

    That is where its rate is raised within the segment, against itself before where there is a
    baseline. Or, of a span or an hour, where there is next to nobody else to compare with, because
    nearly all calls of the part have the value, though others have not.
    """
    case, part = remaining.case, remaining.within(outer.rows)
    if not part.size:
        return None
    clock = not set(outer.filters) - set(_CLOCK)
    inside = [*_levels(context, part, compared=context.compared)]
    if clock:
        inside += _dominant(part)
    fitting = [one for one in inside if not _alike(one, outer, clock=clock)]
    if context.compared:
        fitting = [one for one in fitting if one.score < 0 or _spares_others(part, one)]
    others = case.baseline if context.compared else remaining.within(~part.mask)
    usual = _usual(others)
    least = _NEARLY_ALL * _excess(part, usual)
    holding = [one for one in fitting if _excess(part.within(one.rows), usual) >= least]
    return max(holding, key=lambda one: one.score, default=None)


def _spares_others(part: Part, inner: _Segment) -> bool:
    """Whether the other calls surely rose by less than those of a value did."""
    others = part.within(~inner.rows)
    hits_then, calls_then = before(part.case)
    own_hits, own_calls = inner.rest
    rise = _usual(part.within(inner.rows)) - own_hits / max(own_calls, 1)
    usual = (hits_then - own_hits) / max(calls_then - own_calls, 1)
    mean = (usual + rise) * float(others.size)
    hits = float(others.struck)
    fewer = mean - hits + (hits * np.log(hits / mean) if hits and mean > 0 else 0.0)
    return bool(hits < mean and fewer > -np.log(ALPHA))


def _alike(inner: _Segment, outer: _Segment, *, clock: bool) -> bool:
    """Whether a value says what the segment says already, or is a time of one that has its time."""
    timed = set(inner.filters) & set(_CLOCK)
    return bool(set(inner.filters) & set(outer.filters)) or bool(
        timed and (clock or outer.span is not None)
    )


def _usual(others: Part) -> float:
    return others.struck / max(1, others.size)


def _excess(part: Part, usual: float) -> float:
    """Hits above those that the usual rate makes."""
    return float(part.struck) - usual * float(part.size)


def _dominant(part: Part) -> Iterator[_Segment]:
    """Values that nearly all calls of a part have, though others have not."""
    case = part.case
    for place in case.places:
        risk = Part(case, lambda: case.risk, "risk")
        here, everywhere = (by_value(where, place.key)[1] for where in (part, risk))
        level = int(here.argmax())
        few_else = here[level] >= _ONLY * here.sum() and level < len(place.key.levels)
        if few_else and everywhere[level] < _NEARLY_ALL * everywhere.sum():
            rows = case.risk & (place.key.codes == level)
            yield _Segment(-1.0, place.filters(level), rows, None, (0, 0))


def _levels(context: Context, remaining: Part, *, compared: bool) -> Iterator[_Segment]:
    """The best value of every attribute."""
    case = remaining.case
    for place in case.places:
        pair = ranked = counted(remaining, place.key, compared=compared)
        if not (pair.hits >= FEWEST).any():
            continue  # no value can be raised
        spread: Floats | float = 0.0
        if place.columns[0] in _CLOCK:
            spread = of_clock(context.clock, pair, place.columns[0])
        elif compared:
            spread = _of_periods(context, remaining)
        else:
            rest = pair.rest_calls
            pair = within_days(remaining, place.key, pair, context.clock.days)
            rate = pair.rest_hits / np.maximum(pair.rest_calls, 1e-9)
            ranked = pair._replace(rest_hits=rate * rest, rest_calls=rest)
        tests = max(1, int((pair.calls > 0).sum()))
        among_peers = case.failing and not compared and place.columns[0] in _PEERS
        tolerated = case.tolerated * (_AMONG_PEERS if among_peers else 1)
        good = raised(pair, _KINDS * tests, tolerated, spread=spread)
        scores = np.where(good, _scores(case, ranked, compared=compared) - np.log(tests), -np.inf)
        best = int(scores.argmax()) if len(scores) else 0
        if good[best : best + 1].any():
            rows = case.risk & (place.key.codes == best)
            others = (float(pair.rest_hits[best]), float(pair.rest_calls[best]))
            yield _Segment(float(scores[best]), place.filters(best), rows, None, others)


def _spans(context: Context, remaining: Part, *, compared: bool) -> Iterator[_Segment]:
    """The best span of hours, if its rate is raised."""
    case = remaining.case
    pair = counted(remaining, context.hours, compared=compared)
    hours = np.flatnonzero(pair.calls)
    if not len(hours):
        return
    hits, calls = pair.hits[hours], pair.calls[hours]
    then = before(case) if compared else None
    usual = None if then is None else float(expected(one(0, 0, *then))[0])
    start, stop = raised_span(hits, calls, usual)
    inside = hits[start:stop].sum(), calls[start:stop].sum()
    rest = then or (hits.sum() - inside[0], calls.sum() - inside[1])
    pair = one(*inside, *rest)
    tests = len(hours) * (len(hours) + 1) / 2
    spread = of_span(hits, calls, context.clock, hours, slice(start, stop))
    if raised(pair, _KINDS * tests, case.tolerated, spread=spread)[0]:
        span = Span(int(hours[start]), int(hours[stop - 1]), start == 0, stop == len(hours))
        score = float(_scores(case, pair, compared=compared)[0] - np.log(tests))
        yield _Segment(score, {}, case.risk & _within(context, span), span, rest)


def _within(context: Context, span: Span) -> Mask:
    """Calls in a span: where it has no first or last hour, all before or after are in it."""
    codes = context.hours.codes
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


def _all(context: Context, remaining: Part) -> Iterator[_Segment]:
    """All calls together, where they are worse than the baseline."""
    case = remaining.case
    then = before(case)
    pair = one(remaining.struck, remaining.size, *then)
    if raised(pair, _KINDS, case.tolerated, spread=_of_periods(context, remaining))[0]:
        yield _Segment(float(_scores(case, pair, compared=True)[0]), {}, case.risk, None, then)


def _of_periods(context: Context, remaining: Part) -> float:
    """How much two periods differ anyway: as their days do, over the days of each."""
    case, days = remaining.case, context.clock.days.codes
    now, then = (days[where & (days >= 0)] for where in (remaining.mask, case.then))
    if not len(now) or not len(then):
        return 0.0
    calls = np.bincount(then)
    hits = np.bincount(days[case.then & case.hit & (days >= 0)], minlength=len(calls))
    differ = spread_of(hits, calls * hits.sum() / calls.sum(), OF_DAYS)
    return differ / len(np.unique(now)) + differ / len(np.unique(then))


def _mixed(context: Context, remaining: Part) -> Found | None:
    """All calls, where what is more than before is as much as the mix of an attribute makes.

    Each value at its own rate before, with its calls of now: a directly standardized rate.
    """
    case = remaining.case
    then = before(case)
    now = one(remaining.struck, remaining.size, *then)
    spread = _of_periods(context, remaining)
    if not raised(now, _KINDS, case.tolerated, spread=spread)[0]:
        return None
    best, mix = 0.0, None
    for place in case.places:
        calls = by_value(remaining, place.key)[1]
        hits_then, calls_then = by_value(case.baseline, place.key)
        usual = then[0] / max(then[1], 1)
        rates = (hits_then + _PSEUDO * usual) / (calls_then + _PSEUDO)
        rate = float((calls * rates).sum() / calls.sum())
        same = one(now.hits[0], now.calls[0], rate * then[1], then[1])
        shares = calls_then / max(calls_then.sum(), 1), calls / calls.sum()
        moved = int(((shares[1] - shares[0]) * (rates - usual))[:-1].argmax())
        if rate > best and not raised(same, _KINDS, case.tolerated, spread=spread)[0]:
            best = rate
            mix = (place.filters(moved), float(shares[0][moved]), float(shares[1][moved]))
    if mix is None:
        return None
    whole = _Segment(0.0, {}, case.risk, None, then)
    return replace(_with_counts(case, whole, remaining.mask), saveable=0.0, mix=mix)


def _everywhere(context: Context, remaining: Part) -> Iterator[Found]:
    """All remaining calls, where more are hit than is tolerated and no segment explains it."""
    case = remaining.case
    pair = one(remaining.struck, remaining.size, 0, 0)
    usual = np.array([case.tolerated])
    if not context.compared and raised(pair, _KINDS, case.tolerated, usual)[0]:
        yield _with_counts(case, _Segment(0.0, {}, case.risk, None, (0, 0)), remaining.mask, usual)


def _with_counts(case: Case, segment: _Segment, own: Mask, usual: Floats | None = None) -> Found:
    hit = segment.rows & case.hit
    own_hits, own_calls = int(np.count_nonzero(own & case.hit)), int(np.count_nonzero(own))
    rest_hits, rest_calls = map(int, segment.rest)
    far = expected(one(own_hits, own_calls, *segment.rest)) if usual is None else usual
    low, _ = wilson(own_hits, own_calls)
    return Found(
        case=case,
        filters=segment.filters,
        rows=segment.rows,
        span=segment.span,
        hits=int(np.count_nonzero(hit)),
        calls=int(np.count_nonzero(segment.rows)),
        own_hits=own_hits,
        own_calls=own_calls,
        rest_hits=rest_hits,
        rest_calls=rest_calls,
        hit=hit,
        saveable=max(0.0, own_calls * float(low - far[0])),
    )
