"""Ranges of numbers as plain data: ``"<10s"``, ``"10s..60s"``, ``{"from": 10, "to": 60}``.

A range is half-open: it holds its lower end and not its upper one. A sign (``>``, ``<=``) says
otherwise. What a bare number counts depends on what is filtered: seconds of a duration, dollars of
a cost, milliseconds of the API's `duration_ms`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats, Mask

__all__ = ["Range", "dollars", "milliseconds", "number", "parse", "seconds"]

Reader: TypeAlias = Callable[[Any], float]

_SIGNED = re.compile(r"(<=|>=|<|>|=|≤|≥)\s*(.+)")
_BETWEEN = re.compile(r"(.*?)\s*\.\.\s*(.*)")
_FIGURE = re.compile(r"[-+]?\d+(\.\d+)?|[-+]?\.\d+")
_DAYS = re.compile(r"(?<=[\d\s])[dw](?![a-z])")
"""The units that pandas takes in capitals alone."""


class Range(NamedTuple):
    """Numbers from `low` on and below `high`; None leaves a side open.

    `after` leaves out `low` itself, `through` takes in `high`.
    """

    low: float | None
    high: float | None
    after: bool = False
    through: bool = False

    def holds(self, values: Floats) -> Mask:
        """Return which values lie in the range; a missing one does not.

        Examples
        --------
        >>> Range(10, 60).holds(np.array([9.9, 10, 60, np.nan])).tolist()
        [False, True, False, False]
        """
        inside = ~np.isnan(values)
        if self.low is not None:
            inside &= values > self.low if self.after else values >= self.low
        if self.high is not None:
            inside &= values <= self.high if self.through else values < self.high
        return inside


def parse(value: object, read: Reader) -> Range:
    """Return the range that a text, a mapping or a single value means.

    Parameters
    ----------
    value : str, mapping, number or time
    read : callable
        Reads one end: `seconds`, `dollars`, `milliseconds`, `number`, or one for times.

    Raises
    ------
    ValueError
        If it is none of these, runs backwards, or names a unit at one end only.

    Examples
    --------
    >>> parse("<10s", seconds), parse("10s..2min", seconds)
    (Range(low=None, high=10.0, after=False, through=False),
     Range(low=10.0, high=120.0, after=False, through=False))
    >>> parse({"from": 0.5}, dollars).low
    50.0
    """
    if isinstance(value, Mapping):
        return _between(*_ends(value), read)
    text = value.strip() if isinstance(value, str) else ""
    signed, between = _SIGNED.fullmatch(text), _BETWEEN.fullmatch(text)
    if signed:
        return _from_sign(signed[1], read(signed[2]))
    if between:
        low, high = between[1] or None, between[2] or None
        if low and high and (_FIGURE.fullmatch(low) is None) != (_FIGURE.fullmatch(high) is None):
            raise ValueError(f"{value!r} names a unit at one end only; write it at both ends")
        return _between(low, high, read)
    only = read(value)
    return Range(only, only, through=True)


def _from_sign(sign: str, end: float) -> Range:
    if sign == "=":
        return Range(end, end, through=True)
    if sign[0] in "<≤":
        return Range(None, end, through=sign != "<")
    return Range(end, None, after=sign == ">")


def _ends(mapping: Mapping[str, object]) -> tuple[object, object]:
    if not mapping or set(mapping) - {"from", "to"}:
        raise ValueError(f"{dict(mapping)!r} has other keys than from and to")
    return mapping.get("from"), mapping.get("to")


def _between(low: object, high: object, read: Reader) -> Range:
    if low is None and high is None:
        raise ValueError("the range is open at both ends; leave the filter out")
    first, last = (None if end is None else read(end) for end in (low, high))
    if first is not None and last is not None and first >= last:
        raise ValueError(f"the range runs from {low} to {high}, which holds nothing")
    return Range(first, last)


def number(value: object) -> float:
    """Return a number, or what a text says is one.

    Examples
    --------
    >>> number("2"), number(0.5)
    (2.0, 0.5)
    """
    text = value.strip() if isinstance(value, str) else value
    if isinstance(text, str) and not _FIGURE.fullmatch(text):
        raise ValueError(f"{value!r} is not a number")
    if isinstance(text, (bool, np.bool_)) or not isinstance(text, (str, int, float, np.number)):
        raise ValueError(f"{value!r} is not a number")
    figure = float(text)
    if not math.isfinite(figure):
        raise ValueError(f"{value!r} is not a finite number")
    return figure


def seconds(value: object) -> float:
    """Return a length of time in seconds: ``"10s"``, ``"1.5min"``, ``"2h"``, or a bare number.

    Examples
    --------
    >>> seconds("1min 30s"), seconds(10), seconds("500ms"), seconds("2d")
    (90.0, 10.0, 0.5, 172800.0)
    """
    return _length(value, per_second=1)


def milliseconds(value: object) -> float:
    """Return a length of time in milliseconds; a bare number is in milliseconds already.

    Examples
    --------
    >>> milliseconds("10s"), milliseconds(10)
    (10000.0, 10.0)
    """
    return _length(value, per_second=1000)


def _in_capitals(unit: re.Match[str]) -> str:
    return unit[0].upper()


def _length(value: object, *, per_second: int) -> float:
    if isinstance(value, pd.Timedelta):
        return value.total_seconds() * per_second
    if not isinstance(value, str) or _FIGURE.fullmatch(value.strip()):
        return number(value)
    try:
        length = pd.Timedelta(_DAYS.sub(_in_capitals, value.strip().lower())).total_seconds()
    except ValueError:
        length = math.nan
    if math.isnan(length):
        raise ValueError(f"{value!r} is not a length of time such as 10s, 1.5min or 2h") from None
    return length * per_second


def dollars(value: object) -> float:
    """Return an amount of money in cents, as costs are recorded: a bare number is in dollars.

    Examples
    --------
    >>> dollars("0.50"), dollars("$2"), dollars("12 cents")
    (50.0, 200.0, 12.0)
    """
    text = value.strip().lower() if isinstance(value, str) else ""
    cents = re.sub(r"\s*(cents?|¢)$", "", text)
    if cents != text:
        return number(cents)
    figure = re.sub(r"^\$\s*|\s*(\$|usd|dollars?)$", "", text)
    return round(100 * number(figure if text else value), 9)
