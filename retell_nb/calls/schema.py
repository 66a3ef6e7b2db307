"""The frame of calls: its columns, and one row per call.

Columns keep the API's names and units: `duration_ms` in milliseconds, `combined_cost` in cents,
latencies in milliseconds. Only timestamps differ: they are UTC datetimes.
"""

from __future__ import annotations

import warnings
import zoneinfo
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.labels import ASIDE, NESTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column


__all__ = [
    "DTYPES",
    "SCHEMA",
    "Guess",
    "Shared",
    "check_keep",
    "check_zone",
    "is_filled",
    "require",
    "require_times",
    "settle",
    "warn_of_rejected",
]

SCHEMA: Mapping[str, str] = {
    "call_id": "text",
    "call_type": "category",
    "call_status": "category",
    "disconnection_reason": "category",
    "direction": "category",
    "agent_id": "category",
    "agent_name": "category",
    "agent_version": "count",
    "agent_tag": "category",
    "from_number": "text",
    "to_number": "text",
    "start_timestamp": "time",
    "end_timestamp": "time",
    "transfer_end_timestamp": "time",
    "duration_ms": "count",
    "transfer_destination": "text",
    "combined_cost": "number",
    "billed_seconds": "number",
    **{name: "number" for name in NESTED if "_latency_" in name},
    "user_sentiment": "category",
    "call_successful": "flag",
    "in_voicemail": "flag",
    "llm_token_usage_average": "number",
    "llm_token_usage_num_requests": "count",
    "data_storage_setting": "category",
    "twilio_call_sid": "text",
    "event_timestamp": "time",
}
"""The columns of a frame of calls, in order, and the kind of each.

All of them are always there; what a call does not tell is missing. The kinds: `text` (str),
`category`, `count` (Int64), `number` (float64), `flag` (boolean), `time` (datetime64[ms, UTC]).
"""


DTYPES: Mapping[str, Any] = {
    "text": pd.Series([""]).dtype,  # object in pandas 2, str in pandas 3
    "category": "category",
    "count": "Int64",
    "number": "float64",
    "flag": "boolean",
    "time": pd.DatetimeTZDtype("ms", "UTC"),
}
"""The dtype of each kind of column."""


def require(calls: pd.DataFrame, *columns: str) -> None:
    """Raise a ValueError that names the columns that the calls lack and what to do.

    Examples
    --------
    >>> require(pd.DataFrame({"reason": []}), "duration_ms")
    Traceback (most recent call last):
    ValueError: the calls lack the column duration_ms; they have reason. ...
    """
    missing = [column for column in columns if column not in calls.columns]
    if missing:
        raise ValueError(
            f"the calls lack the column{'s' * (len(missing) > 1)} {', '.join(missing)}; they have "
            f"{', '.join(map(str, calls.columns)) or 'none'}. Bring them into form with "
            "retell_nb.as_calls(df, columns={'my name': 'API name'})."
        )


