"""Faults planted in copies of the calls at hand, to see which rules would notice them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import endings, when
from retell_nb.check.grammar import kind_of
from retell_nb.check.judging import judge, of_kind
from retell_nb.check.period import length
from retell_nb.engine.codes import lookup
from retell_nb.engine.intervals import ratio, wilson
from retell_nb.grouping import keys, matches, vocabulary_of
from retell_nb.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.check.grammar import Kind, Rule
    from retell_nb.check.judging import Judgement
    from retell_nb.check.period import Period
    from retell_nb.engine.aliases import Mask

__all__ = ["Fault", "as_fault", "plant", "trials_of"]

_SEED = 14
_RISE = re.compile(
    r"(?P<of>\w+(?:=\w+)?)\s*\+\s*(?P<size>\d+(?:\.\d+)?)\s*(?:points?|%)"
    r"(?:\s+on\s+one\s+(?P<by>\w+))?"
)
_SILENCE = re.compile(r"silence\s+of\s+(?P<length>\w+)\s+on\s+one\s+(?P<by>\w+)")
_USAGE = "failed +10 points, failed +10 points on one agent, silence of 12h on one to_number"


class Fault(NamedTuple):
    """What is planted: a rise of a rate in the period, or the last calls of a line left out."""

    of: Kind | None
    size: float
    """Of a rise, as a share."""
    silent_for: pd.Timedelta | None
    by: str | None
    """The segment is one value of this column or word; None is everywhere."""


def as_fault(text: str, vocabulary: pd.DataFrame) -> Fault:
    """Return the fault that a text means.

    Raises
    ------
    ValueError
        If it is none.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> as_fault("failed +10 points on one agent", REASONS).size
    0.1
    """
    silent, rise = _SILENCE.fullmatch(text.strip()), _RISE.fullmatch(text.strip())
    if silent:
        return Fault(None, 0, length(silent["length"], "silence of"), silent["by"])
    size = float(rise["size"]) / 100 if rise else 0
    if rise is None or not 0 < size <= 1:
        raise ValueError(f"{cleaned(text, 80)!r} is no fault to plant. Allowed: {_USAGE}.")
    kind = kind_of(rise["of"], vocabulary)
    _reasons_of(kind, vocabulary)
    return Fault(kind, size, None, rise["by"])


def trials_of(
    fault: Fault,
    rules: Sequence[Rule],
    period: Period,
    *,
    trials: int,
    tz: str,
    reasons: pd.DataFrame | None,
) -> pd.DataFrame:
    """Return how often each rule sees a fault: an incident that is not there without it.

    Each trial plants the fault anew, in the segment of a call that is drawn at random, so that
    large segments have it more often.

    Examples
    --------
    >>> from retell_nb.check.grammar import parse
    >>> from retell_nb.check.period import period
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> times = pd.date_range("2026-03-02", periods=400, freq="3min", tz="UTC")
    >>> calls = pd.DataFrame({"disconnection_reason": "user_hangup", "start_timestamp": times})
    >>> trials_of(
    ...     as_fault("failed +20 points", REASONS), [parse("rate(failed) > 0.1")],
    ...     period(calls, pd.Timedelta("24h")), trials=5, tz="UTC", reasons=None,
    ... )[["rule", "trials", "detected", "without_fault"]]
                     rule  trials  detected without_fault
    0  rate(failed) > 0.1       5         5         quiet
    """
    if period.now.empty:
        raise ValueError("there are no calls in the period to plant a fault in; choose another.")
    before = [judge(rule, period, tz, reasons) for rule in rules]
    detected = np.zeros(len(rules), dtype=np.int64)
    for trial in range(trials):
        planted = plant(fault, period, np.random.default_rng([_SEED, trial]), tz, reasons)
        for place, rule in enumerate(rules):
            news = _members(judge(rule, planted, tz, reasons)) - _members(before[place])
            detected[place] += bool(news)
    low, high = wilson(detected, np.full(len(rules), trials))
    return pd.DataFrame(
        {
            "rule": [rule.label for rule in rules],
            "trials": trials,
            "detected": detected,
            "rate": ratio(detected, trials),
            "low": low,
            "high": high,
            "without_fault": [judgement.verdict for judgement in before],
        }
    )


def _members(judgement: Judgement) -> set[str]:
    return {member for incident in judgement.incidents for member in incident.members}


def plant(
    fault: Fault,
    period: Period,
    rng: np.random.Generator,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> Period:
    """Return the period with a fault, which is in a segment that is drawn at random.

    Examples
    --------
    >>> from retell_nb.check.period import period
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> times = pd.date_range("2026-03-02", periods=400, freq="3min", tz="UTC")
    >>> calls = pd.DataFrame({"disconnection_reason": "user_hangup", "start_timestamp": times})
    >>> part = period(calls, pd.Timedelta("24h"))
    >>> planted = plant(as_fault("failed +20 points", REASONS), part, np.random.default_rng(1))
    >>> int((planted.now["disconnection_reason"] != "user_hangup").sum())
    83
    """
    calls = period.both
    judged = np.asarray(when(calls) >= period.start)
    segment = _segment(fault, calls, judged, rng, tz, reasons)
    if fault.silent_for is not None:
        late = np.asarray(when(calls) >= period.end - fault.silent_for)
        remaining = ~(segment & late)
        both, judged = calls[remaining], judged[remaining]
    else:
        both = _risen(fault, calls, segment & judged, rng, reasons)
    return period._replace(now=both[judged], before=both[~judged], both=both)


def _segment(
    fault: Fault,
    calls: pd.DataFrame,
    judged: Mask,
    rng: np.random.Generator,
    tz: str,
    reasons: pd.DataFrame | None,
) -> Mask:
    """The calls of one value: that of a random call, of the period where it is not a silence."""
    if fault.by is None:
        return np.ones(len(calls), dtype=bool)
    groups = keys(calls, [fault.by], vocabulary_of(reasons), tz=tz)
    codes = np.column_stack([np.asarray(group.codes[0 : len(calls)]) for group in groups])
    eligible = np.flatnonzero((codes >= 0).all(axis=1) & (judged | (fault.of is None)))
    if not len(eligible):
        raise ValueError(f"no call has a {fault.by} on which a fault could be planted.")
    return np.asarray((codes == codes[rng.choice(eligible)]).all(axis=1))


def _risen(
    fault: Fault,
    calls: pd.DataFrame,
    segment: Mask,
    rng: np.random.Generator,
    reasons: pd.DataFrame | None,
) -> pd.DataFrame:
    """The calls with as many more of a kind in a segment as raise its rate by the size."""
    if fault.of is None:
        return calls
    vocabulary = vocabulary_of(reasons)
    hit, _ = matches(calls, of_kind(fault.of, calls, reasons), vocabulary)
    ending = endings(calls, vocabulary)
    open_ending = ending.are("outcome", "in_progress") | ending.are("outcome", "unknown")
    (unknown,) = lookup(ending.codes, open_ending)
    countable = segment & ~unknown
    others = countable & ~hit
    share = fault.size * int(countable.sum()) / max(int(others.sum()), 1)
    changed = others & (rng.random(len(calls)) < share)
    kinds = _reasons_of(fault.of, vocabulary)
    recorded = calls["disconnection_reason"][hit].astype(object).value_counts()
    reason = next((name for name in recorded.index if name in kinds), kinds[0])
    status = vocabulary.loc[reason, "status"]
    values = {"disconnection_reason": reason, "call_status": status, "in_voicemail": False}
    if status == "not_connected":
        values["duration_ms"] = 0
    columns = {
        name: calls[name].astype(object).mask(changed, value).astype(_wide(calls[name].dtype))
        for name, value in values.items()
        if name in calls.columns
    }
    return calls.assign(**columns)


def _wide(dtype: Any) -> Any:
    """A dtype that takes a value which none of the calls has."""
    return object if isinstance(dtype, pd.CategoricalDtype) else dtype


def _reasons_of(kind: Kind, vocabulary: pd.DataFrame) -> list[str]:
    """Reasons that make a call one of a kind."""
    words = [kind.word] if kind.word else ["outcome", "category", "owner", "status", "reason"]
    named = vocabulary.assign(reason=vocabulary.index)
    for word in words:
        rows = named.index[named[word].astype(object) == kind.value]
        if len(rows):
            return [*map(str, rows)]
    raise ValueError(f"no reason of the vocabulary makes a call {kind.value!r}: plant another.")
