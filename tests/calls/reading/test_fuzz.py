"""Mutated files, frames and objects: nothing is lost, and no exception is without a sentence.

The small run draws a few; `pytest --hypothesis-profile=fuzz` draws more than 20,000 in all.
"""

from __future__ import annotations

import io
import json
import warnings
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from payloads import connected, event, flat, three, unconnected

from retell_nb.calls.labels import ALIASES, SECRETS
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.schema import DTYPES, SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

FEW = {"call_cost": {"combined_cost": 12.5}, "latency": {"e2e": {"p50": 1861}}}
"""Instead of all the columns that the API nests: what is read of one is read of each."""
CALLS = [connected(1, **FEW), *three()[1:], connected(5, mood="fine", **FEW), unconnected(6)]
LABELS = [*SCHEMA, *ALIASES, "mood", "", "5", "call.call_id", "body.call.call_id", "\ud800"]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "user_hangup",
            "call_1",
            "2026-03-02",
            "1e999",
            "\ud800",
            "{",
            "[]",
            '{"call_id": 1}',
            "eyJh",
        ]
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(LABELS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from(LABELS), VALUES, max_size=5)

fuzz = settings(suppress_health_check=[*HealthCheck])


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """Calls in an envelope, with a few values replaced, keys renamed and items doubled."""
    calls = [dict(call) for call in draw(st.lists(st.sampled_from(CALLS), min_size=1, max_size=4))]
    for call in calls:
        for name in draw(st.lists(st.sampled_from([*call]), max_size=3, unique=True)):
            label = draw(st.just(name) | st.sampled_from(LABELS))
            call[label] = draw(st.just(call.pop(name)) | VALUES)
    items: list[Any] = [draw(st.sampled_from([call, event(call)])) for call in calls]
    items += draw(st.lists(VALUES, max_size=2))
    name = draw(st.sampled_from(["items", "calls", "data", "body", "x"]))
    shapes = [
        items,
        {name: items},
        {name: json.dumps(items)},
        [{name: item} for item in items],
        {f"call_{number}": item for number, item in enumerate(items)},
        [items],
    ]
    return draw(st.sampled_from(shapes))


def check(calls: pd.DataFrame) -> None:
    """A frame of calls is whole, and can be written out."""
    assert calls.columns.is_unique
    assert [*calls.columns[: len(SCHEMA)]] == [*SCHEMA]
    dtypes = calls.dtypes.to_dict()
    assert all(dtypes[name] == DTYPES[kind] for name, kind in SCHEMA.items())
    assert not {*SECRETS} & {*calls.columns}
    json.dumps([*calls.attrs["rejected"], calls.attrs["notes"]])
    calls.to_json(date_format="iso", default_handler=str).encode()


def outcome(read: Any) -> pd.DataFrame | str:
    """What reading gives: a whole frame, or the sentence of a ValueError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # which say what was lost or guessed
        try:
            calls = read()
        except ValueError as error:
            assert type(error) is ValueError  # noqa: PT017 - not one that a codec raised
            return str(error)
    check(calls)
    return calls


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "calls"


@fuzz
@given(mutated())
def test_mutated_objects_and_their_file_are_read_or_refused(path: Path, value: Any) -> None:
    """In Python and as JSON; a text of surrogates is written as JSON escapes them."""
    outcome(lambda: as_calls(value))
    path.write_text(json.dumps(value))
    outcome(lambda: read_calls(path))


@fuzz
@given(mutated(), st.data())
def test_json_with_mutated_bytes_is_read_or_refused(
    path: Path, value: Any, data: st.DataObject
) -> None:
    """Cut off, with bytes replaced or put in."""
    text = bytearray(json.dumps(value).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))
    path.write_bytes(bytes(text))
    outcome(lambda: read_calls(path))


@fuzz
@given(st.data())
def test_csv_with_mutated_bytes_is_read_or_refused(path: Path, data: st.DataObject) -> None:
    """Under any labels; quotes, separators and line breaks come and go."""
    table = flat(data.draw(st.lists(st.sampled_from(CALLS), min_size=1, max_size=4)))
    labels = data.draw(st.lists(st.sampled_from(LABELS[:-1]), max_size=4))
    table.columns = pd.Index([*labels, *table.columns[len(labels) :]])
    text = bytearray(table.to_csv(index=False, sep=data.draw(st.sampled_from(",;\t"))).encode())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(text)))
        noise = st.binary(max_size=3) | st.sampled_from([b'"', b",", b"\n", b";", b"\r\n", b"\0"])
        text[at : at + data.draw(st.integers(0, 4))] = data.draw(noise)
    path.write_bytes(bytes(text))
    outcome(lambda: read_calls(path))


@fuzz
@given(
    st.lists(RECORDS, min_size=1, max_size=4),
    st.sampled_from([None, "pyarrow", "numpy_nullable"]),
)
def test_a_frame_of_anything_is_read_or_refused(
    records: list[dict[str, Any]], backend: Any
) -> None:
    """With lists, objects, figures and halves of characters in any column."""
    rows = [{"disconnection_reason": "user_hangup", **record} for record in records]
    try:
        df = pd.DataFrame(rows, dtype=object)
        df = df if backend is None else df.convert_dtypes(dtype_backend=backend)
    except Exception:  # noqa: BLE001 - pandas itself cannot
        return
    calls = outcome(lambda: as_calls(df))
    if isinstance(calls, pd.DataFrame):
        lost = len(df) - len(calls) - calls.attrs["duplicates"] - len(calls.attrs["rejected"])
        assert lost == 0


@fuzz
@given(st.lists(RECORDS, min_size=1, max_size=5))
def test_every_record_of_a_list_is_a_call_a_duplicate_or_rejected(
    path: Path, records: list[dict[str, Any]]
) -> None:
    """As dicts and as JSON, whatever stands beside the id and the reason."""
    records = [{**record, "call_id": f"c{n % 4}"} for n, record in enumerate(records)]
    records = [{**record, "disconnection_reason": "user_hangup"} for record in records]
    path.write_text(json.dumps(records))
    for read in (lambda: as_calls(records), lambda: read_calls(path)):
        calls = outcome(read)
        assert isinstance(calls, pd.DataFrame) or "nothing" in calls
        if isinstance(calls, pd.DataFrame):
            counts = len(calls), calls.attrs["duplicates"], len(calls.attrs["rejected"])
            assert sum(counts) == len(records)


@fuzz
@given(st.lists(RECORDS, min_size=1, max_size=4))
def test_parquet_of_anything_is_read_or_refused(path: Path, records: list[dict[str, Any]]) -> None:
    """What pandas can write."""
    packed = io.BytesIO()
    try:
        table = pd.DataFrame([{"disconnection_reason": "x", **record} for record in records])
        table.to_parquet(packed)
    except Exception:  # noqa: BLE001 - pandas itself cannot
        return
    path.write_bytes(packed.getvalue())
    outcome(lambda: read_calls(path))
