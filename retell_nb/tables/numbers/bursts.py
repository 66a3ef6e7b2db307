"""Bursts of short calls, and how the number was blocked before and after each."""

from __future__ import annotations

from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.engine.intervals import newcombe, ratio, wilson
from retell_nb.engine.periods import local
from retell_nb.engine.windows import EVER, as_times, between, clusters
from retell_nb.tables.numbers.dials import asked, dialed

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Floats, Ints, Mask
    from retell_nb.tables.numbers.dials import Asked, Dialed

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
        `change` of the rate with `change_low` and `change_high`, Newcombe's 95 % interval of the
        difference; `raised`, whether the change is surely above `rise_after_burst`, 0 by default,
        also when the interval is widened for the number of all bursts (Bonferroni).
        ``attrs`` counts what was left out, as for `numbers`.

    Raises
    ------
    ValueError
        If a column is missing, a length of time is none, or the thresholds are not in form.

    Notes
    -----
    Bursts of a number with less than a window between them are one. Intervals of rates are
    Wilson's; that of the difference is R. G. Newcombe's method 10, Statistics in Medicine 17
    (1998), 873-890.

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
    codes, first, last, short = clusters(ours.line("short", room), question.window, least)
    timed = between(ours.line("timed", room), codes, first, last + 1)
    share = ratio(short, timed)
    kept = share > limits["short_call_share"]
    codes, first, last, short, timed = (part[kept] for part in (codes, first, last, short, timed))
    low, high = wilson(short, timed)
    seizures, blocked = (ours.line(kind, room) for kind in ("seizures", "blocked"))
    periods = {"before": (EVER[0], first), "after": (last + 1, last + 1 + _DAY)}
    table = pd.DataFrame(
        {
            "from_number": ours.number.levels.iloc[codes].reset_index(drop=True),
            "start": as_times(first),
            "end": as_times(last),
            "calls": between(seizures, codes, first, last + 1),
            "answered": timed,
            "short_calls": short,
            "short_share": share[kept],
            "short_share_low": low,
            "short_share_high": high,
        }
    )
    for name, (since, until) in periods.items():
        counted = (between(line, codes, since, until) for line in (seizures, blocked))
        table = table.assign(**_rate(name, *counted))
    return table.assign(**_change(table, limits["rise_after_burst"]))


def _rate(name: str, calls: Ints, blocked: Ints) -> dict[str, Ints | Floats]:
    low, high = wilson(blocked, calls)
    return {
        f"calls_{name}": calls,
        f"blocked_{name}": blocked,
        f"rate_{name}": ratio(blocked, calls),
        f"rate_{name}_low": low,
        f"rate_{name}_high": high,
    }


def _change(table: pd.DataFrame, limit: float) -> dict[str, pd.Series[float] | Floats | Mask]:
    """Change of the block rate with its interval, and whether it surely rose."""
    after, before = ((table[f"blocked_{at}"], table[f"calls_{at}"]) for at in ("after", "before"))
    low, high = newcombe(*after, *before)
    surely, _ = newcombe(*after, *before, NormalDist().inv_cdf(1 - 0.025 / max(1, len(table))))
    change = table["rate_after"] - table["rate_before"]
    return {"change": change, "change_low": low, "change_high": high, "raised": surely > limit}
