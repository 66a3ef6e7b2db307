"""Caller numbers in words: what their tables say, as HTML."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from retell_nb.calls.phone_numbers.withheld import is_pseudonym
from retell_nb.engine.intervals import wilson
from retell_nb.plots.titles.numbers import change, over_threshold
from retell_nb.report.figures import rows_of
from retell_nb.report.page import Html, table
from retell_nb.report.source import HIDDEN
from retell_nb.text import calls, count, interval, label, not_recorded, percent
from retell_nb.times import moment
from retell_nb.vocabulary.thresholds import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pandas as pd

__all__ = ["figures", "headline", "left_out", "overview", "risks", "steps"]


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
    <p class="retell-headline">No outbound phone calls, so no caller numbers to check.</p>
    """
    if health.empty:
        lacking = not_recorded(health.attrs)
        words = f"{lacking}: which calls are outbound is not known." if lacking else _NONE
    else:
        words = " ".join(_sentences(health))
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


_NONE = "No outbound phone calls, so no caller numbers to check."


def _sentences(health: pd.DataFrame) -> list[str]:
    raised, flagged = health[health["raised"]], health[health["flags"] > 0]
    sentences = [f"{over_threshold(health, len(flagged))}."]
    if len(raised):
        top = raised.iloc[0]
        after = f"in the day after a burst of short calls ({moment(top['burst_start'])})"
        sentences.append(f"The block rate rose on {change(top)} {after}.")
        more = len(raised) - 1
        sentences += [f"The block rate also rose on {count(more)} more."] * (more > 0)
    elif health["bursts"].sum() > 0:
        sentences.append(
            "There were bursts of short calls, but the block rate did not rise beyond "
            "chance after any of them."
        )
    else:
        sentences.append("There were no bursts of short calls.")
    blocked, dialed = health["blocked"].sum(), health["seizures"].sum()
    share = f" ({percent(blocked / dialed)})" if dialed else ""
    sentences.append(f"Blocked: {count(blocked)} of {calls(dialed)}{share}.")
    first = next(_actions(health), None)
    sentences += [f"What to do first: {first[0][0].lower()}{first[0][1:]}"] if first else []
    return sentences


def figures(health: pd.DataFrame) -> pd.DataFrame:
    """Return the five figures of caller numbers, as `retell_nb.report.figures.row` takes them.

    Parameters
    ----------
    health : DataFrame
        As `calls.retell.numbers()` returns it.

    Returns
    -------
    DataFrame
        A row for each `figure` with `value`, `low`, `high`, `unit` and `note`.

    Examples
    --------
    >>> import retell_nb as rn
    >>> figures(rn.sample_calls(2_000, seed=7).retell.numbers())["figure"].tolist()
    ['caller numbers', 'calls dialed', 'blocked', 'bursts of short calls', 'above a threshold']
    """
    dialed, blocked = health["seizures"].sum(), health["blocked"].sum()
    low, high = (float(end) for end in wilson(blocked, dialed))
    flagged = health[health["flags"] > 0]
    names = ", ".join(label(name) for name in flagged["from_number"].head(_NAMED))
    names += " …" * (len(flagged) > _NAMED)
    numbers, bursting = len(health), int((health["bursts"] > 0).sum())
    on_numbers = f"on {count(bursting)} number{'s' * (bursting != 1)}" * (bursting > 0)
    return rows_of(
        ("caller numbers", numbers, "calls"),
        ("calls dialed", dialed, "calls"),
        ("blocked", blocked / dialed if dialed else math.nan, "share", "", low, high),
        ("bursts of short calls", health["bursts"].sum(), "calls", on_numbers),
        ("above a threshold", len(flagged), "calls", names),
    )


def steps(health: pd.DataFrame) -> Html:
    """What to do about the numbers that are above a threshold, the most urgent first.

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
    >>> steps(rn.sample_calls(2_000, seed=7, faults=False).retell.numbers())
    <p>Nothing to do: no caller number is above a threshold.</p>
    """
    actions = [*_actions(health)] if len(health) else []
    items = "".join(
        f"<li><b>{escape(action)}</b> {escape(reason)}</li>" for action, reason in actions
    )
    if not items:
        return Html("<p>Nothing to do: no caller number is above a threshold.</p>")
    return Html(f"<ol>{items}</ol>")


