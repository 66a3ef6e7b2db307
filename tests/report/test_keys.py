"""The file that keeps the secret of pseudonyms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from retell_nb.report.keys import read_key

if TYPE_CHECKING:
    from pathlib import Path


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    """A file that is not there gets a long secret, which is read again."""
    path = tmp_path / "mask.key"
    secret = read_key(path)
    assert len(secret) == 64
    assert read_key(path) == secret


def test_an_empty_file_is_no_secret(tmp_path: Path) -> None:
    """It is refused: pseudonyms that differ each time would come without a word."""
    path = tmp_path / "mask.key"
    path.write_text("\n", encoding="ascii")
    with pytest.raises(ValueError, match="is empty"):
        read_key(path)
