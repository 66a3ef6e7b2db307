"""Records made impossible, as they come out of broken exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.calls.sample.dice import Period, some
from retell_nb.calls.sample.faults import noted

if TYPE_CHECKING:
    from collections.abc import Callable

    from retell_nb.calls.sample.dice import Dice
    from retell_nb.calls.sample.faults import Note
    from retell_nb.engine.aliases import Ints

__all__ = ["spoil"]

EPOCH = pd.Timestamp(0, tz="UTC")

SPOILS: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
    "negative duration": ("duration_ms", lambda calls: -calls["duration_ms"]),
    "end before start": (
        "end_timestamp",
        lambda calls: calls["start_timestamp"] - pd.Timedelta(1, "min"),
    ),
    "end in the future": (
        "end_timestamp",
        lambda calls: calls["end_timestamp"] + pd.Timedelta(29_220, "D"),
    ),
    "end in seconds, not ms": (
        "end_timestamp",
        lambda calls: (EPOCH + (calls["end_timestamp"] - EPOCH) // 1000).dt.floor("ms"),
    ),
    "ended without a reason": ("disconnection_reason", lambda _: None),
}


def spoil(calls: pd.DataFrame, rows: Ints, dice: Dice, period: Period) -> list[Note]:
    """Make records impossible that a person ended, the same number of each kind; note them.

    Starts are left as they are, so that every call keeps its place in time.

    Examples
    --------
    >>> import numpy as np
    >>> march = Period(pd.Timestamp("2026-03-02", tz="UTC"), 28)
    >>> from retell_nb.calls.sample.dice import Dice
    >>> few = pd.DataFrame({"disconnection_reason": ["user_hangup"] * 3})
    >>> spoil(few, np.arange(3), Dice(0), march)
    []
    """
    each = 1 + len(calls) // 10_000 if len(calls) >= 200 else 0
    whole = calls["disconnection_reason"].eq("user_hangup").to_numpy()[rows]
    rows_by_kind = some(dice, rows[whole], each * len(SPOILS)).reshape(len(SPOILS), each)
    if not rows_by_kind.size:
        return []
    for (column, spoiled), mine in zip(SPOILS.values(), rows_by_kind, strict=True):
        calls.loc[mine, column] = spoiled(calls.loc[mine])
    note = noted("impossible_records", period, 0, period.length, owner="unknown")
    return [
        note | {"records": dict.fromkeys(SPOILS, each), "reasons": {}, "calls": rows_by_kind.size}
    ]
