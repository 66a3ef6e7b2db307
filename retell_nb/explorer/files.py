"""What the explorer writes to files, and reads from them: its state, and the calls in view."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retell_nb.explorer import pages
from retell_nb.tables.export import to_csv, to_excel
from retell_nb.text import quoted

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd

    from retell_nb.explorer.state import State

__all__ = ["export", "opened", "restore", "save", "unused"]

_FORM = "retell_nb explorer"
_LARGEST = 1 << 20
"""Bytes of a state that is read; ours have some hundreds."""


def save(state: State, path: str | PathLike[str]) -> Path:
    """Write a state as JSON, and return the path.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.state import State
    >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     opened(save(state, f"{folder}/view.json"))["filters"]
    {}
    """
    content = {
        "form": _FORM,
        "tz": state.index.tz,
        "filters": state.filters,
        "compare": state.compare,
        "zoomed": state.zoomed,
        "sort": list(state.order),
    }
    place = Path(path)
    place.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return place


def opened(path: str | PathLike[str]) -> dict[str, Any]:
    """Return what `save` wrote.

    Raises
    ------
    ValueError
        If the file is no state of an explorer.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "x.json")
    ...     _ = path.write_text("[1]")
    ...     opened(path)
    Traceback (most recent call last):
    ValueError: 'x.json' is no state of an explorer; explorer.save(...) writes one.
    """
    place = Path(path)
    content: Any = None
    if place.stat().st_size <= _LARGEST:
        try:
            content = json.loads(place.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            content = None
    kinds = {"tz": str, "filters": dict, "zoomed": bool, "sort": list}
    valid = isinstance(content, dict) and content.get("form") == _FORM
    if not valid or any(type(content.get(name)) is not kind for name, kind in kinds.items()):
        raise ValueError(
            f"{place.name!r} is no state of an explorer; explorer.save(...) writes one."
        )
    return dict(content)


def restore(state: State, content: dict[str, Any]) -> None:
    """Bring the parts of a file into a state that are not filters.

    Raises
    ------
    ValueError
        If the calls cannot be sorted or compared so.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.state import State
    >>> state = State(Index(pd.DataFrame({"disconnection_reason": ["dial_busy"]})))
    >>> restore(state, {"compare": None, "zoomed": True, "sort": ["reason", False]})
    >>> state.order
    Order(column='reason', falling=False)
    """
    state.compare = content.get("compare")
    state.zoomed = content["zoomed"]
    column, *falling = content["sort"] or [None]
    allowed = pages.columns(state.index)
    if not isinstance(column, str) or column not in allowed or falling not in ([True], [False]):
        if column != pages.Order().column:
            raise ValueError(
                f"the calls cannot be sorted by {quoted(str(column))}. "
                f"Allowed: {', '.join(allowed)}, each with true or false for descending."
            )
        return
    state.order = pages.Order(column, falling[0])


def export(calls: pd.DataFrame, path: str | PathLike[str], tz: str) -> Path:
    """Write calls as CSV or as a workbook, as the name ends, and return the path.

    Raises
    ------
    ValueError
        If the name ends otherwise.

    Examples
    --------
    >>> import pandas as pd
    >>> export(pd.DataFrame(), "calls.txt", "UTC")
    Traceback (most recent call last):
    ValueError: path='calls.txt' does not end in .csv or .xlsx; name the file so.
    """
    place = Path(path)
    ending = place.suffix.lower()
    if ending not in (".csv", ".xlsx"):
        raise ValueError(f"path={str(path)!r} does not end in .csv or .xlsx; name the file so.")
    return to_excel(calls, place, tz=tz) if ending == ".xlsx" else to_csv(calls, place)


def unused(name: str) -> Path:
    """Return a path in the working folder that is of no file yet.

    Examples
    --------
    >>> unused("calls_that_nobody_wrote.csv").name
    'calls_that_nobody_wrote.csv'
    """
    place, number = Path(name), 1
    while place.exists():
        number += 1
        place = Path(name).with_stem(f"{Path(name).stem}_{number}")
    return place
