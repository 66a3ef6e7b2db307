"""Whom outbound calls went to: each distinct number, checked once, with country and time zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from retell_nb.calls.outbound import outbound
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.phone_numbers.validity import Judged, check_region, judgements
from retell_nb.calls.schema import DTYPES, require
from retell_nb.engine.codes import Key
from retell_nb.engine.counts import count
from retell_nb.grouping import flags, vocabulary_of, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from retell_nb.calls.outbound import Outbound

    Codes: TypeAlias = npt.NDArray[np.int64]

__all__ = ["Callees", "Dialed", "callees", "counted", "dialed", "looked_up", "one_zone"]

_BY_PREFIX = "the prefix of the number"
_ALIKE = "several zones with the same clocks"
_APART = "several zones with different clocks"
_NONE = "no zone is known"


class Callees(NamedTuple):
    """The distinct callees, and which of them each call went to: -1 for none."""

    codes: Codes
    table: pd.DataFrame


class Dialed(NamedTuple):
    """Calls, which of them are outbound, and whom those went to: what tables of dialing start from.

    Numbers without a calling code are of the `region`.
    """

    calls: pd.DataFrame
    kinds: Outbound
    callees: Callees
    region: str | None
    vocabulary: pd.DataFrame


def dialed(
    calls: pd.DataFrame, region: str | None = None, reasons: pd.DataFrame | None = None
) -> Dialed:
    """Return calls with what is known of the outbound ones and of the numbers they went to.

    Examples
    --------
    >>> calls = pd.DataFrame({"to_number": ["+4930123456"], "disconnection_reason": "dial_busy"})
    >>> them = dialed(calls.assign(direction="outbound", call_type="phone_call"))
    >>> them.kinds.dialed.tolist(), them.callees.table["zone"].tolist()
    ([True], ['Europe/Berlin'])
    """
    vocabulary = vocabulary_of(reasons)
    kinds = outbound(calls, vocabulary)
    return Dialed(calls, kinds, looked_up(calls, kinds, region), region, vocabulary)


def callees(
    calls: pd.DataFrame, *, region: str | None = None, reasons: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Each number that outbound calls went to: what is wrong with it, its form in E.164, its place.

    Each distinct number is looked up once. Those that are sound take a few microseconds each, the
    others some tenths of a millisecond.

    Parameters
    ----------
    calls : DataFrame
        With `to_number`; `direction` and `call_type` where there are any.
    region : str, optional
        Country (two letters) whose numbers are written as they are dialed there.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        `to_number` as it is written; `fault`, its kind of fault, and `wrong`, all that is wrong in
        words; `corrected`, its form in E.164 where there is exactly one; `country` (`ZZ` where it
        tells none); `zone`, its time zone, missing where that is not sure, and `zone_from`, how it
        was decided; `calls` that were dialed and whose ending is known, how many of them ended as
        `invalid_destination`, and the calls of `unknown` ending beside them. Numbers with a fault
        come first, then those with the most calls. ``attrs["missing"]`` counts the outbound phone
        calls without a callee, ``attrs["undirected"]`` the calls that may be outbound and have no
        direction. Where no call is known to be outbound, ``attrs["not_recorded"]`` names the
        columns that could tell.

    Raises
    ------
    ValueError
        If a column is missing or the region is not valid.

    Examples
    --------
    >>> calls = pd.DataFrame({"to_number": ["+14155552671", "0151 23456789"]})
    >>> calls = calls.assign(direction="outbound", call_type="phone_call")
    >>> table = callees(calls.assign(disconnection_reason="dial_busy"), region="DE")
    >>> table[["fault", "country", "zone"]]
        fault country                 zone
    0  blanks      DE        Europe/Berlin
    1    none      US  America/Los_Angeles
    >>> table.loc[0, "corrected"]
    '+4915123456789'
    """
    return counted(dialed(calls, region, reasons))


