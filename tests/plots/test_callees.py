"""Pictures of dialing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest
from matplotlib import pyplot as plt

import retell_nb as rn
from retell_nb import plots
from retell_nb.engine.intervals import wilson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    plt.close("all")


def said(ax: Axes) -> str:
    return " | ".join([ax.get_title(loc="left"), *(words.get_text() for words in ax.texts)])


def attempts(answered: list[int], calls: list[int], **groups: list[object]) -> pd.DataFrame:
    low, high = wilson(answered, calls)
    rate = [hit / n for hit, n in zip(answered, calls, strict=True)]
    human = {"human_rate": rate, "human_low": low, "human_high": high}
    counted = {"calls": calls, "answered": answered, "rate": rate, "low": low, "high": high}
    return pd.DataFrame({**groups, **counted, **human})


def test_attempts_are_told_with_their_caveat() -> None:
    """The title gives the first rates, the note warns of late ones, a small one is hollow."""
    ax = plots.attempts(attempts([400, 90, 2], [1000, 300, 6], attempt=[1, 2, 3]))
    assert ax.get_title(loc="left") == "answered: 40% of first, 30% of second attempts"
    assert "later attempts are harder cases" in said(ax).replace("\n", " ")
    assert "n = 6, too few to say" in said(ax)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [f"attempt {n}" for n in (1, 2, 3)]


def test_previous_reasons_come_by_their_calls() -> None:
    """The largest group is on top, and the title names the surely lowest and highest."""
    table = attempts([9, 400, 1], [300, 1000, 2], previous_reason=["dial_busy", None, "new"])
    ax = plots.attempts(table)
    assert ax.get_title(loc="left") == (
        "answered: from 3% after dial_busy to 40% at the first attempt"
    )
    assert next(tick.get_text() for tick in ax.get_yticklabels()) == "at the first attempt"
    assert "groups not drawn: 2" in said(plots.attempts(table, limit=1))
    alike = attempts([30, 40], [300, 400], previous_reason=["dial_busy", None])
    assert "no group stands out" in said(plots.attempts(alike))


def test_the_hours_of_the_sample_show_what_is_left_out() -> None:
    """The title gives a rate, and the note how many calls have no clock."""
    table = rn.sample_calls(3_000, seed=7).retell.callee_hours()
    words = said(plots.callee_hours(table)).replace("\n", " ")
    assert words.startswith("answered: ")
    assert f"left out: {table.attrs['undecided']} calls" in words
    table.loc[13, ["adjusted", "adjusted_low", "adjusted_high"]] = [0.9, 0.85, 0.95]
    best = plots.callee_hours(table).get_title(loc="left")
    assert "90% (85–95%) from 13:00 to 14:00 local time" in best.replace("\n", " ")  # noqa: RUF001 - an interval


def test_destinations_leave_the_sound_to_the_note() -> None:
    """Bars are of faulty numbers only; those without a fault are what they are measured by."""
    table = rn.sample_calls(3_000, seed=7).retell.destinations()
    ax = plots.destinations(table)
    assert len(ax.patches) == len(table) - 1
    assert "numbers without a fault: " in said(ax)
    assert "No number has a fault" in said(plots.destinations(table[table["fault"] == "none"]))


def test_nothing_is_drawn_of_nothing() -> None:
    """Empty tables, and masked callees, give a calm sentence."""
    calls = rn.sample_calls(300, seed=7)
    none = calls.head(0)
    assert "No calls to show" in said(none.retell.plot.destinations())
    assert "No calls to show" in said(none.retell.plot.callee_hours())
    assert "No calls to show" in said(none.retell.plot.attempts())
    assert "their numbers cannot be checked" in said(calls.retell.mask().retell.plot.destinations())
