"""What a call is: each fact of a call, decided once.

Every function takes calls and gives an array aligned to them. Its docstring says what it falls
back on where a column is missing or a cell is empty; what nothing implies stays unknown.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.schema import DTYPES, require
from retell_nb.engine.codes import Key, key, lookup
from retell_nb.engine.steps import MISSING
from retell_nb.engine.threads import blocks, spread
from retell_nb.vocabulary.lookup import endings_of
from retell_nb.vocabulary.reasons import REASONS

if TYPE_CHECKING:
    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Floats, Mask
    from retell_nb.vocabulary.lookup import Endings

    Side = npt.NDArray[np.int8]

__all__ = [
    "INBOUND",
    "OUTBOUND",
    "PHONE",
    "TIMES",
    "UNKNOWN",
    "WEB",
    "Agents",
    "agents",
    "answered",
    "channel",
    "direction",
    "ended_at",
    "endings",
    "has_times",
    "machine",
    "own_number",
    "person",
    "recorded_direction",
    "recorded_seconds",
    "seconds",
    "when",
]

UNKNOWN = -1
PHONE, WEB = 0, 1
INBOUND, OUTBOUND = 0, 1

TIMES = ("start_timestamp", "end_timestamp", "event_timestamp")
"""The columns that tell the time of a call: each counts where those before it are missing."""

_WAYS = ((INBOUND, r"\bin(bound|coming)?\b|received"), (OUTBOUND, r"\bout(bound|going)?\b|dialed"))
_CHANNELS = ((WEB, r"\bweb\b|browser"), (PHONE, r"\bphone\b|telephon|\bpstn\b|\bsip\b"))
_DAY = pd.Timedelta("1D")
_YEAR = pd.Timedelta("365D")  # a time of 1970 is none
_UNITS = ("s", "ms", "us", "ns")


def endings(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Endings:
    """How each call ended: its reason, its recorded status, and whether a voicemail took it.

    Without `call_status`, a call that has no reason is one that nobody knows the ending of, never
    one in progress. Without `in_voicemail`, a hang-up is one of a person.

    Parameters
    ----------
    calls : DataFrame
        With `disconnection_reason`; `call_status` and `in_voicemail` where there are any.
    vocabulary : DataFrame, optional
        A table of reasons in the form of `retell_nb.REASONS`.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["user_hangup"], "in_voicemail": [True]})
    >>> endings(calls).columns("status", "outcome")["outcome"].tolist()
    ['machine']
    """
    require(calls, "disconnection_reason")
    others = (calls.get(name) for name in ("call_status", "in_voicemail"))
    return endings_of(calls["disconnection_reason"], *others, vocabulary=vocabulary)


def answered(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether somebody or something picked up; no where the ending is unknown.

    Examples
    --------
    >>> answered(pd.DataFrame({"disconnection_reason": ["voicemail_reached", "dial_busy", None]}))
    array([ True, False, False])
    """
    ending = endings(calls, vocabulary)
    return lookup(ending.codes, ending.are("answered", value=True))[0]


