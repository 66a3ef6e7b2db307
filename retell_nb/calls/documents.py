"""JSON documents taken apart: the values of a list or of JSON Lines, also of a broken one."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import msgspec
from msgspec import Raw

__all__ = ["Piece", "pieces"]

Piece: TypeAlias = tuple[str, bytes | Raw]
"""Where a JSON value stands in its document ("item 3", "line 7"), and the value."""

_ITEMS = re.compile(r'\s*(?:\[|\{[^\[{]{0,300}"items"\s*:\s*\[)')
_BETWEEN = re.compile(r"[\s,\]]*")


def pieces(data: bytes) -> tuple[list[Piece], list[dict[str, str]]]:
    """Return the values that a document holds, and `where` and `why` no more could be read.

    Parameters
    ----------
    data : bytes
        One JSON value, JSON Lines, or JSON values one after another; also cut off or broken.

    Examples
    --------
    >>> values, notes = pieces(b'[{"call_id": "call_1"}, {"call_id": "cal')
    >>> [(where, bytes(value)) for where, value in values], notes[0]["where"]
    ([('item 0', b'{"call_id": "call_1"}')], 'item 1')
    """
    try:
        if data[:1000].lstrip()[:1] == b"[":
            items = msgspec.json.decode(data, type=list[Raw])
            return [(f"item {place}", item) for place, item in enumerate(items)], []
        return [("", msgspec.json.decode(data, type=Raw))], []
    except (msgspec.DecodeError, RecursionError):
        lines = [(f"line {n}", line) for n, line in enumerate(data.splitlines(), 1) if line.strip()]
        if any(_is_whole_object(line) for _, line in lines[:100]):
            return [*lines], []
        return _scanned(data.decode("utf-8", "surrogateescape"))


def _is_whole_object(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return line.lstrip()[:1] == b"{" and len(line.strip()) > 2


def _scanned(text: str) -> tuple[list[Piece], list[dict[str, str]]]:
    """The whole values of a document that is cut off or broken somewhere."""
    scan = json.JSONDecoder(strict=False).raw_decode
    found: list[Piece] = []
    start = _ITEMS.match(text)
    at = start.end() if start else 0
    while (between := _BETWEEN.match(text, at)) and (at := between.end()) < len(text):
        try:
            end = scan(text, at)[1]
        except (ValueError, RecursionError):
            break
        found.append((f"item {len(found)}", text[at:end].encode("utf-8", "surrogateescape")))
        at = end
    if '"call_id"' not in text[at:] and found:
        return found, []
    why = f"cut off or broken: nothing could be read from character {at} on"
    return found, [{"where": f"item {len(found)}", "why": why}]
