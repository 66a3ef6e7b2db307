"""What is drawn over time: stacked steps, lines with bands, labels at their ends, the week."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from retell_nb.plots.parts import colors, shaping, style
from retell_nb.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["end_labels", "fade", "line", "spread", "steps", "week"]

_FEW = 62


def steps(ax: Axes, edges: style.Numbers, wide: pd.DataFrame, paints: Sequence[str]) -> None:
    """Stacked steps over time: a period per row from edge to edge, a layer per column.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> steps(ax, np.array([0.0, 1.0]), pd.DataFrame({"failed": [3.0]}), ["#b92d1c"])
    >>> len(ax.collections)
    1
    >>> style.plt.close()
    """
    tops = np.cumsum(wide.to_numpy(dtype=float), axis=1)
    tops = np.vstack([tops, tops[-1:]])
    floor = np.zeros(len(edges))
    seam = 0.3 if len(edges) <= _FEW else 0  # of many periods it would hide the colours
    for top, paint in zip(tops.T, paints, strict=True):
        ax.fill_between(edges, floor, top, step="post", facecolor=paint, edgecolor="white", lw=seam)
        floor = top
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.05 * max(float(tops.max()), 1))


def fade(ax: Axes, edges: style.Numbers, partial: npt.NDArray[np.bool_]) -> None:
    """Pale veil over the partial periods.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> fade(ax, np.array([0.0, 1.0, 2.0]), np.array([False, True]))
    >>> [veil.get_gid() for veil in ax.patches]
    ['partial']
    >>> style.plt.close()
    """
    for start, end in zip(edges[:-1][partial], edges[1:][partial], strict=True):
        ax.axvspan(
            start, end, facecolor=ax.get_facecolor(), alpha=0.6, lw=0, zorder=2, gid="partial"
        )


def line(ax: Axes, frame: pd.DataFrame, paint: str, marker: str = "o") -> None:
    """Line through `x`, `y` with the band `low` to `high`; dotted and hollow where `partial`.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> line(ax, pd.DataFrame({"x": [0, 1], "y": [2.0, 3.0], "partial": [False, True]}), "black")
    >>> [drawn.get_gid() for drawn in ax.lines]
    ['partial', None, 'partial']
    >>> style.plt.close()
    """
    full = frame["y"].where(~frame["partial"])
    size = 4 if len(frame) <= _FEW else 0
    ax.plot(frame["x"], frame["y"], color=paint, linestyle=":", linewidth=1.2, gid="partial")
    ax.plot(frame["x"], full, color=paint, linewidth=1.8, marker=marker, markersize=size)
    ax.plot(
        frame["x"], frame["y"].where(frame["partial"]), color=paint, linestyle="", marker=marker,
        markersize=5, markerfacecolor="white", gid="partial",
    )  # fmt: skip
    if "low" in frame and len(frame) == 1:
        ax.vlines(frame["x"], frame["low"], frame["high"], color=paint, linewidth=2.4)
    elif "low" in frame:
        ax.fill_between(frame["x"], frame["low"], frame["high"], color=paint, alpha=0.16, lw=0)


def end_labels(
    ax: Axes,
    heights: Sequence[float],
    names: Sequence[str],
    paints: Sequence[str],
    markers: Sequence[str] = "s",
) -> None:
    """Write names at the right edge, each at its height, with its colour and marker.

    Examples
    --------
    >>> ax = style.axes(None)
    >>> end_labels(ax, [0.2, 0.2], ["failed", "completed"], ["#b92d1c", "#3a8f70"])
    >>> [label.get_text() for label in ax.texts]
    ['failed', 'completed']
    >>> style.plt.close()
    """
    low, high = ax.get_ylim()
    gap = 0.19 / (ax.bbox.height / ax.figure.dpi)
    fractions = (np.asarray(heights, dtype=float) - low) / (high - low)
    signs = zip(spread(list(fractions), gap), names, paints, cycle(markers), strict=False)
    for place, name, paint, marker in signs:
        ax.plot(
            [1.02], [place], marker=marker, markersize=7, color=paint, markeredgecolor="#555555",
            markeredgewidth=0.5, transform=ax.transAxes, clip_on=False,
        )  # fmt: skip
        ax.text(
            1.035, place, style.literal(shortened(name)), transform=ax.transAxes, va="center",
            fontsize="small",
        )  # fmt: skip


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Places in the same order, moved no more than needed to stand at least a gap apart.

    Examples
    --------
    >>> [round(place, 2) for place in spread([0.5, 0.5, 0.9], 0.1)]
    [0.45, 0.55, 0.9]
    """
    order = np.argsort(places, kind="stable")
    clusters: list[list[float]] = []
    for place in np.asarray(places, dtype=float)[order]:
        clusters.append([place])
        while (
            len(clusters) > 1
            and _bounds(clusters[-2], gap)[1] + gap > _bounds(clusters[-1], gap)[0]
        ):
            last = clusters.pop()
            clusters[-1] += last
    moved = [_bounds(c, gap)[0] + gap * step for c in clusters for step in range(len(c))]
    return [moved[rank] for rank in np.argsort(order)]


def _bounds(cluster: list[float], gap: float) -> tuple[float, float]:
    """First and last place of a cluster spread evenly around its mean."""
    middle, half = float(np.mean(cluster)), gap * (len(cluster) - 1) / 2
    return middle - half, middle + half


def week(ax: Axes, cells: pd.DataFrame, colour: str) -> None:
    """Seven days of 24 hours, coloured by rate, hatched where it is missing, with a scale.

    Examples
    --------
    >>> import pandas as pd
    >>> ax = style.axes(None)
    >>> week(ax, pd.DataFrame(0.1, index=range(7), columns=range(24)), "#b92d1c")
    >>> ax.get_yticklabels()[0].get_text(), ax.get_xlabel()
    ('Mon', 'hour of the day')
    >>> style.plt.close()
    """
    rates = np.ma.masked_invalid(cells.to_numpy(dtype=float))
    across, down = np.arange(25), np.arange(8)
    unsure = np.ma.masked_where(~np.ma.getmaskarray(rates), np.zeros(rates.shape))
    ax.pcolor(
        across,
        down,
        unsure,
        cmap=colors.shading("#eeeeee"),
        hatch="////",
        edgecolor="#b0b0b0",
        lw=0,
    )
    top = max(float(rates.max()), 0.01) if rates.count() else 1.0
    mesh = ax.pcolormesh(
        across,
        down,
        rates,
        cmap=colors.shading(colour),
        vmin=0,
        vmax=top,
        edgecolor="white",
        lw=0.5,
    )
    ax.set_yticks(down[:-1] + 0.5, labels=[day[:3] for day in shaping.DAYS])
    ax.set_xticks(across[:-1:3] + 0.5, labels=[str(hour) for hour in across[:-1:3]])
    ax.set_ylim(7, 0)
    ax.tick_params(length=0)
    ax.set_xlabel("hour of the day", color=colors.QUIET)
    scale = ax.inset_axes((1.02, 0, 0.02, 1))  # an axes of its own would change the layout
    ax.figure.colorbar(mesh, cax=scale)
    style.percent_axis(scale.yaxis, "")
    scale.grid(visible=False)