def machine(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Mask:
    """Whether a voicemail or a phone menu answered, by the reason or by `in_voicemail`.

    Without `in_voicemail`, only the reason can say so. No where nothing answered or the ending is
    unknown.

    Examples
    --------
    >>> reasons = ["ivr_reached", "inactivity", "user_hangup"]
    >>> calls = pd.DataFrame({"disconnection_reason": reasons, "in_voicemail": [None, True, False]})
    >>> machine(calls)
    array([ True,  True, False])
    """
    ending = endings(calls, vocabulary)
    return lookup(ending.codes, ending.machine)[0]


def seconds(calls: pd.DataFrame) -> Floats:
    """Durations in seconds; not a number where a call records none, or one below zero.

    Falls back on nothing: readers fill `duration_ms` in from start and end.

    Examples
    --------
    >>> seconds(pd.DataFrame({"duration_ms": pd.array([1500, None], dtype="Int64")})).tolist()
    [1.5, nan]
    """
    lasted = recorded_seconds(calls)
    return np.where(lasted >= 0, lasted, np.nan)


def recorded_seconds(calls: pd.DataFrame) -> Floats:
    """Durations in seconds as they are on record, also those below zero, which cannot be.

    Examples
    --------
    >>> recorded_seconds(pd.DataFrame({"duration_ms": [-1500]})).tolist()
    [-1.5]
    """
    if "duration_ms" not in calls.columns:
        return np.full(len(calls), np.nan)
    lasted = calls["duration_ms"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.asarray(lasted / 1000, dtype=np.float64)


def has_times(calls: pd.DataFrame) -> bool:
    """Whether the calls have a column that may tell their time.

    Examples
    --------
    >>> has_times(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
    False
    """
    return any(name in calls.columns for name in TIMES)


def when(calls: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Time of each call: its start, or its end, or the time of the webhook that reported it.

    A call that never connected may have no start, and as a webhook not even an end. A time in 1970
    counts as missing: it comes of seconds that were read as milliseconds, and `audit` lists it.

    Parameters
    ----------
    calls : DataFrame
        With one of `TIMES` at least.

    Returns
    -------
    Series of datetime64[UTC]
        Missing where a call has no time at all.

    Raises
    ------
    ValueError
        If the calls have no column of times, or one that does not hold UTC datetimes.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", None], format="ISO8601")
    >>> ends = pd.to_datetime(["2026-03-01T10:01Z", "2026-03-01T11:00Z"])
    >>> when(pd.DataFrame({"start_timestamp": times, "end_timestamp": ends})).dt.hour.tolist()
    [10, 11]
    """
    names = [name for name in TIMES if name in calls.columns]
    if not names:
        raise ValueError(
            f"no call has a time: the calls lack {', '.join(TIMES)}; they have "
            f"{', '.join(map(str, calls.columns)) or 'none'}. Bring them into form with "
            "retell_nb.as_calls(df, columns={'my name': 'start_timestamp'})."
        )
    for name in names:
        if not isinstance(calls[name].dtype, pd.DatetimeTZDtype):
            raise ValueError(
                f"{name} holds {calls[name].dtype}, not UTC datetimes. "
                "Bring the calls into form with retell_nb.as_calls(df)."
            )
    columns = [calls[name] for name in names]
    unit = max((column.dt.unit for column in columns), key=_UNITS.index)
    year = int(_YEAR / pd.Timedelta(1, unit))
    instants = [np.asarray(column.array.as_unit(unit).view("i8")) for column in columns]
    times = np.empty(len(calls), dtype=np.int64)

    def fill(rows: slice) -> None:
        part = times[rows]
        part[:] = instants[0][rows]
        _forget(part, year)
        for others in instants[1:]:
            missing = np.flatnonzero(part == MISSING)
            part[missing] = others[rows][missing]
            _forget(part, year)

    spread(fill, blocks(len(times)))
    utc = pd.Series(times.view(f"M8[{unit}]"), calls.index, copy=False).dt.tz_localize("UTC")
    return utc.dt.tz_convert(columns[0].dt.tz).rename("when")


def _forget(times: npt.NDArray[np.int64], year: int) -> None:
    """Make the times of 1970 missing; as unsigned numbers they are below all others."""
    of_1970 = times.view(np.uint64) < year
    if of_1970.any():
        times[of_1970] = MISSING


def ended_at(calls: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Time at which each call ended.

    Falls back on the time of the call (`when`) where no end is recorded, and where the end lies
    before the start or more than a day after it, which cannot be right.

    Examples
    --------
    >>> times = pd.to_datetime(["2026-03-01T10:00Z", "2026-03-01T11:00Z"])
    >>> ends = pd.to_datetime(["2026-03-01T10:30Z", None], format="ISO8601")
    >>> calls = pd.DataFrame({"start_timestamp": times, "end_timestamp": ends})
    >>> ended_at(calls).dt.strftime("%H:%M").tolist()
    ['10:30', '11:00']
    """
    times = when(calls)
    if "end_timestamp" not in calls.columns:
        return times
    ends = calls["end_timestamp"]
    return ends.where(ends.between(times, times + _DAY), times)


def channel(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Side:
    """Channel of each call: `PHONE`, `WEB` or `UNKNOWN`.

    Reads `call_type` in whatever words ("web_call", "outbound_phone_call"). Falls back on what
    only a phone call has: a direction, a phone number, or a reason of the dialing stage.

    Examples
    --------
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_hangup", "dial_busy", "user_hangup"],
    ...     "call_type": ["web_call", None, None],
    ... })
    >>> channel(calls).tolist()
    [1, 0, -1]
    """
    recorded = _read(calls, "call_type", _CHANNELS)
    phone = (recorded == UNKNOWN) & (direction(calls, vocabulary) != UNKNOWN)
    for number in ("from_number", "to_number"):
        if number in calls.columns:
            phone |= (recorded == UNKNOWN) & calls[number].notna().to_numpy()
    recorded[phone] = PHONE
    return recorded


def recorded_direction(calls: pd.DataFrame) -> Side:
    """Direction of each call as it is recorded: `INBOUND`, `OUTBOUND` or `UNKNOWN`.

    Reads `direction` in whatever words ("Outgoing"). Falls back on `call_type` where that names a
    direction ("outbound_phone_call").

    Examples
    --------
    >>> recorded_direction(pd.DataFrame({"direction": ["Outgoing", None, "inbound"]})).tolist()
    [1, -1, 0]
    """
    ways = _read(calls, "direction", _WAYS)
    of_type = _read(calls, "call_type", _WAYS)
    return np.where(ways == UNKNOWN, of_type, ways)


def direction(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Side:
    """Direction of each call: `INBOUND`, `OUTBOUND` or `UNKNOWN`.

    As `recorded_direction`; falls back on the reason: only an outbound call ends while dialing.

    Examples
    --------
    >>> direction(pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})).tolist()
    [1, -1]
    """
    ways = recorded_direction(calls)
    if "disconnection_reason" in calls.columns and (ways == UNKNOWN).any():
        ending = endings_of(calls["disconnection_reason"], vocabulary=vocabulary)
        (dialing,) = lookup(ending.codes, ending.are("stage", "dialing"))
        ways[(ways == UNKNOWN) & dialing] = OUTBOUND
    return ways


def _read(calls: pd.DataFrame, name: str, words: tuple[tuple[int, str], ...]) -> Side:
    """Codes of a column by the words in its distinct values; unknown where it has none of them."""
    if name not in calls.columns:
        return np.full(len(calls), UNKNOWN, dtype=np.int8)
    column = key(calls[name])
    codes = np.full(len(column.levels) + 1, UNKNOWN, dtype=np.int8)
    for place, level in enumerate(column.levels):
        text = re.sub(r"[^a-z]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(level)).lower())
        codes[place] = next((code for code, word in words if re.search(word, text)), UNKNOWN)
    return codes[column.codes]


def person(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Column:
    """Number of the person on the other side: the callee of an outbound call, the caller else.

    Missing where the direction is unknown, and for web calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": ["inbound", "outbound"], "from_number": ["+1", "+2"]})
    >>> person(calls.assign(to_number=["+3", "+4"])).tolist()
    ['+1', '+4']
    """
    return _number(calls, "to_number", "from_number", vocabulary)


def own_number(calls: pd.DataFrame, vocabulary: pd.DataFrame = REASONS) -> Column:
    """One's own number: the caller of an outbound call, the number that an inbound call reached.

    Missing where the direction is unknown, and for web calls.

    Examples
    --------
    >>> calls = pd.DataFrame({"direction": ["inbound", "outbound"], "from_number": ["+1", "+2"]})
    >>> own_number(calls.assign(to_number=["+3", "+4"])).tolist()
    ['+3', '+2']
    """
    return _number(calls, "from_number", "to_number", vocabulary)


def _number(calls: pd.DataFrame, outbound: str, inbound: str, vocabulary: pd.DataFrame) -> Column:
    ways = direction(calls, vocabulary)
    nothing = pd.Series(pd.NA, index=calls.index, dtype=object)
    there, back = (calls.get(name, nothing).astype(object) for name in (outbound, inbound))
    return there.where(ways == OUTBOUND, back.where(ways == INBOUND)).rename("number")


class Agents(NamedTuple):
    """The agent of each call: a code, and for each code the key and the name to show."""

    codes: npt.NDArray[np.int64]
    keys: list[str]
    names: list[str]

    def key(self) -> Key:
        """Return the agents as a key to group by, under the names to show."""
        return Key("agent", self.codes, pd.Series(self.names, dtype=DTYPES["text"]))

    def of_calls(self, labels: list[str]) -> npt.NDArray[np.object_]:
        """Return the label of each call's agent, one of `keys` or `names`; None for none."""
        return np.array([*labels, None], dtype=object)[self.codes]


def agents(calls: pd.DataFrame) -> Agents:
    """Agent of each call, keyed by its id and shown by its name.

    Falls back on the name where a call records no id: on the one id that bears the name in these
    calls, else on the name itself. Two agents of one name show a piece of their id.

    Examples
    --------
    >>> calls = pd.DataFrame({"agent_id": ["a1", "a2", None], "agent_name": ["Ann", "Ben", "Ann"]})
    >>> agents(calls)
    Agents(codes=array([0, 1, 0]), keys=['a1', 'a2'], names=['Ann', 'Ben'])
    """
    nothing = pd.Series(None, index=calls.index, dtype=object)
    ids, names = (key(calls.get(name, nothing)) for name in ("agent_id", "agent_name"))
    pairs = pd.DataFrame({"id": ids.codes, "name": names.codes}).drop_duplicates()
    both = pairs[(pairs["id"] >= 0) & (pairs["name"] >= 0)]
    name_of_id = both.drop_duplicates("id", keep="last").set_index("id")["name"]
    ids_of_name = both.groupby("name")["id"].agg(["first", "size"])
    only = ids_of_name["first"][ids_of_name["size"] == 1]
    # A name that no id bears alone is an agent of its own, behind all ids.
    own = np.append(len(ids.levels) + np.arange(len(names.levels)), UNKNOWN)
    own[only.index.to_numpy(dtype=np.intp)] = only.to_numpy()
    codes, used = pd.factorize(
        np.where(ids.codes >= 0, ids.codes, own[names.codes]), sort=True, use_na_sentinel=False
    )
    labels = [*map(str, ids.levels), *map(str, names.levels)]
    agent_codes = used[used >= 0]
    keys = [labels[code] for code in agent_codes]
    display_names = [
        str(names.levels.iloc[name_of_id[code]]) if code in name_of_id.index else labels[code]
        for code in agent_codes
    ]
    return Agents(codes - int(UNKNOWN in used), keys, _apart(display_names, keys))


def _apart(names: list[str], keys: list[str]) -> list[str]:
    """Names to show, with the end of the key where another key has the same name.

    Examples
    --------
    >>> _apart(["Ann", "Ann", "Ben"], ["x1_abcdef", "y2_abcdef", "z3"])
    ['Ann (1_abcdef)', 'Ann (2_abcdef)', 'Ben']
    """
    sizes = range(6, 1 + max(map(len, keys), default=6))
    of_name: dict[str, list[str]] = {}
    for name, agent in zip(names, keys, strict=True):
        of_name.setdefault(name, []).append(agent)
    lengths = {
        name: next((n for n in sizes if len({agent[-n:] for agent in own}) == len({*own})), 6)
        for name, own in of_name.items()
    }
    return [
        f"{name} ({agent[-lengths[name] :]})" if len(of_name[name]) > 1 and name != agent else name
        for name, agent in zip(names, keys, strict=True)
    ]
