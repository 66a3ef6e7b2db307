"""Phone numbers as integers: those of one person have equal keys, and no two others have."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from retell_nb.calls.phone_numbers.identity import identities
from retell_nb.calls.phone_numbers.numbering_plans import E164, trunk_prefixes
from retell_nb.calls.phone_numbers.spellings import spellings
from retell_nb.calls.phone_numbers.withheld import KEYPAD
from retell_nb.engine.threads import spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from retell_nb.engine.aliases import Column, Ints, Mask


__all__ = ["number_keys"]

_BLOCK = 1 << 17
_PLAIN = re.compile(r"[0-9|?\[\]]+")  # a list of prefixes, as 0|80?
_ANY = "0123456789"
_START = 4  # digits of a calling code and of the first digit behind it
_DIGITS = (7, 15)  # of a number in E.164; fewer and more are keyed as texts


def number_keys(numbers: Column) -> Ints:
    """Return an integer for each person: the digits of the number where it is read as E.164.

    Spellings of one number have one key, as `identities` tells. What is no number in E.164 is told
    apart as it stands and has a negative key. Who withholds the number, or has none, has the key 0:
    that is nobody.

    Parameters
    ----------
    numbers : Series of str, object or category

    Returns
    -------
    array of int64

    Examples
    --------
    >>> number_keys(pd.Series(["+14155550100", "front desk", "1 415 555 0100", None])).tolist()
    [14155550100, -1, 14155550100, 0]
    """
    if isinstance(numbers.dtype, pd.CategoricalDtype):
        return np.append(number_keys(pd.Series(numbers.cat.categories)), 0)[numbers.cat.codes]
    try:
        texts = pa.array(numbers, pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeEncodeError):  # cells that are no texts, or half a sign
        places: dict[str, int] = {}
        ranks = [
            -1 if missing else places.setdefault(str(cell), len(places))
            for cell, missing in zip(numbers, numbers.isna(), strict=True)
        ]
        return np.append(_of_spellings([*places]), 0)[ranks]
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    keys = np.empty(len(texts), dtype=np.int64)

    def read(block: tuple[int, pa.LargeStringArray]) -> None:
        start, part = block
        keys[start : start + len(part)] = _digits(part)

    spread(read, _blocks(chunks))
    odd = np.flatnonzero(keys < 0)
    if len(odd):
        codes, texts = spellings(numbers.iloc[odd])
        keys[odd] = _of_spellings(texts)[codes]
    return keys


def _of_spellings(texts: list[str]) -> Ints:
    people = identities(texts)
    try:
        names = pa.array(people, pa.string())
    except UnicodeEncodeError:  # half a sign, which is spelled out
        spelled = (person and person.encode(errors="backslashreplace") for person in people)
        names = pa.array([one and one.decode() for one in spelled], pa.string())
    in_e164 = pc.match_substring_regex(names, f"^{E164.pattern}$").fill_null(False)  # noqa: FBT003
    keys: Ints = -1 - names.dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)
    numbers = pc.cast(pc.utf8_ltrim(names.filter(in_e164), "+"), pa.int64())
    keys[in_e164.to_numpy(zero_copy_only=False)] = numbers.to_numpy()
    return keys


@cache
def _starts_of_trunk_prefixes() -> Mask:
    """Tell of the first digits of a number whether a prefix of calls within a country may follow.

    The digits are packed as by `_start`. Where the rule of a country is no plain list of prefixes,
    all digits may begin one. So may what spells a word on a telephone's keys, which is no number.
    """
    begins = [
        f"{code}{digit}"
        for code, rule in trunk_prefixes().items()
        for digit in (
            "".join(re.findall(r"(?:^|[|]|\[)([0-9]+)", rule)) if _PLAIN.fullmatch(rule) else _ANY
        )
    ]
    begins += [number[:_START] for number in KEYPAD]
    numbers = [f"{number:0{_START}}" for number in range(10**_START)]
    possible = np.array([number.startswith((*begins,)) for number in numbers])
    letters = np.frombuffer("".join(numbers).encode(), dtype=np.uint8)
    starts = np.zeros(1 << 16, dtype=bool)
    starts[_start(letters, _START * np.arange(len(numbers)))] = possible
    return starts


def _start(letters: npt.NDArray[np.uint8], places: Ints) -> npt.NDArray[np.uint32]:
    """Pack four digits, half a byte each: what comes of letters says nothing."""
    fours = np.ndarray(len(letters) - 3, dtype="<u4", buffer=letters, strides=(1,))
    digits = fours[places] & np.uint32(0x0F0F0F0F)
    digits = (digits | digits >> np.uint32(4)) & np.uint32(0x00FF00FF)
    return (digits | digits >> np.uint32(8)) & np.uint32(0xFFFF)


def _blocks(chunks: list[pa.LargeStringArray]) -> Iterator[tuple[int, pa.LargeStringArray]]:
    """Divide texts into blocks that fit a core's cache, each with the place where it begins."""
    begin = 0
    for chunk in chunks:
        for start in range(0, len(chunk), _BLOCK):
            yield begin + start, chunk.slice(start, _BLOCK)
        begin += len(chunk)


def _digits(texts: pa.LargeStringArray) -> Ints:
    """Read the digits after a plus sign; 0 where a text is missing, -1 where it is to be looked at.

    That is what is written otherwise, or may hold a prefix of calls within a country.

    The sign is made a 0, so that all digits of a number are read at once as they stand.
    """
    begin, letters = _letters(texts)
    digits, first = np.diff(begin) - 1, begin[:-1]
    likely = (digits >= _DIGITS[0]) & (digits <= _DIGITS[1]) & (letters[first] == ord("+"))
    likely &= letters[first + 1] - np.uint8(ord("1")) < 9  # none begins with a 0
    if texts.null_count:
        likely &= texts.is_valid().to_numpy(zero_copy_only=False)
    likely &= ~_starts_of_trunk_prefixes()[_start(letters, first + 1)]
    letters[first] = ord("0")
    keys = _read(begin, letters, likely)
    if not likely.all():
        missing = texts.is_null().to_numpy(zero_copy_only=False)
        keys = np.where(missing, 0, np.where(likely, keys, -1))
    return keys


def _letters(texts: pa.LargeStringArray) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Return where each text begins and the last one ends, and a copy of their bytes."""
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    letters = np.zeros(ends[-1] - ends[0] + 1 + _START, dtype=np.uint8)  # the last may be short
    letters[: -1 - _START] = np.frombuffer(data or b"", dtype=np.uint8)[ends[0] : ends[-1]]
    return ends - ends[0], letters


def _read(begin: Ints, letters: npt.NDArray[np.uint8], likely: Mask) -> Ints:
    """Read the texts that are likely numbers; those that hold more than digits turn unlikely."""

    def texts() -> pa.LargeStringArray:
        validity = np.packbits(likely, bitorder="little")
        parts = (begin, letters, validity)
        return pa.LargeStringArray.from_buffers(len(likely), *map(pa.py_buffer, parts))

    try:
        read = pc.cast(texts(), pa.uint64())
    except pa.ArrowInvalid:
        decimal = pc.ascii_is_decimal(texts()).fill_null(False)  # noqa: FBT003 - Arrow's own form
        likely &= decimal.to_numpy(zero_copy_only=False)
        read = pc.cast(texts(), pa.uint64())
    return np.frombuffer(read.buffers()[1], dtype=np.int64)
