"""Rules judged on calls: a row for each incident, with what is new about it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import own_number
from retell_nb.calls.masking import without_numbers
from retell_nb.calls.schema import DTYPES, require
from retell_nb.check import state as memories
from retell_nb.check.judging import CANNOT_SAY, INCIDENT, QUIET, Incident, Judgement, judge
from retell_nb.check.period import length, period
from retell_nb.check.rules import as_rules
from retell_nb.check.self_test import as_fault, trials_of
from retell_nb.grouping import vocabulary_of
from retell_nb.text import cleaned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from os import PathLike

    from retell_nb.check.grammar import Rule
    from retell_nb.check.rules import Rules
    from retell_nb.check.self_test import Fault
    from retell_nb.check.state import Memory
    from retell_nb.engine.periods import Moment

    Row = dict[str, Any]

__all__ = ["Plan", "check", "conduct", "prepare"]

_TIME = pd.DatetimeTZDtype("ms", "UTC")
_COLUMNS: Mapping[str, Any] = {
    "rule": DTYPES["text"],
    "verdict": DTYPES["text"],
    "status": DTYPES["text"],
    "key": DTYPES["text"],
    "sentence": DTYPES["text"],
    "since": _TIME,
    "calls": "Int64",
    "rate": "float64",
    "low": "float64",
    "high": "float64",
}


def check(  # noqa: PLR0913 - a user types one or two of them
    calls: pd.DataFrame,
    rules: Rules,
    state: str | PathLike[str] | None = None,
    *,
    last: str = "24h",
    baseline: str | None = None,
    now: Moment = None,
    mask: bool = True,
    self_test: str | None = None,
    trials: int = 20,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Incidents by rules such as ``rate(failed) > 0.1``, for alerts; with `state`, what is new.

    A rate is an incident where the whole 95% interval is beyond the limit, and quiet where all of
    it is within; otherwise there are too few calls to say.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    rules : str or sequence of str or mapping
        Each rule one of these, or a mapping with `rule` and the `name` to report it under:

        - ``rate(failed) > 0.1``, of any kind of call that `rates` takes, and ``owner=account``
          or ``reason=dial_failed`` where the word must be clear; ``by=agent`` judges each group,
          ``among=not_connected`` says of which calls, ``min_calls=50`` leaves smaller groups out
        - ``new_reasons``: disconnection reasons that did not occur before the period;
          ``min_calls=3`` spares single calls of rare ones
        - ``explain(p < 0.01)``: segments behind a rise against the time before, as of `explain`
        - ``silence``, ``silence(by=to_number)``: lines that went silent, as of `silence`
        - ``findings(ongoing)``: findings that last at the end of the calls, as of `findings`;
          ``change=rise`` takes only these
    state : path, optional
        A file of JSON that remembers incidents. It is made where there is none. Checks that run at
        the same time wait for each other.
    last : str
        Length of the period that is judged, up to `now`. `silence` and `findings` look at all
        calls up to then.
    baseline : str, optional
        How long before the period calls are compared with; by default all.
    now : str or Timestamp, optional
        Up to when the calls are complete, in `tz` if not said; by default the end of
        ``calls.attrs["window"]``, as of a store's last sync, or else the last call.
    mask : bool
        Whether numbers of the other side are pseudonyms, as of `mask`; one's own stay readable.
        Without a secret of your own in the environment's RETELL_NB_MASK_KEY, those of a state
        stay the same.
    self_test : str, optional
        A fault to plant in copies of the calls: ``failed +10 points on one agent``, or ``silence
        of 12h on one agent``. The table then says how often each rule has seen it; no state is
        used.
    trials : int
        Number of copies for --self-test.
    tz : str
        Time zone of hours, and of `now` if it names none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        A row for each incident, and one for each rule without any. `rule`; `verdict`:
        ``incident``, ``cannot say`` or ``quiet``; `status` with a state: ``new``, ``still``,
        ``over``, or ``back`` after it was over; `key`, the same each time; `sentence`; `since`, the
        end of the first period it was an incident in; `calls`, `rate`, `low` and `high`.
        ``attrs["verdict"]`` is ``incident`` if any rule has one, else ``cannot say`` if this holds
        for any; ``attrs["start"]`` and ``attrs["end"]`` are those of the period;
        ``attrs["undated"]`` counts the calls without a time, which are left out. Of a self-test:
        `rule`, `trials`, `detected`, `rate`, `low` and `high`, `without_fault`.

    Raises
    ------
    ValueError
        If a rule, a length, or the state cannot be read, or the calls lack what a rule is about.
    TimeoutError
        If another check uses the state for longer than a minute.

    Examples
    --------
    >>> times = pd.date_range("2026-03-02", periods=200, freq="10min", tz="UTC")
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup"] * 140 + ["dial_failed", "user_hangup"] * 30,
    ...     "start_timestamp": times.as_unit("ms"),
    ... })
    >>> table = check(calls, ["rate(failed) > 0.1", "new_reasons"], last="10h")
    >>> table[["rule", "verdict", "key"]]
                     rule   verdict                             key
    0  rate(failed) > 0.1  incident         rate(failed) > 0.1: all
    1         new_reasons  incident new_reasons: reason=dial_failed
    """
    plan = prepare(
        rules,
        state,
        last=last,
        baseline=baseline,
        self_test=self_test,
        trials=trials,
        reasons=reasons,
    )
    return conduct(plan, calls, now=now, mask=mask, tz=tz)


