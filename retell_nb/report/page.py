"""Tables as a reader of a report sees them: sentences and HTML, every text escaped."""

from __future__ import annotations

import re
from html import escape
from numbers import Integral
from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import text, times
from retell_nb.calls.dashboard import dashboard_link
from retell_nb.selection.loading import told

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["KINDS", "Html", "breakdown", "headline", "left_out", "period", "state", "table"]

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
    "short_calls": "calls shorter than 10 s",
    "trunk": "trunk or provider errors",
}
"""What a category of failures is called in a sentence; another one by its own name."""

_IDS = ("call_id", "example")
_TOO_FEW = "too few calls to say"
_YES_NO = {True: "yes", False: "no"}


class Html:
    """A piece of HTML that shows itself in a notebook; its text was escaped when it was made.

    What is made only when it is shown is given as a function without arguments.

    Examples
    --------
    >>> Html("<b>12</b>"), Html(lambda: "<b>13</b>")
    (<b>12</b>, <b>13</b>)
    """

    def __init__(self, html: str | Callable[[], str]) -> None:
        self._html = html

    def __repr__(self) -> str:
        if not isinstance(self._html, str):
            self._html = self._html()
        return self._html

    def _repr_html_(self) -> str:
        return repr(self)


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
    <p class="retell-headline retell-calm">There are no calls to report on.</p>
    """
    calm = "" if summary["failed"].sum() else " retell-calm"
    return Html(f'<p class="retell-headline{calm}">{escape(state(summary, tz=tz))}</p>')


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
    where = period(row["first"], row["last"], tz)
    if where and (timeless := summary.attrs.get("timeless", 0)):
        where += f" ({text.calls(timeless)} without a time)"
    return " ".join(_sentences(row, where)) if row["calls"] else NO_CALLS


def _sentences(row: pd.Series[Any], where: str) -> list[str]:
    if not row["ended"]:
        return [f"All {text.calls(row['calls'])}{where} are still in progress."]
    settled = row["ended"] - row["unknown"]
    have = "has" if row["unknown"] == 1 else "have"
    if not settled:
        return [f"{text.calls(row['unknown'])}{where} {have} no known ending."]
    rate = text.interval(row["rate"], row["low"], row["high"])
    sentences = [f"{text.count(row['failed'])} of {text.calls(settled)} failed{where}: {rate}."]
    tops = {"category": "Most common cause", "owner": "Owner of the most failures"}
    if row["failed"] == 1:
        tops = {"category": "Cause", "owner": "Owner"}
    for kind, words in tops.items():
        if not pd.isna(row[f"top_{kind}"]):
            name = text.label(row[f"top_{kind}"])
            name = KINDS.get(name, name.replace("_", " "))
            share = f", {_share(row[f'top_{kind}_calls'], row)}" * bool(row["failed"] > 1)
            sentences.append(f"{words}: {name}{share}.")
    rest = [f"{text.calls(row['unknown'])} with no known ending"] * bool(row["unknown"])
    running = row["calls"] - row["ended"]
    rest += [f"{text.calls(running)} still in progress"] * bool(running)
    sentences += [f"Not counted: {', '.join(rest)}."] * bool(rest)
    return sentences


def period(first: Any, last: Any, tz: str) -> str:
    """The days from a first to a last time, as the end of a sentence; nothing without them.

    Examples
    --------
    >>> period(*pd.to_datetime(["2026-03-02T10:00Z", "2026-03-04T10:00Z"]), "UTC")
    ' from Mar 2 to Mar 4, 2026'
    """
    if pd.isna(first):
        return ""
    start, end = (time.tz_convert(tz) for time in (first, last))
    if start.date() == end.date():
        return f" on {times.day(end)}"
    return f" from {times.day(start, year=start.year != end.year)} to {times.day(end)}"


def _share(calls: float, row: pd.Series[Any]) -> str:
    if row["failed"] < text.FEW:
        return text.share_of(calls, row["failed"], "failure")
    return f"{text.percent(calls / row['failed'])} of failures ({text.calls(calls)})"


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
    >>> [cell in repr(page) for cell in ("&lt;b&gt;", "1,200", "50%", "<b>")]
    [True, True, True, False]
    """
    if frame.empty:
        return Html('<p class="retell-note">Nothing to show.</p>')
    cells = _linked(frame.head(limit) if limit else frame, currency)
    html = TIME.sub(UNBROKEN, _tagged(cells))
    rest = len(frame) - len(cells)
    more = f'<p class="retell-note">and {text.count(rest)} more</p>' if rest else ""
    return Html(f'<div class="retell-table">{html}{more}</div>')


