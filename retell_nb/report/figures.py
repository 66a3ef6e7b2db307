"""The five figures that a report begins with, and how they changed since the time before."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from retell_nb import text, times
from retell_nb.engine.intervals import newcombe
from retell_nb.report.page import Html
from retell_nb.selection.filters import moment
from retell_nb.selection.loading import between, load_calls, told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.calls.reading.mapping import Names

__all__ = ["figures", "in_words", "load", "row", "rows_of"]

_STYLE = """
.retell-figures { display: grid; grid-template-columns: repeat(5, 1fr); gap: 10px;
  margin: 14px 0 4px;
  font: 14px/1.35 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
.retell-figures div { border: 1px solid #8884; border-radius: 5px; padding: 8px 12px; }
.retell-figures dt { font-weight: 600; opacity: .78; }
.retell-figures dt::first-letter { text-transform: uppercase; }
.retell-figures dd { margin: 0; font-size: .88em; opacity: .85; }
.retell-figures dd.retell-value { font-size: 1.75em; font-weight: 650; opacity: 1;
  text-wrap: balance; }
@media screen and (max-width: 700px) { .retell-figures { grid-template-columns: repeat(2, 1fr); } }
@media print { .retell-figures { gap: 6px; break-inside: avoid; }
  .retell-figures div { padding: 6px 8px; }
  .retell-figures dd.retell-value { font-size: 1.35em; } }
"""
_DAY = pd.Timedelta("1D")  # by which calls may begin after their period does
_NUMBERS = ["value", "low", "high", "n"]
_COLUMNS = (
    *("figure", "value", "low", "high", "n", "unit", "before"),
    *("change", "change_low", "change_high", "note"),
)


def load(
    source: str,
    start: str | None = None,
    end: str | None = None,
    *,
    tz: str = "UTC",
    filters: str | Mapping[str, Any] | None = None,
    columns: str | Names | None = None,
    engine: str = "pandas",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the calls of a period, and those of the equal time before it, where there are any.

    Parameters
    ----------
    source, start, end, tz, filters, columns, engine
        As for `retell_nb.load_calls`.

    Returns
    -------
    calls, before : DataFrame
        `before` is empty without a `start`, where the source does not reach back that far, and for
        the API, which is asked for nothing more. ``attrs["window"]`` of it is that time.

    Examples
    --------
    >>> calls, before = load("sample", start="2026-03-23", end="2026-03-28")
    >>> [str(day.date()) for day in (before.retell.when.min(), before.retell.when.max())]
    ['2026-03-18', '2026-03-22']
    """
    options: dict[str, Any] = {
        "tz": tz, "filters": filters, "columns": columns, "engine": engine,
    }  # fmt: skip
    if start is None or source == "api":
        calls = load_calls(source, start, end, **options)
        return calls, calls.head(0)
    everything: Any = load_calls(source, None, end, **options)
    summary: Any = everything.retell.summary().iloc[0]
    first = moment(start, tz, "start")
    last = summary["last"] if end is None else moment(end, tz, "end")
    calls = between(everything, first, None if end is None else last)
    told(calls)["undated"] += told(everything).get("undated", 0)
    earliest = first - (last - first)
    if not (first < last and summary["first"] < earliest + _DAY):
        return calls, calls.head(0)
    return calls, between(everything, earliest, first)


def figures(calls: pd.DataFrame, before: pd.DataFrame, *, tz: str = "UTC") -> pd.DataFrame:
    """Calls, failed rate, answered rate, cost and peak in flight, and how each changed.

    Parameters
    ----------
    calls, before : DataFrame
        As `load` returns them.
    tz : str
        Time zone of the times in the notes.

    Returns
    -------
    DataFrame
        A row for each `figure` with its `value`, for rates with `low` and `high` (Wilson, 95%)
        and their `n`; its `unit`; the value `before`; the `change`: of rates in shares of one with
        `change_low` and `change_high` (Newcombe, 95%), of a peak in calls, else relative; a
        `note`. What is not recorded is missing. ``attrs["window"]`` is the time before.

    Examples
    --------
    >>> calls, before = load("sample", start="2026-03-23", end="2026-03-28")
    >>> figures(calls, before)[["figure", "value", "before", "change"]].round(3)
               figure     value    before  change
    0           calls  4325.000  3151.000   0.373
    1          failed     0.038     0.058  -0.021
    2        answered     0.686     0.688  -0.002
    3            cost   746.097   546.526   0.365
    4  peak in flight    20.000    20.000   0.000
    """
    now, then = (_values(part, tz) for part in (calls, before))
    compared = then["value"].iloc[0] > 0
    rows = now.assign(before=then["value"] if compared else np.nan)
    share, peak = rows["unit"].eq("share"), rows["figure"].eq("peak in flight")
    difference = rows["value"] - rows["before"]
    rows["change"] = difference.where(share | peak, difference / rows["before"])
    sides = [
        part[name].where(share).to_numpy(dtype=float)
        for part in (
            now.assign(hits=now["value"] * now["n"]),
            then.assign(hits=then["value"] * then["n"]),
        )
        for name in ("hits", "n")
    ]
    rows["change_low"], rows["change_high"] = newcombe(*sides)
    table = rows[[*_COLUMNS]]
    table.attrs["window"] = told(before).get("window") if compared else None
    return table


def _values(calls: Any, tz: str) -> pd.DataFrame:
    """Each figure of some calls; what is not recorded is not a number."""
    summary: Any = calls.retell.summary().iloc[0]
    kpis = calls.retell.kpis()
    answered: Any = kpis[kpis["kpi"] == "ASR"].iloc[0]
    costs, flight = calls.retell.costs(), calls.retell.concurrency("1min", tz=tz)
    lacking = text.not_recorded(kpis.attrs) or "no outbound calls"
    settled = summary["ended"] - summary["unknown"]
    cost = costs["amount"].sum() if costs["costed"].sum() else np.nan
    none = (np.nan,) * 3  # neither interval nor n
    rows = [
        ("calls", len(calls), *none, "calls", ""),
        (
            *("failed", *summary[["rate", "low", "high"]], settled, "share"),
            f"of {text.calls(settled)} with a known ending" if settled else "",
        ),
        (
            *("answered", *answered[["value", "low", "high", "n"]], "share"),
            f"of {_dialed(answered['n'])}" if pd.notna(answered["value"]) else lacking,
        ),
        ("cost", cost, *none, "money", _uncosted(len(calls), costs.attrs["uncosted"])),
        ("peak in flight", flight["peak"].max() or np.nan, *none, "calls", _peak(flight)),
    ]
    table = pd.DataFrame(rows, columns=["figure", *_NUMBERS, "unit", "note"])
    return table.assign(**table[_NUMBERS].apply(pd.to_numeric, errors="coerce"))


def _dialed(number: float) -> str:
    return f"{text.count(number)} outbound {'call' if number == 1 else 'calls'} dialed"


def _uncosted(calls: int, uncosted: int) -> str:
    if uncosted < calls:
        return f"{text.calls(uncosted)} without a recorded cost" if uncosted else ""
    return "not recorded"


def _peak(flight: pd.DataFrame) -> str:
    """When most calls were in flight."""
    if not flight["peak"].sum():
        return "not recorded: no call has a start and an end"
    time = flight["period"].iloc[int(flight["peak"].argmax())]
    return f"on {times.moment(time)}"


def rows_of(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return figures of another report: name, value, unit, and where there is more to say, a note
    and the ends of an interval.

    Examples
    --------
    >>> rows_of(("blocked", 0.25, "share", "", 0.2, 0.3))[["figure", "value", "high"]]
        figure  value  high
    0  blocked   0.25   0.3
    """  # noqa: D205 - one sentence
    names = ("figure", "value", "unit", "note", "low", "high")
    filled = [(*one, *("", np.nan, np.nan)[len(one) - 3 :]) for one in rows]
    return pd.DataFrame(filled, columns=names).reindex(columns=_COLUMNS)


def row(figures: pd.DataFrame, *, currency: str = "USD") -> Html:
    """The figures side by side, each with its interval, its note and its change.

    Parameters
    ----------
    figures : DataFrame
        As `figures` returns it; there are no calls where the first one is not above 0.
    currency : str
        Code of the currency that costs are in; nothing is converted.

    Returns
    -------
    Html

    Examples
    --------
    >>> from retell_nb import sample_calls
    >>> calls = sample_calls(200)
    >>> '<dd class="retell-value">200</dd>' in repr(row(figures(calls, calls.iloc[:0])))
    True
    """
    if not figures["value"].iloc[0] > 0:
        return Html("")
    boxes = "".join(_box(figure, currency) for _, figure in figures.iterrows())
    note = ""
    if "window" in figures.attrs:
        note = f'<p class="retell-note">{escape(_compared(figures.attrs["window"]))}</p>'
    return Html(f'<style>{_STYLE}</style><dl class="retell-figures">{boxes}</dl>{note}')


def in_words(figures: pd.DataFrame, *, currency: str = "USD") -> list[str]:
    """The same as plain text, a line for each figure.

    Examples
    --------
    >>> from retell_nb import sample_calls
    >>> calls = sample_calls(200)
    >>> in_words(figures(calls, calls.iloc[:0]))[0]
    'calls: 200'
    """
    lines = []
    for _, figure in figures.iterrows():
        value, *more = _lines(figure, currency)
        lines.append(f"{figure['figure']}: {'; '.join([value, *more])}")
    return lines


def _box(figure: pd.Series[Any], currency: str) -> str:
    value, *more = map(escape, _lines(figure, currency))
    small = "".join(f"<dd>{line}</dd>" for line in more)
    return (
        f"<div><dt>{escape(figure['figure'])}</dt>"
        f'<dd class="retell-value">{value}</dd>{small}</div>'
    )


def _lines(figure: pd.Series[Any], currency: str) -> list[str]:
    """The value, and what there is of its interval, note and change."""
    value = figure["value"]
    if figure["unit"] == "share" and pd.notna(value) and figure["n"] < text.FEW:
        hits, number = text.count(figure["n"] * value), text.count(figure["n"])
        return [f"{hits} of {number}", figure["note"].removeprefix(f"of {number} ")]
    ends = text.interval(*figure[["value", "low", "high"]]).partition(" (")[2].rstrip(")")
    value_text = text.NOTHING if pd.isna(value) else _written(value, figure["unit"], currency)
    more = [f"{ends} (95% interval)" * bool(ends), figure["note"], _change(figure, currency)]
    return [value_text, *filter(None, more)]


_WRITERS = {
    "calls": text.count,
    "share": text.percent,
    "s": text.duration,
}


def _written(value: float, unit: str, currency: str) -> str:
    return text.money(value, currency) if unit == "money" else _WRITERS[unit](value)


def _change(figure: pd.Series[Any], currency: str) -> str:
    """By how much a figure changed, and from what."""
    if pd.isna(figure["change"]):
        return ""
    before = f"from {_written(figure['before'], figure['unit'], currency)}"
    if figure["unit"] == "share":
        low, high = (text.points(figure[f"change_{end}"]) for end in ("low", "high"))
        return f"{text.points(figure['change'])} points ({low} to {high}) {before}"
    if figure["figure"] == "peak in flight":
        return f"{figure['change']:+,.0f} {before}" if figure["change"] else f"unchanged {before}"
    return f"{100 * figure['change']:+,.0f}% {before}"


def _compared(window: list[str] | None) -> str:
    if window is None:
        return _ALONE
    first, last = (pd.Timestamp(end) for end in window)
    return (
        f"Changes are from the period of equal length before it: {times.moment(first)} to "
        f"{times.moment(last, year=True)} {last:%Z}."
    )


_ALONE = (
    "No changes are shown: there are no calls from the period before. To compare, set a start: "
    "-p start YYYY-MM-DD."
)
