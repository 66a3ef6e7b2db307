"""Calls in flight, servers, outages and time limits as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retell_nb import tables
from retell_nb.pictures.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from retell_nb.grouping import By
    from retell_nb.tables.capacity.policies import Policy
    from retell_nb.tables.capacity.slots import Limit
    from retell_nb.tables.outages.outages import Of

__all__ = ["CapacityPictures"]


class CapacityPictures(Drawing):
    """Calls in flight, servers, outages and time limits as pictures."""

    def backoff(
        self,
        limit: Limit = 20,
        policy: Policy | Mapping[str, float] | None = None,
        *,
        higher: Sequence[int] | None = None,
        seed: int = 0,
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """Refused calls that a retry or a bigger plan would have gotten through.

        Parameters
        ----------
        limit, policy, higher, seed, reasons
            As for `calls.retell.backoff`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.backoff()
        """
        table = tables.backoff(
            self._calls, limit, policy, higher=higher, seed=seed, reasons=reasons
        )
        return self._draw("backoff", table, ax=ax, title=title)

    def concurrency(
        self,
        freq: str = "1min",
        *by: By,
        limit: Limit | None = None,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        groups: int = 8,
    ) -> Axes:
        """Calls in flight, peak and average, with the limit and the calls refused.

        Parameters
        ----------
        freq, *by, limit, tz, reasons
            As for `calls.retell.concurrency`.
        ax, title
            Axes to draw on, and a title of your own.
        groups
            The most groups to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.concurrency()
        """
        table = tables.concurrency(self._calls, freq, *by, limit=limit, tz=tz, reasons=reasons)
        return self._draw("concurrency", table, ax=ax, title=title, groups=groups)

    def llm_server(
        self,
        *by: By,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 6,
    ) -> Axes:
        """Errors of your own LLM server by agent, version and kind.

        Parameters
        ----------
        *by, tz, reasons
            As for `calls.retell.llm_server`.
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
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.llm_server()
        """
        table = tables.llm_server(self._calls, *by, tz=tz, reasons=reasons)
        return self._draw("llm_server", table, ax=ax, title=title, limit=limit)

    def outages(
        self,
        *by: By,
        of: Of = "llm_server",
        share: float = 0.5,
        chance: float = 0.001,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 15,
    ) -> Axes:
        """Outages on a line of time, with the calls affected.

        Parameters
        ----------
        *by, of, share, chance, tz, reasons
            As for `calls.retell.outages`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most lines to draw.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.outages(of="provider")
        """
        table = tables.outages(
            self._calls, *by, of=of, share=share, chance=chance, tz=tz, reasons=reasons
        )
        return self._draw("outages", table, ax=ax, title=title, limit=limit)

    def time_limits(
        self,
        *by: By,
        again: int = 2,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 8,
        currency: str = "USD",
    ) -> Axes:
        """Durations at which limits of time ended calls, and where they seem to be set.

        Parameters
        ----------
        *by, again, tz, reasons
            As for `calls.retell.time_limits`.
        ax, title
            Axes to draw on, and a title of your own.
        limit
            The most groups of each limit to draw.
        currency
            Code of the currency that costs are in; nothing is converted.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.time_limits()
        """
        table = tables.time_limits(self._calls, *by, again=again, tz=tz, reasons=reasons)
        return self._draw("time_limits", table, ax=ax, title=title, limit=limit, currency=currency)
