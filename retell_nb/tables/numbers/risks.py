"""Signs of risk, as sentences: which threshold, whose it is, and the value that is beyond it.

Nobody but the carrier knows how a number is labelled. These are signs, never the label.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from retell_nb.calls.schema import DTYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from retell_nb.engine.aliases import Totals
    from retell_nb.tables.numbers.dials import Asked

__all__ = ["RULES", "Rule", "in_sentences"]


class Rule(NamedTuple):
    """A threshold, the figure that is held against it, whether beyond it, and the words for it."""

    threshold: str
    beyond: Callable[[pd.DataFrame, float], pd.Series[bool]]
    words: str


def _surely(low: str) -> Callable[[pd.DataFrame, float], pd.Series[bool]]:
    """Where the whole interval is above, and there are calls enough for a ratio."""
    return lambda facts, value: facts[low].gt(value) & facts["enough"]


def _above(name: str) -> Callable[[pd.DataFrame, float], pd.Series[bool]]:
    return lambda facts, value: facts[name].gt(value)


_SHORT = ("short_call", "very_short_call")
_POINTS = {"change_low": "points_low", "change_high": "points_high"}
_UNIT = re.compile(r"(?<=\d)(?=h\b|min\b|s\b)")

RULES = (
    Rule(
        "rise_after_burst", lambda facts, _: facts["raised"],
        "{rate_after:.0%} of {calls_after:,} calls in the day after a burst of short calls were "
        "blocked, {rate_before:.1%} of {calls_before:,} before it: a change of "
        "{points_low:+.0f} to {points_high:+.0f} points (95% interval); {source} "
        "warns of any rise above {value_points:g} points.",
    ),
    Rule(
        "short_call_share", _surely("short_call_low"),
        "{short_call_rate:.0%} of {timed:,} answered calls were under {short_call_limit:g} s; "
        "the threshold of {source} is {value:.0%}.",
    ),
    Rule(
        "very_short_call_share", _surely("very_short_call_low"),
        "{very_short_call_rate:.0%} of {timed:,} answered calls were under "
        "{very_short_call_limit:g} s; the threshold of {source} is {value:.0%}.",
    ),
    Rule(
        "calls_per_day", _above("in_a_day"),
        "{in_a_day:,} calls in a day; the threshold of {source} is {value:g}.",
    ),
    Rule(
        "calls_per_callee", _above("per_callee"),
        "{per_callee:.2g} calls {to_callee} in a day; the threshold of {source} is {value:g}.",
    ),
    Rule(
        "burst_short_calls", lambda facts, _: facts["bursts"].gt(0),
        "{bursts:,} {noun}, with up to {busiest_short:,} calls under {short:g} s in {window}; "
        "{source} counts {value:g} or more as a burst.",
    ),
)  # fmt: skip
"""The rules in the order in which their sentences stand."""


def in_sentences(
    facts: Mapping[str, Totals | pd.Series[Any]], question: Asked, **told: str
) -> pd.DataFrame:
    """Return how many rules every row is beyond, and their sentences: `flags` and `risk`.

    Parameters
    ----------
    facts : mapping
        The figures that the rules name, one entry per row of a table; `enough` is the number of
        calls that a share of short calls is judged by.
    question : Asked
        With the thresholds.
    **told : str
        What the sentences say and is the same for all rows.

    Examples
    --------
    >>> from retell_nb.tables.numbers.dials import asked
    >>> names = ("bursts", "enough", "per_callee", "short_call_low", "very_short_call_low")
    >>> facts = {name: [0] for name in names} | {"in_a_day": [140]}
    >>> in_sentences(facts, asked("1h", "10s", None, None))["risk"].tolist()
    ['140 calls in a day; the threshold of dialer vendors is 100.']
    """
    thresholds = question.thresholds
    table = pd.DataFrame({"raised": False, **facts}).reset_index(drop=True)
    table["enough"] = table["enough"].gt(thresholds.loc["calls_for_a_ratio", "value"])
    limits = {f"{name}_limit": thresholds["value"][name] for name in _SHORT}
    risks = pd.DataFrame({"flags": 0, "risk": pd.Series("", table.index, DTYPES["text"])})
    for rule in RULES:
        value, source = (thresholds[name][rule.threshold] for name in ("value", "source"))
        rows = rule.beyond(table, value)
        constants = {"value": value, "source": source, "short": question.short, **limits, **told}
        constants["value_points"] = 100 * value
        points = table.filter(like="change_").mul(100).rename(columns=_POINTS)
        figures = [
            {**constants, **row, "noun": _noun(row)}
            for row in table.join(points)[rows].to_dict("records")
        ]
        words = [_spaced(rule.words.format_map(row)) for row in figures]
        risks.loc[rows, "flags"] += 1
        risks.loc[rows, "risk"] += pd.Series(words, table.index[rows], DTYPES["text"]) + " "
    return risks.assign(risk=risks["risk"].str.rstrip())


def _spaced(words: str) -> str:
    """The sentence with a space before each unit, and a true zero as such."""
    return _UNIT.sub(" ", words.replace(" 0.0%", " 0%"))


def _noun(row: Mapping[Hashable, Any]) -> str:
    return "burst of short calls" if row["bursts"] == 1 else "bursts of short calls"
