"""The vocabulary: disconnection reasons and the outcomes they lead to, as data.

``reasons.csv`` beside this file is the one place where a reason is described. Whatever the
library knows of a reason - its status, whose fault it is, whether to redial - is read from there.
"""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["OUTCOMES", "OWNERS", "REASONS", "STATUSES", "UNPLACED", "WORDS", "as_vocabulary"]

STATUSES = ("ended", "not_connected", "error", "registered", "ongoing", "unknown")
"""Every call status there is; the last stands for one that nobody knows."""

WORDS = (
    "status",
    "expected",
    "outcome",
    "category",
    "owner",
    "stage",
    "answered",
    "retry",
    "meaning",
    "remedy",
)
"""What the vocabulary says of a reason: the columns that a table of reasons must have."""

_FLAGS = ("expected", "answered")
_TRUTHS = {"true": True, "1": True, "1.0": True, "false": False, "0": False, "0.0": False}


def _read() -> pd.DataFrame:
    with files("retell_nb.vocabulary").joinpath("reasons.csv").open(encoding="utf-8") as lines:
        table = pd.read_csv(lines, dtype=str, keep_default_na=False, index_col="reason")
    return table.assign(**{flag: table[flag] == "1" for flag in _FLAGS})


REASONS = _read()
"""The vocabulary, one row per disconnection reason, indexed by its name.

``status_source`` says how sure the status is: ``table`` (Retell's table of disconnection
reasons), ``docs`` (said elsewhere in its documentation) or ``inferred``. ``since`` and
``retired`` are versions of Retell's Python SDK.
"""

OWNERS: Mapping[str, str] = {
    "nobody": "nothing to fix",
    "agent": "whoever maintains the agent's prompt, flow and settings",
    "account": "whoever manages the Retell account: plan, limits, payment",
    "number": "whoever buys and manages the caller numbers",
    "dial_list": "whoever builds the list of numbers to call",
    "trunk": "whoever runs the SIP trunk",
    "provider": "the telephony provider",
    "backend": "whoever runs your own LLM server",
    "client": "whoever builds the web page or app",
    "retell": "Retell support, who need the call ids",
    "unknown": "not known",
}
"""Who is meant by each owner of the vocabulary."""

OUTCOMES = pd.DataFrame(
    [
        ("completed", "#3a8f70", "a person or the agent ended the talk, or it was handed over"),
        ("machine", "#99bfe2", "a voicemail or a phone menu answered"),
        ("timed_out", "#a98bd0", "silence or the maximum duration ended the call"),
        ("not_reached", "#f0d16f", "busy, no answer, or declined"),
        ("failed", "#b92d1c", "something went wrong that can be fixed"),
        ("in_progress", "#ececec", "the call has not ended yet"),
        ("unknown", "#2b2b2b", "no reason on an ended call, or one the vocabulary lacks"),
    ],
    columns=["outcome", "colour", "meaning"],
).set_index("outcome")
"""What a call came to, in the order of every table and picture, with its colour.

The colours differ in lightness too, so they can be told apart by the colour-blind and in grey.
"""

UNPLACED = pd.DataFrame(
    [
        (
            "unknown", "unknown", pd.NA, "unknown", "unknown", "unknown", "unknown",
            pd.NA, "unknown",
            "A reason that the vocabulary does not hold.",
            "Look it up at Retell; update retell_nb, or give a table of your own with reasons=.",
        ),
        (
            "missing", "unknown", pd.NA, "unknown", "unknown", "unknown", "unknown",
            pd.NA, "unknown",
            "The call has no disconnection reason, and nothing says that it is still running.",
            "Load the call again; if the reason stays away, ask Retell with the call id.",
        ),
        (
            "in_progress", "unknown", pd.NA, "in_progress", "in_progress", "nobody", "in_progress",
            pd.NA, "not_yet",
            "The call has not ended, so it has no reason yet.",
            "Load the call again when it has ended.",
        ),
    ],
    columns=["reason", *WORDS],
).set_index("reason")  # fmt: skip
"""The rows for calls that no reason places: an unknown reason, none at all, none yet."""


def as_vocabulary(table: pd.DataFrame) -> pd.DataFrame:
    """Return a user's own table of reasons in the form of `REASONS`, checked.

    Parameters
    ----------
    table : DataFrame
        One row per reason, named by the index or by a column ``reason``; the columns of `WORDS`.

    Returns
    -------
    DataFrame
        The same rows indexed by ``reason``, with ``expected`` and ``answered`` as booleans.

    Raises
    ------
    ValueError
        If a column is missing, a reason stands twice, or an outcome or a status is not known.

    Examples
    --------
    >>> mine = REASONS.copy()
    >>> mine.loc["inactivity", "outcome"] = "failed"
    >>> as_vocabulary(mine).loc["inactivity", "outcome"]
    'failed'
    """
    table = table.set_index("reason") if "reason" in table.columns else table
    missing = [word for word in WORDS if word not in table.columns]
    if missing:
        raise ValueError(
            f"the table of reasons lacks {missing}; it has {list(table.columns)}. "
            "Start from retell_nb.REASONS.copy() and change rows of it."
        )
    twice = sorted(set(table.index[table.index.duplicated()]))
    if twice:
        raise ValueError(f"the table of reasons holds {twice} more than once; keep one row each.")
    _check_values("outcome", table["outcome"], OUTCOMES.index)
    _check_values("status", table["status"], STATUSES)
    return table.assign(**{flag: _truths(table[flag]) for flag in _FLAGS})


def _truths(flags: pd.Series[bool]) -> pd.Series[bool]:
    """Flags that may have become numbers or text on their way through a file."""
    truths = flags.astype(str).str.strip().str.lower().map(_TRUTHS)
    if truths.isna().any():
        raise ValueError(
            f"the table of reasons has {flags.name} {flags[truths.isna()].to_dict()}; "
            "allowed: True, False."
        )
    return truths.astype(bool)


def _check_values(word: str, values: Iterable[str], allowed: Iterable[str]) -> None:
    strange = sorted({str(value) for value in values} - set(allowed))
    if strange:
        raise ValueError(f"the table of reasons has {word} {strange}; allowed: {list(allowed)}.")
