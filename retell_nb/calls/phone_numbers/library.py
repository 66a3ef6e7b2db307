"""The library that knows the numbering plans, safe to be asked by several threads."""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

__all__ = ["library"]

_LOADING = Lock()


def library() -> Any:
    """Return `phonenumbers`, with every numbering plan loaded.

    It would load each plan when it is first asked for, under a lock of its own, and threads that
    ask at the same time can wait for that lock for ever.

    Examples
    --------
    >>> library().region_code_for_country_code(49)
    'DE'
    """
    with _LOADING:
        return _loaded()


@cache
def _loaded() -> Any:
    import phonenumbers  # noqa: PLC0415 - its metadata would weigh on `import retell_nb`

    phonenumbers.PhoneMetadata.load_all()
    return phonenumbers
