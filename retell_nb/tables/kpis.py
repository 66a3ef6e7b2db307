"""The telephone field's key figures of calls, each with its count and its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.schema import require
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import mean_interval, ratio, wilson
from retell_nb.grouping import flags, keys, vocabulary_of, word
from retell_nb.selection.records import seconds
from retell_nb.tables.callees.outbound import abandoned, outbound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retell_nb.engine.aliases import Floats, Mask
    from retell_nb.engine.counts import Counts
    from retell_nb.grouping import By

    Interval: TypeAlias = tuple[Floats, Floats, Floats]

__all__ = ["KPIS", "kinds", "kpis"]

_WORDS = ("outcome", "stage", "owner")
_OUTCOMES = ("in_progress", "unknown", "failed")
_SHORT = (6, 10, 15)
_OWN = ("kpi", "value", "low", "high", "n", "unit", "definition")

KPIS = pd.DataFrame(
    [
        (
            "seizures", "seizures", "dialed", "calls",
            "Outbound phone calls not refused before dialing, of n that ended (ITU-T E.411).",
        ),
        (
            "ASR", "answered", "seizures", "share",
            "Answer-seizure ratio: answered, even by a machine / seizures (ITU-T E.411, E.425).",
        ),
        (
            "human_answer_rate", "human", "seizures", "share",
            "Answered by a person: no voicemail, no phone menu / seizures (after ITU-T E.411).",
        ),
        (
            "NER", "effective", "seizures", "share",
            "Network effectiveness ratio: answered, busy, rang out, declined / seizures (E.425).",
        ),
        (
            "ACD", "talk", "timed", "s",
            "Talk time / answered calls in any direction (E.425); t interval on a log scale.",
        ),
        *(
            (
                f"short_call_share_{limit}s", f"shorter_{limit}", "timed_outbound", "share",
                f"Under {limit} s / answered outbound calls that tell a duration (not ITU-T).",
            )
            for limit in _SHORT
        ),
        (
            "admission_failure_rate", "refused", "attempts", "share",
            "Refused before dialing / calls not in progress (Retell's stages, not ITU-T).",
        ),
        (
            "fault_rate", "fault", "attempts", "share",
            "Outcome failed / calls not in progress (Retell's reasons, not ITU-T).",
        ),
    ],
    columns=["kpi", "part", "whole", "unit", "definition"],
)  # fmt: skip
"""The key figures: what of what each one is, its unit, and its definition in a sentence.

`kpis` adds a `fault_rate` for every owner who can be at fault.
"""


def kpis(calls: pd.DataFrame, *by: By, reasons: pd.DataFrame | None = None) -> pd.DataFrame:
    """Key figures of every group, one row per group and figure, with counts and intervals.

    A call whose reason nobody knows counts as dialed and never as answered. Calls in progress
    are left out.

    Parameters
    ----------
    calls : DataFrame
        With `direction`, `call_type` and `duration_ms`; `in_voicemail` where there is one.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `kpi`; `value`, not a number where `n` is 0; `low` and `high`, the ends
        of its 95 % interval (Wilson's for shares); `n`, the number of calls it is out of; `unit`
        (``calls``, ``share`` or ``s``); `definition`. ``attrs["untimed"]`` counts the answered
        calls left out of durations, as they tell none or a negative one;
        ``attrs["in_progress"]`` and ``attrs["unknown"]`` are as in `rates`.

    Raises
    ------
    ValueError
        If a column is not known or missing.

    Notes
    -----
    ITU-T Recommendations E.411 and E.425 define the answer-seizure ratio and the network
    effectiveness ratio. What Retell does not record (post-dial delay, SIP codes) is not here.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "voicemail_reached", "dial_busy"],
    ...     "direction": "outbound", "call_type": "phone_call", "duration_ms": [60_000, 8_000, 0],
    ... })
    >>> kpis(calls)[["kpi", "value", "n", "unit"]].head(5).round(2)
                     kpi  value  n   unit
    0           seizures   3.00  3  calls
    1                ASR   0.67  3  share
    2  human_answer_rate   0.33  3  share
    3                NER   1.00  3  share
    4                ACD  34.00  2      s
    """
    require(calls, "direction", "call_type", "duration_ms")
    vocabulary = vocabulary_of(reasons)
    groups = keys(calls, by, vocabulary, _OWN)
    hits = kinds(calls, vocabulary)
    counts = count(groups, len(calls), hits=hits, sums=_talk(calls, hits["timed"]))
    table = _in_rows(counts, pd.concat([KPIS, _faults(vocabulary)], ignore_index=True))
    aside = ("in_progress", "unknown", "untimed")
    table.attrs.update({name: int(hits[name].sum()) for name in aside})
    return table


def _faults(vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return a fault rate for every owner who can be at fault."""
    owners = vocabulary.loc[vocabulary["outcome"] == "failed", "owner"].unique()
    said = "Outcome failed, {} has to act / calls not in progress (Retell's reasons, not ITU-T)."
    rows = [
        (f"fault_rate_{owner}", f"fault_{owner}", "attempts", "share", said.format(owner))
        for owner in owners
    ]
    return pd.DataFrame(rows, columns=KPIS.columns)


