# ruff: noqa: RUF002 - an interval is written with an en dash, as in print
"""The explorer: what `calls.retell.explore()` returns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from retell_nb.calls.schema import check_zone
from retell_nb.explorer.files import export, opened, restore, save
from retell_nb.explorer.index import Index
from retell_nb.explorer.state import State
from retell_nb.explorer.static import page, wanted
from retell_nb.text import calls as in_calls
from retell_nb.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

    from retell_nb.explorer.screen import Screen
    from retell_nb.explorer.state import Compared

__all__ = ["Explorer", "explore"]

_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(
    calls: pd.DataFrame,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    source: str | None = None,
    state: str | PathLike[str] | None = None,
    **filters: Any,
) -> Explorer:
    """Screen to filter calls by clicking, down to the single call.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`.
    tz : str
        Time zone of days and hours, and of `start` and `end` where they name none.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.
    source : str, optional
        Where the calls are from, for the command of a report on what is selected.
    state : path, optional
        A file of `Explorer.save`, to open what it keeps; filters given beside it go first, its
        time zone before `tz`.
    **filters
        Where to open: as `select` takes them, and `group_by`, a column or a word.

    Returns
    -------
    Explorer
        It shows itself in a notebook. Its `filters` are a plain dict and may be set, `calls` are
        the calls in view, `figures` the pictures.

    Raises
    ------
    ValueError
        If a filter is not valid, no call can have its value, the time zone is not known, or the
        file is no state of an explorer.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> explorer = explore(calls, outcome="failed")
    >>> explorer.filters, explorer.calls.index.tolist()
    ({'outcome': ['failed']}, [1])
    """
    content = {} if state is None else opened(state)
    zone = content.get("tz", tz)
    check_zone(zone)
    start = State(Index(calls, zone, reasons), {**content.get("filters", {}), **filters}, source)
    if content:
        restore(start, content)
    return Explorer(start)


class Explorer:
    """Screen to filter calls by clicking; its state can be read and set as data.

    Attributes
    ----------
    state : State
        The filters, and what they make of the calls.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> explore(calls, outcome="failed")
    <Explorer: 1 of 2 calls, Outcome: failed>
    """

    def __init__(self, state: State) -> None:
        self.state = state

    @cached_property
    def screen(self) -> Screen:
        """The widgets; there are none until somebody looks.

        Examples
        --------
        >>> import pandas as pd
        >>> explorer = explore(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
        >>> explorer.screen.count.value
        "<b>1</b> of 1 call <span class='soft'><bdi>failed: 0% (0–79%)</bdi></span>"
        """
        from retell_nb.explorer.screen import Screen  # noqa: PLC0415 - ipywidgets

        return Screen(self.state)

    @property
    def filters(self) -> dict[str, Any]:
        """The filters made, as plain values that JSON can hold; may be set.

        Examples
        --------
        >>> import pandas as pd
        >>> explorer = explore(pd.DataFrame({"disconnection_reason": ["dial_busy"]}))
        >>> explorer.filters = {"reason": "dial_busy"}
        >>> explorer.filters
        {'reason': ['dial_busy']}
        """
        return self.state.filters

    @filters.setter
    def filters(self, filters: Mapping[str, Any]) -> None:
        self.state.filters = filters
        if "screen" in vars(self):
            self.screen.draw()

    @property
    def calls(self) -> pd.DataFrame:
        """The calls in view: those that `select` gives.

        Examples
        --------
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> explore(calls, reason="dial_busy").calls.index.tolist()
        [0]
        """
        return self.state.calls

    @property
    def compare(self) -> Compared:
        """What the view is compared with: "before", the filters of another selection, or None.

        It may be set. "before" is the time before the period that is selected, and as long.

        Examples
        --------
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": "dial_busy", "agent_id": ["a", "b"]})
        >>> explorer = explore(calls, agent_id="a")
        >>> explorer.compare = {"agent_id": "b"}
        >>> explorer.compare
        {'agent_id': ['b']}
        """
        return self.state.compare

    @compare.setter
    def compare(self, compare: Compared) -> None:
        self.state.compare = compare
        if "screen" in vars(self):
            self.screen.draw()

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the filters and what else is set to a file of JSON, and return the path.

        ``calls.retell.explore(state=path)`` opens it again, on these calls or on others.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = explore(calls, outcome="failed").save(f"{folder}/failed.json")
        ...     explore(calls, state=path)
        <Explorer: 1 of 2 calls, Outcome: failed>
        """
        if "screen" in vars(self):
            self.state.order = self.screen.listing.order
        return save(self.state, path)

    def export(self, path: str | PathLike[str]) -> Path:
        """Write the calls in view as CSV or as an Excel workbook, and return the path.

        Texts are no formulas in either. The name ends in ``.csv`` or ``.xlsx``.

        Examples
        --------
        >>> import tempfile
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     explore(calls, outcome="failed").export(f"{folder}/failed.csv").read_text().split()
        ['disconnection_reason', 'dial_failed']
        """
        return export(self.calls, path, self.state.index.tz)

    @property
    def figures(self) -> dict[str, Figure]:
        """The pictures of what is in view as figures of matplotlib, to be saved or changed.

        Examples
        --------
        >>> import pandas as pd
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> sorted(explore(calls).figures)
        ['groups', 'hours', 'reasons', 'trend']
        """
        from retell_nb.explorer.figures import figures  # noqa: PLC0415 - matplotlib

        return figures(self.state.alone)

    def __repr__(self) -> str:
        view = self.state.view
        phrases = [f"{count(view.calls)} of {in_calls(view.total)}", *self.state.said.values()]
        return f"<Explorer: {', '.join(phrases)}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        """The widgets, and a page for wherever they do not live: in a report, on paper."""
        if wanted():
            findings = self.state.index.findings()
            return {"text/plain": repr(self), "text/html": page(self.state, findings)}
        self.screen.look()
        view = {"version_major": 2, "version_minor": 0, "model_id": self.screen.box.model_id}
        return {_VIEW: view, "text/plain": repr(self), "text/html": page(self.state)}
