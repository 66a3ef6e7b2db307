"""What is drawn of caller numbers: small bars day by day, changes in rows, dots with crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.transforms import blended_transform_factory

from retell_nb.plots.parts import colors, rows, style
from retell_nb.text import shortened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["bars", "changes", "crosses", "limit"]

_PALE = "#c3cfda"
_TALL = 0.84


def bars(ax: Axes, table: pd.DataFrame, names: Sequence[str]) -> None:
    """Bars of calls by day in a row per name, all to one scale, blocked calls dark at the foot.

    The table has `name`, `x` in days, `seizures`, `blocked` and `bursts`, whose days get a mark.

    Examples
    --------
    >>> import pandas as pd
    >>> ax, row = style.axes(None), {"name": "a", "x": 1.0, "seizures": 4, "blocked": 1}
    >>> bars(ax, pd.DataFrame([row | {"bursts": 1}]), ["a"])
    >>> [float(bar.get_height()) for bar in ax.patches]
    [-0.84, -0.21]
    >>> style.plt.close()
    """
    scale = _TALL / max(float(table.loc[table["name"].isin(names), "seizures"].max()), 1.0)
    for place, name in enumerate(names):
        mine = table[table["name"] == name]
        floor = place + 0.42
        for column, paint in (("seizures", _PALE), ("blocked", colors.ALARM)):
            heights = -scale * mine[column].to_numpy(dtype=float)
            ax.bar(mine["x"] + 0.5, heights, 0.86, floor, color=paint, linewidth=0)
        burst = mine[mine["bursts"] > 0]
        tops = floor - scale * burst["seizures"].to_numpy(dtype=float)
        ax.plot(
            burst["x"] + 0.5, tops - 0.1, linestyle="", marker="v", markersize=5, color="#222222",
            clip_on=False,
        )  # fmt: skip
        ax.axhline(floor, color="#d9dee3", linewidth=0.6, zorder=0)
    rows.named(ax, names, above=0.1)
    ax.set_xlim(float(table["x"].min()) - 0.2, float(table["x"].max()) + 1.2)
    spots = [
        ("calls", "s", _PALE),
        ("blocked", "s", colors.ALARM),
        ("burst of short calls", "v", "#222222"),
    ]
    handles = [
        ax.plot([], [], linestyle="", marker=marker, color=paint, label=label)[0]
        for label, marker, paint in spots
    ]
    below = 0.55 * ax.figure.dpi / ax.bbox.height  # under the dates
    ax.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0, -below),
        ncols=3, frameon=False, fontsize="small", borderaxespad=0, handletextpad=0.2,
    )  # fmt: skip


def changes(ax: Axes, table: pd.DataFrame) -> None:
    """Rates before (hollow) and after (filled) in a row per burst, with their intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> names = ("rate_before", "rate_after")
    >>> ends = {f"{name}{end}": 0.5 for name in names for end in ("", "_low", "_high")}
    >>> changes(ax, pd.DataFrame([ends | {"raised": True}]))
    >>> len(ax.collections)
    4
    >>> style.plt.close()
    """
    for at, lift, sure in (("before", -0.14, False), ("after", 0.14, True)):
        for place, (_, row) in enumerate(table.iterrows()):
            if np.isnan(row[f"rate_{at}"]):
                continue
            paint = colors.ALARM if row["raised"] and sure else colors.QUIET
            low, high = row[f"rate_{at}_low"], row[f"rate_{at}_high"]
            ax.hlines(place + lift, low, high, color=paint, linewidth=2 if sure else 1.2)
            ax.scatter(
                row[f"rate_{at}"], place + lift, s=34, facecolor=paint if sure else "white",
                edgecolor=paint, zorder=3, clip_on=False,
            )  # fmt: skip
    highs = table[["rate_before_high", "rate_after_high"]].to_numpy(dtype=float)
    ax.set_xlim(0, min(1.02, 1.05 * max(np.nanmax(np.append(highs, 0.05)), 0.05)))


def crosses(
    ax: Axes, table: pd.DataFrame, flagged: npt.NDArray[np.bool_], names: Mapping[int, str]
) -> None:
    """Dots at the share of short calls and the rate of blocks, with both intervals as a cross.

    Examples
    --------
    >>> import pandas as pd
    >>> ax, names = style.axes(None), ("short_share_10s", "block_rate")
    >>> row = {f"{name}{end}": 0.5 for name in names for end in ("", "_low", "_high")}
    >>> crosses(ax, pd.DataFrame([row]), np.array([True]), {0: "+13035550184"})
    >>> ax.texts[0].get_text()
    '+13035550184'
    >>> style.plt.close()
    """
    for group, paint, order in ((~flagged, colors.FAINT, 2), (flagged, colors.ALARM, 3)):
        part = table[group]
        x, y = part["short_share_10s"], part["block_rate"]
        thin: dict[str, Any] = {"color": paint, "linewidth": 0.8, "alpha": 0.55, "zorder": order}
        ax.hlines(y, part["short_share_10s_low"], part["short_share_10s_high"], **thin)
        ax.vlines(x, part["block_rate_low"], part["block_rate_high"], **thin)
        ax.scatter(x, y, s=26, color=paint, zorder=order + 1, clip_on=False)
    for row, name in names.items():
        ax.annotate(
            style.literal(shortened(name, 24)),
            (table.loc[row, "short_share_10s"], table.loc[row, "block_rate"]), xytext=(7, 6),
            textcoords="offset points", fontsize="small",
        )  # fmt: skip
    ends = [table[f"{name}_high"].max() for name in ("short_share_10s", "block_rate")]
    ax.set_xlim(0, min(1.0, max(1.1 * ends[0], 0.2)))
    ax.set_ylim(0, min(1.0, max(1.1 * ends[1], 0.05)))


def limit(ax: Axes, place: float, words: str) -> None:
    """Thin upright line at a threshold, with words at its top.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> limit(ax, 0.15, "15%: Twilio Voice Insights")
    >>> ax.texts[0].get_text()
    ' 15%: Twilio Voice Insights'
    >>> style.plt.close()
    """
    ax.axvline(place, color="#333333", linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.text(
        place, 0.98, style.literal(f" {words}"), va="top", fontsize="small", color=colors.QUIET,
        transform=blended_transform_factory(ax.transData, ax.transAxes),
    )  # fmt: skip
