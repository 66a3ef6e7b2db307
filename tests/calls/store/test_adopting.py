"""Stores whose manifest or segments are lost, damaged, of another time or somebody else's."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import pytest
from retell_server import KEY, FakeRetell, made_up_calls
from truth import assert_same, assert_true

import retell_nb as rn
from retell_nb.calls.api import windows
from retell_nb.calls.store import adopting, syncing, writing
from retell_nb.calls.store.disk import unfinished
from retell_nb.calls.store.errors import DamagedError, MissingError, RefusedError, StoreWarning
from retell_nb.calls.store.manifest import load, save

if TYPE_CHECKING:
    from collections.abc import Callable

START = "2026-03-01"
APRIL = 1_775_001_600_000
NOW = APRIL + 4 * 3_600_000
MANIFEST = "_manifest.json"


def hasten(patch: pytest.MonkeyPatch) -> None:
    """Small windows, no pauses, and a clock that stands just behind the calls."""
    patch.setattr(syncing, "_now", lambda: NOW)
    patch.setattr(windows, "MOST", 30)
    patch.setattr(windows, "_PAUSE", 0)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """A store whose calls came in several windows, some twice, and the calls as they are now."""
    folder = tmp_path_factory.mktemp("original") / "store"
    with pytest.MonkeyPatch.context() as patch, FakeRetell(made_up_calls(60)) as server:
        hasten(patch)
        patch.setenv("RETELL_API_KEY", KEY)
        patch.setenv("RETELL_BASE_URL", server.url)
        patch.setenv("NO_PROXY", "127.0.0.1")
        server.put(*made_up_calls(40, seed=1, start=APRIL - 20 * 60_000))
        rn.sync_calls(folder, start=START)
        late = [call for call in server.calls.values() if call.get("end_timestamp", 0) > APRIL][:4]
        server.put(*({**call, "agent_name": "Late"} for call in late))
        assert rn.sync_calls(folder).updated == 4
        return folder, [*server.calls.values()]


@pytest.fixture
def server(retell: FakeRetell, monkeypatch: pytest.MonkeyPatch) -> FakeRetell:
    """A hundred calls at the turn of a month, fetched in small windows, just before now."""
    hasten(monkeypatch)
    retell.put(*made_up_calls(40, seed=1, start=APRIL - 20 * 60_000))
    return retell


@pytest.fixture
def store(server: FakeRetell, original: tuple[Path, list[dict[str, Any]]], tmp_path: Path) -> Path:
    """A copy of that store; the server has the calls that are in it."""
    folder, calls = original
    server.put(*calls)
    return Path(shutil.copytree(folder, tmp_path / "store"))


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for the lock."""
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def segments(folder: Path) -> list[Path]:
    return sorted(folder.rglob("calls-*.parquet"), key=lambda path: path.name)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


# --- A lost manifest ------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"start": START}], ids=["no start", "a start"])
def test_segments_without_a_manifest_are_refused_and_kept(
    server: FakeRetell, store: Path, options: dict[str, Any]
) -> None:
    """The error says what is there and how to adopt it; nothing is asked for or changed."""
    (store / MANIFEST).unlink()
    before, asked = contents(store), len(server.asked)
    with pytest.raises(RefusedError, match=r"holds segments .*calls-.*adopt=True") as error:
        rn.sync_calls(store, **options)
    assert f"retell-nb sync {store} --adopt" in error.value.on_command_line
    assert "adopt=True" not in error.value.on_command_line
    with pytest.raises(RefusedError, match="adopt=True"):
        rn.compact(store)
    assert contents(store) == before
    assert len(server.asked) == asked


