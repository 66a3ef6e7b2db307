"""The vocabulary as data: the law of Retell's table, the SDK's literals, the colours."""

from __future__ import annotations

import itertools
import typing
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from retell.types import PhoneCallResponse, WebCallResponse

from retell_nb.vocabulary.reasons import (
    OUTCOMES,
    OWNERS,
    REASONS,
    STATUSES,
    UNPLACED,
    WORDS,
    as_vocabulary,
)

LAW = {
    "user_hangup": "ended",
    "agent_hangup": "ended",
    "call_transfer": "ended",
    "voicemail_reached": "ended",
    "ivr_reached": "ended",
    "inactivity": "ended",
    "max_duration_reached": "ended",
    "dial_busy": "not_connected",
    "dial_failed": "not_connected",
    "dial_no_answer": "not_connected",
    "invalid_destination": "not_connected",
    "telephony_provider_permission_denied": "not_connected",
    "telephony_provider_unavailable": "not_connected",
    "sip_routing_error": "not_connected",
    "marked_as_spam": "not_connected",
    "user_declined": "not_connected",
    "concurrency_limit_reached": "error",
    "no_valid_payment": "error",
    "scam_detected": "error",
    "error_llm_websocket_open": "error",
    "error_llm_websocket_lost_connection": "error",
    "error_llm_websocket_runtime": "error",
    "error_llm_websocket_corrupt_payload": "error",
    "error_no_audio_received": "error",
    "error_asr": "error",
    "error_retell": "error",
    "error_unknown": "error",
    "error_user_not_joined": "error",
    "registered_call_timeout": "error",
}
"""Retell's table of disconnection reasons: the status that each of its rows stands under."""

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHTS = {
    "everybody": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
}
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def literals(annotation: Any) -> set[str]:
    """Every text that a type allows, however deep its Literal stands in unions."""
    if typing.get_origin(annotation) is Literal:
        return {value for value in typing.get_args(annotation) if isinstance(value, str)}
    return set().union(*map(literals, typing.get_args(annotation)))


def of_sdk(field: str) -> set[str]:
    models = (PhoneCallResponse, WebCallResponse)
    return set().union(*(literals(model.model_fields[field].annotation) for model in models))


def lab(colour: str, sight: np.ndarray) -> np.ndarray:
    """CIE L*a*b* of a colour like "#3a8f70" as somebody sees it (IEC 61966-2-1, white D65)."""
    rgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = _TO_XYZ @ np.clip(sight @ linear, 0, 1) / _TO_XYZ.sum(axis=1)
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize(("reason", "status"), LAW.items())
def test_a_row_of_the_law_has_its_status(reason: str, status: str) -> None:
    """Each reason of Retell's table has the status of that table, and says so."""
    assert REASONS.loc[reason, "status"] == status
    assert REASONS.loc[reason, "status_source"] == "table"


def test_the_law_has_29_rows_and_no_other_reason_claims_to_be_of_it() -> None:
    """The reasons whose status is said to come from the table are those of the table."""
    assert len(LAW) == 29
    assert set(REASONS.index[REASONS["status_source"] == "table"]) == set(LAW)


def test_every_reason_of_the_installed_sdk_is_known_and_not_retired() -> None:
    """A new SDK with a new reason turns this red and names it."""
    known = of_sdk("disconnection_reason")
    assert len(known) > 30
    new = sorted(known - set(REASONS.index))
    assert not new, (
        f"retell-sdk has new disconnection reasons: {new}. Add a row for each to "
        "retell_nb/reasons.csv; `since` is the version of the SDK."
    )
    back = sorted(known & set(REASONS.index[REASONS["retired"] != ""]))
    assert not back, f"retell-sdk lists {back}: empty `retired` in retell_nb/reasons.csv."


def test_every_reason_that_the_installed_sdk_lacks_is_retired() -> None:
    """What the SDK dropped is kept for old exports, and marked."""
    gone = sorted(set(REASONS.index[REASONS["retired"] == ""]) - of_sdk("disconnection_reason"))
    assert not gone, (
        f"retell-sdk no longer lists {gone}: fill in `retired` in retell_nb/reasons.csv."
    )


def test_every_status_of_the_installed_sdk_is_known() -> None:
    """The statuses are those of the SDK, and one for what nobody knows."""
    assert of_sdk("call_status") == set(STATUSES) - {"unknown"}


