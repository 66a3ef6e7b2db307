"""The key to the API: the one object that holds it."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from retell_nb.calls.api.errors import AuthenticationError

if TYPE_CHECKING:
    import httpx  # for its types only

__all__ = ["Key"]


class Key:
    """The API key: holds it, and puts it on requests.

    Parameters
    ----------
    key : str, optional
        By default the environment's RETELL_API_KEY.

    Examples
    --------
    >>> Key("secret").hidden("Invalid API key secret.")
    'Invalid API key [key].'
    """

    def __init__(self, key: str | None) -> None:
        self._key = (key or os.environ.get("RETELL_API_KEY") or "").strip()

    def check(self) -> None:
        """Raise an AuthenticationError if there is no key, or it cannot be one.

        Examples
        --------
        >>> Key("secret").check()
        """
        if not self._key:
            raise AuthenticationError(
                "there is no API key; set RETELL_API_KEY, or use Client.ask() in a notebook; "
                "calls in a file need none: name it as the source"
            )
        if not re.fullmatch(r"[!-~]+", self._key):
            raise AuthenticationError(
                "the API key holds a blank or a character that no key has; copy it anew"
            )

    def __call__(self, request: httpx.Request) -> httpx.Request:
        """Put the key on a request; httpx asks for that."""
        request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def hidden(self, text: str) -> str:
        """Return a text from outside without the key, should it quote it.

        Examples
        --------
        >>> Key("secret").hidden("no secrets")
        'no [key]s'
        """
        return text.replace(self._key, "[key]")
