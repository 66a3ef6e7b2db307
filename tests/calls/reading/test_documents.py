"""JSON documents taken apart: whole ones, JSON Lines, broken and cut-off ones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from hypothesis import given
from payloads import connected, dumped, lines, page, three

from retell_nb.calls.reading.documents import json_in_lines, opening, pieces
from retell_nb.calls.reading.files import read_calls

if TYPE_CHECKING:
    from pathlib import Path

CALL = {"call_id": "call_1", "note": 'a "quoted" ] and } \\'}
_SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text()
_OBJECTS = st.dictionaries(st.text(), _SCALARS | st.lists(_SCALARS), min_size=1, max_size=4)


def values(data: bytes) -> list[Any]:
    """What the pieces of a document hold, lists and pages opened."""
    found = []
    for _, raw in pieces(data)[0]:
        value = json.loads(bytes(raw))
        found += value if isinstance(value, list) else value.get("items", [value])
    return found


def places(data: bytes) -> list[str]:
    return [place for place, _ in pieces(data)[0]]


@pytest.mark.parametrize("data", [b'{"a": 1}', b"[]", b'[{"a": 1}]', b' \n{"items": []}\n '])
def test_a_whole_document_is_one_piece(data: bytes) -> None:
    """It stands nowhere in particular, and there is nothing to note."""
    found, notes = pieces(data)
    assert [(where, json.loads(bytes(raw))) for where, raw in found] == [("", json.loads(data))]
    assert notes == []


def test_lines_are_numbered_as_an_editor_does() -> None:
    """Blank lines count, though they hold nothing."""
    data = b'{"a": 1}\n\n  {"a": 2}\r\n{"a": 3}'
    assert places(data) == ["line 1", "line 3", "line 4"]
    assert values(data) == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_a_broken_line_is_passed_on_with_its_number() -> None:
    """Whoever decodes it says what is wrong; the others are not touched."""
    found, notes = pieces(lines(CALL) + b'{"call_id": \n' + lines(CALL))
    assert [(where, bytes(raw)) for where, raw in found][1] == ("line 2", b'{"call_id":')
    assert (len(found), notes) == (3, [])


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("shape", [list, page], ids=["list", "page"])
def test_a_list_cut_off_gives_what_was_whole(shape: Any, indent: int | None) -> None:
    """Wherever it breaks off, whole items are found and the loss is noted with its place."""
    data = dumped(shape([CALL, CALL, CALL]), indent=indent)
    ends = [at for at in range(len(data)) if data[at : at + 9] == b'"call_id"'][1:]
    for end in range(ends[0], data.rindex(b"]")):
        found, notes = pieces(data[:end])
        assert [json.loads(bytes(raw)) for _, raw in found] == [CALL] * len(found)
        assert 1 <= len(found) <= 3
        assert [note["where"] for note in notes] == [f"item {len(found)}"]
        assert "cut off or broken" in notes[0]["why"]


@pytest.mark.parametrize("head", ["[", '{"total": 5, "items": ['])
def test_a_broken_item_costs_no_other(head: str) -> None:
    """It is noted with its place, and the list is read on where an item begins alike."""
    broken = ['{"call_id": oops, "of": [{"a": 1}, {"b": 2}]}', '{"call_id": "5" "of": 1}']
    sound = ['{"call_id": "1"}', '{"call_id": "3"}', '{"call_id": "6", "of": [{"a": 1}]}']
    items = [sound[0], broken[0], sound[1], *broken, sound[2]]
    found, notes = pieces(f"{head}{', '.join(items)}]".encode())
    assert [(where, bytes(raw).decode()) for where, raw in found] == [
        ("item 0", sound[0]),
        ("item 2", sound[1]),
        ("item 5", sound[2]),
    ]
    assert [note["where"] for note in notes] == ["item 1", "item 3", "item 4"]
    assert all(note["why"].startswith("not valid JSON: ") for note in notes)


def test_a_broken_item_with_none_alike_behind_it_ends_the_reading_with_a_note() -> None:
    """What stands before it is kept."""
    found, notes = pieces(b'[{"call_id": "1"}, {"call_id": oops}, {"id": "3"}]')
    assert [bytes(raw) for _, raw in found] == [b'{"call_id": "1"}']
    assert notes == [
        {
            "where": "item 1",
            "why": "cut off or broken: nothing could be read from character 19 on",
        }
    ]


def test_a_page_with_its_notes_behind_is_read_to_the_end() -> None:
    """Where it is cut off behind its items, nothing is lost, and its own fields are no items."""
    data = b'{"items": [{"a": 1}, {"a": 2}], "has_more": true, "pagination_key": "k'
    found, notes = pieces(data)
    assert [bytes(raw) for _, raw in found] == [b'{"a": 1}', b'{"a": 2}']
    assert notes == []


def test_pages_one_after_another_are_read_whole() -> None:
    """What `jq` leaves in a file is read, page by page."""
    data = b"\n".join(dumped(page([call], total=1), indent=1) for call in three())
    assert values(data) == three()
    assert pieces(data)[1] == []


@pytest.mark.parametrize(
    "data", [b'{"call_id": "call_1", "agent', b"[", b'{"items": [', b"[" * 100_000]
)
def test_where_nothing_can_be_read_there_is_a_note_and_no_piece(data: bytes) -> None:
    """Nothing is passed on, and nothing is hidden."""
    found, notes = pieces(data)
    assert found == []
    assert notes[0]["why"].startswith("cut off or broken")


def test_the_first_byte_tells_a_list_from_an_object() -> None:
    """Raw values and bytes alike; nothing has none."""
    raw = pieces(b' [{"a": 1}]')[0][0][1]
    assert [opening(value) for value in (raw, b"{}", b"")] == [b"[", b"{", b""]


@given(
    st.lists(_OBJECTS, min_size=1, max_size=5),
    st.sampled_from([None, 1]),
    st.sampled_from([",", ",\n", " , "]),
)
def test_values_are_the_same_however_they_are_joined(
    objects: list[dict[str, Any]], indent: int | None, comma: str
) -> None:
    """A list, a list by lines, JSON Lines, objects one after another: all hold the same."""
    texts = [json.dumps(value, indent=indent) for value in objects]
    joined = [f"[{comma.join(texts)}]", "\n".join(map(json.dumps, objects)), "\n".join(texts)]
    for text in joined:
        data = text.encode()
        found = [json.loads(bytes(raw)) for _, raw in pieces(data)[0]]
        assert (found[0] if data[:1] == b"[" else found) == objects
        assert pieces(data)[1] == []


@given(st.binary(max_size=60), st.integers(0, 200))
def test_no_bytes_make_it_fail(noise: bytes, at: int) -> None:
    """Whatever stands in a file, it is taken apart or noted."""
    whole = dumped([connected()])
    found, notes = pieces(whole[:at] + noise + whole[at:])
    assert found or notes


@pytest.mark.parametrize(
    "line",
    [
        "Mar  2 14:03:00 host app[12]: received {} in 12 ms",
        "INFO {{req-1}} body={}",
        "batch [{}] done",
        "2026-03-02T14:03:00Z stdout F {}",
    ],
)
def test_json_is_read_wherever_it_stands_in_a_line(line: str) -> None:
    """Also as a text of JSON, and as Python prints a dict."""
    call = {"call_id": "c1", "agent_name": "a b"}
    for text in (json.dumps(call), json.dumps(json.dumps(call)), repr(call)):
        found = json_in_lines(line.format(text).encode())
        assert found is not None
        value = json.loads(found)
        assert (value[0] if isinstance(value, list) else value) in (call, json.dumps(call))


def test_a_list_of_anything_is_no_line_of_a_log(tmp_path: Path) -> None:
    """What is no record in it is set aside, not passed over."""
    path = tmp_path / "list.json"
    path.write_text('[1, null, {"call_id": "c1", "end_reason": "dial_busy"}]')
    with pytest.warns(UserWarning, match="2 records"):
        assert len(read_calls(path)) == 1


def test_json_over_several_lines_is_read_from_between_other_words() -> None:
    calls = [{"call_id": f"c{n}", "note": "a\nb"} for n in range(2)]
    log = "\n".join(f"10:0{n} received:\n{json.dumps(c, indent=2)}" for n, c in enumerate(calls))
    assert json_in_lines(log.encode()) == "\n".join(map(json.dumps, calls)).encode()
    script = f"window.calls = {json.dumps(calls, indent=1)};\n"
    assert json_in_lines(script.encode()) == json.dumps(calls).encode()
    assert json_in_lines(b"no json {here}\nnor [there]\n") is None
