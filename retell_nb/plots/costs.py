# ruff: noqa: RUF001 - an interval is written with an en dash, as in print
"""The picture of what calls cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator, MultipleLocator

from retell_nb.plots.parts import colors, rows, shaping, style
from retell_nb.plots.titles import causes
from retell_nb.text import calls, count, money

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["costs"]

_NUMBERS = ("amount", "recoverable", "recoverable_low", "recoverable_high", "costed")


_CENT = 0.01
_MAIN = 0.66
"""The part of the width that all costs have where those of failures are drawn beside them."""


def costs(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: int = 15,
    currency: str = "USD",
) -> Axes:
    """Bars of what each group cost, and of what went into failures that can be fixed.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.costs` returns it.
    ax, title
        As for `tally`.
    limit : int, default 15
        Groups to draw, the dearest; how many there are besides is said under the title.
    currency : str
        Code of the currency that the costs are in; nothing is converted.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import pandas as pd
    >>> row = {"outcome": "failed", "calls": 100, "costed": 98, "amount": 20.0, "mean": 20.4}
    >>> lost = {"recoverable": 2000.0, "recoverable_low": 1600.0, "recoverable_high": 2500.0}
    >>> costs(pd.DataFrame([row | lost])).get_title(loc="left").replace(chr(92), "")
    'The calls cost $20.00; $20.00 of it (100%) went into failures that can be fixed'
    >>> style.plt.close()
    """
    table, by = shaping.plain(table, "calls", "mean", *_NUMBERS)
    table = table.assign(**{name: style.numbers(table[name]) for name in (*_NUMBERS, "mean")})
    if not table["amount"].sum() > 0:
        words = "Every recorded cost is 0" if table["costed"].sum() > 0 else "No cost is recorded"
        return style.calm(style.axes(ax, height=1.4), title, words)
    paid = table[table["amount"] > 0]
    top_rows = paid.head(limit)
    ax = style.axes(ax, height=1.7 + 0.34 * len(top_rows), width=11)
    word = by[-1] if by else ""
    paints = colors.by_outcome(word, [str(name) for name in top_rows[word]] if by else [""])
    rows.bars(
        ax,
        top_rows["amount"].to_numpy(),
        paints,
        [_said(row, currency) for _, row in top_rows.iterrows()],
    )
    rows.named(ax, shaping.names(top_rows, by))
    end = 1.6 * top_rows["amount"].max()
    ax.set_xlim(0, end)
    _money_axis(ax, "recorded cost", currency)
    if top_rows["recoverable"].gt(0).any():
        ax.set_xticks([tick for tick in ax.get_xticks() if tick <= end])
        ax.set_xlim(0, end / _MAIN)
        ax.xaxis.label.set_x(_MAIN / 2)
        _lost(ax, top_rows, currency)
    rest = paid["amount"].iloc[limit:].sum()
    words = title or causes.costs(top_rows, currency, rest=rest)
    style.headline(ax, words, _notes(table, paid, top_rows))
    return ax


def _said(row: pd.Series[Any], currency: str) -> str:
    return f"{money(row['amount'], currency)} · {money(row['mean'] / 100, currency)} a call"


def _lost(ax: Axes, groups: pd.DataFrame, currency: str) -> None:
    """Draw what went into failures beside the bars, on a scale of its own, with its interval."""
    beside = style.axes(ax.inset_axes((_MAIN + 0.02, 0, 0.98 - _MAIN, 1), sharey=ax))
    amounts, low, high = (
        groups[name].to_numpy() / 100
        for name in ("recoverable", "recoverable_low", "recoverable_high")
    )
    places = np.arange(len(groups))
    beside.barh(places, amounts, height=0.74, color=colors.ALARM, **colors.EDGE)
    beside.hlines(places, low, high, color="black", linewidth=1.6, zorder=3)
    for place in np.flatnonzero(amounts > 0).tolist():
        part, *ends = (money(each[place], currency) for each in (amounts, low, high))
        words = f"  {part} ({'–'.join(ends)})"
        beside.text(high[place], place, style.literal(words), va="center", fontsize="small")
    beside.set_xlim(0, 3.4 * float(np.nanmax(high)))  # the words fit in
    beside.tick_params(axis="y", length=0, labelleft=False)
    _money_axis(beside, "for failures that can be fixed (95% interval)", currency)


def _notes(table: pd.DataFrame, paid: pd.DataFrame, groups: pd.DataFrame) -> list[str]:
    missing = table["calls"].sum() - table["costed"].sum()
    notes = {
        f"{calls(missing)} without a recorded cost": missing > 0,
        f"groups without cost: {count(len(table) - len(paid))}": len(paid) < len(table),
        f"groups not drawn: {count(len(paid) - len(groups))}": len(groups) < len(paid),
    }
    return [note for note, holds in notes.items() if holds]


def _money_axis(ax: Axes, unit: str, currency: str) -> None:
    steps = MaxNLocator(nbins=5, steps=[1, 2, 5, 10])
    few_cents = ax.get_xlim()[1] <= 5 * _CENT  # no step is less than what a label can say
    ax.xaxis.set_major_locator(MultipleLocator(_CENT) if few_cents else steps)
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: style.literal(money(value, currency).removesuffix(".00")))
    )
    ax.set_xlabel(unit, color=colors.QUIET)
    ax.grid(visible=True, axis="x", color="#e4e4e4", linewidth=0.6)
    ax.tick_params(length=0, labelcolor=colors.QUIET, axis="x")