def test_the_vocabulary_is_whole() -> None:
    """No reason stands twice, no cell is blank, and every word has a known value."""
    assert REASONS.index.is_unique
    assert not (REASONS[list(WORDS)].astype(str) == "").any(axis=None)
    assert set(REASONS["outcome"]) <= set(OUTCOMES.index)
    assert set(REASONS["status"]) <= {"ended", "not_connected", "error"}
    assert set(REASONS["status_source"]) == {"table", "docs", "inferred"}


def test_flags_are_booleans() -> None:
    """`expected` and `answered` can be summed and negated."""
    assert REASONS[["expected", "answered"]].dtypes.eq(bool).all()


@pytest.mark.parametrize(
    ("outcome", "expected", "answered"),
    [("completed", True, True), ("failed", False, None), ("not_reached", False, False)],
)
def test_words_do_not_contradict_each_other(
    outcome: str, *, expected: bool, answered: bool | None
) -> None:
    """What is completed was expected and answered; what failed was not expected."""
    rows = REASONS[REASONS["outcome"] == outcome]
    assert (rows["expected"] == expected).all()
    assert answered is None or (rows["answered"] == answered).all()


def test_only_calls_that_were_connected_were_answered() -> None:
    """The stage says whether somebody or something picked up."""
    assert (REASONS["answered"] == (REASONS["stage"] == "connected")).all()


def test_every_fault_has_an_owner() -> None:
    """Whatever failed, somebody can mend it; where all went well, there is nothing to mend."""
    faults = REASONS["outcome"].isin(["failed", "timed_out"])
    assert (REASONS.loc[faults, "owner"] != "nobody").all()
    assert (REASONS.loc[~faults, "owner"] == "nobody").all()


def test_it_is_told_who_each_owner_is() -> None:
    """No owner of the vocabulary is without words, and none has words in vain."""
    assert set(OWNERS) == {*REASONS["owner"], *UNPLACED["owner"]}


def test_unplaced_calls_have_all_words_too() -> None:
    """A call whose reason is unknown, missing or yet to come gets a value of every word."""
    assert list(UNPLACED.columns) == list(WORDS)
    assert UNPLACED["outcome"].isin(OUTCOMES.index).all()


def test_colours_differ_in_lightness() -> None:
    """In grey, any two outcomes are at least 8 steps of CIE L* apart."""
    lightness = sorted(lab(colour, SIGHTS["everybody"])[0] for colour in OUTCOMES["colour"])
    assert np.diff(lightness).min() >= 8


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_differ_for_the_colour_blind(sight: str) -> None:
    """Any two outcomes are at least 12 steps of CIE L*a*b* apart, whoever looks."""
    seen = [lab(colour, SIGHTS[sight]) for colour in OUTCOMES["colour"]]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) >= 12


def test_a_vocabulary_may_be_named_by_a_column() -> None:
    """A table read from a file has the reasons in a column; the words come out the same."""
    pd.testing.assert_frame_equal(as_vocabulary(REASONS.reset_index()), REASONS)


def test_a_vocabulary_of_ones_and_zeros_has_booleans() -> None:
    """Flags written as 1 and 0 become booleans."""
    mine = as_vocabulary(REASONS.astype({"expected": int, "answered": int}))
    pd.testing.assert_frame_equal(mine, REASONS)


def test_a_vocabulary_may_hold_reasons_of_its_own() -> None:
    """Rows that Retell does not know are welcome."""
    mine = as_vocabulary(pd.concat([REASONS, REASONS.tail(1).rename(lambda _: "house_rule")]))
    assert "house_rule" in mine.index


def test_a_vocabulary_without_a_word_is_refused() -> None:
    """The message says what lacks, what is there and where to start."""
    with pytest.raises(ValueError, match="lacks") as error:
        as_vocabulary(REASONS.drop(columns=["owner", "retry"]))
    assert "['owner', 'retry']" in str(error.value)
    assert "'remedy'" in str(error.value)
    assert "REASONS.copy()" in str(error.value)


def test_a_vocabulary_with_a_reason_twice_is_refused() -> None:
    """The message names the reason."""
    with pytest.raises(ValueError, match=r"\['inactivity'\] more than once; keep one row"):
        as_vocabulary(pd.concat([REASONS, REASONS.loc[["inactivity"]]]))


@pytest.mark.parametrize(("word", "allowed"), [("outcome", "completed"), ("status", "ended")])
def test_a_vocabulary_with_a_strange_value_is_refused(word: str, allowed: str) -> None:
    """The message says which value is not known, and which are."""
    mine = REASONS.copy()
    mine.loc["inactivity", word] = "fine"
    with pytest.raises(ValueError, match=rf"{word} \['fine'\]; allowed: .*'{allowed}'"):
        as_vocabulary(mine)
