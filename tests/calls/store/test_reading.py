# ruff: noqa: S608 - the views are the ones described, over a folder of our own
"""A store read by us and by others, made small, and refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from truth import assert_same

import retell_nb as rn
from retell_nb.calls.store import manifest, reading
from retell_nb.calls.store.ids import Ids
from retell_nb.calls.store.layout import as_calls_again, as_table
from retell_nb.calls.store.manifest import Manifest, load
from retell_nb.calls.store.reading import read_store
from retell_nb.calls.store.writing import writing

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

SAMPLE = rn.as_calls(rn.sample_calls(400, seed=3))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of sample calls, a part of which came twice, with other costs."""
    folder = tmp_path / "store"
    with writing(folder, Manifest(since=0, until=0)) as writer:
        assert writer.add(SAMPLE.assign(combined_cost=1.0)) == (400, 0)
        assert writer.add(SAMPLE[100:300]) == (0, 200)
        assert writer.add(SAMPLE[:350].assign(mood="fine")) == (0, 350)
        assert writer.add(SAMPLE[:350].assign(mood="fine")) == (0, 0)
        assert writer.add(SAMPLE[350:]) == (0, 50)
    return folder


@pytest.fixture
def calls() -> pd.DataFrame:
    return SAMPLE.assign(mood=["fine"] * 350 + [None] * 50)


def test_the_last_version_of_each_call_is_read(store: Path, calls: pd.DataFrame) -> None:
    """With the dtypes of any frame of calls, and the fields that the schema does not know."""
    found = rn.read_calls(store)
    assert_same(found, calls)
    assert load(store).calls == len(found) == 400
    assert found.attrs["duplicates"] == 0


def test_only_the_columns_asked_for_are_read(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not needed stays on the disk."""
    read: set[str] = set()
    really = reading.read_segment

    def noted(folder: Path, segment: object, names: list[str]) -> pa.Table:
        read.update(names)
        return really(folder, segment, names)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "read_segment", noted)
    found = read_store(store, columns=["agent_id", "duration_ms"])
    assert list(found.columns) == ["agent_id", "duration_ms"]
    assert read == {"agent_id", "duration_ms", "call_id"}


def test_files_that_nothing_replaces_are_not_compared(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only months that a later file touches are looked through for doubles."""
    rn.compact(store)
    assert not reading.latest_rows(store, load(store).segments)
    monkeypatch.setattr(pd.Series, "duplicated", None)
    assert len(rn.read_calls(store)) == 400


def test_compacting_loses_nothing(store: Path, calls: pd.DataFrame) -> None:
    """One file for each month is left, and what is read is the same."""
    before = rn.read_calls(store)
    files = rn.compact(store)
    paths = list(store.rglob("*.parquet"))
    assert files == len(paths) == len({path.parent for path in paths})
    assert_same(rn.read_calls(store), before)
    assert_same(before, calls)
    assert rn.compact(store) == files
    assert sorted(store.rglob("*.parquet")) == sorted(paths)
    assert len(pd.read_parquet(store)) == 400
    with writing(store) as writer:
        assert writer.add(SAMPLE[:9].assign(mood="fine")) == (0, 0)
        assert writer.add(SAMPLE[:9].assign(mood="sad")) == (0, 9)
    assert (rn.read_calls(store)["mood"] == "sad").sum() == 9


def test_who_reads_while_it_is_compacted_reads_all(
    store: Path, calls: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are gone in the meantime are looked for in the new manifest."""
    really, done = reading.latest, []

    def late(*args: object) -> pa.Table:
        if not done:
            done.append(rn.compact(store))
        return really(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reading, "latest", late)
    assert_same(rn.read_calls(store), calls)
    assert done


def test_a_store_that_is_compacted_while_it_is_looked_at_is_whole(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that the new manifest no longer lists are not missed, however often it changes."""
    really, done = manifest.missing, []

    def late(folder: Path, listed: Manifest) -> list[str]:
        if listed.version not in done:
            done.append(listed.version)
            if len(done) < 3:
                with writing(store) as writer:
                    writer.add(SAMPLE[:9].assign(mood=str(len(done))))
                    writer.compact()
        return really(folder, listed)

    before = load(store)
    monkeypatch.setattr(manifest, "missing", late)
    found = manifest.load_whole(store)
    assert found.version > before.version
    assert not really(store, found)


def test_a_file_that_is_lost_is_named(store: Path) -> None:
    """A store with a hole is not read as if it were whole."""
    lost = next(store.rglob("*.parquet"))
    lost.unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks the file .*{lost.name}"):
        rn.read_calls(store)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"format": 2, "since": "a new kind of thing"}', "format 2.*knows those up to 1.*Update"),
        ("{}", "not the manifest of a store"),
        ("", "not the manifest of a store"),
    ],
)
def test_a_store_of_a_later_version_is_refused(store: Path, text: str, match: str) -> None:
    """Neither read nor written, with a word on what to do."""
    (store / "_manifest.json").write_text(text)
    for word in (rn.read_calls, rn.compact, rn.sync_calls):
        with pytest.raises(ValueError, match=match):
            word(store)
    assert (store / "_manifest.json").read_text() == text


