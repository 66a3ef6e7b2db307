"""`df.retell` and `series.retell`: where they are, and that they say what the functions say."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

import retell_nb as rn
from retell_nb import tables
from retell_nb.accessors import CallsAccessor, ReasonsAccessor
from retell_nb.calls.masking import mask
from retell_nb.pictures.pictures import Pictures
from retell_nb.vocabulary import classify
from retell_nb.vocabulary.reasons import WORDS
from retell_nb.words import QUESTIONS

TABLES = {
    "attempts": (), "audit": (), "backoff": (2,), "breakdown": (), "bursts": (), "callee_hours": (),
    "concurrency": ("h", "outcome"), "costs": (), "destinations": (), "findings": (),
    "hours": (), "kpis": ("direction",), "llm_server": ("owner",), "numbers": (), "outages": (),
    "rates": ("agent_id",), "summary": (), "tally": ("outcome", "owner"),
    "time_limits": ("owner",), "transfers": (), "trend": ("D", "outcome"),
    "change_points": (), "compare": ("agent_version",), "control_chart": (), "silence": (),
    "decompose": (rn.sample_calls(2_500, seed=12), "agent_id"),
    "explain": (rn.sample_calls(2_500, seed=12),),
}  # fmt: skip
"""Table words, and what to ask them for."""

DRAWN = sorted(word for word in dir(Pictures) if not word.startswith("_"))


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return rn.sample_calls(2_500, seed=11)  # with bursts of short calls


@pytest.fixture(autouse=True)
def _no_figures_left() -> Any:
    yield
    plt.close("all")


@pytest.fixture
def own_reasons() -> pd.DataFrame:
    """Return the vocabulary of somebody to whom a user who hangs up was not even dialed."""
    hung_up = rn.REASONS.index == "user_hangup"
    return rn.REASONS.assign(
        stage=rn.REASONS["stage"].mask(hung_up, "admission"),
        answered=rn.REASONS["answered"] & ~hung_up,
        outcome=rn.REASONS["outcome"].mask(hung_up, "failed"),
        status=rn.REASONS["status"].mask(hung_up, "error"),
        owner=rn.REASONS["owner"].mask(hung_up, "agent"),
    )


def test_a_frame_without_reasons_has_no_accessor() -> None:
    """`hasattr` is the test; the error says how to name the column."""
    assert not hasattr(pd.DataFrame({"reason": ["dial_busy"]}), "retell")
    assert hasattr(pd.DataFrame({"disconnection_reason": []}), "retell")
    with pytest.raises(
        AttributeError, match=r"no column disconnection_reason.*as_calls\(df, columns"
    ):
        _ = pd.DataFrame({"reason": ["dial_busy"]}).retell


@pytest.mark.parametrize(
    ("reasons", "there"),
    [
        (pd.Series(["dial_busy", None], dtype=object), True),
        (pd.Series(["dial_busy", None], dtype="string"), True),
        (pd.Series(["dial_busy", None], dtype="category"), True),
        (pd.Series([], dtype=object), True),
        (pd.Series([np.nan, np.nan]), True),
        (pd.Series([None, None]), True),
        (pd.Series([1, 2]), False),
        (pd.Series([0.5, np.nan]), False),
        (pd.Series([True, False]), False),
        (pd.Series(pd.to_datetime(["2026-03-01"])), False),
    ],
)
def test_a_series_has_the_accessor_where_it_may_hold_reasons(
    reasons: pd.Series[Any], *, there: bool
) -> None:
    """Text, categories and nothing at all may be reasons; numbers, times and truth are not."""
    assert hasattr(reasons, "retell") is there
    if there:
        assert len(reasons.retell.outcome) == len(reasons)


@pytest.mark.parametrize("word", ["reason", *WORDS])
def test_a_column_word_is_the_function_s(word: str, calls: pd.DataFrame) -> None:
    """On calls a word heeds the recorded status and the voicemail; on reasons alone it cannot."""
    reasons, *others = (
        calls[name] for name in ("disconnection_reason", "call_status", "in_voicemail")
    )
    function = getattr(classify, word)
    given = (reasons,) if word == "reason" else (reasons, *others)
    pd.testing.assert_series_equal(getattr(calls.retell, word), function(*given))
    pd.testing.assert_series_equal(getattr(reasons.retell, word), function(reasons))


def test_calls_in_progress_are_known_by_their_status() -> None:
    """A call without a reason is in progress or unknown, as its status says."""
    frame = pd.DataFrame(
        {"disconnection_reason": [None] * 3, "call_status": ["ongoing", "registered", "ended"]}
    )
    assert frame.retell.outcome.tolist() == ["in_progress", "in_progress", "unknown"]
    assert frame.retell.status.tolist() == ["ongoing", "registered", "ended"]
    assert frame["disconnection_reason"].retell.outcome.tolist() == ["unknown"] * 3


def test_a_word_is_aligned_to_any_index(calls: pd.DataFrame) -> None:
    """An index with repeats, in any order, comes back as it was."""
    shuffled = calls.set_axis(np.arange(len(calls)) // 2)[::-1]
    assert shuffled.retell.outcome.index.equals(shuffled.index)
    assert shuffled[shuffled.retell.outcome == "failed"].retell.outcome.eq("failed").all()


def test_words_work_in_ordinary_pandas(calls: pd.DataFrame) -> None:
    """A word is a column like any other: it filters and groups."""
    medians = calls.groupby(calls.retell.owner, observed=True)["duration_ms"].median()
    assert medians.index.isin([*rn.REASONS["owner"], "unknown"]).all()
    assert len(calls[calls.retell.outcome == "failed"]) == calls.retell.summary()["failed"].item()


@pytest.mark.parametrize("word", sorted(TABLES))
def test_a_table_word_is_the_function_s(word: str, calls: pd.DataFrame) -> None:
    """A method gives what the function of the same name gives."""
    made = getattr(calls.retell, word)(*TABLES[word])
    pd.testing.assert_frame_equal(made, getattr(tables, word)(calls, *TABLES[word]))


# What these say of capacity, errors, talks and lines does not change with whose fault it is.
SAME = {"backoff", "bursts", "outages", "silence", "transfers"}


@pytest.mark.parametrize("word", sorted({*TABLES} - SAME))
def test_a_table_of_reasons_of_one_s_own_passes_through(
    word: str, calls: pd.DataFrame, own_reasons: pd.DataFrame
) -> None:
    """Every table word takes `reasons=`, and it changes what is told; nothing global does."""
    before = getattr(calls.retell, word)(*TABLES[word])
    own = getattr(calls.retell, word)(*TABLES[word], reasons=own_reasons)
    assert not own.equals(before)
    pd.testing.assert_frame_equal(getattr(calls.retell, word)(*TABLES[word]), before)


def test_classify_takes_reasons_of_one_s_own(
    calls: pd.DataFrame, own_reasons: pd.DataFrame
) -> None:
    """The words of a classified frame are those of the table given."""
    own = calls.retell.classify(reasons=own_reasons)
    hung_up = own["disconnection_reason"] == "user_hangup"
    assert hung_up.any()
    assert own.loc[hung_up, "outcome"].eq("failed").all()
    assert own.loc[hung_up, "owner"].eq("agent").all()


@pytest.mark.parametrize("word", DRAWN)
def test_a_picture_is_axes(word: str, calls: pd.DataFrame) -> None:
    """Every method of `plot` draws its table and gives the Axes it drew on."""
    axes = getattr(calls.retell.plot, word)(*TABLES[word])
    assert isinstance(axes, Axes)
    assert axes.get_title(loc="left") or axes.texts  # a sentence where there is nothing to draw


@pytest.mark.parametrize("word", DRAWN)
def test_a_picture_takes_options_of_table_and_drawing(word: str, calls: pd.DataFrame) -> None:
    """`ax` and `title` go to the drawing, `reasons` to the table; a wrong name is refused."""
    _, ax = plt.subplots()
    draw = getattr(calls.retell.plot, word)
    assert draw(*TABLES[word], ax=ax, title="Mine", reasons=rn.REASONS) is ax
    assert ax.get_title(loc="left") == "Mine"
    with pytest.raises(TypeError, match="colour"):
        draw(*TABLES[word], colour="red")


def test_the_accessor_alone_shows_its_words() -> None:
    """In a notebook and in a terminal: by question, a line each, with markup escaped."""
    shown = rn.sample_calls(10).retell
    assert "  tally          Calls and their share in every group" in repr(shown)
    assert "<code>tally</code></td>" in shown._repr_html_()
    assert shown._repr_html_().count("<tr>") == repr(shown).count("\n  ") + len(QUESTIONS)
    assert "plot.&lt;word&gt;" in shown._repr_html_()


def test_one_word_answers_a_question_in_every_detail(calls: pd.DataFrame) -> None:
    """Detail is an argument, and one that is not allowed is refused with those that are."""
    days = calls.retell.numbers("day")
    assert days["seizures"].sum() == calls.retell.numbers()["seizures"].sum()
    each = calls.retell.destinations(each=True)
    assert each["calls"].sum() == calls.retell.destinations()["calls"].sum()
    links = calls.retell.attempts(each=True)
    assert links.index.equals(calls.index)
    callers = calls.retell.time_limits(each="caller")
    assert callers["at_limit"].sum() <= calls.retell.time_limits()["at_limit"].sum()
    with pytest.raises(ValueError, match="Did you mean 'number'"):
        calls.retell.numbers("numbers")
    with pytest.raises(ValueError, match="'caller'"):
        calls.retell.time_limits(each="agent")
    with pytest.raises(ValueError, match="leave out what to group by"):
        calls.retell.time_limits("agent", each="caller")
    with pytest.raises(ValueError, match="leave out what to group by"):
        calls.retell.attempts("agent", each=True)


@pytest.mark.parametrize("accessor", [CallsAccessor, ReasonsAccessor])
def test_every_word_is_documented(accessor: type) -> None:
    """A first line that ends a sentence, and an example, for each word."""
    words = {name: word for name, word in inspect.getmembers(accessor) if not name.startswith("_")}
    assert {"outcome", "owner", "remedy"} <= set(words)
    for name, word in words.items():
        said = inspect.getdoc(word) or ""
        assert said.splitlines()[0].rstrip().endswith((".", ":")) or ". " in said.splitlines()[0], (
            name
        )
        assert "Examples" in said, name


def test_a_method_has_the_function_s_signature() -> None:
    """Help and completion show the parameters of the function, without the calls."""
    shown = inspect.signature(CallsAccessor.rates).parameters
    meant = inspect.signature(tables.rates).parameters
    assert list(shown)[1:] == list(meant)[1:]
    assert CallsAccessor.rates.__name__ == "rates"


def test_mask_is_the_function_s(calls: pd.DataFrame) -> None:
    """`calls.retell.mask` hides as `mask` does, and leaves the calls as they were."""
    before = calls.copy()
    key = "a secret of 16 bytes or more"
    pd.testing.assert_frame_equal(calls.retell.mask(key), mask(calls, key))
    pd.testing.assert_frame_equal(calls, before)


def test_an_accessor_is_cheap_and_holds_no_state(calls: pd.DataFrame) -> None:
    """A column that is changed is seen changed: nothing is remembered from before."""
    changed = calls.copy()
    assert changed.retell.outcome.ne("failed").any()
    changed["disconnection_reason"] = "dial_failed"
    assert changed.retell.outcome.eq("failed").all()
