"""`df.retell` and `series.retell`: names and delegation; what they do is done elsewhere."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from retell_nb import classify, tables
from retell_nb.calls.frame import require, when
from retell_nb.calls.masking import country, mask
from retell_nb.methods import drawn, of_calls

if TYPE_CHECKING:
    from retell_nb.explorer.exploring import Explorer

    Column: TypeAlias = "pd.Series[Any]"

__all__ = ["CallsAccessor", "ReasonsAccessor"]


class _ColumnWords:
    """What the vocabulary says of each call, as columns aligned to the calls."""

    @property
    @abstractmethod
    def _reasons(self) -> Column:
        """The column of disconnection reasons."""

    @property
    def _recorded(self) -> Column | None:
        return None

    @property
    def reason(self) -> Column:
        """Name of each reason as the API spells it.

        Examples
        --------
        >>> pd.Series(["Dial no answer"]).retell.reason.tolist()
        ['dial_no_answer']
        """
        return classify.reason(self._reasons)

    @property
    def status(self) -> Column:
        """Call status of each reason: `ended`, `not_connected` or `error`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "error_retell"]).retell.status.tolist()
        ['not_connected', 'error']
        """
        return classify.status(self._reasons, self._recorded)

    @property
    def expected(self) -> Column:
        """Whether a healthy deployment ends calls this way.

        Examples
        --------
        >>> pd.Series(["user_hangup", "error_retell"]).retell.expected.tolist()
        [True, False]
        """
        return classify.expected(self._reasons, self._recorded)

    @property
    def outcome(self) -> Column:
        """Outcome of each call: a row of `retell_nb.OUTCOMES`.

        Examples
        --------
        >>> pd.Series(["user_hangup", "dial_failed", "brand_new"]).retell.outcome.tolist()
        ['completed', 'failed', 'unknown']
        """
        return classify.outcome(self._reasons, self._recorded)

    @property
    def category(self) -> Column:
        """Category of each reason.

        Examples
        --------
        >>> pd.Series(["error_llm_websocket_open"]).retell.category.tolist()
        ['llm_server']
        """
        return classify.category(self._reasons, self._recorded)

    @property
    def owner(self) -> Column:
        """Owner of each reason: who can mend it.

        Examples
        --------
        >>> pd.Series(["invalid_destination"]).retell.owner.tolist()
        ['dial_list']
        """
        return classify.owner(self._reasons, self._recorded)

    @property
    def stage(self) -> Column:
        """Stage that each call had reached: `admission`, `dialing` or `connected`.

        Examples
        --------
        >>> pd.Series(["dial_busy", "inactivity"]).retell.stage.tolist()
        ['dialing', 'connected']
        """
        return classify.stage(self._reasons, self._recorded)

    @property
    def answered(self) -> Column:
        """Whether somebody or something picked up.

        Examples
        --------
        >>> pd.Series(["voicemail_reached", "dial_busy"]).retell.answered.tolist()
        [True, False]
        """
        return classify.answered(self._reasons, self._recorded)

    @property
    def retry(self) -> Column:
        """Whether the number may be redialed, and when.

        Examples
        --------
        >>> pd.Series(["dial_busy", "user_requested_dnc"]).retell.retry.tolist()
        ['later', 'never']
        """
        return classify.retry(self._reasons, self._recorded)

    @property
    def meaning(self) -> Column:
        """Meaning of each reason, in a sentence.

        Examples
        --------
        >>> pd.Series(["dial_busy"]).retell.meaning.tolist()
        ['Outbound: the line was busy.']
        """
        return classify.meaning(self._reasons, self._recorded)

    @property
    def remedy(self) -> Column:
        """Remedy for each reason: what its owner should do.

        Examples
        --------
        >>> pd.Series(["credit_exhausted"]).retell.remedy.tolist()
        ['Top up the credit.']
        """
        return classify.remedy(self._reasons, self._recorded)


@pd.api.extensions.register_series_accessor("retell")
class ReasonsAccessor(_ColumnWords):
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
class CallsAccessor(_ColumnWords):
    """Column words, table words and pictures of a frame of calls.

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

    @property
    def _reasons(self) -> Column:
        return self._calls["disconnection_reason"]

    @property
    def _recorded(self) -> Column | None:
        return self._calls.get("call_status")

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

    def explore(self, **choices: Any) -> Explorer:
        """Screen to look at the calls by choosing, as `retell_nb.explorer.exploring.explore`.

        Examples
        --------
        >>> calls = pd.DataFrame({"disconnection_reason": ["dial_busy", "dial_failed"]})
        >>> calls.retell.explore(outcome="failed")
        <Explorer: 1 of 2 calls, Outcome: failed>
        """
        from retell_nb.explorer.exploring import explore  # noqa: PLC0415 - ipywidgets takes its time

        return explore(self._calls, **choices)

    mask = of_calls(mask)

    audit = of_calls(tables.audit)
    breakdown = of_calls(tables.breakdown)
    calls_of = of_calls(tables.calls_of)
    chosen = of_calls(tables.chosen)
    classify = of_calls(tables.classified)
    findings = of_calls(tables.findings)
    hours = of_calls(tables.hours)
    kpis = of_calls(tables.kpis)
    rates = of_calls(tables.rates)
    summary = of_calls(tables.summary)
    tally = of_calls(tables.tally)
    trend = of_calls(tables.trend)
    troubled = of_calls(tables.troubled)

    plot_audit = drawn(tables.audit)
    plot_findings = drawn(tables.findings)
    plot_hours = drawn(tables.hours)
    plot_kpis = drawn(tables.kpis)
    plot_rates = drawn(tables.rates)
    plot_tally = drawn(tables.tally)
    plot_trend = drawn(tables.trend)
