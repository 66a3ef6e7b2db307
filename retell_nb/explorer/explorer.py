"""The explorer: what `calls.retell.explore()` returns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from retell_nb.calls.schema import check_zone
from retell_nb.explorer.index import Index
from retell_nb.explorer.state import State
from retell_nb.explorer.static import page, wanted
from retell_nb.text import calls as in_calls
from retell_nb.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.figure import Figure

    from retell_nb.explorer.screen import Screen

__all__ = ["Explorer", "explore"]

_VIEW = "application/vnd.jupyter.widget-view+json"


def explore(
    calls: pd.DataFrame,
    *,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
    source: str | None = None,
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
        If a filter is not valid, or the time zone is not known.

    Examples
    --------
    >>> import pandas as pd
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
    >>> explorer = explore(calls, outcome="failed")
    >>> explorer.filters, explorer.calls.index.tolist()
    ({'outcome': ['failed']}, [1])
    """
    check_zone(tz)
    return Explorer(State(Index(calls, tz, reasons), filters, source))


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
        "<b>1</b> of 1 call <span class='soft'>100 %</span>"
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

        return figures(self.state.view)

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