@pytest.mark.parametrize("compacted", [False, True])
def test_adopted_segments_are_the_store_again(
    server: FakeRetell, store: Path, tmp_path: Path, compacted: object
) -> None:
    """Every call is there in its last version, and the sync goes on from their end."""
    if compacted:
        rn.compact(store)
    calls, until = rn.read_calls(store), load(store).until
    (store / MANIFEST).unlink()
    unchanged = {name: data for name, data in contents(store).items() if name != MANIFEST}
    asked = len(server.asked)
    result = rn.sync_calls(store, adopt=True)
    assert (result.new, result.updated, result.total) == (0, 0, len(calls))
    assert_same(rn.read_calls(store), calls)
    assert unchanged.items() <= contents(store).items()
    bounds = [
        request.body["filter_criteria"]["end_timestamp"]["value"][0]
        for request in server.asked[asked:]
    ]
    assert min(bounds) >= until - 2 * 3_600_000 - 1
    server.put(*made_up_calls(9, seed=2, start=APRIL + 3_600_000))
    assert rn.sync_calls(store).new > 0
    assert_true(rn.read_calls(store), server, tmp_path)
    rn.compact(store)
    assert_true(rn.read_calls(store), server, tmp_path)


def test_half_a_backup_loses_no_call_that_it_holds(
    server: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Segments of the later month only: an earlier start brings the calls before."""
    (store / MANIFEST).unlink()
    shutil.rmtree(store / "month=2026-03")
    result = rn.sync_calls(store, adopt=True, start=START)
    assert result.new > 0
    assert_true(rn.read_calls(store), server, tmp_path)


def test_a_month_without_segments_between_others_is_asked_for_again(
    server: FakeRetell, tmp_path: Path
) -> None:
    """What a half-copied backup lacks there is fetched."""
    server.put(*made_up_calls(20, seed=4, start=APRIL - 45 * 86_400_000))  # in February
    folder = tmp_path / "store"
    rn.sync_calls(folder, start="2026-02-01")
    (folder / MANIFEST).unlink()
    shutil.rmtree(folder / "month=2026-03")
    assert rn.sync_calls(folder, adopt=True).new > 0
    assert_true(rn.read_calls(folder), server, tmp_path)


def test_every_damaged_segment_is_named_before_anything_is_adopted(
    server: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Nothing is changed; when they are moved away, the rest is adopted."""
    (store / MANIFEST).unlink()
    first, second, *_ = segments(store)
    truncate(first)
    second.write_bytes(b"")
    before, asked = contents(store), len(server.asked)
    with pytest.raises(DamagedError, match=rf"{first.name}.*{second.name}.*adopt=True"):
        rn.sync_calls(store, adopt=True)
    assert contents(store) == before
    assert len(server.asked) == asked
    for path in (first, second):
        path.rename(tmp_path / path.name)
    rn.sync_calls(store, adopt=True, start=START, settle="365D")
    assert_true(rn.read_calls(store), server, tmp_path)


def test_nothing_to_adopt(server: FakeRetell, tmp_path: Path) -> None:
    """A folder without segments is not made a store by adopting, and a whole store is as it was."""
    with pytest.raises(RefusedError, match="no segments to adopt"):
        rn.sync_calls(tmp_path / "none", adopt=True, start=START)
    assert not (tmp_path / "none").exists()
    rn.sync_calls(tmp_path / "store", start=START)
    before = contents(tmp_path / "store")
    rn.sync_calls(tmp_path / "store", adopt=True)
    assert contents(tmp_path / "store") == before
    assert server.asked


def test_a_writer_between_reading_and_adopting_is_noticed(
    server: FakeRetell, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was concluded from earlier files is not written over later ones."""
    (store / MANIFEST).unlink()
    really = adopting.adoption

    def late(folder: Path) -> adopting.Adoption:
        adopted = really(folder)
        save(folder, adopted.manifest)
        return adopted

    monkeypatch.setattr(syncing, "adoption", late)
    with pytest.raises(TimeoutError, match="meanwhile; try again"):
        rn.sync_calls(store, adopt=True)
    assert not server.asked


# --- A manifest and segments that do not agree ----------------------------------------------------


def test_a_manifest_older_than_the_segments(
    server: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Later segments stay, no new one takes their names, and they can be adopted."""
    old = (store / MANIFEST).read_bytes()
    server.put(*made_up_calls(9, seed=2, start=APRIL + 3_600_000))
    rn.sync_calls(store)
    (store / MANIFEST).write_bytes(old)
    before = {name: data for name, data in contents(store).items() if name != MANIFEST}
    with pytest.warns(StoreWarning, match=r"does not list the files month=.*adopt=True"):
        assert rn.sync_calls(store).new > 0
    assert before.items() <= contents(store).items()
    assert_true(rn.read_calls(store), server, tmp_path)
    with pytest.warns(StoreWarning, match="does not list"):
        rn.compact(store)
    rn.sync_calls(store, adopt=True)
    assert_true(rn.read_calls(store), server, tmp_path)
    rn.sync_calls(store)  # without a warning


def test_missing_segments_are_named_and_their_calls_come_again(
    server: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Nothing is deleted before; adopting goes on with the others."""
    lost = segments(store)[0]
    lost.unlink()
    before = contents(store)
    for word in (rn.sync_calls, rn.compact, rn.load_calls):
        with pytest.raises(MissingError, match=rf"lacks the file .*{lost.name}.*adopt=True"):
            word(store)
    assert contents(store) == before
    assert rn.sync_calls(store, adopt=True).new > 0
    assert_true(rn.read_calls(store), server, tmp_path)


def test_a_backup_that_was_copied_while_the_store_was_compacted(
    server: FakeRetell, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The early manifest lists files that were replaced; the later ones hold all of their calls."""
    early: list[bytes] = []
    really = writing.written

    def watched(path: Path, tables: Any) -> None:
        early.append((store / MANIFEST).read_bytes())
        really(path, tables)

    monkeypatch.setattr(writing, "written", watched)
    rn.compact(store)
    (store / MANIFEST).write_bytes(early[0])
    before = contents(store)
    with pytest.raises(MissingError):
        rn.sync_calls(store)
    assert contents(store) == before
    rn.sync_calls(store, adopt=True)
    assert_true(rn.read_calls(store), server, tmp_path)


@pytest.mark.parametrize("damage", ["truncated", "empty", "flipped", "another"])
def test_a_damaged_segment_is_named_by_whoever_reads_it(
    server: FakeRetell, store: Path, damage: str
) -> None:
    """Reading, compacting and syncing tell its name and how to go on, and delete nothing."""
    path = segments(store)[-1]
    data = bytearray(path.read_bytes())
    if damage == "flipped":
        ids = pq.read_metadata(path).row_group(0).column(0)
        data[ids.data_page_offset + ids.total_compressed_size - 8] ^= 1  # in the page itself
    replacements = {
        "truncated": data[:-20],
        "empty": b"",
        "flipped": data,
        "another": segments(store)[0].read_bytes(),
    }
    path.write_bytes(replacements[damage])
    before = contents(store)
    words: list[Callable[..., Any]] = [rn.read_calls, rn.load_calls, rn.compact]
    for word in words if damage == "flipped" else [*words, rn.sync_calls]:
        with pytest.raises(DamagedError, match=rf"{path.name}.*adopt=True"):
            word(store)
    assert {**contents(store), MANIFEST: b""} == {**before, MANIFEST: b""}
    assert not server.asked


# --- Manifests that are none of ours --------------------------------------------------------------


def edited(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda manifest: {**manifest, **changes}


def renamed(file: str) -> Callable[[dict[str, Any]], Any]:
    """Name a file in place of the first segment."""

    def edit(manifest: dict[str, Any]) -> dict[str, Any]:
        first, *others = manifest["segments"]
        return {**manifest, "segments": [{**first, "file": file}, *others]}

    return edit


TAMPERED: dict[str, Callable[[dict[str, Any]], Any]] = {
    "parent": renamed("../month=2026-03/calls-00000001.parquet"),
    "month that is a parent": renamed("month=../calls-00000001.parquet"),
    "absolute": renamed("/etc/passwd"),
    "drive": renamed("C:\\calls-00000001.parquet"),
    "another name": renamed("month=2026-03/export.parquet"),
    "line break": renamed("month=2026-03/calls-00000001.parquet\n"),
    "nothing": renamed(""),
    "unfinished": edited(unfinished=["../precious.csv"]),
    "unfinished itself": edited(unfinished=["_manifest.json"]),
    "twice": lambda manifest: {**manifest, "segments": manifest["segments"] * 2},
    "no segments": edited(segments=None),
    "negative": edited(calls=-1),
    "times": edited(since=APRIL + 10**10),
    "format": edited(format=0),
    "a list": lambda manifest: [manifest],
}


@pytest.mark.parametrize("edit", TAMPERED.values(), ids=TAMPERED)
def test_a_manifest_that_cannot_be_ours_is_refused(
    server: FakeRetell, store: Path, tmp_path: Path, edit: Callable[[dict[str, Any]], Any]
) -> None:
    """Whoever uses it tells so, with a way out, and touches nothing inside or outside."""
    (tmp_path / "precious.csv").write_text("mine")
    manifest = json.loads((store / MANIFEST).read_text())
    (store / MANIFEST).write_text(json.dumps(edit(manifest)))
    before = contents(tmp_path)
    for word in (rn.sync_calls, rn.compact, rn.read_calls):
        with pytest.raises(DamagedError, match=r"not the manifest of a store.*adopt=True"):
            word(store)
    with pytest.raises(DamagedError, match="Move it away"):
        rn.sync_calls(store, adopt=True)
    assert contents(tmp_path) == before
    (store / MANIFEST).rename(tmp_path / "old.json")
    rn.sync_calls(store, adopt=True)
    assert_true(rn.read_calls(store), server, tmp_path)


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b'{"format": 1', b"null"])
def test_a_manifest_that_is_no_json_is_refused(
    server: FakeRetell, store: Path, data: bytes
) -> None:
    """An empty one too, as a full disk of others leaves them."""
    (store / MANIFEST).write_bytes(data)
    before = contents(store)
    for word in (rn.sync_calls, rn.compact, rn.read_calls):
        with pytest.raises(DamagedError, match=r"not the manifest of a store.*adopt=True"):
            word(store)
    assert contents(store) == before
    assert not server.asked


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("month", [False, True], ids=["a file", "a month"])
def test_a_link_that_leads_out_of_the_store_is_not_followed(
    server: FakeRetell, store: Path, tmp_path: Path, month: object
) -> None:
    """Neither for reading nor by adopting; nor is anything written behind it."""
    inside = segments(store)[0].parent if month else segments(store)[0]
    target = tmp_path / "elsewhere"
    shutil.move(inside, target)
    inside.symlink_to(target)
    before = contents(tmp_path)
    for word in (rn.sync_calls, rn.compact, rn.read_calls):
        with pytest.raises(DamagedError, match="a link leads out of the store"):
            word(store)
    (store / MANIFEST).unlink()
    with pytest.raises(DamagedError, match="a link leads out of the store"):
        rn.sync_calls(store, adopt=True)
    before.pop(f"store/{MANIFEST}")
    assert contents(tmp_path) == before
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "month=2026-04").symlink_to(tmp_path / "elsewhere2")
    (tmp_path / "elsewhere2").mkdir()
    with pytest.raises(RefusedError, match="leads out"):
        rn.sync_calls(tmp_path / "new", start=START)
    assert not [*(tmp_path / "elsewhere2").iterdir()]
    assert server.asked  # there was something to write


# --- Files of others, and what a killed writer left -----------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "export.parquet",
        "_SUCCESS",
        "month=2026-03/part-0.parquet",
        "month=3/calls-00000001.parquet",
        "year=2026/part-0.parquet",
    ],
)
def test_a_folder_of_other_parquet_is_no_store(
    server: FakeRetell, tmp_path: Path, name: str
) -> None:
    """It is refused with the name of what is there, and left as it is."""
    path = tmp_path / "theirs" / name
    path.parent.mkdir(parents=True)
    pd.DataFrame({"a": [1]}).to_parquet(path)
    before = contents(tmp_path)
    with pytest.raises(RefusedError, match=f"not empty: it holds {name.partition('/')[0]}"):
        rn.sync_calls(tmp_path / "theirs", start=START)
    with pytest.raises(RefusedError, match="no segments to adopt"):
        rn.sync_calls(tmp_path / "theirs", start=START, adopt=True)
    assert contents(tmp_path) == before
    assert not server.asked


