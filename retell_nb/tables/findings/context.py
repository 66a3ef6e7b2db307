"""The calls in which faults are looked for, with all that is asked of them worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import has_times
from retell_nb.calls.repeats import people, repeats
from retell_nb.engine.codes import Key, smallest
from retell_nb.grouping import flags
from retell_nb.tables.findings.attributes import (
    directed,
    hour_bins,
    outbound,
    places,
    times,
)
from retell_nb.tables.findings.case import TOLERATED, Case, Wholes
from retell_nb.tables.findings.classes import AGENT, SHORT, classes_of
from retell_nb.tables.findings.clock import clock
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.engine.aliases import Column, Floats, Ints, Mask
    from retell_nb.tables.findings.attributes import Place
    from retell_nb.tables.findings.classes import Classes
    from retell_nb.tables.findings.clock import Clock


__all__ = ["ENDINGS", "TOGETHER", "Context", "cases", "context_of"]

TOGETHER = {"reputation": "dial_failure"}
"""Categories looked at with another one: a carrier that blocks a number tells it in either way."""

ENDINGS = ("dial_no_answer", "inactivity", "max_duration_reached", "user_declined")
"""Reasons that are no failure, but may tell of one where they are many: a number that people do
not trust, an agent that does not speak, or does not stop."""

TOLERATED_SHORT = 0.10
"""The same for short talks and `ENDINGS`, which are many everywhere, and more at one campaign than
at another."""


@dataclass(frozen=True)
class Context:
    """Calls that are looked at (`now`) and those of the baseline, in one frame.

    `classes` tells of each call which faults it can meet; `fresh` are the calls that do not repeat
    an ending with the same person, and only these are evidence; `people` are the persons of the
    calls; `hours` are the hours in which there are calls, `clock` their days; `places` the
    attributes looked at, `missing` tells of those that cannot be.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"]})
    >>> context_of(calls, calls, REASONS, "UTC").now.tolist()
    [True, False]
    """

    calls: pd.DataFrame
    vocabulary: pd.DataFrame
    now: Mask
    classes: Classes
    fresh: Mask
    people: Ints
    when: Column
    hours: Key
    clock: Clock
    places: Sequence[Place]
    missing: list[str]
    compared: bool
    agent_names: dict[str, str]

    @cached_property
    def directed(self) -> Place | None:
        """The attribute that tells directions."""
        return directed(self.places)


class _Bare(NamedTuple):
    """A case by classes of calls: the hits, those at risk now and in the baseline."""

    kind: str
    hit: Mask
    risk: Mask
    then: Mask
    tolerated: float
    filters: dict[str, list[Any]]
    failing: bool = True
    repeating: bool = False  # whether calls of the baseline count that repeat an ending


def context_of(
    calls: pd.DataFrame, baseline: pd.DataFrame | None, vocabulary: pd.DataFrame, tz: str
) -> Context:
    """Return the context of calls, and of a baseline.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> context = context_of(calls, None, REASONS, "UTC")
    >>> context.classes.of_calls(context.classes.failed).tolist(), context.hours.codes.tolist()
    ([False], [-1])
    """
    parts = [part.copy(deep=False) for part in (calls, baseline) if part is not None]
    for part in parts:
        part.attrs = {}  # which pandas would copy, deeply, at every step
    together = pd.concat(parts, ignore_index=True) if parts[1:] else parts[0]
    moments = times(together)
    hours = hour_bins(moments)
    attributes, missing = places(together, moments, tz)
    if not has_times(together):
        missing.append("when: no call has a time")
    now = np.zeros(len(together), dtype=bool)
    now[: len(calls)] = True
    who, them = people(together, vocabulary), agents(together)
    looked_at = None if baseline is None else now
    return Context(
        calls=together,
        vocabulary=vocabulary,
        now=now,
        classes=classes_of(together, looked_at, vocabulary, attributes, them=them),
        fresh=_fresh(parts, who, vocabulary),
        people=who,
        when=moments,
        hours=hours,
        clock=clock(hours, tz),
        places=attributes,
        missing=missing,
        compared=baseline is not None,
        agent_names=dict(zip(them.keys, them.names, strict=True)),
    )


def _fresh(parts: Sequence[pd.DataFrame], who: Ints, vocabulary: pd.DataFrame) -> Mask:
    """Calls that do not repeat an ending; a baseline is looked at by itself."""
    ends = np.cumsum([len(part) for part in parts])
    persons = np.split(who, ends[:-1])
    again = [repeats(part, vocabulary, who=own) for part, own in zip(parts, persons, strict=True)]
    return ~np.concatenate(again)


def cases(context: Context) -> list[Case]:
    """Return what is looked for: every kind of failure that occurs, `ENDINGS`, and short talks.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    >>> [case.kind for case in cases(context_of(calls, None, REASONS, "UTC"))]
    ['dial_failure']
    """
    classes = context.classes
    kinds: dict[str, list[str]] = {}
    for category in classes.category[classes.failed & classes.now].dropna().unique():
        kinds.setdefault(TOGETHER.get(category, category), []).append(category)
    bare: list[_Bare] = []
    for kind in sorted(kinds):
        categories = sorted(kinds[kind])
        hit = classes.failed & flags(classes.category.isin(categories))
        filters = {"outcome": ["failed"], "category": categories}
        bare.append(_at_risk(_Bare(kind, hit, hit, hit, TOLERATED, filters), context))
    return _of_calls(context, [*bare, *_endings(context), *_short_talks(context)])


def _endings(context: Context) -> list[_Bare]:
    """Reasons that are no failure, unless the vocabulary says that they are one."""
    classes, bare = context.classes, []
    for reason in ENDINGS:
        hit = (classes.reasons == reason) & classes.ended & ~classes.failed
        if (hit & classes.now).any():
            only: dict[str, list[Any]] = {"reason": [reason]}
            one = _Bare(reason, hit, hit, hit, TOLERATED_SHORT, only, failing=False)
            bare.append(_at_risk(one, context))
    return bare


def _at_risk(bare: _Bare, context: Context) -> _Bare:
    """The case with the calls that could be hit."""
    classes = context.classes
    anywhere, more = _directions(context, bare.hit)
    exposed = anywhere & classes.exposed(bare.hit)
    risk = exposed & classes.now
    agent = next((place for place in context.places if place.columns in AGENT), None)
    return bare._replace(
        hit=bare.hit & anywhere,
        risk=risk,
        then=exposed & ~classes.now,
        filters=bare.filters | more | _only_agent(classes, agent, anywhere, risk),
    )


def _only_agent(
    classes: Classes, agent: Place | None, anywhere: Mask, risk: Mask
) -> dict[str, list[Any]]:
    """The one agent that could be hit, of several: no other has such a server."""
    if agent is None:
        return {}
    exposed = classes.agents_of(risk)
    several = len(classes.agents_of(anywhere & classes.now)) > 1
    return agent.filters(int(exposed[0])) if several and len(exposed) == 1 else {}


def _directions(context: Context, hit: Mask) -> tuple[Mask, dict[str, list[Any]]]:
    """Calls of the directions in which there are hits: no call that comes in can fail to dial."""
    classes, direction = context.classes, context.directed
    if direction is None:
        return classes.ended, {}
    codes = classes.codes_of[direction.columns[0]]
    size = len(direction.key.levels) + 1
    hits = np.bincount(codes[hit] + 1, classes.sizes[hit], minlength=size)
    struck = hits * 100 > hits.sum()
    if not hits.sum() or struck.all():
        return classes.ended, {}
    names = [
        None if code == 0 else direction.key.levels.iloc[code - 1]
        for code in np.flatnonzero(struck)
    ]
    return classes.ended & struck[codes + 1], {direction.columns[0]: names}


def _short_talks(context: Context) -> list[_Bare]:
    """Talks of a few seconds by dialing number: what gets a number marked as spam.

    Those that a fault cut short are told of as failures.
    """
    numbers = [place for place in context.places if place.columns == ("from_number",)]
    if not numbers or "duration_ms" not in context.calls.columns:
        context.missing.append("short talks: no from_number and duration_ms recorded")
        return []
    classes = context.classes
    talk = classes.codes_of["talk"]
    talked = flags(classes.stage.eq("connected")) & (talk >= 0)
    risk = classes.ended & talked & ~classes.failed & outbound(classes.calls)
    filters: dict[str, list[Any]] = {
        "stage": ["connected"],
        "duration": [f"1ms..{SHORT}s"],
        "outcome": [name for name in OUTCOMES.index if name not in ("failed", "in_progress")],
        **numbers[0].always,
    }
    return [
        _Bare(
            kind="short_calls",
            hit=risk & (talk == 0),
            risk=risk & classes.now,
            then=risk & ~classes.now,
            tolerated=TOLERATED_SHORT,
            filters=filters,
            failing=False,
            repeating=True,
        )
    ]


def _of_calls(context: Context, bare: list[_Bare]) -> list[Case]:
    """Return cases by calls, which share what they know of the same calls at risk."""
    risks = [(one.risk, one.then, one.repeating) for one in bare]
    apart = [
        next(
            first
            for first, (risk, then, repeating) in enumerate(risks)
            if repeating == own[2] and (risk == own[0]).all() and (then == own[1]).all()
        )
        for own in risks
    ]
    first, wholes = _kinds(context, bare)
    shared = {place: _Lookups(context, bare[place]) for place in dict.fromkeys(apart)}
    numbers = [place for place in context.places if place.columns == ("from_number",)]
    cases: list[Case] = []
    for one, place in zip(bare, apart, strict=True):
        parts = {"hit": one.hit, "fresh": one.risk, "then": one.then}
        if one.repeating:
            del parts["then"]
        cases.append(
            _CaseOfClasses(
                context,
                one,
                shared[place],
                numbers if one.repeating else context.places,
                wholes,
                {name: own[first] for name, own in parts.items()},
            )
        )
    return cases


class _Lookups:
    """The calls at risk of a case, and of others alike, looked up when they are asked for."""

    def __init__(self, context: Context, bare: _Bare) -> None:
        self._scene, self._bare = context, bare
        self.sizes: dict[tuple[str, ...], Floats] = {}

    @cached_property
    def risk(self) -> Mask:
        return np.asarray(self._scene.classes.of_calls(self._bare.risk))

    @cached_property
    def then(self) -> Mask:
        before: Mask = self._scene.classes.of_calls(self._bare.then)
        return before if self._bare.repeating else before & self._scene.fresh


class _CaseOfClasses(Case):
    """A case whose calls are looked up by class when they are asked for: most of them never are."""

    _scene: Context
    _bare: _Bare
    _lookups: _Lookups

    def __init__(
        self,
        context: Context,
        bare: _Bare,
        lookups: _Lookups,
        places: Sequence[Place],
        wholes: Wholes,
        kinds: Mapping[str, Mask],
    ) -> None:
        self.__dict__.update(
            {name: getattr(bare, name) for name in ("kind", "tolerated", "filters", "failing")},
            places=places,
            sizes=lookups.sizes,
            wholes=wholes,
            kinds=kinds,
            _scene=context,
            _bare=bare,
            _lookups=lookups,
        )

    @cached_property
    def hit(self) -> Mask:
        return np.asarray(self._scene.classes.of_calls(self._bare.hit))

    @property
    def risk(self) -> Mask:
        return self._lookups.risk

    @property
    def then(self) -> Mask:
        return self._lookups.then


def _kinds(context: Context, bare: list[_Bare]) -> tuple[Ints, Wholes]:
    """Return a class of each kind of calls that are the same to all cases, and what counts them.

    Calls that repeat an ending are of no kind, as hardly a case asks for them.
    """
    classes = context.classes
    members = [side for one in bare for side in (one.hit, one.risk, one.then)]
    sides = np.array([np.zeros_like(classes.now), *members])
    _, first, kind = np.unique(sides, axis=1, return_index=True, return_inverse=True)
    codes = classes.of_calls(kind.reshape(-1).astype(smallest(len(first))))
    codes[~context.fresh] = -1
    return first, Wholes(Key("kind", codes, pd.Series(range(len(first)))))
