"""Bursts of short calls, and how the number was blocked before and after each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.repeats import repeats
from retell_nb.engine.intervals import newcombe, ratio, wilson
from retell_nb.engine.periods import local
from retell_nb.engine.shrinkage import OF_DAYS, spread
from retell_nb.engine.windows import EVER, as_times, between, clusters, lines, moments_of
from retell_nb.tables.numbers.dials import BLOCKS, asked, dialed

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats, Ints, Mask
    from retell_nb.engine.windows import Line
    from retell_nb.tables.numbers.dials import Asked, Dialed

    _Evidence = dict[str, tuple[Ints, Ints]]

__all__ = ["bursts", "found"]

_DAY = 86_400_000  # ms


def bursts(
    calls: pd.DataFrame,
    *,
    window: str = "1h",
    short: str = "10s",
    thresholds: pd.DataFrame | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Bursts of short calls, each with its number's block rate in the day after it and before it.

    Many short calls in a short period may get a number marked as spam and blocked, which shows up
    as `dial_failed`, `marked_as_spam` or `network_blocked`: together they are `blocked` here. That
    the rate rose after a burst does not prove that the burst is why.

    Parameters
    ----------
    calls : DataFrame
        As for `numbers`. Outbound phone calls of known ending count that were not refused before
        dialing.
    window : str
        Length of time within which short calls make a burst. It is half open: a call exactly so
        long after the first is not in it.
    short : str
        An answered call that lasts less than this is short.
    thresholds : DataFrame, optional
        A changed copy of `retell_nb.THRESHOLDS`. `burst_short_calls` says how many short calls in
        a window make a burst; of its answered calls more than `short_call_share` are short.
    tz : str
        Time zone of the times told.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        One row per burst, in order of time: `from_number`; `start` and `end`, when the first and
        the last of its short calls began; `calls` dialed in between, both included; `answered` of
        them with a duration, `short_calls`, and `short_share` with `short_share_low` and
        `short_share_high`; `calls_before` the burst, `blocked_before`, `rate_before` with
        `rate_before_low` and `rate_before_high`; the same `_after` for the 24 hours after `end`;
        `change` of the rate with `change_low` and `change_high`, Newcombe's 95% interval of the
        difference; `raised`, whether the change is surely above `rise_after_burst`, 0 by default,
        also when people are counted, not dials (`retell_nb.calls.repeats`), and the interval is
        widened for how much the number's block rate differs from day to
        day anyway, and for the number of all bursts (Bonferroni).
        ``attrs`` counts what was left out, as for `numbers`.

    Raises
    ------
    ValueError
        If a column is missing, a length of time is not valid, or the thresholds are not in form.

    Notes
    -----
    Bursts of a number with less than a window between them are one. Intervals of rates are
    Wilson's; that of the difference is R. G. Newcombe's method 10, Statistics in Medicine 17
    (1998), 873-890. Days that differ make calls of one day alike, and so many calls say less: for
    `raised` the counts are divided by their design effect (J. N. K. Rao, A. J. Scott, Biometrics 48
    (1992), 577-585), and the interval is Student's. The spread among days is that of all days of
    the number that do not overlap with the 24 hours after a burst; where these are too few to tell,
    a coefficient of variation of 0.3 is assumed.

    Examples
    --------
    >>> import retell_nb as rn
    >>> table = bursts(rn.sample_calls(20_000, seed=7))
    >>> table[["from_number", "calls", "short_calls", "rate_before", "rate_after"]].round(2)
        from_number  calls  short_calls  rate_before  rate_after
    0  +13035550184    101          100         0.00        0.01
    1  +13035550184    102          100         0.01        0.01
    2  +13035550184    100          100         0.01        0.44
    """
    question = asked(window, short, thresholds, reasons)
    ours = dialed(calls, question)
    table = found(ours, question)
    times = {name: local(table[name], tz) for name in ("start", "end")}
    table = table.assign(**times).sort_values(["start", "from_number"], ignore_index=True)
    table.attrs.update(ours.attrs)
    return table


def found(ours: Dialed, question: Asked) -> pd.DataFrame:
    """Return the bursts of short calls, by number and time; times are in UTC.

    Examples
    --------
    >>> import retell_nb as rn
    >>> question = asked("1h", "10s", None, None)
    >>> len(found(dialed(rn.sample_calls(20_000, seed=7), question), question))
    3
    """
    limits = question.thresholds["value"]
    room = max(question.window, _DAY)
    least = max(1, int(np.ceil(limits["burst_short_calls"])))
    shorts, timeds, seizures, blocked, *of_people = _lines(ours, room)
    codes, first, last, short = clusters(shorts, question.window, least)
    timed = between(timeds, codes, first, last + 1)
    share = ratio(short, timed)
    above_limit = share > limits["short_call_share"]
    codes, first, last, short, timed = (
        part[above_limit] for part in (codes, first, last, short, timed)
    )
    low, high = wilson(short, timed)
    table = pd.DataFrame(
        {
            "from_number": ours.number.levels.iloc[codes].reset_index(drop=True),
            "start": as_times(first),
            "end": as_times(last),
            "calls": between(seizures, codes, first, last + 1),
            "answered": timed,
            "short_calls": short,
            "short_share": share[above_limit],
            "short_share_low": low,
            "short_share_high": high,
        }
    )
    for name, counts in _periods((seizures, blocked), codes, first, last).items():
        table = table.assign(**_rate(name, *counts))
    evidence = _periods((of_people[0], of_people[1]), codes, first, last)
    spreads = _spreads((of_people[0], of_people[2]), codes, last)
    return table.assign(**_change(table, evidence, limits["rise_after_burst"], *spreads))


