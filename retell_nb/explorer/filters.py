"""What can be selected in the explorer: checked, narrowed by each other, and told in words."""

from __future__ import annotations

import json
import re
import shlex
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from retell_nb.calls.facts import has_times
from retell_nb.plots.parts.shaping import DAYS
from retell_nb.selection.filters import plain
from retell_nb.selection.matching import SPECIAL, check_name
from retell_nb.selection.select import select
from retell_nb.text import cleaned, label
from retell_nb.vocabulary.reasons import WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from retell_nb.explorer.index import Index

__all__ = [
    "Split", "as_report", "checked", "chips", "groupings", "named", "narrowed", "of_endings",
    "scalar", "split", "told", "widest",
]  # fmt: skip

ENDINGS = ("reason", *WORDS, "disconnection_reason", "call_status", "trouble")
"""Filters of how calls ended; all others are of where and when they were."""

NAMES = {
    "start": "From",
    "end": "Before",
    "outcome": "Outcome",
    "category": "Category",
    "reason": "Reason",
    "owner": "Owner",
    "direction": "Direction",
    "call_type": "Type",
    "agent": "Agent",
    "agent_id": "Agent",
    "agent_version": "Version",
    "from_number": "Caller number",
    "country": "Country",
    "weekday": "Weekday",
    "hour": "Hour",
    "search": "Search",
    "duration": "Duration",
    "cost": "Cost ($)",
    "trouble": "Trouble",
}
"""What filters are called on the screen; any other is called by its column."""

