"""The calls in one row, and the table of statuses and reasons as Retell has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times, when
from retell_nb.calls.stuck import stuck
from retell_nb.engine.codes import key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import flags, vocabulary_of, word
from retell_nb.vocabulary import classify
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import REASONS, STATUSES

if TYPE_CHECKING:
    Cell: TypeAlias = tuple[str, str | None]

__all__ = ["breakdown", "summary"]

_DTYPES: Any = {
    "top_category": "object",
    "top_owner": "object",
    "top_category_calls": "Int64",
    "top_owner_calls": "Int64",
    "rejected": "Int64",
    "duplicates": "Int64",
    "undated": "Int64",
}
_COLUMNS = (
    "status",
    "reason",
    "calls",
    "share",
    "outcome",
    "owner",
    "retry",
    "status_source",
    "meaning",
    "remedy",
)


def summary(calls: pd.DataFrame, *, reasons: pd.DataFrame | None = None) -> pd.DataFrame:
    """The calls in one row: how many, how many failed, when, whose fault, what was left out.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        One row. `calls`; of them `ended` (no longer in progress), `in_progress`, `unknown` (also
        those stuck in progress) and `failed`; `rate` of the failed among the ended of known
        ending, with `low` and `high` (Wilson, 95%); `first` and `last` time; `top_category` and
        `top_owner` of the failed with the calls of each, missing where two have as many;
        `rejected`, `duplicates` and `undated`, as reading counted them in ``calls.attrs``. What is
        not recorded is missing. ``attrs["timeless"]`` counts the calls that tell no time, where
        others do: `first` and `last` say nothing of them.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed", "user_hangup"]})
    >>> summary(calls)[["calls", "failed", "rate", "top_category", "top_owner"]]
       calls  failed  rate  top_category top_owner
    0      2       1   0.5  dial_failure    number
    """
    vocabulary = vocabulary_of(reasons)
    outcome = word(calls, "outcome", vocabulary)
    numbers = {name: int(outcome.eq(name).sum()) for name in ("in_progress", "unknown", "failed")}
    hanging = int(stuck(calls).sum())
    numbers["in_progress"] -= hanging
    numbers["unknown"] += hanging
    ended = len(calls) - numbers["in_progress"]
    settled = ended - numbers["unknown"]
    low, high = wilson(numbers["failed"], settled)
    rejected = calls.attrs.get("rejected")
    row = {
        "calls": len(calls),
        "ended": ended,
        **numbers,
        "rate": float(ratio(numbers["failed"], settled)),
        "low": float(low),
        "high": float(high),
        **_span(calls),
        **_top("category", calls, vocabulary),
        **_top("owner", calls, vocabulary),
        "rejected": None if rejected is None else len(rejected),
        "duplicates": calls.attrs.get("duplicates"),
        # Only a period leaves such calls out, and whoever reads counts what was rejected.
        "undated": calls.attrs.get("undated", None if rejected is None else 0),
    }
    table = pd.DataFrame(row, index=pd.RangeIndex(1)).astype(_DTYPES)
    table.attrs["timeless"] = int(when(calls).isna().sum()) if has_times(calls) else 0
    return table


def breakdown(calls: pd.DataFrame, *, reasons: pd.DataFrame | None = None) -> pd.DataFrame:
    """Calls by status and reason, as Retell's table of disconnection reasons has them.

    Every reason of that table is there, also without calls, and every other reason that occurs.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `status` and `reason`; `calls` and their `share` of all; `outcome`, `owner`, `retry`;
        `status_source`, where the status is known from (``table``, ``docs``, ``inferred``,
        ``own`` for a reason of your own, ``recorded`` where no reason decides); `meaning`;
        `remedy`. Ordered by status, then as in the vocabulary, then unknown reasons by name, then
        calls without a reason, whose `reason` is missing. The calls add up to all calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_busy", "brand_new"]})
    >>> table = breakdown(calls)
    >>> table.loc[table["calls"] > 0, ["status", "reason", "calls", "status_source"]]
               status     reason  calls status_source
    7   not_connected  dial_busy      2         table
    29        unknown  brand_new      1      recorded
    """
    vocabulary = vocabulary_of(reasons)
    sources = _sources(vocabulary)
    on_show = vocabulary["status"][sources == "table"]
    cells: dict[Cell, int] = {(status, str(reason)): 0 for reason, status in on_show.items()}
    cells |= _cell_counts(calls, vocabulary)
    places: dict[str | None, int] = {
        str(reason): place for place, reason in enumerate(vocabulary.index)
    }

    def place(cell: Cell) -> tuple[int, int, bool, str]:
        status, reason = cell
        rank = places.get(reason, len(places))
        return STATUSES.index(status), rank, reason is None, reason or ""

    rows = sorted(cells, key=place)
    statuses, names = (pd.Series(column, dtype=object) for column in zip(*rows, strict=True))
    on_record = statuses.mask(statuses == "unknown", None)
    columns = {
        word: getattr(classify, word)(names, on_record, vocabulary=vocabulary)
        for word in ("status", "outcome", "owner", "retry", "meaning", "remedy")
    }
    numbers = np.array([cells[row] for row in rows])
    return pd.DataFrame(columns).assign(
        reason=names.infer_objects(),
        calls=numbers,
        share=ratio(numbers, len(calls)),
        status_source=names.map(sources).fillna("recorded"),
    )[[*_COLUMNS]]


def _cell_counts(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> dict[Cell, int]:
    """Return the calls of every status and reason that occur."""
    names = ("status", "reason")
    counts = count([key(word(calls, name, vocabulary)) for name in names], len(calls))
    groups = counts.groups().astype(object)
    rows = zip(groups["status"], groups["reason"], counts.calls, strict=True)
    return {(status, spelled(reason)): int(number) for status, reason, number in rows}


def _sources(vocabulary: pd.DataFrame) -> pd.Series[str]:
    """Return where the status of each reason is known from."""
    if "status_source" in vocabulary.columns:
        return vocabulary["status_source"]
    return REASONS["status_source"].reindex(vocabulary.index).fillna("own")


def _span(calls: pd.DataFrame) -> dict[str, Any]:
    """Return the time of the first call and of the last."""
    dtype = pd.DatetimeTZDtype("ms", "UTC")
    times = when(calls) if has_times(calls) else pd.Series(dtype=dtype)
    span = {"first": times.min(), "last": times.max()}
    return {name: pd.Series([time], dtype=dtype) for name, time in span.items()}


def _top(name: str, calls: pd.DataFrame, vocabulary: pd.DataFrame) -> dict[str, Any]:
    """Return the category or the owner that most of the failed calls have; none where two do."""
    failed = flags(word(calls, "outcome", vocabulary).eq("failed"))
    counts = count([key(word(calls, name, vocabulary))], len(calls), where=failed)
    most = np.flatnonzero(counts.calls == counts.calls.max(initial=0))
    if len(most) != 1:
        return {f"top_{name}": None, f"top_{name}_calls": None}
    (first,) = most
    return {f"top_{name}": counts.groups()[name][first], f"top_{name}_calls": counts.calls[first]}
