"""What caller numbers dialed: the outbound phone calls, what each was, and their rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import TIMES, seconds, when
from retell_nb.calls.outbound import outbound
from retell_nb.calls.phone_numbers.withheld import is_withheld
from retell_nb.calls.schema import require
from retell_nb.engine.codes import Key
from retell_nb.engine.counts import key_among
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import milliseconds
from retell_nb.engine.threads import spread
from retell_nb.engine.windows import Line, in_line
from retell_nb.grouping import flags, vocabulary_of, word
from retell_nb.tables.kpis import kinds
from retell_nb.vocabulary.thresholds import as_thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Column, Ints, Mask, Rows, Totals


__all__ = ["BLOCKS", "RATES", "Asked", "Dialed", "asked", "dialed", "shares"]

BLOCKS = ("dial_failed", "marked_as_spam", "network_blocked")
"""The reasons with which a carrier's block shows up; together they are `blocked`."""

RATES = (
    ("answered", "seizures", "asr"),
    ("human", "seizures", "human_rate"),
    *((f"short_{limit}s", "timed", f"short_share_{limit}s") for limit in (6, 10, 15)),
    *((reason, "seizures", f"{reason}_rate") for reason in (*BLOCKS, "user_declined")),
    ("blocked", "seizures", "block_rate"),
)
"""What of what each rate of a caller number is: hits, calls, and the name of the rate."""

_COLUMNS = (
    *("from_number", "to_number", "direction", "call_type", "duration_ms"),
    *("disconnection_reason", "call_status", "in_voicemail", "combined_cost"),
)


class Asked(NamedTuple):
    """What a word was asked: the window, what is short, the thresholds and the vocabulary."""

    window: int
    short: float
    thresholds: pd.DataFrame
    vocabulary: pd.DataFrame


class Dialed(NamedTuple):
    """Outbound phone calls that ended, with a number and a time; what they are; what is not.

    `rows` are their places among `callees`, the called numbers of all calls: text is not copied.
    """

    number: Key
    callees: Column
    rows: Rows
    times: Column
    moments: Ints
    kinds: Mapping[str, Mask]
    attrs: dict[str, Any]

    def line(self, kind: str, room: int) -> Line:
        """Return the calls of a kind in line."""
        rows = np.flatnonzero(self.kinds[kind])
        return in_line(self.number.codes[rows], self.moments[rows], room)


def asked(
    window: str,
    short: str,
    thresholds: pd.DataFrame | None,
    reasons: pd.DataFrame | None,
) -> Asked:
    """Return what a word was asked, checked: the window in milliseconds, `short` in seconds.

    Examples
    --------
    >>> asked("1h", "10s", None, None)[:2]
    (3600000, 10.0)
    """
    vocabulary = vocabulary_of(reasons)
    length, limit = _length("window", window), _length("short", short)
    return Asked(length, limit / 1000, as_thresholds(thresholds), vocabulary)


