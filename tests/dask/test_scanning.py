"""Files and stores as dask frames, that are read when they are needed."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import dask.dataframe as dd
import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.calls.reading.fitting import typed
from retell_nb.calls.schema import DTYPES, SCHEMA
from retell_nb.calls.store.manifest import Manifest
from retell_nb.calls.store.writing import writing
from retell_nb.dask import scanning

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = rn.as_calls(rn.sample_calls(900, seed=3))
WORDS = ("audit", "bursts", "rates", "redial")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store of several segments, some of which replace calls of others."""
    folder = tmp_path / "store"
    with writing(folder, Manifest(since=0, until=0)) as writer:
        writer.add(SAMPLE[:600].assign(combined_cost=1.0))
        writer.add(SAMPLE[100:700])
        writer.add(SAMPLE[:150])
        writer.add(SAMPLE[700:])
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a CSV file, a Parquet file, JSON and JSON Lines."""
    files = tmp_path / "files"
    files.mkdir()
    SAMPLE[:300].to_csv(files / "a.csv", index=False)
    SAMPLE[300:500].to_parquet(files / "b.parquet")
    pages = [
        json.loads(SAMPLE[start:end].to_json(orient="records", date_format="iso"))
        for start, end in ((500, 600), (600, 900))
    ]
    (files / "c.json").write_text(json.dumps(pages[0]), encoding="utf-8")
    lines = "\n".join(json.dumps(call) for call in pages[1])
    (files / "d.jsonl").write_text(lines, encoding="utf-8")
    return files


def check(calls: Any, wanted: pd.DataFrame) -> None:
    """The same calls, in the schema's columns, with the schema's dtypes; and the same tables."""
    assert isinstance(calls, dd.DataFrame)
    assert [*calls.columns] == [*SCHEMA]
    computed = calls.compute()
    wanted = wanted.set_index("call_id", drop=False).loc[computed["call_id"], [*SCHEMA]]
    for name in computed.columns:
        ours, theirs = (frame[name].astype(object) for frame in (computed, wanted))
        pd.testing.assert_series_equal(
            ours.where(ours.notna(), None), theirs.where(theirs.notna(), None), check_index=False
        )
        kind = DTYPES[SCHEMA[name]]
        if SCHEMA[name] not in ("category", "text"):
            assert computed[name].dtype == calls[name].dtype == kind
    for word in WORDS:
        options = {"now": "2027-01-01"} if word in ("audit", "redial") else {}
        table, of_pandas = (getattr(one.retell, word)(**options) for one in (calls, wanted))
        pd.testing.assert_frame_equal(table, of_pandas)
        assert table.attrs == of_pandas.attrs


def test_a_store_is_scanned_segment_by_segment(store: Path) -> None:
    """Each call is there once, in its last version, as it is when the store is read."""
    calls = rn.scan_calls(store)
    assert calls.npartitions > 3
    check(calls, rn.read_calls(store))


def test_files_are_scanned_one_by_one(folder: Path) -> None:
    """A folder of files of any kind gives the calls that reading it gives."""
    calls = rn.scan_calls(folder)
    assert calls.npartitions == 4
    check(calls, rn.read_calls(folder))
    assert rn.scan_calls(str(folder / "*.csv")).npartitions == 1


def test_of_a_store_only_what_is_needed_is_read(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A word reads its columns, and no file is read before."""
    names: set[str] = set()
    read = scanning.read_segment

    def noting(folder: Path, segment: Any, columns: list[str]) -> Any:
        names.update(columns)
        return read(folder, segment, columns)

    monkeypatch.setattr(scanning, "read_segment", noting)
    calls = rn.scan_calls(store)
    assert not names
    calls.retell.tally("outcome")
    assert names == {"disconnection_reason", "call_status", "in_voicemail"}


def test_a_call_of_two_files_is_there_twice_and_audited(tmp_path: Path) -> None:
    """To find the last word on a call takes all files; the audit counts such calls."""
    for name, reason in (("a", "dial_busy"), ("b", "user_hangup")):
        call = {"call_id": "call_1", "disconnection_reason": reason, "call_status": "ended"}
        (tmp_path / f"{name}.json").write_text(json.dumps([call]), encoding="utf-8")
    calls = rn.scan_calls(tmp_path)
    assert len(calls) == 2
    troubles = calls.retell.audit().set_index("trouble")["calls"]
    assert troubles["same call_id"] == 2


def test_a_file_without_calls_is_a_partition_without_calls(tmp_path: Path) -> None:
    """What cannot be used is warned of when it is read, and stops nothing."""
    (tmp_path / "a.json").write_text('{"error": "no such page"}', encoding="utf-8")
    (tmp_path / "b.csv").write_text("Session ID,My End\ncall_1,Dial busy\n", encoding="utf-8")
    calls = rn.scan_calls(tmp_path, columns={"My End": "disconnection_reason"})
    with pytest.warns(UserWarning, match=r"could not be used and set aside.*a\.json"):
        table = calls.retell.tally("reason")
    assert table["reason"].tolist() == ["dial_busy"]


def test_personal_fields_are_there_when_they_are_asked_for(tmp_path: Path) -> None:
    """`keep` adds its columns, also where a file has none of them."""
    for number, more in enumerate(({"transcript": "Hello"}, {})):
        call = {"call_id": f"call_{number}", "disconnection_reason": "user_hangup", **more}
        (tmp_path / f"{number}.json").write_text(json.dumps([call]), encoding="utf-8")
    assert "transcript" not in rn.scan_calls(tmp_path).columns
    table = rn.scan_calls(tmp_path, keep=("transcript",)).retell.tally("transcript")
    assert table["transcript"].isna().tolist() == [False, True]


def test_an_empty_store_has_no_calls(tmp_path: Path) -> None:
    """A store in which nothing is yet gives the tables of no calls."""
    with writing(tmp_path / "store", Manifest(since=0, until=0)):
        pass
    calls = rn.scan_calls(tmp_path / "store")
    nothing = typed(pd.DataFrame({"call_id": []}))[0]
    pd.testing.assert_frame_equal(calls.retell.rates(), nothing.retell.rates())
    with pytest.raises(FileNotFoundError, match="no file or folder of that name"):
        rn.scan_calls(tmp_path / "nowhere")


def test_a_cluster_scans_a_store(store: Path, cluster: Any) -> None:
    """Other processes read the segments."""
    wanted = rn.read_calls(store).retell.kpis("agent")
    with cluster.as_current():
        pd.testing.assert_frame_equal(rn.scan_calls(store).retell.kpis("agent"), wanted)


def test_without_dask_the_error_says_what_to_install() -> None:
    """`scan_calls` is a word of `rn` everywhere, and says what it lacks."""
    code = (
        "import sys; sys.modules['dask'] = None\n"
        "import retell_nb as rn\n"
        "from retell_nb import *\n"
        "try:\n    rn.scan_calls('x')\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "pip install 'retell_nb[dask]'" in done.stdout
