"""How many planted faults `findings` finds: `python tests/benchmarks/findings_recall.py [seeds]`.

A fault counts as found where a finding has its kind and, if the fault is in a segment, names that
segment. On calls without faults every finding is a false alarm. The aims are a recall of at least
0.95 and at most 0.2 false alarms a seed, whatever the number of calls and days; recall is asked
for at the default size alone, as fewer calls may hide a fault.
"""

from __future__ import annotations

import sys
from typing import Any

import pandas as pd

import retell_nb as rn

SIZES = ({"n": 20_000}, {"n": 5_000}, {"n": 100_000}, {"n": 20_000, "days": 7})
RECALL, FALSE_ALARMS = 0.95, 0.2
KINDS = {"short_call_bursts": "short_calls", "unknown_reason": "unknown_reason"}
RECORDS = "impossible_records"


def is_found(fault: dict[str, Any], findings: pd.DataFrame, calls: pd.DataFrame) -> bool:
    """Tell whether a finding has the kind of a fault and names its segment."""
    if fault["kind"] == RECORDS:
        rows = findings[findings["kind"] == "impossible_record"]
        ids = {one for _, row in rows.iterrows() for one in calls.retell.select(row)["call_id"]}
        return len(ids) >= fault["calls"]
    kind = KINDS.get(fault["kind"]) or rn.REASONS.loc[fault["reason"], "category"]
    segment = {fault["column"]: fault["value"], **fault.get("where", {})}
    named = {name: [value] for name, value in segment.items() if name is not None}
    chosen = findings.loc[findings["kind"] == kind, "filters"]
    return any(all(one.get(name) == value for name, value in named.items()) for one in chosen)


def hours_off(fault: dict[str, Any], findings: pd.DataFrame) -> float:
    """Return by how many hours since or until of the nearest finding of a kind are off."""
    kind = KINDS.get(fault["kind"]) or rn.REASONS.loc[fault["reason"], "category"]
    rows = findings[findings["kind"] == kind]
    times = pd.DataFrame(
        {edge: rows[edge] - pd.Timestamp(fault[edge]) for edge in ("since", "until")}
    )
    return float((times.abs().max(axis=1) / pd.Timedelta("1h")).min())


def measured(seeds: int, **size: int) -> tuple[pd.DataFrame, float]:
    """Return how often each kind of fault was found, and the false alarms a seed."""
    rows, false = [], 0
    for seed in range(seeds):
        calls = rn.sample_calls(seed=seed, **size)
        found = calls.retell.findings(limit=None)
        for fault in calls.attrs["planted"]:
            off = (
                hours_off(fault, found)
                if fault["kind"] in ("provider_outage", "broken_version")
                else None
            )
            rows.append(
                {"fault": fault["kind"], "found": is_found(fault, found, calls), "hours_off": off}
            )
        false += len(rn.sample_calls(seed=seed, faults=False, **size).retell.findings(limit=None))
    return pd.DataFrame(rows), false / seeds


def main() -> int:
    """Print recall and false alarms for every size; return 1 where an aim is missed."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    missed = False
    for size in SIZES:
        rows, false = measured(seeds, **size)
        recall = rows["found"].mean()
        table = rows.groupby("fault", sort=False).agg(
            planted=("found", "size"), found=("found", "sum"), hours_off=("hours_off", "median")
        )
        print(f"\n{size}, {seeds} seeds: recall {recall:.3f}, {false:.2f} false alarms a seed")  # noqa: T201 - the result
        print(table.to_string())  # noqa: T201 - the result
        missed |= false > FALSE_ALARMS or (size == SIZES[0] and recall < RECALL)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
