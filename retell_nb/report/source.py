"""What a report begins with: where its calls are from, which of them, and when it was made."""

from __future__ import annotations

import re
from html import escape
from importlib.metadata import version
from typing import TYPE_CHECKING

import pandas as pd

from retell_nb import text, times
from retell_nb.calls.masking import shareable
from retell_nb.report.page import Html
from retell_nb.selection.loading import told

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HIDDEN", "origin", "shareable"]

HIDDEN = (
    "Phone numbers are hidden behind pseudonyms. Run the report with <code>-p mask false</code> to "
    "see them, or set RETELL_NB_MASK_KEY to get the same pseudonyms in every report."
)
"""How to see the number behind a pseudonym; a piece of HTML."""


def origin(
    source: str,
    calls: pd.DataFrame,
    *,
    tz: str = "UTC",
    filters: str | Mapping[str, object] | None = None,
) -> Html:
    """What a report is about, in a line; below it, what was taken for granted of its calls.

    Parameters
    ----------
    source : str
        As `retell_nb.load_calls` takes it.
    calls : DataFrame
        The calls that are reported on.
    tz : str
        Time zone of the report.
    filters : str or mapping, optional
        Of which calls, where not of all.

    Returns
    -------
    Html

    Examples
    --------
    >>> line = repr(origin("export.csv", pd.DataFrame({"disconnection_reason": []})))
    >>> "0 calls from export.csv; times in UTC; made by retell_nb" in line
    True
    """
    source = "the built-in sample, made up, with planted faults" if source == "sample" else source
    phrases = [f"{text.calls(len(calls))} from {source}"]
    phrases += [f"only those with {filters}"] if filters else []
    phrases += [f"times in {tz}"]
    now = pd.Timestamp.now(tz)
    phrases += [f"made by retell_nb {version('retell_nb')} on {times.moment(now, year=True)}"]
    notes = "".join(f"<li>{escape(_cured(note))}</li>" for note in told(calls).get("notes", ()))
    below = f'<ul class="retell-note">{notes}</ul>' if notes else ""
    return Html(f'<p class="retell-note">{escape("; ".join(phrases))}.</p>{below}')


def _cured(note: str) -> str:
    """A note with the cure that works where a report is made: a parameter."""
    for pattern, parameter in _CURES.items():
        note = re.sub(pattern, parameter, note)
    return note


_CURES = {
    r"columns=\{[^{}]*\}, for a report with (?=-p columns)": "",
    r"columns=\{'its name': '(\w+)'\}": r"""-p columns '{"its name": "\1"}'""",
    r"\btz=(?=\.|$)": "-p timezone, such as Europe/Berlin",
}