def counted(them: Dialed) -> pd.DataFrame:
    """Return the table of `callees` of calls whose callees have been looked up.

    Examples
    --------
    >>> calls = pd.DataFrame({"to_number": ["+4930123456"], "disconnection_reason": "dial_busy"})
    >>> them = dialed(calls.assign(direction="outbound", call_type="phone_call"))
    >>> counted(them)["calls"].tolist()
    [1]
    """
    calls, kinds, numbers, _, vocabulary = them
    invalid = flags(word(calls, "reason", vocabulary).eq("invalid_destination"))
    table = numbers.table.assign(**_call_counts(numbers, kinds, invalid))
    table = table.assign(sound=table["fault"].eq("none")).sort_values(
        ["sound", "calls"], ascending=[True, False], kind="stable", ignore_index=True
    )
    table.attrs.update(kinds.attrs, missing=int((kinds.calls & (numbers.codes < 0)).sum()))
    return table.drop(columns="sound")


def _call_counts(
    numbers: Callees, kinds: Outbound, invalid: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    key = Key("callee", numbers.codes, pd.Series(np.arange(len(numbers.table))))
    where = kinds.dialed & (numbers.codes >= 0)
    hits = {"calls": kinds.seizures, "invalid_destination": invalid, "unknown": kinds.unknown}
    counts = count([key], len(numbers.codes), where=where, hits=hits)
    sizes = {name: np.zeros(len(numbers.table), dtype=np.int64) for name in hits}
    for name, size in sizes.items():
        size[counts.places[0]] = counts.totals[name]
    return sizes


def looked_up(calls: pd.DataFrame, kinds: Outbound, region: str | None) -> Callees:
    """Return the distinct callees of outbound calls with what is known of their numbers.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"to_number": ["+4930123456"], "disconnection_reason": "dial_busy"})
    >>> calls = calls.assign(direction="outbound", call_type="phone_call")
    >>> looked_up(calls, outbound(calls, REASONS), None).table["zone"].tolist()
    ['Europe/Berlin']
    """
    require(calls, "to_number")
    check_region(region)
    codes = np.full(len(calls), -1, dtype=np.int64)
    codes[kinds.calls], numbers = spellings(calls["to_number"][kinds.calls])
    verdicts = judgements(numbers, region)
    facts = pd.DataFrame(verdicts.told, columns=Judged._fields)
    zones = {few: one_zone(few) for few in dict.fromkeys(facts.pop("zones"))}
    decided = [zones[entry.zones] for entry in verdicts.told]
    facts[["zone", "zone_from"]] = pd.DataFrame(decided, columns=["zone", "zone_from"])
    table = facts.astype(DTYPES["text"]).take(verdicts.codes).reset_index(drop=True)
    table.insert(0, "to_number", pd.Series(numbers, dtype=DTYPES["text"]))
    return Callees(codes, table)


def one_zone(zones: Iterable[str]) -> tuple[str | None, str]:
    """Return the time zone of a callee and how it was decided; None where clocks differ.

    Zones whose clocks have shown the same since 2020, winter and summer, are as good as one.

    Examples
    --------
    >>> one_zone(["Europe/Jersey", "Europe/London"])
    ('Europe/London', 'several zones with the same clocks')
    >>> one_zone(["America/Boise", "America/Los_Angeles"])
    (None, 'several zones with different clocks')
    """
    clocks = {zone: clock for zone in zones if (clock := _clocks(zone))}
    if not clocks:
        return None, _NONE
    if len(set(clocks.values())) > 1:
        return None, _APART
    return max(clocks), _ALIKE if len(clocks) > 1 else _BY_PREFIX


def _clocks(zone: str) -> tuple[Any, ...]:
    """Offsets of a zone from UTC every 90 days; nothing for a zone that this machine lacks."""
    times = pd.date_range("2020-01-15", "2026-12-15", freq="90D", tz="UTC")
    try:
        return tuple(time.utcoffset() for time in times.tz_convert(zone))
    except (LookupError, ValueError):
        return ()
