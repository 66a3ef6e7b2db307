"""Columns of any name brought under the API's names, the surest name first."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow.compute as pc

from retell_nb.calls.labels import (
    ALIASES,
    ASIDE,
    DURATIONS,
    FORMERLY,
    NESTED,
    READERS,
    RECORDED_AT,
    SECRETS,
    STATUSES,
    UNITS,
    UNMAPPED,
    Alias,
    plain,
)
from retell_nb.calls.reading.cells import read_cells
from retell_nb.calls.reading.currencies import apart_from_currency, note_on_currency
from retell_nb.calls.reading.dashboard import is_dashboard_export
from retell_nb.calls.reading.day_parts import all_below_one
from retell_nb.calls.reading.dtypes import apart, in_numpy, label_text
from retell_nb.calls.reading.envelopes import SHUT
from retell_nb.calls.reading.header_zones import apart_from_zone
from retell_nb.calls.reading.known_names import alias_of, bare_labels
from retell_nb.calls.reading.mapping import KNOWN, name_and_unit
from retell_nb.calls.reading.scalars import opened, scalar
from retell_nb.calls.reading.times import in_arrow
from retell_nb.calls.schema import SCHEMA
from retell_nb.vocabulary.lookup import spelled
from retell_nb.vocabulary.reasons import REASONS
from retell_nb.vocabulary.reasons import STATUSES as API_STATUSES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from retell_nb.calls.reading.mapping import Names
    from retell_nb.engine.aliases import Column

__all__ = ["BLOCKS", "Renamed", "lacks_reason", "named_already", "renamed", "unnested"]

_SURE = {plain(name): Alias(name, 1, sure=True) for name in (*SCHEMA, *ASIDE, *SECRETS)}
BLOCKS = {plain(path[0]): path[0] for path in (*FORMERLY.values(), *NESTED.values())}
"""The objects in which the API nests columns, by plain label."""

_TIMES = ("start_timestamp", "end_timestamp", "event_timestamp")
_OLD = {plain("_".join(path)) for path in FORMERLY.values()}
_DEEPEST = 4
_WITHOUT_UNIT = {
    plain(f"{name} {form}")
    for name in DURATIONS
    for form in ("", "h:mm:ss", "hh:mm:ss", "mm:ss", "hms", "hh:mm", "h:mm")
}
"""Labels of durations that say no unit of bare numbers."""
_WORDS: Mapping[str, frozenset[str]] = {
    "call_status": frozenset(map(plain, (*API_STATUSES, *STATUSES))),
    "call_type": frozenset(
        ("phonecall", "webcall", "phone", "web", "inbound", "outbound", "incoming", "outgoing")
    ),
    "disconnection_reason": frozenset(map(plain, REASONS.index)),
}
"""What a column may hold for a name that may mean something else in another table."""


class Renamed(NamedTuple):
    """A table under the API's names, and what goes with it."""

    rows: pd.DataFrame
    scales: dict[str, float]
    """What one of a bare number is in the API's unit, by column."""
    notes: list[str]
    """Which column became what."""


class _Claim(NamedTuple):
    label: str
    alias: Alias
    rank: tuple[int, int]
    zone: str | None = None
    """The zone that the label names, as it stands there."""
    currency: str | None = None
    """The currency that the label names, as it stands there, where it is not dollars."""


def renamed(df: pd.DataFrame, columns: Names) -> Renamed:
    """Return a table under the API's names.

    Objects in cells are opened first. The user's own mapping wins, then the API's names, then the
    same blind to case, blanks and underscores, then other names of the same thing, the surer first.
    Where the surest column has no value, the next one counts whose name is sure, too.

    Parameters
    ----------
    df : DataFrame
    columns : mapping
        Labels of the table to the API's names, or to name and unit.

    Examples
    --------
    >>> rows, scales, notes = renamed(pd.DataFrame({"Cost": ["0.12"]}), {})
    >>> list(rows.columns), scales
    (['combined_cost'], {'combined_cost': 100})
    >>> notes
    ['Columns read under other names: Cost as combined_cost (bare numbers are USD).']
    """
    dashboard = is_dashboard_export(df.columns)
    df, own = _in_plain_columns(df, columns)
    df = _without_prefix(unnested(df), own)
    claims = _claims(df, own)
    surest = _surest(claims)
    names = {claim.label: name for name, claim in surest.items()}
    scales = {name: claim.alias.scale for name, claim in surest.items()}
    replaced = {*df.columns} & {*scales} - {*names}
    labels = {**names, **{label: f"{label}{UNMAPPED}" for label in replaced}}
    rows = df.copy(deep=False)
    rows.columns = pd.Index(apart([labels.get(label, label) for label in df.columns]))
    for name, scale in scales.items():
        others = [
            claim
            for claim in claims[name]
            if names.get(claim.label) != name and claim.zone == surest[name].zone
        ]
        if others:
            rows[name] = _filled(rows[name], name, scale, others, df)
    notes = _with_last_resort(rows, claims, surest, df)
    if "call_status" in rows.columns:
        rows["call_status"] = _api_statuses(rows["call_status"])
    for name, unit in own.values():
        if unit is not None:
            rows, scales = _in_unit(rows, scales, name, unit)
    if dashboard:
        rows.attrs["dashboard"] = True
    rows.attrs["durations"] = next((n for n, to in names.items() if to == "duration_ms"), "")
    rows.attrs["zones"] = {name: claim.zone for name, claim in surest.items() if claim.zone}
    unitless = _without_unit(names, own)
    open_unit = unitless if unitless is not None and all_below_one(df[unitless]) else None
    rows.attrs |= {"below_one": open_unit, "unitless": unitless}
    currencies = {one.label: one.currency for one in surest.values() if one.currency}
    notes += map(note_on_currency, currencies)
    return Renamed(rows, scales, [*_notes(names, scales, currencies, open_unit), *notes])


