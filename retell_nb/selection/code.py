"""Filters as code: the lines of pandas that select the same calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.calls import ranges
from retell_nb.calls.dimensions import CLOCK
from retell_nb.calls.schema import SCHEMA
from retell_nb.selection.filters import moment, plain
from retell_nb.selection.matching import SEARCHED, WORDED, reader_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["as_code"]

_DTYPES = {"count": "Int64", "number": "float64"}
_COLUMNS = {"duration": "duration_ms", "cost": "combined_cost"}


def as_code(filters: Mapping[str, Any], *, tz: str = "UTC") -> str:
    """Return filters as lines of pandas that make the same frame, named `selected`.

    What takes more than an expression of pandas, such as the trouble of a record, is left to
    `select`, and so is a range of a column that is not the schema's.

    Parameters
    ----------
    filters, tz
        As for `select`; a `tz` among the filters, as findings have it, goes first.

    Returns
    -------
    str
        Python, for a session with `retell_nb` and the frame `calls`; a time has its offset.

    Examples
    --------
    >>> print(as_code({"outcome": ["failed"], "duration": "<10s", "start": "2026-03-02"}))
    selected = calls[
        calls.retell.outcome.isin(['failed'])
        & (calls['duration_ms'] < 10000)
        & (calls.retell.when >= '2026-03-02T00:00:00+00:00')
    ]
    >>> as_code({})
    'selected = calls'
    """
    criteria = plain({name: value for name, value in filters.items() if name != "tz"})
    tz = filters.get("tz", tz)
    by_word = {name: value for name, value in criteria.items() if not _has_term(name, value)}
    lines, frame = [], "calls"
    if by_word:
        zone = {} if tz == "UTC" else {"tz": tz}
        arguments = ", ".join(f"{name}={value!r}" for name, value in {**by_word, **zone}.items())
        lines, frame = [f"selected = calls.retell.select({arguments})"], "selected"
    terms = [_term(frame, name, criteria[name], tz) for name in criteria if name not in by_word]
    if terms:
        lines += ["\n    & ".join([f"selected = {frame}[\n    {terms[0]}", *terms[1:]]) + "\n]"]
    return "\n".join(lines or ["selected = calls"])


def _has_term(name: str, value: Any) -> bool:
    """Whether an expression of pandas says a filter."""
    if name in ("start", "end", "search", *WORDED, "duration", "cost", "country", *CLOCK):
        return True
    kind = SCHEMA.get(name, "time")  # what is no column of ours may be of times, or of ranges
    return kind in _DTYPES or (kind != "time" and not any(isinstance(one, dict) for one in value))


def _term(frame: str, name: str, value: Any, tz: str) -> str:
    """One filter as an expression of pandas about a frame."""
    if name in ("start", "end"):
        sign = ">=" if name == "start" else "<"
        return f"({frame}.retell.when {sign} {moment(value, tz).isoformat()!r})"
    if name == "search":
        return (
            f"{frame}[{frame}.columns.intersection({list(SEARCHED)!r})].apply(\n"
            "        lambda ids: ids.notna() & ids.astype('str').str.contains(\n"
            f"            {value!r}, case=False, regex=False\n        )\n    ).any(axis=1)"
        )
    column = f"{frame}[{_COLUMNS.get(name, name)!r}]"
    if name in (*WORDED, "country"):
        column = f"{frame}.retell.{name}"
    if name in CLOCK:
        column = f"{frame}.retell.when.dt.tz_convert({tz!r}).dt.{CLOCK[name]}"
    some = [one for one in value if one is not None]
    read = _reader(name, tz)
    terms = [f"{column}.isin({some!r})"] if read is None else _in_ranges(column, some, read)
    terms += [f"{column}.isna()"] if len(some) < len(value) else []
    return terms[0] if len(terms) == 1 else f"({' | '.join(terms)})"


def _reader(name: str, tz: str) -> Callable[[Any], float] | None:
    if name == "duration":
        return lambda end: 1000 * ranges.seconds(end)
    if name in (*CLOCK, "cost"):
        return ranges.number if name in CLOCK else ranges.dollars
    return reader_of(name, _DTYPES[SCHEMA[name]], tz) if SCHEMA.get(name) in _DTYPES else None


def _in_ranges(column: str, some: list[Any], read: Callable[[Any], float]) -> list[str]:
    """Expressions of a column, one for each range, and one for all single values."""
    parts = [ranges.parse(one, read) for one in some]
    singles = [_figure(part.low) for part in parts if part.low == part.high]
    terms = [f"{column}.isin([{', '.join(singles)}])"] if singles else []
    for part in parts:
        ends = {
            ">" if part.after else ">=": part.low,
            "<=" if part.through else "<": part.high,
        }
        sides = [
            f"({column} {sign} {_figure(end)})" for sign, end in ends.items() if end is not None
        ]
        if part.low != part.high:
            terms.append(sides[0] if len(sides) == 1 else f"({' & '.join(sides)})")
    return terms


def _figure(end: float | None) -> str:
    return str(int(end)) if end is not None and end == int(end) else repr(end)
