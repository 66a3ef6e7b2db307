"""Titles of the pictures of caller numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb.text import calls, count, label, percent, shortened

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bursts_in_words", "change", "health_in_words", "numbers_in_words", "over_threshold"]

_WIDTH = 24


def numbers_in_words(sums: pd.DataFrame, *, whole: bool = True) -> str:
    """The number with the most to worry about against the rest, from sums with the worst on top.

    `whole` says that these are all numbers, not only those that are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> sums = pd.DataFrame({"bursts": [2, 0], "blocked": [30, 1], "seizures": [60, 40]})
    >>> numbers_in_words(sums.set_axis(["+13035550184", "+13035550185"]))
    '2 bursts of short calls on +13035550184, and 50% of its calls blocked; 2.5% on the rest'
    """
    blocked, dialed = sums["blocked"], sums["seizures"]
    many = f"{count(len(sums))} number{'s' if len(sums) != 1 else ''}"
    over_all = f"{percent(blocked.sum() / dialed.sum())} of {calls(dialed.sum())} blocked"
    burst = sums["bursts"] > 0
    if not burst.any():
        return f"No burst of short calls on {many}, and {over_all}"
    name = shortened(str(sums.index[0]), _WIDTH) if burst.sum() == 1 else f"{burst.sum()} numbers"
    number, owned = int(sums["bursts"].sum()), "its" if burst.sum() == 1 else "their"
    mine = percent(blocked[burst].sum() / dialed[burst].sum())
    sentence = f"{count(number)} burst{'s' if number != 1 else ''} of short calls on {name}, and "
    sentence += f"{mine} of {owned} calls blocked"
    rest = dialed[~burst].sum()
    others = "the rest" if whole else "the others shown"
    return f"{sentence}; {percent(blocked[~burst].sum() / rest)} on {others}" if rest else sentence


def bursts_in_words(bursts: pd.DataFrame) -> str:
    """After how many bursts the block rate rose, and where it rose most.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"from_number": "+13035550184", "raised": True, "change_low": 0.2}
    >>> bursts_in_words(pd.DataFrame([row | {"rate_before": 0.01, "rate_after": 0.44}]))
    'The block rate rose after 1 of 1 burst of short calls: on +13035550184 from 1% to 44%'
    """
    many = f"{count(len(bursts))} burst{'s' if len(bursts) != 1 else ''} of short calls"
    raised = bursts[bursts["raised"]]
    if raised.empty:
        if len(bursts) == 1:
            return "The block rate did not rise beyond chance after the burst of short calls"
        return f"The block rate did not rise beyond chance after any of {many}"
    top = raised.sort_values("change_low", ascending=False, kind="stable").iloc[0]
    most = "on" if len(raised) == 1 else "most on"
    return f"The block rate rose after {len(raised)} of {many}: {most} {change(top)}"


def change(row: pd.Series[Any]) -> str:
    """Caller number with its block rate before and after a burst."""
    number = shortened(label(row["from_number"]), _WIDTH)
    return f"{number} from {percent(row['rate_before'])} to {percent(row['rate_after'])}"


def health_in_words(health: pd.DataFrame, *, whole: bool = True) -> str:
    """How many numbers are over a threshold, and which one most.

    `whole` says that these are all numbers, not only those that are drawn.

    Examples
    --------
    >>> import pandas as pd
    >>> health_in_words(pd.DataFrame({"from_number": ["+13035550184"], "flags": [0]}))
    'None of 1 caller number is above a threshold (95% confidence)'
    """
    flagged = health[health["flags"] > 0]
    sentence = over_threshold(health, len(flagged), whole=whole)
    if flagged.empty:
        return sentence
    top = flagged.iloc[0]
    number = shortened(label(top["from_number"]), _WIDTH)
    share, rate = percent(top["short_share_10s"]), percent(top["block_rate"])
    return f"{sentence}; {number}: {share} short, {rate} blocked"


def over_threshold(health: pd.DataFrame, flagged: int, *, whole: bool = True) -> str:
    """How many of the caller numbers are over a threshold."""
    many = f"{count(len(health))} caller number{'s' if len(health) != 1 else ''}"
    many += "" if whole else " shown"
    some = f"{count(flagged)} of {many}" if flagged else f"None of {many}"
    return f"{some} {'are' if flagged > 1 else 'is'} above a threshold (95% confidence)"
