"""False findings on healthy calls, and faults that are found, where calls are not independent.

    python tests/benchmarks/findings_healthy.py [--frames 20] [--size 3000 --size 15000] [--power]

In a healthy world agents, caller numbers and countries differ in size, not in their rates; the rate
of every failure varies from day to day (coefficient of variation 0.3) and with the hour of the
clock (0.5); a dial that failed is redialed up to five times and meets the same in 90%; and three
numbers have a burst of short calls, which changes nothing. A frame counts as false where `findings`
names a segment (an even level everywhere is none), `outages` has a row, or `bursts` a rise. The
aim is at most one frame in twenty for each, and 95% of the faults planted in such worlds found.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import pandas as pd

import retell_nb as rn  # noqa: F401 - registers the words on frames

if TYPE_CHECKING:
    import numpy.typing as npt

SEED, DAYS = 13, 14
OF_DAY, OF_HOUR, AGAIN, MOST_REDIALS = 0.3, 0.5, 0.9, 5
MOST_FALSE, LEAST_POWER = 0.05, 0.95
RATES = {
    "dial_failed": 0.03,
    "invalid_destination": 0.01,
    "error_llm_websocket_open": 0.01,
    "telephony_provider_unavailable": 0.01,
    "dial_no_answer": 0.2,
}
AGENTS = (0.40, 0.25, 0.15, 0.12, 0.08)
NUMBERS = (0.35, 0.25, 0.20, 0.12, 0.08)
COUNTRIES = {"+1415555": 0.6, "+4930123": 0.25, "+3314212": 0.15}
SEGMENTS = {"agent_id", "from_number", "country", "hour", "weekday", "start", "end"}
FAULTS = {
    3_000: ("agent +5", "number +10", "three hours of 60%"),
    15_000: ("agent +2",),
}


def factors(rng: np.random.Generator, size: int, variation: float) -> npt.NDArray[np.float64]:
    """Return factors around 1 with a coefficient of variation."""
    shape = 1 / variation**2
    return rng.gamma(shape, 1 / shape, size)


def world(rng: np.random.Generator, size: int, fault: str = "") -> pd.DataFrame:
    """Return calls of a healthy world, or of one with a fault."""
    start = np.sort(rng.integers(0, DAYS * 12 * 3600, size))
    day, second = np.divmod(start, 12 * 3600)
    hour = 8 + second // 3600
    agent = rng.choice(len(AGENTS), size, p=AGENTS)
    number = rng.choice(len(NUMBERS), size, p=NUMBERS)
    version = 1 + (day >= rng.integers(3, DAYS - 3, len(AGENTS))[agent])
    prefix = rng.choice(list(COUNTRIES), size, p=list(COUNTRIES.values()))
    reason = np.full(size, "user_hangup", dtype=object)
    free = np.ones(size, dtype=bool)
    for name, rate in RATES.items():
        varying = factors(rng, DAYS, OF_DAY)[day] * factors(rng, 24, OF_HOUR)[hour]
        hit = free & (rng.random(size) < rate * varying)
        reason[hit], free = name, free & ~hit
    for where, name, extra in _planted(rng, fault, agent, number, day, hour):
        reason[where & free & (rng.random(size) < extra)] = name
    talked = reason == "user_hangup"
    calls = pd.DataFrame(
        {
            "disconnection_reason": reason,
            "start_timestamp": pd.Timestamp("2026-03-02T08:00Z")
            + pd.to_timedelta(day * 86_400 + second, unit="s"),
            "duration_ms": np.where(talked, rng.integers(20_000, 200_000, size), 0),
            "agent_id": [f"agent_{code}" for code in agent],
            "agent_version": version,
            "from_number": [f"+1303555018{code}" for code in number],
            "to_number": [
                f"{a}{b:04d}" for a, b in zip(prefix, rng.permutation(size), strict=True)
            ],
            "direction": "outbound",
            "call_type": "phone_call",
        }
    )
    return _redialed(rng, pd.concat([calls, _bursts(rng, calls)], ignore_index=True))


def _planted(
    rng: np.random.Generator, fault: str, agent: Any, number: Any, day: Any, hour: Any
) -> list[tuple[Any, str, float]]:
    at, clock = rng.integers(1, DAYS - 1), rng.integers(8, 18)
    span = (day == at) & (hour >= clock) & (hour < clock + 3)
    return {
        "": [],
        "agent +5": [(agent == 1, "error_llm_websocket_open", 0.05)],
        "agent +2": [(agent == 1, "error_llm_websocket_open", 0.02)],
        "number +10": [(number == 2, "dial_failed", 0.10)],
        "three hours of 60%": [(span, "telephony_provider_unavailable", 0.60)],
    }[fault]


def _redialed(rng: np.random.Generator, calls: pd.DataFrame) -> pd.DataFrame:
    """Dials that failed, again and again; what is another result is a talk."""
    parts, last = (
        [calls],
        calls[calls["disconnection_reason"].isin(["dial_failed", "invalid_destination"])],
    )
    for _ in range(MOST_REDIALS):
        last = last[rng.random(len(last)) < AGAIN]
        last = last.assign(
            start_timestamp=last["start_timestamp"]
            + pd.to_timedelta(rng.integers(300, 7200, len(last)), unit="s")
        )
        parts.append(last)
    together = pd.concat(parts, ignore_index=True).sort_values("start_timestamp", kind="stable")
    return together.reset_index(drop=True)


def _bursts(rng: np.random.Generator, calls: pd.DataFrame) -> pd.DataFrame:
    """Return twelve short calls within minutes from each of three numbers."""
    rows = calls.iloc[:0]
    for number in sorted(calls["from_number"].unique())[:3]:
        begin = pd.Timestamp("2026-03-06T10:00Z") + pd.Timedelta(hours=int(rng.integers(0, 150)))
        some = calls[calls["from_number"] == number].head(12)
        times = begin + pd.to_timedelta(np.arange(12) * 40, unit="s")
        short = some.assign(
            start_timestamp=times, duration_ms=4_000, disconnection_reason="user_hangup"
        )
        rows = pd.concat([rows, short])
    return rows


def segments(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the findings that name a segment or a span; the short calls are there indeed."""
    table = calls.retell.findings(limit=None)
    named = [bool(set(one) & SEGMENTS) for one in table["filters"]]
    return table[np.array(named, dtype=bool) & (table["kind"] != "short_calls")]


