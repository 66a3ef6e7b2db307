"""Counts, rates, costs and findings as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb import tables
from retell_nb.pictures.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from retell_nb.engine.periods import Moment
    from retell_nb.grouping import By

__all__ = ["CountPictures"]


class CountPictures(Drawing):
    """Counts, rates, costs and findings as pictures."""

    def audit(
        self,
        *,
        reasons: pd.DataFrame | None = None,
        now: str | pd.Timestamp | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Troubles of the records, with how many calls have each.

        Parameters
        ----------
        reasons, now
            As for `calls.retell.audit`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.audit()
        """
        table = tables.audit(self._calls, reasons=reasons, now=now)
        return self._draw("audit", table, ax=ax, title=title)

    def costs(
        self,
        *by: By,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 15,
        currency: str = "USD",
    ) -> Axes:
        """Recorded cost of each group, and what of it went into failures.

        Parameters
        ----------
        *by, tz, reasons
            As for `calls.retell.costs`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most groups to draw.
        currency
            Code of the currency that the costs are in; nothing is converted.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.costs()
        """
        table = tables.costs(self._calls, *by, tz=tz, reasons=reasons)
        return self._draw("costs", table, ax=ax, title=title, limit=limit, currency=currency)

    def findings(
        self,
        *,
        baseline: pd.DataFrame | None = None,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 10,
    ) -> Axes:
        """Findings by how many calls could be saved.

        Parameters
        ----------
        baseline, tz, reasons
            As for `calls.retell.findings`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most findings to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.findings()
        """
        table = tables.findings(
            self._calls, baseline=baseline, tz=tz, reasons=reasons, limit=max(limit, 20)
        )
        return self._draw("findings", table, ax=ax, title=title, limit=limit)

    def hours(
        self,
        *,
        of: By = "failed",
        among: By | None = None,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Rate in each hour of the week.

        Parameters
        ----------
        of, among, tz, reasons
            As for `calls.retell.hours`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.hours()
        """
        table = tables.hours(self._calls, of=of, among=among, tz=tz, reasons=reasons)
        return self._draw("hours", table, ax=ax, title=title)

    def kpis(
        self,
        *by: By,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 6,
    ) -> Axes:
        """Key figures with their intervals.

        Parameters
        ----------
        *by, tz, reasons
            As for `calls.retell.kpis`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most groups to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.kpis("agent")
        """
        table = tables.kpis(self._calls, *by, tz=tz, reasons=reasons)
        return self._draw("kpis", table, ax=ax, title=title, limit=limit)

    def rates(
        self,
        *by: By,
        of: By = "failed",
        among: By | None = None,
        tolerance: float = 0.1,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 20,
        reference: float | None = None,
    ) -> Axes:
        """Rate of each group with its interval, the worst first.

        Parameters
        ----------
        *by, of, among, tolerance, tz, reasons
            As for `calls.retell.rates`.
        ax, title
            Axes to draw on, and a title of your own.
        limit, reference
            The most groups to draw, and a rate to compare them with.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.rates("agent")
        """
        table = tables.rates(
            self._calls,
            *by,
            of=of,
            among=among,
            tolerance=tolerance,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("rates", table, ax=ax, title=title, limit=limit, reference=reference)

    def tally(
        self,
        *by: By,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 20,
        cumulative: bool | None = None,
        of: str = "",
    ) -> Axes:
        """Calls of each group as bars.

        Parameters
        ----------
        *by, tz, reasons
            As for `calls.retell.tally`.
        ax, title
            Axes to draw on, and a title of your own.
        limit, cumulative
            The most groups to draw, and whether to draw the share so far.
        of
            What the calls have in common, such as `failed`: for the title and the axis.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.tally("reason")
        """
        table = tables.tally(self._calls, *by, tz=tz, reasons=reasons)
        options = {"limit": limit, "cumulative": cumulative, "of": of}
        return self._draw("tally", table, ax=ax, title=title, **options)

    def trend(
        self,
        freq: str = "auto",
        *by: By,
        of: By | None = None,
        tz: str = "UTC",
        window: Sequence[Moment] | None = None,
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 8,
    ) -> Axes:
        """Calls over time by group, or a rate with its interval.

        Parameters
        ----------
        freq, *by, of, tz, window, reasons
            As for `calls.retell.trend`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most groups to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.trend("D", of="failed")
        """
        table = tables.trend(self._calls, freq, *by, of=of, tz=tz, window=window, reasons=reasons)
        return self._draw("trend", table, ax=ax, title=title, limit=limit)
