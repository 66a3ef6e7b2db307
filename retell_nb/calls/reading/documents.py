"""JSON documents taken apart: the values of a list or of JSON Lines, also of a broken one."""

from __future__ import annotations

import contextlib
import itertools
import json
import re
from typing import Any, TypeAlias

import msgspec
from msgspec import Raw

from retell_nb.calls.reading.scalars import opened

__all__ = [
    "Piece",
    "first_item",
    "json_in_lines",
    "json_in_text",
    "json_of_python",
    "opening",
    "pieces",
]

Piece: TypeAlias = tuple[str, bytes | Raw]
"""Where a JSON value stands in its document ("item 3", "line 7"), and the value."""

_ITEMS = re.compile(r'(?:\[|\{[^\[{]{0,300}"items"\s*:\s*\[)\s*')
_BEGINS = re.compile(r'\{\s*"[^"\\]*"\s*:')
_OBJECT = re.compile(r"""\[\s*\{\s*["']|\{\s*["']|"(?=[{\[]\\+")""")
"""How an object, a list of objects or a text that holds either begins."""
_TRIES = 20
_LONGEST_ITEM = 1 << 18
_BETWEEN = re.compile(r"[\s,]*(?:\][^\[\]{}]*\}?[\s,]*)*")


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
        return [("", msgspec.json.decode(data, type=Raw))], []
    except (msgspec.DecodeError, RecursionError):
        lines = enumerate(map(bytes.strip, data.splitlines()), 1)
        values: list[Piece] = [(f"line {number}", line) for number, line in lines if line]
        some = values[:100]
        if 2 * sum(_is_whole(line) for _, line in some) >= len(some):
            return values, []
        return _scanned(data.decode("utf-8", "surrogateescape"))


def first_item(data: bytes) -> Any:
    """Return the first item of a list or page, without a look at the others; None if there is none.

    Examples
    --------
    >>> first_item(b'{"has_more": true, "items": [{"call_id": "call_1"}, {"call_id": "cal')
    {'call_id': 'call_1'}
    """
    head = data[:_LONGEST_ITEM].decode("utf-8", "replace").lstrip()
    items = _ITEMS.match(head)
    try:
        return json.JSONDecoder(strict=False).raw_decode(head, items.end())[0] if items else None
    except (ValueError, RecursionError):
        return None


def json_in_text(data: bytes) -> bytes | None:
    r"""Return the JSON that JSON texts hold, one or a line each; None where they hold none.

    Examples
    --------
    >>> json_in_text(rb'"{\"call_id\": 1}"')
    b'{"call_id": 1}'
    """
    try:
        texts = msgspec.json.Decoder(str).decode_lines(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return "\n".join(texts).encode()


def json_of_python(data: bytes) -> bytes | None:
    """Return as JSON what Python has printed of dicts, at once or a line each; None of all else.

    Examples
    --------
    >>> json_of_python(b"{'call_id': None}")
    b'{"call_id": null}'
    """
    text = data.decode("utf-8", "replace")
    for texts in ([text], [line for line in text.splitlines() if line.strip()]):
        values = [opened(text) for text in texts]
        if not any(isinstance(value, str) for value in values):
            return "\n".join(json.dumps(value, default=str) for value in values).encode()
    return None


def json_in_lines(data: bytes) -> bytes | None:
    r"""Return the objects within a log's lines, a line each, or within a text; None if few are.

    Examples
    --------
    >>> json_in_lines(b'10:00 INFO body: {"call_id": 1} in 5 ms')
    b'{"call_id": 1}'
    >>> json_in_lines(b'const calls = [{\n"call_id": 1}];')
    b'[{"call_id": 1}]'
    """
    text = data.decode("utf-8", "replace")
    lines = [_within(line, 0)[0] if _OBJECT.search(line) else "" for line in text.splitlines()]
    some = [line for line in lines if line != ""][:100]
    if some and 2 * sum(line is not None for line in some) >= len(some):
        return "\n".join(line or "" for line in lines).encode()
    values: list[str] = []
    value, end = _within(text, 0)
    while value is not None:
        values.append(value)
        value, end = _within(text, end)
    return "\n".join(values).encode() or None


def _within(text: str, start: int) -> tuple[str | None, int]:
    """The first object or list of objects in a text from a place on, in one line, and its end."""
    scan = json.JSONDecoder(strict=False).raw_decode
    for begin in itertools.islice(_OBJECT.finditer(text, start), _TRIES):
        with contextlib.suppress(ValueError, RecursionError):
            value, end = scan(text, begin.start())
            return (value if isinstance(value, str) else json.dumps(value)).replace("\n", " "), end
        if text[begin.end() - 1] == "'" and "\n" not in text:
            end = text.rfind("]" if begin[0][0] == "[" else "}") + 1
            if not isinstance(value := opened(text[begin.start() : end]), str):
                return json.dumps(value, default=str), end
    return None, len(text)


def opening(value: bytes | Raw) -> bytes:
    """Return the first byte of a JSON value, which tells a list from an object.

    Examples
    --------
    >>> opening(b"[1, 2]")
    b'['
    """
    return bytes(memoryview(value)[:1])


def _is_whole(line: bytes | Raw) -> bool:
    try:
        msgspec.json.decode(line, type=Raw)
    except (msgspec.DecodeError, RecursionError):
        return False
    return opening(line) in (b"{", b"[") and len(memoryview(line)) > 2


def _scanned(text: str) -> tuple[list[Piece], list[dict[str, str]]]:
    """The values that stand one after another; the items of one that is cut off or broken."""
    scan = json.JSONDecoder(strict=False).raw_decode
    values: list[Piece] = []
    broken: list[dict[str, str]] = []
    at, inside = _after(text, 0), False
    while at < len(text):
        where = f"item {len(values) + len(broken)}"
        try:
            end = scan(text, at)[1]
        except (ValueError, RecursionError) as error:
            items = None if inside else _ITEMS.match(text, at)
            onward = items.end() if items else _next_alike(text, at) if inside else None
            if onward is None:
                break
            broken += [] if items else [{"where": where, "why": f"not valid JSON: {error}"}]
            at, inside = onward, True
        else:
            values.append((where, text[at:end].encode("utf-8", "surrogateescape")))
            at = _after(text, end)
            inside = inside and "]" not in text[end:at]
    if at == len(text) and not inside:
        return values, broken
    why = f"cut off or broken: nothing could be read from character {at} on"
    return values, [*broken, {"where": f"item {len(values) + len(broken)}", "why": why}]


def _next_alike(text: str, at: int) -> int | None:
    """Where behind a broken item the next one stands, which begins with the same field."""
    begins = _BEGINS.match(text, at)
    if not begins:
        return None
    again = re.compile(r"[}\]]\s*,\s*(?=" + re.escape(begins[0]) + ")").search(text, begins.end())
    return again.end() if again else None


def _after(text: str, end: int) -> int:
    """Where the next value starts: behind a comma, or behind the end of a list or page."""
    between = _BETWEEN.match(text, end)
    return between.end() if between else end
