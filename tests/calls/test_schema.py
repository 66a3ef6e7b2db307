"""The frame of calls: its laws, its attributes, and its way out and back in."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from payloads import START, dumped, event, read, three, unconnected

from retell_nb.calls.facts import when
from retell_nb.calls.reading.files import read_calls
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.sample.world import sample_calls
from retell_nb.calls.schema import (
    DTYPES,
    SCHEMA,
    Shared,
    check_keep,
    check_zone,
    require,
    settle,
    warn_of_rejected,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAYS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "csv": lambda calls, path: calls.to_csv(path),
    "csv.gz": lambda calls, path: calls.to_csv(path, index=False),
    "parquet": lambda calls, path: calls.to_parquet(path),
    "zstd.parquet": lambda calls, path: calls.to_parquet(path, compression="zstd"),
    "iso.json": lambda calls, path: calls.to_json(path, orient="records", date_format="iso"),
    "epoch.json": lambda calls, path: epochs(calls).to_json(path, orient="records"),
    "iso.jsonl": lambda calls, path: calls.to_json(
        path, orient="records", lines=True, date_format="iso"
    ),
}


def epochs(calls: pd.DataFrame) -> pd.DataFrame:
    """The times as milliseconds, as `to_json(date_format="epoch")` writes them."""
    zero, one = pd.Timestamp(0, tz="UTC"), pd.Timedelta("1ms")
    times = [name for name, kind in SCHEMA.items() if kind == "time"]
    return calls.assign(**{name: ((calls[name] - zero) / one).round() for name in times})


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    calls = sample_calls(2000, seed=5).drop_duplicates("call_id", ignore_index=True)
    calls.attrs = {}
    # Seconds that once were read as milliseconds are read as seconds when they are numbers again.
    early = calls["end_timestamp"] < pd.Timestamp("1971", tz="UTC")
    return calls[~early].reset_index(drop=True)


@pytest.mark.parametrize("way", WAYS)
def test_a_frame_of_calls_written_out_is_read_back_equal(
    tmp_path: Path, sample: pd.DataFrame, way: str
) -> None:
    """CSV, Parquet and JSON keep every known column, value and dtype."""
    path = tmp_path / f"calls.{way}"
    WAYS[way](sample, path)
    found = read_calls(path)[[*SCHEMA]]
    pd.testing.assert_frame_equal(found, as_calls(sample)[[*SCHEMA]], check_exact=False)


@pytest.mark.parametrize("way", [way for way in WAYS if "json" not in way])
def test_calls_without_ids_are_read_back_too(tmp_path: Path, way: str) -> None:
    """A table that never had ids is not refused for their lack."""
    calls = as_calls(pd.DataFrame({"End Reason": ["dial_busy", None, "new"], "mood": ["a"] * 3}))
    path = tmp_path / f"calls.{way}"
    WAYS[way](calls, path)
    found = read_calls(path)
    pd.testing.assert_frame_equal(found[[*SCHEMA, "mood"]], calls)


def test_attributes_are_plain_values_that_parquet_keeps(tmp_path: Path) -> None:
    """A frame with rejected records can be written, copied and told as JSON."""
    with pytest.warns(UserWarning, match="1 record"):
        calls = read(tmp_path, dumped([*three(), {"call_id": ""}, unconnected()]))
    path = tmp_path / "out.parquet"
    calls.to_parquet(path)
    told = pd.read_parquet(path).attrs
    assert told == json.loads(json.dumps(calls.attrs))
    assert told["duplicates"] == 1
    assert told["left_out"] == ["access_token", "call_summary", "custom_analysis_data",
                                "product_costs"]  # fmt: skip
    assert set(told["rejected"][0]) == {"file", "where", "why"}
    assert len(read_calls(path)) == 3


def test_attributes_stay_with_the_frame() -> None:
    """Slices and copies tell what was rejected, and share the list of it."""
    calls = settle(pd.DataFrame({"call_id": ["a"]}), [{"file": "f", "where": "w", "why": "y"}])
    for other in (calls.copy(), calls[:0], copy.deepcopy(calls)):
        assert other.attrs["rejected"] is calls.attrs["rejected"]
    assert isinstance(calls.attrs["rejected"], Shared)


@pytest.mark.parametrize("name", SCHEMA)
def test_a_column_has_its_dtype_wherever_it_comes_from(tmp_path: Path, name: str) -> None:
    """Files full and empty, with values and without, have columns of one dtype."""
    for data in (dumped(three()), dumped([]), dumped({"call_id": "a"}), b"End Reason\nx\n"):
        calls = read(tmp_path, data)
        assert calls[name].dtype == DTYPES[SCHEMA[name]]


def test_times_are_utc_milliseconds_and_text_is_the_text_of_this_pandas() -> None:
    """The dtypes are the same in every version of pandas, but for text."""
    dtypes = {kind: str(pd.Series([], dtype=dtype).dtype) for kind, dtype in DTYPES.items()}
    text = "str" if int(pd.__version__.split(".")[0]) >= 3 else "object"
    assert dtypes == {
        "text": text,
        "category": "category",
        "count": "Int64",
        "number": "float64",
        "flag": "boolean",
        "time": "datetime64[ms, UTC]",
    }


def test_the_highest_rank_wins_and_then_the_last() -> None:
    """Rows stay in their order; one without an id is a call of its own."""
    ids = ["a", "b", "a", "b", None, None]
    calls = pd.DataFrame({"call_id": ids, "duration_ms": range(6)})
    found = settle(calls, rank=np.array([9, 1, 1, 1, 0, 0]))
    assert found["duration_ms"].tolist() == [0, 3, 4, 5]
    assert found.attrs["duplicates"] == 2


def test_a_call_s_time_is_its_start_or_end_or_event(tmp_path: Path) -> None:
    """Unconnected calls have no start, and as webhooks not even an end."""
    late = event(unconnected(5, end_timestamp=None), at=START + 99)
    calls = read(tmp_path, dumped([*three(), late]))
    zero = pd.Timestamp(START, unit="ms", tz="UTC")
    assert ((when(calls) - zero) // pd.Timedelta("1ms")).tolist() == [1, 2, 3, 99]


def test_a_time_that_is_none_is_refused() -> None:
    """The message says what to do."""
    with pytest.raises(ValueError, match=r"start_timestamp holds int64.*as_calls"):
        when(pd.DataFrame({"start_timestamp": [1]}))
    with pytest.raises(ValueError, match="lack the column start_timestamp; they have none"):
        require(pd.DataFrame(), "start_timestamp")


@pytest.mark.parametrize("number", [1, 2])
def test_one_warning_tells_of_the_first_record(number: int) -> None:
    """Where the place in a file is not known, the file alone is named."""
    notes = [{"file": "a.json", "where": "", "why": "it is empty"}] * number
    said = f"{number} record{'s' * (number - 1)} could not be used and set aside; the first: "
    with pytest.warns(UserWarning, match="set aside") as warned:
        warn_of_rejected(settle(pd.DataFrame({"call_id": ["a"]}), notes))
    assert [str(warning.message) for warning in warned] == [
        f"{said}a.json: it is empty. See calls.attrs['rejected']."
    ]


@pytest.mark.parametrize("tz", ["Mars/Base", "", "../UTC", "Europe"])
def test_what_is_no_time_zone_is_refused(tz: Any) -> None:
    """Whatever pandas says of it, it is a ValueError that shows what was given."""
    with pytest.raises(ValueError, match="is not a time zone"):
        check_zone(tz)


@pytest.mark.parametrize("tz", ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires"])
def test_what_is_a_time_zone_is_not_refused(tz: str) -> None:
    """Names of the IANA are fine."""
    check_zone(tz)


def test_fields_to_keep_are_checked() -> None:
    """A text in the place of a tuple would be letters; a stranger would be silently nothing."""
    with pytest.raises(ValueError, match=r"write keep=\('transcript',\)"):
        check_keep("transcript")
    with pytest.raises(ValueError, match=r"keep names \['voice'\]; allowed are call_summary, "):
        check_keep(("transcript", "voice"))
