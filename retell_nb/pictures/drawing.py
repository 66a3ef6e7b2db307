"""What all groups of pictures share: the calls, and how a table of theirs is drawn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

__all__ = ["Drawing"]


class Drawing:
    """Some calls, whose tables are drawn.

    Parameters
    ----------
    calls : DataFrame
    """

    def __init__(self, calls: pd.DataFrame) -> None:
        self._calls = calls

    def _draw(self, name: str, table: pd.DataFrame, **options: Any) -> Axes:
        """Draw a table with the function of its name in `retell_nb.plots`, which takes its time."""
        axes: Axes = getattr(import_module("retell_nb.plots"), name)(table, **options)
        return axes
