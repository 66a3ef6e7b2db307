"""The picture of what is wrong: how many calls are recoverable by each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retell_nb.plots.parts import colors, rows, style
from retell_nb.text import calls as calls_of
from retell_nb.text import count, percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["findings"]

CALM = "Nothing stands out"


def findings(
    table: pd.DataFrame, *, ax: Axes | None = None, title: str | None = None, limit: int = 10
) -> Axes:
    """Bars of the calls of each finding, in the order of the table; dark what is recoverable.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.findings` returns it.
    ax, title
        As for `tally`.
    limit : int, default 10
        Findings to draw; those about the records alone are not drawn.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> from retell_nb.tables import findings as table_of
    >>> findings(table_of(pd.DataFrame({"disconnection_reason": []}))).texts[0].get_text()
    'Nothing stands out'
    >>> style.plt.close()
    """
    failing = table[table["saveable"] > 0]
    if failing.empty:
        return style.calm(style.axes(ax, height=1.4), title, CALM)
    top_rows = failing.head(limit)
    ax = style.axes(ax, height=1.7 + 0.5 * len(top_rows))
    places = np.arange(len(top_rows)) - 0.12
    for size, paint in ((top_rows["calls"], colors.REST), (top_rows["saveable"], colors.ALARM)):
        bars = ax.barh(places, size, height=0.4, color=paint, **colors.EDGE)
        if paint == colors.REST:
            ax.bar_label(bars, labels=_at_the_ends(top_rows), padding=4, fontsize="small")
    ax.set_xlim(0, 1.45 * float(top_rows["calls"].max()))
    rows.named(ax, top_rows["kind"].tolist())
    rows.beneath(ax, top_rows["where"].tolist())
    rows.key(
        ax,
        ["recoverable, at least", "may be chance, or as usual"],
        [colors.ALARM, colors.REST],
        below=True,
    )
    style.count_axis(ax.xaxis)
    rest = len(failing) - len(top_rows) + table.attrs.get("more", 0)
    words = title or _headline(top_rows, rest)
    style.headline(ax, words, [f"findings not drawn: {count(rest)}"] * (rest > 0))
    return ax


def _at_the_ends(findings: pd.DataFrame) -> list[str]:
    return [
        f"{count(row['calls'])} · {percent(row['share'])} of failures · {row['owner']}"
        for _, row in findings.iterrows()
    ]


def _headline(failing: pd.DataFrame, rest: int) -> str:
    first, many = failing.iloc[0], len(failing)
    saveable = f"at least {calls_of(failing['saveable'].sum())} recoverable"
    faults = f"{many} faults" if many > 1 else "1 fault"
    faults += " shown" if rest else ""
    return f"{faults}, {saveable}; the largest: {first['kind']}, {first['where']}"