def require_times(calls: pd.DataFrame, *columns: str) -> None:
    """Raise a ValueError that names the first column that holds anything but times with a zone.

    Examples
    --------
    >>> require_times(pd.DataFrame({"end_timestamp": ["2026-03-01"]}), "end_timestamp")
    Traceback (most recent call last):
    ValueError: end_timestamp holds ..., not UTC datetimes. Bring the calls into form with ...
    """
    for name in columns:
        if not isinstance(calls[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"{name} holds {calls[name].dtype}, not UTC datetimes. "
                "Bring the calls into form with retell_nb.as_calls(df)."
            )


class Shared(list[Any]):
    """Entries in the `attrs` of a frame, such as the records that were set aside, or notes.

    pandas copies a frame's `attrs` deeply at every step; this list never changes, so it is shared.

    Examples
    --------
    >>> Shared([{"file": "a.json", "where": "item 3", "why": "no call_id"}])[0]["why"]
    'no call_id'
    """

    def __deepcopy__(self, memo: dict[int, object]) -> Shared:
        return self


class Guess(str):
    """A note on what was guessed or lost, and may be wrong: a warning goes with it.

    Examples
    --------
    >>> Guess("The month was taken to come first.")
    'The month was taken to come first.'
    """

    __slots__ = ()


def is_filled(column: Column) -> bool:
    """Whether a column has a value at all, which the first rows mostly tell.

    Examples
    --------
    >>> is_filled(pd.Series([None, None]))
    False
    """
    return any(bool(part.notna().any()) for part in (column.iloc[:1000], column.iloc[1000:]))


def check_keep(keep: Collection[str]) -> None:
    """Raise a ValueError where a field to keep is none that is left out by default.

    Examples
    --------
    >>> check_keep(("transcript",))
    """
    if isinstance(keep, str):
        raise ValueError(f"keep={keep!r} is one text; write keep=({keep!r},).")
    if not isinstance(keep, Collection):
        raise ValueError(f"keep={keep!r:.80} is no list of fields; write keep=('transcript',).")
    strange = [name for name in keep if name not in ASIDE]
    if strange:
        raise ValueError(f"keep names {strange}; allowed are {', '.join(ASIDE)}.")


def check_zone(tz: str) -> None:
    """Raise a ValueError where a time zone is none.

    Examples
    --------
    >>> check_zone("Europe/Berlin")
    """
    try:
        zoneinfo.ZoneInfo(tz)
    except (AttributeError, LookupError, OSError, TypeError, ValueError):
        raise ValueError(
            f"tz={tz!r} is not a time zone; name one as the IANA does, such as 'Europe/Berlin'."
        ) from None


def settle(
    calls: pd.DataFrame,
    rejected: Iterable[dict[str, str]] = (),
    *,
    rank: npt.NDArray[np.int64] | None = None,
    left_out: Iterable[str] = (),
    notes: Iterable[str] = (),
) -> pd.DataFrame:
    """Return typed calls with one row per call, and say what was lost.

    Parameters
    ----------
    calls : DataFrame
        Typed columns; rows in the order in which they were read.
    rejected : iterable of dict
        What the readers set aside.
    rank : array of int, optional
        How final each row's word on its call is; the highest wins, then the last.
    left_out : iterable of str
        Personal or heavy fields that were there and not loaded.
    notes : iterable of str
        What was taken for granted, in sentences.

    Examples
    --------
    >>> typed = pd.DataFrame({"call_id": ["call_1", "call_1"], "duration_ms": [1, 2]})
    >>> settle(typed).attrs["duplicates"]
    1
    """
    latest = _latest(calls["call_id"], rank)
    settled = (calls if latest.all() else calls[latest]).copy(deep=False)
    settled.attrs = {}
    for column, kind in SCHEMA.items():
        if kind == "category" and column in settled.columns and _some_unused(settled[column]):
            settled[column] = settled[column].cat.remove_unused_categories()
    aside = Shared(rejected)
    settled.attrs = {
        "rejected": aside,
        "duplicates": int((~latest).sum()),
        "left_out": sorted(left_out),
        "notes": Shared(notes),
    }
    return settled


def _latest(ids: Column, rank: npt.NDArray[np.int64] | None) -> npt.NDArray[np.bool_]:
    """Mask of the rows that hold the last word on their call; rows without an id all do."""
    latest = np.ones(len(ids), dtype=bool)
    if rank is None or (np.diff(rank) >= 0).all():  # in order as they stand
        latest = ~ids.duplicated(keep="last").to_numpy()
    else:
        order = np.argsort(rank, kind="stable")
        latest[order] = ~ids.iloc[order].duplicated(keep="last").to_numpy()
    return latest | ids.isna().to_numpy()


def _some_unused(column: Column) -> bool:
    """Whether there is a category that no row has."""
    counts = np.bincount(column.cat.codes.to_numpy() + 1, minlength=len(column.cat.categories) + 1)
    return not counts[1:].all()


def warn_of_rejected(calls: pd.DataFrame) -> pd.DataFrame:
    """Return the calls as they are, after a warning where records were set aside or a guess made.

    Examples
    --------
    >>> warn_of_rejected(settle(pd.DataFrame({"call_id": ["call_1"]}))).shape
    (1, 1)
    """
    guesses = [note for note in calls.attrs.get("notes", ()) if isinstance(note, Guess)]
    if guesses:
        warnings.warn(" ".join(guesses), UserWarning, stacklevel=3)
    rejected = calls.attrs["rejected"]
    if rejected:
        first = rejected[0]
        count = f"{len(rejected)} records" if len(rejected) > 1 else "1 record"
        place = ", ".join(filter(None, (first["file"], first["where"])))
        warnings.warn(
            f"{count} could not be used and set aside; the first: {place}: {first['why']}. "
            "See calls.attrs['rejected'].",
            UserWarning,
            stacklevel=3,
        )
    return calls
