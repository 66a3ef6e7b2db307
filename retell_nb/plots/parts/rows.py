"""What is drawn in rows, a group in each: bars, divided bars, dots with intervals, words beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.patches import Patch

from retell_nb.plots.parts import colors, style
from retell_nb.text import count, percent, shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["across", "bars", "beneath", "beside", "dots", "key", "named", "reference", "stacks"]


def named(
    ax: Axes,
    names: Sequence[str],
    *,
    above: float = 0.0,
    bold: Sequence[bool] = (),
    width: int = 30,
) -> None:
    """Name the rows from the top, with room above for so many more.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> named(ax, ["a_long_name_that_nobody_can_remember", "_private"])
    >>> [tick.get_text() for tick in ax.get_yticklabels()]
    ['a_long_name_tha…y_can_remember', '_private']
    >>> style.plt.close()
    """
    labels = [style.literal(shortened(name, width)) for name in names]
    ax.set_yticks(range(len(names)), labels=labels)
    ax.set_ylim(len(names) - 0.4, -0.6 - above)
    ax.tick_params(axis="y", length=0)
    for tick, heavy in zip(ax.get_yticklabels(), bold, strict=False):
        tick.set_fontweight("bold" if heavy else "normal")


def beside(ax: Axes, words: Sequence[str], *, x: float = 1.02, first: float = 0) -> None:
    """Write words beside each row: left of the edge where `x` is 1 or less, else right of it.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> beside(ax, ["n = 1,234"])
    >>> ax.texts[0].get_text()
    'n = 1,234'
    >>> style.plt.close()
    """
    for row, word in enumerate(words):
        ax.text(
            x, row + first, style.literal(word), transform=ax.get_yaxis_transform(), va="center",
            ha="left" if x > 1 else "right", fontsize="small", color=colors.QUIET,
        )  # fmt: skip


def beneath(ax: Axes, words: Sequence[str]) -> None:
    """Write words in small letters in the lower part of each row.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> beneath(ax, ["answered / seizures"])
    >>> ax.texts[0].get_text()
    'answered / seizures'
    >>> style.plt.close()
    """
    for row, word in enumerate(words):
        ax.text(
            0.01, row + 0.34, style.literal(shortened(word, 88)), color=colors.QUIET,
            transform=ax.get_yaxis_transform(), va="center", fontsize="x-small",
        )  # fmt: skip


def across(ax: Axes, headings: Sequence[str]) -> None:
    """Write headings in rows of their own, from the left edge on.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> across(ax, ["All calls", ""])
    >>> [words.get_text() for words in ax.texts]
    ['All calls']
    >>> style.plt.close()
    """
    for row, heading in enumerate(headings):
        if heading:
            ax.text(
                0.005, row + 0.1, style.literal(shortened(heading, 84)), fontweight="bold",
                transform=ax.get_yaxis_transform(), va="center", fontsize="small",
            )  # fmt: skip


def bars(ax: Axes, values: style.Numbers, paints: Sequence[str], words: Sequence[str]) -> None:
    """Horizontal bars, one per row, with words at their ends.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> bars(ax, np.array([3.0]), ["#b92d1c"], ["3"])
    >>> float(ax.patches[0].get_width()), ax.texts[0].get_text()
    (3.0, '3')
    >>> style.plt.close()
    """
    patches = ax.barh(range(len(values)), values, height=0.74, color=list(paints), **colors.EDGE)
    ax.bar_label(patches, [*map(style.literal, words)], padding=4, fontsize="small")
    ax.set_xlim(0, 1.25 * float(np.max(values)))


def stacks(ax: Axes, wide: pd.DataFrame, paints: Sequence[str]) -> None:
    """Horizontal bars of parts: a row per row, a part per column, the sum at the end.

    A part that is wide enough bears its share of the bar.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> stacks(ax, pd.DataFrame({"failed": [1.0], "completed": [3.0]}), ["#b92d1c", "#3a8f70"])
    >>> [label.get_text() for label in ax.texts]
    ['25%', '75%', '4']
    >>> style.plt.close()
    """
    sums = wide.sum(axis=1).to_numpy(dtype=float)
    offsets = np.zeros(len(wide))
    for (_, part), paint in zip(wide.items(), paints, strict=True):
        values = part.to_numpy(dtype=float)
        patches = ax.barh(
            range(len(wide)), values, left=offsets, height=0.74, color=paint, **colors.EDGE
        )
        fits = values > 0.07 * sums.max()
        words = [
            percent(v / s) if fit else "" for v, s, fit in zip(values, sums, fits, strict=True)
        ]
        ax.bar_label(
            patches, words, label_type="center", fontsize="x-small", color=colors.on(paint)
        )
        offsets = offsets + values
    ax.bar_label(patches, [count(total) for total in sums], padding=4, fontsize="small")
    ax.set_xlim(0, 1.15 * sums.max())


def dots(ax: Axes, frame: pd.DataFrame, reach: float) -> None:
    """A dot with its interval per row; hollow where there is too little to say.

    The frame has `rate`, `low`, `high`, `sure` and `paint`. What lies beyond `reach` is drawn as
    an arrow head at the edge.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> row = {"rate": 0.5, "low": 0.4, "high": 0.6, "sure": True, "paint": "#b92d1c"}
    >>> dots(ax, pd.DataFrame([row]), 1.0)
    >>> len(ax.collections)
    2
    >>> style.plt.close()
    """
    for place, (_, row) in enumerate(frame.iterrows()):
        if np.isnan(row["rate"]):
            continue
        sure, paint = row["sure"], row["paint"]
        ax.hlines(place, row["low"], row["high"], color=paint, linewidth=2.4 if sure else 1.2)
        ax.scatter(
            min(row["rate"], reach), place, s=34, marker=">" if row["rate"] > reach else "o",
            facecolor=paint if sure else "white", edgecolor=paint, zorder=3, clip_on=False,
        )  # fmt: skip
    ax.set_xlim(0, reach)


def reference(ax: Axes, place: float, words: str) -> None:
    """Thin line across all rows with words at its top.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> reference(ax, 0.02, "overall 2%")
    >>> ax.texts[0].get_text()
    'overall 2%'
    >>> style.plt.close()
    """
    ax.axvline(place, color="#333333", linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        words, (place, 1), xycoords=ax.get_xaxis_transform(), xytext=(4, -3),
        textcoords="offset points", va="top", fontsize="small", color=colors.QUIET,
    )  # fmt: skip


def key(ax: Axes, names: Sequence[str], paints: Sequence[str], *, below: bool = False) -> None:
    """Key to the colours, at the right or below; a name may begin with anything.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> key(ax, ["_private"], ["#b92d1c"])
    >>> ax.get_legend().get_texts()[0].get_text()
    '_private'
    >>> style.plt.close()
    """
    spots = [Patch(facecolor=paint, **colors.EDGE) for paint in paints]
    inches = ax.bbox.height / ax.figure.dpi
    place: dict[str, Any] = {
        "loc": "upper left",
        "bbox_to_anchor": (0, -0.5 / inches) if below else (1.01, 1),
    }
    legend = ax.legend(
        spots, ["x"] * len(spots), ncols=len(spots) if below else 1, frameon=False,
        fontsize="small", handlelength=1, handleheight=1, borderaxespad=0, **place,
    )  # fmt: skip
    for words, name in zip(legend.get_texts(), names, strict=True):
        words.set_text(style.literal(shortened(name)))  # a legend drops labels that begin with _
