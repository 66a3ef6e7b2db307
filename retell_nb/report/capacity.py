"""What calls in flight and the policies compared say, in sentences."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any

from retell_nb.plots.titles.capacity import flown, policy_row
from retell_nb.report.figures import rows_of
from retell_nb.report.page import Html, table
from retell_nb.text import calls, count, duration, interval
from retell_nb.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["figures", "headline", "policies", "set_aside", "slots"]

_ASIDE = {
    "in_progress": "in progress",
    "undated": "without a start or an end",
    "negative": "with an end before the start",
    "too_long": "longer than 24 hours, which is not possible",
    "momentary": "of unknown length, such as dials that nobody answered",
}
_SAVES_ALL, _SAVES_MOST = 0.9, 0.5
_MUCH_LESS = 0.8  # of the limit in flight when calls are refused: then it was another, or is unseen


def slots(limit: int | str | None) -> int | str:
    """The limit that was given, a number written as text as that number, or a workspace's first 20.

    Examples
    --------
    >>> slots(None), slots("5")
    (20, 5)
    """
    if limit is None:
        return 20
    return int(limit) if str(limit).isdecimal() else limit


def headline(concurrency: pd.DataFrame, backoff: pd.DataFrame, *, assumed: bool = False) -> Html:
    """What was refused for want of a slot, and whether a retry or a higher limit would fix it.

    Parameters
    ----------
    concurrency, backoff : DataFrame
        As `calls.retell.concurrency()` and `calls.retell.backoff()` return them.
    assumed : bool
        Whether the limit is the default one, as nobody said what it is.

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
    <p class="retell-headline">No call was in flight, and none was refused.</p>
    """
    words = "No call was in flight, and none was refused."
    if len(concurrency):
        refused = concurrency["refused"].sum()
        words = (
            " ".join(_refused(backoff, assumed=assumed)) if refused else f"{flown(concurrency)}."
        )
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


def figures(concurrency: pd.DataFrame, backoff: pd.DataFrame) -> pd.DataFrame:
    """Return the five figures of capacity, as `retell_nb.report.figures.row` takes them.

    Parameters
    ----------
    concurrency, backoff : DataFrame
        As `calls.retell.concurrency()` and `calls.retell.backoff()` return them.

    Returns
    -------
    DataFrame
        A row for each `figure` with `value`, `low`, `high`, `unit` and `note`.

    Examples
    --------
    >>> import retell_nb as rn
    >>> calls = rn.sample_calls(2_000, seed=7).retell
    >>> figures(calls.concurrency(limit=20), calls.backoff(20))["figure"].tolist()
    ['peak in flight', 'calls refused', 'time above 80%', 'recovered by a backoff', 'limit needed']
    """
    nothing = math.nan
    limit, refused = backoff.attrs.get("limit", nothing), concurrency["refused"].sum()
    row = policy_row(backoff, "backoff") if refused else None
    recovered = (nothing,) if row is None else (row["rate"],)
    ends = (nothing,) * 2 if row is None else (row["low"], row["high"])
    others = 0 if row is None else row["lost"]
    cost = f"{count(others)} other {_calls(others)} lost" * bool(others)
    top = concurrency.iloc[int(concurrency["peak"].argmax())] if len(concurrency) else None
    when = "" if top is None else f"on {moment(top['period'])}"
    enough = backoff.attrs.get("enough", nothing) if refused else nothing
    return rows_of(
        ("peak in flight", nothing if top is None else top["peak"], "calls", when),
        ("calls refused", refused, "calls"),
        (
            "time above 80%",
            concurrency["seconds_above_80"].sum(),
            "s",
            f"of the limit of {count(limit)}",
        ),
        ("recovered by a backoff", *recovered, "share", cost, *ends),
        ("limit needed", enough, "calls", "" if refused else "no call was refused"),
    )


def policies(backoff: pd.DataFrame) -> Html:
    """The table of policies, with what its columns mean.

    Examples
    --------
    >>> import retell_nb as rn
    >>> "extra dials" in repr(policies(rn.sample_calls(2_000, seed=7).retell.backoff(20)))
    True
    """
    items = "".join(f"<li>{item}</li>" for item in _COLUMNS)
    return Html(f'{table(backoff)!r}<ul class="retell-note">{items}</ul>')


_COLUMNS = (
    (
        "<i>Got through</i>, <i>rate</i>: refused calls that would have found a slot in the end; "
        "waits are how much later than the first try. A dash: none got through."
    ),
    "<i>Extra dials</i>: dials beyond the first of each call.",
    (
        "<i>Calls delayed</i>: recorded calls that would have found their slot taken by a retry; "
        "<i>calls lost</i>: those of them that would have given up. They are the price of retries "
        "under a full limit."
    ),
    "<i>Retry at once</i> dials again every second, as often as the backoff does.",
)


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
    >>> "3 calls with an end before the start" in repr(set_aside(table))
    True
    """
    numbers = {words: concurrency.attrs.get(name, 0) for name, words in _ASIDE.items()}
    items = "".join(
        f"<li>{calls(number)} {words}</li>" for words, number in numbers.items() if number
    )
    return Html(
        f'<p>Not counted in any peak above:</p><ul class="retell-note">{items}</ul>'
        if items
        else ""
    )


