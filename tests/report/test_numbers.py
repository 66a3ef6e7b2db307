"""Caller numbers as pictures and in words: what is said, and that it is calm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.colors import same_color

import retell_nb as rn
from retell_nb.plots.parts import colors
from retell_nb.report import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator

BURNT = "+13035550184"
WORDS = ("bursts", "numbers")
_MARKUP = '<img src=x onerror="alert(1)">'


@pytest.fixture(autouse=True)
def _headless() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(20_000, seed=7)


def test_the_days_show_the_burst_and_then_the_blocks(calls: pd.DataFrame) -> None:
    """The burnt number is on top, its three bursts marked, blocked calls dark."""
    table = calls.retell.numbers("day")
    ax = calls.retell.plot.numbers("day", limit=3)
    assert ax.get_yticklabels()[0].get_text() == BURNT
    assert ax.get_title(loc="left").replace("\n", " ") == (
        f"3 bursts of short calls on {BURNT}, and 23% of its calls blocked; "
        "1.3% on the others shown"
    )
    marks = [line for line in ax.lines if line.get_marker() == "v" and len(line.get_xdata())]
    assert [len(line.get_xdata()) for line in marks] == [3]
    mine = table[table["from_number"] == BURNT]
    bars = ax.patches[: 2 * len(mine)]
    whole, blocked = bars[: len(mine)], bars[len(mine) :]
    scale = 0.84 / table["seizures"].max()
    assert [bar.get_height() for bar in whole] == pytest.approx(-scale * mine["seizures"])
    assert [bar.get_height() for bar in blocked] == pytest.approx(-scale * mine["blocked"])
    assert all(same_color(bar.get_facecolor(), colors.ALARM) for bar in blocked)
    assert "numbers not drawn: 27" in ax.texts[-1].get_text().replace("\n", " ")


def test_a_burst_shows_the_rate_before_and_after(calls: pd.DataFrame) -> None:
    """Rows are in order of time, and only the sure rise is in the colour of alarm."""
    ax = calls.retell.plot.bursts()
    names = [tick.get_text() for tick in ax.get_yticklabels()]
    assert names == [f"{BURNT} · Mar {day}, 18:00" for day in (4, 5, 6)]
    assert ax.texts[2].get_text() == "0.7% → 44% (19–73%), n = 9"  # noqa: RUF001 - an interval
    spots = [spot for spot in ax.collections if len(spot.get_facecolor())]
    alarmed = [same_color(spot.get_facecolor()[0], colors.ALARM) for spot in spots]
    assert alarmed == [False] * 5 + [True]


def test_short_calls_stand_against_blocks(calls: pd.DataFrame) -> None:
    """The flagged number is named, the others are not; the line is where its source has it."""
    ax = calls.retell.plot.numbers()
    said = [words.get_text() for words in ax.texts]
    assert BURNT in said
    assert " 15%: Twilio Voice Insights" in said
    assert len(said) == 3
    mine = rn.THRESHOLDS.copy()
    mine.loc["short_call_share", ["value", "source"]] = [0.3, "us"]
    moved = calls.retell.plot.numbers(thresholds=mine)
    assert " 30%: us" in [words.get_text() for words in moved.texts]


@pytest.mark.parametrize("word", WORDS)
def test_pictures_are_calm_without_calls(word: str, calls: pd.DataFrame) -> None:
    """Without outbound calls there is one sentence, with a title of one's own as well."""
    ax = getattr(calls[calls["direction"] != "outbound"].retell.plot, word)(title="March")
    assert ax.texts[0].get_text() in ("No calls to show", "No burst of short calls")
    assert ax.get_title(loc="left") == "March"


@pytest.mark.parametrize("word", WORDS)
def test_pictures_take_any_name(word: str) -> None:
    """Numbers that are formulas, long, or begin with an underscore are drawn as they are."""
    names = ["$x$ and $y$", "_private", "x" * 90]
    calls = rn.sample_calls(2_000, seed=7)
    renamed = dict(zip(calls["from_number"].value_counts().index[:3], names, strict=True))
    calls["from_number"] = calls["from_number"].replace(renamed)
    getattr(calls.retell.plot, word)().figure.canvas.draw()


def test_the_headline_names_the_number_whose_blocks_rose(calls: pd.DataFrame) -> None:
    """It says how many are over a threshold, what rose after which burst, and the blocks in all."""
    said = repr(numbers.headline(calls.retell.numbers()))
    assert said == (
        '<p class="retell-headline">1 of 30 caller numbers is above a threshold (95% confidence). '
        f"The block rate rose on {BURNT} from 0.7% to 44% in the day after a burst of short calls "
        "(Mar 6, 18:00). "
        "Blocked: 208 of 12,396 calls (1.7%). "
        f"What to do first: dial from other numbers instead of {BURNT}.</p>"
    )


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (
            {"faults": False},
            "None of 30 caller numbers is above a threshold (95% confidence). There were",
        ),
        ({}, "the block rate did not rise beyond chance after any of them"),
        ({"n": 0}, "No outbound phone calls, so no caller numbers to check."),
    ],
)
def test_the_headline_is_calm_where_it_may_be(made: dict[str, Any], told: str) -> None:
    """No burst, bursts without a rise, and no calls at all have sentences of their own."""
    health = rn.sample_calls(**{"n": 2_000, "seed": 7, **made}).retell.numbers()
    assert told in repr(numbers.headline(health))


def test_words_of_calls_are_escaped_in_html() -> None:
    """A number that is markup, and a source that is, run nowhere."""
    calls = rn.sample_calls(2_000, seed=7)
    calls["from_number"] = calls["from_number"].replace(BURNT, _MARKUP)
    mine = rn.THRESHOLDS.assign(source=_MARKUP)
    mine.loc["rise_after_burst", "value"] = 0.0
    health = calls.retell.numbers(thresholds=mine).assign(raised=True)
    for html in (numbers.headline, numbers.risks, numbers.overview):
        said = repr(html(health.head(1)))
        assert "<img" not in said
        assert "&lt;img" in said


def test_what_is_left_out_is_said() -> None:
    """Each kind of call that does not count is told with its number."""
    calls = rn.sample_calls(2_000, seed=7)
    rows = calls.index[calls["direction"].eq("outbound")][:3]
    calls.loc[rows, "from_number"] = ["anonymous", "Restricted", None]
    said = repr(numbers.left_out(calls.retell.numbers()))
    assert "3 calls without a caller number" in said


def test_what_to_do_follows_from_the_signs(calls: pd.DataFrame) -> None:
    """Each step names the number and the figure that it follows from."""
    health = calls.retell.numbers()
    steps = repr(numbers.steps(health))
    mine = health[health["from_number"] == BURNT].iloc[0]
    assert f"<b>Dial from other numbers instead of {BURNT}.</b>" in steps
    assert f"Busiest day: {mine['busiest_day']}, from {BURNT}." in steps
    assert f"Up to {mine['busiest_short']} short calls came from one number" in steps
    fine = health[health["flags"] == 0]
    assert (
        repr(numbers.steps(fine)) == "<p>Nothing to do: no caller number is above a threshold.</p>"
    )
    assert "<ol>" not in repr(numbers.steps(health.head(0)))
