"""How often `explain_counts` names what was planted: `python tests/benchmarks/explain_recall.py`.

    python tests/benchmarks/explain_recall.py [TRIALS] [SEED]

Two kinds of worlds are made up. In those of calls, eight attributes with uneven mixes have small
effects everywhere, and in one conjunction of one to three of them the rate rises. In those of
incidents, a few thousand leaves have large counts and a fractional baseline, rates differ by nature
and drift by themselves, and the rise is uneven within its segment. A segment counts as named where
it has exactly the planted calls. The peer is the risk ratio of MacroBase (P. Bailis et al., SIGMOD
2017): among combinations with a tenth of the failed calls, the one with the highest ratio of its
rate now to that of all other calls. The exit code says whether the aims were met.
"""

from __future__ import annotations

import sys
from functools import partial
from math import log
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import numpy as np
import pandas as pd

from retell_nb.engine.cubes import count
from retell_nb.engine.explain import explain_counts
from retell_nb.engine.scores import Counts
from retell_nb.engine.segments import Leaves, candidates, rolled_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.scores import Floats
    from retell_nb.engine.segments import Segment

DEPTH = 3
SIZES = {
    "agent": 12, "team": 8, "number": 20, "country": 10, "hour": 24, "direction": 2, "type": 2,
    "latency": 5,
}  # fmt: skip
AGENT, TEAM = 0, 1
STANDING = 0.4


class World(NamedTuple):
    """Leaves, the planted segments, and an agent that always failed more, if there is one."""

    leaves: Leaves
    truth: list[Segment]
    standing: Segment | None = None


class Incidents(NamedTuple):
    """What the worlds of one kind of incidents have in common; spreads are of logarithms."""

    sizes: tuple[int, ...] = (32, 6, 4, 8, 2, 10)
    calls: tuple[float, float] = (2e4, 3e5)
    rate: tuple[float, float] = (0.01, 0.06)
    periods: int = 15
    by_nature: float = 0.4
    drift: float = 0.1
    noise: float = 0.15
    uneven: float = 0.3
    zeros: float = 0.0
    begun: float = 0.0
    times: tuple[float, float] = (3.0, 20.0)


INCIDENTS = {
    "incidents": Incidents(),
    "incidents, poor baseline": Incidents(periods=1, noise=0.3, begun=0.5),
    "incidents, rates that drift": Incidents(drift=0.2, noise=0.3, uneven=0.6),
    "incidents, mostly no failures": Incidents(rate=(0.0005, 0.005), zeros=0.5, periods=3),
    "incidents, an even grid": Incidents(
        sizes=(10, 12, 10, 8), by_nature=0.1, drift=0.02, noise=0.05, times=(1.5, 6.0)
    ),
}


def calls_world(
    dice: np.random.Generator,
    *,
    causes: int = 1,
    standing: bool = False,
    before: int = 20_000,
    now: int = 4_000,
    rise: float | None = None,
    support: tuple[float, float] = (0.01, 0.25),
    depth: int | None = None,
) -> World:
    """Return calls of a time before and of now, with planted rises of 12 to 50 points."""
    sizes = list(SIZES.values())
    total = now + before
    codes = [
        dice.choice(size, total, p=dice.dirichlet(np.full(size, 1.5))).astype(np.int16)
        for size in sizes
    ]
    teams = np.concatenate([np.arange(sizes[TEAM]), dice.integers(0, sizes[TEAM], 4)])
    codes[TEAM] = dice.permutation(teams).astype(np.int16)[codes[AGENT]]
    effects = sum(dice.normal(0, 0.2, size)[code] for size, code in zip(sizes, codes, strict=True))
    rates = 1 / (1 + np.exp(-(log(0.06 / 0.94) + effects)))
    is_now = np.arange(total) < now
    usual = {AGENT: int(dice.choice(codes[AGENT]))} if standing else None
    if usual:
        rates = np.where(inside(codes, usual), STANDING, rates)
    truth: list[Segment] = []
    while len(truth) < causes:
        places = dice.choice(len(sizes), depth or dice.integers(1, 4), replace=False)
        row = dice.integers(now)
        segment = {place: int(codes[place][row]) for place in sorted(places.tolist())}
        rows = inside(codes, segment) & is_now
        overlap = any((inside(codes, other) & rows).sum() > 0.3 * rows.sum() for other in truth)
        same = {AGENT, TEAM} <= segment.keys() or (usual and usual.items() <= segment.items())
        if overlap or same or not support[0] <= rows.sum() / now <= support[1]:
            continue
        truth.append(segment)
        rates = np.where(rows, np.minimum(rates + (rise or dice.uniform(0.12, 0.5)), 1), rates)
    failed = dice.random(total) < rates
    measures = [is_now, is_now & failed, ~is_now, ~is_now & failed]
    counts = Counts(*(measure.astype(np.float64) for measure in measures))
    return World(Leaves(codes, sizes, counts), truth, usual)


