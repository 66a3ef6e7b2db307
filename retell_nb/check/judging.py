"""What the tables of the library say of each rule; nothing is computed anew here."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb import tables
from retell_nb.calls.agents import agents
from retell_nb.calls.dimensions import DIMENSIONS
from retell_nb.calls.facts import endings, has_times
from retell_nb.grouping import vocabulary_of, word
from retell_nb.text import calls as calls_in_words
from retell_nb.text import cleaned, count, did_you_mean, interval, label, percent, shortened
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from retell_nb.check.grammar import Kind, Rule
    from retell_nb.check.period import Period
    from retell_nb.grouping import By

__all__ = ["CANNOT_SAY", "INCIDENT", "QUIET", "Incident", "Judgement", "judge", "of_kind"]

INCIDENT, CANNOT_SAY, QUIET = "incident", "cannot say", "quiet"

_MOST_NAMES = 5
"""Names that are listed in a sentence; of more the number."""


_MOST_CHARACTERS = 200
"""Of a name in a key."""


class Incident(NamedTuple):
    """What breaks a rule: where, and the figures."""

    members: tuple[str, ...]
    """What it is made of, such as silent lines, in words that stay the same."""
    place: str
    """Where, in words; empty where it is everywhere."""
    sentence: str
    calls: int | None = None
    rate: float = np.nan
    low: float = np.nan
    high: float = np.nan


class Judgement(NamedTuple):
    """Whether a rule is broken, and where."""

    rule: Rule
    verdict: str
    incidents: list[Incident]
    remark: str
    """Why nothing, or nothing more, can be said."""
    quiet: frozenset[str] | None
    """Members for which all is well; None where it is for all that are in no incident."""


def judge(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    """Return what can be said of a rule.

    Raises
    ------
    ValueError
        If the calls lack what the rule is about; the message names the rule.

    Examples
    --------
    >>> from retell_nb.check.grammar import parse
    >>> from retell_nb.check.period import period
    >>> times = pd.to_datetime(["2026-03-02T10:00Z"] * 40)
    >>> calls = pd.DataFrame({"disconnection_reason": "dial_failed", "start_timestamp": times})
    >>> part = period(calls, pd.Timedelta("24h"))
    >>> judge(parse("rate(failed) > 0.1"), part, "UTC", None).incidents[0].sentence
    'failed 100% (91...100%) of 40 calls, limit 10%'
    """
    if period.both.empty:
        return _unsure(rule, "no call has a time" if period.undated else "there are no calls")
    try:
        _check_columns(rule, period.both)
        return _JUDGES[rule.kind](rule, period, tz, reasons)
    except ValueError as error:
        raise ValueError(f"the rule {rule.text!r}: {error}") from None


def _check_columns(rule: Rule, calls: pd.DataFrame) -> None:
    words = ("reason", *WORDS, *DIMENSIONS)
    for name in rule.by:
        if name not in words and name not in calls.columns:
            raise ValueError(
                f"the calls have no {name!r} to group by.{did_you_mean(name, [*words, *calls])} "
                f"Allowed: {', '.join(words)}; the columns {', '.join(map(cleaned, calls))}."
            )


def _unsure(rule: Rule, remark: str) -> Judgement:
    return Judgement(rule, CANNOT_SAY, [], remark, frozenset())


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))


def _judged(rule: Rule, incidents: list[Incident]) -> Judgement:
    return Judgement(rule, INCIDENT if incidents else QUIET, incidents, "", None)


def of_kind(kind: Kind, calls: pd.DataFrame, reasons: pd.DataFrame | None) -> By:
    """Return a kind of calls as `rates` takes it.

    Examples
    --------
    >>> from retell_nb.check.grammar import Kind
    >>> of_kind(Kind("failed"), pd.DataFrame(), None)
    'failed'
    """
    vocabulary = vocabulary_of(reasons)
    if not kind.word or kind.value == "unknown":
        return kind.value
    lacking = kind.word == "reason" and kind.value not in vocabulary.index
    if lacking and kind.value in {*endings(calls, vocabulary).reasons}:
        return kind.value  # by its name `rates` counts it among all ended calls
    return word(calls, kind.word, vocabulary).eq(kind.value).rename(kind.value)


# --- Rates ---------------------------------------------------------------------------------------


def _rate(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    table = tables.rates(
        period.now,
        *rule.by,
        of=of_kind(rule.of, period.now, reasons),
        among=None if rule.among is None else of_kind(rule.among, period.now, reasons),
        tz=tz,
        reasons=reasons,
    )
    columns = [*table.columns[: table.columns.get_loc("calls")]]
    table = table.assign(member=_members(table, columns, period.now), place=_places(table, columns))
    enough = (table["calls"] >= rule.min_calls) & (table["calls"] > 0)
    beyond = table["low"] > rule.limit if rule.above else table["high"] < rule.limit
    within = table["high"] < rule.limit if rule.above else table["low"] > rule.limit
    broken, unsure = table[enough & beyond], table[enough & ~beyond & ~within]
    incidents = [
        Incident(
            (row.member,), row.place, _rate_sentence(rule, row),
            int(row.calls), row.rate, row.low, row.high,
        )
        for row in _rows(broken)
    ]  # fmt: skip
    verdict = INCIDENT if incidents else CANNOT_SAY if len(unsure) or not enough.any() else QUIET
    remark = _too_few(rule, table[enough], unsure) if verdict == CANNOT_SAY else ""
    return Judgement(rule, verdict, incidents, remark, frozenset(table["member"][enough & within]))


def _members(table: pd.DataFrame, columns: list[str], calls: pd.DataFrame) -> list[str]:
    """Names of groups that stay the same: an agent's is its id, whatever it is called today."""
    named = agents(calls)
    ids = dict(zip(named.names, named.keys, strict=True)) if "agent" in columns else {}

    def cell(name: str, value: object) -> str:
        same = ids.get(str(value), value) if name == "agent" else value
        return f"{name}={shortened(label(same), _MOST_CHARACTERS)}"

    rows = table[columns].to_dict("records") if columns else [{}] * len(table)
    return [
        ",".join(cell(str(name), value) for name, value in row.items()) or "all" for row in rows
    ]


