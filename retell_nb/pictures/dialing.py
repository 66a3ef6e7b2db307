"""What came of dialing as pictures: by number, callee, hour and attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb import tables
from retell_nb.pictures.drawing import Drawing

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from retell_nb.grouping import By

__all__ = ["DialingPictures"]


class DialingPictures(Drawing):
    """What came of dialing as pictures: by number, callee, hour and attempt."""

    def attempts(
        self,
        *by: By,
        gap: str | pd.Timedelta = "24h",
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 12,
    ) -> Axes:
        """Rates of answers by attempt at a callee, with their intervals.

        Parameters
        ----------
        *by, gap, tz, reasons
            As for `calls.retell.attempts`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most rows to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.attempts()
        """
        table = tables.attempts(self._calls, *by, gap=gap, tz=tz, reasons=reasons)
        return self._draw("attempts", table, ax=ax, title=title, limit=limit)

    def bursts(
        self,
        *,
        window: str = "1h",
        short: str = "10s",
        thresholds: pd.DataFrame | None = None,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 20,
    ) -> Axes:
        """Block rate of each number before its bursts of short calls and after them.

        Parameters
        ----------
        window, short, thresholds, tz, reasons
            As for `calls.retell.bursts`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most bursts to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.bursts()
        """
        table = tables.bursts(
            self._calls, window=window, short=short, thresholds=thresholds, tz=tz, reasons=reasons
        )
        return self._draw("bursts", table, ax=ax, title=title, limit=limit)

    def callee_hours(
        self,
        *,
        region: str | None = None,
        gap: str | pd.Timedelta = "24h",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Answer rate by the local hour of the callees.

        Parameters
        ----------
        region, gap, reasons
            As for `calls.retell.callee_hours`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.callee_hours()
        """
        table = tables.callee_hours(self._calls, region=region, gap=gap, reasons=reasons)
        return self._draw("callee_hours", table, ax=ax, title=title)

    def destinations(
        self,
        *,
        region: str | None = None,
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Faults in the numbers dialed, with how many calls ended as invalid.

        Parameters
        ----------
        region, reasons
            As for `calls.retell.destinations`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.destinations()
        """
        table = tables.destinations(self._calls, region=region, reasons=reasons)
        return self._draw("destinations", table, ax=ax, title=title)

    def numbers(
        self,
        per: str = "number",
        *,
        window: str = "1h",
        short: str = "10s",
        thresholds: pd.DataFrame | None = None,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 12,
    ) -> Axes:
        """Short calls of each caller number against its blocks, or both day by day.

        Parameters
        ----------
        per, window, short, thresholds, tz, reasons
            As for `calls.retell.numbers`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most numbers to name or to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.numbers(per="day")
        """
        table = tables.numbers(
            self._calls,
            per,
            window=window,
            short=short,
            thresholds=thresholds,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("numbers", table, ax=ax, title=title, limit=limit)

    def transfers(
        self,
        *by: By,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 10,
    ) -> Axes:
        """What came of transfers, on the callers' side and on the targets'.

        Parameters
        ----------
        *by, tz, reasons
            As for `calls.retell.transfers`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most rows to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.transfers()
        """
        table = tables.transfers(self._calls, *by, tz=tz, reasons=reasons)
        return self._draw("transfers", table, ax=ax, title=title, limit=limit)
