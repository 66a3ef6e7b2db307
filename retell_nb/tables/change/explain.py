"""The segments behind a rise of a rate, each proven not to be chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.facts import (
    INBOUND,
    OUTBOUND,
    PHONE,
    WEB,
    channel,
    direction,
    endings,
    has_times,
    own_number,
    when,
)
from retell_nb.calls.masking import country
from retell_nb.calls.repeats import repeats
from retell_nb.calls.schema import require
from retell_nb.engine.codes import lookup
from retell_nb.engine.explain import FIGURES, NOT_RECORDED, explained
from retell_nb.engine.intervals import newcombe, wilson
from retell_nb.engine.periods import instant, local
from retell_nb.grouping import choose, keys, vocabulary_of
from retell_nb.tables.change.series import refuse_series
from retell_nb.times import day

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence

    from retell_nb.engine.aliases import Codes, Column, Floats, Mask
    from retell_nb.grouping import By

__all__ = ["ATTRIBUTES", "explain", "members"]

_MOST_NUMBERS = 100_000
"""Distinct numbers called whose country is looked up; of more it takes too long."""

_FEWEST_MISSED = 20
"""Calls of the baseline without a value, below which nothing says that they are a kind of calls."""

_BEYOND_CHANCE = 3.0
"""Standard deviations by which such calls must fail more often for the lack to come of that."""

_LATENCY = "e2e_latency_p50"
_BANDS = (0, 1_000, 2_000, 3_000, np.inf)
_BAND_NAMES = ("under 1 s", "1 to 2 s", "2 to 3 s", "3 s or more")


def _agent(calls: pd.DataFrame, _tz: str) -> Column:
    agent = agents(calls)
    return _named(calls, agent.codes, agent.names)


def _version(calls: pd.DataFrame, _tz: str) -> Column:
    agent = agents(calls)
    if "agent_version" not in calls.columns:
        return _named(calls, np.full(len(calls), -1), [])
    name = _named(calls, agent.codes, agent.names).astype(object)
    version = calls["agent_version"].astype("Int64").astype(object)
    both = name.notna() & version.notna()
    words = version.where(both).astype(str).astype(object)  # of which pandas 3 would refuse a sum
    return (name.where(both) + " version " + words).astype("category")


def _caller_number(calls: pd.DataFrame, _tz: str) -> Column:
    return own_number(calls).where(direction(calls) == OUTBOUND)


def _country(calls: pd.DataFrame, _tz: str) -> Column:
    called = calls.get("to_number", pd.Series(None, index=calls.index, dtype=object))
    called = called.where(direction(calls) == OUTBOUND)
    if called.nunique() > _MOST_NUMBERS:
        return pd.Series(None, index=calls.index, dtype=object)
    return country(called)


def _hour(calls: pd.DataFrame, tz: str) -> Column:
    return local(when(calls), tz).dt.hour


def _weekday(calls: pd.DataFrame, tz: str) -> Column:
    return local(when(calls), tz).dt.day_name()


def _direction(calls: pd.DataFrame, _tz: str) -> Column:
    names = ["inbound", "outbound"]
    assert (INBOUND, OUTBOUND) == (0, 1)  # noqa: S101 - the names stand at these places
    return _named(calls, direction(calls), names)


def _type(calls: pd.DataFrame, _tz: str) -> Column:
    assert (PHONE, WEB) == (0, 1)  # noqa: S101 - as above
    return _named(calls, channel(calls), ["phone_call", "web_call"])


def _latency(calls: pd.DataFrame, _tz: str) -> Column:
    """Band of the median latency."""
    if _LATENCY not in calls.columns:
        return _named(calls, np.full(len(calls), -1), [])
    return pd.cut(calls[_LATENCY], _BANDS, right=False, labels=list(_BAND_NAMES))


def _named(calls: pd.DataFrame, codes: Codes, names: Sequence[str]) -> Column:
    return pd.Series(
        pd.Categorical.from_codes(codes, categories=pd.Index(list(names), dtype=object)),
        index=calls.index,
    )


ATTRIBUTES: Mapping[str, Callable[[pd.DataFrame, str], Column]] = {
    "agent": _agent,
    "version": _version,
    "direction": _direction,
    "from_number": _caller_number,
    "country": _country,
    "hour": _hour,
    "weekday": _weekday,
    "call_type": _type,
    "latency": _latency,
}
"""What may explain a rise, by default: never the outcome itself."""

_PHRASES = {"version": "", "from_number": "caller number", "call_type": "call type"}
"""What a segment in words has before a value; a version has its agent's name."""

