"""What was tried with each person who was dialed: one row per number, whoever called whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import PHONE, channel, endings, machine, when
from retell_nb.calls.phone_numbers.identity import identities
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.phone_numbers.validity import judgements
from retell_nb.calls.schema import DTYPES
from retell_nb.calls.stuck import stuck
from retell_nb.engine.codes import key
from retell_nb.engine.order import rows_in_order
from retell_nb.engine.periods import instant
from retell_nb.grouping import flags
from retell_nb.tables.callees.do_not_call import ASKED, refusals, requests, tails

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from retell_nb.calls.outbound import Outbound
    from retell_nb.engine.aliases import Codes, Column, Ints, Mask
    from retell_nb.tables.callees.callees import Callees, Dialed

__all__ = ["people"]

_WORDS = ("outcome", "retry", "remedy")
_OURS = ("agent_id", "from_number")
_OF_NUMBER = ("fault", "wrong", "corrected", "country", "zone")
_CHAIN = pd.Timedelta("24h")  # who was reached that long before the last call counts as reached
_MASKED = (
    "the callees are pseudonyms, which nobody can dial. "
    "Make the list from the calls before they are masked: retell_nb.load_calls(..., mask=False)."
)


class _Events(NamedTuple):
    """The calls until now with people who were dialed: their `rows`, by person and time.

    All else is aligned to the calls: person and callee are -1 where a call is none of these.
    """

    rows: Ints
    person: Ints
    callee: Ints
    times: pd.Series[pd.Timestamp]
    words: dict[str, Column]
    voicemail: Mask


def people(them: Dialed, now: pd.Timestamp, dnc: Collection[str | None] = ASKED) -> pd.DataFrame:
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
    >>> from retell_nb.tables.callees.callees import dialed
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["dial_busy", "dial_busy"], "to_number": "+14155552671",
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z", "2026-03-03T17:00Z"]),
    ...     "direction": "outbound", "call_type": "phone_call",
    ... })
    >>> table = people(dialed(calls), pd.Timestamp("2026-03-03T18:00Z"))
    >>> table[["to_number", "retry", "run", "attempts", "today"]]
          to_number  retry  run  attempts  today
    0  +14155552671  later    2         2      1
    """
    calls, kinds, callees, region, vocabulary = them
    if callees.table["fault"].eq("masked").any():
        raise ValueError(_MASKED)
    persons = _read(callees)
    events = _events(them, persons, now)
    table = _last_calls(calls, kinds, callees.table.assign(person=persons), events)
    table = table.join(_counts(kinds, callees, events, now))
    talks = _conversations(events, dnc).reindex(table.index)
    table["reached"] = talks.where(~(talks < table["last_call"] - _CHAIN))
    table = table.reset_index(drop=True)
    dnc_requests = requests(calls, dnc, vocabulary)
    table = table.join(refusals(table, dnc_requests, region))
    nobody = np.append(callees.table["fault"].eq("no number"), False)[callees.codes]
    table.attrs["withheld"] = int((kinds.calls & nobody).sum())
    table.attrs["dnc_unread"] = dnc_requests.unread
    return table


def _events(them: Dialed, persons: pd.Series[str], now: pd.Timestamp) -> _Events:
    calls, kinds, callees, region, vocabulary = them
    callee, person = callees.codes.copy(), pd.factorize(persons)[0]
    others = (channel(calls, vocabulary) == PHONE) & ~kinds.calls
    if "from_number" in calls.columns:
        callee[others] = _of_callers(calls["from_number"][others], persons, region)
    person = np.append(person, -1)[callee]
    person[person >= 0] = pd.factorize(person[person >= 0])[0]
    times = when(calls)
    person[flags(times > now)] = -1
    words = endings(calls, vocabulary).columns("reason", *_WORDS)
    rows = rows_in_order(person + 1, times.dt.tz_convert(None).to_numpy().view(np.int64))
    voicemail = _silently(words, vocabulary, machine(calls, vocabulary))
    return _Events(rows, person, callee, times, words, voicemail)


def _last_calls(
    calls: pd.DataFrame, kinds: Outbound, callees: pd.DataFrame, events: _Events
) -> pd.DataFrame:
    """Return what the last call to each person tells of the number, and the last one of them."""
    rows, person, callee, times, words, voicemail = events
    last, ours = (_last(person, some) for some in (rows, rows[kinds.calls[rows]]))
    dialed = np.flatnonzero(ours >= 0)
    last, ours = last[dialed], ours[dialed]
    numbers = callees.take(callee[ours])
    running = flags(words["outcome"].eq("in_progress")) & ~stuck(calls)
    retry = pd.Series(words["retry"].array.take(last)).astype(DTYPES["text"])
    columns: dict[str, Any] = {
        "to_number": numbers["person"].array,
        "written": numbers["to_number"].array,
        **{name: numbers[name].array for name in _OF_NUMBER},
        **{name: calls[name].array.take(ours) for name in _OURS if name in calls.columns},
        "last_call": times.array.take(last),
        "last_reason": words["reason"].array.take(last),
        "retry": retry.mask(voicemail[last], "later").array,
        "remedy": words["remedy"].array.take(last),
        "voicemail": voicemail[last],
        "running": running[last],
        "run": _runs(events)[dialed],
    }
    return pd.DataFrame(columns, index=dialed)