def _actions(health: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Actions, each with the figures that it follows from."""
    flagged = health[health["flags"] > 0]
    if flagged.empty:
        return
    yield from _about_blocks(health, flagged)
    yield from _about_use(flagged)
    short = flagged[flagged["short_share_10s_low"] > health.attrs.get("short_call_share", 1.0)]
    if len(short):
        row = short.iloc[0]
        yield (
            "Find out why people hang up within 10 s.",
            (
                f"{percent(row['short_share_10s'])} of the answered calls from {_name(row)} did. "
                "Read the transcripts, and check the agent's opening line and the dial list: "
                f'calls.retell.select(from_number="{_name(row)}", duration="<10s").'
            ),
        )
    yield (
        "Check again in a week.",
        "retell-nb report number_health -p start YYYY-MM-DD, with the day of the change.",
    )


def _about_blocks(health: pd.DataFrame, flagged: pd.DataFrame) -> Iterator[tuple[str, str]]:
    blocked = flagged[flagged["raised"] | (flagged["block_rate_low"] > _overall(health))]
    if blocked.empty:
        return
    rates = (f"{percent(row['block_rate'])} on {_name(row)}" for _, row in blocked.iterrows())
    yield (
        f"Dial from other numbers instead of {_few(map(label, blocked['from_number']))}.",
        f"Blocked: {_few(rates)}; on all numbers: {percent(_overall(health))}.",
    )
    yield (
        (
            f"Ask the carrier how the number{'s are' if len(blocked) > 1 else ' is'} labeled, and "
            f"register {'them' if len(blocked) > 1 else 'it'}."
        ),
        (
            "Only carriers and their analytics companies can remove a spam label; in the US, "
            "freecallerregistry.com reaches the largest ones."
        ),
    )


def _about_use(flagged: pd.DataFrame) -> Iterator[tuple[str, str]]:
    bursts = flagged[flagged["bursts"] > 0]
    if len(bursts):
        yield (
            "Spread the calls over the day and over more numbers.",
            (
                f"Up to {count(bursts['busiest_short'].max())} short calls came from one number in "
                "one window; carriers block numbers for that."
            ),
        )
    allowed = float(THRESHOLDS["value"]["calls_per_day"])
    busy = flagged[flagged["busiest_day"] > allowed]
    if len(busy):
        yield (
            f"Stay below {count(allowed)} calls a day from a number.",
            (
                f"Busiest day: {count(busy['busiest_day'].max())}, from "
                f"{_name(busy.sort_values('busiest_day').iloc[-1])}."
            ),
        )


def _overall(health: pd.DataFrame) -> float:
    dialed = health["seizures"].sum()
    return float(health["blocked"].sum() / dialed) if dialed else 0.0


def _name(row: pd.Series[Any]) -> str:
    return label(row["from_number"])


def _few(names: Iterable[str]) -> str:
    """The first of some names, and how many more there are."""
    texts = [*names]
    more = [f"{count(len(texts) - _NAMED)} more"] * (len(texts) > _NAMED)
    return ", ".join([*texts[:_NAMED], *more])


_NAMED = 3
"""Numbers that a sentence names."""


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
            not_recorded(health.attrs) or "No caller number is above a threshold (95% confidence)"
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
    <BLANKLINE>
    """
    phrases = [
        f"{calls(health.attrs[name])} {words}"
        for name, words in _LEFT_OUT.items()
        if health.attrs.get(name)
    ]
    words = f'<p class="retell-note">{escape("; ".join(phrases))}.</p>'
    return Html(words if phrases else "")


_LEFT_OUT = {
    "in_progress": "still in progress",
    "undated": "without a time",
    "without_number": "without a caller number",
    "undirected": "without a direction, which may be outbound",
    "unknown": "of unknown ending (in no rate)",
    "untimed": "answered without a duration (not in the shares of short calls)",
}
