"""Where calls record names of agents and no ids, agents go by name everywhere."""

from __future__ import annotations

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer.explorer import explore


@pytest.fixture(params=["dropped", "empty"])
def calls(request: pytest.FixtureRequest) -> pd.DataFrame:
    calls = rn.sample_calls(1_000, seed=7)
    if request.param == "dropped":
        return calls.drop(columns="agent_id")
    return calls.assign(agent_id=pd.Series(None, index=calls.index, dtype=object))


def test_agents_are_listed_grouped_and_selected_by_name(calls: pd.DataFrame) -> None:
    """The filter, the picture, its groups, versions and the list of calls have the names."""
    explorer = explore(calls)
    screen = explorer.screen
    assert explorer.filters == {"group_by": "agent"}
    picker = screen.controls.pickers["agent"].widget
    names = {option.rsplit(" (", 1)[0] for option in picker.options} - {"all"}
    assert names == set(calls["agent_name"].dropna().astype(str))
    assert "Copperfield Claims" in screen.pictures.box.children[3].children[0].children[1].value
    assert '<td class="agent">' in screen.listing.rows.value
    picker.index = next(n for n, o in enumerate(picker.options) if o.startswith("Copperfield"))
    mine = calls[calls["agent_name"] == "Copperfield Claims"]
    pd.testing.assert_frame_equal(explorer.calls, mine)
    assert "Agent: Copperfield Claims  ✕" in [c.description for c in screen.chips.box.children]
    versions = screen.controls.pickers["agent_version"].widget.options
    assert len(versions) == 1 + mine["agent_version"].nunique()
    explorer.filters = {"group_by": "agent_version"}
    groups = explorer.state.view.groups
    assert {"agent", "agent_version"} <= set(groups.columns)
