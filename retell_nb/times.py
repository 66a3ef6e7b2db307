"""Days, times of day and lengths of time as a person would write them, beside those of `text`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["at", "day", "lasting", "moment"]


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


def day(time: pd.Timestamp, *, year: bool = True) -> str:
    """Day of a time, with or without its year.

    Examples
    --------
    >>> import pandas as pd
    >>> day(pd.Timestamp("2026-03-06")), day(pd.Timestamp("2026-03-16"), year=False)
    ('Mar 6, 2026', 'Mar 16')
    """
    return f"{time:%b} {time.day}" + (f", {time.year}" if year else "")


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


def moment(time: pd.Timestamp, *, year: bool = False) -> str:
    """Day and time of day.

    Examples
    --------
    >>> import pandas as pd
    >>> moment(pd.Timestamp("2026-03-06T18:00Z"))
    'Mar 6, 18:00'
    """
    return f"{day(time, year=year)}, {time:%H:%M}"
