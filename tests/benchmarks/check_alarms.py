"""How often the rules of `check` fire: `python tests/benchmarks/check_alarms.py [workspaces]`.

A workspace is four weeks of made-up calls without a fault, 10,000 of them, or about 500 on a
working day; the 24 hours of a Thursday are judged. Healthy, a rule should be quiet: the aim is that
each fires in at most 5% of the workspaces, as far as the interval of the share tells. Without
`min_calls`, `new_reasons` has no aim: a single call of a rare reason is enough for it. Then a fault
is planted, as a self-test does: more failures on one agent, on all calls, a reason that is new, or
an agent that goes dark. For each fault there is a rule that has to see it in at least 80% of the
workspaces.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from retell_nb import sample_calls
from retell_nb.check.grammar import parse
from retell_nb.check.judging import Judgement, judge
from retell_nb.check.period import Period, period
from retell_nb.check.self_test import as_fault, plant
from retell_nb.engine.intervals import wilson
from retell_nb.vocabulary.reasons import REASONS

SEED, WORKSPACES, CALLS = 14, 16, 10_000
END = pd.Timestamp("2026-03-27", tz="UTC")
MOST_FALSE, LEAST_SEEN = 0.05, 0.80
RULES = [
    "rate(failed) > 0.1",
    "rate(failed, by=agent, min_calls=30) > 0.1",
    "new_reasons",
    "new_reasons(min_calls=3)",
    "explain(p < 0.01)",
    "silence",
    "findings(ongoing, change=rise)",
]
FAULTS = {
    "failed +20 points on one agent": "rate(failed, by=agent, min_calls=30) > 0.1",
    "failed +15 points": "rate(failed) > 0.1",
    "failed +10 points": "explain(p < 0.01)",
    "credit_exhausted +3 points": "new_reasons(min_calls=3)",
    "silence of 24h on one agent": "silence",
}
"""What is planted, and the rule that is to see it."""


def members(judgement: Judgement) -> set[str]:
    return {member for incident in judgement.incidents for member in incident.members}


def judged(part: Period) -> list[set[str]]:
    return [members(judge(parse(rule), part, "UTC", None)) for rule in RULES]


def main() -> int:
    """Print the table; return 1 where an aim is missed."""
    workspaces = int(sys.argv[1]) if len(sys.argv) > 1 else WORKSPACES
    fired = {name: np.zeros(len(RULES), dtype=int) for name in ("healthy", *FAULTS)}
    for seed in range(workspaces):
        calls = sample_calls(CALLS, seed=seed, faults=False)
        part = period(calls, pd.Timedelta("24h"), now=END)
        healthy = judged(part)
        fired["healthy"] += [bool(incidents) for incidents in healthy]
        for name in FAULTS:
            rng = np.random.default_rng([SEED, seed])
            planted = judged(plant(as_fault(name, REASONS), part, rng))
            pairs = zip(planted, healthy, strict=True)
            fired[name] += [bool(after - before) for after, before in pairs]
    table = pd.DataFrame(fired, index=RULES) / workspaces
    print(f"{workspaces} workspaces, seed {SEED}: share in which a rule fires")  # noqa: T201
    print(table.T.round(2).to_string())  # noqa: T201 - the result
    low, _ = wilson(fired["healthy"], np.full(len(RULES), workspaces))
    missed = [name for name, rule in FAULTS.items() if table.loc[rule, name] < LEAST_SEEN]
    alarms = pd.Series(low, index=RULES).drop("new_reasons")
    return int(bool(missed) or bool((alarms > MOST_FALSE).any()))


if __name__ == "__main__":
    sys.exit(main())
