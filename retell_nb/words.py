"""The words of `calls.retell` by question, as it shows them when it is alone in a cell."""

from __future__ import annotations

import inspect
from html import escape
from typing import TYPE_CHECKING

from retell_nb.text import calls as in_calls

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["QUESTIONS", "as_html", "as_text"]

QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "What is each call?": (
        *("outcome", "status", "reason", "category", "owner", "remedy", "retry", "meaning"),
        *("stage", "answered", "expected", "when", "country", "classify"),
    ),
    "Which calls?": ("select", "explore", "mask", "to_excel"),
    "How many, how often, since when?": (
        *("tally", "rates", "trend", "hours", "kpis", "breakdown", "costs", "summary"),
    ),
    "What is wrong?": ("findings", "audit", "check"),
    "What changed?": (
        *("explain", "decompose", "compare", "control_chart", "change_points", "silence"),
    ),
    "How do dialed calls fare?": (
        *("numbers", "bursts", "destinations", "callee_hours", "attempts", "redial"),
        "transfers",
    ),
    "What do servers, plan and limits do?": (
        *("concurrency", "backoff", "llm_server", "outages", "time_limits"),
    ),
}
"""Every word that is typed after `calls.retell.`, under the question that it answers."""

_PICTURES = "plot.<word>(...) draws a table: plot.trend('D', of='failed'); plot alone lists them."
_PROPERTIES = "A word of the first question is a column; all others are called, as tally()."


def _lines(accessor: type) -> dict[str, dict[str, str]]:
    """First sentence of each word's docstring, by question."""
    return {
        question: {name: _first_line(getattr(accessor, name)) for name in names}
        for question, names in QUESTIONS.items()
    }


def _first_line(word: object) -> str:
    return (inspect.getdoc(word) or "").partition("\n")[0]


def as_text(accessor: type, size: int) -> str:
    """Return the words by question for a terminal.

    Examples
    --------
    >>> from retell_nb.accessors import CallsAccessor
    >>> as_text(CallsAccessor, 2).splitlines()[0]
    '2 calls. What to type after calls.retell.'
    """
    width = max(map(len, (name for names in QUESTIONS.values() for name in names)))
    parts = [f"{in_calls(size)}. What to type after calls.retell."]
    for question, lines in _lines(accessor).items():
        parts += ["", question, *(f"  {name:<{width}}  {line}" for name, line in lines.items())]
    return "\n".join([*parts, "", _PROPERTIES, _PICTURES])


def as_html(accessor: type, size: int) -> str:
    """Return the words by question for a notebook.

    Examples
    --------
    >>> from retell_nb.accessors import CallsAccessor
    >>> "<code>tally</code>" in as_html(CallsAccessor, 2)
    True
    """
    rows = []
    for question, lines in _lines(accessor).items():
        rows.append(f"<tr><th colspan='2' style='text-align: left'>{escape(question)}</th></tr>")
        rows += [
            f"<tr><td style='text-align: left'><code>{escape(name)}</code></td>"
            f"<td style='text-align: left'>{escape(line)}</td></tr>"
            for name, line in lines.items()
        ]
    return (
        f"<p>{escape(in_calls(size))}. What to type after <code>calls.retell.</code></p>"
        f"<table>{''.join(rows)}</table><p>{escape(_PROPERTIES)} {escape(_PICTURES)}</p>"
    )
