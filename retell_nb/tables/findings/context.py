"""The calls in which faults are looked for, with all that is asked of them worked out once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, has_times, seconds
from retell_nb.calls.repeats import people, repeats
from retell_nb.grouping import flags, word
from retell_nb.tables.findings.attributes import (
    agent_names,
    directed,
    hour_bins,
    outbound,
    places,
    times,
)
from retell_nb.tables.findings.clock import clock
from retell_nb.tables.outages.exposure import at_risk
from retell_nb.vocabulary.reasons import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Column, Floats, Ints, Mask
    from retell_nb.engine.codes import Key
    from retell_nb.tables.findings.attributes import Place
    from retell_nb.tables.findings.clock import Clock


__all__ = ["ENDINGS", "SHORT", "TOGETHER", "Case", "Scene", "cases", "scene_of"]

TOGETHER = {"reputation": "dial_failure"}
"""Categories looked at with another one: a carrier that blocks a number tells it in either way."""

SHORT = 10
"""Seconds that a talk lasts at least that is not short: as Twilio's Voice Insights has it."""

ENDINGS = ("dial_no_answer", "inactivity", "max_duration_reached", "user_declined")
"""Reasons that are no failure, but may tell of one where they are many: a number that people do
not trust, an agent that does not speak, or does not stop."""

TOLERATED = 0.01
"""Rate above what is expected up to which a kind of failure is no finding: it may differ so much
between agents, directions and hours that are all well."""

TOLERATED_SHORT = 0.10
"""The same for short talks and `ENDINGS`, which are many everywhere, and more at one campaign than
at another."""

_AGENT = (("agent_id",), ("agent_name",))
_TOLD = [
    "agent_id",
    "agent_name",
    "call_status",
    "disconnection_reason",
    "in_voicemail",
    "llm_websocket_network_rtt_latency_p50",
]  # whether a call could have met an error


@dataclass(frozen=True)
class Scene:
    """Calls that are looked at (`now`) and those of the baseline, in one frame.

    `category`, `stage` and `failed` speak of each call; `fresh` are the calls that do not repeat an
    ending with the same person, and only these are evidence; `people` are the persons of the calls;
    `hours` are the hours in which there are calls, `clock` their days; `places` the attributes
    looked at, `missing` tells of those that cannot be.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"]})
    >>> scene_of(calls, calls, REASONS, "UTC").now.tolist()
    [True, False]
    """

    calls: pd.DataFrame
    vocabulary: pd.DataFrame
    now: Mask
    ended: Mask
    failed: Mask
    fresh: Mask
    people: Ints
    category: Column
    stage: Column
    when: Column
    hours: Key
    clock: Clock
    places: Sequence[Place]
    missing: list[str]
    compared: bool
    agent_names: dict[str, str]


@dataclass(frozen=True)
class Case:
    """What is looked for: the hits among the calls that may be hit, and in which attributes.

    `risk` are the calls that got far enough to be hit, `then` those of the baseline. `tolerated` is
    by how much a rate may differ; `choices` are those of the hits, wherever they are, with the
    direction or the agent if no other could be hit; `failing` tells failures from calls that may be
    as they should; `sizes` remembers counts, shared by cases of the same calls.

    Examples
    --------
    >>> nobody = np.array([], dtype=bool)
    >>> Case("capacity", nobody, nobody, nobody, [], TOLERATED, {}).failing
    True
    """

    kind: str
    hit: Mask
    risk: Mask
    then: Mask
    places: Sequence[Place]
    tolerated: float
    choices: dict[str, list[Any]]
    failing: bool = True
    sizes: dict[tuple[str, ...], Floats] = field(default_factory=dict)


def scene_of(
    calls: pd.DataFrame, baseline: pd.DataFrame | None, vocabulary: pd.DataFrame, tz: str
) -> Scene:
    """Return the scene of calls, and of a baseline.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> scene = scene_of(calls, None, REASONS, "UTC")
    >>> scene.failed.tolist(), scene.hours.codes.tolist()
    ([False], [-1])
    """
    parts = [part.copy(deep=False) for part in (calls, baseline) if part is not None]
    for part in parts:
        part.attrs = {}  # which pandas would copy, deeply, at every step
    together = pd.concat(parts, ignore_index=True) if parts[1:] else parts[0]
    words = endings(together, vocabulary).columns("outcome", "category", "stage")
    outcome = words["outcome"]
    moments = times(together)
    hours = hour_bins(moments)
    attributes, missing = places(together, moments, tz)
    if not has_times(together):
        missing.append("when: no call has a time")
    return Scene(
        calls=together,
        vocabulary=vocabulary,
        now=np.arange(len(together)) < len(calls),
        ended=flags(outcome.ne("in_progress")),
        failed=flags(outcome.eq("failed")),
        fresh=_fresh(parts, vocabulary),
        people=people(together, vocabulary),
        category=words["category"],
        stage=words["stage"],
        when=moments,
        hours=hours,
        clock=clock(hours, tz),
        places=attributes,
        missing=missing,
        compared=baseline is not None,
        agent_names=agent_names(together),
    )