def _length(name: str, value: str) -> int:
    length = pd.to_timedelta([value], errors="coerce")[0]
    if pd.isna(length) or not pd.Timedelta("1ms") <= length <= pd.Timedelta("3650D"):
        raise ValueError(
            f"{name}={value!r} is no length of time from 1 ms to ten years; "
            "write it as '1h', '30min' or '10s'."
        )
    return int(length // pd.Timedelta("1ms"))


def dialed(calls: pd.DataFrame, question: Asked) -> Dialed:
    """Return the outbound phone calls that count for a caller number.

    Calls in progress, without a time, without a number (none, or one that is withheld), or without
    a direction are left out, and counted in `attrs`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_failed"], "call_type": "phone_call"})
    >>> calls = calls.assign(direction="outbound", from_number="+13035550184", to_number=None)
    >>> calls = calls.assign(start_timestamp=pd.Timestamp("2026-03-01T10:00Z"), duration_ms=0)
    >>> told = dialed(calls, asked("1h", "10s", None, None))
    >>> told.number.levels.tolist(), told.kinds["blocked"].tolist()
    (['+13035550184'], [True])
    """
    require(calls, "from_number", "to_number", "duration_ms", "disconnection_reason")
    phone = outbound(calls, question.vocabulary)
    columns = [name for name in (*_COLUMNS, *TIMES) if name in calls.columns]
    marks = {name: _mark(calls[name]) for name in ("from_number", "to_number")}
    places = np.flatnonzero(phone.calls)
    ours = calls[columns].assign(**marks).take(places)
    times, are = when(calls).array, _kinds(ours, question)
    number = key_among(calls["from_number"], phone.calls)
    number = number._replace(codes=number.codes[places])
    withheld = np.array([is_withheld(str(level)) for level in number.levels], dtype=bool)
    nameless = np.append(withheld, True)[number.codes]
    ended, undated = ~are["in_progress"], np.asarray(times.isna())[places]
    countable = ended & ~undated & ~nameless
    rows = np.flatnonzero(countable)
    attrs = {
        **phone.attrs,
        "in_progress": int(np.count_nonzero(~ended)),
        "undated": int(np.count_nonzero(ended & undated)),
        "without_number": int(np.count_nonzero(ended & ~undated & nameless)),
        "unknown": int(np.count_nonzero(countable & are["unknown"])),
        "untimed": int(np.count_nonzero(countable & are["untimed"])),
    }
    dated = pd.Series(times.take(places[rows]), copy=False)
    return Dialed(
        Key("from_number", number.codes[rows], number.levels),
        calls["to_number"],
        places[rows],
        dated,
        milliseconds(dated),
        dict(zip(are, spread(lambda mask: mask.take(rows), are.values()), strict=True)),
        attrs,
    )


def _mark(numbers: Column) -> Any:
    """Return which calls tell a number, as a column of one text: the numbers are not copied."""
    lacking = numbers.isna().to_numpy()
    return pd.Categorical.from_codes(-lacking.astype(np.int8), pd.Index(["+"]))


def _kinds(ours: pd.DataFrame, question: Asked) -> dict[str, Mask]:
    """Which of the outbound calls are of each kind that goes into a figure of a number."""
    are, lasted = kinds(ours, question.vocabulary), seconds(ours)
    reason = word(ours, "reason", question.vocabulary)
    declined = {name: flags(reason.eq(name)) for name in (*BLOCKS, "user_declined")}
    named = question.thresholds["value"]
    limits = {"short": question.short, **{name: named[name] for name in _LIMITS}}
    timed = are["timed_outbound"]
    names = ("in_progress", "seizures", "answered", "human", "unknown", "untimed")
    return {
        **{name: are[name] for name in names},
        "timed": timed,
        **{f"short_{limit}s": are[f"shorter_{limit}"] for limit in (6, 10, 15)},
        **{name: timed & (lasted < limit) for name, limit in limits.items()},
        **declined,
        "blocked": np.logical_or.reduce([declined[name] for name in BLOCKS]),
    }


_LIMITS = ("short_call", "very_short_call")
"""The thresholds that say how long a short call is."""


def shares(totals: Mapping[str, Totals]) -> dict[str, Totals]:
    """Return hits, rates and the ends of their Wilson intervals, column by column.

    Examples
    --------
    >>> names = {name: np.array([1]) for rate in RATES for name in (*rate[:2], "unknown")}
    >>> [name for name in shares(names) if name.startswith("asr")]
    ['asr', 'asr_low', 'asr_high']
    """
    columns = {name: totals[name] for name in ("seizures", "unknown")}
    for hits, whole, name in RATES:
        if whole not in columns:
            columns[whole] = totals[whole]
        low, high = wilson(totals[hits], totals[whole])
        rate = ratio(totals[hits], totals[whole])
        columns |= {hits: totals[hits], name: rate, f"{name}_low": low, f"{name}_high": high}
    return columns
