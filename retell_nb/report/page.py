"""Tables as a reader of a report sees them: sentences and HTML, every text escaped."""

from __future__ import annotations

import re
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import text
from retell_nb.calls.dashboard import dashboard_link
from retell_nb.selection.loading import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["KINDS", "Html", "breakdown", "headline", "left_out", "state", "table"]

_INTERVAL = ["rate", "low", "high"]
TIME = re.compile(r"\b\d{4}-\d\d-\d\d \d\d:\d\d\b")
UNBROKEN = r"<time>\g<0></time>"
"""A time in a text, and the same as HTML that is not broken at its hyphens."""

KINDS = {
    "bad_number": "invalid numbers dialed",
    "capacity": "concurrency limit reached",
    "client": "calls never joined",
    "dial_failure": "failed or blocked dials",
    "dial_no_answer": "unanswered calls",
    "handover": "failed transfers",
    "inactivity": "silence",
    "llm_server": "LLM server errors",
    "max_duration_reached": "maximum duration reached",
    "media": "missing audio",
    "platform": "errors at Retell",
    "policy": "calls refused as a scam",
    "reputation": "calls marked as spam",
    "trunk": "trunk or provider errors",
}
"""What a category of failures is called in a sentence; another one by its own name."""

_IDS = ("call_id", "example")
_TOO_FEW = "too few calls to say"
_YES_NO = {True: "yes", False: "no"}


class Html:
    """A piece of HTML that shows itself in a notebook; its text was escaped when it was made.

    Examples
    --------
    >>> Html("<b>12</b>")
    <b>12</b>
    """

    def __init__(self, html: str) -> None:
        self._html = html

    def __repr__(self) -> str:
        return self._html

    def _repr_html_(self) -> str:
        return self._html


def headline(summary: pd.DataFrame, *, tz: str = "UTC") -> Html:
    """The state of the calls in one sentence with numbers.

    Parameters
    ----------
    summary : DataFrame
        The row that `calls.retell.summary()` returns.
    tz : str
        Time zone of the days that are named.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb.tables import summary
    >>> headline(summary(pd.DataFrame({"disconnection_reason": []})))
    <p class="retell-headline">There are no calls to report on.</p>
    """
    words = escape(state(summary, tz=tz)).replace(" %", "\N{NO-BREAK SPACE}%")
    return Html(f'<p class="retell-headline">{words}</p>')


NO_CALLS = "There are no calls to report on."


def state(summary: pd.DataFrame, *, tz: str = "UTC") -> str:
    """The same sentence as plain text.

    Examples
    --------
    >>> from retell_nb.tables import summary
    >>> state(summary(pd.DataFrame({"disconnection_reason": ["dial_failed"]})))[:23]
    '1 of 1 call failed: 100'
    """
    row = summary.iloc[0]
    return " ".join(_sentences(row, tz)) if row["calls"] else NO_CALLS


def _sentences(row: pd.Series[Any], tz: str) -> list[str]:
    where = _period(row["first"], row["last"], tz)
    if not row["ended"]:
        return [f"All {text.calls(row['calls'])}{where} are still in progress."]
    settled = row["ended"] - row["unknown"]
    have = "has" if row["unknown"] == 1 else "have"
    if not settled:
        return [f"{text.calls(row['unknown'])}{where} {have} no known ending."]
    rate = text.interval(row["rate"], row["low"], row["high"])
    sentences = [f"{text.count(row['failed'])} of {text.calls(settled)}{where} failed: {rate}."]
    tops = {"category": "Most common cause", "owner": "Owner of the most failures"}
    for kind, words in tops.items():
        if not pd.isna(row[f"top_{kind}"]):
            share = _share(row[f"top_{kind}_calls"], row)
            name = text.label(row[f"top_{kind}"])
            name = KINDS.get(name, name.replace("_", " "))
            sentences.append(f"{words}: {name}, {share}.")
    if row["unknown"]:
        sentences.append(f"{text.calls(row['unknown'])} {have} no known ending.")
    return sentences


def _period(first: Any, last: Any, tz: str) -> str:
    if pd.isna(first):
        return ""
    days = list(dict.fromkeys(f"{time.tz_convert(tz):%Y-%m-%d}" for time in (first, last)))
    return f" between {' and '.join(days)}" if days[1:] else f" on {days[0]}"