_NEVER_MISSED = ("from_number", "country", "hour", "weekday", "latency")
"""Attributes of which a missing value explains nothing: calls that come in have no caller number of
one's own, a call that failed before a talk has no latency and often no time."""


def explain(  # noqa: PLR0913 - a user types one or two of them
    calls: pd.DataFrame,
    baseline: pd.DataFrame | None = None,
    *,
    since: str | pd.Timestamp | None = None,
    of: By = "failed",
    attributes: Sequence[By] | None = None,
    max_depth: int = 3,
    top: int = 5,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The segments behind a rise of a rate, each proven not to be chance, the best first.

    A segment is all calls with certain values of up to `max_depth` attributes. "Everywhere" is a
    candidate too: a rise that is even names no segment. A call may lack a value because it failed,
    as one that ends before a talk has no latency: so "not recorded" is named only where calls
    without the value were there before, and failed no more often than others. People are counted,
    not dials: the same ending with the same person within 24 hours counts once.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    baseline : DataFrame, optional
        Calls of an earlier period to compare with.
    since : str or Timestamp, optional
        Instead of a baseline: the calls before this time are compared with those from it on.
    of : str or Series of bool
        The calls whose rate is wanted, as for `rates`.
    attributes : sequence of str or Series, optional
        What may explain the rise: names of `ATTRIBUTES`, anything that calls can be grouped by, or
        columns of both frames; with `since`, also Series with the index of the calls. By default
        those of `ATTRIBUTES` that the calls record.
    max_depth, top : int
        The most attributes of a segment, and the most explanations.
    tz : str
        Time zone of hours and weekdays, and of `since` where it names none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        As `retell_nb.explain_counts` returns it, but `segment` tells the date where an hour or a
        weekday is as usual on all dates but one, and `failed` has the name of `of`, which is also
        ``attrs["of"]``. ``attrs["attributes"]`` lists what was looked at,
        ``attrs["not_recorded"]`` what the calls do not record. Over all people `calls`, `rate`,
        `low` and `high` (Wilson, 95%) are in `attrs`, and the same with ``baseline_``;
        ``attrs["repeats"]`` counts the calls left out as they repeat an ending.

    Raises
    ------
    ValueError
        If there is neither or both of `baseline` and `since`, if a Series is given beside a
        `baseline`, or if one period has no calls.

    Examples
    --------
    >>> reasons = ["user_hangup"] * 380 + ["dial_failed"] * 20
    >>> before = pd.DataFrame({"disconnection_reason": reasons, "agent_id": ["a", "b"] * 200})
    >>> worse = before["agent_id"].eq("a") & (before.index < 120)
    >>> now = before.assign(disconnection_reason=before["disconnection_reason"].mask(
    ...     worse, "dial_failed"))
    >>> explain(now, before)[["agent", "failed", "baseline_failed"]]
      agent  failed  baseline_failed
    0     a      70               10
    """
    if baseline is not None:
        refuse_series([of, *(attributes or ())])
    now, before = _periods(calls, baseline, since, tz)
    vocabulary = vocabulary_of(reasons)
    parts = [_people(part, of, vocabulary) for part in (now, before)]
    columns, unrecorded = _columns([part for part, *_ in parts], attributes, vocabulary, tz)
    hits = np.concatenate([hit for _, hit, *_ in parts]).astype(np.float64)
    is_now = np.arange(len(hits)) < len(parts[0][1])
    if not is_now.any() or is_now.all():
        raise ValueError(
            f"{int(is_now.sum()):,} calls of known ending now and {int((~is_now).sum()):,} in the "
            "baseline: both need some. Choose other periods."
        )
    table = explained(
        _leaves(columns, is_now, hits),
        list(columns.columns),
        max_depth=max_depth,
        top=top,
        unnamed=[str(one) for one in columns if _may_follow(columns[one][~is_now], hits[~is_now])],
        phrases=_PHRASES,
    )
    if has_times(parts[0][0]):
        days = local(when(parts[0][0]), tz).dt.normalize()
        table["segment"] = _dated(table, columns[is_now], hits[is_now], days)
    table = _with_hits(table, parts[0][3])
    table.attrs |= {
        "attributes": list(columns.columns),
        "not_recorded": unrecorded,
        **_overall("", hits[is_now]),
        **_overall("baseline_", hits[~is_now]),
        "repeats": sum(repeated for *_, repeated, _ in parts),
        "tz": tz,
    }
    return table


def _leaves(columns: pd.DataFrame, is_now: Mask, hits: Floats) -> pd.DataFrame:
    """A leaf for each call, now or of the baseline."""
    leaves = columns.assign(calls=is_now * 1.0, failed=is_now * hits)
    return leaves.assign(baseline_calls=~is_now * 1.0, baseline_failed=~is_now * hits)


def _dated(table: pd.DataFrame, now: pd.DataFrame, hits: Floats, days: Column) -> list[str]:
    """Segments in words; with its date an hour or a weekday that is as usual on all others."""
    return [
        f"{row['segment']}{_only(row, now, hits, days)}"
        if any(pd.notna(row.get(name)) for name in ("hour", "weekday"))
        else row["segment"]
        for _, row in table.iterrows()
    ]


def _only(row: pd.Series[Any], now: pd.DataFrame, hits: Floats, days: Column) -> str:
    """The one date on which a segment has risen; no words where it has on others too."""
    values = row[now.columns].dropna()
    named = now[values.index].astype(object)
    inside = named.where(named.notna(), NOT_RECORDED).eq(values).all(axis=1).to_numpy()
    by_day = pd.Series(hits[inside]).groupby(days.to_numpy()[inside]).agg(["sum", "size"])
    if by_day.empty:
        return ""
    worst: Any = by_day["sum"].idxmax()
    rest = by_day.drop(index=worst).sum()
    usual = row["baseline_rate"] if row["baseline_calls"] else 0.0
    recurs = wilson(rest["sum"], rest["size"])[0] > usual
    return "" if recurs else f" ({day(worst)} only)"


def members(
    calls: pd.DataFrame,
    explanation: pd.Series[Any],
    attributes: Sequence[By],
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> Mask:
    """Whether each call has the values of an explanation.

    Parameters
    ----------
    calls : DataFrame
    explanation : Series
        A row of what `explain` returns.
    attributes : sequence of str or Series
        Those of the table: ``attrs["attributes"]``, or what was given.
    tz, reasons
        As for `explain`.

    Returns
    -------
    array of bool

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": "dial_failed", "agent_id": ["a", "b"]})
    >>> members(calls, pd.Series({"agent": "b"}), ["agent"]).tolist()
    [False, True]
    """
    inside = np.ones(len(calls), dtype=bool)
    vocabulary = vocabulary_of(reasons)
    for item in attributes:
        name = item if isinstance(item, str) else getattr(item, "name", None)
        value = explanation[str(name)]
        if pd.notna(value):
            column = _values(calls, item, vocabulary, tz).astype(object)
            equal = column.isna() if value == NOT_RECORDED else column.eq(value)
            inside &= equal.fillna(value=False).to_numpy(dtype=bool)
    return inside


def _may_follow(before: Column, hits: Floats) -> bool:
    """Whether a value may be missing because of the ending, as far as the baseline tells."""
    missing = before.isna().to_numpy()
    if before.name in _NEVER_MISSED or missing.sum() < _FEWEST_MISSED:
        return True
    sides = ((hits[side].sum(), side.sum()) for side in (missing, ~missing))
    low, _ = newcombe(*next(sides), *next(sides), z=_BEYOND_CHANCE)
    return bool(low > 0)


def _overall(prefix: str, hits: Floats) -> dict[Hashable, float]:
    """Calls of a period and their rate with its interval, under the names that they have."""
    figures = (len(hits), float(hits.mean()), *map(float, wilson(hits.sum(), len(hits))))
    names = ("calls", "rate", "low", "high")
    return {f"{prefix}{name}": figure for name, figure in zip(names, figures, strict=True)}


def _with_hits(table: pd.DataFrame, of: str) -> pd.DataFrame:
    """Explanations in whole calls, with the hits under the name of what is explained."""
    whole = ("calls", "failed", "baseline_calls", "baseline_failed")
    name = "hits" if of in table.columns.drop("failed") else of
    table = table.astype(dict.fromkeys(whole, "int64"))
    table = table.rename(columns={"failed": name, "baseline_failed": f"baseline_{name}"})
    table.attrs = {"of": name}
    return table


def _periods(
    calls: pd.DataFrame,
    baseline: pd.DataFrame | None,
    since: str | pd.Timestamp | None,
    tz: str,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The calls now and those to compare with."""
    if (baseline is None) == (since is None):
        raise ValueError(
            "give either baseline=, the calls of an earlier period, or since=, the time from which "
            "on the calls are compared with those before, such as since='2026-03-03'."
        )
    if since is None:
        if not isinstance(baseline, pd.DataFrame):
            raise ValueError(
                f"the baseline is a {type(baseline).__name__}, no frame of calls. Give the calls "
                "of an earlier period, such as calls.retell.select(end='2026-03-01')."
            )
        return calls, baseline
    times = when(calls)
    begin = instant(since, tz)
    return calls[times >= begin], calls[times < begin]


def _people(
    calls: pd.DataFrame, of: By, vocabulary: pd.DataFrame
) -> tuple[pd.DataFrame, Mask, int, str]:
    """The calls of known ending that repeat none, the hits among them, repeats, the hits' name."""
    require(calls, "disconnection_reason")
    if isinstance(of, pd.Series):
        of = of.reindex(calls.index)
    choice = choose(calls, of, None, endings(calls, vocabulary))
    in_rate, hit = lookup(choice.kind.codes, choice.flags["counted"], choice.flags["hit"])
    again = repeats(calls, vocabulary)
    rows = in_rate & ~again
    return calls[rows], hit[rows], int((in_rate & again).sum()), choice.name


def _columns(
    parts: Sequence[pd.DataFrame],
    attributes: Sequence[By] | None,
    vocabulary: pd.DataFrame,
    tz: str,
) -> tuple[pd.DataFrame, list[str]]:
    """What may explain a rise, in one frame for both periods, and what is not recorded."""
    items = list(ATTRIBUTES) if attributes is None else list(attributes)
    columns: dict[str, Column] = {}
    for item in items:
        values = [_values(part, item, vocabulary, tz) for part in parts]
        name = str(item if isinstance(item, str) else values[0].name)
        columns[name] = pd.concat([column.astype(object) for column in values], ignore_index=True)
    recorded = {name: column for name, column in columns.items() if column.notna().any()}
    return pd.DataFrame(recorded).astype("category"), [n for n in columns if n not in recorded]


def _values(calls: pd.DataFrame, item: By, vocabulary: pd.DataFrame, tz: str) -> Column:
    """The value of an attribute for each call, missing where it is not recorded."""
    if isinstance(item, str) and item in ATTRIBUTES:
        if item in ("hour", "weekday") and not has_times(calls):
            return pd.Series(None, index=calls.index, dtype=object)
        return ATTRIBUTES[item](calls, tz)
    if isinstance(item, pd.Series):
        item = item.reindex(calls.index)
    (group,) = keys(calls, [item], vocabulary, FIGURES, tz)
    levels: Any = pd.Series(group.levels).astype(object).to_numpy()
    return pd.Series(
        np.append(levels, np.array([None], dtype=object))[group.codes],
        index=calls.index,
        name=group.name,
    )
