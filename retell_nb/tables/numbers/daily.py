"""Every caller number, day by day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.engine.codes import Key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.engine.periods import local, milliseconds, period_edges, periods_of
from retell_nb.engine.windows import as_times, peaks
from retell_nb.tables.numbers.bursts import found
from retell_nb.tables.numbers.dials import asked, dialed, shares
from retell_nb.tables.numbers.risks import in_sentences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Totals
    from retell_nb.engine.counts import Counts
    from retell_nb.tables.numbers.dials import Asked, Dialed

__all__ = ["callees_of", "daily", "share_facts"]


def daily(
    calls: pd.DataFrame,
    *,
    window: str = "1h",
    short: str = "10s",
    thresholds: pd.DataFrame | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Use and blocks of every caller number on every day on which it dialed, with signs of risk.

    Parameters
    ----------
    calls : DataFrame
        With `from_number`, `to_number` and `duration_ms`; `direction` and `call_type` where there
        are any. Outbound phone calls that ended count. A call's time is its start, or else its end.
    window : str
        Length of time within which the busiest moment of a day is sought. It is half open: a call
        exactly so long after the first is not in it, calls of the same moment are.
    short : str
        An answered call that lasts less than this is short, for `busiest_short` and `bursts`.
    thresholds : DataFrame, optional
        A changed copy of `retell_nb.THRESHOLDS`.
    tz : str
        Time zone of the days.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        One row per `from_number` and `day` (its start in `tz`). `attempts`; of them `seizures`,
        not refused before dialing and of known ending: all that follows is out of these, with the
        calls of `unknown` ending beside them. `answered` and `human` with
        `asr` and `human_rate`; `timed`, the answered calls that tell a duration, and of them
        `short_6s`, `short_10s` and `short_15s` with `short_share_6s` and so on; `dial_failed`,
        `marked_as_spam`, `network_blocked` and `user_declined` with rates of these names, and
        `blocked`, the first three, with `block_rate`. Each rate has its ``_low`` and ``_high``
        (Wilson, 95%). `busiest_calls` and `busiest_short`, the most calls and the most short ones
        in any window that opens on that day, and `busiest_from`, when the first window with the
        most calls opens. `callees`, `attempts_per_callee`, `most_to_one_callee`.
        `days_since_first`, since the number first dialed in these calls. `bursts` that began on
        that day (see `bursts`). `flags`, how many thresholds are passed, and `risk`, a sentence
        for each: which, whose, the value; no text where there is none.
        Nobody but the carrier knows a number's label.
        ``attrs`` counts the outbound calls left out: ``in_progress``, ``undated``,
        ``without_number`` (none, or `anonymous` and its like); of the attempts the ``unknown``
        ones, and the ``untimed``, answered without a duration; and the ``undirected`` calls, which
        may be outbound and have no direction. Where no call is known to be outbound the table is
        empty, and ``attrs["not_recorded"]`` names the columns that could tell.

    Raises
    ------
    ValueError
        If a column is missing, a length of time or a time zone is not valid, or the thresholds
        are not in form.

    Examples
    --------
    >>> import retell_nb as rn
    >>> table = daily(rn.sample_calls(20_000, seed=7))
    >>> of = ["from_number", "seizures", "short_10s", "busiest_short", "flags"]
    >>> table.loc[table["bursts"] > 0, of].reset_index(drop=True)
        from_number  seizures  short_10s  busiest_short  flags
    0  +13035550184       112        101            100      4
    1  +13035550184       128        101            100      4
    2  +13035550184       111        101            100      4
    """
    question = asked(window, short, thresholds, reasons)
    ours = dialed(calls, question)
    edges = period_edges(ours.times, "D", tz)
    day = Key("day", periods_of(ours.times, edges), pd.Series(edges[:-1]))
    counts = count([ours.number, day], len(ours.moments), hits=ours.kinds)
    totals, (number, place) = counts.totals, counts.places
    first = pd.Series(place).groupby(number).transform("min").to_numpy(dtype=np.int64)
    callees = callees_of(ours, day).reindex(number * len(day.levels) + place, fill_value=0)
    table = counts.groups().assign(
        attempts=counts.calls,
        **shares(totals),
        **_busiest(ours, counts, edges, question),
        callees=callees["callees"].to_numpy(),
        attempts_per_callee=ratio(callees["dialed"], callees["callees"]),
        most_to_one_callee=callees["most"].to_numpy(),
        days_since_first=place - first,
        bursts=_begun(ours, question, counts, edges),
    )
    facts: dict[str, Totals | pd.Series] = {
        **share_facts(totals),
        "enough": table["seizures"],
        "in_a_day": table["seizures"],
        "per_callee": table["most_to_one_callee"],
        "bursts": table["bursts"],
        "busiest_short": table["busiest_short"],
    }
    table["busiest_from"] = local(table["busiest_from"], tz)
    risks = in_sentences(facts, question, window=window, to_callee="to one callee")
    table = table.assign(flags=risks["flags"], risk=risks["risk"])
    table.attrs.update(ours.attrs)
    return table


