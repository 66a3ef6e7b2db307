"""What was tried with each person who was dialed: one row per number, whoever called whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb.calls.facts import PHONE, channel, machine, when
from retell_nb.calls.phone_numbers.identity import identities, people_of
from retell_nb.calls.phone_numbers.validity import judgements
from retell_nb.calls.schema import DTYPES
from retell_nb.calls.stuck import stuck
from retell_nb.engine.periods import instant
from retell_nb.grouping import flags, word
from retell_nb.tables.callees.do_not_call import ASKED, refusals, requests, tails

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from retell_nb.calls.outbound import Outbound
    from retell_nb.engine.aliases import Codes, Column, Mask
    from retell_nb.tables.callees.callees import Callees

__all__ = ["people"]

_WORDS = ("outcome", "retry", "remedy")
_OURS = ("agent_id", "from_number")
_OF_NUMBER = ("fault", "wrong", "corrected", "country", "zone")
_LAST = {"last_call": "time", "last_reason": "reason", "retry": "retry", "remedy": "remedy"}
_CHAIN = pd.Timedelta("24h")  # who was reached that long before the last call counts as reached
_MASKED = (
    "the callees are pseudonyms, which nobody can dial. "
    "Make the list from the calls before they are masked: retell_nb.load_calls(..., mask=False)."
)


def people(
    calls: pd.DataFrame,
    kinds: Outbound,
    callees: Callees,
    now: pd.Timestamp,
    region: str | None,
    vocabulary: pd.DataFrame,
    dnc: Collection[str | None] = ASKED,
) -> pd.DataFrame:
    """Return a row for each person who was dialed until now, with what is known of them.

    Two ways of writing one number are one person, and calls that a person made to us tell of them
    too. Who asked never to be called, by a reason of `dnc`, asked for good: whenever it was, and
    under whatever spelling.

    Returns
    -------
    DataFrame
        `to_number` in E.164 where it can be read so, as `written` in the last call to them;
        `fault`, `wrong`, `corrected`, `country` and `zone` of that number; `agent_id` and
        `from_number` of that call. Of the last call to or from them `last_call`, `last_reason`,
        `retry`, `remedy`, whether it is `running` and whether a `voicemail` took it, and `run`,
        how many calls in a row had that `retry`. `attempts` that were dialed, and those of
        `today`; whether they `declined` today; whether they `asked` never to be called, and when
        (`dnc`); whether the network found the number `invalid`; `reached`, when somebody spoke
        with them in the last chain of calls.
        ``attrs["dnc_unread"]`` counts the requests never to be called that tell no number,
        ``attrs["withheld"]`` the calls to numbers that are not shown, which are nobody's.

    Raises
    ------
    ValueError
        If the callees are pseudonyms.

    Examples
    --------
    >>> from retell_nb.calls.outbound import outbound
    >>> from retell_nb.tables.callees.callees import looked_up
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "dial_busy"], "to_number": "+14155552671",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-03T17:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> kinds = outbound(calls, REASONS)
    >>> callees = looked_up(calls, kinds, None)
    >>> table = people(calls, kinds, callees, pd.Timestamp("2026-03-03T18:00Z"), None, REASONS)
    >>> table[["to_number", "retry", "run", "attempts", "today"]]
          to_number  retry  run  attempts  today
    0  +14155552671  later    2         2      1
    """
    if callees.table["fault"].eq("masked").any():
        raise ValueError(_MASKED)
    events = _events(calls, kinds, callees, vocabulary, region)
    events["retry"] = events["retry"].astype(DTYPES["text"]).mask(events["voicemail"], "later")
    events = events[~(events["time"] > now)]
    events = events.sort_values(["person", "time"], kind="stable", na_position="first")
    events = events.reset_index(drop=True)
    today = events["time"] >= _midnight(events["zone"], now)
    table = _summed(events.assign(is_today=today, said_never=events["reason"].isin([*dnc])))
    dnc_requests = requests(calls, dnc, vocabulary)
    table = table.join(refusals(table, dnc_requests, region))
    nobody = np.append(callees.table["fault"].eq("no number"), False)[callees.codes]
    table.attrs["withheld"] = int((kinds.calls & nobody).sum())
    table.attrs["dnc_unread"] = dnc_requests.unread
    return table


def _events(
    calls: pd.DataFrame,
    kinds: Outbound,
    callees: Callees,
    vocabulary: pd.DataFrame,
    region: str | None,
) -> pd.DataFrame:
    """Return the calls to and from people who were dialed, with what they say of the person."""
    callee, persons = callees.codes.copy(), _read(callees)
    others = (channel(calls, vocabulary) == PHONE) & ~kinds.calls
    if "from_number" in calls.columns:
        callee[others] = _of_callers(calls["from_number"][others], persons, region)
    mine = np.flatnonzero((callee >= 0) & np.append(persons.notna(), False)[callee])
    words = {name: word(calls, name, vocabulary) for name in ("reason", *_WORDS)}
    columns: dict[str, Any] = {**words, "time": when(calls)}
    columns |= {name: calls[name] for name in _OURS if name in calls.columns}
    events = pd.DataFrame({name: column.array[mine] for name, column in columns.items()})
    events = events.assign(
        out=kinds.calls[mine],
        dialed=kinds.dialed[mine],
        running=flags(words["outcome"].eq("in_progress") & ~stuck(calls))[mine],
        voicemail=_silently(words, vocabulary, machine(calls, vocabulary))[mine],
    )
    of_callee = callees.table.drop(columns=["to_number", "zone_from"]).assign(
        written=callees.table["to_number"], to_number=persons.astype(DTYPES["text"])
    )
    callee_facts = of_callee.iloc[callee[mine]].reset_index(drop=True)
    return events.join(callee_facts).assign(person=pd.factorize(callee_facts["to_number"])[0])


def _silently(words: Mapping[str, Column], vocabulary: pd.DataFrame, by_machine: Mask) -> Mask:
    """Return which calls a voicemail took without a failure, and whose reason does not say so."""
    reasons = vocabulary.index[vocabulary["outcome"].eq("machine")]
    silent = ~flags(words["reason"].isin(reasons)) & ~flags(words["outcome"].eq("failed"))
    return by_machine & silent


def _read(callees: Callees) -> pd.Series[str]:
    """Return who each callee is: the number in its one form; missing for nobody."""
    right = callees.table["corrected"]
    return right.where(right.notna(), people_of(callees.table["to_number"]))


def _of_callers(callers: pd.Series[str], persons: pd.Series[str], region: str | None) -> Codes:
    """Return which callee each caller is, under whatever spelling; -1 for none.

    Only those that end like a callee are read, since a number that is written oddly takes its time.
    """
    codes, numbers = pd.factorize(callers)
    read = persons.dropna().drop_duplicates()
    spellings = pd.Series(numbers, dtype=object).astype(str)
    near = tails(spellings).isin(tails(read))
    ours = spellings[near].to_list()
    which, verdicts = judgements(ours, region)
    pairs = zip(identities(ours), which, strict=True)
    right = [verdicts[code].corrected or person for person, code in pairs]
    places = np.full(len(numbers) + 1, -1, dtype=np.int64)
    places[np.flatnonzero(near)] = np.append(read.index, -1)[
        pd.Index(read).get_indexer(pd.Index(right, dtype=object))
    ]
    return places[codes]


def _midnight(zones: pd.Series[str], now: pd.Timestamp) -> pd.Series[pd.Timestamp]:
    """Return when today began where each zone is; in UTC where none is known."""
    began = {
        zone: instant(now.tz_convert(zone).tz_localize(None).normalize(), zone).tz_convert("UTC")
        for zone in zones.unique()
        if isinstance(zone, str)
    }
    started = zones.map(began).astype(pd.DatetimeTZDtype("ms", "UTC"))
    return started.fillna(now.tz_convert("UTC").normalize())


def _summed(events: pd.DataFrame) -> pd.DataFrame:
    """Return a row per person from their calls in order of person and time."""
    by = events["person"]
    outbound = events[events["out"]]
    ours = outbound.groupby("person").tail(1).set_index("person")
    names = ["to_number", "written", *_OF_NUMBER, *(n for n in _OURS if n in events.columns)]
    last = events.groupby("person").tail(1).set_index("person")
    conversations = events["outcome"].eq("completed") & events["retry"].eq("never")
    conversations &= ~events["said_never"] & ~events["voicemail"]
    reached = events["time"].where(conversations).groupby(by).max()
    flagged = {
        "invalid": events["reason"].eq("invalid_destination") & events["fault"].eq("none"),
        "declined": events["reason"].eq("user_declined") & events["is_today"],
    }
    numbered = {"attempts": events["dialed"], "today": events["dialed"] & events["is_today"]}
    return (
        ours[names]
        .assign(
            **{name: last[column] for name, column in _LAST.items()},
            voicemail=last["voicemail"],
            running=last["running"],
            run=_runs(events).groupby(by).last(),
            **{name: mask.groupby(by).any() for name, mask in flagged.items()},
            **{name: mask.groupby(by).sum() for name, mask in numbered.items()},
            reached=reached.where(~(reached < last["time"] - _CHAIN)),
        )
        .reset_index(drop=True)
    )


def _runs(events: pd.DataFrame) -> pd.Series[int]:
    """Return how many calls in a row with the same person had the `retry` of each call."""
    same = (events[["person", "retry"]] == events[["person", "retry"]].shift()).all(axis=1)
    return same.groupby((~same).cumsum()).cumcount() + 1
