"""The card of one call: why it ended, the evidence, what was said, and the way to its log."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pandas as pd

from retell_nb.calls.reading.one_call import TRANSCRIPTS
from retell_nb.diagnosis import card
from retell_nb.diagnosis.diagnosis import diagnose
from retell_nb.text import count

if TYPE_CHECKING:
    from retell_nb.diagnosis.diagnosis import Diagnosis
    from retell_nb.explorer.index import Index

__all__ = ["call_card"]

_HOST = re.compile(r"[a-z0-9.-]+")
"""Names of hosts that look like what they are."""

_LONG = 50_000
"""Characters of a talk of which the card may leave some out."""


def call_card(index: Index, place: int) -> str:
    """Return the card of the call at some place of the frame as HTML.

    Parameters
    ----------
    index : Index
    place : int
        Row of the frame, from 0.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"call_id": ["<b>"], "disconnection_reason": ["dial_busy"]})
    >>> "<b>" in call_card(Index(calls), 0)
    False
    """
    row = index.calls.iloc[place]
    beside = index.calls if "agent_id" in index.calls.columns else None
    diagnosis = diagnose(row, calls=beside, reasons=index.reasons)
    return "".join(
        [diagnosis._repr_html_(), _timeline(diagnosis), _talk(diagnosis, row), _log(row)]
    )


def _timeline(diagnosis: Diagnosis) -> str:
    """Who spoke when, where the record tells it."""
    if not diagnosis.timeline["start"].notna().any() or not _happened(diagnosis).any():
        return ""
    from matplotlib.figure import Figure  # noqa: PLC0415 - only where it is drawn

    figure = Figure(figsize=(9, 3), layout="constrained")
    ax = diagnosis.plot(figure.subplots())
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=150)
    alt = escape(f"Who spoke when: {ax.get_title(loc='left')}")
    data = b64encode(png.getvalue()).decode("ascii")
    return f'<img class="retell-timeline" alt="{alt}" src="data:image/png;base64,{data}">'


def _happened(diagnosis: Diagnosis) -> pd.Series[bool]:
    return diagnosis.timeline["start"].notna() & ~diagnosis.timeline["who"].isin(["silence", "end"])


def _talk(diagnosis: Diagnosis, row: pd.Series[Any]) -> str:
    """What was said, where it was kept."""
    size = sum(len(str(row[name])) for name in TRANSCRIPTS if name in row.index)
    if not size or diagnosis.timeline.empty:
        return ""
    note = f"<p class='soft'>Of {count(size)} characters, long ones are cut (…).</p>"
    transcript = repr(card.conversation(diagnosis.timeline))
    body = f"{note if size > _LONG else ''}{transcript}"
    return f"<details open class='retell-talk'><summary>Transcript</summary>{body}</details>"


def _log(row: pd.Series[Any]) -> str:
    """A link to the public log, if it is one that a browser may follow."""
    link = row.get("public_log_url")
    if not isinstance(link, str):
        return ""
    try:
        parts = urlsplit(link.strip())
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme != "https" or not _HOST.fullmatch(host):
        return ""
    return (
        f'<p><a href="{escape(parts.geturl())}" target="_blank" rel="noopener noreferrer">'
        f"Public log of this call at {escape(host)}</a></p>"
    )
