"""Caller numbers in words: what their tables say, as titles of pictures and as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from retell_nb.calls.masking import is_pseudonym
from retell_nb.views.origin import HIDDEN
from retell_nb.views.page import Html, table
from retell_nb.views.text import calls, count, interval, label, percent, shortened

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "bursts_in_words",
    "headline",
    "health_in_words",
    "left_out",
    "numbers_in_words",
    "overview",
    "risks",
]

_WIDTH = 24


def numbers_in_words(sums: pd.DataFrame) -> str:
    """The number with the most to worry about against the rest, from sums with the worst on top.

    Examples
    --------
    >>> import pandas as pd
    >>> sums = pd.DataFrame({"bursts": [2, 0], "blocked": [30, 1], "seizures": [60, 40]})
    >>> numbers_in_words(sums.set_axis(["+13035550184", "+13035550185"]))
    '2 bursts of short calls on +13035550184, and 50 % of its calls blocked; 2.5 % on the rest'
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
    said = f"{count(number)} burst{'s' if number != 1 else ''} of short calls on {name}, and "
    said += f"{mine} of {owned} calls blocked"
    rest = dialed[~burst].sum()
    return f"{said}; {percent(blocked[~burst].sum() / rest)} on the rest" if rest else said


def bursts_in_words(bursts: pd.DataFrame) -> str:
    """After how many bursts the block rate rose, and where most surely.

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"from_number": "+13035550184", "raised": True, "change_low": 0.2}
    >>> bursts_in_words(pd.DataFrame([row | {"rate_before": 0.01, "rate_after": 0.44}]))
    'After 1 of 1 burst of short calls blocks rose: on +13035550184 from 1 % to 44 %'
    """
    many = f"{count(len(bursts))} burst{'s' if len(bursts) != 1 else ''} of short calls"
    raised = bursts[bursts["raised"]]
    if raised.empty:
        return f"After none of {many} blocks surely rose"
    top = raised.sort_values("change_low", ascending=False, kind="stable").iloc[0]
    return f"After {len(raised)} of {many} blocks rose: on {_change(top)}"


def _change(row: pd.Series[Any]) -> str:
    number = shortened(label(row["from_number"]), _WIDTH)
    return f"{number} from {percent(row['rate_before'])} to {percent(row['rate_after'])}"


def health_in_words(health: pd.DataFrame) -> str:
    """How many numbers are over a threshold, and which one most.

    Examples
    --------
    >>> import pandas as pd
    >>> health_in_words(pd.DataFrame({"from_number": ["+13035550184"], "flags": [0]}))
    'None of 1 caller number is surely over a threshold'
    """
    flagged = health[health["flags"] > 0]
    said = _over(health, len(flagged))
    if flagged.empty:
        return said
    top = flagged.iloc[0]
    number = shortened(label(top["from_number"]), _WIDTH)
    share, rate = percent(top["short_share_10s"]), percent(top["block_rate"])
    return f"{said}; {number}: {share} short, {rate} blocked"


def _over(health: pd.DataFrame, flagged: int) -> str:
    many = f"{count(len(health))} caller number{'s' if len(health) != 1 else ''}"
    some = f"{count(flagged)} of {many}" if flagged else f"None of {many}"
    return f"{some} {'are' if flagged > 1 else 'is'} surely over a threshold"


def headline(health: pd.DataFrame) -> Html:
    """The state of the caller numbers in a few sentences.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.number_health()` returns it.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> headline(rn.sample_calls(0).retell.number_health())
    <p class="retell-headline">No caller number dialed: there are no outbound phone calls.</p>
    """
    if health.empty:
        words = "No caller number dialed: there are no outbound phone calls."
    else:
        words = " ".join(_sentences(health))
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


def _sentences(health: pd.DataFrame) -> list[str]:
    raised, flagged = health[health["raised"]], health[health["flags"] > 0]
    said = [f"{_over(health, len(flagged))}."]
    if len(raised):
        top = raised.iloc[0]
        after = f"in the day after a burst of short calls ({top['burst_start']:%Y-%m-%d %H:%M})"
        said.append(f"Blocks rose on {_change(top)} {after}.")
        more = len(raised) - 1
        said += [f"So they did on {count(more)} more."] * (more > 0)
    elif health["bursts"].sum() > 0:
        said.append("There were bursts of short calls, and after none of them blocks surely rose.")
    else:
        said.append("There was no burst of short calls.")
    blocked, dialed = health["blocked"].sum(), health["seizures"].sum()
    share = f" ({percent(blocked / dialed)})" if dialed else ""
    said.append(f"In all {count(blocked)} of {calls(dialed)} were blocked{share}.")
    return said


def risks(health: pd.DataFrame, *, limit: int | None = None) -> Html:
    """Table of the numbers that are over a threshold, with a sentence for each.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.number_health()` returns it.
    limit : int, optional
        Rows to show; how many more there are is said below.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> "No caller number is surely" in repr(risks(rn.sample_calls(0).retell.number_health()))
    True
    """
    flagged = health[health["flags"] > 0]
    if flagged.empty:
        return Html('<p class="retell-note">No caller number is surely over a threshold.</p>')
    rates = flagged[["block_rate", "block_rate_low", "block_rate_high"]]
    blocked = dict(zip(("rate", "low", "high"), (rates[name] for name in rates), strict=True))
    shown = flagged[["from_number", "seizures", "blocked"]].assign(**blocked, risk=flagged["risk"])
    told = table(shown.rename(columns={"seizures": "calls"}), limit=limit)
    hidden = shown["from_number"].astype(str).map(is_pseudonym).any()
    return Html(f'{told!r}<p class="retell-note">{HIDDEN}</p>') if hidden else told


def overview(health: pd.DataFrame, *, limit: int | None = None) -> Html:
    """Table of all numbers: use, answers, short calls, blocks, bursts and signs of risk.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.number_health()` returns it.
    limit : int, optional
        Rows to show; how many more there are is said below.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> overview(rn.sample_calls(0).retell.number_health())
    <p class="retell-note">Nothing to show.</p>
    """
    shown = health[[*_OVERVIEW]].rename(columns=_OVERVIEW)
    for name, header in _RATES.items():
        rates = health[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False)
        shown.insert(3 + [*_RATES].index(name), header, [interval(*rate) for rate in rates])
    return table(shown, limit=limit)


_OVERVIEW = {
    "from_number": "number",
    "days": "days",
    "seizures": "calls",
    "busiest_day": "most calls in a day",
    "busiest_short": "most short calls in a window",
    "bursts": "bursts",
    "flags": "signs of risk",
}
_RATES = {"asr": "answered", "short_share_10s": "under 10 s", "block_rate": "blocked"}


def left_out(health: pd.DataFrame) -> Html:
    """What outbound calls the tables of numbers leave out, in a sentence.

    Parameters
    ----------
    health : DataFrame
        As a table word of caller numbers returns it.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> left_out(rn.sample_calls(0).retell.number_health())
    <p class="retell-note">No outbound phone call was left out.</p>
    """
    said = [
        f"{calls(health.attrs[name])} {words}"
        for name, words in _LEFT_OUT.items()
        if health.attrs.get(name)
    ]
    words = "; ".join(said) or "No outbound phone call was left out"
    return Html(f'<p class="retell-note">{escape(words)}.</p>')


_LEFT_OUT = {
    "in_progress": "still in progress",
    "undated": "without a time",
    "without_number": "without a caller number",
    "unknown": "ended for a reason that nobody knows (counted as dialed, never as answered)",
    "untimed": "answered without a duration (not in the shares of short calls)",
}
