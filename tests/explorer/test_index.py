"""the index selects the calls that `select` does, only faster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import retell_nb as rn
from retell_nb.explorer.index import Index
from retell_nb.selection.select import select

if TYPE_CHECKING:
    from collections.abc import Mapping

CALLS = rn.sample_calls(400, seed=3)
LACKED = rn.REASONS.index.difference(CALLS["disconnection_reason"])[0]
"""A reason that may be selected, and that none of the calls has."""
VALUES: dict[str, list[Any]] = {
    "outcome": ["failed", "completed", "unknown"],
    "category": ["dial_failure", "llm_server", "machine"],
    "reason": ["dial_failed", "user_hangup", LACKED],
    "owner": ["number", "backend"],
    "direction": ["inbound", "outbound", None],
    "agent_id": CALLS["agent_id"].dropna().unique().tolist(),
    "agent_version": [2, 8, 13, None],
    "from_number": [*CALLS["from_number"].dropna().head(3), None],
    "country": ["US", "GB", "ZZ"],
    "weekday": [0, 4, 6],
    "hour": [9, 17],
}
TIMES = ["2026-03-05", "2026-03-09T14:00", "2026-03-20T00:00:00.0005+01:00"]


def either(name: str, values: list[Any]) -> st.SearchStrategy[dict[str, Any]]:
    some = st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True)
    return some.map(lambda made: {name: made})


FILTERS = st.lists(
    st.one_of(
        *(either(name, values) for name, values in VALUES.items()),
        st.sampled_from(TIMES).map(lambda time: {"start": time}),
        st.sampled_from(TIMES).map(lambda time: {"end": time}),
        st.sampled_from(["call_1", "+1", "COPPER", "7", "ß", ".*"]).map(lambda t: {"search": t}),
        st.sampled_from(["<30s", "10s..1min", {"from": 60}]).map(lambda one: {"duration": [one]}),
        st.just({"hour": ["9..17", 20]}),
        st.just({"cost": ">=0.10"}),
        st.just({"agent": ["Copperfield Claims", None]}),
        st.just({"trouble": "unknown reason"}),
    ),
    max_size=4,
).map(lambda made: {name: value for one in made for name, value in one.items()})


@given(filters=FILTERS, tz=st.sampled_from(["UTC", "Asia/Kolkata"]))
def test_an_index_selects_what_pandas_selects(filters: Mapping[str, Any], tz: str) -> None:
    """Any filters, in any time zone, mean the same calls to the index and to `select`."""
    found = select(CALLS, tz=tz, **filters)
    picked = CALLS[Index(CALLS, tz).mask(filters)]
    pd.testing.assert_frame_equal(picked, found)


@pytest.mark.parametrize(
    "filters", [{"search": "abc"}, {"country": ["US"]}, {"hour": [9]}], ids=str
)
def test_an_index_does_not_look_at_labels(filters: dict[str, Any]) -> None:
    """Calls are selected by place: a repeated index of the frame changes nothing."""
    repeated = CALLS.set_axis(np.zeros(len(CALLS), dtype=int))
    assert (Index(repeated).mask(filters) == Index(CALLS).mask(filters)).all()


def test_a_search_goes_through_columns_of_objects() -> None:
    """Numbers that a reader left as numbers, and text as objects, are searched."""
    told = {"call_id": pd.Series(["call_A", None], dtype=object), "to_number": [49302, 15551]}
    calls = pd.DataFrame({"disconnection_reason": "dial_busy", **told})
    for text in ("A", "551", "none"):
        assert Index(calls).mask({"search": text}).tolist() == list(
            calls.index.isin(select(calls, search=text).index)
        )


def test_filters_left_out_are_not_made(index: Index) -> None:
    """What `but` names does not narrow the calls."""
    made = {"outcome": ["failed"], "agent_id": ["agent_copper_claims"]}
    assert (index.mask(made, but=["agent_id"]) == index.mask({"outcome": ["failed"]})).all()


def test_codes_are_small(index: Index) -> None:
    """What has few values takes a byte per call."""
    assert index.key("outcome").codes.dtype == np.int8
    assert index.key("hour").codes.dtype == np.int8
    assert index.key("from_number").codes.dtype == np.int16


def test_memory_of_filters_is_bounded(index: Index) -> None:
    """However many texts are searched for, only the last few results are kept."""
    for number in range(60):
        index.mask({"search": f"+1{number}"})
    assert len(index._masks) <= 12  # noqa: SLF001


def test_an_agent_has_its_name_where_that_is_its_own() -> None:
    """Two agents of one name are called by their ids."""
    calls = pd.DataFrame({"disconnection_reason": "dial_busy", "agent_id": ["a", "b", "c"]})
    assert Index(calls.assign(agent_name=["Alma", "Twin", "Twin"])).agents == {"a": "Alma"}