def _fresh(parts: Sequence[pd.DataFrame], vocabulary: pd.DataFrame) -> Mask:
    """Calls that do not repeat an ending; a baseline is looked at by itself."""
    return ~np.concatenate([repeats(part, vocabulary) for part in parts])


def cases(scene: Scene) -> list[Case]:
    """Return what is looked for: every kind of failure that occurs, `ENDINGS`, and short talks.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    >>> [case.kind for case in cases(scene_of(calls, None, REASONS, "UTC"))]
    ['dial_failure']
    """
    kinds: dict[str, list[str]] = {}
    for category in scene.category[scene.failed & scene.now].dropna().unique():
        kinds.setdefault(TOGETHER.get(category, category), []).append(category)
    failures: list[Case] = []
    for kind in sorted(kinds):
        categories = sorted(kinds[kind])
        hit = scene.failed & flags(scene.category.isin(categories))
        choices = {"outcome": ["failed"], "category": categories}
        failures.append(
            _at_risk(Case(kind, hit, hit, hit, scene.places, TOLERATED, choices), scene, failures)
        )
    return [*failures, *_endings(scene, failures), *_short_talks(scene)]


def _endings(scene: Scene, others: list[Case]) -> list[Case]:
    """Reasons that are no failure, unless the vocabulary says that they are one."""
    reasons = word(scene.calls, "reason", scene.vocabulary)
    endings: list[Case] = []
    for reason in ENDINGS:
        hit = flags(reasons.eq(reason)) & scene.ended & ~scene.failed
        if (hit & scene.now).any():
            only: dict[str, list[Any]] = {"reason": [reason]}
            bare = Case(reason, hit, hit, hit, scene.places, TOLERATED_SHORT, only, failing=False)
            endings.append(_at_risk(bare, scene, [*others, *endings]))
    return endings


def _at_risk(case: Case, scene: Scene, others: list[Case]) -> Case:
    """The case with the calls that could be hit, which it may share with other cases."""
    hit = case.hit
    anywhere, more = _directions(scene, hit)
    exposed = anywhere & _exposed(scene, hit)
    risk, then = exposed & scene.now, exposed & ~scene.now & scene.fresh
    alike = (one for one in others if np.array_equal(one.risk, risk))
    shared = next(alike, None)
    return replace(
        case,
        hit=hit & anywhere,
        risk=shared.risk if shared else risk,
        then=shared.then if shared else then,
        choices=case.choices | more | _only_agent(scene, anywhere, risk),
        sizes=shared.sizes if shared else {},
    )


def _only_agent(scene: Scene, anywhere: Mask, risk: Mask) -> dict[str, list[Any]]:
    """The one agent that could be hit, of several: no other has such a server."""
    agent = next((place for place in scene.places if place.columns in _AGENT), None)
    if agent is None:
        return {}
    exposed = np.unique(agent.key.codes[risk])
    several = len(np.unique(agent.key.codes[anywhere & scene.now])) > 1
    return agent.choices(int(exposed[0])) if several and len(exposed) == 1 else {}


def _exposed(scene: Scene, hit: Mask) -> Mask:
    """Calls that could have met an error: whether their direction could, `_directions` tells."""
    columns = scene.calls.columns
    return at_risk(
        scene.calls[columns.intersection(_TOLD)], hit, scene.vocabulary, stage=scene.stage
    )


def _directions(scene: Scene, hit: Mask) -> tuple[Mask, dict[str, list[Any]]]:
    """Calls of the directions in which there are hits: no call that comes in can fail to dial."""
    direction = directed(scene.places)
    if direction is None:
        return scene.ended, {}
    codes = direction.key.codes
    size = len(direction.key.levels) + 1
    hits = np.bincount(codes[hit] + 1, minlength=size)
    struck = hits * 100 > hits.sum()
    if not hits.sum() or struck.all():
        return scene.ended, {}
    names = [
        None if code == 0 else direction.key.levels.iloc[code - 1]
        for code in np.flatnonzero(struck)
    ]
    return scene.ended & struck[codes + 1], {direction.columns[0]: names}


def _short_talks(scene: Scene) -> list[Case]:
    """Talks of a few seconds by dialing number: what gets a number marked as spam.

    Those that a fault cut short are told of as failures.
    """
    numbers = [place for place in scene.places if place.columns == ("from_number",)]
    if not numbers or "duration_ms" not in scene.calls.columns:
        scene.missing.append("short talks: the calls do not tell from_number and duration_ms")
        return []
    lasted = seconds(scene.calls)
    talked = flags(scene.stage.eq("connected")) & (lasted > 0)
    risk = scene.ended & talked & ~scene.failed & outbound(scene.calls)
    choices: dict[str, list[Any]] = {
        "stage": ["connected"],
        "duration": [f"1ms..{SHORT}s"],
        "outcome": [name for name in OUTCOMES.index if name not in ("failed", "in_progress")],
        **numbers[0].always,
    }
    return [
        Case(
            kind="short_calls",
            hit=risk & (lasted < SHORT),
            risk=risk & scene.now,
            then=risk & ~scene.now,
            places=numbers,
            tolerated=TOLERATED_SHORT,
            choices=choices,
            failing=False,
        )
    ]
