"""Whom to call again, when, and from which number; and whom not to."""

from __future__ import annotations

from string import Formatter
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.agents import agents
from retell_nb.calls.schema import DTYPES, require
from retell_nb.grouping import flags
from retell_nb.tables.callees.attempts import chains
from retell_nb.tables.callees.callee_hours import hours_of
from retell_nb.tables.callees.callees import dialed
from retell_nb.tables.callees.callers import callers, next_caller
from retell_nb.tables.callees.clocks import check_hours, not_before
from retell_nb.tables.callees.do_not_call import asking
from retell_nb.tables.callees.people import people
from retell_nb.vocabulary.lookup import spelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Mask, Rows
    from retell_nb.tables.callees.callees import Dialed

    Rule: TypeAlias = tuple[str, str, "pd.Series[bool] | Mask"]

__all__ = ["DECISIONS", "WAITS", "Settings", "moment", "people_to_dial", "redial"]

DECISIONS: Mapping[str, str] = {
    "redial": "May be dialed; the list says from when.",
    "not today": "May be dialed on another day; the list says from when.",
    "fix": "May be dialed once the cause of the last failure is fixed.",
    "check": "Needs a look first: the outcome or the callee's time zone is unknown.",
    "never": "Do not dial: was reached, asked not to be called, or has no working number.",
}
"""What may be decided on a callee."""

WAITS: Mapping[str, pd.Timedelta] = {
    "scheduled": pd.Timedelta(0),
    "later": pd.Timedelta("2h"),
    "once": pd.Timedelta("1h"),
    "backoff": pd.Timedelta("5min"),
    "other_number": pd.Timedelta("1h"),
    "after_fix": pd.Timedelta(0),
}
"""How long to wait after the last call at least, by its reason's `retry`; `backoff` doubles with
every call in a row, up to a day. Rules of thumb of our own."""

_ORDER = (
    *("to_number", "decision", "why", "not_before", "local_hour", "from_number", "agent_id"),
    *("last_call", "last_reason", "attempts", "today", "country", "zone", "written"),
)
_DAY = pd.Timedelta("1D")


class Settings(NamedTuple):
    """What a list is made by, as `redial` describes it."""

    now: pd.Timestamp
    per_day: int = 2
    hours: Sequence[int] = (8, 21)
    fixed: Collection[str] = ()
    dnc: Collection[str] = ()


def redial(  # noqa: PLR0913 - each is a rule that only its user can know
    calls: pd.DataFrame,
    *,
    now: str | pd.Timestamp | None = None,
    per_day: int = 2,
    hours: Sequence[int] = (8, 21),
    fixed: Collection[str] = (),
    dnc: Collection[str] = (),
    region: str | None = None,
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Each person who was dialed: whether to call again, why, when, and from which number.

    What the last call ended with decides, by its `retry` in the vocabulary. Who asked never to be
    called is never dialed again, whatever came later: also where they asked in a call of their
    own, after `now`, or under another spelling of their number. Who declined a call is left
    alone for that day.

    Parameters
    ----------
    calls : DataFrame
        With `from_number` and `to_number`, not masked; `direction`, `call_type` and `agent_id`
        where there are any.
    now : str or Timestamp, optional
        When the list is made, in UTC if not said. Of the calls after that only the requests never
        to be called are looked at.
    per_day : int
        Attempts allowed per callee and day. First Orion advises two at most.
    hours : pair of int
        Local hours of the callee from and before which calls are allowed. 8 to 21 is what the
        USA allow for telephone solicitations (47 CFR 64.1200(c)(1)).
    fixed : collection of str
        Reasons whose cause has been mended, of those with the `retry` ``after_fix``.
    dnc : collection of str
        Reasons by which somebody asks never to be called, besides ``user_requested_dnc``.
    region : str, optional
        Country (two letters) whose numbers are written as they are dialed there.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `to_number`, in E.164 where it can be read so; `decision`, a key of `DECISIONS`; `why`, a
        sentence; `not_before` (UTC), in the best hour for ``redial`` and ``not today``;
        `local_hour`, that hour on the callee's clock; `from_number`, a number of one's own that is
        not blocked, and `agent_id` (the name of an agent without one); `last_call`, `last_reason`,
        `attempts` so far and `today`; `country`, `zone`, and the number as `written`. Sorted by
        decision and `not_before`. ``attrs["best_hour"]`` is the hour with the highest
        `adjusted_low` of `callee_hours` among those allowed, or None where hours do not differ
        beyond chance. ``attrs["dnc_unread"]`` counts the requests never to be called that tell no
        number, which hold nobody back; ``attrs["withheld"]`` the calls to numbers that are not
        shown, which are in no list; ``attrs["undirected"]`` and ``attrs["not_recorded"]`` are as
        for `callees`.

    Raises
    ------
    ValueError
        If a column is missing, the calls are masked, or an argument is out of range.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "user_requested_dnc"],
    ...     "to_number": ["+14155552671", "+4930123456"], "from_number": "+12125550190",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-02T12:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1",
    ... })
    >>> table = redial(calls, now="2026-03-02T18:00Z")
    >>> table[["to_number", "decision", "not_before"]]
          to_number decision                not_before
    0  +14155552671   redial 2026-03-02 18:00:00+00:00
    1   +4930123456    never                       NaT
    """
    require(calls, "from_number", "to_number")
    check_hours(hours)
    if per_day < 1:
        raise ValueError(f"per_day is {per_day}; allow at least 1 attempt a day.")
    them = dialed(calls, region, reasons)
    settings = Settings(moment(now), per_day, hours, fixed, dnc)
    return people_to_dial(them, hours_of(them, chains(calls, them.kinds)), settings)


def people_to_dial(them: Dialed, by_hour: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the list of `redial` of calls whose callees, and their hours, have been looked up.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy"], "to_number": "+14155552671", "from_number": "+1",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call", "agent_id": "agent_1",
    ... })
    >>> them = dialed(calls)
    >>> by_hour = hours_of(them, chains(calls, them.kinds))
    >>> people_to_dial(them, by_hour, Settings(pd.Timestamp("2026-03-02T18:00Z")))["decision"][0]
    'redial'
    """
    calls, kinds, callees, _, vocabulary = them
    named = agents(calls)
    calls = calls.assign(agent_id=pd.Series(named.of_calls(named.keys), calls.index))
    requests = asking(settings.dnc, calls, vocabulary)
    table = people(them._replace(calls=calls), settings.now, requests)
    attrs = {name: table.attrs[name] for name in ("dnc_unread", "withheld")}
    countries = pd.Series(np.append(callees.table["country"], "ZZ")[callees.codes], calls.index)
    own = callers(calls, countries, kinds.seizures, vocabulary)
    other = table["retry"].eq("other_number").to_numpy()
    table = table.assign(last_from=table["from_number"], from_number=next_caller(table, own, other))
    best = _best_hour(by_hour, settings.hours)
    table = _listed(_decided(table, settings), settings, best)
    table.attrs.update(kinds.attrs | attrs)
    return table


