"""What changed between two periods: the tables of the notebook `what_changed`, and its sentence."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from retell_nb import tables
from retell_nb.calls.facts import when
from retell_nb.check.grammar import parse
from retell_nb.check.period import Period
from retell_nb.check.self_test import as_fault, trials_of
from retell_nb.engine.periods import instant
from retell_nb.grouping import vocabulary_of
from retell_nb.plots.titles import change as titles
from retell_nb.plots.titles import general
from retell_nb.report.figures import rows_of
from retell_nb.report.page import Html
from retell_nb.report.page import period as days_of
from retell_nb.selection.loading import load_calls
from retell_nb.tables.change.explain import members
from retell_nb.text import calls as calls_in_words
from retell_nb.text import label, owner, shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retell_nb.grouping import By

__all__ = ["Changes", "changes", "figures", "headline", "listed", "load_periods", "self_test"]

_NOW, _BEFORE = pd.Timedelta("7D"), pd.Timedelta("28D")
"""How long the periods are that nobody names: a week, against the four weeks before."""

_FAULTS = ("+5 points", "+10 points")
"""What a self-test plants, on one agent where agents are recorded."""

_ALPHA = 0.05
"""Chance above which a segment is not called one, as in the titles."""

_MIX = {
    "agent": {"agent_id", "agent_name"},
    "from_number": {"from_number"},
    "direction": {"direction"},
}
"""Groupings by which the mix of calls is told apart, and columns; the first one recorded."""


class Changes(NamedTuple):
    """Tables of what changed; one that the calls cannot fill has no rows."""

    rates: pd.DataFrame
    """Calls, rate and its 95% interval before and now, and the first and the last time of each;
    people are counted, not dials."""
    cause: pd.DataFrame
    """Of the first explanation that is no chance: since when, what began then, who can fix it."""
    explain: pd.DataFrame
    decompose: pd.DataFrame
    control_chart: pd.DataFrame
    change_points: pd.DataFrame
    silence: pd.DataFrame
    compare: pd.DataFrame


def listed(names: str | Sequence[By] | None) -> list[By]:
    """Return the names that a parameter of a notebook lists: a list, JSON text, or one name.

    Raises
    ------
    ValueError
        If the text begins as a list in JSON and is none.

    Examples
    --------
    >>> listed('["agent", "hour"]'), listed("agent"), listed(["agent"]), listed(None)
    (['agent', 'hour'], ['agent'], ['agent'], [])
    """
    if not isinstance(names, str):
        return [*(names or ())]
    if not names.lstrip().startswith("["):
        return [names] if names.strip() else []
    try:
        return [*map(str, json.loads(names))]
    except ValueError as error:
        raise ValueError(
            f"{names!r} is no list in JSON ({error}); write it as "
            """'["agent", "hour"]', with double quotes inside of single ones."""
        ) from None


def load_periods(  # noqa: PLR0913 - the parameters of a notebook
    source: str = "sample",
    baseline_start: str | None = None,
    start: str | None = None,
    end: str | None = None,
    *,
    tz: str = "UTC",
    mask: bool | str = True,
    columns: Mapping[str, str] | None = None,
    show: Sequence[By] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the calls now, and those of the period before to compare them with.

    Parameters
    ----------
    source, end, tz, mask
        As for `retell_nb.load_calls`.
    baseline_start : str, optional
        From when on calls are of the baseline; by default four weeks before `start`.
    start : str, optional
        Where the baseline ends and now begins; by default a week before the end.
    columns : mapping, optional
        As for `retell_nb.read_calls`: the user's names of columns, and the schema's.
    show : sequence
        What may be shown although it is masked: columns beside the schema's.

    Returns
    -------
    now, baseline : DataFrame
        ``attrs["undated"]`` of both counts the calls that tell no time, so are in neither.

    Examples
    --------
    >>> now, baseline = load_periods(start="2026-03-23", baseline_start="2026-03-09")
    >>> now.retell.when.min().day, baseline.retell.when.min().day
    (23, 9)
    """
    first = baseline_start
    if start is not None and first is None:
        first = (instant(start, tz) - _BEFORE).isoformat()
    names = [name for name in show if isinstance(name, str)]
    options: dict[str, Any] = {"columns": columns} if columns else {}
    calls = load_calls(source, first, end, tz=tz, mask=mask, show=names, **options)
    times = when(calls)
    last = instant(end, tz) if end is not None else times.max()
    begin = instant(start, tz) if start is not None else last - _NOW
    earliest = instant(first, tz) if first is not None else begin - _BEFORE
    calls.attrs["undated"] = calls.attrs.get("undated", 0) + int(times.isna().sum())
    return calls[times >= begin], calls[(times >= earliest) & (times < begin)]


