"""The picture of what cannot be right in the records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb.plots.parts import panels, shaping, style
from retell_nb.plots.titles import general

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["audit"]


def audit(table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Bars of calls per kind of trouble.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.audit` returns it.
    ax, title
        As for `tally`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> nothing = pd.DataFrame(columns=["trouble", "calls", "share", "example", "meaning"])
    >>> audit(nothing).texts[0].get_text()
    'Nothing found'
    >>> style.plt.close()
    """
    table, _ = shaping.plain(table, "trouble", "calls", "share")
    if not table["calls"].sum() > 0:
        return style.calm(style.axes(ax, height=1.4), title, "Nothing found")
    ax = panels.ranked(table, ["trouble"], ax, len(table), width=50)
    style.headline(ax, title or general.audit(table))
    return ax
