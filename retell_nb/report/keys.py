"""The secret behind pseudonyms, kept in a file of the user's own."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_key"]


def read_key(path: Path) -> str:
    """Return the secret in a file, which is made where it is not there, for its owner alone.

    Raises
    ------
    ValueError
        If the file cannot be read or made, or is empty.

    Examples
    --------
    >>> from pathlib import Path
    >>> read_key(Path())
    Traceback (most recent call last):
    ValueError: --mask-key .: ...; give a file that can be read or made.
    """
    try:
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32), encoding="ascii")
        secret = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        words = f"--mask-key {path}: {error}; give a file that can be read or made."
        raise ValueError(words) from None
    if not secret:
        raise ValueError(f"--mask-key {path} is empty; give a file with a secret, or a new name.")
    return secret
