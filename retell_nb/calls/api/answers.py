"""Answers of the API, and where questions may go."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import httpx  # for its types only

__all__ = ["UNREADABLE", "message", "outlined", "parsed", "safe_url"]

UNREADABLE = object()
"""What stands for an answer that is not JSON."""

_URL = re.compile(r"(https?)://(\[[0-9a-fA-F:]+\]|[^/:@?#\s]+)(:\d+)?(/[^?#\s]*)?")
_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")


def parsed(response: httpx.Response) -> Any:
    """Return the JSON of an answer, or `UNREADABLE`.

    Examples
    --------
    >>> import httpx
    >>> parsed(httpx.Response(200, text="<html>")) is UNREADABLE
    True
    """
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return UNREADABLE


class _Item(msgspec.Struct, gc=False):
    call_id: str


class _Page(msgspec.Struct):
    items: list[_Item]
    has_more: Any = None
    pagination_key: Any = None
    total: Any = None


_PAGE = msgspec.json.Decoder(_Page)


def outlined(response: httpx.Response) -> Any:
    """Return a page of calls with their ids for items and its bytes as `content`, or `UNREADABLE`.

    Examples
    --------
    >>> import httpx
    >>> page = outlined(httpx.Response(200, json={"items": [{"call_id": "call_1", "a": 5}]}))
    >>> page["items"], bytes(page["content"][:8])
    ([{'call_id': 'call_1'}], b'{"items"')
    """
    try:
        response.content.decode()  # what is passed over is not looked at otherwise
        page: Any = msgspec.structs.asdict(_PAGE.decode(response.content))
        page["items"] = [{"call_id": item.call_id} for item in page["items"]]
    except (msgspec.MsgspecError, ValueError, RecursionError):  # then it is slow, but thorough
        page = parsed(response)
    if isinstance(page, dict):
        page["content"] = response.content
    return page


def message(response: httpx.Response) -> str:
    """Return what a refusal says of itself.

    Examples
    --------
    >>> import httpx
    >>> message(httpx.Response(404, json={"status": "error", "message": "Not Found"}))
    'Not Found'
    """
    if response.has_redirect_location:
        return "redirects elsewhere, where the key must not go; check the base URL"
    body = parsed(response)
    body_fields = body if isinstance(body, dict) else {}
    text = (
        body_fields.get("message")
        or body_fields.get("error_message")
        or body_fields.get("error")
        or response.text
    )
    return " ".join(str(text).split()) or response.reason_phrase


def safe_url(url: str, transport: httpx.BaseTransport | None) -> str:
    """Return the base URL if the key may travel there.

    Raises
    ------
    ValueError
        If it is no URL, or the key would travel unencrypted.

    Examples
    --------
    >>> safe_url("http://example.com", None)
    Traceback (most recent call last):
    ValueError: the key would travel to example.com unencrypted; use https
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise ValueError("the base URL is not like https://host or https://host:port/path")
    if parts[1] == "http" and parts[2] not in _THIS_MACHINE and transport is None:
        raise ValueError(f"the key would travel to {parts[2]} unencrypted; use https")
    return url