_LINKED = {
    "outcome": ("category", "reason"),
    "category": ("reason",),
    "agent_id": ("agent_version",),
    "agent": ("agent_version",),
}
_GROUPINGS = ("agent_version", "from_number", "country", "direction", "call_type")
_NARROWEST = ("reason", "category", "owner", "outcome")
_MOST_LEVELS = 50
_UNSEEN = re.compile("[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
"""Signs that turn text around or that nobody sees: a command is to be what it looks like."""

_FEW = 3


class Split(NamedTuple):
    """Filters apart: of how calls ended, and of where and when they were."""

    endings: dict[str, Any]
    places: dict[str, Any]


def split(filters: Mapping[str, Any]) -> Split:
    """Return the filters of endings, and those of places and times.

    Examples
    --------
    >>> split({"outcome": ["failed"], "agent_id": ["a"]})
    Split(endings={'outcome': ['failed']}, places={'agent_id': ['a']})
    """
    endings = {name: value for name, value in filters.items() if name in ENDINGS}
    return Split(endings, {name: filters[name] for name in filters if name not in endings})


def of_endings(endings: Mapping[str, Any]) -> str:
    """What to call the calls whose rate is wanted: by the narrowest of the filters of endings.

    Examples
    --------
    >>> of_endings({}), of_endings({"outcome": ["failed"], "reason": ["dial_failed"]})
    ('failed', 'dial_failed')
    """
    if not endings:
        return "failed"
    name = next((name for name in _NARROWEST if name in endings), next(iter(endings)))
    values = endings[name] if isinstance(endings[name], list) else [endings[name]]
    names = " or ".join(label(value) for value in values[:3])
    return names if len(values) <= 3 else f"{names} or {len(values) - 3} more"


def groupings(index: Index) -> list[str]:
    """Return the columns that calls may well be grouped by on the screen.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> groupings(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"], "agent_id": ["a"]})))
    ['agent_id']
    """
    columns = index.calls.columns
    agent = [index.agent] if index.agent else []
    common = agent + [name for name in _GROUPINGS if name in columns]
    common += ["country"] * ("to_number" in columns and "country" not in common)
    timed = ["weekday", "hour"] if has_times(index.calls) else []
    own = [name for name in columns if name not in (*common, *timed) and _is_grouping(index, name)]
    return [*common, *timed, *own]


def _is_grouping(index: Index, name: str) -> bool:
    kind = index.bare[name].dtype
    few = isinstance(kind, pd.CategoricalDtype) and 1 < len(kind.categories) <= _MOST_LEVELS
    return (few or kind == "boolean") and name not in (*ENDINGS, "agent_id", "agent_name")


def checked(index: Index, filters: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return filters as plain values that JSON can hold, and what to group by.

    Parameters
    ----------
    index : Index
    filters : mapping
        As `calls.retell.select` takes them, and `group_by`, a column or a word.

    Raises
    ------
    ValueError
        If one of them is no filter; it lists what is allowed. If they are of another time zone.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "agent_id": "a"})
    >>> checked(Index(calls), {"outcome": "failed", "group_by": "agent_id"})
    ({'outcome': ['failed']}, 'agent_id')
    """
    plain_filters = dict(filters)
    zone = plain_filters.pop("tz", index.tz)
    if zone != index.tz:
        raise ValueError(
            f"the filters have times of {zone!r}, the explorer has times of {index.tz!r}. "
            f"Open another one: calls.retell.explore(tz={zone!r})."
        )
    group_by = plain_filters.pop("group_by", None)
    for name in (*plain_filters, *([group_by] if group_by else [])):
        check_name(index.bare, str(name), index.vocabulary, index.tz)
    _check_values(index, plain_filters)
    return plain(plain_filters), group_by or next(iter(groupings(index)), None)


def _check_values(index: Index, filters: Mapping[str, Any]) -> None:
    """Refuse the values that `select` refuses: those that no call can have."""
    nobody = index.bare.head(0)
    for name, value in filters.items():
        lacking = value
        values = plain({name: value}).get(name)
        if name not in SPECIAL and isinstance(values, list) and not index.has_ranges(name, values):
            levels = index.key(name).levels
            lacking = [
                one for one in values if isinstance(one, dict) or not levels.isin([one]).any()
            ] or None
        if lacking is not None:
            select(nobody, tz=index.tz, reasons=index.reasons, **{name: lacking})


def narrowed(index: Index, filters: Mapping[str, Any], picked: str) -> dict[str, Any]:
    """Return filters without those that the one just picked leaves no room for.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> narrowed(index, {"outcome": ["failed"], "reason": ["dial_busy"]}, "outcome")
    {'outcome': ['failed']}
    """
    narrower = dict(filters)
    for name in _LINKED.get(picked, ()):
        possible = set(named(index, name, narrower))
        possible_values = [value for value in narrower.get(name, ()) if value in possible]
        if possible_values:
            narrower[name] = possible_values
        else:
            narrower.pop(name, None)
    return narrower


def named(index: Index, name: str, filters: Mapping[str, Any]) -> dict[Any, int]:
    """Return the values that may be picked for a filter beside the others, with their calls.

    Categories and reasons are those of the outcome that is selected, versions those of the agent.

    Examples
    --------
    >>> from retell_nb.explorer.index import Index
    >>> index = Index(pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]}))
    >>> named(index, "reason", {"outcome": ["failed"]})
    {'dial_failed': 1}
    """
    above = [wide for wide in widest(name) if wide in filters]
    table = index.together(*above, name)
    for wide in above:
        table = table[table[wide].isin(filters[wide])]
    sums = table.groupby(name, observed=True, dropna=False, sort=False)["calls"].sum()
    largest = sums.sort_values(ascending=False, kind="stable")
    values = [None if pd.isna(value) else value for value in largest.index.tolist()]
    return dict(zip(values, largest.tolist(), strict=True))


def widest(name: str) -> list[str]:
    """Return the filters that narrow the values of another one.

    Examples
    --------
    >>> widest("reason"), widest("agent_version")
    (['outcome', 'category'], ['agent_id', 'agent'])
    """
    return [wide for wide, narrow in _LINKED.items() if name in narrow]


def told(name: str, value: Any, labels: Mapping[Any, str] | None = None) -> str:
    """One value of a filter in words; an agent by the name that people gave it.

    Examples
    --------
    >>> told("weekday", 0), told("hour", 14), told("agent_id", None)
    ('Mondays', '14:00', '(none)')
    """
    if name == "agent_id" and labels and value in labels:
        return cleaned(labels[value], 60)
    if value is not None and name == "weekday":
        return f"{DAYS[int(value)]}s"
    if value is not None and name == "hour":
        return f"{int(value):02}:00"
    if isinstance(value, dict):
        return cleaned(f"{value.get('from', '')}..{value.get('to', '')}", 60)
    return cleaned(label(value), 60)


def scalar(value: Any) -> Any:
    """One value of a table as JSON can hold it; None where it is missing.

    Examples
    --------
    >>> scalar(float("nan")), scalar(pd.Series([3])[0])
    (None, 3)
    """
    return None if pd.isna(value) else value.item() if isinstance(value, np.generic) else value


def chips(filters: Mapping[str, Any], labels: Mapping[Any, str] | None = None) -> dict[str, str]:
    """Return each filter in words.

    Examples
    --------
    >>> chips({"start": "2026-03-02", "trouble": "unknown reason"})
    {'start': 'From: 2026-03-02', 'trouble': 'Trouble: unknown reason'}
    """
    texts = {}
    for name, value in filters.items():
        values = value if isinstance(value, list) else [value]
        words = ", ".join(told(name, one, labels) for one in values[:_FEW])
        rest = f" and {len(values) - _FEW:,} more" if len(values) > _FEW else ""
        texts[name] = f"{NAMES.get(name, name.replace('_', ' '))}: {words}{rest}"
    return texts


def as_report(
    filters: Mapping[str, Any], group_by: str | None, *, source: str, tz: str = "UTC"
) -> str:
    r"""Return the command that makes a report of the calls selected.

    Parameters
    ----------
    filters, group_by
        As `checked` returns them.
    source : str
        Where the calls are from.
    tz : str

    Examples
    --------
    >>> print(as_report({"outcome": ["failed"]}, "agent_id", source="export.csv"))
    retell-nb report failure_report -p source export.csv -p filters '{"outcome": ["failed"]}' \
        -p group_by agent_id -o report.html
    """
    parameters = {"source": source}
    if filters:
        text = json.dumps(filters, ensure_ascii=False)
        parameters["filters"] = _UNSEEN.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
    if group_by:
        parameters["group_by"] = group_by
    if tz != "UTC":
        parameters["timezone"] = tz
    words = [f"-p {name} {shlex.quote(value)}" for name, value in parameters.items()]
    lines = [" ".join(["retell-nb report failure_report", *words[:2]]), *words[2:]]
    return " \\\n    ".join([*lines[:-1], f"{lines[-1]} -o report.html"])