def _places(table: pd.DataFrame, columns: list[str]) -> list[str]:
    rows = table[columns].itertuples(index=False, name=None) if columns else [()] * len(table)
    return [
        ", ".join(
            f"{name} {shortened(label(value), 80)}"
            for name, value in zip(columns, row, strict=True)
        )
        for row in rows
    ]


def _rate_sentence(rule: Rule, row: Any) -> str:
    share = interval(row.rate, row.low, row.high)
    of = f"{rule.of.value} {share} of {calls_in_words(row.calls)}"
    return f"{row.place}: {of}, limit {100 * rule.limit:.4g}%".removeprefix(": ")


def _too_few(rule: Rule, table: pd.DataFrame, unsure: pd.DataFrame) -> str:
    """Why nothing can be said of a rate."""
    if unsure.empty:
        least = f"{rule.min_calls:,} calls" if rule.min_calls > 1 else "calls"
        some = f"no group has {least}" if rule.by else f"there are no {least}"
        return f"{some} of known ending"
    first = _rate_sentence(rule, next(_rows(unsure)))
    if not rule.by:
        return f"too few calls to tell: {first}"
    return f"{len(unsure)} of {len(table)} groups have too few calls to tell, such as {first}"


# --- What is new ---------------------------------------------------------------------------------


