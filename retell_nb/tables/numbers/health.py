"""Every caller number in a row: its use, its bursts, what changed after them, signs of risk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.engine.codes import Key
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import ratio
from retell_nb.engine.periods import local, period_edges, periods_of
from retell_nb.engine.windows import EVER, peaks
from retell_nb.tables.numbers.bursts import found
from retell_nb.tables.numbers.daily import callees_of, share_facts
from retell_nb.tables.numbers.dials import asked, dialed, shares
from retell_nb.tables.numbers.risks import in_sentences

if TYPE_CHECKING:
    from retell_nb.engine.aliases import Ints, Totals
    from retell_nb.engine.counts import Counts
    from retell_nb.tables.numbers.dials import Asked, Dialed

__all__ = ["health"]

_MONTH = 30 * 86_400_000  # ms
_CHANGE = (
    "burst_start", "calls_before", "rate_before", "calls_after", "rate_after",
    "change", "change_low", "change_high", "raised",
)  # fmt: skip


def health(
    calls: pd.DataFrame,
    *,
    window: str = "1h",
    short: str = "10s",
    thresholds: pd.DataFrame | None = None,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Caller numbers, one in a row: use, blocks, bursts, change after them, and signs of risk.

    Parameters
    ----------
    calls, window, short, thresholds, tz, reasons
        As for `daily`.

    Returns
    -------
    DataFrame
        `from_number`; `first` and `last`, the time of its first and last attempt in `tz`; `days`,
        on how many it dialed; `attempts`; of them `seizures` with the rates that `daily` has;
        `busiest_day`, the most seizures in a day; `busiest_calls` and `busiest_short` in any
        window; `callees`, counted anew each day, and `attempts_per_callee`; `bursts`. Of the burst
        after which the block rate rose most surely: `burst_start`, `calls_before`, `rate_before`,
        `calls_after`, `rate_after`, `change`, `change_low`, `change_high` and `raised`, all as
        `bursts` has them. `flags`, how many signs of risk there are, and `risk`, a sentence for
        each: which threshold, whose, the value; no text where there is none. A share of short
        calls is a sign where its whole interval is above the threshold, and the number made more
        than `calls_for_a_ratio` calls in some 30 days. Numbers with the most to worry about come
        first: those whose block rate rose, then those with the most signs, then those with the
        highest `block_rate_low`. ``attrs`` counts what was left out, as for `daily`;
        ``attrs["short_call_share"]`` and ``attrs["short_call_share_source"]`` tell that threshold.

    Raises
    ------
    ValueError
        As for `daily`.

    Examples
    --------
    >>> import retell_nb as rn
    >>> table = health(rn.sample_calls(20_000, seed=7))
    >>> table[["from_number", "seizures", "bursts", "raised", "flags"]].head(2)
        from_number  seizures  bursts  raised  flags
    0  +13035550184       640       3    True      5
    1  +441614960820      441       0   False      0
    """
    question = asked(window, short, thresholds, reasons)
    ours = dialed(calls, question)
    counts = count([ours.number], len(ours.moments), hits=ours.kinds)
    after = _after_bursts(ours, question).reindex(counts.places[0])
    bursts = after.pop("bursts").fillna(0).to_numpy(dtype=np.int64)
    table = counts.groups().assign(
        **_days(ours, counts, tz),
        attempts=counts.calls,
        **shares(counts.totals),
        **_peaks(ours, counts, question),
        bursts=bursts,
        **after.reset_index(drop=True),
    )
    table["burst_start"] = local(table["burst_start"], tz)
    table["raised"] = table["raised"].eq(other=True)
    table = _with_risk(table, counts, ours, question, window)
    order = ["raised", "flags", "block_rate_low", "seizures"]
    table = table.sort_values(order, ascending=False, kind="stable", ignore_index=True)
    limit = question.thresholds.loc["short_call_share"]
    limit_attrs = {"short_call_share": limit["value"], "short_call_share_source": limit["source"]}
    table.attrs.update(ours.attrs, **limit_attrs)
    return table


def _days(ours: Dialed, counts: Counts, tz: str) -> dict[str, pd.Series]:
    """First and last time, days of use, calls on the busiest day, and callees day by day."""
    number, edges = counts.places[0], period_edges(ours.times, "D", tz)
    day = Key("day", periods_of(ours.times, edges), pd.Series(edges[:-1]))
    days = count([ours.number, day], len(ours.moments), hits={"seizures": ours.kinds["seizures"]})
    a_day = pd.Series(days.totals["seizures"]).groupby(days.places[0]).agg(["size", "max"])
    callees = callees_of(ours, day)
    per_number = callees.groupby(callees.index // max(len(day.levels), 1)).sum()
    per_number = per_number.reindex(number, fill_value=0).reset_index(drop=True)
    times = ours.times.groupby(ours.number.codes)
    return {
        "first": local(times.min().reindex(number).reset_index(drop=True), tz),
        "last": local(times.max().reindex(number).reset_index(drop=True), tz),
        "days": a_day["size"].reindex(number).reset_index(drop=True),
        "busiest_day": a_day["max"].reindex(number).reset_index(drop=True),
        "callees": per_number["callees"],
        "attempts_per_callee": pd.Series(ratio(per_number["dialed"], per_number["callees"])),
    }


def _peaks(ours: Dialed, counts: Counts, question: Asked) -> dict[str, Ints]:
    """The most calls, and the most short ones, in any window."""
    lines = {"busiest_calls": "seizures", "busiest_short": "short"}
    return {
        name: peaks(ours.line(kind, question.window), question.window, counts.places[0], *EVER)[0]
        for name, kind in lines.items()
    }


def _after_bursts(ours: Dialed, question: Asked) -> pd.DataFrame:
    """Of each number with bursts, how many, and the one after which blocks rose most surely."""
    table = found(ours, question)
    code = pd.Index(ours.number.levels).get_indexer(pd.Index(table["from_number"]))
    counts = {name: table[name].astype("Int64") for name in ("calls_before", "calls_after")}
    table = (
        table.assign(**counts).set_index(pd.Index(code)).rename(columns={"start": "burst_start"})
    )
    sizes = table.groupby(level=0).size()
    surest = table.sort_values(["raised", "change_low"], ascending=False, kind="stable")
    surest = surest[~surest.index.duplicated()]
    return surest[[*_CHANGE]].assign(bursts=sizes)


def _with_risk(
    table: pd.DataFrame, counts: Counts, ours: Dialed, question: Asked, window: str
) -> pd.DataFrame:
    """Return the table with its signs of risk: how many, and in sentences."""
    month = ours.line("seizures", _MONTH)
    in_a_month, _ = peaks(month, _MONTH, counts.places[0], *EVER)
    facts: dict[str, Totals | pd.Series] = {
        **share_facts(counts.totals),
        **{name: table[name] for name in _FACTS},
        "enough": in_a_month,
        "in_a_day": table["busiest_day"],
        "per_callee": table["attempts_per_callee"],
    }
    wording = {"window": window, "to_callee": "to a callee on average"}
    risks = in_sentences(facts, question, **wording)
    return table.assign(flags=risks["flags"], risk=risks["risk"])


_FACTS = ("bursts", "busiest_short", "raised", "rate_before", "rate_after", "calls_before",
          "calls_after", "change_low", "change_high")  # fmt: skip
