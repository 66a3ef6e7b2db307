"""Choices as code: the lines of pandas that choose the same calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.selection.select import CLOCK, SEARCHED, WORDED, moment, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["as_code"]


def as_code(choices: Mapping[str, Any], *, tz: str = "UTC") -> str:
    """Return choices as lines of pandas that make the same frame, named `chosen`.

    Parameters
    ----------
    choices, tz
        As for `chosen`; a `tz` among the choices, as findings have it, goes first.

    Returns
    -------
    str
        Python, for a session with `retell_nb` and the frame `calls`; a time has its offset.

    Examples
    --------
    >>> print(as_code({"outcome": ["failed"], "agent_version": [8], "start": "2026-03-02"}))
    chosen = calls[
        calls.retell.outcome.isin(['failed'])
        & calls['agent_version'].isin([8])
        & (calls.retell.when >= '2026-03-02T00:00:00+00:00')
    ]
    >>> as_code({})
    'chosen = calls'
    """
    asked = plain({name: value for name, value in choices.items() if name != "tz"})
    tz = choices.get("tz", tz)
    trouble = asked.pop("trouble", None)
    first = "calls" if trouble is None else f"calls.retell.troubled({trouble!r})"
    if not asked:
        return f"chosen = {first}"
    lines, frame = ([], "calls") if trouble is None else ([f"chosen = {first}"], "chosen")
    terms = "\n    & ".join(_term(frame, name, value, tz) for name, value in asked.items())
    return "\n".join([*lines, f"chosen = {frame}[\n    {terms}\n]"])


def _term(frame: str, name: str, value: Any, tz: str) -> str:
    """One choice as an expression of pandas about a frame."""
    if name in ("start", "end"):
        sign = ">=" if name == "start" else "<"
        return f"({frame}.retell.when {sign} {moment(value, tz).isoformat()!r})"
    if name == "search":
        return (
            f"{frame}[{frame}.columns.intersection({list(SEARCHED)!r})].apply(\n"
            "        lambda ids: ids.notna() & ids.astype('str').str.contains(\n"
            f"            {value!r}, case=False, regex=False\n        )\n    ).any(axis=1)"
        )
    if name == "shorter":
        return f"{frame}['duration_ms'].between(0, {1000 * min(value)!r}, inclusive='neither')"
    column = f"{frame}.retell.{name}" if name in (*WORDED, "country") else f"{frame}[{name!r}]"
    if name in CLOCK:
        column = f"{frame}.retell.when.dt.tz_convert({tz!r}).dt.{CLOCK[name]}"
    known = [one for one in value if one is not None]
    told = f"{column}.isin({known!r})"
    return told if len(known) == len(value) else f"({told} | {column}.isna())"