def incident_world(dice: np.random.Generator, kind: Incidents) -> World:
    """Return leaves of one incident: mostly one cause, sometimes two."""
    sizes = [max(2, round(size * dice.uniform(0.6, 1.3))) for size in kind.sizes]
    mixes = [dice.dirichlet(np.full(size, 0.6)) for size in sizes]
    many = dice.integers(2_000, 15_000)
    codes = np.unique([dice.choice(len(mix), many, p=mix) for mix in mixes], axis=1)
    share = np.prod([mix[code] for mix, code in zip(mixes, codes, strict=True)], axis=0) ** 0.7
    share = share * spread(dice, 0.7, len(share))
    mean = np.exp(dice.uniform(*np.log(kind.calls))) * share / share.sum()
    level = np.exp(dice.uniform(*np.log(kind.rate))) * effects_of(
        dice, codes, sizes, kind.by_nature
    )
    level = np.where(dice.random(len(mean)) < kind.zeros, level * 0.02, level)
    before = dice.poisson(mean * kind.periods)
    rate_before = level * spread(dice, kind.noise / np.sqrt(kind.periods), len(mean))
    calls = dice.poisson(mean * effects_of(dice, codes, sizes, kind.drift))
    rate = level * effects_of(dice, codes, sizes, kind.drift) * spread(dice, kind.noise, len(mean))
    rate = rate * spread(dice, kind.noise, 1)
    truth: list[Segment] = []
    for _ in range(1 + (dice.random() < 0.15)):
        segment = cause(dice, codes, calls)
        lift = np.exp(dice.uniform(*np.log(kind.times))) * spread(dice, kind.uneven, len(mean))
        lift = np.where(inside(codes, segment), np.maximum(lift, 1), 1.0)
        rate, rate_before = rate * lift, rate_before * (1 + kind.begun * dice.random() * (lift - 1))
        truth.append(segment)
    failed = dice.binomial(calls, np.minimum(rate, 0.95))
    failed_before = dice.binomial(before, np.minimum(rate_before, 0.95))
    measures = (calls, failed, before / kind.periods, failed_before / kind.periods)
    counts = Counts(*(np.asarray(measure, dtype=np.float64) for measure in measures))
    return World(Leaves([code.astype(np.int16) for code in codes], sizes, counts), truth)


def cause(dice: np.random.Generator, codes: Any, calls: Any) -> Segment:
    """Return a segment of 0.3 to 30% of the calls that no attribute less would do for."""
    while True:
        row = dice.choice(len(calls), p=calls / calls.sum())
        depth = dice.choice([1, 2, 3], p=[0.4, 0.45, 0.15])
        places = sorted(dice.choice(len(codes), depth, replace=False).tolist())
        segment = {place: int(codes[place][row]) for place in places}
        own = calls[inside(codes, segment)].sum()
        wider = [
            calls[inside(codes, {other: code for other, code in segment.items() if other != place})]
            for place in segment
        ]
        if 0.003 <= own / calls.sum() <= 0.3 and all(one.sum() > 1.3 * own for one in wider):
            return segment


def effects_of(dice: np.random.Generator, codes: Any, sizes: list[int], size: float) -> Floats:
    """Return factors by the values of each attribute, and of one pair of attributes."""
    first, second = dice.choice(len(sizes), 2, replace=False)
    pairs = dice.normal(0, size / 2, (sizes[first], sizes[second]))[codes[first], codes[second]]
    single = (dice.normal(0, size, many)[code] for many, code in zip(sizes, codes, strict=True))
    return np.exp(sum(single) + pairs)


def spread(dice: np.random.Generator, size: float, many: int) -> Floats:
    """Return factors around 1."""
    return np.exp(dice.normal(0, size, many))


def inside(codes: Any, segment: Segment) -> Any:
    """Return which rows lie in a segment."""
    return np.all([codes[place] == code for place, code in segment.items()], axis=0)


def is_same(leaves: Leaves, segment: Segment | None, other: Segment) -> bool:
    """Tell whether two segments have the same calls now."""
    if segment is None:
        return False
    calls = leaves.counts.calls > 0
    return np.array_equal(leaves.rows(segment) & calls, leaves.rows(other) & calls)


def best(leaves: Leaves) -> Segment | None:
    """Return the library's first explanation, without its p-value."""
    ranked = candidates(leaves, DEPTH)
    return rolled_up(leaves, ranked[0].segment) if ranked else None


def risk_ratio(leaves: Leaves) -> Segment | None:
    """Return the peer's first explanation."""
    whole = leaves.total
    cubes = count(leaves.codes, leaves.sizes, DEPTH, weights=leaves.counts[:2])
    top: tuple[float, Segment | None] = (0.0, None)
    for combination, cube in cubes.items():
        calls, failed = cube.counts
        others = np.maximum(whole.calls - calls, 1e-9)
        rest = np.maximum(whole.failed - failed, 0.5) / others
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = np.where(
                (failed >= 0.1 * whole.failed) & (others > 1), failed / calls / rest, 0
            )
        place = int(ratio.argmax())
        if ratio[place] > top[0]:
            key = place if cube.keys is None else int(cube.keys[place])
            shape = [leaves.sizes[one] for one in combination]
            codes = np.unravel_index(key, shape) if combination else ()
            top = float(ratio[place]), dict(zip(combination, map(int, codes), strict=True))
    return top[1]