def _surest(claims: Mapping[str, list[_Claim]]) -> dict[str, _Claim]:
    """For each name of the API the column that it is; no column is two."""
    surest: dict[str, _Claim] = {}
    labels: set[str] = set()
    for name, some in claims.items():
        first = next((claim for claim in some if claim.label not in labels), None)
        if first is not None:
            surest[name] = first
            labels.add(first.label)
    return surest


def _without_unit(names: Mapping[str, str], own: Mapping[str, Any]) -> str | None:
    """The label of a duration that names no unit of bare numbers."""
    for label, name in names.items():
        lacks_unit = label in own or plain(label) in _WITHOUT_UNIT
        if name == "duration_ms" and lacks_unit and own.get(label, (name, None))[1] is None:
            return label
    return None


def named_already(df: pd.DataFrame) -> bool:
    """Return whether no column may be another one than its name says, or hold one in its objects.

    Examples
    --------
    >>> named_already(pd.DataFrame({"call_id": ["call_1"], "mood": ["fine"]}))
    True
    """
    others = [label for label in df.columns if label not in KNOWN]
    return all(_claim(label) is None and not _has_objects(df[label]) for label in others)


def _claims(df: pd.DataFrame, own: Mapping[str, tuple[str, str | None]]) -> dict[str, list[_Claim]]:
    """For each name of the API the columns that may be meant, the surest first."""
    claims: dict[str, list[_Claim]] = defaultdict(list)
    for label in df.columns:
        if label in own:
            name = own[label][0]
            claims[name].append(_Claim(label, Alias(name, 1, sure=True), (0, 0)))
            continue
        claim = _claim(label)
        if claim is not None and (claim.alias.sure or _plausible(claim.alias.name, df[label])):
            claims[claim.alias.name].append(claim)
    mapped = {name for name, _ in own.values()}
    for name, some in claims.items():
        some.sort(key=lambda claim: claim.rank)
        if name in mapped:
            some[:] = [claim for claim in some if claim.rank == (0, 0)]
    return claims


_RANKS = {label: rank for rank, label in enumerate(ALIASES)}


def _claim(label: str) -> _Claim | None:
    """What a label means by itself."""
    bare = plain(label.replace("¢", "cents"))
    if label in KNOWN:
        return _Claim(label, _SURE[bare], (1, 0))
    without, currency = apart_from_currency(label)
    claim = _claim(without) if currency else None
    if claim is not None and READERS.get(claim.alias.name) == "cost":
        return claim._replace(label=label, currency=currency if currency != "USD" else None)
    old = "." in label and bare in _OLD
    if bare in _SURE:
        return _Claim(label, _SURE[bare], (4 if old else 2, 0))
    alias = alias_of(bare)
    if alias is not None:
        rank = _RANKS.get(bare, -1 if alias.sure else len(_RANKS))
        return _Claim(label, alias, (3, rank))
    without, zone = apart_from_zone(label)
    claim = _claim(without) if zone else None
    if claim is not None and SCHEMA.get(claim.alias.name) == "time":
        return claim._replace(label=label, zone=zone)
    return None


def _plausible(name: str, cells: Column) -> bool:
    """Whether a column under a doubtful name holds what the column of the API holds."""
    words = _WORDS.get(name)
    if words is None:
        return True
    texts = cells.dropna().map(str).unique()
    return len(texts) == 0 or any(plain(spelled(text)) in words for text in texts[:1000])