def _counts(kinds: Outbound, callees: Callees, events: _Events, now: pd.Timestamp) -> pd.DataFrame:
    """Return how often each person was dialed, and whether they declined or have no number."""
    rows, person, callee, times, words, _ = events
    today = np.zeros(len(times), dtype=bool)
    today[rows] = times.array[rows] >= _midnight(callees.table["zone"], now).array[callee[rows]]
    sound = np.append(callees.table["fault"].eq("none"), False)[callee]
    masks = {
        "invalid": flags(words["reason"].eq("invalid_destination")) & sound,
        "declined": flags(words["reason"].eq("user_declined")) & today,
        "attempts": kinds.dialed,
        "today": kinds.dialed & today,
    }
    counts = {name: np.bincount(person[rows[mask[rows]]]) for name, mask in masks.items()}
    table = pd.DataFrame({name: pd.Series(count) for name, count in counts.items()})
    table = table.reindex(np.arange(person.max(initial=-1) + 1)).fillna(0).astype(np.int64)
    return table.astype({"invalid": bool, "declined": bool})


def _conversations(events: _Events, dnc: Collection[str | None]) -> pd.Series[pd.Timestamp]:
    """Return when somebody last spoke with each person, where anybody did."""
    words = events.words
    talks = flags(words["outcome"].eq("completed")) & flags(words["retry"].eq("never"))
    talks &= ~flags(words["reason"].isin([*dnc])) & ~events.voicemail & (events.person >= 0)
    return events.times[talks].groupby(events.person[talks]).max()


def _last(person: Ints, rows: Ints) -> Ints:
    """Return the last of some rows of each person, -1 where there is none."""
    last = np.full(int(person.max(initial=-1)) + 1, -1)
    last[person[rows]] = rows
    return last


def _silently(words: Mapping[str, Column], vocabulary: pd.DataFrame, by_machine: Mask) -> Mask:
    """Return which calls a voicemail took without a failure, and whose reason does not say so."""
    reasons = vocabulary.index[vocabulary["outcome"].eq("machine")]
    silent = ~flags(words["reason"].isin(reasons)) & ~flags(words["outcome"].eq("failed"))
    return by_machine & silent


def _read(callees: Callees) -> pd.Series[str]:
    """Return who each callee is: the number in its one form; missing for nobody."""
    spellings = callees.table["to_number"]
    right = spellings.where(callees.table["fault"].eq("none"), callees.table["corrected"])
    persons = right.to_numpy(dtype=object, copy=True)
    faulty = np.flatnonzero(right.isna())
    persons[faulty] = identities(spellings.iloc[faulty].to_list())
    read: pd.Series[str] = pd.Series(persons, dtype=DTYPES["text"])
    return read


def _of_callers(callers: pd.Series[str], persons: pd.Series[str], region: str | None) -> Codes:
    """Return which callee each caller is, under whatever spelling; -1 for none.

    Only those that end like a callee are read, since a number that is written oddly takes its time.
    """
    codes, numbers = spellings(callers)
    read = persons.dropna().astype(object)
    ends, callee_ends = tails(numbers), tails(read.to_list())
    near, read = np.isin(ends, callee_ends), read[np.isin(callee_ends, ends)].drop_duplicates()
    ours = [numbers[place] for place in np.flatnonzero(near)]
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


def _runs(events: _Events) -> Ints:
    """Return how many calls in a row with each person had the `retry` of the last of them."""
    own, rows = key(events.words["retry"]), events.rows
    levels = own.levels.tolist()
    later = levels.index("later") if "later" in levels else len(levels)
    kinds, who = np.where(events.voicemail, later, own.codes)[rows], events.person[rows]
    apart = (who[1:] != who[:-1]) | (kinds[1:] != kinds[:-1]) | (kinds[1:] < 0)
    places = np.arange(len(rows))
    places[1:][~apart] = 0
    runs = np.zeros(int(who.max(initial=-1)) + 1, dtype=np.int64)
    runs[who] = np.arange(1, len(rows) + 1) - np.maximum.accumulate(places)
    return runs