def test_parquet_of_others_under_our_names_is_not_adopted(
    server: FakeRetell, tmp_path: Path
) -> None:
    """What lacks the columns of a segment is named."""
    path = tmp_path / "month=2026-03" / "calls-00000001.parquet"
    path.parent.mkdir()
    pd.DataFrame({"call_id": ["call_1"]}).to_parquet(path)
    before = contents(tmp_path)
    with pytest.raises(DamagedError, match=r"no segment.*calls-00000001"):
        rn.sync_calls(tmp_path, start=START, adopt=True)
    assert contents(tmp_path) == before
    assert not server.asked


def test_files_that_the_store_did_not_list_are_never_deleted(
    server: FakeRetell, store: Path, tmp_path: Path
) -> None:
    """Whatever their names, neither by a sync nor by a compaction; and they are told of."""
    month = segments(store)[0].parent
    names = ["calls-00000002 (1).parquet", ".calls-00000009.parquet.unfinished", ".b.unfinished"]
    names += ["calls-00000077.parquet", "calls-notes.parquet", "notes.txt"]
    for name in names:
        (month / name).write_bytes(b"of somebody else")
    (store / "._other.unfinished").write_bytes(b"of somebody else")
    foreign = {name for name, data in contents(store).items() if data == b"of somebody else"}
    server.put(*made_up_calls(9, seed=2, start=APRIL + 3_600_000))
    for word in (rn.sync_calls, rn.compact):
        with pytest.warns(StoreWarning, match=r"calls-00000077\.parquet, .*calls-00000009"):
            word(store)
    assert {
        name for name, data in contents(store).items() if data == b"of somebody else"
    } == foreign
    assert_true(rn.read_calls(store), server, tmp_path)


