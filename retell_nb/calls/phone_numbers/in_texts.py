"""Phone numbers among other words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retell_nb.calls.phone_numbers.identity import corrected, valid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["MAYBE", "numbers_hidden"]

_GAP = r" ._\-\xa0\u2007\u2009\u2010-\u2015\u202f"
_APART = rf"[{_GAP}/,()]{{1,3}}"
_IN_TEXT = re.compile(
    rf"""(?:
      (?: [+\uff0b] | %2[Bb] ) [ (_]* \d [\d{_GAP}()/\uff08\uff09]{{4,}} \d  # +44 (0)20 7946 0958
    | (?<![0-9A-Za-z.]) (?P<spaced>
        \d (?: {_APART} \d){{8,14}}                                          # 4 1 5, 5 5 5, 2 6 7 1
      | \d\d (?P<gap> [{_GAP}]) \d\d (?: (?P=gap) \d\d ){{3,5}}               # 44 20 79 46 09 58
      ) (?![0-9A-Za-z]|\.\d)
    | (?<![0-9A-Za-z]) (?:
        0 (?: \d{{2,3}} | [{_GAP}] \d\d (?: [{_GAP}] \d\d)? )
          (?P<mark> [{_GAP}]) \d\d (?: (?P=mark) \d\d ){{2,4}}                 # 0612 34 56 78
      | 0 [{_GAP}] \d{{2,4}} [{_GAP}] \d{{3,4}} [{_GAP}] \d{{3,4}}                  # 0 20 7946 0958
      | [(\uff08]? \d{{3}} [)\uff09]? [{_GAP}/]* \d{{3}} [{_GAP}/] \d{{4}}    # (415) 555-2671
      | 0 \d{{2,5}} [{_GAP}/]* \d{{2,5}} [{_GAP}]? \d{{2,8}}                   # 020 7946 0958
      | 0 \d (?: [{_GAP}] \d\d ){{4}}                                         # 01 23 45 67 89
      ) (?![0-9A-Za-z])
    | (?<![0-9A-Fa-f]) \d{{10,15}} (?![0-9A-Fa-f])    # 14155552671, but no piece of an id in hex
    )(?![0-9])""",
    re.VERBOSE,
)
"""A phone number among other words, in its usual forms; no date and no time is of these."""

MAYBE = rf"[0-9][0-9{_GAP}()/,\uff08\uff09]{{5,}}[0-9]"
"""What every number in a text is, and most texts are not, at the speed of Arrow."""


def numbers_hidden(text: str, pseudonyms: Callable[[list[str]], Iterable[str]]) -> str:
    """Return a text with pseudonyms in place of the numbers that stand in it.

    Digits alone may be an id or a time, and digits apart may be a list: they are a number if the
    numbering plans have it.

    Examples
    --------
    >>> numbers_hidden("4 1 5, 5 5 5, 2 6 7 1 at 14:03", lambda numbers: [f"<{numbers[0]}>"])
    '<4155552671> at 14:03'
    """

    def pseudonym(match: re.Match[str]) -> str:
        number = match[0].replace("_", " ")
        if match["spaced"]:
            digits = re.sub(r"\D", "", number)
            if not (digits.startswith("0") or corrected(digits) or valid(digits, "US")):
                return match[0]
            return "".join(pseudonyms([digits]))
        if number.isdecimal() and not (corrected(number) or valid(number, "US")):
            return match[0]
        return "".join(pseudonyms([number]))

    return _IN_TEXT.sub(pseudonym, text)
