"""The picture of time limits: how long calls were that ran into them, and where they seem set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from retell_nb import text
from retell_nb.plots.parts import colors, rows, shaping, style
from retell_nb.plots.titles import causes
from retell_nb.text import interval
from retell_nb.times import lasting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["time_limits"]

_MARKS = {"pile-up": "|", "at most": "<", "fixed": "|"}
_WORDS = {"pile-up": "set to {}", "at most": "set to {} or less", "fixed": "fixed at {}"}
_TICKS = (1, 5, 15, 30, 60, 300, 900, 3600, 7200)
_KEY = (
    "line: shortest to longest call at the limit; thick: the middle half; "
    "| the setting; < the setting is at most this"
)


def time_limits(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    limit: int = 8,
    currency: str = "USD",
) -> Axes:
    """Spans of the durations at which each limit ended calls, with the setting they speak for.

    Parameters
    ----------
    table : DataFrame
        As `retell_nb.tables.time_limits` returns it.
    ax, title
        As for `tally`.
    limit : int, default 8
        Groups to draw of each limit, those with the highest rates.
    currency : str
        Code of the currency that costs are in; nothing is converted.

    Returns
    -------
    Axes

    Examples
    --------
    >>> row = {"agent_id": "a", "kind": "max_duration_reached", "seems": 3600.0, "calls": 900}
    >>> rate = {"reading": "pile-up", "at_limit": 8, "rate": 0.009, "low": 0.005, "high": 0.017}
    >>> spread = dict.fromkeys(("shortest", "q25", "median", "q75", "longest"), 3600.4)
    >>> table = pd.DataFrame([row | rate | spread | {"cents": 3889.0}])
    >>> time_limits(table).get_title(loc="left").replace(chr(92), "")
    '8 calls reached their maximum duration and cost $38.89'
    >>> style.plt.close()
    """
    table, by = shaping.plain(
        table, "kind", "seems", "reading", "calls", "at_limit", "rate", "low", "high", "shortest",
        "q25", "median", "q75", "longest", "cents",
    )  # fmt: skip
    table["at_limit"] = style.numbers(table["at_limit"])
    at_limit = table[table["at_limit"] > 0]
    if at_limit.empty:
        return style.calm(style.axes(ax, height=1.4), title, "No call ran into a time limit")
    lines = _under_kinds(at_limit.assign(name=shaping.names(at_limit, by)), limit)
    ax = style.axes(ax, height=1.9 + 0.26 * len(lines), width=10)
    _strips(ax, lines)
    rows.named(ax, list(lines["name"]), bold=list(lines["heading"]))
    rows.beside(ax, ["" if row["heading"] else _said(row) for _, row in lines.iterrows()])
    _seconds_axis(ax)
    rest = len(at_limit) - int((~lines["heading"]).sum())
    notes = [_KEY] + [f"groups not drawn: {text.count(rest)}"] * (rest > 0)
    groups = lines[~lines["heading"].astype(bool)]
    style.headline(ax, title or causes.limits(groups, currency, whole=not rest), notes)
    return ax


def _under_kinds(limits: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Rows of the groups that ran into each limit, under a row that names it."""
    blocks = []
    for kind, block in limits.groupby("kind", sort=False):
        heading = pd.DataFrame({"name": [str(kind)], "heading": [True]})
        blocks += [heading, block.head(limit).assign(heading=False)]
    return pd.concat(blocks, ignore_index=True)


def _strips(ax: Axes, lines: pd.DataFrame) -> None:
    """Draw the durations of each row, and the setting that they speak for."""
    places = np.arange(len(lines))
    at = {
        name: style.numbers(lines[name]) for name in ("shortest", "q25", "median", "q75", "longest")
    }
    ax.hlines(places, at["shortest"], at["longest"], color=colors.NEUTRAL, linewidth=1.2)
    ax.hlines(places, at["q25"], at["q75"], color=colors.NEUTRAL, linewidth=5)
    ax.scatter(at["median"], places, s=22, color="white", edgecolor=colors.NEUTRAL, zorder=3)
    for reading, mark in _MARKS.items():
        mine = lines["reading"].eq(reading).to_numpy()
        seems = style.numbers(lines["seems"])[mine]
        ax.scatter(seems, places[mine], s=150 if mark == "|" else 40, marker=mark, color="black",
                   linewidth=2 if mark == "|" else 0.5, zorder=4)  # fmt: skip


def _said(row: pd.Series[Any]) -> str:
    setting = row["reading"]
    if setting in _WORDS:
        setting = _WORDS[setting].format(lasting(row["seems"]))
    rate = interval(row["rate"], row["low"], row["high"])
    return f"{text.calls(row['at_limit'])}, {rate}; {setting}"


def _seconds_axis(ax: Axes) -> None:
    """Durations on a logarithmic axis, in the units that a person would use."""
    ax.set_xscale("log")
    low, high = ax.get_xlim()
    ax.set_xlim(0.7 * low, 1.3 * high)
    ax.xaxis.set_major_locator(FixedLocator(_TICKS))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: lasting(value)))
    ax.set_xlabel("duration of the call", color=colors.QUIET)
    ax.grid(visible=True, axis="x", color="#e4e4e4", linewidth=0.6)
    ax.tick_params(length=0, labelcolor=colors.QUIET, axis="x")
