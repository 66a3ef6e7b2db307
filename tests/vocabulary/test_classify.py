"""Column words: what reasons mean, in whatever column they come, and the laws they keep."""

from __future__ import annotations

import itertools
from typing import Any

import hypothesis.strategies as st
import pandas as pd
import pytest
from hypothesis import given

from retell_nb.vocabulary import classify
from retell_nb.vocabulary.reasons import OUTCOMES, REASONS, STATUSES, UNPLACED, WORDS

FUNCTIONS = {word: getattr(classify, word) for word in WORDS}
FLAGS = ("expected", "answered")
TEXT = pd.Series(["text"]).dtype
KINDS = ["object", TEXT, "string", "category"]
RECORDED = [None, *STATUSES, "Ongoing"]

LABELS = {
    "Dial no answer": "dial_no_answer",
    "USER_HANGUP": "user_hangup",
    " agent hangup ": "agent_hangup",
    "Error-LLM websocket  open": "error_llm_websocket_open",
    "Ivr\u00a0reached": "ivr_reached",
    "Brand new": "brand_new",
}

_REASONS = st.one_of(
    st.sampled_from([*REASONS.index]), st.sampled_from([None, "", *LABELS]), st.text(max_size=8)
)
_PAIRS = st.lists(st.tuples(_REASONS, st.sampled_from(RECORDED)), max_size=12)


def columns(pairs: list[tuple[str | None, str | None]]) -> tuple[pd.Series, pd.Series]:
    reasons, recorded = zip(*pairs, strict=True) if pairs else ((), ())
    return pd.Series(reasons, dtype=object), pd.Series(recorded, dtype=object)


def plain(column: pd.Series) -> list[Any]:
    return column.astype(object).where(column.notna(), None).tolist()


@pytest.mark.parametrize("word", WORDS)
def test_each_reason_means_what_the_vocabulary_says(word: str) -> None:
    """Every word says of every reason what its row says."""
    found = FUNCTIONS[word](pd.Series(REASONS.index))
    assert plain(found) == REASONS[word].tolist()
    assert found.name == word


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("word", WORDS)
def test_words_take_text_of_any_kind(word: str, kind: Any) -> None:
    """A column of objects, of text or of categories gives the same."""
    reasons = pd.Series(["dial_busy", None, "inactivity", "brand_new", "dial_busy"], dtype=object)
    found = FUNCTIONS[word](reasons.astype(kind))
    pd.testing.assert_series_equal(found, FUNCTIONS[word](reasons))


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_labels_of_the_dashboard_are_understood(kind: Any) -> None:
    """Letter case, blanks and hyphens do not matter; the column keeps its kind, index and name."""
    labels = pd.Series([*LABELS, None, ""], index=range(7, 15), name="End Reason").astype(kind)
    found = classify.reason(labels)
    assert plain(found) == [*LABELS.values(), None, None]
    assert isinstance(found.dtype, pd.CategoricalDtype) == (kind == "category")
    assert (found.name, found.index.tolist()) == ("End Reason", [*range(7, 15)])


def test_two_labels_of_one_reason_become_one_category() -> None:
    """Categories that are spelled the same fall together."""
    found = classify.reason(pd.Series(["dial_busy", "Dial busy"], dtype="category"))
    assert found.cat.categories.tolist() == ["dial_busy"]


@pytest.mark.parametrize("word", ["outcome", "category", "owner", "stage", "retry", "status"])
def test_an_unknown_reason_is_unknown_and_no_error(word: str) -> None:
    """A reason that the vocabulary lacks is counted as unknown, and is never a success."""
    assert FUNCTIONS[word](pd.Series(["brand_new"])).tolist() == ["unknown"]


@pytest.mark.parametrize("word", FLAGS)
def test_nobody_can_tell_the_flags_of_an_unknown_reason(word: str) -> None:
    """Whether it was expected or answered is missing, not False."""
    found = FUNCTIONS[word](pd.Series(["brand_new", None]))
    assert found.dtype == "boolean"
    assert found.isna().all()


def test_an_unknown_reason_is_kept() -> None:
    """It is still there to be shown."""
    assert classify.reason(pd.Series(["brand_new"])).tolist() == ["brand_new"]


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_no_calls_give_no_values(word: str, kind: Any) -> None:
    """An empty column gives an empty one of the same dtype as any other."""
    found = FUNCTIONS[word](pd.Series([], dtype=kind))
    assert found.empty
    assert found.dtype == FUNCTIONS[word](pd.Series(["dial_busy"])).dtype


@pytest.mark.parametrize("word", WORDS)
def test_the_index_is_kept_also_where_labels_repeat(word: str) -> None:
    """Values stand beside their reasons, whatever the index."""
    index = pd.Index(["b", "a", "b"], name="line")
    reasons = pd.Series(["dial_busy", None, "inactivity"], index=index)
    recorded = pd.Series(["ended", "ongoing", "ended"], index=index)
    found = FUNCTIONS[word](reasons, recorded)
    pd.testing.assert_index_equal(found.index, index)
    assert plain(found) == plain(FUNCTIONS[word](reasons.reset_index(drop=True), recorded))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize("recorded", [*STATUSES, None, "Not connected", "hung"])
