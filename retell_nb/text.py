# ruff: noqa: RUF001, RUF002 - an interval is written with an en dash, as in print
"""Numbers and names as a person would write them: the same in pictures, reports and widgets."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb.vocabulary.reasons import OWNERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "FEW",
    "amount",
    "calls",
    "cleaned",
    "count",
    "did_you_mean",
    "duration",
    "interval",
    "label",
    "money",
    "not_recorded",
    "owner",
    "percent",
    "points",
    "quoted",
    "share_of",
    "shortened",
    "span",
]

NOTHING = "–"
"""What stands where there is no number."""


def percent(share: float) -> str:
    """Share of one in percent, with as many digits as can be told apart.

    Parameters
    ----------
    share : float
        From 0 to 1; missing where there was nothing to divide by.

    Returns
    -------
    str
        Whole percent, tenths below 10% and above 99%. Only a true zero is written `0%`, and
        only a true one `100%`.

    Examples
    --------
    >>> [percent(share) for share in (0.3812, 0.02, 0.004, 0.0002, 0, 0.9996, 1)]
    ['38%', '2%', '0.4%', '<0.1%', '0%', '>99.9%', '100%']
    >>> percent(float("nan"))
    '–'
    """
    return NOTHING if _missing(share) else f"{_points(100 * float(share))}%"


def _missing(value: Any) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))


def _points(points: float) -> str:
    if 0 < points < 0.05:
        return "<0.1"
    if 99.95 <= points < 100:
        return ">99.9"
    digits = 0 if 9.95 <= points <= 99 else 1
    return f"{points:.{digits}f}".removesuffix(".0")


def interval(rate: float, low: float, high: float) -> str:
    """Rate with its interval in percent.

    Parameters
    ----------
    rate, low, high : float
        Shares from 0 to 1: the rate, and the ends of its interval.

    Returns
    -------
    str

    Examples
    --------
    >>> interval(0.38, 0.36, 0.41)
    '38% (36–41%)'
    >>> interval(0, 0, 0.0004)
    '0% (0–<0.1%)'
    >>> interval(float("nan"), 0, 1)
    '–'
    """
    if any(map(_missing, (rate, low, high))):
        return percent(rate)
    return f"{percent(rate)} ({span(low, high)})"


def span(low: float, high: float) -> str:
    """Two shares as the ends of an interval.

    Examples
    --------
    >>> span(0.36, 0.41)
    '36–41%'
    """
    return f"{percent(low).removesuffix('%')}–{percent(high)}"


def points(difference: float) -> str:
    """Difference of two shares in percentage points, with its sign.

    Parameters
    ----------
    difference : float
        From -1 to 1.

    Returns
    -------
    str
        Whole points, tenths below 10. Only a true zero is written `0`.

    Examples
    --------
    >>> [points(difference) for difference in (0.2742, -0.0042, 0.00002, 0)]
    ['+27', '-0.4', '≈0', '0']
    """
    if _missing(difference):
        return NOTHING
    if abs(difference) < 0.0005:
        return "≈0" if difference else "0"
    digits = 0 if abs(difference) >= 0.0995 else 1
    return f"{100 * difference:+.{digits}f}".removesuffix(".0")


def count(number: float) -> str:
    """Whole number with commas between thousands.

    Parameters
    ----------
    number : float or int

    Returns
    -------
    str

    Examples
    --------
    >>> count(1234567), count(float("nan"))
    ('1,234,567', '–')
    """
    return NOTHING if _missing(number) else f"{number:,.0f}"


def calls(number: float) -> str:
    """Number of calls, in words.

    Parameters
    ----------
    number : float or int

    Returns
    -------
    str

    Examples
    --------
    >>> calls(1), calls(1.2), calls(1234)
    ('1 call', '1 call', '1,234 calls')
    """
    figure = count(number)
    return f"{figure} call{'' if figure == '1' else 's'}"


FEW = 20
"""Calls below which a share is told by its numbers: a percentage would say more than is known."""


def share_of(part: float, whole: float, unit: str = "call") -> str:
    """Part of some calls: in percent of them, or by its number where they are few.

    Examples
    --------
    >>> share_of(300, 1200), share_of(1, 3), share_of(1, 1, "failed call")
    ('25% of 1,200 calls', '1 of 3 calls', '1 of 1 failed call')
    """
    share = count(part) if whole < FEW else percent(part / whole)
    return f"{share} of {count(whole)} {unit}{'' if count(whole) == '1' else 's'}"


def money(sum_of_money: float, currency: str = "USD") -> str:
    """Sum of money in a currency given by its code; nothing is converted.

    Raises
    ------
    ValueError
        If the currency is no code of three letters.

    Examples
    --------
    >>> money(1234.5), money(0.004), money(0), money(float("nan")), money(5, "chf")
    ('$1,234.50', '<$0.01', '$0', '–', 'CHF 5.00')
    """
    code = str(currency).upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise ValueError(f"currency is {currency!r}; give three letters, such as USD or EUR.")
    sign = _SIGNS.get(code, f"{code} ")
    if _missing(sum_of_money):
        return NOTHING
    if 0 < sum_of_money < 0.005:
        return f"<{sign}0.01"
    return f"{sign}{sum_of_money:,.2f}" if sum_of_money else f"{sign}0"


_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


def not_recorded(attrs: Mapping[Any, Any]) -> str:
    """Why a table of outbound phone calls is empty, as far as it is because unknown them.

    Parameters
    ----------
    attrs : mapping
        Of the table.

    Returns
    -------
    str
        Empty where the calls have directions, or there are none.

    Examples
    --------
    >>> not_recorded({"undirected": 3000, "not_recorded": ["direction"]})
    '3,000 phone calls have no direction recorded'
    >>> not_recorded({"undirected": 0, "not_recorded": []})
    ''
    """
    lacking, number = attrs.get("not_recorded", ()), attrs.get("undirected", 0)
    if not lacking:
        return ""
    phone = "" if "call_type" in lacking else "phone "
    have = "call has" if number == 1 else "calls have"
    return f"{count(number)} {phone}{have} no direction recorded"


def duration(seconds: float) -> str:
    """Length of time in the two units that a person would use.

    Parameters
    ----------
    seconds : float
        In s, zero or more.

    Returns
    -------
    str

    Examples
    --------
    >>> [duration(seconds) for seconds in (3.24, 47.3, 123, 3720)]
    ['3.2 s', '47 s', '2 min 3 s', '1 h 2 min']
    """
    if _missing(seconds):
        return NOTHING
    if seconds < 9.95:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60:,} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


_FORMS = {"share": percent, "s": duration, "calls": count}


def amount(value: float, unit: str) -> str:
    """Value in its unit: what a table of KPIs holds in `value` and `unit`.

    Parameters
    ----------
    value : float
    unit : str
        `share` (from 0 to 1, written in percent), `s`, `calls`; any other is written behind the
        number.

    Returns
    -------
    str

    Examples
    --------
    >>> amount(0.62, "share"), amount(95, "s"), amount(1200, "calls"), amount(12.5, "cents")
    ('62%', '1 min 35 s', '1,200', '12.5 cents')
    """
    if unit in _FORMS:
        return _FORMS[unit](value)
    return NOTHING if _missing(value) else f"{value:,.10g} {unit}"


def label(value: object) -> str:
    r"""Name of a group on one line; `(none)` for the group of calls that lack the value.

    Parameters
    ----------
    value : object
        A cell of a `by` column.

    Returns
    -------
    str

    Examples
    --------
    >>> label("agent_1"), label(7), label(None), label(" "), label("two\nlines")
    ('agent_1', '7', '(none)', '(none)', 'two lines')
    """
    return "(none)" if _missing(value) else cleaned(value) or "(none)"


def owner(name: str) -> str:
    """Name of an owner, and who that is.

    Parameters
    ----------
    name : str
        As the vocabulary has it, or one of a table of reasons of the user's own.

    Returns
    -------
    str

    Examples
    --------
    >>> owner("dial_list"), owner("team_seven")
    ('dial list (whoever builds the list of numbers to call)', 'team seven')
    """
    who = OWNERS.get(name)
    return name.replace("_", " ") + (f" ({who})" if who else "")


def shortened(text: str, width: int = 28) -> str:
    """Text of at most so many characters, cut in its middle, where identifiers differ least.

    Parameters
    ----------
    text : str
    width : int, default 28
        Characters that there is room for, at least 3.

    Returns
    -------
    str

    Examples
    --------
    >>> shortened("agent_0123456789abcdef", 12)
    'agent_…bcdef'
    """
    if len(text) <= width:
        return text
    tail = (width - 1) // 2
    return f"{text[: width - 1 - tail]}…{text[-tail:]}"


_UNPRINTABLE = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
"""Categories of Unicode that steer a terminal or turn the direction of the text around them."""


def cleaned(text: object, width: int = 0) -> str:
    r"""Text on one line without characters that steer where it is shown.

    Parameters
    ----------
    text : object
    width : int, default 0
        Characters to keep, cut in the middle; 0 keeps all.

    Examples
    --------
    >>> cleaned("two\nlines \x1b[31m\u202e")
    'two lines [31m'
    >>> cleaned("a" * 1_000_000, 9)
    'aaaa…aaaa'
    """
    raw = str(text)
    if 0 < 4 * width < len(raw):  # the rest is never shown
        raw = f"{raw[: 2 * width]}{raw[-2 * width :]}"
    harmless = "".join(" " if sign.isspace() else sign for sign in raw if _harmless(sign))
    words = " ".join(harmless.split())
    return shortened(words, width) if width else words


def _harmless(sign: str) -> bool:
    # The joiners of Persian and of emoji are of no harm and needed.
    return (
        sign.isspace()
        or sign in "\u200c\u200d"
        or (sign.isprintable() or unicodedata.category(sign) not in _UNPRINTABLE)
    )


def quoted(text: object, width: int = 160) -> str:
    """Text in quotation marks, cut in its middle where it is long.

    Examples
    --------
    >>> quoted("Hello?")
    '“Hello?”'
    """
    return f"“{cleaned(text, width)}”"


def did_you_mean(name: object, names: Iterable[object]) -> str:
    """Question for the name that somebody may have meant; no text where none is near.

    Parameters
    ----------
    name : object
        The wrong one.
    names : iterable
        Those that there are.

    Returns
    -------
    str
        With a space before it, to be put behind a sentence.

    Examples
    --------
    >>> did_you_mean("faild", ["failed", "completed"]), did_you_mean("x", ["failed"])
    (" Did you mean 'failed'?", '')
    """
    texts = {str(one).casefold(): one for one in names}
    wrong = str(name).casefold()
    near = difflib.get_close_matches(wrong, texts, n=1, cutoff=0.6)
    # A part of a name is near it, however long the rest is: version is near agent_version.
    near = near or [text for text in sorted(texts, key=len) if len(wrong) > 2 and wrong in text]
    return f" Did you mean {texts[near[0]]!r}?" if near else ""
