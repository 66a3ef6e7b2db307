"""The pictures of a view as figures of matplotlib, which can be saved, changed, and printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from retell_nb import plots

if TYPE_CHECKING:
    from retell_nb.explorer.view import View

__all__ = ["figures"]


def figures(view: View) -> dict[str, Figure]:
    """Return a figure for each picture of a view.

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.explorer.index import Index
    >>> from retell_nb.explorer.view import view
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"]})
    >>> figures(view(Index(calls), {}, None))["reasons"].axes[0].get_title(loc="left")
    'dial_busy: 1 call'
    """
    pictures = {name: Figure(figsize=(8.5, 4.2), layout="constrained") for name in _NAMES}
    axes = {name: figure.subplots() for name, figure in pictures.items()}
    plots.trend(view.trend, ax=axes["trend"])
    plots.tally(view.reasons[["reason", "calls", "share"]], ax=axes["reasons"])
    plots.hours(view.hours, ax=axes["hours"])
    columns = [*view.by, "calls", view.of, "rate", "low", "high", "enough"]
    plots.rates(view.groups[columns], ax=axes["groups"])
    return pictures


_NAMES = ("trend", "reasons", "hours", "groups")