class Killed(BaseException):
    """Stands for a kill: nothing is cleaned up behind it."""


@pytest.mark.parametrize("word", ["sync_calls", "compact"])
@pytest.mark.parametrize("renamed", [False, True], ids=["while writing", "before the manifest"])
def test_what_a_killed_writer_left_is_recognized_and_cleared_away(
    server: FakeRetell,
    store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    word: str,
    renamed: object,
) -> None:
    """It had been listed before; a segment beside it under another name stays."""
    server.put(*made_up_calls(9, seed=2, start=APRIL + 3_600_000))
    before = set(contents(store))
    really = writing.written

    def dying(path: Path, tables: Any) -> None:
        really(path, tables)
        if not renamed:
            path.rename(unfinished(path))
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(writing, "written", dying)
        patch.setattr(writing.Writer, "clear", lambda _self: None)
        with pytest.raises(Killed):
            getattr(rn, word)(store)
    assert len({*contents(store)} - before) == 1
    shutil.copytree(store, tmp_path / "without")
    rn.compact(store)
    assert {*contents(store)} == {MANIFEST, *(one.file for one in load(store).segments)}
    rn.sync_calls(store)
    assert_true(rn.read_calls(store), server, tmp_path)
    assert not load(store).unfinished
    # With the manifest, what it listed is lost: whole segments are adopted, the rest is told of.
    (tmp_path / "without" / MANIFEST).unlink()
    if renamed:
        rn.sync_calls(tmp_path / "without", adopt=True)
    else:
        with pytest.warns(StoreWarning, match="unfinished"):
            rn.sync_calls(tmp_path / "without", adopt=True)
    assert_true(rn.read_calls(tmp_path / "without"), server, tmp_path)
