"""The telephone field's key figures of calls, each with its count and its interval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import numpy as np
import pandas as pd

from retell_nb.calls.facts import OUTBOUND, PHONE, UNKNOWN, WEB, endings
from retell_nb.calls.outbound import abandoned, side_keys, undirected_attrs
from retell_nb.calls.schema import require
from retell_nb.engine.cells import cells_of, folded
from retell_nb.engine.codes import Key, Truths, lookup
from retell_nb.engine.counts import count
from retell_nb.engine.intervals import mean_interval, ratio, wilson
from retell_nb.engine.steps import Bands, Numbers, Squares
from retell_nb.grouping import keys, stuck_key, vocabulary_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from retell_nb.engine.aliases import Codes, Floats, Mask
    from retell_nb.engine.cells import Folded
    from retell_nb.engine.counts import Counts
    from retell_nb.grouping import By
    from retell_nb.vocabulary.lookup import Endings

    Interval: TypeAlias = tuple[Floats, Floats, Floats]

__all__ = ["KPIS", "kinds", "kpis"]

_SHORT = (6, 10, 15)
_BANDS = (0, *(1000 * limit for limit in _SHORT))  # ms at which a band of durations begins
_OUTBOUND = ("known", "seizures", "timed_outbound")
_OWN = ("kpi", "value", "low", "high", "n", "unknown", "unit", "definition")

KPIS = pd.DataFrame(
    [
        (
            "seizures", "seizures", "known", "calls",
            "Outbound phone calls not refused before dialing, of n of known ending (ITU-T E.411).",
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
                f"Under {limit} s / answered outbound calls with a duration (not ITU-T).",
            )
            for limit in _SHORT
        ),
        (
            "admission_failure_rate", "refused", "attempts", "share",
            "Refused before dialing / ended calls of known ending (Retell's stages, not ITU-T).",
        ),
        (
            "fault_rate", "fault", "attempts", "share",
            "Outcome failed / ended calls of known ending (Retell's reasons, not ITU-T).",
        ),
    ],
    columns=["kpi", "part", "whole", "unit", "definition"],
)  # fmt: skip
"""The key figures: what of what each one is, its unit, and its definition in a sentence.

