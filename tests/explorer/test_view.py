"""What there is to see of a choice is what the table words count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

import retell_nb as rn
from retell_nb.explorer.figures import figures
from retell_nb.explorer.index import Index
from retell_nb.explorer.marks import ticks
from retell_nb.explorer.pictures import MOST, drawn
from retell_nb.explorer.time_pictures import trend
from retell_nb.explorer.view import view
from retell_nb.text import percent
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    from collections.abc import Sequence

WHERE: tuple[dict[str, Any], ...] = (
    {},
    {"agent_id": ["agent_copper_claims"]},
    {"start": "2026-03-10", "end": "2026-03-12", "direction": ["outbound"]},
    {"search": "+1303555"},
)
HOSTILE = '<img src=x onerror="alert(1)">\u202e</script>'


def same(table: pd.DataFrame, other: pd.DataFrame, columns: Sequence[str]) -> None:
    pd.testing.assert_frame_equal(
        table[[*columns]], other[[*columns]], check_dtype=False, check_categorical=False
    )


@pytest.mark.parametrize("where", WHERE, ids=str)
def test_the_tables_are_those_of_the_table_words(
    calls: pd.DataFrame, index: Index, where: dict[str, Any]
) -> None:
    """Without an ending selected, the rates are those of failed calls among the calls selected."""
    seen, found = view(index, where, "direction", zoomed=True), calls.retell.select(**where)
    rated = ["calls", "failed", "rate", "low", "high"]
    same(seen.trend, found.retell.trend("auto", of="failed"), ["period", *rated, "partial"])
    worst = ["worst_day", "worst_rate", "recurs"]
    same(seen.hours, found.retell.hours(), ["weekday", "hour", *rated, *worst])
    same(seen.reasons, found.retell.tally("reason"), ["calls", "share"])
    groups = calls.retell.select(**{k: v for k, v in where.items() if k != "direction"})
    same(seen.groups, groups.retell.rates("direction"), ["direction", *rated, "enough"])
    assert (seen.calls, seen.total) == (len(found), len(calls))


def test_a_period_stands_in_the_time_around_it(calls: pd.DataFrame, index: Index) -> None:
    """The trend goes on beyond the period that is selected, where all else is of it alone."""
    where = {"start": "2026-03-10", "end": "2026-03-12", "direction": ["outbound"]}
    seen = view(index, where, None)
    around = calls.retell.select(direction="outbound").retell.trend("auto", of="failed")
    same(seen.trend, around, ["period", "calls", "failed"])
    assert seen.calls == len(calls.retell.select(**where))
    assert sum('aria-selected="true"' in mark for mark in trend(seen).html.split("<rect")) == 2


@pytest.mark.parametrize("agent", [None, "agent_copper_claims"])
def test_the_dashed_line_is_named_for_what_it_is_of(
    calls: pd.DataFrame, index: Index, agent: str | None
) -> None:
    """It is the rate of the calls in view; or that of all groups, where only some are selected."""
    where = {"start": "2026-03-10"} | ({} if agent is None else {"agent_id": [agent]})
    rates = calls.retell.select(start="2026-03-10").retell.rates("agent_id")
    rate = percent(rates["failed"].sum() / rates["calls"].sum())
    words = "overall" if agent is None else "over all groups"
    note = drawn(view(index, where, "agent_id"), index.agents)["groups"].note
    assert note.startswith(f"Dashed: {rate} {words};")
    assert f"against {rate} overall" in drawn(view(index, where, "agent_id"), {})["groups"].finding


def test_pictures_beside_each_other_have_one_scale(index: Index) -> None:
    """The same rate stands at the same height, and the same share is a bar of the same length."""
    quiet = view(index, {"agent_id": ["agent_maple_frontdesk"]}, "direction")
    loud = view(index, {"agent_id": ["agent_harbour_reminders"]}, "direction")
    alone, beside = drawn(quiet, {}), drawn(quiet, {}, beside=loud)
    other = drawn(loud, {}, beside=quiet)
    axis = [name.html.split("</svg>")[0] for name in (beside["trend"], other["trend"])]
    assert axis[0] == axis[1]
    assert alone["trend"].html.split("</svg>")[0] != axis[0]
    assert beside["hours"].note.split(";")[0] == other["hours"].note.split(";")[0]


def test_an_ending_is_rated_among_all_ended_calls(calls: pd.DataFrame, index: Index) -> None:
    """A selected reason is what is counted; the calls it is counted among stay all others."""
    seen = view(index, {"outcome": ["failed"], "reason": ["dial_failed"]}, "agent_id")
    assert seen.of == "dial_failed"
    expected = calls.retell.rates("agent_id", of="dial_failed")
    same(seen.groups, expected, ["agent_id", "calls", "dial_failed", "rate", "low", "high"])
    assert seen.calls == (calls.retell.reason == "dial_failed").sum()


def test_what_is_chosen_in_a_picture_leaves_the_others_to_choose(index: Index) -> None:
    """The selected reason, hour and group stand among their neighbours, to be exchanged."""
    free = view(index, {}, "agent_id")
    made = {"reason": ["dial_failed"], "weekday": [2], "hour": [9]}
    made |= {"agent_id": ["agent_copper_claims"]}
    seen = view(index, made, "agent_id")
    assert len(seen.groups) > 1
    assert (seen.hours["calls"] > 0).sum() > 24
    assert view(index, {"reason": ["dial_failed"]}, None).reasons.equals(free.reasons)


def test_a_version_is_one_of_an_agent(index: Index, calls: pd.DataFrame) -> None:
    """Version 2 of one agent and version 2 of another are two groups."""
    seen = view(index, {}, "agent_version").groups
    ended = calls[calls.retell.outcome != "in_progress"]
    assert len(seen) == len(ended.groupby(["agent_id", "agent_version"], observed=True))


def test_pictures_name_their_finding_for_who_cannot_see_them(index: Index) -> None:
    """Each picture of marks bears its finding as a label, and no two are the same."""
    pictures = drawn(view(index, {}, "agent_id"), index.agents)
    assert len({picture.finding for picture in pictures.values()}) == 4
    for name in ("trend", "hours"):
        assert f'role="listbox" aria-label="{pictures[name].finding}' in pictures[name].html


@pytest.mark.parametrize("filters", [{}, {"search": "nothing like it"}], ids=str)
@pytest.mark.parametrize("size", [0, 3_000])
def test_no_calls_make_calm_pictures(size: int, filters: dict[str, Any]) -> None:
    """No calls at all, or none that were selected, are said in words."""
    pictures = drawn(view(Index(rn.sample_calls(size)), filters, "agent_id"), {})
    empty = [name for name, picture in pictures.items() if "No calls to show" in picture.html]
    assert len(empty) == (0 if size and not filters else 4)


def test_calls_that_tell_next_to_nothing_are_shown() -> None:
    """A frame of nothing but reasons has its reasons; the rest says that it has none."""
    calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    pictures = drawn(view(Index(calls), {}, None), {})
    assert pictures["trend"].finding == pictures["hours"].finding == "No calls with a time"
    assert "dial_busy" in pictures["reasons"].html
    assert pictures["groups"].finding == "failed: 1 of 2 calls"


def test_what_a_picture_leaves_out_is_told_of(index: Index) -> None:
    """The small line says where to find the rest, if there is such a list, and of what it is."""
    more = len(view(index, {}, None).reasons) - MOST
    for lists, where in ((True, " under Filters"), (False, "")):
        pictures = drawn(view(index, {}, "from_number"), index.agents, live=lists)
        assert pictures["reasons"].note.startswith(f"{more} more reasons{where}; ")
        assert ("list" in pictures["groups"].note) == lists
    eight = pd.DataFrame({"disconnection_reason": REASONS.index[: MOST + 1]})
    note = drawn(view(Index(eight), {}, None), {})["reasons"].note
    assert note.startswith("1 more reason under Filters")


@pytest.mark.parametrize(
    ("filters", "group_by", "told"),
    [
        ({}, "agent_id", []),
        ({"outcome": ["failed"], "start": "2026-03-09"}, "agent_id", []),
        ({"reason": ["dial_failed"]}, "agent_id", ["reasons"]),
        ({"hour": [14]}, "agent_id", ["hours"]),
        (
            {"weekday": [1], "agent_id": ["agent_copper_claims"]},
            "agent_version",
            ["groups", "hours"],
        ),
        ({"agent_id": ["agent_copper_claims"]}, "direction", []),
    ],
    ids=str,
)
def test_a_picture_says_so_where_it_is_not_of_the_values_chosen_in_it(
    index: Index, filters: dict[str, Any], group_by: str, told: list[str]
) -> None:
    """The others of its kind can still be selected, so it shows them too."""
    pictures = drawn(view(index, filters, group_by), index.agents)
    said = {name for name, one in pictures.items() if f"of all {name}, not only" in one.note}
    assert sorted(said) == told


def test_foreign_text_stays_text_in_every_picture() -> None:
    """Markup in a reason or an agent is shown as it is written."""
    calls = rn.sample_calls(300, seed=1)
    calls = calls.assign(
        disconnection_reason=HOSTILE, agent_id=HOSTILE, agent_name=HOSTILE, agent_version=1
    )
    for by in ("agent_id", "agent_version"):
        index = Index(calls)
        pictures = drawn(view(index, {"reason": [HOSTILE]}, by), index.agents)
        html = "".join(picture.html for picture in pictures.values())
        assert "&lt;img src=x" in html
        assert "<img" not in html
        assert "</script" not in html
        assert "\u202e" not in html


def test_figures_are_of_the_same_tables(index: Index) -> None:
    """The figures of matplotlib say what the screen says, and stay out of pyplot's hands."""
    seen = view(index, {"outcome": ["failed"]}, "agent_id")
    made, pictures = figures(seen), drawn(seen, {})
    assert list(made) == list(pictures)
    said = made["groups"].axes[0].get_title(loc="left").replace("\n", " ")
    assert said.replace("…", "") in pictures["groups"].finding.replace("…", "") or said


@pytest.mark.parametrize("top", [1e-6, 0.003, 0.07, 0.31, 1.0])
def test_ticks_are_few_and_within(top: float) -> None:
    """An axis has two to six marks, from zero to below its end."""
    marks = ticks(top)
    assert 2 <= len(marks) <= 6
    assert marks[0] == 0
    assert marks[-1] <= top * (1 + 1e-9)