def moment(now: str | pd.Timestamp | None) -> pd.Timestamp:
    """Return a moment in UTC, in milliseconds: what is given, in UTC if not said, or else now.

    Examples
    --------
    >>> moment("2026-03-02T18:00")
    Timestamp('2026-03-02 18:00:00+0000', tz='UTC')
    """
    when = pd.Timestamp.now("UTC") if now is None else pd.Timestamp(now)
    return (when if when.tzinfo else when.tz_localize("UTC")).tz_convert("UTC").as_unit("ms")


def _best_hour(table: pd.DataFrame, hours: Sequence[int]) -> int | None:
    """Return the allowed hour whose answer rate is surely highest; None where none differs."""
    allowed = table[table["hour"].between(hours[0], hours[1] - 1) & (table["calls"] > 0)]
    if allowed.empty or not np.ptp(allowed["adjusted"].to_numpy()) > 1e-9:
        return None
    return int(allowed["hour"].to_numpy()[allowed["adjusted_low"].to_numpy().argmax()])


def _decided(table: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the table with the decision and its reason: of all rules that hold, the first."""
    rules = [*_never(table), *_not_now(table, settings), *_by_retry(table, settings)]
    holds = np.array([flags(pd.Series(rule[2], dtype="boolean")) for rule in rules])
    first = holds.argmax(axis=0)
    last_reason = table["last_reason"].astype(object).fillna("no reason on record")
    facts = table.assign(last_reason=last_reason, per_day=settings.per_day, **_days(table))
    why = np.empty(len(table), dtype=object)
    for place in np.unique(first):
        rows = np.flatnonzero(first == place)
        why[rows] = _sentences(rules[place][1], facts, rows)
    places = [[*DECISIONS].index(rule[0]) for rule in rules]
    return table.assign(
        decision=pd.Categorical.from_codes(np.array(places)[first], pd.Index([*DECISIONS])),
        why=pd.Series(why, dtype=DTYPES["text"]),
    )


def _sentences(template: str, facts: pd.DataFrame, rows: Rows) -> list[str]:
    """Return the sentence of some rows; most rows have one that others have, too."""
    names = [name for _, name, _, _ in Formatter().parse(template) if name]
    if not names:
        return [template] * len(rows)
    columns = (facts[name].iloc[rows].astype(object) for name in names)
    cells = [*zip(*columns, strict=True)]
    texts = {row: template.format(**dict(zip(names, row, strict=True))) for row in {*cells}}
    return [texts[row] for row in cells]


def _days(table: pd.DataFrame) -> dict[str, npt.NDArray[np.object_]]:
    """Return the days of times in words; of each day once, as there are few."""
    words = {}
    for name, column in (("on", "last_call"), ("dnc_on", "dnc"), ("reached_on", "reached")):
        codes, days = pd.factorize(table[column].dt.floor("D"))
        texts = [*pd.DatetimeIndex(days).strftime("%Y-%m-%d"), "an unknown day"]
        words[name] = np.array(texts, dtype=object)[codes]
    return words


def _never(table: pd.DataFrame) -> list[Rule]:
    hopeless = table["fault"].ne("none") & table["corrected"].isna()
    return [
        ("never", "Asked on {dnc_on} not to be called again.", table["asked"]),
        ("never", "The number cannot be dialed. {wrong}", hopeless),
        ("never", "The network found no such number on {on}.", table["invalid"]),
        ("check", "A call is in progress.", table["running"]),
        ("never", "Was reached on {reached_on}.", table["reached"].notna()),
    ]


def _not_now(table: pd.DataFrame, settings: Settings) -> list[Rule]:
    enough = table["today"] >= settings.per_day
    misspelt = table["last_reason"].eq("invalid_destination") & table["corrected"].notna()
    declined = table["last_reason"].eq("user_declined")
    return [
        (
            "not today",
            "Declined a call today: do not call again until tomorrow.",
            table["declined"],
        ),
        ("not today", "Was dialed {today} times today; {per_day} are allowed.", enough),
        (
            "check",
            "Its time zone is unknown, and so is when it may be dialed.",
            table["zone"].isna(),
        ),
        ("redial", "Was dialed as it is written. {wrong} This is the corrected form.", misspelt),
        ("redial", "Declined a call on {on}, which holds for that day.", declined),
    ]


def _by_retry(table: pd.DataFrame, settings: Settings) -> list[Rule]:
    retry, run = table["retry"], table["run"]
    fixed = {spelled(reason) for reason in settings.fixed}
    broken = retry.eq("after_fix") & ~table["last_reason"].isin(fixed)
    blocked, nobody = retry.eq("other_number"), table["from_number"].isna()
    return [
        ("never", "Ended as {last_reason} on {on}, which is never redialed.",
         retry.eq("never")),
        ("fix", "Ended as {last_reason} on {on}. {remedy}", broken),
        ("fix", "Ended as {last_reason} again after a redial on {on}. {remedy}",
         retry.eq("once") & (run > 1)),
        ("check", "Ended as {last_reason} on {on}, from no known number; no healthy one is known.",
         nobody & table["last_from"].isna()),
        ("fix", "Ended as {last_reason} from {last_from} on {on}; no other number is healthy.",
         blocked & nobody),
        ("fix", "Ended as {last_reason} on {on}; no number of yours is healthy.", nobody),
        ("redial", "Ended as {last_reason} on {on}, from no known number: from a healthy one.",
         blocked & table["last_from"].isna()),
        ("redial", "Ended as {last_reason} from {last_from} on {on}: from another number.",
         blocked),
        ("redial", "Asked on {on} to be called back.", retry.eq("scheduled")),
        ("redial", "Ended as {last_reason} on {on}: one redial is allowed.", retry.eq("once")),
        ("redial", "Ended as {last_reason} on {on}, {run} in a row: try again after a pause.",
         retry.eq("backoff")),
        ("redial", "Ended as {last_reason} on {on}: the cause has been fixed.",
         retry.eq("after_fix")),
        ("redial", "Ended as {last_reason} on {on}, but a voicemail took the call.",
         table["voicemail"]),
        ("redial", "Ended as {last_reason} on {on}.", retry.eq("later")),
        ("check", "How the last call ended is unknown ({last_reason}).",
         np.ones(len(table), dtype=bool)),
    ]  # fmt: skip


def _listed(table: pd.DataFrame, settings: Settings, best: int | None) -> pd.DataFrame:
    """Return the list with the times of those who may be dialed, in order."""
    waits = table["retry"].astype(object).map(WAITS).fillna(pd.Timedelta(0))
    doubled = waits * 2 ** (table["run"] - 1).clip(upper=10)
    waits = waits.mask(table["retry"].eq("backoff"), doubled.where(doubled < _DAY, _DAY))
    later = table["last_call"] + waits
    ready = later.where(later > settings.now, settings.now)
    dialable = table["decision"].isin(["redial", "not today"]) & table["zone"].notna()
    hour = pd.Series(-1 if best is None else best, table.index)
    hour = hour.mask(table["retry"].eq("scheduled"), -1)
    tomorrow = table["decision"].eq("not today")
    when, local = not_before(ready, table["zone"].where(dialable), hour, tomorrow, settings.hours)
    table = table.assign(not_before=when, local_hour=local)
    table.loc[~dialable, "from_number"] = None
    table = table.sort_values(["decision", "not_before"], kind="stable", ignore_index=True)
    table = table[[*_ORDER]]
    table.attrs["best_hour"] = best
    return table