def _filled(
    cells: Column, name: str, scale: float, others: list[_Claim], df: pd.DataFrame
) -> Column:
    """Cells, and where one is blank that of the next column of a sure name."""
    for claim in others:
        blank = cells.isna() | cells.astype(object).eq("")
        if not claim.alias.sure or name not in SCHEMA or not blank.any():
            continue
        more = df[claim.label]
        if claim.alias.scale != scale:
            kind = READERS.get(name, SCHEMA[name])
            more = read_cells(more, kind, scale=claim.alias.scale).column / scale
        useful = blank & more.notna()
        if useful.any():
            cells = cells.astype(object).mask(useful, more.astype(object))
    return cells


def _with_last_resort(
    rows: pd.DataFrame,
    claims: Mapping[str, list[_Claim]],
    surest: Mapping[str, _Claim],
    df: pd.DataFrame,
) -> list[str]:
    """Give calls without any time that of the moment at which they were recorded, with a note."""
    start = surest.get("start_timestamp")
    doubtful = [claim for claim in claims.get("start_timestamp", []) if claim is not start]
    times = [name for name in _TIMES if name in rows.columns]
    for claim in doubtful:
        if start is None or claim.alias.sure or plain(claim.label) not in RECORDED_AT:
            continue
        undated = (rows[times].isna() | rows[times].isin([""])).all(axis="columns")
        useful = undated & df[claim.label].notna() & df[claim.label].astype(object).ne("")
        if claim.zone != start.zone or not useful.any():
            continue
        if "event_timestamp" not in rows.columns:
            rows["event_timestamp"] = pd.Series(None, rows.index, dtype=object)
        recorded = rows["event_timestamp"].astype(object)
        rows["event_timestamp"] = recorded.mask(useful, df[claim.label].astype(object))
        count = int(useful.sum())
        calls, have = ("calls", "have") if count > 1 else ("call", "has")
        note = f"{count:,} {calls} without a start or an end {have} the time in {claim.label}"
        return [f"{note}, as a last resort."]
    return []


def _api_statuses(cells: Column) -> Column:
    """Statuses that other programs write, as the API writes them."""
    words = {**{plain(status): status for status in API_STATUSES}, **STATUSES}
    distinct = {text: words.get(plain(text)) for text in cells.dropna().map(str).unique()}
    foreign = {text: status for text, status in distinct.items() if status}
    return cells.map(lambda cell: foreign.get(str(cell), cell)) if foreign else cells


def _in_unit(
    rows: pd.DataFrame, scales: dict[str, float], name: str, unit: str
) -> tuple[pd.DataFrame, dict[str, float]]:
    """Rows whose bare numbers of a column are in the unit that the user names."""
    kind = READERS.get(name, SCHEMA.get(name, ""))
    units = UNITS[kind]
    if kind != "time":
        return rows, {**scales, name: units[unit]}
    numbers = pd.to_numeric(rows[name].astype(object), errors="coerce") * units[unit]
    return rows.assign(**{name: rows[name].astype(object).mask(numbers.notna(), numbers)}), scales


def _notes(
    names: Mapping[str, str],
    scales: Mapping[str, float],
    currencies: Mapping[str, str],
    open_unit: str | None,
) -> list[str]:
    """Which column became what, where the name alone does not say it."""
    texts = [
        f"{label} as {name}"
        f"{_unit(name, scales[name], currencies.get(label)) if label != open_unit else ''}"
        for label, name in names.items()
        if plain(label) not in {plain(name), plain("_".join(NESTED.get(name, ())))}
        and plain(label) not in _OLD
        and name in SCHEMA
    ]
    return [f"Columns read under other names: {', '.join(texts)}."] if texts else []


def _unit(name: str, scale: float, currency: str | None) -> str:
    units = UNITS.get(READERS.get(name, ""), {})
    unit = currency or next((unit for unit, factor in units.items() if factor == scale), None)
    return f" (bare numbers are {unit})" if unit and scale != 1 else ""


def _in_plain_columns(
    df: pd.DataFrame, columns: Names
) -> tuple[pd.DataFrame, dict[str, tuple[str, str | None]]]:
    """A table with text labels and columns that numpy knows, and the user's mapping for it."""
    twice = sorted({str(label) for label in df.columns[df.columns.duplicated()]})
    if twice:
        raise ValueError(f"the frame has more than one column {twice}; rename all but one.")
    labels = dict(zip(df.columns, apart(map(label_text, df.columns)), strict=True))
    texts = {text: label for label, text in labels.items()}
    absent = [label for label in columns if label not in labels and label not in texts]
    if absent:
        raise KeyError(f"columns= names {absent}; the frame has {list(df.columns)}.")
    own = {labels.get(label, str(label)): name_and_unit(to) for label, to in columns.items()}
    units: dict[str, Any] = {}
    for name, unit in own.values():
        if units.setdefault(name, unit) != unit:
            raise ValueError(f"columns= gives two columns as {name}, in {units[name]} and {unit}.")
    cells = {text: in_numpy(df[label]) for label, text in labels.items()}
    table = pd.DataFrame(cells, index=df.index, copy=False)
    return table, own