def kinds(calls: pd.DataFrame, vocabulary: pd.DataFrame) -> dict[str, Mask]:
    """Return which calls are of each kind that goes into a key figure.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "voicemail_reached"]})
    >>> calls = calls.assign(direction="outbound", call_type="phone_call", duration_ms=[0, 9_000])
    >>> kinds(calls, REASONS)["answered"].tolist()
    [False, True]
    """
    outcome, stage, owner = (word(calls, name, vocabulary) for name in _WORDS)
    phone = outbound(calls, vocabulary)
    running, unknown, fault = (flags(outcome.eq(name)) for name in _OUTCOMES)
    refused = flags(stage.eq("admission"))
    picked_up = flags(word(calls, "answered", vocabulary)) & ~abandoned(calls)
    lasted = seconds(calls)
    timed = picked_up & (lasted >= 0)
    return {
        "in_progress": running,
        "unknown": unknown,
        "attempts": ~running,
        "refused": refused,
        "dialed": phone.calls & ~phone.running,
        "seizures": phone.dialed,
        "answered": phone.answered,
        "human": phone.human,
        "effective": phone.answered | (phone.dialed & flags(outcome.eq("not_reached"))),
        "timed": timed,
        "untimed": picked_up & ~timed,
        "timed_outbound": timed & phone.answered,
        **{f"shorter_{limit}": timed & phone.answered & (lasted < limit) for limit in _SHORT},
        "fault": fault,
        **{f"fault_{name}": fault & flags(owner.eq(name)) for name in owner.cat.categories},
    }


def _talk(calls: pd.DataFrame, timed: Mask) -> dict[str, Floats]:
    """Return the seconds of talk and their squares, none where a call tells no duration."""
    talk = np.where(timed, seconds(calls), 0)
    return {"talk": talk, "talk_squared": talk**2}


def _in_rows(counts: Counts, figures: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each group and figure."""
    measured = [
        _MEASURES[unit](counts, part, whole)
        for part, whole, unit in zip(
            figures["part"], figures["whole"], figures["unit"], strict=True
        )
    ]
    value, low, high = (
        np.column_stack(column).reshape(-1) for column in zip(*measured, strict=True)
    )
    n = np.column_stack([counts.totals[whole] for whole in figures["whole"]]).reshape(-1)
    groups = counts.groups()
    rows = groups.loc[groups.index.repeat(len(figures))].reset_index(drop=True)
    told = {name: np.tile(figures[name], len(groups)) for name in ("kpi", "unit", "definition")}
    return rows.assign(value=value, low=low, high=high, n=n, **told)[[*groups.columns, *_OWN]]


def _number(counts: Counts, part: str, _whole: str) -> Interval:
    number = counts.totals[part].astype(np.float64)
    return number, np.full_like(number, np.nan), np.full_like(number, np.nan)


def _share(counts: Counts, part: str, whole: str) -> Interval:
    hits, calls = counts.totals[part], counts.totals[whole]
    return ratio(hits, calls), *wilson(hits, calls)


def _mean(counts: Counts, part: str, whole: str) -> Interval:
    totals = counts.totals
    return mean_interval(totals[part], totals[f"{part}_squared"], totals[whole])


_MEASURES: Mapping[str, Callable[[Counts, str, str], Interval]] = {
    "calls": _number,
    "share": _share,
    "s": _mean,
}