class Plan(NamedTuple):
    """A check whose arguments have been read."""

    rules: list[Rule]
    last: pd.Timedelta
    baseline: pd.Timedelta | None
    fault: Fault | None
    trials: int
    state: Path | None
    reasons: pd.DataFrame | None


def prepare(
    rules: Rules,
    state: str | PathLike[str] | None = None,
    *,
    last: str = "24h",
    baseline: str | None = None,
    self_test: str | None = None,
    trials: int = 20,
    reasons: pd.DataFrame | None = None,
) -> Plan:
    """Return a check, its arguments read as `check` takes them, before there are calls.

    Raises
    ------
    ValueError
        If one of them cannot be read.

    Examples
    --------
    >>> prepare("silence", last="7d").last
    Timedelta('7 days 00:00:00')
    """
    vocabulary = vocabulary_of(reasons)
    if trials < 1:
        raise ValueError(f"trials is {trials}; a self-test takes a whole number from 1 on.")
    path = None if state is None or self_test is not None else Path(state)
    if path is not None:
        memories.load(path)  # or what is wrong with it would come out after the calls were read
    return Plan(
        rules=as_rules(rules, vocabulary),
        last=length(last, "last"),
        baseline=None if baseline is None else length(baseline, "baseline"),
        fault=None if self_test is None else as_fault(self_test, vocabulary),
        trials=trials,
        state=path,
        reasons=reasons,
    )


def conduct(
    plan: Plan, calls: pd.DataFrame, *, now: Moment = None, mask: bool = True, tz: str = "UTC"
) -> pd.DataFrame:
    """Return the table of a check on calls, and remember it in the state.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": []})
    >>> conduct(prepare("silence"), calls).attrs["verdict"]
    'cannot say'
    """
    require(calls, "disconnection_reason")
    part = period(calls, plan.last, plan.baseline, now=now, tz=tz)
    if plan.fault is not None:
        return trials_of(
            plan.fault, plan.rules, part, trials=plan.trials, tz=tz, reasons=plan.reasons
        )
    judgements = [judge(rule, part, tz, plan.reasons) for rule in plan.rules]
    end = part.end.tz_convert("UTC").floor("ms")
    with memories.transaction(plan.state) if plan.state else contextlib.nullcontext() as memory:
        if mask:
            own = own_number(part.both, vocabulary_of(plan.reasons)).dropna().unique()
            secret = os.environ.get("RETELL_NB_MASK_KEY") or (memory or memories.Memory()).secret
            judgements = [_masked(judgement, secret, own) for judgement in judgements]
        table = _table([row for one in judgements for row in _rows(one, memory, end)])
    table.attrs = {
        "start": part.start,
        "end": part.end,
        "undated": part.undated,
        "verdict": _overall(table["verdict"]),
    }
    return table


