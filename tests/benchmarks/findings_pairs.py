"""How often `findings` names both causes: `python tests/benchmarks/findings_pairs.py [cells]`.

In a world of 15,000 calls over two weeks a kind of failure is at 1%, times what the day makes of
it (coefficient of variation 0.3) and the hour of the clock (0.5). In a cell of two attributes, one
drawn at random of those with at least 25 calls, it is at 30%. A finding has to select both values.
The aim is 80% of the cells of each pair of attributes. Where a pair has cells of 25 to 60 calls,
as many are drawn of these alone, of which the aim is 60%.
"""

from __future__ import annotations

import sys
from typing import Any

import click
import numpy as np
import pandas as pd

import retell_nb as rn  # noqa: F401 - registers the words on frames

SEED, SIZE, DAYS, TRIALS = 13, 15_000, 14, 40
REASON, USUAL, FAULTY, FEWEST, SMALL = "error_llm_websocket_open", 0.01, 0.30, 25, 60
MOST = SIZE // 5
LEAST, LEAST_OF_SMALL = 0.80, 0.60
AGENTS, NUMBERS, COUNTRIES = (
    np.array(shares)
    for shares in (
        (0.40, 0.25, 0.15, 0.12, 0.05, 0.03),
        (0.35, 0.25, 0.20, 0.12, 0.08),
        (0.60, 0.25, 0.14, 0.01),
    )
)
PREFIXES = ("+141555", "+493012", "+331421", "+417123")
NAMES = ("US", "DE", "FR", "CH")
PAIRS = (
    ("agent_id", "country"),
    ("agent_id", "hour"),
    ("direction", "hour"),
    ("agent_version", "from_number"),
    ("agent_id", "weekday"),
)


def world(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return calls without their endings, and the values that findings select by."""
    second = np.sort(rng.integers(0, DAYS * 12 * 3600, SIZE))
    day, second = np.divmod(second, 12 * 3600)
    start = pd.Timestamp("2026-03-02T08:00Z") + pd.to_timedelta(day * 86_400 + second, unit="s")
    agent = rng.choice(len(AGENTS), SIZE, p=AGENTS)
    number = rng.choice(len(NUMBERS), SIZE, p=NUMBERS)
    country = rng.choice(len(COUNTRIES), SIZE, p=COUNTRIES)
    outbound = rng.random(SIZE) < 0.75
    version = 1 + (day >= rng.integers(3, DAYS - 3, len(AGENTS))[agent])
    own = np.array([f"+1303555018{code}" for code in number])
    other = np.array([f"{PREFIXES[a]}{b:05d}" for a, b in zip(country, range(SIZE), strict=True)])
    agents = np.array([f"agent_{code}" for code in agent])
    calls = pd.DataFrame(
        {
            "start_timestamp": start,
            "duration_ms": rng.integers(20_000, 200_000, SIZE),
            "agent_id": agents,
            "agent_version": version,
            "from_number": np.where(outbound, own, other),
            "to_number": np.where(outbound, other, own),
            "direction": np.where(outbound, "outbound", "inbound"),
            "call_type": "phone_call",
        }
    )
    called = np.where(outbound, np.array(NAMES)[country], "US")
    versions = np.char.add(np.char.add(agents, " "), version.astype(str))
    selected = calls[["agent_id", "direction"]].assign(
        agent_version=versions,
        from_number=np.where(outbound, own, None),
        country=called,
        hour=start.hour,
        weekday=start.day_of_week,
    )
    return calls.assign(day=day), selected


def trial(rng: np.random.Generator, pair: tuple[str, str], most: int) -> bool | None:
    """Return whether a finding names both values of a faulty cell; None where there is no cell."""
    calls, values = world(rng)
    sizes = values.groupby([*pair]).size()
    cells = sizes.index[sizes.between(FEWEST, most)]
    if cells.empty:
        return None
    cell = cells[rng.integers(len(cells))]
    inside = np.logical_and.reduce(
        [values[name] == value for name, value in zip(pair, cell, strict=True)]
    )
    factors = [
        rng.gamma(1 / cv**2, cv**2, many)[codes]
        for cv, many, codes in ((0.3, DAYS, calls.pop("day")), (0.5, 24, values["hour"]))
    ]
    rate = np.where(inside, FAULTY, USUAL * factors[0] * factors[1])
    hit = rng.random(SIZE) < rate
    calls["disconnection_reason"] = np.where(hit, REASON, "user_hangup")
    planted: dict[str, list[Any]] = {
        name: [value] for name, value in zip(pair, cell, strict=True) if name != "agent_version"
    }
    if "agent_version" in pair:
        agent, _, version = str(cell[pair.index("agent_version")]).partition(" ")
        planted |= {"agent_id": [agent], "agent_version": [int(version)]}
    named = calls.retell.findings(limit=None)["filters"]
    return any(all(one.get(name) == value for name, value in planted.items()) for one in named)


def main(trials: int) -> int:
    """Print the table; return 1 where an aim is missed."""
    rows, missed = [], False
    for place, pair in enumerate(PAIRS):
        rng = np.random.default_rng([SEED, place])
        both, of_small = (
            pd.Series([trial(rng, pair, most) for _ in range(trials)], dtype="boolean").dropna()
            for most in (MOST, SMALL)
        )
        rows.append((" x ".join(pair), both.mean(), len(of_small), of_small.mean()))
        missed |= bool(both.mean() < LEAST) or bool(
            len(of_small) and of_small.mean() < LEAST_OF_SMALL
        )
    table = pd.DataFrame(rows, columns=["pair", "both named", "small cells", "both named of small"])
    click.echo(f"{trials} cells of each pair, seed {SEED}\n{table.round(2).to_string(index=False)}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else TRIALS))
