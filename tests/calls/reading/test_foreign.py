"""Frames of the user's own: names found out, names given, and what is no frame of calls."""

from __future__ import annotations

import io
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given
from payloads import START, TOKEN, connected, dumped, event, flat, read, three, unconnected

from retell_nb.calls.labels import ALIASES, ASIDE, plain
from retell_nb.calls.reading.foreign import as_calls
from retell_nb.calls.reading.mapping import no_reason
from retell_nb.calls.reading.naming import renamed, unnested
from retell_nb.calls.schema import DTYPES, SCHEMA

DASHBOARD = {
    "Time": ("2026-03-02 11:00:00", "start_timestamp", pd.Timestamp("2026-03-02T10:00Z")),
    "Duration": ("3m 40s", "duration_ms", 220_000),
    "Channel Type": ("Phone Call", "call_type", "phone_call"),
    "Cost": ("$0.12", "combined_cost", 12),
    "Session ID": ("call_1", "call_id", "call_1"),
    "End Reason": ("Dial no answer", "disconnection_reason", "dial_no_answer"),
    "Session Status": ("Not connected", "call_status", "not_connected"),
    "User Sentiment": ("negative", "user_sentiment", "Negative"),
    "From": ("+14155550123", "from_number", "+14155550123"),
    "To": ("anonymous", "to_number", "anonymous"),
    "Direction": ("Outbound", "direction", "outbound"),
    "Session Outcome": ("Unsuccessful", "call_successful", False),
    "End to End Latency": ("1861ms", "e2e_latency_p50", 1861),
    "Agent ID": ("agent_1", "agent_id", "agent_1"),
    "Agent Name": ("Front desk", "agent_name", "Front desk"),
    "Agent Version": ("v12", "agent_version", 12),
}
"""Each column of the dashboard: a cell, the API's name and the value in its unit."""


def reasons(**columns: Any) -> pd.DataFrame:
    """Two calls with other columns."""
    return pd.DataFrame({"disconnection_reason": ["user_hangup", "dial_busy"], **columns})


@pytest.mark.parametrize("label", DASHBOARD)
def test_a_label_of_the_dashboard_is_known(label: str) -> None:
    """Each is found in any letter case, with blanks, underscores or neither."""
    cell, name, value = DASHBOARD[label]
    for written in (label, label.upper(), label.replace(" ", "_"), label.replace(" ", "").lower()):
        df = pd.DataFrame({"End Reason": ["Dial no answer"], written: [cell]})
        found = as_calls(df.loc[:, ~df.columns.duplicated()], tz="Europe/Berlin")
        assert found[name][0] == value


def test_a_whole_table_of_the_dashboard_becomes_a_frame_of_calls() -> None:
    """Summary is left out, and the user's own fields are kept behind the known columns."""
    cells = {label: [cell] for label, (cell, _, _) in DASHBOARD.items()}
    df = pd.DataFrame({**cells, "Summary": ["Ann asked."], "Room type": ["double"]})
    calls = as_calls(df)
    assert list(calls.columns) == [*SCHEMA, "Room type"]
    assert calls.attrs["left_out"] == ["call_summary"]
    assert as_calls(df, keep=("call_summary",))["call_summary"].tolist() == ["Ann asked."]


def test_every_alias_is_plain_and_means_a_column() -> None:
    """No alias can be missed for its spelling or lead nowhere."""
    assert all(alias == plain(alias) for alias in ALIASES)
    assert {alias.name for alias in ALIASES.values()} <= {*SCHEMA, *ASIDE}


@pytest.mark.parametrize("name", SCHEMA)
def test_every_column_of_the_schema_has_its_dtype(name: str) -> None:
    """Whatever a frame tells, all columns are there; a text column is text in both pandas."""
    for df in (reasons(), reasons()[:0], pd.DataFrame(three())):
        dtype = as_calls(df)[name].dtype
        expected = DTYPES[SCHEMA[name]]
        assert dtype == expected
        if dtype == "category":
            assert as_calls(df)[name].cat.categories.dtype == DTYPES["text"]