`kpis` adds a `fault_rate` for every owner who can be at fault.
"""


def kpis(
    calls: pd.DataFrame, *by: By, tz: str = "UTC", reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Key figures of every group, one row per group and figure, with counts and intervals.

    Calls in progress and calls of unknown ending are in no figure. Where no call has a direction,
    unknown which are outbound: the figures of outbound calls are then missing, not 0.

    Parameters
    ----------
    calls : DataFrame
        With `duration_ms`; `direction`, `call_type` and `in_voicemail` where there are any.
    *by : str or Series
        Column words (`outcome`, `owner`, ...), columns of the calls, or Series with their index.
    tz : str
        Time zone of `hour`, `weekday`, `day` and `week`.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `kpi`; `value`, not a number where `n` is 0; `low` and `high`, the ends
        of its 95% interval (Wilson's for shares); `n`, the number of calls it is out of, missing
        with `value` where that is not recorded; `unknown`, the calls of unknown ending that are
        not in `n`; `unit` (``calls``, ``share`` or ``s``); `definition`. ``attrs["untimed"]``
        counts the answered calls left out of durations, as they tell none or a negative one;
        ``attrs["in_progress"]`` and ``attrs["unknown"]`` are as in `rates`;
        ``attrs["undirected"]`` counts the calls that may be outbound and have no direction, and
        ``attrs["not_recorded"]`` names the columns that could tell, where none is known to be.

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
    require(calls, "duration_ms")
    ending = endings(calls, vocabulary_of(reasons))
    groups = keys(calls, by, ending.vocabulary, _OWN, tz, ending=ending)
    kind, flags = _kind(calls, ending)
    talk = Numbers(calls["duration_ms"])
    sums: dict[str, Any] = {"talk": talk, "talk_squared": Squares(talk)}
    counts = count([*groups, kind], len(calls), sums=sums)
    of_class = {name: flag[counts.places[-1]] for name, flag in flags.items()}
    in_seconds = {"talk": 1e3, "talk_squared": 1e6}  # few numbers to divide, and not all calls'
    timed = {
        name: np.where(of_class["timed"], counts.totals[name], 0) / unit
        for name, unit in in_seconds.items()
    }
    totals = replace(counts, totals=timed).over(len(groups), hits=of_class)
    table = _in_rows(totals, pd.concat([KPIS, _faults(ending.vocabulary)], ignore_index=True))
    aside = ("in_progress", "unknown", "untimed")
    table.attrs.update({name: int(totals.totals[name].sum()) for name in aside})
    of_side = (totals.totals[name] for name in ("outbound", "undirected", "untyped"))
    table.attrs.update(undirected_attrs(*of_side))
    return table


def _faults(vocabulary: pd.DataFrame) -> pd.DataFrame:
    """Return a fault rate for every owner who can be at fault."""
    rows = zip(vocabulary["outcome"], vocabulary["owner"], strict=True)
    owners = dict.fromkeys(owner for outcome, owner in rows if outcome == "failed")
    formula = "Failed calls of the owner {} / ended calls of known ending (Retell's, not ITU-T)."
    figures = [
        (f"fault_rate_{owner}", f"fault_{owner}", "attempts", "share", formula.format(owner))
        for owner in owners
    ]
    return pd.DataFrame(figures, columns=KPIS.columns)


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
    kind, flags = _kind(calls, endings(calls, vocabulary))
    return dict(zip(flags, lookup(kind.codes, *flags.values()), strict=True))


def _kind(calls: pd.DataFrame, ending: Endings) -> tuple[Folded, dict[str, Mask]]:
    """Return kinds of calls as a key, and which classes of it are of each kind.

    A call of unknown ending is none that was dialed, answered or refused: nobody knows that.
    """
    (way, ways), (medium, mediums) = side_keys(calls, ending.vocabulary)
    lasted = cast("Codes", Bands(calls["duration_ms"], _BANDS))
    others = [way, medium, Key("band", lasted, pd.Series(_BANDS))]
    idle = abandoned(calls)
    few = [*stuck_key(calls, ending)]
    few += [Truths(pd.Series(idle, copy=False)).key("abandoned")] if idle.any() else []
    keys = [*ending.keys, *others, *few]
    cells = cells_of(keys)
    of_way, of_medium, band, *of_few = cells[len(ending.keys) :]
    rare = {key.name: codes == 0 for key, codes in zip(few, of_few, strict=True)}
    nowhere = np.zeros(len(band), dtype=bool)
    is_stuck, is_idle = (rare.get(name, nowhere) for name in ("stuck", "abandoned"))
    flags = _flags(ending, is_stuck, is_idle, ways[of_way], mediums[of_medium], band)
    return folded("kind", keys, **flags)


def _flags(
    ending: Endings, is_stuck: Mask, is_idle: Mask, way: Codes, medium: Codes, band: Codes
) -> dict[str, Mask]:
    """Return which cells of endings and of what else makes a kind of call are of each kind."""
    of_ending = np.arange(len(way)) // (len(way) // len(ending.reasons))

    def is_(name: str, value: object) -> Mask:
        return ending.are(name, value)[of_ending]

    running = is_("outcome", "in_progress") & ~is_stuck
    unknown = is_("outcome", "unknown") | is_stuck
    refused, known_ending = is_("stage", "admission"), ~running & ~unknown
    out, undirected = (medium == PHONE) & (way == OUTBOUND), (medium != WEB) & (way == UNKNOWN)
    picked_up = is_("answered", value=True) & ~is_idle
    seizures, timed = out & known_ending & ~refused, picked_up & (band >= 0)
    answered = seizures & picked_up
    fault = is_("outcome", "failed")
    return {
        "in_progress": running,
        "unknown": unknown,
        "outbound": out,
        "refused": refused,
        "undirected": undirected,
        "untyped": undirected & (medium == UNKNOWN),
        "attempts": known_ending,
        "known": out & known_ending,
        "unknown_outbound": unknown & out & ~refused,
        "dialed": out & ~running & (known_ending | refused),
        "seizures": seizures,
        "answered": answered,
        "human": answered & ~ending.machine[of_ending],
        "effective": answered | (seizures & is_("outcome", "not_reached")),
        "timed": timed,
        "untimed": picked_up & ~timed,
        "timed_outbound": timed & answered,
        **{f"shorter_{s}": timed & answered & (band <= n) for n, s in enumerate(_SHORT)},
        "fault": fault,
        **{f"fault_{own}": fault & is_("owner", own) for own in ending.word("owner").categories},
    }


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
    wholes = list(figures["whole"])
    beside = ["unknown_outbound" if whole in _OUTBOUND else "unknown" for whole in wholes]
    n, unknown = (
        np.column_stack([counts.totals[name] for name in names]) for names in (wholes, beside)
    )
    undirected = counts.totals["undirected"][:, None] > 0
    missing = (undirected & (n == 0) & np.isin(wholes, _OUTBOUND)).reshape(-1)
    groups = counts.groups()
    rows = groups.loc[groups.index.repeat(len(figures))].reset_index(drop=True)
    texts = (
        figures[["kpi", "unit", "definition"]]
        .take(np.tile(np.arange(len(figures)), len(groups)))
        .set_index(rows.index)
    )
    own: dict[str, Any] = {
        "value": np.where(missing, np.nan, value),
        "low": low,
        "high": high,
        "n": pd.arrays.IntegerArray(n.reshape(-1).astype(np.int64), missing),
        "unknown": unknown.reshape(-1),
    }
    table = pd.concat([rows, texts, pd.DataFrame(own, rows.index)], axis=1)
    return table[[*groups.columns, *_OWN]]


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