def _refused(policy_table: pd.DataFrame, *, assumed: bool) -> Iterator[str]:
    attrs, backoff, at_once = (
        policy_table.attrs,
        policy_row(policy_table, "backoff"),
        policy_row(policy_table, "retry at once"),
    )
    limit, refused = attrs["limit"], backoff["refused"]
    then = attrs["in_flight_when_refused"]
    were = "was" if refused == 1 else "were"
    slots = f"a limit of {count(limit)} is assumed: {_GIVE}" if assumed else f"limit {count(limit)}"
    yield (
        f"{calls(refused)} {were} refused at the concurrency limit, with {count(then)} in flight "
        f"(median; {slots})."
    )
    if then < _MUCH_LESS * limit or then > limit:
        yield (
            "So the limit was different then, or calls that are not in these records held slots. "
            f"What a retry would have recovered depends on the right limit: {_GIVE}."
        )
        return
    yield _verdict(backoff, attrs["enough"])
    yield f"The backoff would have gotten {_got(backoff)}{_later(backoff)}."
    yield f"Retrying at once would have gotten {_got(at_once)}."


_GIVE = "set yours with -p limit N, as the dashboard shows it under concurrency"


def _verdict(backoff: pd.Series[Any], enough: int) -> str:
    """What to do about it: the share that a backoff saves, less what it costs, decides."""
    net = (backoff["through"] - backoff["lost"]) / backoff["refused"]
    bigger = f"a limit of {count(enough)}, the smallest that would have refused no calls"
    backoff_would = "In the simulation, a retry with exponential backoff would"
    if net >= _SAVES_ALL:
        return f"{backoff_would} have been enough; without one, you need {bigger}."
    if net >= _SAVES_MOST:
        return f"{backoff_would} have recovered most of them; all of them need {bigger}."
    return f"{backoff_would} not have recovered most of them: you need {bigger}."


def _got(row: pd.Series[Any]) -> str:
    share = interval(row["rate"], row["low"], row["high"])
    return f"{count(row['through'])} of the {count(row['refused'])} through, {share}"


def _later(backoff: pd.Series[Any]) -> str:
    """With which added wait, and at what cost to other calls."""
    median, most = (duration(backoff[name]) for name in ("median_wait_s", "p95_wait_s"))
    wait = f", {median} later (median; 95% within {most})" if backoff["through"] else ""
    others = backoff["lost"]
    return wait + f", at the cost of {count(others)} other {_calls(others)}" * bool(others)


def _calls(number: float) -> str:
    return "call" if number == 1 else "calls"
