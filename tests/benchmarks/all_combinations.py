"""How fast calls and failed calls are counted in all combinations of at most three attributes.

    python tests/benchmarks/all_combinations.py [CALLS]

Six attributes of 50 x 20 x 500 x 60 x 24 x 2 values make 42 combinations, the empty one included.
All work on the same small integers, each in the form it likes best: DuckDB with all grouping sets
in one query and with a query for each, polars with a lazy `group_by` for each, collected together.
They take turns in one process, and must give the same counts. The aim is five times the speed of
the fastest peer (best of the rounds); the exit code says whether it was met.
"""

from __future__ import annotations

import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any

import click
import duckdb
import numpy as np
import polars as pl

from retell_nb.engine.cubes import count, subsets

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.engine.cubes import Codes, Combination

AIM, ROUNDS, DEPTH = 5, 5, 3
SIZES = {"agent": 50, "version": 20, "number": 500, "country": 60, "hour": 24, "direction": 2}
NAMES = list(SIZES)
COMBINATIONS = subsets(len(SIZES), DEPTH)


def made_up(size: int) -> dict[str, Codes]:
    """Return uneven codes by attribute, and whether calls failed."""
    dice = np.random.default_rng(0)
    columns = {
        name: dice.choice(values, size, p=dice.dirichlet(np.full(values, 2.0))).astype(
            np.min_scalar_type(values)
        )
        for name, values in SIZES.items()
    }
    return columns | {"failed": (dice.random(size) < 0.08).astype(np.uint8)}


def retell_nb(columns: dict[str, Codes]) -> Callable[[], Any]:
    """Return the library's way: a few covering cubes."""
    codes, failed = [columns[name] for name in NAMES], columns["failed"]
    return lambda: count(codes, list(SIZES.values()), DEPTH, split=(failed, 2))


def duckdb_sets(columns: dict[str, Codes]) -> Callable[[], Any]:
    """Return DuckDB with all grouping sets in one query."""
    base = with_calls(columns)
    sets = ", ".join(f"({', '.join(names(one))})" for one in COMBINATIONS)
    query = (
        f"select {', '.join(NAMES)}, count(*) calls, sum(failed) failed from calls "  # noqa: S608
        f"group by grouping sets ({sets})"
    )
    return lambda: base.sql(query).to_arrow_table()


def duckdb_queries(columns: dict[str, Codes]) -> Callable[[], Any]:
    """Return DuckDB with a query for each combination."""
    base = with_calls(columns)
    queries = [
        f"select {', '.join([*names(one), 'count(*) calls', 'sum(failed) failed'])} from calls"  # noqa: S608
        + (f" group by {', '.join(names(one))}" if one else "")
        for one in COMBINATIONS
    ]
    return lambda: [base.sql(query).to_arrow_table() for query in queries]


def polars_groups(columns: dict[str, Codes]) -> Callable[[], Any]:
    """Return polars with a lazy `group_by` for each combination, collected together."""
    calls = pl.DataFrame(columns).lazy()
    counts = pl.len().alias("calls"), pl.col("failed").sum()
    queries = [
        calls.group_by(names(one)).agg(counts) if one else calls.select(counts)
        for one in COMBINATIONS
    ]
    return lambda: pl.collect_all(queries)


def names(combination: Combination) -> list[str]:
    """Return the attributes of a combination."""
    return [NAMES[place] for place in combination]


def with_calls(columns: dict[str, Codes]) -> duckdb.DuckDBPyConnection:
    """Return a database that holds the calls."""
    base = duckdb.connect()
    base.execute("set enable_progress_bar = false")
    table = pl.DataFrame(columns).to_arrow()
    base.register("arrow", table)
    base.execute("create table calls as select * from arrow")
    return base


def figures(answer: Any) -> tuple[int, int, int]:
    """Return groups, calls and failed calls in all combinations, whosever answer it is."""
    if isinstance(answer, dict):
        counts = [cube.counts[:, cube.counts.any(axis=0)] for cube in answer.values()]
        groups = sum(one.shape[1] for one in counts)
        return (
            groups,
            sum(int(one.sum()) for one in counts),
            sum(int(one[1].sum()) for one in counts),
        )
    tables = answer if isinstance(answer, list) else [answer]
    sums = [
        [len(table), *(int(np.sum(np.asarray(table[name]))) for name in ("calls", "failed"))]
        for table in tables
    ]
    groups, calls, failed = (sum(column) for column in zip(*sums, strict=True))
    return groups, calls, failed


def main(size: int) -> int:
    """Ask all in turn, compare the answers, and print the table."""
    columns = made_up(size)
    ways = {
        way.__name__: way(columns)
        for way in (retell_nb, duckdb_sets, duckdb_queries, polars_groups)
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    answers = {}
    for _ in range(ROUNDS):
        for name, work in ways.items():
            began = perf_counter()
            answer = work()
            times[name].append(perf_counter() - began)
            answers[name] = figures(answer)
            del answer
    best = {name: min(rounds) for name, rounds in times.items()}
    click.echo(f"{size:,} calls, {len(COMBINATIONS)} combinations, best of {ROUNDS} rounds in turn")
    for name, seconds in best.items():
        click.echo(f"{name:16}{seconds * 1e3:8.0f} ms {seconds / best['retell_nb']:6.2f} x")
    wrong = [name for name, answer in answers.items() if answer != answers["retell_nb"]]
    click.echo(f"other answers: {', '.join(wrong) or 'none'}")
    rival = min(seconds for name, seconds in best.items() if name != "retell_nb")
    return bool(wrong) or rival < AIM * best["retell_nb"]


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000))