_WIDE = 4
"""Columns beyond which a row of a table is a block of its own on a phone."""
_LONG = 24
"""Characters from which on a cell has the width of a phone."""
_SENTENCE = 60
"""Characters of a cell that leave no room for two others beside it on a phone."""


def _tagged(cells: pd.DataFrame) -> str:
    """The cells between tags, each with its header, which a narrow screen shows beside it."""
    sentences = cells.map(lambda cell: len(re.sub("<[^>]*>", "", cell)) > _SENTENCE)
    wide = len(cells.columns) > _WIDE or (len(cells.columns) > 2 and bool(sentences.any(axis=None)))
    headers = [f' data-header="{header}"' * wide for header in cells.columns]
    rows = "".join(
        f"<tr>{''.join(map(_tag, headers, row))}</tr>"
        for row in cells.itertuples(index=False, name=None)
    )
    head = "".join(f"<th>{header}</th>" for header in cells.columns)
    kind = "retell retell-wide" if wide else "retell"
    return f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _tag(header: str, cell: str) -> str:
    long = ' class="retell-long"' if len(cell) > _LONG else ""
    return f"<td{long}{header}>{cell}</td>"


def _linked(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The cells as HTML: escaped, and ids of calls as links to the dashboard."""
    html = _written(frame, currency).map(escape).rename(columns=escape)
    for name, header in ((name, _header(name, _HEADERS)) for name in _IDS):
        if name in frame.columns and header in html.columns:
            pairs = zip(frame[name].astype(object), html[header], strict=True)
            html[header] = [dashboard_link(call_id, cell) for call_id, cell in pairs]
    return html


def _written(frame: pd.DataFrame, currency: str) -> pd.DataFrame:
    """The cells as text, under headers as words."""
    frame = frame.reset_index(drop=True)
    cells = {str(name): _column(frame[name], str(name)) for name in frame.columns}
    if {"difference", "low", "high"} <= set(frame.columns):
        cells["difference"] = [_difference(row) for _, row in frame.iterrows()]
        cells = {name: cells[name] for name in cells if name not in ("low", "high")}
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
    return pd.DataFrame(cells).rename(columns=lambda name: _header(name, headers))


def _header(name: str, headers: Mapping[str, str]) -> str:
    return headers.get(name, name).replace("_", " ")


def _rate(row: pd.Series[Any]) -> str:
    text_of_rate = text.interval(row["rate"], row["low"], row["high"])
    return f"{text_of_rate}, {_TOO_FEW}" if not row.get("enough", True) else text_of_rate


def _difference(row: pd.Series[Any]) -> str:
    low, high = text.points(row["low"]), text.points(row["high"])
    return f"{text.points(row['difference'])} points ({low} to {high})"


def _chance(p: float) -> str:
    return text.NOTHING if pd.isna(p) else "<0.001" if p < 0.001 else f"{p:.3f}"


def _spoken(name: object) -> str:
    """A word of the library's own, as it is read."""
    return text.label(name).replace("_", " ")


def _measure(row: pd.Series[Any]) -> str:
    value = text.amount(row["value"], row["unit"])
    if pd.isna(row["low"]) or pd.isna(row["value"]):
        return value
    if row["unit"] == "share":
        return text.interval(row["value"], row["low"], row["high"])
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
    "baseline_rate": text.percent,
    "difference": text.points,
    "p_value": _chance,
    "p_adjusted": _chance,
    **dict.fromkeys(("category", "kpi", "outcome", "owner", "status"), _spoken),
    "median_wait_s": text.duration,
    "p95_wait_s": text.duration,
    "seconds_above_80": text.duration,
    "billed_seconds": text.duration,
    "talked_seconds": text.duration,
}
_HEADERS: Mapping[str, str] = {
    "kpi": "KPI",
    "agent_id": "agent ID",
    "agent_version": "version",
    "baseline_calls": "calls before",
    "baseline_rate": "rate before",
    "call_id": "call ID",
    "difference": "difference (95% interval)",
    "disconnection_reason": "reason",
    "flags": "signs of risk",
    "from_number": "caller number",
    "n": "calls (n)",
    "ongoing": "still ongoing",
    "p_value": "p-value",
    "saveable": "recoverable",
    "title": "finding",
    "to_number": "callee",
    "trouble": "problem",
    "rate": "rate (95% interval)",
    "retry": "redial",
    "median_wait_s": "median wait",
    "p95_wait_s": "95% wait at most",
    "seconds_above_80": "above 80%",
    "through": "got through",
    "redials": "extra dials",
    "put_off": "calls delayed",
    "lost": "calls lost",
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
    >>> "not connected (inferred)" in repr(breakdown(table_of(calls)))
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
    False: "Phone numbers are replaced by pseudonyms",
    True: "Phone numbers are replaced by pseudonyms, except for your own",
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