def _without_prefix(df: pd.DataFrame, own: Mapping[str, Any]) -> pd.DataFrame:
    """A table without what `json_normalize` writes before every name, such as "body.call."."""
    bare = bare_labels(label for label in df.columns if label not in own)
    if not bare:
        return df
    rows = df.copy(deep=False)
    rows.columns = pd.Index(apart([bare.get(label, label) for label in df.columns]))
    return rows


def unnested(df: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the columns that cells with whole objects (`latency`, ...) hold.

    The objects may also be written out, as JSON or as Python writes a dict. Those of the API are
    opened and dropped; of others only what a known name says is taken.

    Examples
    --------
    >>> unnested(pd.DataFrame({"call_cost": [{"combined_cost": 12}]}))["combined_cost"].tolist()
    [12]
    """
    unknown = [label for label in df.columns if label not in SCHEMA and plain(label) not in SHUT]
    roots = [label for label in unknown if _has_objects(df[label])]
    roots.sort(key=lambda label: plain(label) in {plain(path[0]) for path in FORMERLY.values()})
    columns: dict[str, Column] = {}
    dropped: list[Hashable] = []
    names: dict[Hashable, str] = {}
    for root in roots:
        cells = df[root].astype(object).map(opened).map(scalar)
        if not cells.map(lambda cell: isinstance(cell, dict)).any():
            continue
        dropped += [root] if plain(root) in BLOCKS else []
        for path in dict.fromkeys(path for cell in cells for path in _paths(cell)):
            label = _label_of(str(root), path)
            beside = plain(root) in BLOCKS and label in df.columns and label not in columns
            if label is None or (label in df.columns and plain(root) not in BLOCKS):
                continue
            leaves = cells.map(lambda cell, path=path: _dig(cell, path)).astype(object)
            earlier = df[label].astype(object) if beside else columns.get(label)
            columns[label] = leaves if earlier is None else earlier.where(earlier.notna(), leaves)
            dropped += [root] if plain(label) in SHUT else []
        if plain(root) in _SURE or plain(root) in ALIASES:  # it is no value of that name
            names[root] = f"{root}{UNMAPPED}"
    if not (columns or dropped or names):
        return df
    df = df.drop(columns=[*dict.fromkeys(dropped)]).rename(columns=names)
    return df.assign(**columns)


def _label_of(root: str, path: tuple[str, ...]) -> str | None:
    """The label under which a leaf of an object is known; None where it is not."""
    bare = plain("_".join((root, *path)))
    alias = _SURE.get(bare) or ALIASES.get(bare)
    if alias is not None and alias.sure:
        return alias.name if alias.scale == 1 else ".".join((root, *path))
    if plain(root) in BLOCKS:
        return None
    leaf = _claim(path[-1])
    return path[-1] if leaf is not None and leaf.alias.sure else None


def _has_objects(column: Column) -> bool:
    if column.dtype.kind != "O":
        return False
    if column.dtype == "object" and (kind := pd.api.types.infer_dtype(column)) != "string":
        return kind.startswith("mixed")
    cells = in_arrow(column)
    if cells is None:
        return True
    return pc.any(pc.starts_with(pc.utf8_ltrim_whitespace(cells), "{")).as_py() is True


def _paths(cell: object, above: tuple[str, ...] = ()) -> Iterable[tuple[str, ...]]:
    """Paths to the leaves of an object; what is personal is not looked into."""
    if not isinstance(cell, dict) or len(above) > _DEEPEST:
        return
    for key, inner in cell.items():
        path = (*above, str(key))
        if isinstance(inner, dict) and plain(key) not in SHUT:
            yield from _paths(inner, path)
        else:
            yield path


def _dig(cell: object, path: Iterable[str]) -> object:
    for key in path:
        cell = cell.get(key) if isinstance(cell, dict) else None
    return cell


def lacks_reason(rows: pd.DataFrame) -> bool:
    """Whether no column of a renamed table holds the disconnection reason.

    Examples
    --------
    >>> lacks_reason(pd.DataFrame({"call_id": ["call_1"]}))
    True
    """
    return "disconnection_reason" not in rows.columns
