"""Caller numbers in words: what their tables say, as HTML."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.plots.titles.numbers import change, over_threshold
from retell_nb.report.page import Html, table
from retell_nb.report.source import HIDDEN
from retell_nb.text import calls, count, interval, not_recorded, percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "headline",
    "left_out",
    "overview",
    "risks",
]


def headline(health: pd.DataFrame) -> Html:
    """The state of the caller numbers in a few sentences.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.numbers()` returns it.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> headline(rn.sample_calls(0).retell.numbers())
    <p class="retell-headline">No caller number dialed: there are no outbound phone calls.</p>
    """
    if health.empty:
        lacking = not_recorded(health.attrs)
        words = f"{lacking}: which calls are outbound is not known." if lacking else _NONE
    else:
        words = " ".join(_sentences(health))
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


_NONE = "No caller number dialed: there are no outbound phone calls."


def _sentences(health: pd.DataFrame) -> list[str]:
    raised, flagged = health[health["raised"]], health[health["flags"] > 0]
    sentences = [f"{over_threshold(health, len(flagged))}."]
    if len(raised):
        top = raised.iloc[0]
        after = f"in the day after a burst of short calls ({top['burst_start']:%Y-%m-%d %H:%M})"
        sentences.append(f"Blocks rose on {change(top)} {after}.")
        more = len(raised) - 1
        sentences += [f"They also rose on {count(more)} more."] * (more > 0)
    elif health["bursts"].sum() > 0:
        sentences.append(
            "There were bursts of short calls; blocks rose beyond chance after none of them."
        )
    else:
        sentences.append("There was no burst of short calls.")
    blocked, dialed = health["blocked"].sum(), health["seizures"].sum()
    share = f" ({percent(blocked / dialed)})" if dialed else ""
    sentences.append(f"In all {count(blocked)} of {calls(dialed)} were blocked{share}.")
    return sentences


def risks(health: pd.DataFrame, *, limit: int | None = None) -> Html:
    """Table of the numbers that are over a threshold, with a sentence for each.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.numbers()` returns it.
    limit : int, optional
        Rows to show; how many more there are is said below.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> "No caller number is above" in repr(risks(rn.sample_calls(0).retell.numbers()))
    True
    """
    flagged = health[health["flags"] > 0]
    if flagged.empty:
        words = (
            not_recorded(health.attrs) or "No caller number is above a threshold (95 % confidence)"
        )
        return Html(f'<p class="retell-note">{escape(words)}.</p>')
    rates = flagged[["block_rate", "block_rate_low", "block_rate_high"]]
    blocked = dict(zip(("rate", "low", "high"), (rates[name] for name in rates), strict=True))
    rows = flagged[["from_number", "seizures", "blocked"]].assign(**blocked, risk=flagged["risk"])
    html = table(rows.rename(columns={"seizures": "calls"}), limit=limit)
    hidden = rows["from_number"].astype(str).map(is_pseudonym).any()
    return Html(f'{html!r}<p class="retell-note">{HIDDEN}</p>') if hidden else html


def overview(health: pd.DataFrame, *, limit: int | None = None) -> Html:
    """Table of all numbers: use, answers, short calls, blocks, bursts and signs of risk.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.numbers()` returns it.
    limit : int, optional
        Rows to show; how many more there are is said below.

    Returns
    -------
    Html

    Examples
    --------
    >>> import retell_nb as rn
    >>> overview(rn.sample_calls(0).retell.numbers())
    <p class="retell-note">Nothing to show.</p>
    """
    columns = health[[*_OVERVIEW]].rename(columns=_OVERVIEW)
    for name, header in _RATES.items():
        rates = health[[name, f"{name}_low", f"{name}_high"]].itertuples(index=False)
        columns.insert(3 + [*_RATES].index(name), header, [interval(*rate) for rate in rates])
    return table(columns, limit=limit)


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
    >>> left_out(rn.sample_calls(0).retell.numbers())
    <p class="retell-note">No outbound phone call was left out.</p>
    """
    phrases = [
        f"{calls(health.attrs[name])} {words}"
        for name, words in _LEFT_OUT.items()
        if health.attrs.get(name)
    ]
    words = "; ".join(phrases) or "No outbound phone call was left out"
    return Html(f'<p class="retell-note">{escape(words)}.</p>')


_LEFT_OUT = {
    "in_progress": "still in progress",
    "undated": "without a time",
    "without_number": "without a caller number",
    "undirected": "without a direction, which may be outbound",
    "unknown": "of unknown ending (in no rate)",
    "untimed": "answered without a duration (not in the shares of short calls)",
}