def test_a_store_beside_other_files(store: Path, tmp_path: Path) -> None:
    """A folder that holds a store and exports gives the calls of both, each once."""
    other = {"call_id": "call_other", "disconnection_reason": "dial_busy"}
    (tmp_path / "other.json").write_text(json.dumps(other))
    both = rn.read_calls(tmp_path)
    assert len(both) == 401
    assert "store_version" not in both.columns
    assert len(rn.read_calls([store, tmp_path / "other.json"])) == 401


def test_others_read_it_too(store: Path) -> None:
    """pandas, DuckDB and Polars see all versions, and the view of the latest is the truth."""
    everything = pd.read_parquet(store)
    latest = everything.sort_values("store_version").drop_duplicates("call_id", keep="last")
    costs = rn.read_calls(store)["combined_cost"].sum()
    view = (  # as the store's room describes it
        f"SELECT * FROM read_parquet('{store}/*/*.parquet', hive_partitioning = true) "
        "QUALIFY row_number() OVER (PARTITION BY call_id ORDER BY store_version DESC) = 1"
    )
    assert isinstance(everything["disconnection_reason"].dtype, pd.CategoricalDtype)
    assert latest["combined_cost"].sum() == pytest.approx(costs)
    count, total = duckdb.sql(f"SELECT count(*), sum(combined_cost) FROM ({view})").fetchall()[0]
    assert (count, total) == (400, pytest.approx(costs))
    frame = pl.scan_parquet(f"{store}/*/*.parquet").sort("store_version")
    frame = frame.unique("call_id", keep="last").collect()
    assert (frame.height, frame["combined_cost"].sum()) == (400, pytest.approx(costs))
    months = duckdb.sql(f"SELECT bool_and(month = strftime(end_timestamp, '%Y-%m')) FROM ({view})")
    assert months.fetchall() == [(True,)]


def test_any_frame_of_calls_comes_back_as_it_was() -> None:
    """Every column keeps its dtype and its values."""
    assert_same(as_calls_again(as_table(SAMPLE, 1)), SAMPLE)


@given(st.lists(st.sets(st.integers(0, 30), min_size=1), max_size=20))
def test_ids_are_where_they_came_last(batches: list[set[int]]) -> None:
    """The places are those that a dictionary would tell."""
    ids, truth = Ids(), dict.fromkeys(range(40), -1)
    for place, batch in enumerate(batches):
        ids.add(pd.Series([f"call_{number}" for number in batch]), place)
        truth |= dict.fromkeys(batch, place)
    asked = pd.Series([f"call_{number}" for number in truth])
    assert ids.places(asked).tolist() == list(truth.values())
