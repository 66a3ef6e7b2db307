"""Column words, `classify` and `select` of dask frames: lazy, and what pandas' give."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import pandas as pd
import pytest

import retell_nb.dask
from retell_nb import tables
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

COLUMNS = ("country", "reason", "when", *WORDS)


def check(lazy: Any, wanted: Any) -> None:
    """What is computed is what pandas has, and what dask expected it to be."""
    computed = lazy.compute()
    compared = (computed.to_frame(), wanted.to_frame()) if wanted.ndim == 1 else (computed, wanted)
    ours, theirs = (_plain(frame) for frame in compared)
    pd.testing.assert_frame_equal(ours, theirs)
    for name, dtype in compared[0].dtypes.items():
        expected = lazy.dtype if lazy.ndim == 1 else lazy.dtypes[name]
        assert type(dtype) is type(expected), name


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Texts as one dtype: dask has them as it likes; their place is that of their call."""
    texts = frame.select_dtypes(["object", "string"])
    plain = texts.astype(object).where(texts.notna(), None)
    return frame.assign(**dict(plain.items())).reset_index(drop=True)


def sorted_categories(column: Any) -> Any:
    """A category whose values are in order, without those that do not occur."""
    if not isinstance(column.dtype, pd.CategoricalDtype) or column.cat.ordered:
        return column
    column = column.cat.remove_unused_categories()
    return column.cat.reorder_categories(sorted(column.cat.categories))


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_word_is_lazy_and_that_of_pandas(name: str, calls: pd.DataFrame) -> None:
    """A column word of a frame is a dask Series with the dtype that it will have."""
    parts = dd.from_pandas(calls, npartitions=3, sort=False)
    column = getattr(parts.retell, name)
    assert isinstance(column, dd.Series)
    check(column, getattr(calls.retell, name))


@pytest.mark.parametrize("name", COLUMNS)
def test_partitions_may_have_categories_of_their_own(
    name: str, calls: pd.DataFrame, parted: Callable[..., Any]
) -> None:
    """Partitions without calls, or without some reason, give the same column."""
    column = getattr(parted(calls, 0, 5, 900).retell, name).compute()
    wanted = getattr(calls.retell, name)
    pd.testing.assert_series_equal(
        sorted_categories(column).reset_index(drop=True), sorted_categories(wanted)
    )


@pytest.mark.parametrize("name", ["reason", *WORDS])
def test_a_series_of_reasons_has_the_words(name: str, calls: pd.DataFrame) -> None:
    """Any dask Series of reasons has the column words."""
    reasons = calls["disconnection_reason"]
    parts = dd.from_pandas(reasons, npartitions=3, sort=False)
    check(getattr(parts.retell, name), getattr(reasons.retell, name))


def test_classified_calls_are_lazy_and_those_of_pandas(calls: pd.DataFrame) -> None:
    """Every word stands behind the columns of the calls."""
    classified = dd.from_pandas(calls, npartitions=3, sort=False).retell.classify()
    check(classified, calls.retell.classify())
    assert classified.retell.tally("outcome").equals(calls.retell.tally("outcome"))


def test_own_columns_stay_where_they_differ_anywhere(calls: pd.DataFrame) -> None:
    """A column of a word's name is kept if a single partition has other values in it."""
    own = calls.retell.classify().assign(outcome=calls.retell.outcome.astype(str))
    own["owner"] = calls.retell.owner
    own.loc[own.index[-1], "owner"] = "nobody"
    own.loc[own.index[0], "owner"] = "agent"
    parts = dd.from_pandas(own, npartitions=3, sort=False).retell.classify()
    assert parts.columns.tolist() == own.retell.classify().columns.tolist()
    assert "retell_owner" in parts.columns
    assert "retell_stage" not in parts.columns


