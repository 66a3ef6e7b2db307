"""What changed, as pictures: explanations, charts, comparisons, silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from retell_nb import tables
from retell_nb.engine.control_charts import DEFAULT_RULES
from retell_nb.pictures.drawing import Drawing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from retell_nb.engine.periods import Moment
    from retell_nb.grouping import By

__all__ = ["ChangePictures"]


class ChangePictures(Drawing):
    """What changed, as pictures: explanations, charts, comparisons, silence."""

    def change_points(
        self,
        *by: By,
        of: By = "failed",
        events: pd.DataFrame | None = None,
        freq: str = "auto",
        weekly: bool = True,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 15,
    ) -> Axes:
        """When a rate changed, by how much, and what began then.

        Parameters
        ----------
        *by, of, events, freq, weekly, tz, reasons
            As for `calls.retell.change_points`.
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
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.change_points()
        """
        table = tables.change_points(
            self._calls,
            *by,
            of=of,
            events=events,
            freq=freq,
            weekly=weekly,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("change_points", table, ax=ax, title=title, limit=limit)

    def compare(
        self,
        *what: By | Mapping[str, Any],
        of: By = "failed",
        strata: Sequence[By] | None = None,
        detect: float = 0.02,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 20,
    ) -> Axes:
        """Differences of a rate between groups, each with its interval around zero.

        Parameters
        ----------
        *what, of, strata, detect, tz, reasons
            As for `calls.retell.compare`.
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
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.compare("agent_version")
        """
        table = tables.compare(
            self._calls,
            *what,
            of=of,
            strata=strata,
            detect=detect,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("compare", table, ax=ax, title=title, limit=limit)

    def control_chart(
        self,
        freq: str = "D",
        *by: By,
        of: By = "failed",
        baseline: Sequence[Moment] | None = None,
        weekly: bool = True,
        rules: Sequence[str] = DEFAULT_RULES,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """A rate by period with its control limits, and which periods are out.

        Parameters
        ----------
        freq, *by, of, baseline, weekly, rules, tz, reasons
            As for `calls.retell.control_chart`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.control_chart()
        """
        table = tables.control_chart(
            self._calls,
            freq,
            *by,
            of=of,
            baseline=baseline,
            weekly=weekly,
            rules=rules,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("control_chart", table, ax=ax, title=title)

    def decompose(
        self,
        baseline: pd.DataFrame,
        *by: By,
        of: By = "failed",
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 12,
    ) -> Axes:
        """How far a change of the rate is one of rates, and how far one of the mix.

        Parameters
        ----------
        baseline, *by, of, tz, reasons
            As for `calls.retell.decompose`.
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
        >>> calls, before = rn.sample_calls(2_000, seed=7), rn.sample_calls(2_000, seed=8)
        >>> ax = calls.retell.plot.decompose(before, "agent_id")
        """
        table = tables.decompose(
            self._calls,
            baseline,
            *by,
            of=of,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("decompose", table, ax=ax, title=title, limit=limit)

    def explain(
        self,
        baseline: pd.DataFrame | None = None,
        *,
        since: str | pd.Timestamp | None = None,
        of: By = "failed",
        attributes: Sequence[By] | None = None,
        max_depth: int = 3,
        top: int = 5,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
    ) -> Axes:
        """The segments behind a rise, before and now, with intervals.

        Parameters
        ----------
        baseline, since, of, attributes, max_depth, top, tz, reasons
            As for `calls.retell.explain`.
        ax, title
            Axes to draw on, and a title of your own.

        Returns
        -------
        Axes

        Examples
        --------
        >>> import retell_nb as rn
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.explain(since="2026-03-16", max_depth=1)
        """
        table = tables.explain(
            self._calls,
            baseline,
            since=since,
            of=of,
            attributes=attributes,
            max_depth=max_depth,
            top=top,
            tz=tz,
            reasons=reasons,
        )
        return self._draw("explain", table, ax=ax, title=title)

    def silence(
        self,
        *by: By,
        now: Moment = None,
        tz: str = "UTC",
        false_alarms: float = 1.0,
        reasons: pd.DataFrame | None = None,
        ax: Axes | None = None,
        title: str | None = None,
        limit: int = 20,
    ) -> Axes:
        """Lines that get too few calls: since when, and how many were expected.

        Parameters
        ----------
        *by, now, tz, false_alarms, reasons
            As for `calls.retell.silence`.
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
        >>> ax = rn.sample_calls(2_000, seed=7).retell.plot.silence()
        """
        table = tables.silence(
            self._calls,
            *by,
            now=now,
            tz=tz,
            false_alarms=false_alarms,
            reasons=reasons,
        )
        return self._draw("silence", table, ax=ax, title=title, limit=limit)