def test_a_reason_decides_against_any_recorded_status(recorded: str | None, kind: Any) -> None:
    """Recorded statuses of old calls contradict the table; of 43 reasons, each wins over all."""
    reasons = pd.Series(REASONS.index)
    on_record = pd.Series([recorded] * len(reasons), dtype=object).astype(kind)
    for word, of in FUNCTIONS.items():
        assert plain(of(reasons, on_record)) == REASONS[word].tolist()


@pytest.mark.parametrize(
    ("recorded", "outcome", "status"),
    [
        ("registered", "in_progress", "registered"),
        ("ongoing", "in_progress", "ongoing"),
        ("Ongoing", "in_progress", "ongoing"),
        ("ended", "unknown", "ended"),
        ("Not connected", "unknown", "not_connected"),
        ("error", "unknown", "error"),
        ("hung", "unknown", "unknown"),
        (None, "unknown", "unknown"),
    ],
)
def test_the_recorded_status_decides_where_there_is_no_reason(
    recorded: str | None, outcome: str, status: str
) -> None:
    """A running call is in progress, an ended one without a reason unknown; the status stays."""
    none, on_record = pd.Series([None, ""], dtype=object), pd.Series([recorded] * 2, dtype=object)
    assert classify.outcome(none, on_record).tolist() == [outcome] * 2
    assert classify.status(none, on_record).tolist() == [status] * 2


def test_an_unknown_reason_keeps_the_recorded_status() -> None:
    """The status says what the unknown reason cannot; the outcome stays unknown."""
    new, on_record = pd.Series(["brand_new"] * 2), pd.Series(["error", "ongoing"])
    assert classify.status(new, on_record).tolist() == ["error", "ongoing"]
    assert classify.outcome(new, on_record).tolist() == ["unknown", "unknown"]


@pytest.mark.parametrize(
    ("word", "values", "ordered"),
    [
        ("outcome", [*OUTCOMES.index], True),
        ("status", [*STATUSES], False),
        ("owner", [*dict.fromkeys([*REASONS["owner"], *UNPLACED["owner"]])], False),
    ],
)
def test_categories_have_one_order_whatever_is_there(
    word: str, values: list[str], *, ordered: bool
) -> None:
    """The categories are all that there can be, in the order of the vocabulary."""
    found = FUNCTIONS[word](pd.Series(["dial_busy"]))
    assert found.cat.categories.tolist() == values
    assert found.cat.ordered == ordered


def test_a_vocabulary_of_ones_own_decides() -> None:
    """What somebody else thinks of a reason is an argument, and changes nothing for others."""
    mine = REASONS.copy()
    mine.loc["inactivity", "outcome"] = "failed"
    silent = pd.Series(["inactivity"])
    assert classify.outcome(silent, vocabulary=mine).tolist() == ["failed"]
    assert classify.outcome(silent).tolist() == ["timed_out"]


@given(_PAIRS)
def test_every_call_has_exactly_one_outcome_and_one_status(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    """Whatever a call says, it falls into one of the outcomes and one of the statuses."""
    reasons, recorded = columns(pairs)
    assert classify.outcome(reasons, recorded).isin(OUTCOMES.index).all()
    assert classify.status(reasons, recorded).isin(STATUSES).all()


@pytest.mark.parametrize("word", WORDS)
@given(pairs=_PAIRS, at=st.integers(0, 12))
def test_words_commute_with_putting_calls_together(
    word: str, pairs: list[tuple[str | None, str | None]], at: int
) -> None:
    """The word of two parts put together is the two words put together."""
    of = FUNCTIONS[word]
    reasons, recorded = columns(pairs)
    parts = [of(reasons[:at], recorded[:at]), of(reasons[at:], recorded[at:])]
    together = list(itertools.chain.from_iterable(map(plain, parts)))
    assert plain(of(reasons, recorded)) == together
    assert {part.dtype for part in parts} == {of(reasons, recorded).dtype}


@given(st.lists(_REASONS, max_size=12), st.sampled_from(KINDS))
def test_spelling_a_reason_twice_is_spelling_it_once(cells: list[str | None], kind: Any) -> None:
    """`reason` is idempotent, whatever it is given."""
    once = classify.reason(pd.Series(cells, dtype=object).astype(kind))
    pd.testing.assert_series_equal(classify.reason(once), once)


@given(st.lists(_REASONS, max_size=12), st.randoms(use_true_random=False))
def test_letter_case_and_blanks_change_nothing(cells: list[str | None], dice: Any) -> None:
    """An upper-case label with blanks for underscores means the same."""
    known = [cell for cell in cells if cell in REASONS.index]
    written = [dice.choice([str.upper, str.title, str.capitalize])(cell) for cell in known]
    labels = [cell.replace("_", dice.choice(["_", " ", "-", "  "])) for cell in written]
    found = classify.outcome(pd.Series(labels, dtype=object))
    assert found.tolist() == classify.outcome(pd.Series(known, dtype=object)).tolist()


@pytest.mark.parametrize(
    "cell",
    ["dialNoAnswer", "DialNoAnswer", "dial.no.answer", '"dial_no_answer"', "['dial_no_answer']",
     "dial_no_answer;", "dial_no_answer\u200b", "dial_n\u00f6_answer",
     "DisconnectionReason.DIAL_NO_ANSWER"],
)  # fmt: skip
def test_a_reason_is_known_by_its_letters_whatever_marks_a_program_writes(cell: str) -> None:
    assert classify.reason(pd.Series([cell])).tolist() == ["dial_no_answer"]
    assert classify.outcome(pd.Series([cell])).tolist() == ["not_reached"]
