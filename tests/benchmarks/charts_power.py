"""False alarms and power of the control chart: `python tests/benchmarks/charts_power.py [weeks]`.

Healthy weeks follow four healthy weeks on the same chart; a week is a false alarm where any of its
days is out. The aim is at most one in twenty, as far as so many weeks tell (two standard errors),
and one in ten where true rates vary from day to day: on four weeks that cannot always be seen. A
fault doubles the rate from a day on; it is seen
where its first or its second day is out on the chart that ends with that day. The aims are 90% at
a base of 6% and 85% at 3%, of 300 people a day. Everything, the baseline too, is estimated from
the same chart.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.engine.control_charts import control_chart

if TYPE_CHECKING:
    from collections.abc import Callable

    Days = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]

SEED, WEEKS, BASELINE, PEOPLE = 14, 1_000, 28, 300
MOST_FALSE, MOST_FALSE_VARYING, LEAST_SEEN = 0.05, 0.10, {0.06: 0.90, 0.03: 0.85}


def independent(rng: np.random.Generator, rates: np.ndarray[Any, Any]) -> Days:
    """Return failures and people of days with 300 people each."""
    return rng.binomial(PEOPLE, rates), np.full(len(rates), PEOPLE)


def redialed(rng: np.random.Generator, rates: np.ndarray[Any, Any]) -> Days:
    """Return failed people and people of days with 300 dials: one to five each, of one result."""
    people = np.array([np.searchsorted(rng.integers(1, 6, 300).cumsum(), 300) for _ in rates])
    return rng.binomial(people, rates), people


def varying(rng: np.random.Generator, rates: np.ndarray[Any, Any]) -> Days:
    """Return failures and people of days whose true rate varies by a coefficient of 0.3."""
    shape = 1 / 0.3**2
    return independent(rng, np.minimum(rng.gamma(shape, rates / shape), 1))


def uneven(rng: np.random.Generator, rates: np.ndarray[Any, Any]) -> Days:
    """Return failures and people of days of very different size."""
    people = rng.integers(20, 600, len(rates))
    return rng.binomial(people, rates), people


def false_alarms(days: Callable[..., Days], rate: float, weeks: int, before: int) -> float:
    """Return the share of healthy weeks with a flag."""
    rng = np.random.default_rng(SEED)
    charts = (control_chart(*days(rng, np.full(before + 7, rate))) for _ in range(weeks))
    return float(np.mean([chart.out[before:].any() for chart in charts]))


def power(days: Callable[..., Days], rate: float, weeks: int) -> float:
    """Return the share of doubled rates that are seen on their first or second day."""
    rng = np.random.default_rng(SEED)
    rates = np.append(np.full(BASELINE, rate), [2 * rate] * 2)
    detected = 0
    for _ in range(weeks):
        failed, people = days(rng, rates)
        ends = (BASELINE + 1, BASELINE + 2)
        detected += any(control_chart(failed[:end], people[:end]).out[-1] for end in ends)
    return detected / weeks


def main() -> int:
    """Print the table; return 1 where an aim is missed."""
    weeks = int(sys.argv[1]) if len(sys.argv) > 1 else WEEKS
    rows = [
        {
            "days": days.__name__,
            "base": rate,
            "false alarms": false_alarms(days, rate, weeks, BASELINE),
            "of a week alone": false_alarms(days, rate, weeks, 0),
            "doubled, within two days": power(days, rate, weeks),
        }
        for days in (independent, redialed, varying, uneven)
        for rate in (0.03, 0.06, 0.2)
    ]
    table = pd.DataFrame(rows)
    print(f"{weeks} weeks, seed {SEED}")  # noqa: T201 - the result
    print(table.to_string(index=False))  # noqa: T201 - the result
    aimed = table[table["days"] == "independent"].set_index("base")
    most = table["days"].map({"varying": MOST_FALSE_VARYING}).fillna(MOST_FALSE)
    error = 2 * np.sqrt(most * (1 - most) / weeks)
    missed = table["false alarms"].gt(most + error).any() or any(
        aimed.loc[rate, "doubled, within two days"] < least for rate, least in LEAST_SEEN.items()
    )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