def callees_of(ours: Dialed, day: Key) -> pd.DataFrame:
    """Return how many callees each number had on each day, and how often it dialed them.

    The index is the place of the number times the days there are, plus the place of the day.

    Examples
    --------
    >>> import retell_nb as rn
    >>> ours = dialed(rn.sample_calls(2_000, seed=7), asked("1h", "10s", None, None))
    >>> day = Key("day", np.zeros(len(ours.moments), dtype=np.int64), pd.Series([0]))
    >>> callees_of(ours, day).columns.tolist()
    ['callees', 'dialed', 'most']
    """
    codes, distinct = pd.factorize(ours.callees.iloc[ours.rows])
    keys = [ours.number, day, Key("callee", codes, pd.Series(range(len(distinct))))]
    where = ours.kinds["seizures"] & (codes >= 0)
    counts = count(keys, len(ours.moments), where=where)
    cells = counts.places[0] * len(day.levels) + counts.places[1]
    grouped = pd.Series(counts.calls).groupby(cells)
    named = {"callees": "size", "dialed": "sum", "most": "max"}
    return pd.DataFrame({name: grouped.agg(how) for name, how in named.items()}).astype(np.int64)


def share_facts(totals: Mapping[str, Totals]) -> dict[str, Totals]:
    """Return the shares of short calls that the rules hold against thresholds.

    Examples
    --------
    >>> totals = {"timed": np.array([10]), "short_call": np.array([5])}
    >>> share_facts(totals | {"very_short_call": np.array([1])})["short_call_rate"].tolist()
    [0.5]
    """
    timed = totals["timed"]
    facts = {"timed": timed}
    for name in ("short_call", "very_short_call"):
        facts[f"{name}_rate"] = ratio(totals[name], timed)
        facts[f"{name}_low"] = wilson(totals[name], timed)[0]
    return facts


def _busiest(
    ours: Dialed, counts: Counts, edges: pd.DatetimeIndex, question: Asked
) -> dict[str, Totals | pd.Series[pd.Timestamp]]:
    """The most calls and short calls in a window that opens in each day of each number."""
    number, place = counts.places
    bounds = milliseconds(edges.to_series())
    cells = (number, bounds[place], bounds[place + 1])
    lines = [ours.line(kind, question.window) for kind in ("seizures", "short")]
    (most, opens), (short, _) = (peaks(line, question.window, *cells) for line in lines)
    return {"busiest_calls": most, "busiest_short": short, "busiest_from": as_times(opens)}


def _begun(ours: Dialed, question: Asked, counts: Counts, edges: pd.DatetimeIndex) -> Totals:
    """How many bursts began in each day of each number."""
    table = found(ours, question)
    cells = pd.MultiIndex.from_arrays(
        [
            pd.Index(ours.number.levels).get_indexer(pd.Index(table["from_number"])),
            periods_of(table["start"], edges),
        ]
    )
    begun = pd.Series(1, index=cells).groupby(level=[0, 1]).sum()
    there = pd.MultiIndex.from_arrays([*counts.places])
    return begun.reindex(there, fill_value=0).to_numpy(dtype=np.int64)