def changes(
    now: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    of: By = "failed",
    attributes: str | Sequence[By] | None = None,
    tz: str = "UTC",
) -> Changes:
    """Return all tables of what changed from one period to the next.

    Parameters
    ----------
    now, baseline : DataFrame
        Calls of the two periods.
    of, attributes, tz
        As for `retell_nb.tables.explain`; the attributes also as `listed` takes them.

    Returns
    -------
    Changes

    Examples
    --------
    >>> result = changes(*load_periods(start="2026-03-16"), attributes=["version"])
    >>> result.explain["segment"][0]
    'Copperfield Claims version 8'
    """
    calls = pd.concat([baseline, now])
    columns = set(calls.columns)
    both = all(tables.rates(part, of=of)["calls"].sum() > 0 for part in (now, baseline))
    mix = next((word for word, names in _MIX.items() if columns & names), None)
    lines = "agent_id" in columns or (
        "direction" in columns and bool(columns & {"from_number", "to_number"})
    )
    none = _none()
    explained = none.explain
    if both:
        explained = tables.explain(
            now, baseline, of=of, attributes=listed(attributes) or None, tz=tz
        )
    return Changes(
        rates=_rates(explained, baseline, now),
        cause=_cause(calls, now, explained, of, tz),
        explain=explained,
        decompose=tables.decompose(now, baseline, mix, of=of) if both and mix else none.decompose,
        control_chart=tables.control_chart(calls, of=of, tz=tz),
        change_points=tables.change_points(calls, of=of, tz=tz),
        silence=tables.silence(calls, tz=tz) if lines else none.silence,
        compare=tables.compare(calls, "agent_version", of=of, tz=tz)
        if "agent_version" in columns
        else none.compare,
    )


def _none() -> Changes:
    """Tables of one call that never changed, without their rows."""
    time = pd.to_datetime(["2026-03-02T10:00Z"])
    call = pd.DataFrame({"disconnection_reason": ["user_hangup"], "start_timestamp": time})
    call = call.assign(agent_id="a", agent_version=1)
    parts = (
        tables.explain(call, call, attributes=["agent"]),
        tables.decompose(call, call, "agent_id"),
        tables.control_chart(call),
        tables.change_points(call),
        tables.silence(call),
        tables.compare(call, "agent_version"),
    )
    empty = [part.iloc[:0] for part in parts]
    for part in empty:
        part.attrs = {}
    return Changes(pd.DataFrame(), pd.DataFrame(columns=_CAUSE), *empty)


_CAUSE = ["segment", "since", "began", "owner"]


def _cause(
    calls: pd.DataFrame, now: pd.DataFrame, explained: pd.DataFrame, of: By, tz: str
) -> pd.DataFrame:
    """The largest rise in the first segment that lasts, and who owns most of its calls now."""
    if explained.empty or explained["p_value"].iloc[0] >= _ALPHA or not isinstance(of, str):
        return pd.DataFrame(columns=_CAUSE)
    first, attributes = explained.iloc[0], explained.attrs["attributes"]
    inside = calls[members(calls, first, attributes, tz=tz)]
    points = tables.change_points(inside, of=of, tz=tz)
    rises = points[points["change"] > 0].sort_values("likelihood_ratio")
    began = rises["began"].iloc[-1] if len(rises) else None
    part = now[members(now, first, attributes, tz=tz)]
    owners = tables.rates(part, "owner", of=of)
    most = owners.sort_values(owners.columns[2], kind="stable")["owner"].iloc[-1]
    row = {
        "segment": first["segment"],
        "since": rises["time"].iloc[-1] if len(rises) else pd.NaT,
        "began": None if pd.isna(began) else began,
        "owner": most,
    }
    return pd.DataFrame([row], columns=_CAUSE)


def _rates(explained: pd.DataFrame, *parts: pd.DataFrame) -> pd.DataFrame:
    """Rates of both periods, that the explanations are of, and their first and last times."""
    rows = []
    sides = (("before", "baseline_"), ("now", ""))
    for (period, side), part in zip(sides, parts, strict=True):
        figures = {name: explained.attrs.get(f"{side}{name}") for name in ("rate", "low", "high")}
        times = when(part)
        row = {"period": period, "calls": explained.attrs.get(f"{side}calls", 0)} | figures
        rows.append(row | {"first": times.min(), "last": times.max()})
    return pd.DataFrame(rows).astype({"rate": float, "low": float, "high": float})