def _lines(ours: Dialed, room: int) -> list[Line]:
    """Short and timed calls, seizures and blocked ones, and by people: seizures, blocked, both."""
    fresh = _fresh(ours)
    seizures, blocked = ours.kinds["seizures"], ours.kinds["blocked"]
    kinds = [ours.kinds["short"], ours.kinds["timed"], seizures, blocked]
    kinds += [seizures & fresh, blocked & fresh, seizures & blocked & fresh]
    return lines(ours.number.codes, ours.moments, room, kinds)


def _periods(both: tuple[Line, Line], codes: Ints, first: Ints, last: Ints) -> _Evidence:
    """Calls and blocked calls of the numbers of bursts, in the day after each and before it."""
    seizures, blocked = both
    before, after = (EVER[0], first), (last + 1, last + 1 + _DAY)
    return {
        "before": (between(seizures, codes, *before), between(blocked, codes, *before)),
        "after": (between(seizures, codes, *after), between(blocked, codes, *after)),
    }


def _fresh(ours: Dialed) -> Mask:
    """Calls that do not repeat a block with the same callee."""
    rows = np.flatnonzero(ours.kinds["blocked"])
    reason = np.select([ours.kinds[name][rows] for name in BLOCKS], BLOCKS, "")
    blocks = pd.DataFrame(
        {
            "disconnection_reason": reason,
            "to_number": ours.callees.array[ours.rows[rows]],
            "start_timestamp": ours.times.iloc[rows].array,
            "direction": "outbound",
        }
    )
    fresh = np.ones(len(ours.moments), dtype=bool)
    fresh[rows] = ~repeats(blocks)
    return fresh


def _spreads(both: tuple[Line, Line], codes: Ints, last: Ints) -> tuple[Floats, Floats]:
    """How much the block rate of each burst's number differs among its other days, and the days.

    The days are those before the burst that have calls.
    """
    among, earlier = np.zeros(len(codes)), np.zeros(len(codes))
    for code in np.unique(codes):
        days, hit = (moments_of(line, code) // _DAY for line in both)
        dates, sizes = np.unique(days, return_counts=True)
        calls = sizes.astype(np.float64)
        blocked = np.bincount(np.searchsorted(dates, hit), minlength=len(dates)).astype(float)
        bursts_of = codes == code
        ends = last[bursts_of][:, None]
        after = ((dates == ends // _DAY) | (dates == ends // _DAY + 1)).any(axis=0)
        rate = blocked[~after].sum() / max(calls[~after].sum(), 1)
        among[bursts_of] = spread(blocked, calls * rate, OF_DAYS, after)
        earlier[bursts_of] = (dates <= ends // _DAY).sum(axis=1)
    return among, earlier


def _rate(name: str, calls: Ints, blocked: Ints) -> dict[str, Ints | Floats]:
    low, high = wilson(blocked, calls)
    return {
        f"calls_{name}": calls,
        f"blocked_{name}": blocked,
        f"rate_{name}": ratio(blocked, calls),
        f"rate_{name}_low": low,
        f"rate_{name}_high": high,
    }


def _change(
    table: pd.DataFrame, evidence: _Evidence, limit: float, among: Floats, days: Floats
) -> dict[str, pd.Series[float] | Floats | Mask]:
    """Change of the block rate with its interval, and whether it surely rose."""
    after, before = ((table[f"blocked_{at}"], table[f"calls_{at}"]) for at in ("after", "before"))
    low, high = newcombe(*after, *before)
    (calls_after, blocked_after), (calls, blocked) = evidence["after"], evidence["before"]
    rate = np.clip(np.nan_to_num(ratio(blocked, calls)), 1 / (calls + 2), 0.5)
    alike = among * rate / (1 - rate)  # correlation of two calls of one day
    over_after = 1 + np.maximum(calls_after - 1, 0) * alike
    over = 1 + np.maximum(calls / np.maximum(days, 1) - 1, 0) * alike
    from scipy.special import stdtrit  # noqa: PLC0415 - weighs on the import of the package

    # the spread is estimated of so many days, and of the four that the assumed one is worth
    z = stdtrit(np.maximum(days, 1) + 3, 1 - 0.025 / max(1, len(table)))
    surely, _ = newcombe(
        *(blocked_after / over_after, calls_after / over_after, blocked / over, calls / over), z
    )
    change = table["rate_after"] - table["rate_before"]
    return {"change": change, "change_low": low, "change_high": high, "raised": surely > limit}
