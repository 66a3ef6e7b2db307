"""Who asked never to be called: found under any spelling, at any time, in any direction."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.facts import INBOUND, OUTBOUND, direction, when
from retell_nb.calls.phone_numbers.library import library
from retell_nb.calls.phone_numbers.numbering_plans import as_ascii
from retell_nb.calls.phone_numbers.validity import are_canonical, judged, judgements
from retell_nb.grouping import flags, word
from retell_nb.vocabulary.lookup import spelled

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy.typing as npt

    from retell_nb.engine.aliases import Ints

__all__ = ["ASKED", "Requests", "asking", "refusals", "requests", "tails"]

ASKED = frozenset({"user_requested_dnc"})
"""The reasons by which somebody asks never to be called; a vocabulary does not say which do."""

_FEWEST = 6  # digits: fewer are an extension or a part of a number, and fit too many people
_NO_DIGITS = re.compile(r"\D+")
_BETWEEN = re.compile(r"[^\d\s().+/\u2010-\u2015-]+")  # what no number is written with


class Requests(NamedTuple):
    """The numbers of those who asked, each with the last time; and how many told no number."""

    last: pd.Series[pd.Timestamp]
    unread: int


def asking(
    more: Iterable[str], calls: pd.DataFrame, vocabulary: pd.DataFrame
) -> frozenset[str | None]:
    """Return the reasons by which somebody asks never to be called: `ASKED`, and more of one's own.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({"disconnection_reason": ["stop_calling"]})
    >>> sorted(asking(["Stop calling"], calls, REASONS))
    ['stop_calling', 'user_requested_dnc']
    """
    names = frozenset(spelled(reason) for reason in more)
    possible = {*vocabulary.index, *word(calls, "reason", vocabulary).dropna().unique()}
    if stray := sorted(map(str, names - possible)):
        raise ValueError(
            f"dnc names {', '.join(stray)}, which is no reason of the vocabulary or of the calls. "
            "Give reasons as the calls have them: whoever ended a call so is never dialed again."
        )
    return ASKED | names


def requests(
    calls: pd.DataFrame, asked: Collection[str | None], vocabulary: pd.DataFrame
) -> Requests:
    """Return the numbers of those who asked, whenever and in whatever call they did.

    It is the callee of an outbound call and the caller of an inbound one; where a call does not
    tell which it was, both.

    Examples
    --------
    >>> from retell_nb.vocabulary.reasons import REASONS
    >>> calls = pd.DataFrame({
    ...     "disconnection_reason": ["user_requested_dnc"], "direction": ["inbound"],
    ...     "from_number": ["+14155552671"], "to_number": ["+12125550190"],
    ...     "start_timestamp": pd.to_datetime(["2026-03-02T10:00Z"]),
    ... })
    >>> requests(calls, ASKED, REASONS).last.index.tolist()
    ['+14155552671']
    """
    dnc_calls = calls[flags(word(calls, "reason", vocabulary).isin([*asked]))]
    ways = direction(dnc_calls, vocabulary)
    ends = [
        pd.Series(dnc_calls[end].astype(object).to_numpy()).where(ways != other)
        for end, other in (("to_number", INBOUND), ("from_number", OUTBOUND))
        if end in dnc_calls.columns
    ]
    legible = pd.concat([end.map(_legible) for end in ends], axis=1).any(axis=1)
    times = [pd.Series(when(dnc_calls).array)] * len(ends)
    numbers = pd.concat(ends, ignore_index=True)
    last = pd.concat(times, ignore_index=True).groupby(numbers.astype(str).where(numbers.notna()))
    return Requests(last.max(), int((~legible).sum()))


def refusals(people: pd.DataFrame, asked: Requests, region: str | None) -> pd.DataFrame:
    """Return which people `asked` never to be called, and when they did so last (`dnc`).

    Somebody asked if their number, corrected or as it was dialed, may be that of a request. So a
    number that lacks its country or its area code is that of everybody whose number ends like it:
    to leave out one person too many does less harm than to dial one who asked.

    Examples
    --------
    >>> people = pd.DataFrame({"to_number": ["+14155552671"], "written": ["+1 415 555 2671"]})
    >>> last = pd.Series(pd.to_datetime(["2026-03-02T10:00Z"]), index=["(415) 555-2671"])
    >>> refusals(people, Requests(last, 0), None)["asked"].tolist()
    [True]
    """
    ranked = asked.last.sort_values(na_position="first")
    place_of = {
        reading: place
        for place, readings in enumerate(_readings(ranked.index.to_list(), region))
        for reading in readings
    }
    readings, places = pd.Index([*place_of], dtype=object), np.array([*place_of.values(), -1])
    persons, latest = people["to_number"], np.full(len(people), -1)
    otherwise = np.flatnonzero(persons.ne(people["written"]))
    for rows, form in ((np.arange(len(people)), persons), (otherwise, people["written"])):
        numbers = form.to_numpy(dtype=object)[rows]
        latest[rows] = np.maximum(latest[rows], places[readings.get_indexer(pd.Index(numbers))])
        for row, reading in _alike(numbers, place_of):
            latest[rows[row]] = max(latest[rows[row]], place_of[reading])
    times = ranked.array.take(latest, allow_fill=True)
    return pd.DataFrame({"asked": latest >= 0, "dnc": times}, index=people.index)


def _alike(numbers: npt.NDArray[np.object_], readings: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield which numbers may be the same as which readings, though written otherwise.

    Of two numbers of one length that both are written as E.164 has them, without a zero that only
    some dial, neither can be the end of the other: they are one only if they are equal.
    """
    read = [*readings]
    by_tail: dict[int, list[str]] = {}
    for reading, end in zip(read, tails(read).tolist(), strict=True):
        by_tail.setdefault(end, []).append(reading)
    plain = {read[place] for place in np.flatnonzero(are_canonical(read))}
    ends = tails(numbers.tolist())
    near = np.flatnonzero(np.isin(ends, [*by_tail]))
    are_e164 = are_canonical(numbers[near].tolist())
    for row, end, canonical in zip(near.tolist(), ends[near].tolist(), are_e164, strict=True):
        number, others = numbers[row], by_tail[end]
        if canonical:
            others = [one for one in others if one not in plain or len(one) != len(number)]
        yield from ((row, reading) for reading in others if _same(number, reading))