def test_categories_are_sorted_and_all_there() -> None:
    """No category is left over from rows that went."""
    df = pd.DataFrame({"call_id": ["a", "b", "a"], "End Reason": ["x", "b", "a"]})
    assert as_calls(df)["disconnection_reason"].cat.categories.tolist() == ["a", "b"]


@pytest.mark.parametrize(
    ("df", "label"),
    [
        (pd.DataFrame({"Why": ["dial_busy"]}), "Why"),
        (pd.DataFrame({"Why": ["dial_busy"], "End Reason": ["x"]}), "Why"),
        (pd.DataFrame({"Why": ["dial_busy"], "disconnection_reason": ["x"]}), "Why"),
        (pd.DataFrame([["dial_busy", 1]]), 0),
    ],
)
def test_the_own_mapping_wins(df: pd.DataFrame, label: Any) -> None:
    """What the user says a column is, it is; the one that it replaces is kept aside."""
    calls = as_calls(df, columns={label: "disconnection_reason"})
    assert calls["disconnection_reason"].tolist() == ["dial_busy"]
    assert calls.columns.is_unique
    assert len(calls.columns) == len(SCHEMA) + len(df.columns) - 1


@pytest.mark.parametrize("columns", [["Reason", "End Reason"], ["End Reason", "Reason"]])
def test_the_surer_name_wins_wherever_it_stands(columns: list[str]) -> None:
    """A field of the user's own that is named `Reason` does not shut out the end reason."""
    df = pd.DataFrame({"Reason": ["a bill"], "End Reason": ["Dial busy"]})[columns]
    calls = as_calls(df)
    assert calls["disconnection_reason"].tolist() == ["dial_busy"]
    assert calls["Reason"].tolist() == ["a bill"]


def test_the_api_s_name_wins_over_an_alias() -> None:
    """A column of the API's name is that column."""
    calls = as_calls(reasons(Duration=["1s", "1s"], duration_ms=[5, 6]))
    assert calls["duration_ms"].tolist() == [5, 6]
    assert calls["Duration"].tolist() == ["1s", "1s"]


def test_a_column_to_map_that_is_not_there_is_a_key_error() -> None:
    """The message names what was asked for and what the frame has."""
    with pytest.raises(KeyError, match=r"columns= names \['Why', 5\]; the frame has \['disc"):
        as_calls(reasons(), columns={"Why": "call_id", 5: "duration_ms"})


def test_a_frame_without_reasons_is_refused_with_the_nearest_names() -> None:
    """The message lists the columns, the nearest in name, and what to do."""
    with pytest.raises(ValueError, match="no column holds the disconnection reason") as error:
        as_calls(pd.DataFrame({"disconnect_why": ["x"], "colour": ["red"]}))
    message = str(error.value)
    assert "The columns are ['disconnect_why', 'colour']; nearest in name: ['disconnect_why']" in (
        message
    )
    assert "columns={'its name': 'disconnection_reason'}" in message


def test_where_no_name_is_near_none_is_named() -> None:
    """An empty frame has none at all."""
    assert "nearest" not in no_reason(pd.DataFrame({"x": []}))
    with pytest.raises(ValueError, match=r"The columns are \[\]"):
        as_calls(pd.DataFrame())


def test_columns_of_the_same_name_are_refused() -> None:
    """Nobody can tell which is meant; the message names them."""
    df = pd.DataFrame([["user_hangup", 1, 2]], columns=["End Reason", "x", "x"])
    with pytest.raises(ValueError, match=r"more than one column \['x'\]; rename all but one"):
        as_calls(df)


def test_the_index_is_kept_also_where_labels_repeat() -> None:
    """Rows keep their labels, and the frame given is not changed."""
    df = reasons(Duration=["1s", "2s"], mood=["fine", None]).set_index(pd.Index([7, 7], name="n"))
    before = df.copy()
    calls = as_calls(df)
    pd.testing.assert_index_equal(calls.index, df.index)
    assert calls["duration_ms"].tolist() == [1000, 2000]
    pd.testing.assert_frame_equal(df, before)


