"""`df.retell` and `series.retell`: names and delegation; what they do is done elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from retell_nb import tables, words
from retell_nb.calls.facts import endings, when
from retell_nb.calls.masking import country, mask
from retell_nb.calls.schema import require
from retell_nb.check.check import check
from retell_nb.methods import of_calls
from retell_nb.pictures.pictures import Pictures
from retell_nb.selection.filters import as_filters
from retell_nb.vocabulary.column_words import ColumnWords

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from retell_nb.engine.aliases import Column
    from retell_nb.explorer.explorer import Explorer
    from retell_nb.vocabulary.lookup import Endings


__all__ = ["CallsAccessor", "ReasonsAccessor"]


@pd.api.extensions.register_series_accessor("retell")
class ReasonsAccessor(ColumnWords):
    """Column words of any Series of disconnection reasons: object, str or category.

    Raises
    ------
    AttributeError
        If the Series holds numbers, times or truth values, which are no reasons.

    Examples
    --------
    >>> pd.Series(["Dial no answer"]).retell.outcome.tolist()
    ['not_reached']
    """

    def __init__(self, reasons: Column) -> None:
        if not _may_be_reasons(reasons):
            raise AttributeError(
                f"a Series of {reasons.dtype} holds no disconnection reasons; "
                "use a column of text such as calls['disconnection_reason']."
            )
        self._series = reasons

    @property
    def _reasons(self) -> Column:
        return self._series


def _may_be_reasons(reasons: Column) -> bool:
    kinds = pd.api.types
    text = kinds.is_object_dtype(reasons) or kinds.is_string_dtype(reasons)
    return text or isinstance(reasons.dtype, pd.CategoricalDtype) or bool(reasons.isna().all())


@pd.api.extensions.register_dataframe_accessor("retell")
class CallsAccessor(ColumnWords):
    """Column words, table words and pictures of a frame of calls; alone in a cell it lists them.

    Attributes
    ----------
    plot : Pictures
        Pictures of the tables, under the tables' names: ``calls.retell.plot.trend("D")``. Those of
        `breakdown`, `classify`, `redial`, `select`, `summary` and `to_excel` are for reading.

    Raises
    ------
    AttributeError
        If the frame has no column `disconnection_reason`.

    Examples
    --------
    >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "user_hangup"]})
    >>> calls[calls.retell.outcome == "completed"].index.tolist()
    [1]
    """

    def __init__(self, calls: pd.DataFrame) -> None:
        if "disconnection_reason" not in calls.columns:
            raise AttributeError(
                "the frame has no column disconnection_reason; name the one that holds it with "
                "retell_nb.as_calls(df, columns={'its name': 'disconnection_reason'})."
            )
        self._calls = calls  # and no column of it: pandas 2 keeps accessors, columns may change
        self.plot = Pictures(calls)

    @property
    def _reasons(self) -> Column:
        return self._calls["disconnection_reason"]

    @property
    def _endings(self) -> Endings:
        return endings(self._calls)

    @property
    def when(self) -> Column:
        """Time of each call: its start, or its end, or the event that told of it.

        Examples
        --------
        >>> start = pd.to_datetime(["2026-03-01T10:00Z"])
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy"], "start_timestamp": start})
        >>> calls.retell.when.dt.hour.tolist()
        [10]
        """
        return when(self._calls)

    @property
    def country(self) -> Column:
        """Country of the callee of each call: its ISO 3166 region, `ZZ` where it tells none.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": [""], "to_number": ["+442079460999"]})
        >>> calls.retell.country.tolist()
        ['GB']
        """
        require(self._calls, "to_number")
        return country(self._calls["to_number"])

    def explore(
        self,
        filters: str | Mapping[str, Any] | None = None,
        /,
        *,
        tz: str = "UTC",
        reasons: pd.DataFrame | None = None,
        source: str | None = None,
        group_by: str | None = None,
        state: str | PathLike[str] | None = None,
        **more: Any,
    ) -> Explorer:
        """Screen to filter the calls by clicking, down to the single call.

        Parameters
        ----------
        filters : mapping or str, optional
            Where to open: as `select` takes them, or as JSON text.
        tz : str
            Time zone of days and hours, and of times that name none.
        reasons : DataFrame, optional
            A table of reasons of your own, in the form of `retell_nb.REASONS`.
        source : str, optional
            Where the calls are from, for the command of a report on what is selected.
        group_by : str, optional
            A column of the calls or a word.
        state : path, optional
            A file that `save` of an explorer wrote, to open what it keeps.
        **more
            Filters by name, as for `select`.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> calls.retell.explore(outcome="failed")
        <Explorer: 1 of 2 calls, Outcome: failed>
        """
        from retell_nb.explorer.explorer import explore  # noqa: PLC0415 - ipywidgets takes its time

        groups = {} if group_by is None else {"group_by": group_by}
        opened = {**as_filters(filters), **more, **groups}
        options: dict[str, Any] = {"reasons": reasons, "source": source, "state": state}
        return explore(self._calls, **{"tz": tz, **opened}, **options)

    mask = of_calls(mask)
    check = of_calls(check)

    attempts = of_calls(tables.attempts)
    audit = of_calls(tables.audit)
    backoff = of_calls(tables.backoff)
    breakdown = of_calls(tables.breakdown)
    bursts = of_calls(tables.bursts)
    callee_hours = of_calls(tables.callee_hours)
    classify = of_calls(tables.classify)
    concurrency = of_calls(tables.concurrency)
    costs = of_calls(tables.costs)
    destinations = of_calls(tables.destinations)
    findings = of_calls(tables.findings)
    hours = of_calls(tables.hours)
    kpis = of_calls(tables.kpis)
    llm_server = of_calls(tables.llm_server)
    numbers = of_calls(tables.numbers)
    outages = of_calls(tables.outages)
    rates = of_calls(tables.rates)
    redial = of_calls(tables.redial)
    select = of_calls(tables.select)
    summary = of_calls(tables.summary)
    change_points = of_calls(tables.change_points)
    compare = of_calls(tables.compare)
    control_chart = of_calls(tables.control_chart)
    decompose = of_calls(tables.decompose)
    explain = of_calls(tables.explain)
    silence = of_calls(tables.silence)
    tally = of_calls(tables.tally)
    time_limits = of_calls(tables.time_limits)
    to_excel = of_calls(tables.to_excel)
    transfers = of_calls(tables.transfers)
    trend = of_calls(tables.trend)

    def __repr__(self) -> str:
        return words.as_text(type(self), len(self._calls))

    def _repr_html_(self) -> str:
        return words.as_html(type(self), len(self._calls))
