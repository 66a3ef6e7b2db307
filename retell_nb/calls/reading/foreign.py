"""A frame of the user's own, under whatever names, brought into the form of a frame of calls."""

from __future__ import annotations

import ast
import contextlib
import difflib
import json
from typing import TYPE_CHECKING, Any

from retell_nb.calls.labels import ALIASES, ASIDE, FORMERLY, NESTED, SECRETS, UNMAPPED, plain
from retell_nb.calls.reading.dashboard import is_dashboard_export
from retell_nb.calls.reading.fitting import left_out, typed
from retell_nb.calls.schema import SCHEMA, check_keep, check_zone, settle, warn_of_rejected

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Iterable, Mapping

    import pandas as pd

    Column = pd.Series[Any]

__all__ = ["as_calls", "no_reason", "renamed", "unnested"]


def as_calls(
    df: pd.DataFrame,
    *,
    columns: Mapping[str, str] | None = None,
    keep: Collection[str] = (),
    tz: str = "UTC",
) -> pd.DataFrame:
    """Return a frame of the user's own as a frame of calls.

    Columns are known by the API's names, by the dashboard's labels and by other common names, blind
    to case, blanks and underscores. Units are read from the cells ("3m 40s", "$0.12"). Columns
    that nobody knows are kept behind the known ones.

    Parameters
    ----------
    df : DataFrame
        One row per call.
    columns : mapping of str to str, optional
        The frame's own column names to the API's; it wins over what is found out.
    keep : collection of str
        Personal or heavy fields to load too, such as `transcript`; by default they are left out.
    tz : str
        Time zone of the times that name none.

    Returns
    -------
    DataFrame
        The columns of the schema, missing where the frame tells nothing; the index is the input's.
        `attrs["rejected"]` holds the rows that were set aside, `attrs["duplicates"]` counts the
        earlier versions of a call that a later row replaced, `attrs["left_out"]` names the
        columns that were not loaded, `attrs["notes"]` says what was taken for granted, such as
        that the month comes first where no date tells.

    Raises
    ------
    ValueError
        If no column holds the disconnection reason.
    KeyError
        If `columns` names a column that the frame lacks.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"Why": ["Dial busy"], "Duration": ["0:47"]})
    >>> calls = as_calls(df, columns={"Why": "disconnection_reason"})
    >>> calls["disconnection_reason"].tolist(), calls["duration_ms"].tolist()
    (['dial_busy'], [47000])
    """
    check_keep(keep)
    check_zone(tz)
    rows, scales = renamed(df, columns or {})
    if "disconnection_reason" not in rows.columns:
        raise ValueError(no_reason(df))
    calls, rejected = typed(rows, keep=keep, tz=tz, scales=scales)
    notes = calls.attrs["notes"]
    return warn_of_rejected(settle(calls, rejected, left_out=left_out(rows, keep), notes=notes))


def renamed(df: pd.DataFrame, columns: Mapping[str, str]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Return a frame under the API's names, and what one of a bare number is by column.

    Objects in cells are opened first. The user's own mapping wins, then the API's names, then the
    same blind to case, blanks and underscores, then other names of the same thing, the surer first.

    Examples
    --------
    >>> import pandas as pd
    >>> rows, scales = renamed(pd.DataFrame({"Cost": ["0.12"]}), {})
    >>> list(rows.columns), scales
    (['combined_cost'], {'combined_cost': 100})
    """
    _check_labels(df, columns)
    df = unnested(df)
    # A webhook flattened by pandas.json_normalize says "call." before every name.
    plain_labels = [(label, plain(str(label).removeprefix("call."))) for label in df.columns]
    known = {plain(name): (name, 1.0) for name in (*SCHEMA, *ASIDE, *SECRETS)}
    claims = [
        *((label, (name, 1.0)) for label, name in columns.items()),
        *((label, (label, 1.0)) for label in df.columns if label in SCHEMA),
        *((label, known[name]) for label, name in plain_labels if name in known),
        *((label, ALIASES[a]) for a in ALIASES for label, name in plain_labels if name == a),
    ]
    names: dict[Hashable, str] = {}
    scales: dict[str, float] = {}
    for label, (name, scale) in claims:
        if label not in names and name not in scales:
            names[label] = name
            scales[name] = scale
    taken = set(df.columns) & set(scales) - set(names)
    names |= {label: f"{label}{UNMAPPED}" for label in taken}
    rows = df.rename(columns=lambda label: names.get(label, str(label)))
    rows.attrs["dashboard"] = is_dashboard_export(df.columns)
    return rows, scales


def _check_labels(df: pd.DataFrame, columns: Mapping[str, str]) -> None:
    absent = [label for label in columns if label not in df.columns]
    if absent:
        raise KeyError(f"columns= names {absent}; the frame has {list(df.columns)}.")
    twice = sorted({str(label) for label in df.columns[df.columns.duplicated()]})
    if twice:
        raise ValueError(f"the frame has more than one column {twice}; rename all but one.")


def no_reason(df: pd.DataFrame) -> str:
    """Return the words for a frame in which no column holds the disconnection reason.

    Examples
    --------
    >>> import pandas as pd
    >>> no_reason(pd.DataFrame(columns=["Disconnected because"]))[:46]
    'no column holds the disconnection reason. The '
    """
    labels = [str(label) for label in df.columns]
    near = difflib.get_close_matches("disconnection_reason", labels, n=3, cutoff=0.4)
    return (
        f"no column holds the disconnection reason. The columns are {labels}"
        f"{f'; nearest in name: {near}' if near else ''}. "
        "Say which one it is with columns={'its name': 'disconnection_reason'}."
    )


def unnested(df: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the columns that cells with whole objects (`latency`, ...) hold.

    The objects may also be written out, as JSON or as Python writes a dict.

    Examples
    --------
    >>> import pandas as pd
    >>> unnested(pd.DataFrame({"call_cost": [{"combined_cost": 12}]}))["combined_cost"].tolist()
    [12]
    """
    paths = [*NESTED.items(), *FORMERLY.items()]
    roots = {path[0] for _, path in paths} & set(df.columns)
    texts = [root for root in roots if df[root].dtype.kind == "O"]
    opened = {root: df[root].astype(object).map(_opened) for root in texts}
    objects = {root: cells for root, cells in opened.items() if cells.map(_is_object).any()}
    found: dict[str, Column] = {}
    for name, path in paths:
        if path[0] in objects and name not in df.columns:
            cells = objects[path[0]].map(lambda cell, keys=path[1:]: _dig(cell, keys))
            found[name] = found[name].where(found[name].notna(), cells) if name in found else cells
    return df.drop(columns=list(objects)).assign(**found)


def _opened(cell: object) -> object:
    """A cell's object, where it is one written out; else the cell."""
    if isinstance(cell, str) and cell.startswith("{"):
        for read in (json.loads, ast.literal_eval):
            with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
                return read(cell)
    return cell


def _is_object(cell: object) -> bool:
    return isinstance(cell, dict)


def _dig(cell: object, keys: Iterable[str]) -> object:
    for key in keys:
        cell = cell.get(key) if isinstance(cell, dict) else None
    return cell
