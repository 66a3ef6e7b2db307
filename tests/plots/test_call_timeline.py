"""The picture of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from retell_nb.diagnosis.diagnosis import diagnose
from retell_nb.plots.call_timeline import call_timeline
from retell_nb.plots.parts.colors import ALARM

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from matplotlib.axes import Axes

SAMPLE = diagnose(None, source="sample").timeline


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    before = dict(plt.rcParams)
    yield
    assert dict(plt.rcParams) == before
    plt.close("all")


def happened(*items: dict[str, Any], **fields: Any) -> pd.DataFrame:
    record = {"disconnection_reason": "user_hangup", "duration_ms": 60_000, **fields}
    return diagnose({**record, "transcript_with_tool_calls": list(items)}).timeline


def said(role: str, start: float, end: float) -> dict[str, Any]:
    return {"role": role, "content": "Yes.", "words": [{"start": start, "end": end}]}


def lanes(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_yticklabels()]


def bars(ax: Axes, lane: str) -> list[tuple[float, float]]:
    """Return start and end of what is drawn in a lane."""
    (drawn,) = [part for part in ax.collections if part.get_gid() == lane]
    extents = [path.get_extents() for path in drawn.get_paths()]
    return [(round(box.x0, 6), round(box.x1, 6)) for box in extents]


def test_the_axes_given_are_drawn_on_and_left_to_their_owner() -> None:
    """No other figure comes of it."""
    ax = Figure().subplots()
    assert call_timeline(SAMPLE, ax=ax) is ax
    assert plt.get_fignums() == []


def test_everybody_has_a_lane_and_bars_of_the_true_length() -> None:
    """Who spoke when is drawn as it was."""
    ax = call_timeline(SAMPLE)
    assert lanes(ax) == ["agent", "user", "tool", "step"]
    assert bars(ax, "agent") == [(0.9, 4.8), (14.9, 18.3), (25.6, 28.9)]
    assert bars(ax, "user")[-1] == (66.8, 69.3)


def test_a_tool_that_failed_is_red_and_says_so() -> None:
    """Colour and words say the same, so it can be read in grey."""
    ax = call_timeline(SAMPLE)
    (tools,) = [part for part in ax.collections if part.get_gid() == "tool"]
    assert bars(ax, "tool")[1] == (29.4, 59.4)
    assert [same_color(paint, ALARM) for paint in tools.get_facecolor()] == [False, True]
    assert "free_dates failed" in [text.get_text() for text in ax.texts]


def test_the_end_is_a_line_and_stands_in_the_title() -> None:
    """The title says how the call ended and when."""
    ax = call_timeline(SAMPLE)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_gid() == "end"] == [74.6]
    assert ax.get_title(loc="left") == "user_hangup after 1 min 15 s"
    assert call_timeline(SAMPLE, title="Mine").get_title(loc="left") == "Mine"


def test_the_longest_silence_of_the_agent_is_hatched() -> None:
    """Also where the agent never spoke."""
    for table, since in ((SAMPLE, 28.9), (happened(said("user", 1, 3)), 0)):
        ax = call_timeline(table)
        (bar,) = [bar for bar in ax.patches if bar.get_gid() == "silence"]
        assert bar.get_x() == since
        assert any("silent" in text.get_text() for text in ax.texts)
        assert lanes(ax)[0] == "agent"


@pytest.mark.parametrize("fields", [{}, {"duration_ms": None}], ids=["lasted", "unknown"])
def test_a_call_without_times_is_calm(fields: dict[str, Any]) -> None:
    """One sentence in place of a picture."""
    for table in (happened(**fields), happened({"role": "agent", "content": "Hi"}, **fields)):
        ax = call_timeline(table)
        assert not ax.axison
        assert ax.texts[0].get_text() == "The record does not tell when anybody spoke"


@pytest.mark.parametrize("name", ["$x$ & $\\frac{1}{0}$", "🚀 明日", "a\nb", "_private", "x" * 200])
def test_strange_names_are_drawn_as_they_are(name: str) -> None:
    """No formula, no missing glyph, no warning."""
    items = [
        {"role": "tool_call_invocation", "tool_call_id": "1", "name": name, "time_sec": 1},
        {"role": "node_transition", "new_node_name": name, "time_sec": 2},
        {"role": name, "content": name, "time_sec": 3},
    ]
    ax = call_timeline(happened(*items, disconnection_reason=name))
    ax.figure.canvas.draw()


def test_names_do_not_run_into_each_other() -> None:
    """Of steps that follow fast, only those are named that have room."""
    steps = [
        {"role": "node_transition", "new_node_name": f"Step number {n}", "time_sec": n / 2}
        for n in range(100)
    ]
    ax = call_timeline(happened(*steps))
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text()]
    assert not any(a.overlaps(b) for at, a in enumerate(boxes) for b in boxes[:at])


def test_an_unanswered_tool_is_a_tick_with_a_note() -> None:
    """How long it would have taken nobody knows."""
    tool = {"role": "tool_call_invocation", "tool_call_id": "1", "name": "x", "time_sec": 30}
    ax = call_timeline(happened(tool))
    ((start, end),) = bars(ax, "tool")
    assert (start, end - start < 1) == (30, True)
    assert "a tool without an answer is a tick" in [text.get_text() for text in ax.texts]


def test_drawing_does_not_change_the_table() -> None:
    """The table can be drawn again."""
    before = SAMPLE.copy()
    call_timeline(SAMPLE)
    assert before.equals(SAMPLE)
