"""What all pictures share: an axes to draw on, the colours, titles, labels that never overlap."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import matplotlib.dates as mdates
import numpy as np
from matplotlib import pyplot as plt
from matplotlib.ticker import FuncFormatter, MaxNLocator

from retell_nb import text
from retell_nb.plots.parts.colors import NOTES, QUIET

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

    Numbers = npt.NDArray[np.float64]

__all__ = [
    "axes",
    "calm",
    "count_axis",
    "headline",
    "literal",
    "numbers",
    "percent_axis",
    "points_axis",
    "time_axis",
]


def axes(ax: Axes | None, *, height: float = 3.4, width: float = 10.5) -> Axes:
    """Return the axes to draw on: the one given, or one of a new figure of so many inches.

    Examples
    --------
    >>> axes(None, height=3).figure.get_size_inches().tolist()
    [10.5, 3.0]
    >>> plt.close()
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def literal(words: str) -> str:
    r"""Text that matplotlib shows as it is, never as a formula.

    Examples
    --------
    >>> literal("costs $1 to $2")
    'costs \\$1 to \\$2'
    """
    return words.replace("$", r"\$")


def numbers(column: pd.Series[Any]) -> Numbers:
    """Return a column as floats, with NaN for what is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers(pd.Series([1, None], dtype="Int64")).tolist()
    [1.0, nan]
    """
    return column.to_numpy(dtype="float64", na_value=np.nan)


def headline(ax: Axes, title: str, notes: Iterable[str] = ()) -> None:
    """Write the finding over the axes, and in small letters under it what must be known to read it.

    Examples
    --------
    >>> ax = axes(None)
    >>> headline(ax, "8% failed", ["partial days are faded"])
    >>> ax.get_title(loc="left"), ax.texts[0].get_text()
    ('8% failed', 'partial days are faded')
    >>> plt.close()
    """
    longest = max((len(tick.get_text()) for tick in ax.get_yticklabels()), default=0)
    inches = ax.bbox.width / ax.figure.dpi - max(0, 0.074 * longest - 1.8)
    small = _wrapped("; ".join(notes), int(max(24, 13.5 * inches)))
    if small:
        ax.annotate(
            small, (0, 1), xytext=(0, 5), xycoords="axes fraction", textcoords="offset points",
            color=QUIET, fontsize="small", va="bottom", in_layout=False, gid=NOTES,
        )  # fmt: skip
    lines = small.count("\n") + 1 if small else 0
    words = _wrapped(title, int(max(20, 10.3 * inches)))
    ax.set_title(words, loc="left", fontsize="medium", fontweight="bold", pad=8 + 12 * lines)


def _wrapped(words: str, width: int) -> str:
    """Break lines at blanks."""
    return "\n".join(
        textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
        for line in literal(words).splitlines()
    )


def calm(ax: Axes, title: str | None, sentence: str = "") -> Axes:
    """Empty axes with one sentence in the middle, by default that there are no calls.

    Examples
    --------
    >>> calm(axes(None), None).texts[0].get_text()
    'No calls to show'
    >>> plt.close()
    """
    ax.set_axis_off()
    sentence = sentence or "No calls to show"
    ax.text(0.5, 0.5, sentence, transform=ax.transAxes, ha="center", va="center", color=QUIET)
    if title:
        headline(ax, title)
    return ax


def count_axis(axis: Axis, unit: str = "calls") -> None:
    """Whole numbers with commas on an axis.

    Examples
    --------
    >>> ax = axes(None)
    >>> count_axis(ax.xaxis)
    >>> ax.get_xlabel(), ax.xaxis.get_major_formatter()(12000)
    ('calls', '12,000')
    >>> plt.close()
    """
    axis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    axis.set_major_formatter(FuncFormatter(lambda value, _: text.count(value)))
    _quiet_axis(axis, unit)


def percent_axis(axis: Axis, unit: str) -> None:
    """Percent on an axis of shares.

    Examples
    --------
    >>> ax = axes(None)
    >>> percent_axis(ax.yaxis, "failed")
    >>> ax.get_ylabel(), ax.yaxis.get_major_formatter()(0.25)
    ('failed', '25%')
    >>> plt.close()
    """
    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{100 * value:.4g}%"))
    _quiet_axis(axis, unit)


def points_axis(axis: Axis, unit: str) -> None:
    """Signed percentage points on an axis of differences of shares.

    Examples
    --------
    >>> ax = axes(None)
    >>> points_axis(ax.xaxis, "change, in percentage points")
    >>> [ax.xaxis.get_major_formatter()(value) for value in (-0.05, 0.0, 0.125)]
    ['-5', '0', '+12.5']
    >>> plt.close()
    """
    percent_axis(axis, unit)
    axis.set_major_formatter(
        FuncFormatter(lambda value, _: f"{100 * value:+.4g}" if abs(value) > 1e-12 else "0")
    )


def _quiet_axis(axis: Axis, unit: str) -> None:
    axis.set_label_text(literal(unit), color=QUIET)
    axis.grid(visible=True, color="#e4e4e4", linewidth=0.6)
    axis.set_tick_params(length=0, labelcolor=QUIET)


_DATES = {
    "formats": ["%Y", "%b", "%b %d", "%H:%M", "%H:%M", "%S.%f"],
    "zero_formats": ["", "%b %Y", "%b %d", "%b %d", "%H:%M", "%H:%M"],
    "offset_formats": ["", "%Y", "%Y", "%b %d, %Y", "%b %d, %Y", "%b %d, %Y, %H:%M"],
}
"""Dates on an axis, by their unit: years, months, days, hours, minutes, seconds."""


def time_axis(axis: Axis, zone: tzinfo | None) -> None:
    """Dates on an axis, in the zone of the table and with the zone's name.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> ax = axes(None)
    >>> time_axis(ax.xaxis, ZoneInfo("Europe/Berlin"))
    >>> ax.get_xlabel()
    'time in Europe/Berlin'
    >>> plt.close()
    """
    dates: Any = mdates  # its classes bear no types
    locator = dates.AutoDateLocator(tz=zone, minticks=3, maxticks=9)
    axis.set_major_locator(locator)
    axis.set_major_formatter(dates.ConciseDateFormatter(locator, tz=zone, **_DATES))
    axis.set_label_text(literal(f"time in {zone}" if zone else "time"), color=QUIET)
    axis.set_tick_params(labelcolor=QUIET)
