"""Parts of a frame of calls, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.labels import plain
from retell_nb.calls.reading.fitting import typed
from retell_nb.calls.schema import Guess, Shared, is_filled, settle

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

__all__ = ["Part", "absent", "joined", "merged"]

_IMPORTANT = (
    ("call id", ("call_id",), "call, and calls that were loaded twice count twice"),
    ("time", ("start_timestamp", "end_timestamp", "event_timestamp"), "hours, days and trends"),
    ("agent", ("agent_id", "agent_name"), "agents"),
    ("phone number", ("from_number", "to_number"), "numbers, bursts and attempts"),
    ("duration", ("duration_ms",), "short calls and talk time"),
    ("direction", ("direction",), "attempts and redials"),
)
"""What every analysis asks for, the columns that hold it, and what cannot be said without it."""

_COUNTS = {"count", "calls", "n", "callcount", "numberofcalls", "totalcalls", "records", "anzahl"}
"""Plain labels of how many calls a row stands for."""


class Part(NamedTuple):
    """What one source gave: typed calls, and what goes with them."""

    calls: pd.DataFrame
    rank: npt.NDArray[np.int64]
    """How final each row's word on its call is."""
    rejected: list[dict[str, str]]
    left_out: list[str]
    name: str = ""
    """The file that it is of, where it is of one."""


def joined(parts: list[Part], notes: Iterable[dict[str, str]] = ()) -> pd.DataFrame:
    """Return the calls of several parts as one frame, the last word on each call.

    Parameters
    ----------
    parts : list of Part
        In the order in which they were read.
    notes : iterable of dict, optional
        What was set aside beside the parts' own.

    Examples
    --------
    >>> calls = typed(pd.DataFrame({"call_id": ["call_1"]}))[0]
    >>> len(joined([Part(calls, np.zeros(1, np.int64), [], [])] * 2))
    1
    """
    if not parts:
        nothing = typed(pd.DataFrame({"call_id": []}))[0]
        parts = [Part(nothing, np.empty(0, np.int64), [], [])]
    filled = [part.calls for part in parts if len(part.calls)] or [parts[0].calls]
    calls = _stacked(filled)
    return settle(
        calls,
        [*(record for part in parts for record in part.rejected), *notes],
        rank=np.concatenate([part.rank for part in parts]),
        left_out={name for part in parts for name in part.left_out},
        notes=[*_notes(parts), *absent(calls)],
    ).reset_index(drop=True)


def absent(calls: pd.DataFrame) -> list[str]:
    """Return a note for each important field of which no call has a value.

    Examples
    --------
    >>> calls = typed(pd.DataFrame({"call_id": ["call_1"], "agent_id": ["a"]}))[0]
    >>> [note.partition(":")[0].removeprefix("No call has a ") for note in absent(calls)]
    ['time', 'phone number', 'duration', 'direction']
    """
    if calls.empty:
        return []
    web = (calls["call_type"] == "web_call").all()
    of_phones = ("phone number", "direction")
    sums = [label for label in calls.columns if plain(label) in _COUNTS and _counts(calls, label)]
    note = (
        "Each row was taken for one call, but {} looks like a number of calls: export the calls "
        "themselves, not their counts."
    )
    return [Guess(note.format(label)) for label in sums[:1]] + [
        f"No call has {'an' if thing[0] in 'aeiou' else 'a'} {thing}: nothing can be said about "
        f"{purpose}. If a column holds it, name it with columns={{'its name': '{names[0]}'}}."
        for thing, names, purpose in _IMPORTANT
        if not any(is_filled(calls[name]) for name in names) and not (web and thing in of_phones)
    ]


def _counts(calls: pd.DataFrame, label: Any) -> bool:
    """Whether a column beside calls without ids holds whole numbers, some of them above one."""
    numbers = pd.to_numeric(calls[label], errors="coerce")
    whole = bool(numbers.notna().all() and (numbers % 1 == 0).all() and numbers.max() > 1)
    return whole and bool(calls["call_id"].isna().all())


def merged(parts: list[Part], rejected: Iterable[dict[str, str]] = ()) -> Part:
    """Return several parts as one, with every row that they have.

    Examples
    --------
    >>> calls = typed(pd.DataFrame({"call_id": ["call_1"]}))[0]
    >>> len(merged([Part(calls, np.zeros(1, np.int64), [], [])] * 2).calls)
    2
    """
    calls = _stacked([part.calls for part in parts]).reset_index(drop=True)
    calls.attrs["notes"] = Shared(_notes(parts))
    return Part(
        calls,
        np.concatenate([part.rank for part in parts]),
        [*(record for part in parts for record in part.rejected), *rejected],
        [*dict.fromkeys(name for part in parts for name in part.left_out)],
    )


def _notes(parts: list[Part]) -> list[str]:
    """What was taken for granted; of several parts, each note with the files that it is on."""
    names: dict[str, list[str]] = {}
    for part in parts:
        for note in part.calls.attrs.get("notes", ()):
            names.setdefault(note, []).append(part.name)
    if len(parts) == 1:
        return list(names)
    return [type(note)(f"{_of_files(files)}{note}") for note, files in names.items()]


def _of_files(names: list[str]) -> str:
    more = f" and {len(names) - 1} more" if names[1:] else ""
    return f"{names[0]}{more}: " if names[0] else ""


def _stacked(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Frames under one another; their categories are put together, not lost."""
    if len(frames) == 1:
        return frames[0]
    shared = {
        name
        for name in frames[0].columns
        if all(isinstance(f.dtypes.get(name), pd.CategoricalDtype) for f in frames)
    }
    unions = {
        name: pd.api.types.union_categoricals([f[name] for f in frames], sort_categories=True)
        for name in shared
    }
    rest = pd.concat([f.drop(columns=[*shared]) for f in frames], ignore_index=True)
    order = dict.fromkeys(name for f in frames for name in f.columns)
    return rest.assign(**unions)[list(order)]