def false_frames(rng: np.random.Generator, size: int, frames: int) -> dict[str, float]:
    """Return the share of healthy frames with something false, by what it is."""
    false = {"segment": 0, "outage": 0, "raised burst": 0}
    for _ in range(frames):
        calls = world(rng, size)
        named = segments(calls)
        for _, row in named.iterrows():
            click.echo(f"  {row['title']}", err=True)
        false["segment"] += len(named) > 0
        kinds = ["llm_server", "provider", "dial_failed", "invalid_destination"]
        false["outage"] += len(calls.retell.outages(of=kinds)) > 0
        false["raised burst"] += bool(calls.retell.bursts()["raised"].any())
    return {name: count / frames for name, count in false.items()}


def is_found(calls: pd.DataFrame, fault: str) -> bool:
    """Tell whether a finding names the segment of a fault."""
    named = segments(calls)
    if fault.startswith("agent"):
        return any(one.get("agent_id") == ["agent_1"] for one in named["filters"])
    if fault.startswith("number"):
        return any(one.get("from_number") == ["+13035550182"] for one in named["filters"])
    return any("start" in one for one in named.loc[named["kind"] == "trunk", "filters"])


@click.command()
@click.option("--frames", default=20, show_default=True)
@click.option("--size", "sizes", multiple=True, type=int, default=(3_000, 15_000))
@click.option("--power/--no-power", default=True)
@click.option("--healthy/--no-healthy", default=True)
def main(frames: int, sizes: tuple[int, ...], *, power: bool, healthy: bool) -> None:
    """Print the shares of frames; the exit code says whether an aim was missed."""
    missed = False
    for size in sizes:
        rng = np.random.default_rng([SEED, size])
        for name, share in (false_frames(rng, size, frames) if healthy else {}).items():
            click.echo(f"{size:>7,} calls  false {name:22} {share:7.2f}  (at most {MOST_FALSE})")
            missed |= share > MOST_FALSE
        for fault in FAULTS.get(size, ()) if power else ():
            share = np.mean([is_found(world(rng, size, fault), fault) for _ in range(frames)])
            click.echo(f"{size:>7,} calls  found {fault:22} {share:7.2f}  (at least {LEAST_POWER})")
            missed |= bool(share < LEAST_POWER)
    sys.exit(int(missed))


if __name__ == "__main__":
    main()
