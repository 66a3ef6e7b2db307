"""Values in JSON opened: what document stores, texts of JSON and base64 stand for."""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import re
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["loaded", "opened", "scalar", "sound"]

_BASE64 = re.compile(r"(?:ey|ew|W)[A-Za-z0-9+/_\s-]{30,}={0,2}\s*")
_NUMBER = re.compile(r"[+-]?\d+")
_NAMES_CALL = re.compile(r"[{,]\s*\"(?:call_id|disconnection_reason)\"\s*:")
_STAMPS = ({"_seconds", "_nanoseconds"}, {"seconds", "nanoseconds"}, {"seconds", "nanos"})
"""The keys of a time as seconds and parts of them."""


def scalar(cell: Any) -> Any:
    """Return what a cell of a document store stands for; other cells as they are.

    Examples
    --------
    >>> scalar({"$date": {"$numberLong": "1772445600000"}}), scalar({"N": "5"}), scalar({"a": 1})
    (1772445600000, 5, {'a': 1})
    """
    if isinstance(cell, dict):
        if len(cell) == 1:
            [(key, inner)] = cell.items()
            kind, meaning = _SCALARS.get(key, ((), None))
            if meaning is not None and isinstance(inner, kind):
                with contextlib.suppress(ValueError, OverflowError):
                    return meaning(inner)
        if {*cell} in _STAMPS and all(isinstance(part, (int, float)) for part in cell.values()):
            parts = {key.strip("_"): part for key, part in cell.items()}
            nanoseconds = parts.get("nanoseconds", parts.get("nanos", 0))
            return int(parts["seconds"] * 1000 + nanoseconds / 1e6)
        if cell.get("__datatype__") == "timestamp":
            return scalar(cell.get("value"))
        return {sound(key): scalar(inner) for key, inner in cell.items()}
    if isinstance(cell, str):
        return cell if cell.isascii() else sound(cell)
    return [scalar(inner) for inner in cell] if isinstance(cell, list) else cell


def sound(cell: Any) -> Any:
    r"""Return bytes as text, and text without halves of characters, which no page can hold.

    Examples
    --------
    >>> sound("a\ud800")
    'a?'
    """
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    return cell.encode("utf-8", "replace").decode() if isinstance(cell, str) else cell


def opened(cell: Any) -> Any:
    """Return what a text holds that is JSON, base64 of JSON or a dict as Python writes it.

    Examples
    --------
    >>> opened('{"a": 1}'), opened("{'a': None}"), opened("call_1")
    ({'a': 1}, {'a': None}, 'call_1')
    """
    if isinstance(cell, bytes):
        cell = cell.decode("utf-8", "replace")
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    if text.startswith(("{", "[")):
        for read in (loaded, _literal):
            with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
                return read(text)
    elif text.startswith(('"{', '"[')) or _BASE64.fullmatch(text):
        with contextlib.suppress(ValueError, RecursionError):
            inner = opened(loaded(text) if text.startswith('"') else _of_base64(text))
            return cell if isinstance(inner, str) else inner
    elif text.endswith("}") and _NAMES_CALL.search(text):  # a line of a log
        inner = opened(text[text.index("{") :])
        return cell if isinstance(inner, str) else inner
    return cell


def _of_base64(text: str) -> str:
    return base64.b64decode(text.translate({45: "+", 95: "/"}) + "==").decode()


def loaded(text: str | bytes) -> Any:
    """Return the value of JSON that may have NaN or bare line breaks.

    Examples
    --------
    >>> loaded('{"a": NaN}')
    {'a': None}
    """
    return json.loads(text, parse_constant=lambda _: None, strict=False)


def _literal(text: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.literal_eval(text)


def _number(text: Any) -> float:
    whole = isinstance(text, str) and _NUMBER.fullmatch(text)
    return int(text) if whole else float(text)


_SCALARS: Mapping[str, tuple[type | tuple[type, ...], Callable[[Any], object]]] = {
    **dict.fromkeys(
        ("$numberLong", "$numberInt", "$numberDouble", "$numberDecimal"),
        ((str, int, float), _number),
    ),
    **dict.fromkeys(("$oid", "$uuid", "$symbol"), (str, str)),
    "$date": ((str, int, float, dict), scalar),
    "S": (str, str),
    "N": (str, _number),
    "BOOL": (bool, bool),
    "NULL": (bool, lambda _: None),
    "M": (dict, scalar),
    "L": (list, scalar),
    **dict.fromkeys(("stringValue", "timestampValue", "referenceValue"), (str, str)),
    **dict.fromkeys(("integerValue", "doubleValue"), ((str, int, float), _number)),
    "booleanValue": (bool, bool),
    "nullValue": ((str, type(None)), lambda _: None),
    "mapValue": (dict, lambda value: scalar(value.get("fields", {}))),
    "arrayValue": (dict, lambda value: scalar(value.get("values", []))),
}
"""How document stores write a value: its only key, the type behind it, and what it stands for."""