def test_rows_that_do_not_fit_are_set_aside_with_their_label() -> None:
    """The index says which row it was; the warning stands at the caller's line."""
    df = pd.DataFrame({"call_id": [["a"], "b"], "disconnection_reason": ["dial_busy", {"x": 1}]})
    with pytest.warns(UserWarning, match="2 records could not be used") as warned:
        calls = as_calls(df.set_index(pd.Index(["first", "second"])))
    assert calls.empty
    assert list(calls.attrs["rejected"]) == [
        {
            "file": "the frame",
            "where": "row first",
            "why": "call_id: \"['a']\" is not a text",
        },
        {
            "file": "the frame",
            "where": "row second",
            "why": "disconnection_reason: \"{'x': 1}\" is not a name",
        },
    ]
    assert [warning.filename for warning in warned] == [__file__]


def test_a_row_without_an_id_is_set_aside_where_others_have_one() -> None:
    """A table that tells no ids at all is taken as it is."""
    with pytest.warns(UserWarning, match="row 1: no call_id"):
        assert len(as_calls(reasons(call_id=["a", ""]))) == 1
    assert len(as_calls(reasons(call_id=[None, None]))) == 2
    assert len(as_calls(reasons())) == 2


def test_the_last_row_of_a_call_wins() -> None:
    """The same call twice counts once, and that is said."""
    calls = as_calls(reasons(call_id=["a", "a"]))
    assert calls["disconnection_reason"].tolist() == ["dial_busy"]
    assert (calls.index.tolist(), calls.attrs["duplicates"]) == ([1], 1)


def test_end_minus_start_fills_a_missing_duration() -> None:
    """What is recorded stays, even where it contradicts."""
    calls = as_calls(
        reasons(
            start_timestamp=[START, START],
            end_timestamp=[START + 47_001, START + 47_001],
            duration_ms=[None, 5],
        )
    )
    assert calls["duration_ms"].tolist() == [47_001, 5]


def test_records_in_a_frame_are_read_as_from_a_file(tmp_path: Any) -> None:
    """`DataFrame(records)` and `json_normalize(records)` give what the file of them gives."""
    calls = read(tmp_path, dumped(three()))
    for df in (pd.DataFrame(three()), flat(three())):
        found = as_calls(df)
        pd.testing.assert_frame_equal(found[[*SCHEMA]], calls[[*SCHEMA]])
        assert found.attrs["left_out"] == calls.attrs["left_out"]
        assert TOKEN not in found.to_json(date_format="iso")


def test_webhooks_laid_flat_are_known() -> None:
    """`json_normalize` writes "call." before every name."""
    calls = as_calls(
        pd.json_normalize([event(connected(access_token=TOKEN)), event(unconnected())])
    )
    assert calls["disconnection_reason"].tolist() == ["user_hangup", "dial_no_answer"]
    assert calls["e2e_latency_p50"].tolist()[0] == 1861
    assert calls["event_timestamp"].notna().all()
    assert TOKEN not in calls.to_json(date_format="iso")


def test_personal_fields_laid_flat_are_left_out() -> None:
    """What is a part of a field that stays out stays out too, unless asked for."""
    df = pd.json_normalize([connected(metadata={"customer": {"name": "Ann"}})])
    shut, kept = as_calls(df), as_calls(df, keep=("metadata",))
    assert "Ann" not in shut.drop(columns="call_id").to_json(date_format="iso")
    assert shut.attrs["left_out"] == [
        "call_summary",
        "custom_analysis_data",
        "metadata",
        "product_costs",
    ]
    assert kept["metadata.customer.name"].tolist() == ["Ann"]


def test_old_records_in_a_frame_have_their_latencies() -> None:
    """Records from before November 2024 hold them at the top; where both are, the new wins."""
    old = {"e2e_latency": {"p50": 5, "p95": 9}}
    df = pd.DataFrame([{**connected(1), **old, "latency": None}, {**connected(2), **old}])
    calls = as_calls(df)
    assert calls["e2e_latency_p50"].tolist() == [5, 1861]


@pytest.mark.parametrize("write", [str, lambda cell: dumped(cell).decode()], ids=["str", "JSON"])
def test_objects_written_out_are_opened(write: Any) -> None:
    """A frame of records that went through CSV holds its objects as text."""
    df = pd.DataFrame([connected()])
    texts = df.map(lambda cell: write(cell) if isinstance(cell, dict) else cell)
    pd.testing.assert_frame_equal(as_calls(texts)[[*SCHEMA]], as_calls(df)[[*SCHEMA]])


