"""Every table word answers as it did: moved walls change no result."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import answers

BEFORE = json.loads(answers.PATH.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def asked() -> dict[str, answers.pd.DataFrame]:
    return answers.frames()


def test_every_word_has_its_answers() -> None:
    """No word is compared with nothing."""
    assert BEFORE.keys() == answers.WORDS.keys()


@pytest.mark.parametrize("word", answers.WORDS)
@pytest.mark.parametrize("frame", ["bundled", "odd", "one", "empty"])
def test_a_word_answers_as_before(
    word: str, frame: str, asked: dict[str, answers.pd.DataFrame]
) -> None:
    """Rows and columns are those on record; what differs is named by its column."""
    assert answers.answer(answers.WORDS[word], asked[frame]) == BEFORE[word][frame]