def headline(result: Changes) -> Html:
    """What changed, in a few sentences: the rise and its segment, the largest step, silent lines.

    Examples
    --------
    >>> calls, _ = load_periods(start="2026-03-16")
    >>> headline(changes(calls.head(0), calls.head(0)))
    <p class="retell-headline">There are no calls in both periods to compare.</p>
    """
    sentences = []
    rates, of = result.rates, result.explain.attrs.get("of", "")
    if not (rates["calls"] > 0).all():
        sentences.append("There are no calls in both periods to compare")
    elif result.explain.empty:
        many = calls_in_words(rates["calls"].iloc[1])
        whole = titles.overall(result.explain.attrs, of)
        sentences.append(f"{whole} and rose in no segment of {many}")
    else:
        sentences.append(titles.explain(result.explain, of) + _since(result.cause))
    if len(result.change_points):
        points = result.change_points
        sentences.append(titles.change_points(points, points.attrs.get("of", "")))
    if result.silence["state"].eq("silent").any():
        now, by = result.silence.attrs["now"], ["kind", "line"]
        sentences.append(titles.silence(result.silence, by, now))
    words = " ".join(f"{sentence}." for sentence in sentences)
    return Html(f'<p class="retell-headline">{escape(words)}</p>')


def figures(result: Changes, *, tz: str = "UTC") -> pd.DataFrame:
    """Return calls and rate of both periods, as `retell_nb.report.figures.row` takes them.

    Parameters
    ----------
    result : Changes
    tz : str
        Time zone of the days that are named.

    Returns
    -------
    DataFrame
        A row for each `figure` with `value`, `low`, `high`, `unit` and `note`.

    Examples
    --------
    >>> calls, before = load_periods(start="2026-03-16")
    >>> figures(changes(calls, before, attributes=["version"]))["figure"].tolist()
    ['calls now', 'failed now', 'calls before', 'failed before', 'times the rate changed']
    """
    of = result.explain.attrs.get("of", "affected")
    rows = []
    for period in ("now", "before"):
        row = result.rates[result.rates["period"] == period].iloc[0]
        ends = (row["rate"], "share", "", row["low"], row["high"])
        days = days_of(row["first"], row["last"], tz).strip()
        rows += [(f"calls {period}", row["calls"], "calls", days), (f"{of} {period}", *ends)]
    return rows_of(*rows, ("times the rate changed", len(result.change_points), "calls"))


def _since(cause: pd.DataFrame) -> str:
    """Since when, what began then, and whose it is, as the end of a sentence."""
    if cause.empty:
        return ""
    row = cause.iloc[0]
    words = f", since {general.moments(cause['since']).iloc[0]}" if pd.notna(row["since"]) else ""
    if pd.notna(row["began"]):
        words += f" (then began: {shortened(label(row['began']), 90)})"
    return f"{words}; owner: {owner(row['owner'])}"


def self_test(
    now: pd.DataFrame,
    baseline: pd.DataFrame,
    *,
    of: By = "failed",
    tz: str = "UTC",
    trials: int = 5,
) -> pd.DataFrame:
    """How often a rise planted in copies of these calls would be named, at their own volume.

    Parameters
    ----------
    now, baseline : DataFrame
        Calls of the two periods.
    of, tz
        As for `changes`.
    trials : int
        Copies for each size of a rise.

    Returns
    -------
    DataFrame
        `planted`; `trials`, `detected`, `rate`, `low` and `high` (Wilson, 95%) of the rule
        ``explain(p < 0.01)``. No rows where nothing can be planted: there are no calls of known
        ending, or `of` is no word of the vocabulary.

    Examples
    --------
    >>> now, baseline = load_periods(start="2026-03-23")
    >>> self_test(now, baseline, trials=1)["planted"].tolist()
    ['failed +5 points on one agent', 'failed +10 points on one agent']
    """
    part = Period(
        now=now,
        before=baseline,
        both=pd.concat([baseline, now], ignore_index=True),
        start=when(now).min(),
        end=when(now).max(),
        undated=0,
    )
    where = " on one agent" if "agent_id" in now.columns and now["agent_id"].notna().any() else ""
    rows = []
    if all(tables.rates(side, of=of)["calls"].sum() for side in (now, baseline)):
        for size in _FAULTS:
            try:
                fault = as_fault(f"{of} {size}{where}", vocabulary_of(None))
                rule = parse(f"explain(p < 0.01, of={of})")
            except ValueError:  # a column of the user's own
                break
            table = trials_of(fault, [rule], part, trials=trials, tz=tz, reasons=None)
            rows.append({"planted": f"{of} {size}{where}", **table.iloc[0]})
    columns = ["planted", "trials", "detected", "rate", "low", "high"]
    return pd.DataFrame(rows, columns=columns)
