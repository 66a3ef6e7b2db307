"""Durations as clocks that mean something else than they say: 25:10:00 may be 25 minutes."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd
import pyarrow.compute as pc

from retell_nb.calls.labels import plain
from retell_nb.calls.reading.times import in_arrow
from retell_nb.calls.schema import Guess

__all__ = ["with_clocks"]

_TWO = re.compile(r"\d+:\d\d")
_WHOLE_MINUTES = re.compile(r"(\d+):(\d\d):00(?:[.,]0+)?")
_THREE = re.compile(r"\d+:\d\d:\d\d(?:[.,]\d+)?")
_DATED = re.compile(r"1900-01-0(\d) (\d\d):(\d\d:\d\d)(?:\.0+)?|1899-12-3[01] (\d\d:\d\d:\d\d)")
"""What a spreadsheet's reader makes of 24 hours and more, and of less."""
_LONGEST = 2 * 60
"""Minutes that a call can last at most."""
_DAY = 24 * 60


def with_clocks(rows: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return rows whose durations are written as h:mm:ss or m:ss, and what there is to say of them.

    Parameters
    ----------
    rows : DataFrame
        Under the API's names; `attrs["durations"]` is the label that the durations had.

    Examples
    --------
    >>> rows = pd.DataFrame({"duration_ms": ["0:52", "25:10:00"]})
    >>> rows.attrs["durations"] = "Call Duration"
    >>> with_clocks(rows)[0]["duration_ms"].tolist()
    ['0:52', '25:10']
    """
    label = rows.attrs.get("durations")
    if not label or rows["duration_ms"].dtype.kind != "O":
        return rows, []
    all_texts = in_arrow(rows["duration_ms"])
    cells = rows["duration_ms"] if all_texts is None else pc.unique(all_texts).to_pylist()
    clocks = dict.fromkeys(cell for cell in cells if isinstance(cell, (str, dt.time, dt.datetime)))
    texts = {cell: _undated(str(cell).strip()) for cell in clocks if ":" in str(cell)}
    meanings, note = _meanings([*texts.values()], label)
    changed = {cell: meanings.get(text, text) for cell, text in texts.items()}
    if all(str(cell).strip() == text for cell, text in changed.items()):
        return rows, []
    durations = [
        changed.get(cell, cell) if isinstance(cell, (str, dt.time, dt.datetime)) else cell
        for cell in rows["duration_ms"]
    ]
    column = pd.Series(durations, rows.index, dtype=object)
    return rows.assign(duration_ms=column), [note] if note else []


def _undated(text: str) -> str:
    if parts := _DATED.fullmatch(text):
        days, hours, rest, clock = parts.groups()
        return clock or f"{int(days) * 24 + int(hours)}:{rest}"
    return text


def _meanings(texts: list[str], label: str) -> tuple[dict[str, str], str]:
    """The clocks that mean something else than they say, and what they were taken for."""
    form = plain(label)
    if form.endswith("hmm") and any(map(_TWO.fullmatch, texts)):
        note = f"Clocks in {label} were taken for hours and minutes, as it says."
        return {text: f"{text}:00" for text in texts if _TWO.fullmatch(text)}, note
    threes = [text for text in texts if _THREE.fullmatch(text)]
    whole = {text: parts for text in threes if (parts := _WHOLE_MINUTES.fullmatch(text))}
    minutes = {text: int(parts[1]) * 60 + int(parts[2]) for text, parts in whole.items()}
    of_minutes = form.endswith("mmss") and not form.endswith("hmmss")
    too_long = max(minutes.values(), default=0) > _LONGEST
    if len(whole) < len(threes) or not (of_minutes or too_long):
        # Only what no call can last is none: a spreadsheet lets minutes from 24 on be hours.
        whole = {text: parts for text, parts in whole.items() if minutes[text] >= _DAY}
    if not whole:
        return {}, ""
    first = next(iter(whole))
    note = Guess(
        f"{first} in {label} and its like were taken for minutes and seconds, which spreadsheets "
        "take for hours and minutes; no call lasts so long."
    )
    return {text: f"{parts[1]}:{parts[2]}" for text, parts in whole.items()}, note