def _share(calls: float, row: pd.Series[Any]) -> str:
    return f"{text.percent(calls / row['failed'])} ({text.calls(calls)})"


def table(frame: pd.DataFrame, *, limit: int | None = None, currency: str = "USD") -> Html:
    """Table as HTML, with numbers as a person writes them; a rate and its interval in one cell.

    Parameters
    ----------
    frame : DataFrame
        Any table of the library, or another small one.
    limit : int, optional
        Rows to show; how many more there are is said below.
    currency : str
        Code of the currency that costs are in; nothing is converted.

    Returns
    -------
    Html

    Examples
    --------
    >>> page = table(pd.DataFrame({"outcome": ["<b>"], "calls": [1200], "share": [0.5]}))
    >>> [cell in repr(page) for cell in ("&lt;b&gt;", "1,200", "50\N{NO-BREAK SPACE}%", "<b>")]
    [True, True, True, False]
    """
    if frame.empty:
        return Html('<p class="retell-note">Nothing to show.</p>')
    cells = _linked(frame.head(limit) if limit else frame, currency)
    with pd.option_context("display.max_colwidth", None):
        html = cells.to_html(index=False, border=0, escape=False, classes="retell", justify="left")
    html = TIME.sub(UNBROKEN, html).replace(" %", "\N{NO-BREAK SPACE}%")
    rest = len(frame) - len(cells)
    more = f'<p class="retell-note">and {text.count(rest)} more</p>' if rest else ""
    return Html(f'<div class="retell-table">{html}{more}</div>')


def _linked(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The cells as HTML: escaped, and ids of calls as links to the dashboard."""
    html = _written(frame, currency).map(escape).rename(columns=escape)
    for name, header in ((name, name.replace("_", " ")) for name in _IDS):
        if name in frame.columns and header in html.columns:
            pairs = zip(frame[name].astype(object), html[header], strict=True)
            html[header] = [dashboard_link(call_id, cell) for call_id, cell in pairs]
    return html


def _written(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The cells as text, under headers as words."""
    frame = frame.reset_index(drop=True)
    cells = {str(name): _column(frame[name], str(name)) for name in frame.columns}
    if {"kpi", "value", "unit"} <= set(frame.columns):
        cells["value"] = [_measure(row) for _, row in frame.iterrows()]
        cells = {name: cells[name] for name in cells if name not in ("low", "high", "unit")}
    elif set(_INTERVAL) <= set(frame.columns):
        cells["rate"] = [_rate(row) for _, row in frame.iterrows()]
        cells = {name: cells[name] for name in cells if name not in ("low", "high", "enough")}
    headers = _HEADERS
    if "costed" in cells:
        headers = {**_HEADERS, **_OF_COSTS}
        recorded = frame[frame["costed"] > 0]  # else it is no cost of 0 but none that is known
        sums = recorded.reindex(frame.index)
        cells |= {
            name: [text.money(value / part, currency) for value in sums[name]]
            for name, part in _MONEY.items()
            if name in cells
        }
    return pd.DataFrame(cells).rename(
        columns=lambda name: headers.get(name, name).replace("_", " ")
    )


def _rate(row: pd.Series[Any]) -> str:
    text_of_rate = text.interval(row["rate"], row["low"], row["high"])
    return f"{text_of_rate}, {_TOO_FEW}" if not row.get("enough", True) else text_of_rate


def _measure(row: pd.Series[Any]) -> str:
    value = text.amount(row["value"], row["unit"])
    if pd.isna(row["low"]) or pd.isna(row["value"]):
        return value
    low, high = text.amount(row["low"], row["unit"]), text.amount(row["high"], row["unit"])
    return f"{value} ({low} to {high})"


def _column(cells: pd.Series[Any], name: str) -> list[str]:
    return [_cell(cell, _WRITERS.get(name)) for cell in cells]


def _cell(cell: Any, write: Callable[[Any], str] | None) -> str:
    if write is not None:
        return write(cell)
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d %H:%M}"
    if isinstance(cell, bool):
        return _YES_NO[cell]
    if isinstance(cell, Integral):
        return text.count(int(cell))
    if isinstance(cell, float) and pd.notna(cell):
        return text.count(cell) if abs(cell) >= 1_000 else f"{cell:.4g}"
    return text.label(cell)


