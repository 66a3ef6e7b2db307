"""Phone numbers among other words."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from retell_nb.calls.phone_numbers.identity import corrected, valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from retell_nb.engine.aliases import Column, Mask

__all__ = ["may_hold_numbers", "numbers_hidden"]

_GAP = (
    r" \t\r\n._/()\[\]{}*~\-"
    # The signs themselves, as Arrow knows no escapes of them.
    "\xa0\xad\xb7\u2007\u2009-\u2015\u2022\u202a-\u202f\u2060-\u2069\u2219\u30fb\ufeff\uff08\uff09"
)
"""Signs that stand between the digits of a number, seen or not, up to three at once."""
_BETWEEN = rf"(?: [{_GAP}] | %2[089DEde] ){{0,3}}"
_DIGITS = rf"\d (?: {_BETWEEN} \d ){{5,}}"
_FREE = "(?: 8(?:00|22|33|44|55|66|77|88) | 900 )"
_LETTERED = rf"""
    (?<![\w.]) (?P<lettered>
      (?: \+?1 [{_GAP}]{{1,3}} {_FREE} | [(] {_FREE} [)] ) [{_GAP}]{{0,3}}
        (?= [\d-]{{0,4}} [A-Za-z] )
        [0-9A-Za-z]+ (?: - [0-9A-Za-z]+ | [ .] [0-9A-Z]+ (?![a-z]) ){{0,4}}
    | (?: \+? [01]? {_FREE} | 1[38]00 ) [{_GAP}]{{0,3}}
        (?= [\d -]{{0,4}} [A-Z][A-Z-]{{2}} ) [0-9A-Z]+ (?: [ -] [0-9A-Z]+ ){{0,4}}
    | 13 [ -]? [A-Z]{{4}}
    ) (?!\w)"""
"""Free and shared numbers whose last digits are letters of a telephone's keys: 1-800-FLOWERS."""
_FEWEST_LETTERED = 6
_OF_AMERICA = re.compile(r"1?([89]\d{9})")
_KEYS = {
    letter: digit
    for digit, letters in enumerate(("abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), 2)
    for letter in letters
}
_IN_TEXT = re.compile(
    rf"""
    (?<![0-9A-Za-z]) [0-9A-Fa-f]{{8}} (?: -[0-9A-Fa-f]{{4}} ){{3}} -[0-9A-Fa-f]{{12}} (?!\w)  # UUID
  | (?<![0-9A-Za-z]) (?: \d{{4}} ([-/.]) \d\d? \1 \d\d? | \d\d? ([-/.]) \d\d? \2 \d{{4}} ) (?!\d)
  | (?P<abroad> (?: [+\uff0b] | %2[Bb] ) [ (_\[{{]* {_DIGITS} )
  | (?<![0-9A-Za-z.]) (?P<listed> \d (?: [{_GAP},]{{1,3}} \d ){{8,14}} ) (?![0-9A-Za-z]|\.\d)
  | (?<![0-9A-Za-z.,]) (?P<grouped> \d{{2,5}} (?: ,[ ]? \d{{2,5}} ){{1,4}} ) (?![0-9A-Za-z]|[.,]\d)
  | (?<![0-9A-Za-z])(?<!\d\.) (?P<apart> [(\uff08\[]? {_DIGITS} ) (?![0-9A-Za-z]|\.\d)
  | {_LETTERED}
  | (?<![0-9A-Za-z]) [A-Za-z]* (?P<behind> \d{{10,15}} ) [A-Za-z]* (?![0-9A-Za-z])
  | (?<![0-9A-Fa-f]) (?P<alone> \d{{10,15}} ) (?![0-9A-Fa-f])      # but no piece of an id in hex
    """,
    re.VERBOSE,
)
"""What may be or hold a phone number, and before it what looks alike and is none."""

_ANY_DIGIT = "0-9\u0660-\u1a99\ua620-\uabf9\uff10-\uff19\U000104a0-\U0001fbf9"
_MAYBE = (
    rf"[{_ANY_DIGIT}][{_ANY_DIGIT}{_GAP},%]{{5,}}[{_ANY_DIGIT}]"
    rf"|(?:[89][0-9]{{2}}|1[38]00|13)[{_GAP}]{{0,3}}[0-9-]{{0,4}}[A-Za-z]"
)
"""What every number in a text is, and most texts are not, at the speed of Arrow.

Between the digits of all scripts stand letters of some.
"""
_ID = r"^(?:[A-Za-z]+_)?[0-9]*[a-f][0-9a-f]*$"
"""A word in hexadecimal digits, as ids are: its digits are no number, as they touch its letters."""
_BETWEEN_LETTERS = r"^(?:[A-Za-z]+_)?[a-f]*[0-9]{10,15}[a-f]*$"
"""Such a word that may be a number, with letters before or behind it."""
_THOUSANDS = re.compile(r"\d{1,3}(?:, ?\d{3})+")

_DECIMALS = re.compile(r"(?<!\d)0\.\d")
_NATIONAL = ("US", "BR", "IN")
"""Regions whose numbers are written without a prefix, and so are known by their plan alone."""
_FEWEST, _MOST = 10, 15
_LONGEST = _MOST + len("0011")
"""So many digits has what is dialed at most; digits that go on are looked at piece by piece."""
_EXIT_CODE = re.compile("0011|011|00")
"""What is dialed before a number abroad: in Australia, in North America, and elsewhere."""


def may_hold_numbers(texts: Column) -> Mask:
    """Return which texts a number may stand in, so that they have to be looked at one by one.

    Examples
    --------
    >>> import pandas as pd
    >>> may_hold_numbers(pd.Series(["call +1 415 555 0100", "call_13a4155550f", "at 2"])).tolist()
    [True, False, False]
    """
    ids = _contain(texts, _ID)
    maybe = ids & _contain(texts, _BETWEEN_LETTERS) if ids.any() else ids.copy()
    maybe[~ids] = _contain(texts[~ids], _MAYBE)
    return maybe


def _contain(texts: Column, pattern: str) -> Mask:
    return texts.str.contains(pattern, regex=True).to_numpy(dtype=bool, na_value=False)


def numbers_hidden(text: str, pseudonyms: Callable[[list[str]], Iterable[str]]) -> str:
    """Return a text with pseudonyms in place of the numbers that stand in it.

    Digits alone may be an id or a time, and digits apart may be a list: they are a number if the
    numbering plans have it, or if a 0 is dialed before it.

    Examples
    --------
    >>> numbers_hidden("4 1 5, 5 5 5, 2 6 7 1 at 14:03", lambda numbers: [f"<{numbers[0]}>"])
    '<4155552671> at 14:03'
    >>> numbers_hidden("10 a 0044-20 79460 958", lambda numbers: [f"<{numbers[0]}>"])
    '10 a <0044-20 79460 958>'
    """

    def hidden(number: str) -> str:
        return "".join(pseudonyms([_ascii(re.sub(r"%2[^Bb]|[^\d+()%./-]+", " ", number))]))

    def pseudonym(match: re.Match[str]) -> str:
        kind = match.lastgroup
        if kind is None:
            return match[0]
        if kind == "lettered":
            return _lettered_hidden(match[0], hidden)
        if kind in ("abroad", "apart"):
            return _parts_hidden(match[0], hidden, abroad=kind == "abroad")
        number = _ascii(re.sub(r"\D", "", match[kind]))
        if kind == "grouped":
            is_number = not _THOUSANDS.fullmatch(match[kind]) and _is_number(number, abroad=False)
            return hidden(match[kind]) if is_number else match[0]
        if (kind == "listed" and number.startswith("0")) or _has_plan(number):
            return match[0].replace(match[kind], hidden(number))
        return match[0]

    return _IN_TEXT.sub(pseudonym, text)


def _lettered_hidden(text: str, hidden: Callable[[str], str]) -> str:
    """The number of which letters are the last digits; North America hears no more than eleven."""
    digits = "".join(str(_KEYS.get(sign.lower(), sign)) for sign in text if sign.isalnum())
    if not _FEWEST_LETTERED <= len(digits) <= _MOST + 3:
        return text
    of_america = _OF_AMERICA.match(digits)
    return hidden(f"+1{of_america[1]}" if of_america else digits)


def _ascii(text: str) -> str:
    """A text with the digits of any script as those of ours."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in text)


def _parts_hidden(run: str, hidden: Callable[[str], str], *, abroad: bool) -> str:
    """Groups of digits with pseudonyms in place of the longest ones that are a number together."""
    if _DECIMALS.search(run):
        return run
    groups = [match.span() for match in re.finditer(r"\d+", run)]
    text, at, first = "", 0, 0
    while first < len(groups):
        begin = groups[first][0]
        if first == 0 or run[begin - 1] in "([\uff08":
            begin = 0 if first == 0 else begin - 1
        whole = abroad and first == 0
        ends = [end for _, end in groups[first : first + _LONGEST]]
        end = next(
            (end for end in reversed(ends) if _is_number(run[begin:end], abroad=whole)),
            ends[-1] if whole else None,
        )
        if end is None:
            first += 1
            continue
        text += run[at:begin] + hidden(run[begin:end])
        at, first = end, first + 1 + ends.index(end)
    return text + run[at:]


def _is_number(text: str, *, abroad: bool) -> bool:
    """Whether groups of digits, with a plus sign before them or not, are a number."""
    text = _ascii(re.sub("%2.", " ", text))
    digits = re.sub(r"\D", "", text)
    count, groups = len(digits), re.findall(r"\d+", text)
    if abroad:
        return valid(f"+{digits}") is not None
    if exit_code := _EXIT_CODE.match(digits):
        return _has_plan(f"+{digits[exit_code.end() :]}") or corrected(digits) is not None
    if digits.startswith("0"):  # which is dialed before an area: of numbers whose length is theirs
        fewest = _FEWEST if len(groups) == 1 else _FEWEST - 3 + 2 * (len(groups[0]) < 3)
        return fewest <= count <= _FEWEST + (1 if len(groups) == 1 else 2)
    if text.startswith(("(", "\uff08", "[")) and len(groups) > 1:
        return _FEWEST - 1 <= count <= _FEWEST + 1
    return _FEWEST <= count <= _MOST and _has_plan(digits, apart=len(groups) > 1)


def _has_plan(digits: str, *, apart: bool = False) -> bool:
    """Whether a numbering plan has the digits; those written apart may be dialed in the country."""
    if digits.startswith("+"):
        return valid(digits) is not None
    regions = _NATIONAL if apart else _NATIONAL[:1]
    return corrected(digits) is not None or any(valid(digits, region) for region in regions)
