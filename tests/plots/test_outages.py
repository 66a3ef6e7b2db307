"""Pictures of servers, outages, limits and costs: what is drawn, what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.cbook import is_math_text

import retell_nb as rn
from retell_nb import plots
from retell_nb.text import money

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

DRAWN = (plots.costs, plots.time_limits, plots.llm_server, plots.outages)


@pytest.fixture(autouse=True)
def _headless() -> Iterator[None]:
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
    plt.close("all")


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(6_000, seed=1)


def title_of(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def said(ax: Axes) -> list[str]:
    return [words.get_text() for words in ax.texts]


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_nothing_to_show_stays_calm(draw: Any, calls: pd.DataFrame) -> None:
    """An empty table is one quiet sentence; a table of another word is refused."""
    table = getattr(rn.tables, draw.__name__)(calls.head(0))
    ax = draw(table, title="Mine")
    assert len(said(ax)) == 1
    assert title_of(ax) == "Mine"
    with pytest.raises(ValueError, match="this table lacks"):
        draw(pd.DataFrame({"owner": ["agent"]}))


@pytest.mark.parametrize("draw", DRAWN, ids=lambda draw: draw.__name__)
def test_strange_names_are_drawn_as_they_are(draw: Any, calls: pd.DataFrame) -> None:
    """A name that looks like a formula is shown as it stands, and the picture can be drawn."""
    names = {agent: f"$x$ <b>_{agent}" * 3 for agent in calls["agent_id"].cat.categories}
    strange = calls.assign(agent_id=calls["agent_id"].cat.rename_categories(names))
    ax = draw(getattr(rn.tables, draw.__name__)(strange, "agent_id"))
    ax.figure.draw_without_rendering()
    words = [*said(ax), title_of(ax), *(tick.get_text() for tick in ax.get_yticklabels())]
    assert any("\\$" in text for text in words)
    assert not [text for text in words if is_math_text(text)]


def test_the_broken_version_is_the_title(calls: pd.DataFrame) -> None:
    """The worst version leads title and rows; kinds stand apart, suspected ones hollow."""
    table = rn.tables.llm_server(calls)
    ax = plots.llm_server(table)
    assert "connected calls of Copperfield Claims · version 8" in title_of(ax)
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert rows[0] == "Copperfield Claims · version 8"
    assert {"error_llm_websocket_runtime", "agent_hangup, suspected"} <= set(rows)
    dots = [dot for dot in ax.collections if len(dot.get_facecolor())]
    hollow = [dot for dot in dots if dot.get_facecolor()[0, :3].min() == 1]
    assert len(hollow) == sum("suspected" in row for row in rows)
    assert any("unproven" in words for words in said(ax))


def test_groups_over_the_limit_are_said(calls: pd.DataFrame) -> None:
    """What a picture does not draw is counted under its title."""
    assert any(
        "groups not drawn: 3" in words
        for words in said(plots.llm_server(rn.tables.llm_server(calls), limit=1))
    )
    assert any(
        "groups not drawn: 4" in words
        for words in said(plots.costs(rn.tables.costs(calls, "agent_id"), limit=2))
    )


def test_an_outage_spans_its_time(calls: pd.DataFrame) -> None:
    """A bar reaches from start to end, on a line of time that holds all calls."""
    table = rn.tables.outages(calls, of="provider")
    ax = plots.outages(table)
    (bar,) = ax.patches
    assert bar.get_width() * 24 * 60 == pytest.approx(table["minutes"][0], abs=0.01)
    assert ax.get_xlim()[1] - ax.get_xlim()[0] == pytest.approx(28, abs=3)
    assert title_of(ax).startswith("1 outage: provider, Mar 11, 2026, 14:")
    assert ax.get_yticklabels()[0].get_text().startswith("provider · Mar 11, 2026, 14:")


def test_the_largest_outages_are_drawn_in_order_of_time() -> None:
    """Of more outages than there is room for, those with the most calls stay."""
    start = pd.Series(pd.date_range("2026-03-01", periods=5, tz="UTC"))
    table = pd.DataFrame({"of": "provider", "start": start, "end": start + pd.Timedelta("1h")})
    sizes = {"calls": 90, "affected": [9, 50, 8, 70, 60], "rate": 0.5, "low": 0.4, "high": 0.6}
    ax = plots.outages(table.assign(kinds="error_retell (9)", **sizes), limit=3)
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert [row.split()[3] for row in rows] == ["2,", "4,", "5,"]
    assert any("outages not drawn: 2" in words for words in said(ax))


def test_settings_are_marked_where_they_seem_to_be(calls: pd.DataFrame) -> None:
    """Every limit is a heading; what the settings seem to be stands beside their calls."""
    table = rn.tables.time_limits(calls, pd.Series("all", index=calls.index, name="agents"))
    ax = plots.time_limits(table)
    rows = [tick.get_text() for tick in ax.get_yticklabels()]
    assert rows[:4] == ["inactivity", "all", "max_duration_reached", "all"]
    words = [text for text in said(ax) if "; " in text and "calls" in text]
    assert any(text.endswith(" s or less") for text in words)
    assert any(text.endswith("; set to 1 h") for text in words)
    assert "reached their maximum duration and cost" in title_of(ax)


def test_what_can_be_mended_has_a_scale_of_its_own(calls: pd.DataFrame) -> None:
    """Totals are bars with words; failures stand beside them, with their intervals."""
    table = rn.tables.costs(calls, "owner")
    ax = plots.costs(table)
    (beside,) = ax.child_axes
    lost = table.loc[table["amount"] > 0, "recoverable"] / 100
    assert [bar.get_width() for bar in beside.patches] == pytest.approx(lost.tolist())
    assert len(beside.texts) == (lost > 0).sum()
    assert len(ax.patches) == (table["amount"] > 0).sum()
    assert title_of(ax).startswith(
        f"The calls cost {money(table['amount'].sum())}; ".replace("$", r"\$")
    )


def test_nothing_lost_is_said_too() -> None:
    """Where no failure cost anything the title says so, and nothing is drawn beside."""
    calls = pd.DataFrame({"disconnection_reason": ["user_hangup"], "combined_cost": [30.0]})
    ax = plots.costs(rn.tables.costs(calls))
    assert title_of(ax) == r"The calls cost \$0.30, none of it for failures that can be fixed"
    assert not ax.child_axes