_WRITERS: Mapping[str, Callable[[Any], str]] = {
    "share": text.percent,
    "rate": text.percent,
    "median_wait_s": text.duration,
    "p95_wait_s": text.duration,
    "seconds_above_80": text.duration,
    "billed_seconds": text.duration,
    "talked_seconds": text.duration,
}
_HEADERS: Mapping[str, str] = {
    "kpi": "KPI",
    "rate": "rate (95 % interval)",
    "retry": "redial",
    "median_wait_s": "median wait",
    "p95_wait_s": "95 % wait at most",
    "seconds_above_80": "above 80 %",
    "through": "got through",
    "redials": "further tries",
    "put_off": "others wait",
    "lost": "others lost",
}
_OF_COSTS = {
    "costed": "calls with a cost",
    "amount": "cost",
    "mean": "per call",
    "per_connected": "per connected call",
    "per_human": "per call with a person",
    "recoverable_calls": "recoverable calls",
    "billed_seconds": "billed",
    "talked_seconds": "talked",
}
_MONEY = {"amount": 1, "mean": 100, "per_connected": 100, "per_human": 100, "recoverable": 100}
"""Columns of money, and how many of their units are one of the currency."""


def breakdown(frame: pd.DataFrame) -> Html:
    """Table of the reasons that occurred: how often, who can fix it, and what to do.

    Parameters
    ----------
    frame : DataFrame
        As `calls.retell.breakdown()` returns it. Where the status is not from Retell's table of
        disconnection reasons, its cell says what it is from.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb.tables import breakdown as table_of
    >>> calls = pd.DataFrame({"disconnection_reason": ["network_blocked"]})
    >>> "not_connected (inferred)" in repr(breakdown(table_of(calls)))
    True
    """
    frame = frame[frame["calls"] > 0].sort_values("calls", ascending=False, kind="stable")
    sure = frame["status_source"].eq("table")
    source = " (" + frame["status_source"].astype(str) + ")"
    status = frame["status"].astype(str) + source.mask(sure, "")
    return table(frame.assign(status=status).drop(columns=["outcome", "status_source", "retry"]))


def left_out(calls: pd.DataFrame) -> Html:
    """What is not in the numbers: records set aside, earlier versions, fields not loaded.

    Parameters
    ----------
    calls : DataFrame
        Calls with the notes of their reader in `attrs`.

    Returns
    -------
    Html

    Examples
    --------
    >>> left_out(pd.DataFrame())
    <BLANKLINE>
    """
    notes = [note for note in map(_note, *zip(*_counted(told(calls)), strict=True)) if note]
    if told(calls).get("masked") and (notes or len(calls)):
        notes.append(_MASKED[bool(told(calls).get("own_numbers"))])
    if not notes:
        return Html("")
    items = "".join(f"<li>{escape(text.cleaned(note))}</li>" for note in notes)
    return Html(f'<ul class="retell-note">{items}</ul>{_rejected(told(calls))}')


_MASKED = {
    False: "Phone numbers are hidden behind pseudonyms",
    True: "Phone numbers are hidden behind pseudonyms, except for your own",
}


def _counted(attrs: Mapping[Any, Any]) -> list[tuple[int, str]]:
    fields = attrs.get("left_out", ())
    return [
        (len(attrs.get("rejected", ())), "record{s} set aside as unusable"),
        (attrs.get("duplicates", 0), "earlier version{s} of calls that came again"),
        (attrs.get("undated", 0), "call{s} without a time, so in no period"),
        (len(fields), f"personal or heavy field{{s}} not loaded: {', '.join(fields)}"),
    ]


def _note(number: int, words: str) -> str:
    return f"{text.count(number)} {words.replace('{s}', 's' * (number != 1), 1)}" if number else ""


def _rejected(attrs: Mapping[Any, Any]) -> str:
    rejected = pd.DataFrame(list(attrs.get("rejected", ())))
    return repr(table(rejected, limit=10)) if len(rejected) else ""