def test_lists_and_objects_nobody_knows_become_json_text() -> None:
    """As in a file of records; other values of the column stay."""
    calls = as_calls(reasons(mood=[{"a": [1]}, 5], tags=[["x"], None]))
    assert calls["mood"].tolist() == ['{"a":[1]}', 5]
    assert calls["tags"].tolist() == ['["x"]', None]


def test_what_a_bare_number_is_depends_on_the_name() -> None:
    """A duration is in seconds and a cost in dollars, unless the API's names say otherwise."""
    calls = as_calls(reasons(Duration=[47, 0.5], Cost=[0.12, 1]))
    assert calls["duration_ms"].tolist() == [47_000, 500]
    assert calls["combined_cost"].tolist() == [12, 100]
    same = as_calls(reasons(duration_ms=[47, 0], combined_cost=[0.12, 1]))
    assert same["duration_ms"].tolist() == [47, 0]
    assert same["combined_cost"].tolist() == [0.12, 1]


def test_a_time_zone_that_is_none_is_refused() -> None:
    """The message says what was given and what is wanted."""
    with pytest.raises(ValueError, match=r"tz='Mars/Base' is not a time zone; name one .*Berlin"):
        as_calls(reasons(), tz="Mars/Base")


@pytest.mark.parametrize("keep", ["transcript", ("transcripts",), ("access_token",)])
def test_only_fields_that_are_left_out_can_be_kept(keep: Any) -> None:
    """A secret is not among them; the message says what is allowed."""
    with pytest.raises(ValueError, match=r"keep"):
        as_calls(reasons(), keep=keep)


def test_names_are_given_without_touching_values() -> None:
    """`renamed` tells the scale of each column beside its name."""
    rows, scales, _ = renamed(pd.DataFrame({"Duration": ["5"], "Cost": ["1"], "x": [1]}), {})
    assert rows.to_dict("list") == {"duration_ms": ["5"], "combined_cost": ["1"], "x": [1]}
    assert scales == {"duration_ms": 1000, "combined_cost": 100}


def test_text_in_the_place_of_an_object_is_left_alone() -> None:
    """A column `latency` with plain numbers is not opened."""
    df = pd.DataFrame({"latency": ["1861ms", "{broken"]})
    pd.testing.assert_frame_equal(unnested(df), df)


_CELLS = {
    "call_id": st.none() | st.sampled_from(["a", "b", "c", "d"]),
    "End Reason": st.none() | st.sampled_from(["Dial busy", "user_hangup", "new"]),
    "Duration": st.none() | st.integers(0, 10**6).map(lambda s: f"{s}s"),
    "Cost": st.none() | st.integers(0, 10**6).map(lambda c: f"${c / 100:.2f}"),
    "Time": st.none() | st.integers(10**11, 2 * 10**12),
    "in_voicemail": st.none() | st.booleans(),
    "mood": st.none() | st.text(max_size=3),
}


@given(st.lists(st.fixed_dictionaries(_CELLS), min_size=1, max_size=5), st.booleans())
@pytest.mark.filterwarnings("ignore:.*could not be used:UserWarning")
def test_what_is_a_frame_of_calls_stays_as_it_is(rows: list[dict[str, Any]], ids: bool) -> None:  # noqa: FBT001 - hypothesis draws it
    """`as_calls` is idempotent, with ids or without."""
    df = pd.DataFrame(rows).astype({"mood": DTYPES["text"]})
    once = as_calls(df if ids else df.drop(columns="call_id"))
    pd.testing.assert_frame_equal(as_calls(once), once)


def test_phone_numbers_that_came_as_figures_are_told_of() -> None:
    """Pandas reads +14155550123 as a number: its plus sign is lost, and somebody has to know."""
    df = pd.read_csv(io.StringIO("End Reason,From,To\nDial busy,+14155550123,anonymous\n"))
    with pytest.warns(UserWarning, match="from_number came as figures, which have lost their plus"):
        calls = as_calls(df)
    assert calls["from_number"].tolist() == ["14155550123"]
    assert [note for note in calls.attrs["notes"] if "plus sign" in note]
