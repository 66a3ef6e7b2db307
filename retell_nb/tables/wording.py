"""Times and quotations in a sentence; what was said by others is made harmless."""

from __future__ import annotations

import math
import unicodedata

__all__ = ["at", "cleaned", "lasting", "quoted"]

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
    told = str(text)
    if 0 < 4 * width < len(told):  # the rest is never shown
        told = f"{told[: 2 * width]}{told[-2 * width :]}"
    kept = "".join(" " if sign.isspace() else sign for sign in told if _harmless(sign))
    words = " ".join(kept.split())
    if width and len(words) > width:
        tail = (width - 1) // 2
        return f"{words[: width - 1 - tail]}…{words[-tail:]}"
    return words


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


def lasting(seconds: float) -> str:
    """Length of time, to a tenth of a second where it is short.

    Examples
    --------
    >>> lasting(0.26), lasting(11.28), lasting(120), lasting(3725)
    ('0.3 s', '11.3 s', '2 min', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    parts = ((minutes // 60, "h"), (minutes % 60, "min"), (rest if minutes < 60 else 0, "s"))
    return " ".join(f"{number:,} {unit}" for number, unit in parts if number)


def at(seconds: float) -> str:
    """Moment of a call, as minutes and seconds since its start.

    Examples
    --------
    >>> at(75.4), at(float("nan"))
    ('1:15', 'an unknown time')
    """
    if not math.isfinite(seconds):
        return "an unknown time"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