FILTERS: tuple[dict[str, Any], ...] = (
    {"outcome": "failed"},
    {"outcome": ["failed", "unknown"], "direction": "outbound"},
    {"reason": "dial_busy", "call_type": ["phone_call", None]},
    {"agent": "Copperfield Claims"},
    {"agent": ["agent_maple_frontdesk", None], "duration": "<10s"},
    {"agent_version": ">=2", "cost": ">=0.10"},
    {"country": "US", "hour": "9..17", "tz": "Europe/Berlin"},
    {"weekday": [0, 6]},
    {"day": "2026-03-03..2026-03-09", "answered": True},
    {"start": "2026-03-04", "end": "2026-03-12T12:00", "tz": "America/New_York"},
    {"search": "+1415"},
    {"from_number": "+19999999999"},
    {"duration_ms": None},
)


@pytest.mark.parametrize("filters", FILTERS, ids=str)
def test_selected_calls_are_lazy_and_those_of_pandas(
    filters: dict[str, Any], calls: pd.DataFrame, parted: Callable[..., Any]
) -> None:
    """Filters select the same calls in the same order, in whatever parts these are."""
    wanted = calls.retell.select(**filters)
    parts = dd.from_pandas(calls, npartitions=3, sort=False).retell.select(**filters)
    assert isinstance(parts, dd.DataFrame)
    check(parts, wanted)
    of_files = parted(calls, 0, 3, 800).retell.select(**filters).compute()
    assert of_files["call_id"].tolist() == wanted["call_id"].tolist()


def test_the_calls_behind_each_finding_are_selected(calls: pd.DataFrame) -> None:
    """A row of findings selects on dask what it selects on pandas."""
    parts = dd.from_pandas(calls, npartitions=3, sort=False)
    findings = parts.retell.findings()
    rows = [row for _, row in findings.iterrows() if "trouble" not in row["filters"]]
    assert rows
    for row in rows:
        selected = parts.retell.select(row).compute()
        assert selected["call_id"].tolist() == calls.retell.select(row)["call_id"].tolist()


def test_an_agent_is_known_by_a_name_that_another_partition_tells() -> None:
    """Calls that record only the id of an agent are selected by the name that others record."""
    frame = pd.DataFrame(
        {
            "disconnection_reason": ["dial_busy"] * 4,
            "agent_id": ["a1", "a2", "a1", None],
            "agent_name": ["Ann", "Ben", None, "Ann"],
        }
    )
    parts = dd.from_pandas(frame, npartitions=4, sort=False)
    assert parts.retell.select(agent="Ann").compute().index.tolist() == [0, 2, 3]
    assert parts.retell.select(agent="a1").compute().index.tolist() == [0, 2, 3]


def test_what_no_call_can_have_is_refused_before_anything_is_read(calls: pd.DataFrame) -> None:
    """A wrong name or value is an error when it is typed, not when it is computed."""
    parts = dd.from_pandas(calls, npartitions=3, sort=False)
    with pytest.raises(ValueError, match="no call can have outcome 'faild'"):
        parts.retell.select(outcome="faild")
    with pytest.raises(ValueError, match="cannot select calls by 'agnt'"):
        parts.retell.select(agnt="x")
    with pytest.raises(ValueError, match=r"calls\.compute\(\)\.retell\.select\(trouble"):
        parts.retell.select(trouble="no time")


def test_a_vocabulary_of_ones_own_is_used(calls: pd.DataFrame) -> None:
    """`reasons=` reaches every partition."""
    own = retell_nb.REASONS.copy()
    own.loc["dial_busy", "outcome"] = "failed"
    parts = dd.from_pandas(calls, npartitions=3, sort=False)
    check(parts.retell.classify(reasons=own), calls.retell.classify(reasons=own))
    check(
        parts.retell.select(outcome="failed", reasons=own),
        tables.select(calls, outcome="failed", reasons=own),
    )
    assert parts.retell.rates("agent", reasons=own).equals(calls.retell.rates("agent", reasons=own))
