"""What is behind a difference of two selections: `explain`, as rows that can be picked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from retell_nb.engine.explain import NOT_RECORDED
from retell_nb.explorer import marks
from retell_nb.explorer.filters import of_endings, split
from retell_nb.plots.parts.shaping import DAYS
from retell_nb.plots.titles import change as titles
from retell_nb.tables.change.explain import explain
from retell_nb.text import calls, count, interval, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.engine.aliases import Mask
    from retell_nb.explorer.index import Index
    from retell_nb.grouping import By

__all__ = ["Explanation", "explanation"]

_HIT = "retell_hit"
_SAME = ("from_number", "country", "direction", "call_type")


class Explanation(NamedTuple):
    """A sentence and a table as HTML, and the filters behind each row; None where there is none."""

    html: str
    filters: list[dict[str, Any] | None]


def explanation(
    index: Index, now: Mapping[str, Any], before: Mapping[str, Any], against: str
) -> Explanation:
    """Explain the rate of one selection against that of another one.

    Parameters
    ----------
    index : Index
    now, before : mapping
        Plain filters; the endings that the rate is of are those of `now`.
    against : str
        What the second selection is called.

    Raises
    ------
    ValueError
        If one of them has no calls of known ending, or only calls without one are asked for.

    Examples
    --------
    >>> from retell_nb.calls.sample.world import sample_calls
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(sample_calls(2_000, seed=3))
    >>> found = explanation(index, {"start": "2026-03-16"}, {"end": "2026-03-16"}, "before")
    >>> found.html[:4], len(found.filters) > 0
    ('<h3>', True)
    """
    endings, places = split(now)
    _, places_before = split(before)
    hit = index.mask(endings or {"outcome": ["failed"]})
    of = of_endings(endings)
    parts = [
        index.bare[mask].assign(**{_HIT: hit[mask]})
        for mask in (index.mask(places), index.mask(places_before))
    ]
    table = explain(*parts, of=_hits_of(index, endings, hit), tz=index.tz, reasons=index.reasons)
    if table.empty:
        sentence = f"{titles.overall(table.attrs, of)}; no segment stands out"
        return Explanation(f"<h3>{marks.safe(sentence)}</h3>{_note(table, against)}", [])
    filters = [_filters(row, index) for _, row in table.iterrows()]
    table["segment"] = [_words(row) for _, row in table.iterrows()]
    rows = [
        _row(place, row, pickable=filters[place] is not None)
        for place, (_, row) in enumerate(table.iterrows())
    ]
    head = "".join(
        f"<th>{marks.safe(one)}</th>" for one in ("Where", "Now", against, "More than expected")
    )
    html = (
        f"<h3>{marks.safe(titles.explain(table, of), 240)}</h3><table class='retell-explained'>"
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )
    return Explanation(f"{html}{_note(table, against)}", filters)


def _hits_of(index: Index, endings: Mapping[str, Any], hit: Mask) -> By:
    """The calls whose rate is explained, as `explain` takes them."""
    if endings == {"outcome": ["unknown"]}:
        return "unknown"  # whose rate is of all ended calls
    certain = index.ended & ~index.mask({"outcome": ["unknown"]})
    if hit.any() and not (hit & certain).any():
        raise ValueError(
            f"calls of {of_endings(endings)!r} are in progress or have no known ending, so they "
            "are in no rate. Select another ending."
        )
    return lambda part: part[_HIT].rename(of_endings(endings))


def _row(place: int, row: pd.Series[Any], *, pickable: bool) -> str:
    now = interval(row["rate"], row["low"], row["high"])
    before = interval(*(row[f"baseline_{name}"] for name in ("rate", "low", "high")))
    look = {"data_mark": place} | ({"tabindex": 0} if not place else {}) if pickable else {}
    cells = (
        marks.safe(row["segment"], 120),
        f"{now}, n = {count(row['calls'])}",
        f"{before}, n = {count(row['baseline_calls'])}",
        calls(round(row["excess"])),
    )
    return f"<tr {marks.attributes(look)}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


_WORDS = {
    "agent": "{}",
    "version": "{}",
    "from_number": "caller {}",
    "country": "calls to {}",
    "hour": "{}:00 to {}:59",
    "weekday": "{}s",
    "direction": "{}",
    "call_type": "{}",
    "latency": "latency {}",
}


def _words(row: pd.Series[Any]) -> str:
    """A segment as a person would name it."""
    values = {name: row[name] for name in _WORDS if name in row.index and pd.notna(row[name])}
    return ", ".join(
        _WORDS[name].format(label(value), label(value)) for name, value in values.items()
    ) or str(row["segment"])


def _note(table: pd.DataFrame, against: str) -> str:
    sizes = f"{calls(table.attrs['calls'])} against {count(table.attrs['baseline_calls'])}"
    return (
        f"<p class='soft'>{sizes} ({marks.safe(against)}), with 95% intervals. The same ending "
        "with the same person within 24 hours counts once. Differences that may be chance are "
        "not listed.</p>"
    )


def _filters(row: pd.Series[Any], index: Index) -> dict[str, Any] | None:
    """The filters that select a segment; None where no filter says it."""
    ids = {name: agent for agent, name in index.agents.items()}
    filters: dict[str, Any] = {}
    attributes = row.drop(["runner_up", "segment"]).dropna()
    for name, value in attributes.items():
        if name == "latency" or (value == NOT_RECORDED and name != "from_number"):
            return None
        if name in ("agent", "version"):
            agent, _, version = (
                str(value).rpartition(" version ") if name == "version" else (value, "", "")
            )
            filters[str(index.agent)] = [ids.get(agent, agent)]
            filters |= {"agent_version": [int(version)]} if version.isdigit() else {}
        elif name == "hour":
            filters["hour"] = [int(value)]
        elif name == "weekday":
            filters["weekday"] = [DAYS.index(value)]
        elif name in _SAME:
            filters[str(name)] = [None if value == NOT_RECORDED else value]
    return filters or None