def tails(numbers: Sequence[str]) -> Ints:
    """Return the last digits of numbers, behind a 1: those that differ there are not of one person.

    Examples
    --------
    >>> tails(["+14155550100", "(415) 555-0100"]).tolist()
    [1550100, 1550100]
    """
    digits = pc.utf8_ltrim(as_ascii(numbers), "+")
    odd = pc.invert(pc.ascii_is_decimal(digits))
    digits = pc.replace_with_mask(
        digits, odd, pc.replace_substring_regex(digits.filter(odd), r"\D+", "")
    )
    ends = pc.binary_join_element_wise("1", pc.utf8_slice_codeunits(digits, -_FEWEST, None), "")
    behind: Ints = pc.cast(ends, pa.int64()).to_numpy().copy()
    for place in np.flatnonzero(behind == 1).tolist():  # no digit, or no ASCII
        behind[place] = int(f"1{_digits(numbers[place])[-_FEWEST:]}")
    return behind


def _digits(number: str) -> str:
    digits = _NO_DIGITS.sub("", number)
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _legible(number: object) -> bool:
    return isinstance(number, str) and bool(_parts(number) or judged(number).corrected)


def _readings(numbers: Sequence[str], region: str | None) -> Iterator[list[str]]:
    """Yield what the number of each request may mean: its parts, and its corrected form."""
    verdicts = judgements(numbers, region)
    for number, code in zip(numbers, verdicts.codes, strict=True):
        right = verdicts.told[code].corrected
        yield [*_parts(number), right] if right else _parts(number)


def _parts(number: str) -> list[str]:
    """Return the parts of a text that are long enough to be a number."""
    parts = [part.strip() for part in _BETWEEN.split(number.removesuffix(".0"))]
    return [part for part in parts if len(_digits(part)) >= _FEWEST]


def _same(number: str, other: str) -> bool:
    """Return whether two numbers may be one, as far as what is written of both goes."""
    phonenumbers = library()
    return bool(phonenumbers.is_number_match(number, other) > phonenumbers.MatchType.NO_MATCH)