def _overall(verdicts: Iterable[str]) -> str:
    """What all rules together say: an incident goes before what nobody can say."""
    present = {*verdicts}
    return next((one for one in (INCIDENT, CANNOT_SAY) if one in present), QUIET)


def _masked(judgement: Judgement, secret: str, own: Iterable[str]) -> Judgement:
    """The judgement without numbers of the other side."""

    def hide(*texts: str) -> list[str]:
        return without_numbers(texts, secret, own=own)

    incidents = [
        incident._replace(
            members=tuple(hide(*incident.members)),
            place=hide(incident.place)[0],
            sentence=hide(incident.sentence)[0],
        )
        for incident in judgement.incidents
    ]
    quiet = judgement.quiet if judgement.quiet is None else frozenset(hide(*judgement.quiet))
    remark = hide(judgement.remark)[0]
    return judgement._replace(incidents=incidents, quiet=quiet, remark=remark)


def _rows(judgement: Judgement, memory: Memory | None, end: pd.Timestamp) -> list[Row]:
    """The incidents of a rule, then those that are over or of which nothing can be said now."""
    rule = judgement.rule
    if memory is None:
        rows = [
            _row(rule, INCIDENT, incident, key=_key(rule, incident.members))
            for incident in judgement.incidents
        ]
    else:
        earlier = [r for r in memory.incidents if r.open and r.rule == rule.text]
        rows = [_remembered(rule, incident, memory, end) for incident in judgement.incidents]
        current = {member for incident in judgement.incidents for member in incident.members}
        rest = [record for record in earlier if not {*record.members} & current]
        rows += [_unmatched(judgement, record, end) for record in rest]
    if judgement.verdict == CANNOT_SAY or not rows:
        rows.append(_row(rule, judgement.verdict, sentence=judgement.remark))
    return rows


def _key(rule: Rule, members: Sequence[str]) -> str:
    return cleaned(f"{rule.text}: {members[0]}")


def _remembered(rule: Rule, incident: Incident, memory: Memory, end: pd.Timestamp) -> Row:
    """An incident that there is now, as the memory has it from now on."""
    record = memory.matching(rule.text, incident.members)
    status = "new" if record is None else "still" if record.open else "back"
    if record is None:
        key = _key(rule, incident.members)
        moment = end.to_pydatetime()
        record = memories.Record(key, rule.text, [], cleaned(incident.place), moment, moment)
        memory.incidents.append(record)
    if status == "back":
        record.since = end.to_pydatetime()
    record.open, record.last = True, max(record.last, end.to_pydatetime())
    record.members = sorted({*record.members, *incident.members})
    return _row(rule, INCIDENT, incident, key=record.key, status=status, since=record.since)


def _unmatched(judgement: Judgement, record: memories.Record, end: pd.Timestamp) -> Row:
    """An incident that there was: it is over, or nobody can say whether it is."""
    well = judgement.quiet is None or {*record.members} <= judgement.quiet
    forgotten = end - pd.Timestamp(record.last) > memories.FORGOTTEN_AFTER
    place = f"{record.place}: " if record.place else ""
    common: Row = {"key": record.key, "since": record.since}
    if not (well or forgotten):
        remark = f"{place}too few calls to say whether it is over"
        return _row(judgement.rule, CANNOT_SAY, sentence=remark, status="still", **common)
    record.open = False
    sentence = f"{place}no longer; first reported {record.since:%Y-%m-%d %H:%M} UTC"
    if not well:
        sentence += f", nothing to judge it by since {record.last:%Y-%m-%d %H:%M} UTC"
    return _row(judgement.rule, QUIET, sentence=sentence, status="over", **common)


def _row(rule: Rule, verdict: str, incident: Incident | None = None, **more: Any) -> Row:
    figures = ("calls", "rate", "low", "high")
    row: Row = dict.fromkeys(figures, np.nan) | {"calls": None}
    if incident is not None:
        row |= {name: getattr(incident, name) for name in figures}
        row["sentence"] = cleaned(incident.sentence)
    row |= {"rule": rule.label, "verdict": verdict, **more}
    row["sentence"] = cleaned(row.get("sentence", ""))
    return row


def _table(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=kind)
            for name, kind in _COLUMNS.items()
        }
    )