def _new_reasons(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    now, before = (
        tables.tally(part, "reason", tz=tz, reasons=reasons).dropna(subset="reason")
        for part in (period.now, period.before)
    )
    if now.empty:
        return _unsure(rule, "no call of the period has a reason")
    if before.empty:
        return _unsure(rule, "no call before the period has a reason")
    former = {*before["reason"]}
    news = now[~now["reason"].isin(former) & (now["calls"] >= rule.min_calls)]
    ending = calls_in_words(before["calls"].sum())
    return _judged(
        rule,
        [
            Incident(
                (f"reason={label(row.reason)}",),
                label(row.reason),
                f"{shortened(label(row.reason), 80)}: {calls_in_words(row.calls)}, "
                f"and none of {ending} before",
                int(row.calls),
            )
            for row in _rows(news)
        ],
    )


_PLACES = ("agent", "version", "from_number", "country", "direction", "call_type")
"""What may explain a rise: no hours and weekdays, of which a period of a day has not all, and no
latency; with these a segment would have another name at every check."""


def _explain(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    for part, name in ((period.now, "in the period"), (period.before, "before the period")):
        of = of_kind(rule.of, part, reasons)
        if not tables.rates(part, of=of, reasons=reasons)["calls"].sum():
            return _unsure(rule, f"there are no calls of known ending {name}")
    of = of_kind(rule.of, period.both, reasons)
    if isinstance(of, pd.Series):  # of either period for itself
        of = functools.partial(of_kind, rule.of, reasons=reasons)
    table = tables.explain(
        period.now,
        period.before,
        of=of,
        attributes=_PLACES,
        tz=tz,
        reasons=reasons,
    )
    table = table[table["p_value"] < rule.limit]
    return _judged(
        rule,
        [
            Incident(
                (f"segment={label(row.segment)}",),
                shortened(label(row.segment), 120),
                f"{shortened(label(row.segment), 120)}: {rule.of.value} "
                f"{interval(row.rate, row.low, row.high)} of {calls_in_words(row.calls)}, "
                f"{_before(row)}",
                int(row.calls), row.rate, row.low, row.high,
            )
            for row in _rows(table)
        ],
    )  # fmt: skip


def _before(row: Any) -> str:
    if not row.baseline_calls:
        return "no such calls before"
    return f"before {percent(row.baseline_rate)} of {calls_in_words(row.baseline_calls)}"


# --- Lines that went silent ----------------------------------------------------------------------


def _silence(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    columns = {*period.both.columns}
    numbers = "direction" in columns and columns & {"from_number", "to_number"}
    if not (rule.by or numbers or "agent_id" in columns):
        raise ValueError(
            "the calls have neither agent_id nor numbers with a direction. Name what makes a line, "
            "as in silence(by=agent)."
        )
    table = tables.silence(period.both, *rule.by, now=period.end, tz=tz, reasons=reasons)
    by = [*table.columns[: table.columns.get_loc("state")]]
    table = table.assign(
        member=_line_members(table, by, period.both), place=_line_places(table, by, period.both)
    )
    silent, calling = table[table["state"] == "silent"], table[table["state"] == "calling"]
    together: Iterable[pd.DataFrame] = (part for _, part in silent.groupby("incident"))
    if table.attrs["all_silent"]:
        together = [silent] if len(silent) else []
    incidents = [_silent(part, table) for part in together]
    if table.attrs["all_silent"] and not incidents:
        sentence = "all lines together are silent: a holiday, or the end of the data"
        incidents = [Incident(("all",), "all lines", sentence)]
    if not incidents and calling.empty:
        return _unsure(rule, f"{len(table)} lines are too quiet or too new to have a rhythm")
    verdict = INCIDENT if incidents else QUIET
    well = {*calling["member"]} | (set() if table.attrs["all_silent"] else {"all"})
    return Judgement(rule, verdict, incidents, "", frozenset(well))


def _line_members(table: pd.DataFrame, columns: list[str], calls: pd.DataFrame) -> list[str]:
    if columns == ["kind", "line"]:
        lines = (shortened(label(line), _MOST_CHARACTERS) for line in table["line"])
        return [f"{kind}={line}" for kind, line in zip(table["kind"], lines, strict=True)]
    return _members(table, columns, calls)


def _line_places(table: pd.DataFrame, columns: list[str], calls: pd.DataFrame) -> list[str]:
    """Lines in words; an agent's has its name."""
    if columns != ["kind", "line"]:
        return _places(table, columns)
    named = agents(calls)
    names = dict(zip(named.keys, named.names, strict=True))
    return [
        f"{row.kind} "
        + shortened(label(names.get(row.line, row.line) if row.kind == "agent" else row.line), 80)
        for row in _rows(table)
    ]


def _silent(part: pd.DataFrame, table: pd.DataFrame) -> Incident:
    """Lines that may have gone silent at the same time."""
    first = part.sort_values("since", kind="stable").iloc[0]
    hours = (table.attrs["now"] - first["since"]) / pd.Timedelta("1h")
    places = [*part["place"]]
    names = ", ".join(places[:_MOST_NAMES])
    more = f" and {len(places) - _MOST_NAMES} more" if len(places) > _MOST_NAMES else ""
    place = names + more
    if table.attrs["all_silent"]:
        place = f"all lines together (a holiday, or the end of the data): {place}"
    by_kind = part.groupby("kind")["expected"] if "kind" in part else part["expected"]
    expected = float(np.max(by_kind.sum()))  # a call counts for its number and for its agent
    sentence = f"{place}: no call for {count(hours)} h, {calls_in_words(expected)} expected"
    everything = ("all",) if table.attrs["all_silent"] else ()
    return Incident((*everything, *part["member"]), place, sentence, 0)


# --- Findings ------------------------------------------------------------------------------------


def _findings(rule: Rule, period: Period, tz: str, reasons: pd.DataFrame | None) -> Judgement:
    if not has_times(period.both):
        return _unsure(rule, "no call has a time")
    table = tables.findings(period.both, limit=None, tz=tz, reasons=reasons)
    table = table[table["ongoing"].fillna(value=False)]
    if rule.change:
        table = table[table["change"] == rule.change]
    # The hour in which a finding seems to begin moves as calls come in; the rest of its name stays.
    table = table.assign(member=[name.partition("@")[0] for name in table["finding"]])
    table = table.drop_duplicates("member")
    return _judged(
        rule,
        [
            Incident(
                (row.member,),
                f"{row.kind}, {row.where}",
                row.title,
                int(row.calls),
                row.rate,
                row.low,
                row.high,
            )
            for row in _rows(table)
        ],
    )


_JUDGES: Mapping[
    str, Callable[[Rule, Period, str, pd.DataFrame | None], Judgement]
] = {
    "rate": _rate,
    "new_reasons": _new_reasons,
    "explain": _explain,
    "silence": _silence,
    "findings": _findings,
}  # fmt: skip
