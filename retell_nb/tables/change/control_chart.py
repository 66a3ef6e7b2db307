"""Control charts of calls: which periods are out of control, and by which rule."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from retell_nb.calls.schema import DTYPES
from retell_nb.engine import control_charts
from retell_nb.engine.control_charts import DEFAULT_RULES
from retell_nb.engine.periods import instant
from retell_nb.tables.change.series import periods_in_a_week, rate_series, rhythm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retell_nb.engine.aliases import Mask
    from retell_nb.engine.control_charts import Chart
    from retell_nb.engine.periods import Moment
    from retell_nb.grouping import By
    from retell_nb.tables.change.series import Counts, Series

__all__ = ["control_chart"]

_OWN = (
    *("period", "calls", "rate", "center", "low", "high", "ewma", "ewma_low", "ewma_high"),
    *("out", "side", "rule", "baseline", "kind"),
)
_SIDES = {-1: "low", 0: None, 1: "high"}


def control_chart(  # noqa: PLR0913 - a user types one or two of them
    calls: pd.DataFrame,
    freq: str = "D",
    *by: By,
    of: By = "failed",
    baseline: Sequence[Moment] | None = None,
    weekly: bool = True,
    rules: Sequence[str] = DEFAULT_RULES,
    tz: str = "UTC",
    reasons: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Control chart of a rate: every period with its limits, whether it is out, and by which rule.

    People are counted, not dials: redials of one person that end alike within a day count once.

    Parameters
    ----------
    calls : DataFrame
        Calls as of `retell_nb.read_calls`. A call's time is its start, or else its end.
    freq : str
        Length of a period as pandas writes it: ``h``, ``D``, ``W``, ...
    *by : str or Series
        A chart for each group: column words, columns of the calls, or Series with their index.
    of : str or Series of bool
        The calls whose rate is wanted, as for `rates`.
    baseline : pair of str or Timestamp, optional
        From when (inclusive) to when (exclusive) all was well, in `tz` if not said; by default the
        whole chart. Periods that are out are left out of it in any case.
    weekly : bool
        Whether to expect the rhythm of the week, from three weeks of calls on.
    rules : sequence of str
        Names of rules; those of Western Electric and of Nelson add false alarms of their own.
    tz : str
        Time zone of the periods.
    reasons : DataFrame, optional
        A table of reasons of your own, in the form of `retell_nb.REASONS`.

    Returns
    -------
    DataFrame
        The columns of `by`; `period`; `calls`, of which redials count once; a column named after
        `of`; `rate`; `center`, `low` and `high`, the control limits; `ewma` with `ewma_low` and
        `ewma_high`, the moving average that finds drift; `out`; `side`, ``high`` or ``low``; `rule`
        that flags the period; `baseline`, whether center and limits are estimated from it;
        `kind`, ``p`` or ``p'`` (Laney's, of rates that vary more than chance). Of a period without
        calls, rates and limits are missing. ``attrs["redials"]`` counts the calls that count with
        an earlier one.

    Raises
    ------
    ValueError
        If a column, a rule, a frequency or a time zone is not known.

    Examples
    --------
    >>> days = pd.date_range("2026-03-02T10:00Z", periods=12, freq="D")
    >>> calls = pd.DataFrame({
    ...     "start_timestamp": days.repeat(100),
    ...     "disconnection_reason": (["dial_failed"] * 5 + ["user_hangup"] * 95) * 11
    ...     + ["dial_failed"] * 30 + ["user_hangup"] * 70,
    ... })
    >>> control_chart(calls).tail(1)[["calls", "failed", "rate", "high", "rule"]].round(3)
        calls  failed  rate   high           rule
    11    100      30   0.3  0.129  beyond limits
    """
    series = rate_series(calls, freq, by, of, tz=tz, reasons=reasons, names=_OWN)
    eligible = _within(series.periods, baseline, tz)
    charts = [
        _chart(series, hits, all_calls, eligible, rules, weekly=weekly)
        for hits, all_calls in zip(series.hits, series.calls, strict=True)
    ]
    parts = [_table(series, row, chart) for row, chart in enumerate(charts)]
    table = pd.concat(parts, ignore_index=True)
    table.attrs.update(series.attrs)
    return table


def _chart(
    series: Series,
    hits: Counts,
    calls: Counts,
    eligible: Mask,
    rules: Sequence[str],
    *,
    weekly: bool,
) -> Chart:
    """The chart of a group; its rhythm is that of all periods, then of those that are in."""
    chart_of = partial(
        control_charts.control_chart,
        hits,
        calls,
        baseline=eligible,
        rules=rules,
        per_week=periods_in_a_week(series.periods),
    )
    if not weekly:
        return chart_of()
    chart = chart_of(risk=rhythm(series.periods, hits, calls))
    clean = [np.where(chart.baseline, part, 0) for part in (hits, calls)]
    return chart_of(risk=rhythm(series.periods, *clean, spread=chart.spread))


def _within(periods: pd.DatetimeIndex, baseline: Sequence[Moment] | None, tz: str) -> Mask:
    """Which periods lie within the baseline as a whole."""
    inside = np.ones(max(len(periods) - 1, 0), dtype=bool)
    if baseline is None:
        return inside
    if isinstance(baseline, str) or len(baseline) != 2:
        raise ValueError(f"baseline is {baseline!r}; give a pair (start, end), such as two dates.")
    start, end = (None if moment is None else instant(moment, tz) for moment in baseline)
    if start is not None:
        inside &= np.asarray(periods[:-1] >= start)
    if end is not None:
        inside &= np.asarray(periods[1:] <= end)
    if not inside.any():
        raise ValueError(
            f"no period of the calls lies within the baseline {tuple(baseline)!r}. The calls are "
            f"from {periods[0]} to {periods[-1]}; give times within that, or a finer freq."
        )
    return inside


def _table(series: Series, row: int, chart: Chart) -> pd.DataFrame:
    """The chart of a group as a table."""
    groups = series.groups.iloc[np.full(len(chart.rate), row)].reset_index(drop=True)
    return groups.assign(
        period=series.periods[:-1],
        calls=series.calls[row],
        **{series.name: series.hits[row]},
        rate=chart.rate,
        center=chart.centre,
        low=chart.low,
        high=chart.high,
        ewma=chart.ewma,
        ewma_low=chart.ewma_low,
        ewma_high=chart.ewma_high,
        out=chart.out,
        side=pd.array([_SIDES[int(side)] for side in chart.side], dtype=DTYPES["text"]),
        rule=pd.array(chart.rule, dtype=DTYPES["text"]),
        baseline=chart.baseline,
        kind=pd.array([chart.kind] * len(chart.rate), dtype=DTYPES["text"]),
    )