def explained(leaves: Leaves, top: int) -> list[tuple[Segment, float]]:
    """Return the segments that the public function names, with their p-values."""
    names = [f"attribute {place}" for place in range(len(leaves.sizes))]
    frame = pd.DataFrame(dict(zip(names, leaves.codes, strict=True)) | leaves.counts._asdict())
    table = explain_counts(frame, names, max_depth=DEPTH, top=top)
    return [
        ({place: int(row[name]) for place, name in enumerate(names) if pd.notna(row[name])}, p)
        for (_, row), p in zip(table.iterrows(), table["p_value"], strict=True)
    ]


def recall(trials: int, seed: int) -> pd.DataFrame:
    """Return exact F1 of the first explanation by kind of world, and that of the peer."""
    worlds: dict[str, Callable[[np.random.Generator], World]] = {
        "one cause": calls_world,
        "and a standing level": partial(calls_world, standing=True),
        **{name: partial(incident_world, kind=kind) for name, kind in INCIDENTS.items()},
    }
    rows = []
    for name, make in worlds.items():
        hits, peer, misled = 0.0, 0.0, 0
        many = trials if name in INCIDENTS else 3 * trials  # quick, and of the narrower aim
        for trial in range(many):
            world = make(np.random.default_rng([seed, trial]))
            names = best(world.leaves), risk_ratio(world.leaves)
            scores = [
                2 * any(is_same(world.leaves, one, true) for true in world.truth)
                / (1 + len(world.truth))
                for one in names
            ]  # fmt: skip
            hits, peer = hits + scores[0], peer + scores[1]
            misled += names[0] == world.standing and names[0] is not None
        rows.append((name, many, hits / many, peer / many, misled / many))
    return pd.DataFrame(
        rows, columns=["world", "trials", "top-1 F1", "risk ratio", "names the standing"]
    )


def two_causes(trials: int, seed: int) -> float:
    """Return how often both causes are among the first three explanations."""
    both = 0
    for trial in range(trials):
        world = calls_world(np.random.default_rng([seed, trial]), causes=2, support=(0.03, 0.25))
        names = [segment for segment, _ in explained(world.leaves, 3)]
        both += all(any(is_same(world.leaves, one, true) for one in names) for true in world.truth)
    return both / trials


def false_alarms(trials: int, seed: int, now: int = 4_000) -> float:
    """Return the share of unchanged frames with p < 0.05."""
    alarms = 0
    for trial in range(trials):
        dice = np.random.default_rng([seed, trial])
        world = calls_world(dice, causes=0, standing=trial % 2 == 1, before=5 * now, now=now)
        alarms += any(p < 0.05 for _, p in explained(world.leaves, 1))
    return alarms / trials


def power(trials: int, seed: int) -> pd.DataFrame:
    """Return how often a pair of values is named exactly, and beyond chance, by volume and rise."""
    rows: dict[str, dict[str, float]] = {}
    for now in (1_000, 4_000, 16_000):
        for rise in (0.05, 0.12, 0.25, 0.5):
            hits = 0
            for trial in range(trials):
                world = calls_world(
                    np.random.default_rng([seed, trial]), rise=rise, now=now, before=5 * now,
                    support=(0.03, 0.1), depth=2,
                )  # fmt: skip
                first = explained(world.leaves, 1)
                hits += any(
                    is_same(world.leaves, one, world.truth[0]) and p < 0.05 for one, p in first
                )
            rows.setdefault(f"{now:,} calls", {})[f"+{rise * 100:.0f} points"] = hits / trials
    return pd.DataFrame(rows)


def main(trials: int, seed: int) -> int:
    """Print the tables; return 1 where an aim is missed."""
    table = recall(trials, seed)
    click.echo(f"seed {seed}\n{table.round(3).to_string(index=False)}")
    fewer = max(10, trials // 3)
    alarms, both = false_alarms(fewer, seed), two_causes(fewer, seed)
    error = 2 * np.sqrt(0.05 * 0.95 / fewer)
    click.echo(f"unchanged frames with p < 0.05: {alarms:.3f} of {fewer} (5% ± {error:.3f})")
    click.echo(f"both of two causes in the first three: {both:.3f} of {fewer}")
    click.echo(power(max(5, trials // 15), seed).to_string())
    scores = table.set_index("world")["top-1 F1"]
    missed = scores["one cause"] < 0.9 or scores["and a standing level"] < 0.75
    return bool(missed or both < 0.8 or alarms > 0.05 + error)


if __name__ == "__main__":
    arguments = [int(word) for word in sys.argv[1:]]
    sys.exit(main(*(arguments + [300, 0][len(arguments) :])))
