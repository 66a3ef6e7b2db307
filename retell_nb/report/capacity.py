"""What calls in flight and the policies compared say, in sentences."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from retell_nb.plots.titles.capacity import flown, policy_row
from retell_nb.report.page import Html
from retell_nb.text import calls, count, duration, interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["headline", "set_aside"]

_ASIDE = {
    "in_progress": "in progress",
    "undated": "without a start or an end",
    "negative": "that end before they start",
    "too_long": "of over 24 hours, which cannot be",
    "momentary": "that tell no length, most of them not answered",
}
_SAVES_ALL, _SAVES_MOST = 0.9, 0.5
_MUCH_LESS = 0.8  # of the limit in flight when calls are refused: then it was another, or is unseen


def headline(concurrency: pd.DataFrame, backoff: pd.DataFrame) -> Html:
    """What was refused for want of a slot, and whether a retry or a higher limit would mend it.

    Parameters
    ----------
    concurrency, backoff : DataFrame
        As `calls.retell.concurrency()` and `calls.retell.backoff()` return them.

    Returns
    -------
    Html

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.tables import backoff, concurrency
    >>> calls = pd.DataFrame({"disconnection_reason": [], "direction": []})
    >>> times = pd.to_datetime(pd.Series([], dtype="object"), utc=True)
    >>> calls = calls.assign(start_timestamp=times, end_timestamp=times)
    >>> headline(concurrency(calls), backoff(calls))
    <p class="retell-headline">No call held a slot or was refused one.</p>
    """
    words = "No call held a slot or was refused one."
    if len(concurrency):
        refused = concurrency["refused"].sum()
        words = " ".join(_refused(backoff)) if refused else f"{flown(concurrency)}."
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


def set_aside(concurrency: pd.DataFrame) -> Html:
    """What is in no peak, and why.

    Parameters
    ----------
    concurrency : DataFrame
        As `calls.retell.concurrency()` returns it, with what it set aside in `attrs`.

    Returns
    -------
    Html

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame()
    >>> table.attrs["negative"] = 3
    >>> set_aside(table)
    <ul class="retell-note"><li>3 calls that end before they start</li></ul>
    """
    numbers = {words: concurrency.attrs.get(name, 0) for name, words in _ASIDE.items()}
    items = "".join(
        f"<li>{calls(number)} {words}</li>" for words, number in numbers.items() if number
    )
    if not items:
        return Html('<p class="retell-note">Nothing was set aside.</p>')
    return Html(f'<ul class="retell-note">{items}</ul>')


def _refused(table: pd.DataFrame) -> Iterator[str]:
    attrs, backoff, at_once = (
        table.attrs,
        policy_row(table, "backoff"),
        policy_row(table, "retry at once"),
    )
    limit, refused = attrs["limit"], backoff["refused"]
    then = attrs["in_flight_when_refused"]
    were = "was" if refused == 1 else "were"
    yield (
        f"{calls(refused)} {were} refused for want of a slot, with {count(then)} in flight "
        f"(median) of {count(limit)} allowed."
    )
    if then < _MUCH_LESS * limit or then > limit:
        yield (
            "So the limit was another one then, or slots were held that no record tells of; "
            "what a retry would have saved can only be told for the limit that there was."
        )
        return
    yield _verdict(backoff, attrs["enough"])
    yield f"The backoff would have got {_got(backoff)}{_later(backoff)}."
    yield f"Retries at once would have got {_got(at_once)}."


def _verdict(backoff: pd.Series[Any], enough: int) -> str:
    """What to do about it: the share that a backoff saves, less what it costs, decides."""
    net = (backoff["through"] - backoff["lost"]) / backoff["refused"]
    bigger = f"a limit of {count(enough)}, the smallest that would have refused nobody"
    if net >= _SAVES_ALL:
        return f"A retry with exponential backoff is enough; without one it takes {bigger}."
    if net >= _SAVES_MOST:
        return f"A retry with exponential backoff saves most of them; to save all takes {bigger}."
    return f"A retry with exponential backoff does not save most of them: it takes {bigger}."


def _got(row: pd.Series[Any]) -> str:
    share = interval(row["rate"], row["low"], row["high"])
    return f"{count(row['through'])} of the {count(row['refused'])} through, {share}"


def _later(backoff: pd.Series[Any]) -> str:
    """With which added wait, and at what cost to other calls."""
    median, most = (duration(backoff[name]) for name in ("median_wait_s", "p95_wait_s"))
    wait = f", {median} later (median; 95 % within {most})" if backoff["through"] else ""
    others = backoff["lost"]
    return wait + f", at the cost of {count(others)} other {_calls(others)}" * bool(others)


def _calls(number: float) -> str:
    return "call" if number == 1 else "calls"
